# SPDX-License-Identifier: Apache-2.0
"""Resize, and Upsample before it, against ONNX Runtime and ONNX's reference."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

import onecnn

Array = np.ndarray[Any, Any]
few_examples = settings(max_examples=150, deadline=None, derandomize=True)

COORDINATES = ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"]
NEAREST_MODES = ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"]


def noise(*shape: int, dtype: str = "float32") -> Array:
    values = np.random.default_rng(0).normal(0, 60, shape)
    if np.issubdtype(np.dtype(dtype), np.unsignedinteger):
        values = np.abs(values)
    return values.astype(dtype)


def make_model(
    x: Array,
    *,
    scales: list[float] | None = None,
    sizes: list[int] | None = None,
    roi: list[float] | None = None,
    before: str | None = None,
    opset: int = 19,
    **attributes: Any,
) -> bytes:
    """Make y = Resize(x) of unknown dimensions; a Conv `before` it makes x lie channels last."""
    weights = []
    names = ["roi", "scales", "sizes"]
    for name, values, dtype in zip(names, (roi, scales, sizes), (np.float32, np.float32, np.int64), strict=True):
        if values is not None:
            weights.append(numpy_helper.from_array(np.array(values, dtype), name))
    present = [name if any(w.name == name for w in weights) else "" for name in names]
    if before == "Conv":
        eye = np.eye(x.shape[1], dtype=x.dtype).reshape(x.shape[1], x.shape[1], *[1] * (x.ndim - 2))
        weights.append(numpy_helper.from_array(eye, "w"))
    nodes = [helper.make_node(before, ["x", "w"], ["h"])] if before else []
    nodes.append(helper.make_node("Resize", ["h" if before else "x", *present], ["y"], name="resize", **attributes))
    graph = helper.make_graph(
        nodes,
        "resize",
        [helper.make_tensor_value_info("x", helper.np_dtype_to_tensor_dtype(x.dtype), [None] * x.ndim)],
        [helper.make_empty_tensor_value_info("y")],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)
    return bytes(model.SerializeToString())


def run(x: Array, **how: Any) -> Array:
    y = onecnn.load(make_model(x, **how))(x)
    assert isinstance(y, np.ndarray)
    return y


def check(x: Array, **how: Any) -> None:
    """Compare with ONNX Runtime: dtype, shape, elements."""
    expected = onnxruntime.InferenceSession(make_model(x, **how)).run(None, {"x": x})[0]
    got = run(x, **how)
    assert got.dtype == expected.dtype
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-3)


def check_reference(x: Array, rtol: float = 1e-5, **how: Any) -> None:
    """Compare with ONNX's reference, which has every mode."""
    model = onnx.load_from_string(make_model(x, **how))
    expected = ReferenceEvaluator(model).run(None, {"x": x})[0]
    got = run(x, **how)
    assert got.dtype == expected.dtype
    np.testing.assert_allclose(got.astype(np.float64), expected.astype(np.float64), rtol=rtol, atol=rtol * 100)


@pytest.mark.parametrize("before", [None, "Conv"], ids=["as given", "after a convolution"])
@pytest.mark.parametrize("coordinates", COORDINATES)
@pytest.mark.parametrize("mode", ["nearest", "linear", "cubic"])
def test_modes_and_coordinates(mode: str, coordinates: str, before: str | None) -> None:
    how: dict[str, Any] = {"mode": mode, "coordinate_transformation_mode": coordinates, "before": before}
    for sizes in ([2, 3, 14, 10], [2, 3, 4, 3], [2, 3, 1, 1], [2, 3, 21, 2]):
        check(noise(2, 3, 7, 5), sizes=sizes, **how)
    check(noise(1, 17, 6, 9), scales=[1, 1, 2, 3], **how)


@pytest.mark.parametrize("coordinates", COORDINATES)
@pytest.mark.parametrize("nearest_mode", NEAREST_MODES)
def test_nearest_modes(nearest_mode: str, coordinates: str) -> None:
    for sizes in ([1, 2, 9, 14], [1, 2, 3, 5], [2, 5, 6, 7]):
        how = {"nearest_mode": nearest_mode, "coordinate_transformation_mode": coordinates}
        check(noise(1, 2, 6, 7), sizes=sizes, mode="nearest", **how)


