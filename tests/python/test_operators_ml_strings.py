# SPDX-License-Identifier: Apache-2.0
"""The operators of ai.onnx.ml on strings and maps, against ONNX Runtime and Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, TypeProto, ValueInfoProto, helper, numpy_helper

import onecnn

Array = np.ndarray[Any, Any]
Attributes = dict[str, Any]
FLOAT, INT64, STRING, DOUBLE = TensorProto.FLOAT, TensorProto.INT64, TensorProto.STRING, TensorProto.DOUBLE
WORDS = np.array([["bee", "ant", ""], ["cat", "bee", "dög"]], object)


def tensor(dtype: int, rank: int) -> TypeProto:
    return helper.make_tensor_type_proto(dtype, [None] * rank)


def mapping(keys: int, values: int) -> TypeProto:
    return helper.make_map_type_proto(keys, helper.make_tensor_type_proto(values, None))


def zipped(labels: Attributes) -> TypeProto:
    return helper.make_sequence_type_proto(mapping(STRING if "classlabels_strings" in labels else INT64, FLOAT))


def make_model(
    op_type: str, *types: TypeProto, version: int = 1, results: list[TypeProto | None] | None = None, **attributes: Any
) -> bytes:
    """Make a model of one node, named "only". The types of its outputs are declared where they are no numbers."""
    values = [helper.make_value_info(f"x{i}", dtype) for i, dtype in enumerate(types)]
    results = results or [None]
    names = [f"y{i}" for i in range(len(results))]
    node = helper.make_node(
        op_type, [value.name for value in values], names, name="only", domain="ai.onnx.ml", **attributes
    )
    outputs = [ValueInfoProto(name=name, type=type_) for name, type_ in zip(names, results, strict=True)]
    graph = helper.make_graph([node], "one", values, outputs)
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", version)]
    return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=10).SerializeToString())


def run(model: bytes, *inputs: Any) -> list[Any]:
    return list(onecnn.load(model).run({f"x{i}": x for i, x in enumerate(inputs)}).values())


def check(model: bytes, *inputs: Any) -> None:
    wanted = onnxruntime.InferenceSession(model).run(None, {f"x{i}": x for i, x in enumerate(inputs)})
    for got, expected in zip(run(model, *inputs), wanted, strict=True):
        if isinstance(expected, list):
            assert got == expected
        elif expected.dtype == object:
            assert (got.shape, got.tolist()) == (expected.shape, expected.tolist())
        else:
            assert (got.dtype, got.shape) == (expected.dtype, expected.shape)
            np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)


LISTS: dict[str, tuple[int, list[Any]]] = {
    "strings": (STRING, ["ant", "bee", "ant"]),
    "int64s": (INT64, [3, -1, 7]),
    "floats": (FLOAT, [0.5, -1.0, 2.0]),
}


@pytest.mark.parametrize("values", LISTS)
@pytest.mark.parametrize("defaults", [False, True])
def test_label_encoder_of_strings(values: str, defaults: bool) -> None:
    attributes: Attributes = {"keys_strings": LISTS["strings"][1], f"values_{values}": LISTS[values][1]}
    if defaults:
        attributes |= {"default_string": "none", "default_int64": -7, "default_float": 0.25}
    results = [tensor(STRING, 2) if values == "strings" else None]
    (got,) = run(make_model("LabelEncoder", tensor(STRING, 2), version=2, results=results, **attributes), WORDS)
    table = dict(zip(["ant", "bee", "ant"], LISTS[values][1], strict=True))
    absent = {"strings": "none", "int64s": -7, "floats": 0.25} if defaults else {"strings": "_Unused", "int64s": -1}
    assert got.tolist() == [[table.get(word, absent.get(values, 0.0)) for word in row] for row in WORDS.tolist()]


@pytest.mark.parametrize("keys", ["int64s", "floats"])
def test_label_encoder_to_strings(keys: str) -> None:
    dtype, listed = LISTS[keys]
    attributes: Attributes = {f"keys_{keys}": listed, "values_strings": ["a", "b", "c"]}
    model = make_model("LabelEncoder", tensor(dtype, 1), version=2, results=[tensor(STRING, 1)], **attributes)
    check(model, np.array([*listed, 9], helper.tensor_dtype_to_np_dtype(dtype)))


@pytest.mark.parametrize("values", ["int16", "int32", "int64", "float32", "float64"])
def test_label_encoder_of_string_tensors(values: str) -> None:
    model = make_model(
        "LabelEncoder",
        tensor(STRING, 2),
        version=4,
        keys_tensor=numpy_helper.from_array(np.array(["ant", "bee"], object)),
        values_tensor=numpy_helper.from_array(np.array([5, 6], values)),
        default_tensor=numpy_helper.from_array(np.array([9], values)),
    )
    (got,) = run(model, WORDS)
    assert got.dtype == np.dtype(values)
    assert got.tolist() == [[6, 5, 9], [9, 6, 9]]


@pytest.mark.parametrize("x", [WORDS, np.array([2, 0, -1, 9])])
def test_label_encoder_of_opset_1(x: Array) -> None:
    dtype = STRING if x.dtype == object else INT64
    results = [tensor(STRING if dtype == INT64 else INT64, x.ndim)]
    check(make_model("LabelEncoder", tensor(dtype, x.ndim), results=results, classes_strings=["cat", "bee", "ant"]), x)


@pytest.mark.parametrize("x", [WORDS, np.array([[2, 0], [-1, 9]])])
def test_category_mapper(x: Array) -> None:
    dtype = STRING if x.dtype == object else INT64
    attributes = {"cats_strings": ["ant", "bee", "cat"], "cats_int64s": [9, 2, 9]}
    results = [tensor(STRING if dtype == INT64 else INT64, x.ndim)]
    check(make_model("CategoryMapper", tensor(dtype, x.ndim), results=results, **attributes), x)


@pytest.mark.parametrize("shape", [(6,), (2, 3), (0, 3)])
def test_one_hot_encoder(shape: tuple[int, ...]) -> None:
    x = WORDS[:1].reshape(1, 3)[:0] if shape[0] == 0 else WORDS.reshape(shape)
    categories = np.array(["bee", "dög"], object)
    (got,) = run(make_model("OneHotEncoder", tensor(STRING, x.ndim), cats_strings=categories.tolist()), x)
    np.testing.assert_array_equal(got, (x[..., None] == categories).astype(np.float32))


def test_a_string_that_is_no_category_is_refused() -> None:
    model = make_model("OneHotEncoder", tensor(STRING, 2), cats_strings=["bee"], zeros=0)
    with pytest.raises(onecnn.InvalidArgument, match=r"node 'only' .*'ant' is none of its 1 categories"):
        run(model, WORDS)


def test_array_feature_extractor() -> None:
    model = make_model("ArrayFeatureExtractor", tensor(STRING, 2), tensor(INT64, 1), results=[tensor(STRING, 2)])
    check(model, WORDS, np.array([2, 0, 0], np.int64))
    with pytest.raises(onecnn.InvalidArgument, match=r"index 3 is outside \[0, 3\)"):
        run(model, WORDS, np.array([3], np.int64))


@pytest.mark.parametrize("labels", [{"classlabels_int64s": [4, 2]}, {"classlabels_strings": ["b", "a"]}])
@pytest.mark.parametrize("shape", [(3, 2), (2,)])
def test_zip_map(labels: Attributes, shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).random(shape, np.float32)
    check(make_model("ZipMap", tensor(FLOAT, x.ndim), results=[zipped(labels)], **labels), x)


def test_zip_map_of_other_columns_is_refused() -> None:
    labels = {"classlabels_int64s": [1, 2, 3]}
    with pytest.raises(onecnn.InvalidArgument, match=r"node 'only' .*3 class labels"):
        run(make_model("ZipMap", tensor(FLOAT, 2), results=[zipped(labels)], **labels), np.zeros((2, 2), np.float32))


@pytest.mark.parametrize(
    ("keys", "values", "x"),
    [
        (STRING, FLOAT, {"ant": 1.5, "none": 2.0, "cat": 4.0}),
        (STRING, INT64, {"ant": 15, "cat": -4}),
        (STRING, DOUBLE, {"cat": 0.1}),
        (INT64, FLOAT, {2: 0.5, 9: 1.0}),
        (INT64, DOUBLE, {2: 0.5, 9: 1.0}),
        (INT64, STRING, {2: "two", 3: "three"}),
    ],
)
def test_dict_vectorizer(keys: int, values: int, x: dict[Any, Any]) -> None:
    words: list[Any] = ["ant", "bee", "cat"] if keys == STRING else [3, 2, 1]
    name = "string_vocabulary" if keys == STRING else "int64_vocabulary"
    model = make_model("DictVectorizer", mapping(keys, values), results=[tensor(values, 2)], **{name: words})
    (got,) = run(model, x)
    assert got.tolist() == [[x.get(word, "" if values == STRING else 0) for word in words]]


@pytest.mark.parametrize("form", ["DENSE", "SPARSE"])
@pytest.mark.parametrize("to", ["TO_FLOAT", "TO_STRING", "TO_INT64"])
def test_cast_map(form: str, to: str) -> None:
    results = [tensor(STRING, 2) if to == "TO_STRING" else None]
    model = make_model("CastMap", mapping(INT64, FLOAT), results=results, cast_to=to, map_form=form, max_map=5)
    check(model, {3: 1.7, 1: -2.25, 0: 1e10})


def test_cast_map_of_strings() -> None:
    """ONNX Runtime's Python cannot give such a map."""
    words = {3: "1.5", 1: "-2"}
    strings = mapping(INT64, STRING)
    same = make_model("CastMap", strings, results=[tensor(STRING, 2)], cast_to="TO_STRING")
    assert run(same, words)[0].tolist() == [["-2", "1.5"]]
    assert run(make_model("CastMap", strings), words)[0].tolist() == [[-2.0, 1.5]]
    sparse = make_model("CastMap", strings, map_form="SPARSE", max_map=4, cast_to="TO_FLOAT")
    assert run(sparse, words)[0].tolist() == [[0.0, -2.0, 0.0, 1.5]]
    with pytest.raises(onecnn.InvalidArgument, match=r"'1\.5' is no number"):
        run(make_model("CastMap", strings, cast_to="TO_INT64"), words)


