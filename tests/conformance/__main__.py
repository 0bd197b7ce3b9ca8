# SPDX-License-Identifier: Apache-2.0
"""Run ONNX's backend cases on onecnn and on ONNX Runtime, print how many pass, and write passing.txt anew."""

from __future__ import annotations

import argparse
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


def renew_list(ours: dict[str, Result]) -> None:
    listed = set(PASSING.read_text(encoding="utf-8").split())
    passing = [name for name, result in ours.items() if result.fault is None]
    PASSING.write_text("".join(f"{name}\n" for name in passing), encoding="utf-8")
    print(f"{len(passing)} cases pass, {len(set(passing) - listed)} of them new in {PASSING.name}")
    for name in sorted(listed.difference(passing)):
        print(f"no longer passes: {name}: {ours[name].fault if name in ours else 'there is no such case'}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="conformance", description=__doc__)
    parser.add_argument("--alone", action="store_true", help="without ONNX Runtime and the table")
    alone = parser.parse_args().alone
    # ONNX Runtime logs every model that it does not take.
    peer = None if alone else start("onnxruntime.backend", subprocess.DEVNULL)
    ours = finish(start("onecnn.backend", None))
    if peer:
        print(f"{table(ours, finish(peer))}\n")
    renew_list(ours)


if __name__ == "__main__":
    main()
