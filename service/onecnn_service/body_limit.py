# SPDX-License-Identifier: Apache-2.0
"""Refusing bodies that are too large or too slow, without keeping them in memory or trusting what they announce."""

from __future__ import annotations

import asyncio

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from onecnn_service.errors import QueueFull, TooLarge, TooSlow

# A client that is still sending when the connection closes gets a reset instead of the answer. So the rest is read and
# thrown away for a while, as web servers do when they linger on close.
_DISCARD_BYTES = 128 * 1024 * 1024
_DISCARD_SECONDS = 10.0


class BodyLimit:
    """ASGI middleware: ``receive`` raises `TooLarge` for a body over the limit, `QueueFull` for all bodies over theirs.

    It raises `TooSlow` for a body that is not complete ``seconds`` after it was first asked for. The application
    answers that like any other refusal; the rest of a body that is too large is discarded before the answer ends.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, max_bytes_of_all: int, seconds: float) -> None:
        self.app = app
        self.max_bytes = max_bytes
        self.max_bytes_of_all = max_bytes_of_all
        self.seconds = seconds
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an HTTP request on, its body watched."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = _Body(self, _announced_length(scope))

        async def limited_receive() -> Message:
            return await body.read(receive)

        async def lingering_send(message: Message) -> None:
            ends = message["type"] == "http.response.body" and not message.get("more_body", False)
            if not (body.refused and ends):
                await send(message)
                return
            await send({**message, "more_body": True})
            await _discard(receive)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

        try:
            await self.app(scope, limited_receive, lingering_send)
        finally:
            body.release()

    def hold(self, size: int) -> bool:
        """Make room for ``size`` more bytes; false, and nothing held, when there is none."""
        if self._held + size > self.max_bytes_of_all:
            return False
        self._held += size
        return True

    def let_go(self, size: int) -> None:
        """Give back room."""
        self._held -= size


class _Body:
    """One request's share of the room."""

    def __init__(self, limit: BodyLimit, announced: int | None) -> None:
        self.refused = False
        self._limit = limit
        self._announced = announced
        self._held = 0
        self._deadline: float | None = None
        self._complete = False

    async def read(self, receive: Receive) -> Message:
        if self._complete:
            return await receive()
        if self._announced is not None and self._announced > self._limit.max_bytes:
            raise self._too_large(str(self._announced))
        if self._deadline is None:
            self._deadline = anyio.current_time() + self._limit.seconds
        try:
            with anyio.fail_after(self._deadline - anyio.current_time()):
                message = await receive()
        except TimeoutError as error:
            raise TooSlow(f"The body did not arrive in full within {self._limit.seconds:g} seconds.") from error
        self._complete = message["type"] != "http.request" or not message.get("more_body", False)
        self._count(len(message.get("body", b"")))
        return message

    def release(self) -> None:
        self._limit.let_go(self._held)
        self._held = 0

    def _count(self, size: int) -> None:
        """Take room for bytes that came: an announcement costs a client nothing and takes none."""
        if self._held + size > self._limit.max_bytes:
            raise self._too_large("more")
        if not self._limit.hold(size):
            self._refuse()
            raise QueueFull(f"The requests under way hold {self._limit.max_bytes_of_all} bytes, as much as they may.")
        self._held += size

    def _too_large(self, got: str) -> TooLarge:
        self._refuse()
        return TooLarge(f"The body is too large: expected at most {self._limit.max_bytes} bytes, got {got}.")

    def _refuse(self) -> None:
        self.refused = True
        self.release()


def _announced_length(scope: Scope) -> int | None:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return None


async def _discard(receive: Receive) -> None:
    async def read_on() -> None:
        discarded = 0
        while discarded < _DISCARD_BYTES:
            message = await receive()
            discarded += len(message.get("body", b""))
            if message["type"] == "http.disconnect" or not message.get("more_body", False):
                return

    try:
        await asyncio.wait_for(read_on(), _DISCARD_SECONDS)
    except asyncio.TimeoutError:
        return
