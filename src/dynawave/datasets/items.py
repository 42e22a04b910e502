"""What a COCO file lists: images, categories and annotations, each checked as it is made."""

from pathlib import PurePosixPath
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat

from dynawave.records import WeldContext
from dynawave.rle import encode_runs


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
        file_name: path relative to the set's root, with forward slashes; of one image in a file of several with "#"
            and the number of the page behind.
        width: columns.
        height: rows.
        pixel_size_mm: edge of a pixel in mm, or None.
        film: what the image was cut from; images of one film never part in a split. None: the image itself.
        context: what is known of the weld and its exposure, or None.
        split: part that the set itself puts the image in, such as "train", or None.
        page: of a file of several images, from 1, or None.
    """

    model_config = ConfigDict(frozen=True)

    id: int
    file_name: str = Field(min_length=1)
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    pixel_size_mm: float | None = Field(default=None, gt=0)
    film: str | None = None
    context: WeldContext | None = None
    split: str | None = None
    page: int | None = Field(default=None, ge=1)

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
