# SPDX-License-Identifier: Apache-2.0
"""ONNX's own backend cases: every listed one passes, and none of them can end the run or borrow another's engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

HERE = Path(__file__).resolve().parent
PASSING = HERE / "passing.txt"

BACKEND = """
import os
import time

def supports_device(device):
    return device == "CPU"

def prepare(model, device):
    operator = model.graph.node[0].op_type
    if operator == "Abs":
        os.abort()
    if operator == "Acos":
        time.sleep(60)
    if operator == "Add":
        import onnx.reference
    if operator == "And":
        import onnxruntime
    return None
"""


def faults(backend: str, *arguments: str, path: Path | None = None) -> dict[str, str | None]:
    """Run cases on a backend and return what went wrong with each."""
    command = [sys.executable, str(HERE / "run.py"), backend, *arguments]
    environment = os.environ | ({"PYTHONPATH": str(path)} if path else {})
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    return {name: result["fault"] for name, result in json.loads(done.stdout).items()}


def test_every_listed_case_passes() -> None:
    listed = PASSING.read_text(encoding="utf-8").split()
    found = faults("onecnn.backend")
    assert len(found) == 2033
    fallen = [f"{name}: {found.get(name, 'no such case')}" for name in listed if found.get(name, "") is not None]
    assert not fallen, "\n".join(["these cases passed before:", *fallen])
    more = sum(fault is None for fault in found.values()) - len(listed)
    if more:
        warnings.warn(f"{more} cases pass that are not listed; `make conformance` adds them", stacklevel=1)


def test_the_list_is_sorted() -> None:
    listed = PASSING.read_text(encoding="utf-8").splitlines()
    assert listed == sorted(set(listed))


def test_a_backend_that_crashes_hangs_or_asks_others_fails_that_case_alone(tmp_path: Path) -> None:
    (tmp_path / "saboteur.py").write_text(BACKEND, encoding="utf-8")
    found = faults("saboteur", "node/test_(abs|acos|add|and2d|asin)$", "--limit", "2", path=tmp_path)
    assert {name: (fault or "passes").splitlines()[0] for name, fault in found.items()} == {
        "node/test_abs": "ended the process: SIGABRT",
        "node/test_acos": "took more than 2 s",
        "node/test_add": "ImportError: a backend under test may not import onnx.reference",
        "node/test_and2d": "ImportError: a backend under test may not import onnxruntime",
        "node/test_asin": "AssertionError: ",
    }
