"""`report.html`: one page to read, print and keep; it needs no network and no other file for a moderate batch."""

import base64
from pathlib import Path
from typing import Final
from urllib.parse import quote

import cv2
import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from dynawave.images.files import write_bytes
from dynawave.records import WeldContext
from dynawave.reporting.json import InspectionFile

EMBEDDED: Final = 100
"""Up to this many pictures are put into the page; beyond, it would be too large to open, and they are linked."""
PAGE_WIDTH: Final = 1600
"""Pixels of an embedded picture's width; a click opens the full one."""


def write_html(document: InspectionFile, file: Path) -> None:
    """Write the page beside the overlays that it shows."""
    environment = Environment(
        loader=PackageLoader("dynawave.reporting"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    embed = len(document.images) <= EMBEDDED
    pictures = {i.id: _data_uri(file.parent / i.overlay) if embed else quote(i.overlay) for i in document.images}
    page = environment.get_template("report.html.j2").render(document=document, pictures=pictures, weld_text=weld_text)
    write_bytes(file, page.encode())


def weld_text(context: WeldContext) -> str:
    """What is known of a weld, in words; empty where that is nothing."""
    parts = (
        context.component,
        context.modality,
        " / ".join(context.base_metals),
        context.filler and f"filler {context.filler}",
        context.process,
        context.thickness_mm and f"{context.thickness_mm:g} mm",
        context.voltage_kv and f"{context.voltage_kv:g} kV",
        context.details.get("Note"),
    )
    return ", ".join(part for part in parts if part)


def _data_uri(overlay: Path) -> str:
    """The overlay as a JPEG of page width, as text."""
    picture = np.asarray(cv2.imdecode(np.frombuffer(overlay.read_bytes(), np.uint8), cv2.IMREAD_COLOR))
    shrink = PAGE_WIDTH / picture.shape[1]
    if shrink < 1:
        picture = np.asarray(cv2.resize(picture, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA))
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 85])
    return "data:image/jpeg;base64," + base64.b64encode(data.data).decode("ascii")
