# SPDX-License-Identifier: Apache-2.0
"""Normalisation: of layers, groups, instances, rows and neighbouring channels, against ONNX's reference and NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

import onecnn

Array = np.ndarray[Any, Any]
few_examples = settings(max_examples=60, deadline=None, derandomize=True)
FLOATS = ["float32", "float64", "float16"]
TOLERANCE = {"float32": 2e-5, "float64": 1e-12, "float16": 4e-3}


def noise(*shape: int, dtype: str = "float32", seed: int = 0) -> Array:
    return np.random.default_rng(seed).normal(0.5, 2, shape).astype(dtype)


def make_model(op_type: str, inputs: list[Array], outputs: int = 1, opset: int = 23, **attributes: Any) -> bytes:
    """Make a model of one node, named "norm", of inputs x0, x1... of unknown dimensions."""
    names = [f"x{i}" for i in range(len(inputs))]
    results = [f"y{i}" for i in range(outputs)]
    graph = helper.make_graph(
        [helper.make_node(op_type, names, results, name="norm", **attributes)],
        "normalization",
        [
            helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(value.dtype), [None] * value.ndim)
            for name, value in zip(names, inputs, strict=True)
        ],
        [helper.make_empty_tensor_value_info(name) for name in results],
    )
    return bytes(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10).SerializeToString()
    )


def run(op_type: str, *inputs: Array, outputs: int = 1, opset: int = 23, **attributes: Any) -> list[Array]:
    model = onecnn.load(make_model(op_type, list(inputs), outputs, opset, **attributes))
    return list(model.run({f"x{i}": value for i, value in enumerate(inputs)}).values())


def check(op_type: str, *inputs: Array, outputs: int = 1, **attributes: Any) -> None:
    """Compare with ONNX's reference: dtype, shape, elements."""
    model = onnx.load_from_string(make_model(op_type, list(inputs), outputs, **attributes))
    expected = ReferenceEvaluator(model).run(None, {f"x{i}": value for i, value in enumerate(inputs)})
    tolerance = max(TOLERANCE[str(value.dtype)] for value in inputs)
    for got, wanted in zip(run(op_type, *inputs, outputs=outputs, **attributes), expected, strict=True):
        assert got.dtype == wanted.dtype
        np.testing.assert_allclose(got, wanted, rtol=tolerance, atol=tolerance)


def standardized(x: Array, axes: tuple[int, ...], epsilon: float) -> Array:
    x = x.astype(np.float64)
    return np.asarray((x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + epsilon))


@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize("axis", [-1, 0, 1, -2])
@pytest.mark.parametrize("shape", [(4, 7), (2, 3, 4, 5), (5, 197, 192)])
def test_layers(shape: tuple[int, ...], axis: int, dtype: str) -> None:
    normalized = shape[axis:]
    x, scale, bias = (
        noise(*shape, dtype=dtype),
        noise(*normalized, dtype=dtype, seed=1),
        noise(*normalized, dtype=dtype),
    )
    axes = tuple(range(axis % len(shape), len(shape)))
    for parameters in ([scale], [scale, bias]):
        expected = standardized(x, axes, 1e-5) * scale + (bias if len(parameters) == 2 else 0)
        (got,) = run("LayerNormalization", x, *parameters, axis=axis)
        assert got.dtype == x.dtype
        np.testing.assert_allclose(got, expected, rtol=TOLERANCE[dtype] * 10, atol=TOLERANCE[dtype] * 5)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("axis", [-1, 1])
