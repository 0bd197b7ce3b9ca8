# SPDX-License-Identifier: Apache-2.0
"""What an operator may choose: read once at start, never changed afterwards."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import onecnn
from onecnn import models as bundled

_MIB = 1024 * 1024


@lru_cache(maxsize=1)
def usable_cpus() -> int:
    """CPUs this process may use, its container's quota included: as many as the core takes when nobody says."""
    return int(onecnn.load(bundled.path(bundled.names()[0])).stats()["threads"])


@dataclass(frozen=True, slots=True)
class Settings:
    """Options of one service process.

    Attributes
    ----------
    models
        Directory with ``NAME.onnx`` or ``NAME/VERSION/model.onnx``; ``None`` serves the bundled models.
    threads
        Lanes that one inference may use; ``None`` leaves the choice to the core.
    workers
        Predictions computed at the same time.
    queue
        Predictions that may wait for a worker; one more is answered 429.
    max_body_bytes
        Largest request body; a larger one is answered 413.
    max_held_bytes
        Largest sum of the bodies of all requests under way; one more is answered 429. ``None`` is 64 MiB or four of the
        largest bodies, whichever is more.
    body_seconds
        How long a request's body may take to arrive; a slower one is answered 408.
    max_image_pixels
        Largest width × height of an image file, checked before it is decoded.
    max_rows
        Most images or records in one request.
    drain_seconds
        How long ``/readyz`` says 503 after SIGTERM, while requests are still served, before the port closes.
    shutdown_seconds
        How long requests in flight may take once the port is closed.
    cors_origins
        Origins whose pages may call the service; none by default.
    """

    models: Path | None = None
    threads: int | None = None
    workers: int = field(default_factory=lambda: max(2, usable_cpus()))
    queue: int = 64
    max_body_bytes: int = 16 * _MIB
    max_held_bytes: int | None = None
    body_seconds: float = 30.0
    max_image_pixels: int = 24_000_000
    max_rows: int = 4096
    drain_seconds: float = 0.0
    shutdown_seconds: int = 30
    cors_origins: tuple[str, ...] = ()

    @property
    def room_for_bodies(self) -> int:
        """Bytes that the bodies of all requests under way may hold."""
        return max(64 * _MIB, 4 * self.max_body_bytes) if self.max_held_bytes is None else self.max_held_bytes

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read the ``ONECNN_*`` variables, for servers that import ``onecnn_service.app:app`` themselves.

        Raises
        ------
        ValueError
            If ``ONECNN_THREADS``, ``ONECNN_WORKERS`` or ``ONECNN_QUEUE`` is not a number that can be used.
        """
        models = environ.get("ONECNN_MODELS")
        default = cls()
        workers, queue = _count(environ, "ONECNN_WORKERS", 1), _count(environ, "ONECNN_QUEUE", 0)
        return cls(
            models=Path(models) if models else None,
            threads=_count(environ, "ONECNN_THREADS", 1),
            workers=default.workers if workers is None else workers,
            queue=default.queue if queue is None else queue,
            cors_origins=tuple(environ.get("ONECNN_CORS_ORIGINS", "").split()),
        )


def _count(environ: Mapping[str, str], name: str, least: int) -> int | None:
    text = environ.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text) >= least):
        raise ValueError(f"{name}: expected a whole number of at least {least}, got {text!r}.")
    return int(text)
