# SPDX-License-Identifier: Apache-2.0
"""Compiled files: the same bits as the ONNX file, refused where they do not fit, and harmless whatever their bytes."""

from __future__ import annotations

import os
import random
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

import onecnn
from onecnn._random_inputs import random_inputs

Array = NDArray[Any]

HEADER = struct.Struct("<8sIIQQQ")  # magic, format, its own size, the file's, the description's, its checksum
PAGE = 4096
WORD = (1 << 64) - 1


def checksum(content: bytes) -> int:
    """Return the checksum of a compiled file's parts."""

    def absorb(state: int, word: int) -> int:
        mixed = ((state ^ word) * 0x9E3779B97F4A7C15) & WORD
        return ((mixed << 29) | (mixed >> 35)) & WORD

    chains = [1, 2, 3, 4]
    whole = len(content) // 32 * 32
    for i, (word,) in enumerate(struct.iter_unpack("<Q", content[:whole])):
        chains[i % 4] = absorb(chains[i % 4], word)
    state = len(content)
    for chain in chains:
        state = absorb(state, chain)
    for begin in range(whole, len(content), 8):
        state = absorb(state, int.from_bytes(content[begin : begin + 8], "little"))
    return state ^ (state >> 32)


def sealed(content: bytes) -> bytes:
    """Return a file whose description has been changed, with the checksum that fits."""
    fields = list(HEADER.unpack_from(content))
    fields[-1] = checksum(content[HEADER.size : HEADER.size + fields[4]])
    return HEADER.pack(*fields) + content[HEADER.size :]


def value(name: str, *shape: int | str, dtype: int = TensorProto.FLOAT) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, dtype, shape)


def weights(name: str, *shape: int) -> onnx.TensorProto:
    values = np.random.default_rng(len(name)).normal(size=shape).astype(np.float32)
    return numpy_helper.from_array(values, name)


def model_of(nodes: list[onnx.NodeProto], inputs: list[Any], outputs: list[Any], constants: list[Any]) -> bytes:
    graph = helper.make_graph(nodes, "compiled", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    helper.set_model_props(model, {"colour": "green"})
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def conv_net(batch: int | str = "N") -> bytes:
    """Convolutions, fused with what follows them, and a dense layer, of ``x[N, 3, 20, 20]``."""
    nodes = [
        helper.make_node("Conv", ["x", "w1", "b1"], ["c1"], pads=[1, 1, 1, 1]),
        helper.make_node("BatchNormalization", ["c1", "b1", "b1", "b1", "one"], ["n1"]),
        helper.make_node("Relu", ["n1"], ["r1"]),
        helper.make_node("Conv", ["r1", "w2"], ["c2"], strides=[2, 2]),
        helper.make_node("LeakyRelu", ["c2"], ["l2"], alpha=0.1),
        helper.make_node("Flatten", ["l2"], ["f"]),
        helper.make_node("Gemm", ["f", "w3", "b3"], ["y"]),
    ]
    constants = [weights("w1", 32, 3, 3, 3), weights("b1", 32), weights("w2", 64, 32, 3, 3)]
    constants += [weights("w3", 64 * 81, 40), weights("b3", 40)]
    constants.append(numpy_helper.from_array(np.ones(32, np.float32), "one"))
    return model_of(nodes, [value("x", batch, 3, 20, 20)], [value("y", batch, 40)], constants)


def branches() -> bytes:
    """An If whose branches capture weights and an input, then a reshape to a constant shape."""
    then = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["t"])], "then", [], [value("t", "N", 8)])
    other = helper.make_graph([helper.make_node("Mul", ["x", "half"], ["e"])], "else", [], [value("e", "N", 8)])
    nodes = [
        helper.make_node("If", ["which"], ["chosen"], then_branch=then, else_branch=other),
        helper.make_node("Reshape", ["chosen", "shape"], ["y"]),
    ]
    half = numpy_helper.from_array(np.array([0.5], np.float32), "half")
    shape = numpy_helper.from_array(np.array([-1, 2, 4]), "shape")
    inputs = [value("x", "N", 8), value("which", dtype=TensorProto.BOOL)]
    return model_of(nodes, inputs, [value("y", "N", 2, 4)], [weights("w", 8, 8), half, shape])


def words() -> bytes:
    """Strings among the constants, chosen by an index."""
    names = helper.make_tensor("names", TensorProto.STRING, [3], [b"circle", b"", "Möbius".encode()])
    node = helper.make_node("Gather", ["names", "i"], ["y"])
    output = helper.make_tensor_value_info("y", TensorProto.STRING, ["N"])
    return model_of([node], [value("i", "N", dtype=TensorProto.INT64)], [output], [names])


SMALL: dict[str, Callable[[], bytes]] = {"conv_net": conv_net, "branches": branches, "words": words}


def same(a: object, b: object) -> bool:
    """Whether two results have the same bits."""
    if isinstance(a, tuple):
        return isinstance(b, tuple) and len(a) == len(b) and all(map(same, a, b))
    return np.array_equal(a, b, equal_nan=isinstance(a, np.ndarray) and a.dtype.kind == "f")


