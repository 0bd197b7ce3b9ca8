# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from packaging.utils import parse_wheel_filename

from .conftest import run

CLASSIFY = """
import numpy, onecnn
model = onecnn.load(onecnn.models.path("digits"))
probabilities = model(numpy.zeros((2, 1, 28, 28), numpy.float32))
assert probabilities.shape == (2, 10)
assert numpy.allclose(probabilities.sum(axis=1), 1, atol=1e-5)
"""


@pytest.fixture(scope="module")
def bare_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory, bare_environment: dict[str, str]) -> Path:
    """A Python in which nothing but the wheel and its requirements was installed."""
    directory = tmp_path_factory.mktemp("venv")
    run(sys.executable, "-m", "venv", directory, env=bare_environment)
    run(directory / "bin/python", "-m", "pip", "install", "--quiet", wheel, env=bare_environment)
    return directory / "bin/python"


def test_source_distribution_holds_what_a_build_needs_and_no_more(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        tops = {member.name.split("/")[1] for member in archive.getmembers() if "/" in member.name}
    assert {"CMakeLists.txt", "LICENSE", "capi", "cmake", "include", "python", "service", "src"} <= tops
    assert not tops & {".ci", ".github", "benchmarks", "build", "examples", "k8s", "tests"}


def test_wheel_runs_on_manylinux_2_34(wheel: Path) -> None:
    _, _, _, tags = parse_wheel_filename(wheel.name)
    versions = [int(found[1]) for tag in tags if (found := re.fullmatch(r"manylinux_2_(\d+)_\w+", tag.platform))]
    assert versions
    assert min(versions) <= 34


def test_wheel_carries_one_copy_of_each_library(wheel: Path) -> None:
    libraries = [name for name in zipfile.ZipFile(wheel).namelist() if ".so" in name]
    patterns = (
        r"onecnn/_core\..*\.so",
        r"onecnn/libdnnl\.so\.3",
        r"onecnn/libonecnn\.so\.1",
        r"onecnn\.libs/libgomp-.*",
    )
    assert len(libraries) == len(patterns)
    for pattern in patterns:
        assert sum(re.fullmatch(pattern, name) is not None for name in libraries) == 1, pattern


def test_wheel_carries_models_types_and_licences(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"onecnn/models/digits.onnx", "onecnn/models/damage.onnx", "onecnn/py.typed", "onecnn/_core.pyi"} <= names
    assert {"onecnn/licenses/protozero.txt", "onecnn/licenses/pybind11.txt"} <= names
    assert {"onecnn/licenses/onednn/LICENSE", "onecnn/licenses/onednn/THIRD-PARTY-PROGRAMS"} <= names


def test_wheel_works_in_a_bare_environment(bare_python: Path, bare_environment: dict[str, str], tmp_path: Path) -> None:
    run(bare_python, "-c", CLASSIFY, cwd=tmp_path, env=bare_environment)


def test_wheel_uses_its_own_onednn(bare_python: Path, bare_environment: dict[str, str], tmp_path: Path) -> None:
    mapped = "import onecnn; print(open('/proc/self/maps').read())"
    maps = run(bare_python, "-c", mapped, cwd=tmp_path, env=bare_environment)
    libraries = {line.split()[-1] for line in maps.splitlines() if "libdnnl" in line}
    assert len(libraries) == 1
    assert Path(libraries.pop()).is_relative_to(bare_python.parents[1])
