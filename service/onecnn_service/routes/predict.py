# SPDX-License-Identifier: Apache-2.0
"""The prediction routes. Bodies are read raw: their form, not a schema, says what they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile

from onecnn_service import forms, openapi
from onecnn_service.description import Description, ImageClassifier
from onecnn_service.errors import Invalid, RequestRefused, UnsupportedMediaType
from onecnn_service.forms import Form, ImageFile
from onecnn_service.json_values import shown
from onecnn_service.models import ServedModel
from onecnn_service.prediction import Predictor
from onecnn_service.replies import reply
from onecnn_service.state import ServiceState, state_of

router = APIRouter(tags=["predictions"])

Made = TypeVar("Made")
Choose = Callable[[Form], ServedModel]
Compute = Callable[[Predictor, ServedModel, Form], Made]


@router.post("/predict", openapi_extra=openapi.PREDICT)
async def predict(request: Request, version: str | None = None) -> Response:
    """Predict with the default image or tabular model, whichever the body's form is for."""
    state = state_of(request)
    return await _answer(request, None, lambda form: state.predictor.choose(form, version), Predictor.predict)


@router.post("/models/{name}/predict", openapi_extra=openapi.PREDICT)
async def predict_with(request: Request, name: str, version: str | None = None) -> Response:
    """Predict with the named model."""
    model = _found(state_of(request), lambda state: state.store.find(name, version))
    return await _answer(request, type(model.description), lambda form: model, Predictor.predict)


@router.post("/predict-image", openapi_extra=openapi.PREDICT_IMAGE)
async def predict_image(request: Request, version: str | None = None) -> Response:
    """Predict for an image file in base64, or uploaded."""
    model = _found(state_of(request), lambda state: state.store.default(ImageClassifier, version))
    return await _answer(request, ImageClassifier, lambda form: model, Predictor.predict)


@router.post("/predict-drawing", openapi_extra=openapi.PREDICT_DRAWING)
async def predict_drawing(request: Request, show_input: bool = False) -> Response:
    """Predict for a drawing: light ink on dark, never inverted."""
    model = _found(state_of(request), lambda state: state.store.default(ImageClassifier))
    return await _answer(
        request,
        ImageClassifier,
        lambda form: model,
        lambda predictor, chosen, form: predictor.predict_drawing(chosen, form, show_input=show_input),
    )


def _found(state: ServiceState, find: Callable[[ServiceState], ServedModel]) -> ServedModel:
    try:
        return find(state)
    except RequestRefused:
        state.metrics.predicted(None, "refused")
        raise


async def _answer(request: Request, kind: type[Description] | None, choose: Choose, compute: Compute[Made]) -> Response:
    """Read the body, compute on a worker, and count the outcome."""
    state = state_of(request)
    model: ServedModel | None = None

    def job(body: bytes, content_type: str, upload: ImageFile | None) -> Response:
        nonlocal model
        form = upload or forms.read(body, content_type, kind)
        model = choose(form)
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
    except RequestRefused:
        outcome = "refused"
        raise
    finally:
        state.metrics.predicted(model, outcome)


def _refuse_encoding(request: Request) -> None:
    encoding = request.headers.get("content-encoding", "identity")
    if encoding != "identity":
        raise UnsupportedMediaType(f"Content-Encoding: expected none, got {shown(encoding)}.")


async def _uploaded(request: Request) -> ImageFile:
    async with request.form(max_files=1, max_fields=16) as form:
        upload = form.get("file")
        if not isinstance(upload, UploadFile):
            got = "a field of text" if upload is not None else "none"
            raise Invalid.field("file", "an uploaded image", got)
        return ImageFile(await upload.read(), "file")
