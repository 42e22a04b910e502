"""The COCO layout that every annotated set has here: `DIR/coco.json` beside the images it names.

Example:
    >>> dataset = load_coco("films")  # doctest: +SKIP
    >>> for image in dataset.images:  # doctest: +SKIP
    ...     instances, classes = instance_map(dataset, image)
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any, Final, TypeVar

from pydantic import BaseModel, TypeAdapter
from pydantic import ValidationError as Invalid
from pydantic_core import ErrorDetails

from dynawave.datasets.about import UNKNOWN, About
from dynawave.datasets.faults import gathering, refuse
from dynawave.datasets.items import Box, CocoAnnotation, CocoCategory, CocoImage, RunLengths
from dynawave.errors import DatasetError
from dynawave.images import read_image
from dynawave.images.files import written_aside
from dynawave.records import WeldImage
from dynawave.taxonomy import FLAW, among, flaw_class

__all__ = ["Box", "CocoAnnotation", "CocoCategory", "CocoDataset", "CocoImage", "RunLengths", "clip_box", "in_classes"]
__all__ += ["load_coco", "one_class", "parse_coco", "read_file", "write_coco"]

FILE_NAME: Final = "coco.json"
ROUNDING_PX: Final = 1.0
"""A box may reach this far beyond its image, as rounding in other tools makes it; it is then clipped."""

BOX_PLACE: Final = "box outside its image"
BOX_SIZE: Final = "empty or inverted box"
ITEM: Final = "invalid entry"
MISSING: Final = "image that is not there"
NO_CLASS: Final = "annotation of an unknown class"
NO_IMAGE: Final = "annotation of an image that is not there"
OUTSIDE: Final = "path that leaves the set"

Item = TypeVar("Item", bound=BaseModel)


def read_file(path: Path, image: CocoImage) -> WeldImage:
    """The image in a file of a usual format."""
    return read_image(path, image.pixel_size_mm, image.page or 1)


@dataclass(frozen=True)
class CocoDataset:
    """Annotated images under `root`; the order of the categories is the order of the classes of a model.

    `reader` gives an image of the file at a path: sets may keep their images in files of their own format.
    """

    root: Path
    images: tuple[CocoImage, ...]
    categories: tuple[CocoCategory, ...]
    annotations: tuple[CocoAnnotation, ...]
    about: About = UNKNOWN
    reader: Callable[[Path, CocoImage], WeldImage] = read_file

    def path(self, image: CocoImage) -> Path:
        """The image's file."""
        return self.root / (image.file_name.rpartition("#")[0] if image.page else image.file_name)

    def picture(self, image: CocoImage) -> WeldImage:
        """Read the image.

        Raises:
            ImageError: its file cannot be read.
        """
        return self.reader(self.path(image), image)

    def annotations_of(self, image: CocoImage) -> tuple[CocoAnnotation, ...]:
        """The image's annotations in the order of the file."""
        return self._by_image.get(image.id, ())

    def subset(self, images: tuple[CocoImage, ...]) -> "CocoDataset":
        """The set reduced to some of its images, with all categories."""
        kept = {image.id for image in images}
        annotations = tuple(a for a in self.annotations if a.image_id in kept)
        return replace(self, images=images, annotations=annotations)

    @cached_property
    def class_index(self) -> dict[int, int]:
        """Category id to index in `categories`."""
        return {category.id: index for index, category in enumerate(self.categories)}

    @cached_property
    def _by_image(self) -> dict[int, tuple[CocoAnnotation, ...]]:
        groups: dict[int, list[CocoAnnotation]] = defaultdict(list)
        for annotation in self.annotations:
            groups[annotation.image_id].append(annotation)
        return {key: tuple(group) for key, group in groups.items()}


