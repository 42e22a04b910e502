"""What a peer is shown of a picture: what our own network is shown, in the same overlapping tiles, but not mirrored."""

from collections.abc import Iterator

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from dynawave.images.normalise import normalise, to_values
from dynawave.images.tiles import Tile, plan_tiles
from dynawave.inspection.runtime import ModelCard
from dynawave.inspection.stitch import crop, padded
from dynawave.inspection.views import enlarge
from dynawave.records import WeldImage

Film = NDArray[np.float32]


def shown(image: WeldImage, card: ModelCard) -> Film:
    """The picture at the card's scale, normalised, float32 [3, height, width]."""
    return normalise(to_values(enlarge(image, card.scale).pixels, card.channels))


def covered(film: Film, card: ModelCard) -> tuple[int, int]:
    """Height and width that the film's tiles cover together."""
    return padded(film.shape[1], film.shape[2], card.tile)


def run_tiles(network: onnxruntime.InferenceSession, film: Film, card: ModelCard) -> Iterator[tuple[Tile, Film]]:
    """Run a network on overlapping tiles of a film; beyond its right and lower side it is mirrored.

    Yields:
        Each tile, and the network's first output for it, without the batch axis.
    """
    name = network.get_inputs()[0].name
    for tile in plan_tiles(*covered(film, card), card.tile, card.overlap):
        yield tile, network.run(None, {name: crop(film, tile)})[0][0]
