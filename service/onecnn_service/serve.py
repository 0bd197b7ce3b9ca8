# SPDX-License-Identifier: Apache-2.0
"""Running the service: one process, one port, a clean end."""

from __future__ import annotations

import errno
import os
import signal
import socket
import threading
from types import FrameType

import structlog
import uvicorn
from fastapi import FastAPI

from onecnn_service.factory import create_app
from onecnn_service.models import find_files
from onecnn_service.settings import Settings

log = structlog.get_logger(__name__)


class CannotServe(Exception):
    """The service can't start; the message is one sentence for whoever started it."""


class _Server(uvicorn.Server):
    """Says 503 on ``/readyz`` from the first signal on, and exits with 0 once requests in flight are answered."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, url: str, drain_seconds: float) -> None:
        super().__init__(config)
        self._app = app
        self._url = url
        self._drain_seconds = drain_seconds

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Load the models, then say where they are served."""
        await super().startup(sockets)
        log.info("serving", url=self._url)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to drain; a second signal ends the process at once, whatever is in flight."""
        state = self._app.state.service
        if state.draining:
            # Not by `force_exit`, which cancels the requests in flight and logs a traceback for each.
            os._exit(128 + sig)
        state.draining = True
        if sig == signal.SIGTERM and self._drain_seconds > 0:
            timer = threading.Timer(self._drain_seconds, self._close)
            timer.daemon = True
            timer.start()
        else:
            self.should_exit = True

    def _close(self) -> None:
        self.should_exit = True


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises
    ------
    CannotServe
        If the port can't be had or there are no models.
    """
    listener = _listen(host, port)
    with listener:
        if settings.models is not None:
            try:
                find_files(settings.models)
            except ValueError as error:
                raise CannotServe(str(error)) from error
        app = create_app(settings)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=settings.shutdown_seconds,
        )
        shown = f"[{host}]" if ":" in host else host
        url = f"http://{shown}:{listener.getsockname()[1]}"
        _Server(config, app, url, settings.drain_seconds).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    """Bind before anything is loaded, so that a taken port is known at once."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise CannotServe(f"The host {host!r} can't be resolved: {error.strerror}.") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(socket.SOMAXCONN)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            reason = f"Port {port} on {host} is already in use; choose another with --port."
        else:
            reason = f"Can't listen on {host}, port {port}: {error.strerror}."
        raise CannotServe(reason) from error
    return listener
