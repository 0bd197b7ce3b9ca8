# SPDX-License-Identifier: Apache-2.0
"""Operators that move elements and compute nothing, against ONNX Runtime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

import onecnn

Array = np.ndarray[Any, Any]
few_examples = settings(max_examples=60, deadline=None, derandomize=True)

DTYPES = [
    "float32",
    "float64",
    "float16",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "bool",
]


def make_model(
    op_type: str,
    inputs: Mapping[str, Array],
    constants: Mapping[str, Array | None],
    outputs: int,
    attributes: Mapping[str, Any],
) -> bytes:
    """Make a model of one node, named "only", with symbolic dimensions; a constant of None is an input left out."""
    names = [name if constants.get(name, 0) is not None else "" for name in [*inputs, *constants]]
    results = [f"y{i}" for i in range(outputs)]
    graph = helper.make_graph(
        [helper.make_node(op_type, names, results, name="only", **attributes)],
        "one",
        [
            helper.make_tensor_value_info(
                name, helper.np_dtype_to_tensor_dtype(x.dtype), [f"{name}{i}" for i in range(x.ndim)]
            )
            for name, x in inputs.items()
        ],
        [helper.make_empty_tensor_value_info(name) for name in results],
        [numpy_helper.from_array(x, name) for name, x in constants.items() if x is not None],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    return bytes(model.SerializeToString())


def run(
    op_type: str,
    inputs: Sequence[Array],
    constants: Mapping[str, Array | None] | None = None,
    outputs: int = 1,
    **attributes: Any,
) -> list[Array]:
    """Run a model of one node, computed and folded; both must give the same."""
    feeds = {f"x{i}": x for i, x in enumerate(inputs)}
    constants = constants or {}
    computed = onecnn.load(make_model(op_type, feeds, constants, outputs, attributes)).run(feeds)
    folded = onecnn.load(make_model(op_type, {}, {**feeds, **constants}, outputs, attributes)).run({})
    for name, result in computed.items():
        np.testing.assert_array_equal(result, folded[name])
    return list(computed.values())


def check(
    op_type: str,
    inputs: Sequence[Array],
    constants: Mapping[str, Array | None] | None = None,
    outputs: int = 1,
    **attributes: Any,
) -> None:
    """Compare a model of one node with ONNX Runtime: dtype, shape and every element."""
    feeds = {f"x{i}": x for i, x in enumerate(inputs)}
    model = make_model(op_type, feeds, constants or {}, outputs, attributes)
    expected = onnxruntime.InferenceSession(model).run(None, feeds)
    for got, wanted in zip(run(op_type, inputs, constants, outputs, **attributes), expected, strict=True):
        assert got.dtype == wanted.dtype
        np.testing.assert_array_equal(got, wanted)


def int64(*values: int) -> Array:
    return np.array(values, np.int64)


def ramp(*shape: int, dtype: str = "float32") -> Array:
    return np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)


@pytest.mark.parametrize(
    ("shape", "target", "allowzero"),
    [
        ((2, 3, 4), (4, 6), 0),
        ((2, 3, 4), (-1,), 0),
        ((2, 3, 4), (0, -1), 0),
        ((2, 3, 4), (0, 0, 2, 2), 0),
        ((1,), (), 0),
        ((), (1, 1), 0),
        ((0, 3), (3, 0), 1),
        ((0, 3), (0, 7), 0),
        ((0, 3), (-1, 5), 0),
    ],
)
def test_reshape(shape: tuple[int, ...], target: tuple[int, ...], allowzero: int) -> None:
    check("Reshape", [ramp(*shape)], {"shape": int64(*target)}, allowzero=allowzero)


def test_reshape_by_a_shape_given_at_run_time() -> None:
    for target in [(4, 6), (3, -1)]:
        check("Reshape", [ramp(2, 3, 4), int64(*target)])


@pytest.mark.parametrize("axis", [-3, -1, 0, 1, 3])
def test_flatten(axis: int) -> None:
    check("Flatten", [ramp(2, 3, 4)], axis=axis)


def test_flatten_of_a_scalar_and_of_nothing() -> None:
    check("Flatten", [ramp()], axis=0)
    check("Flatten", [ramp(3, 0, 4)])


@pytest.mark.parametrize("axes", [(0,), (-1, 2), (2,)])
def test_squeeze(axes: tuple[int, ...]) -> None:
    check("Squeeze", [ramp(1, 3, 1, 4, 1)], {"axes": int64(*axes)})


def test_squeeze_of_every_axis_that_is_1() -> None:
    check("Squeeze", [ramp(1, 3, 1, 4, 1)])
    (y,) = run("Squeeze", [ramp(1, 3, 1)], {"axes": None})
    np.testing.assert_array_equal(y, ramp(3))


@pytest.mark.parametrize("axes", [(0,), (-1,), (1, 3), (3, 0), (-1, -4)])
def test_unsqueeze(axes: tuple[int, ...]) -> None:
    check("Unsqueeze", [ramp(2, 3)], {"axes": int64(*axes)})


@pytest.mark.parametrize("dtype", DTYPES)
def test_identity(dtype: str) -> None:
    check("Identity", [ramp(2, 3, dtype=dtype)])


def test_dropout_gives_its_input_and_a_mask_that_is_true() -> None:
    x = ramp(2, 3)
    y, mask = run("Dropout", [x], {"ratio": np.float32(0.5), "training_mode": np.bool_(False)}, outputs=2)
    np.testing.assert_array_equal(y, x)
    np.testing.assert_array_equal(mask, np.ones((2, 3), bool))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("perm", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (0, 2, 1), (1, 2, 0)])
def test_transpose(dtype: str, perm: tuple[int, ...]) -> None:
    check("Transpose", [ramp(3, 4, 5, dtype=dtype)], perm=perm)


@few_examples
@given(st.data())
def test_transpose_of_any_shape(data: st.DataObject) -> None:
    shape = data.draw(st.lists(st.integers(0, 5) | st.sampled_from([1, 17, 40]), min_size=1, max_size=5))
    perm = data.draw(st.permutations(range(len(shape))))
    check("Transpose", [ramp(*shape)], perm=perm)


def test_transpose_reverses_without_perm() -> None:
    check("Transpose", [ramp(2, 3, 4)])


@pytest.mark.parametrize("dtype", DTYPES)
def test_concat(dtype: str) -> None:
    check("Concat", [ramp(2, 3, dtype=dtype), ramp(2, 1, dtype=dtype), ramp(2, 0, dtype=dtype)], axis=-1)


@few_examples
@given(st.data())
def test_concat_of_any_shapes(data: st.DataObject) -> None:
    shape = data.draw(st.lists(st.integers(0, 4) | st.just(50), min_size=1, max_size=4))
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    parts = data.draw(st.lists(st.integers(0, 5) | st.just(300), min_size=1, max_size=4))
    shapes = [[part if i == axis % len(shape) else size for i, size in enumerate(shape)] for part in parts]
    check("Concat", [ramp(*s) + i for i, s in enumerate(shapes)], axis=axis)


@pytest.mark.parametrize("dtype", DTYPES)
def test_pad_of_each_dtype(dtype: str) -> None:
    x = ramp(2, 3, dtype=dtype)
    (y,) = run("Pad", [x], {"pads": int64(0, 2, 1, 1), "value": np.array(1).astype(dtype)})
    np.testing.assert_array_equal(y, np.pad(x, ((0, 1), (2, 1)), constant_values=1))
    assert y.dtype == x.dtype


@few_examples
@given(st.data())
def test_pad_of_any_shape(data: st.DataObject) -> None:
    mode = data.draw(st.sampled_from(["constant", "reflect", "edge", "wrap"]))
    rank = data.draw(st.integers(1, 4))
    axes = data.draw(st.none() | st.lists(st.integers(0, rank - 1), unique=True, min_size=1))
    shape = [data.draw(st.integers(1, 6)) for _ in range(rank)]
    # ONNX Runtime refuses to mirror more than once.
    most = [size - 1 if mode == "reflect" else 8 for size in shape]
    padded = range(rank) if axes is None else axes
    pads = [[data.draw(st.integers(-((shape[i] - 1) // 2), most[i])) for i in padded] for _ in range(2)]
    if mode == "reflect":
        kept = [shape[i] + min(a, 0) + min(b, 0) for i, a, b in zip(padded, *pads, strict=True)]
        pads = [[min(pad, size - 1) for pad, size in zip(side, kept, strict=True)] for side in pads]
    constants = {"pads": int64(*pads[0], *pads[1]), "value": np.float32(7)}
    check("Pad", [ramp(*shape)], {**constants, "axes": None if axes is None else int64(*axes)}, mode=mode)


@pytest.mark.parametrize(("before", "after"), [(6, 0), (0, 9), (13, 13)])
def test_pad_mirrors_again_past_the_other_end(before: int, after: int) -> None:
    (y,) = run("Pad", [ramp(5)], {"pads": int64(before, after)}, mode="reflect")
    np.testing.assert_array_equal(y, np.pad(ramp(5), (before, after), mode="reflect"))


def test_pad_of_nothing_is_constant() -> None:
    check("Pad", [ramp(0, 2)], {"pads": int64(1, 0, 2, 0), "value": np.float32(3)})


def test_the_constant_of_pad_may_be_computed() -> None:
    feeds = {"x": ramp(2, 2), "pads": int64(1, 1, 1, 1), "value": np.array(9, np.float32)}
    model = onecnn.load(make_model("Pad", feeds, {}, 1, {}))
    np.testing.assert_array_equal(model.run(feeds)["y0"], np.pad(feeds["x"], 1, constant_values=9))


AFTER_A_CONVOLUTION = {
    "Identity": (["c"], {}, {}),
    "Dropout": (["c"], {}, {}),
    "Flatten": (["c"], {}, {}),
    "Reshape": (["c", "k"], {"k": int64(0, -1, 2)}, {}),
    "Transpose to NHWC": (["c"], {}, {"perm": [0, 2, 3, 1]}),
    "Transpose": (["c"], {}, {"perm": [0, 3, 1, 2]}),
    "Cast": (["c"], {}, {"to": TensorProto.FLOAT16}),
    "Concat 0": (["c", "d"], {}, {"axis": 0}),
    "Concat 1": (["c", "d"], {}, {"axis": 1}),
    "Concat 2": (["c", "d"], {}, {"axis": 2}),
    "Concat 3": (["c", "c", "d"], {}, {"axis": 3}),
    "Concat with an input": (["x", "c"], {}, {"axis": 1}),
    "Concat with a constant": (["c", "k"], {"k": ramp(2, 3, 8, 6)}, {"axis": 1}),
    "Pad": (["c", "k"], {"k": int64(0, 1, 2, 0, 0, 2, 0, 3)}, {}),
    "Pad reflect": (["c", "k"], {"k": int64(0, 0, 2, 1, 0, 0, 3, 3)}, {"mode": "reflect"}),
    "Add": (["c", "d"], {}, {}),
    "Add an input": (["x", "c"], {}, {}),
    "Sub a scalar": (["k", "c"], {"k": np.array(2, np.float32)}, {}),
    "Mul each channel": (["c", "k"], {"k": ramp(8, 1, 1)}, {}),
    "Mul each channel of an image": (["c", "k"], {"k": ramp(2, 8, 1, 1)}, {}),
    "Add each row": (["k", "c"], {"k": ramp(8, 1)}, {}),
    "Div each column": (["c", "k"], {"k": ramp(6) + 1}, {}),
    "Add each pixel": (["c", "k"], {"k": ramp(1, 1, 8, 6)}, {}),
    "Add a map": (["c", "k"], {"k": ramp(8, 8, 6)}, {}),
}


@pytest.mark.parametrize("case", AFTER_A_CONVOLUTION)
def test_after_convolutions_whatever_their_layout(case: str) -> None:
    inputs, constants, attributes = AFTER_A_CONVOLUTION[case]
    random = np.random.default_rng(1)
    weights = random.standard_normal((8, 8, 3, 3), np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["x", "w"], ["c"], pads=[1, 1, 1, 1]),
            helper.make_node("Conv", ["c", "w"], ["d"], pads=[1, 1, 1, 1]),
            helper.make_node(case.split()[0], inputs, ["y"], **attributes),
        ],
        "after",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 8, 8, 6])],
        [helper.make_empty_tensor_value_info("y")],
        [numpy_helper.from_array(weights, "w"), *(numpy_helper.from_array(k, name) for name, k in constants.items())],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10).SerializeToString()
    x = random.standard_normal((2, 8, 8, 6), np.float32)
    (expected,) = onnxruntime.InferenceSession(model).run(None, {"x": x})
    got = onecnn.load(model).run({"x": x})["y"]
    assert got.dtype == expected.dtype
    tolerance = 2e-3 if got.dtype == np.float16 else 1e-4
    np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(
    ("op_type", "shapes", "constants", "attributes", "message"),
    [
        ("Reshape", [(2, 3)], {"s": int64(4)}, {}, r"\[2, 3\] has 6 elements, shape \[4\] has 4"),
        ("Reshape", [(2, 3)], {"s": int64(-1, -1)}, {}, "more than one -1"),
        ("Reshape", [(2, 3)], {"s": int64(-1, 4)}, {}, "no whole number"),
        ("Reshape", [(2, 3)], {"s": int64(-2)}, {}, "dimension of -2"),
        ("Reshape", [(2, 3)], {"s": int64(2, 3, 0)}, {}, "copies dimension 2"),
        ("Reshape", [(0, 3)], {"s": int64(0, -1)}, {"allowzero": 1}, "no whole number"),
        ("Reshape", [(2, 3)], {"s": np.float32([6])}, {}, "is float32, expected int64"),
        ("Reshape", [(2, 3)], {"s": int64(1 << 40, 1 << 40)}, {}, "does not fit"),
        ("Flatten", [(2, 3)], {}, {"axis": 3}, r"axis is 3, outside \[-2, 2\]"),
        ("Squeeze", [(2, 1)], {"a": int64(0)}, {}, r"axis 0 of the input of shape \[2, 1\] is not 1"),
        ("Squeeze", [(2, 1)], {"a": int64(2)}, {}, "outside"),
        ("Unsqueeze", [(2,)], {"a": int64(0, -3)}, {}, "name the same axis twice"),
        ("Unsqueeze", [(2,)], {"a": int64(2)}, {}, "outside"),
        ("Transpose", [(2, 3)], {}, {"perm": [0, 0]}, "no permutation"),
        ("Transpose", [(2, 3)], {}, {"perm": [0]}, "no permutation"),
        ("Concat", [(2, 3), (3, 3)], {}, {"axis": 1}, r"input 1 has shape \[3, 3\] and input 0 \[2, 3\]"),
        ("Concat", [(2, 3), (3,)], {}, {"axis": 0}, "expected rank 2"),
        ("Concat", [(2, 3)], {}, {"axis": 2}, "outside"),
        ("Concat", [(2, 3)], {}, {}, "'axis' is missing"),
        ("Concat", [(2, 3)], {"k": int64(1)}, {"axis": 0}, "int64"),
        ("Pad", [(2, 3)], {"p": int64(1, 1)}, {}, "pads has 2 elements, expected 4"),
        ("Pad", [(2, 3)], {"p": int64(-2, 0, -1, 0)}, {}, "leave -1 of the 2 elements of axis 0"),
        ("Pad", [(2, 3)], {"p": int64(0, -3, 0, 3)}, {"mode": "edge"}, "keeps no element"),
        ("Pad", [(0, 3)], {"p": int64(1, 0, 0, 0)}, {"mode": "wrap"}, "keeps no element"),
        ("Pad", [(2, 3)], {"p": int64(1, 1, 1, 1)}, {"mode": "mirror"}, "mode 'mirror'"),
        ("Pad", [(2, 3)], {"p": int64((1 << 63) - 1, 0, 0, 0)}, {}, "does not fit"),
        ("Pad", [(2, 3)], {"p": int64(1 << 40, 0, 0, 0)}, {}, "tensor_bytes"),
        ("Pad", [(2, 3)], {"p": int64(1, 1), "v": np.float32(0), "a": int64(5)}, {}, "an axis is 5"),
        ("Pad", [(2, 3)], {"p": int64(1, 1, 1, 1), "v": None, "a": int64(1, -1)}, {}, "name axis 1 twice"),
        ("Pad", [(2, 3)], {"p": int64(1, 1, 1, 1), "v": np.float32([1, 2])}, {}, "expected one element"),
        ("Dropout", [(2,)], {"r": np.float32([0.5, 0.5])}, {}, r"ratio has shape \[2\], expected one element"),
        ("Dropout", [(2,)], {"r": np.float32(1), "t": np.bool_(True)}, {}, r"ratio is 1, outside \[0, 1\)"),
    ],
)
def test_what_cannot_be_is_refused(
    op_type: str, shapes: list[tuple[int, ...]], constants: dict[str, Array], attributes: dict[str, Any], message: str
) -> None:
    feeds = {f"x{i}": ramp(*shape) for i, shape in enumerate(shapes)}
    with pytest.raises(onecnn.Error, match=message):
        onecnn.load(make_model(op_type, feeds, constants, 1, attributes)).run(feeds)


def test_pads_at_the_edge_of_int64_are_computed_without_overflow() -> None:
    (y,) = run("Pad", [ramp(5)], {"pads": int64(-(1 << 63), (1 << 63) - 1), "value": np.float32(2)})
    np.testing.assert_array_equal(y, np.full(4, 2, np.float32))