def test_layers_tell_their_statistics(axis: int, dtype: str) -> None:
    x, scale = noise(3, 4, 50, dtype=dtype), noise(*(3, 4, 50)[axis:], dtype=dtype)
    y, mean, inverse = run("LayerNormalization", x, scale, outputs=3, axis=axis, epsilon=2**-10)
    axes = tuple(range(axis % 3, 3))
    assert y.dtype == x.dtype
    assert mean.dtype == inverse.dtype == np.float32
    exact = x.astype(np.float64)
    np.testing.assert_allclose(
        y, standardized(x, axes, 2**-10) * scale, rtol=TOLERANCE[dtype] * 10, atol=TOLERANCE[dtype] * 10
    )
    np.testing.assert_allclose(mean, exact.mean(axes, keepdims=True), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(inverse, 1 / np.sqrt(exact.var(axes, keepdims=True) + 2**-10), rtol=1e-5)


@pytest.mark.parametrize("op_type", ["LayerNormalization", "RMSNormalization"])
def test_a_scale_broadcasts(op_type: str) -> None:
    x = noise(2, 3, 4, 5)
    centred = x - x.mean((2, 3), keepdims=True) if op_type == "LayerNormalization" else x
    expected = centred / np.sqrt((centred.astype(np.float64) ** 2).mean((2, 3), keepdims=True) + 1e-5)
    for shape in [(5,), (4, 1), (1,), (3, 1, 5), (2, 1, 1, 1)]:
        scale = noise(*shape)
        np.testing.assert_allclose(run(op_type, x, scale, axis=2)[0], expected * scale, rtol=2e-4, atol=1e-5)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("axis", [-1, 0, 1])
def test_root_mean_squares(axis: int, dtype: str) -> None:
    x = noise(3, 5, 40, dtype=dtype)
    check("RMSNormalization", x, noise(*x.shape[axis:], dtype=dtype, seed=1), axis=axis, epsilon=2**-7)


def test_root_mean_squares_take_the_scales_type() -> None:
    x, scale = noise(3, 40, dtype="float16"), noise(40)
    (got,) = run("RMSNormalization", x, scale)
    assert got.dtype == np.float32
    exact = x.astype(np.float64)
    np.testing.assert_allclose(
        got, exact / np.sqrt((exact**2).mean(1, keepdims=True) + 1e-5) * scale, rtol=1e-5, atol=1e-6
    )


@st.composite
def groups(draw: st.DrawFn) -> tuple[tuple[int, ...], int]:
    count, each = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    spatial = draw(st.lists(st.integers(1, 30), max_size=3))
    return (draw(st.integers(1, 3)), count * each, *spatial), count


@few_examples
@given(groups(), st.sampled_from(FLOATS))
def test_groups(form: tuple[tuple[int, ...], int], dtype: str) -> None:
    shape, count = form
    x, scale, bias = noise(*shape, dtype=dtype), noise(shape[1], dtype=dtype, seed=1), noise(shape[1], dtype=dtype)
    rows = standardized(x.reshape(shape[0], count, -1), (2,), 2**-7).reshape(shape)
    column = (-1, *[1] * (len(shape) - 2))
    expected = rows * scale.reshape(column) + bias.reshape(column)
    (got,) = run("GroupNormalization", x, scale, bias, num_groups=count, epsilon=2**-7)
    assert got.dtype == x.dtype
    np.testing.assert_allclose(got, expected, rtol=TOLERANCE[dtype] * 20, atol=TOLERANCE[dtype] * 20)


def test_groups_had_one_scale_each() -> None:
    x, scale, bias = noise(2, 6, 4, 5), noise(3, seed=1), noise(3)
    rows = standardized(x.reshape(2, 3, -1), (2,), 1e-5) * scale.reshape(3, 1) + bias.reshape(3, 1)
    (got,) = run("GroupNormalization", x, scale, bias, num_groups=3, opset=18)
    np.testing.assert_allclose(got, rows.reshape(x.shape), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", [(2, 3, 7), (1, 4, 40, 33), (2, 3, 4, 5, 6)])
def test_instances(shape: tuple[int, ...], dtype: str) -> None:
    scale, bias = noise(shape[1], dtype=dtype, seed=1), noise(shape[1], dtype=dtype)
    column = (-1, *[1] * (len(shape) - 2))
    x = noise(*shape, dtype=dtype)
    expected = standardized(x, tuple(range(2, len(shape))), 2**-10) * scale.reshape(column) + bias.reshape(column)
    (got,) = run("InstanceNormalization", x, scale, bias, epsilon=2**-10)
    np.testing.assert_allclose(got, expected, rtol=TOLERANCE[dtype] * 10, atol=TOLERANCE[dtype] * 10)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("p", [1, 2])
def test_lp_norms(p: int, axis: int, dtype: str) -> None:
    x = noise(4, 5, 30, dtype=dtype)
    x[0] = x[:, 0] = x[:, :, 0] = 0
    norm = (np.abs(x.astype(np.float64)) ** p).sum(axis, keepdims=True) ** (1 / p)
    (got,) = run("LpNormalization", x, p=p, axis=axis)
    assert got.dtype == x.dtype
    np.testing.assert_allclose(got, x / np.where(norm == 0, 1, norm), rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("axes", [None, [0, 2], [1], [-1, 0], [0, 1, 2, 3]])
def test_mean_and_variance(axes: list[int] | None, dtype: str) -> None:
    x = noise(3, 4, 5, 6, dtype=dtype)
    along = tuple(axes) if axes else (0, 2, 3)
    (got,) = run("MeanVarianceNormalization", x, **({"axes": axes} if axes else {}))
    exact = x.astype(np.float64)
    expected = (exact - exact.mean(along, keepdims=True)) / (exact.std(along, keepdims=True) + 1e-9)
    np.testing.assert_allclose(got, expected, rtol=TOLERANCE[dtype] * 10, atol=TOLERANCE[dtype] * 10)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", [(2, 16, 6, 7), (1, 5, 3), (2, 3, 4, 5, 6), (3, 7), (1, 96, 27, 27)])
@pytest.mark.parametrize("size", [1, 3, 4, 5, 9])
def test_local_responses(size: int, shape: tuple[int, ...], dtype: str) -> None:
    x = noise(*shape, dtype=dtype)
    squares = np.pad(x.astype(np.float64) ** 2, [(0, 0), ((size - 1) // 2, size // 2), *[(0, 0)] * (len(shape) - 2)])
    sums = np.stack([squares[:, c : c + size].sum(1) for c in range(shape[1])], 1)
    for attributes in ({}, {"alpha": 0.5, "beta": 0.6, "bias": 2.0}):
        how = {"alpha": 1e-4, "beta": 0.75, "bias": 1.0, **attributes}
        expected = x / (how["bias"] + how["alpha"] / size * sums) ** how["beta"]
        (got,) = run("LRN", x, size=size, **attributes)
        assert got.dtype == x.dtype
        np.testing.assert_allclose(got, expected, rtol=max(1e-6, TOLERANCE[dtype]), atol=1e-7)


@pytest.mark.parametrize(
    "op_type", ["LayerNormalization", "RMSNormalization", "InstanceNormalization", "LpNormalization"]
)
def test_bfloat16_is_computed_in_float(op_type: str) -> None:
    x, parameter = noise(2, 8, 8), noise(8, seed=1)
    count = {"LpNormalization": 0, "InstanceNormalization": 2}.get(op_type, 1)
    model = onnx.load_from_string(make_model(op_type, [x, *[parameter] * count]))
    node = model.graph.node[0]
    for i in range(count + 1):
        model.graph.node.insert(0, helper.make_node("Cast", [f"x{i}"], [f"h{i}"], to=TensorProto.BFLOAT16))
        node = model.graph.node[i + 1]
        node.input[i] = f"h{i}"
    node.output[0] = "r"
    model.graph.node.append(helper.make_node("Cast", ["r"], ["y0"], to=TensorProto.FLOAT))
    got = onecnn.load(model.SerializeToString()).run({f"x{i}": v for i, v in enumerate([x, *[parameter] * count])})[
        "y0"
    ]
    (expected,) = run(op_type, x, *[parameter] * count)
    np.testing.assert_allclose(got, expected, rtol=2e-2, atol=2e-2)


def test_large_rows_keep_their_digits() -> None:
    x = noise(1, 1, 1 << 20) + np.float32(1000)
    expected = standardized(x, (2,), 1e-5)
    np.testing.assert_allclose(
        run("InstanceNormalization", x, *[np.ones(1, np.float32)] * 2)[0], expected + 1, atol=2**-10
    )


def test_nothing_to_normalize() -> None:
    assert run("LayerNormalization", noise(0, 4), noise(4))[0].shape == (0, 4)
    y, mean, _ = run("LayerNormalization", noise(2, 0), noise(0), outputs=3)
    assert y.shape == (2, 0)
    assert np.isnan(mean).all()
    assert run("InstanceNormalization", noise(2, 0, 3), noise(0), noise(0))[0].shape == (2, 0, 3)


X = noise(2, 6, 4)


@pytest.mark.parametrize(
    ("op_type", "inputs", "attributes", "message"),
    [
        ("LayerNormalization", [X, noise(4)], {"axis": 3}, "axis is 3, outside"),
        ("LayerNormalization", [X, noise(5)], {}, "do not broadcast"),
        ("LayerNormalization", [X, noise(1, 1, 1, 4)], {}, "does not broadcast to input 0"),
        (
            "LayerNormalization",
            [X, noise(4), noise(4, dtype="float16")],
            {},
            "input 2 is float16 and input 0 is float32",
        ),
        ("LayerNormalization", [X, noise(4)], {"stash_type": 7}, "stash_type is 7"),
        ("RMSNormalization", [X, noise(3)], {}, "do not broadcast"),
        (
            "GroupNormalization",
            [X, noise(6), noise(6)],
            {"num_groups": 4},
            "num_groups is 4, which does not divide the 6",
        ),
        ("GroupNormalization", [X, noise(6), noise(6)], {"num_groups": 0}, "num_groups is 0"),
        ("GroupNormalization", [X, noise(6), noise(6)], {}, "'num_groups' is missing"),
        ("GroupNormalization", [X, noise(3), noise(6)], {"num_groups": 3}, r"input 1 has shape \[3\], expected \[6\]"),
        ("InstanceNormalization", [X, noise(6), noise(5)], {}, r"input 2 has shape \[5\], expected \[6\]"),
        ("InstanceNormalization", [noise(6), noise(6), noise(6)], {}, r"input 0 has shape \[6\]"),
        ("LpNormalization", [X], {"p": 3}, "p is 3, expected 1 or 2"),
        ("LpNormalization", [X.astype(np.int32)], {}, "input 0 is int32"),
        ("MeanVarianceNormalization", [X], {}, "an axis is 3, outside"),
        ("LRN", [X], {}, "'size' is missing"),
        ("LRN", [X], {"size": 0}, "size is 0"),
    ],
)
def test_what_is_refused(op_type: str, inputs: list[Array], attributes: dict[str, Any], message: str) -> None:
    with pytest.raises(onecnn.Error, match=rf"node 'norm' \({op_type}, opset 23\).*{message}"):
        run(op_type, *inputs, **attributes)