@st.composite
def resizes(draw: st.DrawFn) -> tuple[Array, dict[str, Any]]:
    shape = draw(st.lists(st.integers(1, 9), min_size=4, max_size=4))
    how: dict[str, Any] = {"mode": draw(st.sampled_from(["nearest", "linear", "cubic"]))}
    how["coordinate_transformation_mode"] = draw(st.sampled_from(COORDINATES))
    if how["mode"] == "nearest":
        how["nearest_mode"] = draw(st.sampled_from(NEAREST_MODES))
    how["before"] = draw(st.sampled_from([None, "Conv"]))
    if draw(st.booleans()):
        how["sizes"] = [*shape[:2], *draw(st.lists(st.integers(1, 20), min_size=2, max_size=2))]
    else:
        # Whole sizes: where they are rounded, ONNX and ONNX Runtime align corners differently.
        factors = [draw(st.sampled_from([0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0])) for _ in range(2)]
        factors = [f if (n * f).is_integer() else 2.0 for n, f in zip(shape[2:], factors, strict=True)]
        how["scales"] = [1.0, 1.0, *factors]
    return noise(*shape), how


@few_examples
@given(resizes())
def test_any_resize(resize: tuple[Array, dict[str, Any]]) -> None:
    x, how = resize
    check(x, **how)


@pytest.mark.parametrize("shape", [(5,), (3, 7), (2, 3, 6), (2, 3, 4, 5, 3)])
@pytest.mark.parametrize("mode", ["nearest", "linear", "cubic"])
def test_any_axes_of_any_rank(mode: str, shape: tuple[int, ...]) -> None:
    check_reference(noise(*shape), sizes=[n + 2 for n in shape], mode=mode)
    check_reference(noise(*shape), sizes=[2 for _ in shape], mode=mode, coordinate_transformation_mode="align_corners")
    check_reference(noise(*shape), scales=[1.7], axes=[0], mode=mode)


@pytest.mark.parametrize("coordinates", [*COORDINATES, "half_pixel_symmetric"])
@pytest.mark.parametrize("exclude_outside", [0, 1])
@pytest.mark.parametrize("mode", ["linear", "cubic"])
def test_antialiasing(mode: str, exclude_outside: int, coordinates: str) -> None:
    how: dict[str, Any] = {"mode": mode, "exclude_outside": exclude_outside, "antialias": 1}
    how["coordinate_transformation_mode"] = coordinates
    for scale in (0.3, 0.6, 1.0, 2.5):
        check_reference(noise(1, 2, 11, 8), scales=[1, 1, scale, 0.4], **how)


@pytest.mark.parametrize("cubic_coeff_a", [-0.5, -0.75, -1.0])
@pytest.mark.parametrize("exclude_outside", [0, 1])
def test_cubic_coefficients(exclude_outside: int, cubic_coeff_a: float) -> None:
    how: dict[str, Any] = {"exclude_outside": exclude_outside, "cubic_coeff_a": cubic_coeff_a}
    check(noise(1, 2, 5, 6), sizes=[1, 2, 12, 4], mode="cubic", **how)


@pytest.mark.parametrize("mode", ["nearest", "linear", "cubic"])
def test_a_region_of_interest(mode: str) -> None:
    how: dict[str, Any] = {"mode": mode, "coordinate_transformation_mode": "tf_crop_and_resize"}
    for roi in ([0, 0, 0.4, 0.6, 1, 1, 0.6, 0.8], [0, 0, -0.3, 0.1, 1, 1, 1.2, 1.3], [0, 0, 0.9, 1, 1, 1, 0.1, 0]):
        x = noise(1, 2, 5, 6)
        check_reference(x, sizes=[1, 2, 4, 9], roi=roi, extrapolation_value=7.5, **how)
        check_reference(x, sizes=[1, 2, 5, 6], roi=roi, extrapolation_value=7.5, **how)
    check_reference(x, sizes=[4, 9], axes=[2, 3], roi=[0.2, -0.1, 0.5, 0.9], **how)
    from_the_end = run(x, sizes=[9], axes=[-2], roi=[0.2, 1.5], **how)
    np.testing.assert_array_equal(from_the_end, run(x, sizes=[9], axes=[2], roi=[0.2, 1.5], **how))


