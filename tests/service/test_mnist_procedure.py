# SPDX-License-Identifier: Apache-2.0
"""The way from ink to a 28×28 image, held against MNIST's own images."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from onecnn_service import mnist_procedure


def test_mnists_own_images_come_out_as_they_were(mnist_test: tuple[NDArray[np.uint8], NDArray[np.uint8]]) -> None:
    images = mnist_test[0][:1000]
    made = [mnist_procedure.normalise(image) for image in images]

    same = np.mean([np.array_equal(a, b) for a, b in zip(made, images, strict=True)])
    # The others' centres of mass lie so near to half a pixel that rounding goes the other way.
    assert same > 0.85
    for a, b in zip(made, images, strict=True):
        assert any(np.array_equal(a, np.roll(b, (y, x), (0, 1))) for y in (-1, 0, 1) for x in (-1, 0, 1)) or (
            np.abs(a.astype(int) - b).mean() < 12
        )


def _sheet(digit: NDArray[np.uint8], side: int, top: int, left: int) -> NDArray[np.uint8]:
    sheet = np.zeros((300, 400), np.uint8)
    sheet[top : top + side, left : left + side] = np.asarray(Image.fromarray(digit).resize((side, side)))
    return sheet


def test_neither_place_nor_size_on_the_sheet_matters(seven: NDArray[np.uint8]) -> None:
    reference = mnist_procedure.normalise(_sheet(seven, 140, 80, 130)).astype(int)

    moved = mnist_procedure.normalise(_sheet(seven, 140, 5, 250))
    larger = mnist_procedure.normalise(_sheet(seven, 280, 10, 60))

    assert np.array_equal(moved, reference)
    assert np.abs(larger - reference).mean() < 6


def test_a_digit_fills_the_box_and_is_centred_by_mass(seven: NDArray[np.uint8]) -> None:
    image = mnist_procedure.normalise(_sheet(seven, 200, 50, 20)).astype(float)

    rows, columns = np.nonzero(image.max(axis=1))[0], np.nonzero(image.max(axis=0))[0]
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == mnist_procedure.BOX
    for axis in (0, 1):
        profile = image.sum(axis=1 - axis)
        assert profile @ np.arange(28) / profile.sum() == pytest.approx(mnist_procedure.CENTRE, abs=0.5)


def test_grain_of_the_paper_does_not_widen_the_crop(seven: NDArray[np.uint8]) -> None:
    clean = _sheet(seven, 140, 80, 130)
    noise = np.random.default_rng(0).normal(0, 6, clean.shape)
    noisy = np.clip(clean * 0.7 + 40 + noise, 0, 255).astype(np.uint8)

    difference = mnist_procedure.normalise(noisy).astype(int) - mnist_procedure.normalise(clean)

    assert np.abs(difference).mean() < 12


@pytest.mark.parametrize("shade", [0, 90, 255])
def test_an_even_image_has_no_ink(shade: int) -> None:
    with pytest.raises(mnist_procedure.NoInk):
        mnist_procedure.normalise(np.full((50, 50), shade, np.uint8))
