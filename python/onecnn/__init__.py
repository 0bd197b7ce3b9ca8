# SPDX-License-Identifier: Apache-2.0
"""CNN inference on oneDNN.

>>> import numpy as np, onecnn
>>> model = onecnn.load(onecnn.models.path("digits"))
>>> model(np.zeros((1, 1, 28, 28), np.float32)).shape
(1, 10)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from . import _core
from ._compile import compile
from ._core import build_info
from ._errors import (
    Cancelled,
    DeadlineExceeded,
    Error,
    InvalidArgument,
    InvalidModel,
    IOFailure,
    OutOfMemory,
    ResourceLimit,
    UnsupportedOperator,
)
from ._load import load
from ._model import Model
from ._session import (
    ExecutionMode,
    GraphOptimizationLevel,
    InferenceSession,
    ModelMetadata,
    NodeArg,
    SessionOptions,
    get_available_providers,
)
from ._tensor_spec import TensorSpec

if TYPE_CHECKING:
    from types import ModuleType

    from . import backend as backend  # not in __all__: a star import must not want the onnx package
    from . import models

__version__ = _core.version

__all__ = [
    "Cancelled",
    "DeadlineExceeded",
    "Error",
    "ExecutionMode",
    "GraphOptimizationLevel",
    "IOFailure",
    "InferenceSession",
    "InvalidArgument",
    "InvalidModel",
    "Model",
    "ModelMetadata",
    "NodeArg",
    "OutOfMemory",
    "ResourceLimit",
    "SessionOptions",
    "TensorSpec",
    "UnsupportedOperator",
    "__version__",
    "build_info",
    "compile",
    "get_available_providers",
    "load",
    "models",
]


def __getattr__(name: str) -> ModuleType:
    # Finding the bundled files imports more than all the rest does, and the backend imports the onnx package.
    if name in ("backend", "models"):
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
