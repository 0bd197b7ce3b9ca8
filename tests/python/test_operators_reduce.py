# SPDX-License-Identifier: Apache-2.0
"""Reductions, scans and searches along axes, against ONNX Runtime and NumPy."""

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

REDUCTIONS: dict[str, Callable[..., Any]] = {
    "ReduceSum": np.sum,
    "ReduceMean": np.mean,
    "ReduceProd": np.prod,
    "ReduceMax": np.max,
    "ReduceMin": np.min,
    "ReduceL1": lambda x, **axes: np.sum(np.abs(x), **axes),
    "ReduceL2": lambda x, **axes: np.sqrt(np.sum(x * x, **axes)),
    "ReduceSumSquare": lambda x, **axes: np.sum(x * x, **axes),
    "ReduceLogSum": lambda x, **axes: np.log(np.sum(x, **axes)),
    "ReduceLogSumExp": lambda x, **axes: np.log(np.sum(np.exp(x), **axes)),
}
FLOATS = ["float16", "float32", "float64"]
INTEGERS = ["int32", "int64", "uint32", "uint64"]
NUMBERS = [*FLOATS, *INTEGERS, "int8", "int16", "uint8", "uint16"]


def int64(*values: int) -> Array:
    return np.array(values, np.int64)


def noise(*shape: int, dtype: str = "float32") -> Array:
    """Make positive numbers around 1, where every reduction is well conditioned; integers from 1 to 5."""
    chance = np.random.default_rng(5)
    if "int" in dtype:
        return chance.integers(1, 6, shape).astype(dtype)
    return chance.uniform(0.5, 1.5, shape).astype(dtype)


def run(data: bytes, inputs: Sequence[Array | None]) -> list[Array]:
    return list(onecnn.load(data).run({f"x{i}": x for i, x in enumerate(inputs) if x is not None}).values())


def check(one_node: OneNode, op_type: str, inputs: Sequence[Array], outputs: int = 1, **attributes: Any) -> None:
    """Compare a model of one node with ONNX Runtime."""
    data = one_node(op_type, inputs, outputs, 21, **attributes)
    expected = onnxruntime.InferenceSession(data).run(None, {f"x{i}": x for i, x in enumerate(inputs)})
    for got, wanted in zip(run(data, inputs), expected, strict=True):
        assert got.dtype == wanted.dtype
        np.testing.assert_allclose(got, wanted, rtol=1e-5)


@pytest.mark.parametrize("dtype", [*FLOATS, *INTEGERS])
@pytest.mark.parametrize("op_type", REDUCTIONS)
def test_each_dtype(one_node: OneNode, op_type: str, dtype: str) -> None:
    x = noise(3, 4, 50, dtype=dtype) if op_type != "ReduceProd" else noise(3, 4, 2, dtype=dtype)
    exact = x.astype("float64")
    for axis in (1, 2):
        (y,) = run(one_node(op_type, [x, int64(axis)], opset=20), [x, int64(axis)])
        wanted = REDUCTIONS[op_type](exact, axis=axis, keepdims=True)
        assert y.dtype == x.dtype
        np.testing.assert_allclose(
            y, np.trunc(wanted) if "int" in dtype else wanted, rtol=2e-3 if dtype == "float16" else 1e-5
        )


@pytest.mark.parametrize("dtype", [*NUMBERS, "bool"])
@pytest.mark.parametrize("op_type", ["ReduceMax", "ReduceMin"])
def test_extremum_of_each_dtype(one_node: OneNode, op_type: str, dtype: str) -> None:
    x = np.random.default_rng(1).integers(-100, 100, (4, 5, 40)).astype(dtype)
    for axis in (0, 2):
        (y,) = run(one_node(op_type, [x, int64(axis)], opset=20), [x, int64(axis)])
        np.testing.assert_array_equal(y, REDUCTIONS[op_type](x, axis=axis, keepdims=True))


