"""A film of any size through the network in tiles, and the tiles' maps joined into maps of the whole film.

Maps are joined, not detections: the film is decoded once, as if it had been one tile, so nothing has to be merged.
Near its border a tile has seen only half of what is around, so there its neighbour has the say.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dynawave.images.tiles import Tile, plan_tiles
from dynawave.inspection.maps import CELL_STRIDE, FIELD_STRIDE, DenseMaps, Map
from dynawave.inspection.runtime import MULTIPLE, Maps

DEAF: Final = 0.25
"""Share of the overlap, at a tile's border, in which the tile has no say; from there its weight rises linearly."""

Shares = dict[int, NDArray[np.float32]]
"""Weight of each tile along one axis, by the tile's start; at every cell the weights of all tiles sum to 1."""


def dense_maps(
    run: Callable[[Map], Maps],
    film: Map,
    tile: int,
    overlap: int,
    progress: Callable[[float], None] | None = None,
) -> DenseMaps:
    """Run a network over a film.

    Args:
        run: maps of a batch [1, 3, H, W], such as `Runtime.run`.
        film: float32 [3, height, width], as `normalise` makes it.
        tile: side of a tile in pixels, a multiple of 32.
        overlap: pixels that neighbouring tiles share, a multiple of 32.
        progress: is told the share of the tiles that is done, 0-1.
    """
    _, height, width = film.shape
    size = padded(height, width, tile)
    tiles = plan_tiles(*size, tile, overlap)
    joined = _Joined(tiles, size, tile, overlap)
    for done, part in enumerate(tiles, 1):
        joined.add(part, run(crop(film, part)))
        if progress:
            progress(done / len(tiles))
    return joined.maps(height, width)


def padded(height: int, width: int, tile: int) -> tuple[int, int]:
    """Height and width that a film's tiles cover together.

    Multiples of the coarsest stride: tiles then begin at such, where the network's grid is the same in every tile.
    """
    return max(tile, -(-height // MULTIPLE) * MULTIPLE), max(tile, -(-width // MULTIPLE) * MULTIPLE)


def crop(film: Map, tile: Tile) -> Map:
    """The tile as a batch of one; beyond the film's right and lower side its reflection."""
    crop = film[(slice(None), *tile.window)]
    missing = ((0, 0), (0, tile.height - crop.shape[1]), (0, tile.width - crop.shape[2]))
    return np.ascontiguousarray(np.pad(crop, missing, mode="reflect")[None])


class _Joined:
    """Maps of the padded film, filled in place tile by tile."""

    def __init__(self, tiles: list[Tile], padded: tuple[int, int], tile: int, overlap: int) -> None:
        self._padded = padded
        starts = [sorted({t.y for t in tiles}), sorted({t.x for t in tiles})]
        axes = list(zip(starts, padded, strict=True))
        self._ramps = {s: [_ramps(*axis, tile, overlap, s) for axis in axes] for s in (FIELD_STRIDE, CELL_STRIDE)}
        self._owners = {s: [_owners(*axis, tile, s) for axis in axes] for s in (FIELD_STRIDE, CELL_STRIDE)}
        self._maps: dict[str, NDArray[np.float32]] = {}
        self._kinds: NDArray[np.uint8] | None = None
        self._image_scores: Map | None = None

    def add(self, tile: Tile, maps: Maps) -> None:
        """Scores, field and IoU fade from tile to tile; a mean of two boxes would be the box of neither.

        What is on any tile is on the film: of image scores the highest counts.
        """
        self._add(tile, "field", maps["field"][0], FIELD_STRIDE, self._ramps)
        for name in ("scores", "iou"):
            self._add(tile, name, maps[name][0], CELL_STRIDE, self._ramps)
        for name in ("boxes", "spread"):
            self._add(tile, name, maps[name][0], CELL_STRIDE, self._owners)
        if "class_map" in maps:
            self._add_kinds(tile, maps["class_map"][0, 1:].argmax(0) + 1)
        if "image_scores" in maps:
            scores = maps["image_scores"][0]
            self._image_scores = scores if self._image_scores is None else np.maximum(self._image_scores, scores)

    def _add(self, tile: Tile, name: str, values: Map, stride: int, shares: dict[int, list[Shares]]) -> None:
        shape = [side // stride for side in self._padded]
        whole = self._maps.setdefault(name, np.zeros((len(values), *shape), np.float32))
        down, across = shares[stride]
        whole[_window(tile, stride)] += values * down[tile.y][:, None] * across[tile.x]

    def _add_kinds(self, tile: Tile, index: NDArray[np.intp]) -> None:
        if self._kinds is None:
            self._kinds = np.zeros([side // FIELD_STRIDE for side in self._padded], np.uint8)
        down, across = self._owners[FIELD_STRIDE]
        owned = np.outer(down[tile.y], across[tile.x]) > 0
        self._kinds[_window(tile, FIELD_STRIDE)[1:]][owned] = index[owned]

    def maps(self, height: int, width: int) -> DenseMaps:
        """The maps without what was padded."""

        def cut(whole: Map, stride: int) -> Map:
            return np.ascontiguousarray(whole[..., : -(-height // stride), : -(-width // stride)])

        cells = {name: cut(self._maps[name], CELL_STRIDE) for name in ("scores", "boxes", "spread", "iou")}
        kinds = None
        if self._kinds is not None:
            kinds = self._kinds[: -(-height // FIELD_STRIDE), : -(-width // FIELD_STRIDE)]
        return DenseMaps(
            field=cut(self._maps["field"], FIELD_STRIDE)[0],
            scores=cells["scores"],
            boxes=cells["boxes"],
            spread=cells["spread"],
            iou=cells["iou"][0],
            kinds=kinds,
            height=height,
            width=width,
            image_scores=self._image_scores,
        )


def _window(tile: Tile, stride: int) -> tuple[slice, slice, slice]:
    rows = slice(tile.y // stride, (tile.y + tile.height) // stride)
    return slice(None), rows, slice(tile.x // stride, (tile.x + tile.width) // stride)


def _centres(side: int, stride: int) -> NDArray[np.float32]:
    return (np.arange(side // stride, dtype=np.float32) + 0.5) * stride


def _ramps(starts: list[int], side: int, tile: int, overlap: int, stride: int) -> Shares:
    """Weights that rise from 0 beside a tile's border to 1, and are 1 up to a border of the film."""
    centres = _centres(side, stride)
    weights = []
    for start in starts:
        inside = np.full_like(centres, np.inf)
        if start > 0:
            inside = np.minimum(inside, centres - start)
        if start + tile < side:
            inside = np.minimum(inside, start + tile - centres)
        weights.append(np.clip((inside - DEAF * overlap) / ((1 - 2 * DEAF) * overlap), 0, 1))
    return _cut(weights, starts, tile, stride)


def _owners(starts: list[int], side: int, tile: int, stride: int) -> Shares:
    """Weights of 1 for the tile whose middle is nearest and 0 for the others."""
    away = np.abs(_centres(side, stride) - (np.array(starts)[:, None] + tile / 2))
    return _cut(list(np.arange(len(starts))[:, None] == away.argmin(0)), starts, tile, stride)


def _cut(weights: list[NDArray[np.generic]], starts: list[int], tile: int, stride: int) -> Shares:
    """The part of each tile's weights that lies on the tile, scaled so that all weights at a cell sum to 1."""
    shares = np.array(weights, np.float32)
    shares /= shares.sum(0)
    return {s: row[s // stride : (s + tile) // stride] for row, s in zip(shares, starts, strict=True)}
