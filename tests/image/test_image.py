# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import gzip
import json
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Buildah

START_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def get(url: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def wait_until_ready(url: str, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/readyz", timeout=2).close()
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    process.kill()
    pytest.fail(f"not ready within {START_SECONDS} s:\n{process.communicate()[0]}")


@pytest.fixture
def service(buildah: Buildah, image: str, container: str) -> Iterator[str]:
    """The address of the image's own command, running."""
    config = buildah.config(image)
    port = free_port()
    command = buildah.command(
        "run", "--isolation=chroot", "--network=host", container, "--",
        *config["Entrypoint"], *config["Cmd"], "--port", str(port),
    )  # fmt: skip
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    url = f"http://127.0.0.1:{port}"
    wait_until_ready(url, process)
    yield url
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=60)


def test_classifies_a_digit(service: str, data_dir: Path) -> None:
    images = gzip.decompress((data_dir / "mnist" / "t10k-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((data_dir / "mnist" / "t10k-labels-idx1-ubyte.gz").read_bytes())
    answer = get(f"{service}/predict", {"pixels": list(images[16 : 16 + 784])})
    assert answer["prediction"] == labels[8]
    assert answer["probability"] > 0.9


def test_writes_nothing_into_its_root(buildah: Buildah, container: str, service: str) -> None:
    root = Path(buildah("mount", container))
    started = (root / "opt").stat().st_ctime
    get(f"{service}/health")
    written = [
        str(path.relative_to(root))
        for top in ("opt", "home", "root", "var", "usr")
        for path in (root / top).rglob("*")
        if path.lstat().st_mtime > started + 1
    ]
    assert written == []


def test_runs_as_a_numbered_user_who_is_not_root(buildah: Buildah, image: str) -> None:
    assert buildah.config(image)["User"] == "10001:10001"


def test_declares_its_health_and_how_it_is_stopped(buildah: Buildah, image: str) -> None:
    config = buildah.config(image)
    assert config["Healthcheck"]["Test"][0] == "CMD"
    assert config["StopSignal"] == "SIGTERM"


def test_holds_no_compiler_and_no_trainer(buildah: Buildah, container: str) -> None:
    root = Path(buildah("mount", container))
    unwanted = ("usr/bin/g++", "usr/bin/cmake", "opt/onecnn/bin/pip")
    assert [name for name in unwanted if (root / name).exists()] == []
    assert not list((root / "opt/onecnn/lib").glob("python3*/site-packages/torch"))


def test_is_small(buildah: Buildah, container: str, capsys: pytest.CaptureFixture[str]) -> None:
    root = Path(buildah("mount", container))
    size = sum(path.lstat().st_size for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    with capsys.disabled():
        print(f"\nimage: {size / 1e6:.0f} MB unpacked, debian:trixie-slim included")
    assert size < 400e6
