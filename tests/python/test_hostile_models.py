# SPDX-License-Identifier: Apache-2.0
"""Models and calls that once crashed, lied or took memory without end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import onecnn

FLOAT = TensorProto.FLOAT


def model_of(
    nodes: list[onnx.NodeProto],
    inputs: dict[str, tuple[int, list[Any]]],
    outputs: dict[str, int],
    constants: dict[str, np.ndarray[Any, Any]] | None = None,
    opset: int = 18,
) -> bytes:
    graph = helper.make_graph(
        nodes,
        "hostile",
        [helper.make_tensor_value_info(name, dtype, shape) for name, (dtype, shape) in inputs.items()],
        [helper.make_tensor_value_info(name, dtype, None) for name, dtype in outputs.items()],
        [numpy_helper.from_array(value, name) for name, value in (constants or {}).items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)
    return made.SerializeToString()


@pytest.mark.parametrize("optimize", [True, False])
@pytest.mark.parametrize("mask_is_read", [True, False])
def test_a_first_output_that_is_left_out_is_computed_all_the_same(optimize: bool, mask_is_read: bool) -> None:
    nodes = [helper.make_node("Dropout", ["x"], ["", "mask"]), helper.make_node("Relu", ["x"], ["y"])]
    if mask_is_read:
        nodes.append(helper.make_node("Identity", ["mask"], ["z"]))
    outputs = {"y": FLOAT, "z": TensorProto.BOOL} if mask_is_read else {"y": FLOAT}
    model = onecnn.load(model_of(nodes, {"x": (FLOAT, [3])}, outputs), optimize=optimize)
    result = model.run({"x": np.array([-1, 0, 2], np.float32)})
    np.testing.assert_array_equal(result["y"], [0, 0, 2])
    if mask_is_read:
        np.testing.assert_array_equal(result["z"], [True, True, True])


def test_a_batch_normalization_of_no_channels_is_no_division_by_zero() -> None:
    none = np.zeros(0, np.float32)
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"]),
        helper.make_node("BatchNormalization", ["c", "s", "s", "s", "s"], ["y"]),
    ]
    constants = {"w": np.zeros((0, 3, 3, 3), np.float32), "s": none}
    model = onecnn.load(model_of(nodes, {"x": (FLOAT, ["N", 3, 8, 8])}, {"y": FLOAT}, constants))
    assert model(np.zeros((1, 3, 8, 8), np.float32)).shape == (1, 0, 6, 6)


def test_an_activation_of_integers_is_not_lost_in_a_product() -> None:
    nodes = [helper.make_node("MatMul", ["x", "w"], ["p"]), helper.make_node("Relu", ["p"], ["y"])]
    constants = {"w": np.array([[1, -1], [1, -1]], np.int32)}
    model = onecnn.load(model_of(nodes, {"x": (TensorProto.INT32, ["N", 2])}, {"y": TensorProto.INT32}, constants))
    np.testing.assert_array_equal(model(np.array([[2, 3]], np.int32)), [[5, 0]])


def test_an_output_declared_as_another_type_is_refused() -> None:
    nodes = [helper.make_node("Relu", ["x"], ["y"])]
    with pytest.raises(onecnn.InvalidModel, match=r"output 'y' is declared as int8 and computed as float32"):
        onecnn.load(model_of(nodes, {"x": (FLOAT, [2, 2])}, {"y": TensorProto.INT8}))


def test_an_output_that_the_form_lacks_is_refused() -> None:
    nodes = [helper.make_node("BatchNormalization", ["x", "s", "s", "s", "s"], ["y", "m"], name="bn")]
    constants = {"s": np.ones(3, np.float32)}
    with pytest.raises(onecnn.InvalidModel, match=r"node 'bn' .*no output 1"):
        onecnn.load(model_of(nodes, {"x": (FLOAT, [1, 3, 4, 4])}, {"y": FLOAT, "m": FLOAT}, constants))


def test_a_required_input_that_is_left_out_is_refused() -> None:
    with pytest.raises(onecnn.InvalidModel, match=r"input 0 is left out"):
        onecnn.load(model_of([helper.make_node("Add", ["", "x"], ["y"])], {"x": (FLOAT, [2])}, {"y": FLOAT}))


def test_infinities_pass_a_clip_without_bounds() -> None:
    nodes = [helper.make_node("Clip", ["x"], ["y"])]
    x = np.array([-np.inf, 1, np.inf], np.float32)
    np.testing.assert_array_equal(onecnn.load(model_of(nodes, {"x": (FLOAT, [3])}, {"y": FLOAT}))(x), x)


@pytest.mark.parametrize("images", [2, 64])
def test_deterministic_gives_the_same_bits_for_any_batch_and_thread_count(images: int) -> None:
    path = onecnn.models.path("digits")
    x = np.random.default_rng(1).random((images, 1, 28, 28), np.float32)
    singly = onecnn.load(path, deterministic=True, threads=1)
    expected = np.concatenate([singly(x[i : i + 1]) for i in range(images)])
    for threads in (1, 3):
        np.testing.assert_array_equal(onecnn.load(path, deterministic=True, threads=threads)(x), expected)
    np.testing.assert_allclose(onecnn.load(path)(x), expected, atol=1e-6)


def _peak_rss_mib(script: str) -> float:
    """Run a script in a process of its own; the growth of its peak memory over its own ``base``."""
    prelude = """
        import resource, numpy as np, onecnn, onnx
        from onnx import helper, TensorProto, numpy_helper
        def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    """
    code = textwrap.dedent(prelude) + textwrap.dedent(script)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    return float(done.stdout)


def test_a_small_file_cannot_unfold_into_gigabytes() -> None:
    script = """
        nodes = [helper.make_node("Add", ["row", "column"], [f"y{i}"]) for i in range(30)]
        shape = (4096, 1)
        constants = [numpy_helper.from_array(np.ones(shape, np.float32), "column"),
                     numpy_helper.from_array(np.ones(shape[::-1], np.float32), "row")]
        nodes.append(helper.make_node("Relu", ["x"], ["y"]))
        graph = helper.make_graph(nodes, "bomb", [helper.make_tensor_value_info("x", 1, [2])],
            [helper.make_tensor_value_info(f"y{i}", 1, None) for i in range(30)]
            + [helper.make_tensor_value_info("y", 1, None)], constants)
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9).SerializeToString()
        base = peak()
        try:
            onecnn.load(made, limits={"run_bytes": 1000})
        except onecnn.ResourceLimit:
            pass
        print(peak() - base)
    """
    assert _peak_rss_mib(script) < 600  # thirty results of 64 MiB; folding stops at 256


def test_shapes_that_are_data_do_not_pile_up_in_the_cache() -> None:
    script = """
        nodes = [helper.make_node("Cast", ["x"], ["axes"], to=TensorProto.INT64),
                 helper.make_node("Squeeze", ["z", "axes"], ["y"])]
        graph = helper.make_graph(nodes, "keys", [helper.make_tensor_value_info("x", TensorProto.INT32, ["K"]),
            helper.make_tensor_value_info("z", 1, [2, 1])], [helper.make_tensor_value_info("y", 1, None)])
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9).SerializeToString()
        model = onecnn.load(made, limits={"plan_bytes": 1 << 20})
        z = np.ones((2, 1), np.float32)
        def call(n):
            x = np.full(500_000, 1, np.int32)
            x[:n] = -1
            try:
                model.run({"x": x, "z": z})
            except onecnn.Error:
                pass
        for n in range(10): call(n)
        base = peak()
        for n in range(10, 80): call(n)
        print(peak() - base)
    """
    assert _peak_rss_mib(script) < 50  # seventy keys of 2 MB, were they kept


def test_outputs_count_towards_a_runs_limit() -> None:
    nodes = [helper.make_node("Relu", ["x"], [f"y{i}"]) for i in range(8)]
    data = model_of(nodes, {"x": (FLOAT, ["N"])}, {f"y{i}": FLOAT for i in range(8)})
    model = onecnn.load(data, limits={"run_bytes": 1_000_000})
    model.run({"x": np.zeros(1000, np.float32)})
    with pytest.raises(onecnn.ResourceLimit, match="run_bytes"):
        model.run({"x": np.zeros(100_000, np.float32)})


def test_a_large_graph_loads_in_seconds() -> None:
    count = 20_000
    names = ["x", *(f"v{i}" for i in range(count))]
    nodes = [helper.make_node("Relu", [names[i]], [names[i + 1]]) for i in range(count)]
    data = model_of(nodes, {"x": (FLOAT, [2])}, dict.fromkeys(names[1:], FLOAT))
    begin = time.perf_counter()
    onecnn.load(data)
    assert time.perf_counter() - begin < 20


def test_a_child_forked_while_plans_are_made_works() -> None:
    nodes = [helper.make_node("Conv", ["x", "w"], ["y"], pads=[1, 1, 1, 1])]
    constants = {"w": np.ones((8, 8, 3, 3), np.float32)}
    data = model_of(nodes, {"x": (FLOAT, ["N", 8, "H", "W"])}, {"y": FLOAT}, constants)
    model = onecnn.load(data, threads=2, limits={"plan_bytes": 1 << 16})
    stop = threading.Event()

    def make_plans() -> None:
        size = 8
        while not stop.is_set():
            size = 8 + (size + 1) % 500
            model(np.zeros((1, 8, size, 9), np.float32))

    makers = [threading.Thread(target=make_plans) for _ in range(3)]
    for maker in makers:
        maker.start()
    try:
        for attempt in range(25):
            child = os.fork()
            if child == 0:
                signal.alarm(20)  # a deadlock ends the child, and fails the test
                model(np.zeros((1, 8, 600 + attempt, 9), np.float32))
                os._exit(0)
            _, status = os.waitpid(child, 0)
            assert os.waitstatus_to_exitcode(status) == 0, f"child {attempt} hung or died"
    finally:
        stop.set()
        for maker in makers:
            maker.join()


def test_without_threads_to_be_had_a_run_goes_on_alone() -> None:
    script = """
        import resource
        data = open(onecnn.models.path("digits"), "rb").read()
        model = onecnn.load(data, threads=2)
        resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
        model(np.zeros((64, 1, 28, 28), np.float32))
        print(0)
    """
    if os.getuid() == 0:
        # Root is above that limit: the same through an unprivileged user.
        script = script.replace("resource.setrlimit", "os.setuid(65534); resource.setrlimit").replace(
            "import resource", "import os, resource"
        )
    assert _peak_rss_mib(script) == 0
