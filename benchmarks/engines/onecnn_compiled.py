# SPDX-License-Identifier: Apache-2.0
"""Our own library from a compiled file, which is measured in section startup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import onecnn
from .onecnn import PACKAGE

if TYPE_CHECKING:
    from pathlib import Path

    from ..models import Model
    from . import Run

__all__ = ["PACKAGE", "load", "prepare"]


def _file(model: Model) -> Path:
    return model.path.with_suffix(".onecnn")


def prepare(model: Model) -> None:
    """Compile for one image."""
    import onecnn as library

    library.compile(model.path, _file(model))


def load(model: Model, shape: tuple[int, ...], threads: int) -> Run:
    """Load the compiled file."""
    return onecnn.load(model, shape, threads, path=_file(model))
