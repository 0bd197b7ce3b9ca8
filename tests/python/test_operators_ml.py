# SPDX-License-Identifier: Apache-2.0
"""The operators of ai.onnx.ml, against ONNX Runtime and ONNX's reference implementation."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

import onecnn

Array = np.ndarray[Any, Any]
few_examples = settings(max_examples=60, deadline=None, derandomize=True)
KERNELS = ["LINEAR", "POLY", "RBF", "SIGMOID"]
needs_sklearn = pytest.mark.skipif(importlib.util.find_spec("skl2onnx") is None, reason="skl2onnx not installed")


def make_model(op_type: str, inputs: dict[str, Array], outputs: int = 1, **attributes: Any) -> bytes:
    """Make a model of one node, named "only", with symbolic dimensions."""
    results = [f"y{i}" for i in range(outputs)]
    types = [TensorProto.INT64, TensorProto.FLOAT] if outputs == 2 else [TensorProto.FLOAT]
    if op_type == "ArrayFeatureExtractor":
        types = [helper.np_dtype_to_tensor_dtype(inputs["x"].dtype)]
    graph = helper.make_graph(
        [helper.make_node(op_type, list(inputs), results, name="only", domain="ai.onnx.ml", **attributes)],
        "one",
        [
            helper.make_tensor_value_info(
                name, helper.np_dtype_to_tensor_dtype(x.dtype), [f"{name}{i}" for i in range(x.ndim)]
            )
            for name, x in inputs.items()
        ],
        [helper.make_tensor_value_info(name, dtype, None) for name, dtype in zip(results, types, strict=True)],
    )
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", 1)]
    return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=10).SerializeToString())


def run(model: bytes, inputs: dict[str, Array]) -> list[Array]:
    return list(onecnn.load(model).run(inputs).values())


def check(op_type: str, inputs: dict[str, Array], outputs: int = 1, **attributes: Any) -> None:
    """Compare with ONNX Runtime: dtype, shape, elements."""
    model = make_model(op_type, inputs, outputs, **attributes)
    expected = onnxruntime.InferenceSession(model).run(None, inputs)
    for got, wanted in zip(run(model, inputs), expected, strict=True):
        assert got.dtype == wanted.dtype
        assert got.shape == wanted.shape
        np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-5)


def noise(*shape: int, seed: int = 0, dtype: str = "float32") -> Array:
    return (np.random.default_rng(seed).standard_normal(shape) * (10 if "int" in dtype else 1)).astype(dtype)


def classifier(classes: int, features: int, kernel: str, probabilities: bool = True, seed: int = 0) -> dict[str, Any]:
    """Attributes of an SVM with random support vectors."""
    generator = np.random.default_rng(seed)
    per_class = generator.integers(1, 20, classes)
    pairs = classes * (classes - 1) // 2
    vectors = int(per_class.sum())
    attributes: dict[str, Any] = {
        "classlabels_ints": [7 * i - 3 for i in range(classes)],
        "vectors_per_class": per_class.tolist(),
        "support_vectors": noise(vectors * features, seed=seed).tolist(),
        "coefficients": noise((classes - 1) * vectors, seed=seed + 1).tolist(),
        "rho": noise(pairs, seed=seed + 2).tolist(),
        "kernel_type": kernel,
        "kernel_params": [0.3, 0.1, 3.0],
    }
    if probabilities:
        attributes["prob_a"] = (-np.abs(noise(pairs, seed=seed + 3)) - 0.1).tolist()
        attributes["prob_b"] = noise(pairs, seed=seed + 4).tolist()
    return attributes


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("classes", [2, 3, 5])
@pytest.mark.parametrize("rows", [1, 100])
def test_svm_probabilities(kernel: str, classes: int, rows: int) -> None:
    check("SVMClassifier", {"x": noise(rows, 6)}, 2, **classifier(classes, 6, kernel))


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("classes", [2, 3, 5])
def test_svm_scores_without_probabilities(kernel: str, classes: int) -> None:
    check("SVMClassifier", {"x": noise(20, 6)}, 2, **classifier(classes, 6, kernel, probabilities=False))


@pytest.mark.parametrize("dtype", ["float64", "int32", "int64"])
def test_svm_of_other_types(dtype: str) -> None:
    check("SVMClassifier", {"x": noise(20, 6, dtype=dtype)}, 2, **classifier(3, 6, "RBF"))


@pytest.mark.parametrize("transform", ["LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT"])
def test_svm_post_transforms(transform: str) -> None:
    attributes = classifier(3, 6, "RBF") | {"post_transform": transform}
    check("SVMClassifier", {"x": noise(20, 6)}, 2, **attributes)


@pytest.mark.parametrize("transform", ["LOGISTIC", "SOFTMAX"])
def test_svm_post_transforms_of_two_scores(transform: str) -> None:
    """ONNX Runtime leaves these out; ONNX's reference has them."""
    x = {"x": noise(20, 6)}
    model = make_model("SVMClassifier", x, 2, **classifier(2, 6, "RBF", probabilities=False), post_transform=transform)
    for got, wanted in zip(run(model, x), ReferenceEvaluator(model).run(None, x), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-6)


