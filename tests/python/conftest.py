# SPDX-License-Identifier: Apache-2.0
"""Small ONNX models for the tests of the Python package."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

Unary = Callable[..., bytes]
OneNode = Callable[..., bytes]


@pytest.fixture(scope="session")
def unary() -> Unary:
    """Make the bytes of a model of one node, ``y = op(x)``."""

    def make(
        op_type: str = "Relu",
        dtype: int = TensorProto.FLOAT,
        shape: tuple[int | str | None, ...] | None = ("N", 4),
        out_dtype: int | None = None,
        **attributes: object,
    ) -> bytes:
        node = helper.make_node(op_type, ["x"], ["y"], name="only", **attributes)
        graph = helper.make_graph(
            [node],
            "unary",
            [helper.make_tensor_value_info("x", dtype, shape)],
            [helper.make_tensor_value_info("y", out_dtype or dtype, shape)],
            doc_string="about the graph",
        )
        model = helper.make_model(
            graph,
            producer_name="a test",
            opset_imports=[helper.make_opsetid("", 18)],
            ir_version=9,
            model_version=3,
            doc_string="about the model",
        )
        helper.set_model_props(model, {"colour": "green", "empty": ""})
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString())

    return make


@pytest.fixture(scope="session")
def add_and_subtract() -> bytes:
    """A model of two inputs and two outputs: ``total = a + b``, ``difference = a - b``, float32 of any length."""
    values = {
        name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N"])
        for name in ("a", "b", "total", "difference")
    }
    graph = helper.make_graph(
        [
            helper.make_node("Add", ["a", "b"], ["total"]),
            helper.make_node("Sub", ["a", "b"], ["difference"]),
        ],
        "two",
        [values["a"], values["b"]],
        [values["total"], values["difference"]],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    return bytes(model.SerializeToString())


@pytest.fixture(scope="session")
def one_node() -> OneNode:
    """Make the bytes of a model of one node "only", from x0, x1, ... as the arrays are (None: left out) to y0, y1..."""

    def make(
        op_type: str, inputs: Sequence[NDArray[Any] | None], outputs: int = 1, opset: int = 25, **attributes: object
    ) -> bytes:
        given = {f"x{i}": value for i, value in enumerate(inputs) if value is not None}
        names = [f"x{i}" if value is not None else "" for i, value in enumerate(inputs)]
        results = [f"y{i}" for i in range(outputs)]
        graph = helper.make_graph(
            [helper.make_node(op_type, names, results, name="only", **attributes)],
            "one",
            [
                helper.make_tensor_value_info(
                    name, helper.np_dtype_to_tensor_dtype(value.dtype), [f"{name}_{i}" for i in range(value.ndim)]
                )
                for name, value in given.items()
            ],
            [helper.make_empty_tensor_value_info(name) for name in results],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)
        return bytes(model.SerializeToString())

    return make