@pytest.mark.parametrize("most", [0, 2**40])
def test_a_sparse_map_of_odd_length_is_refused(most: int) -> None:
    with pytest.raises(onecnn.InvalidArgument, match=f"max_map is {most}"):
        run(make_model("CastMap", mapping(INT64, FLOAT), map_form="SPARSE", max_map=most), {1: 1.0})


def test_a_negative_key_of_a_sparse_map_is_refused() -> None:
    with pytest.raises(onecnn.InvalidArgument, match="key -1 is below 0"):
        run(make_model("CastMap", mapping(INT64, FLOAT), map_form="SPARSE", max_map=3), {-1: 1.0})


NAMES = ["ant", "bee", "cat"]
CLASSIFIERS: dict[str, Attributes] = {
    "LinearClassifier": {"coefficients": [1.0, -1.0, -1.0, 1.0, 0.5, 0.5], "intercepts": [0.0, 0.1, 0.2]},
    "SVMClassifier": {
        "vectors_per_class": [1, 1, 1],
        "support_vectors": [0.0, 1.0, 1.0, 0.0, -1.0, -1.0],
        "coefficients": [0.5, 0.25, -0.5, 1.0, -1.0, -0.5],
        "rho": [0.1, 0.2, -0.1],
        "kernel_type": "RBF",
        "kernel_params": [0.5, 0.0, 0.0],
    },
    "TreeEnsembleClassifier": {
        "nodes_treeids": [0] * 5,
        "nodes_nodeids": [0, 1, 2, 3, 4],
        "nodes_featureids": [0, 1, 0, 0, 0],
        "nodes_modes": ["BRANCH_LEQ", "BRANCH_LEQ", "LEAF", "LEAF", "LEAF"],
        "nodes_values": [0.0] * 5,
        "nodes_truenodeids": [1, 3, 0, 0, 0],
        "nodes_falsenodeids": [2, 4, 0, 0, 0],
        "class_treeids": [0] * 3,
        "class_nodeids": [2, 3, 4],
        "class_ids": [0, 1, 2],
        "class_weights": [1.0, 1.0, 1.0],
    },
}


