# SPDX-License-Identifier: Apache-2.0
"""Functions of one element, comparisons, logic, bits, powers, Max, Min, Sum, Mean and Where, against NumPy."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from onnx import TensorProto, helper

import onecnn

Array = np.ndarray[Any, Any]
Function = Callable[..., Any]
OneNode = Callable[..., bytes]

FLOATS = ["float16", "float32", "float64"]
SIGNED = ["int8", "int16", "int32", "int64"]
UNSIGNED = ["uint8", "uint16", "uint32", "uint64"]
INTEGERS = SIGNED + UNSIGNED
NUMBERS = FLOATS + INTEGERS
RELATIVE = {"float16": 1e-3, "float32": 2e-6, "float64": 1e-13}
LONG = 70_001  # cut into slices, and into blocks where it is converted


def run(one_node: OneNode, op_type: str, *inputs: Array, **attributes: object) -> Array:
    """Run a model of one node of the newest opset."""
    model = onecnn.load(one_node(op_type, inputs, opset=28, **attributes))
    return model.run({f"x{i}": x for i, x in enumerate(inputs)})["y0"]


def numbers(dtype: str, shape: tuple[int, ...] = (LONG,), seed: int = 0, scale: float = 3) -> Array:
    """Draw elements of both signs, floats of many magnitudes and special ones; of integers from all their range."""
    random = np.random.default_rng(seed)
    kind = np.dtype(dtype)
    if np.issubdtype(kind, np.integer):
        limits = np.iinfo(kind)
        x = random.integers(limits.min, limits.max, shape, kind, endpoint=True)
        special: list[float] = [0, 1, limits.min, limits.max]
    else:
        x = (random.standard_normal(shape) * scale).astype(kind)
        special = [0.0, -0.0, math.inf, -math.inf, math.nan, 0.5, 1.5, 2.5, -0.5, -1.5, 1, -1]
    if x.size >= len(special):
        x.flat[: len(special)] = np.array(special, kind)
    return x


def erf(x: Array) -> Array:
    return np.vectorize(math.erf, otypes=[np.float64])(x)


def sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))


def softplus(x: Array) -> Array:
    return np.asarray(np.logaddexp(x, 0))


FUNCTIONS: list[tuple[str, dict[str, Any], Function]] = [
    ("Exp", {}, np.exp),
    ("Log", {}, np.log),
    ("Sqrt", {}, np.sqrt),
    ("Reciprocal", {}, lambda x: 1 / x),
    ("Floor", {}, np.floor),
    ("Ceil", {}, np.ceil),
    ("Round", {}, np.rint),
    ("Erf", {}, erf),
    ("Sin", {}, np.sin),
    ("Cos", {}, np.cos),
    ("Tan", {}, np.tan),
    ("Asin", {}, np.arcsin),
    ("Acos", {}, np.arccos),
    ("Atan", {}, np.arctan),
    ("Sinh", {}, np.sinh),
    ("Cosh", {}, np.cosh),
    ("Asinh", {}, np.arcsinh),
    ("Acosh", {}, np.arccosh),
    ("Atanh", {}, np.arctanh),
]

ACTIVATIONS: list[tuple[str, dict[str, Any], Function]] = [
    ("LeakyRelu", {}, lambda x: np.where(x < 0, 0.01 * x, x)),
    ("LeakyRelu", {"alpha": 0.3}, lambda x: np.where(x < 0, 0.3 * x, x)),
    ("ThresholdedRelu", {}, lambda x: np.where(x > 1, x, 0)),
    ("ThresholdedRelu", {"alpha": -0.5}, lambda x: np.where(x > -0.5, x, 0)),
    ("Sigmoid", {}, sigmoid),
    ("Tanh", {}, np.tanh),
    ("Elu", {}, lambda x: np.where(x > 0, x, np.expm1(x))),
    ("Elu", {"alpha": 2.5}, lambda x: np.where(x > 0, x, 2.5 * np.expm1(x))),
    ("Selu", {}, lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x))),
    ("Selu", {"alpha": 2.0, "gamma": 0.5}, lambda x: 0.5 * np.where(x > 0, x, 2 * np.expm1(x))),
    ("Celu", {}, lambda x: np.where(x > 0, x, np.expm1(x))),
    ("Celu", {"alpha": 2.5}, lambda x: np.where(x > 0, x, 2.5 * np.expm1(x / 2.5))),
    ("Gelu", {}, lambda x: x / 2 * (1 + erf(x / math.sqrt(2)))),
    ("Gelu", {"approximate": "tanh"}, lambda x: x / 2 * (1 + np.tanh((2 / math.pi) ** 0.5 * (x + 0.044715 * x**3)))),
    ("HardSigmoid", {}, lambda x: np.clip(0.2 * x + 0.5, 0, 1)),
    ("HardSigmoid", {"alpha": 0.7, "beta": 0.1}, lambda x: np.clip(0.7 * x + 0.1, 0, 1)),
    ("HardSwish", {}, lambda x: x * np.clip(x / 6 + 0.5, 0, 1)),
    ("Swish", {}, lambda x: x * sigmoid(x)),
    ("Swish", {"alpha": 1.7}, lambda x: x * sigmoid(1.7 * x)),
    ("Softplus", {}, softplus),
    ("Softsign", {}, lambda x: x / (1 + np.abs(x))),
    ("Mish", {}, lambda x: x * np.tanh(softplus(x))),
    ("Shrink", {}, lambda x: np.where(np.abs(x) > 0.5, x, 0)),
    ("Shrink", {"lambd": 1.5, "bias": 0.5}, lambda x: np.where(x < -1.5, x + 0.5, np.where(x > 1.5, x - 0.5, 0))),
]


def ids(cases: list[tuple[str, dict[str, Any], Function]]) -> list[str]:
    return [" ".join([op_type, *(f"{name}={value}" for name, value in given.items())]) for op_type, given, _ in cases]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(("op_type", "attributes", "function"), FUNCTIONS, ids=ids(FUNCTIONS))
def test_functions(one_node: OneNode, op_type: str, attributes: dict[str, Any], function: Function, dtype: str) -> None:
    x = numbers(dtype, scale=1)
    y = run(one_node, op_type, x, **attributes)
    assert y.dtype == dtype
    with np.errstate(all="ignore"):
        expected = function(x.astype(np.float64)).astype(dtype)
    np.testing.assert_allclose(y, expected, rtol=RELATIVE[dtype], atol=np.finfo(dtype).tiny)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(("op_type", "attributes", "function"), ACTIVATIONS, ids=ids(ACTIVATIONS))
def test_activations(
    one_node: OneNode, op_type: str, attributes: dict[str, Any], function: Function, dtype: str
) -> None:
    x = numbers(dtype)
    x[np.isinf(x)] = 20  # where formulas have ∞ · 0
    y = run(one_node, op_type, x, **attributes)
    assert y.dtype == dtype
    with np.errstate(all="ignore"):
        expected = function(x.astype(np.float64)).astype(dtype)
    # Attributes are float32, in float64's functions too.
    np.testing.assert_allclose(y, expected, rtol=max(RELATIVE[dtype], 1e-6), atol=2e-6 if dtype != "float16" else 1e-3)


@pytest.mark.parametrize("op_type", ["Exp", "Softplus", "Sigmoid", "HardSwish", "Relu", "Abs"])
def test_bfloat16_is_computed_as_float32_and_rounded_once(op_type: str) -> None:
    x = numbers("float32", (1000,))
    x = x[np.isfinite(x)]

    def rounded(values: Array) -> Array:
        word = values.view(np.uint32)
        return ((word + 0x7FFF + (word >> 16 & 1)) & 0xFFFF0000).astype(np.uint32).view(np.float32)

    def compute(casts: bool, values: Array) -> Array:
        nodes = [helper.make_node(op_type, ["p" if casts else "x"], ["q" if casts else "y"])]
        if casts:
            nodes.insert(0, helper.make_node("Cast", ["x"], ["p"], to=TensorProto.BFLOAT16))
            nodes.append(helper.make_node("Cast", ["q"], ["y"], to=TensorProto.FLOAT))
        floats = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n"]) for name in ("x", "y")]
        graph = helper.make_graph(nodes, "bfloat16", floats[:1], floats[1:])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)], ir_version=10)
        return np.asarray(onecnn.load(model.SerializeToString())(values))

    got, expected = compute(True, x), rounded(compute(False, rounded(x)))
    # float32 itself may be computed by another implementation, a last bit away: that moves few results.
    assert np.mean(got != expected) < 0.01
    np.testing.assert_allclose(got, expected, rtol=2**-7)


@pytest.mark.parametrize("dtype", NUMBERS)
def test_abs_sign_and_neg(one_node: OneNode, dtype: str) -> None:
    x = numbers(dtype)
    np.testing.assert_array_equal(run(one_node, "Abs", x), np.abs(x))
    np.testing.assert_array_equal(run(one_node, "Sign", x), np.sign(x))
    if dtype not in UNSIGNED:
        np.testing.assert_array_equal(run(one_node, "Neg", x), -x)


@pytest.mark.parametrize("dtype", FLOATS + SIGNED)
def test_relu(one_node: OneNode, dtype: str) -> None:
    x = numbers(dtype)
    x = x[~np.isnan(x)]
    np.testing.assert_array_equal(run(one_node, "Relu", x), np.maximum(x, 0))


@pytest.mark.parametrize("dtype", INTEGERS)
def test_shrink_of_integers(one_node: OneNode, dtype: str) -> None:
    x = np.array([0, 1, 2, 3, 50, 100], dtype)
    if dtype in SIGNED:
        x = np.concatenate([x, -x])
    expected = np.where(x > 2, x - np.array(1, dtype), np.where(x.astype(float) < -2, x + np.array(1, dtype), 0))
    np.testing.assert_array_equal(run(one_node, "Shrink", x, lambd=2.0, bias=1.0), expected.astype(dtype))


@pytest.mark.parametrize("dtype", FLOATS)
def test_is_nan_and_is_inf(one_node: OneNode, dtype: str) -> None:
    x = numbers(dtype)
    np.testing.assert_array_equal(run(one_node, "IsNaN", x), np.isnan(x))
    np.testing.assert_array_equal(run(one_node, "IsInf", x), np.isinf(x))
    np.testing.assert_array_equal(run(one_node, "IsInf", x, detect_negative=0), np.isposinf(x))
    np.testing.assert_array_equal(run(one_node, "IsInf", x, detect_positive=0), np.isneginf(x))


def shifted(op: Function) -> Function:
    """Make a shift of NumPy, which leaves too many places open, into ONNX's."""

    def shift(x: Array, y: Array) -> Array:
        bits = x.dtype.itemsize * 8
        within = (y.astype(object) >= 0) & (y.astype(object) < bits)
        fill = np.where(x < 0, -1, 0).astype(x.dtype) if op is np.right_shift else np.zeros_like(x)
        return np.asarray(np.where(within.astype(bool), op(x, np.where(within, y, 0).astype(x.dtype)), fill))

    return shift


