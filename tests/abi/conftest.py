# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def library() -> Path:
    """The shared library with its debug information: $ONECNN_LIBRARY, else where `make` builds it."""
    path = Path(os.environ.get("ONECNN_LIBRARY", ROOT / "build/venv/libonecnn.so.1"))
    if not path.exists():
        pytest.skip(f"not built: {path}")
    return path


@pytest.fixture(scope="session")
def header_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory in which <onecnn/onecnn.h> lies as it does when installed."""
    directory = tmp_path_factory.mktemp("include")
    (directory / "onecnn").mkdir()
    (directory / "onecnn/onecnn.h").write_bytes((ROOT / "capi/onecnn.h").read_bytes())
    return directory


@pytest.fixture(scope="session")
def declared() -> set[str]:
    """The functions of capi/onecnn.h."""
    text = re.sub(r"/\*.*?\*/", "", (ROOT / "capi/onecnn.h").read_text(), flags=re.DOTALL)
    names = set(re.findall(r"\bONECNN_API\b[^;(]*?\b(onecnn_\w+)\s*\(", text))
    assert "onecnn_version" in names
    return names


@pytest.fixture(scope="session")
def exported(library: Path) -> set[str]:
    """The dynamic symbols that the library defines, with their version, as `name@@NODE`."""
    lines = subprocess.run(
        ["nm", "--dynamic", "--defined-only", "--with-symbol-versions", str(library)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return {name for _, kind, name in map(str.split, lines) if kind != "A"}
