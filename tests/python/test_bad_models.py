# SPDX-License-Identifier: Apache-2.0
"""What ``onecnn.load`` says to files that are no models, damaged ones and malicious ones."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

import onecnn

Change = Callable[[onnx.ModelProto], None]


def affine() -> onnx.ModelProto:
    """Make y = relu(x + w) with x float32[N, 4]."""
    graph = helper.make_graph(
        [
            helper.make_node("Add", ["x", "w"], ["t"], name="add"),
            helper.make_node("Relu", ["t"], ["y"], name="relu"),
        ],
        "affine",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 4])],
        [numpy_helper.from_array(np.arange(4, dtype=np.float32), "w")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def refused(source: Path | bytes) -> onecnn.Error:
    """Load what must be refused, in one sentence, and give the error."""
    with pytest.raises(onecnn.Error) as caught:
        onecnn.load(source)
    message = str(caught.value)
    assert message
    assert "\n" not in message
    if isinstance(source, Path):
        assert f"'{source}'" in message
    return caught.value


def survives(data: bytes) -> None:
    """Load and run what may or may not be a model: an error of onecnn's own is the worst that may come."""
    try:
        model = onecnn.load(data)
        inputs: dict[str, NDArray[np.generic]] = {
            spec.name: np.zeros([d if isinstance(d, int) and 0 <= d < 64 else 1 for d in spec.shape or ()], spec.dtype)
            for spec in model.inputs
        }
        model.run(inputs)
    except onecnn.Error as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize("name", onecnn.models.names())
