# SPDX-License-Identifier: Apache-2.0
"""ONNX's backend interface; tests/conformance holds it against ONNX's cases."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import onnx
import pytest
from onnx import helper

import onecnn
from onecnn import backend


@pytest.fixture(scope="session")
def model(add_and_subtract: bytes) -> onnx.ModelProto:
    return onnx.load_from_string(add_and_subtract)


A = np.array([1, 2], np.float32)
B = np.array([3, 5], np.float32)


def test_a_prepared_model_takes_inputs_in_order_or_by_name(model: onnx.ModelProto) -> None:
    prepared = backend.prepare(model, "CPU")
    for inputs in ([A, B], (A, B), {"b": B, "a": A}):
        total, difference = prepared.run(inputs)
        assert total.tolist() == [4, 7]
        assert difference.tolist() == [-2, -3]


def test_one_array_is_the_only_input(unary: object) -> None:
    model = onnx.load_from_string(unary("Relu"))  # type: ignore[operator]
    (y,) = backend.run_model(model, np.array([[-1, 0, 1, 2]], np.float32))
    assert y.tolist() == [[0, 0, 1, 2]]


def test_options_reach_load(model: onnx.ModelProto) -> None:
    assert backend.prepare(model, threads=1, deterministic=True).run([A, B])[0].tolist() == [4, 7]
    with pytest.raises(onecnn.ResourceLimit):
        backend.prepare(model, limits={"nodes": 1})


def test_a_node_runs_alone() -> None:
    node = helper.make_node("Conv", ["x", "w", ""], ["y"], kernel_shape=[2])
    x = np.array([[[1, 2, 3]]], np.float32)
    (y,) = backend.run_node(node, [x, np.ones((1, 1, 2), np.float32)])
    assert y.tolist() == [[[3, 5]]]


def test_a_node_runs_in_the_opset_that_is_asked_for() -> None:
    node = helper.make_node("Softmax", ["x"], ["y"])
    x = np.zeros((1, 2, 2), np.float32)
    assert backend.run_node(node, [x])[0].tolist() == [[[0.5, 0.5], [0.5, 0.5]]]
    assert backend.run_node(node, [x], opset_version=12)[0].tolist() == [[[0.25, 0.25], [0.25, 0.25]]]


def test_a_node_of_the_ml_domain_runs() -> None:
    node = helper.make_node("Scaler", ["x"], ["y"], domain="ai.onnx.ml", offset=[1.0], scale=[2.0])
    (y,) = backend.run_node(node, [np.array([[3]], np.float32)], outputs_info=[(np.dtype(np.float32), (1, 1))])
    assert y.tolist() == [[4]]


def test_the_device_is_the_cpu(model: onnx.ModelProto) -> None:
    assert backend.supports_device("CPU")
    assert backend.supports_device("CPU:0")
    assert not backend.supports_device("CUDA")
    with pytest.raises(onecnn.InvalidArgument, match="no device 'CUDA'"):
        backend.prepare(model, "CUDA")


def test_what_does_not_fit_is_refused(model: onnx.ModelProto) -> None:
    prepared = backend.prepare(model)
    with pytest.raises(onecnn.InvalidArgument, match="takes 2 inputs, 1 given"):
        prepared.run([A])
    with pytest.raises(onecnn.InvalidArgument, match="no options; verbose given"):
        prepared.run([A, B], verbose=True)
    node = helper.make_node("Add", ["a", "b"], ["c"])
    with pytest.raises(onecnn.InvalidArgument, match="the node takes 2 inputs, 1 given"):
        backend.run_node(node, [A])
    with pytest.raises(onecnn.UnsupportedOperator, match=r"knows no operator other\.Add"):
        backend.run_node(helper.make_node("Add", ["a", "b"], ["c"], domain="other"), [A, B])


def test_only_the_backend_wants_the_onnx_package() -> None:
    program = """
import sys
sys.modules["onnx"] = None
from onecnn import *
import onecnn
try:
    onecnn.backend
except ImportError:
    print("only then")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "only then\n"
