# SPDX-License-Identifier: Apache-2.0
"""Einsum and Det, against NumPy."""

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
LETTERS = "abcdXY"
NUMBERS = ["float32", "float64", "float16", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]


def noise(*shape: int, seed: int = 0, dtype: str = "float32") -> Array:
    values = 3 * np.random.default_rng(seed).standard_normal(shape)
    return (values if "float" in dtype else abs(values) + 1).astype(dtype)


def run(data: bytes, inputs: list[Array], **options: Any) -> Array:
    return np.asarray(onecnn.load(data, **options).run({f"x{i}": x for i, x in enumerate(inputs)})["y0"])


@st.composite
def equations(draw: st.DrawFn) -> tuple[str, list[tuple[int, ...]]]:
    """Draw an equation and shapes that go with it."""
    sizes = {letter: draw(st.integers(1, 4)) for letter in LETTERS}
    hidden = draw(st.lists(st.integers(1, 3), max_size=2))
    terms, shapes = [], []
    dotted = False
    for _ in range(draw(st.integers(1, 4))):
        term = draw(st.text(LETTERS, max_size=3))
        shape = [sizes[letter] for letter in term]
        if draw(st.integers(0, 3)) == 0:
            place = draw(st.integers(0, len(term)))
            term = f"{term[:place]}...{term[place:]}"
            shape[place:place] = [draw(st.sampled_from([1, size])) for size in hidden]
            dotted = True
        terms.append(term)
        shapes.append(tuple(shape))
    equation = ",".join(terms)
    if draw(st.booleans()):
        there = sorted(set(equation) & set(LETTERS))
        result = "".join(draw(st.permutations(draw(st.lists(st.sampled_from(there), unique=True)) if there else [])))
        equation += "->" + ("..." if dotted else "") + result
    return equation, shapes


@settings(max_examples=300, deadline=None, derandomize=True)
@given(equations(), st.sampled_from(NUMBERS))
def test_any_equation(one_node: OneNode, drawn: tuple[str, list[tuple[int, ...]]], dtype: str) -> None:
    equation, shapes = drawn
    inputs = [noise(*shape, seed=i, dtype=dtype) for i, shape in enumerate(shapes)]
    wide = [x.astype("float64") if "float" in dtype else x for x in inputs]
    expected = np.einsum(equation, *wide)
    y = run(one_node("Einsum", inputs, equation=equation), inputs)
    assert y.dtype == dtype
    scale = np.einsum(equation, *(abs(x.astype("float64")) for x in inputs)) + 1e-30
    if "float" in dtype:
        assert np.all(abs(y - expected) / scale <= {"float64": 1e-12, "float32": 1e-6, "float16": 2e-3}[dtype])
    else:
        np.testing.assert_array_equal(y, expected.astype(dtype))


@pytest.mark.parametrize("deterministic", [False, True])
@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("bhqd,bhkd->bhqk", [(2, 3, 70, 32), (2, 3, 90, 32)]),
        ("bhqk,bkhd->bqhd", [(2, 3, 70, 90), (2, 90, 3, 32)]),
        ("ij,jk", [(700, 40), (40, 300)]),
        ("ji,jk->ki", [(40, 700), (40, 300)]),
        ("bhwc,hkc->bhwk", [(2, 14, 14, 32), (14, 14, 32)]),
        ("ij,jk,kl->il", [(50, 60), (60, 70), (70, 80)]),
        ("abc->cba", [(30, 40, 50)]),
        ("i,j->ij", [(300,), (2000,)]),
    ],
)
def test_large_operands(one_node: OneNode, equation: str, shapes: list[tuple[int, ...]], deterministic: bool) -> None:
    inputs = [noise(*shape, seed=i) for i, shape in enumerate(shapes)]
    y = run(one_node("Einsum", inputs, equation=equation), inputs, deterministic=deterministic)
    expected = np.einsum(equation, *(x.astype("float64") for x in inputs))
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-5 * abs(expected).max())


def test_spaces_and_no_elements(one_node: OneNode) -> None:
    x, y = noise(3, 0), noise(0, 4)
    assert not run(one_node("Einsum", [x, y], equation=" i j , j k -> i k "), [x, y]).any()
    assert run(one_node("Einsum", [x, y], equation="ij,jk->ijk"), [x, y]).shape == (3, 0, 4)


@pytest.mark.parametrize(
    ("equation", "shapes", "message"),
    [
        ("ij,jk", [(2, 3)], "has 2 terms for 1 inputs"),
        ("ij", [(2, 3, 4)], "has a term of 2 letters for input 0 of shape [2, 3, 4]"),
        ("ijk...", [(2, 3)], "has a term of 3 letters for input 0 of shape [2, 3]"),
        ("ij,jk", [(2, 3), (4, 5)], "has sizes 3 and 4 for 'j'"),
        ("ii", [(2, 3)], "has sizes 2 and 3 for 'i'"),
        ("...,...", [(2,), (3,)], "has sizes 2 and 3 for '...'"),
        ("ij->ii", [(2, 3)], "names a letter twice in its result"),
        ("ij->ik", [(2, 3)], "has a letter in its result that no operand has"),
        ("i.j", [(2, 3)], "letters and at most one ellipsis"),
        ("......", [(2, 3)], "letters and at most one ellipsis"),
        ("i1", [(2, 3)], "letters and at most one ellipsis"),
        ("ij->i->j", [(2, 3)], "letters and at most one ellipsis"),
    ],
)
def test_refused_equations(one_node: OneNode, equation: str, shapes: list[tuple[int, ...]], message: str) -> None:
    inputs = [noise(*shape) for shape in shapes]
    with pytest.raises(onecnn.Error, match=r"node 'only' \(Einsum.*equation") as raised:
        run(one_node("Einsum", inputs, equation=equation), inputs)
    assert message in str(raised.value)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (5, 5), (3, 4, 4), (2, 3, 7, 7), (2, 0, 0), (0, 3, 3), (33, 33)])
def test_determinants(one_node: OneNode, shape: tuple[int, ...], dtype: str) -> None:
    x = (noise(*shape) / 4).astype(dtype)
    y = run(one_node("Det", [x]), [x])
    assert y.dtype == dtype
    with np.errstate(over="ignore"):
        expected = np.linalg.det(x.astype("float64")).astype(dtype)
    np.testing.assert_allclose(y, expected, rtol=2e-3 if dtype == "float16" else 1e-5)


def test_singular_and_refused_matrices(one_node: OneNode) -> None:
    x = np.array([[[1, 2], [2, 4]], [[0, 1], [0, 1]], [[0, 1], [1, 0]]], np.float32)
    np.testing.assert_array_equal(run(one_node("Det", [x]), [x]), [0, 0, -1])
    for shape in [(2, 3), (3,)]:
        with pytest.raises(onecnn.Error, match="expected square matrices"):
            run(one_node("Det", [noise(*shape)]), [noise(*shape)])
