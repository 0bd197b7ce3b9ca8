# SPDX-License-Identifier: Apache-2.0
"""JSON arrays of numbers to rows of pixels: shapes, types and ranges."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from onecnn_service.description import ImageInput
from onecnn_service.errors import Invalid
from onecnn_service.json_values import kind_of, reading


def read(raw: bytes, field: str, spec: ImageInput, white: int, max_rows: int) -> NDArray[np.float64]:
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
    ``[N, S]`` float64 in 0..1.

    Raises
    ------
    Invalid
        If the shape, a type or a value is not as above; the message names the first offender.
    """
    name = field or "body"
    # Numbers cost 8 to 32 times their text once decoded: too many are refused while they are still text.
    if raw.count(b",") > max_rows * spec.size or raw.count(b"[") > max_rows + 1:
        raise Invalid.field(name, f"at most {max_rows} images of {spec.size} numbers", "more")
    try:
        if raw[1:].lstrip().startswith(b"["):
            rows = _rows(msgspec.json.decode(raw, type=list[list[float]]), name, spec)
        else:
            rows = [_exactly(msgspec.json.decode(raw, type=list[float]), name, spec.size)]
    except msgspec.ValidationError as error:
        raise _not_numbers(raw, name, white) from error
    values = np.asarray(rows, dtype=np.float64).reshape(-1, spec.size)
    if values.min() < 0 or values.max() > white:
        raise _out_of_range(values, rows, name, white)
    return values / white


def _rows(nested: list[list[float]], name: str, spec: ImageInput) -> list[list[float]]:
    if spec.channels == 1 and len(nested[0]) == spec.width != spec.size:
        for index, row in enumerate(nested):
            _exactly(row, f"{name}[{index}]", spec.width)
        if len(nested) != spec.height:
            raise Invalid.field(name, f"{spec.height} rows of {spec.width} numbers", f"{len(nested)} rows")
    else:
        for index, row in enumerate(nested):
            _exactly(row, f"{name}[{index}]", spec.size)
    return nested


def _exactly(row: list[float], name: str, count: int) -> list[float]:
    if len(row) != count:
        raise Invalid.field(name, f"{count} numbers", str(len(row)))
    return row


def _not_numbers(raw: bytes, name: str, white: int) -> Invalid:
    """Find the first element that is no number; only done once the fast typed decoding has failed."""
    expected = f"a number from 0 to {white}"
    with reading(name):
        decoded = msgspec.json.decode(raw)
    nested = isinstance(decoded[0], list)
    for index, element in enumerate(decoded):
        if nested and not isinstance(element, list):
            return Invalid.field(f"{name}[{index}]", "a list of numbers like the first", kind_of(element))
        for inner, value in enumerate(element if nested else [element]):
            if isinstance(value, bool) or not isinstance(value, int | float):
                place = f"{name}[{index}][{inner}]" if nested else f"{name}[{index}]"
                return Invalid.field(place, expected, kind_of(value))
    return Invalid.field(name, f"numbers from 0 to {white}", "a number too large to be read")


def _out_of_range(values: NDArray[np.float64], rows: list[list[float]], name: str, white: int) -> Invalid:
    index = int(np.argmax(((values < 0) | (values > white)).ravel()))
    width = len(rows[0])
    place = f"{name}[{index}]" if len(rows) == 1 else f"{name}[{index // width}][{index % width}]"
    return Invalid.field(place, f"a number from 0 to {white}", f"{values.ravel()[index]:g}")
