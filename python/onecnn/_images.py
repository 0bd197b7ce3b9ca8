# SPDX-License-Identifier: Apache-2.0
"""Images for models with the operator ImageDecoder, decoded by Pillow."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image

_MODES = {"RGB": "RGB", "BGR": "RGB", "Grayscale": "L"}


def decode(encoded: bytes, pixel_format: str) -> np.ndarray[Any, np.dtype[np.uint8]] | None:
    """Decode an image.

    Parameters
    ----------
    encoded : bytes
        A file of any format that Pillow reads.
    pixel_format : {"RGB", "BGR", "Grayscale"}

    Returns
    -------
    numpy.ndarray or None
        uint8 [height, width, channels], C-contiguous; None when it cannot be decoded.
    """
    try:
        with Image.open(io.BytesIO(encoded)) as image:
            pixels = np.asarray(image.convert(_MODES[pixel_format]))
    except (OSError, ValueError, SyntaxError):
        return None
    if pixel_format == "Grayscale":
        pixels = pixels[:, :, None]
    return np.ascontiguousarray(pixels[:, :, ::-1] if pixel_format == "BGR" else pixels)
