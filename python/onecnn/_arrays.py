# SPDX-License-Identifier: Apache-2.0
"""What is given for an input and is no ndarray."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._errors import InvalidArgument


def to_array(value: object, dtype: str, name: str) -> np.ndarray[Any, np.dtype[Any]]:
    """Make an array of an array-like.

    An object with a dtype of its own (a NumPy scalar, a tensor of another framework, a data frame) keeps
    it. Python numbers, and sequences of them, take the input's, if that loses no more than precision.

    Parameters
    ----------
    value
        The array-like.
    dtype : str
        The input's dtype.
    name : str
        The input's name, for messages.

    Returns
    -------
    numpy.ndarray

    Raises
    ------
    InvalidArgument
        It is ragged, holds something else than numbers, or numbers that `dtype` cannot hold.
    """
    try:
        array = np.asarray(value)
    except ValueError as failure:
        raise InvalidArgument(f"input {name!r} is no array: {failure}") from None
    if hasattr(value, "dtype") or array.dtype.kind not in "biuf":
        return array
    target = np.dtype(dtype)
    if target.name in {"int2", "uint2", "int4", "uint4"}:
        # NumPy knows neither their kind nor their bounds.
        cast = array.astype(target)
        if np.any(cast.astype(array.dtype) != array):
            raise InvalidArgument(f"input {name!r} takes {dtype}, and numbers are given that it cannot hold")
        return cast
    # An empty list is float64 by NumPy's choice, not the caller's.
    if array.size == 0 or np.can_cast(array.dtype, target, "same_kind"):
        return array.astype(target)
    if array.dtype.kind in "iu" and target.kind in "iu":
        bounds = np.iinfo(target)
        if bounds.min <= array.min() and array.max() <= bounds.max:
            return array.astype(target)
        raise InvalidArgument(
            f"input {name!r} takes {dtype}, {bounds.min} to {bounds.max}; {array.min()} to {array.max()} given"
        )
    raise InvalidArgument(f"input {name!r} takes {dtype}, Python {array.dtype.name} numbers given")
