# SPDX-License-Identifier: Apache-2.0
"""The 10,000 test digits of MNIST through ``POST /predict``."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image, ImageFilter

BATCH = 500
REQUIRED = 0.992


@pytest.fixture(scope="module")
def http(service: Any) -> Any:
    """A client of the running service."""
    with httpx.Client(base_url=service.url, timeout=60) as made:
        yield made


def test_all_test_digits_in_batches(http: httpx.Client, mnist_test: Any, capsys: pytest.CaptureFixture[str]) -> None:
    predictions = []
    for start in range(0, len(mnist_test.images), BATCH):
        rows = mnist_test.images[start : start + BATCH].reshape(-1, 784)
        answer = http.post("/predict", json={"image": (rows / 255).tolist()})
        assert answer.status_code == 200, answer.text
        predictions += [each["prediction"] for each in answer.json()]

    accuracy = float(np.mean(np.array(predictions) == mnist_test.labels))
    with capsys.disabled():
        print(f"\nPOST /predict: {accuracy:.2%} of {len(predictions)} MNIST test digits")
    assert len(predictions) == 10_000
    assert accuracy >= REQUIRED


def test_single_digits_get_the_batchs_answers_under_concurrency(http: httpx.Client, mnist_test: Any) -> None:
    chosen = np.random.default_rng(0).permutation(len(mnist_test.images))[:400]
    rows = mnist_test.images[chosen].reshape(-1, 784)
    batch = http.post("/predict", json={"image": (rows / 255).tolist()}).json()

    def single(row: Any) -> Any:
        return http.post("/predict", json={"pixels": row.tolist()}).json()

    with ThreadPoolExecutor(8) as pool:
        singles = list(pool.map(single, rows))

    assert [each["prediction"] for each in singles] == [each["prediction"] for each in batch]
    difference = np.abs(
        np.array([each["probabilities"] for each in singles]) - np.array([each["probabilities"] for each in batch])
    )
    assert difference.max() < 1e-5
    assert np.mean([each["prediction"] for each in singles] == mnist_test.labels[chosen]) >= 0.98


def test_digits_drawn_anywhere_and_of_any_size_are_read(
    http: httpx.Client, mnist_test: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    count = 400
    right = 0
    for image, label in zip(mnist_test.images[:count], mnist_test.labels[:count], strict=True):
        answer = http.post("/predict-drawing", files={"file": _drawing(image, rng)})
        right += answer.json()["predicted_digit"] == label
    with capsys.disabled():
        print(f"\nPOST /predict-drawing: {right / count:.2%} of {count} digits drawn anywhere on a canvas")
    assert right / count >= 0.98


def _drawing(digit: Any, rng: np.random.Generator) -> bytes:
    """Redraw a digit in even strokes, in a random place and of a random size, on a 280×280 canvas; as PNG."""
    side = int(280 * rng.uniform(0.4, 1.0))
    ink = Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(2))
    strokes = ink.point(lambda value: 255 if value > 110 else 0).filter(ImageFilter.GaussianBlur(0.7))
    canvas = Image.new("L", (280, 280))
    canvas.paste(strokes, (int(rng.integers(0, 281 - side)), int(rng.integers(0, 281 - side))))
    stream = io.BytesIO()
    canvas.save(stream, "PNG")
    return stream.getvalue()
