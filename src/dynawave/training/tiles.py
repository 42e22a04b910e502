"""Training tiles: drawn at native resolution from annotated films, balanced between flaws and sound metal."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Dataset

from dynawave.datasets.coco import CocoDataset, CocoImage
from dynawave.datasets.raster import instance_map, rounded
from dynawave.errors import DatasetError
from dynawave.images.normalise import grey_range, normalise, to_colour, to_grey, to_values
from dynawave.metallurgy.vector import context_vector
from dynawave.records import WeldContext
from dynawave.taxonomy import FLAW, among
from dynawave.training.augment import draw_geometry, expose, forget, warp
from dynawave.training.config import SourceConfig, TrainingConfig
from dynawave.training.mirrored import copies, each_on_its_own
from dynawave.training.targets import UNKNOWN, make_targets, merge_touching

CONTEXT: Final = 64
"""Pixels about a tile that contrast normalisation sees, as it sees the neighbourhood in a whole film."""


@dataclass(frozen=True)
class Film:
    """An annotated film in memory.

    Attributes:
        pixels: uint16 or float32, grey [H, W] or, of a picture in colour, [H, W, 3].
        limits: robust range of brightness.
        instances: int16 [H, W], 0 sound, k the k-th flaw.
        labels: class index of each flaw, or `targets.UNKNOWN`.
        centres: [flaws, 2], a point (x, y) on each flaw.
        context: what is known of its weld.
    """

    pixels: NDArray[Any]
    limits: tuple[float, float]
    instances: NDArray[np.int16]
    labels: NDArray[np.int64]
    centres: NDArray[np.float64]
    context: WeldContext = field(default_factory=WeldContext)


def load_film(dataset: CocoDataset, image: CocoImage, classes: Sequence[str]) -> Film:
    """Read one film with its masks, and with the context that the set or else its file gives.

    Raises:
        DatasetError: a class is not among `classes`, or the image has another size than its annotations say.
        ImageError: the image cannot be read.
    """
    picture = dataset.picture(image)
    film = annotated_film(picture.pixels, dataset, image, classes)
    return film if image.context else replace(film, context=picture.context)


def annotated_film(pixels: NDArray[Any], dataset: CocoDataset, image: CocoImage, classes: Sequence[str]) -> Film:
    """The film of an image's pixels, [height, width] or [height, width, 3], with its masks.

    Raises:
        DatasetError: as `load_film`.
    """
    if pixels.shape[:2] != (image.height, image.width):
        raise DatasetError(
            f"{dataset.path(image)}: has {pixels.shape[1]} x {pixels.shape[0]} pixels, but its annotations are for "
            f"{image.width} x {image.height}."
        )
    values, limits = kept_values(pixels)
    instances, labels = instance_map(dataset, image)
    if len(classes) == 1:
        labels = np.zeros_like(labels)
    else:
        names = [dataset.categories[index].name for index in labels]
        try:
            labels = np.array([class_index(name, classes) for name in names], np.int64)
        except ValueError as error:
            raise DatasetError(f"{dataset.root}: {error}") from error
    centres = _points(instances, len(labels))
    return Film(values, limits, instances.astype(np.int16), labels, centres, image.context or WeldContext())


def kept_values(pixels: NDArray[Any]) -> tuple[NDArray[Any], tuple[float, float]]:
    """Pixels as they are kept in memory, uint16 where they are whole, and their robust range of brightness."""
    values = to_colour(pixels) if pixels.ndim == 3 else to_grey(pixels)
    limits = grey_range(values)
    whole = values.max() < 65536 and not np.any(values % 1) and values.min() >= 0
    return values.astype(np.uint16) if whole else values, limits


def class_index(name: str, classes: Sequence[str]) -> int:
    """Place of a flaw's class, or of its family, among the model's classes; `UNKNOWN` for a flaw of unnamed kind.

    Raises:
        ValueError: the model has neither the class nor its family.
    """
    if (known := among(name, classes)) is not None:
        return classes.index(known)
    if name == FLAW.name:
        return UNKNOWN
    raise ValueError(f"class {name} is not among the classes of the model.")


def _points(instances: NDArray[np.int32], count: int) -> NDArray[np.float64]:
    """A point on each flaw: its pixel in the middle of the raster order."""
    ys, xs = np.nonzero(instances)
    numbers = instances[ys, xs]
    order = np.argsort(numbers, kind="stable")
    starts = np.searchsorted(numbers[order], np.arange(1, count + 2))
    middles = (starts[:-1] + starts[1:]) // 2
    found = middles[starts[1:] > starts[:-1]]
    return np.column_stack([xs[order][found], ys[order][found]]).astype(np.float64)


class Source(Protocol):
    """What tiles are drawn from: films, and the weight of their tiles in the mix."""

    @property
    def share(self) -> float:
        """Weight."""

    def film(self, rng: np.random.Generator, number: int) -> Film:
        """A film for tile `number`, by `rng` and this number alone."""

    def labels(self) -> Iterable[NDArray[np.int64]]:
        """The class index of each flaw, film by film."""


@dataclass(frozen=True)
class Pool:
    """Films of one source, all in memory."""

    films: tuple[Film, ...]
    share: float

    def film(self, rng: np.random.Generator, number: int) -> Film:
        """Any of the films, whatever the tile's number."""
        return self.films[rng.integers(len(self.films))]

    def labels(self) -> Iterable[NDArray[np.int64]]:
        """Of all films."""
        return (film.labels for film in self.films)