def test_truncated_files(name: str, tmp_path: Path) -> None:
    whole = onecnn.models.path(name).read_bytes()
    path = tmp_path / "cut.onnx"
    for part in range(50):
        path.write_bytes(whole[: len(whole) * part // 50])
        error = refused(path)
        assert isinstance(error, onecnn.InvalidModel)
        assert ("it is empty" if part == 0 else "truncated") in str(error)


@pytest.mark.parametrize("name", onecnn.models.names())
def test_flipped_bits(name: str) -> None:
    whole = bytearray(onecnn.models.path(name).read_bytes())
    chance = random.Random(20)
    # Half of the flips go to the first kilobytes, where the structure is, half anywhere.
    for turn in range(500):
        bit = chance.randrange(8 * (min(len(whole), 4096) if turn % 2 else len(whole)))
        whole[bit // 8] ^= 1 << bit % 8
        survives(bytes(whole))
        whole[bit // 8] ^= 1 << bit % 8


def test_random_bytes() -> None:
    chance = random.Random(21)
    for length in [1, 2, 3, 10, 100, 1000] * 20:
        assert isinstance(refused(chance.randbytes(length)), onecnn.InvalidModel)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "it is empty"),
        (b"<!DOCTYPE html><html>", "it looks like text"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "it looks like a PNG image"),
        (b"PK\x03\x04\x14\x00\x00\x00", "it looks like a ZIP archive, such as a PyTorch or Keras file"),
        (b"version https://git-lfs.github.com/spec/v1\n", "it is a Git LFS pointer"),
    ],
)
def test_other_files(data: bytes, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "other.onnx"
    path.write_bytes(data)
    error = refused(path)
    assert isinstance(error, onecnn.InvalidModel)
    assert f"not an ONNX model: {sentence}" in str(error)


def test_paths_that_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.onnx")
    for path, sentence in [
        (tmp_path, "is a directory"),
        (tmp_path / "none.onnx", "No such file or directory"),
        (tmp_path / "pipe.onnx", "is not a regular file"),
    ]:
        error = refused(path)
        assert isinstance(error, onecnn.IOFailure)
        assert isinstance(error, OSError)
        assert sentence in str(error)


def edit(change: Change) -> bytes:
    """Give the bytes of the affine model after a change."""
    model = affine()
    change(model)
    return bytes(model.SerializeToString())


def shape_of_weights(*dims: int) -> Change:
    def change(model: onnx.ModelProto) -> None:
        del model.graph.initializer[0].dims[:]
        model.graph.initializer[0].dims.extend(dims)

    return change


def reverse_nodes(model: onnx.ModelProto) -> None:
    nodes = list(model.graph.node)[::-1]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def make_cycle(model: onnx.ModelProto) -> None:
    model.graph.node[0].input[1] = "y"


def set_operator(model: onnx.ModelProto) -> None:
    model.graph.node[1].op_type = "Frobnicate"


def set_domain(model: onnx.ModelProto) -> None:
    model.graph.node[1].domain = "com.example"


def set_future_opset(model: onnx.ModelProto) -> None:
    model.opset_import[0].version = 1000


def drop_opset(model: onnx.ModelProto) -> None:
    del model.opset_import[:]


def drop_weights(model: onnx.ModelProto) -> None:
    del model.graph.initializer[:]


def cut_weights(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].raw_data = model.graph.initializer[0].raw_data[:-1]


def set_weights_type(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].data_type = 1234


def drop_node(model: onnx.ModelProto) -> None:
    del model.graph.node[1]


@pytest.mark.parametrize(
    ("change", "error", "sentence"),
    [
        (shape_of_weights(5), "InvalidModel", "initializer 'w' of type float32 and shape [5] takes 20 bytes, but 16"),
        (shape_of_weights(-4), "InvalidModel", "initializer 'w' has a negative dimension: [-4]"),
        (shape_of_weights(2**62, 2**62), "InvalidModel", "initializer 'w' of shape"),
        (shape_of_weights(2**31, 2**20), "InvalidModel", "bytes, but 16 are there"),
        (shape_of_weights(*[1] * 8, 4), "InvalidModel", "initializer 'w' has more than 8 dimensions"),
        (cut_weights, "InvalidModel", "takes 16 bytes, but 15 are there"),
        (set_weights_type, "InvalidModel", "initializer 'w' has elements of type 1234, which is no type of ONNX"),
        (
            drop_weights,
            "InvalidModel",
            "node 'add' (Add, opset 18) reads 'w', which no input, initializer or node gives",
        ),
        (reverse_nodes, "InvalidModel", "node 'relu' (Relu, opset 18) reads 't' before it is given"),
        (make_cycle, "InvalidModel", "node 'add' (Add, opset 18) reads 'y' before it is given"),
        (drop_node, "InvalidModel", "output 'y' is given by no node"),
        (drop_opset, "InvalidModel", "the model imports no operator set"),
        (set_domain, "InvalidModel", "node 'relu' (Relu) is of domain 'com.example'"),
        (set_operator, "UnsupportedOperator", "node 'relu' (Frobnicate, opset 18)"),
        (set_future_opset, "UnsupportedOperator", "imports opset 1000 of ai.onnx"),
    ],
)
def test_models_that_contradict_themselves(change: Change, error: str, sentence: str) -> None:
    caught = refused(edit(change))
    assert type(caught).__name__ == error
    assert sentence in str(caught)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder beside a file "secret", with "w.bin", the affine model's weights, in it."""
    weights = np.arange(4, dtype=np.float32).tobytes()
    (tmp_path / "secret").write_bytes(weights)
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "w.bin").write_bytes(weights)
    return folder


def write_external(folder: Path, **external: str) -> Path:
    """Write the affine model with its weights where `external` says."""
    model = affine()
    weights = model.graph.initializer[0]
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    for key, value in external.items():
        weights.external_data.add(key=key, value=value)
    path = folder / "m.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def test_external_data_is_read(folder: Path) -> None:
    model = onecnn.load(write_external(folder, location="w.bin", offset="0", length="16"))
    np.testing.assert_array_equal(model(np.ones((1, 4), np.float32)), [[1, 2, 3, 4]])


@pytest.mark.parametrize(
    "location", ["../secret", "/etc/passwd", "a/../../secret", "", "symbolic", "up/secret", "hard", "pipe", "."]
)
def test_external_data_stays_in_its_folder(folder: Path, location: str) -> None:
    (folder / "symbolic").symlink_to(folder.parent / "secret")
    (folder / "up").symlink_to(folder.parent)
    (folder / "hard").hardlink_to(folder.parent / "secret")
    os.mkfifo(folder / "pipe")
    error = refused(write_external(folder, location=location, offset="0", length="16"))
    assert isinstance(error, onecnn.InvalidModel)
    assert "initializer 'w'" in str(error)


@pytest.mark.parametrize(
    ("offset", "length"), [("-1", "16"), ("1", "16"), ("0", "12"), ("0", "1e3"), ("9" * 30, "16"), ("0x0", "16")]
)
def test_external_data_lies_in_its_file(folder: Path, offset: str, length: str) -> None:
    error = refused(write_external(folder, location="w.bin", offset=offset, length=length))
    assert isinstance(error, onecnn.InvalidModel)
    assert "initializer 'w'" in str(error)


def test_external_data_of_a_model_in_memory_needs_a_folder(folder: Path) -> None:
    data = write_external(folder, location="w.bin").read_bytes()
    error = refused(data)
    assert isinstance(error, onecnn.InvalidArgument)
    assert "external_data" in str(error)
    assert onecnn.load(data, external_data=folder).inputs[0].name == "x"


def test_the_malformed_model(data_dir: Path) -> None:
    error = refused(data_dir / "models" / "malformed-super-resolution.onnx")
    assert isinstance(error, onecnn.InvalidModel)
    assert "IR version 1" in str(error)