BINARY: list[tuple[str, dict[str, Any], list[str], Function]] = [
    ("Equal", {}, [*NUMBERS, "bool"], np.equal),
    ("Less", {}, NUMBERS, np.less),
    ("LessOrEqual", {}, NUMBERS, np.less_equal),
    ("Greater", {}, NUMBERS, np.greater),
    ("GreaterOrEqual", {}, NUMBERS, np.greater_equal),
    ("And", {}, ["bool"], np.logical_and),
    ("Or", {}, ["bool"], np.logical_or),
    ("Xor", {}, ["bool"], np.logical_xor),
    ("BitwiseAnd", {}, INTEGERS, np.bitwise_and),
    ("BitwiseOr", {}, INTEGERS, np.bitwise_or),
    ("BitwiseXor", {}, INTEGERS, np.bitwise_xor),
    ("BitShift", {"direction": "LEFT"}, INTEGERS, shifted(np.left_shift)),
    ("BitShift", {"direction": "RIGHT"}, INTEGERS, shifted(np.right_shift)),
    ("Mod", {}, NUMBERS, np.mod),
    ("Mod", {"fmod": 1}, NUMBERS, np.fmod),
    ("Max", {}, NUMBERS, np.maximum),
    ("Min", {}, NUMBERS, np.minimum),
    ("Sum", {}, FLOATS, np.add),
    ("PRelu", {}, ["float32", "float64", "int32", "int64", "uint32", "uint64"], lambda x, y: np.where(x < 0, x * y, x)),
]


