# SPDX-License-Identifier: Apache-2.0
"""Operators that move elements, on strings, against ONNX's reference: ONNX Runtime's Gather loses parts of slices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

import onecnn

Array = np.ndarray[Any, Any]
WORDS = np.array([f"word {i}" + "é" * (i % 3) * 20 for i in range(24)], object).reshape(2, 3, 1, 4)


def make_model(op_type: str, second: list[Any] | None, **attributes: Any) -> bytes:
    """Make a model of one node, named "only", whose second input is a constant."""
    constants = [] if second is None else [numpy_helper.from_array(np.array(second, np.int64), "constant")]
    node = helper.make_node(op_type, ["x", *(c.name for c in constants)], ["y"], name="only", **attributes)
    x = helper.make_tensor_value_info("x", TensorProto.STRING, None)
    y = helper.make_tensor_value_info("y", TensorProto.STRING, None)
    graph = helper.make_graph([node], "g", [x], [y], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    return bytes(model.SerializeToString())


@pytest.mark.parametrize(
    ("op_type", "second", "attributes"),
    [
        ("Reshape", [0, -1], {}),
        ("Reshape", [4, 0, 2], {}),
        ("Flatten", None, {"axis": -2}),
        ("Squeeze", None, {}),
        ("Squeeze", [-2], {}),
        ("Unsqueeze", [0, -1], {}),
        ("Gather", [1, -1, 1], {}),
        ("Gather", [[0, -2], [2, 1]], {"axis": 1}),
        ("Gather", [[3, -4, 0]], {"axis": -1}),
        ("Gather", [], {"axis": -1}),
    ],
)
def test_strings_move(op_type: str, second: list[Any] | None, attributes: dict[str, int]) -> None:
    model = make_model(op_type, second, **attributes)
    results: Any = ReferenceEvaluator(model).run(None, {"x": WORDS})
    wanted = results[0]
    got = onecnn.load(model)(WORDS)
    assert got.shape == wanted.shape
    assert got.tolist() == wanted.tolist()


@pytest.mark.parametrize("index", [4, -5])
def test_an_index_off_the_axis_is_refused(index: int) -> None:
    model = onecnn.load(make_model("Gather", [0, index], axis=3))
    with pytest.raises(onecnn.InvalidArgument, match=rf"'only'.*an index is {index}, outside \[-4, 4\)"):
        model(WORDS)


def test_a_shape_of_another_size_is_refused() -> None:
    model = onecnn.load(make_model("Reshape", [5, 5]))
    with pytest.raises(onecnn.InvalidModel, match=r"'only'.*has 24 elements, shape \[5, 5\] has 25"):
        model(WORDS)
