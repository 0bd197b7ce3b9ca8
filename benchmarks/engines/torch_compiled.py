# SPDX-License-Identifier: Apache-2.0
"""PyTorch by `torch.compile`, where a model is defined in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .torch import PACKAGE, prepare, run_of

if TYPE_CHECKING:
    from ..models import Model
    from . import Run

__all__ = ["PACKAGE", "load", "prepare"]


def load(model: Model, shape: tuple[int, ...], threads: int) -> Run:
    """Compile for one shape; the first run compiles."""
    import torch

    from ..models.networks import build

    torch.set_num_threads(threads)  # what is compiled depends on it
    network = build(model.name)
    network.compile(dynamic=False)
    return run_of(network, threads)
