# SPDX-License-Identifier: Apache-2.0
"""docs/operators.md is what src/ops registers."""

from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_lists_every_registered_operator_and_no_other() -> None:
    page = runpy.run_path(str(ROOT / "docs" / "list_operators.py"))["page"]()
    registrations = sum(
        line.startswith("const Registration ")
        for source in (ROOT / "src" / "ops").glob("*.cpp")
        for line in source.read_text(encoding="utf-8").splitlines()
    )
    assert page.count("../src/ops/") == registrations > 0
    written = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")
    assert written == page, "run `python docs/list_operators.py`"
