# SPDX-License-Identifier: Apache-2.0
"""What one request may cost a service in memory: a pod's limit must hold several."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image, ImageDraw

PEAK_MIB = 400


def _photograph(mode: str, form: str, size: tuple[int, int] = (6000, 4000), **options: object) -> bytes:
    picture = Image.new(mode, size, "white")
    ImageDraw.Draw(picture).line([(2000, 500), (2200, 2500)], fill="black", width=200)
    stream = io.BytesIO()
    picture.save(stream, form, **options)
    return stream.getvalue()


def _turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return _photograph("RGB", "JPEG", exif=exif)


def _batch() -> bytes:
    return json.dumps({"pixels": [[0] * 391 + [200] * 2 + [0] * 391] * 4096}, separators=(",", ":")).encode()


def _peak_mib(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (line,) = [line for line in lines if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024


@pytest.mark.parametrize(
    ("make", "content_type"),
    [
        (lambda: _photograph("RGBA", "PNG"), "image/png"),
        (_turned, "image/jpeg"),
        (lambda: _photograph("RGBA", "WEBP", (4000, 3000), lossless=True, method=0), "image/webp"),
        (_batch, "application/json"),
    ],
    ids=["RGBA PNG of 24 megapixels", "turned JPEG", "WebP of 12 megapixels", "4096 images as JSON"],
)
def test_one_large_request_leaves_room_for_others(
    start_service: Any, make: Callable[[], bytes], content_type: str
) -> None:
    service = start_service()

    answer = httpx.post(f"{service.url}/predict", content=make(), headers={"content-type": content_type}, timeout=60)

    assert answer.status_code == 200
    assert _peak_mib(service.process.pid) < PEAK_MIB
