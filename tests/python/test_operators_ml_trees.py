# SPDX-License-Identifier: Apache-2.0
"""TreeEnsemble and its older forms, against ONNX Runtime, ONNX's reference implementation and trees walked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

import onecnn

Array = np.ndarray[Any, Any]
Attributes = dict[str, Any]
few_examples = settings(max_examples=60, deadline=None, derandomize=True)
MODES = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"]
FEATURES = 4


def make_model(op_type: str, x: Array, version: int = 3, **attributes: Any) -> bytes:
    """Make a model of one node, named "only"."""
    types = [TensorProto.FLOAT]
    if op_type == "TreeEnsembleClassifier":
        types = [TensorProto.INT64, TensorProto.FLOAT]
    elif op_type == "TreeEnsemble":
        types = [helper.np_dtype_to_tensor_dtype(x.dtype)]
    outputs = [helper.make_tensor_value_info(f"y{i}", dtype, None) for i, dtype in enumerate(types)]
    inputs = [helper.make_tensor_value_info("x", helper.np_dtype_to_tensor_dtype(x.dtype), ["N", "F"][-x.ndim :])]
    node = helper.make_node(
        op_type, ["x"], [output.name for output in outputs], name="only", domain="ai.onnx.ml", **attributes
    )
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", version)]
    graph = helper.make_graph([node], "one", inputs, outputs)
    return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=10).SerializeToString())


def run(model: bytes, x: Array) -> list[Array]:
    return list(onecnn.load(model).run({"x": x}).values())


def check(op_type: str, x: Array, rtol: float = 1e-5, **attributes: Any) -> None:
    model = make_model(op_type, x, **attributes)
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    for got, wanted in zip(run(model, x), session.run(None, {"x": x}), strict=True):
        assert (got.dtype, got.shape) == (wanted.dtype, wanted.shape)
        np.testing.assert_allclose(got, wanted, rtol=rtol, atol=1e-5)


def random_trees(
    seed: int, voted: str, targets: int, trees: int = 5, depth: int = 5, modes: list[str] = MODES, votes: int = 1
) -> Attributes:
    """Make trees of random shape whose splits, like `rows`, are small multiples of ½, so that every mode is met."""
    generator = np.random.default_rng(seed)
    names = ["treeids", "nodeids", "featureids", "modes", "values", "truenodeids", "falsenodeids"]
    nodes: Attributes = {f"nodes_{name}": [] for name in [*names, "missing_value_tracks_true"]}
    leaves: Attributes = {f"{voted}_{name}": [] for name in ("treeids", "nodeids", "ids", "weights")}

    def grow(tree: int, level: int) -> int:
        here = nodes["nodes_treeids"].count(tree)
        leaf = level == depth or (level > 0 and generator.random() < 0.2)
        row = len(nodes["nodes_treeids"])
        values = [tree, here, int(generator.integers(FEATURES)), "LEAF" if leaf else str(generator.choice(modes))]
        for name, value in zip(nodes, [*values, float(generator.integers(-2, 3)) / 2, 0, 0, 0], strict=True):
            nodes[name].append(value)
        nodes["nodes_missing_value_tracks_true"][row] = int(generator.integers(2))
        if leaf:
            for target in generator.choice(targets, min(votes, targets), replace=False):
                for name, value in zip(leaves, [tree, here, int(target), float(generator.normal())], strict=True):
                    leaves[name].append(value)
        else:
            nodes["nodes_truenodeids"][row] = grow(tree, level + 1)
            nodes["nodes_falsenodeids"][row] = grow(tree, level + 1)
        return here

    for tree in range(trees):
        grow(tree, 0)
    return nodes | leaves


def rows(count: int, dtype: str = "float32", seed: int = 0, missing: bool = True) -> Array:
    generator = np.random.default_rng(seed)
    x = generator.integers(-3, 4, (count, FEATURES)) / 2
    if missing and dtype.startswith("float"):
        x[generator.random(x.shape) < 0.1] = np.nan
    return x.astype(dtype)


@few_examples
@given(
    st.integers(0, 10_000),
    st.integers(1, 3),
    st.sampled_from([1, 3, 8, 70, 203]),
    st.sampled_from(["SUM", "AVERAGE", "MIN", "MAX"]),
    st.booleans(),
    st.sampled_from([MODES, ["BRANCH_LEQ"], ["BRANCH_LT"], ["BRANCH_GT"]]),
)
def test_any_regressor(seed: int, targets: int, count: int, aggregate: str, base: bool, modes: list[str]) -> None:
    """ONNX Runtime leaves a target's base value out where no leaf votes for it: with base values, all do."""
    votes = targets if base else 1 + seed % 2
    attributes = random_trees(seed, "target", targets, trees=1 + seed % 11, modes=modes, votes=votes)
    if base:
        attributes["base_values"] = [0.25 * i + 0.5 for i in range(targets)]
    check("TreeEnsembleRegressor", rows(count), n_targets=targets, aggregate_function=aggregate, **attributes)


