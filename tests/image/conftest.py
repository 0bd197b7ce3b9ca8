# SPDX-License-Identifier: Apache-2.0
"""Builds the container image for real, by buildah without a daemon or a registry."""

from __future__ import annotations

import configparser
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / "build" / "image"
BASE = "docker.io/library/debian:trixie-slim"
MIRROR = [url] if (url := os.environ.get("DEBIAN_MIRROR")) else []  # else debootstrap's own
# What the published slim image leaves out too.
TRIMMED = ("usr/share/doc", "usr/share/man", "usr/share/locale", "var/cache/apt", "var/lib/apt/lists")
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


@dataclass(frozen=True)
class Buildah:
    """buildah with a storage of its own, so that nothing else on the machine is touched."""

    driver: str

    def command(self, name: str, *arguments: str) -> list[str]:
        storage = CACHE / self.driver
        directories = ("--root", str(storage / "root"), "--runroot", str(storage / "run"))
        return ["buildah", *directories, "--storage-driver", self.driver, name, *arguments]

    def works(self) -> bool:
        return subprocess.run(self.command("info"), capture_output=True, check=False).returncode == 0

    def __call__(self, name: str, *arguments: str) -> str:
        done = subprocess.run(self.command(name, *arguments), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.fail(f"buildah {name} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}", pytrace=False)
        return done.stdout.strip()

    def config(self, image: str) -> dict[str, Any]:
        """The image's Docker configuration: User, Env, Entrypoint, Cmd, StopSignal, Healthcheck."""
        config: dict[str, Any] = json.loads(self("inspect", "--type", "image", image))["Docker"]["config"]
        return config


@pytest.fixture(scope="session")
def buildah() -> Buildah:
    absent = [tool for tool in ("buildah", "debootstrap") if shutil.which(tool) is None]
    if absent:
        pytest.skip(f"not installed: {', '.join(absent)}")
    if os.geteuid() != 0:
        pytest.skip("debootstrap and buildah's chroot isolation need root")
    # Overlays cannot lie on an overlay, as in a container; copies work everywhere and take minutes longer.
    overlay = Buildah("overlay")
    return overlay if overlay.works() else Buildah("vfs")


@pytest.fixture(scope="session")
def base_image(buildah: Buildah) -> str:
    """debian:trixie-slim under the name the registry gives it, made by debootstrap once and then kept."""
    if buildah("images", "--quiet", "--filter", f"reference={BASE}"):
        return BASE
    tree = CACHE / "trixie"
    shutil.rmtree(tree, ignore_errors=True)
    subprocess.run(["debootstrap", "--variant=minbase", "trixie", str(tree), *MIRROR], check=True, capture_output=True)
    for name in TRIMMED:
        shutil.rmtree(tree / name)
        (tree / name).mkdir()
    # As in the published image: what a build installs need not survive a power cut.
    (tree / "etc/dpkg/dpkg.cfg.d/docker-apt-speedup").write_text("force-unsafe-io\n")
    container = buildah("from", "scratch")
    buildah("add", "--quiet", container, str(tree), "/")
    buildah(
        "config",
        "--cmd",
        "bash",
        "--env",
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        container,
    )
    buildah("commit", "--rm", "--quiet", container, BASE)
    shutil.rmtree(tree)
    return BASE


@pytest.fixture(scope="session")
def host_settings(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """How this machine reaches its package sources, mounted while building: no part of the image."""
    inside = "/run/host-certificates.crt"
    pip = configparser.ConfigParser()
    pip.read("/etc/pip.conf")
    if CERTIFICATES.exists():
        # Not in its usual place: installing ca-certificates writes there.
        pip.read_dict({"global": {"cert": inside}})
    pip_conf = tmp_path_factory.mktemp("host") / "pip.conf"
    with pip_conf.open("w") as file:
        pip.write(file)
    mounts = {"/etc/apt/apt.conf.d": "/etc/apt/apt.conf.d", str(CERTIFICATES): inside, str(pip_conf): "/etc/pip.conf"}
    return [f"--volume={source}:{target}:ro" for source, target in mounts.items() if Path(source).exists()]


@pytest.fixture(scope="session")
def image(buildah: Buildah, base_image: str, host_settings: list[str]) -> str:
    """The image of service/Dockerfile, built from this checkout."""
    buildah(
        "bud", "--layers", "--pull=never", "--isolation=chroot", "--network=host", "--format=docker",
        *host_settings, "--tag=onecnn:test", f"--file={ROOT / 'service' / 'Dockerfile'}", str(ROOT),
    )  # fmt: skip
    return "onecnn:test"


@pytest.fixture
def container(buildah: Buildah, image: str) -> Iterator[str]:
    name = buildah("from", "--pull-never", image)
    yield name
    buildah("rm", name)
