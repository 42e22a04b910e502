"""What every reader does alike: number images and annotations, check boxes, find images in folders."""

import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.datasets.about import UNKNOWN, About
from dynawave.datasets.coco import Box, CocoAnnotation, CocoCategory, CocoDataset, CocoImage, clip_box
from dynawave.errors import DatasetError
from dynawave.images import raster, read_image
from dynawave.images.page import Refused
from dynawave.rle import encode
from dynawave.taxonomy import flaw_class

IMAGE_SUFFIXES: Final = frozenset({".png", ".tif", ".tiff", ".jpg", ".jpeg", ".bmp", ".dcm"})


class Collector:
    """Gathers a data set image by image.

    Args:
        root: folder that the images lie under.
        names: category names; ids are 1, 2, ... in this order.
        about: the set as a whole.
    """

    def __init__(self, root: Path, names: Sequence[str], about: About = UNKNOWN) -> None:
        self.root, self.about = root, about
        self.categories = tuple(
            CocoCategory(id=number, name=name, iso6520=flaw_class(name).iso6520) for number, name in enumerate(names, 1)
        )
        self._ids = {category.name: category for category in self.categories}
        self._images: list[CocoImage] = []
        self._annotations: list[CocoAnnotation] = []

    def add_image(
        self,
        path: Path,
        size: tuple[int, int],
        film: str | None = None,
        pixel_size_mm: float | None = None,
        split: str | None = None,
        page: int | None = None,
    ) -> CocoImage:
        """Add the image at `path`, or page `page` of the file there, of `size` (width, height)."""
        name = path.relative_to(self.root).as_posix()
        image = CocoImage(
            id=len(self._images) + 1,
            file_name=f"{name}#{page}" if page else name,
            width=size[0],
            height=size[1],
            film=film,
            pixel_size_mm=pixel_size_mm,
            split=split,
            page=page,
        )
        self._images.append(image)
        return image

    def add(
        self,
        source: Path,
        image: CocoImage,
        name: str,
        box: Box,
        area: float | None = None,
        segmentation: Any = None,
        **further: Any,
    ) -> None:
        """Add a flaw of category `name` that `source` describes; its box is clipped where rounding pushed it out.

        `further` are other fields of `CocoAnnotation`.

        Raises:
            DatasetError: the box is empty or not within the image.
        """
        category, number = self._ids[name], len(self._annotations) + 1
        clipped = clip_box(source, number, box, image)
        if clipped is None:
            return
        _, _, width, height = clipped
        self._annotations.append(
            CocoAnnotation(
                id=number,
                image_id=image.id,
                category_id=category.id,
                bbox=clipped,
                area=width * height if area is None else area,
                segmentation=segmentation,
                iso6520=category.iso6520,
                **further,
            )
        )

    def add_polygon(self, source: Path, image: CocoImage, name: str, points: NDArray[np.float64]) -> None:
        """Add a flaw by the corners of its outline, [corners, 2] (x, y)."""
        (left, top), (right, bottom) = points.min(0), points.max(0)
        x, y = points.T
        area = abs(float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))) / 2
        self.add(source, image, name, (left, top, right - left, bottom - top), area, [points.ravel().tolist()])

    def add_whole(self, source: Path, image: CocoImage, name: str, **further: Any) -> None:
        """Say that the image as a whole shows the class `name`; the set's labels are of the kind "image"."""
        self.add(source, image, name, (0, 0, image.width, image.height), **further)

    def add_mask(self, source: Path, image: CocoImage, name: str, mask: NDArray[np.bool_]) -> None:
        """Add each 8-connected component of a mask [height, width] of the whole image as a flaw."""
        for part in components(mask):
            rle = encode(part.mask, part.box[:2], mask.shape)
            self.add(source, image, name, part.box, int(part.mask.sum()), rle)

    def dataset(self) -> CocoDataset:
        """What was gathered.

        Raises:
            DatasetError: nothing was.
        """
        if not self._images:
            raise DatasetError(f"{self.root}: holds no images.")
        return CocoDataset(self.root, tuple(self._images), self.categories, tuple(self._annotations), self.about)


