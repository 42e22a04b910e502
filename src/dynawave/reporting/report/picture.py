"""The film with numbered indications as SVG: one drawing for the page and for the PDF, sharp at any size."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, hypot
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.images.normalise import grey_range, to_grey
from dynawave.records import WeldImage
from dynawave.reporting.json import IndicationRecord

WIDTH_MM: Final = 180.0
HEIGHT_MM: Final = 150.0
"""The room on the page."""
LONGEST: Final = 3.5
"""A film longer than this many times its height is cut into strips, one under the other."""
RESOLUTION: Final = 12.0
"""Most pixels of the film a millimetre of paper: 305 dpi."""
NUMBER_MM: Final = 2.3
STYLES: Final = {
    "acceptable": ("#4be37f", "none"),
    "not acceptable": ("#ff4b4b", "none"),
    "no verdict": ("#ffb52e", "5 3"),
    "": ("#46c3ff", "none"),
}
"""Colour and dashes of an outcome; "" where nothing was judged. Dashes and width tell them apart without colour too."""
THICK: Final = {"not acceptable": 0.5}

Grey8 = NDArray[np.uint8]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Strip:
    """A part of the film to be set on the page: SVG, and its width and height in mm there."""

    svg: str
    width_mm: float
    height_mm: float


def film_view(image: WeldImage) -> Grey8:
    """The film at 8 bits, stretched between robust percentiles, uint8 [height, width]."""
    grey = to_grey(image.pixels)
    low, high = grey_range(grey)
    return ((grey - low) * (255 / (high - low))).clip(0, 255).astype(np.uint8)


def draw(view: Grey8, indications: Sequence[IndicationRecord], outcomes: Mapping[int, str]) -> list[Strip]:
    """The strips of a film.

    Args:
        view: of the film, uint8 [height, width].
        indications: to be numbered.
        outcomes: by an indication's number; one that is missing was not judged.
    """
    height, width = view.shape
    if width >= height:
        count = max(1, ceil(width / height / LONGEST))
        cuts = [(round(i * width / count), 0, round((i + 1) * width / count), height) for i in range(count)]
    else:
        cuts = [(0, 0, width, height)]
    return [_strip(view, cut, indications, outcomes) for cut in cuts]


def _strip(
    view: Grey8, cut: tuple[int, int, int, int], indications: Sequence[IndicationRecord], outcomes: Mapping[int, str]
) -> Strip:
    x0, y0, x1, y1 = cut
    width, height = x1 - x0, y1 - y0
    mm = min(WIDTH_MM / width, HEIGHT_MM / height)
    size = width * mm, height * mm
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]:.2f} {size[1]:.2f}">',
        f'<image width="{size[0]:.2f}" height="{size[1]:.2f}" preserveAspectRatio="none" '
        f'href="{_jpeg(view[y0:y1, x0:x1], size)}"/>',
    ]
    boxes = {i.id: _on_page(i.box, x0, y0, mm) for i in indications if i.box[0] < x1 and i.box[0] + i.box[2] > x0}
    labels: list[Box] = []
    for number, box in boxes.items():
        parts.append(_rectangle(box, outcomes.get(number, "")))
    for number, box in boxes.items():
        label = _place(number, box, list(boxes.values()), labels, size)
        labels.append(label)
        parts += _number(number, box, label, outcomes.get(number, ""))
    return Strip("\n".join([*parts, "</svg>"]), *size)


def _jpeg(view: Grey8, size: tuple[float, float]) -> str:
    shrink = size[0] * RESOLUTION / view.shape[1]
    if shrink < 1:
        view = np.asarray(cv2.resize(view, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.uint8)
    _, data = cv2.imencode(".jpg", view, [cv2.IMWRITE_JPEG_QUALITY, 88])
    return "data:image/jpeg;base64," + base64.b64encode(data.data).decode("ascii")


def _on_page(box: Box, x0: int, y0: int, mm: float) -> Box:
    """A box (x, y, width, height) in mm of paper, with a little air around the flaw."""
    x, y, width, height = box
    air = 0.4
    return (x - x0) * mm - air, (y - y0) * mm - air, width * mm + 2 * air, height * mm + 2 * air


def _rectangle(box: Box, outcome: str) -> str:
    colour, dashes = STYLES[outcome]
    dashed = f' stroke-dasharray="{" ".join(str(float(d) / 6) for d in dashes.split())}"' if dashes != "none" else ""
    x, y, width, height = box
    return (
        f'<rect x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}" fill="none" '
        f'stroke="{colour}" stroke-width="{THICK.get(outcome, 0.3)}"{dashed}/>'
    )


def _place(number: int, box: Box, boxes: Sequence[Box], labels: Sequence[Box], size: tuple[float, float]) -> Box:
    """Where a number hides no flaw and no other number: beside its box, else farther out, tied by a line."""
    width, height = 0.62 * NUMBER_MM * len(str(number)) + 0.8, NUMBER_MM + 0.3
    x, y, w, h = box
    for distance in (0.0, 1.0, 3.0, 5.5, 8.5, 12.0, 16.0):
        left, right, up, down = x - width - distance, x + w + distance, y - height - distance, y + h + distance
        mid_x, mid_y = x + w / 2 - width / 2, y + h / 2 - height / 2
        for place in ((x, up), (x, down), (right, up), (left, up), (right, mid_y), (left, mid_y),
                      (mid_x, up), (mid_x, down), (right, down), (left, down)):  # fmt: skip
            label = (*place, width, height)
            inside = label[0] >= 0 and label[1] >= 0 and label[0] + width <= size[0] and label[1] + height <= size[1]
            if inside and not any(_meet(label, other) for other in (*labels, *(b for b in boxes if b is not box))):
                return label
    return max(0.0, min(x, size[0] - width)), max(0.0, min(y, size[1] - height)), width, height


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


def _number(number: int, box: Box, label: Box, outcome: str) -> list[str]:
    """The number on a plate of the outcome's colour, and a line to its box where they do not touch."""
    colour = STYLES[outcome][0]
    x, y, width, height = label
    parts = []
    middle = x + width / 2, y + height / 2
    near = min(max(middle[0], box[0]), box[0] + box[2]), min(max(middle[1], box[1]), box[1] + box[3])
    if hypot(near[0] - middle[0], near[1] - middle[1]) > hypot(width, height) / 2 + 0.5:
        ends = f'x1="{middle[0]:.2f}" y1="{middle[1]:.2f}" x2="{near[0]:.2f}" y2="{near[1]:.2f}"'
        parts.append(f'<line {ends} stroke="{colour}" stroke-width="0.2"/>')
    plate = f'x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}"'
    parts.append(f'<rect {plate} rx="0.4" fill="{colour}"/>')
    text = f'x="{middle[0]:.2f}" y="{middle[1] + 0.36 * NUMBER_MM:.2f}" font-size="{NUMBER_MM}"'
    family = "DejaVu Sans Mono, Menlo, Consolas, monospace"
    parts.append(f'<text {text} font-family="{family}" text-anchor="middle" fill="#111">{number}</text>')
    return parts
