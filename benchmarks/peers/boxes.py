"""From the tiles' scored boxes to calls: what every peer that gives boxes has in common."""

from collections.abc import Iterable, Sequence
from typing import Final

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from benchmarks.peers.shown import Film, covered, run_tiles
from dynawave.evaluation.calls import LEAST_SCORE, Call
from dynawave.inspection.runtime import ModelCard
from dynawave.inspection.settings import DecodeSettings
from dynawave.records import WeldImage

IOU: Final = 0.6
"""Of two boxes of one class that overlap more, the weaker goes."""


def find_boxes(
    network: onnxruntime.InferenceSession, film: Film, image: WeldImage, card: ModelCard
) -> tuple[Call, ...]:
    """Calls on a picture: every box of a tile for each class that it is scored for.

    Args:
        network: its output of a tile is [4 + classes, boxes]: centre, width and height in pixels, and a score a class.
        film: the picture as this network is shown it, as large as `shown` makes it.
        image: the picture.
        card: of the network.
    """
    size = covered(film, card)
    found = [_inner(output, (tile.x, tile.y), card, size) for tile, output in run_tiles(network, film, card)]
    sides, scores = np.concatenate([each[0] for each in found]), np.concatenate([each[1] for each in found])
    corners = np.concatenate([sides[:, :2] - sides[:, 2:] / 2, sides[:, 2:]], 1)
    return best_boxes(corners / card.scale, scores, [each.name for each in card.classes], image)


def best_boxes(
    boxes: NDArray[np.floating], scores: NDArray[np.floating], names: Sequence[str], image: WeldImage
) -> tuple[Call, ...]:
    """The strongest calls by falling score.

    Args:
        boxes: [n, 4], x, y, width, height in pixels of the image.
        scores: [n, classes].
        names: of the classes.
        image: that the boxes are cut at.
    """
    rows, kinds = np.nonzero(scores >= LEAST_SCORE)
    if not len(rows):
        return ()
    limit = np.array([image.width, image.height])
    low, high = (np.clip(each, 0, limit) for each in (boxes[:, :2], boxes[:, :2] + boxes[:, 2:]))
    cut = np.concatenate([low, high - low], 1)[rows].astype(np.float64)
    chances = scores[rows, kinds].astype(np.float32)
    kept = cv2.dnn.NMSBoxesBatched(cut.tolist(), chances.tolist(), kinds.tolist(), 0.0, IOU)
    return strongest(
        _call(cut[index], float(chances[index]), names[kinds[index]]) for index in np.ravel(kept).astype(int)
    )


def strongest(calls: Iterable[Call]) -> tuple[Call, ...]:
    """By falling score, and no more on an image than our own network makes."""
    return tuple(sorted(calls, key=lambda call: -call.score)[: DecodeSettings().max_indications])


def _call(box: NDArray[np.float64], score: float, name: str) -> Call:
    x, y, width, height = (float(side) for side in box)
    return Call((x, y, width, height), min(score, 1.0), name)


def _inner(
    output: NDArray[np.float32], corner: Sequence[int], card: ModelCard, size: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Boxes [n, 4] (centre, width, height) in pixels of the film, and their scores [n, classes].

    A box is taken from the tile that holds its centre away from borders that other tiles reach over.
    """
    likely = output.T[output[4:].max(0) >= LEAST_SCORE]
    start = np.array(corner)
    sides = likely[:, :4] + np.array([*corner, 0, 0], np.float32)
    low = start + np.where(start > 0, card.overlap / 2, -np.inf)
    high = start + card.tile - np.where(start + card.tile < np.array(size[::-1]), card.overlap / 2, -np.inf)
    mine = ((sides[:, :2] >= low) & (sides[:, :2] < high)).all(1)
    return sides[mine], likely[mine, 4:]