def compiled(content: bytes, folder: Path, *inputs: object, **options: Any) -> tuple[Path, Path]:
    """Write an ONNX file, and the compiled one of the model once it has run on inputs; return both paths."""
    source, target = folder / "model.onnx", folder / "model.compiled"
    source.write_bytes(content)
    model = onecnn.load(source, **options)
    model(*(inputs or random_inputs(model.inputs)))
    model.save_compiled(target, source=source)
    return source, target


@pytest.mark.parametrize("name", SMALL)
def test_gives_the_same_bits(name: str, tmp_path: Path) -> None:
    source, target = compiled(SMALL[name](), tmp_path)
    plain, loaded = onecnn.load(source), onecnn.load(target, compiled_from=source)

    for batch in (1, 3):
        inputs = random_inputs(plain.inputs, batch=batch)
        assert same(loaded(*inputs), plain(*inputs))
    assert (loaded.inputs, loaded.outputs, loaded.metadata) == (plain.inputs, plain.outputs, plain.metadata)
    assert loaded.summary() == plain.summary()


def test_gives_the_same_bits_of_real_models(data_dir: Path, tmp_path: Path) -> None:
    compared = 0
    for source in sorted((data_dir / "models").glob("*.onnx")):
        try:
            plain = onecnn.load(source)
            inputs = random_inputs(plain.inputs)
            expected = plain(*inputs)
        except onecnn.Error:
            continue  # malformed, or no model of any input
        onecnn.compile(source, tmp_path / "model")
        assert same(onecnn.load(tmp_path / "model")(*inputs), expected), source.name
        compared += 1
    assert compared >= 5


def test_both_branches_run(tmp_path: Path) -> None:
    source, target = compiled(branches(), tmp_path)
    x = np.arange(16, dtype=np.float32).reshape(2, 8)
    plain, loaded = onecnn.load(source), onecnn.load(target)
    for which in (True, False):
        assert same(loaded(x, np.array(which)), plain(x, np.array(which)))


def test_plans_of_the_shapes_that_were_run_are_ready(tmp_path: Path) -> None:
    _, target = compiled(conv_net(), tmp_path, np.zeros((5, 3, 20, 20), np.float32))
    model = onecnn.load(target)
    assert model.stats()["plans"] == 1
    misses = model.stats()["plan_misses"]
    model(np.zeros((5, 3, 20, 20), np.float32))
    assert model.stats()["plan_misses"] == misses
    model(np.zeros((6, 3, 20, 20), np.float32))
    assert model.stats()["plans"] == 2


def test_compile_takes_shapes(tmp_path: Path) -> None:
    source = tmp_path / "model.onnx"
    source.write_bytes(conv_net())
    onecnn.compile(source, tmp_path / "m", input_shapes={"x": (2, 3, 20, 20)}, deterministic=True)
    x = np.ones((2, 3, 20, 20), np.float32)
    expected = onecnn.load(source, deterministic=True)(x)
    assert same(onecnn.load(tmp_path / "m", deterministic=True)(x), expected)
    with pytest.raises(onecnn.InvalidArgument, match="no input 'z'"):
        onecnn.compile(source, tmp_path / "m", input_shapes={"z": (2, 3)})


def test_loads_from_bytes(tmp_path: Path) -> None:
    source, target = compiled(conv_net(), tmp_path)
    x = np.ones((1, 3, 20, 20), np.float32)
    assert same(onecnn.load(target.read_bytes())(x), onecnn.load(source)(x))


def test_a_compiled_model_compiles_again(tmp_path: Path) -> None:
    source, target = compiled(conv_net(), tmp_path)
    onecnn.load(target).save_compiled(tmp_path / "again", source=source)
    x = np.ones((1, 3, 20, 20), np.float32)
    assert (tmp_path / "again").read_bytes() == target.read_bytes()
    assert same(onecnn.load(tmp_path / "again", compiled_from=source)(x), onecnn.load(source)(x))


def test_other_instructions_refuse(tmp_path: Path) -> None:
    _, target = compiled(conv_net(), tmp_path)
    script = f"import onecnn\ntry: onecnn.load({os.fspath(target)!r})\nexcept onecnn.InvalidModel as e: print(e)"
    for variable in ({"ONECNN_ISA": "none"}, {"ONEDNN_MAX_CPU_ISA": "SSE41"}):
        done = subprocess.run(
            [sys.executable, "-c", script], env=os.environ | variable, capture_output=True, text=True, check=True
        )
        assert "it was compiled for oneDNN" in done.stdout
        assert done.stdout.strip().endswith("compile the model again here")


@pytest.mark.parametrize("options", [{"deterministic": True}, {"optimize": False}, {"memory": "low"}])
def test_other_options_refuse(options: dict[str, Any], tmp_path: Path) -> None:
    source, target = compiled(conv_net(), tmp_path)
    with pytest.raises(onecnn.InvalidArgument, match="compiled with the options"):
        onecnn.load(target, **options)
    _, target = compiled(conv_net(), tmp_path, **options)
    x = np.ones((1, 3, 20, 20), np.float32)
    assert same(onecnn.load(target, **options)(x), onecnn.load(source, **options)(x))


