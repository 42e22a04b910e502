"""ML-NDT: phased-array B-scans of an austenitic pipe weld, some with a crack written into them.

Virkkunen et al., Augmented ultrasonic data for machine learning (Journal of Nondestructive Evaluation 40:4, 2021),
https://github.com/iikka-v/ML-NDT, layout as its `src/train.py` reads it: `UUID.bins`, 16-bit numbers without a header,
256 x 256 a scan, and `UUID.labels`, a line a scan: 1 for a crack or 0, and its equivalent size in mm. `UUID.jsons` has
places along the original recording, of which nothing says where the scans were cut.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dynawave.datasets.about import About
from dynawave.datasets.coco import CocoDataset, CocoImage
from dynawave.datasets.collector import Collector
from dynawave.datasets.faults import one_by_one
from dynawave.errors import DatasetError, ImageError
from dynawave.records import WeldImage

ABOUT: Final = About(name="ML-NDT", terms="ML-NDT: LGPL-3.0.", labels="image")
CRACK: Final = "crack"
EDGE: Final = 256
SCAN_BYTES: Final = 2 * EDGE * EDGE
MAX_SCANS: Final = 10_000
PARTS: Final = {"training": "train", "validation": "val", "": None}


def is_ml_ndt(source: Path) -> bool:
    """Whether a folder has this layout."""
    return next(_containers(source), None) is not None


def read_ml_ndt(source: Path) -> CocoDataset:
    """Read the labels; a scan is an image, a page of its container, which is its film.

    All scans are of one weld with three cracks: whatever the split, a test on them says nothing of other welds. A
    crack's size is its height, as the paper has it.

    Raises:
        DatasetError: a container is not of whole scans, or its labels are not of as many lines.
    """
    collector = Collector(source, [CRACK], ABOUT)
    for file, split in _containers(source):
        with one_by_one():
            labels = _read_labels(file.with_suffix(".labels"), _count(file))
            for page, (cracked, height) in enumerate(labels.tolist(), 1):
                image = collector.add_image(file, (EDGE, EDGE), file.stem, split=split, page=page)
                if cracked:
                    collector.add_whole(file, image, CRACK, height_mm=height)
    dataset = collector.dataset()
    return CocoDataset(dataset.root, dataset.images, dataset.categories, dataset.annotations, dataset.about, read_scan)


def read_scan(path: Path, image: CocoImage) -> WeldImage:
    """A scan of a container, uint16 [256, 256].

    Raises:
        ImageError: the file does not hold it.
    """
    page = image.page or 1
    try:
        with path.open("rb") as file:
            file.seek((page - 1) * SCAN_BYTES)
            data = file.read(SCAN_BYTES)
    except OSError as error:
        raise ImageError(f"{path}#{page}: cannot be read ({error.strerror}).") from error
    if len(data) != SCAN_BYTES:
        raise ImageError(f"{path}#{page}: is cut off: its end is missing.")
    return WeldImage(np.frombuffer(data, "<u2").reshape(EDGE, EDGE).astype(np.uint16), path, page=page)


def _containers(source: Path) -> Iterator[tuple[Path, str | None]]:
    for part, split in PARTS.items():
        for file in sorted((source / part).glob("*.bins")):
            yield file, split


def _count(file: Path) -> int:
    """Number of scans of a container, by its size alone."""
    size = file.stat().st_size
    if not size or size % SCAN_BYTES or size > MAX_SCANS * SCAN_BYTES:
        raise DatasetError(f"{file}: has {size} bytes, which are not 1 to {MAX_SCANS} scans of {SCAN_BYTES} bytes.")
    return size // SCAN_BYTES


def _read_labels(file: Path, count: int) -> NDArray[np.float64]:
    """Crack (0 or 1) and size in mm of each scan, [scans, 2]."""
    try:
        labels = np.loadtxt(file, ndmin=2)
    except (OSError, ValueError) as error:
        raise DatasetError(f"{file}: cannot be read as numbers.") from error
    if labels.shape != (count, 2):
        raise DatasetError(f"{file}: is not {count} lines of two numbers, one for each scan.")
    if not np.isin(labels[:, 0], (0, 1)).all() or not np.isfinite(labels).all() or labels.min() < 0:
        raise DatasetError(f"{file}: holds a label that is not 0 or 1, or a size that is no length.")
    return labels
