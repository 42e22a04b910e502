"""YOLO layout: `images/` and `labels/` side by side, a text file an image, coordinates as shares of its size."""

from pathlib import Path

import numpy as np

from dynawave.datasets.coco import CocoDataset, CocoImage
from dynawave.datasets.collector import Collector, image_files, image_size
from dynawave.datasets.names import class_names
from dynawave.errors import DatasetError


def read_yolo(source: Path) -> CocoDataset:
    """Read boxes (class, centre x, centre y, width, height) or polygons (class, x1, y1, x2, y2, ...) a line.

    Subfolders such as `train` are read alike in both folders. An image without a text file has no flaws. Names come
    from `class_names`, else they are "class_0", ...

    Raises:
        DatasetError: a line is not of this form, has an unknown class or leaves the image.
    """
    images = source / "images"
    files = image_files(images)
    labels = [source / "labels" / file.relative_to(images).with_suffix(".txt") for file in files]
    lines = [_read(label) if label.is_file() else [] for label in labels]
    names = class_names(source) or {k: f"class_{k}" for k in sorted({kind for each in lines for _, kind, _ in each})}
    collector = Collector(source, list(names.values()))
    for file, label, found in zip(files, labels, lines, strict=True):
        image = collector.add_image(file, image_size(file))
        for number, kind, shares in found:
            if kind not in names:
                raise DatasetError(f"{label}: line {number} names class {kind}, which is unknown.")
            _add(collector, label, image, names[kind], shares)
    return collector.dataset()


def _read(file: Path) -> list[tuple[int, int, list[float]]]:
    """Line number, class and shares of each line."""
    found = []
    for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        if not line.strip():
            continue
        try:
            kind, *shares = map(float, line.split())
        except ValueError as error:
            raise DatasetError(f"{file}: line {number} is not a row of numbers.") from error
        polygon = len(shares) >= 6 and len(shares) % 2 == 0
        if not (len(shares) == 4 or polygon) or kind != int(kind) or not np.isfinite(shares).all():
            raise DatasetError(f"{file}: line {number} is neither a box nor a polygon.")
        found.append((number, int(kind), shares))
    return found


def _add(collector: Collector, label: Path, image: CocoImage, name: str, shares: list[float]) -> None:
    points = np.array(shares).reshape(-1, 2) * [image.width, image.height]
    if len(points) == 2:
        (left, top), (width, height) = points - [points[1] / 2, [0, 0]]
        collector.add(label, image, name, (left, top, width, height))
        return
    collector.add_polygon(label, image, name, points)
