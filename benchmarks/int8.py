# SPDX-License-Identifier: Apache-2.0
"""Quantised models: time beside their float32 originals, and results beside the dequantised model's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from .compare import compare
from .engines import OURS, Array
from .models import MODELS
from .worker import first_input

ORIGINALS = {"resnet50_int8": "resnet50", "mobilenet_v2_int8": "mobilenet_v2"}
ENGINES = ("onecnn", "onnxruntime", "openvino")


@dataclass
class Int8:
    """One quantised model on some threads.

    Attributes
    ----------
    seconds
        The shortest run, by engine.
    float32_seconds
        Ours of the original.
    steps
        The largest difference of an engine's results to those of the model computed in float32 between its
        QuantizeLinear and DequantizeLinear nodes, in quantisation steps of the result.
    """

    model: str
    threads: int
    seconds: dict[str, float] = field(default_factory=dict)
    float32_seconds: float = 0.0
    steps: dict[str, float] = field(default_factory=dict)


def measure(name: str, engines: Iterable[str], *, threads: int, seconds: float, blocks: int) -> Int8:
    """Measure a quantised model, and the original in our engine."""
    from .models.quantized import output_step

    chosen = [each for each in ENGINES if each in engines]
    MODELS[name].ready()
    measured = Int8(name, threads)
    expected = _dequantised(name, first_input((1, *MODELS[name].row)))
    largest_steps = float(np.abs(expected).max()) / output_step(MODELS[name].path)
    cell = compare(chosen, name, batch=1, threads=threads, seconds=seconds, blocks=blocks, expected=[expected])
    for engine, timing in cell.timings.items():
        measured.seconds[engine] = timing.minimum
        measured.steps[engine] = timing.difference * largest_steps
    original = compare([OURS], ORIGINALS[name], batch=1, threads=threads, seconds=seconds, blocks=blocks)
    measured.float32_seconds = original.timings[OURS].minimum
    return measured


def _dequantised(name: str, x: Array) -> Array:
    """What the nodes give as they are written, each on its own."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(str(MODELS[name].path), options, providers=["CPUExecutionProvider"])
    outputs: Array = session.run(None, {session.get_inputs()[0].name: x})[0]
    return outputs
