# SPDX-License-Identifier: Apache-2.0
"""Our own library, with every default."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..models import Model
    from . import Array, Run

PACKAGE = "onecnn"


def prepare(model: Model) -> None:
    """It reads ONNX."""


def load(model: Model, shape: tuple[int, ...], threads: int, *, memory: str = "normal") -> Run:
    """Load with every default, or in little memory."""
    import onecnn

    loaded = onecnn.load(model.path, threads=threads, memory=memory)

    def run(x: Array) -> list[Array]:
        outputs = loaded(x)
        return list(outputs) if isinstance(outputs, tuple) else [outputs]

    return run
