# SPDX-License-Identifier: Apache-2.0
"""One engine in one process, told over its standard input to run blocks.

Each line of input is a JSON object ``{"seconds": S}``: run for about so long. The answer is a line
``{"times": [seconds, ...]}``. A block's inputs are new for each call, made before the clock
starts. The process ends with its input.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from .engines import Array, engine
from .models import MODELS

FEWEST_CALLS = 3
WARM_UP_SECONDS = 0.3
MOST_INPUT_BYTES = 256 << 20


@dataclass(frozen=True)
class Task:
    """What a worker is started with.

    Attributes
    ----------
    engine, model, threads
        Names, and the threads of one call.
    batch
        The input's first dimension.
    outputs
        Where the first input's outputs go, as .npz.
    """

    engine: str
    model: str
    threads: int
    batch: int
    outputs: str

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the input."""
        return (self.batch, *MODELS[self.model].row)

    def argument(self) -> str:
        """Give the task as the worker's argument."""
        return json.dumps(asdict(self))


def first_input(shape: tuple[int, ...]) -> Array:
    """Give the input whose outputs are compared: the same for every engine."""
    return np.random.default_rng(1).random(shape, dtype=np.float32)


def main() -> None:
    """Serve blocks for the task given as one JSON argument."""
    # What an engine prints must not get between the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    task = Task(**json.loads(sys.argv[1]))
    begin = time.perf_counter()
    run = engine(task.engine).load(MODELS[task.model], task.shape, task.threads)
    loaded = time.perf_counter()
    outputs = run(first_input(task.shape))
    first = time.perf_counter()
    np.savez(Path(task.outputs), *outputs)
    print(json.dumps({"load": loaded - begin, "first": first - loaded}), file=answers, flush=True)

    random = np.random.default_rng()
    estimate = _warm_up(run, random.random(task.shape, dtype=np.float32))
    for line in sys.stdin:
        calls = max(FEWEST_CALLS, math.ceil(json.loads(line)["seconds"] / estimate))
        kept = max(1, min(calls, MOST_INPUT_BYTES // (4 * math.prod(task.shape))))
        inputs = random.random((kept, *task.shape), dtype=np.float32)
        times = []
        for index in range(calls):
            x = inputs[index % kept]
            begin = time.perf_counter()
            run(x)
            times.append(time.perf_counter() - begin)
        print(json.dumps({"times": times}), file=answers, flush=True)


def _warm_up(run: Callable[[Array], object], x: Array) -> float:
    """Run for a while; the shortest time."""
    shortest = math.inf
    end = time.perf_counter() + WARM_UP_SECONDS
    while shortest == math.inf or time.perf_counter() < end:
        begin = time.perf_counter()
        run(x)
        shortest = min(shortest, time.perf_counter() - begin)
    return shortest


if __name__ == "__main__":
    main()
