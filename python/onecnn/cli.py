# SPDX-License-Identifier: Apache-2.0
"""The ``onecnn`` command. Each subcommand imports what it needs itself, so that ``--help`` is quick."""

from __future__ import annotations

import sys
import zipfile
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

try:
    import typer
except ModuleNotFoundError:
    sys.exit("The onecnn command needs more packages: pip install 'onecnn[service]'")

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from onecnn import Model
    from onecnn._profile import Benchmark, Profile

app = typer.Typer(help="CNN inference on oneDNN.", no_args_is_help=True, add_completion=False)


class LogLevel(str, Enum):
    """How much is logged."""

    debug = "debug"
    info = "info"
    warning = "warning"
    error = "error"


class LogFormat(str, Enum):
    """How a record is written."""

    console = "console"
    json = "json"


ModelPath = Annotated[Path, typer.Argument(metavar="MODEL", help="An ONNX file.", show_default=False)]
Threads = Annotated[int | None, typer.Option(min=1, help="Lanes to use; by default all that may be used.")]


def main() -> None:
    """Run the command line in ``sys.argv``."""
    app(prog_name="onecnn")


def _fail(sentence: str) -> NoReturn:
    typer.echo(f"onecnn: {sentence}", err=True)
    raise typer.Exit(1)


@app.command()
def info(model: ModelPath) -> None:
    """Describe a model: its inputs, outputs, operators and metadata."""
    import onecnn

    try:
        loaded = onecnn.load(model)
    except (onecnn.Error, OSError) as error:
        _fail(str(error))
    typer.echo(loaded.summary())
    for key, value in loaded.metadata.items():
        typer.echo(f"{key}: {value}")


@app.command()
def run(
    model: ModelPath,
    inputs: Annotated[
        list[str], typer.Option("--input", "-i", metavar="NAME=FILE.npy", help="An input tensor; once for each input.")
    ],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the outputs to this .npz file.")] = None,
    threads: Threads = None,
) -> None:
    """Run a model on NumPy files and print or save its outputs."""
    import numpy as np

    import onecnn

    try:
        feeds = {}
        for each in inputs:
            name, separator, file = each.partition("=")
            if not separator:
                _fail(f"--input: expected NAME=FILE.npy, got {each!r}.")
            feeds[name] = np.load(file, allow_pickle=False)
        outputs = onecnn.load(model, threads=threads).run(feeds)
        if output is not None:
            _save(output, outputs)
            return
    except (onecnn.Error, OSError, ValueError, EOFError) as error:
        _fail(str(error))
    for name, value in outputs.items():
        typer.echo(f"{name} {value.dtype} {list(value.shape)}\n{value}")


def _save(path: Path, tensors: dict[str, NDArray[Any]]) -> None:
    """Write an .npz; not by `numpy.savez`, which takes tensors called ``file`` or ``allow_pickle`` for its options."""
    from numpy.lib import format as npy

    with zipfile.ZipFile(path, "w") as archive:
        for name, value in tensors.items():
            with archive.open(f"{name}.npy", "w") as stream:
                npy.write_array(stream, value, allow_pickle=False)


