# SPDX-License-Identifier: Apache-2.0
"""What one application holds while it runs."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from onecnn_service.metrics import Metrics
from onecnn_service.models import ModelStore
from onecnn_service.prediction import Predictor
from onecnn_service.workers import Workers


@dataclass(slots=True)
class ServiceState:
    """Shared by all requests; ``draining`` alone changes, once, when the process is told to stop."""

    store: ModelStore
    metrics: Metrics
    predictor: Predictor
    workers: Workers
    draining: bool = False


def state_of(request: Request) -> ServiceState:
    """The state of the application that serves ``request``."""
    state: ServiceState = request.app.state.service
    return state
