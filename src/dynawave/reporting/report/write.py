"""From the folder of an inspection to the documents that are handed over."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from dynawave.acceptance import Judgement
from dynawave.acceptance.results import VERDICTS, read_inspection, read_judgement
from dynawave.errors import DynaWaveError, ImageError
from dynawave.images import read_image
from dynawave.images.files import write_bytes
from dynawave.records import WeldImage
from dynawave.reporting.json import ImageRecord, InspectionFile
from dynawave.reporting.report.content import build
from dynawave.reporting.report.films import Film
from dynawave.reporting.report.header import Header, Marks
from dynawave.reporting.report.pages import html, pdf
from dynawave.reporting.report.picture import Grey8, draw, film_view
from dynawave.reporting.report.quality import measure_quality
from dynawave.reporting.report.table import csv_table
from dynawave.reporting.report.texts import Language

LAYOUTS: Final = {".pdf": pdf, ".html": html}


def write_report(folder: Path, outs: Sequence[Path], header: Header, language: Language = "en") -> list[Path]:
    """Write the report of an inspection's folder, and beside it CSV, COCO and JSON under the same name.

    Args:
        folder: of `dynawave inspect`; its `verdicts.json`, if there is one, is shown.
        outs: files to write, .pdf or .html.
        header: what a person states.
        language: "de" or "en".

    Returns:
        All files that were written.

    Raises:
        DynaWaveError: a file cannot be read or written, or the verdicts are those of another inspection.
    """
    for out in outs:
        if out.suffix.lower() not in LAYOUTS:
            raise DynaWaveError(f"{out}: a report is a .pdf or an .html file.")
    document, sha256 = read_inspection(folder)
    judgement = _judgement(folder, sha256)
    verdicts = {image.image: image for image in judgement.images} if judgement else {}
    films = []
    for image in document.images:
        found = verdicts.get(image.id)
        outcomes = {v.indication: v.outcome for v in found.indications} if found else {}
        along = found.along if found else ("x" if image.width >= image.height else "y")
        films.append(shown_film(folder, image, outcomes, header, along == "x"))
    content = build(document, judgement, header, films, language)
    written = {out: LAYOUTS[out.suffix.lower()](content) for out in outs}
    written |= _beside(outs[0], folder, document, judgement)
    for path, data in written.items():
        write_bytes(path, data)
    return list(written)


def shown_film(folder: Path, image: ImageRecord, outcomes: Mapping[int, str], header: Header, along_x: bool) -> Film:
    """What is shown of an image: drawn from the film where that is at hand, else the overlay as it is.

    Raises:
        DynaWaveError: a marked place is not on the film, or there is neither film nor overlay.
    """
    film = _film(folder, image)
    if film is None:
        return Film(draw(_overlay(folder / image.overlay), (), {}), None)
    marks = header.image_quality.get(Path(image.file).name, Marks())
    path = film.path
    return Film(
        strips=draw(film_view(film), image.indications, outcomes),
        quality=measure_quality(film, image, marks, along_x),
        sha256=hashlib.sha256(path.read_bytes()).hexdigest() if path else "",
    )


def _film(folder: Path, image: ImageRecord) -> WeldImage | None:
    """The film where it lay when it was inspected, or beside the results; None if it is gone or another one."""
    for path in (Path(image.file), folder / Path(image.file).name):
        try:
            film = read_image(path, image.pixel_size_mm, image.page or 1)
        except ImageError:
            continue
        if (film.width, film.height) == (image.width, image.height):
            return film
    return None


def _overlay(file: Path) -> Grey8:
    picture = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE) if file.is_file() else None
    if picture is None:
        raise DynaWaveError(f"{file}: neither the film nor this picture of it can be read.")
    return np.asarray(picture, np.uint8)


def _judgement(folder: Path, sha256: str) -> Judgement | None:
    file = folder / VERDICTS
    if not file.is_file():
        return None
    judgement = read_judgement(file)
    if judgement.inspection_sha256 != sha256:
        raise DynaWaveError(f"{file}: judges another inspection than the one in its folder; run dynawave judge again.")
    return judgement


def _beside(out: Path, folder: Path, document: InspectionFile, judgement: Judgement | None) -> dict[Path, bytes]:
    """The files for other programs, under the report's name."""
    beside = {out.with_suffix(".csv"): csv_table(document, judgement)}
    for name in ("inspection.json", "coco.json", *([VERDICTS] if judgement else [])):
        if not (folder / name).is_file():
            raise DynaWaveError(f"{folder / name}: is missing from the inspection's folder.")
        beside[out.with_suffix(f".{name}")] = (folder / name).read_bytes()
    return beside
