# SPDX-License-Identifier: Apache-2.0
"""Image files of every kind, good and bad, through the service."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from fastapi.testclient import TestClient
from httpx import Response
from numpy.typing import NDArray
from PIL import Image

Encode = Callable[..., bytes]
Picture = NDArray[np.uint8]


def _send(client: TestClient, data: bytes, path: str = "/predict") -> Response:
    return client.post(path, files={"file": ("picture", data)})


@pytest.fixture
def large(seven: Picture) -> Picture:
    """The seven as dark ink on white paper, small and off the middle of a sheet."""
    sheet = np.full((400, 600), 255, np.uint8)
    sheet[40:180, 380:520] = 255 - np.asarray(Image.fromarray(seven).resize((140, 140)))
    return sheet


def _variants(paper: Picture) -> dict[str, Image.Image]:
    grey = Image.fromarray(paper)
    ink = Image.fromarray(255 - paper)
    clear = Image.new("RGBA", grey.size, (0, 0, 0, 0))
    clear.paste((10, 20, 30, 255), mask=ink)
    deep = Image.fromarray(paper.astype(np.uint16) * 257)
    indexed = grey.convert("P")
    return {
        "dark on light": grey,
        "light on dark": ink,
        "colour": Image.merge("RGB", [grey, grey, Image.fromarray(paper // 2 + 127)]),
        "transparent paper": clear,
        "grey with alpha": clear.convert("LA"),
        "palette": indexed,
        "black and white": grey.convert("1"),
        "16 bit": deep,
        "faint": grey.point(lambda value: 150 + value // 3),
    }


@pytest.mark.parametrize("variant", _variants(np.zeros((1, 1), np.uint8)))
def test_a_digit_is_read_from_every_kind_of_png(
    client: TestClient, large: Picture, encoded: Encode, variant: str
) -> None:
    answer = _send(client, encoded(_variants(large)[variant]))

    assert (answer.status_code, answer.json().get("prediction")) == (200, 7)


@pytest.mark.parametrize("form", ["JPEG", "BMP", "WEBP"])
def test_a_digit_is_read_from_a_noisy_photograph(
    client: TestClient, large: Picture, encoded: Encode, form: str
) -> None:
    noise = np.random.default_rng(0).normal(0, 8, (*large.shape, 3))
    photograph = np.clip(large[:, :, None] * 0.6 + 60 + noise, 0, 255).astype(np.uint8)

    assert _send(client, encoded(photograph, form)).json()["prediction"] == 7


def test_a_cmyk_jpeg_and_a_turned_camera_are_read(client: TestClient, large: Picture) -> None:
    stream = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(large).convert("CMYK").rotate(90, expand=True).save(stream, "JPEG", exif=exif)

    assert _send(client, stream.getvalue()).json()["prediction"] == 7


def test_a_drawing_is_never_inverted(client: TestClient, large: Picture, encoded: Encode) -> None:
    light_on_dark, dark_on_light = encoded(255 - large), encoded(large)

    drawing = _send(client, light_on_dark, "/predict-drawing?show_input=true").json()
    inverse = _send(client, dark_on_light, "/predict-drawing?show_input=true").json()
    photographs = [_send(client, data).json() for data in (light_on_dark, dark_on_light)]

    assert drawing["predicted_digit"] == 7
    assert [photograph["prediction"] for photograph in photographs] == [7, 7]
    assert np.mean(drawing["model_input"]) < 60
    # The whole light sheet counts as ink and fills the box.
    assert np.mean(inverse["model_input"]) > 0.8 * 255 * (20 * 13) / 28**2


def test_a_photograph_of_many_pixels_is_read(client: TestClient, large: Picture, encoded: Encode) -> None:
    photograph = Image.fromarray(large).resize((6000, 4000))

    assert _send(client, encoded(photograph, "JPEG")).json()["prediction"] == 7


def test_white_strokes_on_a_clear_canvas_are_a_drawing(client: TestClient, seven: Picture, encoded: Encode) -> None:
    strokes = Image.new("RGBA", (28, 28), (0, 0, 0, 0))
    strokes.paste((255, 255, 255, 255), mask=Image.fromarray(seven))

    answer = _send(client, encoded(strokes), "/predict-drawing")

    assert answer.json()["predicted_digit"] == 7


@pytest.mark.parametrize("path", ["/predict", "/predict-drawing", "/predict-image"])
@pytest.mark.parametrize("shade", [0, 128, 255])
def test_an_image_without_ink_is_422(client: TestClient, encoded: Encode, path: str, shade: int) -> None:
    answer = _send(client, encoded(np.full((40, 40), shade, np.uint8)), path)

    assert answer.status_code == 422
    assert answer.json()["error"] == "file: expected an image with ink on it, got one even colour."


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (2, 2)])
def test_tiny_images_are_answered(client: TestClient, encoded: Encode, size: tuple[int, int]) -> None:
    picture = np.zeros(size, np.uint8)
    picture[0, 0] = 255

    assert _send(client, encoded(picture)).status_code in (200, 422)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "BMP", "WEBP"])
def test_an_image_cut_short_is_400(client: TestClient, large: Picture, encoded: Encode, form: str) -> None:
    data = encoded(large, form)
    for length in (len(data) // 2, len(data) - 20, 30, 10, 1):
        answer = _send(client, data[:length])
        assert answer.status_code in (200, 400), (form, length)
        assert length > 60 or answer.status_code == 400, (form, length)
    assert _send(client, data[: len(data) // 2]).status_code == 400


@pytest.mark.parametrize("form", ["PNG", "JPEG", "BMP", "WEBP"])
def test_a_damaged_image_is_never_a_500(client: TestClient, seven: Picture, encoded: Encode, form: str) -> None:
    original = encoded(seven, form)
    rng = np.random.default_rng(1)
    for _ in range(150):
        data = bytearray(original)
        for _ in range(rng.integers(1, 8)):
            data[rng.integers(len(data))] = rng.integers(256)
        assert _send(client, bytes(data)).status_code in (200, 400, 413, 415, 422)


def test_other_image_formats_are_415(client: TestClient, seven: Picture, encoded: Encode) -> None:
    answer = _send(client, encoded(seven, "GIF"))

    assert answer.status_code == 415
    assert answer.json()["error"] == "file: expected a PNG, JPEG, BMP or WebP image, got a GIF."


@pytest.mark.parametrize("side", [6_000, 60_000])
def test_a_decompression_bomb_is_413_and_never_unpacked(client: TestClient, side: int) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * (side * 100))
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")

    answer = _send(client, bomb)

    assert answer.status_code == 413
    assert "expected at most 24000000 pixels" in answer.json()["error"]
