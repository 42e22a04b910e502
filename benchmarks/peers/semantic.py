"""From class probabilities of pixels to maps and calls: what every peer that segments has in common.

A call is a connected region of one class. It is scored by the mean probability of any flaw on it, and its class by the
share of its own in that.
"""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from benchmarks.peers.boxes import strongest
from benchmarks.peers.card import card_in, open_model
from benchmarks.peers.shown import Film, covered, run_tiles, shown
from dynawave.evaluation.calls import Call, Calls, Detector
from dynawave.inspection.masks import regions_of, without_rare
from dynawave.inspection.measure import measure
from dynawave.inspection.runtime import ModelCard
from dynawave.records import WeldImage


def detector(model: Path, threads: int | None) -> Detector:
    """The network of an ONNX file, whose output is [N, classes + 1, H, W], sound metal first."""
    network = open_model(model, threads)
    card = card_in(network, model)
    names = [each.name for each in card.classes]

    def detect(image: WeldImage) -> Calls:
        return regions(probabilities(network, image, card), names, card.settings().present_px)

    return detect


def probabilities(network: onnxruntime.InferenceSession, image: WeldImage, card: ModelCard) -> Film:
    """Probability of sound metal and of each class [classes + 1, height, width]: the mean of the tiles of a pixel."""
    film = shown(image, card)
    total = np.zeros((len(card.classes) + 1, *covered(film, card)), np.float32)
    seen = np.zeros(total.shape[1:], np.float32)
    for tile, output in run_tiles(network, film, card):
        total[(slice(None), *tile.window)] += output
        seen[tile.window] += 1
    mean = (total / seen)[:, : film.shape[1], : film.shape[2]]
    size = (image.width, image.height)
    return np.stack([cv2.resize(each, size, interpolation=cv2.INTER_LINEAR) for each in mean]).astype(np.float32)


def regions(probability: Film, names: list[str], present_px: int = 0) -> Calls:
    """Calls, flaw probability and class map of class probabilities [classes + 1, height, width].

    Of our networks and theirs alike the class map lacks classes with fewer pixels than `present_px`.
    """
    class_map = probability.argmax(0).astype(np.uint8)
    flaw = 1 - probability[0]
    calls = [
        call
        for place, name in enumerate(names, 1)
        for call in _of_class(class_map == place, flaw, probability[place], name)
    ]
    return Calls(strongest(calls), flaw, without_rare(class_map, present_px))


def _of_class(pixels: NDArray[np.bool_], flaw: Film, own: Film, name: str) -> Iterator[Call]:
    for mask in regions_of(pixels):
        score, share = float(mask.values(flaw).mean()), float(mask.values(own).mean())
        left, top, right, bottom = mask.box.tolist()
        size = measure(mask.pixels)
        box = (left, top, right - left, bottom - top)
        yield Call(box, score, name, min(share / score, 1.0), (size.length, size.width))
