# SPDX-License-Identifier: Apache-2.0
"""What a model keeps between two calls from Python."""

from __future__ import annotations

import resource
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

import onecnn

Unary = Callable[..., bytes]

FORKING = """
import os, signal, sys, threading
import numpy as np
import onecnn

model = onecnn.load(sys.stdin.buffer.read(), threads=1)
x = np.ones((64, 4), np.float32)
model(x)
done = threading.Event()

def call():
    while not done.is_set():
        model(x)

threads = [threading.Thread(target=call) for _ in range(3)]
for thread in threads:
    thread.start()
for _ in range(100):
    child = os.fork()
    if child == 0:
        signal.alarm(10)
        os._exit(0 if model(x).sum() == x.size else 1)
    if os.waitpid(child, 0)[1] != 0:
        done.set()
        sys.exit("a child hung or was wrong")
done.set()
"""


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def test_a_result_is_freed_with_its_array(unary: Unary) -> None:
    model = onecnn.load(unary())
    x = np.ones((1 << 22, 4), np.float32)
    before = resident_bytes()
    y = model(x)
    assert resident_bytes() - before > x.nbytes // 2
    del y
    assert resident_bytes() - before < x.nbytes // 4


def test_as_many_runs_wait_as_can_work_at_once(unary: Unary) -> None:
    # Of the plans, only the newest and those that runs hold survive this bound.
    model = onecnn.load(unary(), threads=1, limits={"plan_bytes": 0})
    together = threading.Barrier(8)

    class Late:
        def __init__(self, rows: int) -> None:
            self.rows = rows

        def __array__(self, *_: object, **__: object) -> np.ndarray:
            together.wait(30)
            return np.ones((self.rows, 4), np.float32)

    with ThreadPoolExecutor(8) as pool:
        assert [y.shape[0] for y in pool.map(model, map(Late, range(1, 9)))] == list(range(1, 9))
    model(np.ones((9, 4), np.float32))
    assert model.stats()["plans"] == 2


def test_a_forked_child_runs_while_its_parent_does(unary: Unary) -> None:
    done = subprocess.run([sys.executable, "-c", FORKING], input=unary(), capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
