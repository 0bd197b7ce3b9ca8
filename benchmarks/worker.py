# SPDX-License-Identifier: Apache-2.0
"""One engine in one process, told over its standard input to run blocks.

Each line of input is a JSON object ``{"calls": N}``; the answer is a line ``{"times": [seconds, ...]}``. A block's
inputs are new for each call, made before the clock starts. The process ends with its input.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np

from benchmarks.engines import ENGINES


def main() -> None:
    """Serve blocks for the engine, model, shape and thread count given as one JSON argument."""
    task = json.loads(sys.argv[1])
    run = ENGINES[task["engine"]](task["model"], task["threads"])
    random = np.random.default_rng(task["seed"])
    shape = tuple(task["shape"])
    first = random.random(shape, dtype=np.float32)
    print(json.dumps({"first": run(first).ravel().astype(float).tolist()}), flush=True)
    for line in sys.stdin:
        calls = json.loads(line)["calls"]
        inputs = random.random((calls, *shape), dtype=np.float32)
        times = []
        for x in inputs:
            begin = time.perf_counter()
            run(x)
            times.append(time.perf_counter() - begin)
        print(json.dumps({"times": times}), flush=True)


if __name__ == "__main__":
    main()
