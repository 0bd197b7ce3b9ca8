# SPDX-License-Identifier: Apache-2.0
"""Refusing large bodies without keeping them in memory, whether they announce their length or not."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from onecnn_service.errors import TooLarge

# A client that is still sending when the connection closes gets a reset instead of the answer. So the rest is read and
# thrown away for a while, as web servers do when they linger on close.
_DISCARD_BYTES = 128 * 1024 * 1024
_DISCARD_SECONDS = 10.0


class BodyLimit:
    """ASGI middleware: ``receive`` raises `TooLarge` once a body passes the limit.

    The application answers that like any other refusal; the rest of the body is discarded before the answer ends.
    """

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an HTTP request on, its body watched."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = _announced_length(scope)
        received, refused = 0, False

        def refuse(size: str) -> TooLarge:
            nonlocal refused
            refused = True
            return TooLarge(f"The body is too large: expected at most {self.max_bytes} bytes, got {size}.")

        async def limited_receive() -> Message:
            nonlocal received
            if announced is not None and announced > self.max_bytes:
                raise refuse(str(announced))
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.max_bytes:
                raise refuse("more")
            return message

        async def lingering_send(message: Message) -> None:
            ends = message["type"] == "http.response.body" and not message.get("more_body", False)
            if not (refused and ends):
                await send(message)
                return
            await send({**message, "more_body": True})
            await _discard(receive)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

        await self.app(scope, limited_receive, lingering_send)


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
    except TimeoutError:
        return
