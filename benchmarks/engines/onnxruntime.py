# SPDX-License-Identifier: Apache-2.0
"""ONNX Runtime on its CPU provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..models import Model
    from . import Array, Run

PACKAGE = "onnxruntime"


def prepare(model: Model) -> None:
    """It reads ONNX."""


def load(model: Model, shape: tuple[int, ...], threads: int) -> Run:
    """Load with every default but the number of threads."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(model.path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def run(x: Array) -> list[Array]:
        outputs: list[Array] = session.run(None, {name: x})
        return outputs

    return run
