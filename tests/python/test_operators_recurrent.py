# SPDX-License-Identifier: Apache-2.0
"""RNN, GRU and LSTM, against ONNX Runtime."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import onecnn

Array = NDArray[Any]
OneNode = Callable[..., bytes]
GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
FUNCTIONS = {"RNN": 1, "GRU": 2, "LSTM": 3}
FUNCTION_NAMES = [
    "Relu",
    "Tanh",
    "Sigmoid",
    "LeakyRelu",
    "HardSigmoid",
    "Elu",
    "Softsign",
    "Softplus",
]


def noise(*shape: int, seed: int = 0) -> Array:
    return (0.5 * np.random.default_rng(seed).standard_normal(shape)).astype(np.float32)


def named(inputs: list[Array | None]) -> dict[str, Array]:
    return {f"x{i}": value for i, value in enumerate(inputs) if value is not None}


def weights(op_type: str, directions: int, size: int, hidden: int) -> list[Array]:
    columns = GATES[op_type] * hidden
    return [
        noise(directions, columns, size, seed=1),
        noise(directions, columns, hidden, seed=2),
        noise(directions, 2 * columns, seed=3),
    ]


def by_onnxruntime(data: bytes, inputs: list[Array | None]) -> list[Array]:
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    return [np.asarray(y) for y in session.run(None, named(inputs))]


def run(data: bytes, inputs: list[Array | None], **options: Any) -> list[Array]:
    return list(onecnn.load(data, **options).run(named(inputs)).values())


@st.composite
def cells(draw: st.DrawFn) -> tuple[str, list[Array | None], dict[str, object]]:
    """Draw an operator, its inputs and its attributes."""
    op_type = draw(st.sampled_from(list(GATES)))
    steps, size, hidden = (draw(st.integers(1, 6)) for _ in range(3))
    batch = draw(st.sampled_from([1, 2, 3, 17]))
    direction = draw(st.sampled_from(["forward", "reverse", "bidirectional"]))
    directions = 2 if direction == "bidirectional" else 1
    w, r, b = weights(op_type, directions, size, hidden)
    inputs: list[Array | None] = [noise(steps, batch, size), w, r, b if draw(st.booleans()) else None]
    lengths = np.array(draw(st.lists(st.integers(1, steps), min_size=batch, max_size=batch)), np.int32)
    inputs.append(lengths if draw(st.booleans()) else None)
    inputs.append(noise(directions, batch, hidden, seed=5) if draw(st.booleans()) else None)
    attributes: dict[str, object] = {"hidden_size": hidden, "direction": direction}
    if op_type == "LSTM":
        inputs.append(noise(directions, batch, hidden, seed=6) if draw(st.booleans()) else None)
        inputs.append(noise(directions, 3 * hidden, seed=7) if draw(st.booleans()) else None)
        attributes["input_forget"] = draw(st.integers(0, 1))
    if op_type == "GRU":
        attributes["linear_before_reset"] = draw(st.integers(0, 1))
    if draw(st.booleans()):
        count = FUNCTIONS[op_type] * directions
        attributes["activations"] = draw(st.lists(st.sampled_from(FUNCTION_NAMES), min_size=count, max_size=count))
    if draw(st.booleans()):
        attributes["clip"] = 0.4
    return op_type, inputs, attributes


@settings(max_examples=150, deadline=None, derandomize=True)
@given(cells())
def test_any_cell(one_node: OneNode, drawn: tuple[str, list[Array | None], dict[str, object]]) -> None:
    op_type, inputs, attributes = drawn
    data = one_node(op_type, inputs, 3 if op_type == "LSTM" else 2, opset=14, **attributes)
    for got, want in zip(run(data, inputs), by_onnxruntime(data, inputs), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("op_type", list(GATES))
def test_long_sequences(op_type: str, one_node: OneNode) -> None:
    x = noise(150, 3, 20)
    # Larger weights make a chaotic system of it.
    rest = [0.2 * value for value in weights(op_type, 2, 20, 33)]
    inputs: list[Array | None] = [x, *rest]
    data = one_node(op_type, inputs, opset=14, hidden_size=33, direction="bidirectional")
    want = by_onnxruntime(data, inputs)[0]
    np.testing.assert_allclose(run(data, inputs)[0], want, rtol=1e-4, atol=1e-5)
    together = run(data, inputs, deterministic=True)[0]
    assert np.array_equal(together[:, :, 1:2], run(data, [x[:, 1:2], *rest], deterministic=True)[0])


@pytest.mark.parametrize(
    ("name", "alpha", "beta", "function"),
    [
        ("Affine", 2.0, 0.25, lambda x: 2 * x + 0.25),
        ("ScaledTanh", 1.5, 0.5, lambda x: 1.5 * np.tanh(0.5 * x)),
        ("LeakyRelu", 0.3, None, lambda x: np.where(x >= 0, x, 0.3 * x)),
        ("ThresholdedRelu", 0.2, None, lambda x: np.where(x >= 0.2, x, 0)),
        ("HardSigmoid", 0.5, 0.1, lambda x: np.clip(0.5 * x + 0.1, 0, 1)),
        ("Elu", 0.7, None, lambda x: np.where(x >= 0, x, 0.7 * np.expm1(x))),
    ],
)
def test_functions_with_numbers(
    one_node: OneNode, name: str, alpha: float, beta: float | None, function: Callable[[Array], Array]
) -> None:
    x, w, r = noise(1, 4, 3), noise(2, 5, 3, seed=1), noise(2, 5, 5, seed=2)
    attributes: dict[str, object] = {"activation_alpha": [alpha]}
    if beta is not None:
        attributes["activation_beta"] = [beta]
    data = one_node("RNN", [x, w, r], direction="bidirectional", activations=["Tanh", name], **attributes)
    y = run(data, [x, w, r])[0]
    np.testing.assert_allclose(y[0, 0], np.tanh(x[0] @ w[0].T), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(y[0, 1], function(x[0] @ w[1].T), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("op_type", list(GATES))
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-5), ("float16", 3e-3)])
def test_other_types(op_type: str, dtype: str, tolerance: float, one_node: OneNode) -> None:
    inputs: list[Array | None] = [noise(5, 2, 4), *weights(op_type, 1, 4, 6)]
    data = one_node(op_type, inputs, 2, opset=14, hidden_size=6)
    cast = [value.astype(dtype) for value in inputs if value is not None]
    other = run(one_node(op_type, cast, 2, opset=14, hidden_size=6), list(cast))
    for got, want in zip(other, by_onnxruntime(data, inputs), strict=True):
        assert got.dtype == dtype
        np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("op_type", list(GATES))
def test_batch_first(op_type: str, one_node: OneNode) -> None:
    x, h = noise(5, 3, 4), noise(2, 3, 6, seed=5)
    inputs: list[Array | None] = [x, *weights(op_type, 2, 4, 6), np.array([5, 1, 3], np.int32), h]
    want = by_onnxruntime(one_node(op_type, inputs, 2, opset=14, hidden_size=6, direction="bidirectional"), inputs)
    inputs[0], inputs[5] = x.transpose(1, 0, 2), h.transpose(1, 0, 2)
    y, last = run(one_node(op_type, inputs, 2, opset=14, direction="bidirectional", layout=1), inputs)
    np.testing.assert_allclose(y, want[0].transpose(2, 0, 1, 3), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(last, want[1].transpose(1, 0, 2), rtol=1e-4, atol=1e-5)


def test_an_empty_sequence_keeps_its_state(one_node: OneNode) -> None:
    x, w, r, h = noise(3, 2, 4), noise(1, 5, 4), noise(1, 5, 5), noise(1, 2, 5)
    inputs = [x, w, r, None, np.array([0, 3], np.int32), h]
    y, last = run(one_node("RNN", inputs, 2), inputs)
    assert not y[:, 0, 0].any()
    assert np.array_equal(last[0, 0], h[0, 0])


@pytest.mark.parametrize("length", [-1, 4, -(2**31)])
def test_lengths_that_are_not_there_are_refused(one_node: OneNode, length: int) -> None:
    inputs = [noise(3, 2, 4), noise(1, 5, 4), noise(1, 5, 5), None, np.array([3, length], np.int32)]
    with pytest.raises(onecnn.InvalidArgument, match=rf"sequence_lens\[1\] is {length}, outside \[0, 3\]"):
        run(one_node("RNN", inputs), inputs)


@pytest.mark.parametrize(
    ("shapes", "attributes", "message"),
    [
        ([(3, 2, 4), (1, 20, 4), (1, 20, 5)], {"direction": "sideways"}, "direction is 'sideways'"),
        ([(3, 2, 4), (1, 20, 4), (1, 20, 5)], {"activations": ["Tanh"]}, "there are 1 activations, expected 3"),
        ([(3, 2, 4), (1, 20, 4), (1, 20, 5)], {"activations": ["Sin"] * 3}, "there is no activation 'Sin'"),
        ([(3, 2, 4), (1, 20, 4), (1, 20, 5)], {"hidden_size": 6}, "hidden_size is 6"),
        ([(3, 2, 4), (1, 20, 4), (1, 20, 5)], {"clip": -1.0}, "clip is -1"),
        ([(3, 2, 4), (1, 20, 4), (1, 20, 5)], {"direction": "bidirectional"}, "expected float32[2, 20, 4]"),
        ([(3, 2, 4), (1, 20, 3), (1, 20, 5)], {}, "input 1 is float32[1, 20, 3], expected float32[1, 20, 4]"),
        ([(3, 2, 4), (1, 20, 4), (1, 20, 6)], {}, "expected float32[1, 24, 4]"),
        ([(3, 2, 4), (1, 20, 4), (1, 20, 5), (1, 20)], {}, "input 3 is float32[1, 20], expected float32[1, 40]"),
        ([(3, 2, 4), (1, 20, 4), (1, 20, 5), None, (2,)], {}, "input 4 is float32[2], expected int32[2]"),
        ([(3, 4), (1, 20, 4), (1, 20, 5)], {}, "expected rank 3"),
    ],
)
def test_refused_cells(
    one_node: OneNode, shapes: list[tuple[int, ...] | None], attributes: dict[str, object], message: str
) -> None:
    inputs = [None if shape is None else noise(*shape) for shape in shapes]
    with pytest.raises(onecnn.Error, match=r"node 'only' \(LSTM") as raised:
        run(one_node("LSTM", inputs, **attributes), inputs)
    assert message in str(raised.value)
