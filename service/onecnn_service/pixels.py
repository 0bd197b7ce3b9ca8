# SPDX-License-Identifier: Apache-2.0
"""JSON arrays of numbers to rows of pixels: shapes, types and ranges."""

from __future__ import annotations

import msgspec
import numpy as np
from msgspec import Raw
from numpy.typing import NDArray

from onecnn_service.description import ImageInput
from onecnn_service.errors import Invalid
from onecnn_service.json_values import kind_of, shown


def read(raw: bytes, field: str, spec: ImageInput, white: int, max_rows: int) -> NDArray[np.float32]:
    """Read one image or a batch.

    Parameters
    ----------
    raw
        JSON of ``[S]``, ``[[S], ...]`` or, for an image of one channel, ``[H × [W]]``, where ``S = H·W·C``, row-major.
    field
        The array's name in messages; empty where the array is the whole body.
    spec
        The model's input, which gives H, W and C.
    white
        The largest value, 1 or 255; the smallest is 0.
    max_rows
        Most images in a batch.

    Returns
    -------
    ``[N, S]`` float32 in 0..1.

    Raises
    ------
    Invalid
        If the shape, a type or a value is not as above; the message names the first offender.
    """
    name = field or "body"
    # Numbers cost 8 to 32 times their text once decoded: too many are refused while they are still text.
    if raw.count(b",") > max_rows * spec.size or raw.count(b"[") > max_rows + 1:
        raise Invalid.field(name, f"at most {max_rows} images of {spec.size} numbers", "more")
    if not raw[1:].lstrip().startswith(b"["):
        return _row(raw, name, spec.size, white)[None]
    # Row by row: Python's numbers take eight times what the tensor does.
    rows = msgspec.json.decode(raw, type=list[Raw])
    values = np.empty((len(rows), _width(rows[0], spec)), np.float32)
    for index, row in enumerate(rows):
        values[index] = _row(row, f"{name}[{index}]", values.shape[1], white)
    if values.shape[1] != spec.size and len(rows) != spec.height:
        raise Invalid.field(name, f"{spec.height} rows of {spec.width} numbers", f"{len(rows)} rows")
    return values.reshape(-1, spec.size)


def _width(first: Raw, spec: ImageInput) -> int:
    """Numbers in each row: the image's width if the first has as many, else those of a whole image."""
    is_line = spec.channels == 1 and bytes(first).count(b",") + 1 == spec.width
    return spec.width if is_line else spec.size


def _row(raw: bytes | Raw, name: str, count: int, white: int) -> NDArray[np.float32]:
    """Read ``count`` numbers from 0 to ``white`` as 0..1."""
    if not bytes(raw).startswith(b"["):
        raise Invalid.field(name, "a list of numbers like the first", _got(raw))
    try:
        decoded = msgspec.json.decode(raw, type=list[float])
    except msgspec.ValidationError as error:
        raise _not_a_number(raw, name, white) from error
    if len(decoded) != count:
        raise Invalid.field(name, f"{count} numbers", str(len(decoded)))
    values = np.asarray(decoded, np.float64)
    outside = (values < 0) | (values > white)
    if outside.any():
        index = int(outside.argmax())
        raise Invalid.field(f"{name}[{index}]", f"a number from 0 to {white}", f"{values[index]:g}")
    return (values / white).astype(np.float32)


def _not_a_number(raw: bytes | Raw, name: str, white: int) -> Invalid:
    """Find the first element that is no number; only done once the fast typed decoding has failed."""
    expected = f"a number from 0 to {white}"
    for index, element in enumerate(msgspec.json.decode(raw, type=list[Raw])):
        try:
            msgspec.json.decode(element, type=float)
        except msgspec.ValidationError:
            return Invalid.field(f"{name}[{index}]", expected, _got(element))
    return Invalid.field(name, f"numbers from 0 to {white}", "something else")


def _got(raw: bytes | Raw) -> str:
    try:
        return kind_of(msgspec.json.decode(raw))
    except (msgspec.DecodeError, RecursionError):
        # JSON sets numbers no limit, and nesting none.
        return shown(bytes(raw).decode(errors="replace"))
