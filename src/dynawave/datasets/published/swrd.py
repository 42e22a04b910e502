"""SWRD: whole radiographs of seam welds, 16 bit, with outlines of the flaws.

Zhao et al., SWRD: a dataset of radiographic image of seam weld for defect detection (Journal of Nondestructive
Evaluation 44:50, 2025), linked from https://github.com/bit628/RapidX-Annotator: `crop_weld_data` with
`crop_weld_images/L/1/A_DJ-RT-20220623-17.tif` and the LabelMe file of the same place and stem under `crop_weld_jsons`;
"L" are straight seams, "T" joints. Labels are Chinese; as users of the set found, 190 files of "T/2" have no image.
"""

import json
import re
from pathlib import Path
from typing import Annotated, Final

import numpy as np
from pydantic import AfterValidator, BaseModel, Field, FiniteFloat
from pydantic import ValidationError as Invalid

from dynawave.datasets.about import About
from dynawave.datasets.coco import NO_CLASS, NO_IMAGE, CocoDataset, CocoImage
from dynawave.datasets.collector import Collector, image_files
from dynawave.datasets.faults import one_by_one, refuse, remark
from dynawave.errors import DatasetError

ABOUT: Final = About(name="SWRD", terms="SWRD: for research, to be cited; no licence is stated.", research_only=True)
CLASSES: Final = {
    "气孔": "gas_pore",
    "夹渣": "slag_inclusion",
    "夹钨": "tungsten_inclusion",
    "裂纹": "crack",
    "未熔合": "lack_of_fusion",
    "未焊透": "lack_of_penetration",
    "咬边": "undercut",
    "焊瘤": "overlap",
    "内凹": "root_concavity",
}
NO_FLAW: Final = frozenset({"焊缝", "伪缺陷"})
"""The seam itself, and what looks like a flaw but is none."""


def _corners(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """A rectangle, which LabelMe gives by two corners, with all four."""
    if len(points) == 2:
        (left, top), (right, bottom) = points
        return [(left, top), (right, top), (right, bottom), (left, bottom)]
    if len(points) < 3:
        raise ValueError("an outline needs two corners of a rectangle, or three points")
    return points


class Shape(BaseModel):
    """An outline of LabelMe."""

    label: str
    points: Annotated[list[tuple[FiniteFloat, FiniteFloat]], AfterValidator(_corners)]


class Film(BaseModel):
    """A file of LabelMe; what else is in it does not matter here."""

    shapes: list[Shape]
    imageWidth: int = Field(gt=0)
    imageHeight: int = Field(gt=0)


def is_swrd(source: Path) -> bool:
    """Whether a folder has this layout, or holds the folder `crop_weld_data` that has."""
    return (_root(source) / "crop_weld_images").is_dir()


def read_swrd(source: Path) -> CocoDataset:
    """Read the set; the film of a crop is the radiograph that it was cut from: the name without "A_" or "B_".

    Outlines are cut at the border of the image. The set has no parts of its own. Image sizes are those of the labels,
    so that no image is decoded here: the set has 124 GB.

    Raises:
        DatasetError: the set does not follow its layout.
    """
    root = _root(source)
    images, labels = root / "crop_weld_images", root / "crop_weld_jsons"
    known = {file.relative_to(labels).with_suffix("") for file in labels.rglob("*.json")}
    collector = Collector(source, list(CLASSES.values()), ABOUT)
    for file in image_files(images):
        place = file.relative_to(images).with_suffix("")
        if place not in known:
            refuse("image without annotations", f"{file}: has no annotations in {labels}.")
            continue
        known.remove(place)
        label = labels / place.with_suffix(".json")
        with one_by_one():
            film = _read(label)
            image = collector.add_image(file, (film.imageWidth, film.imageHeight), re.sub("^[A-Z]_", "", file.stem))
            for shape in film.shapes:
                _add(collector, label, image, shape)
    for place in sorted(known):
        remark(NO_IMAGE, f"{labels / place}.json: has no image in {images}.")
    return collector.dataset()


def _add(collector: Collector, label: Path, image: CocoImage, shape: Shape) -> None:
    if shape.label in CLASSES:
        points = np.clip(np.array(shape.points), 0, [image.width, image.height])
        collector.add_polygon(label, image, CLASSES[shape.label], points)
    elif shape.label not in NO_FLAW:
        refuse(NO_CLASS, f"{label}: names {shape.label}, which is no class of this set.")


def _read(file: Path) -> Film:
    try:
        return Film.model_validate(json.loads(file.read_bytes()))
    except (ValueError, RecursionError, Invalid) as error:
        raise DatasetError(f"{file}: is not a LabelMe file with shapes and the size of its image.") from error


def _root(source: Path) -> Path:
    inner = source / "crop_weld_data"
    return inner if inner.is_dir() else source
