# SPDX-License-Identifier: Apache-2.0
"""Which models are here, and how each wants to be fed."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

import onecnn
from onecnn_service.description import ImageClassifier, TabularClassifier
from onecnn_service.errors import NoModelOfKind, NotLoaded
from onecnn_service.models import FailedModel, ServedModel
from onecnn_service.replies import reply
from onecnn_service.state import ServiceState, state_of

router = APIRouter(tags=["models"])


@router.get("/models")
async def models(request: Request) -> Response:
    """List the models, also those that could not be loaded, and why."""
    return reply({"models": [_summary(entry) for entry in state_of(request).store]})


@router.get("/models/{name}")
async def model(request: Request, name: str, version: str | None = None) -> Response:
    """How the named model describes itself."""
    return reply(_information(state_of(request).store.find(name, version)))


@router.get("/model-info")
async def model_info(request: Request, model: str | None = None, version: str | None = None) -> Response:
    """The same for ``?model=``; without it, for the model that ``POST /predict`` uses."""
    state = state_of(request)
    return reply(_information(state.store.find(model, version) if model else _default(state, version)))


def _default(state: ServiceState, version: str | None) -> ServedModel:
    try:
        return state.store.default(ImageClassifier, version)
    except (NoModelOfKind, NotLoaded):
        return state.store.default(TabularClassifier, version)


def _summary(entry: ServedModel | FailedModel) -> dict[str, Any]:
    summary: dict[str, Any] = {"name": entry.name, "version": entry.version}
    if isinstance(entry, FailedModel):
        return {**summary, "loaded": False, "reason": entry.reason}
    return {**summary, "loaded": True, "task": _task(entry), "labels": entry.description.labels}


def _information(entry: ServedModel) -> dict[str, Any]:
    described: dict[str, Any] = msgspec.to_builtins(entry.description)
    return {
        **described,
        "name": entry.name,
        "model_version": entry.version,
        "inputs": [_tensor(spec) for spec in entry.core.inputs],
        "outputs": [_tensor(spec) for spec in entry.core.outputs],
    }


def _tensor(spec: onecnn.TensorSpec) -> dict[str, Any]:
    return {"name": spec.name, "dtype": str(spec.dtype), "shape": spec.shape}


def _task(entry: ServedModel) -> str:
    task = type(entry.description).__struct_config__.tag
    return str(task)