@pytest.mark.parametrize("policy", ["not_larger", "not_smaller"])
def test_aspect_ratio_is_kept(policy: str) -> None:
    for sizes in ([7, 8], [3, 20], [2, 1], [9, 3]):
        for mode in ("nearest", "linear"):
            check_reference(noise(1, 2, 4, 6), sizes=sizes, axes=[2, 3], mode=mode, keep_aspect_ratio_policy=policy)


@pytest.mark.parametrize(
    "dtype", ["float16", "float64", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64"]
)
@pytest.mark.parametrize("mode", ["nearest", "linear", "cubic"])
def test_other_types(mode: str, dtype: str) -> None:
    # Twice and half: the weights are exact, so that halves are rounded and not what lies beside them.
    for sizes in ([1, 3, 10, 3], [1, 3, 5, 3], [2, 3, 5, 6]):
        check_reference(
            noise(1, 3, 5, 6, dtype=dtype), sizes=sizes, mode=mode, rtol=1e-3 if dtype == "float16" else 1e-6
        )


@pytest.mark.parametrize("mode", ["nearest", "linear", "cubic"])
def test_bfloat16(mode: str) -> None:
    model = onnx.load_from_string(make_model(noise(1, 2, 5, 6), sizes=[1, 2, 9, 4], mode=mode))
    resize = model.graph.node[0]
    resize.input[0], resize.output[0] = "h", "r"
    model.graph.node.insert(0, helper.make_node("Cast", ["x"], ["h"], to=TensorProto.BFLOAT16))
    model.graph.node.append(helper.make_node("Cast", ["r"], ["y"], to=TensorProto.FLOAT))
    x = noise(1, 2, 5, 6).astype(ml_dtypes.bfloat16).astype(np.float32)
    expected = run(x, sizes=[1, 2, 9, 4], mode=mode).astype(ml_dtypes.bfloat16)
    np.testing.assert_array_equal(onecnn.load(model.SerializeToString())(x), expected.astype(np.float32))


def test_integers_saturate() -> None:
    x = np.array([[[255, 255, 0, 0, 255, 255]]], np.uint8)
    check_reference(x, sizes=[1, 1, 17], mode="cubic")


def test_bool_has_nearest_elements() -> None:
    x = noise(1, 2, 3, 4) > 0
    np.testing.assert_array_equal(run(x, scales=[1, 1, 2, 2]), x.repeat(2, 2).repeat(2, 3))


def test_infinity_stays_where_it_is() -> None:
    x = np.array([[[1, np.inf, 3, 4]]], np.float32)
    np.testing.assert_array_equal(
        run(x, sizes=[1, 1, 8], mode="linear"), [[[1, np.inf, np.inf, np.inf, np.inf, 3.25, 3.75, 4]]]
    )


@pytest.mark.parametrize("shape", [(0, 3, 4, 4), (2, 3, 0, 4)])
@pytest.mark.parametrize("mode", ["nearest", "linear"])
def test_nothing_to_resize(mode: str, shape: tuple[int, ...]) -> None:
    assert run(noise(*shape), scales=[1, 1, 2, 2], mode=mode).shape == (*shape[:2], 2 * shape[2], 8)
    assert run(noise(2, 3, 4, 4), sizes=[2, 3, 0, 4], mode=mode).shape == (2, 3, 0, 4)


def test_one_model_takes_any_size() -> None:
    model = onecnn.load(make_model(noise(1, 2, 1, 1), scales=[1, 1, 2, 2], before="Conv"))
    for batch, size in [(1, 4), (3, 6), (1, 1)]:
        x = noise(batch, 2, size, size)
        np.testing.assert_allclose(model(x), x.repeat(2, 2).repeat(2, 3), rtol=1e-6)


def old_model(op_type: str, opset: int, scales: list[float], mode: str) -> bytes:
    weights = [] if opset < 9 else [numpy_helper.from_array(np.array(scales, np.float32), "scales")]
    attributes: dict[str, Any] = {"scales": scales} if opset < 9 else {}
    node = helper.make_node(op_type, ["x", *[w.name for w in weights]], ["y"], name="resize", mode=mode, **attributes)
    graph = helper.make_graph(
        [node],
        "old",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None] * 4)],
        [helper.make_empty_tensor_value_info("y")],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=4)
    return bytes(model.SerializeToString())


