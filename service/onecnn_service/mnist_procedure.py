# SPDX-License-Identifier: Apache-2.0
"""MNIST's own way from ink to a 28×28 image: crop, fit into 20×20, centre by mass.

Source: http://yann.lecun.com/exdb/mnist: "The original black and white images from NIST were size normalized to fit
in a 20x20 pixel box while preserving their aspect ratio [...] and centered in a 28x28 image by computing the center
of mass of the pixels".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 28
BOX = 20

# MNIST's own centres of mass lie within half a pixel of index 14 in both directions.
CENTRE = 14


class NoInk(ValueError):
    """The image is one even colour."""


def normalise(grey: NDArray[np.uint8], background: float | None = None) -> NDArray[np.uint8]:
    """Turn light ink on dark, ``[H, W]`` uint8, into a ``[28, 28]`` uint8 image as MNIST has them.

    The background becomes 0 and the strongest ink 255. Where the background is not given, it is the median of the
    border.

    Raises
    ------
    NoInk
        If nothing stands out from the background.
    """
    ink, noise = _without_background(grey, background)
    # A clean drawing keeps its faintest edge pixel; paper grain and JPEG noise must not widen the crop.
    threshold = min(6 * noise, 127)
    rows, columns = np.nonzero(ink.max(axis=1) > threshold)[0], np.nonzero(ink.max(axis=0) > threshold)[0]
    cropped = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return _centred_by_mass(_fitted(cropped))


def border(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The outermost pixels of ``[H, W]``, as one row."""
    return np.concatenate([grey[0], grey[-1], grey[1:-1, 0], grey[1:-1, -1]])


def _without_background(grey: NDArray[np.uint8], background: float | None) -> tuple[NDArray[np.uint8], float]:
    """Stretch background..ink to 0..255; also the standard deviation of the background on that scale."""
    edge = border(grey).astype(np.float32)
    if background is None:
        background = float(np.median(edge))
    strongest = float(grey.max())
    # Eight levels are what a JPEG of an empty sheet still shows.
    if strongest - max(background, float(grey.min())) < 8:
        raise NoInk
    gain = 255 / (strongest - background)
    # 1.4826 turns the median deviation of a normal distribution into its standard deviation; ink that touches the
    # border hardly moves it.
    noise = 1.4826 * gain * float(np.median(np.abs(edge - background)))
    lifted = np.rint((grey.astype(np.float32) - background) * gain)
    return np.clip(lifted, 0, 255).astype(np.uint8), noise


def _fitted(ink: NDArray[np.uint8]) -> Image.Image:
    height, width = ink.shape
    scale = BOX / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return Image.fromarray(ink).resize(size, Image.Resampling.BILINEAR)


def _centred_by_mass(digit: Image.Image) -> NDArray[np.uint8]:
    pixels = np.asarray(digit, dtype=np.float64)
    height, width = pixels.shape
    mass = pixels.sum()
    row = (pixels.sum(axis=1) @ np.arange(height)) / mass
    column = (pixels.sum(axis=0) @ np.arange(width)) / mass
    top = int(np.clip(round(CENTRE - row), 0, SIDE - height))
    left = int(np.clip(round(CENTRE - column), 0, SIDE - width))
    image = np.zeros((SIDE, SIDE), np.uint8)
    image[top : top + height, left : left + width] = pixels.astype(np.uint8)
    return image
