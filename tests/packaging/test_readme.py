# SPDX-License-Identifier: Apache-2.0
"""The README's examples are the files in examples/readme, and these run."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

import onecnn

from .conftest import ROOT, run

EXAMPLES = ROOT / "examples/readme"
COMPILERS = {"c": ["cc", "-std=c99"], "cpp": ["c++", "-std=c++20"]}


def blocks(language: str) -> list[str]:
    """The README's fenced code blocks of a language."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("name", ["example.py", "example.c", "example.cpp"])
def test_the_readme_shows_the_example_as_it_is(name: str) -> None:
    language = {".py": "python"}.get(Path(name).suffix, Path(name).suffix[1:])
    assert (EXAMPLES / name).read_text(encoding="utf-8") in blocks(language)


def test_every_python_block_of_the_readme_runs(tmp_path: Path) -> None:
    for block in blocks("python"):
        assert run(sys.executable, "-c", block, cwd=tmp_path)


@pytest.mark.parametrize("language", COMPILERS)
def test_every_compiled_block_of_the_readme_runs(language: str, installed_prefix: Path, tmp_path: Path) -> None:
    (packages,) = installed_prefix.glob("lib*/pkgconfig")
    environment = {**os.environ, "PKG_CONFIG_PATH": str(packages)}
    flags = run("pkg-config", "--cflags", "--libs", "onecnn", env=environment).split()
    for block in blocks(language):
        source, program = tmp_path / f"example.{language}", tmp_path / "example"
        source.write_text(block, encoding="utf-8")
        warnings = ["-Wall", "-Wextra", "-Werror"]
        run(*COMPILERS[language], *warnings, source, *flags, f"-Wl,-rpath,{packages.parent}", "-o", program)
        assert "probability of a 1" in run(program, onecnn.models.path("digits"))
