# SPDX-License-Identifier: Apache-2.0
"""Plans: one for each set of input shapes, kept within bounds, the same results however they are run."""

from __future__ import annotations

import multiprocessing
import resource
import threading
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

import onecnn

Array = NDArray[Any]


def conv_net(*, height: int | str = "H", width: int | str = "W") -> bytes:
    """Conv + BatchNormalization + Relu, an Identity, MaxPool, Conv + LeakyRelu, of ``x[N, 3, H, W]``."""
    random = np.random.default_rng(3)

    def constant(name: str, *shape: int, positive: bool = False) -> onnx.TensorProto:
        values = random.normal(size=shape).astype(np.float32) * 0.3
        return numpy_helper.from_array(np.abs(values) + np.float32(0.5) if positive else values, name)

    weights = [
        constant("w1", 16, 3, 3, 3),
        constant("b1", 16),
        constant("scale", 16),
        constant("shift", 16),
        constant("mean", 16),
        constant("variance", 16, positive=True),
        constant("w2", 24, 16, 3, 3),
    ]
    nodes = [
        helper.make_node("Conv", ["x", "w1", "b1"], ["c1"], pads=[1, 1, 1, 1]),
        helper.make_node("BatchNormalization", ["c1", "scale", "shift", "mean", "variance"], ["n1"]),
        helper.make_node("Relu", ["n1"], ["r1"]),
        helper.make_node("Identity", ["r1"], ["i1"]),
        helper.make_node("MaxPool", ["i1"], ["p1"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Conv", ["p1", "w2"], ["c2"], pads=[1, 1, 1, 1], strides=[2, 2]),
        helper.make_node("LeakyRelu", ["c2"], ["y"], alpha=0.1),
    ]
    graph = helper.make_graph(
        nodes,
        "conv_net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, height, width])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    return model.SerializeToString()


def digits_like(*shape: int) -> Array:
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def reference(model: bytes, x: Array) -> Array:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"x": x})[0])


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("shape", [(1, 3, 8, 8), (1, 3, 97, 131), (3, 3, 64, 64), (40, 3, 33, 17), (0, 3, 8, 8)])
def test_any_shape_and_thread_count_agrees_with_onnxruntime(shape: tuple[int, ...], threads: int) -> None:
    model = conv_net()
    x = digits_like(*shape)
    y = onecnn.load(model, threads=threads)(x)
    expected = reference(model, x)
    assert y.shape == expected.shape
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-5)


def test_the_thread_count_changes_no_bit() -> None:
    model = conv_net()
    x = digits_like(2, 3, 150, 150)
    np.testing.assert_array_equal(onecnn.load(model, threads=1)(x), onecnn.load(model, threads=4)(x))


def test_rewriting_the_graph_changes_nodes_but_not_results() -> None:
    model = conv_net()
    x = digits_like(1, 3, 32, 32)
    rewritten, plain = onecnn.load(model), onecnn.load(model, optimize=False)
    assert plain.stats()["nodes"] == 7
    assert rewritten.stats()["nodes"] == 3  # Conv + Relu, MaxPool, Conv + LeakyRelu
    np.testing.assert_allclose(rewritten(x), plain(x), rtol=1e-4, atol=1e-5)


def test_a_shape_seen_before_makes_no_plan() -> None:
    model = onecnn.load(conv_net())
    for height in (16, 24, 16, 24, 16):
        model(digits_like(1, 3, height, 16))
    assert model.stats()["plans"] == 2
    assert model.stats()["plan_misses"] == 2


def test_plans_stay_within_their_bytes() -> None:
    bound = 4 << 20
    model = onecnn.load(conv_net(), limits={"plan_bytes": bound})
    for height in range(8, 208):
        model(digits_like(1, 3, height, 40))
    assert model.stats()["plan_evictions"] > 0
    assert model.stats()["plan_bytes"] <= bound


