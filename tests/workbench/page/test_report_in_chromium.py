"""What a report says beside the indications, stated on the page in a real browser: header, image quality, signature."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import pytest

from dynawave.simulate.physics.quality import DUPLEX_MM, dips, duplex_centres, duplex_map, interpolated_srb
from workbench_page import NAMELESS, drag, inspect, picture, upload

MM: Final = 0.08
SHAPE: Final = (400, 800)
SNR: Final = 100


def wires(shape: tuple[int, int], mm: float) -> np.ndarray:
    """A duplex wire as a film shows it, of which the thinner pairs run together; bright metal is 20000."""
    clear = np.exp(-0.4 * duplex_map(shape, mm, tilt_degrees=0.0)).astype(np.float32)
    return 20_000 * cv2.GaussianBlur(clear, (0, 0), 0.12 / mm)


def film_with_wire(path: Path) -> Path:
    """A film with a duplex wire across its middle, flat above and below, and noise."""
    film = np.random.default_rng(1).normal(20_000, 20_000 / SNR, SHAPE)
    film[150:-150] += wires((SHAPE[0] - 300, SHAPE[1]), MM) - 20_000
    cv2.imwrite(str(path), np.clip(film, 0, 65535).astype(np.uint16))
    return path


def state(page: Any, label: str, text: str) -> None:
    """Fill in a field of the header, and wait until it is saved."""
    with page.expect_response(lambda r: r.url.endswith("/header") and r.request.method == "PUT") as saved:
        page.get_by_label(label, exact=True).fill(text)
        page.keyboard.press("Tab")
    assert saved.value.ok


def test_report_has_the_header_and_the_image_quality_that_were_stated_on_the_page(
    serve: Callable[..., Any], open_page: Callable[..., Any], toy_weights: Path, tmp_path: Path
) -> None:
    pytest.importorskip("typst")
    server = serve("--weights", str(toy_weights))
    page = open_page(server.url)
    upload(page, film_with_wire(tmp_path / "wire.png"))

    # the header, by the keyboard alone from its first group on
    page.get_by_role("tab", name="Report").click()
    page.locator("summary").filter(has_text="Order and component").focus()
    page.keyboard.press("Enter")
    state(page, "Client", "Muster & Söhne")
    state(page, "Order", "4711")
    page.locator("summary").filter(has_text="Technique").click()
    state(page, "Image quality indicator", "W 12")
    assert page.evaluate(NAMELESS) == []
    picture(page, "report-header")

    # a window that is too small, set by keys, is refused in a sentence, and a whole one kept
    page.locator(".film-area").focus()
    for key in ("m", " ", "ArrowRight", "ArrowDown", " "):
        page.keyboard.press(key)
    page.get_by_text("is less than 20 x 55 px").wait_for()
    del page.complaints[:]  # the browser's own line on the answer 422
    page.keyboard.press("m")
    drag(page, (30, 10), (200, 110))
    page.locator(".measure.snr").wait_for()
    marked = page.locator(".quality").get_by_text(re.compile("^SNR [0-9]+$")).text_content()
    assert abs(int(marked.removeprefix("SNR ")) - SNR) < 0.1 * SNR

    # the wire: its ends, from the thickest pair to the thinnest
    centres = duplex_centres(DUPLEX_MM) / MM + (SHAPE[1] - 1) / 2
    page.get_by_role("button", name="Mark on the film: Duplex wire").click()
    drag(page, (centres[0], SHAPE[0] / 2), (centres[-1], SHAPE[0] / 2))
    srb = page.locator(".quality").get_by_text(re.compile("^SRb [0-9]+ µm")).text_content()
    assert page.locator(".measure.duplex text").text_content() == srb
    expected = 1000 * interpolated_srb(dips(wires((9, 4 * SHAPE[1]), MM / 4), MM / 4, tilt_degrees=0.0))
    assert abs(int(re.findall(r"[0-9]+", srb)[0]) - expected) < 0.15 * expected
    picture(page, "report-quality")

    address = page.get_by_role("link", name="Web page").get_attribute("href")
    report = page.request.get(server.url.rstrip("/") + address).text()
    assert all(text in report for text in ("Muster &amp; Söhne", "4711", "W 12", f"{marked} (marked window)"))
    assert srb.split(",")[0] in report

    # all of it is kept, and a mark can be taken back
    page.reload()
    page.locator(".measure.duplex").wait_for()
    page.get_by_role("tab", name="Report").click()
    page.get_by_role("button", name="Remove the mark: Duplex wire").click()
    page.locator(".measure.duplex").wait_for(state="detached")
    report = page.request.get(server.url.rstrip("/") + address).text()
    assert "SRb" not in report and f"{marked} (marked window)" in report


def test_header_that_somebody_else_has_changed_is_not_written_over(
    serve: Callable[..., Any], open_page: Callable[..., Any], toy_weights: Path
) -> None:
    from playwright.sync_api import expect

    server = serve("--weights", str(toy_weights))
    page = open_page(server.url)
    upload(page)
    page.get_by_role("tab", name="Report").click()
    page.locator("summary").filter(has_text="Order and component").click()
    state(page, "Client", "first")
    project = page.evaluate("location.hash").strip("#").split("/")[0]
    address = f"{server.url}api/v1/projects/{project}/header"
    assert page.request.put(address, data={"client": "theirs", "decision": "acceptable"}).ok
    page.get_by_label("Order", exact=True).fill("mine")
    page.keyboard.press("Tab")
    page.get_by_text("Somebody else has changed the report header").wait_for()
    del page.complaints[:]  # the browser's own line on the answer 409
    expect(page.get_by_label("Client", exact=True)).to_have_value("theirs")
    state(page, "Order", "mine")
    assert page.request.get(address).json() == {"client": "theirs", "decision": "acceptable", "order": "mine"}


def test_film_that_changes_while_one_signs_is_not_signed(
    serve: Callable[..., Any], open_page: Callable[..., Any], toy_weights: Path
) -> None:
    server = serve("--weights", str(toy_weights))
    page = open_page(server.url)
    upload(page)
    inspect(page)
    page.get_by_role("tab", name="Report").click()
    page.get_by_role("button", name="Sign", exact=True).first.click()
    page.get_by_role("dialog").get_by_label("Name").fill("Ada Lindqvist")
    film = f"{server.url}api/v1/films/{page.evaluate('location.hash').split('/')[1]}"
    assert page.request.put(f"{film}/weld", data={"thickness_mm": 12}).ok
    page.get_by_role("dialog").get_by_role("button", name="Sign").click()
    page.get_by_text("The film was changed since you opened it").wait_for()
    del page.complaints[:]  # the browser's own line on the answer 409
    assert page.request.get(film).json()["signatures"] == []
    page.get_by_role("button", name="Sign", exact=True).first.click()
    page.get_by_role("dialog").get_by_label("Name").fill("Ada Lindqvist")
    page.get_by_role("dialog").get_by_role("button", name="Sign").click()
    page.get_by_text("Ada Lindqvist").wait_for()
