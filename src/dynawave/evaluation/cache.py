"""What was found on each film, kept in a folder, so that an evaluation that was killed goes on where it was.

A film's file is named by the SHA-256 of all that its content follows from: the detector, the code that inspects and
measures, the film's bytes, its record and its annotations. Where any of these has changed, it is looked at anew.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

import dynawave
from dynawave.datasets.coco import CocoDataset, CocoImage
from dynawave.evaluation.calls import Call
from dynawave.evaluation.film import Film
from dynawave.evaluation.pixels import PixelHistogram
from dynawave.images.files import written_aside
from dynawave.images.tiles import Tile

CODE: Final = ("datasets", "evaluation", "images", "inspection", "metallurgy")
"""Parts of the package that what is kept follows from, with all folders in them."""


@dataclass(frozen=True)
class FilmCache:
    """Films in `folder`, as a detector known by `key` sees them."""

    folder: Path
    key: str

    def get(self, dataset: CocoDataset, image: CocoImage) -> Film | None:
        """The film, if it is kept."""
        file = self._file(dataset, image)
        return _read(file) if file.is_file() else None

    def put(self, dataset: CocoDataset, image: CocoImage, film: Film) -> None:
        """Keep a film."""
        arrays = _pack(film)
        with written_aside(self._file(dataset, image)) as aside, aside.open("wb") as file:
            np.savez_compressed(file, **arrays)

    def _file(self, dataset: CocoDataset, image: CocoImage) -> Path:
        digest = hashlib.sha256(f"{self.key} {_code()} {image.model_dump_json()}".encode())
        for item in (*dataset.categories, *dataset.annotations_of(image)):
            digest.update(item.model_dump_json().encode())
        with dataset.path(image).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
        return self.folder / f"{Path(image.file_name).stem}-{digest.hexdigest()[:16]}.npz"


@cache
def _code() -> str:
    """Hash of our own code."""
    return hash_of_code(Path(dynawave.__file__).parent)


def hash_of_code(package: Path) -> str:
    """SHA-256 of the names and texts of all Python files of a package's parts `CODE`, in their folders too."""
    digest = hashlib.sha256()
    for part in CODE:
        for file in sorted((package / part).rglob("*.py")):
            digest.update(f"{file.relative_to(package).as_posix()}\n".encode() + file.read_bytes())
    return digest.hexdigest()


def _pack(film: Film) -> dict[str, Any]:
    """As arrays: of the counts by probability those that are not 0, and all that is small as JSON."""
    small = {
        "calls": [asdict(call) for call in film.calls],
        "seconds": film.seconds,
        "contrasts": film.contrasts,
        "sizes": film.sizes,
        "windows": [asdict(window) for window in film.windows],
        "image_scores": film.image_scores,
    }
    arrays: dict[str, Any] = {"small": np.frombuffer(json.dumps(small).encode(), np.uint8)}
    if film.classes is not None:
        arrays["classes"] = film.classes
    if film.pixels is not None:
        levels = np.flatnonzero(film.pixels.flawed | film.pixels.sound)
        arrays["levels"] = levels.astype(np.uint16)
        arrays["counts"] = np.stack([film.pixels.flawed[levels], film.pixels.sound[levels]])
    return arrays


def _read(file: Path) -> Film:
    with np.load(file, allow_pickle=False) as arrays:
        small = json.loads(arrays["small"].tobytes())
        pixels = None
        if "levels" in arrays:
            pixels = PixelHistogram()
            pixels.flawed[arrays["levels"]], pixels.sound[arrays["levels"]] = arrays["counts"]
        return Film(
            tuple(_call(call) for call in small["calls"]),
            small["seconds"],
            tuple(small["contrasts"]),
            tuple((length, width) for length, width in small["sizes"]),
            tuple(Tile(**tile) for tile in small["windows"]),
            pixels,
            arrays.get("classes"),
            small["image_scores"],
        )


def _call(fields: dict[str, Any]) -> Call:
    size = fields["size_px"]
    return Call(**{**fields, "box": tuple(fields["box"]), "size_px": None if size is None else tuple(size)})
