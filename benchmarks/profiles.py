# SPDX-License-Identifier: Apache-2.0
"""Where our own time goes: what `onecnn profile` prints of a model, by kind of step, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass

from .models import MODELS, ROOT

_PROGRAM = """
import json, sys
name, threads = json.loads(sys.argv[1])
import onecnn
from benchmarks.models import MODELS
from benchmarks.worker import first_input
profile = onecnn.load(MODELS[name].path, threads=threads).profile(first_input((1, *MODELS[name].row)), runs=30)
parts = {}
for step in profile.steps:
    kind = step.implementation.split(":")[0]
    part = parts.setdefault(f"{step.op_type} by {kind}" if step.gflops else step.op_type, [0.0, 0.0, 0.0])
    part[0] += step.min_seconds
    if step.peak_share:
        part[1] += step.min_seconds
        part[2] += step.min_seconds * step.peak_share
print(json.dumps([profile.min_seconds, parts]))
"""


@dataclass
class Part:
    """All steps of one kind.

    Attributes
    ----------
    what
        The operator, and where it multiplies what does it.
    share
        Of the time of all steps.
    peak_share
        The mean share of what their lanes' FMA units give; None where they do not multiply.
    """

    what: str
    share: float
    peak_share: float | None


@dataclass
class Profile:
    """One model on so many threads: the shortest run, and its parts, the longest first."""

    model: str
    threads: int
    seconds: float
    parts: list[Part]


def measure(model: str, threads: int) -> Profile:
    """Profile a model, batch 1."""
    MODELS[model].ready()
    command = [sys.executable, "-c", _PROGRAM, json.dumps([model, threads])]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    seconds, known = json.loads(done.stdout.splitlines()[-1])
    total = sum(part[0] for part in known.values())
    parts = [
        Part(what, spent / total, of_peak / multiplying if multiplying else None)
        for what, (spent, multiplying, of_peak) in known.items()
    ]
    return Profile(model, threads, seconds, sorted(parts, key=lambda part: -part.share))
