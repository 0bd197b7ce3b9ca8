# SPDX-License-Identifier: Apache-2.0
"""The descriptions in docs/models.md are ones that the service takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from onecnn_service.description import KEY, parse

PAGE = Path(__file__).parents[2] / "docs" / "models.md"
BLOCKS = re.findall(r"^```json\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def test_there_is_one_for_images_and_one_for_records() -> None:
    assert [parse({KEY: block}).name for block in BLOCKS] == ["shapes", "risk"]


@pytest.mark.parametrize("block", BLOCKS)
def test_a_misspelt_task_is_refused(block: str) -> None:
    with pytest.raises(ValueError, match=r"not a version 1 description"):
        parse({KEY: block.replace("-classification", "-clasification")})
