"""Measuring and looking on the light box, and drawing by hand, in a real browser; figures against the film's own."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from workbench_client import SPOTS, film_bytes
from workbench_page import drag, inspect, on_screen, picture, upload

LOW, HIGH, STEP_AT = 10_000, 30_000, 400


def step_film(path: Path) -> Path:
    """A film of 400 x 800 px without a scale: dark on the left, bright on the right."""
    film = np.full((400, 800), LOW, np.uint16)
    film[:, STEP_AT:] = HIGH
    cv2.imwrite(str(path), film)
    return path


def tool(page: Any, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def figure(text: str) -> float:
    return float(re.search(r"[\d,]+(\.\d+)?", text)[0].replace(",", ""))


def test_a_known_length_sets_the_scale_and_lengths_areas_and_profiles_follow(
    serve: Callable[..., Any], open_page: Callable[..., Any], toy_weights: Path, tmp_path: Path
) -> None:
    page = open_page(serve("--weights", str(toy_weights)).url)
    upload(page, step_film(tmp_path / "step.png"))
    page.get_by_text("no scale").first.wait_for()
    tool(page, "Distance")
    drag(page, (100, 50), (500, 50))
    pixels = page.locator(".measure.distance text").text_content()
    assert pixels.endswith("px") and figure(pixels) == pytest.approx(400, abs=3)

    tool(page, "Calibrate the scale")
    drag(page, (100, 80), (300, 80))
    page.get_by_label("Length in mm").fill("10,0")
    page.get_by_role("button", name="Set scale").click()
    scale = page.get_by_text(re.compile(r"mm/px calibrated$")).first
    scale.wait_for()
    calibrated = scale.text_content()
    assert figure(calibrated) == pytest.approx(0.05, rel=0.02)
    assert page.locator(".measure.distance text").text_content().endswith("mm")  # what was measured before, too
    assert figure(page.locator(".measure.distance text").text_content()) == pytest.approx(20, abs=0.4)

    tool(page, "Area")
    corners = [(100, 150), (300, 150), (300, 250), (100, 250)]
    for corner in corners:
        page.mouse.click(*on_screen(page, corner))
    page.keyboard.press("Enter")
    area = page.locator(".measure.area text").text_content()
    assert area.endswith("mm²") and figure(area) == pytest.approx(50, rel=0.04)

    tool(page, "Line profile")
    drag(page, (300, 300), (500, 300))
    says = page.locator(".profile [role=img]").get_attribute("aria-label")
    lowest, highest, length = re.fullmatch(r"Grey values from ([\d,]+) to ([\d,]+) over ([\d.]+) mm", says).groups()
    assert (figure(lowest), figure(highest)) == (LOW, HIGH) and float(length) == pytest.approx(10, abs=0.3)
    curve = [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", page.locator(".profile .curve").get_attribute("d"))]
    rise = next(k for k, y in enumerate(curve) if y < 60) / len(curve)
    assert rise == pytest.approx(0.5, abs=0.03)
    page.get_by_label("Averaged across").select_option("11")
    page.get_by_role("region", name="Line profile").get_by_text("11 px wide").wait_for(state="attached")
    picture(page, "measured")
    page.get_by_role("region", name="Line profile").get_by_role("button", name="Close").click()

    # the scale is a decision, with a reason, and stays
    page.reload()
    page.get_by_text(calibrated).first.wait_for()
    page.get_by_role("tab", name="Report").click()
    page.get_by_role("button", name="All changes").click()
    page.get_by_role("dialog").get_by_text("Measured on a known length").wait_for()


@pytest.mark.parametrize(
    ("name", "asked"), [("Local contrast (CLAHE)", "clahe=1"), ("Enhance detail", "detail=1"), ("Invert", "invert=1")]
)
def test_the_picture_is_made_from_the_film_anew(
    serve: Callable[..., Any],
    open_page: Callable[..., Any],
    toy_weights: Path,
    tmp_path: Path,
    name: str,
    asked: str,
) -> None:
    page = open_page(serve("--weights", str(toy_weights)).url)
    film = tmp_path / "film.png"
    film.write_bytes(film_bytes())
    upload(page, film)

    def shown() -> np.ndarray:
        """What the light box shows once its tiles have come."""
        page.wait_for_load_state("networkidle")
        on_screen(page, (0, 0))
        shot = page.locator(".film-area").screenshot()
        return cv2.imdecode(np.frombuffer(shot, np.uint8), cv2.IMREAD_GRAYSCALE).astype(float)

    before = shown()
    with page.expect_response(lambda response: "/tiles/" in response.url and asked in response.url) as tile:
        tool(page, name)
    assert tile.value.ok
    pressed = page.get_by_role("button", name=name, exact=True)
    assert pressed.get_attribute("aria-pressed") == "true"
    assert np.abs(shown() - before).mean() > 1
    pressed.click()
    assert np.abs(shown() - before).mean() < 0.5


def test_threshold_explanation_and_an_outline_by_hand(
    serve: Callable[..., Any], open_page: Callable[..., Any], toy_weights: Path, tmp_path: Path
) -> None:
    page = open_page(serve("--weights", str(toy_weights)).url)
    film = tmp_path / "film.png"
    film.write_bytes(film_bytes())
    upload(page, film)
    inspect(page)
    options, shapes = page.locator("[role=option]"), page.locator(".overlay .shape")
    assert options.count() == shapes.count() == len(SPOTS)

    # why the model thinks so, over the film
    with page.expect_response(lambda response: "/explanation.png" in response.url) as heat:
        tool(page, "Show the model’s flaw probability")
    assert heat.value.ok and heat.value.headers["content-type"] == "image/png"
    page.locator(".overlay image").wait_for()
    tool(page, "Show the model’s flaw probability")
    page.locator(".overlay image").wait_for(state="detached")

    # what lies below the threshold is hidden, rejected as one change, and comes back with one undo
    slider = page.get_by_role("slider", name="Threshold")
    slider.fill("1")
    page.get_by_text(f"{len(SPOTS)} below are hidden").wait_for()
    assert options.count() == shapes.count() == 0
    page.get_by_role("button", name="Reject these").click()
    slider.fill("0")
    page.locator("[role=option].rejected").nth(len(SPOTS) - 1).wait_for()
    page.keyboard.press("Control+z")
    page.locator("[role=option].rejected").first.wait_for(state="detached")

    # an outline, corner by corner; a click on the first one closes it
    tool(page, "Draw an outline")
    corners = [(300, 60), (360, 60), (360, 110), (330, 90), (300, 110)]
    for corner in [*corners, corners[0]]:
        page.mouse.click(*on_screen(page, corner))
    page.get_by_role("searchbox").fill("slag")
    with page.expect_response(lambda response: response.request.method == "POST") as drawn:
        page.keyboard.press("Enter")
    polygon = np.array(drawn.value.json()["polygon"])
    assert polygon.shape == (5, 2) and np.abs(polygon - corners).max() < 3
    assert drawn.value.json()["source"] == "person"
    page.locator(f"[role=option]:nth-child({len(SPOTS) + 1})[aria-selected=true]").wait_for()
