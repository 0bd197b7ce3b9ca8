# SPDX-License-Identifier: Apache-2.0
"""Random distortions of digits, a whole batch at a time.

MNIST was written with pens; people draw with a mouse or a finger. Turning, scaling, slanting, bending
and thickening the training digits closes most of that gap.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

MAX_TURN = math.radians(15)
MAX_SCALE = 0.15
MAX_SLANT = 0.2
MAX_SHIFT = 2 / 14
"""Two pixels, in the unit of grid_sample: half the image's width."""

BEND = 0.06
BEND_KNOTS = 6
MAX_THICKENING = 0.8
MAX_THINNING = 0.3


def distort(images: Tensor, generator: torch.Generator) -> Tensor:
    """Return `images` with each one turned, scaled, slanted, shifted, bent and re-inked.

    Parameters
    ----------
    images
        float32 [N, 1, H, W], values 0..1, ink 1.
    generator
        The source of chance; the same state gives the same result.

    Returns
    -------
    Tensor
        float32 [N, 1, H, W], values 0..1.
    """
    size = [images.shape[0], 1, images.shape[2], images.shape[3]]
    grid = functional.affine_grid(_affine(size[0], generator), size, align_corners=False)
    grid = grid + _bend(size, generator)
    moved = functional.grid_sample(images, grid, align_corners=False)
    return _reink(moved, generator)


def _uniform(count: int, limit: float, generator: torch.Generator) -> Tensor:
    return (2 * torch.rand(count, generator=generator) - 1) * limit


def _affine(count: int, generator: torch.Generator) -> Tensor:
    turn = _uniform(count, MAX_TURN, generator)
    slant = _uniform(count, MAX_SLANT, generator)
    wide = 1 + _uniform(count, MAX_SCALE, generator)
    high = 1 + _uniform(count, MAX_SCALE, generator)
    matrix = torch.empty(count, 2, 3)
    matrix[:, 0, 0] = turn.cos() * wide
    matrix[:, 0, 1] = (slant - turn.sin()) * wide
    matrix[:, 1, 0] = turn.sin() * high
    matrix[:, 1, 1] = turn.cos() * high
    matrix[:, :, 2] = _uniform(2 * count, MAX_SHIFT, generator).reshape(count, 2)
    return matrix


def _bend(size: list[int], generator: torch.Generator) -> Tensor:
    """Return a smooth random displacement [N, H, W, 2], after Simard et al. (2003)."""
    knots = torch.randn(size[0], 2, BEND_KNOTS, BEND_KNOTS, generator=generator) * BEND
    field = functional.interpolate(knots, size=size[2:], mode="bicubic", align_corners=True)
    return field.permute(0, 2, 3, 1)


def _reink(images: Tensor, generator: torch.Generator) -> Tensor:
    """Mix each image with its dilation (a thicker pen) or its erosion (a thinner one)."""
    span = MAX_THICKENING + MAX_THINNING
    amount = torch.rand(images.shape[0], 1, 1, 1, generator=generator) * span - MAX_THINNING
    thick = functional.max_pool2d(images, 3, stride=1, padding=1)
    thin = -functional.max_pool2d(-images, 3, stride=1, padding=1)
    return images + amount.clamp(min=0) * (thick - images) + amount.clamp(max=0) * (images - thin)
