# SPDX-License-Identifier: Apache-2.0
"""ONNX Runtime's session class on this library: change the import, keep the program."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple

from ._errors import InvalidArgument
from ._load import load
from ._model import Array
from ._tensor_spec import TensorSpec

_PROVIDER = "CPUExecutionProvider"

_ONNX_NAMES = {
    "float32": "float",
    "float64": "double",
    "float8_e4m3fn": "float8e4m3fn",
    "float8_e4m3fnuz": "float8e4m3fnuz",
    "float8_e5m2": "float8e5m2",
    "float8_e5m2fnuz": "float8e5m2fnuz",
    "float4_e2m1fn": "float4e2m1",
    "float8_e8m0fnu": "float8e8m0",
}


class GraphOptimizationLevel(IntEnum):
    """How much the graph may be rewritten; here nothing or everything."""

    ORT_DISABLE_ALL = 0
    ORT_ENABLE_BASIC = 1
    ORT_ENABLE_EXTENDED = 2
    ORT_ENABLE_ALL = 99


class ExecutionMode(IntEnum):
    """Accepted; without effect."""

    ORT_SEQUENTIAL = 0
    ORT_PARALLEL = 1


class SessionOptions:
    """Settings of a session under their names in ONNX Runtime.

    Attributes
    ----------
    intra_op_num_threads : int
        The most threads of one run; 0: what this process may use.
    graph_optimization_level : GraphOptimizationLevel
        ``ORT_DISABLE_ALL`` runs the graph as it is written.
    use_deterministic_compute : bool
        The same bits for any batch and number of threads.
    inter_op_num_threads : int
        Accepted; without effect, like `execution_mode`, `log_severity_level`, `enable_mem_pattern` and
        `enable_cpu_mem_arena`.
    """

    __slots__ = (
        "enable_cpu_mem_arena",
        "enable_mem_pattern",
        "execution_mode",
        "graph_optimization_level",
        "inter_op_num_threads",
        "intra_op_num_threads",
        "log_severity_level",
        "use_deterministic_compute",
    )

    def __init__(self) -> None:
        self.intra_op_num_threads = 0
        self.inter_op_num_threads = 0
        self.graph_optimization_level = GraphOptimizationLevel.ORT_ENABLE_ALL
        self.execution_mode = ExecutionMode.ORT_SEQUENTIAL
        self.use_deterministic_compute = False
        self.log_severity_level = 2
        self.enable_mem_pattern = True
        self.enable_cpu_mem_arena = True


class NodeArg(NamedTuple):
    """An input or output as ONNX Runtime describes it.

    Attributes
    ----------
    name : str
    type : str
        As ``"tensor(float)"``, ``"seq(map(string,tensor(float)))"``.
    shape : list
        A dimension is an int, the name of a symbolic one, or None; empty too when the rank is unknown.
    """

    name: str
    type: str
    shape: list[int | str | None]


class ModelMetadata(NamedTuple):
    """What a model file says of itself."""

    producer_name: str
    graph_name: str
    domain: str
    description: str
    graph_description: str
    version: int
    custom_metadata_map: dict[str, str]


class InferenceSession:
    """A loaded model behind the interface of ``onnxruntime.InferenceSession``.

    Parameters
    ----------
    path_or_bytes : path or bytes
        The ONNX model.
    sess_options : SessionOptions, optional
    providers : sequence, optional
        Names, or pairs of a name and options. There is one, ``"CPUExecutionProvider"``; when others alone
        are asked for, it is used with a warning.
    provider_options : sequence of mapping, optional
        Accepted; without effect.

    Raises
    ------
    Error
        As `onecnn.load` does.
    """

    def __init__(
        self,
        path_or_bytes: str | os.PathLike[str] | bytes,
        sess_options: SessionOptions | None = None,
        providers: Sequence[str | tuple[str, Mapping[str, object]]] | None = None,
        provider_options: Sequence[Mapping[str, object]] | None = None,
    ) -> None:
        options = sess_options or SessionOptions()
        names = [name if isinstance(name, str) else name[0] for name in providers or [_PROVIDER]]
        if _PROVIDER not in names:
            warnings.warn(f"none of {names} is available; the session runs on {_PROVIDER}", stacklevel=2)
        self._options = options
        level = options.graph_optimization_level
        self._model = load(
            path_or_bytes,
            threads=options.intra_op_num_threads,
            deterministic=options.use_deterministic_compute,
            optimize=level != GraphOptimizationLevel.ORT_DISABLE_ALL,
        )

    def run(
        self,
        output_names: Sequence[str] | None,
        input_feed: Mapping[str, object],
        run_options: None = None,
    ) -> list[Array]:
        """Run once.

        Parameters
        ----------
        output_names : sequence of str or None
            The outputs to give, in this order; None: all, in the model's order.
        input_feed : mapping of str to array-like
            Every input by name.
        run_options : None
            There are none.

        Returns
        -------
        list of numpy.ndarray

        Raises
        ------
        InvalidArgument
            A name, dtype or shape is not what the model has.
        """
        if run_options is not None:
            raise InvalidArgument("run_options are not available")
        known = [spec.name for spec in self._model.outputs]
        wanted = known if output_names is None else output_names
        for name in wanted:
            if name not in known:
                raise InvalidArgument(f"the model has no output {name!r}; it gives {', '.join(map(repr, known))}")
        outputs = self._model.run(input_feed)
        return [outputs[name] for name in wanted]

    def get_inputs(self) -> list[NodeArg]:
        """Describe what the model takes, in its order."""
        return [_node_arg(spec) for spec in self._model.inputs]

    def get_outputs(self) -> list[NodeArg]:
        """Describe what the model gives, in its order."""
        return [_node_arg(spec) for spec in self._model.outputs]

    def get_modelmeta(self) -> ModelMetadata:
        """Give what the model file says of itself."""
        model = self._model
        return ModelMetadata(
            producer_name=model.property("producer_name"),
            graph_name=model.property("graph_name"),
            domain=model.property("domain"),
            description=model.property("description"),
            graph_description=model.property("graph_description"),
            version=model.stats()["model_version"],
            custom_metadata_map=model.metadata,
        )

    def get_providers(self) -> list[str]:
        """Name what the session runs on."""
        return [_PROVIDER]

    def get_session_options(self) -> SessionOptions:
        """Give the options the session was made with."""
        return self._options


def get_available_providers() -> list[str]:
    """Name what sessions can run on."""
    return [_PROVIDER]


def _onnx_type(text: str) -> str:
    """Write a type of `TensorSpec` as ONNX Runtime does."""
    for kind, onnx_kind in (("sequence", "seq"), ("optional", "optional")):
        if text.startswith(f"{kind}("):
            return f"{onnx_kind}({_onnx_type(text[len(kind) + 1 : -1])})"
    if text.startswith("map("):
        key, value = text[4:-1].split(", ", 1)
        return f"map({key},{_onnx_type(value)})"
    return f"tensor({_ONNX_NAMES.get(text, text)})"


def _node_arg(spec: TensorSpec) -> NodeArg:
    return NodeArg(spec.name, _onnx_type(spec.dtype), list(spec.shape or ()))
