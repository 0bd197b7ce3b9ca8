# SPDX-License-Identifier: Apache-2.0
"""Several callers at once, and one caller beside a process that takes a core."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

from .engines import engine
from .models import MODELS, ROOT
from .worker import first_input

MODEL = "resnet50"
CALLERS = 4
ENGINES = ("onecnn", "onnxruntime")


@dataclass
class Callers:
    """Calls a second of a model loaded for one thread: by one caller, and by four at once."""

    one: float
    four: float

    @property
    def gain(self) -> float:
        """How much four callers get done for each that one does."""
        return self.four / self.one


@dataclass
class Busy:
    """Median seconds of a call on two threads: alone, and beside a process that never stops."""

    alone: float
    beside: float

    @property
    def loss(self) -> float:
        """How many times longer a call takes."""
        return self.beside / self.alone


def measure_callers(name: str, seconds: float) -> Callers:
    """Measure an engine in a process of its own."""
    one, four = _in_a_process("callers", name, seconds)
    return Callers(one, four)


def measure_busy(name: str, seconds: float) -> Busy:
    """Measure an engine, without and with a busy process."""
    (alone,) = _in_a_process("median", name, seconds)
    spinning = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        (beside,) = _in_a_process("median", name, seconds)
    finally:
        spinning.kill()
        spinning.wait()
    return Busy(alone, beside)


def _in_a_process(what: str, name: str, seconds: float) -> list[float]:
    engine(name).prepare(MODELS[MODEL])
    command = [sys.executable, "-m", "benchmarks.callers", json.dumps([what, name, seconds])]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    figures: list[float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _rate(name: str, callers: int, seconds: float) -> float:
    """Calls a second of so many threads on one loaded model."""
    shape = (1, *MODELS[MODEL].row)
    run = engine(name).load(MODELS[MODEL], shape, 1)
    x = first_input(shape)
    for _ in range(3):
        run(x)
    end = time.perf_counter() + seconds
    counts = [0] * callers

    def call(index: int) -> None:
        while time.perf_counter() < end:
            run(x)
            counts[index] += 1

    begin = time.perf_counter()
    threads = [threading.Thread(target=call, args=(index,)) for index in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - begin)


def _median(name: str, seconds: float) -> float:
    shape = (1, *MODELS[MODEL].row)
    run = engine(name).load(MODELS[MODEL], shape, 2)
    x = first_input(shape)
    times: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 10:
        begin = time.perf_counter()
        run(x)
        times.append(time.perf_counter() - begin)
    return sorted(times)[len(times) // 2]


def main() -> None:
    """Print the figures asked for as JSON."""
    what, name, seconds = json.loads(sys.argv[1])
    if what == "callers":
        print(json.dumps([_rate(name, 1, seconds), _rate(name, CALLERS, seconds)]))
    else:
        print(json.dumps([_median(name, seconds)]))


if __name__ == "__main__":
    main()
