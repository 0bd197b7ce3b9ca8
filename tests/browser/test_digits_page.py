# SPDX-License-Identifier: Apache-2.0
"""Drawing digits on the page as a person does, and reading its answer."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

Point = tuple[float, float]
OpenPage = Callable[..., Page]


def _arc(centre: Point, radius: Point, start: float, end: float, steps: int = 24) -> list[Point]:
    """Points on an ellipse; angles in degrees, 0 to the right, clockwise."""
    angles = [math.radians(start + (end - start) * step / steps) for step in range(steps + 1)]
    return [(centre[0] + radius[0] * math.cos(a), centre[1] + radius[1] * math.sin(a)) for a in angles]


# Strokes in shares of the board's width and height.
STROKES: dict[int, list[list[Point]]] = {
    0: [_arc((0.5, 0.5), (0.2, 0.3), -90, 270)],
    1: [[(0.42, 0.28), (0.52, 0.2), (0.52, 0.8)]],
    2: [[*_arc((0.5, 0.36), (0.18, 0.16), -170, 40), (0.32, 0.78), (0.7, 0.78)]],
    3: [[*_arc((0.48, 0.35), (0.17, 0.15), -150, 90), *_arc((0.48, 0.66), (0.19, 0.16), -90, 150)]],
    4: [[(0.4, 0.2), (0.3, 0.55), (0.7, 0.55)], [(0.62, 0.25), (0.6, 0.82)]],
    5: [[(0.68, 0.2), (0.38, 0.2), (0.36, 0.45), *_arc((0.48, 0.62), (0.19, 0.18), -110, 140)]],
    6: [[(0.6, 0.18), (0.42, 0.4), *_arc((0.5, 0.64), (0.16, 0.17), 180, -180)]],
    7: [[(0.3, 0.22), (0.7, 0.22), (0.46, 0.8)]],
    8: [[*_arc((0.5, 0.34), (0.14, 0.14), 90, -270), *_arc((0.5, 0.65), (0.17, 0.17), -90, 270)]],
    9: [[*_arc((0.5, 0.37), (0.16, 0.16), 0, -360), (0.64, 0.6), (0.56, 0.82)]],
}


def _draw(page: Page, strokes: list[list[Point]], size: float = 1, offset: Point = (0, 0)) -> None:
    box = page.locator("#board").bounding_box()
    assert box
    for stroke in strokes:
        points = [
            (box["x"] + box["width"] * (x * size + offset[0]), box["y"] + box["height"] * (y * size + offset[1]))
            for x, y in stroke
        ]
        page.mouse.move(*points[0])
        page.mouse.down()
        for start, end in pairwise(points):
            page.mouse.move(*end, steps=max(1, round(math.dist(start, end) / 20)))
        page.mouse.up()


def _expect_answer(page: Page, digit: int) -> None:
    expect(page.locator("#winner")).to_have_text(str(digit))
    expect(page.locator("#verdict")).to_have_text(f"This is a {digit}")
    expect(page.locator("#bars li.best > span").first).to_have_text(str(digit))


@pytest.mark.parametrize("digit", STROKES)
def test_a_digit_drawn_with_the_mouse_is_recognised(open_page: OpenPage, artifacts: Path, digit: int) -> None:
    page = open_page("/")
    _draw(page, STROKES[digit])

    _expect_answer(page, digit)
    shares = page.locator("#bars .share").all_inner_texts()
    assert len(shares) == 10
    assert sum(float(share.removesuffix(" %")) for share in shares) == pytest.approx(100, abs=0.6)
    page.wait_for_timeout(200)
    page.screenshot(path=artifacts / f"digit-{digit}.png")


def test_a_small_digit_in_a_corner_is_recognised(open_page: OpenPage) -> None:
    page = open_page("/")
    _draw(page, STROKES[3], size=0.55, offset=(0.42, 0.02))

    _expect_answer(page, 3)


def test_the_page_follows_while_one_draws(open_page: OpenPage) -> None:
    page = open_page("/")
    _draw(page, [[(0.5, 0.2), (0.5, 0.8)]])
    _expect_answer(page, 1)
    page.locator("#clear").click()
    expect(page.locator("#winner")).to_have_text("–")
    expect(page.locator("#bars li.best")).to_have_count(0)
    _draw(page, STROKES[0])
    _expect_answer(page, 0)


def test_what_the_network_sees_is_shown(open_page: OpenPage) -> None:
    page = open_page("/")
    _draw(page, STROKES[7], size=0.5)
    _expect_answer(page, 7)

    seen = page.evaluate(
        """() => { const c = document.getElementById("seen");
                   const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
                   return [c.width, c.height, Array.from(d).filter((v, i) => i % 4 === 0 && v > 128).length]; }"""
    )
    assert seen[:2] == [28, 28]
    assert 40 < seen[2] < 250


SLOW_FETCH = """() => {
    const fetch = window.fetch;
    window.asked = { underWay: 0, most: 0, total: 0 };
    window.fetch = async (...request) => {
        asked.total += 1;
        asked.most = Math.max(asked.most, ++asked.underWay);
        await new Promise((later) => setTimeout(later, 120));
        return fetch(...request).finally(() => { asked.underWay -= 1; });
    };
}"""


def test_one_request_at_a_time_and_the_last_answer_is_of_the_last_drawing(open_page: OpenPage) -> None:
    page = open_page("/")
    page.evaluate(SLOW_FETCH)
    _draw(page, STROKES[2])

    _expect_answer(page, 2)
    # Not wait_for_function: it evaluates text in the page, which the page's policy forbids.
    while page.evaluate("asked.underWay"):
        page.wait_for_timeout(20)
    _expect_answer(page, 2)
    asked = page.evaluate("asked")
    assert asked["most"] == 1
    assert 1 <= asked["total"] < 60


def test_a_finger_on_a_phone_draws_without_scrolling(open_page: OpenPage, artifacts: Path) -> None:
    page = open_page("/", phone=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    board = page.locator("#board")
    box = board.bounding_box()
    assert box
    touch = page.context.new_cdp_session(page)

    def send(kind: str, point: Point | None) -> None:
        points = [{"x": box["x"] + box["width"] * point[0], "y": box["y"] + box["height"] * point[1]}] if point else []
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    for stroke in STROKES[5]:
        send("touchStart", stroke[0])
        for start, end in pairwise(stroke):
            for step in (0.5, 1.0):
                send("touchMove", (start[0] + (end[0] - start[0]) * step, start[1] + (end[1] - start[1]) * step))
        send("touchEnd", None)

    _expect_answer(page, 5)
    assert page.evaluate("window.scrollY") == 0
    page.wait_for_timeout(200)
    page.screenshot(path=artifacts / "phone.png", full_page=True)


def test_a_digit_can_be_drawn_by_keyboard(open_page: OpenPage) -> None:
    page = open_page("/")
    page.locator("#board").focus()
    page.keyboard.press("Space")
    for _ in range(24):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    _expect_answer(page, 1)

    page.keyboard.press("Delete")
    expect(page.locator("#verdict")).to_have_text("Nothing drawn yet")


def test_a_dark_page_and_a_light_one_both_look_right(open_page: OpenPage, artifacts: Path) -> None:
    for scheme in ("dark", "light"):
        page = open_page("/", color_scheme=scheme)
        _draw(page, STROKES[4])
        _expect_answer(page, 4)
        page.wait_for_timeout(200)
        page.screenshot(path=artifacts / f"digits-{scheme}.png")


def test_a_refusal_is_shown_as_the_services_sentence(open_page: OpenPage) -> None:
    page = open_page("/", expect_complaints=True)
    busy = '{"error": "The queue is full: 9 predictions are under way or waiting.", "detail": []}'
    page.route("**/predict-drawing*", lambda route: route.fulfill(status=429, body=busy))
    _draw(page, STROKES[1])
    expect(page.get_by_role("alert")).to_have_text("The queue is full: 9 predictions are under way or waiting.")

    page.unroute("**/predict-drawing*")
    page.route("**/predict-drawing*", lambda route: route.abort())
    _draw(page, STROKES[1])
    expect(page.get_by_role("alert")).to_have_text("The service can't be reached.")

    page.unroute("**/predict-drawing*")
    page.locator("#clear").click()
    _draw(page, STROKES[1])
    _expect_answer(page, 1)
    expect(page.locator("#failure")).to_be_empty()


def test_the_bars_carry_the_models_own_labels(open_page: OpenPage, service: Any) -> None:
    page = open_page("/docs")
    page.wait_for_load_state("networkidle")
    letters = list("ABCDEFGHIJ")
    page.route("**/model-info", lambda route: route.fulfill(json={"labels": letters}))
    page.goto(service.url + "/")

    expect(page.locator("#bars li")).to_have_text(letters)