def test_another_source_is_refused(tmp_path: Path) -> None:
    source, target = compiled(conv_net(), tmp_path)
    onecnn.load(target, compiled_from=source)
    source.write_bytes(conv_net(1))
    with pytest.raises(onecnn.InvalidModel, match="not compiled from"):
        onecnn.load(target, compiled_from=source)
    onecnn.load(source).save_compiled(target)
    with pytest.raises(onecnn.InvalidModel, match="does not say from what"):
        onecnn.load(target, compiled_from=source)
    with pytest.raises(onecnn.IOFailure):
        onecnn.load(target, compiled_from=tmp_path / "missing")


def test_limits_hold(tmp_path: Path) -> None:
    _, target = compiled(conv_net(), tmp_path)
    for limit in ({"nodes": 2}, {"tensor_bytes": 1000}, {"model_bytes": 1000, "external_bytes": 0}):
        with pytest.raises(onecnn.ResourceLimit):
            onecnn.load(target, limits=limit)


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    _, target = compiled(conv_net(), tmp_path)
    x = np.ones((1, 3, 20, 20), np.float32)
    model = onecnn.load(target)
    expected = model(x)
    onecnn.load(conv_net(2)).save_compiled(target)
    model.trim()
    assert same(model(x), expected)
    assert onecnn.load(target).inputs[0].shape == (2, 3, 20, 20)
    for place in (tmp_path / "no folder" / "m", tmp_path):
        with pytest.raises(onecnn.IOFailure, match="cannot be written"):
            model.save_compiled(place)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.compiled", "model.onnx"]


def test_two_processes_load_one_file(tmp_path: Path) -> None:
    source, target = compiled(conv_net(), tmp_path)
    code = (
        "import sys, numpy, onecnn; "
        "numpy.save(sys.argv[2], onecnn.load(sys.argv[1])(numpy.ones((1, 3, 20, 20), numpy.float32)))"
    )
    results = [tmp_path / f"{i}.npy" for i in range(2)]
    children = [subprocess.Popen([sys.executable, "-c", code, str(target), str(result)]) for result in results]
    expected = onecnn.load(source)(np.ones((1, 3, 20, 20), np.float32))
    for child, result in zip(children, results, strict=True):
        assert child.wait(timeout=60) == 0
        assert same(np.load(result), expected)


def test_damage_is_noticed(tmp_path: Path) -> None:
    source, target = compiled(conv_net(1), tmp_path)
    content = target.read_bytes()
    x = random_inputs(onecnn.load(source).inputs)
    expected = onecnn.load(source)(*x)
    packed_again = 0
    for at in [*range(HEADER.size), *range(HEADER.size, len(content), 997)]:
        changed = bytearray(content)
        changed[at] ^= 0x10
        try:
            result = onecnn.load(bytes(changed))(*x)
        except onecnn.Error:
            continue
        assert same(result, expected)
        packed_again += 1
    assert packed_again > 100


@pytest.mark.parametrize("mapped", [False, True])
def test_a_file_that_ends_early_is_refused(mapped: bool, tmp_path: Path) -> None:
    _, target = compiled(conv_net(1), tmp_path)
    content = target.read_bytes()
    for size in [*range(8, 300, 7), PAGE, len(content) // 2, len(content) - 1]:
        target.write_bytes(content[:size])
        with pytest.raises(onecnn.InvalidModel):
            onecnn.load(target if mapped else content[:size])


@pytest.mark.parametrize("name", SMALL)
def test_no_description_does_harm(name: str, tmp_path: Path) -> None:
    """Descriptions with a checksum that fits and anything else changed load or raise; what loads runs or raises."""
    _, target = compiled(SMALL[name](), tmp_path)
    content = target.read_bytes()
    size = HEADER.unpack_from(content)[4]
    generator = random.Random(1)
    numbers = [0, 1, 2, 7, 255, 1 << 16, (1 << 31) - 1, 1 << 32, (1 << 63) - 1, WORD]
    limits = {"tensor_bytes": 1 << 26, "run_bytes": 1 << 26}
    loaded = 0
    for _ in range(300):
        changed = bytearray(content)
        for _ in range(generator.randint(1, 3)):
            at = HEADER.size + generator.randrange(size - 8)
            if generator.random() < 0.5:
                changed[at] = generator.randrange(256)
            else:
                changed[at : at + 8] = generator.choice(numbers).to_bytes(8, "little")
        try:
            model = onecnn.load(sealed(bytes(changed)), limits=limits, threads=1)
            loaded += 1
            model(*random_inputs(model.inputs))
        except (onecnn.Error, ValueError, TypeError, MemoryError):  # numpy's: a name or a shape that it cannot have
            continue
    assert loaded > 5
