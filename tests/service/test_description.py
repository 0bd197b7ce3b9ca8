# SPDX-License-Identifier: Apache-2.0
"""The descriptions models carry: what is accepted, what is refused, and what they make of a request."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from PIL import Image

from onecnn_service import answers, description, images
from onecnn_service.description import ImageInput
from onecnn_service.models import ServedModel

IMAGE: dict[str, Any] = {
    "version": 1,
    "task": "image-classification",
    "name": "pictures",
    "labels": ["cat", "dog"],
    "input": {"name": "x", "channels": 3, "height": 4, "width": 6},
    "output": {"probabilities": "p"},
}
TABLE: dict[str, Any] = {
    "version": 1,
    "task": "tabular-classification",
    "name": "table",
    "labels": ["no", "yes"],
    "positive_label": "yes",
    "threshold": 0.3,
    "input": {"name": "x", "columns": [{"name": "a"}, {"name": "b"}]},
    "output": {"label": "l", "probabilities": "p"},
}


def _parsed(content: dict[str, Any]) -> description.Description:
    return description.parse({"onecnn.io": json.dumps(content)})


@pytest.mark.parametrize(
    ("base", "part", "change", "sentence"),
    [
        (IMAGE, None, {"version": 2}, "version"),
        (IMAGE, None, {"task": "poetry"}, "poetry"),
        (IMAGE, None, {"labels": "abc"}, "labels"),
        (IMAGE, "input", {"channels": 2}, "2×4×6 is not supported"),
        (IMAGE, "input", {"height": 0}, "3×0×6 is not supported"),
        (IMAGE, "input", {"std": [0.0]}, "std none that is 0"),
        (IMAGE, "input", {"mean": [0.1, 0.2]}, "a value for each channel"),
        (IMAGE, "input", {"value_range": [1, 1]}, "value_range"),
        (IMAGE, "input", {"resize": "mnist"}, "1×28×28"),
        (IMAGE, "input", {"resize": "magic"}, "magic"),
        (IMAGE, "input", {"crop": "ink"}, 'crop "ink" goes with resize "mnist" only'),
        (TABLE, "input", {"columns": []}, "there must be columns"),
        (TABLE, "input", {"columns": [{"name": "a"}, {"name": "a"}]}, "each of its own name"),
        (TABLE, None, {"positive_label": "perhaps"}, "not among the labels"),
    ],
)
def test_a_description_that_could_not_be_served_is_refused(
    base: dict[str, Any], part: str | None, change: dict[str, Any], sentence: str
) -> None:
    changed = {**base, **change} if part is None else {**base, part: {**base[part], **change}}

    with pytest.raises(ValueError, match=sentence):
        _parsed(changed)


@pytest.mark.parametrize("metadata", [{}, {"onecnn.io": ""}, {"onecnn.io": "{"}, {"onecnn.io": "[]"}])
def test_a_missing_or_unreadable_description_is_refused(metadata: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"onecnn\.io"):
        description.parse(metadata)


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_colour_pictures_are_scaled_and_laid_out_as_described(layout: Any) -> None:
    spec = ImageInput(
        name="x", channels=3, height=4, width=6, layout=layout, value_range=(0, 255), mean=(1, 2, 3), std=(1, 2, 4)
    )
    picture = Image.new("RGB", (60, 40), (11, 22, 43))

    made = images.tensor(picture, spec, "image")

    expected = np.array([10.0, 10.0, 10.0], np.float32)
    assert made.dtype == np.float32
    assert made.flags.c_contiguous
    if layout == "NCHW":
        assert made.shape == (1, 3, 4, 6)
        assert np.allclose(made, expected[None, :, None, None], atol=1e-4)
    else:
        assert made.shape == (1, 4, 6, 3)
        assert np.allclose(made, expected, atol=1e-4)


@pytest.mark.parametrize(
    ("resize", "left", "middle"), [("stretch", 200, 200), ("letterbox", 0, 200), ("crop", 200, 200)]
)
def test_each_resize_rule_does_what_it_says(resize: Any, left: int, middle: int) -> None:
    spec = ImageInput(name="x", channels=3, height=8, width=16, value_range=(0, 255), resize=resize)

    made = images.tensor(Image.new("RGB", (30, 30), (200, 200, 200)), spec, "image")

    assert made[0, 0, 4, 0] == pytest.approx(left, abs=1)
    assert made[0, 0, 4, 8] == pytest.approx(middle, abs=1)


def test_ink_is_turned_to_the_polarity_the_model_wants() -> None:
    paper = np.full((28, 28), 255, np.uint8)
    paper[5:23, 13:15] = 0
    made = {
        polarity: images.tensor(
            Image.fromarray(paper),
            ImageInput(name="x", channels=1, height=28, width=28, resize="mnist", polarity=polarity),
            "image",
        )
        for polarity in ("light-on-dark", "dark-on-light")
    }

    assert made["light-on-dark"].mean() < 0.3
    assert np.allclose(made["light-on-dark"], 1 - made["dark-on-light"])


def test_only_a_declared_polarity_or_mnists_procedure_inverts() -> None:
    paper = Image.new("L", (30, 30), 230)
    means = {
        polarity: images.tensor(
            paper, ImageInput(name="x", channels=1, height=8, width=8, polarity=polarity), "image"
        ).mean()
        for polarity in ("any", "light-on-dark", "dark-on-light")
    }

    assert means == pytest.approx({"any": 230 / 255, "light-on-dark": 25 / 255, "dark-on-light": 230 / 255}, abs=1e-6)
    assert ImageInput(name="x", channels=1, height=8, width=8).polarity == "any"


@pytest.mark.parametrize("mode", ["RGBA", "RGB", "LA", "P", "I;16"])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_photograph_is_reduced_by_strips_as_it_would_be_whole(
    mode: str, channels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(3)
    coarse = Image.fromarray(rng.integers(0, 256, (23, 31, 4), np.uint8)).resize((1537, 1201))
    picture = (
        Image.fromarray(np.asarray(coarse)[:, :, 0].astype(np.uint16) * 257) if mode == "I;16" else coarse.convert(mode)
    )
    spec = ImageInput(name="x", channels=channels, height=24, width=32)
    made = []
    for pixels in (1 << 30, 1 << 14):
        monkeypatch.setattr(images, "_STRIP", pixels)
        made.append(images.tensor(picture, spec, "image"))

    assert np.array_equal(*made)
    assert made[0].std() > 0.05


def test_a_threshold_overrules_the_models_own_label() -> None:
    model = ServedModel("table", "1", None, _parsed(TABLE))  # type: ignore[arg-type]
    outputs = {"l": np.array([0, 0]), "p": np.array([[0.6, 0.4], [0.8, 0.2]], np.float32)}

    above, below = answers.answers(model, outputs, 0.001)

    assert (above.prediction, below.prediction) == ("yes", "no")
    assert above.probability == pytest.approx(0.4)
    assert above.confidence == pytest.approx(0.6)
    assert above.inference_time_ms == 1.0
