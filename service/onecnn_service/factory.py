# SPDX-License-Identifier: Apache-2.0
"""Putting the application together from its settings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from onecnn_service import __version__
from onecnn_service.body_limit import BodyLimit
from onecnn_service.metrics import Metrics
from onecnn_service.models import ModelStore, bundled_files, find_files, load
from onecnn_service.observed import Observed
from onecnn_service.prediction import Predictor
from onecnn_service.replies import add_error_handlers
from onecnn_service.routes import catalogue, health, pages, predict
from onecnn_service.settings import Settings
from onecnn_service.state import ServiceState
from onecnn_service.workers import Workers


def create_app(settings: Settings) -> FastAPI:
    """Make an application; its models are loaded when it starts, not here.

    At start it raises `ValueError` if the models directory is missing or holds no model.
    """
    metrics = Metrics()
    store = ModelStore()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await anyio.to_thread.run_sync(_load_all, settings, store)
        metrics.models_loaded(store)
        yield
        app.state.service.workers.close()

    app = FastAPI(
        title="onecnn",
        version=__version__,
        description="Predictions by CNN and tabular models on the onecnn core.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.service = ServiceState(
        store=store,
        metrics=metrics,
        predictor=Predictor(store, settings, metrics),
        workers=Workers(settings.workers, settings.queue, metrics),
    )
    add_error_handlers(app)
    for router in (predict.router, catalogue.router, health.router, pages.router):
        app.include_router(router)
    pages.mount_static(app)
    app.add_middleware(
        BodyLimit,
        max_bytes=settings.max_body_bytes,
        max_bytes_of_all=settings.room_for_bodies,
        seconds=settings.body_seconds,
    )
    if settings.cors_origins:
        app.add_middleware(CORSMiddleware, allow_origins=list(settings.cors_origins), allow_methods=["GET", "POST"])
    app.add_middleware(Observed, metrics=metrics)
    return app


def _load_all(settings: Settings, store: ModelStore) -> None:
    files = bundled_files() if settings.models is None else find_files(settings.models)
    for file in files:
        store.add(load(file, settings.threads))
