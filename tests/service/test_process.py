# SPDX-License-Identifier: Apache-2.0
"""``onecnn serve`` as a process: its port, its memory under large bodies, and its end."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

MIB = 1024 * 1024


def _serve(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "onecnn", "serve", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def _assert_one_clear_line(ended: subprocess.CompletedProcess[str], sentence: str) -> None:
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1
    assert sentence in ended.stderr


def test_a_port_in_use_is_one_sentence_and_exit_code_1() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = _serve("--port", str(port))

    _assert_one_clear_line(ended, f"onecnn: Port {port} on 127.0.0.1 is already in use; choose another with --port.")


def test_an_unknown_host_is_one_sentence() -> None:
    _assert_one_clear_line(
        _serve("--host", "no.such.host.invalid"), "The host 'no.such.host.invalid' can't be resolved"
    )


def test_a_missing_models_directory_is_one_sentence(tmp_path: Path) -> None:
    _assert_one_clear_line(_serve("--port", "0", "--models", str(tmp_path / "none")), "does not exist.")
    _assert_one_clear_line(_serve("--port", "0", "--models", str(tmp_path)), "holds no NAME.onnx")


def test_an_unknown_log_level_names_the_option_and_the_choices() -> None:
    ended = _serve("--log-level", "loud")
    said = " ".join(ended.stderr.split())
    assert ended.returncode == 2
    assert all(word in said for word in ("--log-level", "loud", "debug", "info", "warning", "error"))


def _resident_bytes(process: subprocess.Popen[bytes]) -> int:
    return int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * 4096


@pytest.mark.parametrize("announced", [True, False], ids=["with a length", "chunked"])
def test_a_50_mb_body_is_413_and_takes_no_memory(service: Any, announced: bool) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(50):
            yield b" " * MIB

    content: Any = b" " * (50 * MIB) if announced else chunks()
    before = _resident_bytes(service.process)
    answer = httpx.post(f"{service.url}/predict", content=content, timeout=60)

    assert answer.status_code == 413
    assert "at most 16777216 bytes" in answer.json()["error"]
    assert _resident_bytes(service.process) - before < 40 * MIB
    assert httpx.post(f"{service.url}/predict", json=[0] * 784).status_code == 200


def test_a_body_that_is_announced_but_too_large_is_refused_before_it_is_sent(service: Any) -> None:
    host, port = service.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(
            b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 52428800\r\nExpect: 100-continue\r\n\r\n"
        )
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GARBAGE\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=["no HTTP", "negative length", "cut short", "long path"],
)
def test_broken_requests_leave_the_service_standing(service: Any, request_bytes: bytes) -> None:
    host, port = service.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request_bytes)
        connection.shutdown(socket.SHUT_WR)
        connection.recv(65536)

    assert httpx.get(f"{service.url}/livez").status_code == 200
    assert "Traceback" not in service.log.read_text()


def test_logs_are_json_lines_with_the_request_id(service: Any) -> None:
    httpx.post(f"{service.url}/predict", json=[0], headers={"x-request-id": "find-me"})

    # The line is written once the answer is out.
    _wait_for(lambda: "find-me" in (text := service.log.read_text()) and text.endswith("\n"))
    lines = [json.loads(line) for line in service.log.read_text().splitlines()]
    (line,) = [line for line in lines if line.get("request_id") == "find-me"]
    assert (line["event"], line["method"], line["path"], line["status"]) == ("request", "POST", "/predict", 422)


def _status_or_closed(client: httpx.Client, path: str) -> int | None:
    try:
        return client.get(path).status_code
    except httpx.TransportError:  # refused, or reset while the port closes
        return None


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_sigterm_drains_and_answers_what_is_in_flight(start_service: Any) -> None:
    service = start_service("--drain-seconds", "2")
    host, port = service.url.removeprefix("http://").split(":")
    body = json.dumps([0] * 784).encode()
    head = f"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    fresh = httpx.Client(base_url=service.url, limits=httpx.Limits(max_keepalive_connections=0))
    with fresh as client, socket.create_connection((host, int(port)), timeout=30) as in_flight:
        in_flight.sendall(head + body[:100])
        _wait_for(lambda: client.get("/readyz").status_code == 200)
        service.process.send_signal(signal.SIGTERM)

        _wait_for(lambda: client.get("/readyz").status_code == 503)
        assert client.get("/readyz").json()["error"] == "The service is draining."
        assert client.post("/predict", json=[0] * 784).status_code == 200

        _wait_for(lambda: _status_or_closed(client, "/livez") is None)
        in_flight.sendall(body[100:])
        assert in_flight.recv(65536).startswith(b"HTTP/1.1 200 ")

    assert service.process.wait(30) == 0
    assert "Traceback" not in service.log.read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_the_service_at_once(start_service: Any, number: signal.Signals) -> None:
    service = start_service()
    host, port = service.url.removeprefix("http://").split(":")
    fresh = httpx.Client(base_url=service.url, limits=httpx.Limits(max_keepalive_connections=0))
    with fresh as client, socket.create_connection((host, int(port)), timeout=30) as in_flight:
        in_flight.sendall(b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n[")
        assert client.get("/readyz").status_code == 200
        service.process.send_signal(number)
        _wait_for(lambda: _status_or_closed(client, "/livez") is None)
        assert service.process.poll() is None
        service.process.send_signal(number)
        assert service.process.wait(5) == 128 + number

    assert "Traceback" not in service.log.read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_an_idle_service_at_once_and_cleanly(start_service: Any, number: signal.Signals) -> None:
    service = start_service()
    start = time.monotonic()
    service.process.send_signal(number)

    assert service.process.wait(20) == 0
    assert time.monotonic() - start < 5
    assert "Traceback" not in service.log.read_text()


def test_the_application_can_be_imported_by_another_server() -> None:
    code = "from onecnn_service.app import app; print(app.title)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout == "onecnn\n"
