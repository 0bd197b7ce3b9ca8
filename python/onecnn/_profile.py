# SPDX-License-Identifier: Apache-2.0
"""What `Model.profile` and `Model.benchmark` give."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SlotProfile:
    """A tensor that a step reads or writes.

    Attributes
    ----------
    dtype
        As NumPy names it; "undefined" for what is no tensor of the model's.
    shape
        Its dimensions, in ONNX's order whatever the layout.
    layout
        "row_major", "channels_last" or "constant".
    bytes
        What it takes.
    """

    dtype: str
    shape: tuple[int, ...]
    layout: str
    bytes: int


@dataclass(frozen=True, slots=True)
class StepProfile:
    """One step of a plan.

    Attributes
    ----------
    node
        The name of the node it came from.
    op_type
        The node's operator; Reorder and Copy are the library's own.
    implementation
        What does the work, as oneDNN or onecnn names it.
    calls
        How often it ran, in all runs.
    lanes
        Threads it may take.
    min_seconds, median_seconds, total_seconds
        Of a call, and of all calls.
    gflops
        At its shortest; None where it does no arithmetic to speak of.
    peak_share
        Its part of what its lanes' FMA units give; None likewise.
    bytes
        Read and written.
    reads, writes
        The tensors.
    """

    node: str
    op_type: str
    implementation: str
    calls: int
    lanes: int
    min_seconds: float
    median_seconds: float
    total_seconds: float
    gflops: float | None
    peak_share: float | None
    bytes: int
    reads: tuple[SlotProfile, ...]
    writes: tuple[SlotProfile, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """What the steps of a model took; `str()` is a table.

    Attributes
    ----------
    runs, threads
        How many runs were timed, and the most threads of one.
    lane_peak_gflops, lane_vectors
        What one core's float32 FMA units gave just before, and the instruction set.
    min_seconds, median_seconds, mean_seconds
        Of a run.
    mean_seconds_outside_steps
        Of a run, what no step took.
    arena_bytes
        Memory for intermediate tensors.
    reorders, reorder_bytes
        Steps that only change a layout, and the bytes they read and write.
    steps
        In the order in which they ran.
    """

    runs: int
    threads: int
    lane_peak_gflops: float
    lane_vectors: str
    min_seconds: float
    median_seconds: float
    mean_seconds: float
    mean_seconds_outside_steps: float
    arena_bytes: int
    reorders: int
    reorder_bytes: int
    steps: tuple[StepProfile, ...]

    def __str__(self) -> str:
        peak = f"{self.lane_peak_gflops:.0f} GFLOP/s a core ({self.lane_vectors})"
        lines = [
            f"{self.runs} runs, {self.threads} threads: min {self.min_seconds * 1e3:.3f} ms, "
            f"median {self.median_seconds * 1e3:.3f} ms; outside steps {self.mean_seconds_outside_steps * 1e3:.3f} ms",
            f"peak {peak}; {self.reorders} reorders move {self.reorder_bytes / 1e6:.2f} MB; "
            f"arena {self.arena_bytes / 1e6:.2f} MB",
            *_table([_TITLES, *(_cells(step, self) for step in self.steps)]),
        ]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """How fast a model answers one caller.

    Attributes
    ----------
    runs, threads
        How many runs were timed, and the most threads of one.
    min_seconds, median_seconds, p90_seconds
        Of a run.
    batch
        Rows of a run: the first input's first dimension.
    rows_per_second
        By the median.
    """

    runs: int
    threads: int
    min_seconds: float
    median_seconds: float
    p90_seconds: float
    batch: int

    @property
    def rows_per_second(self) -> float:
        """Throughput, by the median."""
        return self.batch / self.median_seconds

    def __str__(self) -> str:
        times = (self.min_seconds, self.median_seconds, self.p90_seconds)
        low, middle, high = (f"{seconds * 1e3:.3f}" for seconds in times)
        return (
            f"{self.runs} runs, {self.threads} threads: min {low} ms, median {middle} ms, p90 {high} ms, "
            f"{self.rows_per_second:.1f} rows a second"
        )


def parse(text: str) -> Profile:
    """Read the core's JSON."""
    known: dict[str, Any] = json.loads(text)
    known["steps"] = tuple(_step(step) for step in known["steps"])
    return Profile(**{name: known[name] for name in Profile.__slots__})


def summarize(seconds: list[float], threads: int, batch: int) -> Benchmark:
    """Sum up the times of runs, of which there must be one."""
    ranked = sorted(seconds)

    def quantile(q: float) -> float:
        return ranked[math.ceil(q * len(ranked)) - 1]

    return Benchmark(len(ranked), threads, ranked[0], quantile(0.5), quantile(0.9), batch)


def _step(known: dict[str, Any]) -> StepProfile:
    for key in ("reads", "writes"):
        known[key] = tuple(
            SlotProfile(slot["dtype"], tuple(slot["shape"]), slot["layout"], slot["bytes"]) for slot in known[key]
        )
    return StepProfile(**{name: known[name] for name in StepProfile.__slots__})


_TITLES = ("ms", "%", "GFLOP/s", "peak", "MB", "lanes", "operator", "implementation", "node", "tensors")


def _cells(step: StepProfile, whole: Profile) -> tuple[str, ...]:
    share = step.total_seconds / (whole.mean_seconds * whole.runs)
    return (
        f"{step.min_seconds * 1e3:.3f}",
        f"{share:.1%}",
        "" if step.gflops is None else f"{step.gflops:.1f}",
        "" if step.peak_share is None else f"{step.peak_share:.0%}",
        f"{step.bytes / 1e6:.2f}",
        str(step.lanes),
        step.op_type,
        step.implementation,
        step.node,
        f"{', '.join(map(_tensor, step.reads))} -> {', '.join(map(_tensor, step.writes))}",
    )


def _tensor(slot: SlotProfile) -> str:
    if slot.dtype == "undefined":
        return "scratch"
    dims = "×".join(map(str, slot.shape)) or "1"
    return f"{dims} nhwc" if slot.layout == "channels_last" else dims


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(_TITLES))]
    numbers = 6
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if column < numbers else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines
