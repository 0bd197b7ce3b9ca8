# SPDX-License-Identifier: Apache-2.0
"""Operators on shapes and attributes drawn at random, each against ONNX Runtime."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnxruntime
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from onnx import helper, numpy_helper

import onecnn

Array = np.ndarray[Any, Any]
Attributes = dict[str, Any]
examples = settings(max_examples=150, deadline=None, derandomize=True)

OPTIONS = onnxruntime.SessionOptions()
OPTIONS.intra_op_num_threads = 1
OPTIONS.log_severity_level = 4


def check(
    op_type: str, inputs: Sequence[Array | None], constant: Sequence[int] = (), opset: int = 22, **attributes: Any
) -> None:
    """Compare one node with ONNX Runtime: dtype, shape, elements.

    The inputs numbered in `constant` are initializers, None is an input left out; the others' dimensions are symbolic.
    """
    arrays = {f"x{i}": array for i, array in enumerate(inputs) if array is not None}
    names = [name if (name := f"x{i}") in arrays else "" for i in range(len(inputs))]
    feeds = {name: array for name, array in arrays.items() if int(name[1:]) not in constant}
    graph = helper.make_graph(
        [helper.make_node(op_type, names, ["y"], name="node", **attributes)],
        "property",
        [
            helper.make_tensor_value_info(
                name, helper.np_dtype_to_tensor_dtype(array.dtype), [f"{name}_{i}" for i in range(array.ndim)]
            )
            for name, array in feeds.items()
        ],
        [helper.make_empty_tensor_value_info("y")],
        [numpy_helper.from_array(array, name) for name, array in arrays.items() if name not in feeds],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10).SerializeToString()
    (expected,) = onnxruntime.InferenceSession(model, OPTIONS).run(None, feeds)
    (y,) = onecnn.load(model).run(feeds).values()
    assert y.dtype == expected.dtype
    assert y.shape == expected.shape
    largest = np.abs(expected, dtype=np.float64).max(initial=1) if expected.dtype != bool else 1
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-6 * largest)


def noise(*shape: int, dtype: str = "float32") -> Array:
    generator = np.random.default_rng(len(shape))
    if dtype == "bool":
        return generator.integers(0, 2, shape).astype(dtype)
    if np.issubdtype(np.dtype(dtype), np.integer):
        return generator.integers(1, 9, shape).astype(dtype)
    return generator.standard_normal(shape).astype(dtype)


@st.composite
def windows(draw: st.DrawFn, rank: int) -> tuple[list[int], Attributes]:
    """Draw a window's attributes and spatial dimensions into which it fits."""
    sizes = st.lists(st.integers(1, 3), min_size=rank, max_size=rank)
    kernel, strides, dilations = (draw(sizes) for _ in range(3))
    auto_pad = draw(st.sampled_from(["NOTSET", "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"]))
    if auto_pad.startswith("SAME"):
        # ONNX Runtime finds the pads of no other windows.
        strides, dilations = list(map(min, strides, kernel)), [1] * rank
    attributes: Attributes = {"kernel_shape": kernel, "strides": strides, "dilations": dilations}
    if auto_pad == "NOTSET":
        # And it wants a pooling's pads smaller than the kernel.
        attributes["pads"] = [draw(st.integers(0, k - 1)) for k in kernel * 2]
    else:
        attributes["auto_pad"] = auto_pad
    extents = [(k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True)]
    spatial = [draw(st.integers(extent, extent + 6)) for extent in extents]
    return spatial, attributes


@examples
@given(st.data())
def test_conv(data: st.DataObject) -> None:
    spatial, attributes = data.draw(st.integers(1, 3).flatmap(windows))
    batch, group, inputs, outputs = (data.draw(st.integers(1, 3)) for _ in range(4))
    if data.draw(st.booleans()):  # the channels of oneDNN's blocks
        inputs, outputs = inputs * 8, outputs * 8
    x = noise(batch, group * inputs, *spatial)
    w = noise(group * outputs, inputs, *attributes["kernel_shape"])
    bias = [noise(group * outputs)] if data.draw(st.booleans()) else []
    constant = range(1, 2 + len(bias)) if data.draw(st.booleans()) else ()
    check("Conv", [x, w, *bias], constant, group=group, **attributes)


@examples
@given(st.data())
def test_conv_transpose(data: st.DataObject) -> None:
    spatial, attributes = data.draw(st.integers(1, 3).flatmap(windows))
    batch, group, inputs, outputs = (data.draw(st.integers(1, 3)) for _ in range(4))
    attributes["output_padding"] = [data.draw(st.integers(0, stride - 1)) for stride in attributes["strides"]]
    x = noise(batch, group * inputs, *spatial)
    w = noise(group * inputs, outputs, *attributes["kernel_shape"])
    bias = [noise(group * outputs)] if data.draw(st.booleans()) else []
    constant = range(1, 2 + len(bias)) if data.draw(st.booleans()) else ()
    check("ConvTranspose", [x, w, *bias], constant, group=group, **attributes)


@examples
@given(st.data())
def test_pooling(data: st.DataObject) -> None:
    spatial, attributes = data.draw(st.integers(1, 3).flatmap(windows))
    op_type = data.draw(st.sampled_from(["MaxPool", "AveragePool", "LpPool"]))
    if "auto_pad" not in attributes:  # ONNX's formulas for auto_pad come to the same with it, ONNX Runtime's do not
        attributes["ceil_mode"] = data.draw(st.integers(0, 1))
    if op_type == "AveragePool":
        attributes["count_include_pad"] = data.draw(st.integers(0, 1))
    if op_type == "LpPool":
        attributes["p"] = data.draw(st.integers(1, 3))
    check(op_type, [noise(data.draw(st.integers(1, 3)), data.draw(st.integers(1, 9)), *spatial)], **attributes)


