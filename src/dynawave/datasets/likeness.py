"""Images that show the same thing: a perceptual hash finds candidates, a correlation decides.

An image is kept as a thumbnail of 64 x 64 only, so that thousands fit in memory. Its hash is the sign of its 63 lowest
cosine coefficients (Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions, 2010). Turning and
mirroring an image only swaps these coefficients or their signs, so copies in any of the eight positions are found; sets
are published that consist of such copies. What all images of a kind have in common, such as the lateral wave of every
ultrasonic scan, says nothing, and is taken off first.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.images.normalise import to_grey

EDGE: Final = 64
LEAST: Final = 0.95
"""Correlation of the thumbnails from which two images are near-duplicates."""

DISTANCE: Final = 16
"""Bits of 63 in which the hashes of near-duplicates may differ; of two images picked at random 31.5 do."""

COMMON: Final = 50
"""Images of a kind from which their mean says what is common to all."""

_COEFFICIENTS: Final = 8
_BLOCK: Final = 1024
_Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Look:
    """What is kept of an image: a digest of its pixels, and its thumbnail, uint8 [64, 64]."""

    digest: bytes
    thumbnail: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two images by number, the first the lower, and the correlation of their thumbnails in the best position."""

    first: int
    second: int
    correlation: float


def look(pixels: NDArray[Any]) -> Look:
    """The digest and the thumbnail of an image, [height, width] or [height, width, 3]."""
    digest = hashlib.sha256(f"{pixels.shape} {pixels.dtype}".encode())
    digest.update(np.ascontiguousarray(pixels).data)
    small = cv2.resize(to_grey(pixels).astype(np.float32), (EDGE, EDGE), interpolation=cv2.INTER_AREA)
    low, high = float(small.min()), float(small.max())
    scaled = (small - low) * (255 / (high - low)) if high > low else np.zeros_like(small)
    return Look(digest.digest(), np.rint(scaled).astype(np.uint8))


def near_duplicates(
    looks: Sequence[Look], kinds: Sequence[str] | None = None, least: float = LEAST
) -> Iterator[Likeness]:
    """Pairs of images whose thumbnails correlate by `least` or more in one of the eight positions, first by first.

    Args:
        looks: one an image.
        kinds: kind of each image; the mean of its kind is taken off it. None: all are of one kind.
        least: correlation.
    """
    thumbnails = np.array([each.thumbnail for each in looks], np.float32).reshape(len(looks), EDGE, EDGE)
    labels = np.array(kinds if kinds is not None else [""] * len(looks))
    for kind in set(labels.tolist()):
        alike = labels == kind
        if alike.sum() >= COMMON:
            thumbnails[alike] -= thumbnails[alike].mean(0)
    thumbnails -= thumbnails.mean((1, 2), keepdims=True)
    thumbnails /= np.maximum(np.linalg.norm(thumbnails, axis=(1, 2), keepdims=True), 1e-6)
    basis = _cosines()
    spectra: _Floats = (basis @ thumbnails @ basis.T).astype(np.float32)
    hashes = _hashes(spectra)
    turned = [_hashes(_turn_spectrum(spectra, position)) for position in range(8)]
    for start in range(0, len(thumbnails), _BLOCK):
        yield from _of_block(thumbnails, hashes, [each[start : start + _BLOCK] for each in turned], start, least)


def _of_block(
    thumbnails: _Floats, hashes: NDArray[np.uint64], turned: list[NDArray[np.uint64]], start: int, least: float
) -> Iterator[Likeness]:
    """Pairs of which the first is in the block that begins at `start`."""
    best: dict[tuple[int, int], float] = {}
    for position, block in enumerate(turned):
        distances = np.bitwise_count(block[:, None] ^ hashes[None, start:])
        firsts, seconds = np.nonzero(distances <= DISTANCE)
        later = seconds > firsts
        pairs = np.stack([firsts[later], seconds[later]], 1) + start
        for some in np.array_split(pairs, len(pairs) // 4096 + 1):
            moved = _turn(thumbnails[some[:, 0]], position)
            correlations = np.einsum("nij,nij->n", moved, thumbnails[some[:, 1]])
            for pair, value in zip(
                some[correlations >= least].tolist(), correlations[correlations >= least], strict=True
            ):
                key = (pair[0], pair[1])
                best[key] = max(best.get(key, 0.0), float(value))
    for (first, second), value in sorted(best.items()):
        yield Likeness(first, second, value)


def groups(count: int, pairs: Sequence[tuple[int, int]]) -> list[int]:
    """Number of the group of each of `count` things, where paired ones share a group: its first member."""
    parents = list(range(count))

    def root(index: int) -> int:
        while parents[index] != index:
            parents[index] = parents[parents[index]]
            index = parents[index]
        return index

    for first, second in pairs:
        low, high = sorted((root(first), root(second)))
        parents[high] = low
    return [root(index) for index in range(count)]


def _cosines() -> _Floats:
    """Rows of the lowest cosines, float32 [8, 64] (DCT-II)."""
    k, x = np.arange(_COEFFICIENTS)[:, None], np.arange(EDGE)[None]
    return np.cos(np.pi * k * (2 * x + 1) / (2 * EDGE)).astype(np.float32)


def _hashes(spectra: _Floats) -> NDArray[np.uint64]:
    """Signs of the coefficients but the first, as the bits of one number an image."""
    signs = (spectra.reshape(len(spectra), _COEFFICIENTS**2) > 0).astype(np.uint8)
    signs[:, 0] = 0
    return np.packbits(signs, axis=1).view(np.uint64).ravel()


def _turn(images: _Floats, position: int) -> _Floats:
    """Images [N, rows, columns] in one of the eight positions: transposed, mirrored down, mirrored across (bits)."""
    moved = images.transpose(0, 2, 1) if position & 4 else images
    moved = moved[:, ::-1] if position & 2 else moved
    return moved[:, :, ::-1] if position & 1 else moved


def _turn_spectrum(spectra: _Floats, position: int) -> _Floats:
    """What `_turn` does to the spectra: mirroring turns the sign of the odd cosines."""
    odd = np.where(np.arange(_COEFFICIENTS) % 2, -1, 1).astype(np.float32)
    moved = spectra.transpose(0, 2, 1) if position & 4 else spectra
    moved = moved * odd[:, None] if position & 2 else moved
    return moved * odd if position & 1 else moved
