# SPDX-License-Identifier: Apache-2.0
"""Models of scikit-learn, exported by skl2onnx: each must predict what scikit-learn predicts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import onecnn

skl2onnx = pytest.importorskip("skl2onnx")

from skl2onnx.common import _container  # noqa: E402
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType  # noqa: E402
from sklearn import (  # noqa: E402
    calibration,
    cluster,
    compose,
    cross_decomposition,
    datasets,
    decomposition,
    discriminant_analysis,
    ensemble,
    feature_selection,
    gaussian_process,
    impute,
    linear_model,
    mixture,
    model_selection,
    multiclass,
    multioutput,
    naive_bayes,
    neighbors,
    neural_network,
    pipeline,
    preprocessing,
    svm,
    tree,
)

Array = np.ndarray[Any, Any]
TESTED = 40  # so many rows at the end, in no training

pytestmark = [
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]


@pytest.fixture(autouse=True)
def flags_are_integers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """skl2onnx gives protobuf True and False as integers for some trees, which newer releases of protobuf refuse."""
    make_node = _container.make_node

    def make(*arguments: Any, **attributes: Any) -> Any:
        name = "nodes_missing_value_tracks_true"
        if name in attributes:
            attributes[name] = [int(flag) for flag in attributes[name]]
        return make_node(*arguments, **attributes)

    monkeypatch.setattr(_container, "make_node", make)
    yield


def classes(count: int) -> tuple[Array, Array]:
    x, y = datasets.make_classification(200, 6, n_informative=4, n_classes=count, random_state=0)
    return x, y


def targets() -> tuple[Array, Array]:
    x, y = datasets.make_regression(200, 6, noise=1, random_state=0)
    return x, y / 100


def export(estimator: Any, rows: Array | None, zipmap: bool | None = None, types: Any = None) -> bytes:
    options = None if zipmap is None else {"zipmap": zipmap}
    opsets = {"": 18, "ai.onnx.ml": 3}
    model = skl2onnx.to_onnx(estimator, rows, initial_types=types, options=options, target_opset=opsets)
    return bytes(model.SerializeToString())


def run(model: bytes, rows: Array) -> list[Any]:
    return list(onecnn.load(model).run({"X": rows}).values())


def check_classifier(estimator: Any, x: Array, y: Array, dtype: str = "float32", probabilities: bool = True) -> None:
    estimator.fit(x[:-TESTED], y[:-TESTED])
    rows = x[-TESTED:].astype(dtype)
    # LinearSVC never has maps, nor the option.
    labels, scores = run(export(estimator, rows, zipmap=None if isinstance(estimator, svm.LinearSVC) else False), rows)
    # skl2onnx gives those of quadratic discriminants as one row and those of one against one as a column.
    np.testing.assert_array_equal(labels.ravel(), estimator.predict(rows))
    if probabilities and hasattr(estimator, "predict_proba"):
        np.testing.assert_allclose(scores, estimator.predict_proba(rows), rtol=1e-4, atol=1e-5)


def check_regressor(estimator: Any, x: Array, y: Array, dtype: str = "float32") -> None:
    estimator.fit(x[:-TESTED], y[:-TESTED])
    rows = x[-TESTED:].astype(dtype)
    predicted = run(export(estimator, rows), rows)[0]
    np.testing.assert_allclose(predicted.ravel(), np.ravel(estimator.predict(rows)), rtol=1e-4, atol=1e-5)


def named(*estimators: Any) -> list[Any]:
    """Parameters with the estimators' names as ids."""
    return [pytest.param(estimator, id=type(estimator).__name__) for estimator in estimators]


