# SPDX-License-Identifier: Apache-2.0
"""ONNX's own cases of single operators: each one agrees, or says what is not supported."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from onnx.backend.test.case import node as node_cases

import onecnn

MODULES = [
    "add",
    "averagepool",
    "cast",
    "concat",
    "div",
    "dropout",
    "flatten",
    "gemm",
    "globalaveragepool",
    "globalmaxpool",
    "identity",
    "logsoftmax",
    "matmul",
    "maxpool",
    "mul",
    "pad",
    "reshape",
    "softmax",
    "squeeze",
    "sub",
    "transpose",
    "unsqueeze",
]


def load_cases() -> list[Any]:
    """Load the cases of the modules; importing one makes its cases."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for module in MODULES:
            importlib.import_module(f"onnx.backend.test.case.node.{module}")
    return [
        case
        for case in node_cases._NodeTestCases
        if len(case.model.graph.node) == 1
        and case.model.graph.node[0].op_type.lower() in MODULES
        and "BFLOAT16" not in case.name  # numpy has no such type; the arithmetic tests go through it
    ]


CASES = load_cases()


def is_supported(model: onnx.ModelProto) -> bool:
    """Tell whether a model has dense tensors of whole bytes alone."""
    values = [*model.graph.input, *model.graph.output]
    return all(
        value.type.HasField("tensor_type")
        and value.type.tensor_type.elem_type in range(1, 17)
        and value.type.tensor_type.elem_type != onnx.TensorProto.STRING
        for value in values
    )


def as_array(value: Any) -> np.ndarray[Any, Any]:
    return numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else np.asarray(value)


@pytest.mark.parametrize("case", [c for c in CASES if is_supported(c.model)], ids=lambda c: c.name)
def test_agrees_with_onnx(case: Any) -> None:
    model = onecnn.load(case.model.SerializeToString())
    for inputs, outputs in case.data_sets:
        feeds = {value.name: as_array(x) for value, x in zip(case.model.graph.input, inputs, strict=True)}
        results = model.run(feeds)
        for value, output in zip(case.model.graph.output, outputs, strict=True):
            expected = as_array(output)
            got = results[value.name]
            assert got.shape == expected.shape
            assert got.dtype == expected.dtype
            np.testing.assert_allclose(
                got.astype(np.float64), expected.astype(np.float64), rtol=case.rtol, atol=case.atol
            )


@pytest.mark.parametrize("case", [c for c in CASES if not is_supported(c.model)], ids=lambda c: c.name)
def test_says_what_is_not_supported(case: Any) -> None:
    with pytest.raises(onecnn.UnsupportedOperator, match="not supported"):
        onecnn.load(case.model.SerializeToString())