@pytest.mark.parametrize(
    ("op_type", "attributes", "dtype", "function"),
    [(op_type, given, dtype, function) for op_type, given, dtypes, function in BINARY for dtype in dtypes],
)
@settings(max_examples=4, deadline=None, derandomize=True)
@given(st.data())
def test_binary_of_any_operands(
    one_node: OneNode, op_type: str, attributes: dict[str, Any], dtype: str, function: Function, data: st.DataObject
) -> None:
    shapes = data.draw(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=5, min_side=0, max_side=5))
    first, second = shapes.input_shapes
    if op_type == "PRelu":
        first = shapes.result_shape
    elements = st.one_of(hnp.from_dtype(np.dtype(dtype)), st.sampled_from([0, 1]))
    x, y = (data.draw(hnp.arrays(dtype, shape, elements=elements)) for shape in (first, second))
    got = run(one_node, op_type, x, y, **attributes)
    with np.errstate(all="ignore"):
        expected = np.asarray(function(x, y))
    assert got.dtype == expected.dtype
    np.testing.assert_array_equal(got, expected)


# The last axis, an inner one and the outermost repeated; and pieces that are longer than a block that is converted.
SHAPES = [((LONG,), ()), ((), (LONG,)), ((2, 40, 9, 31), (40, 1, 1)), ((2, 1, 300), (65, 1)), ((300, 257), (257,))]


