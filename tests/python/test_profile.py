# SPDX-License-Identifier: Apache-2.0
"""`Model.profile` and `Model.benchmark`."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

import onecnn


def small_network() -> bytes:
    """Conv 3→8 3×3, ReLU, Softmax over channels on n×3×34×34."""
    weights = np.random.default_rng(0).standard_normal((8, 3, 3, 3)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["x", "w"], ["c"], name='the "first"\n'),
            helper.make_node("Relu", ["c"], ["r"], name="activation"),
            helper.make_node("Softmax", ["r"], ["y"], name="last", axis=1),
        ],
        "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 34, 34])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 8, 32, 32])],
        [onnx.numpy_helper.from_array(weights, "w")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()


def network_with_a_loop() -> bytes:
    """x + 1, three times."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["keep"], ["again"]),
            helper.make_node("Add", ["v", "one"], ["w"], name="in the loop"),
        ],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("keep", TensorProto.BOOL, []),
            helper.make_tensor_value_info("v", TensorProto.FLOAT, [4]),
        ],
        [
            helper.make_tensor_value_info("again", TensorProto.BOOL, []),
            helper.make_tensor_value_info("w", TensorProto.FLOAT, [4]),
        ],
        [helper.make_tensor("one", TensorProto.FLOAT, [], [1.0])],
    )
    graph = helper.make_graph(
        [helper.make_node("Loop", ["times", "", "x"], ["y"], body=body)],
        "loop",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [4])],
        [helper.make_tensor("times", TensorProto.INT64, [], [3])],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()


def test_a_profile_names_each_step_with_its_shapes_and_times() -> None:
    profile = onecnn.load(small_network(), threads=1).profile(np.zeros((2, 3, 34, 34), np.float32), runs=5)

    assert (profile.runs, profile.threads) == (5, 1)
    assert 0 < profile.min_seconds <= profile.median_seconds
    assert sum(step.total_seconds for step in profile.steps) <= profile.mean_seconds * 5
    conv = next(step for step in profile.steps if step.op_type == "Conv")
    assert conv.node == 'the "first"\n'
    assert conv.implementation
    assert conv.calls == 5
    assert 0 < conv.min_seconds <= conv.median_seconds <= conv.total_seconds
    assert (2, 3, 34, 34) in [slot.shape for slot in conv.reads]
    assert (8, 3, 3, 3) in [slot.shape for slot in conv.reads if slot.layout == "constant"]
    assert [slot.shape for slot in conv.writes] == [(2, 8, 32, 32)]
    assert profile.steps[-1].writes[0].shape == (2, 8, 32, 32)
    assert profile.steps[-1].writes[0].bytes == 2 * 8 * 32 * 32 * 4
    assert "Softmax" in str(profile)


def test_a_convolutions_rate_follows_from_its_operations_and_time() -> None:
    profile = onecnn.load(small_network(), threads=1).profile(np.zeros((1, 3, 34, 34), np.float32))

    conv = next(step for step in profile.steps if step.op_type == "Conv")
    operations = 2 * 8 * 32 * 32 * 3 * 3 * 3
    assert conv.gflops == pytest.approx(operations / conv.min_seconds / 1e9, rel=1e-3)
    assert conv.peak_share == pytest.approx(conv.gflops / profile.lane_peak_gflops, rel=1e-3)
    assert profile.lane_peak_gflops > 1
    assert profile.steps[-1].gflops is None


def test_reorders_are_counted_with_their_bytes() -> None:
    profile = onecnn.load(small_network(), threads=1).profile()

    reorders = [step for step in profile.steps if step.op_type == "Reorder"]
    assert profile.reorders == len(reorders)
    assert profile.reorder_bytes == sum(step.bytes for step in reorders)


def test_steps_of_a_loops_body_are_timed_too() -> None:
    profile = onecnn.load(network_with_a_loop()).profile(np.zeros(4, np.float32), runs=4)

    (step,) = [step for step in profile.steps if step.node == "in the loop"]
    assert step.calls == 4 * 3


def test_profiling_leaves_the_results_of_other_runs_alone() -> None:
    model = onecnn.load(small_network())
    x = np.random.default_rng(1).random((1, 3, 34, 34), np.float32)
    before = model(x)
    model.profile(np.ones((3, 3, 34, 34), np.float32), runs=1)

    np.testing.assert_array_equal(model(x), before)


@pytest.mark.parametrize("runs", [0, -1, 10**9])
def test_a_number_of_runs_that_cannot_be_is_refused(runs: int) -> None:
    with pytest.raises(onecnn.InvalidArgument, match="runs"):
        onecnn.load(small_network()).profile(runs=runs)


def test_what_a_run_refuses_a_profile_refuses() -> None:
    with pytest.raises(onecnn.InvalidArgument, match="shape"):
        onecnn.load(small_network()).profile(np.zeros((1, 4, 34, 34), np.float32))


def test_a_benchmark_orders_its_times_and_counts_rows() -> None:
    benchmark = onecnn.load(small_network(), threads=1).benchmark(np.zeros((4, 3, 34, 34), np.float32), seconds=0.05)

    assert 0 < benchmark.min_seconds <= benchmark.median_seconds <= benchmark.p90_seconds
    assert benchmark.runs >= 1
    assert benchmark.rows_per_second == pytest.approx(4 / benchmark.median_seconds)


def test_inputs_that_cannot_be_made_up_are_asked_for() -> None:
    graph = helper.make_graph(
        [helper.make_node("StringNormalizer", ["x"], ["y"])],
        "strings",
        [helper.make_tensor_value_info("x", TensorProto.STRING, [1])],
        [helper.make_tensor_value_info("y", TensorProto.STRING, [1])],
    )
    onnx_bytes = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    model = onecnn.load(onnx_bytes.SerializeToString())

    with pytest.raises(onecnn.InvalidArgument, match="'x' is string"):
        model.benchmark()
