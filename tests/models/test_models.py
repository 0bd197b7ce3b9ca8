# SPDX-License-Identifier: Apache-2.0
"""Real models from the data folder agree with ONNX Runtime, at their own and at other sizes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnxruntime
import pytest
from PIL import Image, ImageOps

import onecnn

Array = np.ndarray[Any, Any]
MALFORMED = "malformed-super-resolution"
AUDIO = "silero-vad-16k"


class Pictures(NamedTuple):
    """What a model takes: pictures of `channels`, with pixels of 0 to 255 less `mean`, divided by `deviation`."""

    channels: int
    sizes: list[tuple[int, int]]
    mean: float = 0
    deviation: float = 1
    batches: tuple[int, ...] = (1,)


VISION = {
    "fastestdet": Pictures(3, [(352, 352)], deviation=255),
    "mnist-cntk": Pictures(1, [(28, 28)]),
    "ppocr-v2-cls": Pictures(3, [(48, 192), (64, 128), (61, 95)], mean=127.5, deviation=127.5, batches=(1, 4)),
    "ppocr-v3-det": Pictures(3, [(640, 640), (320, 480), (96, 160)], mean=118, deviation=58, batches=(1, 4)),
    "ultraface-rfb-320": Pictures(3, [(240, 320)], mean=127, deviation=128),
    "ultraface-slim-320-simplified": Pictures(3, [(240, 320)], mean=127, deviation=128),
    "yolox-nano": Pictures(3, [(416, 416)]),
}
RUNS = [
    pytest.param(name, batch, size, id=f"{name} {batch}x{size[0]}x{size[1]}")
    for name, pictures in VISION.items()
    for batch in pictures.batches
    for size in pictures.sizes
]


def photographs(folder: Path, batch: int, size: tuple[int, int]) -> Array:
    """Return photographs [N, H, W, 3], uint8: two, then their mirror images."""
    height, width = size
    photos = [Image.open(path).convert("RGB") for path in sorted(folder.glob("*.jpg"))]
    photos += [ImageOps.mirror(photo) for photo in photos]
    return np.stack([np.asarray(photo.resize((width, height))) for photo in photos[:batch]])


def session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options)


def assert_agrees(path: Path, outputs: dict[str, Array], feeds: dict[str, Array]) -> None:
    """Compare with ONNX Runtime: each element to 1e-4 of itself and of the output's root mean square, or 1e-5.

    Where a map is nearly 0 all over, sums made in another order show in single elements: one in 50,000 may be
    further off, but not than 1e-4 of the largest.
    """
    peer = session(path)
    names = [output.name for output in peer.get_outputs()]
    assert list(outputs) == names
    for name, expected in zip(names, peer.run(None, feeds), strict=True):
        assert outputs[name].dtype == expected.dtype
        scale = float(np.sqrt(np.mean(np.square(expected, dtype=np.float64))))
        largest = float(np.abs(expected).max())
        further = np.abs(outputs[name] - expected) > 1e-5 + 1e-4 * (scale + np.abs(expected))
        most = largest if further.sum() <= expected.size // 50_000 else scale
        np.testing.assert_allclose(outputs[name], expected, rtol=1e-4, atol=1e-5 + 1e-4 * most, err_msg=name)


def test_every_model_of_the_folder_is_tested(data_dir: Path) -> None:
    names = {path.stem for path in (data_dir / "models").glob("*.onnx")}
    assert names == {*VISION, AUDIO, MALFORMED}


@pytest.mark.parametrize(("name", "batch", "size"), RUNS)
def test_vision(data_dir: Path, name: str, batch: int, size: tuple[int, int]) -> None:
    pictures = VISION[name]
    pixels = photographs(data_dir / "images", batch, size)[..., : pictures.channels].transpose(0, 3, 1, 2)
    path = data_dir / "models" / f"{name}.onnx"
    model = onecnn.load(path)
    feeds = {model.inputs[0].name: np.ascontiguousarray((pixels - pictures.mean) / pictures.deviation, np.float32)}
    assert_agrees(path, model.run(feeds), feeds)


@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize("samples", [576, 512, 256])
def test_audio(data_dir: Path, batch: int, samples: int) -> None:
    path = data_dir / "models" / f"{AUDIO}.onnx"
    model = onecnn.load(path)
    generator = np.random.default_rng(0)
    state = np.zeros((2, batch, 128), np.float32)
    for _ in range(4):
        chunk = generator.normal(0, 0.1, (batch, samples)).astype(np.float32)
        feeds = {"input": chunk, "state": state, "sr": np.array(16000)}
        outputs = model.run(feeds)
        assert_agrees(path, outputs, feeds)
        state = outputs["stateN"]


def test_a_malformed_model_is_refused_with_the_reason(data_dir: Path) -> None:
    path = data_dir / "models" / f"{MALFORMED}.onnx"
    reason = "the model is of IR version 1, which names no operator set; IR versions from 3 on are read"
    with pytest.raises(onecnn.InvalidModel, match=re.escape(f"'{path}': {reason}")):
        onecnn.load(path)
