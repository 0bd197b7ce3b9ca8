# SPDX-License-Identifier: Apache-2.0
"""Attention, RotaryEmbedding, LinearAttention and CausalConvWithState, against ONNX's reference and ONNX Runtime."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx.reference import ReferenceEvaluator

import onecnn

Array = NDArray[Any]
OneNode = Callable[..., bytes]
few_examples = settings(max_examples=120, deadline=None, derandomize=True)


def noise(*shape: int, seed: int = 0, dtype: str = "float32") -> Array:
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def named(inputs: list[Array | None]) -> dict[str, Array]:
    return {f"x{i}": value for i, value in enumerate(inputs) if value is not None}


def assert_as_reference(data: bytes, inputs: list[Array | None], rtol: float = 1e-4, atol: float = 1e-5) -> None:
    expected = ReferenceEvaluator(onnx.load_from_string(data)).run(None, named(inputs))
    for name, want in zip((f"y{i}" for i in range(len(expected))), expected, strict=True):
        got = onecnn.load(data).run(named(inputs))[name]
        assert got.shape == want.shape and got.dtype == want.dtype
        np.testing.assert_allclose(got, want, rtol=rtol, atol=atol)


@st.composite
def attentions(draw: st.DrawFn) -> tuple[list[Array | None], int, dict[str, object]]:
    """Draw an Attention's inputs, the number of its outputs and its attributes."""
    number = st.integers(1, 4)
    batch, kv_heads, group, queries, keys, size, v_size = (draw(number) for _ in range(7))
    heads = kv_heads * group
    seed = draw(st.integers(0, 100))
    attributes: dict[str, object] = {}
    dtype = draw(st.sampled_from(["float32", "float64"]))

    def tensor(count: int, length: int, width: int, more: int) -> Array:
        x = noise(batch, count, length, width, seed=seed + more, dtype=dtype)
        return x.transpose(0, 2, 1, 3).reshape(batch, length, count * width) if packed else x

    packed = draw(st.booleans())
    if packed:
        attributes |= {"q_num_heads": heads, "kv_num_heads": kv_heads}
    inputs: list[Array | None] = [tensor(heads, queries, size, 1), tensor(kv_heads, keys, size, 2)]
    inputs += [tensor(kv_heads, keys, v_size, 3), None, None, None, None]
    cache = draw(st.sampled_from(["none", "past", "valid"]))
    total = keys
    if cache == "past":
        past = draw(st.integers(0, 3))
        total += past
        inputs[4] = noise(batch, kv_heads, past, size, seed=seed + 4, dtype=dtype)
        inputs[5] = noise(batch, kv_heads, past, v_size, seed=seed + 5, dtype=dtype)
    elif cache == "valid":
        inputs[6] = np.array([draw(st.integers(0, total)) for _ in range(batch)])
    if draw(st.booleans()):
        full = [batch, heads, queries, total]
        rank = draw(st.integers(2, 4))
        shape = [*[draw(st.sampled_from([1, d])) for d in full[:3]][4 - rank :], total]
        mask = noise(*shape, seed=seed + 6, dtype=dtype)
        inputs[3] = mask > -0.5 if draw(st.booleans()) else mask
    attributes["is_causal"] = draw(st.integers(0, 1))
    attributes["left_window_size"] = draw(st.integers(-1, 3))
    attributes["right_window_size"] = draw(st.integers(-1, 3))
    if draw(st.booleans()):
        attributes["scale"] = draw(st.sampled_from([0.1, 1.0]))
    outputs = draw(st.sampled_from([1, 4]))
    attributes["qk_matmul_output_mode"] = draw(st.integers(0, 3))
    if attributes["qk_matmul_output_mode"] != 0:  # the reference gives the capped product for mode 0, too
        attributes["softcap"] = draw(st.sampled_from([0.0, 2.0]))
    return inputs, outputs if cache != "valid" else 1, attributes


@few_examples
@given(attentions())
def test_any_attention(one_node: OneNode, drawn: tuple[list[Array | None], int, dict[str, object]]) -> None:
    inputs, outputs, attributes = drawn
    data = one_node("Attention", inputs, outputs, **attributes)
    assert_as_reference(data, inputs)


