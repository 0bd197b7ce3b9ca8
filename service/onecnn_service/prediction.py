# SPDX-License-Identifier: Apache-2.0
"""One prediction, from a body's form to its answer. Runs on a worker thread."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import onecnn
from onecnn_service import answers, forms, images, pixels, records
from onecnn_service.answers import Answer, DrawingAnswer
from onecnn_service.description import Description, ImageClassifier, ImageInput, TabularClassifier
from onecnn_service.errors import Invalid, OutOfResources
from onecnn_service.forms import Form, ImageFile, PixelArray, Records
from onecnn_service.metrics import Metrics
from onecnn_service.models import ModelStore, ServedModel
from onecnn_service.settings import Settings

# Rows. What a network computes with grows with them, and no longer gets faster.
_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Predictor:
    """Turns forms into answers with the models of a store. Safe to use from several threads."""

    store: ModelStore
    settings: Settings
    metrics: Metrics

    def choose(self, form: Form, version: str | None) -> ServedModel:
        """The default model for a form."""
        kind: type[Description] = TabularClassifier if isinstance(form, Records) else ImageClassifier
        return self.store.default(kind, version)

    def predict(self, model: ServedModel, form: Form) -> Answer | list[Answer]:
        """Answer one image or record with an object, several images or any list of records with a list.

        Raises
        ------
        RequestRefused
            As the form and the image or record in it deserve.
        """
        made, _ = self._run(model, self._feed(model, form))
        return made if len(made) > 1 or (isinstance(form, Records) and form.many) else made[0]

    def predict_drawing(self, model: ServedModel, form: Form, *, show_input: bool) -> DrawingAnswer:
        """Answer for an image file that is light ink on dark; ``show_input`` adds the pixels the model saw, 0..255.

        Raises
        ------
        RequestRefused
            As the image deserves, or if the form is no image file.
        """
        spec = _image_input(model)
        if not isinstance(form, ImageFile):
            raise Invalid.field("image", "a data URL with the drawing", "another form of body")
        image = images.decode(form.data, form.field, self.settings.max_image_pixels)
        (answer,), tensor = self._run(model, images.tensor(image, spec, form.field, ink="light"))
        return DrawingAnswer(
            success=True,
            predicted_digit=answer.prediction,
            confidence=answer.confidence,
            all_probabilities=answer.probabilities,
            model_input=images.to_grey(tensor, spec).tolist() if show_input else None,
        )

    def _feed(self, model: ServedModel, form: Form) -> NDArray[np.float32]:
        described, limit = model.description, self.settings.max_rows
        if isinstance(described, TabularClassifier):
            columns = {column.name for column in described.input.columns}
            if not isinstance(form, Records) or (forms.holds_image(form) and columns.isdisjoint(("image", "pixels"))):
                raise Invalid.field("body", f"records for the tabular model {model.name!r}", "an image")
            return records.read(form.raw, described.input, limit)
        spec = described.input
        match form:
            case PixelArray():
                return images.from_units(pixels.read(form.raw, form.field, spec, form.white, limit), spec)
            case ImageFile():
                image = images.decode(form.data, form.field, self.settings.max_image_pixels)
                return images.tensor(image, spec, form.field)
            case Records():
                raise Invalid(f"Model {model.name!r} takes an image: {forms.IMAGE_FORMS}.")

    def _run(self, model: ServedModel, feed: NDArray[np.float32]) -> tuple[list[Answer], NDArray[np.float32]]:
        start = time.perf_counter()
        name = model.description.input.name
        try:
            parts = [model.core.run({name: feed[at : at + _AT_ONCE]}) for at in range(0, len(feed), _AT_ONCE)]
        except (onecnn.ResourceLimit, onecnn.OutOfMemory, onecnn.DeadlineExceeded) as error:
            raise OutOfResources(f"Model {model.name!r} could not take this request now: {error}.") from error
        seconds = time.perf_counter() - start
        outputs = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
        self.metrics.computed(model, rows=len(feed), seconds=seconds)
        return answers.answers(model, outputs, seconds), feed


def _image_input(model: ServedModel) -> ImageInput:
    if not isinstance(model.description, ImageClassifier):
        raise Invalid(f"Model {model.name!r} takes no image.")
    return model.description.input
