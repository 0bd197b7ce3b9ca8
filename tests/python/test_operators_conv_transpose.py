# SPDX-License-Identifier: Apache-2.0
"""ConvTranspose against ONNX Runtime, and in float64 where that lacks a form."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper, numpy_helper

import onecnn

Array = np.ndarray[Any, Any]
few_examples = settings(max_examples=100, deadline=None, derandomize=True)


def noise(*shape: int, dtype: str = "float32") -> Array:
    return np.random.default_rng(len(shape)).normal(0, 1, shape).astype(dtype)


def make_model(x: Array, w: Array, b: Array | None = None, *, constant: bool = True, **attributes: Any) -> bytes:
    """Make y = ConvTranspose(x, w, b) with x of unknown dimensions; w is an input, too, where it is not constant."""
    inputs = {"x": x} if constant else {"x": x, "w": w}
    weights = {"w": w} if constant else {}
    if b is not None:
        weights["b"] = b
    node = helper.make_node(
        "ConvTranspose", ["x", "w", *(["b"] if b is not None else [])], ["y"], name="up", **attributes
    )
    graph = helper.make_graph(
        [node],
        "up",
        [
            helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(value.dtype), [None] * value.ndim)
            for name, value in inputs.items()
        ],
        [helper.make_empty_tensor_value_info("y")],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    return bytes(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)], ir_version=10).SerializeToString()
    )


def check(x: Array, w: Array, b: Array | None = None, **how: Any) -> None:
    """Compare with ONNX Runtime: dtype, shape, elements."""
    data = make_model(x, w, b, **how)
    feed = {"x": x} if how.get("constant", True) else {"x": x, "w": w}
    expected = onnxruntime.InferenceSession(data).run(None, feed)[0]
    for deterministic in (False, True):
        got = onecnn.load(data, deterministic=deterministic).run(feed)["y"]
        assert got.dtype == expected.dtype
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


def by_definition(x: Array, w: Array, strides: list[int], pads: list[int], dilations: list[int], group: int) -> Array:
    """Add each input, times the kernel, to the results that it reaches; in float64."""
    rank = x.ndim - 2
    full = [
        s * (n - 1) + d * (k - 1) + 1 for s, n, d, k in zip(strides, x.shape[2:], dilations, w.shape[2:], strict=True)
    ]
    y = np.zeros((x.shape[0], w.shape[1] * group, *full))
    xs = x.astype(np.float64).reshape(x.shape[0], group, -1, *x.shape[2:])
    ws = w.astype(np.float64).reshape(group, -1, *w.shape[1:])
    for tap in itertools.product(*map(range, w.shape[2:])):
        at = tuple(
            slice(k * d, k * d + s * (n - 1) + 1, s)
            for k, d, s, n in zip(tap, dilations, strides, x.shape[2:], strict=True)
        )
        y[(slice(None), slice(None), *at)] += np.einsum("ngc...,gcm->ngm...", xs, ws[(..., *tap)]).reshape(
            x.shape[0], -1, *x.shape[2:]
        )
    return y[(slice(None), slice(None), *(slice(pads[i], full[i] - pads[i + rank]) for i in range(rank)))]


FORMS: list[tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = [
    ((1, 3, 9), (3, 5, 3), {}),
    ((2, 16, 12), (16, 8, 4), {"strides": [2], "pads": [1, 1]}),
    ((1, 3, 7, 8), (3, 5, 3, 3), {"strides": [2, 2], "pads": [1, 1, 1, 1], "output_padding": [1, 1]}),
    ((3, 32, 14, 14), (32, 16, 2, 2), {"strides": [2, 2]}),
    ((1, 64, 28, 28), (64, 64, 4, 4), {"strides": [2, 2], "pads": [1, 1, 1, 1]}),
    ((1, 64, 28, 28), (64, 64, 2, 2), {"strides": [3, 3]}),
    ((1, 32, 28, 29), (32, 48, 3, 3), {"strides": [2, 1], "pads": [0, 2, 1, 0], "dilations": [2, 2]}),
    ((2, 8, 9, 9), (8, 2, 3, 3), {"group": 4, "strides": [2, 2]}),
    ((1, 16, 9, 9), (16, 1, 4, 4), {"group": 16, "strides": [2, 2], "pads": [1, 1, 1, 1]}),
    ((1, 4, 5, 6), (4, 3, 3, 3), {"strides": [3, 2], "auto_pad": "SAME_UPPER"}),
    ((1, 4, 5, 6), (4, 3, 3, 3), {"strides": [3, 2], "auto_pad": "SAME_LOWER"}),
    ((1, 4, 5, 6), (4, 3, 3, 3), {"strides": [3, 2], "auto_pad": "VALID"}),
    ((1, 4, 5, 6), (4, 3, 3, 3), {"strides": [3, 2], "output_shape": [16, 14]}),
    ((1, 4, 5, 6), (4, 3, 3, 3), {"strides": [3, 2], "output_shape": [12, 13], "auto_pad": "SAME_UPPER"}),
    ((1, 4, 5, 6), (4, 3, 3, 3), {"strides": [3, 2], "output_shape": [13, 11], "output_padding": [1, 1]}),
    ((1, 3, 4, 5, 6), (3, 4, 3, 2, 3), {"strides": [2, 1, 2], "pads": [1, 0, 0, 1, 1, 0]}),
    ((2, 16, 4, 4, 4), (16, 8, 2, 2, 2), {"strides": [2, 2, 2]}),
]


@pytest.mark.parametrize(("shape", "weights", "attributes"), FORMS)
@pytest.mark.parametrize("constant", [True, False], ids=["constant weights", "computed weights"])
def test_forms(constant: bool, shape: tuple[int, ...], weights: tuple[int, ...], attributes: dict[str, Any]) -> None:
    bias = noise(weights[1] * attributes.get("group", 1))
    check(noise(*shape), noise(*weights), constant=constant, **attributes)
    check(noise(*shape), noise(*weights), bias, constant=constant, **attributes)


@st.composite
def transposed(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]:
    rank = draw(st.integers(1, 3))
    group = draw(st.sampled_from([1, 1, 2, 3]))
    sizes = st.lists(st.integers(1, 3), min_size=rank, max_size=rank)
    attributes: dict[str, Any] = {"group": group, "strides": draw(sizes), "dilations": draw(sizes)}
    kernel = draw(st.lists(st.integers(1, 4), min_size=rank, max_size=rank))
    spatial = draw(st.lists(st.integers(3, 7), min_size=rank, max_size=rank))
    attributes["pads"] = [draw(st.integers(0, min(k - 1, 1))) for k in kernel * 2]
    attributes["output_padding"] = [draw(st.integers(0, s - 1)) for s in attributes["strides"]]
    channels = draw(st.integers(1, 9)) * group
    return (draw(st.integers(1, 3)), channels, *spatial), (channels, draw(st.integers(1, 9)), *kernel), attributes


@few_examples
@given(transposed())
def test_any_transposed_convolution(form: tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]) -> None:
    shape, weights, attributes = form
    check(noise(*shape), noise(*weights), **attributes)


@pytest.mark.parametrize("dtype", ["float64", "float16"])
@pytest.mark.parametrize("group", [1, 2])
@pytest.mark.parametrize("rank", [1, 2, 3, 4])
def test_other_types_and_ranks(rank: int, group: int, dtype: str) -> None:
    x = noise(2, 4, *range(3, 3 + rank), dtype=dtype)
    w = noise(4, 3, *range(2, 2 + rank), dtype=dtype)
    b = noise(3 * group, dtype=dtype)
    strides, pads, dilations = [2] * rank, [1] * rank + [0] * rank, [1, 2, 1, 2][:rank]
    got = onecnn.load(make_model(x, w, b, strides=strides, pads=pads, dilations=dilations, group=group))(x)
    expected = by_definition(x, w, strides, pads, dilations, group) + b.reshape(-1, *[1] * rank)
    assert got.dtype == np.dtype(dtype)
    tolerance = 1e-12 if dtype == "float64" else 2e-3
    np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance * 10)


def test_nothing_comes_in() -> None:
    b = noise(3)
    y = onecnn.load(make_model(noise(1, 0, 4, 4), np.zeros((0, 3, 2, 2), np.float32), b))(noise(1, 0, 4, 4))
    np.testing.assert_array_equal(y, np.broadcast_to(b.reshape(1, 3, 1, 1), (1, 3, 5, 5)))
    assert onecnn.load(make_model(noise(1, 2, 4, 4), noise(2, 3, 2, 2)))(noise(0, 2, 4, 4)).shape == (0, 3, 5, 5)


@pytest.mark.parametrize(
    ("weights", "attributes", "message"),
    [
        ((3, 2, 3, 3), {}, "expected weights of 4 channels"),
        ((4, 2, 3, 3), {"group": 3}, "expected weights of 4 channels divisible by group"),
        ((4, 2, 3, 3), {"group": 0}, "group is 0"),
        ((4, 2, 3), {}, "input 1 has shape .*, expected rank 4"),
        ((4, 2, 3, 3), {"kernel_shape": [2, 3]}, r"kernel_shape is \[2, 3\]"),
        ((4, 2, 3, 3), {"strides": [0, 1]}, r"strides is \[0, 1\]"),
        ((4, 2, 3, 3), {"output_padding": [0, -1]}, r"output_padding is \[0, -1\]"),
        ((4, 2, 3, 3), {"output_shape": [5]}, r"output_shape is \[5\], expected 2 values"),
        ((4, 2, 3, 3), {"pads": [9, 0, 9, 0]}, "leave nothing of the 7 elements of spatial dimension 0"),
    ],
)
def test_what_does_not_fit_is_refused(weights: tuple[int, ...], attributes: dict[str, Any], message: str) -> None:
    x = noise(1, 4, 5, 5)
    with pytest.raises(onecnn.Error, match=rf"node 'up' \(ConvTranspose, opset 22\).*{message}"):
        onecnn.load(make_model(x, noise(*weights), **attributes))(x)


def test_a_bias_of_another_size_is_refused() -> None:
    x = noise(1, 4, 5, 5)
    with pytest.raises(onecnn.Error, match=r"the bias has shape \[3\], expected \[2\]"):
        onecnn.load(make_model(x, noise(4, 2, 3, 3), noise(3)))(x)


def test_a_result_too_large_is_refused() -> None:
    x = noise(1, 4, 5, 5)
    with pytest.raises(onecnn.ResourceLimit, match="63 bits"):
        onecnn.load(make_model(x, noise(4, 2, 3, 3), strides=[2**31 - 1] * 2, dilations=[2**31 - 1] * 2))(x)
