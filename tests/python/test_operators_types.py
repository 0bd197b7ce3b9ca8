# SPDX-License-Identifier: Apache-2.0
"""Element types: what casts make of them, against ml_dtypes and NumPy, and how arrays of them go in and out."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

import onecnn

Array = np.ndarray[Any, Any]

FLOAT8 = {
    TensorProto.FLOAT8E4M3FN: ml_dtypes.float8_e4m3fn,
    TensorProto.FLOAT8E4M3FNUZ: ml_dtypes.float8_e4m3fnuz,
    TensorProto.FLOAT8E5M2: ml_dtypes.float8_e5m2,
    TensorProto.FLOAT8E5M2FNUZ: ml_dtypes.float8_e5m2fnuz,
}
PACKED = {
    TensorProto.UINT4: ml_dtypes.uint4,
    TensorProto.INT4: ml_dtypes.int4,
    TensorProto.FLOAT4E2M1: ml_dtypes.float4_e2m1fn,
    TensorProto.UINT2: ml_dtypes.uint2,
    TensorProto.INT2: ml_dtypes.int2,
}
EXTENSIONS = {
    **FLOAT8,
    **PACKED,
    TensorProto.FLOAT8E8M0: ml_dtypes.float8_e8m0fnu,
    TensorProto.BFLOAT16: ml_dtypes.bfloat16,
}


def codes_of(kind: Any) -> Array:
    """Give every value of a type of 8 bits or fewer; 301 elements, so that the last byte is not full."""
    if kind is ml_dtypes.float4_e2m1fn:
        return np.resize(np.arange(16, dtype=np.uint8), 301).view(kind)
    if kind in PACKED.values():
        info = ml_dtypes.iinfo(kind)
        return np.resize(np.arange(info.min, info.max + 1), 301).astype(kind)
    if kind is ml_dtypes.bfloat16:
        return np.linspace(-500, 500, 301).astype(kind)
    return np.resize(np.arange(256, dtype=np.uint8), 301).view(kind)


def model_of(op_type: str, from_type: int, to_type: int, shape: tuple[int, ...], **attributes: object) -> bytes:
    """Make y = op(x)."""
    graph = helper.make_graph(
        [helper.make_node(op_type, ["x"], ["y"], name="only", **attributes)],
        "types",
        [helper.make_tensor_value_info("x", from_type, shape)],
        [helper.make_tensor_value_info("y", to_type, None)],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 26)], ir_version=13).SerializeToString()


def cast(x: Array, to: int, **attributes: object) -> Array:
    from_type = helper.np_dtype_to_tensor_dtype(x.dtype)
    return onecnn.load(model_of("Cast", from_type, to, x.shape, to=to, **attributes))(x)


def same_bits(got: Array, expected: Array) -> None:
    assert got.dtype == expected.dtype
    assert got.shape == expected.shape
    assert got.tobytes() == expected.tobytes()


def test_a_model_tells_its_types() -> None:
    for number, kind in EXTENSIONS.items():
        spec = onecnn.load(model_of("Identity", number, number, (3,))).inputs[0]
        assert np.dtype(spec.dtype) == kind


@pytest.mark.parametrize("kind", EXTENSIONS.values(), ids=lambda kind: kind.__name__)
def test_elements_go_in_and_out(kind: Any) -> None:
    number = helper.np_dtype_to_tensor_dtype(np.dtype(kind))
    for x in (codes_of(kind), codes_of(kind)[:300].reshape(3, 100)[:, ::2], np.zeros((0, 3), kind), np.ones((), kind)):
        same_bits(onecnn.load(model_of("Identity", number, number, x.shape))(x), np.array(x, order="C"))


@pytest.mark.parametrize("kind", EXTENSIONS.values(), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("raw", [True, False])
def test_initializers(kind: Any, raw: bool) -> None:
    x = codes_of(kind)[:255]
    tensor = numpy_helper.from_array(x, "x")
    if not raw:
        size = 2 if kind is ml_dtypes.bfloat16 else 1
        tensor.int32_data.extend(np.frombuffer(tensor.raw_data, np.uint16 if size == 2 else np.uint8).tolist())
        tensor.ClearField("raw_data")
    graph = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["y"])],
        "initializer",
        [],
        [helper.make_empty_tensor_value_info("y")],
        [tensor],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 26)], ir_version=13)
    same_bits(onecnn.load(model.SerializeToString()).run({})["y"], x)


def test_too_few_packed_bytes_are_refused() -> None:
    tensor = TensorProto(name="x", data_type=TensorProto.INT4, dims=[5], raw_data=b"\x01\x02")
    graph = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["y"])], "short", [], [helper.make_empty_tensor_value_info("y")], [tensor]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 26)], ir_version=13)
    with pytest.raises(onecnn.InvalidModel, match=r"'x'.*int4.*\[5\] takes 3 bytes, but 2 are there"):
        onecnn.load(model.SerializeToString())


@pytest.mark.parametrize("to", FLOAT8)
@pytest.mark.parametrize("saturate", [0, 1])
@pytest.mark.parametrize("from_kind", [np.float32, np.float16, ml_dtypes.bfloat16])
def test_float8_of_every_half_float(to: int, saturate: int, from_kind: Any) -> None:
    x = np.arange(1 << 16, dtype=np.uint16)
    values = x.view(ml_dtypes.bfloat16).astype(np.float32) if from_kind is np.float32 else x.view(from_kind)
    values = values[~np.isnan(values.astype(np.float32))]
    largest = float(ml_dtypes.finfo(FLOAT8[to]).max)
    expected = values.astype(np.float32)
    expected = np.clip(expected, -largest, largest) if saturate else expected
    same_bits(cast(values, to, saturate=saturate), expected.astype(FLOAT8[to]))


@pytest.mark.parametrize("to", FLOAT8)
def test_float8_keeps_nan(to: int) -> None:
    assert np.isnan(cast(np.float32([np.nan, -np.nan]), to).astype(np.float32)).all()


@pytest.mark.parametrize("kind", EXTENSIONS.values(), ids=lambda kind: kind.__name__)
@pytest.mark.filterwarnings("ignore:overflow encountered in cast")
@pytest.mark.parametrize("to", [np.float32, np.float16, np.float64])
def test_floats_of_every_code(kind: Any, to: Any) -> None:
    x = codes_of(kind)
    expected = x.astype(np.float32).astype(to)
    np.testing.assert_array_equal(cast(x, helper.np_dtype_to_tensor_dtype(np.dtype(to))), expected)


def test_float4_of_floats() -> None:
    x = np.concatenate([np.linspace(-8, 8, 1025), [np.inf, -np.inf, -0.0]]).astype(np.float32)
    same_bits(cast(x, TensorProto.FLOAT4E2M1), x.astype(ml_dtypes.float4_e2m1fn))


@pytest.mark.parametrize(
    ("round_mode", "expected"),
    [("up", [0, 127, 128, 128, 128, 254, 254]), ("down", [0, 127, 127, 127, 127, 253, 254])],
)
def test_an_exponent_alone(round_mode: str, expected: list[int]) -> None:
    x = np.float32([2.0**-127, 1, 1.25, 1.5, 1.75, 1.5 * 2.0**126, 1.5 * 2.0**127])
    x[0] = 0
    got = cast(x, TensorProto.FLOAT8E8M0, round_mode=round_mode).view(np.uint8)
    np.testing.assert_array_equal(got, expected)
    nearest = cast(x, TensorProto.FLOAT8E8M0, round_mode="nearest", saturate=0).view(np.uint8)
    np.testing.assert_array_equal(nearest, [0, 127, 127, 128, 128, 254, 255])


@pytest.mark.parametrize("kind", [ml_dtypes.int4, ml_dtypes.uint4, ml_dtypes.int2, ml_dtypes.uint2])
@pytest.mark.parametrize("from_kind", [np.int8, np.int64, np.uint16, np.float32])
def test_small_integers_keep_low_bits(kind: Any, from_kind: Any) -> None:
    number = helper.np_dtype_to_tensor_dtype(np.dtype(kind))
    x = np.arange(-100, 100).astype(np.int64).astype(from_kind)
    width = ml_dtypes.iinfo(kind).bits
    low = x.astype(np.int64) & ((1 << width) - 1)
    signed = np.where((ml_dtypes.iinfo(kind).min < 0) & (low >> (width - 1) == 1), low - (1 << width), low)
    np.testing.assert_array_equal(cast(x, number).astype(np.int64), signed)
    np.testing.assert_array_equal(cast(cast(x, number), TensorProto.FLOAT8E4M3FN).astype(np.int64), signed)


def test_views_of_packed_elements() -> None:
    x = codes_of(ml_dtypes.int4)[:30]
    graph = helper.make_graph(
        [
            helper.make_node("Reshape", ["x", "shape"], ["matrix"]),
            helper.make_node("Transpose", ["matrix"], ["turned"], perm=[2, 0, 1]),
            helper.make_node("Flatten", ["turned"], ["y"]),
        ],
        "views",
        [helper.make_tensor_value_info("x", TensorProto.INT4, [30])],
        [helper.make_empty_tensor_value_info("y")],
        [numpy_helper.from_array(np.int64([2, 3, 5]), "shape")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 26)], ir_version=13)
    expected = x.astype(np.int8).reshape(2, 3, 5).transpose(2, 0, 1).reshape(5, 6)
    np.testing.assert_array_equal(onecnn.load(model.SerializeToString())(x).astype(np.int8), expected)


@pytest.mark.parametrize(
    ("x", "to", "expected"),
    [
        (np.float32([1, -2]), TensorProto.INT32, np.float32([1, -2]).view(np.int32)),
        (np.uint8([0, 1, 7]), TensorProto.BOOL, np.array([False, True, True])),
        (np.array([-1, 7], ml_dtypes.int4), TensorProto.UINT4, np.array([15, 7], ml_dtypes.uint4)),
        (np.uint8([0x38, 0xFF]), TensorProto.FLOAT8E4M3FN, np.uint8([0x38, 0xFF]).view(ml_dtypes.float8_e4m3fn)),
    ],
)
def test_bit_cast(x: Array, to: int, expected: Array) -> None:
    got = onecnn.load(model_of("BitCast", helper.np_dtype_to_tensor_dtype(x.dtype), to, x.shape, to=to))(x)
    same_bits(got, expected)


@pytest.mark.parametrize(
    ("op_type", "from_type", "to", "attributes", "message"),
    [
        (
            "BitCast",
            TensorProto.FLOAT,
            TensorProto.INT8,
            {},
            "input 0 is float32, of 32 bits, and its result int8, of 8",
        ),
        ("Cast", TensorProto.FLOAT, TensorProto.FLOAT8E8M0, {"round_mode": "odd"}, "round_mode is 'odd', expected up"),
        ("Cast", TensorProto.FLOAT, TensorProto.COMPLEX64, {}, "complex64, which are not supported"),
        ("Cast", TensorProto.FLOAT, 99, {}, "99, which is no type of ONNX"),
    ],
)
def test_what_cannot_be_cast_is_refused(
    op_type: str, from_type: int, to: int, attributes: dict[str, object], message: str
) -> None:
    model = model_of(op_type, from_type, TensorProto.FLOAT, (2,), to=to, **attributes)
    with pytest.raises(onecnn.Error, match=rf"node 'only' \({op_type}, opset 26\).*{message}"):
        onecnn.load(model)(np.float32([1, 2]))


def test_python_numbers() -> None:
    model = onecnn.load(model_of("Identity", TensorProto.INT4, TensorProto.INT4, (2,)))
    np.testing.assert_array_equal(model([-8, 7]).astype(int), [-8, 7])
    for given in ([0, 8], [0.5, 1.0]):
        with pytest.raises(onecnn.InvalidArgument, match="input 'x' takes int4"):
            model(given)
    with pytest.raises(onecnn.InvalidArgument, match=r"takes int4, int8 given; .*astype\(ml_dtypes.int4\)"):
        model(np.zeros(2, np.int8))
    floats = onecnn.load(model_of("Identity", TensorProto.BFLOAT16, TensorProto.BFLOAT16, (2,)))
    np.testing.assert_array_equal(floats([1.5, -2]).astype(float), [1.5, -2])


def test_packed_elements_are_not_joined() -> None:
    x = codes_of(ml_dtypes.int4)[:3]
    graph = helper.make_graph(
        [helper.make_node("Concat", ["x", "x"], ["y"], axis=0)],
        "joined",
        [helper.make_tensor_value_info("x", TensorProto.INT4, [3])],
        [helper.make_empty_tensor_value_info("y")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 26)], ir_version=13)
    with pytest.raises(onecnn.UnsupportedOperator, match="input 0 is int4"):
        onecnn.load(model.SerializeToString())(x)


def test_without_ml_dtypes() -> None:
    """The package is needed for its types alone, and the message says so."""
    program = """
import sys
sys.modules["ml_dtypes"] = None
import numpy as np, onecnn
model = onecnn.load(bytes.fromhex(sys.argv[1]))
try:
    model(np.zeros(2, np.uint8))
except onecnn.InvalidArgument as error:
    print(error)
"""
    model = model_of("Identity", TensorProto.FLOAT8E5M2, TensorProto.FLOAT8E5M2, (2,))
    done = subprocess.run([sys.executable, "-c", program, model.hex()], capture_output=True, text=True, check=True)
    assert "input 'x' takes float8_e5m2, a type that numpy has from the package ml_dtypes" in done.stdout