@examples
@given(st.data())
def test_gemm(data: st.DataObject) -> None:
    m, n, k = (data.draw(st.integers(1, 20)) for _ in range(3))
    attributes: Attributes = {name: data.draw(st.integers(0, 1)) for name in ("transA", "transB")}
    attributes |= {name: data.draw(st.sampled_from([0.5, 1.0, -2.0])) for name in ("alpha", "beta")}
    a = noise(*((k, m) if attributes["transA"] else (m, k)))
    b = noise(*((n, k) if attributes["transB"] else (k, n)))
    c = data.draw(st.sampled_from([None, (), (1,), (n,), (1, n), (m, 1), (m, n)]))
    constant = data.draw(st.sampled_from([(), (1,)]))
    check("Gemm", [a, b] if c is None else [a, b, noise(*c)], constant, **attributes)


SCALES = [0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0]


@examples
@given(st.data())
def test_resize(data: st.DataObject) -> None:
    mode = data.draw(st.sampled_from(["nearest", "linear", "cubic"]))
    attributes: Attributes = {"mode": mode}
    attributes["coordinate_transformation_mode"] = data.draw(
        st.sampled_from(["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric", "half_pixel_symmetric"])
    )
    if mode == "nearest":
        attributes["nearest_mode"] = data.draw(
            st.sampled_from(["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"])
        )
    if mode == "cubic":
        attributes["cubic_coeff_a"] = data.draw(st.sampled_from([-0.5, -0.75]))
        attributes["exclude_outside"] = data.draw(st.integers(0, 1))
    x = noise(*(data.draw(st.integers(1, n)) for n in (2, 3, 9, 9)))
    scales = [data.draw(st.sampled_from(SCALES)) for _ in range(2)]
    sizes = [int(n * scale) for n, scale in zip(x.shape[2:], scales, strict=True)]
    assume(min(sizes) > 0)
    # Where a product is no whole number, ONNX Runtime has corners of its own, and copies what keeps its size.
    exact = all(n * scale == size for n, scale, size in zip(x.shape[2:], scales, sizes, strict=True))
    agreed = attributes["coordinate_transformation_mode"] != "align_corners" and sizes != list(x.shape[2:])
    if (exact or agreed) and data.draw(st.booleans()):
        check("Resize", [x, None, np.array([1, 1, *scales], np.float32)], constant=[2], **attributes)
    else:
        check("Resize", [x, None, None, np.array([*x.shape[:2], *sizes])], constant=[3], **attributes)


@examples
@given(st.data())
def test_slice(data: st.DataObject) -> None:
    shape = data.draw(st.lists(st.integers(0, 7), min_size=1, max_size=4))
    axes = data.draw(st.lists(st.integers(0, len(shape) - 1), min_size=1, unique=True))
    ends = st.integers(-9, 9) | st.sampled_from([-(2**62), 2**62])
    starts, stops = ([data.draw(ends) for _ in axes] for _ in range(2))
    steps = [data.draw(st.sampled_from([-3, -2, -1, 1, 2, 3])) for _ in axes]
    signed = [axis - len(shape) if data.draw(st.booleans()) else axis for axis in axes]
    dtype = data.draw(st.sampled_from(["float32", "float64", "int64", "uint8", "bool"]))
    check("Slice", [noise(*shape, dtype=dtype), *map(np.array, (starts, stops, signed, steps))], constant=range(1, 5))


BINARY = {
    "Add": ["float32", "float64", "int32", "int64"],
    "Sub": ["float32", "float64", "int32", "int64"],
    "Mul": ["float32", "float64", "int32", "int64"],
    "Div": ["float32", "float64", "int32", "int64"],
    "Max": ["float32", "float64", "int32", "int64"],
    "Greater": ["float32", "int64"],
    "Equal": ["float32", "int64", "bool"],
    "And": ["bool"],
}


@st.composite
def broadcast_shapes(draw: st.DrawFn, count: int) -> list[tuple[int, ...]]:
    """Draw shapes that broadcast to one: each has its last dimensions, some of them 1."""
    whole = draw(st.lists(st.integers(0, 6), max_size=5))
    shapes = []
    for _ in range(count):
        kept = whole[draw(st.integers(0, len(whole))) :]
        shapes.append(tuple(n if draw(st.booleans()) else 1 for n in kept))
    return shapes


@examples
@given(st.data())
def test_broadcasting(data: st.DataObject) -> None:
    op_type = data.draw(st.sampled_from(sorted(BINARY)))
    dtype = data.draw(st.sampled_from(BINARY[op_type]))
    a, b = data.draw(broadcast_shapes(2))
    constant = data.draw(st.sampled_from([(), (0,), (1,)]))
    check(op_type, [noise(*a, dtype=dtype), noise(*b, dtype=dtype)], constant)


@examples
@given(broadcast_shapes(3))
def test_broadcasting_of_three(shapes: list[tuple[int, ...]]) -> None:
    condition, a, b = shapes
    check("Where", [noise(*condition, dtype="bool"), noise(*a), noise(*b)])
