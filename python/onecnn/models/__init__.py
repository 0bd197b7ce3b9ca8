# SPDX-License-Identifier: Apache-2.0
"""The models that ship with the package: digits and damage, each with a record of how it was made.

Beside ``<name>.onnx`` lies ``<name>.json``: accuracy, settings and the model's SHA-256. The training
scripts that wrote both are in the project's ``examples``.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

__all__ = ["names", "path"]


def names() -> tuple[str, ...]:
    """Return the names of the bundled models, sorted.

    Examples
    --------
    >>> names()
    ('damage', 'digits')
    """
    return tuple(sorted(file.stem for file in _folder().glob("*.onnx")))


def path(name: str) -> Path:
    """Return the file of a bundled model, for ``onecnn.load``.

    Parameters
    ----------
    name
        One of ``names()``.

    Raises
    ------
    LookupError
        There is no bundled model of that name; the message lists those there are.
    """
    if name not in names():
        raise LookupError(f"no bundled model {name!r}; there are {', '.join(names())}")
    return _folder() / f"{name}.onnx"


def _folder() -> Path:
    # A compiled extension module can't be imported from a zip file, so neither is this package.
    return Path(str(files(__name__)))
