# SPDX-License-Identifier: Apache-2.0
"""Clients of an application in this process, and bodies to send."""

from __future__ import annotations

import base64
import io
import logging
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import structlog
from fastapi.testclient import TestClient
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from onecnn_service.factory import create_app
from onecnn_service.settings import Settings


@pytest.fixture(scope="session", autouse=True)
def quiet_logs() -> None:
    """Leave a failing test's output to the test."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


@pytest.fixture(scope="session")
def client() -> Iterator[TestClient]:
    """A client of the bundled models."""
    with TestClient(create_app(Settings())) as made:
        yield made


@pytest.fixture(scope="session")
def record(client: TestClient) -> dict[str, float | bool]:
    """A valid record for the tabular model: its columns' means."""
    columns = client.get("/models/damage").json()["input"]["columns"]
    typical = {"number": float, "integer": round, "boolean": lambda mean: mean >= 0.5}
    return {column["name"]: typical[column["type"]](column["mean"]) for column in columns}


@pytest.fixture(scope="session")
def seven() -> NDArray[np.uint8]:
    """A seven as MNIST has them: ``[28, 28]`` uint8."""
    picture = Image.new("L", (280, 280))
    ImageDraw.Draw(picture).line([(85, 60), (195, 60), (130, 225)], fill=255, width=24, joint="curve")
    return np.asarray(picture.resize((28, 28), Image.Resampling.BOX))


@pytest.fixture(scope="session")
def encoded() -> Callable[..., bytes]:
    """Encode an array ``[H, W]`` or ``[H, W, C]`` uint8, or a picture, as an image file."""

    def encode(picture: NDArray[np.uint8] | Image.Image, form: str = "PNG") -> bytes:
        image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
        stream = io.BytesIO()
        image.save(stream, form)
        return stream.getvalue()

    return encode


@pytest.fixture(scope="session")
def data_url() -> Callable[[bytes], str]:
    """Write an image file as a data URL."""
    return lambda data: "data:image/png;base64," + base64.b64encode(data).decode()
