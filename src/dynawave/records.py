"""The words that every other part speaks: frozen records of an image, a flaw indication and an inspection.

Coordinates are pixels of the full image, x to the right, y down; boxes are (x, y, width, height). Sizes in
millimetres are None where the pixel size is unknown: nothing is ever guessed.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from dynawave.rle import Rle
from dynawave.rle import encode as encode_rle
from dynawave.taxonomy import FlawClass

SCHEMA_VERSION: Final = "1.0"


@dataclass(frozen=True, slots=True)
class WeldContext:
    """What is known of the weld and its exposure; every field may be unknown (None).

    Attributes:
        modality: "radiograph", "visual" or "ultrasonic".
        base_metals: names of the joined metals.
        filler: name of the filler metal.
        process: welding process.
        thickness_mm: penetrated thickness.
        voltage_kv: tube voltage.
        component: component name or number.
        details: further fields as read from the file (DICONDE group 0014), keyword to text.
    """

    # what pydantic heeds where a context is read from a file
    __pydantic_config__: ClassVar = {"allow_inf_nan": False}

    modality: str | None = None
    base_metals: tuple[str, ...] = ()
    filler: str | None = None
    process: str | None = None
    thickness_mm: float | None = None
    voltage_kv: float | None = None
    component: str | None = None
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WeldImage:
    """An image at its original depth.

    Attributes:
        pixels: [height, width] (grey) or [height, width, 3] (red, green, blue); uint8, uint16 or float32.
        path: the file it came from, or None.
        pixel_size_mm: edge of a square pixel in mm, or None when unknown.
        pixel_size_source: "file", "user" or "unknown".
        context: what the file says of the weld.
        page: number of the page or frame, from 1, in a file that holds several, else None.
    """

    pixels: NDArray[Any]
    path: Path | None = None
    pixel_size_mm: float | None = None
    pixel_size_source: str = "unknown"
    context: WeldContext = WeldContext()
    page: int | None = None

    @property
    def name(self) -> str:
        """File name, with the page as in "film.tif#2" where there are several; "image" for an array of no file."""
        name = self.path.name if self.path else "image"
        return f"{name}#{self.page}" if self.page else name

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.pixels.shape[1])


@dataclass(frozen=True, slots=True)
class Indication:
    """One flaw that was found.

    Attributes:
        id: number within the image, from 1, by falling score.
        flaw: its class.
        score: confidence that it is a flaw, 0-1.
        box: (x, y, width, height) in pixels.
        spread: standard deviation in pixels of the box's left, top, right and bottom side (Eq. 5).
        mask: boolean crop of the flaw, [rows, columns], placed at `mask_offset`.
        mask_offset: (x, y) of the crop's first pixel in the image.
        length_px: longest extent (greater side of the smallest enclosing rectangle).
        width_px: the rectangle's lesser side.
        area_px: pixels in the mask.
        cnr: contrast of the mask to the metal about it over the standard deviation of the film's grain, or None.
        length_mm: length in mm, or None.
        width_mm: width in mm, or None.
        area_mm2: area in square mm, or None.
        position_mm: (x, y) of the box's centre from the image's upper left corner in mm, or None.
        class_score: confidence in its class, given that it is a flaw, 0-1; 1 for a model of one class.
    """

    id: int
    flaw: FlawClass
    score: float
    box: tuple[float, float, float, float]
    spread: tuple[float, float, float, float]
    mask: NDArray[np.bool_]
    mask_offset: tuple[int, int]
    length_px: float
    width_px: float
    area_px: int
    cnr: float | None = None
    length_mm: float | None = None
    width_mm: float | None = None
    area_mm2: float | None = None
    position_mm: tuple[float, float] | None = None
    class_score: float = 1.0

    def rle(self, height: int, width: int) -> Rle:
        """The mask in full-image coordinates as COCO run-length encoding."""
        return encode_rle(self.mask, self.mask_offset, (height, width))


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Which weights made an inspection: name, version and SHA-256 of the file, and its terms of use."""

    name: str
    version: str
    sha256: str
    terms: str = ""


@dataclass(frozen=True, slots=True)
class Inspection:
    """The outcome for one image.

    Attributes:
        image: the image inspected.
        indications: flaws by falling score.
        model: the weights that were used.
        seconds: wall time of the inspection without reading the file.
        warnings: sentences the reader should know of, such as an unknown pixel size.
        probability: flaw probability a pixel, float32 [height, width], 0-1.
        class_map: class index a pixel (0 sound), uint8 [height, width], of a multi-class model, or None.
        image_scores: how sure each class is somewhere on the image, 0-1, by its name: the highest of any tile, and
            found by a head of its own, so that it may differ from the indications; empty of a model that does not say.
        context_used: what the model was told of the weld, as names of `dynawave.metallurgy.vector.FIELDS`; nothing
            where it takes no context.
    """

    image: WeldImage
    indications: tuple[Indication, ...]
    model: ModelInfo
    seconds: float
    warnings: tuple[str, ...]
    probability: NDArray[np.float32]
    class_map: NDArray[np.uint8] | None = None
    image_scores: dict[str, float] = field(default_factory=dict)
    context_used: tuple[str, ...] = ()
