# SPDX-License-Identifier: Apache-2.0
"""MaxPool, AveragePool and their global forms, against ONNX Runtime and NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx import helper

import onecnn

Array = np.ndarray[Any, Any]


def make_model(op_type: str, x: Array, outputs: int = 1, before: str | None = None, **attributes: Any) -> bytes:
    """Make a model of one pooling node, named "pool", of x with symbolic dimensions; `before` is a node ahead of it."""
    nodes = [helper.make_node(before, ["x", "w"] if before == "Conv" else ["x"], ["h"])] if before else []
    names = [f"y{i}" for i in range(outputs)]
    nodes.append(helper.make_node(op_type, ["h" if before else "x"], names, name="pool", **attributes))
    dtype = helper.np_dtype_to_tensor_dtype(x.dtype)
    eye = np.eye(x.shape[1], dtype=x.dtype).reshape(x.shape[1], x.shape[1], *[1] * (x.ndim - 2))
    graph = helper.make_graph(
        nodes,
        "pooling",
        [helper.make_tensor_value_info("x", dtype, [f"d{i}" for i in range(x.ndim)])],
        [helper.make_empty_tensor_value_info(name) for name in names],
        [helper.make_tensor("w", dtype, eye.shape, eye.tobytes(), raw=True)] if before == "Conv" else [],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    return bytes(model.SerializeToString())


def check(op_type: str, x: Array, outputs: int = 1, before: str | None = None, **attributes: Any) -> None:
    """Compare with ONNX Runtime: dtype, shape, elements."""
    model = make_model(op_type, x, outputs, before, **attributes)
    expected = onnxruntime.InferenceSession(model).run(None, {"x": x})
    for got, wanted in zip(onecnn.load(model).run({"x": x}).values(), expected, strict=True):
        assert got.dtype == wanted.dtype
        np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6)


def noise(*shape: int, dtype: str = "float32") -> Array:
    generator = np.random.default_rng(0)
    if np.issubdtype(np.dtype(dtype), np.integer):
        limits = np.iinfo(dtype)
        return generator.integers(limits.min, limits.max, shape, dtype, endpoint=True)
    return generator.standard_normal(shape).astype(dtype)


WINDOWS: list[tuple[tuple[int, ...], dict[str, Any]]] = [
    ((2, 3, 9), {"kernel_shape": [3]}),
    ((1, 3, 8, 9), {"kernel_shape": [2, 2], "strides": [2, 2]}),
    ((3, 4, 8, 9), {"kernel_shape": [3, 2], "strides": [2, 1], "pads": [1, 0, 2, 1]}),
    ((1, 4, 7, 7), {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1}),
    ((1, 2, 6, 6), {"kernel_shape": [2, 2], "strides": [3, 3], "pads": [1, 1, 1, 1], "ceil_mode": 1}),
    ((1, 4, 9, 9), {"kernel_shape": [3, 3], "strides": [2, 2], "auto_pad": "SAME_UPPER"}),
    ((1, 4, 9, 8), {"kernel_shape": [2, 4], "strides": [2, 3], "auto_pad": "SAME_LOWER"}),
    ((1, 4, 9, 8), {"kernel_shape": [2, 4], "strides": [2, 3], "auto_pad": "VALID"}),
    ((1, 2, 9, 9), {"kernel_shape": [3, 3], "dilations": [2, 3]}),
    ((2, 2, 5, 6, 7), {"kernel_shape": [2, 3, 2], "strides": [1, 2, 2], "pads": [0, 1, 0, 1, 1, 1]}),
    ((1, 64, 56, 56), {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}),
    ((5, 64, 28, 28), {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}),
]


@pytest.mark.parametrize(("shape", "attributes"), WINDOWS)
@pytest.mark.parametrize("before", [None, "Conv"], ids=["as given", "after a convolution"])
@pytest.mark.parametrize("op_type", ["MaxPool", "AveragePool"])
def test_windows(op_type: str, before: str | None, shape: tuple[int, ...], attributes: dict[str, Any]) -> None:
    check(op_type, noise(*shape), before=before, **attributes)


@pytest.mark.parametrize(("shape", "attributes"), WINDOWS)
def test_an_average_may_count_the_padding(shape: tuple[int, ...], attributes: dict[str, Any]) -> None:
    check("AveragePool", noise(*shape), count_include_pad=1, **attributes)


@pytest.mark.parametrize("dtype", ["float64", "int8", "uint8"])
def test_max_pool_of_other_types(dtype: str) -> None:
    check("MaxPool", noise(2, 3, 7, 8, dtype=dtype), kernel_shape=[3, 2], strides=[2, 1], pads=[1, 1, 1, 0])


def test_average_pool_of_float64() -> None:
    x = noise(1, 2, 4, 4, dtype="float64")
    y = onecnn.load(make_model("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2]))(x)
    np.testing.assert_allclose(y, x.reshape(1, 2, 2, 2, 2, 2).mean((3, 5)), rtol=1e-15)


@pytest.mark.parametrize(("shape", "attributes"), WINDOWS[:11])
@pytest.mark.parametrize("op_type", ["MaxPool", "AveragePool", "LpPool"])
def test_pools_of_float16(op_type: str, shape: tuple[int, ...], attributes: dict[str, Any]) -> None:
    x = noise(*shape, dtype="float16")
    got = onecnn.load(make_model(op_type, x, **attributes))(x)
    exact = onecnn.load(make_model(op_type, x.astype(np.float32), **attributes))(x.astype(np.float32))
    assert got.dtype == np.float16
    np.testing.assert_allclose(got, exact, rtol=2e-3, atol=1e-3)


@pytest.mark.parametrize(("shape", "attributes"), [w for w in WINDOWS if "ceil_mode" not in w[1]])
@pytest.mark.parametrize("p", [1, 2, 3])
def test_lp_pools(p: int, shape: tuple[int, ...], attributes: dict[str, Any]) -> None:
    check("LpPool", noise(*shape), p=p, **attributes)


@pytest.mark.parametrize("dtype", ["float64", "float16"])
@pytest.mark.parametrize("p", [1, 2, 3])
def test_lp_pools_of_other_types(p: int, dtype: str) -> None:
    x = noise(1, 2, 4, 4, dtype=dtype)
    windows = np.abs(x.astype(np.float64)).reshape(1, 2, 2, 2, 2, 2)
    y = onecnn.load(make_model("LpPool", x, kernel_shape=[2, 2], strides=[2, 2], p=p))(x)
    np.testing.assert_allclose(y, (windows**p).sum((3, 5)) ** (1 / p), rtol=1e-12 if dtype == "float64" else 2e-3)


@pytest.mark.parametrize("p", [1, 2, 5])
def test_global_lp_pool(p: int) -> None:
    check("GlobalLpPool", noise(2, 3, 7, 9), p=p)


@pytest.mark.parametrize("storage_order", [0, 1])
@pytest.mark.parametrize(("shape", "attributes"), [w for w in WINDOWS if len(w[0]) < 5])
def test_max_pool_says_where(shape: tuple[int, ...], attributes: dict[str, Any], storage_order: int) -> None:
    check("MaxPool", noise(*shape), outputs=2, storage_order=storage_order, **attributes)


def test_of_equal_elements_the_first_counts() -> None:
    x = np.zeros((1, 1, 4, 4), np.float32)
    indices = onecnn.load(make_model("MaxPool", x, 2, kernel_shape=[2, 2], strides=[2, 2])).run({"x": x})["y1"]
    assert indices.ravel().tolist() == [0, 2, 8, 10]


@pytest.mark.parametrize("shape", [(2, 3, 5), (1, 8, 7, 7), (4, 64, 7, 9), (1, 3, 4, 5, 6)])
@pytest.mark.parametrize("before", [None, "Conv"], ids=["as given", "after a convolution"])
@pytest.mark.parametrize("op_type", ["GlobalAveragePool", "GlobalMaxPool"])
def test_global_pools(op_type: str, before: str | None, shape: tuple[int, ...]) -> None:
    check(op_type, noise(*shape), before=before)


def test_a_window_that_sees_only_padding() -> None:
    x = np.ones((1, 1, 2, 2), np.float32)
    pads = {"kernel_shape": [1, 1], "pads": [1, 1, 1, 1]}
    lowest = onecnn.load(make_model("MaxPool", x, **pads))(x)
    assert lowest[0, 0, 0, 0] == np.finfo(np.float32).min
    assert onecnn.load(make_model("AveragePool", x, count_include_pad=1, **pads))(x)[0, 0].tolist() == [
        [0, 0, 0, 0],
        [0, 1, 1, 0],
        [0, 1, 1, 0],
        [0, 0, 0, 0],
    ]
    assert np.isnan(onecnn.load(make_model("AveragePool", x, **pads))(x)[0, 0, 0, 0])


@pytest.mark.parametrize("shape", [(0, 3, 4, 4), (2, 0, 4, 4)])
def test_nothing_to_pool(shape: tuple[int, ...]) -> None:
    x = np.zeros(shape, np.float32)
    y = onecnn.load(make_model("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2]))(x)
    assert y.shape == (*shape[:2], 2, 2)
    assert onecnn.load(make_model("GlobalAveragePool", x))(x).shape == (*shape[:2], 1, 1)


def test_one_model_takes_any_batch_and_size() -> None:
    model = onecnn.load(make_model("MaxPool", noise(1, 2, 3, 3), before="Conv", kernel_shape=[2, 2], strides=[2, 2]))
    for batch, size in [(1, 4), (3, 6), (1, 8), (7, 2)]:
        x = noise(batch, 2, size, size)
        expected = x.reshape(batch, 2, size // 2, 2, size // 2, 2).max((3, 5))
        np.testing.assert_array_equal(model(x), expected)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({}, "'kernel_shape' is missing"),
        ({"kernel_shape": [2]}, r"the kernel's shape is \[2\], expected 2 values"),
        ({"kernel_shape": [0, 2]}, r"the kernel's shape is \[0, 2\]"),
        ({"kernel_shape": [2, 2], "strides": [0, 1]}, r"strides is \[0, 1\]"),
        ({"kernel_shape": [2, 2], "strides": [1, -1]}, r"strides is \[1, -1\]"),
        ({"kernel_shape": [2, 2], "dilations": [1 << 62, 1]}, r"dilations is \[4611686018427387904, 1\]"),
        ({"kernel_shape": [2, 2], "pads": [1, 1]}, r"pads is \[1, 1\], expected 4 values"),
        ({"kernel_shape": [2, 2], "pads": [0, 0, -1, 0]}, r"pads is \[0, 0, -1, 0\]"),
        ({"kernel_shape": [9, 2]}, r"the kernel \[9, 2\].*does not fit into spatial dimension 0, which has 4"),
        ({"kernel_shape": [2, 2], "auto_pad": "SAME"}, "auto_pad is 'SAME'"),
        ({"kernel_shape": [2**31 - 1, 1], "dilations": [2**31 - 1, 1]}, "does not fit"),
    ],
)
def test_what_is_no_window_is_refused(attributes: dict[str, Any], message: str) -> None:
    x = noise(1, 1, 4, 4)
    with pytest.raises(onecnn.Error, match=rf"node 'pool' \(MaxPool, opset 21\).*{message}"):
        onecnn.load(make_model("MaxPool", x, **attributes))(x)


@pytest.mark.parametrize("op_type", ["LpPool", "GlobalLpPool"])
def test_what_is_no_norm_is_refused(op_type: str) -> None:
    window = {"kernel_shape": [2, 2]} if op_type == "LpPool" else {}
    with pytest.raises(onecnn.Error, match="p is 0, expected 1 or more"):
        onecnn.load(make_model(op_type, noise(1, 1, 4, 4), p=0, **window))(noise(1, 1, 4, 4))


def test_a_result_too_large_is_refused() -> None:
    x = noise(1, 1, 4, 4)
    model = make_model("MaxPool", x, kernel_shape=[1, 1], pads=[2**31 - 1, 2**31 - 1, 0, 0])
    with pytest.raises(onecnn.ResourceLimit, match="63 bits"):
        onecnn.load(model)(x)
