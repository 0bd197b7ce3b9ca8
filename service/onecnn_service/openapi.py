# SPDX-License-Identifier: Apache-2.0
"""The predictions' bodies and answers for OpenAPI: the routes read raw bodies, so nothing derives this."""

from __future__ import annotations

from typing import Any

_PIXELS_255 = {"type": "array", "items": {"type": "number", "minimum": 0, "maximum": 255}}
_UNITS = {"type": "array", "items": {"type": "number", "minimum": 0, "maximum": 1}}
# A vertical stroke, which reads as a one.
_ONE = [255 if column in (13, 14) and 4 <= row < 24 else 0 for row in range(28) for column in range(28)]
_ONE_ROWS = [[value / 255 for value in _ONE[row * 28 : row * 28 + 28]] for row in range(28)]
_ONE_URL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAABwAAAAcCAAAAABXZoBIAAAAG0lEQVR42mNgoD9gROH9RxVgwqdzVHJUcuAA"
    "AOxDAShSPMW8AAAAAElFTkSuQmCC"
)

_IMAGE_JSON: list[dict[str, Any]] = [
    {"title": "Bare pixels", "description": "0..255, row-major, light ink on dark.", **_PIXELS_255},
    {
        "title": "Pixels",
        "type": "object",
        "required": ["pixels"],
        "additionalProperties": False,
        "properties": {"pixels": {**_PIXELS_255, "description": "0..255, row-major, light ink on dark."}},
    },
    {
        "title": "Image",
        "type": "object",
        "required": ["image"],
        "additionalProperties": False,
        "properties": {
            "image": {
                "oneOf": [
                    {**_UNITS, "title": "One image", "description": "0..1, row-major, light ink on dark."},
                    {
                        "title": "A batch of flat images, or one image as rows",
                        "type": "array",
                        "items": _UNITS,
                    },
                    {
                        "title": "Image file",
                        "type": "string",
                        "description": "PNG, JPEG, BMP or WebP as a data URL or in base64.",
                    },
                ]
            }
        },
    },
]
_RECORD = {
    "title": "Record",
    "type": "object",
    "description": "A value for each column of the tabular model; `GET /model-info?model=...` lists them.",
    "additionalProperties": {"type": ["number", "boolean"]},
}
_RECORDS = {"title": "Records", "type": "array", "items": _RECORD}

_IMAGE_EXAMPLES = {
    "pixels": {"summary": "784 pixels, 0..255", "value": {"pixels": _ONE}},
    "rows": {"summary": "28 rows of 28, 0..1", "value": {"image": _ONE_ROWS}},
    "data URL": {"summary": "An image file in base64", "value": {"image": _ONE_URL}},
}

_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FILES: dict[str, Any] = {
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "required": ["file"],
            "properties": {"file": {"type": "string", "format": "binary"}},
        }
    },
    "image/png": _BINARY,
    "application/octet-stream": _BINARY,
}

_ANSWER = {
    "type": "object",
    "properties": {
        "prediction": {"description": "The label."},
        "probability": {
            "type": "number",
            "description": "The winner's; of a binary tabular model, the positive class's.",
        },
        "confidence": {"type": "number", "description": "The largest probability."},
        "probabilities": {"type": "array", "items": {"type": "number"}},
        "labels": {"type": "array", "items": {}},
        "model": {"type": "string"},
        "version": {"type": "string"},
        "inference_time_ms": {"type": "number"},
    },
}
_ERROR = {
    "type": "object",
    "properties": {
        "error": {"type": "string", "description": "One sentence."},
        "detail": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string"},
                    "expected": {"type": "string"},
                    "got": {"type": "string"},
                },
            },
        },
    },
}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


_REFUSALS: dict[str, Any] = {
    "400": "The body is unreadable: no JSON, or a damaged image.",
    "404": "There is no such model or version.",
    "408": "The body took too long to arrive.",
    "413": "The body or the image is too large.",
    "415": "The content type or the image's format is not accepted.",
    "422": "A wrong shape, type, range or column; `detail` names the fields.",
    "429": "The queue is full; `Retry-After` says when to come back.",
    "503": "The model is not loaded.",
}


def _operation(json_body: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    return {
        "requestBody": {"required": True, "content": {"application/json": json_body, **_FILES}},
        "responses": {
            "200": {"description": "The prediction.", "content": _json(answer)},
            **{status: {"description": meaning, "content": _json(_ERROR)} for status, meaning in _REFUSALS.items()},
        },
    }


PREDICT = _operation(
    {"schema": {"oneOf": [*_IMAGE_JSON, _RECORD, _RECORDS]}, "examples": _IMAGE_EXAMPLES},
    {"oneOf": [_ANSWER, {"type": "array", "items": _ANSWER}]},
)
PREDICT_IMAGE = _operation({"schema": _IMAGE_JSON[2], "examples": {"data URL": _IMAGE_EXAMPLES["data URL"]}}, _ANSWER)
PREDICT_DRAWING = _operation(
    {"schema": _IMAGE_JSON[2], "examples": {"data URL": _IMAGE_EXAMPLES["data URL"]}},
    {
        "type": "object",
        "properties": {
            "success": {"type": "boolean"},
            "predicted_digit": {"type": "integer"},
            "confidence": {"type": "number"},
            "all_probabilities": {"type": "array", "items": {"type": "number"}},
            "model_input": {
                "type": "array",
                "description": "With `?show_input=true`: the pixels the model saw, 0..255.",
                "items": {"type": "array", "items": {"type": "integer"}},
            },
        },
    },
)