# Left out, as no runtime could agree with scikit-learn: what skl2onnx 1.20 does not export (NearestCentroid,
# OutputCodeClassifier, TransformedTargetRegressor) or exports with an operator that is not ONNX's
# (GaussianProcessClassifier, to com.microsoft.Solve), neighbours within a radius, whose models index with -1, and
# calibration by "isotonic", whose models give other probabilities in ONNX Runtime too.
CLASSIFIERS = named(
    linear_model.LogisticRegression(),
    linear_model.LogisticRegressionCV(cv=2, Cs=2),
    linear_model.SGDClassifier(random_state=0),
    # skl2onnx takes the label of the largest probability, scikit-learn that of the largest score. They differ where
    # probabilities saturate, so scores are kept small.
    linear_model.SGDClassifier(loss="log_loss", alpha=0.1, random_state=0),
    linear_model.SGDClassifier(loss="modified_huber", alpha=5, random_state=0),
    linear_model.Perceptron(),
    svm.SVC(probability=True, random_state=0),
    svm.SVC(kernel="poly"),
    svm.SVC(kernel="sigmoid"),
    svm.NuSVC(probability=True, random_state=0),
    neighbors.KNeighborsClassifier(),
    ensemble.RandomForestClassifier(5, random_state=0),
    ensemble.StackingClassifier(
        [
            ("line", linear_model.LogisticRegression()),
            ("tree", tree.DecisionTreeClassifier(max_depth=3, random_state=0)),
        ]
    ),
    naive_bayes.GaussianNB(),
    naive_bayes.BernoulliNB(),
    neural_network.MLPClassifier((16,), max_iter=50, random_state=0),
    discriminant_analysis.LinearDiscriminantAnalysis(),
    discriminant_analysis.QuadraticDiscriminantAnalysis(reg_param=0.1),
    calibration.CalibratedClassifierCV(linear_model.LogisticRegression()),
    multiclass.OneVsRestClassifier(linear_model.LogisticRegression()),
    model_selection.GridSearchCV(linear_model.LogisticRegression(), {"C": [0.1, 1]}, cv=2),
)
# Of these skl2onnx makes no model of float64 that ONNX allows: it mixes float64 with the float32 that the operators of
# ai.onnx.ml give. Of the first two it makes none.
CLASSIFIERS_OF_FLOAT32 = named(
    linear_model.RidgeClassifier(),
    svm.LinearSVC(),
    tree.DecisionTreeClassifier(random_state=0),
    tree.ExtraTreeClassifier(random_state=0),
    ensemble.ExtraTreesClassifier(5, random_state=0),
    ensemble.GradientBoostingClassifier(n_estimators=5, random_state=0),
    ensemble.HistGradientBoostingClassifier(max_iter=5, random_state=0),
    ensemble.AdaBoostClassifier(n_estimators=5, random_state=0),
    ensemble.BaggingClassifier(n_estimators=4, random_state=0),
    ensemble.VotingClassifier(
        [
            ("line", linear_model.LogisticRegression()),
            ("tree", tree.DecisionTreeClassifier(max_depth=3, random_state=0)),
        ],
        voting="soft",
        flatten_transform=False,
    ),
)
REGRESSORS = named(
    linear_model.LinearRegression(),
    linear_model.Ridge(),
    linear_model.Lasso(alpha=0.01),
    linear_model.ElasticNet(alpha=0.01),
    linear_model.BayesianRidge(),
    linear_model.HuberRegressor(),
    linear_model.RANSACRegressor(random_state=0),
    linear_model.SGDRegressor(random_state=0),
    linear_model.QuantileRegressor(alpha=0.01),
    linear_model.Lars(),
    linear_model.LassoLars(alpha=0.01),
    linear_model.OrthogonalMatchingPursuit(),
    linear_model.ARDRegression(),
    linear_model.TheilSenRegressor(random_state=0),
    svm.SVR(),
    svm.NuSVR(kernel="poly"),
    svm.LinearSVR(random_state=0),
    neighbors.KNeighborsRegressor(),
    neural_network.MLPRegressor(hidden_layer_sizes=(16,), max_iter=50, random_state=0),
    gaussian_process.GaussianProcessRegressor(alpha=0.1),
    cross_decomposition.PLSRegression(),
)
REGRESSORS_OF_FLOAT32 = named(  # for the reason above
    tree.DecisionTreeRegressor(random_state=0),
    tree.ExtraTreeRegressor(random_state=0),
    ensemble.RandomForestRegressor(5, random_state=0),
    ensemble.ExtraTreesRegressor(5, random_state=0),
    ensemble.GradientBoostingRegressor(n_estimators=5, random_state=0),
    ensemble.HistGradientBoostingRegressor(max_iter=5, random_state=0),
    ensemble.AdaBoostRegressor(n_estimators=5, random_state=0),
    ensemble.BaggingRegressor(n_estimators=4, random_state=0),
    ensemble.VotingRegressor(
        [("line", linear_model.LinearRegression()), ("tree", tree.DecisionTreeRegressor(max_depth=3, random_state=0))]
    ),
    ensemble.StackingRegressor(
        [("line", linear_model.LinearRegression()), ("tree", tree.DecisionTreeRegressor(max_depth=3, random_state=0))]
    ),
)


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("estimator", [*CLASSIFIERS, *CLASSIFIERS_OF_FLOAT32])
def test_classifiers(estimator: Any, count: int) -> None:
    # Of two classes skl2onnx writes softmax of ±score, where scikit-learn has the logistic function of score.
    is_discriminant = isinstance(estimator, discriminant_analysis.LinearDiscriminantAnalysis)
    check_classifier(estimator, *classes(count), probabilities=count > 2 or not is_discriminant)


