# SPDX-License-Identifier: Apache-2.0
"""Bad requests: the status, and one sentence that names the field, what was expected and what came."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ZEROS = [0] * 784

REFUSED: list[tuple[Any, int, str]] = [
    ([0] * 783, 422, "body: expected 784 numbers, got 783"),
    ({"pixels": [0] * 783}, 422, "pixels: expected 784 numbers, got 783"),
    ({"pixels": [0, 1, "a"]}, 422, 'pixels[2]: expected a number from 0 to 255, got the string "a"'),
    ({"pixels": [0, True]}, 422, "pixels[1]: expected a number from 0 to 255, got true"),
    ({"pixels": [0, None]}, 422, "pixels[1]: expected a number from 0 to 255, got null"),
    ({"pixels": [*ZEROS[1:], 256]}, 422, "pixels[783]: expected a number from 0 to 255, got 256"),
    ({"pixels": [-1, *ZEROS[1:]]}, 422, "pixels[0]: expected a number from 0 to 255, got -1"),
    ({"image": [2, *ZEROS[1:]]}, 422, "image[0]: expected a number from 0 to 1, got 2"),
    ({"pixels": "abc"}, 422, 'pixels: expected a list of numbers, got the string "abc"'),
    ({"pixels": []}, 422, "pixels: expected a list of numbers, got an empty list"),
    ({"pixels": 5}, 422, "pixels: expected a list of numbers, got 5"),
    ({"pixels": {}}, 422, "pixels: expected a list of numbers, got an object"),
    ({"image": None}, 422, "image: expected a list of numbers or an image in base64, got null"),
    ({"image": [[0] * 28] * 27}, 422, "image: expected 28 rows of 28 numbers, got 27 rows"),
    ({"image": [[0] * 28] * 3 + [[0] * 27]}, 422, "image[3]: expected 28 numbers, got 27"),
    ({"image": [ZEROS, ZEROS[1:]]}, 422, "image[1]: expected 784 numbers, got 783"),
    ({"image": [ZEROS, 5]}, 422, "image[1]: expected a list of numbers like the first, got 5"),
    ({"image": [[], []]}, 422, "image[0]: expected 784 numbers, got 0"),
    ({"image": [[[[0]]]]}, 422, "image[0][0]: expected a number from 0 to 1, got a list of 1"),
    ({"image": [[0] * 28] * 27 + [[0] * 27 + ["x"]]}, 422, "image[27][27]: expected a number"),
    ({"image": ZEROS, "pixels": ZEROS}, 422, "body: expected either pixels or image, got both"),
    ({"image": ZEROS, "scale": 1}, 422, "unknown field `scale`"),
    ({"image": "hello"}, 400, "image: expected a list of numbers or an image in base64"),
    ({"image": "aGVsbG8gd29ybGQ="}, 400, "image: expected a PNG, JPEG, BMP or WebP image, got 11 bytes"),
    ({"image": "data:image/png,abc"}, 400, "data URL with ;base64"),
    ({"image": ""}, 400, "image: expected a PNG, JPEG, BMP or WebP image, got no bytes"),
    ([], 422, "body: expected a list of numbers or of records, got an empty list"),
    (5, 422, "body: expected an object or a list, got 5"),
    ({}, 422, "missing columns income_am"),
]


def _assert_one_sentence(answer: Any) -> str:
    content = answer.json()
    assert list(content) == ["error", "detail"]
    assert content["error"].endswith(".")
    assert "\n" not in content["error"]
    return str(content["error"])


@pytest.mark.parametrize(("body", "status", "sentence"), REFUSED, ids=[sentence for _, _, sentence in REFUSED])
def test_refuses(client: TestClient, body: object, status: int, sentence: str) -> None:
    answer = client.post("/predict", json=body)

    assert answer.status_code == status
    assert sentence in _assert_one_sentence(answer)


@pytest.mark.parametrize(
    ("text", "status", "sentence"),
    [
        (b"", 400, "The body is empty"),
        (b" \n", 400, "The body is empty"),
        (b"null", 422, "body: expected an object or a list, got null"),
        (b"{", 400, "The body is unreadable"),
        (b"[1,2] 3", 400, "The body is unreadable"),
        (b"\xff\xfe", 400, "The body is unreadable"),
        (b'{"pixels": [NaN]}', 400, "NaN"),
        (b'{"pixels": [Infinity]}', 400, "Infinity"),
        (b'{"image": [-Infinity]}', 400, "Infinity"),
        (b'{"pixels": [1e999]}', 422, "pixels[0]: expected a number from 0 to 255, got 1e999"),
        (b'{"income_am": 1e999}', 422, "out of range"),
        (b'"\xff"', 400, "unreadable"),
        (b'{"\xff": 1}', 400, "unreadable"),
        (b"[" * 100_000, 400, "nested too deeply"),
        (b'{"image": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400, "nested too deeply"),
        (b'{"a":' * 100_000, 400, "nested too deeply"),
        (b"[" + b"0," * 5_000_000 + b"0]", 422, "at most 4096 images of 784 numbers"),
        (b'{"image": [' + b"[]," * 10_000 + b"[]]}", 422, "at most 4096 images"),
        (b"[" + b"{}," * 10_000 + b"{}]", 422, "at most 4096 records of 37 columns"),
    ],
    ids=lambda value: repr(value[:24]) if isinstance(value, bytes) else None,
)
def test_refuses_what_json_clients_can_not_even_write(
    client: TestClient, text: bytes, status: int, sentence: str
) -> None:
    answer = client.post("/predict", content=text, headers={"content-type": "application/json"})

    assert answer.status_code == status
    assert sentence in _assert_one_sentence(answer)


def test_a_list_of_records_keeps_its_size_limit_over_the_named_route(client: TestClient) -> None:
    answer = client.post("/models/damage/predict", json=[{"income_am": 1}] * 4097)

    assert answer.status_code == 422
    assert "at most 4096 records" in answer.json()["error"]


def test_names_every_missing_and_unknown_column(client: TestClient, record: dict[str, object]) -> None:
    wrong = {**record, "extra": 1}
    del wrong["age"]

    answer = client.post("/predict", json=wrong)

    assert answer.status_code == 422
    assert answer.json()["error"] == "missing column age; unknown column extra."
    assert [problem["field"] for problem in answer.json()["detail"]] == ["age", "extra"]


@pytest.mark.parametrize(
    ("column", "value", "expected", "got"),
    [
        ("income_am", "old", "a number", 'the string "old"'),
        ("income_am", None, "a number", "null"),
        ("income_am", True, "a number", "true"),
        ("income_am", [1], "a number", "a list of 1"),
        ("income_am", 1e39, "a number within ±3.4e38", "1e+39"),
        ("age", 40.5, "a whole number", "40.5"),
        ("married_cd", "yes", "true or false", 'the string "yes"'),
        ("married_cd", 2, "true or false", "2"),
    ],
)
def test_names_the_column_of_a_wrong_value(
    client: TestClient, record: dict[str, object], column: str, value: object, expected: str, got: str
) -> None:
    answer = client.post("/predict", json=[record, {**record, column: value}])

    assert answer.status_code == 422
    assert answer.json()["detail"] == [{"field": f"body[1].{column}", "expected": expected, "got": got}]


def test_all_wrong_values_of_a_record_are_named_at_once(client: TestClient, record: dict[str, object]) -> None:
    answer = client.post("/predict", json={**record, "age": "x", "gender": None})

    assert {problem["field"] for problem in answer.json()["detail"]} == {"age", "gender"}


def test_a_named_model_takes_only_what_it_is_for(client: TestClient, record: dict[str, object]) -> None:
    record_to_image_model = client.post("/models/digits/predict", json=record)
    image_to_tabular_model = client.post("/models/damage/predict", json={"pixels": ZEROS})
    file_to_tabular_model = client.post("/models/damage/predict", files={"file": b"x"})

    assert record_to_image_model.status_code == 422
    assert "neither pixels nor image" in record_to_image_model.json()["error"]
    assert image_to_tabular_model.status_code == 422
    expected = "body: expected records for the tabular model 'damage', got an image."
    assert image_to_tabular_model.json()["error"] == expected
    assert file_to_tabular_model.status_code == 422
    assert "tabular model 'damage'" in file_to_tabular_model.json()["error"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "junk"])
def test_other_content_types_are_415(client: TestClient, content_type: str) -> None:
    answer = client.post("/predict", content=b"pixels=0", headers={"content-type": content_type})

    assert answer.status_code == 415
    assert f"got {content_type}" in _assert_one_sentence(answer)


def test_a_packed_body_is_415(client: TestClient) -> None:
    answer = client.post("/predict", content=b"x", headers={"content-encoding": "gzip"})

    assert (answer.status_code, answer.json()["error"]) == (415, "Content-Encoding: expected none, got gzip.")


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/models/nothing/predict", "There is no model 'nothing'; the models here: damage, digits."),
        ("/models/digits/predict?version=9", "Model 'digits' has no version '9'; its versions: 1."),
        ("/predict?version=9", "Model 'digits' has no version '9'; its versions: 1."),
        ("/elsewhere", "There is nothing at /elsewhere."),
    ],
)
def test_what_is_not_there_is_404(client: TestClient, path: str, sentence: str) -> None:
    answer = client.post(path, json={"pixels": ZEROS})

    assert (answer.status_code, answer.json()["error"]) == (404, sentence)


@pytest.mark.parametrize("path", ["/x%0A%1B[31m" + "y" * 5000, "/models/x%0A%1B[31m" + "y" * 5000])
def test_what_a_client_sent_is_shown_short_and_printable(client: TestClient, path: str) -> None:
    error = _assert_one_sentence(client.get(path))

    assert error.isprintable()
    assert len(error) < 200


def test_a_wrong_method_is_405_in_the_same_form(client: TestClient) -> None:
    answer = client.get("/predict")

    assert answer.status_code == 405
    assert _assert_one_sentence(answer) == "/predict does not take GET."


def test_a_multipart_body_without_a_file_names_the_field(client: TestClient) -> None:
    without = client.post("/predict", files={"picture": b"x"})
    text = client.post("/predict", data={"file": "x"}, files={"other": b""})
    broken = client.post("/predict", content=b"x", headers={"content-type": "multipart/form-data"})

    assert (without.status_code, without.json()["detail"][0]["field"]) == (422, "file")
    assert (text.status_code, text.json()["detail"][0]["got"]) == (422, "a field of text")
    assert (broken.status_code, broken.json()["error"]) == (
        400,
        "Content-Type: expected multipart/form-data with a boundary, got none.",
    )


@pytest.mark.parametrize(
    ("parts", "status", "sentence"),
    [
        ({"file": (None, "x" * (1024 * 1024 + 1))}, 413, "a field of text that is too large"),
        ([("file", b"x"), ("file", b"x")], 422, "body: expected one uploaded image in the field 'file', got too many"),
    ],
    ids=["a large field", "two files"],
)
def test_a_form_beyond_its_limits_is_told_in_our_words(
    client: TestClient, parts: Any, status: int, sentence: str
) -> None:
    answer = client.post("/predict", files=parts)

    assert answer.status_code == status
    assert sentence in _assert_one_sentence(answer)
    assert not answer.json()["error"].endswith("..")


def test_a_bad_parameter_is_named(client: TestClient) -> None:
    answer = client.post("/predict-drawing?show_input=perhaps", json={"image": "x"})

    assert answer.status_code == 422
    assert "show_input" in _assert_one_sentence(answer)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=8), inner, max_size=6),
    max_leaves=20,
)
BODIES = st.one_of(
    VALUES,
    st.fixed_dictionaries({"image": VALUES}),
    st.fixed_dictionaries({"pixels": VALUES}),
    st.fixed_dictionaries({"image": st.lists(VALUES, min_size=1, max_size=3)}),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES)
def test_no_json_whatever_is_a_500(client: TestClient, body: object) -> None:
    text = json.dumps(body).encode()
    for path in ("/predict", "/models/digits/predict", "/models/damage/predict", "/predict-drawing"):
        answer = client.post(path, content=text, headers={"content-type": "application/json"})
        assert 400 <= answer.status_code < 500, (path, text)
        _assert_one_sentence(answer)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=300), content_type=st.sampled_from(["application/json", "image/png", "", "text/html"]))
def test_no_bytes_whatever_are_a_500(client: TestClient, body: bytes, content_type: str) -> None:
    answer = client.post("/predict", content=body, headers={"content-type": content_type})

    assert 400 <= answer.status_code < 500
    _assert_one_sentence(answer)
