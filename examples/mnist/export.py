# SPDX-License-Identifier: Apache-2.0
"""The trained network as an ONNX file that says how it wants to be fed."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import onnx
import torch
from torch import nn

from network import with_probabilities

OPSET = 18
LABELS = list(range(10))


def write_onnx(network: nn.Sequential, path: Path, test_accuracy: float) -> None:
    """Write `network`, softmax included, as an ONNX model to `path`.

    The graph takes ``image`` (float32 [N, 1, 28, 28], 0..1) and gives ``probabilities``
    (float32 [N, 10]). Its ``metadata_props["onecnn.io"]`` describes the input for whoever feeds it.

    Parameters
    ----------
    network
        The trained network, on the CPU.
    path
        The file to write; an older one is replaced.
    test_accuracy
        Fraction 0..1, recorded in the metadata.
    """
    # The older exporter: its graph is nine plain nodes, without traces of this machine's paths.
    torch.onnx.export(
        with_probabilities(network).eval(),
        (torch.zeros(1, 1, 28, 28),),
        path,
        input_names=["image"],
        output_names=["probabilities"],
        dynamic_axes={"image": {0: "N"}, "probabilities": {0: "N"}},
        opset_version=OPSET,
        dynamo=False,
    )
    model = onnx.load(path)
    model.graph.name = "digits"
    model.doc_string = "Handwritten digits, trained on MNIST"
    onnx.helper.set_model_props(model, {"onecnn.io": json.dumps(_description(test_accuracy))})
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString(deterministic=True))


def _description(test_accuracy: float) -> dict[str, object]:
    return {
        "version": 1,
        "task": "image-classification",
        "name": "digits",
        "model_version": "1",
        "labels": LABELS,
        "input": {
            "name": "image",
            "layout": "NCHW",
            "channels": 1,
            "height": 28,
            "width": 28,
            "value_range": [0.0, 1.0],
            "mean": [0.0],
            "std": [1.0],
            "polarity": "light-on-dark",
            "resize": "mnist",
            "crop": "ink",
        },
        "output": {"probabilities": "probabilities"},
        "training": {
            "dataset": "MNIST",
            "test_accuracy": test_accuracy,
            "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        },
    }
