# SPDX-License-Identifier: Apache-2.0
"""Linear models and the operators of ai.onnx.ml that prepare features, against ONNX Runtime and NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import ValueInfoProto, helper, numpy_helper

import onecnn

Array = np.ndarray[Any, Any]
few_examples = settings(max_examples=40, deadline=None, derandomize=True)
NUMBERS = ["float32", "float64", "int32", "int64"]
TRANSFORMS = ["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT"]


def make_model(op_type: str, inputs: list[Array], version: int = 1, outputs: int = 1, **attributes: Any) -> bytes:
    """Make a model of one node, named "only"; its outputs' types are inferred."""
    values = [
        helper.make_tensor_value_info(f"x{i}", helper.np_dtype_to_tensor_dtype(x.dtype), [None] * x.ndim)
        for i, x in enumerate(inputs)
    ]
    names = [f"y{i}" for i in range(outputs)]
    node = helper.make_node(
        op_type, [value.name for value in values], names, name="only", domain="ai.onnx.ml", **attributes
    )
    types = [ValueInfoProto(name=name) for name in names]
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", version)]
    graph = helper.make_graph([node], "one", values, types)
    return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=10).SerializeToString())


def run(model: bytes, inputs: list[Array]) -> list[Array]:
    return list(onecnn.load(model).run({f"x{i}": x for i, x in enumerate(inputs)}).values())


def check(op_type: str, *inputs: Array, **attributes: Any) -> None:
    model = make_model(op_type, list(inputs), **attributes)
    wanted = onnxruntime.InferenceSession(model).run(None, {f"x{i}": x for i, x in enumerate(inputs)})
    for got, expected in zip(run(model, list(inputs)), wanted, strict=True):
        assert (got.dtype, got.shape) == (expected.dtype, expected.shape)
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)


def noise(*shape: int, seed: int = 0, dtype: str = "float32") -> Array:
    return (np.random.default_rng(seed).standard_normal(shape) * (10 if "int" in dtype else 1)).astype(dtype)


def softmax(scores: Array) -> Array:
    powers = np.exp(scores - scores.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True))


@few_examples
@given(
    st.integers(3, 20),
    st.integers(1, 40),
    st.sampled_from([1, 7, 300]),
    st.sampled_from(["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO"]),
    st.sampled_from(NUMBERS),
)
def test_any_linear_classifier(classes: int, features: int, rows: int, transform: str, dtype: str) -> None:
    check(
        "LinearClassifier",
        noise(rows, features, dtype=dtype),
        outputs=2,
        coefficients=(noise(classes * features, seed=1) / 4).tolist(),
        intercepts=noise(classes, seed=2).tolist(),
        classlabels_ints=[7 * i - 3 for i in range(classes)],
        post_transform=transform,
    )


@pytest.mark.parametrize("transform", ["NONE", "LOGISTIC"])
@pytest.mark.parametrize("scores", [1, 2])
def test_linear_classifier_of_two_classes(transform: str, scores: int) -> None:
    check(
        "LinearClassifier",
        noise(30, 5),
        outputs=2,
        coefficients=noise(scores * 5, seed=1).tolist(),
        intercepts=noise(scores, seed=2).tolist(),
        classlabels_ints=[3, 5],
        post_transform=transform,
    )


def test_softmax_of_one_score_for_two_classes() -> None:
    """ONNX Runtime leaves the transform out."""
    x = noise(30, 5)
    coefficients = noise(5, seed=1)
    model = make_model(
        "LinearClassifier",
        [x],
        outputs=2,
        coefficients=coefficients.tolist(),
        intercepts=[0.5],
        classlabels_ints=[3, 5],
        post_transform="SOFTMAX",
    )
    labels, scores = run(model, [x])
    margin = x @ coefficients + 0.5
    np.testing.assert_array_equal(labels, np.where(margin > 0, 5, 3))
    np.testing.assert_allclose(scores, softmax(np.stack([-margin, margin], 1)), rtol=1e-4)