@pytest.mark.parametrize("estimator", CLASSIFIERS)
def test_classifiers_of_float64(estimator: Any) -> None:
    check_classifier(estimator, *classes(3), dtype="float64")


@pytest.mark.parametrize(
    "estimator",
    named(naive_bayes.MultinomialNB(), naive_bayes.ComplementNB(), naive_bayes.CategoricalNB(min_categories=9)),
)
def test_naive_bayes_of_counts(estimator: Any) -> None:
    x, y = classes(3)
    check_classifier(estimator, np.abs(x).round().clip(0, 8), y)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_one_against_one(dtype: str) -> None:
    """Labels that are strings skl2onnx declares and does not make."""
    check_classifier(multiclass.OneVsOneClassifier(linear_model.LogisticRegression()), *classes(3), dtype=dtype)


@pytest.mark.parametrize("estimator", [*REGRESSORS, *REGRESSORS_OF_FLOAT32])
def test_regressors(estimator: Any) -> None:
    check_regressor(estimator, *targets())


@pytest.mark.parametrize("estimator", REGRESSORS)
def test_regressors_of_float64(estimator: Any) -> None:
    check_regressor(estimator, *targets(), dtype="float64")


@pytest.mark.parametrize(
    "estimator", named(linear_model.PoissonRegressor(), linear_model.GammaRegressor(), linear_model.TweedieRegressor())
)
def test_regressors_of_positive_targets(estimator: Any) -> None:
    x, y = targets()
    check_regressor(estimator, x, np.abs(y) + 0.1)


def test_several_targets() -> None:
    x, y = targets()
    both = np.stack([y, y**2], 1)
    check_regressor(ensemble.RandomForestRegressor(5, random_state=0), x, both)
    check_regressor(linear_model.Ridge(), x, both)
    check_regressor(linear_model.MultiTaskLasso(alpha=0.01), x, both)
    check_regressor(multioutput.MultiOutputRegressor(linear_model.Ridge()), x, both)


@pytest.mark.parametrize(
    "estimator",
    named(
        ensemble.IsolationForest(n_estimators=5, random_state=0),
        svm.OneClassSVM(),
        linear_model.SGDOneClassSVM(random_state=0),
        neighbors.LocalOutlierFactor(novelty=True),
    ),
)
def test_outliers(estimator: Any) -> None:
    x, _ = targets()
    estimator.fit(x[:-TESTED])
    rows = (2 * x[-TESTED:]).astype(np.float32)
    labels = run(export(estimator, rows), rows)[0]
    np.testing.assert_array_equal(labels.ravel(), estimator.predict(rows))


@pytest.mark.parametrize(
    "estimator",
    named(
        preprocessing.StandardScaler(),
        preprocessing.MinMaxScaler(),
        preprocessing.MaxAbsScaler(),
        preprocessing.RobustScaler(),
        preprocessing.Normalizer(),
        preprocessing.Binarizer(),
        preprocessing.KBinsDiscretizer(encode="onehot-dense"),
        preprocessing.PolynomialFeatures(),
        preprocessing.PowerTransformer(),
        impute.SimpleImputer(),
        decomposition.PCA(3),
        decomposition.TruncatedSVD(3),
        feature_selection.VarianceThreshold(),
    ),
)
def test_transformers(estimator: Any) -> None:
    x, _ = targets()
    estimator.fit(x)
    rows = x[-TESTED:].astype(np.float32)
    if isinstance(estimator, impute.SimpleImputer):
        rows[::3, 1] = np.nan
    (got,) = run(export(estimator, rows), rows)
    np.testing.assert_allclose(got, estimator.transform(rows), rtol=1e-4, atol=1e-5)


