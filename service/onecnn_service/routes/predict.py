# SPDX-License-Identifier: Apache-2.0
"""The prediction routes. Bodies are read raw: their form, not a schema, says what they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from onecnn_service import forms, openapi
from onecnn_service.description import ImageClassifier
from onecnn_service.errors import Invalid, RequestRefused, TooLarge, Unreadable, UnsupportedMediaType
from onecnn_service.forms import Form, ImageFile
from onecnn_service.json_values import shown
from onecnn_service.models import ServedModel
from onecnn_service.prediction import Predictor
from onecnn_service.replies import reply
from onecnn_service.state import ServiceState, state_of

router = APIRouter(tags=["predictions"])

Made = TypeVar("Made")
Compute = Callable[[Predictor, ServedModel, Form], Made]


@router.post("/predict", openapi_extra=openapi.PREDICT)
async def predict(request: Request, version: str | None = None) -> Response:
    """Predict with the default image or tabular model, whichever the body's form is for."""
    return await _answer(request, None, Predictor.predict, version)


@router.post("/models/{name}/predict", openapi_extra=openapi.PREDICT)
async def predict_with(request: Request, name: str, version: str | None = None) -> Response:
    """Predict with the named model."""
    model = _found(state_of(request), lambda state: state.store.find(name, version))
    return await _answer(request, model, Predictor.predict)


@router.post("/predict-image", openapi_extra=openapi.PREDICT_IMAGE)
async def predict_image(request: Request, version: str | None = None) -> Response:
    """Predict for an image file in base64, or uploaded."""
    model = _found(state_of(request), lambda state: state.store.default(ImageClassifier, version))
    return await _answer(request, model, Predictor.predict)


@router.post("/predict-drawing", openapi_extra=openapi.PREDICT_DRAWING)
async def predict_drawing(request: Request, show_input: bool = False) -> Response:
    """Predict for a drawing: light ink on dark, never inverted."""
    model = _found(state_of(request), lambda state: state.store.default(ImageClassifier))
    return await _answer(
        request,
        model,
        lambda predictor, chosen, form: predictor.predict_drawing(chosen, form, show_input=show_input),
    )


def _found(state: ServiceState, find: Callable[[ServiceState], ServedModel]) -> ServedModel:
    try:
        return find(state)
    except RequestRefused:
        state.metrics.predicted(None, "refused")
        raise


async def _answer(
    request: Request, given: ServedModel | None, compute: Compute[Made], version: str | None = None
) -> Response:
    """Read the body, compute on a worker, and count the outcome; without a model, the body's form chooses one."""
    state = state_of(request)
    model = given
    kind = type(given.description) if given else None

    def job(body: bytes, content_type: str, upload: ImageFile | None) -> Response:
        nonlocal model
        form = upload or forms.read(body, content_type, kind)
        model = given or state.predictor.choose(form, version)
        return reply(compute(state.predictor, model, form))

    outcome = "failed"
    try:
        state.workers.check_room()
        _refuse_encoding(request)
        content_type = request.headers.get("content-type", "")
        upload = await _uploaded(request) if forms.is_multipart(content_type) else None
        body = b"" if upload else await request.body()
        response = await state.workers.run(lambda: job(body, content_type, upload))
        outcome = "ok"
        return response
    except (RequestRefused, ClientDisconnect):
        outcome = "refused"
        raise
    finally:
        state.metrics.predicted(model, outcome)


def _refuse_encoding(request: Request) -> None:
    encoding = request.headers.get("content-encoding", "identity")
    if encoding != "identity":
        raise UnsupportedMediaType(f"Content-Encoding: expected none, got {shown(encoding)}.")


async def _uploaded(request: Request) -> ImageFile:
    try:
        async with request.form(max_files=1, max_fields=16) as form:
            upload = form.get("file")
            if not isinstance(upload, UploadFile):
                got = "a field of text" if upload is not None else "none"
                raise Invalid.field("file", "an uploaded image", got)
            return ImageFile(await upload.read(), "file")
    except HTTPException as error:
        raise _bad_form(str(error.detail)) from error


def _bad_form(reason: str) -> RequestRefused:
    """Say what the framework's reader of forms found wrong, of which it gives only its own words."""
    if reason.startswith("Part exceeded"):
        return TooLarge("The form has a field of text that is too large: expected one uploaded file.")
    if reason.startswith("Too many"):
        what = "file" if "files" in reason else "field"
        return Invalid.field("body", "one uploaded image in the field 'file'", f"too many {what}s")
    if reason.startswith("Missing boundary"):
        return Unreadable("Content-Type: expected multipart/form-data with a boundary, got none.")
    return Unreadable("The body is no readable multipart/form-data.")