def load_coco(path: str | Path) -> CocoDataset:
    """Read and check a set: a folder holding `coco.json`, or the file itself, whose folder is then the root.

    Raises:
        DatasetError: the file is not COCO JSON, an id is used twice or is unknown, a box leaves its image, or an image
            is missing or outside the folder.
    """
    source = Path(path)
    file = source / FILE_NAME if source.is_dir() else source
    dataset = parse_coco(file, file.parent)
    missing = [image for image in dataset.images if not dataset.path(image).is_file()]
    for image in missing:
        refuse(MISSING, f"{file}: image {image.id} names {image.file_name}, which is not there.")
    gone = {image.id for image in missing}
    return dataset.subset(tuple(image for image in dataset.images if image.id not in gone)) if gone else dataset


def one_class(dataset: CocoDataset) -> CocoDataset:
    """The set with every flaw of the one class "flaw"."""
    flaw = CocoCategory(id=1, name=FLAW.name, iso6520=FLAW.iso6520)
    annotations = tuple(a.model_copy(update={"category_id": flaw.id}) for a in dataset.annotations)
    return replace(dataset, categories=(flaw,), annotations=annotations)


def in_classes(dataset: CocoDataset, classes: Sequence[str]) -> CocoDataset:
    """The set as a detector of these classes sees it; they come first among its categories, in their order.

    A flaw has its own class where the detector has it, else its family's (`taxonomy.among`), else it stays what it is.
    Where the detector has a name for none, or knows but "flaw", all are of this one class.
    """
    names = {category.id: among(category.name, classes) for category in dataset.categories}
    if not any(names.values()) or list(classes) == [FLAW.name]:
        return one_class(dataset)
    own = {category.name: category for category in dataset.categories}
    free = count(max(names) + 1)
    first = [own.get(n) or CocoCategory(id=next(free), name=n, iso6520=flaw_class(n).iso6520) for n in classes]
    others = [category for category in dataset.categories if names[category.id] is None]
    number = {category.name: category.id for category in first} | {None: None}
    annotations = tuple(
        a.model_copy(update={"category_id": number[names[a.category_id]] or a.category_id}) for a in dataset.annotations
    )
    return replace(dataset, categories=(*first, *others), annotations=annotations)


def parse_coco(file: Path, root: Path) -> CocoDataset:
    """Read a COCO file and check everything in it, but not that its images exist under `root`."""
    document = _read_json(file)
    images = _items(file, document, "images", CocoImage)
    categories = _items(file, document, "categories", CocoCategory)
    annotations = _items(file, document, "annotations", CocoAnnotation)
    for kind, items in (("image", images), ("category", categories), ("annotation", annotations)):
        _check_unique(file, kind, [item.id for item in items])
    images = [image for image in images if _inside(file, image)]
    by_id = {image.id: image for image in images}
    known = {category.id for category in categories}
    checked = tuple(each for annotation in annotations if (each := _checked(file, annotation, by_id, known)))
    return CocoDataset(root, tuple(images), tuple(categories), checked, _about(file, document.get("info")))


def write_coco(dataset: CocoDataset, directory: str | Path) -> Path:
    """Write `directory/coco.json` aside, then rename it; the images are already there, under the names in the set."""
    file = Path(directory) / FILE_NAME
    document = {
        "info": dataset.about.model_dump(exclude_defaults=True),
        "images": [_dump(image) for image in dataset.images],
        "categories": [_dump(category) for category in dataset.categories],
        "annotations": [_dump(annotation) for annotation in dataset.annotations],
    }
    with written_aside(file) as aside:
        aside.write_text(json.dumps(document), encoding="utf-8")
    return file


def _dump(item: BaseModel) -> dict[str, Any]:
    """An item without its empty fields; `iso6520` stays, as null says that the class has no number."""
    return {key: value for key, value in item.model_dump().items() if value is not None or key == "iso6520"}