def test_linear_classifier_without_intercepts() -> None:
    x = noise(30, 5)
    coefficients = noise(3, 5, seed=1)
    _, scores = run(
        make_model(
            "LinearClassifier",
            [x],
            outputs=2,
            coefficients=coefficients.ravel().tolist(),
            classlabels_ints=[0, 1, 2],
        ),
        [x],
    )
    np.testing.assert_allclose(scores, x @ coefficients.T, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("targets", [1, 3])
@pytest.mark.parametrize("dtype", NUMBERS)
@pytest.mark.parametrize("intercepts", [False, True])
def test_linear_regressor(targets: int, dtype: str, intercepts: bool) -> None:
    x = noise(30, 5, dtype=dtype)
    coefficients = noise(targets, 5, seed=1)
    offsets = noise(targets, seed=2) if intercepts else np.zeros(targets, np.float32)
    given_offsets = {"intercepts": offsets.tolist()} if intercepts else {}
    model = make_model(
        "LinearRegressor", [x], coefficients=coefficients.ravel().tolist(), targets=targets, **given_offsets
    )
    (y,) = run(model, [x])
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, x.astype(np.float32) @ coefficients.T + offsets, rtol=1e-4, atol=1e-5)


def test_linear_regressor_transforms() -> None:
    x = noise(30, 5)
    attributes: dict[str, Any] = {"coefficients": noise(10, seed=1).tolist(), "targets": 2, "intercepts": [0.5, -0.5]}
    check("LinearRegressor", x, **attributes, post_transform="SOFTMAX")
    check("LinearRegressor", x, **attributes, post_transform="LOGISTIC")


def test_svm_classifier_without_support_vectors_is_linear() -> None:
    check(
        "SVMClassifier",
        noise(20, 4),
        outputs=2,
        classlabels_ints=[1, 2, 3],
        coefficients=noise(12, seed=1).tolist(),
        rho=[0.25],
        kernel_type="LINEAR",
        kernel_params=[0.0, 0.0, 0.0],
    )


def test_svm_regressor_transform() -> None:
    x = noise(20, 4)
    attributes: dict[str, Any] = {"coefficients": noise(4, seed=1).tolist(), "rho": [0.25], "kernel_params": [0.0] * 3}
    (plain,) = run(make_model("SVMRegressor", [x], **attributes), [x])
    (got,) = run(make_model("SVMRegressor", [x], **attributes, post_transform="LOGISTIC"), [x])
    np.testing.assert_allclose(got, 1 / (1 + np.exp(-plain)), rtol=1e-5)


@pytest.mark.parametrize("dtype", NUMBERS)
@pytest.mark.parametrize("shape", [(3, 4), (5,), (2, 3, 4), (0, 4)])
def test_binarizer(dtype: str, shape: tuple[int, ...]) -> None:
    """ONNX Runtime has it for float32 alone."""
    x = noise(*shape, dtype=dtype)
    (y,) = run(make_model("Binarizer", [x], threshold=0.25), [x])
    assert y.dtype == x.dtype
    np.testing.assert_array_equal(y, (x > 0.25).astype(dtype))


@pytest.mark.parametrize("replaced", [1.0, np.nan])
@pytest.mark.parametrize("imputed", [[9.5], [1.5, 2.5, 3.5, 4.5]])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_imputer_of_floats(replaced: float, imputed: list[float], dtype: str) -> None:
    x = np.random.default_rng(0).integers(0, 3, (20, 4)).astype(dtype)
    x[x == 2] = np.nan
    attributes: dict[str, Any] = {"imputed_value_floats": imputed, "replaced_value_float": replaced}
    (y,) = run(make_model("Imputer", [x], **attributes), [x])
    hit = np.isnan(x) if np.isnan(replaced) else x == replaced
    assert y.dtype == x.dtype
    np.testing.assert_array_equal(y, np.where(hit, np.array(imputed, dtype), x))
    if dtype == "float32":
        check("Imputer", x, **attributes)


