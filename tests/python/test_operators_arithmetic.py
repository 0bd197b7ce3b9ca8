# SPDX-License-Identifier: Apache-2.0
"""Add, Sub, Mul, Div and Cast, against ONNX Runtime and NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from onnx import TensorProto, helper

import onecnn

Array = np.ndarray[Any, Any]
few_examples = settings(max_examples=60, deadline=None, derandomize=True)

OPERATIONS = ["Add", "Sub", "Mul", "Div"]
FLOATS = ["float32", "float64", "float16"]
INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]


def make_model(nodes: list[tuple[str, list[str], str, dict[str, Any]]], **inputs: Array) -> bytes:
    """Make a model of ``(op_type, inputs, output, attributes)``, the last of which gives the result."""
    graph = helper.make_graph(
        [helper.make_node(op, names, [output], name=output, **attributes) for op, names, output, attributes in nodes],
        "arithmetic",
        [
            helper.make_tensor_value_info(
                name, helper.np_dtype_to_tensor_dtype(x.dtype), [f"{name}{i}" for i in range(x.ndim)]
            )
            for name, x in inputs.items()
        ],
        [helper.make_empty_tensor_value_info(nodes[-1][2])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    return bytes(model.SerializeToString())


def compute(op_type: str, a: Array, b: Array) -> Array:
    """Give ``a op b`` as onecnn has it."""
    return onecnn.load(make_model([(op_type, ["a", "b"], "y", {})], a=a, b=b)).run({"a": a, "b": b})["y"]


def by_numpy(op_type: str, a: Array, b: Array) -> Array:
    """Give ``a op b``, computed in the operands' own dtype; integers divided by 0 are 0."""
    if op_type == "Div" and np.issubdtype(a.dtype, np.integer):
        wide_a, wide_b = (x.astype(object) for x in np.broadcast_arrays(a, b))
        quotients = [
            0 if y == 0 else abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1)
            for x, y in zip(wide_a.flat, wide_b.flat, strict=True)
        ]
        bits = a.dtype.itemsize * 8
        low_bits = np.array([q % (1 << bits) for q in quotients], f"uint{bits}")
        return low_bits.view(a.dtype).reshape(wide_a.shape)
    function = {"Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide}[op_type]
    with np.errstate(all="ignore"):
        return np.asarray(function(a, b))


def operands(dtype: str) -> st.SearchStrategy[tuple[Array, Array]]:
    """Draw two arrays that broadcast to one another, special values among their elements."""
    kind = np.dtype(dtype)
    shapes = hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=5, min_side=0, max_side=5)
    return shapes.flatmap(
        lambda both: st.tuples(*(hnp.arrays(kind, shape, elements=hnp.from_dtype(kind)) for shape in both.input_shapes))
    )


@pytest.mark.parametrize("dtype", FLOATS + INTEGERS)
@pytest.mark.parametrize("op_type", OPERATIONS)
@settings(max_examples=10, deadline=None, derandomize=True)
@given(st.data())
def test_binary_of_any_operands(op_type: str, dtype: str, data: st.DataObject) -> None:
    a, b = data.draw(operands(dtype))
    got = compute(op_type, a, b)
    assert got.dtype == a.dtype
    np.testing.assert_array_equal(got, by_numpy(op_type, a, b))


# Long enough to be cut into slices, with axes that join, repeat and end in odd numbers.
SHAPES = [
    ((70_001,), (70_001,)),
    ((70_001,), ()),
    ((1,), (70_001,)),
    ((300, 257), (257,)),
    ((257,), (300, 257)),
    ((300, 257), (300, 1)),
    ((2, 65, 33, 31), (65, 1, 1)),
    ((2, 65, 33, 31), (2, 65, 1, 1)),
    ((2, 65, 33, 31), (2, 1, 33, 31)),
    ((2, 65, 33, 31), (2, 1, 1, 1)),
    ((2, 65, 33, 31), (33, 31)),
    ((2, 1, 33, 31), (65, 1, 31)),
    ((1, 65, 1, 31), (40, 1, 33, 1)),
    ((2, 3, 2, 3, 2, 3, 2, 300), (3, 1, 3, 1, 3, 1, 300)),
]


