"""A film at every scale: levels of half the size each, at the original depth, memory-mapped.

Level 0 is the smallest and fits in one tile, as in Deep Zoom. Made once of a file; what is lost is made again from it.
"""

import json
import shutil
from collections import OrderedDict
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Any, Final
from uuid import uuid4

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.images import read_image
from dynawave.images.normalise import grey_range, to_grey
from dynawave.records import WeldImage

TILE: Final = 512
OPEN: Final = 64
"""Pyramids that are kept open."""
DECODING: Final = 2
"""Films that are decoded at the same time, for each takes several times its size in memory."""

Pixels = NDArray[Any]


@dataclass(frozen=True)
class Scale:
    """How stored values stand for the film's own: value = offset + step * stored."""

    offset: float = 0.0
    step: float = 1.0


@dataclass(frozen=True)
class Facts:
    """What a pyramid knows of its film, in the film's own grey values."""

    width: int
    height: int
    bits: int
    colour: bool
    limits: tuple[float, float]
    robust: tuple[float, float]
    scale: Scale = field(default_factory=Scale)


@dataclass(frozen=True)
class Pyramid:
    """An open pyramid; `levels` are [height, width] or [height, width, 3], uint8 or uint16."""

    folder: Path
    facts: Facts
    levels: tuple[Pixels, ...]


class Pyramids:
    """The pyramids under a folder, by the SHA-256 of the file and the page in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: OrderedDict[tuple[str, int], Pyramid] = OrderedDict()
        self._lock = Lock()
        self.decoding = BoundedSemaphore(DECODING)
        folder.mkdir(parents=True, exist_ok=True)

    def tidy(self) -> None:
        """Remove what a server that was killed has left half-written; only while no other writes."""
        for left in self._folder.glob(".*"):
            shutil.rmtree(left, ignore_errors=True)

    def make(self, image: WeldImage, sha256: str, page: int) -> Pyramid:
        """Build the levels of a film that was just read."""
        folder = self._place(sha256, page)
        if not (folder / "facts.json").exists():
            _build(image, folder, self._folder / f".{uuid4().hex}")
        return _load(folder)

    def of(self, blob: Path, sha256: str, page: int) -> Pyramid:
        """The pyramid of a stored film.

        Raises:
            ImageError: it has to be made again, and the file cannot be read.
        """
        key = sha256, page
        with self._lock:
            if found := self._open.get(key):
                self._open.move_to_end(key)
                return found
        folder = self._place(sha256, page)
        if not (folder / "facts.json").exists():
            with self.decoding:
                _build(read_image(blob, page=page), folder, self._folder / f".{uuid4().hex}")
        pyramid = _load(folder)
        with self._lock:
            self._open[key] = pyramid
            while len(self._open) > OPEN:
                self._open.popitem(last=False)
        return pyramid

    def remove(self, sha256: str, page: int) -> None:
        """Forget a film's pyramid."""
        with self._lock:
            self._open.pop((sha256, page), None)
        shutil.rmtree(self._place(sha256, page), ignore_errors=True)

    def _place(self, sha256: str, page: int) -> Path:
        return self._folder / sha256[:2] / f"{sha256}-{page}"


def _build(image: WeldImage, folder: Path, aside: Path) -> None:
    pixels, facts = _stored(image)
    aside.mkdir(parents=True)
    try:
        for number, level in reversed(list(enumerate(_levels(pixels)))):
            np.save(aside / f"{number}.npy", level, allow_pickle=False)
        (aside / "facts.json").write_text(json.dumps(asdict(facts)), encoding="utf-8")
        folder.parent.mkdir(exist_ok=True)
        try:
            aside.rename(folder)
        except OSError:
            if not (folder / "facts.json").exists():  # else another request was faster
                raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _stored(image: WeldImage) -> tuple[Pixels, Facts]:
    """Pixels as integers, and the film's facts."""
    pixels = image.pixels
    scale = Scale()
    grey = to_grey(pixels)
    limits = float(grey.min()), float(grey.max())
    bits = {"u1": 8, "u2": max(9, int(limits[1]).bit_length())}.get(pixels.dtype.str[1:], 32)
    if pixels.dtype.kind == "f":
        scale = Scale(limits[0], max(limits[1] - limits[0], 1e-12) / 65535)
        finite = np.nan_to_num(pixels, nan=float(np.median(grey)), posinf=limits[1], neginf=limits[0])
        pixels = np.rint((finite.astype(np.float64) - scale.offset) / scale.step).clip(0, 65535).astype(np.uint16)
    colour = pixels.ndim == 3
    return pixels, Facts(image.width, image.height, bits, colour, limits, grey_range(grey), scale)


def _levels(pixels: Pixels) -> list[Pixels]:
    """Smallest first."""
    levels = [pixels]
    while max(levels[0].shape[:2]) > TILE:
        height, width = levels[0].shape[:2]
        size = -(-width // 2), -(-height // 2)
        levels.insert(0, np.asarray(cv2.resize(levels[0], size, interpolation=cv2.INTER_AREA)))
    return levels


def _load(folder: Path) -> Pyramid:
    known = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    known |= {"scale": Scale(**known["scale"]), "limits": tuple(known["limits"]), "robust": tuple(known["robust"])}
    facts = Facts(**known)
    count = len(list(folder.glob("[0-9]*.npy")))
    levels = tuple(np.load(folder / f"{i}.npy", mmap_mode="r", allow_pickle=False) for i in range(count))
    return Pyramid(folder, facts, levels)
