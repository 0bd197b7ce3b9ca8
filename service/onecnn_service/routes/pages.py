# SPDX-License-Identifier: Apache-2.0
"""The web pages: files as they lie in ``static/``, with nothing from another host."""

from __future__ import annotations

from pathlib import Path

import fastapi_offline
from fastapi import APIRouter, FastAPI
from starlette.responses import FileResponse
from starlette.staticfiles import StaticFiles

STATIC = Path(__file__).parent.parent / "static"

# Only Swagger UI's files are used: fastapi-offline's own page has an inline script, which our policy forbids.
SWAGGER = Path(fastapi_offline.__file__).parent / "static"

router = APIRouter(include_in_schema=False)


def _page(name: str) -> FileResponse:
    return FileResponse(STATIC / name, headers={"cache-control": "no-cache"})


@router.api_route("/", methods=["GET", "HEAD"])
async def digits() -> FileResponse:
    """Draw a digit."""
    return _page("digits.html")


@router.api_route("/tabular", methods=["GET", "HEAD"])
async def tabular() -> FileResponse:
    """Fill in a record."""
    return _page("tabular.html")


@router.api_route("/docs", methods=["GET", "HEAD"])
async def docs() -> FileResponse:
    """Swagger UI."""
    return _page("docs.html")


def mount_static(app: FastAPI) -> None:
    """Serve the pages' scripts and styles, and Swagger UI's."""
    app.mount("/static/swagger", StaticFiles(directory=SWAGGER))
    app.mount("/static", StaticFiles(directory=STATIC))
