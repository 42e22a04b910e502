"""Where an indication lies: polygons, masks as runs, and their sizes in pixels."""

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.datasets.items import CocoAnnotation, CocoImage
from dynawave.datasets.raster import annotation_mask
from dynawave.inspection.measure import measure
from dynawave.records import Indication
from dynawave.rle import Rle, decode, encode
from dynawave.workbench.errors import Unreadable

Box = tuple[float, float, float, float]
Polygon = list[tuple[float, float]]
Mask = NDArray[np.bool_]
Document = dict[str, Any]

SMOOTH_PX: Final = 0.6
"""How far a polygon that is drawn for a mask may leave its outline."""
THINNEST: Final = 0.01
"""Side of a box that its rounding still keeps."""
MAX_POINTS: Final = 2000


def proposed(indication: Indication) -> Document:
    """Where a model's indication lies, as an event keeps it."""
    x, y = indication.mask_offset
    return {
        "box": [round(side, 2) for side in indication.box],
        "polygon": outline(indication.mask, (x, y)),
        "mask": {"offset": [x, y], "rle": encode(indication.mask)},
        "length_px": round(indication.length_px, 2),
        "width_px": round(indication.width_px, 2),
        "area_px": indication.area_px,
        "spread": [round(side, 2) for side in indication.spread],
    }


def drawn(box: Box | None, polygon: Polygon | None, width: int, height: int) -> Document:
    """Where a person's box or polygon lies; a polygon goes before a box.

    Raises:
        Unreadable: neither is given, or nothing of it lies on the film.
    """
    if not polygon:
        if box is None:
            raise Unreadable("An indication needs a box or a polygon.")
        x, y, across, down = box
        polygon = [(x, y), (x + across, y), (x + across, y + down), (x, y + down)]
    points = np.array(polygon, np.float64).clip([0, 0], [width, height])
    left, top = (int(side) for side in np.floor(points.min(0)))
    right, bottom = (int(side) for side in np.ceil(points.max(0)))
    if len(points) < 3 or right - left < 1 or bottom - top < 1:
        raise Unreadable("Nothing of the shape lies on the film.")
    mask = _filled(points, (left, top), (right - left, bottom - top))
    size = measure(mask)
    (x0, y0), (x1, y1) = points.min(0), points.max(0)
    if x1 - x0 < THINNEST:  # a box has two sides, or no other program reads it: those of the pixels that are touched
        x0, x1 = left, right
    if y1 - y0 < THINNEST:
        y0, y1 = top, bottom
    return {
        "box": [round(float(side), 2) for side in (x0, y0, x1 - x0, y1 - y0)],
        "polygon": [[round(float(a), 2), round(float(b), 2)] for a, b in points],
        "mask": {"offset": [left, top], "rle": encode(mask)},
        "length_px": round(size.length, 2),
        "width_px": round(size.width, 2),
        "area_px": size.area,
        "spread": None,
    }


def _filled(points: NDArray[np.float64], corner: tuple[int, int], size: tuple[int, int]) -> Mask:
    """The pixels of which the polygon covers half or more; of one that is thinner everywhere those that it touches."""
    inside = points - corner
    x, y = inside.min(0)
    across, down = inside.max(0) - (x, y)
    image = CocoImage(id=1, file_name="crop", width=size[0], height=size[1])
    drawn = {"id": 1, "image_id": 1, "category_id": 1, "bbox": (x, y, max(across, 1), max(down, 1)), "area": 0}
    annotation = CocoAnnotation.model_validate(drawn | {"segmentation": [inside.ravel().tolist()]})
    mask, _ = annotation_mask(annotation, image)
    if mask.any():
        return mask
    touched = np.zeros((size[1], size[0]), np.uint8)
    cv2.polylines(touched, [np.rint(inside - 0.5).astype(np.int32)], True, 1)
    return touched.astype(bool)


def mask_of(state: Document) -> tuple[Mask, tuple[int, int]]:
    """The mask's crop and the (x, y) of its first pixel."""
    rle: Rle = state["mask"]["rle"]
    x, y = state["mask"]["offset"]
    return decode(rle), (x, y)


def outline(mask: Mask, offset: tuple[int, int]) -> list[list[float]]:
    """The outer contour of the mask's largest part, along its pixels' outer edges, in pixels of the film."""
    doubled = np.repeat(np.repeat(np.pad(mask, 1).astype(np.uint8), 2, 0), 2, 1)
    contours, _ = cv2.findContours(doubled, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return []
    largest = max(contours, key=cv2.contourArea)
    simple = cv2.approxPolyDP(largest, 2 * SMOOTH_PX, True)[:, 0]
    # on the doubled grid the outer edge runs half a small pixel outside the contour's centres
    points = (simple + 0.5) / 2 - 1 + np.array(offset)
    return [[round(float(x), 2), round(float(y), 2)] for x, y in points]


def overlap(first: Document, second: Document) -> float:
    """Intersection over union of two boxes."""
    ax, ay, aw, ah = first["box"]
    bx, by, bw, bh = second["box"]
    across = min(ax + aw, bx + bw) - max(ax, bx)
    down = min(ay + ah, by + bh) - max(ay, by)
    if across <= 0 or down <= 0:
        return 0.0
    shared = across * down
    return float(shared / (aw * ah + bw * bh - shared))