def test_clusters() -> None:
    x, _ = targets()
    x = x.astype(np.float32)
    estimator = cluster.KMeans(3, n_init=1, random_state=0).fit(x)
    rows = x[-TESTED:]
    labels, distances = run(export(estimator, rows), rows)
    np.testing.assert_array_equal(labels, estimator.predict(rows))
    np.testing.assert_allclose(distances, estimator.transform(rows), rtol=1e-4)


@pytest.mark.parametrize(
    "estimator",
    named(mixture.GaussianMixture(3, random_state=0), mixture.BayesianGaussianMixture(n_components=3, random_state=0)),
)
def test_mixtures(estimator: Any) -> None:
    x, _ = targets()
    estimator.fit(x)
    rows = x[-TESTED:].astype(np.float32)
    labels, probabilities = run(export(estimator, rows), rows)
    np.testing.assert_array_equal(labels.ravel(), estimator.predict(rows))
    np.testing.assert_allclose(probabilities, estimator.predict_proba(rows), rtol=1e-4, atol=1e-5)


def test_a_pipeline() -> None:
    x, y = classes(3)
    x[::7, 2] = np.nan
    estimator = pipeline.make_pipeline(
        impute.SimpleImputer(), preprocessing.StandardScaler(), decomposition.PCA(4), linear_model.LogisticRegression()
    )
    check_classifier(estimator, x, y)


NAMES = np.array(["ant", "bee", "cat"])


@pytest.mark.parametrize("strings", [False, True])
@pytest.mark.parametrize("estimator", [*CLASSIFIERS, *CLASSIFIERS_OF_FLOAT32])
def test_labels_and_maps(estimator: Any, strings: bool) -> None:
    x, y = classes(3)
    estimator.fit(x[:-TESTED], (NAMES[y] if strings else y)[:-TESTED])
    rows = x[-TESTED:].astype(np.float32)
    labels, maps = run(export(estimator, rows), rows)
    np.testing.assert_array_equal(labels.ravel(), estimator.predict(rows))
    if hasattr(estimator, "predict_proba"):
        names = estimator.classes_.tolist()
        assert [set(row) for row in maps] == [set(names)] * TESTED
        scores = [[row[name] for name in names] for row in maps]
        np.testing.assert_allclose(scores, estimator.predict_proba(rows), rtol=1e-4, atol=1e-5)


def test_columns_of_several_types() -> None:
    generator = np.random.default_rng(0)
    numbers = generator.normal(size=(200, 2)).astype(np.float32)
    codes = generator.integers(0, 4, (200, 1))
    words = generator.choice(["red", "green", "blue"], (200, 1)).astype(object)
    y = ((numbers[:, 0] + (codes[:, 0] > 1) + (words[:, 0] == "red")) > 1).astype(int)
    table = np.concatenate([numbers.astype(object), codes.astype(object), words], 1)
    columns = compose.ColumnTransformer(
        [
            ("numbers", preprocessing.StandardScaler(), [0, 1]),
            ("codes", preprocessing.OneHotEncoder(handle_unknown="ignore"), [2]),
            ("words", preprocessing.OneHotEncoder(handle_unknown="ignore"), [3]),
        ]
    )
    estimator = pipeline.make_pipeline(columns, linear_model.LogisticRegression())
    estimator.fit(table[:-TESTED], y[:-TESTED])
    types = [
        ("numbers", FloatTensorType([None, 2])),
        ("codes", Int64TensorType([None, 1])),
        ("words", StringTensorType([None, 1])),
    ]
    model = onecnn.load(export(estimator, None, zipmap=False, types=types))
    inputs = {"numbers": numbers[-TESTED:], "codes": codes[-TESTED:], "words": words[-TESTED:]}
    labels, scores = model.run(inputs).values()
    np.testing.assert_array_equal(labels, estimator.predict(table[-TESTED:]))
    np.testing.assert_allclose(scores, estimator.predict_proba(table[-TESTED:]), atol=1e-5)
