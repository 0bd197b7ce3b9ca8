# SPDX-License-Identifier: Apache-2.0
"""Operators that select, repeat and generate elements, against ONNX Runtime."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

import onecnn

Array = NDArray[Any]
OneNode = Callable[..., bytes]
few_examples = settings(max_examples=80, deadline=None, derandomize=True)

FLOATS = ["float16", "float32", "float64"]
INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
DTYPES = [*FLOATS, *INTEGERS, "bool"]


def int64(*values: int) -> Array:
    return np.array(values, np.int64)


def ramp(*shape: int, dtype: str = "float32") -> Array:
    return np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)


def run(data: bytes, inputs: Sequence[Array | None]) -> list[Array]:
    return list(onecnn.load(data).run({f"x{i}": x for i, x in enumerate(inputs) if x is not None}).values())


def check(
    one_node: OneNode,
    op_type: str,
    inputs: Sequence[Array | None],
    outputs: int = 1,
    opset: int = 21,
    **attributes: Any,
) -> None:
    """Compare a model of one node with ONNX Runtime: dtype, shape and every element."""
    data = one_node(op_type, inputs, outputs, opset, **attributes)
    feeds = {f"x{i}": x for i, x in enumerate(inputs) if x is not None}
    expected = onnxruntime.InferenceSession(data).run(None, feeds)
    for got, wanted in zip(run(data, inputs), expected, strict=True):
        assert got.dtype == wanted.dtype
        np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("attributes", [{}, {"start": 1}, {"start": -2, "end": -1}, {"end": 9}, {"start": 2, "end": 1}])
def test_shape(one_node: OneNode, attributes: dict[str, int]) -> None:
    check(one_node, "Shape", [ramp(2, 3, 4)], **attributes)


@pytest.mark.parametrize("shape", [(), (2, 3), (0, 3)])
def test_size(one_node: OneNode, shape: tuple[int, ...]) -> None:
    check(one_node, "Size", [ramp(*shape)])


def test_a_shape_decides_another(one_node: OneNode) -> None:
    nodes = [
        helper.make_node("Shape", ["x"], ["s"], start=1),
        helper.make_node("ConstantOfShape", ["s"], ["z"], value=numpy_helper.from_array(int64(7))),
    ]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["A", "B", "C"])
    graph = helper.make_graph(nodes, "two", [x], [helper.make_empty_tensor_value_info("z")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    (z,) = onecnn.load(model.SerializeToString()).run({"x": ramp(2, 3, 4)}).values()
    np.testing.assert_array_equal(z, np.full((3, 4), 7))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("index", ["int32", "int64"])
def test_slice_of_each_dtype(one_node: OneNode, dtype: str, index: str) -> None:
    limits = [int64(-1, 1).astype(index), int64(-9, 5).astype(index), int64(1, 0).astype(index)]
    check(one_node, "Slice", [ramp(6, 5, 2, dtype=dtype), *limits, int64(-2, 2).astype(index)])


ANYWHERE = st.integers(-9, 9) | st.sampled_from([-(1 << 62), 1 << 62])


@few_examples
@given(st.data())
def test_slice_of_any_section(one_node: OneNode, data: st.DataObject) -> None:
    shape = data.draw(st.lists(st.integers(0, 5) | st.just(40), min_size=1, max_size=3))
    axes = data.draw(st.lists(st.integers(0, len(shape) - 1), unique=True))
    lists = [data.draw(st.lists(ANYWHERE, min_size=len(axes), max_size=len(axes))) for _ in range(3)]
    starts, ends, steps = lists
    steps = [step or 1 for step in steps]
    check(one_node, "Slice", [ramp(*shape), int64(*starts), int64(*ends), int64(*axes), int64(*steps)])


@few_examples
@given(st.data())
def test_split(one_node: OneNode, data: st.DataObject) -> None:
    shape = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    parts = data.draw(st.lists(st.integers(0, 6), min_size=1, max_size=4))
    shape[axis] = sum(parts)
    dtype = data.draw(st.sampled_from(["float32", "int32", "int64", "bool"]))
    check(one_node, "Split", [ramp(*shape, dtype=dtype), int64(*parts)], len(parts), axis=axis)


@pytest.mark.parametrize(("size", "sizes"), [(6, [2, 2, 2]), (7, [3, 3, 1]), (8, [3, 3, 2]), (0, [0, 0, 0])])
def test_split_into_a_number_of_parts(one_node: OneNode, size: int, sizes: list[int]) -> None:
    x = ramp(2, size)
    for got, part in zip(
        run(one_node("Split", [x], 3, axis=1, num_outputs=3), [x]), np.split(x, np.cumsum(sizes)[:2], 1), strict=True
    ):
        np.testing.assert_array_equal(got, part)


@pytest.mark.parametrize("dtype", DTYPES)
def test_gather_of_each_dtype(one_node: OneNode, dtype: str) -> None:
    for shape in [(5,), (5, 3)]:
        check(one_node, "Gather", [ramp(*shape, dtype=dtype), int64(0, -1, 3, -5)])


@few_examples
@given(st.data())
def test_gather(one_node: OneNode, data: st.DataObject) -> None:
    shape = data.draw(st.lists(st.integers(1, 5) | st.just(40), min_size=1, max_size=3))
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    size = shape[axis]
    indices = data.draw(st.lists(st.integers(-size, size - 1), max_size=12))
    folded = data.draw(st.sampled_from([(-1,), (1, len(indices)), (len(indices), 1, 1)]))
    index = np.array(indices, data.draw(st.sampled_from(["int32", "int64"]))).reshape(folded if indices else (0,))
    check(one_node, "Gather", [ramp(*shape), index], axis=axis)


def test_gather_by_a_scalar(one_node: OneNode) -> None:
    check(one_node, "Gather", [ramp(2, 3), np.array(-2)], axis=1)


@few_examples
@given(st.data())
def test_expand(one_node: OneNode, data: st.DataObject) -> None:
    target = data.draw(st.lists(st.integers(0, 4) | st.just(40), max_size=3))
    own = data.draw(st.lists(st.booleans(), max_size=3))[: len(target)]
    tail = target[len(target) - len(own) :]
    shape = [size if whole else 1 for size, whole in zip(tail, own, strict=True)]
    asked = [1 if data.draw(st.booleans()) and i >= len(target) - len(own) else size for i, size in enumerate(target)]
    check(one_node, "Expand", [ramp(*shape), int64(*asked)])


@few_examples
@given(st.data())
def test_tile(one_node: OneNode, data: st.DataObject) -> None:
    shape = data.draw(st.lists(st.integers(0, 4) | st.just(30), min_size=1, max_size=3))
    repeats = data.draw(st.lists(st.integers(0, 3), min_size=len(shape), max_size=len(shape)))
    check(one_node, "Tile", [ramp(*shape), int64(*repeats)])


@pytest.mark.parametrize("dtype", DTYPES)
def test_constant_of_shape(one_node: OneNode, dtype: str) -> None:
    value = numpy_helper.from_array(np.array([1]).astype(dtype))
    check(one_node, "ConstantOfShape", [int64(2, 300)], value=value)


@pytest.mark.parametrize("shape", [(), (0, 4), (3,)])
def test_constant_of_shape_is_zero_unless_said(one_node: OneNode, shape: tuple[int, ...]) -> None:
    check(one_node, "ConstantOfShape", [int64(*shape)])


@pytest.mark.parametrize(
    ("dtype", "start", "limit", "delta"),
    [
        ("int64", 3, 20, 4),
        ("int64", 10, -4, -3),
        ("int64", 0, 0, 5),
        ("int64", -(1 << 63), (1 << 63) - 1, 1 << 62),
        ("int64", (1 << 63) - 1, -(1 << 63), -(1 << 63)),
        ("int32", 5, 1, 1),
        ("int16", -300, 300, 7),
        ("float32", 0, 2.5, 0.25),
        ("float64", 4, 1, -0.4),
        ("float16", 1, 3, 0.5),
    ],
)
def test_range(one_node: OneNode, dtype: str, start: float, limit: float, delta: float) -> None:
    inputs = [np.array(value).astype(dtype) for value in (start, limit, delta)]
    (y,) = run(one_node("Range", inputs, opset=27 if dtype == "float16" else 11), inputs)
    exact = "object" if dtype == "int64" else "float64"
    count = -(-(int(limit) - int(start)) // int(delta)) if dtype == "int64" else np.ceil((limit - start) / delta)
    expected = inputs[0].astype(exact) + np.arange(max(int(count), 0)).astype(exact) * inputs[2].astype(exact)
    assert y.dtype == dtype
    np.testing.assert_array_equal(y, expected.astype(dtype))


AFTER_A_CONVOLUTION = {
    "Slice": ([int64(1, 7, 0), int64(7, 0, 6), int64(1, 2, 3), int64(2, -3, 1)], 1, {}),
    "Split 1": ([int64(2, 0, 6)], 3, {"axis": 1}),
    "Split 2": ([], 2, {"axis": 2, "num_outputs": 2}),
    "Gather": ([int64(3, -1)], 1, {"axis": 1}),
    "Tile": ([int64(1, 2, 1, 3)], 1, {}),
}


@pytest.mark.parametrize("case", AFTER_A_CONVOLUTION)
def test_after_a_convolution_whatever_its_layout(case: str) -> None:
    constants, outputs, attributes = AFTER_A_CONVOLUTION[case]
    weights = np.random.default_rng(1).standard_normal((8, 8, 3, 3), np.float32)
    results = [f"y{i}" for i in range(outputs)]
    names = [f"k{i}" for i in range(len(constants))]
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["x", "w"], ["c"], pads=[1, 1, 1, 1]),
            helper.make_node("Conv", ["c", "w"], ["d"], pads=[1, 1, 1, 1]),
            helper.make_node(case.split()[0], ["d", *names], results, **attributes),
        ],
        "after",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 8, 8, 6])],
        [helper.make_empty_tensor_value_info(name) for name in results],
        [
            numpy_helper.from_array(value, name)
            for name, value in zip(["w", *names], [weights, *constants], strict=True)
        ],
    )
    data = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10).SerializeToString()
    x = np.random.default_rng(2).standard_normal((2, 8, 8, 6), np.float32)
    expected = onnxruntime.InferenceSession(data).run(None, {"x": x})
    for got, wanted in zip(onecnn.load(data).run({"x": x}).values(), expected, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("op_type", "inputs", "outputs", "attributes", "message"),
    [
        ("Slice", [ramp(2), int64(0), int64(1), int64(0), int64(0)], 1, {}, "the step of axis 0 is 0"),
        ("Slice", [ramp(2), int64(0), int64(1, 1)], 1, {}, "1 starts, 2 ends"),
        ("Slice", [ramp(2), int64(0), int64(1), int64(1)], 1, {}, "outside"),
        ("Slice", [ramp(2, 2), int64(0, 0), int64(1, 1), int64(1, -1)], 1, {}, "name axis 1 twice"),
        ("Split", [ramp(5), int64(2, 2)], 2, {}, r"parts of \[2, 2\] for 2 outputs do not make up axis 0"),
        ("Split", [ramp(5), int64(6, -1)], 2, {}, "do not make up"),
        ("Split", [ramp(5), int64(5)], 2, {}, "do not make up"),
        ("Split", [ramp(5)], 2, {"num_outputs": 3}, "num_outputs is 3, and it has 2 outputs"),
        ("Split", [ramp(5)], 2, {}, "either input split or attribute num_outputs"),
        (
            "Gather",
            [ramp(5), int64(1, 5)],
            1,
            {},
            r"'only' \(Gather, .*element 1 of its indices is 5, outside \[-5, 5\)",
        ),
        ("Gather", [ramp(5), int64(-6)], 1, {}, "is -6, outside"),
        ("Gather", [ramp(0), int64(0)], 1, {}, r"outside \[0, 0\)"),
        ("Gather", [ramp(5), np.float32([1])], 1, {}, "expected int64 or int32"),
        ("Gather", [ramp(5), int64(-(1 << 63))], 1, {}, "outside"),
        ("Gather", [ramp(), int64(0)], 1, {}, "axis is 0, outside"),
        ("Expand", [ramp(5), int64(4)], 1, {}, "do not broadcast"),
        ("Expand", [ramp(1), int64(-4)], 1, {}, "negative"),
        ("Tile", [ramp(5), int64(1, 2)], 1, {}, "repeats"),
        ("Tile", [ramp(5), int64(-2)], 1, {}, "negative"),
        ("Tile", [ramp(5), int64(1 << 62)], 1, {}, "does not fit"),
        ("ConstantOfShape", [int64(-1)], 1, {}, "negative"),
        ("ConstantOfShape", [int64(1 << 40)], 1, {}, "tensor_bytes"),
        ("ConstantOfShape", [int64(1)], 1, {"value": numpy_helper.from_array(int64(1, 2))}, "expected one element"),
        ("Range", [np.array(1), np.array(2), np.array(0)], 1, {}, "has no length"),
        ("Range", [np.float32(1), np.float32(np.inf), np.float32(1)], 1, {}, "has no length"),
        ("Range", [np.float32(1), np.float32(1e30), np.float32(1)], 1, {}, "does not fit"),
        ("Range", [np.array(0), np.array((1 << 63) - 1), np.array(1)], 1, {}, "does not fit"),
        ("Range", [int64(1, 2), np.array(2), np.array(1)], 1, {}, "expected one element"),
        ("Range", [np.uint8(1), np.uint8(2), np.uint8(1)], 1, {}, "is uint8"),
    ],
)
def test_what_cannot_be_is_refused(
    one_node: OneNode, op_type: str, inputs: list[Array], outputs: int, attributes: dict[str, Any], message: str
) -> None:
    with pytest.raises(onecnn.Error, match=message):
        run(one_node(op_type, inputs, outputs, 21, **attributes), inputs)