@pytest.mark.parametrize("shapes", SHAPES, ids=str)
@pytest.mark.parametrize("op_type", OPERATIONS)
def test_binary_of_large_operands(op_type: str, shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    random = np.random.default_rng(1)
    for dtype in ("float32", "int32"):
        a, b = ((random.standard_normal(shape) * 100).astype(dtype) for shape in shapes)
        expected = by_numpy(op_type, a, b)
        np.testing.assert_array_equal(compute(op_type, a, b), expected)


def test_one_operand_twice() -> None:
    x = np.arange(6, dtype=np.float32)
    np.testing.assert_array_equal(onecnn.load(make_model([("Add", ["x", "x"], "y", {})], x=x))(x), x + x)


def test_bfloat16_is_rounded_after_each_operation() -> None:
    random = np.random.default_rng(1)
    a, b = (random.standard_normal(1000).astype(np.float32) for _ in range(2))
    to = {"to": TensorProto.BFLOAT16}
    nodes = [
        ("Cast", ["a"], "p", to),
        ("Cast", ["b"], "q", to),
        ("Mul", ["p", "q"], "r", {}),
        ("Cast", ["r"], "y", {"to": TensorProto.FLOAT}),
    ]

    def rounded(x: Array) -> Array:
        word = x.view(np.uint32)
        return ((word + 0x7FFF + (word >> 16 & 1)) & 0xFFFF0000).astype(np.uint32).view(np.float32)

    got = onecnn.load(make_model(nodes, a=a, b=b)).run({"a": a, "b": b})["y"]
    np.testing.assert_array_equal(got, rounded(rounded(a) * rounded(b)))


def test_operands_that_do_not_match_are_refused() -> None:
    a, b = np.zeros((2, 3), np.float32), np.zeros((3, 2), np.float32)
    with pytest.raises(onecnn.Error, match=r"'y' \(Add, .*\[2, 3\] and \[3, 2\] do not broadcast"):
        compute("Add", a, b)
    with pytest.raises(onecnn.Error, match="input 1 is float64 and input 0 is float32"):
        compute("Add", a, np.zeros((2, 3)))
    with pytest.raises(onecnn.Error, match="input 0 is bool, expected a number"):
        compute("Add", np.zeros(2, bool), np.zeros(2, bool))


def cast(x: Array, dtype: str) -> Array:
    to = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    return onecnn.load(make_model([("Cast", ["x"], "y", {"to": to})], x=x))(x)


def in_range(source: str, target: str) -> st.SearchStrategy[Any]:
    """Draw elements of one dtype whose value, cut towards 0, another one holds."""
    kind, wanted = np.dtype(source), np.dtype(target)
    if not np.issubdtype(kind, np.floating) or not np.issubdtype(wanted, np.integer):
        return hnp.from_dtype(kind)
    # One step inside the range: a float need not hold its ends.
    largest = float(np.finfo(kind).max)
    ends = (max(float(np.iinfo(wanted).min), -largest), min(float(np.iinfo(wanted).max), largest))
    limits = [np.nextafter(kind.type(end), kind.type(0)) for end in ends]
    return st.floats(float(limits[0]), float(limits[1]), width=kind.itemsize * 8)


@pytest.mark.parametrize("target", [*FLOATS, *INTEGERS, "bool"])
@pytest.mark.parametrize("source", [*FLOATS, *INTEGERS, "bool"])
@settings(max_examples=5, deadline=None, derandomize=True)
@given(st.data())
def test_cast(source: str, target: str, data: st.DataObject) -> None:
    x = data.draw(hnp.arrays(source, st.integers(0, 40), elements=in_range(source, target)))
    model = make_model([("Cast", ["x"], "y", {"to": helper.np_dtype_to_tensor_dtype(np.dtype(target))})], x=x)
    (expected,) = onnxruntime.InferenceSession(model).run(None, {"x": x})
    got = onecnn.load(model)(x)
    assert got.dtype == expected.dtype
    np.testing.assert_array_equal(got, expected)


def test_cast_of_every_float16_to_float32_and_back() -> None:
    x = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    wide = cast(x, "float32")
    np.testing.assert_array_equal(wide, x.astype(np.float32))
    np.testing.assert_array_equal(cast(wide, "float16"), x)


def test_cast_to_float16_rounds_to_even() -> None:
    exact = np.arange(1 << 15, dtype=np.uint16).view(np.float16).astype(np.float32)
    exact = exact[np.isfinite(exact)]
    middles = (exact[1:] + exact[:-1]) / 2
    for x in (middles, np.nextafter(middles, np.float32(0)), np.nextafter(middles, np.float32(np.inf))):
        np.testing.assert_array_equal(cast(x, "float16"), x.astype(np.float16))
    far = np.array([65519.996, 65520, -65520, 1e30, np.inf, -np.inf, np.nan, 2**-26, -(2**-25), -0.0], np.float32)
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(cast(far, "float16"), far.astype(np.float16))


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        # of NaN, +∞, −∞, 300, −1, 2³¹, 2⁶³, 2⁶⁴
        ("int8", [0, 0, 0, 44, -1, 0, 0, 0]),
        ("uint8", [0, 0, 0, 44, 255, 0, 0, 0]),
        ("int16", [0, 0, 0, 300, -1, 0, 0, 0]),
        ("uint16", [0, 0, 0, 300, 65535, 0, 0, 0]),
        ("int32", [-(2**31)] * 3 + [300, -1] + [-(2**31)] * 3),
        ("uint32", [0, 0, 0, 300, 2**32 - 1, 2**31, 0, 0]),
        ("int64", [-(2**63)] * 3 + [300, -1, 2**31] + [-(2**63)] * 2),
        ("uint64", [2**63, 0, 2**63, 300, 2**64 - 1, 2**31, 2**63, 0]),
        ("bool", [True] * 8),
    ],
)
@pytest.mark.parametrize("source", ["float32", "float64"])
def test_cast_of_floats_that_do_not_fit_is_defined(source: str, target: str, expected: list[int]) -> None:
    x = np.array([np.nan, np.inf, -np.inf, 300, -1, 2.0**31, 2.0**63, 2.0**64], source)
    np.testing.assert_array_equal(cast(x, target), np.array(expected, target))


def test_cast_of_a_bool_that_is_no_1_gives_1() -> None:
    x = np.array([0, 1, 2, 255], np.uint8).view(bool)
    np.testing.assert_array_equal(cast(x, "int32"), [0, 1, 1, 1])


@pytest.mark.parametrize(
    ("to", "message"),
    [
        (TensorProto.COMPLEX64, "its result has elements of type complex64"),
        (27, "its result has elements of type float6e2m3"),
        (999, "999, which is no type of ONNX"),
        (-1, "-1, which is no type of ONNX"),
    ],
)
def test_cast_to_what_is_no_dtype_here_is_refused(to: int, message: str) -> None:
    x = np.zeros(2, np.float32)
    with pytest.raises(onecnn.Error, match=message):
        onecnn.load(make_model([("Cast", ["x"], "y", {"to": to})], x=x)).run({"x": x})
