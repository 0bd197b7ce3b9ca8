# SPDX-License-Identifier: Apache-2.0
"""Health, figures, documentation and headers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from onecnn_service.factory import create_app
from onecnn_service.settings import Settings

ZEROS = {"pixels": [0] * 784}


def test_health_names_the_models(client: TestClient) -> None:
    answer = client.get("/health")

    assert answer.status_code == 200
    content = answer.json()
    assert list(content) == ["status", "model_loaded", "version", "models"]
    assert (content["status"], content["model_loaded"]) == ("healthy", True)
    assert [model["name"] for model in content["models"]] == ["damage", "digits"]


def test_live_and_ready(client: TestClient) -> None:
    assert client.get("/livez").status_code == 200
    assert client.get("/readyz").status_code == 200
    assert [client.head(path).status_code for path in ("/livez", "/readyz", "/health")] == [200] * 3


def test_models_describe_themselves(client: TestClient) -> None:
    listed = client.get("/models").json()["models"]
    assert [(model["name"], model["task"]) for model in listed] == [
        ("damage", "tabular-classification"),
        ("digits", "image-classification"),
    ]

    digits = client.get("/model-info").json()
    assert digits == client.get("/models/digits").json() == client.get("/model-info?model=digits").json()
    assert digits["inputs"] == [{"name": "image", "dtype": "float32", "shape": ["N", 1, 28, 28]}]
    assert digits["labels"] == list(range(10))
    assert len(client.get("/models/damage").json()["input"]["columns"]) == 37
    assert client.get("/models/nothing").status_code == 404


def _samples(client: TestClient) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def _sum(samples: dict[Any, float], name: str, **labels: str) -> float:
    return sum(
        value for (key, given), value in samples.items() if key == name and labels.items() <= dict(given).items()
    )


def test_metrics_count_what_was_asked(record: dict[str, Any]) -> None:
    with TestClient(create_app(Settings())) as client:
        client.post("/predict", json=ZEROS)
        client.post("/predict", json={"image": [[0] * 784] * 5})
        client.post("/predict", json=record)
        client.post("/predict", json=[1])
        client.post("/models/unheard-of/predict", json=[1])
        client.get("/some/path/made/up")
        samples = _samples(client)
        stats = client.get("/stats").json()

    assert _sum(samples, "onecnn_requests_total", model="digits", version="1", outcome="ok") == 2
    assert _sum(samples, "onecnn_requests_total", model="damage", outcome="ok") == 1
    assert _sum(samples, "onecnn_requests_total", outcome="refused") == 2
    assert _sum(samples, "onecnn_batch_size_sum", model="digits") == 6
    assert _sum(samples, "onecnn_compute_duration_seconds_count", model="digits") == 2
    assert _sum(samples, "onecnn_queue_duration_seconds_count") == 4
    assert _sum(samples, "onecnn_request_duration_seconds_count", route="/predict") == 4
    assert _sum(samples, "onecnn_model_loaded") == 2
    assert _sum(samples, "onecnn_inflight_requests") == 1
    assert _sum(samples, "onecnn_build_info") == 1
    said = {value for _, labels in samples for _, value in labels}
    assert not said & {"unheard-of", "/models/unheard-of/predict", "/some/path/made/up"}
    assert stats["predictions"] == {"total": 5, "by_outcome": {"ok": 3, "refused": 2}}
    assert stats["models"]["digits/1"]["runs"] == 2


def test_a_broken_form_and_a_refused_body_are_the_clients_and_count_for_the_named_model() -> None:
    with TestClient(create_app(Settings())) as client:
        client.post("/models/digits/predict", json=[1])
        client.post("/models/digits/predict", content=b"x", headers={"content-type": "multipart/form-data"})
        samples = _samples(client)

    assert _sum(samples, "onecnn_requests_total", model="digits", outcome="refused") == 2
    assert _sum(samples, "onecnn_requests_total", outcome="failed") == 0


def test_every_answer_is_guarded_and_has_an_id(client: TestClient) -> None:
    for answer in (client.get("/"), client.get("/nothing"), client.post("/predict", json=[1]), client.get("/livez")):
        headers = answer.headers
        assert headers["content-security-policy"].startswith("default-src 'self'")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert len(headers["x-request-id"]) == 32
        assert "server" not in headers
    assert client.get("/livez", headers={"x-request-id": "abc-1"}).headers["x-request-id"] == "abc-1"
    assert client.get("/livez", headers={"x-request-id": "a b\t" + "c" * 99}).headers["x-request-id"] != "a b"


def test_other_origins_are_let_in_only_when_named(client: TestClient) -> None:
    origin = {"origin": "https://pages.example"}
    assert "access-control-allow-origin" not in client.get("/livez", headers=origin).headers

    with TestClient(create_app(Settings(cors_origins=("https://pages.example",)))) as open_client:
        allowed = open_client.get("/livez", headers=origin).headers
        other = open_client.get("/livez", headers={"origin": "https://other.example"}).headers
    assert allowed["access-control-allow-origin"] == "https://pages.example"
    assert "access-control-allow-origin" not in other


def test_openapi_shows_every_body_form(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    for path in ("/predict", "/models/{name}/predict"):
        operation = paths[path]["post"]
        content = operation["requestBody"]["content"]
        assert {"application/json", "multipart/form-data", "image/png"} <= content.keys()
        titles = [form["title"] for form in content["application/json"]["schema"]["oneOf"]]
        assert titles == ["Bare pixels", "Pixels", "Image", "Record", "Records"]
        assert {"200", "400", "413", "415", "422", "429", "503"} <= operation["responses"].keys()


def test_the_examples_of_the_documentation_work(client: TestClient) -> None:
    for path, methods in client.get("/openapi.json").json()["paths"].items():
        body = methods.get("post", {}).get("requestBody", {}).get("content", {}).get("application/json", {})
        for example in body.get("examples", {}).values():
            answer = client.post(path.replace("{name}", "digits"), json=example["value"])
            assert answer.status_code == 200, (path, answer.text)
            assert 1 in (answer.json().get("prediction"), answer.json().get("predicted_digit"))


@pytest.mark.parametrize("page", ["/", "/tabular", "/docs"])
def test_pages_load_nothing_from_elsewhere_and_run_nothing_inline(client: TestClient, page: str) -> None:
    answer = client.get(page)

    assert answer.status_code == 200
    assert "http://" not in answer.text
    assert "https://" not in answer.text
    assert "<script>" not in answer.text
    assert " style=" not in answer.text
    assert client.head(page).status_code == 200


class BlockedCore:
    """A model whose runs wait until they are let go."""

    def __init__(self, core: Any) -> None:
        self.core = core
        self.entered = threading.Semaphore(0)
        self.go = threading.Event()

    def run(self, feeds: Any) -> Any:
        self.entered.release()
        assert self.go.wait(30)
        return self.core.run(feeds)


@pytest.fixture
def blocked() -> Iterator[tuple[TestClient, BlockedCore]]:
    """A service of one worker and a queue of one, whose digit model is blocked."""
    app = create_app(Settings(workers=1, queue=1))
    with TestClient(app) as client:
        store = app.state.service.store
        digits = store.find("digits")
        core = BlockedCore(digits.core)
        store.add(replace(digits, core=core))
        yield client, core
        core.go.set()


def _in_thread(call: Callable[[], Any], results: list[Any]) -> threading.Thread:
    thread = threading.Thread(target=lambda: results.append(call()))
    thread.start()
    return thread


def test_a_full_queue_is_429_while_health_still_answers(blocked: tuple[TestClient, BlockedCore]) -> None:
    client, core = blocked
    results: list[Any] = []
    threads = [_in_thread(lambda: client.post("/predict", json=ZEROS), results)]
    assert core.entered.acquire(timeout=10)
    threads.append(_in_thread(lambda: client.post("/predict", json=ZEROS), results))
    while client.app.state.service.workers.has_room:  # type: ignore[attr-defined]
        time.sleep(0.01)

    refused = client.post("/predict", json=ZEROS)
    health = [client.get(path).status_code for path in ("/livez", "/readyz", "/health", "/metrics")]
    core.go.set()
    for thread in threads:
        thread.join(10)

    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["error"].startswith("The queue is full")
    assert health == [200] * 4
    assert [answer.status_code for answer in results] == [200, 200]
    assert client.post("/predict", json=ZEROS).status_code == 200


class FailingCore:
    """A model whose runs fail with a given error."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def run(self, feeds: Any) -> Any:
        raise self.error


