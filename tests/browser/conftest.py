# SPDX-License-Identifier: Apache-2.0
"""Pages in a headless Chromium, watched for errors and for requests that leave the service."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

DESKTOP = {"width": 1100, "height": 820}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium; nothing is downloaded."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if executable is None:
        pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        # As root, in a container, Chromium has no sandbox to put itself in.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        made = playwright.chromium.launch(executable_path=executable, args=arguments)
        yield made
        made.close()


@pytest.fixture
def open_page(browser: Browser, service: Any) -> Iterator[Callable[..., Page]]:
    """Open a path of the service; afterwards no page may have complained, or asked another host for anything."""
    complaints: list[str] = []
    contexts = []

    def watch(page: Page) -> None:
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("console", lambda message: message.type == "error" and complaints.append(f"console: {message.text}"))
        page.on("requestfailed", lambda request: complaints.append(f"failed: {request.url}"))
        page.on("request", lambda request: _is_foreign(request.url) and complaints.append(f"left: {request.url}"))

    def _is_foreign(url: str) -> bool:
        return not url.startswith((service.url + "/", "data:", "blob:"))

    def open_(path: str, *, phone: bool = False, expect_complaints: bool = False, **options: Any) -> Page:
        context = browser.new_context(viewport=PHONE if phone else DESKTOP, has_touch=phone, **options)
        contexts.append(context)
        page = context.new_page()
        if not expect_complaints:
            watch(page)
        page.goto(service.url + path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def artifacts() -> Path:
    """Where screenshots are kept: ``$ONECNN_ARTIFACTS``, or ``build/artifacts``."""
    path = Path(os.environ.get("ONECNN_ARTIFACTS") or Path(__file__).parents[2] / "build" / "artifacts")
    path.mkdir(parents=True, exist_ok=True)
    return path
