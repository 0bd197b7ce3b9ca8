# SPDX-License-Identifier: Apache-2.0
"""Clients that announce a body and take their time, or never send it."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
import uvicorn

from onecnn_service.factory import create_app
from onecnn_service.settings import Settings

SECONDS = 1.0


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A service on a port of its own that waits a second for a body."""
    config = uvicorn.Config(create_app(Settings(body_seconds=SECONDS)), log_config=None)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield int(listener.getsockname()[1])
        server.should_exit = True
        thread.join(30)


def _announce(port: int, length: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    connection.sendall(f"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode())
    return connection


def _all_until_closed(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


def test_announced_bodies_that_never_come_take_no_room(port: int) -> None:
    with ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(_announce(port, 16 * 1024 * 1024))
        answers = [httpx.post(f"http://127.0.0.1:{port}/predict", json=[0] * 784).status_code for _ in range(5)]

    assert answers == [200] * 5


@pytest.mark.parametrize("drips", [False, True], ids=["silent", "dripping"])
def test_a_body_that_takes_too_long_is_408_and_the_connection_closed(port: int, drips: bool) -> None:
    start = time.monotonic()
    with _announce(port, 1000) as connection:
        for _ in range(3 if drips else 0):
            connection.sendall(b"[")
            time.sleep(0.2)
        head, _, body = _all_until_closed(connection).partition(b"\r\n\r\n")

    assert SECONDS <= time.monotonic() - start < SECONDS + 5
    assert head.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in head.lower()
    assert json.loads(body) == {"error": "The body did not arrive in full within 1 seconds.", "detail": []}
