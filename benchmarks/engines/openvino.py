# SPDX-License-Identifier: Apache-2.0
"""OpenVINO's CPU plugin in float32."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..models import Model
    from . import Array, Run

PACKAGE = "openvino"


def prepare(model: Model) -> None:
    """It reads ONNX."""


def load(model: Model, shape: tuple[int, ...], threads: int) -> Run:
    """Compile for this shape. It would compute in bfloat16 where the processor can, were it not told."""
    import openvino

    core = openvino.Core()
    network = core.read_model(model.path)
    network.reshape(list(shape))
    compiled = core.compile_model(
        network,
        "CPU",
        {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"},
    )
    request = compiled.create_infer_request()
    count = len(compiled.outputs)

    def run(x: Array) -> list[Array]:
        outputs = request.infer({0: x})
        return [outputs[index] for index in range(count)]

    return run
