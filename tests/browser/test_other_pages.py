# SPDX-License-Identifier: Apache-2.0
"""The form for records, the documentation, and the way between the pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

OpenPage = Callable[..., Page]


def test_the_form_has_a_field_for_each_column_and_answers(
    open_page: OpenPage, artifacts: Path, service: object
) -> None:
    page = open_page("/tabular")
    expect(page.locator("#fields input")).to_have_count(37)
    columns = httpx.get(f"{service.url}/models/damage").json()["input"]["columns"]  # type: ignore[attr-defined]
    assert page.locator("#fields input").evaluate_all("all => all.map(one => one.name)") == [c["name"] for c in columns]
    assert page.locator("#fields input[type=checkbox]").evaluate_all("all => all.map(one => one.name)") == [
        column["name"] for column in columns if column["type"] == "boolean"
    ]
    first = columns[0]
    assert float(page.get_by_label(first["name"], exact=True).input_value()) == pytest.approx(first["mean"], rel=1e-5)

    page.get_by_role("button", name="Predict").click()

    expect(page.locator("#verdict")).to_contain_text("Predicted ")
    expect(page.locator("#bars li")).to_have_count(2)
    expect(page.locator("#confidence")).to_contain_text("Probability of 1: ")
    page.wait_for_timeout(200)
    page.screenshot(path=artifacts / "tabular.png", full_page=True)


def test_what_is_typed_reaches_the_model(open_page: OpenPage) -> None:
    page = open_page("/tabular")
    page.get_by_role("button", name="Predict").click()
    expect(page.locator("#confidence")).to_contain_text("Probability")
    before = page.locator("#confidence").inner_text()

    with page.expect_request("**/models/damage/predict") as sent:
        page.get_by_label("income_am", exact=True).fill("9000.5")
        page.get_by_label("damage_am", exact=True).fill("2000")
        page.get_by_label("married_cd", exact=True).check()
        page.keyboard.press("Enter")

    record = sent.value.post_data_json
    assert (record["income_am"], record["damage_am"], record["married_cd"]) == (9000.5, 2000, True)
    expect(page.locator("#confidence")).not_to_have_text(before)


def test_a_wrong_value_is_explained_at_its_field(open_page: OpenPage) -> None:
    page = open_page("/tabular", expect_complaints=True)
    field = page.get_by_label("income_am", exact=True)
    field.fill("a lot")
    page.get_by_role("button", name="Predict").click()

    expect(page.locator("#column-income_am-problem")).to_have_text('Expected a number, got the string "a lot".')
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("alert")).to_contain_text("income_am: expected a number")

    page.get_by_role("button", name="Back to the means").click()
    page.get_by_role("button", name="Predict").click()
    expect(page.locator("#verdict")).to_contain_text("Predicted ")
    expect(page.locator("#failure")).to_be_empty()
    expect(page.locator("#column-income_am-problem")).to_be_empty()


def _with_models(page: Page, service: Any, entries: list[dict[str, object]]) -> None:
    """Let the service list other models; ``claims`` is another name for its tabular one."""
    page.wait_for_load_state("networkidle")
    page.route("**/models", lambda route: route.fulfill(json={"models": entries}))
    damage = httpx.get(f"{service.url}/models/damage").json()
    page.route("**/models/claims", lambda route: route.fulfill(json={**damage, "name": "claims"}))
    page.goto(f"{service.url}/tabular")


def test_the_form_is_that_of_the_first_tabular_model(open_page: OpenPage, service: Any) -> None:
    page = open_page("/docs")
    table = {"loaded": True, "task": "tabular-classification"}
    entries = [{"name": "broken", "loaded": False}, {"name": "claims", **table}, {"name": "damage", **table}]
    _with_models(page, service, [{"name": "digits", "loaded": True, "task": "image-classification"}, *entries])
    expect(page.locator("#fields input")).to_have_count(37)

    with page.expect_request("**/models/claims/predict"):
        page.route(
            "**/models/claims/predict", lambda route: route.continue_(url=f"{service.url}/models/damage/predict")
        )
        page.get_by_role("button", name="Predict").click()
    expect(page.locator("#verdict")).to_contain_text("Predicted ")


def test_without_a_tabular_model_there_is_a_sentence_and_no_form(open_page: OpenPage, service: Any) -> None:
    page = open_page("/docs")
    _with_models(page, service, [{"name": "digits", "loaded": True, "task": "image-classification"}])

    expect(page.get_by_role("alert")).to_have_text("No tabular model is loaded here.")
    expect(page.get_by_role("button", name="Predict")).to_be_hidden()


def test_the_form_fits_a_phone(open_page: OpenPage, artifacts: Path) -> None:
    page = open_page("/tabular", phone=True)
    expect(page.locator("#fields input")).to_have_count(37)

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.screenshot(path=artifacts / "tabular-phone.png", full_page=True)


def test_one_finds_ones_way_between_the_pages(open_page: OpenPage) -> None:
    page = open_page("/")
    page.get_by_role("link", name="Tabular").click()
    expect(page).to_have_title("Tabular · onecnn")
    page.get_by_role("link", name="Digits").click()
    expect(page).to_have_title("Digits · onecnn")


def test_the_documentation_works_without_a_network(open_page: OpenPage, artifacts: Path) -> None:
    page = open_page("/docs")

    expect(page.locator(".opblock")).to_have_count(12)
    page.locator("#operations-predictions-predict_predict_post").click()
    expect(page.get_by_text("Try it out")).to_be_visible()
    page.wait_for_timeout(300)
    page.screenshot(path=artifacts / "docs.png")
