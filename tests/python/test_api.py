# SPDX-License-Identifier: Apache-2.0
"""`onecnn.load` and `onecnn.Model` as a program uses them, compared with ONNX Runtime."""

from __future__ import annotations

import copy
import gc
import io
import pickle
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

import onecnn

Unary = Callable[..., bytes]


@pytest.fixture(scope="module")
def digits() -> onecnn.Model:
    return onecnn.load(onecnn.models.path("digits"))


def random_inputs(model: onecnn.Model, batch: int) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(0)
    return {
        spec.name: generator.random([dim if isinstance(dim, int) else batch for dim in spec.shape], np.float32)
        for spec in model.inputs
    }


@pytest.mark.parametrize("batch", [1, 2, 33])
@pytest.mark.parametrize("name", onecnn.models.names())
def test_bundled_models_agree_with_onnx_runtime(name: str, batch: int) -> None:
    path = onecnn.models.path(name)
    model = onecnn.load(path)
    inputs = random_inputs(model, batch)
    outputs = model.run(inputs)
    reference = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert list(outputs) == [output.name for output in reference.get_outputs()]
    for given, expected in zip(outputs.values(), reference.run(None, inputs), strict=True):
        assert given.dtype == expected.dtype
        np.testing.assert_allclose(given, expected, rtol=1e-4, atol=1e-5)


def test_paths_bytes_and_file_objects_load_the_same_model(unary: Unary, tmp_path: Path) -> None:
    onnx = unary()
    path = tmp_path / "größe.onnx"
    path.write_bytes(onnx)
    x = np.array([[-1, 2, -3, 4]], np.float32)
    with path.open("rb") as file:
        sources = [path, str(path), onnx, bytearray(onnx), memoryview(onnx), file, io.BytesIO(onnx)]
        for source in sources:
            np.testing.assert_array_equal(onecnn.load(source)(x), [[0, 2, 0, 4]])


def test_a_model_outlives_the_bytes_it_was_loaded_from(unary: Unary) -> None:
    onnx = bytearray(unary())
    model = onecnn.load(onnx)
    onnx[:] = bytes(len(onnx))
    assert model(np.ones((1, 4), np.float32)).sum() == 4


def test_a_model_describes_itself(unary: Unary) -> None:
    model = onecnn.load(unary(shape=("N", 4, None)), threads=1)
    assert model.inputs == (onecnn.TensorSpec("x", "float32", ("N", 4, None)),)
    assert model.outputs == (onecnn.TensorSpec("y", "float32", ("N", 4, None)),)
    assert np.zeros(1, model.inputs[0].dtype).dtype == np.float32
    assert model.metadata == {"colour": "green", "empty": ""}
    assert "Relu" in model.summary()
    assert repr(model) == "<onecnn.Model x: float32[N, 4, ?] -> y: float32[N, 4, ?]>"
    assert model.stats()["threads"] == 1
    assert model.stats()["model_version"] == 3
    assert model.property("description") == "about the model"
    with pytest.raises(onecnn.InvalidArgument, match="'colour'"):
        model.property("colour")


def test_one_output_comes_alone_and_several_as_a_tuple(unary: Unary, add_and_subtract: bytes) -> None:
    a, b = np.array([1, 2], np.float32), np.array([3, 5], np.float32)
    assert isinstance(onecnn.load(unary())(np.ones((1, 4), np.float32)), np.ndarray)
    model = onecnn.load(add_and_subtract)
    total, difference = model(a, b)
    np.testing.assert_array_equal(total, a + b)
    np.testing.assert_array_equal(difference, a - b)
    assert list(model.run({"b": b, "a": a})) == ["total", "difference"]
    np.testing.assert_array_equal(model.run({"b": b, "a": a})["difference"], a - b)