@pytest.mark.parametrize("mode", ["nearest", "linear"])
@pytest.mark.parametrize(("op_type", "opset"), [("Upsample", 7), ("Upsample", 9), ("Resize", 10)])
def test_older_forms(op_type: str, opset: int, mode: str) -> None:
    x = noise(1, 2, 5, 6)
    shrinking = [[1.0, 1.0, 0.6, 0.7], [1.0, 1.0, 0.4, 2.5]]
    for scales in [[1.0, 1.0, 2.0, 3.0], [1.0, 1.0, 1.5, 2.4], *(shrinking if op_type == "Resize" else [])]:
        data = old_model(op_type, opset, scales, mode)
        expected = onnxruntime.InferenceSession(data).run(None, {"x": x})[0]
        np.testing.assert_allclose(onecnn.load(data)(x), expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({}, "neither scales nor sizes"),
        ({"scales": [1, 1, 2, 2], "sizes": [1, 1, 2, 2]}, "both scales and sizes"),
        ({"scales": [1, 2, 2]}, "scales has 3 elements, expected 4"),
        ({"sizes": [1, 2, 2], "axes": [2, 3]}, "sizes has 3 elements, expected 2"),
        ({"scales": [1, 1, 0, 2]}, "scale 0 of axis 2, which has 4 elements"),
        ({"scales": [1, 1, -1, 2]}, "scale -1 of axis 2"),
        ({"scales": [1, 1, float("nan"), 2]}, "scale nan of axis 2"),
        ({"scales": [1, 1, 1e30, 2]}, r"scale 1e\+30 of axis 2"),
        ({"sizes": [1, 1, -1, 2]}, "axis 2 of 4 elements cannot be resized to -1"),
        ({"scales": [2, 2], "axes": [2, 2]}, r"axes \[2, 2\] name axis 2 twice"),
        ({"scales": [2], "axes": [4]}, "an axis is 4, outside"),
        ({"scales": [1, 1, 2, 2], "mode": "area"}, "mode is 'area', expected one of nearest, linear, cubic"),
        (
            {"scales": [1, 1, 2, 2], "coordinate_transformation_mode": "corners"},
            "is 'corners', expected one of half_pixel",
        ),
        ({"scales": [1, 1, 2, 2], "nearest_mode": "round"}, "nearest_mode is 'round'"),
        ({"sizes": [1, 1, 2, 2], "keep_aspect_ratio_policy": "crop"}, "keep_aspect_ratio_policy is 'crop'"),
        (
            {"sizes": [1, 1, 2, 2], "roi": [0, 1], "coordinate_transformation_mode": "tf_crop_and_resize"},
            "roi has 2 elements, expected 8",
        ),
    ],
)
def test_what_says_no_size_is_refused(how: dict[str, Any], message: str) -> None:
    with pytest.raises(onecnn.Error, match=rf"node 'resize' \(Resize, opset 19\).*{message}"):
        run(noise(1, 1, 4, 4), **how)


def test_a_size_for_no_elements_is_refused() -> None:
    with pytest.raises(onecnn.InvalidArgument, match="axis 2 of 0 elements cannot be resized to 3"):
        run(noise(1, 1, 0, 4), sizes=[1, 1, 3, 4])


def test_a_result_too_large_is_refused() -> None:
    with pytest.raises(onecnn.ResourceLimit, match="63 bits"):
        run(noise(1, 1, 4, 4), sizes=[1, 1, 2**62, 2**62])


def test_bool_cannot_be_interpolated() -> None:
    with pytest.raises(onecnn.UnsupportedOperator, match="input 0 is bool"):
        run(np.ones((1, 1, 2, 2), bool), sizes=[1, 1, 3, 4], mode="linear")
