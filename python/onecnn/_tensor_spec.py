# SPDX-License-Identifier: Apache-2.0
"""What a model declares of its inputs and outputs."""

from __future__ import annotations

from typing import NamedTuple


class TensorSpec(NamedTuple):
    """An input or output of a model.

    Attributes
    ----------
    name : str
    dtype : str
        NumPy's name of the element type, as ``"float32"``, or that of its extension ml_dtypes, as
        ``"bfloat16"``; ``"string"``. What is no tensor has its kind, as ``"sequence(float32)"``,
        ``"map(string, float32)"``, ``"optional(sequence(int64))"``; its shape is None.
    shape : tuple or None
        A dimension is an int, the name of a symbolic one, or None when it has no name. None altogether
        when the model does not fix the rank.
    """

    name: str
    dtype: str
    shape: tuple[int | str | None, ...] | None
