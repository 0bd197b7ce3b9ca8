# SPDX-License-Identifier: Apache-2.0
"""What samples between elements: GridSample, AffineGrid, RoiAlign, MaxRoiPool, DeformConv."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper, numpy_helper

import onecnn

Array = np.ndarray[Any, Any]
few_examples = settings(max_examples=80, deadline=None, derandomize=True)


def noise(*shape: int, dtype: str = "float32", seed: int = 0) -> Array:
    return np.random.default_rng(seed).normal(0, 1, shape).astype(dtype)


def make_model(
    op_type: str, inputs: list[Array | None], opset: int, constant: tuple[int, ...], attributes: dict[str, Any]
) -> bytes:
    """Make a model of one node, named "only"; an input that is None is left out."""
    given_inputs = {f"x{i}": value for i, value in enumerate(inputs) if value is not None}
    names = [f"x{i}" if value is not None else "" for i, value in enumerate(inputs)]
    constants = {f"x{i}" for i in constant}
    graph = helper.make_graph(
        [helper.make_node(op_type, names, ["y"], name="only", **attributes)],
        "sampling",
        [
            helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(value.dtype), [None] * value.ndim)
            for name, value in given_inputs.items()
            if name not in constants
        ],
        [helper.make_empty_tensor_value_info("y")],
        [numpy_helper.from_array(value, name) for name, value in given_inputs.items() if name in constants],
    )
    return bytes(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9).SerializeToString()
    )


def feed(inputs: list[Array | None], constant: tuple[int, ...]) -> dict[str, Array]:
    return {f"x{i}": value for i, value in enumerate(inputs) if value is not None and i not in constant}


def run(
    op_type: str, *inputs: Array | None, opset: int = 22, constant: tuple[int, ...] = (), **attributes: Any
) -> Array:
    model = onecnn.load(make_model(op_type, list(inputs), opset, constant, attributes))
    y = model.run(feed(list(inputs), constant))["y"]
    assert isinstance(y, np.ndarray)
    return y


def check(op_type: str, *inputs: Array | None, opset: int = 20, **attributes: Any) -> None:
    """Compare with ONNX Runtime: dtype, shape, elements."""
    session = onnxruntime.InferenceSession(make_model(op_type, list(inputs), opset, (), attributes))
    expected = session.run(None, feed(list(inputs), ()))[0]
    got = run(op_type, *inputs, opset=opset, **attributes)
    assert got.dtype == expected.dtype
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize("align_corners", [0, 1])
@pytest.mark.parametrize("padding_mode", ["zeros", "border", "reflection"])
@pytest.mark.parametrize(
    ("shape", "mode"),
    [
        *itertools.product([(2, 3, 5, 7), (1, 2, 1, 4)], ["nearest", "linear", "cubic"]),
        # ONNX Runtime has no cubic mode in three dimensions.
        *itertools.product([(1, 2, 4, 5, 6)], ["nearest", "linear"]),
    ],
)
def test_grid_sample(shape: tuple[int, ...], mode: str, padding_mode: str, align_corners: int) -> None:
    rank = len(shape) - 2
    grid = noise(shape[0], *[6] * rank, rank, seed=1)
    check("GridSample", noise(*shape), grid, mode=mode, padding_mode=padding_mode, align_corners=align_corners)


@pytest.mark.parametrize("mode", ["nearest", "bilinear", "bicubic"])
def test_older_names_of_modes(mode: str) -> None:
    check("GridSample", noise(1, 2, 5, 7), noise(1, 4, 3, 2, seed=1), opset=16, mode=mode)


@pytest.mark.parametrize("mode", ["linear", "cubic"])
@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_grid_sample_of_other_types(dtype: str, mode: str) -> None:
    x, grid = noise(1, 2, 5, 7, dtype=dtype), noise(1, 4, 3, 2, seed=1)
    exact = run("GridSample", x.astype(np.float32), grid, mode=mode)
    for grid_dtype in ("float32", "float64"):
        got = run("GridSample", x, grid.astype(grid_dtype), mode=mode)
        assert got.dtype == x.dtype
        np.testing.assert_allclose(got, exact, rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("padding_mode", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("mode", ["nearest", "linear", "cubic"])
def test_places_that_are_nowhere(mode: str, padding_mode: str) -> None:
    places = np.array([np.nan, np.inf, -np.inf, 1e30, -1e30, 3.4e38], np.float32)
    grid = np.stack(np.meshgrid(places, places), -1)[None]
    y = run("GridSample", noise(1, 1, 3, 4), grid, mode=mode, padding_mode=padding_mode)
    assert y.shape == (1, 1, 6, 6)
    if padding_mode == "zeros":
        np.testing.assert_array_equal(y, np.zeros_like(y))


@pytest.mark.parametrize("align_corners", [0, 1])
@pytest.mark.parametrize("size", [[2, 3, 4, 5], [1, 1, 3, 4, 5]])
def test_affine_grid(size: list[int], align_corners: int) -> None:
    rank = len(size) - 2
    theta, sizes = noise(size[0], rank, rank + 1), np.array(size)
    check("AffineGrid", theta, sizes, align_corners=align_corners)
    exact = run("AffineGrid", theta, sizes, constant=(1,), align_corners=align_corners)
    for dtype in ("float64", "float16"):
        got = run("AffineGrid", theta.astype(dtype), sizes, constant=(1,), align_corners=align_corners)
        assert got.dtype == np.dtype(dtype)
        np.testing.assert_allclose(got, exact, rtol=4e-3, atol=4e-3)


@st.composite
def regions(draw: st.DrawFn) -> tuple[Array, Array, Array, dict[str, Any]]:
    x = noise(draw(st.integers(1, 3)), draw(st.integers(1, 4)), draw(st.integers(1, 9)), draw(st.integers(1, 9)))
    count = draw(st.integers(1, 4))
    coordinate = st.integers(-24, 96).map(lambda n: n / 8 + 1 / 64)
    rois = np.array(draw(st.lists(coordinate, min_size=4 * count, max_size=4 * count)), np.float32).reshape(count, 4)
    rois[:, 2:] = np.maximum(rois[:, 2:], rois[:, :2] + np.float32(0.3))
    images = np.array(draw(st.lists(st.integers(0, x.shape[0] - 1), min_size=count, max_size=count)), np.int64)
    how = {
        "output_height": draw(st.integers(1, 4)),
        "output_width": draw(st.integers(1, 4)),
        "sampling_ratio": draw(st.integers(0, 3)),
        "spatial_scale": draw(st.sampled_from([1.0, 0.5, 0.7])),
        "coordinate_transformation_mode": draw(st.sampled_from(["half_pixel", "output_half_pixel"])),
        "mode": draw(st.sampled_from(["avg", "max"])),
    }
    return x, rois, images, how


@few_examples
@given(regions())
def test_roi_align(form: tuple[Array, Array, Array, dict[str, Any]]) -> None:
    x, rois, images, how = form
    check("RoiAlign", x, rois, images, **how)


def test_roi_align_before_opset_16() -> None:
    x, rois = noise(1, 2, 7, 8), np.array([[0.3, 0.6, 5.1, 6.2]], np.float32)
    check("RoiAlign", x, rois, np.array([0]), opset=10, output_height=3, output_width=2)


@pytest.mark.parametrize("dtype", ["float64", "float16"])
def test_regions_of_other_types(dtype: str) -> None:
    x, rois, images = noise(2, 3, 8, 8, dtype=dtype), np.array([[0.5, 1, 6.5, 7]], dtype), np.array([1])
    for how in ({"mode": "avg"}, {"mode": "max"}):
        exact = run("RoiAlign", x.astype(np.float32), rois.astype(np.float32), images, output_height=2, **how)
        np.testing.assert_allclose(
            run("RoiAlign", x, rois, images, output_height=2, **how), exact, rtol=4e-3, atol=4e-3
        )
    five = np.concatenate([[[1]], rois], 1).astype(dtype)
    largest = run("MaxRoiPool", x, five, pooled_shape=[1, 1])
    np.testing.assert_array_equal(largest[0, :, 0, 0], x[1, :, 1:8, 0:8].max((1, 2)))


def test_regions_of_any_size_end_soon() -> None:
    x = noise(1, 2, 6, 6)
    for far in (1e9, 3e38, np.inf, np.nan):
        rois = np.array([[-far, -far, far, far], [0, 0, far, 1], [far, far, -far, -far]], np.float32)
        for mode in ("avg", "max"):
            assert run("RoiAlign", x, rois, np.zeros(3, np.int64), output_height=2, mode=mode).shape == (3, 2, 2, 1)
        five = np.concatenate([np.zeros((3, 1), np.float32), rois], 1)
        assert run("MaxRoiPool", x, five, pooled_shape=[2, 2]).shape == (3, 2, 2, 2)


@few_examples
@given(regions())
def test_max_roi_pool(form: tuple[Array, Array, Array, dict[str, Any]]) -> None:
    x, rois, images, how = form
    five = np.concatenate([images[:, None].astype(np.float32), rois], 1)
    check(
        "MaxRoiPool",
        x,
        five,
        pooled_shape=[how["output_height"], how["output_width"]],
        spatial_scale=how["spatial_scale"],
    )


def deform_by_definition(
    x: Array, w: Array, offset: Array, mask: Array | None, stride: int, pad: int, dilation: int, groups: tuple[int, int]
) -> Array:
    """Sum weights times samples; in float64, of a tensor with zeros around it."""
    group, offset_group = groups
    images, channels = x.shape[:2]
    taps = w.shape[2] * w.shape[3]
    height, width = offset.shape[2:]
    y = np.zeros((images, w.shape[0], height, width))
    offsets = offset.astype(np.float64).reshape(images, offset_group, taps, 2, height, width)
    masks = (
        np.ones((images, offset_group, taps, height, width))
        if mask is None
        else mask.reshape(images, offset_group, taps, height, width)
    )
    padded = np.pad(x.astype(np.float64), [(0, 0), (0, 0), (1, 1), (1, 1)])

    def sample(n: int, c: int, v: float, h: float) -> float:
        if not (-1 < v < x.shape[2] and -1 < h < x.shape[3]):
            return 0
        top, left = int(np.floor(v)), int(np.floor(h))
        a, b = v - top, h - left
        patch = padded[n, c, top + 1 : top + 3, left + 1 : left + 3]
        return float(np.array([1 - a, a]) @ patch @ np.array([1 - b, b]))

    per_group, filters = channels // group, w.shape[0] // group
    for n, c, i, j, tap in itertools.product(range(images), range(channels), range(height), range(width), range(taps)):
        g = c // (channels // offset_group)
        row, column = divmod(tap, w.shape[3])
        v = i * stride - pad + row * dilation + offsets[n, g, tap, 0, i, j]
        h = j * stride - pad + column * dilation + offsets[n, g, tap, 1, i, j]
        first = c // per_group * filters
        value = sample(n, c, v, h) * masks[n, g, tap, i, j]
        y[n, first : first + filters, i, j] += w[first : first + filters, c % per_group, row, column] * value
    return y


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize(("stride", "pad", "dilation"), [(1, 0, 1), (2, 1, 1), (1, 2, 2)])
@pytest.mark.parametrize("groups", [(1, 1), (2, 1), (1, 2), (2, 4)])
def test_deformable_convolution(groups: tuple[int, int], stride: int, pad: int, dilation: int, dtype: str) -> None:
    x, w = noise(2, 4, 5, 6, dtype=dtype), noise(4, 4 // groups[0], 3, 2, dtype=dtype, seed=1)
    size = [(n + 2 * pad - (k - 1) * dilation - 1) // stride + 1 for n, k in zip((5, 6), (3, 2), strict=True)]
    offset = noise(2, groups[1] * 12, *size, dtype=dtype, seed=2)
    how = {
        "strides": [stride] * 2,
        "pads": [pad] * 4,
        "dilations": [dilation] * 2,
        "group": groups[0],
        "offset_group": groups[1],
    }
    tolerance = {"float32": 1e-4, "float64": 1e-12, "float16": 2e-2}[dtype]
    plain = run("DeformConv", x, w, offset, **how)
    assert plain.dtype == x.dtype
    expected = deform_by_definition(x, w, offset, None, stride, pad, dilation, groups)
    np.testing.assert_allclose(plain, expected, rtol=tolerance, atol=tolerance)
    mask, bias = noise(2, groups[1] * 6, *size, dtype=dtype, seed=3), noise(4, dtype=dtype)
    expected = deform_by_definition(x, w, offset, mask, stride, pad, dilation, groups) + bias.reshape(-1, 1, 1)
    np.testing.assert_allclose(
        run("DeformConv", x, w, offset, bias, mask, **how), expected, rtol=tolerance, atol=tolerance
    )


def test_offsets_that_are_nowhere() -> None:
    offset = np.full((1, 8, 3, 3), 1e30, np.float32)
    offset[:, ::2] = np.nan
    y = run("DeformConv", noise(1, 1, 4, 4), noise(1, 1, 2, 2), offset)
    np.testing.assert_array_equal(y, np.zeros((1, 1, 3, 3)))


X = noise(2, 4, 5, 6)
ROIS = noise(3, 4)


@pytest.mark.parametrize(
    ("op_type", "inputs", "attributes", "message"),
    [
        ("GridSample", [X, noise(2, 3, 3, 3)], {}, "one coordinate for each spatial dimension"),
        ("GridSample", [X, noise(1, 3, 3, 2)], {}, "expected as many images"),
        ("GridSample", [X, noise(2, 3, 3, 2)], {"mode": "area"}, "mode is 'area'"),
        ("GridSample", [X, noise(2, 3, 3, 2)], {"padding_mode": "wrap"}, "padding_mode is 'wrap'"),
        ("GridSample", [noise(2, 1, 0, 6), noise(2, 3, 3, 2)], {}, "no elements to sample"),
        ("RoiAlign", [X, ROIS, np.zeros(2, np.int64)], {}, r"batch_indices is int64 of shape \[2\]"),
        ("RoiAlign", [X, noise(3, 5), np.zeros(3, np.int64)], {}, "expected 4 values each"),
        ("RoiAlign", [X, ROIS, np.array([0, 2, 0])], {}, r"element 1 of batch_indices is 2, outside \[0, 2\)"),
        ("RoiAlign", [X, ROIS, np.array([0, -1, 0])], {}, r"element 1 of batch_indices is -1"),
        ("RoiAlign", [X, ROIS, np.zeros(3, np.int64)], {"mode": "min"}, "mode is 'min'"),
        ("RoiAlign", [X, ROIS, np.zeros(3, np.int64)], {"sampling_ratio": 1 << 40}, "sampling_ratio is 1099511627776"),
        ("RoiAlign", [X, ROIS, np.zeros(3, np.int64)], {"output_height": 0}, "pooled to 0 × 1"),
        (
            "MaxRoiPool",
            [X, np.full((1, 5), 2, np.float32)],
            {"pooled_shape": [1, 1]},
            r"region 0 is in image 2, outside \[0, 2\)",
        ),
        ("MaxRoiPool", [X, np.full((1, 5), np.nan, np.float32)], {"pooled_shape": [1, 1]}, "region 0 is in image"),
        ("MaxRoiPool", [X, noise(1, 5)], {"pooled_shape": [1]}, r"pooled_shape is \[1\]"),
        (
            "DeformConv",
            [X, noise(4, 4, 2, 2), noise(2, 8, 4, 4)],
            {},
            r"the offset has shape \[2, 8, 4, 4\], expected \[2, 8, 4, 5\]",
        ),
        ("DeformConv", [X, noise(4, 3, 2, 2), noise(2, 8, 4, 5)], {}, "expected 4 = group"),
        ("DeformConv", [X, noise(4, 4, 2, 2), noise(2, 8, 4, 5)], {"offset_group": 3}, "offset_group is 3"),
    ],
)
def test_what_is_refused(op_type: str, inputs: list[Array], attributes: dict[str, Any], message: str) -> None:
    with pytest.raises(onecnn.Error, match=rf"node 'only' \({op_type}, opset 22\).*{message}"):
        run(op_type, *inputs, **attributes)


@pytest.mark.parametrize(
    ("size", "message"),
    [([1, 1, 2], "expected 4 or 5 values"), ([1, 1, -2, 2], "negative"), ([2, 1, 2, 2], "expected shape")],
)
def test_sizes_that_no_grid_has(size: list[int], message: str) -> None:
    with pytest.raises(onecnn.Error, match=message):
        run("AffineGrid", noise(1, 2, 3), np.array(size), constant=(1,))
