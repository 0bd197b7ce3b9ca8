# SPDX-License-Identifier: Apache-2.0
"""Tuning: ways of computing convolutions measured inside the whole model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import helper, numpy_helper

import onecnn

Array = NDArray[Any]


def model(*, batch: int | str = 1) -> bytes:
    random = np.random.default_rng(2)
    channels, nodes, constants = 24, [], {}
    x = "x"
    for i, size in enumerate([3, 1, 3, 3]):
        weights = random.normal(0, 1 / (size * np.sqrt(channels)), (channels, channels, size, size))
        constants[f"w{i}"] = weights.astype(np.float32)
        strides = [2, 2] if i == 2 else [1, 1]
        pads = [size // 2] * 4
        nodes.append(helper.make_node("Conv", [x, f"w{i}"], [f"c{i}"], pads=pads, strides=strides))
        nodes.append(helper.make_node("Relu", [f"c{i}"], [f"r{i}"]))
        x = f"r{i}"
    graph = helper.make_graph(
        nodes,
        "tuned",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [batch, channels, 20, 20])],
        [helper.make_empty_tensor_value_info(x)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    return bytes(made.SerializeToString())


def images(count: int) -> Array:
    return np.random.default_rng(3).normal(size=(count, 24, 20, 20)).astype(np.float32)


def implementations(loaded: onecnn.Model, x: Array) -> list[str]:
    return [f"{step.op_type} {step.implementation}" for step in loaded.profile(x, runs=1).steps]


@pytest.mark.parametrize("batch", [1, "N"])
@pytest.mark.parametrize("threads", [1, 2])
def test_results_are_right(batch: int | str, threads: int) -> None:
    data = model(batch=batch)
    loaded = onecnn.load(data, tune=True, threads=threads)
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    for count in [1] if batch == 1 else [1, 5]:
        x = images(count)
        expected = session.run(None, {"x": x})[0]
        assert np.abs(loaded(x) - expected).max() <= 1e-5 * np.abs(expected).max()


def test_a_compiled_file_goes_the_ways_that_were_found(tmp_path: Path) -> None:
    source, target = tmp_path / "model.onnx", tmp_path / "model.compiled"
    source.write_bytes(model())
    tuned = onecnn.load(source, tune=True)
    x = images(1)
    expected = tuned(x)
    tuned.save_compiled(target, source=source)
    loaded = onecnn.load(target)
    assert implementations(loaded, x) == implementations(tuned, x)
    np.testing.assert_array_equal(loaded(x), expected)


def test_compiling_can_tune(tmp_path: Path) -> None:
    source, target = tmp_path / "model.onnx", tmp_path / "model.compiled"
    source.write_bytes(model(batch="N"))
    onecnn.compile(source, target, tune=True)
    x = images(1)
    assert np.abs(onecnn.load(target)(x) - onecnn.load(source)(x)).max() < 1e-4


def test_deterministic_results_stay_as_they_are() -> None:
    data = model(batch="N")
    x = images(3)
    tuned = onecnn.load(data, tune=True, deterministic=True)
    np.testing.assert_array_equal(tuned(x), onecnn.load(data, deterministic=True)(x))