@pytest.mark.parametrize(
    "given",
    [
        np.arange(8, dtype=np.float32).reshape(4, 2).T,
        np.arange(16, dtype=np.float32).reshape(2, 8)[:, ::2],
        np.arange(8, dtype=np.float32).reshape(2, 4)[::-1, ::-1],
        np.broadcast_to(np.float32(3), (2, 4)),
        np.frombuffer(b"\0" + np.arange(8, dtype=np.float32).tobytes(), np.uint8)[1:].view(np.float32).reshape(2, 4),
    ],
    ids=["transposed", "strided", "reversed", "broadcast", "misaligned"],
)
def test_arrays_are_read_by_their_strides(unary: Unary, given: np.ndarray) -> None:
    np.testing.assert_array_equal(onecnn.load(unary())(given), given)


@pytest.mark.parametrize(
    ("dtype", "given"),
    [
        (TensorProto.FLOAT, [[1, 2.5, 3, 4]]),
        (TensorProto.FLOAT, [[1, 2, 3, 4]]),
        (TensorProto.FLOAT, ((True, False, True, True),)),
        (TensorProto.UINT8, [[1, 2, 3, 255]]),
        (TensorProto.INT64, [[-1, 2, 3, 255]]),
        (TensorProto.FLOAT16, [[1.0, 2.0, 3.0, 4.0]]),
        (TensorProto.BOOL, [[True, False, True, True]]),
    ],
)
def test_python_numbers_take_the_inputs_dtype(unary: Unary, dtype: int, given: list[list[float]]) -> None:
    model = onecnn.load(unary("Identity", dtype))
    output = model(given)
    assert output.dtype == model.inputs[0].dtype
    np.testing.assert_array_equal(output, given)


def test_scalars_go_in_and_come_out(unary: Unary) -> None:
    model = onecnn.load(unary("Identity", shape=()))
    assert model(1.5).shape == ()
    assert model(np.float32(1.5)) == 1.5


@pytest.mark.parametrize(
    ("dtype", "given", "words"),
    [
        (TensorProto.FLOAT, np.ones((1, 4)), ["'x'", "float32", "float64", ".astype(np.float32)"]),
        (TensorProto.FLOAT, np.ones((1, 4), ">f4"), ["'x'", "float32", ">f4"]),
        (TensorProto.FLOAT, np.float64(1), ["'x'", "float32", "float64"]),
        (TensorProto.FLOAT, np.array([["a"] * 4]), ["'x'", "float32", "<U1"]),
        (TensorProto.FLOAT, [["a", "b", "c", "d"]], ["'x'", "float32", "<U1"]),
        (TensorProto.FLOAT, [[1, 2], [3]], ["'x'"]),
        (TensorProto.FLOAT, None, ["'x'", "float32"]),
        (TensorProto.FLOAT, np.ones((1, 3), np.float32), ["'x'", "[1, 3]", "float32[N, 4]"]),
        (TensorProto.FLOAT, np.ones(4, np.float32), ["'x'", "[4]", "float32[N, 4]"]),
        (TensorProto.UINT8, [[1, 2, 3, 256]], ["'x'", "uint8", "256"]),
        (TensorProto.UINT8, [[1, 2, 3, 0.5]], ["'x'", "uint8", "float64"]),
    ],
)
def test_what_an_input_cannot_be_is_refused_with_what_was_expected(
    unary: Unary, dtype: int, given: object, words: list[str]
) -> None:
    model = onecnn.load(unary("Identity", dtype))
    with pytest.raises(onecnn.InvalidArgument) as failure:
        model(given)
    for word in words:
        assert word in str(failure.value)


def test_inputs_that_are_missing_or_unknown_are_named(add_and_subtract: bytes) -> None:
    model = onecnn.load(add_and_subtract)
    a = np.ones(1, np.float32)
    with pytest.raises(onecnn.InvalidArgument, match="takes 2 inputs, 1 given"):
        model(a)
    with pytest.raises(onecnn.InvalidArgument, match=r"input 'b' is missing; .*no input 'c'"):
        model.run({"a": a, "c": a})


