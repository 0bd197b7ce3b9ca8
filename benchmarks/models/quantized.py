# SPDX-License-Identifier: Apache-2.0
"""Models in int8: QDQ with a scale for each output channel, made by ONNX Runtime's tool."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper, version_converter
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quant_pre_process, quantize_static

if TYPE_CHECKING:
    from . import Model


_PER_CHANNEL_OPSET = 13


class _Images(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, name: str, row: tuple[int, ...]) -> None:
        random = np.random.default_rng(2)
        self._batches: Iterator[dict[str, NDArray[np.float32]]] = iter(
            [{name: random.random((1, *row), np.float32)} for _ in range(8)]
        )

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        return next(self._batches, None)


def write(model: Model, path: Path) -> None:
    """Quantise a model, without the Softmax it may end with: its last result is then int8 times a scale."""
    loaded = onnx.load(model.path)
    if loaded.opset_import[0].version < _PER_CHANNEL_OPSET:
        loaded = version_converter.convert_version(loaded, _PER_CHANNEL_OPSET)
    _drop_softmax(loaded.graph)
    with tempfile.TemporaryDirectory() as folder:
        plain, folded = Path(folder) / "plain.onnx", Path(folder) / "folded.onnx"
        onnx.save(loaded, plain)
        quant_pre_process(plain, folded, skip_symbolic_shape=True)
        quantize_static(
            folded,
            path,
            _Images(loaded.graph.input[0].name, model.row),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )


def output_step(path: Path) -> float:
    """Give the scale of the model's first output: the difference of two neighbouring results."""
    graph = onnx.load(path).graph
    last = next(node for node in graph.node if graph.output[0].name in node.output)
    if last.op_type != "DequantizeLinear":
        raise ValueError(f"{path} ends with {last.op_type}, no DequantizeLinear")
    scale = next(tensor for tensor in graph.initializer if tensor.name == last.input[1])
    return float(numpy_helper.to_array(scale))


def _drop_softmax(graph: onnx.GraphProto) -> None:
    last = graph.node[-1]
    if last.op_type == "Softmax":
        graph.output[0].name = last.input[0]
        graph.node.remove(last)
