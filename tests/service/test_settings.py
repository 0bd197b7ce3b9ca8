# SPDX-License-Identifier: Apache-2.0
"""What follows from the settings, and what their variables may hold."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

import onecnn
from onecnn_service.settings import Settings, usable_cpus

MIB = 1024 * 1024


def test_as_many_workers_as_the_core_takes_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    quota: Any = SimpleNamespace(stats=lambda: {"threads": 3})
    monkeypatch.setattr(onecnn, "load", lambda path: quota)
    usable_cpus.cache_clear()
    try:
        assert Settings().workers == 3
    finally:
        usable_cpus.cache_clear()


@pytest.mark.parametrize(("largest", "room"), [(1, 64), (16, 64), (100, 400)])
def test_several_of_the_largest_bodies_have_room(largest: int, room: int) -> None:
    assert Settings(max_body_bytes=largest * MIB).room_for_bodies == room * MIB


@pytest.mark.parametrize("variable", ["ONECNN_WORKERS", "ONECNN_THREADS"])
@pytest.mark.parametrize("text", ["0", "-1", "two"])
def test_a_variable_that_is_no_count_is_named(variable: str, text: str) -> None:
    with pytest.raises(ValueError, match=f"{variable}: expected a whole number of at least 1, got '{text}'."):
        Settings.from_environment({variable: text})


def test_variables_are_taken() -> None:
    settings = Settings.from_environment({"ONECNN_WORKERS": "3", "ONECNN_QUEUE": "0"})
    assert (settings.workers, settings.queue, settings.threads) == (3, 0, None)
