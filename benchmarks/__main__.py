# SPDX-License-Identifier: Apache-2.0
"""Measure onecnn beside its peers: ``make bench``, or ``python -m benchmarks --help`` for a part of it.

What is measured goes to ``build/benchmarks/results.json`` and, as tables, to the screen; with ``--write`` to
``docs/performance.md`` too.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from . import callers, input_sizes, int8, machine, profiles, report, startup
from .compare import compare
from .engines import ENGINES, OURS, version
from .models import MODELS, ROOT, TOPOLOGIES
from .results import Results, load

RESULTS = ROOT / "build/benchmarks/results.json"
FLOAT_MODELS = tuple(name for name in MODELS if name not in int8.ORIGINALS)
STARTUP_MODELS = ("mnist_cnn", "resnet50")
GROUPS = {"topologies": TOPOLOGIES, "all": FLOAT_MODELS}

Step = tuple[str, Callable[[], None]]


def main() -> None:
    """Measure what the options ask for; fail where our results are wrong."""
    options = _options()
    engines = [name for name in options.engines if version(name) is not None]
    for name in set(options.engines) - set(engines):
        print(f"{name} is not installed: left out", file=sys.stderr)
    found = machine.describe()
    results = load(options.results) if options.add and options.results.exists() else Results(found)
    results.machine = found
    steps = list(_steps(options, engines, results))
    for index, (what, measure) in enumerate(steps):
        print(f"[{index + 1}/{len(steps)}] {what}", file=sys.stderr, flush=True)
        measure()
        results.save(options.results)
    text = report.markdown(results)
    print(text)
    if options.write:
        report.write_into(ROOT / "docs/performance.md", text)
    if wrong := [key for key, cell in results.cells.items() if OURS in cell.timings and not cell.right(OURS)]:
        raise SystemExit(f"our results are wrong: {', '.join(wrong)}")


def _options() -> argparse.Namespace:
    cpus = len(os.sched_getaffinity(0))
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    models = parser.add_argument("--models", nargs="+", choices=(*MODELS, *GROUPS), default=["all"])
    models.metavar = "MODEL"
    models.help = f"of: {', '.join((*GROUPS, *FLOAT_MODELS))} (default: all)"
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--threads", nargs="+", type=int, default=sorted({1, cpus}), help="threads of a call")
    parser.add_argument("--batches", nargs="+", type=int, help="first dimensions, of those that a model is measured at")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each engine in each cell (default: 2)")
    parser.add_argument("--blocks", type=int, default=5, help="pieces of that, in turn (default: 5)")
    parser.add_argument("--sections", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    parser.add_argument("--results", type=Path, default=RESULTS, help="the JSON file")
    parser.add_argument("--add", action="store_true", help="add to the JSON file rather than begin a new one")
    parser.add_argument("--write", action="store_true", help="renew the tables in docs/performance.md")
    options = parser.parse_args()
    options.models = list(dict.fromkeys(each for name in options.models for each in GROUPS.get(name, (name,))))
    return options


def _cells(options: argparse.Namespace, engines: list[str], results: Results) -> Iterator[Step]:
    for name in options.models:
        if name in int8.ORIGINALS:
            continue
        model = MODELS[name]
        if not model.ready():
            print(f"{name} cannot be made here: left out", file=sys.stderr)
            continue
        for batch in model.batches:
            if options.batches is not None and batch not in options.batches:
                continue
            for threads in options.threads:

                def measure(name: str = name, batch: int = batch, threads: int = threads) -> None:
                    cell = compare(
                        engines, name, batch=batch, threads=threads, seconds=options.seconds, blocks=options.blocks
                    )
                    results.add(cell)
                    print(f"    {report.cell_line(cell)}", file=sys.stderr, flush=True)

                yield f"{name}, batch {batch}, T={threads}", measure


def _startups(options: argparse.Namespace, engines: list[str], results: Results) -> Iterator[Step]:
    for name in STARTUP_MODELS:
        if name not in options.models:
            continue

        def measure(name: str = name) -> None:
            forms = [*engines, *(["onecnn_compiled", "onecnn_low"] if OURS in engines else [])]
            for each in startup.measure(forms, name, processes=options.blocks):
                results.startups[f"{name}/{each.engine}"] = each

        yield f"starting with {name}", measure


def _callers(options: argparse.Namespace, engines: list[str], results: Results) -> Iterator[Step]:
    if callers.MODEL not in options.models:
        return
    MODELS[callers.MODEL].ready()
    for name in engines:
        if name not in callers.ENGINES:
            continue

        def measure(name: str = name) -> None:
            results.callers[name] = callers.measure_callers(name, options.seconds)
            results.busy[name] = callers.measure_busy(name, options.seconds)

        yield f"four callers, and a busy neighbour: {name}", measure


def _profiles(options: argparse.Namespace, engines: list[str], results: Results) -> Iterator[Step]:
    for name in options.models:
        if name not in TOPOLOGIES or OURS not in engines or not MODELS[name].ready():
            continue
        for threads in options.threads:

            def measure(name: str = name, threads: int = threads) -> None:
                results.profiles[f"{name}/{threads}"] = profiles.measure(name, threads)

            yield f"profile of {name}, T={threads}", measure


def _sizes(options: argparse.Namespace, engines: list[str], results: Results) -> Iterator[Step]:
    def measure() -> None:
        results.input_sizes = input_sizes.measure()

    if OURS in engines:
        yield f"{input_sizes.SIZES} input sizes", measure


def _int8(options: argparse.Namespace, engines: list[str], results: Results) -> Iterator[Step]:
    for name, original in int8.ORIGINALS.items():
        if name not in options.models and original not in options.models:
            continue
        for threads in options.threads:

            def measure(name: str = name, threads: int = threads) -> None:
                results.int8[f"{name}/{threads}"] = int8.measure(
                    name, engines, threads=threads, seconds=options.seconds, blocks=options.blocks
                )

            yield f"{name}, T={threads}", measure


SECTIONS: dict[str, Callable[[argparse.Namespace, list[str], Results], Iterator[Step]]] = {
    "speed": _cells,
    "profiles": _profiles,
    "startup": _startups,
    "callers": _callers,
    "sizes": _sizes,
    "int8": _int8,
}


def _steps(options: argparse.Namespace, engines: list[str], results: Results) -> Iterator[Step]:
    for section in options.sections:
        yield from SECTIONS[section](options, engines, results)


if __name__ == "__main__":
    main()
