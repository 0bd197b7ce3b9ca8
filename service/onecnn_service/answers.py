# SPDX-License-Identifier: Apache-2.0
"""What a prediction is answered with."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from onecnn_service.description import Label, TabularClassifier
from onecnn_service.errors import Invalid
from onecnn_service.models import ServedModel


class Answer(Struct, frozen=True):
    """One image's or record's prediction. Clients read the first two fields by position: the order is a contract.

    ``probability`` is the winner's, or for a binary tabular model that of its positive class; ``confidence`` is the
    larger one. ``inference_time_ms`` is the time of the model run that this answer came from, whatever its batch.
    """

    prediction: Label
    probability: float
    confidence: float
    probabilities: list[float]
    labels: tuple[Label, ...]
    model: str
    version: str
    inference_time_ms: float


class DrawingAnswer(Struct, frozen=True, omit_defaults=True):
    """The answer of ``POST /predict-drawing``; ``model_input`` is what the model saw, if the request asked for it."""

    success: bool
    predicted_digit: Label
    confidence: float
    all_probabilities: list[float]
    model_input: list[list[int]] | None = None


def answers(model: ServedModel, outputs: dict[str, NDArray[np.generic]], seconds: float) -> list[Answer]:
    """Make one answer a row from a model's outputs.

    Parameters
    ----------
    outputs
        Probabilities ``[N, labels]`` and, of a tabular model, labels ``[N]``.
    seconds
        How long the run took.

    Raises
    ------
    Invalid
        If a probability is not finite: the input was beyond what the model can compute with.
    """
    described = model.description
    probabilities = outputs[described.output.probabilities].astype(np.float64)
    if not np.isfinite(probabilities).all():
        raise Invalid("The values are too extreme: the model computes no finite probability for them.")
    winners = probabilities.argmax(axis=1)
    if isinstance(described, TabularClassifier):
        predictions, of_interest = _tabular(described, probabilities, outputs[described.output.label].reshape(-1))
    else:
        predictions, of_interest = [described.labels[winner] for winner in winners], winners
    return [
        Answer(
            prediction=prediction,
            probability=row[index],
            confidence=row[winner],
            probabilities=row,
            labels=described.labels,
            model=model.name,
            version=model.version,
            inference_time_ms=round(seconds * 1000, 4),
        )
        for prediction, index, winner, row in zip(
            predictions, of_interest, winners, probabilities.tolist(), strict=True
        )
    ]


def _tabular(
    described: TabularClassifier, probabilities: NDArray[np.float64], own_labels: NDArray[np.generic]
) -> tuple[list[Label], NDArray[np.intp]]:
    """The predictions, and for each row the column whose probability is reported."""
    labels = described.labels
    if len(labels) != 2 or described.positive_label is None:
        return own_labels.tolist(), probabilities.argmax(axis=1)
    positive = labels.index(described.positive_label)
    reported = np.full(len(probabilities), positive, np.intp)
    if described.threshold is None:
        return own_labels.tolist(), reported
    above = probabilities[:, positive] >= described.threshold
    return [labels[positive if yes else 1 - positive] for yes in above], reported
