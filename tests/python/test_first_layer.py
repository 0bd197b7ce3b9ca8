# SPDX-License-Identifier: Apache-2.0
"""Conv of few channels that lie row-major, as a network's first does, against ONNX Runtime."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper, numpy_helper

import onecnn


def first_layer(w: np.ndarray[Any, Any], *, bias: bool, activation: str | None, **attributes: Any) -> bytes:
    random = np.random.default_rng(2)
    constants = {"w": w, "low": np.float32(-0.2), "high": np.float32(0.4)}
    if bias:
        constants["b"] = random.normal(0, 1, w.shape[0]).astype(np.float32)
    nodes = [helper.make_node("Conv", ["x", "w", *(["b"] if bias else [])], ["y"], **attributes)]
    if activation:
        nodes.append(helper.make_node(activation, ["y", *(["low", "high"] if activation == "Clip" else [])], ["z"]))
    graph = helper.make_graph(
        nodes,
        "first",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [None, w.shape[1], None, None])],
        [helper.make_empty_tensor_value_info("z" if activation else "y")],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    return bytes(model.SerializeToString())


def check(model: bytes, shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(3).normal(0, 1, shape).astype(np.float32)
    expected = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]
    for threads in (1, 2):
        np.testing.assert_allclose(onecnn.load(model, threads=threads)(x), expected, rtol=1e-4, atol=1e-5)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(data=st.data())
def test_any_window_agrees_with_onnxruntime(data: st.DataObject) -> None:
    kernel = [data.draw(st.integers(1, 5)) for _ in range(2)]
    dilations = [data.draw(st.integers(1, 2)) for _ in range(2)]
    pads = [data.draw(st.integers(0, 3)) for _ in range(4)]
    sizes = [
        data.draw(st.integers(max(1, (k - 1) * d + 1 - pads[i] - pads[i + 2]), 40))
        for i, (k, d) in enumerate(zip(kernel, dilations, strict=True))
    ]
    channels = data.draw(st.integers(1, 4))
    filters = data.draw(st.sampled_from([1, 7, 8, 16, 17, 31, 32, 40]))
    w = np.random.default_rng(1).normal(0, 1, (filters, channels, *kernel)).astype(np.float32)
    model = first_layer(
        w,
        bias=data.draw(st.booleans()),
        activation=data.draw(st.sampled_from([None, "Relu", "Clip", "Sigmoid"])),
        strides=[data.draw(st.integers(1, 4)) for _ in range(2)],
        dilations=dilations,
        pads=pads,
    )
    check(model, (data.draw(st.integers(1, 3)), channels, *sizes))


@pytest.mark.parametrize(("kernel", "stride", "pad"), [(7, 2, 3), (11, 4, 2), (3, 1, 1), (3, 2, 0)])
def test_stems_of_real_networks(kernel: int, stride: int, pad: int) -> None:
    w = np.random.default_rng(1).normal(0, 0.1, (64, 3, kernel, kernel)).astype(np.float32)
    check(first_layer(w, bias=True, activation="Relu", strides=[stride] * 2, pads=[pad] * 4), (2, 3, 97, 131))


@pytest.mark.parametrize("size", [(28, 28), (29, 30), (4, 4), (5, 3)])
@pytest.mark.parametrize("read_twice", [False, True])
def test_pooling_that_follows(size: tuple[int, int], read_twice: bool) -> None:
    w = np.random.default_rng(1).normal(0, 1, (40, 1, 3, 3)).astype(np.float32)
    model = onnx.load_from_string(first_layer(w, bias=True, activation="Relu", pads=[1, 0, 0, 1]))
    graph = model.graph
    graph.node.append(helper.make_node("MaxPool", ["z"], ["pooled"], kernel_shape=[2, 2], strides=[2, 2]))
    graph.node.append(helper.make_node("Neg", ["pooled"], ["last"]))
    graph.output[0].name = "last"
    if read_twice:
        graph.output.append(helper.make_empty_tensor_value_info("z"))
    x = np.random.default_rng(3).normal(0, 1, (2, 1, *size)).astype(np.float32)
    serialized = model.SerializeToString()
    expected = onnxruntime.InferenceSession(serialized, providers=["CPUExecutionProvider"]).run(None, {"x": x})
    results = onecnn.load(serialized).run({"x": x})
    assert list(results) == ["last", "z"][: len(expected)]
    for result, value in zip(results.values(), expected, strict=True):
        np.testing.assert_allclose(result, value, rtol=1e-4, atol=1e-5)


def test_nan_passes_through_the_pooling_that_follows() -> None:
    w = np.ones((8, 1, 1, 1), np.float32)
    model = onnx.load_from_string(first_layer(w, bias=False, activation=None))
    model.graph.node.append(helper.make_node("MaxPool", ["y"], ["last"], kernel_shape=[2, 2], strides=[2, 2]))
    model.graph.output[0].name = "last"
    x = np.zeros((1, 1, 4, 8), np.float32)
    for window in range(4):  # in each of the four places of a window
        x[0, 0, window // 2, 2 * window + window % 2] = np.nan
    y = onecnn.load(model.SerializeToString())(x)
    assert isinstance(y, np.ndarray)
    assert np.isnan(y[0, :, 0]).all()
    assert not np.isnan(y[0, :, 1]).any()


@pytest.mark.parametrize("isa", ["avx2", "none"])
def test_narrower_instruction_sets_agree(isa: str) -> None:
    # oneDNN, which pools where there is no kernel of ours, drops NaN.
    chosen = "not narrower and not nan" if isa == "none" else "not narrower"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(Path(__file__)), "-k", chosen]
    environment = {**os.environ, "ONECNN_ISA": isa}
    outcome = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout
