# SPDX-License-Identifier: Apache-2.0
"""PyTorch, eager, where a model is defined in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

    from ..models import Model
    from . import Array, Run

PACKAGE = "torch"


def prepare(model: Model) -> None:
    """A model that is an ONNX file only it cannot read."""
    from . import NotSupportedError

    if not model.in_torch:
        raise NotSupportedError("no PyTorch definition")


def run_of(network: nn.Module, threads: int) -> Run:
    """Make a function on arrays of a network."""
    import torch

    torch.set_num_threads(threads)

    def run(x: Array) -> list[Array]:
        with torch.inference_mode():
            return [network(torch.from_numpy(x)).numpy()]

    return run


def load(model: Model, shape: tuple[int, ...], threads: int) -> Run:
    """Build the network as it was exported."""
    from ..models.networks import build

    return run_of(build(model.name), threads)
