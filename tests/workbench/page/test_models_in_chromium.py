"""A new model from its file to the active one, and DICONDE results to an archive, on the page in a real browser."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

import toy
from dynawave.diconde.receive import Receiver, receiving
from dynawave.records import WeldContext
from dynawave.simulate.dicom import encode_dicom
from workbench_client import film_bytes
from workbench_page import picture


def reviewed_film(page: Any, film: Path) -> None:
    """Upload and inspect a film, and accept all that was found."""
    page.set_input_files("input[type=file]", film)
    page.locator("button.film").filter(has_text=film.name).click()
    page.locator(".film[aria-current=true]").filter(has_text=film.name).wait_for()
    page.get_by_role("button", name="Inspect film").click()
    page.locator("[role=option]").first.wait_for()
    for number in range(page.locator("[role=option]").count()):
        page.locator("[role=option]").nth(number).click()
        page.keyboard.press("a")
        page.locator("[role=option].accepted").nth(number).wait_for()


def test_new_model_is_compared_and_made_active(
    serve: Callable[..., Any],
    open_page: Callable[..., Any],
    toy_weights: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = serve("--weights", str(toy_weights))
    page = open_page(server.url)
    for seed in (0, 1):
        film = tmp_path / f"film-{seed}.png"
        film.write_bytes(film_bytes(seed))
        reviewed_film(page, film)
    monkeypatch.setattr(toy, "REACH", 15.0)  # boxes that fit worse
    new = toy.toy_model(tmp_path / "new.onnx", toy.CARD | {"name": "careful", "version": "0.2"})

    page.get_by_role("button", name="toy 0.1").click()
    dialog = page.get_by_role("dialog", name="Models").first
    dialog.get_by_text("No other model").wait_for()
    dialog.get_by_role("button", name="Add a model").click()
    page.locator("input[type=file][accept='.onnx']").set_input_files(new)
    picture(page, "model-add")
    page.get_by_role("button", name="Add and try out").click()
    card = dialog.get_by_role("region", name="careful 0.2")
    card.wait_for()
    assert card.get_by_role("button", name="Make active").count() == 0
    card.get_by_label("Films to compare on").select_option("all")
    picture(page, "model-added")
    card.get_by_role("button", name="Compare").click()
    card.get_by_role("row", name="Average precision, IoU 0.5").wait_for()
    assert card.get_by_role("row").count() == 6
    assert "worse" in card.get_by_role("row", name="Average precision, IoU 0.5").text_content()
    assert "no clear difference" in card.get_by_role("row", name="Average precision, IoU 0.3").text_content()
    picture(page, "model-compared")

    card.get_by_role("button", name="Make active").click()
    decision = page.get_by_role("dialog", name="Make careful 0.2 active")
    decision.get_by_label("Name").fill("Ada Lindqvist")
    picture(page, "model-decision")
    decision.get_by_role("button", name="Make active").click()
    assert decision.is_visible()  # without a reason nothing happens
    decision.get_by_label("Why").fill("fewer false calls on our own films")
    decision.get_by_role("button", name="Make active").click()
    dialog.get_by_role("cell", name="fewer false calls on our own films").wait_for()
    picture(page, "model-active")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="careful 0.2").wait_for()


def test_corrections_become_training_data(
    serve: Callable[..., Any], open_page: Callable[..., Any], toy_weights: Path, tmp_path: Path
) -> None:
    page = open_page(serve("--weights", str(toy_weights)).url)
    films = [tmp_path / f"film-{seed}.png" for seed in (0, 1)]
    for seed, film in enumerate(films):
        film.write_bytes(film_bytes(seed))
    reviewed_film(page, films[0])
    page.set_input_files("input[type=file]", films[1])
    page.locator("button.film").filter(has_text="film-1.png").click()
    page.get_by_role("button", name="Inspect film").click()
    page.locator("[role=option]:not(.accepted)").first.wait_for()
    page.locator("button.film").filter(has_text="film-0.png").click()
    page.locator("[role=option].accepted").first.wait_for()

    page.get_by_role("button", name="toy 0.1").click()
    data = page.get_by_role("region", name="Training data")
    with page.expect_download() as download:
        data.get_by_role("button", name="Download reviewed films").click()
    assert download.value.suggested_filename == "corrections.zip"
    with zipfile.ZipFile(download.value.path()) as archive:
        assert {"coco.json", "provenance.json"} < set(archive.namelist()) and len(archive.namelist()) == 3
    data.get_by_role("button", name="Films worth labelling next").click()
    row = data.get_by_role("list", name="Films worth labelling next").get_by_role("button")
    row.wait_for()
    assert re.fullmatch(r"film-1\.pngUnsure: \d+ % · unlike the others: \d+ %", row.text_content())
    picture(page, "training-data")
    row.click()
    page.locator(".film[aria-current=true]").filter(has_text="film-1.png").wait_for()
    assert page.get_by_role("dialog").count() == 0


def test_results_go_to_the_archive(
    serve: Callable[..., Any], open_page: Callable[..., Any], toy_weights: Path, tmp_path: Path
) -> None:
    pixels = cv2.imdecode(np.frombuffer(film_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    film = tmp_path / "weld.dcm"
    film.write_bytes(encode_dicom(SimpleNamespace(pixels=pixels, context=WeldContext(), pixel_size_mm=0.05), "weld"))
    (tmp_path / "archive").mkdir()
    with receiving(Receiver(tmp_path / "archive"), 0, title="STORE") as port:
        archive = ("--archive", f"127.0.0.1:{port}", "--archive-aet", "STORE")
        page = open_page(serve("--weights", str(toy_weights), *archive).url)
        reviewed_film(page, film)
        page.get_by_role("tab", name="Report").click()
        with page.expect_download() as download:
            page.get_by_role("button", name="DICOM objects").click()
        assert download.value.suggested_filename == "weld.diconde.zip"
        page.get_by_role("button", name="Send to the archive").scroll_into_view_if_needed()
        picture(page, "archive")
        page.get_by_role("button", name="Send to the archive").click()
        page.get_by_label("Also the film itself").check()
        picture(page, "archive-send")
        page.get_by_role("dialog").get_by_role("button", name="Send", exact=True).click()
        page.get_by_text("4 objects are stored").wait_for()
    assert len(list((tmp_path / "archive").glob("*.dcm"))) == 4