@pytest.mark.parametrize("deterministic", [False, True])
def test_long_attention(one_node: OneNode, deterministic: bool) -> None:
    inputs: list[Array | None] = [noise(2, 197, 192, seed=i) for i in range(3)]
    data = one_node("Attention", inputs, opset=23, q_num_heads=3, kv_num_heads=3)
    options = onnxruntime.SessionOptions()
    expected = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"]).run(None, named(inputs))
    got = onecnn.load(data, deterministic=deterministic).run(named(inputs))["y0"]
    np.testing.assert_allclose(got, expected[0], rtol=1e-4, atol=1e-5)


def test_scores_before_the_softcap(one_node: OneNode) -> None:
    q, k, v = (noise(1, 2, 3, 4, seed=i) for i in range(3))
    data = one_node("Attention", [q, k, v], 4, softcap=0.5, qk_matmul_output_mode=0)
    got = onecnn.load(data).run({"x0": q, "x1": k, "x2": v})["y3"]
    np.testing.assert_allclose(got, q @ k.transpose(0, 1, 3, 2) / 2, rtol=1e-5, atol=1e-6)


def test_half_precision(one_node: OneNode) -> None:
    inputs: list[Array | None] = [noise(2, 4, 70, 8, seed=i, dtype="float16") for i in range(3)]
    for precision in (1, 10, 11):
        data = one_node("Attention", inputs, is_causal=1, softmax_precision=precision)
        assert_as_reference(data, inputs, rtol=1e-2, atol=1e-3)


def test_queries_that_see_no_key_give_zeros(one_node: OneNode) -> None:
    q = noise(1, 1, 2, 3)
    mask = np.array([[False, False], [True, True]])
    y = onecnn.load(one_node("Attention", [q, q, q, mask])).run({"x0": q, "x1": q, "x2": q, "x3": mask})["y0"]
    assert not y[0, 0, 0].any() and y[0, 0, 1].any()


@pytest.mark.parametrize(
    ("shapes", "attributes", "message"),
    [
        ([(1, 3, 4), (1, 3, 4), (1, 3, 4)], {}, "q_num_heads"),
        ([(1, 3, 4), (1, 3, 4), (1, 3, 4)], {"q_num_heads": 3, "kv_num_heads": 2}, "does not divide into 3 heads"),
        ([(1, 3, 4), (1, 3, 4), (1, 3, 4)], {"q_num_heads": 0, "kv_num_heads": 2}, "does not divide into 0 heads"),
        ([(1, 3, 4, 5), (1, 2, 4, 5), (1, 2, 4, 5)], {}, "do not go together"),
        ([(1, 3, 4, 5), (1, 3, 4, 6), (1, 3, 4, 5)], {}, "do not go together"),
        ([(1, 3, 4, 5), (1, 3, 4), (1, 3, 4)], {}, "must all have rank 3, or rank 4"),
        ([(1, 3, 4, 5)] * 3 + [(4, 5)], {}, "does not broadcast"),
        ([(1, 3, 4, 5)] * 3 + [None, (1, 3, 2, 5)], {}, "must come together"),
        ([(1, 3, 4, 5)] * 3 + [None, (1, 2, 2, 5), (1, 3, 2, 5)], {}, "expected [1, 3, any, 5]"),
        ([(1, 3, 4, 5)] * 3, {"scale": -1.0}, "scale is -1"),
        ([(1, 3, 4, 5)] * 3, {"left_window_size": -2}, "left_window_size is -2"),
        ([(1, 3, 4, 5)] * 3, {"qk_matmul_output_mode": 4}, "qk_matmul_output_mode is 4"),
        ([(1, 3, 4, 5)] * 3, {"softmax_precision": 7}, "softmax_precision is 7"),
    ],
)
def test_refused_attentions(
    one_node: OneNode, shapes: list[tuple[int, ...] | None], attributes: dict[str, object], message: str
) -> None:
    inputs = [None if shape is None else noise(*shape) for shape in shapes]
    with pytest.raises(onecnn.Error, match=r"node 'only' \(Attention") as raised:
        onecnn.load(one_node("Attention", inputs, **attributes)).run(named(inputs))
    assert message in str(raised.value)


