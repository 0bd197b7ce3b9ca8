# SPDX-License-Identifier: Apache-2.0
"""The fitted pipeline as an ONNX file that names its columns, and the proof that it agrees."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.pipeline import Pipeline

from columns import COLUMNS

OPSETS = {"": 18, "ai.onnx.ml": 3}


def write_onnx(
    pipeline: Pipeline,
    path: Path,
    features: NDArray[np.float32],
    training: dict[str, object],
) -> None:
    """Write `pipeline` as an ONNX model to `path`.

    The graph takes ``features`` (float32 [N, 37]) and gives ``label`` (int64 [N]) and
    ``probabilities`` (float32 [N, 2]). Its ``metadata_props["onecnn.io"]`` describes the columns.

    Parameters
    ----------
    pipeline
        Fitted; its first step scales, its last classifies.
    path
        The file to write; an older one is replaced.
    features
        The training rows, float32 [M, 37]: each column's range and mean go into the metadata.
    training
        Where the model comes from and how it scored, for the metadata.
    """
    model = to_onnx(
        pipeline,
        initial_types=[("features", FloatTensorType([None, len(COLUMNS)]))],
        options={"zipmap": False},
        target_opset=OPSETS,
        name="damage",
    )
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "N"
    onnx.helper.set_model_props(model, {"onecnn.io": json.dumps(_description(features, training))})
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString(deterministic=True))


def largest_difference(pipeline: Pipeline, path: Path, features: NDArray[np.float32]) -> tuple[int, float]:
    """Compare the ONNX model at `path` with `pipeline` on rows [M, 37].

    Returns
    -------
    tuple
        How many labels differ, and the largest absolute difference of a probability.
    """
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    labels, probabilities = session.run(["label", "probabilities"], {"features": features})
    differing = int(np.count_nonzero(labels != pipeline.predict(features)))
    return differing, float(np.abs(probabilities - pipeline.predict_proba(features)).max())


def _description(features: NDArray[np.float32], training: dict[str, object]) -> dict[str, object]:
    columns = [
        {
            "name": name,
            "type": kind,
            "min": float(values.min()),
            "max": float(values.max()),
            "mean": round(float(values.mean(dtype=np.float64)), 4),
        }
        for (name, kind), values in zip(COLUMNS.items(), features.T, strict=True)
    ]
    return {
        "version": 1,
        "task": "tabular-classification",
        "name": "damage",
        "model_version": "1",
        "labels": [0, 1],
        "positive_label": 1,
        "threshold": None,
        "input": {"name": "features", "columns": columns},
        "output": {"label": "label", "probabilities": "probabilities"},
        "training": training | {"date": datetime.datetime.now(datetime.timezone.utc).date().isoformat()},
    }
