# SPDX-License-Identifier: Apache-2.0
"""Running cases in a process that may crash or hang."""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from importlib import import_module
from multiprocessing.connection import Connection

from cases import Case, Cases
from isolation import isolate


def outcomes(cases: Cases, selected: Sequence[Case], backend: str, limit: float) -> Iterator[tuple[str, str | None]]:
    """Run cases one after the other and yield each one's name and fault, None where it passes.

    Parameters
    ----------
    cases, selected
        All of them, and those that run.
    backend : str
        The module with ONNX's backend interface. Only processes of their own import it.
    limit : float
        The seconds that one case may take.

    Raises
    ------
    RuntimeError
        The backend cannot be imported.
    """
    left = list(selected)
    context = multiprocessing.get_context("fork")  # a new process has the cases at once
    while left:
        reader, writer = context.Pipe(duplex=False)
        process = context.Process(target=_run_in_order, args=(cases, left, backend, writer))
        process.start()
        writer.close()
        try:
            reader.recv()
        except EOFError:
            raise RuntimeError(f"{backend} cannot be imported") from None
        while left:
            name = left.pop(0).name
            if not reader.poll(limit):
                process.kill()
                yield name, f"took more than {limit:g} s"
                break
            try:
                yield name, reader.recv()
            except EOFError:
                process.join()
                yield name, f"ended the process: {_end(process.exitcode)}"
                break
        process.join()


def _end(code: int | None) -> str:
    return signal.Signals(-code).name if code is not None and code < 0 else f"exit status {code}"


def _run_in_order(cases: Cases, selected: Sequence[Case], backend: str, answers: Connection) -> None:
    if backend != "onnxruntime.backend":
        isolate(backend.partition(".")[0])
    cases.use(import_module(backend))
    answers.send(None)
    with tempfile.TemporaryDirectory() as home, warnings.catch_warnings():
        os.environ["ONNX_HOME"] = home  # the runner writes the data of the group "real" there
        warnings.simplefilter("ignore")
        for case in selected:
            answers.send(_fault(case))


def _fault(case: Case) -> str | None:
    try:
        case.run()
    except Exception as failure:  # SkipTest too: what does not run does not pass
        return f"{type(failure).__name__}: {failure}"
    return None
