# SPDX-License-Identifier: Apache-2.0
"""Compare engines on one model: blocks in turn, each engine in its own process, the other ones asleep meanwhile."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
PAUSE_SECONDS = 0.02  # longer than any engine's idle threads spin


@dataclass
class Result:
    """One engine's measured calls.

    Attributes
    ----------
    first
        What the engine gave for the first input, flattened; the same input for every engine.
    block_medians
        The median time of a call in each block, in seconds.
    minimum
        The shortest call, in seconds.
    """

    first: list[float]
    block_medians: list[float] = field(default_factory=list)
    minimum: float = float("inf")

    @property
    def median(self) -> float:
        """The median of the blocks' medians, in seconds."""
        return statistics.median(self.block_medians)


class _Worker:
    def __init__(self, engine: str, model: Path, shape: tuple[int, ...], threads: int) -> None:
        task = {"engine": engine, "model": str(model), "shape": shape, "threads": threads, "seed": 1}
        command = [sys.executable, "-m", "benchmarks.worker", json.dumps(task)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.result = Result(self._read()["first"])

    def _read(self) -> dict[str, list[float]]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("a benchmark process ended before it answered; its error is above")
        answer: dict[str, list[float]] = json.loads(line)
        return answer

    def block(self, calls: int, *, counted: bool) -> None:
        assert self._process.stdin is not None
        print(json.dumps({"calls": calls}), file=self._process.stdin, flush=True)
        times = self._read()["times"]
        if counted:
            self.result.block_medians.append(statistics.median(times))
            self.result.minimum = min(self.result.minimum, *times)

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)


def compare(
    engines: list[str], model: Path, shape: tuple[int, ...], *, threads: int, blocks: int, calls: int
) -> dict[str, Result]:
    """Measure engines on a model.

    Parameters
    ----------
    engines
        Keys of ``benchmarks.engines.ENGINES``.
    model
        An ONNX file with one float32 input.
    shape
        The input's dimensions.
    threads
        Threads of one call.
    blocks
        Blocks of each engine, in turn, after one that is not counted.
    calls
        Calls in a block.

    Returns
    -------
    dict
        A ``Result`` for each engine, in the order given.

    Raises
    ------
    RuntimeError
        When the engines' outputs for one input differ by more than 1e-4 of the largest.
    """
    workers = {engine: _Worker(engine, model, shape, threads) for engine in engines}
    try:
        reference = np.array(workers[engines[0]].result.first)
        for engine, worker in workers.items():
            worst = float(np.abs(np.array(worker.result.first) - reference).max())
            if worst > 1e-4 * max(1.0, float(np.abs(reference).max())):
                raise RuntimeError(f"{engine} differs from {engines[0]} by {worst:.2g} on the same input")
        for block in range(blocks + 1):
            for worker in workers.values():
                time.sleep(PAUSE_SECONDS)
                worker.block(calls, counted=block > 0)
    finally:
        for worker in workers.values():
            worker.close()
    return {engine: worker.result for engine, worker in workers.items()}


def ratio(results: dict[str, Result], engine: str, peer: str) -> tuple[float, float, float]:
    """How many times faster ``engine`` is than ``peer``: median, smallest and largest over pairs of blocks."""
    pairs = zip(results[peer].block_medians, results[engine].block_medians, strict=True)
    ratios = sorted(theirs / ours for theirs, ours in pairs)
    return statistics.median(ratios), ratios[0], ratios[-1]
