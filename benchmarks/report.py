# SPDX-License-Identifier: Apache-2.0
"""Results as Markdown tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

from .compare import Cell
from .engines import ENGINES, OURS, REFERENCE
from .models import MODELS, TOPOLOGIES
from .profiles import Part
from .results import Results
from .startup import package_bytes

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def write_into(path: Path, text: str) -> None:
    """Put the text between the two marks of a document, at its end where there are none."""
    document = path.read_text() if path.exists() else "# Performance\n"
    if BEGIN not in document:
        document = f"{document.rstrip()}\n\n{BEGIN}\n{END}\n"
    before, rest = document.split(BEGIN, 1)
    _, after = rest.split(END, 1)
    path.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


def markdown(results: Results) -> str:
    """Give all that was measured."""
    sections = (
        _speed(results),
        _profiles(results),
        _startup(results),
        _callers(results),
        _sizes(results),
        _int8(results),
    )
    return "\n\n".join([f"Measured on: {results.machine}.", *(section for section in sections if section)])


def cell_line(cell: Cell) -> str:
    """Give one cell in a line."""
    times = ", ".join(f"{name} {_milliseconds(timing.minimum)}" for name, timing in cell.timings.items())
    peer = cell.best_peer()
    if peer is None or OURS not in cell.timings:
        return f"{times} ms"
    return f"{times} ms; {cell.ratio(peer).value:.2f} × {peer}"


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [titles, ["---", *["---:"] * (len(titles) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.3g}" if seconds < 0.1 else f"{seconds * 1e3:.0f}"


def _mebibytes(size: float) -> str:
    return f"{size / 2**20:.1f}"


def _engines(cells: Iterable[Cell]) -> list[str]:
    measured = {name for cell in cells for name in cell.timings}
    return [name for name in ENGINES if name in measured]


def _speed(results: Results) -> str:
    single = [cell for cell in results.cells.values() if cell.batch == 1]
    batched = [cell for cell in results.cells.values() if cell.batch > 1]
    parts = []
    if single:
        parts += ["### Latency\n", _LATENCY, "", _cell_table(single, batched=False), "", *_means(single)]
    if batched:
        parts += ["\n### Throughput\n", _THROUGHPUT, "", _cell_table(batched, batched=True)]
    return "\n".join(parts)


_LATENCY = (
    "One caller, batch 1: the shortest call in ms, import and load not counted. The ratio is the best peer's time by "
    "ours, in brackets its range over pairs of blocks, then the same by the blocks' medians. An engine marked ✗ gives "
    "results further than 1e-2 from ONNX Runtime's and is no peer there; no number: it cannot run the model."
)
_THROUGHPUT = "Images a second by the shortest call; ncnn, which has no batches, is given them one by one."


def _cell_table(cells: list[Cell], *, batched: bool) -> str:
    engines = _engines(cells)
    rows = []
    order = list(MODELS)
    for cell in sorted(cells, key=lambda each: (each.threads, order.index(each.model), each.batch)):
        row = [cell.model, *([str(cell.batch)] if batched else []), str(cell.threads)]
        for name in engines:
            row.append(_speed_of(cell, name, batched=batched))
        peer = cell.best_peer()
        if peer is None or OURS not in cell.timings:
            row += ["", ""]
        else:
            ratio = cell.ratio(peer)
            row += [f"{ratio.value:.2f} ({ratio.low:.2f}–{ratio.high:.2f})", f"{ratio.by_medians:.2f}"]
        rows.append(row)
    titles = ["model", *(["batch"] if batched else []), "T", *engines, "ratio to the best peer", "by medians"]
    return _table(titles, rows)


def _speed_of(cell: Cell, name: str, *, batched: bool) -> str:
    if name not in cell.timings:
        return ""
    minimum = cell.timings[name].minimum
    text = f"{cell.batch / minimum:.0f}" if batched else _milliseconds(minimum)
    if name == cell.best_peer():
        text = f"**{text}**"
    return text if cell.right(name) else f"{text} ✗"


def _means(cells: list[Cell]) -> list[str]:
    lines = []
    for threads in sorted({cell.threads for cell in cells}):
        ratios = {
            cell.model: cell.ratio(peer).value
            for cell in cells
            if cell.threads == threads and cell.model in TOPOLOGIES and OURS in cell.timings
            if (peer := cell.best_peer()) is not None
        }
        if ratios:
            mean = math.exp(sum(map(math.log, ratios.values())) / len(ratios))
            lowest = min(ratios, key=lambda name: ratios[name])
            lines.append(
                f"T={threads}: the {len(ratios)} topologies' geometric mean is {mean:.2f}, the lowest "
                f"{ratios[lowest]:.2f} ({lowest}).\n"
            )
    return lines


def _profiles(results: Results) -> str:
    if not results.profiles:
        return ""
    rows = []
    for each in results.profiles.values():
        parts = [part for part in each.parts if part.share >= 0.02]
        rows.append([each.model, str(each.threads), _milliseconds(each.seconds), "; ".join(map(_part, parts))])
    text = (
        "Where our time goes, batch 1, by `Model.profile`: each kind of step's share of the time, and in brackets the "
        "share of the FMA units' peak at which it multiplies. Winograd's algorithm is counted by the multiplications "
        "that it makes. What takes less than 2 % is left out."
    )
    return f"### Profiles\n\n{text}\n\n{_table(['model', 'T', 'ms', 'steps'], rows)}"


def _part(part: Part) -> str:
    rate = "" if part.peak_share is None else f" ({part.peak_share:.0%})"
    return f"{part.what} {part.share:.0%}{rate}"


def _startup(results: Results) -> str:
    if not results.startups:
        return ""
    rows = []
    for key, each in results.startups.items():
        reference = results.startups.get(f"{each.model}/{REFERENCE}")
        by_time = "" if reference is None else f"{each.median / reference.median:.2f}"
        by_memory = "" if reference is None else f"{each.peak_bytes / reference.peak_bytes:.2f}"
        rows.append(
            [
                key.replace("/", ", "),
                _milliseconds(each.median),
                by_time,
                _mebibytes(each.peak_bytes),
                by_memory,
                _mebibytes(each.resident_bytes),
                _mebibytes(package_bytes(each.engine)),
            ]
        )
    titles = ["model, engine", "first result, ms", "× ONNX Runtime", "peak, MiB", "× ONNX Runtime", "after, MiB"]
    text = (
        "Import, load and first result in a fresh process that has numpy, T=1, the median of processes; the most "
        "memory that the process ever had, and what it has after 20 runs; the installed package without its "
        'dependencies. onecnn_compiled is onecnn from a compiled file, onecnn_low with memory="low".'
    )
    return f"### Start, memory, size\n\n{text}\n\n{_table([*titles, 'package, MiB'], rows)}"


def _callers(results: Results) -> str:
    if not results.callers:
        return ""
    rows = [
        [
            name,
            f"{each.one:.1f}",
            f"{each.four:.1f}",
            f"{each.gain:.2f}",
            _milliseconds(results.busy[name].alone),
            _milliseconds(results.busy[name].beside),
            f"{results.busy[name].loss:.2f}",
        ]
        for name, each in results.callers.items()
    ]
    titles = [
        "ResNet-50",
        "one caller, T=1, a second",
        "four callers",
        "ratio",
        "T=2 alone, median ms",
        "busy",
        "ratio",
    ]
    text = "Four threads on one model, against one; and one caller on two threads beside a process that never stops."
    return f"### Several callers, a busy neighbour\n\n{text}\n\n{_table(titles, rows)}"


def _sizes(results: Results) -> str:
    sizes = results.input_sizes
    if sizes is None:
        return ""
    return (
        f"### {sizes.sizes:,} input sizes\n\nResident memory is {_mebibytes(sizes.middle_bytes)} MiB after the first "
        f"half and {_mebibytes(sizes.growth)} MiB more after the second. A size that is repeated then takes "
        f"{_milliseconds(sizes.repeated_seconds)} ms, in a model that has seen no other "
        f"{_milliseconds(sizes.fixed_seconds)} ms."
    )


def _int8(results: Results) -> str:
    if not results.int8:
        return ""
    engines = [name for name in ENGINES if any(name in each.seconds for each in results.int8.values())]
    rows = []
    for each in results.int8.values():
        times = [_milliseconds(each.seconds[name]) if name in each.seconds else "" for name in engines]
        steps = [f"{each.steps[name]:.2f}" if name in each.steps else "" for name in engines]
        rows.append([each.model, str(each.threads), *times, _milliseconds(each.float32_seconds), " / ".join(steps)])
    titles = ["model", "T", *engines, "our float32", "steps from dequantised"]
    text = "QDQ with a scale for each output channel: the shortest call in ms."
    return f"### int8\n\n{text}\n\n{_table(titles, rows)}"
