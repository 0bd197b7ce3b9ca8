# SPDX-License-Identifier: Apache-2.0
"""Loading a model."""

from __future__ import annotations

import os
from collections.abc import Mapping
from operator import index
from typing import IO, TypeAlias

from . import _core
from ._errors import InvalidArgument
from ._model import Model

Source: TypeAlias = "str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes]"

_LIMITS = (
    "model_bytes",
    "external_bytes",
    "nodes",
    "tensor_bytes",
    "run_bytes",
    "plan_bytes",
)


def load(
    source: Source,
    *,
    threads: int | None = None,
    deterministic: bool = False,
    precision: str = "f32",
    tune: bool = False,
    memory: str = "normal",
    limits: Mapping[str, int] | None = None,
    external_data: str | os.PathLike[str] | None = None,
    optimize: bool = True,
    compiled_from: str | os.PathLike[str] | None = None,
) -> Model:
    """Load an ONNX model, or a file that `onecnn.compile` made of one.

    A compiled file is mapped into memory for as long as the model lives: replace it, and never write into it.
    Given as bytes it is copied.

    Parameters
    ----------
    source : path, bytes or binary file object
        A path is read by the library without the GIL; bytes may go once this returns.
    threads : int, optional
        The most threads of one run; by default what this process may use: its CPU affinity and its
        cgroup's quota.
    deterministic : bool, optional
        The same bits for any batch and number of threads.
    precision : {"f32"}, optional
        The arithmetic of float32 models.
    tune : bool, optional
        Measure ways of computing convolutions inside the whole model, whenever it meets new input shapes (when
        it is loaded, where they are fixed), and keep the fastest: takes some hundred runs. `onecnn.compile` and
        `Model.save_compiled` keep what was found. Not with `deterministic`, which has one way.
    memory : {"normal", "low"}, optional
        "low" forgoes forms of weights that take more memory and are only faster: those of Winograd's
        algorithm, up to four times as large.
    limits : mapping of str to int, optional
        The most that a model may take: `model_bytes`, `external_bytes`, `nodes`, `tensor_bytes` (one
        tensor), `run_bytes` (one run's intermediate tensors), `plan_bytes` (kept for input shapes seen).
    external_data : path, optional
        The folder of external data files; by default the model file's own, none for bytes.
    optimize : bool, optional
        False runs the graph as it is written.
    compiled_from : path, optional
        The ONNX file that a compiled file must have been made of, as it is now; it is read for that.

    Returns
    -------
    Model

    Raises
    ------
    IOFailure
        The file cannot be read.
    InvalidModel
        It is no ONNX model, or one that contradicts itself; or a compiled file that was made by another
        version, for another processor or of another model.
    UnsupportedOperator
        A node needs what the library lacks; the message names it.
    ResourceLimit
        It passes one of `limits`.
    InvalidArgument
        An option cannot be what it is, or a compiled file was made with others.
    TypeError
        `source`, or a number among the options, is of another type.
    """
    options: dict[str, int | str] = {
        "threads": 0 if threads is None else index(threads),
        "deterministic": int(deterministic),
        "optimize": int(optimize),
        "tune": int(tune),
        "precision": precision,
        "memory": memory,
    }
    for name, most in (limits or {}).items():
        if name not in _LIMITS:
            raise InvalidArgument(f"there is no limit {name!r}; there are {', '.join(_LIMITS)}")
        options[f"max_{name}"] = index(most)
    if external_data is not None:
        options["external_data"] = os.fspath(external_data)
    if compiled_from is not None:
        options["compiled_from"] = os.fspath(compiled_from)
    return Model(_load(source, options))


def _load(source: Source, options: Mapping[str, int | str]) -> _core.Model:
    if isinstance(source, bytes | bytearray | memoryview):
        return _core.load_bytes(bytes(source), options)
    if isinstance(source, str | os.PathLike):
        path = os.fsencode(source)
        if b"\0" in path:
            raise InvalidArgument(f"the path {source!r} has a NUL in it")
        return _core.load_file(path, options)
    if not hasattr(source, "read"):
        raise TypeError(f"a model is loaded from a path, bytes or a binary file object, not {type(source).__name__}")
    content = source.read()
    if not isinstance(content, bytes):
        raise InvalidArgument("the file object is open for text; open it in binary mode")
    return _core.load_bytes(content, options)
