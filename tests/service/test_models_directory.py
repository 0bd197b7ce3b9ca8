# SPDX-License-Identifier: Apache-2.0
"""Serving a directory: names, versions, and files that can't be loaded."""

from __future__ import annotations

import shutil
from pathlib import Path

import onnx
import pytest
from fastapi.testclient import TestClient

from onecnn import models as bundled
from onecnn_service.factory import create_app
from onecnn_service.models import FailedModel, ModelFile, find_files, load
from onecnn_service.settings import Settings

ZEROS = {"pixels": [0] * 784}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Two flat models, and one with versions 2, 9 and 10."""
    shutil.copy(bundled.path("digits"), tmp_path / "numerals.onnx")
    for version in ("2", "9", "10"):
        (tmp_path / "digits" / version).mkdir(parents=True)
        shutil.copy(bundled.path("digits"), tmp_path / "digits" / version / "model.onnx")
    shutil.copy(bundled.path("damage"), tmp_path / "damage.onnx")
    return tmp_path


def test_serves_by_name_and_version_and_the_highest_by_default(directory: Path) -> None:
    with TestClient(create_app(Settings(models=directory))) as client:
        versions = {
            path: client.post(path, json=ZEROS).json().get("version")
            for path in ("/predict", "/predict?version=9", "/models/digits/predict", "/models/digits/predict?version=2")
        }
        assert list(versions.values()) == ["10", "9", "10", "2"]
        assert client.post("/models/numerals/predict", json=ZEROS).json()["model"] == "numerals"
        assert client.post("/models/digits/predict?version=3", json=ZEROS).status_code == 404


def test_without_the_usual_name_the_first_model_of_the_kind_answers(tmp_path: Path) -> None:
    shutil.copy(bundled.path("digits"), tmp_path / "numerals.onnx")
    with TestClient(create_app(Settings(models=tmp_path))) as client:
        assert client.post("/predict", json=ZEROS).json()["model"] == "numerals"
        no_tabular = client.post("/predict", json={"a": 1})
    assert (no_tabular.status_code, no_tabular.json()["error"]) == (404, "No tabular model is loaded here.")


@pytest.mark.parametrize("content", [b"", b"no model at all", b"\x08\x07\x12\xff\xff\xff\xff", None])
def test_a_file_that_is_no_model_degrades_the_service_and_stops_nothing(directory: Path, content: bytes | None) -> None:
    truncated = Path(bundled.path("digits")).read_bytes()[:5000]
    (directory / "broken.onnx").write_bytes(truncated if content is None else content)
    with TestClient(create_app(Settings(models=directory))) as client:
        health = client.get("/health")
        assert health.status_code == 503
        assert (health.json()["status"], health.json()["model_loaded"]) == ("degraded", False)
        assert [m["name"] for m in health.json()["models"] if not m["loaded"]] == ["broken"]
        assert client.get("/readyz").status_code == 200

        broken = client.post("/models/broken/predict", json=ZEROS)
        assert broken.status_code == 503
        assert broken.json()["error"].startswith("Model 'broken' is not loaded: ")
        assert client.post("/predict", json=ZEROS).status_code == 200


def test_with_no_model_loaded_the_service_is_not_ready(tmp_path: Path) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"x")
    with TestClient(create_app(Settings(models=tmp_path))) as client:
        assert client.get("/livez").status_code == 200
        assert client.get("/readyz").status_code == 503
        assert client.post("/predict", json=ZEROS).status_code == 503


def test_the_highest_version_that_loaded_answers(directory: Path) -> None:
    (directory / "digits" / "10" / "model.onnx").write_bytes(b"broken")
    with TestClient(create_app(Settings(models=directory))) as client:
        assert client.post("/predict", json=ZEROS).json()["version"] == "9"
        assert client.post("/models/digits/predict?version=latest", json=ZEROS).json()["version"] == "9"
        assert client.post("/predict?version=10", json=ZEROS).status_code == 503
        assert client.get("/readyz").status_code == 200


def test_without_a_default_model_the_service_is_not_ready(directory: Path) -> None:
    (directory / "damage.onnx").write_bytes(b"broken")
    with TestClient(create_app(Settings(models=directory))) as client:
        unready = client.get("/readyz")
        refused = client.post("/predict", json={"a": 1})
    assert unready.status_code == 503
    assert refused.status_code == 503
    assert "retry-after" not in refused.headers


def test_a_failed_models_reason_tells_no_directory(directory: Path) -> None:
    (directory / "broken.onnx").write_bytes(b"no model at all")
    failed = load(ModelFile("broken", None, directory / "broken.onnx"), None)
    assert isinstance(failed, FailedModel)
    assert str(directory) in failed.cause
    with TestClient(create_app(Settings(models=directory))) as client:
        answers = client.get("/models").text + client.post("/models/broken/predict", json=ZEROS).text
    assert "broken.onnx" in answers
    assert str(directory) not in answers


def test_a_model_that_does_not_describe_its_input_is_not_served(tmp_path: Path) -> None:
    plain = onnx.load(bundled.path("digits"))
    del plain.metadata_props[:]
    onnx.save(plain, tmp_path / "plain.onnx")
    with TestClient(create_app(Settings(models=tmp_path))) as client:
        answer = client.post("/models/plain/predict", json=ZEROS)
    assert answer.status_code == 503
    assert "onecnn.io" in answer.json()["error"]


@pytest.mark.parametrize(("name", "sentence"), [("nowhere", "does not exist"), ("", "holds no NAME.onnx")])
def test_a_directory_without_models_is_refused(tmp_path: Path, name: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        find_files(tmp_path / name)
