# SPDX-License-Identifier: Apache-2.0
"""Conv of types and ranks that oneDNN does not take, by its definition in float64."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper, numpy_helper

import onecnn

Array = np.ndarray[Any, Any]
few_examples = settings(max_examples=60, deadline=None, derandomize=True)


def noise(*shape: int, dtype: str = "float64") -> Array:
    return np.random.default_rng(len(shape)).normal(0, 1, shape).astype(dtype)


def run(x: Array, w: Array, b: Array | None = None, after: str | None = None, **attributes: Any) -> Array:
    nodes = [helper.make_node("Conv", ["x", "w", *(["b"] if b is not None else [])], ["y"], name="conv", **attributes)]
    if after:
        nodes.append(helper.make_node(after, ["y"], ["z"]))
    weights = {"w": w} if b is None else {"w": w, "b": b}
    graph = helper.make_graph(
        nodes,
        "conv",
        [helper.make_tensor_value_info("x", helper.np_dtype_to_tensor_dtype(x.dtype), [None] * x.ndim)],
        [helper.make_empty_tensor_value_info("z" if after else "y")],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)], ir_version=10)
    y = onecnn.load(model.SerializeToString())(x)
    assert isinstance(y, np.ndarray)
    return y


def by_definition(x: Array, w: Array, strides: list[int], pads: list[int], dilations: list[int], group: int) -> Array:
    """Sum, over the kernel's elements, the input under each times its weights."""
    rank = x.ndim - 2
    x = np.pad(x.astype(np.float64), [(0, 0), (0, 0), *[(pads[i], pads[i + rank]) for i in range(rank)]])
    sizes = [
        (n - (k - 1) * d - 1) // s + 1 for n, k, d, s in zip(x.shape[2:], w.shape[2:], dilations, strides, strict=True)
    ]
    xs = x.reshape(x.shape[0], group, -1, *x.shape[2:])
    ws = w.astype(np.float64).reshape(group, -1, *w.shape[1:])
    y = np.zeros((x.shape[0], group, ws.shape[1], *sizes))
    for tap in itertools.product(*map(range, w.shape[2:])):
        under = tuple(
            slice(k * d, k * d + (n - 1) * s + 1, s) for k, d, s, n in zip(tap, dilations, strides, sizes, strict=True)
        )
        y += np.einsum("ngc...,gmc->ngm...", xs[(..., *under)], ws[(..., *tap)])
    return y.reshape(x.shape[0], -1, *sizes)


@st.composite
def convolutions(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]:
    rank = draw(st.integers(1, 4))
    group = draw(st.sampled_from([1, 1, 2, 3]))
    sizes = st.lists(st.integers(1, 3), min_size=rank, max_size=rank)
    kernel = draw(sizes)
    how = {"strides": draw(sizes), "dilations": draw(sizes), "group": group}
    how["pads"] = draw(st.lists(st.integers(0, 2), min_size=2 * rank, max_size=2 * rank))
    extents = [(k - 1) * d + 1 for k, d in zip(kernel, how["dilations"], strict=True)]
    spatial = [extent + draw(st.integers(0, 4)) for extent in extents]
    each, filters = draw(st.integers(1, 3)), draw(st.integers(1, 3)) * group
    return (draw(st.integers(1, 2)), each * group, *spatial), (filters, each, *kernel), how


@few_examples
@given(convolutions(), st.sampled_from(["float64", "float16", "float32"]))
def test_types_and_ranks(form: tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]], dtype: str) -> None:
    shape, weights, how = form
    x, w, b = noise(*shape, dtype=dtype), noise(*weights, dtype=dtype), noise(weights[0], dtype=dtype)
    got = run(x, w, b, **how)
    expected = by_definition(x, w, **how) + b.reshape(-1, *[1] * (x.ndim - 2))
    assert got.dtype == x.dtype
    tolerance = {"float64": 1e-12, "float32": 1e-4, "float16": 4e-3}[dtype]
    np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance * 5)


@pytest.mark.parametrize("after", ["Relu", "Sigmoid"])
@pytest.mark.parametrize("shape", [(1, 3, 8, 8), (1, 3, 4, 4, 4, 4)])
def test_an_activation_follows(shape: tuple[int, ...], after: str) -> None:
    for dtype in ("float64", "float32"):
        x, w = noise(*shape, dtype=dtype), noise(4, 3, *[3] * (len(shape) - 2), dtype=dtype)
        plain = run(x, w).astype(np.float64)
        expected = np.maximum(plain, 0) if after == "Relu" else 1 / (1 + np.exp(-plain))
        np.testing.assert_allclose(run(x, w, after=after), expected, rtol=1e-5, atol=1e-6)


def test_padding_alone_gives_the_bias() -> None:
    for dtype in ("float64", "float32"):
        y = run(
            noise(1, 2, 0, 3, dtype=dtype), noise(2, 2, 2, 2, dtype=dtype), np.array([1, 2], dtype), pads=[1, 0, 1, 0]
        )
        assert y[0, :, 0].tolist() == [[1, 1], [2, 2]]


def test_integers_are_refused() -> None:
    with pytest.raises(
        onecnn.Error, match=r"node 'conv' \(Conv, opset 22\).*input 0 is int32, expected a floating-point"
    ):
        run(np.ones((1, 1, 3, 3), np.int32), np.ones((1, 1, 2, 2), np.int32))
