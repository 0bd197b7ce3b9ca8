# SPDX-License-Identifier: Apache-2.0
"""Quantisation and products of quantised numbers, against ONNX's reference, ONNX Runtime and NumPy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ml_dtypes
import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

import onecnn

Array = np.ndarray[Any, Any]
few_examples = settings(max_examples=40, deadline=None, derandomize=True)

QUANTIZED = [
    np.uint8,
    np.int8,
    np.uint16,
    np.int16,
    ml_dtypes.uint4,
    ml_dtypes.int4,
    ml_dtypes.uint2,
    ml_dtypes.int2,
    ml_dtypes.float8_e4m3fn,
    ml_dtypes.float8_e4m3fnuz,
    ml_dtypes.float8_e5m2,
    ml_dtypes.float8_e5m2fnuz,
    ml_dtypes.float4_e2m1fn,
]
WHOLE = QUANTIZED[:8]


def make_model(
    op_type: str, inputs: Mapping[str, Array], *, opset: int = 25, outputs: int = 1, **attributes: Any
) -> Any:
    """Make a model of one node, named "quantized", that takes the inputs in their order; "" leaves one out."""
    names = [f"y{i}" for i in range(outputs)]
    graph = helper.make_graph(
        [helper.make_node(op_type, list(inputs), names, name="quantized", **attributes)],
        "quantized",
        [
            helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(x.dtype), x.shape)
            for name, x in inputs.items()
            if name
        ],
        [helper.make_empty_tensor_value_info(name) for name in names],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=11)


def run(op_type: str, inputs: Mapping[str, Array], **attributes: Any) -> list[Array]:
    model = make_model(op_type, inputs, **attributes)
    outputs = onecnn.load(model.SerializeToString()).run({name: x for name, x in inputs.items() if name})
    return list(outputs.values())


def reference(op_type: str, inputs: Mapping[str, Array], **attributes: Any) -> Array:
    model = make_model(op_type, inputs, **attributes)
    with np.errstate(all="ignore"):
        result: Array = ReferenceEvaluator(model).run(
            None, {name: np.asarray(x) for name, x in inputs.items() if name}
        )[0]
    return result


def peer(op_type: str, inputs: Mapping[str, Array], *, opset: int = 21, **attributes: Any) -> Array:
    model = make_model(op_type, inputs, opset=opset, **attributes)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    result: Array = session.run(None, {name: np.asarray(x) for name, x in inputs.items() if name})[0]
    return result


def same(got: Array, expected: Array) -> None:
    assert got.dtype == expected.dtype
    assert got.shape == expected.shape
    np.testing.assert_array_equal(got.astype(np.float64), expected.astype(np.float64))


def scale_shape(shape: Sequence[int], axis: int, how: str, block: int) -> tuple[int, ...]:
    if how == "tensor":
        return ()
    if how == "axis":
        return (shape[axis],)
    return tuple(-(-size // block) if i == axis else size for i, size in enumerate(shape))


def zero_points(chance: np.random.Generator, kind: Any, shape: tuple[int, ...]) -> Array:
    if kind not in WHOLE:
        return np.zeros(shape, np.float32).astype(kind)
    bounds = ml_dtypes.iinfo(kind)
    return chance.integers(bounds.min, bounds.max + 1, shape).astype(np.int32).astype(kind)


scalings = st.tuples(
    st.lists(st.integers(1, 9), min_size=2, max_size=4),
    st.integers(0, 3),
    st.sampled_from(["tensor", "axis", "block"]),
    st.integers(1, 4),
    st.sampled_from(QUANTIZED),
    st.booleans(),
    st.integers(0, 1000),
)


@settings(few_examples, max_examples=100)
@given(scalings, st.sampled_from([np.float32, np.float16, ml_dtypes.bfloat16]))
def test_quantize_linear(scaling: Any, float_kind: Any) -> None:
    shape, where, how, block, kind, has_zeros, seed = scaling
    axis = where % len(shape)
    chance = np.random.default_rng(seed)
    scales = scale_shape(shape, axis, how, block)
    inputs = {
        "x": (chance.standard_normal(shape) * 40).astype(float_kind),
        "scale": chance.uniform(0.05, 2, scales).astype(float_kind),
    }
    attributes: dict[str, Any] = {"axis": axis, "output_dtype": helper.np_dtype_to_tensor_dtype(np.dtype(kind))}
    if how == "block":
        attributes["block_size"] = block
    if has_zeros:
        inputs["zero"] = zero_points(chance, kind, scales)
    got = run("QuantizeLinear", inputs, **attributes)[0]
    same(got, reference("QuantizeLinear", inputs, **attributes))


@settings(few_examples, max_examples=100)
@given(scalings, st.sampled_from([np.float32, np.float16, ml_dtypes.bfloat16]))
def test_dequantize_linear(scaling: Any, float_kind: Any) -> None:
    shape, where, how, block, kind, has_zeros, seed = scaling
    axis = where % len(shape)
    chance = np.random.default_rng(seed)
    scales = scale_shape(shape, axis, how, block)
    x = zero_points(chance, kind, tuple(shape))
    if kind not in WHOLE:
        x = (chance.standard_normal(shape) * 2).astype(np.float32).astype(kind)
    inputs = {"x": x, "scale": chance.uniform(0.05, 2, scales).astype(float_kind)}
    attributes: dict[str, Any] = {"axis": axis, **({"block_size": block} if how == "block" else {})}
    if has_zeros:
        inputs["zero"] = zero_points(chance, kind, scales)
    got = run("DequantizeLinear", inputs, **attributes)[0]
    same(got, reference("DequantizeLinear", inputs, **attributes))


def test_more_than_one_slice() -> None:
    x = np.linspace(-300, 300, 400_003, dtype=np.float32)
    inputs = {"x": x, "scale": np.float32(1.7), "zero": np.uint8(100)}
    same(run("QuantizeLinear", inputs)[0], reference("QuantizeLinear", inputs))
    packed = {"x": x, "scale": np.float32(30), "zero": np.array(-1, ml_dtypes.int4)}
    same(run("QuantizeLinear", packed)[0], reference("QuantizeLinear", packed))


def test_what_is_no_number_is_bounded() -> None:
    inputs = {"x": np.float32([np.inf, -np.inf, np.nan, 1e30, -1e30]), "scale": np.float32(0.5), "zero": np.int8(3)}
    np.testing.assert_array_equal(run("QuantizeLinear", inputs)[0], np.int8([127, -128, -128, 127, -128]))


def test_types_that_attributes_ask_for() -> None:
    x, scale = np.int32([-7, 0, 9, 1000]), np.float32(2)
    got = run("QuantizeLinear", {"x": x, "scale": scale}, output_dtype=TensorProto.INT16)[0]
    np.testing.assert_array_equal(got, np.int16([-4, 0, 4, 500]))
    back = run("DequantizeLinear", {"x": got, "scale": scale}, output_dtype=TensorProto.FLOAT16)[0]
    np.testing.assert_array_equal(back, np.float16([-8, 0, 8, 1000]))
    assert back.dtype == np.float16
    coarse = {"x": np.float32([1 / 3]), "scale": np.float32(1 / 300)}
    assert run("QuantizeLinear", coarse, precision=TensorProto.BFLOAT16)[0] == 100
    exponents = np.array([2.0, 4.0], ml_dtypes.float8_e8m0fnu)
    scaled = run("DequantizeLinear", {"x": np.int8([3, 5]), "s": exponents}, axis=0, output_dtype=TensorProto.FLOAT)[0]
    np.testing.assert_array_equal(scaled, np.float32([6, 20]))


@few_examples
@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=40))
def test_dynamic_quantize_linear(values: list[float]) -> None:
    x = np.float32(values)
    y, scale, zero = run("DynamicQuantizeLinear", {"x": x}, outputs=3)
    low, high = min(x.min(), np.float32(0)), max(x.max(), np.float32(0))
    np.testing.assert_array_equal(scale, np.float32(1 if high == low else high - low) / np.float32(255))
    assert (zero.dtype, zero.shape, scale.dtype, scale.shape) == (np.uint8, (), np.float32, ())
    expected = np.clip(np.rint(x / scale) + np.float32(zero), 0, 255)
    np.testing.assert_array_equal(y, expected.astype(np.uint8))


def whole(chance: np.random.Generator, kind: str, shape: Sequence[int]) -> Array:
    bounds = np.iinfo(kind)
    return chance.integers(bounds.min, bounds.max + 1, shape).astype(kind)


kinds = st.tuples(st.sampled_from(["uint8", "int8"]), st.sampled_from(["uint8", "int8"]))


@few_examples
@given(
    kinds,
    st.lists(st.tuples(st.integers(1, 3), st.sampled_from("abx")), max_size=2),
    st.integers(1, 9),
    st.integers(1, 70),
    st.integers(1, 70),
    st.sampled_from(["none", "one", "each", "every"]),
)
def test_integer_products(types: Any, batch: Any, m: int, k: int, n: int, zeros: str) -> None:
    chance = np.random.default_rng(k * n)
    a = whole(chance, types[0], [1 if who == "a" else size for size, who in batch] + [m, k])
    b = whole(chance, types[1], [1 if who == "b" else size for size, who in batch] + [k, n])
    inputs = {"a": a, "b": b}
    left: Any = 0
    right: Any = 0
    if zeros != "none":
        shapes: dict[str, tuple[Any, Any]] = {
            "one": ((), ()),
            "each": ((m,), (n,)),
            "every": ((*a.shape[:-1], 1), (*b.shape[:-2], 1, n)),
        }
        inputs["a_zero"] = whole(chance, types[0], shapes[zeros][0])
        inputs["b_zero"] = whole(chance, types[1], shapes[zeros][1])
        left, right = inputs["a_zero"].astype(np.int32), inputs["b_zero"].astype(np.int32)
        left = left[:, np.newaxis] if zeros == "each" else left
    expected = (a.astype(np.int32) - left) @ (b.astype(np.int32) - right)
    same(run("MatMulInteger", inputs)[0], expected)


def test_integer_products_do_not_saturate() -> None:
    """Instructions for pairs of bytes saturate at 2¹⁵; sums past 2³¹ wrap."""
    for k in (64, 40_000):
        a, b = np.full((3, k), 255, np.uint8), np.full((k, 5), -128, np.int8)
        expected = np.full((3, 5), (-255 * 128 * k + 2**31) % 2**32 - 2**31, np.int32)
        same(run("MatMulInteger", {"a": a, "b": b})[0], expected)


@pytest.mark.parametrize("scale_kind", [np.float32, np.float16, ml_dtypes.bfloat16])
@pytest.mark.parametrize("kind", ["uint8", "int8"])
@pytest.mark.parametrize("per", ["tensor", "channel"])
def test_quantized_matmul(kind: str, per: str, scale_kind: Any) -> None:
    chance = np.random.default_rng(5)
    rows, columns = ((), ()) if per == "tensor" else ((7,), (50,))
    inputs = {
        "a": whole(chance, kind, (2, 7, 30)),
        "a_scale": chance.uniform(0.1, 1, rows).astype(scale_kind),
        "a_zero": whole(chance, kind, rows),
        "b": whole(chance, kind, (2, 30, 50)),
        "b_scale": chance.uniform(0.1, 1, columns).astype(scale_kind),
        "b_zero": whole(chance, kind, columns),
        "y_scale": np.asarray(400, scale_kind),
        "y_zero": np.asarray(10, kind),
    }
    single = {
        name: x.astype(np.float32) if name.endswith("scale") else x.astype(np.int32) for name, x in inputs.items()
    }
    left = single["a"] - single["a_zero"][..., np.newaxis]
    sums = left @ (single["b"] - single["b_zero"])
    factors = single["a_scale"][..., np.newaxis] * single["b_scale"] / single["y_scale"]
    bounds = np.iinfo(kind)
    expected = np.clip(np.rint(sums.astype(np.float32) * factors) + 10, bounds.min, bounds.max).astype(kind)
    same(run("QLinearMatMul", inputs)[0], expected)
    if per == "tensor" and scale_kind is np.float32:
        same(run("QLinearMatMul", inputs)[0], peer("QLinearMatMul", inputs))


windows = st.tuples(
    st.integers(1, 3),  # spatial dimensions
    st.integers(1, 2),  # images
    st.sampled_from([1, 2, 3]),  # groups
    st.integers(1, 3),  # channels of a group
    st.integers(1, 3),  # filters of a group
    st.integers(1, 3),  # kernel
    st.integers(1, 2),  # strides
    st.integers(1, 2),  # dilations
    st.integers(0, 2),  # pads
    st.integers(5, 9),  # size
)


def convolution(window: Any, types: Sequence[str]) -> tuple[Array, Array, dict[str, Any]]:
    rank, images, groups, channels, filters, kernel, stride, dilation, pad, size = window
    chance = np.random.default_rng(size * kernel)
    x = whole(chance, types[0], (images, groups * channels, *[size] * rank))
    w = whole(chance, types[1], (groups * filters, channels, *[kernel] * rank))
    attributes = {"strides": [stride] * rank, "dilations": [dilation] * rank, "pads": [pad, 0] * rank, "group": groups}
    return x, w, attributes


@few_examples
@given(windows, st.booleans(), st.sampled_from(["uint8", "int8"]))
def test_integer_convolutions(window: Any, has_zeros: bool, weights: str) -> None:
    x, w, attributes = convolution(window, ["uint8", weights])
    inputs = {"x": x, "w": w}
    if has_zeros:
        inputs |= {"x_zero": np.uint8(131), "w_zero": np.array(7, weights)}
    single = {"x": x.astype(np.float64), "w": w.astype(np.float64)}
    if has_zeros:
        single = {"x": single["x"] - 131, "w": single["w"] - 7}
    expected = peer("Conv", {name: value.astype(np.float32) for name, value in single.items()}, **attributes)
    same(run("ConvInteger", inputs, **attributes)[0], expected.astype(np.int32))


@few_examples
@given(windows, st.booleans(), st.booleans(), st.sampled_from(["uint8", "int8"]))
def test_quantized_convolutions(window: Any, per_filter: bool, has_bias: bool, kind: str) -> None:
    x, w, attributes = convolution(window, [kind, "int8"])
    filters = w.shape[0]
    inputs = {
        "x": x,
        "x_scale": np.float32(0.02),
        "x_zero": np.array(5, kind),
        "w": w,
        "w_scale": np.linspace(0.01, 0.03, filters, dtype=np.float32) if per_filter else np.float32(0.02),
        "w_zero": np.zeros(filters if per_filter else (), np.int8),
        "y_scale": np.float32(0.09),
        "y_zero": np.array(12, kind),
    }
    if has_bias:
        inputs["bias"] = np.arange(filters, dtype=np.int32) * 1000
    difference = run("QLinearConv", inputs, **attributes)[0].astype(int) - peer("QLinearConv", inputs, **attributes)
    # The peer multiplies by the scales in another order: the last bit of a float may decide a tie.
    assert np.abs(difference).max() <= 1
    assert np.mean(difference != 0) < 0.01


def test_a_quantized_model() -> None:
    """Quantise, convolve and dequantise, in a graph whose weights are quantised constants."""
    chance = np.random.default_rng(8)
    x = chance.standard_normal((2, 3, 16, 16)).astype(np.float32)
    w = whole(chance, "int8", (8, 3, 3, 3))
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "sx", "zx"], ["xq"]),
        helper.make_node("DequantizeLinear", ["xq", "sx", "zx"], ["xf"]),
        helper.make_node("DequantizeLinear", ["w", "sw", "zw"], ["wf"], axis=0),
        helper.make_node("Conv", ["xf", "wf"], ["yf"], pads=[1, 1, 1, 1]),
        helper.make_node("QuantizeLinear", ["yf", "sy", "zx"], ["y"]),
    ]
    constants = {
        "sx": np.float32(0.03),
        "zx": np.uint8(128),
        "w": w,
        "sw": np.linspace(0.001, 0.004, 8, dtype=np.float32),
        "zw": np.zeros(8, np.int8),
        "sy": np.float32(0.05),
    }
    graph = helper.make_graph(
        nodes,
        "qdq",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, 16, 16])],
        [helper.make_tensor_value_info("y", TensorProto.UINT8, None)],
        [
            helper.make_tensor(n, helper.np_dtype_to_tensor_dtype(v.dtype), v.shape, v.tobytes(), raw=True)
            for n, v in constants.items()
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10).SerializeToString()
    expected = onnxruntime.InferenceSession(model).run(None, {"x": x})[0]
    difference = onecnn.load(model)(x).astype(int) - expected
    assert np.abs(difference).max() <= 1
    assert np.mean(difference != 0) < 0.01


ones = {name: np.ones(shape, kind) for name, shape, kind in [("x", (2, 4), "float32"), ("q", (2, 4), "int8")]}


@pytest.mark.parametrize(
    ("op_type", "inputs", "attributes", "message"),
    [
        (
            "QuantizeLinear",
            {"x": ones["x"], "s": np.float32([1, 2, 3])},
            {},
            r"input 0 has shape \[2, 4\] and the scales \[3\]",
        ),
        ("QuantizeLinear", {"x": ones["x"], "s": np.float32([1, 2])}, {"axis": 2}, r"axis is 2, outside \[-2, 2\)"),
        ("QuantizeLinear", {"x": ones["x"], "s": np.float32([1, 2])}, {"block_size": -1}, "block_size is -1"),
        ("QuantizeLinear", {"x": ones["x"], "s": np.float32([1, 2])}, {"block_size": 2}, "one for each block"),
        ("QuantizeLinear", {"x": ones["x"], "s": np.float32(1), "z": np.int32(0)}, {}, "the result is int32"),
        (
            "QuantizeLinear",
            {"x": ones["x"], "s": np.float32(1), "z": np.int8(0)},
            {"output_dtype": 2},
            "output_dtype is uint8",
        ),
        (
            "DequantizeLinear",
            {"x": ones["q"], "s": np.float32(1), "z": np.uint8(0)},
            {},
            "input 2 is uint8 and input 0 is int8",
        ),
        (
            "DequantizeLinear",
            {"x": ones["q"], "s": np.float32([1, 2, 3, 4]), "z": np.int8([1, 2])},
            {},
            "the zero points",
        ),
        (
            "DequantizeLinear",
            {"x": ones["x"], "s": np.float32(1)},
            {},
            "input 0 is float32, which is no quantized type",
        ),
        ("MatMulInteger", {"a": ones["q"], "b": ones["q"]}, {}, "A has 4 columns, B has 2 rows"),
        ("MatMulInteger", {"a": ones["q"], "b": ones["q"].T, "z": np.int8([1, 2, 3])}, {}, r"input 2 has shape \[3\]"),
        ("MatMulInteger", {"a": ones["q"], "b": ones["x"].T}, {}, "input 1 is float32; int8 and uint8"),
        ("ConvInteger", {"x": ones["q"], "w": ones["q"]}, {}, "expected rank 3 or more"),
        ("ConvInteger", {"x": ones["q"][None], "w": np.ones((3, 3, 1), np.int8)}, {}, "group is 1; expected 2 = group"),
        (
            "ConvInteger",
            {"x": ones["q"][None], "w": np.ones((3, 2, 1), np.int8), "": ones["q"], "z": np.int8([1, 2])},
            {},
            "for each of the 3 filters",
        ),
        ("DynamicQuantizeLinear", {"x": np.ones(3, np.float16)}, {}, "input 0 is float16, expected float32"),
    ],
)
def test_what_does_not_fit_is_refused(
    op_type: str, inputs: dict[str, Array], attributes: dict[str, Any], message: str
) -> None:
    with pytest.raises(onecnn.Error, match=rf"node 'quantized' \({op_type}, opset 25\).*{message}"):
        run(op_type, inputs, **attributes)
