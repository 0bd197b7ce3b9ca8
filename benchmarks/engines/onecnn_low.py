# SPDX-License-Identifier: Apache-2.0
"""Our own library told to take little memory, which is measured in section startup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import onecnn
from .onecnn import PACKAGE, prepare

if TYPE_CHECKING:
    from ..models import Model
    from . import Run

__all__ = ["PACKAGE", "load", "prepare"]


def load(model: Model, shape: tuple[int, ...], threads: int) -> Run:
    """Load with memory="low"."""
    return onecnn.load(model, shape, threads, memory="low")
