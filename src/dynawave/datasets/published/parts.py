"""Sets in COCO files, one a part: pipe welds and melt pools."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Final

from dynawave.datasets.about import About
from dynawave.datasets.coco import MISSING, CocoAnnotation, CocoCategory, CocoDataset, CocoImage, parse_coco
from dynawave.datasets.faults import one_by_one, refuse
from dynawave.datasets.published.alike import grouped
from dynawave.taxonomy import flaw_class

PIPE_WELD: Final = About(
    name="Pipe welds",
    terms="Pipe welds: the source repository says MIT; the photographs' origin is unknown: not to be redistributed.",
    research_only=True,
)
MELT_POOLS: Final = About(name="NASA melt pools", terms="NASA pretrained-microscopy-models: MIT.")

PIPE_PARTS: Final = {"train": "train.json", "val": "val.json"}
POOL_PARTS: Final = {"train": "annotations/train.json", "validation": "annotations/validation.json"}


def is_pipe_weld(source: Path) -> bool:
    """Whether a folder has the layout of the pipe welds: `train.json` with `train`, `val.json` with `val`."""
    return all((source / file).is_file() and (source / part).is_dir() for part, file in PIPE_PARTS.items())


def read_pipe_weld(source: Path) -> CocoDataset:
    """Read the photographs of pipe welds, in the parts "train" and "val", which share no specimen.

    Which images show one specimen is not published: the film is a group of near-duplicates (`alike.grouped`).

    Raises:
        DatasetError: the set does not follow its layout.
        ImageError: an image cannot be read.
    """
    return grouped(_read(source, PIPE_PARTS, PIPE_WELD, lambda stem: stem))


def is_melt_pools(source: Path) -> bool:
    """Whether a folder has the layout of the melt pools: `annotations/PART.json` with `PART`."""
    return all((source / file).is_file() and (source / part).is_dir() for part, file in POOL_PARTS.items())


def read_melt_pools(source: Path) -> CocoDataset:
    """Read the etched cross-sections of beads, in the parts "train" and "val" (published as "validation").

    https://github.com/nasa/pretrained-microscopy-models, `examples/instance_segmentation/data`. Windows overlap by half
    along a slice, so the film is the slice: a file's name up to the first "_".

    Raises:
        DatasetError: the set does not follow its layout.
    """
    return _read(source, POOL_PARTS, MELT_POOLS, lambda stem: stem.partition("_")[0])


def _read(source: Path, parts: Mapping[str, str], about: About, film: Callable[[str], str]) -> CocoDataset:
    """Join the parts under new numbers; images lie in the folder of their part whatever the file says before."""
    images: list[CocoImage] = []
    annotations: list[CocoAnnotation] = []
    names: list[str] = []
    reads: dict[str, CocoDataset] = {}
    for part, file in parts.items():
        with one_by_one():
            reads[part] = parse_coco(source / file, source)
    for part, read in reads.items():
        file = parts[part]
        found = [category.name for category in read.categories]
        if names and names != found:
            refuse("classes that differ between parts", f"{source / file}: has the classes {found}, others {names}.")
        names += [name for name in found if name not in names]
        class_of = {category.id: names.index(category.name) + 1 for category in read.categories}
        for image in read.images:
            name = f"{part}/{PurePosixPath(image.file_name).name}"
            if not (source / name).is_file():
                refuse(MISSING, f"{source / file}: image {image.id} names {image.file_name}, which is not in {part}.")
                continue
            update = {"id": len(images) + 1, "file_name": name, "film": film(PurePosixPath(name).stem)}
            images.append(image.model_copy(update=update | {"split": part.removesuffix("idation")}))
            for annotation in read.annotations_of(image):
                numbers = {"id": len(annotations) + 1, "image_id": len(images)}
                category = {"category_id": class_of[annotation.category_id]}
                annotations.append(annotation.model_copy(update=numbers | category))
    categories = (CocoCategory(id=k, name=name, iso6520=flaw_class(name).iso6520) for k, name in enumerate(names, 1))
    empty = CocoDataset(source, (), (), (), about)
    return replace(empty, images=tuple(images), categories=tuple(categories), annotations=tuple(annotations))
