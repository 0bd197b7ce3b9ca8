# SPDX-License-Identifier: Apache-2.0
"""The ``onecnn`` command beside ``serve``."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from onecnn import models
from onecnn.cli import app

DIGITS = str(models.path("digits"))


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A tensor for the digit model on disk."""
    path = tmp_path / "image.npy"
    np.save(path, np.zeros((1, 1, 28, 28), np.float32))
    return path


def test_help_names_the_commands() -> None:
    result = CliRunner().invoke(app, ["--help"])

    assert result.exit_code == 0
    assert all(command in result.output for command in ("info", "run", "serve"))


def test_help_of_serve_lists_the_choices_of_the_log_options() -> None:
    result = CliRunner().invoke(app, ["serve", "--help"], env={"COLUMNS": "160", "NO_COLOR": "1"})

    assert result.exit_code == 0
    assert all(f"{before}|{after}" in result.output for before, after in (("debug", "info"), ("console", "json")))


def test_info_shows_a_models_metadata() -> None:
    result = CliRunner().invoke(app, ["info", DIGITS])

    assert result.exit_code == 0
    assert "onecnn.io" in result.output


def test_run_prints_or_saves_the_outputs(image: Path, tmp_path: Path) -> None:
    printed = CliRunner().invoke(app, ["run", DIGITS, "-i", f"image={image}"])
    saved = CliRunner().invoke(app, ["run", DIGITS, "-i", f"image={image}", "-o", str(tmp_path / "out.npz")])

    assert printed.exit_code == 0
    assert "probabilities float32 [1, 10]" in printed.output
    assert saved.exit_code == 0
    assert np.load(tmp_path / "out.npz")["probabilities"].sum() == pytest.approx(1, abs=1e-5)


def test_compile_writes_what_run_takes(image: Path, tmp_path: Path) -> None:
    target = str(tmp_path / "digits.compiled")
    done = CliRunner().invoke(app, ["compile", DIGITS, "-o", target])
    printed = [CliRunner().invoke(app, ["run", model, "-i", f"image={image}"]) for model in (DIGITS, target)]

    assert done.exit_code == 0
    assert printed[0].output == printed[1].output


def test_compile_can_tune(image: Path, tmp_path: Path) -> None:
    target = str(tmp_path / "digits.compiled")
    done = CliRunner().invoke(app, ["compile", DIGITS, "-o", target, "--tune"])
    printed = CliRunner().invoke(app, ["run", target, "-i", f"image={image}"])

    assert done.exit_code == 0
    assert "probabilities float32 [1, 10]" in printed.output


def test_mistakes_are_one_sentence(image: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no model")
    for arguments in (
        ["info", str(tmp_path / "missing.onnx")],
        ["info", str(broken)],
        ["compile", str(broken), "-o", str(tmp_path / "out")],
        ["run", DIGITS, "-i", "image"],
        ["run", DIGITS, "-i", f"image={tmp_path / 'missing.npy'}"],
        ["run", DIGITS, "-i", f"image={broken}"],
        ["run", DIGITS, "-i", f"picture={image}"],
    ):
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 1, arguments
        assert result.stderr.startswith("onecnn: ")
        assert "Traceback" not in result.output


@pytest.mark.parametrize("shape", ["2,1,28,28", "image=2,1,28,28"])
def test_profile_prints_a_table_or_json(shape: str) -> None:
    arguments = ["profile", DIGITS, "--threads", "1", "--runs", "2", "--input-shape", shape]
    table = CliRunner().invoke(app, arguments)
    printed = CliRunner().invoke(app, [*arguments, "--json"])

    assert table.exit_code == printed.exit_code == 0
    assert "GFLOP/s" in table.output
    steps = json.loads(printed.output)["steps"]
    assert [2, 1, 28, 28] in [slot["shape"] for slot in steps[0]["reads"]]


def test_bench_prints_a_line_or_json() -> None:
    arguments = ["bench", DIGITS, "--threads", "1", "--batch", "3", "--seconds", "0.01"]
    line = CliRunner().invoke(app, arguments)
    printed = CliRunner().invoke(app, [*arguments, "--json"])

    assert line.exit_code == printed.exit_code == 0
    assert "rows a second" in line.output
    measured = json.loads(printed.output)
    assert measured["batch"] == 3
    assert measured["min_seconds"] <= measured["p90_seconds"]


@pytest.mark.parametrize("command", ["profile", "bench"])
@pytest.mark.parametrize(
    ("shape", "message"), [("1,x", "--input-shape"), ("no=1,2", "no input 'no'"), ("1,1,2,2", "shape")]
)
def test_shapes_that_cannot_be_are_refused(command: str, shape: str, message: str) -> None:
    result = CliRunner().invoke(app, [command, DIGITS, "--input-shape", shape])

    assert result.exit_code == 1
    assert message in result.stderr
