# SPDX-License-Identifier: Apache-2.0
"""ONNX's backend cases, as ONNX's own runner makes and judges them."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from onnx.backend.base import Backend
from onnx.backend.test.loader import load_model_tests
from onnx.backend.test.runner import Runner

GROUPS = {
    "NodeModel": "node",
    "SimpleModel": "simple",
    "RealModel": "real",
    "PyTorchConvertedModel": "pytorch-converted",
    "PyTorchOperatorModel": "pytorch-operator",
}


class Case(NamedTuple):
    """One case.

    Attributes
    ----------
    name : str
        Its group and its name in there, ``"node/test_abs"``.
    operator : str or None
        What a case of the group "node" is about; for those with ``_expanded`` in their names, whose model is the
        function that defines an operator, that operator.
    run : callable
        Raises where the backend fails or gives something else than ONNX does.
    """

    name: str
    operator: str | None
    run: Callable[[], None]


class _NoBackend(Backend):
    """Stands in until `Cases.use`: the runner asks for devices while it collects."""

    @classmethod
    def supports_device(cls, device: str) -> bool:
        return device == "CPU"


class Cases:
    """All of ONNX's backend cases, sorted by name.

    Attributes
    ----------
    all : list of Case
    """

    def __init__(self) -> None:
        # Without Pillow, ImageDecoder's cases take the data that ONNX froze, the same on every machine.
        sys.modules["PIL"] = None  # type: ignore[assignment]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # making the data divides by zero and overflows on purpose
            self._runner = Runner(_NoBackend)
        operators = _operators()
        self.all = sorted(
            (
                _case(f"{group}/{name.removesuffix('_cpu')}", operators, item.func)
                for category, group in GROUPS.items()
                for name, item in self._runner._test_items[category].items()
                if name.endswith("_cpu")
            ),
            key=lambda case: case.name,
        )

    def use(self, backend: Any) -> None:
        """Run on a backend from now on: a module or class with ONNX's functions."""
        self._runner.backend = backend


def _case(name: str, operators: Mapping[str, str], test_method: Callable[..., None]) -> Case:
    return Case(name, operators.get(name), lambda: test_method(None))


def _operators() -> dict[str, str]:
    models = {case.name: case.model for case in load_model_tests(kind="node")}
    named = {}
    for name in models:
        model = models[name.partition("_expanded")[0]]
        assert model is not None
        (node,) = model.graph.node
        named[f"node/{name}"] = f"{node.domain}.{node.op_type}" if node.domain else node.op_type
    return named
