# SPDX-License-Identifier: Apache-2.0
"""BatchNormalization and Dropout, with and without training_mode, in all float types, against NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import onecnn

Array = np.ndarray[Any, Any]
OneNode = Callable[..., bytes]
FLOATS = ["float16", "float32", "float64"]
TOLERANCE = {"float16": 2e-3, "float32": 1e-5, "float64": 1e-12}


def batch_normalization_inputs(shape: tuple[int, ...], dtypes: tuple[str, str, str]) -> list[Array]:
    """Draw x, scale, bias, mean and variance, of dtypes T, T1 and T2."""
    random = np.random.default_rng(0)
    channels = shape[1] if len(shape) > 1 else 1
    kinds = (dtypes[0], dtypes[1], dtypes[1], dtypes[2], dtypes[2])
    values = [random.normal(2, 3, shape), *(random.uniform(0.5, 2, channels) for _ in range(4))]
    return [value.astype(kind) for value, kind in zip(values, kinds, strict=True)]


def normalised(x: Array, scale: Array, bias: Array, mean: Array, variance: Array) -> Array:
    channel = (-1,) + (1,) * max(x.ndim - 2, 0)
    scale, bias, mean, variance = (value.astype(np.float64).reshape(channel) for value in (scale, bias, mean, variance))
    return np.asarray((x - mean) / np.sqrt(variance + 1e-5) * scale + bias)


SHAPES = [(7,), (4, 3), (2, 3, 5), (2, 5, 33, 31), (2, 3, 2, 3, 4), (1, 2, 3, 1, 2, 4)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtypes", [*((d, d, d) for d in FLOATS), ("float16", "float32", "float64")], ids=" ".join)
def test_batch_normalization(one_node: OneNode, shape: tuple[int, ...], dtypes: tuple[str, str, str]) -> None:
    inputs = batch_normalization_inputs(shape, dtypes)
    y = onecnn.load(one_node("BatchNormalization", inputs)).run({f"x{i}": x for i, x in enumerate(inputs)})["y0"]
    assert y.dtype == dtypes[0]
    np.testing.assert_allclose(y, normalised(*inputs), rtol=TOLERANCE[dtypes[0]], atol=TOLERANCE[dtypes[0]] * 3)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtypes", [*((d, d, d) for d in FLOATS), ("float32", "float16", "float64")], ids=" ".join)
def test_batch_normalization_of_training(
    one_node: OneNode, shape: tuple[int, ...], dtypes: tuple[str, str, str]
) -> None:
    inputs = batch_normalization_inputs(shape, dtypes)
    model = onecnn.load(one_node("BatchNormalization", inputs, 3, training_mode=1, momentum=0.75))
    y, mean, variance = model.run({f"x{i}": x for i, x in enumerate(inputs)}).values()
    axes = tuple(axis for axis in range(len(shape)) if axis != 1)
    wide = inputs[0].astype(np.float64)
    own = [np.atleast_1d(wide.mean(axes)), np.atleast_1d(wide.var(axes))]
    expected = normalised(*inputs[:3], *own)
    np.testing.assert_allclose(y, expected, rtol=TOLERANCE[dtypes[0]], atol=TOLERANCE[dtypes[0]] * 3)
    for got, given, measured in zip((mean, variance), inputs[3:], own, strict=True):
        assert got.dtype == dtypes[2]
        np.testing.assert_allclose(got, 0.75 * given + 0.25 * measured, rtol=TOLERANCE[dtypes[2]])


def test_batch_normalization_of_training_may_give_y_alone(one_node: OneNode) -> None:
    inputs = batch_normalization_inputs((2, 3, 4), ("float32",) * 3)
    feeds = {f"x{i}": x for i, x in enumerate(inputs)}
    alone, all_three = (onecnn.load(one_node("BatchNormalization", inputs, n, training_mode=1)) for n in (1, 3))
    np.testing.assert_array_equal(alone.run(feeds)["y0"], all_three.run(feeds)["y0"])


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("ratio", [None, 0.0, 0.25])
def test_dropout_of_training_draws_as_numpy_does(one_node: OneNode, ratio: float | None, dtype: str) -> None:
    x = np.random.default_rng(0).normal(0, 1, (30, 40)).astype(dtype)
    inputs = [x, None if ratio is None else np.array(ratio, dtype), np.array(True)]
    feeds = {f"x{i}": value for i, value in enumerate(inputs) if value is not None}
    y, mask = onecnn.load(one_node("Dropout", inputs, 2, seed=7)).run(feeds).values()
    share = 0.5 if ratio is None else ratio
    stays = np.random.RandomState(7).uniform(size=x.shape) >= share
    np.testing.assert_array_equal(mask, stays)
    np.testing.assert_allclose(y, np.where(stays, x / (1 - share), 0), rtol=TOLERANCE[dtype])
    np.testing.assert_array_equal(onecnn.load(one_node("Dropout", inputs, seed=7)).run(feeds)["y0"], y)


def test_a_ratio_that_is_none_is_refused_at_run_time(one_node: OneNode) -> None:
    inputs = [np.ones(4, np.float32), np.array(0.5, np.float32), np.array(True)]
    model = onecnn.load(one_node("Dropout", inputs, seed=1))
    for ratio in (1, -0.5, np.nan):
        with pytest.raises(onecnn.InvalidArgument, match=r"node 'only' \(Dropout, .*ratio is .*, outside \[0, 1\)"):
            model.run({"x0": inputs[0], "x1": np.array(ratio, np.float32), "x2": inputs[2]})