@few_examples
@given(
    st.integers(0, 10_000),
    st.integers(3, 5),
    st.sampled_from([1, 9, 64]),
    st.sampled_from(["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO"]),
)
def test_any_classifier(seed: int, classes: int, count: int, transform: str) -> None:
    """Each leaf votes for every class: ONNX Runtime names no class without a vote, though others may be below 0."""
    attributes = random_trees(seed, "class", classes, votes=classes)
    labels = [7 * i - 3 for i in range(classes)]
    check("TreeEnsembleClassifier", rows(count), classlabels_int64s=labels, post_transform=transform, **attributes)


@pytest.mark.parametrize("dtype", ["float64", "int32", "int64"])
@pytest.mark.parametrize("doubles", [False, True])
def test_input_types(dtype: str, doubles: bool) -> None:
    """The same rows give the same in every type; ONNX Runtime lacks some."""
    plain = random_trees(1, "target", 2)
    attributes = dict(plain)
    if doubles:
        for name in ("nodes_values", "target_weights"):
            attributes[f"{name}_as_tensor"] = numpy_helper.from_array(np.array(attributes.pop(name), np.float64))
    x = rows(50, dtype, missing=False)
    (got,) = run(make_model("TreeEnsembleRegressor", x, n_targets=2, **attributes), x)
    floats = x.astype(np.float32)
    (wanted,) = run(make_model("TreeEnsembleRegressor", floats, n_targets=2, **plain), floats)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, wanted, rtol=1e-5)


def test_splits_that_are_no_floats_split_as_doubles() -> None:
    attributes = random_trees(0, "target", 1, trees=1, depth=1, modes=["BRANCH_LEQ"])
    split = 1 + 1e-12
    attributes["nodes_values_as_tensor"] = numpy_helper.from_array(np.full(len(attributes.pop("nodes_values")), split))
    attributes["target_weights"] = [1.0, 2.0]
    x = np.full((2, FEATURES), 1.0)
    x[1] = 1 + 2e-12
    (got,) = run(make_model("TreeEnsembleRegressor", x, **attributes), x)
    assert got.tolist() == [[1.0], [2.0]]