@pytest.mark.parametrize("shapes", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", ["float16", "float32", "int16"])
@pytest.mark.parametrize(("op_type", "function"), [("Less", np.less), ("Max", np.maximum), ("Mod", np.mod)])
def test_binary_of_large_operands(
    one_node: OneNode, op_type: str, function: Function, dtype: str, shapes: tuple[tuple[int, ...], ...]
) -> None:
    x, y = (numbers(dtype, shape, seed) for seed, shape in enumerate(shapes))
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(run(one_node, op_type, x, y), function(x, y))


@pytest.mark.parametrize("exponent", ["float16", "float32", "float64", *INTEGERS])
@pytest.mark.parametrize("base", ["float16", "float32", "float64", "int32", "int64"])
def test_pow_of_two_types(one_node: OneNode, base: str, exponent: str) -> None:
    x = np.arange(-5, 6).astype(base)
    y = np.arange(5).astype(exponent)[:, None]
    expected = np.array([[int(a) ** int(b) for a in x] for b in y[:, 0]]).astype(base)
    np.testing.assert_allclose(run(one_node, "Pow", x, y), expected, rtol=1e-6 if base != "float16" else 1e-3)
    np.testing.assert_allclose(run(one_node, "Pow", x, y[2, 0]), expected[2], rtol=1e-6)
    np.testing.assert_allclose(run(one_node, "Pow", x, y[3, 0]), expected[3], rtol=1e-6)


def test_pow_of_floats(one_node: OneNode) -> None:
    x, y = np.abs(numbers("float32")), numbers("float32", seed=1)
    with np.errstate(all="ignore"):
        expected = np.power(x.astype(np.float64), y.astype(np.float64)).astype(np.float32)
    np.testing.assert_allclose(run(one_node, "Pow", x, y), expected, rtol=1e-6, atol=1e-37)


def test_pow_of_integers_wraps_and_is_cut(one_node: OneNode) -> None:
    x = np.array([3, -3, 2, 1, -1, -1, 0, 2], np.int64)
    y = np.array([41, 41, 64, -7, -7, -8, -1, -1], np.int64)
    wrapped = 3**41 - (3**41 + 2**63 >> 64 << 64)
    np.testing.assert_array_equal(run(one_node, "Pow", x, y), [wrapped, -wrapped, 0, 1, -1, 1, 0, 0])
    many = np.array([2**63 + 1], np.uint64)
    np.testing.assert_array_equal(run(one_node, "Pow", np.array([-1, 1], np.int32), many), [-1, 1])


VARIADIC = {"Max": np.maximum.reduce, "Min": np.minimum.reduce, "Sum": sum, "Mean": lambda x: sum(x) / len(x)}


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize("op_type", VARIADIC)
@settings(max_examples=6, deadline=None, derandomize=True)
@given(st.data())
def test_any_number_of_operands(one_node: OneNode, op_type: str, dtype: str, data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 5))
    shapes = data.draw(hnp.mutually_broadcastable_shapes(num_shapes=count, max_dims=4, min_side=0, max_side=4))
    random = np.random.default_rng(0)
    inputs = [random.standard_normal(shape).astype(dtype) for shape in shapes.input_shapes]
    got = run(one_node, op_type, *inputs)
    expected = VARIADIC[op_type](np.broadcast_arrays(*inputs))
    assert got.dtype == dtype
    np.testing.assert_allclose(got, expected, rtol=RELATIVE[dtype] * 5, atol=1e-6 if dtype != "float16" else 5e-3)