@few_examples
@given(st.data())
def test_any_shape_and_axes(one_node: OneNode, data: st.DataObject) -> None:
    shape = data.draw(st.lists(st.integers(1, 4) | st.sampled_from([17, 70]), max_size=4))
    axes = data.draw(st.lists(st.integers(0, len(shape) - 1), unique=True)) if shape else []
    signed = [axis - len(shape) if data.draw(st.booleans()) else axis for axis in axes]
    op_type = data.draw(st.sampled_from([name for name in REDUCTIONS if name != "ReduceProd"]))
    keepdims = data.draw(st.integers(0, 1))
    noop = data.draw(st.integers(0, 1)) if axes else 0
    check(one_node, op_type, [noise(*shape), int64(*signed)], keepdims=keepdims, noop_with_empty_axes=noop)


@pytest.mark.parametrize("op_type", REDUCTIONS)
def test_without_axes(one_node: OneNode, op_type: str) -> None:
    x = noise(3, 4)
    check(one_node, op_type, [x])
    (y,) = run(one_node(op_type, [x], opset=25, noop_with_empty_axes=1), [x])
    np.testing.assert_allclose(y, REDUCTIONS[op_type](x, axis=()), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("op_type", "value"),
    [
        ("ReduceSum", 0),
        ("ReduceProd", 1),
        ("ReduceMax", -np.inf),
        ("ReduceMin", np.inf),
        ("ReduceL2", 0),
        ("ReduceLogSum", -np.inf),
        ("ReduceLogSumExp", -np.inf),
        ("ReduceMean", np.nan),
    ],
)
def test_of_nothing(one_node: OneNode, op_type: str, value: float) -> None:
    for shape, axis in [((2, 0, 3), 1), ((3, 0), 1), ((2, 0, 0, 3), 2)]:
        inputs = [noise(*shape), int64(axis)]
        (y,) = run(one_node(op_type, inputs), inputs)
        np.testing.assert_array_equal(y, np.full([1 if i == axis else n for i, n in enumerate(shape)], value))


def test_of_no_integers_or_bools(one_node: OneNode) -> None:
    for x, least, most in [(noise(0, 2, dtype="int8"), -128, 127), (np.zeros((0, 2), bool), False, True)]:
        for op_type, value in (("ReduceMax", least), ("ReduceMin", most)):
            (y,) = run(one_node(op_type, [x, int64(0)], keepdims=0), [x, int64(0)])
            np.testing.assert_array_equal(y, [value, value])


@pytest.mark.parametrize("op_type", ["ReduceSum", "ReduceMax", "ReduceMin", "ReduceLogSumExp", "ReduceL1"])
def test_nan_stays(one_node: OneNode, op_type: str) -> None:
    for place in (0, 40, 99):
        x = noise(100, 2)
        x[place, 1] = np.nan
        (columns,) = run(one_node(op_type, [x, int64(0)], keepdims=0), [x, int64(0)])
        (rows,) = run(one_node(op_type, [x.T.copy(), int64(1)], keepdims=0), [x.T.copy(), int64(1)])
        for y in (columns, rows):
            assert np.isfinite(y[0]) and np.isnan(y[1])


def test_log_sum_exp_neither_overflows_nor_underflows(one_node: OneNode) -> None:
    x = np.float32([[1000, 1000], [-1000, -1000], [-np.inf, 3], [-np.inf, -np.inf], [np.inf, np.inf]])
    (y,) = run(one_node("ReduceLogSumExp", [x, int64(1)], keepdims=0), [x, int64(1)])
    np.testing.assert_allclose(y, [1000 + np.log(2), -1000 + np.log(2), 3, -np.inf, np.inf], rtol=1e-6)


def test_log_of_no_integer_is_the_least(one_node: OneNode) -> None:
    (y,) = run(one_node("ReduceLogSum", [noise(0, dtype="int32"), int64(0)]), [noise(0, dtype="int32"), int64(0)])
    np.testing.assert_array_equal(y, [-(1 << 31)])


def test_a_long_sum_is_accurate(one_node: OneNode) -> None:
    x = np.full((1, 1_000_000), 0.1, np.float32)
    (y,) = run(one_node("ReduceSum", [x, int64(1)]), [x, int64(1)])
    np.testing.assert_allclose(y, x.astype("float64").sum(), rtol=1e-7)