def test_an_output_is_the_callers_own(unary: Unary) -> None:
    x = np.ones((2, 4), np.float32)
    for model in (onecnn.load(unary()), onecnn.load(unary("Identity"))):
        first = model(x)
        assert not np.shares_memory(first, x)
        first[:] = 7
        second = model(x)
        np.testing.assert_array_equal(second, x)
        del model
        gc.collect()
        np.testing.assert_array_equal(first, np.full((2, 4), 7))


def test_empty_batches_give_empty_outputs(unary: Unary) -> None:
    assert onecnn.load(unary())(np.ones((0, 4), np.float32)).shape == (0, 4)


def test_threads_get_the_results_of_their_own_inputs(digits: onecnn.Model) -> None:
    generator = np.random.default_rng(1)
    images = generator.random((8, 1, 1, 28, 28), np.float32)
    expected = [digits(image) for image in images]

    def calls(index: int) -> bool:
        return all(np.array_equal(digits(images[index]), expected[index]) for _ in range(200))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(calls, range(8)))


def test_other_threads_run_while_a_model_does(digits: onecnn.Model) -> None:
    batch = np.zeros((2048, 1, 28, 28), np.float32)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(digits, batch)
        turns = 0
        while not running.done():
            turns += 1
    assert turns > 100


def test_memory_is_flat_over_many_calls(digits: onecnn.Model) -> None:
    image = np.zeros((1, 1, 28, 28), np.float32)
    wrong = np.zeros((1, 1, 28, 27), np.float32)

    def call(times: int) -> None:
        for _ in range(times):
            digits(image)
            digits.run({"image": [[[[0.5] * 28] * 28]]}) if _ % 50 == 0 else None
            if _ % 10 == 0:
                with pytest.raises(onecnn.InvalidArgument):
                    digits(wrong)

    call(2_000)
    gc.collect()
    references = sys.getrefcount(image)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    call(20_000)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 4096  # KiB
    assert sys.getrefcount(image) == references


def test_memory_is_flat_over_many_loads(unary: Unary) -> None:
    onnx = unary()
    x = np.ones((1, 4), np.float32)
    for _ in range(200):
        onecnn.load(onnx)(x)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(2_000):
        onecnn.load(onnx)(x)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 4096  # KiB


def test_trimming_gives_back_the_plans(unary: Unary) -> None:
    model = onecnn.load(unary())
    for rows in range(1, 6):
        model(np.ones((rows, 4), np.float32))
    assert model.stats()["plans"] > 0
    model.trim()
    assert model.stats()["plans"] == 0
    assert model(np.ones((1, 4), np.float32)).sum() == 4


@pytest.mark.parametrize(
    ("error", "base", "code"),
    [
        (onecnn.InvalidModel, onecnn.Error, "INVALID_MODEL"),
        (onecnn.UnsupportedOperator, onecnn.Error, "UNSUPPORTED_OPERATOR"),
        (onecnn.InvalidArgument, ValueError, "INVALID_ARGUMENT"),
        (onecnn.ResourceLimit, onecnn.Error, "RESOURCE_LIMIT"),
        (onecnn.OutOfMemory, MemoryError, "OUT_OF_MEMORY"),
        (onecnn.IOFailure, OSError, "IO"),
        (onecnn.Cancelled, onecnn.Error, "CANCELLED"),
        (onecnn.DeadlineExceeded, onecnn.Error, "DEADLINE_EXCEEDED"),
    ],
)
def test_errors_have_a_code_and_python_s_own_base(error: type[onecnn.Error], base: type[Exception], code: str) -> None:
    assert issubclass(error, onecnn.Error)
    assert issubclass(error, base)
    assert error.code == code
    restored = pickle.loads(pickle.dumps(error("a sentence")))
    assert type(restored) is error
    assert str(restored) == "a sentence"