@pytest.mark.parametrize("valid", [-1, 5, -(2**63), 2**63 - 1])
def test_keys_that_are_not_there_are_refused(one_node: OneNode, valid: int) -> None:
    q = noise(1, 3, 4, 5)
    inputs: list[Array | None] = [q, q, q, None, None, None, np.array([valid])]
    data = one_node("Attention", inputs, left_window_size=2**63 - 1, right_window_size=2**63 - 1)
    with pytest.raises(onecnn.InvalidArgument, match=rf"nonpad_kv_seqlen\[0\] is {valid}, outside \[0, 4\]"):
        onecnn.load(data).run(named(inputs))


@few_examples
@given(
    st.tuples(*[st.integers(1, 5)] * 4),
    st.booleans(),
    st.booleans(),
    st.integers(0, 1),
    st.integers(0, 3),
    st.sampled_from(["float32", "float16"]),
)
def test_any_rotary_embedding(
    one_node: OneNode,
    sizes: tuple[int, int, int, int],
    packed: bool,
    with_ids: bool,
    interleaved: int,
    rotated: int,
    dtype: str,
) -> None:
    batch, length, heads, half = sizes
    rotated = min(rotated, half)
    shape = (batch, length, heads * half * 2) if packed else (batch, heads, length, half * 2)
    pairs = rotated or half
    angles = noise(*((7, pairs) if with_ids else (batch, length, pairs)), seed=1)
    ids = np.random.default_rng(2).integers(0, 7, (batch, length)) if with_ids else None
    inputs = [noise(*shape, dtype=dtype), np.cos(angles).astype(dtype), np.sin(angles).astype(dtype), ids]
    attributes = {"num_heads": heads} if packed else {}
    data = one_node("RotaryEmbedding", inputs, interleaved=interleaved, rotary_embedding_dim=2 * rotated, **attributes)
    assert_as_reference(data, inputs, *((1e-5, 1e-6) if dtype == "float32" else (2e-3, 2e-3)))


@pytest.mark.parametrize(
    ("shapes", "attributes", "message"),
    [
        ([(1, 2, 3, 5), (4, 2), (4, 2)], {}, "5 of 5 numbers of a head cannot be rotated in pairs"),
        ([(1, 2, 3, 4), (4, 2), (4, 3)], {}, "input 1 has shape [4, 2], expected [1, 3, 2]"),
        ([(1, 2, 3, 4), (1, 3, 2), (1, 3, 2)], {"rotary_embedding_dim": 6}, "6 of 4 numbers"),
        ([(1, 3, 4), (1, 3, 2), (1, 3, 2)], {"num_heads": 3}, "does not divide into 3 heads"),
        ([(3, 4), (1, 3, 2), (1, 3, 2)], {}, "expected rank 3 or 4"),
    ],
)
def test_refused_rotary_embeddings(
    one_node: OneNode, shapes: list[tuple[int, ...]], attributes: dict[str, object], message: str
) -> None:
    inputs: list[Array | None] = [noise(*shape) for shape in shapes]
    with pytest.raises(onecnn.Error) as raised:
        onecnn.load(one_node("RotaryEmbedding", inputs, **attributes)).run(named(inputs))
    assert message in str(raised.value)


@pytest.mark.parametrize("position", [-1, 4, 2**62])
def test_positions_that_the_cache_lacks_are_refused(one_node: OneNode, position: int) -> None:
    inputs = [noise(1, 1, 1, 4), noise(4, 2), noise(4, 2), np.array([[position]])]
    with pytest.raises(onecnn.InvalidArgument, match=rf"position_ids has {position}, outside \[0, 4\)"):
        onecnn.load(one_node("RotaryEmbedding", inputs)).run(named(list(inputs)))


