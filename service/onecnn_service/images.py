# SPDX-License-Identifier: Apache-2.0
"""From the bytes of an image file to the tensor that a model wants, by the model's own description."""

from __future__ import annotations

import io
import struct
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from onecnn_service import mnist_procedure
from onecnn_service.description import ImageInput
from onecnn_service.errors import Invalid, Problem, TooLarge, Unreadable, UnsupportedMediaType

FORMATS = ("PNG", "JPEG", "BMP", "WEBP")
READABLE = "a PNG, JPEG, BMP or WebP image"

# What Pillow's decoders raise on damaged files.
_DECODE_ERRORS = (OSError, ValueError, SyntaxError, EOFError, OverflowError, IndexError, struct.error)

# Pixels a side.
_ENOUGH = 512

# Pixels.
_STRIP = 1 << 20

Ink = Literal["unknown", "light"]


def decode(data: bytes, field: str, max_pixels: int) -> Image.Image:
    """Decode an image file and turn it upright.

    Parameters
    ----------
    data
        The file's bytes.
    field
        Where they came from, for the messages.
    max_pixels
        Largest width × height, of a WebP half of it; known from the header, so that a bomb is never unpacked.

    Raises
    ------
    Unreadable
        If the file is damaged or no image at all.
    UnsupportedMediaType
        If it is an image of another format.
    TooLarge
        If it has too many pixels.
    """
    if not data:
        raise Unreadable(f"{field}: expected {READABLE}, got no bytes.")
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        # Pillow holds a WebP three times while it unpacks it.
        limit = max_pixels // 2 if image.format == "WEBP" else max_pixels
        if image.width * image.height > limit:
            raise _too_many_pixels(field, f"{image.width}×{image.height}", limit)
        image.load()
        # In place: otherwise Pillow copies the upright ones too, and they are nearly all.
        ImageOps.exif_transpose(image, in_place=True)
        return image
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(field, "far more", max_pixels) from error
    except UnidentifiedImageError as error:
        other = _other_format(data)
        if other:
            raise UnsupportedMediaType(f"{field}: expected {READABLE}, got {other}.") from error
        raise Unreadable(f"{field}: expected {READABLE}, got {len(data)} bytes that are none.") from error
    except _DECODE_ERRORS as error:
        raise Unreadable(f"{field}: the image is damaged or cut short ({error}).") from error


def _too_many_pixels(field: str, got: str, max_pixels: int) -> TooLarge:
    expected = f"at most {max_pixels} pixels"
    return TooLarge(f"{field}: expected {expected}, got {got}.", (Problem(field, expected, got),))


def _other_format(data: bytes) -> str | None:
    signatures = {b"GIF8": "a GIF", b"II*\0": "a TIFF", b"MM\0*": "a TIFF", b"%PDF": "a PDF", b"<svg": "an SVG"}
    return signatures.get(data[:4])


def tensor(image: Image.Image, spec: ImageInput, field: str, ink: Ink = "unknown") -> NDArray[np.float32]:
    """Make the model's input, ``[1, C, H, W]`` or ``[1, H, W, C]`` float32, from a decoded image.

    ``ink="light"`` says that the image is light ink on dark, as a drawing page sends it: it is never inverted, and
    what is transparent counts as dark. Otherwise what is transparent is white paper, and ink is inverted when the
    border's median is light; a model of polarity "any" without MNIST's procedure gets the image as it is.

    Raises
    ------
    Invalid
        If a digit was expected and the image is one even colour.
    """
    flat = _reduced(image, spec, background=0 if ink == "light" else 255)
    if spec.channels == 1:
        grey = np.asarray(flat)
        has_ink = spec.polarity != "any" or spec.resize == "mnist"
        if ink == "unknown" and has_ink and np.median(mnist_procedure.border(grey)) > 127:
            grey = 255 - grey
        light_on_dark = _resized_ink(grey, spec, field, background=0 if ink == "light" else None)
        values = 255 - light_on_dark if spec.polarity == "dark-on-light" else light_on_dark
        values = values[:, :, None]
    else:
        values = np.asarray(_resized(flat, spec))
    return from_units(values.astype(np.float64).reshape(1, -1) / 255, spec)


