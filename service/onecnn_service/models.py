# SPDX-License-Identifier: Apache-2.0
"""The models a service holds: found on disk, loaded once, looked up by name and version."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import structlog

import onecnn
from onecnn import models as bundled
from onecnn_service import description
from onecnn_service.description import Description, ImageClassifier, TabularClassifier, TabularInput
from onecnn_service.errors import NoModelOfKind, NoSuchModel, NotLoaded
from onecnn_service.json_values import shown

log = structlog.get_logger(__name__)

PREFERRED: dict[type[Description], str] = {ImageClassifier: "digits", TabularClassifier: "damage"}


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A loaded model and how to feed it. Safe to use from several threads."""

    name: str
    version: str
    core: onecnn.Model
    description: Description


@dataclass(frozen=True, slots=True)
class FailedModel:
    """A model file that could not be loaded, and why: ``cause`` is for the log, ``reason`` tells no directories."""

    name: str
    version: str
    reason: str
    cause: str


@dataclass(frozen=True, slots=True)
class ModelFile:
    """Where a model lies; ``version`` is ``None`` when only the file itself can tell."""

    name: str
    version: str | None
    path: Path


def bundled_files() -> list[ModelFile]:
    """The models that ship with onecnn."""
    return [ModelFile(name, None, Path(bundled.path(name))) for name in bundled.names()]


def find_files(directory: Path) -> list[ModelFile]:
    """List ``NAME.onnx`` and ``NAME/VERSION/model.onnx`` under ``directory``.

    Raises
    ------
    ValueError
        If the directory doesn't exist or holds no model; the message is one sentence for the operator.
    """
    if not directory.is_dir():
        raise ValueError(f"The models directory {str(directory)!r} does not exist.")
    flat = [ModelFile(path.stem, None, path) for path in sorted(directory.glob("*.onnx"))]
    nested = [
        ModelFile(path.parent.parent.name, path.parent.name, path) for path in sorted(directory.glob("*/*/model.onnx"))
    ]
    if not flat and not nested:
        raise ValueError(f"The models directory {str(directory)!r} holds no NAME.onnx and no NAME/VERSION/model.onnx.")
    return flat + nested


def load(file: ModelFile, threads: int | None) -> ServedModel | FailedModel:
    """Load one model; what goes wrong is part of the answer, as the other models still serve."""
    version = file.version or "1"
    try:
        core = onecnn.load(file.path, threads=threads)
        described = description.parse(core.metadata)
        version = file.version or described.model_version
        _check_names(core, described)
        _try_out(core, described)
    except (onecnn.Error, OSError, ValueError) as error:
        cause = str(error).rstrip(".")
        return FailedModel(file.name, version, _without_directory(cause, file.path), cause)
    return ServedModel(file.name, version, core, described)


def _without_directory(sentence: str, path: Path) -> str:
    for directory in (path.parent, path.parent.resolve()):
        sentence = sentence.replace(f"{directory}{os.sep}", "")
    return sentence


def _check_names(core: onecnn.Model, described: Description) -> None:
    """Refuse a description that speaks of tensors the graph doesn't have."""
    outputs = {described.output.probabilities}
    if isinstance(described, TabularClassifier):
        outputs.add(described.output.label)
    missing = ({described.input.name} - {spec.name for spec in core.inputs}) | (
        outputs - {spec.name for spec in core.outputs}
    )
    if missing:
        raise ValueError(f"its description names tensors that the graph lacks: {', '.join(sorted(missing))}")


def _try_out(core: onecnn.Model, described: Description) -> None:
    """Run once on zeros: a model that can't is known at the start, and the first request finds it warm."""
    spec = described.input
    if isinstance(spec, TabularInput):
        shape: tuple[int, ...] = (1, len(spec.columns))
    elif spec.layout == "NCHW":
        shape = (1, spec.channels, spec.height, spec.width)
    else:
        shape = (1, spec.height, spec.width, spec.channels)
    outputs = core.run({spec.name: np.zeros(shape, np.float32)})
    made, expected = outputs[described.output.probabilities].shape, (1, len(described.labels))
    if made != expected:
        raise ValueError(f"its probabilities have the shape {list(made)} where {list(expected)} fits its labels")


def _natural(version: str) -> list[tuple[int, int, str]]:
    """Sort key that puts version 10 after version 9."""
    return [(1, int(part), "") if part.isdigit() else (0, 0, part) for part in re.split(r"(\d+)", version) if part]


class ModelStore:
    """All models of a service by name and version; filled once before requests are served, then only read."""

    def __init__(self) -> None:
        self._entries: dict[str, dict[str, ServedModel | FailedModel]] = {}

    def add(self, entry: ServedModel | FailedModel) -> None:
        """Take in a load's outcome, and log it."""
        self._entries.setdefault(entry.name, {})[entry.version] = entry
        if isinstance(entry, FailedModel):
            log.error("model not loaded", model=entry.name, version=entry.version, reason=entry.cause)
        else:
            log.info("model loaded", model=entry.name, version=entry.version)

    def __iter__(self) -> Iterator[ServedModel | FailedModel]:
        for versions in self._entries.values():
            for version in sorted(versions, key=_natural):
                yield versions[version]

    @property
    def served(self) -> list[ServedModel]:
        """The models that loaded."""
        return [entry for entry in self if isinstance(entry, ServedModel)]

    @property
    def complete(self) -> bool:
        """Whether there is a model and every one has loaded."""
        entries = list(self)
        return bool(entries) and all(isinstance(entry, ServedModel) for entry in entries)

    @property
    def ready(self) -> bool:
        """Whether ``POST /predict`` finds a model for every kind of body that there are models for."""
        for kind in PREFERRED:
            try:
                self.default(kind)
            except NoModelOfKind:
                continue
            except NotLoaded:
                return False
        return True

    def find(self, name: str, version: str | None = None) -> ServedModel:
        """Look a model up; no version, or ``latest``, means the highest that is loaded.

        Raises
        ------
        NoSuchModel
            If the name or the version is unknown.
        NotLoaded
            If the file is there but could not be loaded.
        """
        versions = self._entries.get(name)
        if versions is None:
            known = ", ".join(sorted(self._entries)) or "none"
            raise NoSuchModel(f"There is no model '{shown(name)}'; the models here: {known}.")
        if version is None or version == "latest":
            loaded = [each for each, entry in versions.items() if isinstance(entry, ServedModel)]
            version = max(loaded or versions, key=_natural)
        entry = versions.get(version)
        if entry is None:
            raise NoSuchModel(
                f"Model {name!r} has no version '{shown(version)}'; "
                f"its versions: {', '.join(sorted(versions, key=_natural))}."
            )
        if isinstance(entry, FailedModel):
            raise NotLoaded(f"Model {name!r} is not loaded: {entry.reason}.")
        return entry

    def default(self, kind: type[Description], version: str | None = None) -> ServedModel:
        """The model that ``POST /predict`` uses for a kind of body: the one of the usual name, else the first.

        Raises
        ------
        NoModelOfKind
            If there is none of that kind.
        NotLoaded
            If the one of the usual name, or every model, could not be loaded.
        """
        preferred = PREFERRED[kind]
        if preferred in self._entries:
            return self.find(preferred, version)
        for entry in self.served:
            if isinstance(entry.description, kind):
                return self.find(entry.name, version)
        sentence = f"No {'image' if kind is ImageClassifier else 'tabular'} model is loaded here."
        raise NoModelOfKind(sentence) if self.served else NotLoaded(sentence)
