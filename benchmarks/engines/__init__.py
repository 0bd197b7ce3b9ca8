# SPDX-License-Identifier: Apache-2.0
"""The engines under measurement, a module each, behind the same small interface."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as package_version
from typing import Any, Protocol, cast

import numpy as np

from ..models import Model

Array = np.ndarray[Any, np.dtype[Any]]
Run = Callable[[Array], list[Array]]

ENGINES = ("onecnn", "onnxruntime", "openvino", "ncnn", "torch", "torch_compiled")
OURS = "onecnn"
REFERENCE = "onnxruntime"


class NotSupportedError(Exception):
    """The engine cannot run the model; says why."""


class Engine(Protocol):
    """What a module here has."""

    PACKAGE: str
    """The distribution that is installed."""

    def prepare(self, model: Model) -> None:
        """Convert what must be converted, once; NotSupportedError where that cannot be."""

    def load(self, model: Model, shape: tuple[int, ...], threads: int) -> Run:
        """Load a prepared model for inputs of a shape: a function that gives all outputs, in the ONNX file's order."""


def engine(name: str) -> Engine:
    """Import an engine's module."""
    return cast("Engine", import_module(f".{name}", __name__))


def version(name: str) -> str | None:
    """Give an engine's version, as its package says; None where it is not installed."""
    if name == OURS:
        import onecnn

        return onecnn.__version__
    try:
        return package_version(engine(name).PACKAGE)
    except (ImportError, PackageNotFoundError):
        return None