def _read_json(file: Path) -> dict[str, Any]:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise DatasetError(f"{file}: cannot be read ({error.strerror}).") from error
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{file}: is not JSON ({error}).") from error
    if not isinstance(document, dict):
        raise DatasetError(f"{file}: is not a COCO file, which is a JSON object with images and annotations.")
    return document


def _items(file: Path, document: dict[str, Any], key: str, kind: type[Item]) -> list[Item]:
    listed = document.get(key)
    try:
        return TypeAdapter(list[kind]).validate_python(listed)  # type: ignore[valid-type]
    except Invalid as error:
        if not gathering() or not isinstance(listed, list):
            raise DatasetError(_told(file, key, error.errors())) from error
        wrong: dict[int, list[ErrorDetails]] = defaultdict(list)
        for each in error.errors():
            wrong[int(each["loc"][0])].append(each)
    for errors in wrong.values():
        refuse(BOX_SIZE if "bbox" in errors[0]["loc"] else ITEM, _told(file, key, errors))
    return [kind.model_validate(item) for index, item in enumerate(listed) if index not in wrong]


def _told(file: Path, key: str, errors: list[ErrorDetails]) -> str:
    """What is wrong with an item of the file, in a sentence: of a union's errors the one that got furthest."""
    first = max(errors, key=lambda each: len(each["loc"]))
    place = key + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
    return f"{file}: {place}: {first['msg'][0].lower()}{first['msg'][1:]}."


def _about(file: Path, info: Any) -> About:
    """What the file says of the set; other tools write other things there."""
    try:
        return About.model_validate(info if isinstance(info, dict) else {})
    except Invalid as error:
        raise DatasetError(_told(file, "info", error.errors())) from error


def _check_unique(file: Path, kind: str, ids: list[int]) -> None:
    twice = [number for number, count in Counter(ids).items() if count > 1]
    for number in twice:
        refuse(ITEM, f"{file}: {kind} id {number} is used more than once.")


def _inside(file: Path, image: CocoImage) -> bool:
    path = PurePosixPath(image.file_name.replace("\\", "/"))
    outside = path.is_absolute() or ".." in path.parts or ":" in path.parts[0]
    if outside:
        refuse(OUTSIDE, f"{file}: image {image.id} names {image.file_name}, which is outside the set's folder.")
    return not outside


def clip_box(source: Path, number: int, box: Box, image: CocoImage) -> Box | None:
    """The box of annotation `number` clipped to its image, when only rounding pushed it out; None: it was refused.

    Raises:
        DatasetError: the box leaves the image by more than `ROUNDING_PX`, or lies outside.
    """
    x, y, width, height = box
    left, top = max(x, 0.0), max(y, 0.0)
    right, bottom = min(x + width, image.width), min(y + height, image.height)
    beyond = max(-x, -y, x + width - image.width, y + height - image.height)
    if not beyond <= ROUNDING_PX or right <= left or bottom <= top:
        refuse(
            BOX_SIZE if min(width, height) <= 0 else BOX_PLACE,
            f"{source}: annotation {number} has the box {[round(v, 2) for v in box]}, "
            f"which is not within its image of {image.width} x {image.height} pixels.",
        )
        return None
    return (left, top, right - left, bottom - top) if beyond > 0 else box


def _checked(
    file: Path, annotation: CocoAnnotation, images: dict[int, CocoImage], known: set[int]
) -> CocoAnnotation | None:
    """The annotation with its box clipped to the image, after all checks; None where they found something."""
    image, named = images.get(annotation.image_id), f"{file}: annotation {annotation.id} names"
    if image is None:
        refuse(NO_IMAGE, f"{named} image {annotation.image_id}, which is unknown.")
        return None
    if annotation.category_id not in known:
        refuse(NO_CLASS, f"{named} category {annotation.category_id}, which is unknown.")
        return None
    box = clip_box(file, annotation.id, annotation.bbox, image)
    if box is None:
        return None
    return annotation if box == annotation.bbox else annotation.model_copy(update={"bbox": box})
