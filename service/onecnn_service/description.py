# SPDX-License-Identifier: Apache-2.0
"""How a model describes its input and output: the JSON in ONNX ``metadata_props["onecnn.io"]``, version 1."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

KEY = "onecnn.io"

Label = int | str


class ImageInput(Struct, frozen=True):
    """An image tensor ``[N, channels, height, width]`` (or NHWC), float32.

    ``value_range`` is what black and white become; ``(value - mean) / std`` is what remains to be applied after that.
    """

    name: str
    channels: int
    height: int
    width: int
    layout: Literal["NCHW", "NHWC"] = "NCHW"
    value_range: tuple[float, float] = (0.0, 1.0)
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    polarity: Literal["light-on-dark", "dark-on-light", "any"] = "any"
    resize: Literal["mnist", "stretch", "letterbox", "crop"] = "stretch"
    crop: Literal["ink", "none"] = "none"

    def __post_init__(self) -> None:
        """Refuse what could not be fed, when the model is loaded and not when it is used."""
        if self.channels not in (1, 3) or self.height < 1 or self.width < 1:
            raise ValueError(f"an image of {self.channels}×{self.height}×{self.width} is not supported")
        if any(len(values) not in (1, self.channels) for values in (self.mean, self.std)) or 0 in self.std:
            raise ValueError("mean and std need a value for each channel, and std none that is 0")
        if self.value_range[0] >= self.value_range[1]:
            raise ValueError("value_range needs a lower and a higher value")
        if self.resize == "mnist" and (self.channels, self.height, self.width) != (1, 28, 28):
            raise ValueError('resize "mnist" makes images of 1×28×28')
        if self.crop == "ink" and self.resize != "mnist":
            raise ValueError('crop "ink" goes with resize "mnist" only')

    @property
    def size(self) -> int:
        """Numbers in one image."""
        return self.channels * self.height * self.width


class Column(Struct, frozen=True):
    """A column of a table; the figures are the training data's and are no limits."""

    name: str
    type: Literal["number", "integer", "boolean"] = "number"
    min: float | None = None
    max: float | None = None
    mean: float | None = None


class TabularInput(Struct, frozen=True):
    """A matrix ``[N, len(columns)]``, float32, columns in this order."""

    name: str
    columns: tuple[Column, ...]

    def __post_init__(self) -> None:
        """Refuse columns that a record could not name."""
        if not self.columns or len({column.name for column in self.columns}) < len(self.columns):
            raise ValueError("there must be columns, each of its own name")


class ImageOutput(Struct, frozen=True):
    """Name of the output tensor ``[N, labels]``, float32."""

    probabilities: str


class TabularOutput(Struct, frozen=True):
    """Names of the output tensors: labels ``[N]`` and probabilities ``[N, labels]``."""

    label: str
    probabilities: str


class ImageClassifier(Struct, frozen=True, tag_field="task", tag="image-classification"):
    """An image model; ``labels[i]`` names column ``i`` of the probabilities ``[N, len(labels)]``."""

    version: Literal[1]
    name: str
    labels: tuple[Label, ...]
    input: ImageInput
    output: ImageOutput
    model_version: str = "1"
    training: dict[str, object] = {}


class TabularClassifier(Struct, frozen=True, tag_field="task", tag="tabular-classification"):
    """A tabular model; with ``threshold`` set, it decides for ``positive_label`` instead of the model's own label."""

    version: Literal[1]
    name: str
    labels: tuple[Label, ...]
    input: TabularInput
    output: TabularOutput
    model_version: str = "1"
    positive_label: Label | None = None
    threshold: float | None = None
    training: dict[str, object] = {}

    def __post_init__(self) -> None:
        """Refuse a positive label that is none."""
        if self.positive_label is not None and self.positive_label not in self.labels:
            raise ValueError("positive_label is not among the labels")


Description = ImageClassifier | TabularClassifier


def parse(metadata: dict[str, str]) -> Description:
    """Read the description out of a model's metadata.

    Raises
    ------
    ValueError
        If there is none, or it doesn't follow version 1 of the format.
    """
    text = metadata.get(KEY)
    if text is None:
        raise ValueError(f"it carries no {KEY!r} metadata that describes its input")
    try:
        # The two classes share the tag field, so msgspec picks by the task.
        described: Description = msgspec.json.decode(text.encode(), type=Description)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise ValueError(f"its {KEY!r} metadata is not a version 1 description: {error}") from error
    return described
