"""Explainer: an inspected film in; for an indication all that speaks for it on the tile about it out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from dynawave.errors import DynaWaveError
from dynawave.explain.evidence import class_evidence, flaw_evidence, side_evidence
from dynawave.explain.load import InContext, load
from dynawave.explain.pointing import raised
from dynawave.explain.trace import Map, Trace, trace
from dynawave.images.tiles import Tile
from dynawave.inspection.maps import CELL_STRIDE
from dynawave.inspection.runtime import MULTIPLE
from dynawave.inspection.stitch import crop
from dynawave.records import Indication, Inspection, WeldImage

TILE: Final = 512
"""Side in pixels of the tile that is explained, as inspection cuts them."""
PLACE: Final = 32
"""Side in pixels of the place that is explained on a film without indications: where a flaw was likeliest."""

Corners = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What speaks for an indication on the tile about it.

    Attributes:
        image: the film.
        indication: what is explained, or None: the place where a flaw was likeliest, on a film without indications.
        tile: its place on the film.
        box: left, top, right, bottom on the tile in pixels.
        mask: the indication's pixels on the part of the tile that lies on the film, [H, W].
        trace: the network's inside, of the whole tile.
        evidence: Grad-CAM of the `flaw` score and, of several classes, of the `class`, at stride 4 of the whole tile.
        sides: how much each pixel of the whole tile moves each side of the box, by the side's name.
    """

    image: WeldImage
    indication: Indication | None
    tile: Tile
    box: Corners
    mask: NDArray[np.bool_]
    trace: Trace
    evidence: dict[str, Map]
    sides: dict[str, Map]

    @property
    def number(self) -> int:
        """The indication's number, 0 where there is none."""
        return self.indication.id if self.indication else 0

    def on_film(self, heat: Map) -> Map:
        """A map of the tile [h, w] at the film's pixels, without what lies beyond the film's border."""
        height, width = self.mask.shape
        return raised(heat, (self.tile.height, self.tile.width))[:height, :width]


class Explainer:
    """Explains the indications that one model finds.

    Args:
        weights: a shipped name ("film") or the path of an ONNX file that has its `.safetensors` beside it.

    Raises:
        WeightsError: the weights are missing, damaged, or the two files are not the same network.

    Example:
        >>> explainer = Explainer("film")  # doctest: +SKIP
        >>> inspection = explainer.inspector.inspect(read_image("weld.png"))  # doctest: +SKIP
        >>> next(explainer.explain(inspection, [1])).trace.bands[0].alphas.mean(1)  # doctest: +SKIP
    """

    def __init__(self, weights: str | Path = "film") -> None:
        self.inspector, self._network = load(weights)

    def explain(self, inspection: Inspection, numbers: Sequence[int] = (1,)) -> Iterator[Explanation]:
        """Explain indications by their numbers; of a film without any, the place where a flaw was likeliest.

        Raises:
            DynaWaveError: there is no indication of this number.
        """
        found = inspection.indications
        missing = [number for number in numbers if not 1 <= number <= len(found)]
        if found and missing:
            raise DynaWaveError(
                f"{inspection.image.path or inspection.image.name}: has {len(found)} indications, and so none of "
                f"number {missing[0]}."
            )
        film = self.inspector.normalised(inspection.image)
        network = InContext(self._network, inspection.image.context)
        for indication in [found[number - 1] for number in numbers] if found else [None]:
            yield self._explain(network, film, inspection, indication)

    def _explain(
        self, network: InContext, film: Map, inspection: Inspection, indication: Indication | None
    ) -> Explanation:
        x, y, width, height = indication.box if indication else _likeliest(inspection.probability)
        tile = tile_about(x + width / 2, y + height / 2, film.shape[1], film.shape[2])
        box = (x - tile.x, y - tile.y, x + width - tile.x, y + height - tile.y)
        batch = torch.from_numpy(crop(film, tile))
        traced = trace(network, batch)
        cell = strongest_cell(traced.outputs["scores"], box)
        chosen = np.zeros(traced.outputs["scores"].shape[1:], np.bool_)
        chosen[cell] = True
        mask = _mask(inspection.image, indication, tile, box)
        evidence = {"flaw": flaw_evidence(network, batch, chosen)}
        if indication and len(self.inspector.classes) > 1:
            index = self.inspector.classes.index(indication.flaw)
            evidence["class"] = class_evidence(network, batch, chosen, index)
        sides = side_evidence(network, batch, cell)
        return Explanation(inspection.image, indication, tile, box, mask, traced, evidence, sides)


def tile_about(x: float, y: float, height: int, width: int) -> Tile:
    """The tile on a film of this size that has the point (x, y) nearest its middle.

    It begins at a multiple of the network's coarsest stride, where the network's grid is that of inspection.
    """

    def start(middle: float, length: int) -> int:
        last = max(ceil(length / MULTIPLE) * MULTIPLE - TILE, 0)
        return min(max(round((middle - TILE / 2) / MULTIPLE) * MULTIPLE, 0), last)

    return Tile(start(x, width), start(y, height), TILE, TILE)


def strongest_cell(scores: Map, box: Corners) -> tuple[int, int]:
    """Row and column of the cell within a box (left, top, right, bottom) that is surest of a flaw.

    Args:
        scores: of each class at stride 4, [C, h, w].
        box: in pixels of the tile; at least one cell of it lies on the tile.
    """
    flaw = scores.sum(0)
    rows, columns = ((np.arange(side) + 0.5) * CELL_STRIDE for side in flaw.shape)
    inside = np.outer((rows >= box[1]) & (rows <= box[3]), (columns >= box[0]) & (columns <= box[2]))
    if not inside.any():  # a box between the centres of cells
        middle = (box[1] + box[3]) / 2, (box[0] + box[2]) / 2
        nearest = [min(max(int(m / CELL_STRIDE), 0), side - 1) for m, side in zip(middle, flaw.shape, strict=True)]
        return nearest[0], nearest[1]
    row, column = np.unravel_index(np.where(inside, flaw, -1).argmax(), flaw.shape)
    return int(row), int(column)


def _likeliest(probability: Map) -> Corners:
    """The place (x, y, width, height) where a flaw is likeliest."""
    row, column = np.unravel_index(probability.argmax(), probability.shape)
    return float(column) - PLACE / 2, float(row) - PLACE / 2, PLACE, PLACE


def _mask(image: WeldImage, indication: Indication | None, tile: Tile, box: Corners) -> NDArray[np.bool_]:
    """The indication's pixels on the part of the tile that lies on the film; without one those of the place."""
    whole = np.zeros((image.height, image.width), np.bool_)[tile.window]
    if indication is None:
        left, top, right, bottom = (max(round(side), 0) for side in box)
        whole[top:bottom, left:right] = True
        return whole
    x, y = indication.mask_offset[0] - tile.x, indication.mask_offset[1] - tile.y
    rows, columns = np.nonzero(indication.mask)
    rows, columns = rows + y, columns + x
    inside = (rows >= 0) & (columns >= 0) & (rows < whole.shape[0]) & (columns < whole.shape[1])
    whole[rows[inside], columns[inside]] = True
    return whole
