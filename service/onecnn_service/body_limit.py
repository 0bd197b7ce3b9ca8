# SPDX-License-Identifier: Apache-2.0
"""Refusing large bodies without keeping them in memory, whether they announce their length or not."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from onecnn_service.errors import QueueFull, TooLarge

# A client that is still sending when the connection closes gets a reset instead of the answer. So the rest is read and
# thrown away for a while, as web servers do when they linger on close.
_DISCARD_BYTES = 128 * 1024 * 1024
_DISCARD_SECONDS = 10.0


class BodyLimit:
    """ASGI middleware: ``receive`` raises `TooLarge` for a body over the limit, `QueueFull` for all bodies over theirs.

    The application answers that like any other refusal; the rest of the body is discarded before the answer ends.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, max_bytes_of_all: int) -> None:
        self.app = app
        self.max_bytes = max_bytes
        self.max_bytes_of_all = max_bytes_of_all
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an HTTP request on, its body watched."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = _Body(self, _announced_length(scope))

        async def limited_receive() -> Message:
            # An announced body has its room before it is read: those that came first are read to their end.
            body.admit()
            message = await receive()
            body.count(len(message.get("body", b"")))
            return message

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
        self._received = 0
        self._held = 0

    def admit(self) -> None:
        if self._announced is not None:
            self._grow_to(self._announced, str(self._announced))

    def count(self, size: int) -> None:
        self._received += size
        self._grow_to(self._received, "more")

    def release(self) -> None:
        self._limit.let_go(self._held)
        self._held = 0

    def _grow_to(self, size: int, shown: str) -> None:
        if size > self._limit.max_bytes:
            self._refuse()
            raise TooLarge(f"The body is too large: expected at most {self._limit.max_bytes} bytes, got {shown}.")
        missing = max(0, size - self._held)
        if not self._limit.hold(missing):
            self._refuse()
            raise QueueFull(f"The requests under way hold {self._limit.max_bytes_of_all} bytes, as much as they may.")
        self._held += missing

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