@dataclass(frozen=True, slots=True)
class Component:
    """A connected part of a mask: its box (x, y, width, height) and its crop of the mask."""

    box: tuple[int, int, int, int]
    mask: NDArray[np.bool_]


def components(mask: NDArray[np.bool_]) -> Iterator[Component]:
    """The 8-connected components of a mask [height, width], from top to bottom."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    for label, (x, y, width, height, _) in enumerate(stats[1:].tolist(), 1):
        yield Component((x, y, width, height), labels[y : y + height, x : x + width] == label)


def image_files(folder: Path) -> list[Path]:
    """Images in a folder and its subfolders by name; hidden ones are left out.

    Raises:
        DatasetError: there is no such folder.
    """
    if not folder.is_dir():
        raise DatasetError(f"{folder}: is not a folder.")
    files = (file for file in folder.rglob("*") if file.suffix.lower() in IMAGE_SUFFIXES)
    return sorted(file for file in files if file.is_file() and not file.name.startswith("."))


def image_size(path: Path) -> tuple[int, int]:
    """Width and height of an image file."""
    image = read_image(path)
    return image.width, image.height


def read_mask(path: Path, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Class values 0-255 of an image of `size` (width, height), uint8 [height, width]: a grey PNG or an integer .npy.

    Raises:
        DatasetError: it is no such mask, or is of another size.
    """
    return _read_array(path, size) if path.suffix == ".npy" else _read_grey(path, size)


def _check_same(path: Path, found: tuple[int, ...], size: tuple[int, int]) -> None:
    """Compare (width, height) before anything is decoded: a mask of a few bytes may unfold to gigabytes."""
    if found != size:
        raise DatasetError(f"{path}: is {' x '.join(map(str, found))} pixels, its image {size[0]} x {size[1]}.")


def _read_grey(path: Path, size: tuple[int, int]) -> NDArray[np.uint8]:
    try:
        with path.open("rb") as file:
            head = file.read(24)
        if head.startswith(raster.PNG_MAGIC) and len(head) == 24:
            _check_same(path, struct.unpack(">II", head[16:]), size)
        mask = raster.read_page(path, 0).pixels
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror}).") from error
    except (Refused, cv2.error, struct.error) as error:
        raise DatasetError(f"{path}: cannot be read as an image.") from error
    if mask.dtype != np.uint8 or mask.ndim != 2:
        raise DatasetError(f"{path}: is not a mask, which is an 8-bit grey image (a palette is not read).")
    _check_same(path, mask.shape[::-1], size)
    return np.asarray(mask, np.uint8)


def _read_array(path: Path, size: tuple[int, int]) -> NDArray[np.uint8]:
    try:
        mask = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DatasetError(f"{path}: cannot be read as an array without objects.") from error
    _check_same(path, mask.shape[::-1], size)
    if mask.ndim != 2 or mask.dtype.kind not in "bui" or mask.min(initial=0) < 0 or mask.max(initial=0) > 255:
        raise DatasetError(f"{path}: is not a mask, which has whole class values from 0 to 255.")
    return np.asarray(mask, np.uint8)


def partner(image: Path, folder: Path, suffix: str = ".png") -> Path | None:
    """The file of `folder` that belongs to an image: of the same stem, else the only one that ends in its number."""
    same = folder / f"{image.stem}{suffix}"
    if same.is_file():
        return same
    number = _last_number(image)
    alike = [file for file in folder.glob(f"*{suffix}") if number and _last_number(file) == number]
    return alike[0] if len(alike) == 1 else None


def _last_number(file: Path) -> str | None:
    digits = re.search(r"\d+$", file.stem)
    return digits[0] if digits else None
