# SPDX-License-Identifier: Apache-2.0
"""What a backend under test may import: nothing that could do its work."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType

import onnx


def isolate(package: str) -> None:
    """Let this process import `package`, the standard library, NumPy, Pillow and ONNX without its evaluator."""
    for name in [name for name in sys.modules if _is_evaluator(name)]:
        del sys.modules[name]
    # The package holds on to the module that is gone from the table.
    delattr(onnx, "reference")
    sys.modules.pop("PIL", None)
    sys.meta_path.insert(0, _Guard(package))


def _is_evaluator(name: str) -> bool:
    return f"{name}.".startswith("onnx.reference.")


class _Guard(MetaPathFinder):
    def __init__(self, package: str) -> None:
        self._allowed = sys.stdlib_module_names | {package, "PIL", "google", "ml_dtypes", "numpy", "onnx"}

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        if name.partition(".")[0] not in self._allowed or _is_evaluator(name):
            raise ImportError(f"a backend under test may not import {name}")
