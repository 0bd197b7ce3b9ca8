# SPDX-License-Identifier: Apache-2.0
"""Health, readiness and figures. These handlers are async and never wait for a worker."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from onecnn_service import __version__
from onecnn_service.replies import error, reply
from onecnn_service.state import state_of

router = APIRouter(tags=["operations"])


@router.head("/livez", include_in_schema=False)
@router.get("/livez")
async def livez() -> Response:
    """200 as long as the process answers."""
    return reply({"status": "alive"})


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz")
async def readyz(request: Request) -> Response:
    """200 when requests should be sent here: each kind of body finds its model and the process stays."""
    state = state_of(request)
    if state.draining:
        return error(503, "The service is draining.")
    if not state.store.ready:
        return error(503, "A model that POST /predict uses is not loaded; GET /health names it.")
    return reply({"status": "ready"})


@router.head("/health", include_in_schema=False)
@router.get("/health")
async def health(request: Request) -> Response:
    """200 and ``healthy`` when every model is loaded, else 503 and ``degraded``."""
    store = state_of(request).store
    content = {
        "status": "healthy" if store.complete else "degraded",
        "model_loaded": store.complete,
        "version": __version__,
        "models": [{"name": entry.name, "version": entry.version, "loaded": entry in store.served} for entry in store],
    }
    return reply(content, 200 if store.complete else 503)


@router.get("/stats")
async def stats(request: Request) -> Response:
    """Counts and mean times since the start."""
    return reply(state_of(request).metrics.stats())


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """All figures in Prometheus' text format."""
    return Response(state_of(request).metrics.exposition(), media_type=CONTENT_TYPE_LATEST)