@pytest.mark.parametrize("dtype", [*NUMBERS, "bool"])
@settings(max_examples=5, deadline=None, derandomize=True)
@given(st.data())
def test_where(one_node: OneNode, dtype: str, data: st.DataObject) -> None:
    shapes = data.draw(hnp.mutually_broadcastable_shapes(num_shapes=3, max_dims=5, min_side=0, max_side=4))
    condition, x, y = (
        data.draw(hnp.arrays(kind, shape))
        for kind, shape in zip(["bool", dtype, dtype], shapes.input_shapes, strict=True)
    )
    np.testing.assert_array_equal(run(one_node, "Where", condition, x, y), np.where(condition, x, y))


def test_a_bool_that_is_no_1_is_true(one_node: OneNode) -> None:
    odd = np.array([0, 1, 2, 255], np.uint8).view(bool)
    ones = np.ones(4, bool)
    np.testing.assert_array_equal(run(one_node, "Not", odd).view(np.uint8), [1, 0, 0, 0])
    np.testing.assert_array_equal(run(one_node, "And", odd, ones).view(np.uint8), [0, 1, 1, 1])
    np.testing.assert_array_equal(run(one_node, "Equal", odd, ones), [False, True, True, True])
    np.testing.assert_array_equal(run(one_node, "Where", odd, np.arange(4), np.full(4, 9)), [9, 1, 2, 3])


@pytest.mark.parametrize("dtype", NUMBERS)
@pytest.mark.parametrize(("low", "high"), [(2, 5), (5, 2), (2, None), (None, 5), (None, None)])
def test_clip(one_node: OneNode, dtype: str, low: int | None, high: int | None) -> None:
    x = numbers(dtype)
    bounds = [None if bound is None else np.array(bound, dtype) for bound in (low, high)]
    model = onecnn.load(one_node("Clip", [x, *bounds]))
    feeds = {f"x{i}": value for i, value in enumerate([x, *bounds]) if value is not None}
    expected = x if low is None else np.maximum(x, bounds[0])
    expected = expected if high is None else np.minimum(expected, bounds[1])
    np.testing.assert_array_equal(model.run(feeds)["y0"], expected)


@pytest.mark.parametrize("dtype", FLOATS)
def test_swiglu(one_node: OneNode, dtype: str) -> None:
    gate, value = (np.random.default_rng(seed).standard_normal((3, 700)).astype(dtype) for seed in (0, 1))
    wide = gate.astype(np.float64)
    expected = wide * sigmoid(0.5 * wide) * value
    got = run(one_node, "SwiGLU", gate, value, alpha=0.5)
    np.testing.assert_allclose(got, expected, rtol=RELATIVE[dtype] * 2, atol=RELATIVE[dtype])


