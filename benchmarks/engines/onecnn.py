# SPDX-License-Identifier: Apache-2.0
"""Our own library, with every default."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from ..models import Model
    from . import Array, Run

PACKAGE = "onecnn"


def prepare(model: Model) -> None:
    """It reads ONNX."""


def load(
    model: Model, shape: tuple[int, ...], threads: int, *, path: Path | None = None, memory: str = "normal"
) -> Run:
    """Load with every default, or from another file, or in little memory."""
    import onecnn

    loaded = onecnn.load(path or model.path, threads=threads, memory=memory)

    def run(x: Array) -> list[Array]:
        outputs = loaded(x)
        return list(outputs) if isinstance(outputs, tuple) else [outputs]

    return run
