# SPDX-License-Identifier: Apache-2.0
"""NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss, against NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import onecnn

Array = NDArray[Any]
OneNode = Callable[..., bytes]
LOSSES = ["NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss"]


def named(inputs: list[Array | None]) -> dict[str, Array]:
    return {f"x{i}": value for i, value in enumerate(inputs) if value is not None}


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.sampled_from(LOSSES),
    st.lists(st.integers(1, 4), max_size=3),
    st.integers(1, 5),
    st.sampled_from(["none", "sum", "mean"]),
    st.booleans(),
    st.sampled_from([None, 0, -1, 7]),
    st.sampled_from(["float32", "float64", "float16"]),
    st.sampled_from(["int32", "int64"]),
)
def test_any_loss(
    one_node: OneNode,
    op_type: str,
    inner: list[int],
    classes: int,
    reduction: str,
    weighted: bool,
    ignored: int | None,
    dtype: str,
    target_dtype: str,
) -> None:
    chance = np.random.default_rng(0)
    x = (chance.standard_normal((3, classes, *inner)) * 4).astype(dtype)
    target = chance.integers(0, classes, (3, *inner))
    if ignored is not None:
        target = np.where(chance.random(target.shape) < 0.3, ignored, target)
    target = target.astype(target_dtype)
    weight = chance.uniform(0.5, 2, classes).astype(dtype) if weighted else None
    attributes: dict[str, object] = {"reduction": reduction}
    if ignored is not None:
        attributes["ignore_index"] = ignored
    outputs = 2 if op_type == LOSSES[1] else 1
    got = onecnn.load(one_node(op_type, [x, target, weight], outputs, **attributes)).run(named([x, target, weight]))

    logarithms = x.astype("float64")
    if op_type == LOSSES[1]:
        logarithms = logarithms - logarithms.max(1, keepdims=True)
        logarithms -= np.log(np.exp(logarithms).sum(1, keepdims=True))
    counts = np.ones(target.shape) if ignored is None else (target != ignored).astype("float64")
    classes_there = np.where(counts > 0, target, 0)
    if weight is not None:
        counts *= weight.astype("float64")[classes_there]
    loss = -np.take_along_axis(logarithms, np.expand_dims(classes_there, 1), 1)[:, 0] * counts
    with np.errstate(invalid="ignore"):
        expected = {"none": loss, "sum": loss.sum(), "mean": loss.sum() / counts.sum()}[reduction]
    tolerance = 4e-3 if dtype == "float16" else 1e-5
    assert got["y0"].dtype == dtype and got["y0"].shape == np.shape(expected)
    np.testing.assert_allclose(got["y0"], expected, rtol=tolerance, atol=tolerance)
    if outputs == 2:
        np.testing.assert_allclose(got["y1"], logarithms, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("op_type", LOSSES)
@pytest.mark.parametrize("found", [-1, 3, 2**62])
def test_classes_that_are_not_there_are_refused(one_node: OneNode, op_type: str, found: int) -> None:
    inputs: list[Array | None] = [np.zeros((2, 3), np.float32), np.array([1, found])]
    with pytest.raises(onecnn.InvalidArgument, match=rf"class {found} is outside \[0, 3\)"):
        onecnn.load(one_node(op_type, inputs)).run(named(inputs))


@pytest.mark.parametrize(
    ("shapes", "attributes", "message"),
    [
        ([(2,), (2,)], {}, "expected [N, C, ...]"),
        ([(2, 3, 4), (2, 3)], {}, "expected int64 or int32 of shape [2, 4]"),
        ([(2, 3), (2,), (2,)], {}, "the weights have shape [2], expected [3]"),
        ([(2, 3), (2,)], {"reduction": "product"}, "reduction is 'product'"),
    ],
)
def test_refused_losses(
    one_node: OneNode, shapes: list[tuple[int, ...]], attributes: dict[str, object], message: str
) -> None:
    inputs: list[Array | None] = [np.zeros(shape, np.int64 if i == 1 else np.float32) for i, shape in enumerate(shapes)]
    with pytest.raises(onecnn.Error) as raised:
        onecnn.load(one_node("NegativeLogLikelihoodLoss", inputs, **attributes)).run(named(inputs))
    assert message in str(raised.value)