Batch = Annotated[int, typer.Option(min=1, help="The first dimension, where the model leaves it open.")]
InputShapes = Annotated[
    list[str] | None,
    typer.Option("--input-shape", metavar="[NAME=]N,C,H,W", help="An input's shape, where the model leaves it open."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def profile(
    model: ModelPath,
    threads: Threads = None,
    batch: Batch = 1,
    input_shape: InputShapes = None,
    runs: Annotated[int, typer.Option(min=1, help="Runs that are timed.")] = 20,
    json: AsJson = False,
) -> None:
    """Time every step of a model on random inputs: implementation, GFLOP/s, share of the FMA units' peak."""
    import onecnn

    try:
        loaded = onecnn.load(model, threads=threads)
        measured = loaded.profile(*_random_inputs(loaded, input_shape, batch), runs=runs)
    except (onecnn.Error, OSError) as error:
        _fail(str(error))
    _print_measured(measured, as_json=json)


@app.command()
def bench(
    model: ModelPath,
    threads: Threads = None,
    batch: Batch = 1,
    input_shape: InputShapes = None,
    seconds: Annotated[float, typer.Option(min=0, help="For how long.")] = 2.0,
    json: AsJson = False,
) -> None:
    """Time a model on random inputs: latency and throughput of one caller."""
    import onecnn

    try:
        loaded = onecnn.load(model, threads=threads)
        measured = loaded.benchmark(*_random_inputs(loaded, input_shape, batch), seconds=seconds)
    except (onecnn.Error, OSError) as error:
        _fail(str(error))
    _print_measured(measured, as_json=json)


@app.command("compile")
def compile_model(
    model: ModelPath,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.", show_default=False)],
    batch: Batch = 1,
    input_shape: InputShapes = None,
    deterministic: Annotated[bool, typer.Option("--deterministic", help="The same bits for any batch.")] = False,
    memory: Annotated[str, typer.Option(help="'low' forgoes larger forms of weights that are only faster.")] = "normal",
    tune: Annotated[
        bool, typer.Option("--tune", help="Measure ways of computing convolutions, keep the fastest.")
    ] = False,
) -> None:
    """Write a file that loads in a fraction of the time, for this version and this processor's instructions."""
    import contextlib

    from rich.console import Console

    import onecnn

    waiting = Console(stderr=True).status("tuning: some hundred runs") if tune else contextlib.nullcontext()
    try:
        with waiting:
            loaded = onecnn.load(model, deterministic=deterministic, memory=memory, tune=tune)
            loaded(*_random_inputs(loaded, input_shape, batch))
        loaded.save_compiled(output, source=model)
    except (onecnn.Error, OSError) as error:
        _fail(str(error))


def _random_inputs(model: Model, shapes: list[str] | None, batch: int) -> tuple[NDArray[Any], ...]:
    from onecnn._random_inputs import random_inputs

    given: dict[str, list[int]] = {}
    for each in shapes or ():
        name, _, dims = each.rpartition("=")
        try:
            given[name or model.inputs[0].name] = [int(dim) for dim in dims.split(",")]
        except (ValueError, IndexError):
            _fail(f"--input-shape: expected [NAME=]N,C,H,W, got {each!r}.")
    return random_inputs(model.inputs, given, batch=batch)


def _print_measured(measured: Benchmark | Profile, *, as_json: bool) -> None:
    import dataclasses
    import json

    typer.echo(json.dumps(dataclasses.asdict(measured), indent=1) if as_json else str(measured))


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8000,
    models: Annotated[
        Path | None,
        typer.Option(help="Directory with NAME.onnx or NAME/VERSION/model.onnx; by default the bundled models."),
    ] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Lanes that one inference may use.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Predictions computed at the same time.")] = None,
    queue: Annotated[int, typer.Option(min=0, help="Predictions that may wait; one more is answered 429.")] = 64,
    max_body_mib: Annotated[int, typer.Option(min=1, help="Largest request body in MiB.")] = 16,
    drain_seconds: Annotated[
        float, typer.Option(min=0, help="After SIGTERM: be unready for so long before the port closes.")
    ] = 0.0,
    cors_origin: Annotated[
        list[str] | None, typer.Option(help="Origin whose pages may call the service; may be repeated.")
    ] = None,
    log_level: Annotated[LogLevel, typer.Option(help="How much is logged.")] = LogLevel.info,
    log_format: Annotated[LogFormat, typer.Option(help="For a person, or one JSON object a line.")] = LogFormat.console,
) -> None:
    """Serve models over HTTP, with web pages to try them."""
    try:
        from onecnn_service import logs
        from onecnn_service.serve import CannotServe
        from onecnn_service.serve import serve as serve_forever
        from onecnn_service.settings import Settings
    except ModuleNotFoundError as error:
        _fail(f"Serving needs the package {error.name!r}: pip install 'onecnn[service]'")

    defaults = Settings()
    settings = Settings(
        models=models,
        threads=threads,
        workers=workers or defaults.workers,
        queue=queue,
        max_body_bytes=max_body_mib * 1024 * 1024,
        drain_seconds=drain_seconds,
        cors_origins=tuple(cors_origin or ()),
    )
    logs.configure(logs.Level(log_level.value), logs.Format(log_format.value))
    try:
        serve_forever(settings, host, port)
    except CannotServe as error:
        _fail(str(error))
