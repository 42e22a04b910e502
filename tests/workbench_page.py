"""The few steps by which most tests of the page begin."""

import os
import re
from pathlib import Path
from typing import Any, Final

FILM: Final = Path(__file__).parents[1] / "examples" / "penetration-12-bit.png"
NAMELESS: Final = """() => [...document.querySelectorAll("button, a, input, select, textarea, [tabindex='0']")]
  .filter((each) => each.checkVisibility())
  .filter((each) => !(each.ariaLabel || each.labels?.[0]?.textContent || each.textContent.trim() || each.title))
  .map((each) => each.outerHTML)"""


PICTURES: Final = os.environ.get("DYNAWAVE_SCREENSHOTS")
"""A folder for pictures of the page, to be looked at; those of the documentation are made so."""


def picture(page: Any, name: str) -> None:
    """Keep what the page looks like now, where pictures are asked for."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png")


def upload(page: Any, film: Path = FILM) -> None:
    page.set_input_files("input[type=file]", film)
    page.locator(".film[aria-current=true]").wait_for()
    page.wait_for_function("document.querySelector('.zoom').textContent !== ''")


def inspect(page: Any) -> None:
    page.get_by_role("button", name="Inspect film").click()
    page.locator("[role=option]").first.wait_for()


def forgive(page: Any) -> None:
    """Forget what the page has complained of; what is on its way from the browser comes with the answer to a call."""
    page.evaluate("0")
    page.complaints.clear()


def settle(page: Any) -> None:
    """Wait until the film has come to rest."""
    before = None
    while before != (before := page.locator(".overlay g").first.get_attribute("transform")):
        page.wait_for_timeout(300)


def on_screen(page: Any, place: tuple[float, float]) -> tuple[float, float]:
    """Where a place of the film is on the screen, once it has come to rest."""
    settle(page)
    moved = page.locator(".overlay g").first.get_attribute("transform")
    x, y, scale = (float(each) for each in re.findall(r"-?[\d.]+(?:e-?\d+)?", moved))
    box = page.locator(".film-area").bounding_box()
    return box["x"] + x + place[0] * scale, box["y"] + y + place[1] * scale


def drag(page: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*on_screen(page, start))
    page.mouse.down()
    page.mouse.move(*on_screen(page, end), steps=4)
    page.mouse.up()
