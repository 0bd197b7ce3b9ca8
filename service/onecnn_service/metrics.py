# SPDX-License-Identifier: Apache-2.0
"""What Prometheus may scrape. Labels hold route templates and names of loaded models, never what a client sent."""

from __future__ import annotations

import platform
import time

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from onecnn_service import __version__
from onecnn_service.models import ModelStore, ServedModel

# A second series beside every figure, with the time it was first seen, would double the exposition for nothing.
disable_created_metrics()  # type: ignore[no-untyped-call]

_SECONDS = (5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096)


class Metrics:
    """The figures of one application; each has its own registry. Safe to use from several threads."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.started = time.monotonic()
        model = ("model", "version")
        self._predictions = Counter(
            "onecnn_requests", "Prediction requests by outcome.", (*model, "outcome"), registry=self.registry
        )
        self._http = Counter(
            "onecnn_http_requests", "All HTTP requests.", ("method", "route", "status"), registry=self.registry
        )
        self._duration = Histogram(
            "onecnn_request_duration_seconds",
            "From a request's first byte to its answer's last.",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._queue = Histogram(
            "onecnn_queue_duration_seconds", "Wait for a worker.", buckets=_SECONDS, registry=self.registry
        )
        self._compute = Histogram(
            "onecnn_compute_duration_seconds", "One model run.", model, buckets=_SECONDS, registry=self.registry
        )
        self._batch = Histogram(
            "onecnn_batch_size", "Images or records in one model run.", model, buckets=_ROWS, registry=self.registry
        )
        self.inflight = Gauge("onecnn_inflight_requests", "Requests being answered.", registry=self.registry)
        self._loaded = Gauge("onecnn_model_loaded", "1 if the model can serve.", model, registry=self.registry)
        build = Info("onecnn_build", "What is running.", registry=self.registry)
        build.info({"version": __version__, "python": platform.python_version()})
        ProcessCollector(registry=self.registry)

    def models_loaded(self, store: ModelStore) -> None:
        """Record which models can serve."""
        for entry in store:
            self._loaded.labels(entry.name, entry.version).set(isinstance(entry, ServedModel))

    def predicted(self, model: ServedModel | None, outcome: str) -> None:
        """Count a prediction request; ``model`` is ``None`` when it was refused before one was chosen."""
        name, version = (model.name, model.version) if model else ("", "")
        self._predictions.labels(name, version, outcome).inc()

    def queued(self, seconds: float) -> None:
        """Record a wait for a worker."""
        self._queue.observe(seconds)

    def computed(self, model: ServedModel, rows: int, seconds: float) -> None:
        """Record one model run."""
        self._compute.labels(model.name, model.version).observe(seconds)
        self._batch.labels(model.name, model.version).observe(rows)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Record an HTTP answer."""
        self._http.labels(method, route, str(status)).inc()
        self._duration.labels(route).observe(seconds)

    def exposition(self) -> bytes:
        """All figures in Prometheus' text format."""
        return generate_latest(self.registry)

    def stats(self) -> dict[str, object]:
        """The figures a person asks for first, as plain JSON."""
        outcomes: dict[str, int] = {}
        per_model: dict[str, dict[str, float]] = {}
        for metric in self._predictions.collect():
            for sample in metric.samples:
                if sample.name.endswith("_total"):
                    outcome = sample.labels["outcome"]
                    outcomes[outcome] = outcomes.get(outcome, 0) + int(sample.value)
        for metric in self._compute.collect():
            for sample in metric.samples:
                key = f"{sample.labels['model']}/{sample.labels['version']}"
                if sample.name.endswith(("_sum", "_count")):
                    per_model.setdefault(key, {})[sample.name.rsplit("_", 1)[1]] = sample.value
        return {
            "uptime_seconds": round(time.monotonic() - self.started, 3),
            "predictions": {"total": sum(outcomes.values()), "by_outcome": outcomes},
            "models": {
                key: {"runs": int(value["count"]), "mean_compute_ms": round(1000 * value["sum"] / value["count"], 4)}
                for key, value in per_model.items()
                if value.get("count")
            },
        }