def test_failures_to_load_raise_their_class(unary: Unary, tmp_path: Path) -> None:
    with pytest.raises(onecnn.IOFailure, match="absent"):
        onecnn.load(tmp_path / "absent.onnx")
    with pytest.raises(onecnn.InvalidArgument, match="NUL"):
        onecnn.load("a\0b.onnx")
    with pytest.raises(onecnn.InvalidModel):
        onecnn.load(b"no model at all")
    with pytest.raises(onecnn.InvalidModel):
        onecnn.load(unary()[:-5])
    with pytest.raises(onecnn.UnsupportedOperator, match=r"'only'.*Bernoulli|Bernoulli.*'only'"):
        onecnn.load(unary("Bernoulli"))
    with pytest.raises(onecnn.InvalidArgument, match="binary"):
        onecnn.load(io.StringIO("text"))
    with pytest.raises(onecnn.IOFailure, match=tmp_path.name):
        onecnn.load(tmp_path)
    with pytest.raises(TypeError, match="NoneType"):
        onecnn.load(None)  # type: ignore[arg-type]


def test_options_that_cannot_be_are_refused(unary: Unary) -> None:
    onnx = unary()
    with pytest.raises(onecnn.InvalidArgument, match="threads"):
        onecnn.load(onnx, threads=-1)
    with pytest.raises(onecnn.InvalidArgument, match="memory"):
        onecnn.load(onnx, memory="little")
    with pytest.raises(onecnn.InvalidArgument, match="precision"):
        onecnn.load(onnx, precision="int8")
    with pytest.raises(onecnn.InvalidArgument, match=r"'bytes'.*model_bytes"):
        onecnn.load(onnx, limits={"bytes": 1})
    with pytest.raises(onecnn.ResourceLimit):
        onecnn.load(onnx, limits={"model_bytes": 16})
    with pytest.raises(TypeError, match="float"):
        onecnn.load(onnx, threads=1.5)  # type: ignore[arg-type]


def test_low_memory_forgoes_what_is_only_faster() -> None:
    weights = np.random.default_rng(0).normal(0, 0.05, (128, 128, 3, 3)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "w"], ["y"], pads=[1, 1, 1, 1])],
        "conv",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 128, 28, 28])],
        [helper.make_empty_tensor_value_info("y")],
        [numpy_helper.from_array(weights, "w")],
    )
    imports = [helper.make_opsetid("", 20)]
    model = helper.make_model(graph, opset_imports=imports, ir_version=10).SerializeToString()
    x = np.random.default_rng(1).normal(0, 1, (1, 128, 28, 28)).astype(np.float32)
    results, taken = [], []
    for memory in ("normal", "low"):
        loaded = onecnn.load(model, memory=memory)
        results.append(loaded(x))
        taken.append(loaded.stats()["plan_bytes"])
    np.testing.assert_allclose(results[1], results[0], rtol=1e-3, atol=1e-4)
    assert taken[1] < taken[0] - weights.nbytes


def test_a_model_is_not_pickled_or_copied(unary: Unary) -> None:
    model = onecnn.load(unary())
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="load it where it is needed"):
            attempt(model)


def test_importing_is_quick_and_brings_in_nothing_but_numpy() -> None:
    program = """
import sys, time
start = time.process_time()
import numpy
numpy_took = time.process_time() - start
before = set(sys.modules)
start = time.process_time()
import onecnn
took = (time.process_time() - start) / numpy_took
foreign = {name.split(".")[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names)
print(took, *sorted(foreign))
"""
    runs = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
        for _ in range(5)
    ]
    assert all(set(foreign) <= {"onecnn", "numpy"} for _, *foreign in runs)
    # A share of what importing NumPy takes: seconds say more of the machine and of what else it does.
    assert min(float(took) for took, *_ in runs) < 0.3


def test_build_info_names_onednn_and_the_instruction_set() -> None:
    assert re.fullmatch(r"oneDNN 3\.\d+\.\d+, .+", onecnn.build_info())
