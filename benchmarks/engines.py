# SPDX-License-Identifier: Apache-2.0
"""The engines under measurement, each behind the same small interface.

An engine is a function ``(path, threads) -> run``, where ``run(x)`` takes the model's one input as an array and
returns its first output as an array.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Run = Callable[[Array], Array]


def _onecnn(path: str, threads: int) -> Run:
    import onecnn

    return onecnn.load(path, threads=threads)


def _onnxruntime(path: str, threads: int) -> Run:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda x: session.run(None, {name: x})[0]


ENGINES: dict[str, Callable[[str, int], Run]] = {"onecnn": _onecnn, "onnxruntime": _onnxruntime}


def version(engine: str) -> str:
    """Return an engine's version, as its package says."""
    from importlib.metadata import version as package_version

    return package_version(engine)
