"""The film with its indications drawn on: outline of the mask, box, and a label with class, score and length."""

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.images.normalise import grey_range, to_grey
from dynawave.records import Indication, Inspection, WeldImage

WIDEST = 3000
"""A wider film is scaled down to this, in pixels; labels then stay legible when it is seen at screen size."""
NARROWEST = 640
"""An image whose longer side is less is scaled up, so that labels have room."""
FONT = cv2.FONT_HERSHEY_SIMPLEX

Picture = NDArray[np.uint8]
Corners = tuple[int, int, int, int]


def draw_overlay(inspection: Inspection) -> Picture:
    """The picture, red-green-blue uint8; the strongest indication is drawn last and labelled first."""
    image = inspection.image
    scale = _scale(image)
    picture = _view(image, scale)
    thick = max(1, round(max(picture.shape[:2]) / 1500))
    for indication in reversed(inspection.indications):
        _outline(picture, indication, scale, thick)
    boxes = [_corners(indication, scale) for indication in inspection.indications]
    labels: list[Corners] = []
    for indication in inspection.indications:
        _label(picture, indication, scale, thick, labels, boxes)
    return picture


def length_text(pixels: float, mm: float | None) -> str:
    """A length with its unit: in mm, or in px where the pixel size is unknown."""
    if mm is None:
        return f"{pixels:.0f} px"
    return f"{mm:.2f} mm" if mm < 1 else f"{mm:.1f} mm"


def _scale(image: WeldImage) -> float:
    longest = max(image.width, image.height)
    return min(WIDEST / longest, 1.0) if longest >= NARROWEST else min(NARROWEST / longest, 8.0)


def _view(image: WeldImage, scale: float) -> Picture:
    """The film at 8 bits, stretched between robust percentiles."""
    grey = to_grey(image.pixels)
    low, high = grey_range(grey)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    sized = cv2.resize(grey, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    view = ((sized - low) * (255 / (high - low))).clip(0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(view, cv2.COLOR_GRAY2RGB), np.uint8)


def _corners(indication: Indication, scale: float) -> Corners:
    x, y, width, height = indication.box
    return round(x * scale), round(y * scale), round((x + width) * scale), round((y + height) * scale)


def _outline(picture: Picture, indication: Indication, scale: float, thick: int) -> None:
    x0, y0, x1, y1 = _corners(indication, scale)
    # one empty pixel around, or a contour could not close at the crop's border
    mask = np.pad(indication.mask, 1).astype(np.uint8)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    offset = np.array(indication.mask_offset) - 1
    scaled = [np.rint((contour + offset + 0.5) * scale).astype(np.int32) for contour in contours]
    cv2.polylines(picture, scaled, True, indication.flaw.colour, thick, cv2.LINE_AA)
    cv2.rectangle(picture, (x0, y0), (x1, y1), indication.flaw.colour, thick)


def _label(
    picture: Picture,
    indication: Indication,
    scale: float,
    thick: int,
    labels: list[Corners],
    boxes: list[Corners],
) -> None:
    """Write the label above the box or under it, where it hides no other label and no flaw.

    Where there is no such place, only the number is written; between crowded flaws it may lie on one, or stay out.
    """
    flaw = indication.flaw.name.replace("_", " ")
    length = length_text(indication.length_px, indication.length_mm)
    full = f"{indication.id} {flaw} {indication.score:.2f} {length}"
    x0, y0, _, y1 = _corners(indication, scale)
    size = 0.45 * (1 + thick) / 2
    number = str(indication.id)
    for text, avoided in ((full, labels + boxes), (number, labels + boxes), (number, labels)):
        (width, height), _ = cv2.getTextSize(text, FONT, size, thick)
        width, height = width + 4 * thick, height + 6 * thick
        for y in (y0 - height, y1):
            place = _inside(picture, x0, y, width, height)
            if not any(_meet(place, other) for other in avoided):
                labels.append(place)
                return _write(picture, text, place, indication, size, thick)
    return None


def _inside(picture: Picture, x: int, y: int, width: int, height: int) -> Corners:
    """A label's corners moved into the picture."""
    x = max(0, min(x, picture.shape[1] - width))
    y = max(0, min(y, picture.shape[0] - height))
    return x, y, x + width, y + height


def _meet(a: Corners, b: Corners) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _write(picture: Picture, text: str, place: Corners, indication: Indication, size: float, thick: int) -> None:
    colour = indication.flaw.colour
    dark = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2] < 128
    cv2.rectangle(picture, place[:2], place[2:], colour, cv2.FILLED)
    corner = (place[0] + 2 * thick, place[3] - 3 * thick)
    cv2.putText(picture, text, corner, FONT, size, (255, 255, 255) if dark else (0, 0, 0), thick, cv2.LINE_AA)
