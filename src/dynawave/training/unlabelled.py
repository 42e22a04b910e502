"""Tiles of films that nobody has labelled: as they are for the teacher, and perturbed for the student."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset, default_collate

from dynawave.errors import DatasetError
from dynawave.images.read import read_pages
from dynawave.inspection.inputs import find_inputs
from dynawave.metallurgy.vector import context_vector
from dynawave.network.heads import FIELD_STRIDE
from dynawave.records import WeldContext, WeldImage
from dynawave.training.augment import draw_geometry, expose, forget
from dynawave.training.config import PerturbConfig, TrainingConfig
from dynawave.training.tiles import CONTEXT, TileDataset, brightness, kept_values, shown

STREAM: Final = 1
"""Third part of the seed of these tiles, so that those of labelled films are drawn as if there were none."""

SMALLEST_HOLE: Final = 8
"""Shortest side of a blank in pixels."""


class TargetBatch(NamedTuple):
    """Tiles of unlabelled films, stacked.

    Attributes:
        plain: normalised, as the teacher sees them [N, 3, tile, tile].
        perturbed: the same places, as the student sees them.
        seen: bool [N, 1, tile / 2, tile / 2], false where these are blank.
        context: vectors of what is known of the welds.
        told: of what the student is told of it.
    """

    plain: Tensor
    perturbed: Tensor
    seen: Tensor
    context: Tensor
    told: Tensor


class MixedBatch(NamedTuple):
    """A batch of tiles with labels, as of `losses.Batch`, and of tiles without."""

    source: list[Tensor]
    target: list[Tensor]


@dataclass(frozen=True)
class UnlabelledFilm:
    """A film in memory: pixels and their range as of `tiles.kept_values`, and what its file says of the weld."""

    pixels: NDArray[Any]
    limits: tuple[float, float]
    context: WeldContext


@dataclass(frozen=True)
class UnlabelledFilms:
    """The images of a folder and of the folders in it. Files of other kinds, as labels are, are not opened.

    Attributes:
        folder: where they are.
        paths: of the images.
    """

    folder: Path
    paths: tuple[Path, ...]

    @property
    def digest(self) -> str:
        """SHA-256 over names and sizes in bytes: the same films give the same hash wherever they lie."""
        digest = hashlib.sha256()
        for path in self.paths:
            digest.update(f"{path.relative_to(self.folder).as_posix()} {path.stat().st_size}\n".encode())
        return digest.hexdigest()

    def load(self) -> tuple[UnlabelledFilm, ...]:
        """Read them, and every page of those that have several.

        Raises:
            ImageError: one cannot be read.
            DatasetError: one is no film but a mask.
        """
        return tuple(_load(image) for path in self.paths for image in read_pages(path))


def find_films(folder: Path, exclude: Sequence[str]) -> UnlabelledFilms:
    """The films of a folder, less the excluded ones.

    Raises:
        DatasetError: there is no such folder, an excluded film is not in it (a leak would go unnoticed), or no film
            is left.
    """
    if not folder.is_dir():
        raise DatasetError(f"{folder}: is no folder of unlabelled films.")
    paths = [found.path for found in find_inputs([folder])]
    if missing := set(exclude) - {path.stem for path in paths}:
        raise DatasetError(f"{folder}: adaptation.exclude_films names {min(missing)}, which is no film of this folder.")
    kept = tuple(path for path in paths if path.stem not in exclude)
    if not kept:
        raise DatasetError(f"{folder}: holds no unlabelled film to learn from.")
    return UnlabelledFilms(folder, kept)


def _load(image: WeldImage) -> UnlabelledFilm:
    values, limits = kept_values(image.pixels)
    if ((values == values.min()) | (values == values.max())).all():
        raise DatasetError(f"{image.path}: holds two grey values, as a mask does; give a folder of films alone.")
    return UnlabelledFilm(values, limits, image.context)


class TargetTiles(Dataset[tuple[NDArray[Any], ...]]):
    """An endless sequence of tiles; tile k depends on the seed and k alone."""

    def __init__(self, films: Sequence[UnlabelledFilm], config: TrainingConfig) -> None:
        self.films, self.config = films, config

    def __getitem__(self, number: int) -> tuple[NDArray[Any], ...]:
        """A tile of any place of any film, in the order of `TargetBatch`."""
        config = self.config
        rng = np.random.default_rng((config.seed, number, STREAM))
        film = self.films[int(rng.integers(len(self.films)))]
        height, width = film.pixels.shape[:2]
        middle = np.full(2, config.tile / 2 + CONTEXT)
        to_film = draw_geometry(rng, config.augment, rng.uniform([0, 0], [width, height]), middle)
        unit = brightness(film.pixels, film.limits, to_film, config)
        perturb = config.adaptation.perturb
        perturbed, seen = shown(expose(unit, rng, perturb)), draw_seen(rng, perturb, config.tile)
        told = context_vector(forget(film.context, rng, config.augment.forget))
        blank = np.kron(~seen, np.ones((FIELD_STRIDE, FIELD_STRIDE), bool))
        return shown(unit), np.where(blank, np.float32(0), perturbed), seen, context_vector(film.context), told


def draw_seen(rng: np.random.Generator, config: PerturbConfig, tile: int) -> NDArray[np.bool_]:
    """Where a tile is not blanked out, [1, tile / 2, tile / 2]."""
    side = tile // FIELD_STRIDE
    seen = np.ones((1, side, side), bool)
    longest = max(config.hole * side, SMALLEST_HOLE / FIELD_STRIDE)
    for _ in range(config.holes):
        extent = rng.uniform(SMALLEST_HOLE / FIELD_STRIDE, longest, 2)
        top, left = rng.uniform(0, side - extent).astype(int)
        height, width = extent.astype(int)
        seen[:, top : top + height, left : left + width] = False
    return seen


class MixedTiles(Dataset[tuple[Any, Any]]):
    """Labelled tiles, and with the first ones of each batch so many unlabelled tiles that their share is reached.

    Which these are depends on the number of the labelled tile alone, so a resumed run goes on with the right ones.
    """

    def __init__(self, source: TileDataset, target: TargetTiles) -> None:
        self.source, self.target, self.batch = source, target, source.config.batch
        self.count = max(1, round(source.config.adaptation.share * self.batch))

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        """A labelled tile and its unlabelled ones, if it has any."""
        place = index % self.batch
        step = (self.source.first + index) * self.count
        return self.source[index], [self.target[step + k] for k in range(place, self.count, self.batch)]


def collate(items: Sequence[tuple[Any, Any]]) -> MixedBatch:
    """Stack the two kinds of tiles apart."""
    sources, targets = zip(*items, strict=True)
    return MixedBatch(
        list(default_collate(list(sources))), list(default_collate([t for each in targets for t in each]))
    )