def test_trim_gives_back_every_plan_that_is_not_in_use() -> None:
    model = onecnn.load(conv_net())
    for height in (16, 24, 32):
        model(digits_like(1, 3, height, 16))
    model.trim()
    assert model.stats()["plans"] <= 1
    x = digits_like(1, 3, 24, 16)
    np.testing.assert_allclose(model(x), reference(conv_net(), x), rtol=1e-4, atol=1e-5)


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def test_trim_gives_the_plans_memory_back_to_the_system() -> None:
    model = onecnn.load(conv_net(), threads=1)
    model(digits_like(1, 3, 64, 64))
    model.trim()
    before = resident_bytes()
    for side in range(150, 310, 2):
        model(digits_like(1, 3, side, side))
    held = resident_bytes()
    model.trim()

    assert held - before > 20 << 20
    assert resident_bytes() - before < (held - before) / 4


def test_a_tensor_past_its_limit_is_refused() -> None:
    model = onecnn.load(conv_net(), limits={"tensor_bytes": 100_000})
    model(digits_like(1, 3, 16, 16))
    with pytest.raises(onecnn.ResourceLimit, match=r"tensor_bytes of 100000"):
        model(digits_like(1, 3, 160, 160))


def test_shapes_that_the_nodes_refuse_are_the_callers_error() -> None:
    kernel = numpy_helper.from_array(np.ones((1, 3, 5, 5), np.float32), "w")
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "w"], ["y"], name="only")],
        "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, "H", "W"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [kernel],
    )
    model = onecnn.load(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)]).SerializeToString())
    with pytest.raises(onecnn.InvalidArgument, match=r"input 'x'.*\[1, 3, 4, 4\].*node 'only' \(Conv"):
        model(np.zeros((1, 3, 4, 4), np.float32))


def test_a_contradiction_that_no_input_can_mend_is_found_at_load() -> None:
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "w"], ["y"], name="only")],
        "contradiction",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.ones((1, 3, 5, 5), np.float32), "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)]).SerializeToString()
    with pytest.raises(onecnn.InvalidModel, match=r"node 'only' \(Conv, opset 18\).*\[1, 4, 8, 8\].*\[1, 3, 5, 5\]"):
        onecnn.load(model)


def test_a_shape_given_as_a_tensor_decides_the_plan() -> None:
    graph = helper.make_graph(
        [helper.make_node("Reshape", ["x", "shape"], ["y"])],
        "reshape",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N"]),
            helper.make_tensor_value_info("shape", TensorProto.INT64, [2]),
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
    )
    model = onecnn.load(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)]).SerializeToString())
    x = np.arange(12, dtype=np.float32)
    for shape in ([3, 4], [2, 6], [3, 4], [-1, 1]):
        y = model.run({"x": x, "shape": np.array(shape, np.int64)})["y"]
        np.testing.assert_array_equal(y, x.reshape(shape))
    with pytest.raises(onecnn.InvalidArgument, match="5"):
        model.run({"x": x, "shape": np.array([5, 5], np.int64)})


def test_callers_at_the_same_time_get_their_own_results() -> None:
    model = onecnn.load(conv_net(), threads=2)
    inputs = [digits_like(1, 3, 20 + i, 30) * np.float32(i + 1) for i in range(8)]
    expected = [model(x) for x in inputs]
    wrong: list[int] = []

    def call(i: int) -> None:
        for _ in range(50):
            if not np.array_equal(model(inputs[i]), expected[i]):
                wrong.append(i)

    callers = [threading.Thread(target=call, args=(i,)) for i in range(len(inputs))]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert not wrong


_forked: onecnn.Model | None = None


def _in_a_child(x: Array) -> Array:
    assert _forked is not None
    return np.asarray(_forked(x))


def test_a_forked_child_runs_the_parents_model() -> None:
    global _forked
    _forked = onecnn.load(conv_net(), threads=2)
    x = digits_like(1, 3, 160, 160)  # large enough for both lanes
    expected = _forked(x)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        for y in pool.map_async(_in_a_child, [x] * 4).get(timeout=60):
            np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(_forked(x), expected)
