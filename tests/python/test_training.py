# SPDX-License-Identifier: Apache-2.0
"""The training scripts of the examples, and the models they left in the package."""

from __future__ import annotations

import csv
import gzip
import hashlib
import importlib.util
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("ONECNN_DATA") or ROOT.parent / "shared")

needs_mnist = pytest.mark.skipif(not (DATA / "mnist").is_dir(), reason=f"{DATA / 'mnist'} is not there")
needs_table = pytest.mark.skipif(not (DATA / "tabular").is_dir(), reason=f"{DATA / 'tabular'} is not there")
needs_torch = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch not installed")
needs_sklearn = pytest.mark.skipif(importlib.util.find_spec("skl2onnx") is None, reason="skl2onnx not installed")


def run_script(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    script = ROOT / "examples" / name / "train.py"
    command = [sys.executable, str(script), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def example_module(example: str, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{name}", ROOT / "examples" / example / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def session_of(path: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def description_of(path: Path) -> dict[str, Any]:
    properties = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
    description: dict[str, Any] = json.loads(properties["onecnn.io"])
    return description


def record_of(path: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(path.with_suffix(".json").read_text())
    assert record["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert record["bytes"] == path.stat().st_size
    return record


def mnist_test_set() -> tuple[np.ndarray, np.ndarray]:
    raw = gzip.decompress((DATA / "mnist/t10k-images-idx3-ubyte.gz").read_bytes())
    images = np.frombuffer(raw, np.uint8, offset=16).reshape(-1, 1, 28, 28).astype(np.float32) / 255
    labels = gzip.decompress((DATA / "mnist/t10k-labels-idx1-ubyte.gz").read_bytes())
    return images, np.frombuffer(labels, np.uint8, offset=8)


# --- digits ---


@needs_mnist
@needs_torch
def test_a_short_training_gives_a_plain_graph_that_recognises_digits(tmp_path: Path) -> None:
    short = ("--epochs", "1", "--limit", "4000", "--batch-size", "64", "--no-augment", "--threads", "1")
    done = run_script("mnist", "--data", DATA / "mnist", "--out", tmp_path, *short)
    assert done.returncode == 0, done.stderr
    path = tmp_path / "digits.onnx"

    operators = [node.op_type for node in onnx.load(path).graph.node]
    convolution = ["Conv", "Relu", "MaxPool"]
    assert operators == [*convolution, *convolution, "Flatten", "Gemm", "Relu", "Gemm", "Softmax"]
    session = session_of(path)
    assert [(i.name, i.shape) for i in session.get_inputs()] == [("image", ["N", 1, 28, 28])]
    assert [(o.name, o.shape) for o in session.get_outputs()] == [("probabilities", ["N", 10])]

    images, labels = mnist_test_set()
    (probabilities,) = session.run(None, {"image": images})
    accuracy = float((probabilities.argmax(1) == labels).mean())
    assert accuracy > 0.85
    record = record_of(path)
    assert record["test_accuracy"] == pytest.approx(accuracy, abs=2e-4)
    assert record["parameters"] == 225_034
    assert record["settings"]["limit"] == 4000
    assert description_of(path)["training"]["test_accuracy"] == record["test_accuracy"]


@needs_torch
@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "can't be read"), (b"nonsense", "gzip"), (gzip.compress(b"\0\0\x08\x03"), "IDX")],
    ids=["absent", "not gzip", "cut short"],
)
def test_absent_or_damaged_digits_are_one_line_and_status_2(tmp_path: Path, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(content)
    done = run_script("mnist", "--data", tmp_path, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "train-images-idx3-ubyte.gz" in done.stderr
    assert said in done.stderr
    assert not (tmp_path / "out").exists()


@needs_mnist
def test_a_download_is_kept_only_when_its_checksum_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mnist = example_module("mnist", "mnist")
    monkeypatch.setattr(mnist, "MIRROR", (DATA / "mnist").as_uri() + "/")
    mnist.download(tmp_path / "whole")
    assert sorted(file.name for file in (tmp_path / "whole").iterdir()) == sorted(mnist.SHA256)
    assert mnist.load(tmp_path / "whole", "t10k").images.shape == (10_000, 28, 28)

    forged = tmp_path / "forged"
    forged.mkdir()
    for name in mnist.SHA256:
        (forged / name).write_bytes(gzip.compress(b"other bytes"))
    monkeypatch.setattr(mnist, "MIRROR", forged.as_uri() + "/")
    with pytest.raises(mnist.DataError, match="SHA-256"):
        mnist.download(tmp_path / "fooled")
    assert list((tmp_path / "fooled").iterdir()) == []


@needs_torch
def test_distorted_digits_stay_images_and_follow_the_seed() -> None:
    import torch

    augment = example_module("mnist", "augment")
    images = torch.rand(16, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    first, again, other = (augment.distort(images, torch.Generator().manual_seed(seed)) for seed in (5, 5, 6))
    assert first.shape == images.shape
    assert float(first.min()) >= 0 and float(first.max()) <= 1
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


# --- damage ---


@needs_sklearn
def test_the_default_table_gives_a_model_that_agrees_with_scikit_learn(tmp_path: Path) -> None:
    done = run_script("tabular", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "on 200 rows: 0 labels differ" in done.stdout
    assert float(done.stdout.split()[-1]) < 1e-5
    check_damage_model(tmp_path / "damage.onnx")


@needs_sklearn
def test_a_csv_may_order_its_columns_as_it_likes(tmp_path: Path) -> None:
    columns = example_module("tabular", "columns")
    chance = random.Random(7)
    names = ["comment", columns.LABEL, *columns.COLUMNS]
    chance.shuffle(names)
    with (tmp_path / "guests.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, names)
        table.writeheader()
        for row in range(300):
            values: dict[str, object] = dict.fromkeys(names, 0) | {"comment": "-", "age": 20 + row % 60}
            values |= {"married_cd": row % 3 == 0, columns.LABEL: int(row % 60 > 30)}
            table.writerow(values)
    done = run_script("tabular", "--csv", tmp_path / "guests.csv", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    described = {column["name"]: column for column in description_of(tmp_path / "damage.onnx")["input"]["columns"]}
    assert (described["age"]["min"], described["age"]["max"]) == (20, 79)
    assert record_of(tmp_path / "damage.onnx")["test_accuracy"] > 0.9


@needs_sklearn
@pytest.mark.parametrize(
    ("header", "row", "said"),
    [
        ("age,gender", "44,1", "lacks the columns income_am"),
        (None, "forty", "line 2: income_am is 'forty'"),
        (None, "nan", "line 2: income_am is 'nan'"),
    ],
)
def test_a_bad_table_is_told_by_line_and_column(tmp_path: Path, header: str | None, row: str, said: str) -> None:
    columns = example_module("tabular", "columns")
    names = [*columns.COLUMNS, columns.LABEL]
    file = tmp_path / "guests.csv"
    file.write_text(f"{header or ','.join(names)}\n{row if header else ','.join([row] + ['0'] * 37)}\n")
    done = run_script("tabular", "--csv", file, "--out", tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr


@needs_table
@needs_sklearn
def test_the_real_table_trains(tmp_path: Path) -> None:
    done = run_script("tabular", "--csv", DATA / "tabular/train.csv", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "0 labels differ" in done.stdout
    assert record_of(tmp_path / "damage.onnx")["test_roc_auc"] > 0.55


def check_damage_model(path: Path) -> None:
    session = session_of(path)
    assert [(i.name, i.shape) for i in session.get_inputs()] == [("features", ["N", 37])]
    assert [(o.name, o.shape) for o in session.get_outputs()] == [("label", ["N"]), ("probabilities", ["N", 2])]
    description = description_of(path)
    columns = description["input"]["columns"]
    assert [c["name"] for c in columns] == list(example_module("tabular", "columns").COLUMNS)
    assert [c["name"] for c in columns if c["type"] == "boolean"] == ["married_cd"] == [columns[12]["name"]]
    typical = np.array([[c["mean"] for c in columns]], dtype=np.float32)
    label, probabilities = session.run(["label", "probabilities"], {"features": np.repeat(typical, 3, axis=0)})
    assert label.dtype == np.int64 and set(label) <= set(description["labels"])
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    assert path.stat().st_size < 300_000


# --- what ships ---


def test_the_package_finds_its_models() -> None:
    from onecnn import models

    assert models.names() == ("damage", "digits")
    for name in models.names():
        onnx.checker.check_model(onnx.load(models.path(name)), full_check=True)
        record_of(models.path(name))
    with pytest.raises(LookupError, match="'cats'; there are damage, digits"):
        models.path("cats")


@needs_mnist
def test_the_digits_that_ship_score_what_their_record_says() -> None:
    from onecnn import models

    path = models.path("digits")
    images, labels = mnist_test_set()
    (probabilities,) = session_of(path).run(None, {"image": images})
    accuracy = float((probabilities.argmax(1) == labels).mean())
    assert accuracy >= 0.992
    assert record_of(path)["test_accuracy"] == pytest.approx(accuracy, abs=2e-4)
    assert path.stat().st_size < 1_000_000


def test_the_damage_model_that_ships_takes_the_tables_columns() -> None:
    from onecnn import models

    check_damage_model(models.path("damage"))


@needs_table
def test_the_damage_model_was_not_trained_on_the_real_rows() -> None:
    from onecnn import models

    (scaler, classifier, _) = onnx.load(models.path("damage")).graph.node
    attributes = {
        a.name: np.asarray(onnx.helper.get_attribute_value(a)) for n in (scaler, classifier) for a in n.attribute
    }
    kept = attributes["support_vectors"].reshape(-1, 37) / attributes["scale"] + attributes["offset"]
    with (DATA / "tabular/train.csv").open() as file:
        names = list(example_module("tabular", "columns").COLUMNS)
        real = np.array(
            [[float(row[n] == "True" if n == "married_cd" else row[n]) for n in names] for row in csv.DictReader(file)]
        )
    nearest = [np.abs(real - row).sum(axis=1).min() for row in kept]
    assert min(nearest) > 1