@needs_sklearn
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("kernel", ["linear", "poly", "rbf", "sigmoid"])
@pytest.mark.parametrize("classes", [2, 4])
def test_a_trained_svm_agrees_with_scikit_learn(kernel: str, classes: int) -> None:
    from skl2onnx import to_onnx
    from sklearn.datasets import make_classification
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    x, y = make_classification(500, 10, n_informative=6, n_classes=classes, random_state=0)
    pipeline = make_pipeline(StandardScaler(), SVC(kernel=kernel, probability=True, random_state=0))
    pipeline.fit(x[:300], y[:300])
    rows = x[300:].astype(np.float32)
    model = to_onnx(pipeline, rows[:1], options={"zipmap": False}, target_opset={"": 21, "ai.onnx.ml": 1})
    labels, probabilities = run(model.SerializeToString(), {"X": rows})
    np.testing.assert_array_equal(labels, pipeline.predict(rows))
    np.testing.assert_allclose(probabilities, pipeline.predict_proba(rows), atol=1e-5)


@few_examples
@given(st.integers(2, 6), st.integers(1, 40), st.sampled_from(KERNELS), st.booleans(), st.integers(0, 1000))
def test_any_svm(classes: int, features: int, kernel: str, probabilities: bool, seed: int) -> None:
    attributes = classifier(classes, features, kernel, probabilities, seed)
    attributes["kernel_params"][0] = 0.3 / features
    check("SVMClassifier", {"x": noise(4, features, seed=seed)}, 2, **attributes)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("one_class", [0, 1])
@pytest.mark.parametrize("rows", [1, 100])
def test_svm_regression(kernel: str, one_class: int, rows: int) -> None:
    check(
        "SVMRegressor",
        {"x": noise(rows, 6)},
        support_vectors=noise(18 * 6, seed=1).tolist(),
        coefficients=noise(18, seed=2).tolist(),
        n_supports=18,
        rho=[0.25],
        kernel_type=kernel,
        kernel_params=[0.3, 0.1, 2.0],
        one_class=one_class,
    )


def test_svm_regression_without_support_vectors_is_linear() -> None:
    check(
        "SVMRegressor", {"x": noise(9, 6)}, coefficients=noise(6, seed=2).tolist(), rho=[0.25], kernel_params=[0.0] * 3
    )


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64"])
@pytest.mark.parametrize("shape", [(3, 4), (1, 4), (1000, 4)])
def test_scaler(dtype: str, shape: tuple[int, ...]) -> None:
    x = {"x": noise(*shape, dtype=dtype)}
    check("Scaler", x, offset=[0.5, -1.0, 2.0, 0.0], scale=[1.0, 2.0, 0.1, -3.0])
    check("Scaler", x, offset=[0.5], scale=[2.0])


@pytest.mark.parametrize("norm", ["MAX", "L1", "L2"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64"])
def test_normalizer(norm: str, dtype: str) -> None:
    x = noise(50, 5, dtype=dtype)
    x[0] = 0
    check("Normalizer", {"x": x}, norm=norm)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64"])
@pytest.mark.parametrize("shape", [(6,), (4, 6), (2, 3, 6)])
def test_array_feature_extractor(dtype: str, shape: tuple[int, ...]) -> None:
    indices = np.array([[5, 0, 0, 3]], np.int64)
    check("ArrayFeatureExtractor", {"x": noise(*shape, dtype=dtype), "indices": indices})


@pytest.mark.parametrize("index", [6, -1, 2**40])
def test_an_index_outside_is_refused(index: int) -> None:
    inputs = {"x": noise(4, 6), "indices": np.array([0, index], np.int64)}
    with pytest.raises(onecnn.InvalidArgument, match=rf"node 'only' .*index {index} is outside \[0, 6\)"):
        run(make_model("ArrayFeatureExtractor", inputs), inputs)


def test_no_rows() -> None:
    x = {"x": noise(0, 6)}
    label, scores = run(make_model("SVMClassifier", x, 2, **classifier(3, 6, "RBF")), x)
    assert (label.shape, scores.shape) == ((0,), (0, 3))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rho": [1.0]}, "rho has 1 values, expected 3"),
        ({"coefficients": [1.0]}, "coefficients has 1 values"),
        ({"prob_b": [1.0]}, "prob_b has 1 values, expected 3"),
        ({"vectors_per_class": [1, 2]}, "vectors_per_class has 2 values, expected 3"),
        ({"vectors_per_class": [1, -2, 3]}, "vectors_per_class is"),
        ({"vectors_per_class": [2**62, 2**62, 2**62]}, "63 bits"),
        ({"support_vectors": [1.0]}, "support_vectors has 1 values"),
        ({"classlabels_ints": [1]}, "classlabels_ints has 1 values"),
        ({"kernel_type": "COSINE"}, "kernel_type is 'COSINE'"),
        ({"kernel_params": [1.0]}, "kernel_params has 1 values"),
        ({"post_transform": "NO"}, "post_transform is 'NO'"),
    ],
)
def test_a_classifier_that_contradicts_itself_is_refused(change: dict[str, Any], message: str) -> None:
    x = {"x": noise(2, 6)}
    with pytest.raises(onecnn.Error, match=message):
        run(make_model("SVMClassifier", x, 2, **classifier(3, 6, "RBF") | change), x)


def test_another_number_of_features_is_refused() -> None:
    x = {"x": noise(2, 5)}
    with pytest.raises(onecnn.Error, match=r"node 'only'.*\[2, 5\], and the model has 6 features"):
        run(make_model("SVMClassifier", x, 2, **classifier(3, 6, "RBF")), x)
    with pytest.raises(onecnn.Error, match=r"node 'only'.*scale has 6 values, expected 1 or 5"):
        run(make_model("Scaler", x, scale=[1.0] * 6), x)