@pytest.mark.parametrize("imputed", [[9], [6, 7, 8, 9]])
@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_imputer_of_integers(imputed: list[int], dtype: str) -> None:
    x = np.random.default_rng(0).integers(0, 3, (20, 4)).astype(dtype)
    (y,) = run(make_model("Imputer", [x], imputed_value_int64s=imputed, replaced_value_int64=1), [x])
    assert y.dtype == x.dtype
    np.testing.assert_array_equal(y, np.where(x == 1, imputed, x))


@pytest.mark.parametrize("dimensions", [[2, 3], [1, 4], None])
def test_feature_vectorizer(dimensions: list[int] | None) -> None:
    inputs = [noise(6, 2), noise(6, 3, dtype="int64")]
    attributes = {} if dimensions is None else {"inputdimensions": dimensions}
    (y,) = run(make_model("FeatureVectorizer", inputs, **attributes), inputs)
    parts = []
    for x, width in zip(inputs, dimensions or [2, 3], strict=True):
        parts.append(np.zeros((6, width), np.float32))
        taken = min(width, x.shape[1])
        parts[-1][:, :taken] = x[:, :taken]
    assert y.dtype == np.float32
    np.testing.assert_array_equal(y, np.concatenate(parts, 1))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_feature_vectorizer_agrees_with_onnx_runtime(dtype: str) -> None:
    check("FeatureVectorizer", noise(6, 2, dtype=dtype), noise(6, 3, dtype=dtype), inputdimensions=[2, 3])


@pytest.mark.parametrize("dtype", NUMBERS)
@pytest.mark.parametrize("shape", [(30,), (10, 3), (0, 3)])
def test_one_hot_encoder(dtype: str, shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).integers(-3, 4, shape).astype(dtype)
    if dtype.startswith("float") and x.size:
        x.flat[0] = np.inf
        x.flat[1] = 2.5
    model = make_model("OneHotEncoder", [x], cats_int64s=[2, -1, 7])
    (y,) = run(model, [x])
    cut = np.trunc(x)
    np.testing.assert_array_equal(y, (cut[..., None] == np.array([2, -1, 7])).astype(np.float32))


def test_a_value_that_is_no_category_is_refused() -> None:
    x = np.array([2, 3], np.int64)
    with pytest.raises(onecnn.InvalidArgument, match=r"node 'only' .*: 3 is none of its 2 categories"):
        run(make_model("OneHotEncoder", [x], cats_int64s=[1, 2], zeros=0), [x])


@pytest.mark.parametrize("keys", ["int64s", "floats"])
@pytest.mark.parametrize("values", ["int64s", "floats"])
def test_label_encoder(keys: str, values: str) -> None:
    dtypes = {"int64s": "int64", "floats": "float32"}
    x = np.random.default_rng(0).integers(-3, 4, (5, 6)).astype(dtypes[keys])
    attributes: dict[str, Any] = {
        f"keys_{keys}": np.array([2, -1, 0]).astype(dtypes[keys]).tolist(),
        f"values_{values}": np.array([5, 6, 7]).astype(dtypes[values]).tolist(),
        "default_int64": -9,
        "default_float": -9.5,
    }
    check("LabelEncoder", x, version=2, **attributes)


