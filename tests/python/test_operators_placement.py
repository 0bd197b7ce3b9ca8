# SPDX-License-Identifier: Apache-2.0
"""Operators that gather, scatter and rearrange elements, against ONNX Runtime and NumPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

import onecnn

Array = NDArray[Any]
OneNode = Callable[..., bytes]
few_examples = settings(max_examples=60, deadline=None, derandomize=True)

FLOATS = ["float16", "float32", "float64"]
INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
DTYPES = [*FLOATS, *INTEGERS, "bool"]
UFUNCS: dict[str, np.ufunc] = {"add": np.add, "mul": np.multiply, "max": np.maximum, "min": np.minimum}


def int64(*values: int) -> Array:
    return np.array(values, np.int64)


def ramp(*shape: int, dtype: str = "float32") -> Array:
    return np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)


def run(data: bytes, inputs: Sequence[Array | None]) -> Array:
    feeds = {f"x{i}": x for i, x in enumerate(inputs) if x is not None}
    (y,) = onecnn.load(data).run(feeds).values()
    return y


def check(one_node: OneNode, op_type: str, inputs: Sequence[Array | None], opset: int = 21, **attributes: Any) -> None:
    """Compare a model of one node with ONNX Runtime: dtype, shape and every element."""
    data = one_node(op_type, inputs, 1, opset, **attributes)
    feeds = {f"x{i}": x for i, x in enumerate(inputs) if x is not None}
    (wanted,) = onnxruntime.InferenceSession(data).run(None, feeds)
    got = run(data, inputs)
    assert got.dtype == wanted.dtype
    np.testing.assert_array_equal(got, wanted)


@st.composite
def shapes_and_indices(draw: st.DrawFn) -> tuple[list[int], int, Array]:
    """Draw a shape, an axis of it and indices along it, as GatherElements and ScatterElements take them."""
    shape = draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    axis = draw(st.integers(0, len(shape) - 1))
    picked = [draw(st.integers(0, 7 if i == axis else size)) for i, size in enumerate(shape)]
    chance = np.random.default_rng(draw(st.integers(0, 99)))
    indices = chance.integers(-shape[axis], shape[axis], picked, draw(st.sampled_from([np.int32, np.int64])))
    return shape, axis, indices


@few_examples
@given(shapes_and_indices())
def test_gather_elements(one_node: OneNode, case: tuple[list[int], int, Array]) -> None:
    shape, axis, indices = case
    check(one_node, "GatherElements", [ramp(*shape), indices], axis=axis)


@few_examples
@given(shapes_and_indices())
def test_scatter_elements(one_node: OneNode, case: tuple[list[int], int, Array]) -> None:
    shape, axis, indices = case
    inputs = [ramp(*shape), indices, -1 - ramp(*indices.shape)]
    check(one_node, "ScatterElements", inputs, axis=axis, reduction="add")
    check(one_node, "ScatterElements", inputs, axis=axis)


@pytest.mark.parametrize("dtype", DTYPES)
def test_gathering_of_each_dtype(one_node: OneNode, dtype: str) -> None:
    x = ramp(4, 3, dtype=dtype)
    check(one_node, "GatherElements", [x, int64(0, -1, 2).reshape(1, 3)])
    check(one_node, "GatherND", [x, int64(0, -1, 2).reshape(3, 1)])
    check(one_node, "GatherND", [x, int64(0, -1, 2, 1).reshape(2, 2)])


@pytest.mark.parametrize("dtype", [*FLOATS, *INTEGERS])
@pytest.mark.parametrize("reduction", UFUNCS)
def test_scattering_combines_numbers(one_node: OneNode, reduction: str, dtype: str) -> None:
    x = ramp(5, 2, dtype=dtype)
    rows = int64(1, -1, 1, 1)
    updates = (2 + ramp(4, 2)).astype(dtype)
    wanted = x.copy()
    UFUNCS[reduction].at(wanted, rows, updates)
    inputs = [x, rows.reshape(4, 1), updates]
    np.testing.assert_array_equal(run(one_node("ScatterND", inputs, reduction=reduction), inputs), wanted)
    inputs = [x, np.stack([rows, rows], 1), updates]
    np.testing.assert_array_equal(run(one_node("ScatterElements", inputs, reduction=reduction), inputs), wanted)


@pytest.mark.parametrize("reduction", ["add", "mul", "max", "min"])
def test_scattering_combines_bools(one_node: OneNode, reduction: str) -> None:
    inputs = [np.array([0, 0, 1, 1], bool), int64(0, 1, 2, 3), np.array([0, 1, 0, 1], bool)]
    wanted = [0, 1, 1, 1] if reduction in ("add", "max") else [0, 0, 0, 1]
    np.testing.assert_array_equal(run(one_node("ScatterElements", inputs, reduction=reduction), inputs), wanted)


@few_examples
@given(st.data())
def test_gather_nd(one_node: OneNode, data: st.DataObject) -> None:
    shape = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    batch_dims = data.draw(st.integers(0, len(shape) - 1))
    length = data.draw(st.integers(1, len(shape) - batch_dims))
    outer = shape[:batch_dims] + data.draw(st.lists(st.integers(0, 3), max_size=2))
    chance = np.random.default_rng(data.draw(st.integers(0, 99)))
    sizes = shape[batch_dims : batch_dims + length]
    indices = np.stack([chance.integers(-size, size, outer) for size in sizes], -1)
    check(one_node, "GatherND", [ramp(*shape), indices], batch_dims=batch_dims)


@few_examples
@given(st.data())
def test_scatter_nd(one_node: OneNode, data: st.DataObject) -> None:
    shape = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    length = data.draw(st.integers(1, len(shape)))
    outer = data.draw(st.lists(st.integers(0, 3), min_size=1, max_size=2))
    chance = np.random.default_rng(data.draw(st.integers(0, 99)))
    indices = np.stack([chance.integers(-size, size, outer) for size in shape[:length]], -1)
    check(one_node, "ScatterND", [ramp(*shape), indices, -1 - ramp(*outer, *shape[length:])], reduction="add")


@pytest.mark.parametrize("opset", [9, 10])
def test_scatter_is_scatter_elements(one_node: OneNode, opset: int) -> None:
    inputs = [ramp(3, 3), int64(2, 0).reshape(1, 2), ramp(1, 2)]
    check(one_node, "Scatter", inputs, opset, axis=1)


@pytest.mark.parametrize("mode", ["linear", "circular"])
@pytest.mark.parametrize("axis", [1, -2])
def test_tensor_scatter(one_node: OneNode, mode: str, axis: int) -> None:
    inputs = [
        ramp(2, 5, 4, 3),
        -1 - ramp(2, *((2, 4) if axis == 1 else (5, 2)), 3),
        int64(2, 1 if mode == "linear" else 13),
    ]
    for given_inputs in (inputs, inputs[:2]):
        data = one_node("TensorScatter", given_inputs, opset=24, mode=mode, axis=axis)
        feeds = {f"x{i}": x for i, x in enumerate(given_inputs)}
        (wanted,) = ReferenceEvaluator(onnx.load_from_string(data)).run(None, feeds)
        np.testing.assert_array_equal(run(data, given_inputs), wanted)


@pytest.mark.parametrize("dtype", ["float32", "float16", "int8", "int64"])
@pytest.mark.parametrize("mode", ["DCR", "CRD"])
def test_depth_and_space(one_node: OneNode, mode: str, dtype: str) -> None:
    for size in (1, 2, 3):
        x = ramp(2, 5 * size * size, 3, 4, dtype=dtype)
        blocks = x.reshape(2, 5, size, size, 3, 4) if mode == "CRD" else x.reshape(2, size, size, 5, 3, 4)
        wide = blocks.transpose((0, 1, 4, 2, 5, 3) if mode == "CRD" else (0, 3, 4, 1, 5, 2))
        wide = np.ascontiguousarray(wide.reshape(2, 5, 3 * size, 4 * size))
        np.testing.assert_array_equal(run(one_node("DepthToSpace", [x], mode=mode, blocksize=size), [x]), wide)
        deep = run(one_node("SpaceToDepth", [wide], opset=28, mode=mode, blocksize=size), [wide])
        np.testing.assert_array_equal(deep, x)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "bool"])
def test_trilu(one_node: OneNode, dtype: str) -> None:
    x = (1 + ramp(2, 4, 6)).astype(dtype)
    for upper in (0, 1):
        check(one_node, "Trilu", [x], upper=upper)
        for k in (-9, -4, -1, 0, 2, 6, 9):
            check(one_node, "Trilu", [x, np.array(k)], upper=upper)
    extreme = [x, np.array(-(1 << 63))]
    np.testing.assert_array_equal(run(one_node("Trilu", extreme), extreme), x)


@pytest.mark.parametrize("dtype", DTYPES)
def test_eye_like(one_node: OneNode, dtype: str) -> None:
    for k in (-9, -1, 0, 2, 1 << 62):
        x = np.zeros((4, 6), dtype)
        np.testing.assert_array_equal(run(one_node("EyeLike", [x], k=k), [x]), np.eye(4, 6, min(k, 9), dtype))
    dtype_number = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    y = run(one_node("EyeLike", [np.zeros((3, 2), np.int32)], dtype=dtype_number), [np.zeros((3, 2), np.int32)])
    assert y.dtype == dtype
    np.testing.assert_array_equal(y, np.eye(3, 2))


@pytest.mark.parametrize("index", [*INTEGERS, "float32", "float64", "float16"])
def test_one_hot(one_node: OneNode, index: str) -> None:
    indices = np.array([[0, 3, 2], [5, 1, 4]]).astype(index)
    for axis in (-1, 0, 1):
        y = run(
            one_node("OneHot", [indices, int64(4), np.float32([2, 5])], axis=axis),
            [indices, int64(4), np.float32([2, 5])],
        )
        wanted = np.where(indices[..., None] == np.arange(4), 5, 2).astype(np.float32)
        np.testing.assert_array_equal(y, np.moveaxis(wanted, -1, axis))


def test_one_hot_counts_from_the_end_and_drops_what_is_outside(one_node: OneNode) -> None:
    for indices, places in [
        (int64(-1, -3, -4, 3, -(1 << 63)), [2, 0, None, None, None]),
        (np.array([(1 << 64) - 1, 1], np.uint64), [None, 1]),
        (np.float32([np.nan, 1e30, -1, 2]), [None, None, 2, 2]),
    ]:
        inputs = [indices, np.float32(3), np.array([False, True])]
        wanted = [[place == column for column in range(3)] for place in places]
        np.testing.assert_array_equal(run(one_node("OneHot", inputs), inputs), wanted)


@pytest.mark.parametrize(("batch_axis", "time_axis"), [(0, 1), (1, 0)])
def test_reverse_sequence(one_node: OneNode, batch_axis: int, time_axis: int) -> None:
    for dtype in ("float32", "int64", "uint8"):
        x = ramp(3, 3, 2, dtype=dtype)
        check(one_node, "ReverseSequence", [x, int64(1, 3, 2)], batch_axis=batch_axis, time_axis=time_axis)


@few_examples
@given(st.data())
def test_center_crop_pad(one_node: OneNode, data: st.DataObject) -> None:
    shape = data.draw(st.lists(st.integers(1, 7), min_size=1, max_size=4))
    axes = data.draw(st.permutations(range(len(shape))))[: data.draw(st.integers(1, len(shape)))]
    target = [data.draw(st.integers(1, 9)) for _ in axes]
    inputs = [ramp(*shape), int64(*target)]
    data_bytes = one_node("CenterCropPad", inputs, opset=18, axes=axes)
    feeds = {"x0": inputs[0], "x1": inputs[1]}
    (wanted,) = ReferenceEvaluator(onnx.load_from_string(data_bytes)).run(None, feeds)
    np.testing.assert_array_equal(run(data_bytes, inputs), wanted)


AFTER_A_CONVOLUTION = {
    "DepthToSpace": ([], {"blocksize": 2}),
    "DepthToSpace CRD": ([], {"blocksize": 2, "mode": "CRD"}),
    "SpaceToDepth": ([], {"blocksize": 2}),
    "CenterCropPad": ([int64(5, 8)], {"axes": [1, 3]}),
    "GatherND": ([int64(1, 0).reshape(2, 1)], {}),
    "Trilu": ([], {}),
}


@pytest.mark.parametrize("case", AFTER_A_CONVOLUTION)
def test_after_a_convolution_whatever_its_layout(case: str) -> None:
    constants, attributes = AFTER_A_CONVOLUTION[case]
    weights = np.random.default_rng(1).standard_normal((8, 8, 3, 3), np.float32)
    names = [f"k{i}" for i in range(len(constants))]
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["x", "w"], ["c"], pads=[1, 1, 1, 1]),
            helper.make_node("Conv", ["c", "w"], ["d"], pads=[1, 1, 1, 1]),
            helper.make_node(case.split()[0], ["d", *names], ["y"], **attributes),
        ],
        "after",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 8, 8, 6])],
        [helper.make_empty_tensor_value_info("y")],
        [
            numpy_helper.from_array(value, name)
            for name, value in zip(["w", *names], [weights, *constants], strict=True)
        ],
    )
    data = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10).SerializeToString()
    x = np.random.default_rng(2).standard_normal((2, 8, 8, 6), np.float32)
    (expected,) = onnxruntime.InferenceSession(data).run(None, {"x": x})
    np.testing.assert_allclose(onecnn.load(data).run({"x": x})["y"], expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("op_type", "inputs", "attributes", "message"),
    [
        ("GatherElements", [ramp(3), int64(1, 3)], {}, r"element 1 of its indices is 3, outside \[-3, 3\)"),
        ("GatherElements", [ramp(2, 2), int64(1, 1, 1).reshape(1, 3)], {}, "reach past axis 1"),
        ("GatherElements", [ramp(2, 2), int64(1)], {}, "expected rank 2"),
        ("GatherND", [ramp(3, 2), int64(1, 2)], {}, r"element 1 of its indices is 2, outside \[-2, 2\)"),
        ("GatherND", [ramp(3), int64(1, 2)], {}, "do not fit"),
        ("GatherND", [ramp(3), int64(1)], {"batch_dims": 1}, "batch_dims is 1"),
        ("GatherND", [ramp(3), int64(1)], {"batch_dims": -1}, "batch_dims is -1"),
        ("GatherND", [ramp(3, 2), ramp(2, 1, dtype="int64")], {"batch_dims": 1}, "do not fit"),
        ("ScatterElements", [ramp(3), int64(5), ramp(1)], {}, "is 5, outside"),
        ("ScatterElements", [ramp(3), int64(1), ramp(2)], {}, "updates have shape"),
        ("ScatterElements", [ramp(3, 1), ramp(1, 2, dtype="int64"), ramp(1, 2)], {}, "reach past axis 1"),
        ("ScatterElements", [ramp(3), int64(1), ramp(1)], {"reduction": "mean"}, "reduction 'mean'"),
        ("ScatterElements", [ramp(3), int64(1), int64(1)], {}, "must be the same"),
        ("ScatterND", [ramp(3), int64(-4), ramp()], {}, "is -4, outside"),
        ("ScatterND", [ramp(3), int64(1, 2).reshape(2, 1), ramp(3)], {}, r"expected \[2\]"),
        ("TensorScatter", [ramp(1, 4, 2), ramp(1, 2, 2), int64(3)], {}, "write index 0 is 3"),
        ("TensorScatter", [ramp(1, 4, 2), ramp(1, 2, 2), int64(-1)], {"mode": "circular"}, "is -1"),
        ("TensorScatter", [ramp(1, 4, 2), ramp(1, 5, 2)], {}, "longer than the cache"),
        ("TensorScatter", [ramp(1, 4, 2), ramp(1, 2, 3)], {}, "does not fit the cache"),
        ("TensorScatter", [ramp(4, 2), ramp(4, 2)], {}, "axis is that of the batch"),
        ("DepthToSpace", [ramp(1, 6, 2, 2)], {"blocksize": 2}, "no multiple of the 4 pixels"),
        ("DepthToSpace", [ramp(1, 4, 2, 2)], {"blocksize": 0}, "blocksize is 0"),
        ("DepthToSpace", [ramp(1, 4, 2, 2)], {"blocksize": 1 << 40}, "does not fit"),
        ("DepthToSpace", [ramp(1, 4, 2, 2)], {"blocksize": 2, "mode": "RCD"}, "mode 'RCD'"),
        ("SpaceToDepth", [ramp(1, 4, 3, 2)], {"blocksize": 2}, "cannot be cut"),
        ("SpaceToDepth", [ramp(4, 3, 2)], {"blocksize": 2}, "expected rank 4"),
        ("Trilu", [ramp(3)], {}, "expected matrices"),
        ("Trilu", [ramp(3, 3), int64(1, 2)], {}, "expected one int64"),
        ("EyeLike", [ramp(3)], {}, "expected rank 2"),
        ("OneHot", [int64(1), int64(-1), ramp(2)], {}, "depth is -1"),
        ("OneHot", [int64(1), int64(2), ramp(3)], {}, "expected one element and two"),
        ("OneHot", [int64(1), int64(2), ramp(2)], {"axis": 2}, "outside"),
        ("OneHot", [int64(1), int64(1 << 60), ramp(2)], {}, "tensor_bytes|does not fit"),
        ("ReverseSequence", [ramp(3, 2), int64(4, 1)], {}, r"sequence length 0 is 4, outside \[0, 3\]"),
        ("ReverseSequence", [ramp(3, 2), int64(1)], {}, "for each of 2"),
        ("ReverseSequence", [ramp(3, 2), int64(1, 1)], {"time_axis": 1}, "batch_axis is 1 and time_axis 1"),
        ("CenterCropPad", [ramp(3, 2), int64(1)], {}, "does not match"),
        ("CenterCropPad", [ramp(3, 2), int64(1, 1)], {"axes": [0, 0]}, "an axis twice"),
        ("CenterCropPad", [ramp(3), int64(-1)], {}, "negative"),
    ],
)
def test_what_cannot_be_is_refused(
    one_node: OneNode, op_type: str, inputs: list[Array], attributes: dict[str, Any], message: str
) -> None:
    with pytest.raises(onecnn.Error, match=message):
        run(one_node(op_type, inputs, opset=25, **attributes), inputs)