@pytest.mark.parametrize("dtype", NUMBERS)
@pytest.mark.parametrize("op_type", ["ArgMax", "ArgMin"])
def test_arg(one_node: OneNode, op_type: str, dtype: str) -> None:
    x = np.random.default_rng(1).integers(0, 4, (3, 7, 40)).astype(dtype)
    for axis in (0, 1, -1):
        for last in (0, 1):
            (y,) = run(one_node(op_type, [x], axis=axis, keepdims=0, select_last_index=last), [x])
            compared = np.flip(x, axis) if last else x
            wanted = (np.argmax if op_type == "ArgMax" else np.argmin)(compared, axis)
            np.testing.assert_array_equal(y, x.shape[axis] - 1 - wanted if last else wanted)
    assert run(one_node(op_type, [x]), [x])[0].shape == (1, 7, 40)


@pytest.mark.parametrize("dtype", [*FLOATS, *INTEGERS])
@pytest.mark.parametrize(("op_type", "scan"), [("CumSum", np.cumsum), ("CumProd", np.cumprod)])
def test_scan(one_node: OneNode, op_type: str, scan: Callable[..., Array], dtype: str) -> None:
    x = noise(3, 5, 70, dtype=dtype) if op_type == "CumSum" else noise(3, 5, 6, dtype=dtype)
    for axis in (0, 1, -1):
        for exclusive in (0, 1):
            for reverse in (0, 1):
                inputs = [x, np.array(axis, np.int32)]
                (y,) = run(one_node(op_type, inputs, opset=26, exclusive=exclusive, reverse=reverse), inputs)
                wanted = scan(np.flip(x, axis) if reverse else x, axis, dtype)
                if exclusive:
                    wanted = np.roll(wanted, 1, axis)
                    np.moveaxis(wanted, axis, 0)[0] = op_type == "CumProd"
                wanted = np.flip(wanted, axis) if reverse else wanted
                np.testing.assert_allclose(y, wanted, rtol=2e-2 if dtype == "float16" else 1e-5)


@pytest.mark.parametrize("dtype", NUMBERS)
@pytest.mark.parametrize("largest", [0, 1])
def test_top_k_of_each_dtype(one_node: OneNode, dtype: str, largest: int) -> None:
    x = np.random.default_rng(1).integers(0 if "u" in dtype else -4, 5, (4, 30)).astype(dtype)
    values, places = run(one_node("TopK", [x, int64(7)], 2, largest=largest), [x, int64(7)])
    compared = x.astype("float64")
    order = np.argsort(-compared if largest else compared, axis=1, kind="stable")[:, :7]
    np.testing.assert_array_equal(places, order)
    np.testing.assert_array_equal(values, np.take_along_axis(x, order, 1))


@few_examples
@given(st.data())
def test_top_k_of_any_shape(one_node: OneNode, data: st.DataObject) -> None:
    shape = data.draw(st.lists(st.integers(1, 6) | st.just(40), min_size=1, max_size=3))
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    k = data.draw(st.integers(0, shape[axis]))
    x = np.random.default_rng(data.draw(st.integers(0, 9))).integers(-9, 10, shape).astype("float32") / 3
    check(one_node, "TopK", [x, int64(k)], 2, axis=axis, largest=data.draw(st.integers(0, 1)))


def test_top_k_takes_nan_for_the_largest_and_zeros_for_equal(one_node: OneNode) -> None:
    x = np.float32([0, np.nan, -0.0, np.inf, -np.inf, 0, -np.nan])
    for largest, wanted in ((1, [1, 6, 3, 0, 2, 5, 4]), (0, [4, 0, 2, 5, 3, 1, 6])):
        _, places = run(one_node("TopK", [x, int64(7)], 2, largest=largest), [x, int64(7)])
        np.testing.assert_array_equal(places, wanted)


REDUCED_AFTER_A_CONVOLUTION = [
    (op_type, axes, keepdims)
    for op_type in ("ReduceMean", "ReduceMax")
    for axes in ([2, 3], [1], [1, 3], [2], [0, 1], [1, 2, 3])
    for keepdims in (0, 1)
]