def test_a_failure_of_the_core_is_a_500_that_tells_no_secrets_and_the_service_goes_on() -> None:
    app = create_app(Settings())
    with TestClient(app) as client:
        store = app.state.service.store
        digits = store.find("digits")
        store.add(replace(digits, core=FailingCore(RuntimeError("secret"))))
        failed = client.post("/predict", json=ZEROS)
        store.add(digits)
        mended = client.post("/predict", json=ZEROS)
        outcomes = client.get("/stats").json()["predictions"]["by_outcome"]

    assert failed.status_code == 500
    assert "secret" not in failed.text
    assert list(failed.json()) == ["error", "detail"]
    assert failed.headers["x-request-id"]
    assert mended.status_code == 200
    assert outcomes == {"failed": 1, "ok": 1}


def test_lack_of_memory_is_503() -> None:
    import onecnn

    app = create_app(Settings())
    with TestClient(app) as client:
        store = app.state.service.store
        store.add(replace(store.find("digits"), core=FailingCore(onecnn.ResourceLimit("arena over the limit"))))
        answer = client.post("/predict", json=ZEROS)

    assert answer.status_code == 503
    assert "arena over the limit" in answer.json()["error"]
    assert answer.headers["retry-after"] == "5"


def test_the_bodies_of_all_requests_together_are_bounded() -> None:
    app = create_app(Settings(max_held_bytes=100_000))
    body = {"image": [[0.125] * 784] * 30}
    assert len(str(body)) > 100_000

    with TestClient(app) as small:
        refused = small.post("/predict", json=body)
        for _ in range(3):
            assert small.post("/predict", json=ZEROS).status_code == 200

    assert refused.status_code == 429
    assert refused.json()["error"] == "The requests under way hold 100000 bytes, as much as they may."
