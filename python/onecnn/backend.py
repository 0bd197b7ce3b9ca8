# SPDX-License-Identifier: Apache-2.0
"""ONNX's backend interface on this library.

>>> import onecnn.backend
>>> onecnn.backend.prepare(onnx_model).run([x])

See ONNX's ``ImplementingAnOnnxBackend.md``. This module alone needs the ``onnx`` package; `onecnn.load` does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, defs, helper
from onnx.backend.base import Backend, BackendRep

from ._errors import InvalidArgument, UnsupportedOperator
from ._load import load
from ._model import Model

__all__ = ["OnecnnBackend", "PreparedModel", "prepare", "run_model", "run_node", "supports_device"]


class PreparedModel(BackendRep):
    """A loaded model behind ONNX's interface; `prepare` makes it.

    Attributes
    ----------
    model : Model
        What runs.
    """

    def __init__(self, model: Model) -> None:
        self.model = model

    def run(self, inputs: object, **options: object) -> tuple[Any, ...]:
        """Run once.

        Parameters
        ----------
        inputs : list, tuple, mapping of str, or array
            In the model's order, by name, or the only one.
        **options
            There are none.

        Returns
        -------
        tuple
            The outputs in the model's order.

        Raises
        ------
        InvalidArgument
            The inputs are not what the model takes, or an option is given.
        Error
            Anything else that stops a run, by its subclasses.
        """
        if options:
            raise InvalidArgument(f"a run has no options; {', '.join(options)} given")
        if not isinstance(inputs, Mapping):
            values = inputs if isinstance(inputs, list | tuple) else [inputs]
            names = [spec.name for spec in self.model.inputs]
            if len(values) != len(names):
                raise InvalidArgument(f"the model takes {len(names)} inputs, {len(values)} given")
            inputs = dict(zip(names, values, strict=True))
        return tuple(self.model.run(inputs).values())


class OnecnnBackend(Backend):
    """ONNX's backend class; the functions of this module are its methods."""

    @classmethod
    def prepare(cls, model: ModelProto, device: str = "CPU", **options: Any) -> PreparedModel:  # noqa: ANN401
        """Load a model.

        Parameters
        ----------
        model : onnx.ModelProto
            With its external data inside.
        device : str, optional
            ``"CPU"``.
        **options
            Those of `onecnn.load`.

        Returns
        -------
        PreparedModel

        Raises
        ------
        InvalidArgument
            Another device is asked for, or an option cannot be what it is.
        Error
            As `onecnn.load` does.
        """
        if not cls.supports_device(device):
            raise InvalidArgument(f"there is no device {device!r}; there is 'CPU'")
        return PreparedModel(load(model.SerializeToString(), **options))

    @classmethod
    def run_model(cls, model: ModelProto, inputs: object, device: str = "CPU", **options: Any) -> tuple[Any, ...]:  # noqa: ANN401
        """Load a model and run it once; `prepare` says what it takes, `PreparedModel.run` what it gives."""
        return cls.prepare(model, device, **options).run(inputs)

    @classmethod
    def run_node(
        cls,
        node: NodeProto,
        inputs: Any,  # noqa: ANN401
        device: str = "CPU",
        outputs_info: Sequence[tuple[np.dtype[Any], tuple[int, ...]]] | None = None,
        **options: Any,  # noqa: ANN401
    ) -> tuple[Any, ...]:
        """Run one node once.

        Parameters
        ----------
        node : onnx.NodeProto
        inputs : sequence of array-like
            One for each input of the node that has a name.
        device : str, optional
            ``"CPU"``.
        outputs_info : sequence of (dtype, shape), optional
            What the outputs are declared as; otherwise they are what they become.
        **options
            `opset_version`, by default that of the newest form which the ``onnx`` package knows, and those of
            `onecnn.load`.

        Returns
        -------
        tuple
            The node's outputs that have a name.

        Raises
        ------
        Error
            As `prepare` and `PreparedModel.run` do.
        """
        opset = options.pop("opset_version", None)
        if opset is None:
            if not defs.has(node.op_type, node.domain):
                raise UnsupportedOperator(f"the onnx package knows no operator {node.domain}.{node.op_type}")
            opset = defs.get_schema(node.op_type, domain=node.domain).since_version
        return cls.run_model(_model_of(node, opset, inputs, outputs_info), inputs, device, **options)

    @classmethod
    def supports_device(cls, device: str) -> bool:
        """Tell whether models can run on a device; there is ``"CPU"``."""
        return device.partition(":")[0] == "CPU"


prepare = OnecnnBackend.prepare
run_model = OnecnnBackend.run_model
run_node = OnecnnBackend.run_node
supports_device = OnecnnBackend.supports_device


def _model_of(
    node: NodeProto,
    opset: int,
    inputs: Sequence[object],
    outputs_info: Sequence[tuple[np.dtype[Any], tuple[int, ...]]] | None,
) -> ModelProto:
    taken = [name for name in dict.fromkeys(node.input) if name]
    given = [name for name in node.output if name]
    arrays = [np.asarray(value) for value in inputs]
    if len(arrays) != len(taken):
        raise InvalidArgument(f"the node takes {len(taken)} inputs, {len(arrays)} given")
    graph = helper.make_graph(
        [node],
        node.op_type,
        [
            helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
            for name, array in zip(taken, arrays, strict=True)
        ],
        [helper.make_empty_tensor_value_info(name) for name in given]
        if outputs_info is None
        else [
            helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), shape)
            for name, (dtype, shape) in zip(given, outputs_info, strict=True)
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid(node.domain, opset)])
