# SPDX-License-Identifier: Apache-2.0
"""JSON responses, and the one form that every error takes."""

from __future__ import annotations

from http import HTTPStatus

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from onecnn_service.errors import Problem, RequestRefused
from onecnn_service.json_values import shown


def reply(content: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Encode ``content`` as JSON by msgspec."""
    return Response(msgspec.json.encode(content), status, headers, "application/json")


def error(
    status: int, sentence: str, detail: tuple[Problem, ...] = (), headers: dict[str, str] | None = None
) -> Response:
    """The answer to a request that is refused."""
    return reply({"error": sentence, "detail": detail}, status, headers)


def add_error_handlers(app: FastAPI) -> None:
    """Make every refusal of the application and its framework an answer of the one form."""

    @app.exception_handler(RequestRefused)
    async def refused(request: Request, refusal: RequestRefused) -> Response:
        return error(refusal.status, refusal.sentence, refusal.detail, dict(refusal.headers))

    @app.exception_handler(HTTPException)
    async def framework(request: Request, exception: HTTPException) -> Response:
        path, method = shown(request.scope["path"]), shown(request.method)
        match exception.status_code:
            case HTTPStatus.NOT_FOUND:
                sentence = f"There is nothing at {path}."
            case HTTPStatus.METHOD_NOT_ALLOWED:
                sentence = f"{path} does not take {method}."
            case _:
                sentence = f"{str(exception.detail).rstrip('.')}."
        return error(exception.status_code, sentence, headers=dict(exception.headers or {}))

    @app.exception_handler(RequestValidationError)
    async def parameters(request: Request, invalid: RequestValidationError) -> Response:
        problems = tuple(
            Problem(".".join(str(part) for part in each["loc"]), each["msg"], repr(shown(str(each.get("input")))))
            for each in invalid.errors()
        )
        first = problems[0]
        return error(422, f"{first.field}: {first.expected}, got {first.got}.", problems)