@pytest.mark.parametrize("op_type", CLASSIFIERS)
def test_classifiers(op_type: str) -> None:
    x = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    attributes = {"classlabels_strings": NAMES, **CLASSIFIERS[op_type]}
    model = make_model(op_type, tensor(FLOAT, 2), results=[tensor(STRING, 1), tensor(FLOAT, 2)], **attributes)
    check(model, x)
    assert len(set(run(model, x)[0].tolist())) > 1


@pytest.mark.parametrize("op_type", CLASSIFIERS)
def test_a_classifier_whose_label_nobody_reads(op_type: str) -> None:
    x = np.zeros((1, 2), np.float32)
    node = helper.make_node(
        op_type, ["x"], ["", "scores"], domain="ai.onnx.ml", classlabels_strings=NAMES, **CLASSIFIERS[op_type]
    )
    graph = helper.make_graph(
        [node], "one", [helper.make_value_info("x", tensor(FLOAT, 2))], [ValueInfoProto(name="scores")]
    )
    opsets = [helper.make_opsetid("ai.onnx.ml", 1), helper.make_opsetid("", 21)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10).SerializeToString()
    assert onecnn.load(model)(x).shape == (1, 3)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"keys_strings": ["a"], "values_int64s": [1, 2]}, "values has 2 values, expected 1"),
        ({"keys_int64s": [1], "values_int64s": [1]}, "input 0 is string and its keys are int64"),
        ({"keys_strings": ["a"]}, "it has no values"),
        ({"cats_strings": ["a"], "cats_int64s": [1, 2]}, "values has 2 values, expected 1"),
    ],
)
def test_what_contradicts_itself_is_refused(attributes: Attributes, message: str) -> None:
    op_type = "CategoryMapper" if "cats_strings" in attributes else "LabelEncoder"
    with pytest.raises(onecnn.Error, match=rf"node 'only' .*{message}"):
        run(make_model(op_type, tensor(STRING, 2), version=2, **attributes), WORDS)
