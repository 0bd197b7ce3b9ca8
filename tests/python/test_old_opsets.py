# SPDX-License-Identifier: Apache-2.0
"""Older forms of operators compute what their opset says: by ONNX's reference or, where it lacks the form, by NumPy."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

import onecnn

Floats = NDArray[np.float32]

X = np.random.default_rng(3).normal(0, 2, (2, 3, 4, 5)).astype(np.float32)


def one_node(op_type: str, opset: int, constants: dict[str, Floats] | None = None, **attributes: object) -> bytes:
    """Make y = op(x, constants...) with x float32 of X's shape."""
    constants = constants or {}
    graph = helper.make_graph(
        [helper.make_node(op_type, ["x", *constants], ["y"], name="old", **attributes)],
        "old",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, X.shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=4)
    return bytes(model.SerializeToString())


@pytest.mark.parametrize(
    ("op_type", "opsets", "attributes"),
    [
        ("Clip", [7, 10], {"min": -0.5, "max": 1.5}),
        ("Clip", [7, 10], {"max": 1.5}),
        ("Pad", [7, 10], {"pads": [0, 0, 1, 2, 0, 0, 3, 1], "value": 0.25}),
        ("Pad", [7, 10], {"pads": [0, 0, 1, 1, 0, 0, 1, 1], "mode": "reflect"}),
        ("Unsqueeze", [7, 11, 12], {"axes": [0, 3]}),
        ("Dropout", [7, 10, 11], {"ratio": 0.75}),
        ("Slice", [7, 9], {"starts": [1, -3], "ends": [9, -1], "axes": [1, 3]}),
        ("Slice", [7, 9], {"starts": [0, 1], "ends": [1, 2]}),
    ],
)
def test_attributes_that_became_inputs(op_type: str, opsets: list[int], attributes: dict[str, object]) -> None:
    for opset in opsets:
        data = one_node(op_type, opset, **attributes)
        expected = ReferenceEvaluator(onnx.load_from_string(data)).run(None, {"x": X})[0]
        np.testing.assert_allclose(onecnn.load(data)(X), expected, rtol=1e-6)


@pytest.mark.parametrize("opset", [7, 9, 13])
def test_batch_normalization(opset: int) -> None:
    chance = np.random.default_rng(4)
    parameters = {name: chance.uniform(0.5, 2, 3).astype(np.float32) for name in ("scale", "bias", "mean", "var")}
    data = one_node("BatchNormalization", opset, parameters, epsilon=1e-3)
    scale, bias, mean, var = (value.reshape(1, 3, 1, 1) for value in parameters.values())
    expected = (X - mean) / np.sqrt(var + 1e-3) * scale + bias
    np.testing.assert_allclose(onecnn.load(data)(X), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("opset", [7, 11, 12])
@pytest.mark.parametrize("axis", [None, 0, 1, 2, 3])
def test_softmax_of_a_matrix(axis: int | None, opset: int) -> None:
    attributes = {} if axis is None else {"axis": axis}
    rows = X.reshape(int(np.prod(X.shape[: 1 if axis is None else axis])), -1)
    powers = np.exp(rows - rows.max(1, keepdims=True))
    softmax = (powers / powers.sum(1, keepdims=True)).reshape(X.shape)
    np.testing.assert_allclose(onecnn.load(one_node("Softmax", opset, **attributes))(X), softmax, rtol=1e-5)
    log_softmax = onecnn.load(one_node("LogSoftmax", opset, **attributes))(X)
    np.testing.assert_allclose(log_softmax, np.log(softmax), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("opset", [7, 11, 12])
@pytest.mark.parametrize("axis", [None, 0, 1, 2, 3])
def test_hardmax_of_a_matrix(axis: int | None, opset: int) -> None:
    attributes = {} if axis is None else {"axis": axis}
    rows = X.reshape(int(np.prod(X.shape[: 1 if axis is None else axis])), -1)
    expected = (rows == rows.max(1, keepdims=True)).reshape(X.shape)
    np.testing.assert_array_equal(onecnn.load(one_node("Hardmax", opset, **attributes))(X), expected)


@pytest.mark.parametrize("again", [18, 17])
def test_an_operator_set_imported_twice(again: int) -> None:
    """As skl2onnx writes it; two versions of one set are refused."""
    graph = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["y"])],
        "one",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2])],
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx", again)]
    model = bytes(helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString())
    if again == 18:
        assert onecnn.load(model)(np.array([-1, 2], np.float32)).tolist() == [0, 2]
    else:
        with pytest.raises(onecnn.InvalidModel, match="two operator sets of domain ''"):
            onecnn.load(model)