def from_units(values: NDArray[np.floating], spec: ImageInput) -> NDArray[np.float32]:
    """Scale pixels from 0..1 to what the graph takes.

    Parameters
    ----------
    values
        ``[N, H * W * C]``, row-major, channels last.

    Returns
    -------
    ``[N, C, H, W]`` or, for an NHWC model, ``[N, H, W, C]``, float32, C-contiguous.
    """
    low, high = spec.value_range
    pixels = values.reshape(-1, spec.height, spec.width, spec.channels)
    # (low + pixels * (high - low) - mean) / std, as one factor and one offset: a batch is copied once.
    std = np.asarray(spec.std, np.float64)
    factor, offset = (high - low) / std, (low - np.asarray(spec.mean)) / std
    pixels = pixels * factor.astype(pixels.dtype) + offset.astype(pixels.dtype)
    if spec.layout == "NCHW":
        pixels = pixels.transpose(0, 3, 1, 2)
    return np.ascontiguousarray(pixels, dtype=np.float32)


def to_grey(tensor: NDArray[np.float32], spec: ImageInput) -> NDArray[np.uint8]:
    """Undo `from_units` for the first image of a batch: ``[H, W]`` uint8, the mean of the channels."""
    pixels = tensor[0].transpose(1, 2, 0) if spec.layout == "NCHW" else tensor[0]
    low, high = spec.value_range
    units: NDArray[np.float64] = (pixels * np.asarray(spec.std) + np.asarray(spec.mean) - low) / (high - low)
    grey: NDArray[np.uint8] = np.rint(units.mean(axis=2) * 255).clip(0, 255).astype(np.uint8)
    return grey


def _opaque(image: Image.Image, background: int) -> Image.Image:
    """Lay the image on an even background; 16-bit greys become 8-bit."""
    if image.mode.startswith("I"):
        return Image.fromarray((np.asarray(image).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8))
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        paper = Image.new("RGBA", layer.size, (background, background, background, 255))
        return Image.alpha_composite(paper, layer).convert("RGB")
    return image


def _reduced(image: Image.Image, spec: ImageInput, background: int) -> Image.Image:
    """Make the image opaque, grey or RGB, and a photograph as small as the model can do with.

    Strip by strip: each of these steps would copy a photograph of some hundred megabytes.
    """
    mode = "L" if spec.channels == 1 else "RGB"
    # Where both sides end in a box the longer one counts; a stretched image needs enough of either.
    side = max(image.size) if spec.resize == "mnist" else min(image.size)
    factor = max(1, side // max(_ENOUGH, 2 * spec.width, 2 * spec.height))
    rows = factor * max(1, _STRIP // (image.width * factor))
    made = Image.new(mode, (-(-image.width // factor), -(-image.height // factor)))
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(top + rows, image.height)))
        made.paste(_opaque(strip, background).convert(mode).reduce(factor), (0, top // factor))
    return made


def _resized_ink(grey: NDArray[np.uint8], spec: ImageInput, field: str, background: float | None) -> NDArray[np.uint8]:
    if spec.resize != "mnist":
        return np.asarray(_resized(Image.fromarray(grey), spec))
    try:
        return mnist_procedure.normalise(grey, background)
    except mnist_procedure.NoInk as error:
        raise Invalid.field(field, "an image with ink on it", "one even colour") from error


def _resized(image: Image.Image, spec: ImageInput) -> Image.Image:
    size = (spec.width, spec.height)
    match spec.resize:
        case "letterbox":
            return ImageOps.pad(image, size, Image.Resampling.BILINEAR)
        case "crop":
            return ImageOps.fit(image, size, Image.Resampling.BILINEAR)
        case _:
            return image.resize(size, Image.Resampling.BILINEAR)
