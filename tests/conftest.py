# SPDX-License-Identifier: Apache-2.0
"""Fixtures for all tests: the data beside the checkout, and the service as a process of its own."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """``$ONECNN_DATA``, or the directory ``shared`` beside the checkout."""
    path = Path(os.environ.get("ONECNN_DATA") or Path(__file__).parents[2] / "shared")
    if not path.is_dir():
        pytest.skip(f"no data at {path}; set ONECNN_DATA")
    return path


class Digits(NamedTuple):
    """Images ``[N, 28, 28]`` uint8, light ink on dark, and labels ``[N]`` uint8."""

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]


@pytest.fixture(scope="session")
def mnist_test(data_dir: Path) -> Digits:
    """The 10,000 test digits of MNIST."""

    def values(name: str, header: int) -> NDArray[np.uint8]:
        return np.frombuffer(gzip.decompress((data_dir / "mnist" / name).read_bytes()), np.uint8, offset=header)

    images = values("t10k-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28)
    return Digits(images, values("t10k-labels-idx1-ubyte.gz", 8))


@dataclass(frozen=True)
class RunningService:
    """A service process that answers at ``url``; ``log`` grows as it runs."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path


StartService = Callable[..., RunningService]


@pytest.fixture(scope="session")
def start_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartService]:
    """Start ``onecnn serve`` with more arguments on a free port; all are ended after the last test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str) -> RunningService:
        log = tmp_path_factory.mktemp("service") / "log"
        command = [sys.executable, "-m", "onecnn", "serve", "--port", "0", "--log-format", "json", *arguments]
        with log.open("wb") as stream:
            process = subprocess.Popen(command, stderr=stream)
        started.append(process)
        return RunningService(_announced_url(process, log), process, log)

    yield start
    for process in started:
        process.terminate()
    for process in started:
        process.wait(timeout=60)


def _announced_url(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        for line in log.read_text().splitlines():
            if '"event": "serving"' in line:
                return str(json.loads(line)["url"])
        time.sleep(0.05)
    raise AssertionError(f"the service did not start: {log.read_text()}")


@pytest.fixture(scope="session")
def service(start_service: StartService) -> RunningService:
    """One service with the bundled models, shared by the tests that leave it as it was."""
    return start_service()
