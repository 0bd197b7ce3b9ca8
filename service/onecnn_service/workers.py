# SPDX-License-Identifier: Apache-2.0
"""Threads that compute predictions, with a queue that says no instead of growing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from onecnn_service.errors import QueueFull
from onecnn_service.metrics import Metrics

Result = TypeVar("Result")


class Workers:
    """A pool for one event loop. Everything that computes runs here, so that health checks never wait."""

    def __init__(self, count: int, queue: int, metrics: Metrics) -> None:
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="onecnn-worker")
        self._capacity = count + queue
        self._taken = 0
        self._metrics = metrics

    @property
    def has_room(self) -> bool:
        """Whether one more prediction would be taken."""
        return self._taken < self._capacity

    def check_room(self) -> None:
        """Refuse early, before a request's body is read.

        Raises
        ------
        QueueFull
            If all workers are busy and the queue is full.
        """
        if not self.has_room:
            raise QueueFull(f"The queue is full: {self._taken} predictions are under way or waiting.")

    async def run(self, job: Callable[[], Result]) -> Result:
        """Compute ``job`` on a worker thread.

        Raises
        ------
        QueueFull
            As `check_room` does.
        """
        self.check_room()
        asked = time.perf_counter()

        def timed() -> Result:
            self._metrics.queued(time.perf_counter() - asked)
            return job()

        self._taken += 1
        future = asyncio.get_running_loop().run_in_executor(self._pool, timed)
        # Not in a finally of the await: a caller that goes away leaves its job on the worker.
        future.add_done_callback(self._give_back)
        return await asyncio.shield(future)

    def _give_back(self, future: asyncio.Future[Result]) -> None:
        self._taken -= 1
        # Reading the exception marks it as seen when its caller has gone.
        if not future.cancelled():
            future.exception()

    def close(self) -> None:
        """Wait for what is under way and end the threads."""
        self._pool.shutdown(wait=True)
