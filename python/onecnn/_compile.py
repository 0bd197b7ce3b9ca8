# SPDX-License-Identifier: Apache-2.0
"""Compiling a model."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from ._load import load


def compile(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    input_shapes: Mapping[str, Sequence[int]] | None = None,
    deterministic: bool = False,
    optimize: bool = True,
    memory: str = "normal",
    tune: bool = False,
    limits: Mapping[str, int] | None = None,
    external_data: str | os.PathLike[str] | None = None,
) -> None:
    """Write what loading an ONNX model comes to, so that `onecnn.load` need not do it again.

    The file is for this version of onecnn, this oneDNN and processors with this one's instructions; anything
    else refuses it. The model is run once on made-up inputs; where that does not do, load it, run it on your
    own and call `Model.save_compiled`.

    Parameters
    ----------
    source
        The ONNX file.
    target
        The file to write; one that is there is replaced.
    input_shapes
        Shapes by input, where the model leaves them open; 1 stands for an open dimension.
    deterministic, optimize, memory, tune, limits, external_data
        As for `onecnn.load`. Loading the file asks for the same `deterministic`, `optimize` and `memory`, and
        goes the ways that tuning found.

    Raises
    ------
    Error
        What `onecnn.load` raises, and IOFailure when the file cannot be written.
    """
    from ._random_inputs import random_inputs

    model = load(
        source,
        deterministic=deterministic,
        optimize=optimize,
        memory=memory,
        tune=tune,
        limits=limits,
        external_data=external_data,
    )
    model(*random_inputs(model.inputs, input_shapes))
    model.save_compiled(target, source=source)
