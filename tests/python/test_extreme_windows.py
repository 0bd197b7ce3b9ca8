# SPDX-License-Identifier: Apache-2.0
"""Windows of Conv and of pooling with attributes up to the edge of 32 bits: a right result or an error."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper

import onecnn

Array = np.ndarray[Any, Any]
MOST = 2**31 - 1


def make_model(op_type: str, x: Array, kernel: list[int], **attributes: Any) -> bytes:
    """Make a model of one node, "only", of x; Conv has one filter of ones for each group."""
    filters = attributes.get("group", 1)
    weights = np.ones((filters, x.shape[1] // filters, *kernel) if op_type == "Conv" else 0, x.dtype)
    dtype = helper.np_dtype_to_tensor_dtype(x.dtype)
    if op_type != "Conv":
        attributes["kernel_shape"] = kernel
    graph = helper.make_graph(
        [helper.make_node(op_type, ["x", "w"] if op_type == "Conv" else ["x"], ["y"], name="only", **attributes)],
        "window",
        [helper.make_tensor_value_info("x", dtype, x.shape)],
        [helper.make_empty_tensor_value_info("y")],
        [helper.make_tensor("w", dtype, weights.shape, weights.tobytes(), raw=True)],
    )
    return bytes(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10).SerializeToString()
    )


def run(op_type: str, x: Array, kernel: list[int], **attributes: Any) -> Array:
    model = onecnn.load(make_model(op_type, x, kernel, **attributes), threads=1, limits={"tensor_bytes": 1 << 20})
    return np.asarray(model(x))


@pytest.mark.parametrize(
    ("shape", "kernel", "attributes"),
    [
        (
            (2, 1, 5, 5),
            [3, 2],
            {"strides": [32768, MOST], "dilations": [2, 1], "pads": [MOST, 3, 0, 0]},
        ),
        (
            (1, 4, 5, 5, 5),
            [3, 2, 1],
            {"strides": [1, 2**30, 1], "dilations": [2**30, 1, 1], "pads": [MOST, 0, 0, 2, 1, 1000]},
        ),
        ((5, 32, 1, 5), [2, 3], {"strides": [3355443, 153391689], "pads": [0, 2**30 - 1, 67108863, 0], "group": 32}),
        ((1, 3, 5), [3], {"strides": [107374182], "pads": [MOST - 2, 0]}),
        ((1, 1, 2, 8), [3, 2], {"strides": [26843545, 100], "dilations": [1, MOST - 5], "pads": [2**29, MOST, 0, 0]}),
    ],
)
def test_a_convolution_past_32_bits_is_refused(
    shape: tuple[int, ...], kernel: list[int], attributes: dict[str, Any]
) -> None:
    with pytest.raises(onecnn.UnsupportedOperator, match=r"node 'only' \(Conv, opset 21\).*reach 2147483648"):
        run("Conv", np.ones(shape, np.float32), kernel, **attributes)


def test_a_pooling_past_32_bits_is_computed() -> None:
    x = np.arange(1, 6, dtype=np.float32).reshape(1, 1, 5)
    window = {"kernel": [3], "strides": [2**30], "dilations": [2**30], "pads": [MOST, 2]}
    assert run("MaxPool", x, **window).tolist() == [[[2]]]
    assert run("AveragePool", x, count_include_pad=1, **window)[0, 0, 0] == pytest.approx(2 / 3)


def test_padding_of_six_dimensions_is_counted() -> None:
    x = np.ones((1, 1, *[1] * 6))
    y = run("AveragePool", x, [MOST] * 6, count_include_pad=1, pads=[MOST - 1] * 6 + [0] * 6)
    assert y.item() * float(MOST) ** 6 == pytest.approx(1)


def expected(op_type: str, x: Array, shape: tuple[int, ...], kernel: list[int], attributes: dict[str, Any]) -> Array:
    """Reduce each window's elements, one tap of all windows at a time."""
    rank = len(kernel)
    pads = attributes["pads"]
    total = np.zeros(shape)
    largest = np.full(shape, float(np.finfo(np.float32).min))
    inside = np.zeros(shape)
    padded = np.zeros(shape)
    for tap in itertools.product(*map(range, kernel)):
        places = np.ix_(
            *(
                np.arange(shape[i + 2]) * attributes["strides"][i] - pads[i] + tap[i] * attributes["dilations"][i]
                for i in range(rank)
            )
        )
        seen = np.ones(shape, bool)
        counted = np.ones(shape, bool)
        for i, place in enumerate(places):
            seen &= (place >= 0) & (place < x.shape[i + 2])
            counted &= place < x.shape[i + 2] + pads[rank + i]
        clipped = tuple(np.clip(place, 0, x.shape[i + 2] - 1) for i, place in enumerate(places))
        under = (slice(None), slice(None), *clipped)
        elements = np.broadcast_to(x[under], (*x.shape[:2], *shape[2:]))
        if op_type == "Conv":
            elements = elements.sum(1, keepdims=True)
        total += np.where(seen, elements, 0)
        largest = np.where(seen, np.maximum(largest, elements), largest)
        inside += seen
        padded += counted
    if op_type == "Conv":
        return total
    if op_type == "MaxPool":
        return largest
    with np.errstate(invalid="ignore"):
        return total / (padded if attributes["count_include_pad"] else inside)


EXTREMES = [1, 2, 3, 16, 100, 2**15, 2**16 - 1, 2**20, 2**24, 2**28, 2**29, 2**30, 2**30 + 1, MOST - 5, MOST]


@st.composite
def windows(draw: st.DrawFn) -> tuple[tuple[int, ...], list[int], dict[str, Any]]:
    """Windows that fit and have few positions, as most that are drawn blindly do not."""
    rank = draw(st.integers(1, 3))
    extreme = st.just(1) | st.sampled_from(EXTREMES)
    sizes = [draw(st.integers(1, 9)) for _ in range(rank)]
    kernel = [draw(st.integers(1, 3)) for _ in range(rank)]
    dilations = [draw(extreme) for _ in range(rank)]
    strides = [draw(extreme) for _ in range(rank)]
    pads = [draw(st.integers(0, 3) | st.sampled_from(EXTREMES)) for _ in range(2 * rank)]
    for i in range(rank):
        extent = (kernel[i] - 1) * dilations[i] + 1
        lacking = max(0, extent - sizes[i] - pads[i] - pads[i + rank])
        pads[i] = min(MOST, pads[i] + lacking)
        room = max(0, sizes[i] + pads[i] + pads[i + rank] - extent)
        strides[i] = min(MOST, max(strides[i], room // draw(st.integers(1, 6))))
    shape = (draw(st.integers(1, 3)), draw(st.sampled_from([1, 3, 8, 16])), *sizes)
    return shape, kernel, {"strides": strides, "dilations": dilations, "pads": pads}


@settings(max_examples=300, deadline=None, derandomize=True)
@given(windows(), st.sampled_from(["Conv", "MaxPool", "AveragePool"]), st.integers(0, 1))
def test_any_window_is_right_or_refused(
    window: tuple[tuple[int, ...], list[int], dict[str, Any]], op_type: str, count_include_pad: int
) -> None:
    shape, kernel, attributes = window
    if op_type == "AveragePool":
        attributes["count_include_pad"] = count_include_pad
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    try:
        y = run(op_type, x, kernel, **attributes)
    except onecnn.Error:
        return
    np.testing.assert_allclose(y, expected(op_type, x, y.shape, kernel, attributes), rtol=1e-4, atol=1e-5)
