# SPDX-License-Identifier: Apache-2.0
"""By CONTRIBUTING.md's steps, a new operator is one file and its mention in two lists."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

import onecnn

from .conftest import ROOT, run

# An operator of the training domain, which the library leaves out.
OPERATOR = Path(__file__).with_name("adagrad.cpp")


def build_library(source: Path, build: Path, built: Path) -> Path:
    """Build libonecnn of `source`, with the objects in `built` of the sources that both have."""
    cache = dict(
        line.split("=", 1)
        for line in (built / "CMakeCache.txt").read_text().splitlines()
        if "=" in line and not line.startswith(("#", "//"))
    )
    kept = [f"-D{name}={cache[name]}" for name in cache if name.startswith(("CMAKE_BUILD_TYPE:", "dnnl_DIR:"))]
    # The objects were made with the precompiled header, which is made anew here and would be newer.
    options = ["-DONECNN_TESTS=OFF", "-DONECNN_WERROR=ON", "-DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON"]
    # Make goes by times alone; Ninja would want its own records of the objects.
    run("cmake", "-G", "Unix Makefiles", "-S", source, "-B", build, *kept, *options)
    for target in ("onecnn_core", "onecnn"):
        objects = Path(f"CMakeFiles/{target}.dir")
        run("make", "-C", build, "-f", objects / "build.make", objects / "depend")
        for path in (built / objects).rglob("*.o"):
            copy = build / path.relative_to(built)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    log = run("cmake", "--build", build, "--target", "onecnn")
    assert log.count("Building CXX object") == 1, log
    return build / "libonecnn.so.1"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the tracked files with a history of its own."""
    copy = tmp_path / "checkout"
    for name in run("git", "-C", ROOT, "ls-files").splitlines():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, copy / name)
    run("git", "init", "--quiet", copy)
    run("git", "-C", copy, "add", "--all")
    identity = ["-c", "user.name=a test", "-c", "user.email=test@example.org"]
    run("git", "-C", copy, *identity, "commit", "--quiet", "--message", "before")
    return copy


def test_a_new_operator_is_one_file_and_two_lists(checkout: Path, tmp_path: Path) -> None:
    built = ROOT / "build/venv"
    if not (built / "CMakeCache.txt").exists():
        pytest.skip(f"not built: {built}")
    passing = checkout / "tests/conformance/passing.txt"
    assert "test_adagrad" not in passing.read_text()

    shutil.copyfile(OPERATOR, checkout / "src/ops/adagrad.cpp")
    run(sys.executable, checkout / "docs/list_operators.py")
    package = tmp_path / "site/onecnn"
    shutil.copytree(Path(onecnn.__file__).parent, package)
    shutil.copyfile(build_library(checkout, tmp_path / "build", built), package / "libonecnn.so.1")
    conformance = [sys.executable, checkout / "tests/conformance", "--alone"]
    run(*conformance, env=os.environ | {"PYTHONPATH": str(package.parent)})

    assert {"node/test_adagrad", "node/test_adagrad_multiple"} <= set(passing.read_text().split())
    assert run("git", "-C", checkout, "status", "--porcelain", "--untracked-files=all").splitlines() == [
        " M docs/operators.md",
        " M tests/conformance/passing.txt",
        "?? src/ops/adagrad.cpp",
    ]
