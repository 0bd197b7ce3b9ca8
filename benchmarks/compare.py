# SPDX-License-Identifier: Apache-2.0
"""Compare engines on one model: blocks in turn, each engine in its own process, the other ones asleep meanwhile."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from .engines import OURS, REFERENCE, Array, NotSupportedError, engine
from .models import MODELS, ROOT
from .worker import Task

PAUSE_SECONDS = 0.05  # longer than any engine's idle threads spin
OUR_TOLERANCE = 1e-4
PEER_TOLERANCE = 1e-2
LEAST_SCALE = 1e-2  # of numbers below it, as improbable classes, the engines' approximations of exp show


@dataclass
class Timing:
    """One engine's calls in one cell.

    Attributes
    ----------
    load, first
        Seconds to load the model and to its first result, the import not counted.
    minima, medians
        Of each block's calls, in seconds.
    difference
        The largest difference to the reference's outputs, by the largest number in them.
    """

    load: float
    first: float
    minima: list[float] = field(default_factory=list)
    medians: list[float] = field(default_factory=list)
    difference: float = 0.0

    @property
    def minimum(self) -> float:
        """The shortest call."""
        return min(self.minima)

    @property
    def median(self) -> float:
        """The median of the blocks' medians."""
        return statistics.median(self.medians)


@dataclass
class Cell:
    """What all engines took for one model, batch and number of threads.

    Attributes
    ----------
    timings
        By engine.
    failures
        Why an engine has no timing, by engine.
    """

    model: str
    batch: int
    threads: int
    timings: dict[str, Timing] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def right(self, name: str) -> bool:
        """Whether an engine's outputs agree with the reference's."""
        return self.timings[name].difference <= (OUR_TOLERANCE if name == OURS else PEER_TOLERANCE)

    def best_peer(self) -> str | None:
        """The fastest engine but ours whose outputs are right."""
        peers = [name for name in self.timings if name != OURS and self.right(name)]
        return min(peers, key=lambda name: self.timings[name].minimum, default=None)

    def ratio(self, peer: str) -> Ratio:
        """How many times faster we are than a peer."""
        ours, theirs = self.timings[OURS], self.timings[peer]
        pairs = sorted(b / a for a, b in zip(ours.minima, theirs.minima, strict=True))
        return Ratio(theirs.minimum / ours.minimum, pairs[0], pairs[-1], theirs.median / ours.median)


@dataclass(frozen=True)
class Ratio:
    """How many times faster we are: by the shortest calls, its range over pairs of blocks, and by the medians."""

    value: float
    low: float
    high: float
    by_medians: float


class _Worker:
    """A worker's process; a context manager that ends it."""

    def __init__(self, task: Task) -> None:
        command = [sys.executable, "-m", "benchmarks.worker", task.argument()]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.outputs = Path(task.outputs)

    def __enter__(self) -> _Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def start(self) -> Timing:
        answer = self._read()
        return Timing(answer["load"], answer["first"])

    def block(self, seconds: float) -> list[float]:
        assert self._process.stdin is not None
        print(json.dumps({"seconds": seconds}), file=self._process.stdin, flush=True)
        times: list[float] = self._read()["times"]
        return times

    def results(self) -> list[Array]:
        with np.load(self.outputs) as saved:
            return [saved[name] for name in saved.files]

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise NotSupportedError("its process ended; the error is above")
        answer: dict[str, Any] = json.loads(line)
        return answer


def compare(
    engines: Iterable[str],
    model: str,
    *,
    batch: int,
    threads: int,
    seconds: float,
    blocks: int,
    expected: list[Array] | None = None,
) -> Cell:
    """Measure engines on a model.

    Parameters
    ----------
    engines, model
        Names.
    batch, threads
        The input's first dimension, and the threads of one call.
    seconds
        For how long each engine is measured.
    blocks
        In how many pieces, in turn, after one that is not counted.
    expected
        What outputs are compared with; those of the reference engine by default.
    """
    cell = Cell(model, batch, threads)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        workers: dict[str, _Worker] = {}
        started: dict[str, Timing] = {}

        def start(name: str) -> None:
            if name not in workers:
                engine(name).prepare(MODELS[model])
                task = Task(name, model, threads, batch, str(folder / f"{name}.npz"))
                workers[name] = stack.enter_context(_Worker(task))
                started[name] = workers[name].start()

        if expected is None:
            start(REFERENCE)
            expected = workers[REFERENCE].results()
        for name in engines:
            try:
                start(name)
            except NotSupportedError as error:
                cell.failures[name] = str(error)
                continue
            cell.timings[name] = started[name]
            cell.timings[name].difference = _difference(workers[name].results(), expected)
        for block in range(blocks + 1):
            for name, timing in cell.timings.items():
                time.sleep(PAUSE_SECONDS)
                times = workers[name].block(seconds / blocks)
                if block > 0:
                    timing.minima.append(min(times))
                    timing.medians.append(statistics.median(times))
    return cell


def _difference(given: list[Array], expected: list[Array]) -> float:
    """The largest difference of outputs, each by the largest number in it; infinite where their sizes differ."""
    if len(given) != len(expected):
        return float("inf")
    worst = 0.0
    for ours, theirs in zip(given, expected, strict=True):
        if ours.size != theirs.size:
            return float("inf")
        scale = max(float(np.abs(theirs).max()), LEAST_SCALE)
        worst = max(worst, float(np.abs(ours.ravel() - theirs.ravel()).max()) / scale)
    return worst
