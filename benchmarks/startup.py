# SPDX-License-Identifier: Apache-2.0
"""From nothing to the first result, and the memory it takes: each engine in fresh processes that have numpy already."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, files
from importlib.util import find_spec
from pathlib import Path

from .engines import NotSupportedError, engine
from .models import MODELS, ROOT

# The files that it reads are in the page cache, as they are when a service starts again.
_PROGRAM = """
import json, sys, time
import numpy
name, model, threads, runs = json.loads(sys.argv[1])
from benchmarks.models import MODELS
from benchmarks.worker import first_input
shape = (1, *MODELS[model].row)
x = first_input(shape)
module = __import__(f"benchmarks.engines.{name}", fromlist=["load"])
begin = time.perf_counter()
run = module.load(MODELS[model], shape, threads)
run(x)
first = time.perf_counter() - begin
def status(key):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(key)) * 1024
for _ in range(runs):
    run(x)
print(json.dumps([first, status("VmHWM"), status("VmRSS")]))
"""
_RUNS = 20


@dataclass
class Startup:
    """One engine's start with one model, one thread.

    Attributes
    ----------
    first_seconds
        Import, load and first result, of each process.
    peak_bytes, resident_bytes
        The most memory that the process ever had, and what it has after some runs: the median process.
    """

    engine: str
    model: str
    first_seconds: list[float] = field(default_factory=list)
    peak_bytes: int = 0
    resident_bytes: int = 0

    @property
    def median(self) -> float:
        """The median time to the first result."""
        return statistics.median(self.first_seconds)


def measure(engines: list[str], model: str, *, processes: int) -> list[Startup]:
    """Start every engine in turn, in so many processes each, after one that warms the page cache."""
    startups: dict[str, Startup] = {}
    memory: dict[str, list[tuple[int, int]]] = {}
    MODELS[model].ready()
    for name in engines:
        try:
            engine(name).prepare(MODELS[model])
        except NotSupportedError:
            continue
        startups[name] = Startup(name, model)
        memory[name] = []
    for turn in range(processes + 1):
        for name in list(startups):
            argument = json.dumps([name, model, 1, _RUNS])
            command = [sys.executable, "-c", _PROGRAM, argument]
            done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
            if done.returncode != 0:
                del startups[name]
            elif turn > 0:
                first, peak, resident = json.loads(done.stdout.splitlines()[-1])
                startups[name].first_seconds.append(first)
                memory[name].append((peak, resident))
    for name, startup in startups.items():
        startup.peak_bytes, startup.resident_bytes = (
            int(statistics.median(each)) for each in zip(*memory[name], strict=True)
        )
    return list(startups.values())


def package_bytes(name: str) -> int:
    """Bytes of an engine's installed package, its dependencies not counted."""
    try:
        listed = files(engine(name).PACKAGE) or []
        return sum(Path(str(file.locate())).stat().st_size for file in listed if Path(str(file.locate())).is_file())
    except PackageNotFoundError:
        spec = find_spec(engine(name).PACKAGE)
        assert spec is not None
        assert spec.origin is not None
        return sum(file.stat().st_size for file in Path(spec.origin).parent.rglob("*") if file.is_file())
