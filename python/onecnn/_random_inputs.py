# SPDX-License-Identifier: Apache-2.0
"""Inputs for measuring a model that nobody gave inputs for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ._errors import InvalidArgument
from ._tensor_spec import TensorSpec

Array = np.ndarray[Any, np.dtype[Any]]


def random_inputs(
    specs: Iterable[TensorSpec], shapes: Mapping[str, Sequence[int]] | None = None, *, batch: int = 1
) -> tuple[Array, ...]:
    """Make inputs: floating-point numbers in 0..1, all others 0.

    Parameters
    ----------
    specs
        The model's inputs.
    shapes
        Shapes by name, for the inputs whose own would not do.
    batch
        The first dimension where the model leaves it open; all others that it leaves open are 1.

    Raises
    ------
    InvalidArgument
        An input takes something other than numbers, or its rank is open and no shape is given; or a shape
        is given for an input that there is not.
    """
    specs = tuple(specs)
    shapes = dict(shapes or {})
    if unknown := shapes.keys() - {spec.name for spec in specs}:
        raise InvalidArgument(f"the model has no input {unknown.pop()!r}; it takes {[spec.name for spec in specs]}")
    generator = np.random.default_rng(0)
    return tuple(_random(spec, shapes.get(spec.name, _open_shape(spec, batch)), generator) for spec in specs)


def _open_shape(spec: TensorSpec, batch: int) -> list[int] | None:
    if spec.shape is None:
        return None
    return [dim if isinstance(dim, int) else 1 if axis else batch for axis, dim in enumerate(spec.shape)]


def _random(spec: TensorSpec, shape: Sequence[int] | None, generator: np.random.Generator) -> Array:
    if shape is None or not re.fullmatch(r"bool|u?int\d+|float\d+", spec.dtype):
        raise InvalidArgument(f"input {spec.name!r} is {spec.dtype}: nothing can be made up for it; give it")
    if spec.dtype in ("int2", "int4", "uint2", "uint4"):
        raise InvalidArgument(f"input {spec.name!r} is {spec.dtype}, which numpy has not: give it")
    if spec.dtype.startswith("float"):
        return generator.random(tuple(shape), np.float32).astype(spec.dtype)
    return np.zeros(tuple(shape), spec.dtype)
