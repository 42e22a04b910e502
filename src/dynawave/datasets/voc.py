"""Pascal VOC layout: an XML file an image, in `Annotations/` beside `JPEGImages/`, or beside the images."""

from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from dynawave.datasets.coco import Box, CocoDataset
from dynawave.datasets.collector import Collector, image_files, image_size
from dynawave.errors import DatasetError

ANNOTATIONS: Final = ("Annotations", "annotations")
IMAGES: Final = ("JPEGImages", "images")


def read_voc(source: Path) -> CocoDataset:
    """Read boxes; an image without an XML file has no flaws. Class names are those of the files, by alphabet.

    VOC counts pixels from 1 and includes the last: a box from xmin to xmax is xmax - xmin + 1 wide.

    Raises:
        DatasetError: a file is not VOC XML, or a box leaves its image.
    """
    images = next((source / name for name in IMAGES if (source / name).is_dir()), source)
    annotations = next((source / name for name in ANNOTATIONS if (source / name).is_dir()), images)
    files = image_files(images)
    labels = [annotations / file.relative_to(images).with_suffix(".xml") for file in files]
    objects = [read_objects(label) if label.is_file() else [] for label in labels]
    collector = Collector(source, sorted({name for found in objects for name, _ in found}))
    for file, label, found in zip(files, labels, objects, strict=True):
        image = collector.add_image(file, image_size(file))
        for name, box in found:
            collector.add(label, image, name, box)
    return collector.dataset()


def read_objects(file: Path) -> list[tuple[str, Box]]:
    """Name and box of each object of an annotation file.

    Raises:
        DatasetError: it is not VOC XML.
    """
    try:
        tree = ElementTree.fromstring(file.read_bytes())
        return [(_text(item, "name"), _box(item)) for item in tree.iter("object")]
    except (ElementTree.ParseError, ValueError) as error:
        raise DatasetError(f"{file}: is not a VOC annotation ({error}).") from error


def _box(item: ElementTree.Element) -> Box:
    left, top, right, bottom = (float(_text(item, f"bndbox/{side}")) for side in ("xmin", "ymin", "xmax", "ymax"))
    return left - 1, top - 1, right - left + 1, bottom - top + 1


def _text(item: ElementTree.Element, path: str) -> str:
    text = item.findtext(path)
    if not text or not text.strip():
        raise ValueError(f"an object has no {path}")
    return text.strip()