@pytest.mark.parametrize(("op_type", "axes", "keepdims"), REDUCED_AFTER_A_CONVOLUTION)
def test_after_a_convolution_whatever_its_layout(op_type: str, axes: list[int], keepdims: int) -> None:
    weights = np.random.default_rng(1).standard_normal((40, 40, 3, 3), np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["x", "w"], ["c"], pads=[1, 1, 1, 1]),
            helper.make_node("Conv", ["c", "w"], ["d"], pads=[1, 1, 1, 1]),
            helper.make_node(op_type, ["d", "axes"], ["y"], keepdims=keepdims),
        ],
        "after",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 40, 8, 6])],
        [helper.make_empty_tensor_value_info("y")],
        [numpy_helper.from_array(weights, "w"), numpy_helper.from_array(int64(*axes), "axes")],
    )
    data = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10).SerializeToString()
    x = np.random.default_rng(2).standard_normal((2, 40, 8, 6), np.float32)
    (expected,) = onnxruntime.InferenceSession(data).run(None, {"x": x})
    got = onecnn.load(data).run({"x": x})["y"]
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("op_type", REDUCTIONS)
def test_older_forms_have_axes_as_an_attribute(one_node: OneNode, op_type: str) -> None:
    x = noise(2, 3, 4)
    for opset in (7, 11, 12) if op_type == "ReduceSum" else (7, 12, 17):
        for attributes in ({"axes": [0, 2]}, {"axes": [1], "keepdims": 0}, {}):
            data = one_node(op_type, [x], opset=opset, **attributes)
            (wanted,) = ReferenceEvaluator(onnx.load_from_string(data)).run(None, {"x0": x})
            np.testing.assert_allclose(run(data, [x])[0], wanted, rtol=1e-5)


@pytest.mark.parametrize("opset", [7, 9])
def test_older_top_k_has_k_as_an_attribute(one_node: OneNode, opset: int) -> None:
    x = noise(3, 9)
    values, _ = run(one_node("TopK", [x], 2, opset, k=4), [x])
    np.testing.assert_array_equal(values, -np.sort(-x, 1)[:, :4])


@pytest.mark.parametrize(
    ("op_type", "inputs", "outputs", "attributes", "message"),
    [
        ("ReduceSum", [noise(2, 2), int64(2)], 1, {}, "an axis is 2, outside"),
        ("ReduceSum", [noise(2, 2), int64(1, -1)], 1, {}, "name axis 1 twice"),
        ("ReduceSum", [np.zeros(2, bool)], 1, {}, "input 0 is bool"),
        ("ReduceMean", [noise(2, dtype="int8")], 1, {}, "input 0 is int8"),
        ("ReduceSum", [noise(2), np.float32([0])], 1, {}, "expected int64"),
        ("ArgMax", [noise(0, 2)], 1, {}, "axis 0 .* has no elements"),
        ("ArgMin", [noise(2)], 1, {"axis": 1}, "outside"),
        ("ArgMin", [np.zeros(2, bool)], 1, {}, "expected a number"),
        ("CumSum", [noise(2), int64(1)], 1, {}, "outside"),
        ("CumSum", [noise(2), int64(0, 0)], 1, {}, "axis has 2 elements"),
        ("CumSum", [noise(2, dtype="int8"), int64(0)], 1, {}, "input 0 is int8"),
        ("TopK", [noise(2), int64(3)], 2, {}, r"K is \[3\], expected one number of at most the 2 elements"),
        ("TopK", [noise(2), int64(-1)], 2, {}, "K is"),
        ("TopK", [noise(2), int64(1, 1)], 2, {}, "K is"),
        ("TopK", [np.zeros(2, bool), int64(1)], 2, {}, "expected a number"),
    ],
)
def test_what_cannot_be_is_refused(
    one_node: OneNode, op_type: str, inputs: list[Array], outputs: int, attributes: dict[str, Any], message: str
) -> None:
    with pytest.raises(onecnn.Error, match=message):
        run(one_node(op_type, inputs, outputs, 21, **attributes), inputs)
