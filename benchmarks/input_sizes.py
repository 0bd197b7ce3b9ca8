# SPDX-License-Identifier: Apache-2.0
"""Thousands of input sizes, each a new plan: what memory it costs, and what a size that comes again costs."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .models import ROOT

SIZES = 10_000


@dataclass
class InputSizes:
    """What a model did on so many input sizes within the default budget.

    Attributes
    ----------
    sizes
        How many, each run once.
    middle_bytes, end_bytes
        Resident memory after the first half and after all.
    repeated_seconds, fixed_seconds
        The shortest run of a size that is repeated, in this model and in one that has seen no other.
    """

    sizes: int
    middle_bytes: int
    end_bytes: int
    repeated_seconds: float
    fixed_seconds: float

    @property
    def growth(self) -> int:
        """Bytes that the second half of the sizes added."""
        return self.end_bytes - self.middle_bytes


def measure(sizes: int = SIZES) -> InputSizes:
    """Measure in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.input_sizes", str(sizes)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return InputSizes(**json.loads(done.stdout.splitlines()[-1]))


def _network() -> bytes:
    """Three convolutions with ReLU and a pooling over what is left, for images of any size."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    random = np.random.default_rng(0)
    nodes, weights, channels, value = [], [], 3, "x"
    for index, filters in enumerate((16, 32, 32)):
        kernel = (random.standard_normal((filters, channels, 3, 3)) * (2 / (9 * channels)) ** 0.5).astype(np.float32)
        weights.append(numpy_helper.from_array(kernel, f"w{index}"))
        stride = [2, 2] if index == 1 else [1, 1]
        nodes.append(helper.make_node("Conv", [value, f"w{index}"], [f"c{index}"], pads=[1, 1, 1, 1], strides=stride))
        nodes.append(helper.make_node("Relu", [f"c{index}"], [f"r{index}"]))
        channels, value = filters, f"r{index}"
    nodes.append(helper.make_node("GlobalAveragePool", [value], ["y"]))
    graph = helper.make_graph(
        nodes,
        "any_size",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, "h", "w"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 32, 1, 1])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def _shortest(run: Callable[[], object]) -> float:
    times = []
    for _ in range(300):
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
    return min(times)


def main() -> None:
    """Print the figures as JSON."""
    import onecnn

    sizes = int(sys.argv[1])
    onnx_bytes = _network()
    model = onecnn.load(onnx_bytes, threads=1)
    random = np.random.default_rng(0)
    side = 100  # all different: 64..163 by 64..163, so that the budget is full before the middle
    order = random.permutation(side * side)[:sizes]
    middle = 0
    for index, place in enumerate(order):
        height, width = (64 + int(each) for each in divmod(int(place), side))
        model(np.zeros((1, 3, height, width), np.float32))
        if index + 1 == sizes // 2:
            middle = _resident()
    end = _resident()
    x = random.random((1, 3, 64, 64), np.float32)
    fixed = onecnn.load(onnx_bytes, threads=1)
    figures = {
        "sizes": sizes,
        "middle_bytes": middle,
        "end_bytes": end,
        "repeated_seconds": _shortest(lambda: model(x)),
        "fixed_seconds": _shortest(lambda: fixed(x)),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