def test_elements_that_lie_channels_last() -> None:
    """Operands of a model that pools first, so that the others must be read along with an image of pixels."""
    random = np.random.default_rng(0)
    x = random.standard_normal((2, 16, 9, 8)).astype(np.float32)
    slope, condition, full = random.random((16, 1, 1)) > 0.5, random.random((2, 1, 9, 8)) > 0.5, x[::-1].copy()
    constants = {"slope": slope.astype(np.float32), "condition": condition, "full": full}
    graph = helper.make_graph(
        [
            helper.make_node("MaxPool", ["x"], ["a"], kernel_shape=[1, 1]),
            helper.make_node("PRelu", ["a", "slope"], ["b"]),
            helper.make_node("Where", ["condition", "b", "full"], ["c"]),
            helper.make_node("Max", ["c", "slope", "full"], ["d"]),
            helper.make_node("Erf", ["d"], ["y"]),
        ],
        "channels_last",
        [
            helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(value.dtype), value.shape)
            for name, value in {"x": x, **constants}.items()
        ],
        [helper.make_empty_tensor_value_info("y")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    b = np.where(x < 0, x * slope, x)
    d = np.maximum(np.maximum(np.where(condition, b, full), slope), full)
    got = onecnn.load(model.SerializeToString()).run({"x": x, **constants})["y"]
    np.testing.assert_allclose(got, erf(d), rtol=1e-6)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_hardmax_marks_the_first_largest(one_node: OneNode, axis: int, dtype: str) -> None:
    x = np.random.default_rng(0).integers(0, 3, (4, 5, 6)).astype(dtype)
    expected = np.zeros_like(x)
    np.put_along_axis(expected, np.expand_dims(x.argmax(axis), axis), 1, axis)
    np.testing.assert_array_equal(run(one_node, "Hardmax", x, axis=axis), expected)


A, B, N, T = np.zeros((2, 3), np.float32), np.zeros((3, 2), np.float32), np.zeros(2, np.int32), np.zeros(2, bool)


@pytest.mark.parametrize(
    ("op_type", "inputs", "attributes", "message"),
    [
        ("Sin", [N], {}, "input 0 is int32, expected a float"),
        ("Neg", [N.astype(np.uint8)], {}, "input 0 is uint8, expected a signed number"),
        ("Abs", [T], {}, "input 0 is bool, expected a number"),
        ("Not", [N], {}, "input 0 is int32, expected bool"),
        ("BitwiseNot", [A], {}, "input 0 is float32, expected an integer"),
        ("Gelu", [A], {"approximate": "sine"}, "approximate is 'sine', expected 'none' or 'tanh'"),
        ("BitShift", [N, N], {"direction": "UP"}, "direction is 'UP', expected 'LEFT' or 'RIGHT'"),
        ("BitShift", [N, N], {}, "'direction' is missing"),
        ("Mod", [N, N], {"fmod": 2}, "fmod is 2, expected 0 or 1"),
        ("Less", [A, B], {}, r"\[2, 3\] and \[3, 2\] do not broadcast"),
        ("Less", [T, T], {}, "input 0 is bool, expected a number"),
        ("Equal", [A, N], {}, "input 1 is int32 and input 0 is float32"),
        ("And", [A, A], {}, "input 0 is float32, expected bool"),
        ("Pow", [T, N], {}, "input 0 is bool, expected a number"),
        ("Pow", [N, T], {}, "input 1 is bool, expected a number"),
        ("Max", [A, A, B], {}, r"\[2, 3\] and \[3, 2\] do not broadcast"),
        ("Sum", [N], {}, "input 0 is int32, expected a float"),
        ("Where", [A, A, A], {}, "input 0 is float32, expected bool"),
        ("Where", [T, N, T], {}, "input 2 is bool and input 1 int32"),
        ("PRelu", [A[:1], A], {}, r"slope has shape \[2, 3\], which does not broadcast to the input's \[1, 3\]"),
        ("SwiGLU", [A, A[:1]], {}, r"input 1 has shape \[1, 3\], expected that of input 0, \[2, 3\]"),
        ("Hardmax", [A], {"axis": 2}, r"axis is 2, outside \[-2, 2\)"),
        ("Clip", [A, A], {}, r"input 1 is a bound and has shape \[2, 3\], expected one element"),
    ],
)
def test_what_cannot_be_is_refused(
    one_node: OneNode, op_type: str, inputs: list[Array], attributes: dict[str, Any], message: str
) -> None:
    with pytest.raises(onecnn.Error, match=rf"node 'only' \({op_type}, .*{message}"):
        run(one_node, op_type, *inputs, **attributes)
