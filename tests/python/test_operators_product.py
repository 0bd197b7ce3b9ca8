# SPDX-License-Identifier: Apache-2.0
"""Gemm and MatMul, against ONNX Runtime and NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ml_dtypes
import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper, numpy_helper

import onecnn

Array = np.ndarray[Any, Any]
few_examples = settings(max_examples=100, deadline=None, derandomize=True)


def make_model(
    op_type: str,
    inputs: Mapping[str, Array],
    constants: Mapping[str, Array] | None = None,
    activation: str | None = None,
    **attributes: Any,
) -> bytes:
    """Make a model of one node, named "product", of symbolic dimensions, and perhaps an activation after it."""
    constants = constants or {}
    nodes = [helper.make_node(op_type, sorted([*inputs, *constants]), ["p"], name="product", **attributes)]
    if activation:
        nodes.append(helper.make_node(activation, ["p"], ["y"]))
    graph = helper.make_graph(
        nodes,
        "product",
        [
            helper.make_tensor_value_info(
                name, helper.np_dtype_to_tensor_dtype(x.dtype), [f"{name}{i}" for i in range(x.ndim)]
            )
            for name, x in inputs.items()
        ],
        [helper.make_empty_tensor_value_info("y" if activation else "p")],
        [numpy_helper.from_array(x, name) for name, x in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    return bytes(model.SerializeToString())


def check(
    op_type: str,
    inputs: Mapping[str, Array],
    constants: Mapping[str, Array] | None = None,
    activation: str | None = None,
    **attributes: Any,
) -> None:
    """Compare with ONNX Runtime: dtype, shape, elements."""
    model = make_model(op_type, inputs, constants, activation, **attributes)
    expected = onnxruntime.InferenceSession(model).run(None, dict(inputs))[0]
    got = next(iter(onecnn.load(model).run(inputs).values()))
    assert got.dtype == expected.dtype
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


def noise(*shape: int, dtype: str = "float32", seed: int = 0) -> Array:
    generator = np.random.default_rng(seed)
    if np.issubdtype(np.dtype(dtype), np.integer):
        return generator.integers(0, 50, shape, dtype)
    return generator.standard_normal(shape).astype(dtype)


@pytest.mark.parametrize("m", [1, 3, 16, 200])
@pytest.mark.parametrize(("k", "n"), [(1, 1), (37, 10), (300, 64), (512, 1000)])
@pytest.mark.parametrize("trans_b", [0, 1])
def test_a_dense_layer(m: int, k: int, n: int, trans_b: int) -> None:
    b = noise(n, k, seed=1) if trans_b else noise(k, n, seed=1)
    check("Gemm", {"a": noise(m, k)}, {"b": b, "c": noise(n, seed=2)}, "Relu", transB=trans_b)


@pytest.mark.parametrize(
    ("activation", "dtype"),
    [
        ("LeakyRelu", "float32"),
        *[(activation, dtype) for activation in ("Relu", "Sigmoid", "Tanh", None) for dtype in ("float32", "float64")],
    ],
)
def test_an_activation_follows(activation: str | None, dtype: str) -> None:
    check("Gemm", {"a": noise(5, 7, dtype=dtype)}, {"b": noise(7, 9, dtype=dtype, seed=1)}, activation)
    check("MatMul", {"a": noise(5, 7, dtype=dtype)}, {"b": noise(7, 9, dtype=dtype, seed=1)}, activation)


@pytest.mark.parametrize("c_shape", [(), (1,), (9,), (1, 9), (5, 1), (5, 9), (1, 1)])
@pytest.mark.parametrize("c_constant", [True, False])
@pytest.mark.parametrize(("alpha", "beta"), [(1.0, 1.0), (0.5, 1.0), (1.0, 2.0), (0.3, 0.7), (2.0, 0.0)])
def test_c_broadcasts(c_shape: tuple[int, ...], c_constant: bool, alpha: float, beta: float) -> None:
    a, b, c = noise(5, 7), noise(7, 9, seed=1), noise(*c_shape, seed=2)
    inputs, constants = {"a": a}, {"b": b}
    (constants if c_constant else inputs)["c"] = c
    check("Gemm", inputs, constants, "Relu", alpha=alpha, beta=beta)


@pytest.mark.parametrize("b_constant", [True, False])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("trans_a", [0, 1])
@pytest.mark.parametrize("trans_b", [0, 1])
@pytest.mark.parametrize("m", [6, 70])
def test_transposes(m: int, trans_a: int, trans_b: int, dtype: str, b_constant: bool) -> None:
    a, b = noise(m, 20, dtype=dtype), noise(20, 9, dtype=dtype, seed=1)
    inputs = {"a": np.ascontiguousarray(a.T) if trans_a else a}
    constants: dict[str, Array] = {}
    (constants if b_constant else inputs)["b"] = np.ascontiguousarray(b.T) if trans_b else b
    check("Gemm", inputs, constants, transA=trans_a, transB=trans_b)


@pytest.mark.parametrize("op_type", ["Gemm", "MatMul"])
@pytest.mark.parametrize("dtype", ["int32", "uint32", "int64", "uint64"])
def test_integers_wrap(op_type: str, dtype: str) -> None:
    a, b = noise(3, 4, dtype=dtype), noise(4, 5, dtype=dtype, seed=1)
    b[0, 0] = np.iinfo(dtype).max
    y = onecnn.load(make_model(op_type, {"a": a, "b": b})).run({"a": a, "b": b})["p"]
    np.testing.assert_array_equal(y, a @ b)
    assert y.dtype == dtype


@pytest.mark.parametrize("kind", [np.float16, ml_dtypes.bfloat16])
def test_half_floats_are_summed_as_floats(kind: Any) -> None:
    a, b, c = (x.astype(kind) for x in (noise(5, 300), noise(9, 300, seed=1), noise(9, seed=2)))
    expected = a.astype(np.float32) @ b.astype(np.float32).T * 0.5 + c.astype(np.float32)
    y = onecnn.load(make_model("Gemm", {"a": a, "b": b, "c": c}, transB=1, alpha=0.5)).run({"a": a, "b": b, "c": c})[
        "p"
    ]
    assert y.dtype == kind
    np.testing.assert_allclose(y.astype(np.float32), expected, rtol=2**-8, atol=1e-3)
    stacked = {"a": a[np.newaxis].repeat(3, 0), "b": b.T[np.newaxis].repeat(3, 0)}
    y = onecnn.load(make_model("MatMul", stacked)).run(stacked)["p"]
    expected = a.astype(np.float32) @ b.astype(np.float32).T
    np.testing.assert_allclose(y.astype(np.float32)[2], expected, rtol=2**-8, atol=2**-8)


def test_deterministic_stacks() -> None:
    """Each matrix has the same bits whatever stack it is in, and on any number of threads."""
    a, b = noise(16, 33, 80), noise(16, 80, 90, seed=1)
    results = []
    for threads in (1, 2):
        model = onecnn.load(make_model("MatMul", {"a": a, "b": b}), deterministic=True, threads=threads)
        results += [model.run({"a": a[:size], "b": b[:size]})["p"][1] for size in (2, 3, 16)]
    assert len({result.tobytes() for result in results}) == 1
    np.testing.assert_allclose(results[0], a[1] @ b[1], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("c", [noise(170, seed=2), noise(7, 170, seed=2)])
def test_rows_have_the_same_bits_whatever_their_number(c: Array) -> None:
    a, b = noise(7, 300), noise(300, 170, seed=1)
    alone = [
        onecnn.load(make_model("Gemm", {"a": a[i : i + 1]}, {"b": b, "c": row})).run({"a": a[i : i + 1]})["p"]
        for i, row in enumerate(np.broadcast_to(c, (7, 170)))
    ]
    for threads in (1, 2):
        model = onecnn.load(make_model("Gemm", {"a": a}, {"b": b, "c": c}), threads=threads, deterministic=True)
        if c.ndim == 1:
            np.testing.assert_array_equal(model.run({"a": a})["p"], np.concatenate(alone))
        np.testing.assert_allclose(model.run({"a": a})["p"], a @ b + c, rtol=1e-4, atol=1e-4)


def test_a_product_large_enough_for_two_threads() -> None:
    """Cut by rows, by columns and by stacks, each must give what the whole gives."""
    weights = noise(512, 1030, seed=1)
    for m in (1, 9, 300):
        check("Gemm", {"a": noise(m, 512)}, {"b": weights, "c": noise(1030, seed=2)}, "Relu")
        check("Gemm", {"a": noise(m, 512), "b": weights}, None, "Relu")
    check("MatMul", {"a": noise(16, 100, 80), "b": noise(16, 80, 90, seed=1)}, None, "Relu")


def test_one_matrix_used_both_ways() -> None:
    """A square B, once as it is and once transposed: packed weights must not be taken for one another."""
    b = noise(64, 64, seed=1)
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["a", "b"], ["h"]), helper.make_node("Gemm", ["h", "b"], ["y"], transB=1)],
        "tied",
        [helper.make_tensor_value_info("a", 1, ["N", 64])],
        [helper.make_empty_tensor_value_info("y")],
        [numpy_helper.from_array(b, "b")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    loaded = onecnn.load(model.SerializeToString())
    for m in (1, 16):
        a = noise(m, 64)
        np.testing.assert_allclose(loaded(a), a @ b @ b.T, rtol=1e-4, atol=1e-3)


MATMULS = [
    ((4,), (4,)),
    ((4,), (4, 3)),
    ((2, 4), (4,)),
    ((5, 2, 4), (4,)),
    ((4,), (5, 4, 3)),
    ((2, 4), (4, 3)),
    ((5, 2, 4), (4, 3)),
    ((5, 2, 4), (5, 4, 3)),
    ((5, 2, 4), (1, 4, 3)),
    ((2, 4), (5, 4, 3)),
    ((1, 6, 2, 4), (5, 1, 4, 3)),
    ((5, 1, 2, 4), (6, 4, 3)),
    ((2, 3, 1, 2, 4), (3, 5, 4, 2)),
]


@pytest.mark.parametrize(("a_shape", "b_shape"), MATMULS)
@pytest.mark.parametrize("b_constant", [True, False])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_matmul_is_numpys(a_shape: tuple[int, ...], b_shape: tuple[int, ...], b_constant: bool, dtype: str) -> None:
    a, b = noise(*a_shape, dtype=dtype), noise(*b_shape, dtype=dtype, seed=1)
    constants = {"b": b} if b_constant else {}
    inputs = {"a": a} if b_constant else {"a": a, "b": b}
    y = onecnn.load(make_model("MatMul", inputs, constants)).run(inputs)["p"]
    np.testing.assert_allclose(y, a @ b, rtol=1e-5, atol=1e-5)


@few_examples
@given(
    st.lists(st.tuples(st.integers(1, 3), st.sampled_from("abx")), max_size=3),
    st.integers(1, 20),
    st.integers(1, 20),
    st.integers(1, 20),
)
def test_any_matmul(batch: list[tuple[int, str]], m: int, k: int, n: int) -> None:
    a = noise(*[1 if who == "a" else size for size, who in batch], m, k)
    b = noise(*[1 if who == "b" else size for size, who in batch], k, n, seed=1)
    check("MatMul", {"a": a, "b": b})


@few_examples
@given(
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(0, 3),
    st.sampled_from([1.0, 0.5, -2.0]),
    st.sampled_from([1.0, 0.5, 0.0]),
)
def test_any_gemm(m: int, k: int, n: int, transposes: int, alpha: float, beta: float) -> None:
    a = noise(k, m) if transposes & 1 else noise(m, k)
    b = noise(n, k, seed=1) if transposes & 2 else noise(k, n, seed=1)
    attributes = {"transA": transposes & 1, "transB": transposes >> 1, "alpha": alpha, "beta": beta}
    check("Gemm", {"a": a}, {"b": b, "c": noise(n, seed=2)}, **attributes)


def test_nothing_to_sum_over() -> None:
    a, b, c = noise(2, 0), noise(0, 3), noise(3)
    inputs = {"a": a, "b": b, "c": c}
    y = onecnn.load(make_model("Gemm", inputs, activation="Relu")).run(inputs)["y"]
    np.testing.assert_array_equal(y, np.maximum(np.broadcast_to(c, (2, 3)), 0))
    a, b = noise(4, 2, 0), noise(4, 0, 3)
    np.testing.assert_array_equal(
        onecnn.load(make_model("MatMul", {"a": a, "b": b})).run({"a": a, "b": b})["p"], np.zeros((4, 2, 3), np.float32)
    )


def test_no_rows() -> None:
    model = onecnn.load(make_model("Gemm", {"a": noise(0, 4)}, {"b": noise(4, 3)}))
    assert model(noise(0, 4)).shape == (0, 3)
    assert model(noise(2, 4)).shape == (2, 3)


@pytest.mark.parametrize(
    ("op_type", "shapes", "message"),
    [
        ("Gemm", [(2, 3), (4, 5)], r"A is \[2, 3\] and B is \[4, 5\]; A has 3 columns, B has 4 rows"),
        ("Gemm", [(2, 3, 1), (3, 5)], r"input 0 has shape \[2, 3, 1\], expected rank 2"),
        ("Gemm", [(2, 3), (3, 5), (4,)], r"C has shape \[4\], which does not broadcast to \[2, 5\]"),
        ("Gemm", [(2, 3), (3, 5), (2, 2, 5)], "C has shape"),
        ("MatMul", [(2, 3), (4, 5)], r"A is \[2, 3\] and B is \[4, 5\]; A has 3 columns, B has 4 rows"),
        ("MatMul", [(), (4, 5)], "a scalar has no matrix product"),
        ("MatMul", [(2, 2, 3), (3, 3, 5)], "do not broadcast"),
    ],
)
def test_what_does_not_fit_is_refused(op_type: str, shapes: list[tuple[int, ...]], message: str) -> None:
    inputs = {name: noise(*shape) for name, shape in zip("abc", shapes, strict=False)}
    with pytest.raises(onecnn.Error, match=rf"node 'product' \({op_type}, opset 21\): .*{message}"):
        onecnn.load(make_model(op_type, inputs)).run(inputs)
