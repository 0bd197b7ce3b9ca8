# SPDX-License-Identifier: Apache-2.0
"""DFT, STFT, the windows and MelWeightMatrix, against NumPy, ONNX's reference and ONNX Runtime."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

import onecnn

Array = NDArray[Any]
TOLERANCE = {"float64": 1e-12, "float32": 2e-6, "float16": 2e-3}


def noise(*shape: int, dtype: str = "float32") -> Array:
    return np.random.default_rng(0).standard_normal(shape).astype(dtype)


def model(op_type: str, x: Array | None, constants: list[Array | None], opset: int = 20, **attributes: object) -> bytes:
    """Make y = op(x, constants...), x being left out where it is None."""
    names = [f"c{i}" if value is not None else "" for i, value in enumerate(constants)]
    graph = helper.make_graph(
        [helper.make_node(op_type, ([] if x is None else ["x"]) + names, ["y"], name="only", **attributes)],
        "one",
        []
        if x is None
        else [helper.make_tensor_value_info("x", helper.np_dtype_to_tensor_dtype(x.dtype), [None] * x.ndim)],
        [helper.make_empty_tensor_value_info("y")],
        [
            numpy_helper.from_array(value, name)
            for name, value in zip(names, constants, strict=True)
            if value is not None
        ],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    return bytes(made.SerializeToString())


def run(data: bytes, x: Array | None = None) -> Array:
    return np.asarray(onecnn.load(data).run({} if x is None else {"x": x})["y"])


def number(value: int | None, dtype: str = "int64") -> Array | None:
    return None if value is None else np.array(value, dtype)


def as_parts(x: Array) -> Array:
    return np.stack([x.real, x.imag], -1)


def assert_near(y: Array, expected: Array, dtype: str) -> None:
    assert y.dtype == dtype and y.shape == expected.shape
    assert abs(y - expected).max(initial=0) <= TOLERANCE[dtype] * max(1, abs(expected).max(initial=0))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.lists(st.integers(1, 13), min_size=1, max_size=3),
    st.data(),
    st.sampled_from(["complex", "real", "inverse", "inverse_of_real", "half", "back"]),
    st.sampled_from(list(TOLERANCE)),
)
def test_any_transform(shape: list[int], data: st.DataObject, kind: str, dtype: str) -> None:
    axis = data.draw(st.integers(0, len(shape) - 1))
    if kind == "back" and shape[axis] == 1:
        shape[axis] = 2
    length = data.draw(st.one_of(st.none(), st.integers(1, 20)))
    parts = 1 if kind in ("real", "inverse_of_real", "half") else 2
    x = noise(*shape, parts, dtype=dtype)
    wide = x.astype("float64")
    signal = wide[..., 0] if parts == 1 else wide[..., 0] + 1j * wide[..., 1]
    function = {"half": np.fft.rfft, "back": np.fft.irfft, "complex": np.fft.fft, "real": np.fft.fft}.get(
        kind, np.fft.ifft
    )
    expected = function(signal, length, axis)
    expected = expected[..., None] if kind == "back" else as_parts(expected)
    given_axis = data.draw(st.sampled_from([axis, axis - len(shape) - 1]))
    attributes = {"inverse": int("inverse" in kind or kind == "back"), "onesided": int(kind in ("half", "back"))}
    constants = [number(length, data.draw(st.sampled_from(["int32", "int64"]))), number(given_axis)]
    assert_near(run(model("DFT", x, constants, **attributes), x), expected, dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("length", [1, 2, 16, 97, 360, 400, 1000, 1009, 1024, 3125, 4096, 4098, 10007])
def test_lengths(length: int, dtype: str) -> None:
    x = noise(2, length, 2, dtype=dtype)
    wide = x.astype("float64")
    expected = as_parts(np.fft.fft(wide[..., 0] + 1j * wide[..., 1]))
    assert_near(run(model("DFT", x, []), x), expected, dtype)


def test_the_axis_of_opset_17() -> None:
    x = noise(2, 5, 6, 1)
    for attributes, axis in [({}, 1), ({"axis": 2}, 2), ({"axis": -4}, 0)]:
        expected = as_parts(np.fft.fft(x[..., 0], 8, axis))
        y = run(model("DFT", x, [number(8)], opset=17, **attributes), x)
        np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("shape", "constants", "attributes", "message"),
    [
        ((2, 5, 3), [], {}, "expected a last dimension of 1 or 2"),
        ((2, 5, 1), [None, 2], {}, "the one of the complex parts"),
        ((2, 5, 1), [None, 3], {}, "axis"),
        ((2, 5, 1), [0], {}, "length is 0, expected 1 or more"),
        ((2, 5, 1), [-(2**63)], {}, "expected 1 or more"),
        ((2, 5, 1), [2**62], {}, "more than 33554432"),
        ((2, 5, 2), [], {"onesided": 1}, "has no onesided transform as it is complex"),
        ((2, 5, 1), [], {"onesided": 1, "inverse": 1}, "has no onesided transform back as it is real"),
        ((2, 1, 2), [], {"onesided": 1, "inverse": 1}, "length is 0, expected 1 or more"),
    ],
)
def test_refused_transforms(
    shape: tuple[int, ...], constants: list[int | None], attributes: dict[str, object], message: str
) -> None:
    x = noise(*shape)
    with pytest.raises(onecnn.Error, match=r"node 'only' \(DFT") as raised:
        run(model("DFT", x, [number(value) for value in constants], **attributes), x)
    assert message in str(raised.value)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.integers(1, 3), st.integers(1, 40), st.integers(1, 7), st.data(), st.booleans(), st.sampled_from(list(TOLERANCE))
)
def test_any_short_time_transform(
    batch: int, samples: int, step: int, data: st.DataObject, is_complex: bool, dtype: str
) -> None:
    length = data.draw(st.integers(1, samples))
    onesided = 0 if is_complex else data.draw(st.integers(0, 1))
    x = noise(batch, samples, 2 if is_complex else 1, dtype=dtype)
    windowed = data.draw(st.booleans())
    window = np.linspace(0.25, 1, length).astype(dtype) if windowed else None
    given_length = None if windowed and data.draw(st.booleans()) else length
    wide = x.astype("float64")
    signal = wide[..., 0] + (1j * wide[..., 1] if is_complex else 0)
    frames = np.lib.stride_tricks.sliding_window_view(signal, length, 1)[:, ::step]
    spectrum = np.fft.fft(frames * (1 if window is None else window.astype("float64")))
    expected = as_parts(spectrum[..., : length // 2 + 1] if onesided else spectrum)
    y = run(model("STFT", x, [number(step), window, number(given_length)], onesided=onesided), x)
    assert_near(y, expected, dtype)


@pytest.mark.parametrize(
    ("shape", "constants", "message"),
    [
        ((1, 9, 1), [number(0), None, number(4)], "frame_step is 0"),
        ((1, 9, 1), [number(-1), None, number(4)], "frame_step is -1"),
        ((1, 9, 1), [number(2), None, number(10)], "frames of 10 samples do not fit into a signal of 9"),
        ((1, 9, 1), [number(2), None, number(0)], "length is 0"),
        ((1, 9, 1), [number(2), noise(5), number(4)], "frame_length is 4 and the window has 5 elements"),
        ((1, 9, 1), [number(2), noise(5, dtype="float64"), None], "they must be the same"),
        ((1, 9, 2), [number(2), None, number(4)], "has no onesided transform as it is complex"),
        ((9, 1), [number(2), None, number(4)], "expected rank 3"),
    ],
)
def test_refused_short_time_transforms(shape: tuple[int, ...], constants: list[Array | None], message: str) -> None:
    x = noise(*shape)
    with pytest.raises(onecnn.Error, match=r"node 'only' \(STFT") as raised:
        run(model("STFT", x, constants), x)
    assert message in str(raised.value)


@pytest.mark.parametrize("op_type", ["HannWindow", "HammingWindow", "BlackmanWindow"])
@pytest.mark.parametrize("periodic", [0, 1])
@pytest.mark.parametrize("size", [0, 2, 3, 10, 401])
def test_windows(op_type: str, periodic: int, size: int) -> None:
    data = model(op_type, None, [number(size)], periodic=periodic)
    expected = ReferenceEvaluator(onnx.load_from_string(data)).run(None, {})[0]
    y = run(data)
    assert y.dtype == "float32"
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-6)
    if size > 0:
        x = np.array(size, "int32")
        np.testing.assert_array_equal(run(model(op_type, x, [], periodic=periodic), x), y)


@pytest.mark.parametrize("dtype", ["float64", "float16", "int32", "uint8"])
def test_types_of_windows(dtype: str) -> None:
    made = run(model("HannWindow", None, [number(7)], output_datatype=helper.np_dtype_to_tensor_dtype(np.dtype(dtype))))
    expected = np.hanning(8)[:7].astype(dtype)
    assert made.dtype == dtype
    np.testing.assert_allclose(made, expected, rtol=1e-3)


def test_a_symmetric_window_of_one_sample() -> None:
    for op_type in ["HannWindow", "HammingWindow", "BlackmanWindow"]:
        np.testing.assert_allclose(run(model(op_type, None, [number(1)], periodic=0)), [1], rtol=1e-1)


@pytest.mark.parametrize(
    ("size", "attributes", "message"),
    [
        (number(-1), {}, "expected one number that is 0 or more"),
        (np.array([1, 2]), {}, "expected one number that is 0 or more"),
        (number(2**40), {}, "tensor_bytes"),
        (number(4), {"output_datatype": 8}, "output_datatype is 8"),
        (number(4), {"output_datatype": 99}, "output_datatype is 99"),
    ],
)
def test_refused_windows(size: Array, attributes: dict[str, object], message: str) -> None:
    with pytest.raises(onecnn.Error, match=r"node 'only' \(HannWindow") as raised:
        run(model("HannWindow", None, [size], **attributes))
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("bands", "length", "rate", "low", "high"),
    [
        (8, 16, 8192, 0.0, 4096.0),
        (80, 400, 16000, 0.0, 8000.0),
        (40, 512, 16000, 20.0, 7600.0),
        (3, 9, 100, 10.0, 40.0),
    ],
)
def test_mel_weights(bands: int, length: int, rate: int, low: float, high: float) -> None:
    edges = [np.array(low, np.float32), np.array(high, np.float32)]
    data = model("MelWeightMatrix", None, [number(bands), number(length), number(rate), *edges], opset=17)
    expected = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"]).run(None, {})[0]
    np.testing.assert_allclose(run(data), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("low", "high"), [(0.0, 9000.0), (-100.0, 4000.0), (0.0, np.inf), (np.nan, 100.0)])
def test_mel_edges_that_the_spectrum_lacks_are_refused(low: float, high: float) -> None:
    x = np.array(low, np.float32)
    graph = helper.make_graph(
        [helper.make_node("MelWeightMatrix", ["bands", "length", "rate", "x", "high"], ["y"], name="only")],
        "one",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [])],
        [helper.make_empty_tensor_value_info("y")],
        [
            numpy_helper.from_array(np.array(value), name)
            for name, value in [("bands", 8), ("length", 16), ("rate", 8000), ("high", np.float32(high))]
        ],
    )
    data = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()
    with pytest.raises(onecnn.InvalidArgument, match="hertz are outside"):
        run(data, x)
