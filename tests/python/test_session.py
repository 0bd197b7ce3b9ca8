# SPDX-License-Identifier: Apache-2.0
"""`onecnn.InferenceSession` against the class it stands in for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto

import onecnn

Unary = Callable[..., bytes]


@pytest.fixture(params=[onecnn, onnxruntime], ids=["onecnn", "onnxruntime"])
def runtime(request: pytest.FixtureRequest) -> Any:
    """Each test runs on both: what it asserts is what ONNX Runtime does."""
    return request.param


def session(runtime: Any, source: Any, *arguments: Any) -> Any:
    return runtime.InferenceSession(source, *arguments, providers=["CPUExecutionProvider"])


def test_a_session_runs_a_path_or_bytes(runtime: Any, unary: Unary, tmp_path: Path) -> None:
    path = tmp_path / "relu.onnx"
    path.write_bytes(unary())
    x = np.array([[-1, 2, -3, 4]], np.float32)
    for source in (path, str(path), unary()):
        outputs = session(runtime, source).run(None, {"x": x})
        assert isinstance(outputs, list)
        np.testing.assert_array_equal(outputs[0], [[0, 2, 0, 4]])


def test_outputs_come_in_the_order_asked_for(runtime: Any, add_and_subtract: bytes) -> None:
    feed = {"a": np.array([1], np.float32), "b": np.array([2], np.float32)}
    both = session(runtime, add_and_subtract)
    assert [float(y[0]) for y in both.run(["difference", "total"], feed)] == [-1, 3]
    assert [float(y[0]) for y in both.run(["total"], feed)] == [3]
    assert [float(y[0]) for y in both.run(None, feed)] == [3, -1]


@pytest.mark.parametrize(
    "dtype", [TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.INT64, TensorProto.UINT8, TensorProto.FLOAT16]
)
def test_inputs_and_outputs_are_described(runtime: Any, unary: Unary, dtype: int) -> None:
    described = session(runtime, unary("Identity", dtype, ("N", 4, None)))
    reference = onnxruntime.InferenceSession(unary("Identity", dtype, ("N", 4, None)))
    for node, expected in zip(
        described.get_inputs() + described.get_outputs(), reference.get_inputs() + reference.get_outputs(), strict=True
    ):
        assert (node.name, node.type, node.shape) == (expected.name, expected.type, expected.shape)


def test_the_models_metadata_is_told(runtime: Any, unary: Unary) -> None:
    metadata = session(runtime, unary()).get_modelmeta()
    assert metadata.producer_name == "a test"
    assert metadata.graph_name == "unary"
    assert metadata.description == "about the model"
    assert metadata.graph_description == "about the graph"
    assert metadata.domain == ""
    assert metadata.version == 3
    assert metadata.custom_metadata_map == {"colour": "green", "empty": ""}


def test_options_are_taken(runtime: Any, unary: Unary) -> None:
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.execution_mode = runtime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3
    made = session(runtime, unary(), options)
    assert made.get_session_options().intra_op_num_threads == 1
    assert made.get_providers() == ["CPUExecutionProvider"]
    assert "CPUExecutionProvider" in runtime.get_available_providers()


def test_a_missing_input_and_an_unknown_output_are_value_errors(runtime: Any, unary: Unary) -> None:
    made = session(runtime, unary())
    with pytest.raises(ValueError, match="x"):
        made.run(None, {})
    x = np.zeros((1, 4), np.float32)
    with pytest.raises(Exception, match="z"):
        made.run(["z"], {"x": x})


def test_an_array_of_another_dtype_is_refused(runtime: Any, unary: Unary) -> None:
    with pytest.raises(Exception, match="float"):
        session(runtime, unary()).run(None, {"x": np.zeros((1, 4))})


def test_an_option_that_does_not_exist_is_refused(runtime: Any) -> None:
    options = runtime.SessionOptions()
    with pytest.raises(AttributeError):
        options.intra_op_threads = 1


def test_another_provider_alone_is_warned_of(unary: Unary) -> None:
    with pytest.warns(UserWarning, match="CUDAExecutionProvider"):
        made = onecnn.InferenceSession(unary(), providers=["CUDAExecutionProvider"])
    assert made.get_providers() == ["CPUExecutionProvider"]


def test_the_number_of_threads_is_honoured(unary: Unary) -> None:
    options = onecnn.SessionOptions()
    options.intra_op_num_threads = 1
    made = onecnn.InferenceSession(unary(), options)
    assert made.get_session_options() is options
    with pytest.raises(onecnn.InvalidArgument, match="run_options"):
        made.run(None, {"x": np.zeros((1, 4), np.float32)}, run_options=object())  # type: ignore[arg-type]
