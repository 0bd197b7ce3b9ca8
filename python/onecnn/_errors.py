# SPDX-License-Identifier: Apache-2.0
"""The exceptions that onecnn raises."""

from __future__ import annotations

from typing import ClassVar


class Error(Exception):
    """What every failure raises; itself only for a defect of the library.

    Attributes
    ----------
    code : str
        The status of the C ABI, as ``"INVALID_MODEL"``.
    """

    code: ClassVar[str] = "INTERNAL"


class InvalidModel(Error):
    """The bytes are no ONNX model, or one that contradicts itself."""

    code = "INVALID_MODEL"


class UnsupportedOperator(Error):
    """A node whose operator, opset or data type the library lacks."""

    code = "UNSUPPORTED_OPERATOR"


class InvalidArgument(Error, ValueError):
    """A name, shape, dtype or option that cannot be."""

    code = "INVALID_ARGUMENT"


class ResourceLimit(Error):
    """A limit set while loading would be passed."""

    code = "RESOURCE_LIMIT"


class OutOfMemory(Error, MemoryError):
    """The system gave no memory."""

    code = "OUT_OF_MEMORY"


class IOFailure(Error, OSError):
    """A file could not be opened or read."""

    code = "IO"


class Cancelled(Error):
    """The run was cancelled."""

    code = "CANCELLED"


class DeadlineExceeded(Error):
    """The run's deadline passed."""

    code = "DEADLINE_EXCEEDED"


_CLASSES: dict[str, type[Error]] = {
    cls.code: cls
    for cls in (
        InvalidModel,
        UnsupportedOperator,
        InvalidArgument,
        ResourceLimit,
        OutOfMemory,
        IOFailure,
        Cancelled,
        DeadlineExceeded,
    )
}


def error(code: str, message: str) -> Error:
    """Make the exception of a status of the C ABI."""
    return _CLASSES.get(code, Error)(message)
