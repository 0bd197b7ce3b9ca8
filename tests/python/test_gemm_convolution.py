# SPDX-License-Identifier: Apache-2.0
"""Conv of float32 by our own kernels, against ONNX Runtime."""

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

Array = np.ndarray[Any, Any]


def convolution(
    channels: int, filters: int, kernel: list[int], *, bias: bool = True, after: str | None = None, **attributes: Any
) -> bytes:
    """Input x, then a Conv that reads another one's channels last, with `after` as its activation."""
    random = np.random.default_rng(2)
    group = attributes.get("group", 1)
    scale = 1 / np.sqrt(channels // group * np.prod(kernel))
    constants = {
        "scale": np.eye(channels, dtype=np.float32).reshape(channels, channels, *[1] * len(kernel)),
        "w": random.normal(0, scale, (filters, channels // group, *kernel)),
        "b": random.normal(0, 1, filters),
        "low": np.float32(-0.2),
        "high": np.float32(0.4),
    }
    nodes = [
        helper.make_node("Conv", ["x", "scale"], ["before"]),
        helper.make_node("Conv", ["before", "w", *(["b"] if bias else [])], ["y"], **attributes),
    ]
    if after:
        nodes.append(helper.make_node(after, ["y", *(["low", "high"] if after == "Clip" else [])], ["z"]))
    graph = helper.make_graph(
        nodes,
        "convolution",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [None, channels, *[None] * len(kernel)])],
        [helper.make_empty_tensor_value_info("z" if after else "y")],
        [numpy_helper.from_array(np.asarray(value, np.float32), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    return bytes(model.SerializeToString())


def input_of(*shape: int) -> Array:
    return np.random.default_rng(3).normal(0, 1, shape).astype(np.float32)


def check(model: bytes, *shape: int) -> None:
    x = input_of(*shape)
    expected = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]
    for threads in (1, 2):
        np.testing.assert_allclose(onecnn.load(model, threads=threads)(x), expected, rtol=1e-4, atol=1e-5)


def draw_window(data: st.DataObject, rank: int, *, most_pad: int) -> tuple[list[int], list[int], list[int], list[int]]:
    """Draw a kernel, dilations, pads, and sizes of an input that is wide enough for them."""
    kernel = [data.draw(st.integers(1, 5)) for _ in range(rank)]
    dilations = [data.draw(st.integers(1, 2)) for _ in range(rank)]
    pads = [data.draw(st.integers(0, most_pad)) for _ in range(2 * rank)]
    sizes = [
        data.draw(st.integers(max(1, (k - 1) * d + 1 - pads[i] - pads[i + rank]), 24))
        for i, (k, d) in enumerate(zip(kernel, dilations, strict=True))
    ]
    return kernel, dilations, pads, sizes


@settings(max_examples=100, deadline=None, derandomize=True)
@given(data=st.data())
def test_any_window_agrees_with_onnxruntime(data: st.DataObject) -> None:
    rank = data.draw(st.sampled_from([1, 2, 2, 2]))
    kernel, dilations, pads, sizes = draw_window(data, rank, most_pad=3)
    group = data.draw(st.sampled_from([1, 1, 2, 3]))
    channels = group * data.draw(st.sampled_from([4, 5, 16, 24]))
    model = convolution(
        channels,
        group * data.draw(st.sampled_from([1, 7, 16, 33, 72])),
        kernel,
        bias=data.draw(st.booleans()),
        after=data.draw(st.sampled_from([None, "Relu", "Clip", "LeakyRelu", "Sigmoid", "Tanh"])),
        strides=[data.draw(st.integers(1, 3)) for _ in range(rank)],
        dilations=dilations,
        pads=pads,
        group=group,
    )
    check(model, data.draw(st.integers(1, 3)), channels, *sizes)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(data=st.data())
def test_any_filter_for_each_channel(data: st.DataObject) -> None:
    rank = data.draw(st.sampled_from([1, 2, 2]))
    kernel, dilations, pads, sizes = draw_window(data, rank, most_pad=5)
    channels = data.draw(st.sampled_from([5, 8, 19, 48]))
    model = convolution(
        channels,
        channels,
        kernel,
        bias=data.draw(st.booleans()),
        after=data.draw(st.sampled_from([None, "Relu", "Clip", "LeakyRelu"])),
        strides=[data.draw(st.integers(1, 3)) for _ in range(rank)],
        dilations=dilations,
        pads=pads,
        group=channels,
    )
    check(model, data.draw(st.integers(1, 3)), channels, *sizes)


@pytest.mark.parametrize(
    ("channels", "filters", "size", "kernel", "attributes"),
    [
        (512, 1024, 7, 1, {}),  # weights that are parted among slices
        (64, 256, 56, 1, {}),
        (256, 512, 28, 1, {"strides": [2, 2]}),
        (512, 512, 7, 3, {"pads": [1, 1, 1, 1]}),
        (128, 128, 56, 3, {"strides": [2, 2], "pads": [1, 1, 1, 1]}),
        (96, 256, 26, 5, {"pads": [2, 2, 2, 2], "group": 2}),
        (272, 272, 14, 1, {"group": 4}),
        (32, 128, 6, 5, {"pads": [2, 2, 2, 2]}),
    ],
)
def test_layers_of_real_networks(
    channels: int, filters: int, size: int, kernel: int, attributes: dict[str, Any]
) -> None:
    check(convolution(channels, filters, [kernel] * 2, after="Relu", **attributes), 1, channels, size, size)


def test_narrower_instruction_sets_agree(tmp_path: Path) -> None:
    model = convolution(40, 70, [3, 3], pads=[1, 1, 1, 1], strides=[2, 2])
    x = input_of(2, 40, 19, 23)
    expected = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]
    np.save(tmp_path / "x.npy", x)
    (tmp_path / "model.onnx").write_bytes(model)
    script = (
        "import sys, numpy, onecnn\n"
        "y = onecnn.load(sys.argv[1] + '/model.onnx')(numpy.load(sys.argv[1] + '/x.npy'))\n"
        "numpy.save(sys.argv[1] + '/y.npy', y)\n"
    )
    for isa in ("avx512", "avx2", "none"):
        subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, env={**os.environ, "ONECNN_ISA": isa})
        np.testing.assert_allclose(np.load(tmp_path / "y.npy"), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kernel", [1, 3])
@pytest.mark.parametrize("size", [6, 40])
def test_results_are_the_same_bits_for_any_batch_and_thread_count(kernel: int, size: int) -> None:
    model = convolution(24, 80, [kernel] * 2, pads=[kernel // 2] * 4)
    x = input_of(5, 24, size, size)
    alone = onecnn.load(model, threads=1)
    expected = np.concatenate([np.asarray(alone(x[i : i + 1])) for i in range(5)])
    for threads in (1, 2, 4):
        np.testing.assert_array_equal(onecnn.load(model, threads=threads, deterministic=True)(x), expected)
