# SPDX-License-Identifier: Apache-2.0
"""What every request gets: an id, security headers, a log line, its place in the metrics, and an answer."""

from __future__ import annotations

import re
import time
import uuid

import msgspec
import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from onecnn_service.metrics import Metrics

log = structlog.get_logger(__name__)

SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
}

_INTERNAL = msgspec.json.encode(
    {"error": "The service failed on this request; its log has the cause under the request id.", "detail": []}
)
_ACCEPTABLE_ID = re.compile(r"[\w.:-]{1,64}", re.ASCII)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

# Not an HTTP status: what web servers log for a client that left before its answer.
_CLIENT_WENT_AWAY = 499

# Probes and scrapes come every few seconds and would bury everything else.
_QUIET = frozenset({"/livez", "/readyz", "/health", "/metrics"})


class Observed:
    """The outermost ASGI middleware; nothing an application raises gets past it."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an HTTP request on and record its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start = time.perf_counter()
        asked_id = Headers(scope=scope).get("x-request-id", "")
        request_id = asked_id if _ACCEPTABLE_ID.fullmatch(asked_id) else uuid.uuid4().hex
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id), self.metrics.inflight.track_inprogress():
            try:
                await self.app(scope, receive, send_with_headers)
            except ClientDisconnect:
                status = status or _CLIENT_WENT_AWAY
            except Exception:
                log.exception("request failed")
                if status == 0:
                    await _answer_internal_error(send_with_headers)
            self._record(scope, status, time.perf_counter() - start)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = _route_template(scope)
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self.metrics.answered(method, route, status, seconds)
        write = log.debug if route in _QUIET else log.info
        write("request", method=method, path=scope["path"], status=status, ms=round(seconds * 1000, 2))


def _route_template(scope: Scope) -> str:
    """The route as it was declared, so that its label has few values whatever clients ask for."""
    route = scope.get("route")
    if route is not None and hasattr(route, "path"):
        return str(route.path)
    return "/static" if scope["path"].startswith("/static/") else "unmatched"


async def _answer_internal_error(send: Send) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(_INTERNAL)).encode())]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": _INTERNAL})