@pytest.mark.parametrize("keys", ["int16", "int32", "int64", "float32", "float64"])
@pytest.mark.parametrize("values", ["int16", "int32", "int64", "float32", "float64"])
@pytest.mark.parametrize("default", [None, 3])
def test_label_encoder_by_tensors(keys: str, values: str, default: int | None) -> None:
    x = np.random.default_rng(0).integers(-3, 4, (5, 6)).astype(keys)
    attributes = {
        "keys_tensor": numpy_helper.from_array(np.array([2, -1, 0], keys)),
        "values_tensor": numpy_helper.from_array(np.array([5, 6, 7], values)),
    }
    if default is not None:
        attributes["default_tensor"] = numpy_helper.from_array(np.array([default], values))
    (y,) = run(make_model("LabelEncoder", [x], version=4, **attributes), [x])
    absent = default if default is not None else 0 if values.startswith("float") else -1
    table = {2: 5, -1: 6, 0: 7}
    assert y.dtype == np.dtype(values)
    np.testing.assert_array_equal(y, np.vectorize(lambda key: table.get(key, absent))(x))


def test_label_encoder_of_odd_floats() -> None:
    """NaN is a key like others, both zeros are one, and the last of equal keys counts."""
    x = np.array([np.nan, -np.nan, 0.0, -0.0, np.inf, 1.0], np.float32)
    model = make_model("LabelEncoder", [x], version=4, keys_floats=[np.nan, 0.0, 1.0, 1.0], values_int64s=[1, 2, 3, 4])
    assert run(model, [x])[0].tolist() == [1, 1, 2, 2, -1, 4]


X = noise(2, 5)


@pytest.mark.parametrize(
    ("op_type", "x", "attributes", "message"),
    [
        ("LinearClassifier", X, {"coefficients": [1.0] * 11, "classlabels_ints": [1, 2]}, "do not make 2 scores"),
        ("LinearClassifier", X, {"coefficients": [1.0] * 8, "classlabels_ints": [1, 2]}, "the model has 4 features"),
        (
            "LinearClassifier",
            X,
            {"coefficients": [1.0] * 15, "classlabels_ints": [1, 2], "intercepts": [0.0] * 3},
            "intercepts has 3 values, expected 2",
        ),
        ("LinearRegressor", X, {"coefficients": [1.0] * 7, "targets": 2}, "do not make 2 targets"),
        ("LinearRegressor", X, {"coefficients": [1.0] * 7, "targets": 0}, "do not make 0 targets"),
        ("LinearRegressor", X, {"coefficients": [1.0] * 10, "targets": 1}, "the model has 10 features"),
        ("LinearRegressor", X, {"coefficients": [1.0] * 5, "post_transform": "NO"}, "post_transform is 'NO'"),
        ("Binarizer", X.astype(np.int8), {}, "input 0 is int8"),
        ("Imputer", X, {"imputed_value_floats": [1.0, 2.0]}, "2 values to impute, expected 1 or 5"),
        ("Imputer", X, {"imputed_value_int64s": [1]}, "'imputed_value_floats' is missing"),
        ("Imputer", X.astype(np.int32), {"imputed_value_int64s": [2**31]}, "cannot hold"),
        ("FeatureVectorizer", X, {"inputdimensions": [2, 3]}, "for 1 inputs"),
        ("FeatureVectorizer", X, {"inputdimensions": [-1]}, "inputdimensions is"),
        ("OneHotEncoder", X, {}, "no cats_int64s"),
        ("LabelEncoder", X, {"keys_floats": [1.0], "values_floats": [1.0, 2.0]}, "values has 2 values, expected 1"),
        ("LabelEncoder", X, {"keys_int64s": [1], "values_floats": [1.0]}, "input 0 is float32 and its keys are int64"),
        (
            "LabelEncoder",
            X,
            {
                "keys_floats": [1.0],
                "values_floats": [1.0],
                "default_tensor": numpy_helper.from_array(np.array([1, 2], np.int64)),
            },
            "default_tensor is int64",
        ),
    ],
)
def test_what_contradicts_itself_is_refused(op_type: str, x: Array, attributes: dict[str, Any], message: str) -> None:
    outputs = 2 if op_type == "LinearClassifier" else 1
    with pytest.raises(onecnn.Error, match=message) as error:
        run(make_model(op_type, [x], version=4, outputs=outputs, **attributes), [x])
    assert "node 'only'" in str(error.value)
