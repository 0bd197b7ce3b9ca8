# SPDX-License-Identifier: Apache-2.0
"""A loaded model."""

from __future__ import annotations

import os
from collections.abc import Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from . import _core
from ._errors import InvalidArgument
from ._tensor_spec import TensorSpec

if TYPE_CHECKING:
    from ._profile import Benchmark, Profile

Array = np.ndarray[Any, np.dtype[Any]]


class Model:
    """A loaded ONNX model; `onecnn.load` makes it.

    Any number of threads may call one model at once: the GIL is released while it runs. It cannot be
    pickled; each process loads its own.

    An input is an ndarray of the input's dtype, taken without a copy when it is C-contiguous, or an
    array-like: Python numbers and sequences of them take the input's dtype, everything else keeps its own.
    An array of another dtype is an error and never converted. Strings go in as arrays or lists of str (or
    bytes) and come out as arrays of objects; sequences are lists, maps dicts, an optional that holds
    nothing is None.
    """

    __slots__ = ("__weakref__", "_core", "_input_names", "_inputs", "_output_names", "_outputs", "_run")

    def __init__(self, core: _core.Model) -> None:
        self._core = core
        self._run = core.run
        self._inputs = tuple(TensorSpec(*spec) for spec in core.inputs())
        self._outputs = tuple(TensorSpec(*spec) for spec in core.outputs())
        self._input_names = tuple(spec.name for spec in self._inputs)
        self._output_names = tuple(spec.name for spec in self._outputs)

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """What it takes, in its own order."""
        return self._inputs

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        """What it gives, in its own order."""
        return self._outputs

    @property
    def metadata(self) -> dict[str, str]:
        """The model's own key-value pairs, ONNX's ``metadata_props``."""
        return dict(self._core.metadata())

    # A caller knows how many outputs the model has, a type checker doesn't: a union would need narrowing each time.
    def __call__(self, *inputs: object) -> Any:  # noqa: ANN401
        """Run once on inputs in the model's order.

        Parameters
        ----------
        *inputs : array-like
            One for each of `Model.inputs`.

        Returns
        -------
        numpy.ndarray or tuple of numpy.ndarray
            The output, or a tuple when there are several.

        Raises
        ------
        InvalidArgument
            The number of inputs, a dtype or a shape is not what the model takes.
        Error
            Anything else that stops a run, by its subclasses.
        """
        outputs = self._run(inputs)
        return outputs[0] if len(outputs) == 1 else outputs

    def run(self, inputs: Mapping[str, object]) -> dict[str, Array]:
        """Run once on inputs by name.

        Parameters
        ----------
        inputs : mapping of str to array-like
            One for each of `Model.inputs`.

        Returns
        -------
        dict of str to numpy.ndarray
            The outputs by name, in the model's order.

        Raises
        ------
        InvalidArgument
            A name is missing or unknown, or a dtype or shape is not what the model takes.
        Error
            Anything else that stops a run, by its subclasses.
        """
        names = self._input_names
        if len(inputs) != len(names) or any(name not in inputs for name in names):
            raise InvalidArgument(_name_faults(names, inputs))
        outputs = self._run(tuple([inputs[name] for name in names]))
        return dict(zip(self._output_names, outputs, strict=True))

    def property(self, key: str) -> str:
        """Give a text that the model carries.

        Parameters
        ----------
        key : {"producer_name", "producer_version", "domain", "description", "graph_name", \
"graph_description", "summary"}

        Raises
        ------
        InvalidArgument
            There is no such property.
        """
        text = self._core.property(key)
        if text is None:
            raise InvalidArgument(f"a model has no property {key!r}")
        return text

    def summary(self) -> str:
        """Give a table of the nodes that run, for people."""
        return self.property("summary")

    def stats(self) -> dict[str, int]:
        """Give figures of the model and of the plans it keeps.

        Returns
        -------
        dict of str to int
            Versions and counts; `weight_bytes` and `plan_bytes` in bytes, `parameters` in elements.
        """
        return {key: self._core.stat(key) for key in self._core.stat_keys()}

    def profile(self, *inputs: object, runs: int = 20) -> Profile:
        """Time every step of the plan that these inputs run.

        Parameters
        ----------
        *inputs : array-like
            One for each of `Model.inputs`; none at all: random ones, dimensions that the model leaves open
            being 1.
        runs : int, optional
            How many runs are timed, after one that is not.

        Returns
        -------
        Profile
            Steps with their implementation, times, GFLOP/s and share of the FMA units' peak; `str()` is a
            table.

        Raises
        ------
        InvalidArgument
            What `__call__` refuses, or fewer than one run.
        """
        from ._profile import parse

        return parse(self._core.profile(inputs or self._random_inputs(), runs))

    def benchmark(self, *inputs: object, seconds: float = 2.0) -> Benchmark:
        """Time runs, one after another, on the same inputs.

        Parameters
        ----------
        *inputs : array-like
            As for `profile`.
        seconds : float, optional
            For how long, after three runs that are not counted; one run is timed at the least.

        Returns
        -------
        Benchmark
            The shortest, median and 90th percentile time, and the throughput.
        """
        from ._profile import summarize

        arguments = inputs or self._random_inputs()
        for _ in range(3):
            self._run(arguments)
        times: list[float] = []
        now = perf_counter()
        end = now + seconds
        while now < end or not times:
            begin = perf_counter()
            self._run(arguments)
            now = perf_counter()
            times.append(now - begin)
        dims = np.asarray(arguments[0]).shape if arguments else ()
        return summarize(times, self._core.stat("threads"), dims[0] if dims else 1)

    def _random_inputs(self) -> tuple[Array, ...]:
        from ._random_inputs import random_inputs

        return random_inputs(self._inputs)

    def save_compiled(self, path: str | os.PathLike[str], *, source: str | os.PathLike[str] | None = None) -> None:
        """Write a compiled file, which `onecnn.load` takes and loads in a fraction of the time.

        It holds the graph as it runs, its weights, and these again as the plans there are have packed them:
        those of the input shapes that have been run, or that the model fixes. Other shapes run from the file
        all the same, at the cost of packing.

        Parameters
        ----------
        path
            Where to; a file that is there is replaced once the new one is whole.
        source
            The ONNX file this was loaded from, for `onecnn.load(path, compiled_from=...)` to compare.

        Raises
        ------
        IOFailure
            The file cannot be written, or `source` not read.
        """
        self._core.save_compiled(_encoded(path), b"" if source is None else _encoded(source))

    def trim(self) -> None:
        """Give back the plans and buffers that no run is using; they are made again when needed."""
        self._core.trim()

    def __repr__(self) -> str:
        inputs = ", ".join(_described(spec) for spec in self._inputs)
        outputs = ", ".join(_described(spec) for spec in self._outputs)
        return f"<onecnn.Model {inputs} -> {outputs}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an onecnn.Model cannot be pickled or copied; load it where it is needed")


def _encoded(path: str | os.PathLike[str]) -> bytes:
    encoded = os.fsencode(path)
    if b"\0" in encoded:
        raise InvalidArgument(f"the path {path!r} has a NUL in it")
    return encoded


def _described(spec: TensorSpec) -> str:
    dims = "?" if spec.shape is None else ", ".join("?" if d is None else str(d) for d in spec.shape)
    return f"{spec.name}: {spec.dtype}[{dims}]"


def _name_faults(names: tuple[str, ...], inputs: Mapping[str, object]) -> str:
    faults = [f"input {name!r} is missing" for name in names if name not in inputs]
    faults += [f"the model has no input {name!r}" for name in inputs if name not in names]
    return f"{'; '.join(faults)}; it takes {', '.join(map(repr, names))}"