def load_pool(dataset: CocoDataset, source: SourceConfig, classes: Sequence[str]) -> Pool:
    """Read the films of a source, less the excluded ones.

    Raises:
        DatasetError: an excluded film is not in the set (a fold that leaks would go unnoticed), or none is left.
    """
    groups = {image.group for image in dataset.images}
    if missing := set(source.exclude_films) - groups:
        raise DatasetError(f"{dataset.root}: exclude_films names {sorted(missing)[0]}, which is no film of this set.")
    images = [image for image in dataset.images if image.group not in source.exclude_films]
    if not images:
        raise DatasetError(f"{dataset.root}: no film is left to train on.")
    if source.rounded:
        dataset = rounded(dataset)
    return Pool(tuple(load_film(dataset, image, classes) for image in images), source.share)


class Drawn(NamedTuple):
    """A tile of the sequence: image [3, tile, tile], instance map, class of each instance, context as far as told."""

    image: NDArray[np.float32]
    instances: NDArray[np.int32]
    labels: NDArray[np.int64]
    context: WeldContext


def draw_number(sources: Sequence[Source], config: TrainingConfig, number: int) -> Drawn:
    """Tile `number` of the endless sequence of a configuration; it depends on the seed and the number alone."""
    rng = np.random.default_rng((config.seed, number))
    shares = np.array([source.share for source in sources])
    source = sources[int(rng.choice(len(shares), p=shares / shares.sum()))]
    film = source.film(rng, number)
    tile = draw_tile(film, rng, config)
    return Drawn(*tile, forget(film.context, rng, config.augment.forget))


class TileDataset(Dataset[tuple[NDArray[Any], ...]]):
    """Tiles `first` to `first + count` of the endless sequence, see `draw_number`."""

    def __init__(self, sources: Sequence[Source], config: TrainingConfig, first: int, count: int) -> None:
        self.sources, self.config, self.first, self.count = sources, config, first, count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[NDArray[Any], ...]:
        """The image [3, tile, tile], its targets and the vector of its context, in the order of `losses.Batch`.

        The class of its pixels comes last, where the objective asks for it.
        """
        image, instances, labels, told = draw_number(self.sources, self.config, self.first + index)
        t = make_targets(instances, labels, len(self.config.classes))
        context = context_vector(told)
        tile = image, t.field, t.weight, t.box, t.label, t.present, context
        return (*tile, t.pixels) if self.config.objective.pixels else tile


def draw_tile(
    film: Film, rng: np.random.Generator, config: TrainingConfig
) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int64]]:
    """A normalised tile [3, tile, tile], its instance map and the class of each instance."""
    height, width = film.pixels.shape[:2]
    size = config.tile + 2 * CONTEXT
    point, at = rng.uniform([0, 0], [width, height]), np.full(2, size / 2)
    if len(film.centres) and rng.random() < config.flaw_share:
        point = film.centres[rng.integers(len(film.centres))]
        at = at + rng.uniform(-0.4, 0.4, 2) * config.tile
    to_film = draw_geometry(rng, config.augment, point, at)
    image = shown(expose(brightness(film.pixels, film.limits, to_film, config), rng, config.augment))
    inner = slice(CONTEXT, CONTEXT + config.tile)
    instances = warp(film.instances, to_film, size, cv2.INTER_NEAREST)[inner, inner].astype(np.int32)
    if len(config.classes) == 1 and config.touching == "merged":
        return image, *merge_touching(instances)
    return image, *each_on_its_own(instances, film.labels, copies(to_film, size, (height, width))[inner, inner])


def brightness(
    pixels: NDArray[Any], limits: tuple[float, float], to_film: NDArray[np.float64], config: TrainingConfig
) -> NDArray[np.float32]:
    """Brightness of a tile and of `CONTEXT` pixels about it, from 0 to 1 within the film's range."""
    low, high = limits
    size = config.tile + 2 * CONTEXT
    values = to_values(warp(pixels, to_film, size, cv2.INTER_LINEAR), config.channels)
    return (values - np.float32(low)) / np.float32(high - low)


def shown(unit: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the network is shown of such brightness: normalised, [3, tile, tile]."""
    return np.ascontiguousarray(normalise(unit, (0.0, 1.0))[:, CONTEXT:-CONTEXT, CONTEXT:-CONTEXT])
