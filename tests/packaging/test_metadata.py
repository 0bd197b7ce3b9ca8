# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def pyproject() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_kept_tree_is_built_by_what_isolated_builds_use(pyproject: dict[str, dict[str, list[str]]]) -> None:
    assert set(pyproject["build-system"]["requires"]) <= set(pyproject["dependency-groups"]["build"])


def test_every_version_is_the_one_in_cmakelists() -> None:
    from importlib.metadata import version

    import onecnn

    (declared,) = re.findall(r"project\(onecnn VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text())
    assert version("onecnn") == declared
    assert onecnn.__version__ == declared


def test_command_line_says_its_version() -> None:
    command = Path(sys.executable).with_name("onecnn")
    assert subprocess.run([command, "--help"], capture_output=True, check=False).returncode == 0
