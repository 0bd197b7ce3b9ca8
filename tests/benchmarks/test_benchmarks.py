# SPDX-License-Identifier: Apache-2.0
"""The benchmark at its shortest: that it measures and compares, not how fast anything is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def compare(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT))
    from benchmarks import compare

    return compare


def test_two_models_are_measured_beside_a_peer(tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    command = [sys.executable, "-m", "benchmarks", "--results", str(results), "--sections", "speed", "--add"]
    command += ["--engines", "onecnn", "onnxruntime", "--batches", "1", "--threads", "1", "--seconds", "0.2"]
    for model in ("digits", "squeezenet"):
        done = subprocess.run([*command, "--models", model], cwd=ROOT, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr

    assert "| squeezenet | 1 |" in done.stdout
    assert "geometric mean" in done.stdout
    measured = json.loads(results.read_text())
    assert set(measured["cells"]) == {"digits/1/1", "squeezenet/1/1"}
    for cell in measured["cells"].values():
        assert not cell["failures"]
        for timing in cell["timings"].values():
            assert timing["difference"] <= 1e-4
            assert len(timing["minima"]) == 5
            assert all(0 < low <= middle for low, middle in zip(timing["minima"], timing["medians"], strict=True))


def test_an_engine_starts_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))
    from benchmarks import startup

    ours, theirs = startup.measure(["onecnn", "onnxruntime"], "digits", processes=1)

    for each in (ours, theirs):
        assert len(each.first_seconds) == 1
        assert 0 < each.median < 60
        assert 10 << 20 < each.resident_bytes < 1 << 30
        assert 10 << 20 < each.peak_bytes < 1 << 30


def test_a_peer_with_wrong_results_is_no_peer(compare: ModuleType) -> None:
    timing = compare.Timing
    cell = compare.Cell(
        "m",
        1,
        1,
        {
            "onecnn": timing(0, 0, [2.0, 3.0], [2.0, 3.0], 1e-5),
            "openvino": timing(0, 0, [1.0, 1.0], [1.0, 1.0], 0.1),
            "ncnn": timing(0, 0, [4.0, 3.0], [4.0, 5.0], 1e-3),
        },
    )

    assert cell.best_peer() == "ncnn"
    ratio = cell.ratio("ncnn")
    assert (ratio.value, ratio.low, ratio.high) == (1.5, 1.0, 2.0)


def test_the_tables_take_the_place_of_the_earlier_ones(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(str(ROOT))
    from benchmarks import report

    document = tmp_path / "performance.md"
    document.write_text("# Performance\n\nBefore.\n")
    report.write_into(document, "one")
    document.write_text(document.read_text() + "\nAfter.\n")
    report.write_into(document, "two")

    text = document.read_text()
    assert "one" not in text
    assert text.index("Before.") < text.index("two") < text.index("After.")
