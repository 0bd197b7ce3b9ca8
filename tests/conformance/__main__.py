# SPDX-License-Identifier: Apache-2.0
"""Run ONNX's backend cases on onecnn and on ONNX Runtime, write passing.txt anew, print how many pass."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from table import Result, table

HERE = Path(__file__).resolve().parent
PASSING = HERE / "passing.txt"


def start(backend: str, log: int | None) -> subprocess.Popen[str]:
    command = [sys.executable, str(HERE / "run.py"), backend]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)


def finish(process: subprocess.Popen[str]) -> dict[str, Result]:
    output, _ = process.communicate()
    if process.returncode != 0:
        sys.exit(f"{process.args!r} failed")
    return {name: Result(**result) for name, result in json.loads(output).items()}


def main() -> None:
    # ONNX Runtime logs every model that it does not take.
    processes = start("onecnn.backend", None), start("onnxruntime.backend", subprocess.DEVNULL)
    ours, peer = map(finish, processes)
    listed = PASSING.read_text(encoding="utf-8").split()
    passing = [name for name, result in ours.items() if result.fault is None]
    PASSING.write_text("".join(f"{name}\n" for name in passing), encoding="utf-8")
    print(table(ours, peer))
    print(f"\n{PASSING.name}: {len(set(passing).difference(listed))} new")
    for name in sorted(set(listed).difference(passing)):
        print(f"no longer passes: {name}: {ours[name].fault if name in ours else 'there is no such case'}")


if __name__ == "__main__":
    main()