@few_examples
@given(
    st.tuples(*[st.integers(1, 4)] * 6),
    st.sampled_from(["linear", "gated", "delta", "gated_delta"]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from([0.0, 0.7]),
)
def test_any_linear_attention(
    one_node: OneNode,
    sizes: tuple[int, ...],
    rule: str,
    with_past: bool,
    decay_per_key: bool,
    one_beta: bool,
    scale: float,
) -> None:
    batch, length, kv_heads, group, k_size, v_size = sizes
    inputs: list[Array | None] = [
        noise(batch, length, kv_heads * group * k_size, seed=1),
        noise(batch, length, kv_heads * k_size, seed=2),
        noise(batch, length, kv_heads * v_size, seed=3),
        noise(batch, kv_heads, k_size, v_size, seed=4) if with_past else None,
        -abs(noise(batch, length, kv_heads * (k_size if decay_per_key else 1), seed=5)) if "gated" in rule else None,
        abs(noise(batch, length, 1 if one_beta else kv_heads, seed=6)) if "delta" in rule else None,
    ]
    attributes = {"q_num_heads": kv_heads * group, "kv_num_heads": kv_heads, "update_rule": rule, "scale": scale}
    assert_as_reference(one_node("LinearAttention", inputs, 2, opset=27, **attributes), inputs, atol=1e-4)


@pytest.mark.parametrize(
    ("shapes", "attributes", "message"),
    [
        ([(1, 2, 4)] * 3, {"q_num_heads": 2, "kv_num_heads": 0}, "kv_num_heads 0"),
        ([(1, 2, 4)] * 3, {"q_num_heads": 2, "kv_num_heads": 2}, "input 4 is missing"),
        ([(1, 2, 4)] * 3, {"q_num_heads": 3, "kv_num_heads": 3, "update_rule": "linear"}, "do not go together"),
        ([(1, 2, 4)] * 3, {"q_num_heads": 2, "kv_num_heads": 2, "update_rule": "cubic"}, "update_rule is 'cubic'"),
        (
            [(1, 2, 4)] * 3 + [None, (1, 2, 3)],
            {"q_num_heads": 2, "kv_num_heads": 2, "update_rule": "gated"},
            "expected [1, 2, 2 or 4]",
        ),
    ],
)
def test_refused_linear_attentions(
    one_node: OneNode, shapes: list[tuple[int, ...] | None], attributes: dict[str, object], message: str
) -> None:
    inputs = [None if shape is None else noise(*shape) for shape in shapes]
    with pytest.raises(onecnn.Error) as raised:
        onecnn.load(one_node("LinearAttention", inputs, 2, opset=27, **attributes)).run(named(inputs))
    assert message in str(raised.value)


@few_examples
@given(
    st.tuples(*[st.integers(1, 5)] * 4),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["none", "silu", "swish"]),
    st.sampled_from(["float32", "float16"]),
)
def test_any_causal_convolution(
    one_node: OneNode, sizes: tuple[int, int, int, int], with_bias: bool, with_past: bool, activation: str, dtype: str
) -> None:
    batch, channels, length, kernel = sizes
    inputs: list[Array | None] = [
        noise(batch, channels, length, seed=1, dtype=dtype),
        noise(channels, 1, kernel, seed=2, dtype=dtype),
        noise(channels, seed=3, dtype=dtype) if with_bias else None,
        noise(batch, channels, kernel - 1, seed=4, dtype=dtype) if with_past else None,
    ]
    data = one_node("CausalConvWithState", inputs, 2, opset=27, activation=activation)
    assert_as_reference(data, inputs, *((1e-5, 1e-6) if dtype == "float32" else (5e-3, 5e-3)))


def test_refused_causal_convolutions(one_node: OneNode) -> None:
    x = noise(1, 2, 5)
    for weights, attributes, message in [
        (noise(3, 1, 2), {}, r"input 1 has shape \[3, 1, 2\], expected \[2, 1, 2\]"),
        (noise(2, 1, 0), {}, "expected a kernel"),
        (noise(2, 1, 2), {"activation": "relu"}, "activation is 'relu'"),
    ]:
        with pytest.raises(onecnn.Error, match=message):
            data = one_node("CausalConvWithState", [x, weights], 2, opset=27, **attributes)
            onecnn.load(data).run({"x0": x, "x1": weights})
