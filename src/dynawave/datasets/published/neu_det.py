"""NEU-DET: hot-rolled steel strip with boxes about six kinds of surface defect.

He et al., IEEE Transactions on Instrumentation and Measurement 69 (2020). Two layouts go about: the authors' `IMAGES`
and `ANNOTATIONS` (http://faculty.neu.edu.cn/yunhyan/NEU_surface_defect_database.html), and that of
https://www.kaggle.com/datasets/kaustubhdikshit/neu-surface-defect-database: `train` and `validation`, each with
`images/CLASS/*.jpg` and `annotations/*.xml`. Annotations are Pascal VOC, one file an image.
"""

from pathlib import Path
from typing import Final

from dynawave.datasets.about import About
from dynawave.datasets.coco import MISSING, NO_CLASS, Box, CocoDataset, CocoImage
from dynawave.datasets.collector import Collector, image_files, image_size
from dynawave.datasets.faults import one_by_one, refuse
from dynawave.datasets.voc import read_objects

ABOUT: Final = About(
    name="NEU-DET", terms="NEU-DET: for research; no licence is stated, to be cited.", research_only=True
)
CLASSES: Final = ("crazing", "inclusion", "patches", "pitted_surface", "rolled-in_scale", "scratches")
PARTS: Final = {"train": "train", "validation": "val", "": None}


def is_neu_det(source: Path) -> bool:
    """Whether a folder has one of the two layouts."""
    places = (folder / name for folder in _folders(source).values() for name in CLASSES)
    return any(next(place.parent.glob(f"{place.name}_*.xml"), None) for place in places)


def read_neu_det(source: Path) -> CocoDataset:
    """Read the set; its parts are "train" and "val" in the second layout. Every image is a film of its own.

    Raises:
        DatasetError: the set does not follow its layout.
        ImageError: an image cannot be read.
    """
    collector = Collector(source, CLASSES, ABOUT)
    for part, folder in _folders(source).items():
        images = {file.stem: file for file in image_files(_images(source / part))}
        for label in sorted(folder.glob("*.xml")):
            file = images.pop(label.stem, None)
            if file is None:
                refuse(MISSING, f"{label}: has no image.")
                continue
            with one_by_one():
                objects = read_objects(label)
                image = collector.add_image(file, image_size(file), split=PARTS[part])
                for name, box in objects:
                    _add(collector, label, image, name, box)
        for file in images.values():
            refuse("image without annotations", f"{file}: has no annotations in {folder}.")
    return collector.dataset()


def _add(collector: Collector, label: Path, image: CocoImage, name: str, box: Box) -> None:
    if name in CLASSES:
        collector.add(label, image, name, box)
    else:
        refuse(NO_CLASS, f"{label}: names {name}, which is no class of this set.")


def _folders(source: Path) -> dict[str, Path]:
    """Folders of annotations by part."""
    places = {part: source / part / ("annotations" if part else "ANNOTATIONS") for part in PARTS}
    return {part: folder for part, folder in places.items() if folder.is_dir()}


def _images(part: Path) -> Path:
    return part / "images" if (part / "images").is_dir() else part / "IMAGES"
