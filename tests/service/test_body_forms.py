# SPDX-License-Identifier: Apache-2.0
"""Every form that the contracts give a prediction's body, and the one form of its answer."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import numpy as np
import pytest
from fastapi.testclient import TestClient
from numpy.typing import NDArray

KEYS = ["prediction", "probability", "confidence", "probabilities", "labels", "model", "version", "inference_time_ms"]

Encode = Callable[..., bytes]


def test_every_array_form_of_a_digit_gets_the_same_answer(client: TestClient, seven: NDArray[np.uint8]) -> None:
    units = (seven / 255).tolist()
    flat = [value for row in units for value in row]
    bodies = [
        seven.ravel().tolist(),
        {"pixels": seven.ravel().tolist()},
        {"image": flat},
        {"image": [flat]},
        {"image": units},
    ]
    answers = [client.post(path, json=body) for body in bodies for path in ("/predict", "/models/digits/predict")]

    assert [answer.status_code for answer in answers] == [200] * 10
    assert {answer.json()["prediction"] for answer in answers} == {7}
    first = answers[0].json()["probabilities"]
    for answer in answers:
        assert answer.json()["probabilities"] == pytest.approx(first, abs=1e-6)


def test_answer_has_the_contracts_keys_in_their_order(client: TestClient, seven: NDArray[np.uint8]) -> None:
    answer = json.loads(client.post("/predict", json=seven.ravel().tolist()).content)

    assert list(answer) == KEYS
    assert answer["labels"] == list(range(10))
    assert answer["probability"] == answer["confidence"] == max(answer["probabilities"])
    assert sum(answer["probabilities"]) == pytest.approx(1, abs=1e-5)
    assert answer["model"] == "digits"
    assert answer["inference_time_ms"] > 0


def test_several_images_are_answered_with_a_list_in_their_order(client: TestClient, seven: NDArray[np.uint8]) -> None:
    upside_down = seven[::-1].ravel() / 255
    rows = [(seven.ravel() / 255).tolist(), upside_down.tolist()]

    both = client.post("/predict", json={"image": rows}).json()
    alone = [client.post("/predict", json={"image": row}).json() for row in rows]

    assert [each["prediction"] for each in both] == [each["prediction"] for each in alone]
    assert both[1]["probabilities"] == pytest.approx(alone[1]["probabilities"], abs=1e-6)


def test_the_form_and_not_the_values_decides_the_scale(client: TestClient) -> None:
    ones = [1] * 784

    of_255 = client.post("/predict", json={"pixels": ones}).json()
    of_1 = client.post("/predict", json={"image": ones}).json()

    assert of_255["probabilities"] != pytest.approx(of_1["probabilities"], abs=1e-4)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "BMP", "WEBP"])
def test_an_image_file_is_read_however_it_arrives(
    client: TestClient, seven: NDArray[np.uint8], encoded: Encode, data_url: Callable[[bytes], str], form: str
) -> None:
    data = encoded(seven, form)
    bare = base64.b64encode(data).decode()
    answers = [
        client.post("/predict", json={"image": data_url(data)}),
        client.post("/predict", json={"image": bare}),
        client.post("/predict", json={"image": bare.rstrip("=")}),
        client.post("/predict-image", json={"image": bare}),
        client.post("/predict", files={"file": ("seven", data)}),
        client.post("/predict-image", files={"file": ("seven", data)}),
        client.post("/models/digits/predict", files={"file": ("seven", data)}),
        client.post("/predict", content=data, headers={"content-type": f"image/{form.lower()}"}),
        client.post("/predict", content=data, headers={"content-type": "application/octet-stream"}),
    ]

    assert [(answer.status_code, answer.json()["prediction"]) for answer in answers] == [(200, 7)] * len(answers)


def test_a_drawing_gets_the_answer_of_its_own_route(
    client: TestClient, seven: NDArray[np.uint8], encoded: Encode, data_url: Callable[[bytes], str]
) -> None:
    body = {"image": data_url(encoded(seven))}

    answer = client.post("/predict-drawing", json=body).json()
    assert list(answer) == ["success", "predicted_digit", "confidence", "all_probabilities"]
    assert (answer["success"], answer["predicted_digit"]) == (True, 7)
    assert len(answer["all_probabilities"]) == 10

    seen = client.post("/predict-drawing?show_input=true", json=body).json()["model_input"]
    assert np.shape(seen) == (28, 28)
    assert max(map(max, seen)) == 255


def test_records_are_answered_by_the_tabular_model(client: TestClient, record: dict[str, object]) -> None:
    one = client.post("/predict", json=record)
    listed = client.post("/predict", json=[record])
    two = client.post("/models/damage/predict", json=[record, record])

    assert one.status_code == 200
    assert list(one.json()) == KEYS
    assert one.json()["model"] == "damage"
    assert one.json()["prediction"] in (0, 1)
    assert one.json()["probability"] == one.json()["probabilities"][1]
    assert one.json()["confidence"] == max(one.json()["probabilities"])
    assert [len(listed.json()), len(two.json())] == [1, 2]


def test_the_order_of_a_records_columns_does_not_matter(client: TestClient, record: dict[str, object]) -> None:
    turned = dict(reversed(record.items()))

    assert (
        client.post("/predict", json=turned).json()["probabilities"]
        == (client.post("/predict", json=record).json()["probabilities"])
    )


@pytest.mark.parametrize(
    "content_type",
    ["", "application/json; charset=utf-8", "application/vnd.digits+json", "application/x-www-form-urlencoded"],
)
def test_json_is_accepted_with_or_without_its_name_and_as_curl_sends_it(
    client: TestClient, seven: NDArray[np.uint8], content_type: str
) -> None:
    headers = {"content-type": content_type} if content_type else {}

    answer = client.post("/predict", content=json.dumps(seven.ravel().tolist()).encode(), headers=headers)

    assert answer.status_code == 200


@pytest.mark.parametrize("version", ["1", "latest"])
def test_a_version_may_be_asked_for(client: TestClient, seven: NDArray[np.uint8], version: str) -> None:
    answer = client.post(f"/predict?version={version}", json=seven.ravel().tolist())

    assert answer.json()["version"] == "1"


def test_a_byte_order_mark_is_passed_over(client: TestClient, seven: NDArray[np.uint8]) -> None:
    marked = b"\xef\xbb\xbf" + json.dumps(seven.ravel().tolist()).encode()

    assert client.post("/predict", content=marked).json()["prediction"] == 7
    assert client.post("/predict", content=b"\xef\xbb\xbf").json()["error"].startswith("The body is empty")


@pytest.mark.parametrize("text", [b"5", b'"abc"', b"pixels=0"])
def test_a_bare_value_from_curl_is_told_what_to_send(client: TestClient, text: bytes) -> None:
    answer = client.post("/predict", content=text, headers={"content-type": "application/x-www-form-urlencoded"})

    assert answer.status_code == 415
    assert answer.json()["error"].endswith("it takes a JSON list or object here.")


def test_an_unknown_field_beside_an_image_is_named_in_the_detail(client: TestClient) -> None:
    answer = client.post("/predict", json={"pixels": [0] * 784, "scale": 1})

    assert answer.status_code == 422
    assert answer.json()["detail"] == [{"field": "scale", "expected": "no such field", "got": "a value"}]
