# SPDX-License-Identifier: Apache-2.0
"""The forms that opset 7 replaced compute what opset 6 says, by NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

import onecnn

Floats = NDArray[np.float32]

X = np.random.default_rng(6).uniform(0.5, 2, (2, 3, 4, 5)).astype(np.float32)


def old_model(
    nodes: Sequence[Any], constants: dict[str, Floats], shape: Sequence[int | None] = X.shape, opset: int = 6
) -> bytes:
    graph = helper.make_graph(
        nodes,
        "old",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=4)
    return bytes(model.SerializeToString())


def one_node(op_type: str, constants: dict[str, Floats], **attributes: object) -> bytes:
    return old_model([helper.make_node(op_type, ["x", *constants], ["y"], name="old", **attributes)], constants)


def noise(*shape: int) -> Floats:
    return np.random.default_rng(7).uniform(0.5, 2, shape).astype(np.float32)


@pytest.mark.parametrize(
    ("shape", "axis", "seen_as"),
    [
        ((3,), 1, (3, 1, 1)),
        ((3, 4), 1, (3, 4, 1)),
        ((2,), 0, (2, 1, 1, 1)),
        ((2, 3, 4, 5), 0, (2, 3, 4, 5)),
        ((5,), -1, (5,)),
        ((1, 1), 1, (1, 1)),
        ((), 2, ()),
        ((4, 5), None, (4, 5)),
    ],
)
def test_the_second_operand_begins_at_an_axis(
    shape: tuple[int, ...], axis: int | None, seen_as: tuple[int, ...]
) -> None:
    second = noise(*shape)
    attributes = {"broadcast": 1} | ({} if axis is None else {"axis": axis})
    for op_type, function in {"Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide}.items():
        y = onecnn.load(one_node(op_type, {"b": second}, **attributes))(X)
        np.testing.assert_allclose(y, function(X, second.reshape(seen_as)), rtol=1e-6)


def test_the_first_operand_may_be_of_a_shape_that_the_file_does_not_tell() -> None:
    weights, bias = noise(4, 3, 1, 1), noise(4)
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["h"], kernel_shape=[1, 1]),
        helper.make_node("Add", ["h", "b"], ["y"], axis=1, broadcast=1),
    ]
    y = onecnn.load(old_model(nodes, {"w": weights, "b": bias}, (None, 3, None, None)))(X)
    expected = np.einsum("nchw,oc->nohw", X, weights[:, :, 0, 0]) + bias.reshape(4, 1, 1)
    np.testing.assert_allclose(y, expected, rtol=1e-5)


def test_batch_normalization_and_dropout_of_inference() -> None:
    parameters = {name: noise(3) for name in ("scale", "bias", "mean", "var")}
    scale, bias, mean, var = (value.reshape(3, 1, 1) for value in parameters.values())
    y = onecnn.load(one_node("BatchNormalization", parameters, is_test=1, epsilon=1e-3))(X)
    np.testing.assert_allclose(y, (X - mean) / np.sqrt(var + 1e-3) * scale + bias, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(onecnn.load(one_node("Dropout", {}, is_test=1))(X), X)


@pytest.mark.parametrize(
    ("op_type", "constants", "attributes", "message"),
    [
        ("Add", {"b": noise(3)}, {"broadcast": 1, "axis": 4}, "axis"),
        ("Add", {"b": noise(4, 5)}, {"broadcast": 1, "axis": 3}, r"input 1 of shape \[4, 5\] does not fit"),
        ("Add", {"b": noise(5)}, {"broadcast": 1, "axis": 1}, r"\[2, 3, 4, 5\]"),
        ("Dropout", {}, {}, "is_test is 0; onecnn infers only"),
        ("BatchNormalization", {name: noise(3) for name in "abcd"}, {}, "is_test is 0; onecnn infers only"),
        ("Upsample", {}, {"height_scale": 2.0}, "'height_scale' and 'width_scale' are missing"),
        ("Add", {}, {"broadcast": 1, "axis": 1}, "1 input"),
    ],
)
def test_what_it_cannot_be_is_refused(
    op_type: str, constants: dict[str, Floats], attributes: dict[str, object], message: str
) -> None:
    with pytest.raises(onecnn.Error, match=message):
        onecnn.load(one_node(op_type, constants, **attributes))(X)


def test_older_forms_are_read_where_they_are_the_same() -> None:
    relu = helper.make_node("Relu", ["x"], ["y"])
    np.testing.assert_array_equal(onecnn.load(old_model([relu], {}, opset=1))(X), X)
    reshape = helper.make_node("Reshape", ["x"], ["y"], name="old", shape=[-1])
    with pytest.raises(onecnn.UnsupportedOperator, match=r"'old' \(Reshape, opset 4\): its form before opset 5"):
        onecnn.load(old_model([reshape], {}, opset=4))