@pytest.mark.parametrize("count", [1, 100])
@pytest.mark.parametrize("positive", [False, True])
@pytest.mark.parametrize("base", [None, 0.25])
def test_one_score_for_two_classes(count: int, positive: bool, base: float | None) -> None:
    """Without negative weights the score is a probability, else a margin, as ONNX Runtime has it."""
    attributes = random_trees(3, "class", 1)
    if positive:
        attributes["class_weights"] = [abs(weight) / 10 for weight in attributes["class_weights"]]
    if base is not None:
        attributes["base_values"] = [base]
    x = rows(count)
    model = make_model("TreeEnsembleClassifier", x, classlabels_int64s=[3, 5], **attributes)
    labels, scores = run(model, x)
    wanted, wanted_scores = onnxruntime.InferenceSession(model).run(None, {"x": x})
    np.testing.assert_array_equal(labels, wanted)
    np.testing.assert_allclose(scores, wanted_scores, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("transform", ["LOGISTIC", "SOFTMAX"])
def test_transforms_of_one_score_for_two_classes(transform: str) -> None:
    attributes = random_trees(3, "class", 1)
    x = rows(20, missing=False)
    model = make_model("TreeEnsembleClassifier", x, classlabels_int64s=[3, 5], post_transform=transform, **attributes)
    for got, wanted in zip(run(model, x), ReferenceEvaluator(model).run(None, {"x": x}), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6)


def test_a_tie_of_two_classes() -> None:
    """Five trees of ten say yes: 0.5, not a little more for the sake of its rounding."""
    attributes = {
        "nodes_treeids": list(range(10)),
        "nodes_nodeids": [0] * 10,
        "nodes_featureids": [0] * 10,
        "nodes_modes": ["LEAF"] * 10,
        "nodes_values": [0.0] * 10,
        "nodes_truenodeids": [0] * 10,
        "nodes_falsenodeids": [0] * 10,
        "class_treeids": list(range(10)),
        "class_nodeids": [0] * 10,
        "class_ids": [0] * 10,
        "class_weights": [0.1, 0.0] * 5,
        "classlabels_int64s": [3, 5],
    }
    check("TreeEnsembleClassifier", rows(3), **attributes)


def test_a_node_with_two_parents() -> None:
    """LightGBM's sets of categories come as chains of equalities with one true child."""
    attributes = {
        "nodes_treeids": [0] * 4,
        "nodes_nodeids": [0, 1, 2, 3],
        "nodes_featureids": [0] * 4,
        "nodes_modes": ["BRANCH_EQ", "BRANCH_EQ", "LEAF", "LEAF"],
        "nodes_values": [0.5, 1.5, 0.0, 0.0],
        "nodes_truenodeids": [2, 2, 0, 0],
        "nodes_falsenodeids": [1, 3, 0, 0],
        "target_treeids": [0, 0],
        "target_nodeids": [2, 3],
        "target_ids": [0, 0],
        "target_weights": [1.0, -1.0],
        "n_targets": 1,
    }
    check("TreeEnsembleRegressor", rows(20), **attributes)


def newest(seed: int, dtype: str, targets: int) -> Attributes:
    """Make one tree of TreeEnsemble's form: seven nodes, the last four of them above two leaves each."""
    generator = np.random.default_rng(seed)
    modes = generator.integers(0, 7, 7)
    members: list[float] = []
    for mode in modes:
        if mode == 6:
            members += [
                *generator.choice([1, 2, 3], 2, replace=False),
                np.nan,
            ]  # ONNX Runtime takes positive integers alone
    tensor = numpy_helper.from_array
    attributes = {
        "tree_roots": [0],
        "n_targets": targets,
        "nodes_modes": tensor(modes.astype(np.uint8)),
        "nodes_featureids": generator.integers(0, FEATURES, 7).tolist(),
        "nodes_splits": tensor((generator.integers(-3, 4, 7) / 2).astype(dtype)),
        "nodes_truenodeids": [1, 3, 5, 0, 2, 4, 6],
        "nodes_falsenodeids": [2, 4, 6, 1, 3, 5, 7],
        "nodes_trueleafs": [0, 0, 0, 1, 1, 1, 1],
        "nodes_falseleafs": [0, 0, 0, 1, 1, 1, 1],
        "nodes_missing_value_tracks_true": generator.integers(0, 2, 7).tolist(),
        "leaf_targetids": generator.integers(0, targets, 8).tolist(),
        "leaf_weights": tensor(generator.normal(size=8).astype(dtype)),
    }
    if members:
        attributes["membership_values"] = tensor(np.array(members, dtype))
    return attributes


@few_examples
@given(st.integers(0, 10_000), st.sampled_from(["float32", "float64"]), st.integers(0, 3))
def test_any_newest_form(seed: int, dtype: str, aggregate: int) -> None:
    check("TreeEnsemble", 2 * rows(30, dtype), version=5, aggregate_function=aggregate, **newest(seed, dtype, 2))


def test_newest_form_of_float16() -> None:
    x = rows(30, "float16")
    (got,) = run(make_model("TreeEnsemble", x, version=5, **newest(2, "float16", 2)), x)
    wide = x.astype(np.float32)
    (wanted,) = run(make_model("TreeEnsemble", wide, version=5, **newest(2, "float32", 2)), wide)
    assert got.dtype == np.float16
    np.testing.assert_allclose(got, wanted, rtol=2e-3)


@pytest.mark.parametrize(
    ("transform", "function"),
    [
        (1, lambda y: np.exp(y) / np.exp(y).sum(1, keepdims=True)),
        (2, lambda y: 1 / (1 + np.exp(-y))),
    ],
)
def test_newest_form_transforms(transform: int, function: Any) -> None:
    x = rows(30)
    (plain,) = run(make_model("TreeEnsemble", x, version=5, **newest(2, "float32", 2)), x)
    (got,) = run(make_model("TreeEnsemble", x, version=5, post_transform=transform, **newest(2, "float32", 2)), x)
    np.testing.assert_allclose(got, function(plain), rtol=1e-5)


def test_a_single_row_without_batch() -> None:
    attributes = random_trees(1, "target", 1)
    x = rows(1)
    (got,) = run(make_model("TreeEnsembleRegressor", x[0], **attributes), x[0])
    np.testing.assert_array_equal(got, run(make_model("TreeEnsembleRegressor", x, **attributes), x)[0])


def test_no_rows() -> None:
    x = rows(0)
    model = make_model("TreeEnsembleClassifier", x, classlabels_int64s=[0, 1, 2], **random_trees(1, "class", 3))
    assert [y.shape for y in run(model, x)] == [(0,), (0, 3)]


CYCLE = {
    "nodes_treeids": [0, 0, 0, 0],
    "nodes_nodeids": [0, 1, 2, 3],
    "nodes_featureids": [0] * 4,
    "nodes_modes": ["BRANCH_LEQ", "BRANCH_LEQ", "BRANCH_LEQ", "LEAF"],
    "nodes_values": [0.0] * 4,
    "nodes_truenodeids": [1, 2, 1, 0],
    "nodes_falsenodeids": [3, 3, 3, 0],
    "target_treeids": [0],
    "target_nodeids": [3],
    "target_ids": [0],
    "target_weights": [1.0],
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({}, "node 1 of its trees leads back to itself"),
        ({"nodes_truenodeids": [0, 2, 3, 0]}, "node 0 of its trees leads back to itself"),
        ({"nodes_truenodeids": [1, 2, 9, 0]}, "tree 0 has no node 9"),
        ({"nodes_truenodeids": [1, 2, 3]}, "nodes_truenodeids has 3 values, expected 4"),
        ({"nodes_nodeids": [0, 1, 2, 2]}, "tree 0 has two nodes 2"),
        ({"nodes_featureids": [0, 0, FEATURES, 0], "nodes_truenodeids": [1, 2, 3, 0]}, "the feature of node 2 is 4"),
        ({"nodes_featureids": [-1, 0, 0, 0], "nodes_truenodeids": [1, 2, 3, 0]}, "the feature of node 0 is -1"),
        ({"nodes_modes": ["BRANCH_ODD"] * 4}, "mode is 'BRANCH_ODD'"),
        ({"nodes_values": [0.0]}, "nodes_values has 1 values, expected 4"),
        (
            {"target_ids": [1], "nodes_truenodeids": [1, 2, 3, 0]},
            r"the target of a leaf's weight is 1, outside \[0, 1\)",
        ),
        ({"target_nodeids": [7]}, "tree 0 has no node 7"),
        ({"target_treeids": [7]}, "tree 7 has no node 3"),
        ({"n_targets": 0}, "n_targets is 0"),
        ({"n_targets": 2**62}, "63 bits"),
        ({"base_values": [1.0, 2.0]}, "base_values has 2 values, expected 1"),
        ({"aggregate_function": "MEAN"}, "aggregate_function is 'MEAN'"),
        ({"post_transform": "NO"}, "post_transform is 'NO'"),
        ({"nodes_missing_value_tracks_true": [1]}, "nodes_missing_value_tracks_true has 1 values"),
    ],
)
def test_trees_that_contradict_themselves_are_refused(change: Attributes, message: str) -> None:
    x = rows(2)
    with pytest.raises(onecnn.Error, match=message):
        run(make_model("TreeEnsembleRegressor", x, **(CYCLE | change)), x)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tree_roots": [7]}, r"tree_roots has 7, outside \[0, 7\)"),
        ({"tree_roots": [-1]}, "tree_roots has -1"),
        ({"nodes_truenodeids": [1, 3, 5, 8, 2, 4, 6]}, r"nodes_truenodeids has 8, outside \[0, 8\)"),
        ({"nodes_truenodeids": [1, 0, 5, 0, 2, 4, 6]}, "node 0 of its trees leads back to itself"),
        ({"nodes_modes": numpy_helper.from_array(np.full(7, 7, np.uint8))}, "nodes_modes has 7"),
        ({"nodes_modes": numpy_helper.from_array(np.full(7, 6, np.uint8))}, "membership_values has fewer sets"),
        ({"membership_values": numpy_helper.from_array(np.full(9, np.nan, np.float32))}, "has more sets"),
        ({"leaf_targetids": [2] * 8}, "the target of a leaf's weight is 2"),
        (
            {"leaf_weights": numpy_helper.from_array(np.zeros(3, np.float32))},
            "leaf_targetids has 8 values, expected 3|outside",
        ),
        ({"aggregate_function": 4}, "aggregate_function is 4"),
        ({"post_transform": -1}, "post_transform is -1"),
    ],
)
def test_a_newest_form_that_contradicts_itself_is_refused(change: Attributes, message: str) -> None:
    x = rows(2)
    plain = newest(2, "float32", 2) | {"nodes_modes": numpy_helper.from_array(np.zeros(7, np.uint8))}
    plain.pop("membership_values", None)
    with pytest.raises(onecnn.Error, match=message):
        run(make_model("TreeEnsemble", x, version=5, **(plain | change)), x)
