# SPDX-License-Identifier: Apache-2.0
"""How many threads a process may use, by its affinity and a real cgroup, and servers that fork after loading."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

COUNT = "import onecnn, onecnn.models; print(onecnn.load(onecnn.models.path('digits')).stats()['threads'])"


def threads_of_a_process(prepare: str = "") -> int:
    command = [sys.executable, "-c", f"import os\n{prepare}\n{COUNT}"]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@contextmanager
def quota(microseconds: int) -> Iterator[Path | None]:
    """Make a cgroup that may use so much of each 100,000 µs; None where this process may make none."""
    for parent, files in (
        (Path("/sys/fs/cgroup/cpu"), {"cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": str(microseconds)}),
        (Path("/sys/fs/cgroup"), {"cpu.max": f"{microseconds} 100000"}),
    ):
        group = parent / f"onecnn-test-{os.getpid()}"
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            for name, content in files.items():
                (group / name).write_text(content)
        except OSError:
            group.rmdir()
            continue
        try:
            yield group
        finally:
            group.rmdir()
        return
    yield None


@pytest.mark.parametrize(("microseconds", "cpus"), [(100_000, 1), (50_000, 1), (150_000, 2), (100_000_000, 1000)])
def test_threads_by_default_are_what_the_cgroup_grants(microseconds: int, cpus: int) -> None:
    allowed = len(os.sched_getaffinity(0))
    unlimited = threads_of_a_process()
    assert 1 <= unlimited <= allowed
    with quota(microseconds) as group:
        if group is None:  # a container without the right: what it was granted itself is all there is to see
            assert threads_of_a_process("os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})") == 1
            return
        joined = f"open({str(group / 'cgroup.procs')!r}, 'w').write(str(os.getpid()))"
        assert threads_of_a_process(joined) == min(cpus, unlimited)


def test_threads_by_default_are_what_the_affinity_allows() -> None:
    assert threads_of_a_process("os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})") == 1


APPLICATION = """
    import json, os
    import numpy as np
    import onecnn, onecnn.models

    model = onecnn.load(onecnn.models.path("digits"), threads=2)
    x = np.random.default_rng(0).random((64, 1, 28, 28), dtype=np.float32)
    expected = model(x)  # in the process that forks: its lanes run before

    def application(environment, start_response):
        same = bool((model(x) == expected).all())
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps({"process": os.getpid(), "parent": os.getppid(), "same": same}).encode()]
"""


def test_a_pre_forking_server_runs_the_model_that_it_loaded_before(tmp_path: Path) -> None:
    (tmp_path / "preloaded.py").write_text(textwrap.dedent(APPLICATION))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{listener.getsockname()[1]}"
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--preload", "--workers", "2", "--bind", address, "preloaded:application"],
        cwd=tmp_path,
        stderr=subprocess.DEVNULL,
    )
    try:
        processes = set()
        deadline = time.monotonic() + 60
        while len(processes) < 2 and time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"http://{address}/", timeout=30) as answer:
                    told = json.load(answer)
            except (urllib.error.URLError, ConnectionError):
                assert server.poll() is None
                time.sleep(0.1)
                continue
            assert told["same"]
            assert told["parent"] == server.pid
            processes.add(told["process"])
        assert len(processes) == 2
    finally:
        server.terminate()
        server.wait(timeout=30)
