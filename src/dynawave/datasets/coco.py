"""The COCO layout that every annotated set has here: `DIR/coco.json` beside the images it names.

Example:
    >>> dataset = load_coco("films")  # doctest: +SKIP
    >>> for image in dataset.images:  # doctest: +SKIP
    ...     instances, classes = instance_map(dataset, image)
"""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Final, TypeVar

import numpy as np
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat, TypeAdapter
from pydantic import ValidationError as Invalid

from dynawave.errors import DatasetError
from dynawave.images.files import written_aside
from dynawave.records import WeldContext
from dynawave.rle import encode_runs
from dynawave.taxonomy import FLAW, among, flaw_class

FILE_NAME: Final = "coco.json"
ROUNDING_PX: Final = 1.0
"""A box may reach this far beyond its image, as rounding in other tools makes it; it is then clipped."""

Item = TypeVar("Item", bound=BaseModel)


def _compressed(counts: Any) -> Any:
    """Plain run lengths, which COCO allows too, in compressed text."""
    return encode_runs(np.array(counts, np.int64)) if isinstance(counts, list) else counts


def _pairs(polygon: list[float]) -> list[float]:
    if len(polygon) < 6 or len(polygon) % 2:
        raise ValueError("a polygon needs three or more pairs of x and y")
    return polygon


Polygon = Annotated[list[FiniteFloat], AfterValidator(_pairs)]
Box = tuple[FiniteFloat, FiniteFloat, Annotated[FiniteFloat, Field(gt=0)], Annotated[FiniteFloat, Field(gt=0)]]


class RunLengths(BaseModel):
    """A mask as COCO writes it: size (height, width) and compressed runs, as of `dynawave.rle.encode`."""

    model_config = ConfigDict(frozen=True)

    size: tuple[int, int]
    counts: Annotated[str, BeforeValidator(_compressed), Field(pattern=r"^[0-o]*$")]


class CocoImage(BaseModel):
    """An image of the set.

    Attributes:
        id: its number.
        file_name: path relative to the set's root, with forward slashes.
        width: columns.
        height: rows.
        pixel_size_mm: edge of a pixel in mm, or None.
        film: what the image was cut from; images of one film never part in a split. None: the image itself.
        context: what is known of the weld and its exposure, or None.
    """

    model_config = ConfigDict(frozen=True)

    id: int
    file_name: str = Field(min_length=1)
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    pixel_size_mm: float | None = Field(default=None, gt=0)
    film: str | None = None
    context: WeldContext | None = None

    @property
    def group(self) -> str:
        """The film that the image belongs to, or its file's stem."""
        return self.film or PurePosixPath(self.file_name).stem


class CocoCategory(BaseModel):
    """A flaw class: its number, name and ISO 6520-1 number (None for a class of no standard)."""

    model_config = ConfigDict(frozen=True)

    id: int
    name: str
    iso6520: int | None = None


class CocoAnnotation(BaseModel):
    """A flaw: `bbox` (x, y, width, height) and `area` in pixels, `segmentation` RLE, polygons or None.

    Further fields of the file are kept, and written again.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    id: int
    image_id: int
    category_id: int
    bbox: Box
    area: Annotated[FiniteFloat, Field(ge=0)]
    iscrowd: int = Field(default=0, ge=0, le=1)
    segmentation: RunLengths | list[Polygon] | None = None
    iso6520: int | None = None
    length_mm: float | None = None
    width_mm: float | None = None
    cnr: float | None = None
    depth_mm: float | None = None
    height_mm: float | None = None


@dataclass(frozen=True)
class CocoDataset:
    """Annotated images under `root`; the order of the categories is the order of the classes of a model."""

    root: Path
    images: tuple[CocoImage, ...]
    categories: tuple[CocoCategory, ...]
    annotations: tuple[CocoAnnotation, ...]

    def path(self, image: CocoImage) -> Path:
        """The image's file."""
        return self.root / image.file_name

    def annotations_of(self, image: CocoImage) -> tuple[CocoAnnotation, ...]:
        """The image's annotations in the order of the file."""
        return self._by_image.get(image.id, ())

    def subset(self, images: tuple[CocoImage, ...]) -> "CocoDataset":
        """The set reduced to some of its images, with all categories."""
        kept = {image.id for image in images}
        annotations = tuple(a for a in self.annotations if a.image_id in kept)
        return CocoDataset(self.root, images, self.categories, annotations)

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
    missing = next((image for image in dataset.images if not dataset.path(image).is_file()), None)
    if missing:
        raise DatasetError(f"{file}: image {missing.id} names {missing.file_name}, which is not there.")
    return dataset


def one_class(dataset: CocoDataset) -> CocoDataset:
    """The set with every flaw of the one class "flaw"."""
    flaw = CocoCategory(id=1, name=FLAW.name, iso6520=FLAW.iso6520)
    annotations = tuple(a.model_copy(update={"category_id": flaw.id}) for a in dataset.annotations)
    return CocoDataset(dataset.root, dataset.images, (flaw,), annotations)


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
    return CocoDataset(dataset.root, dataset.images, (*first, *others), annotations)


def parse_coco(file: Path, root: Path) -> CocoDataset:
    """Read a COCO file and check everything in it, but not that its images exist under `root`."""
    document = _read_json(file)
    images = _items(file, document, "images", CocoImage)
    categories = _items(file, document, "categories", CocoCategory)
    annotations = _items(file, document, "annotations", CocoAnnotation)
    for kind, items in (("image", images), ("category", categories), ("annotation", annotations)):
        _check_unique(file, kind, [item.id for item in items])
    for image in images:
        _check_inside(file, image)
    by_id = {image.id: image for image in images}
    known = {category.id for category in categories}
    checked = tuple(_checked(file, annotation, by_id, known) for annotation in annotations)
    return CocoDataset(root, tuple(images), tuple(categories), checked)


def write_coco(dataset: CocoDataset, directory: str | Path) -> Path:
    """Write `directory/coco.json` aside, then rename it; the images are already there, under the names in the set."""
    file = Path(directory) / FILE_NAME
    document = {
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
    try:
        return TypeAdapter(list[kind]).validate_python(document.get(key))  # type: ignore[valid-type]
    except Invalid as error:
        first = max(error.errors(), key=lambda each: len(each["loc"]))  # of a union's errors the one that got furthest
        place = key + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
        raise DatasetError(f"{file}: {place}: {first['msg'][0].lower()}{first['msg'][1:]}.") from error


def _check_unique(file: Path, kind: str, ids: list[int]) -> None:
    twice = [number for number, count in Counter(ids).items() if count > 1]
    if twice:
        raise DatasetError(f"{file}: {kind} id {twice[0]} is used more than once.")


def _check_inside(file: Path, image: CocoImage) -> None:
    path = PurePosixPath(image.file_name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        raise DatasetError(f"{file}: image {image.id} names {image.file_name}, which is outside the set's folder.")


def clip_box(source: Path, number: int, box: Box, image: CocoImage) -> Box:
    """The box of annotation `number` clipped to its image, when only rounding pushed it out.

    Raises:
        DatasetError: the box leaves the image by more than `ROUNDING_PX`, or lies outside.
    """
    x, y, width, height = box
    left, top = max(x, 0.0), max(y, 0.0)
    right, bottom = min(x + width, image.width), min(y + height, image.height)
    beyond = max(-x, -y, x + width - image.width, y + height - image.height)
    if not beyond <= ROUNDING_PX or right <= left or bottom <= top:
        raise DatasetError(
            f"{source}: annotation {number} has the box {[round(v, 2) for v in box]}, "
            f"which is not within its image of {image.width} x {image.height} pixels."
        )
    return (left, top, right - left, bottom - top) if beyond > 0 else box


def _checked(file: Path, annotation: CocoAnnotation, images: dict[int, CocoImage], known: set[int]) -> CocoAnnotation:
    """The annotation with its box clipped to the image, after all checks."""
    image = images.get(annotation.image_id)
    if image is None:
        raise DatasetError(f"{file}: annotation {annotation.id} names image {annotation.image_id}, which is unknown.")
    if annotation.category_id not in known:
        raise DatasetError(
            f"{file}: annotation {annotation.id} names category {annotation.category_id}, which is unknown."
        )
    box = clip_box(file, annotation.id, annotation.bbox, image)
    return annotation if box == annotation.bbox else annotation.model_copy(update={"bbox": box})
