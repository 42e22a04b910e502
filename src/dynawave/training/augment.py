"""Augmentation of radiographs: where a tile lies, how it was exposed and what is known of it, drawn at random.

Geometry is one affine map, so that pixels are interpolated once. Photometry works on film brightness in units of the
film's own range, before contrast normalisation, as another exposure or scanner would.
"""

from dataclasses import fields
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from dynawave.records import WeldContext
from dynawave.training.config import AugmentConfig, Photometry

Grey = NDArray[np.float32]

TOE: Final = np.float32(0.1)
"""How far below the film's range brightness is still told apart."""


def draw_geometry(
    rng: np.random.Generator, config: AugmentConfig, point: ArrayLike, at: ArrayLike
) -> NDArray[np.float64]:
    """An affine map [2, 3] from tile to film pixels by scale, turn, mirror and, unless it is upright, quarter turns.

    The film's `point` (x, y) appears `at` (x, y) in the tile.
    """
    scale = float(np.exp(rng.uniform(*np.log(config.scale))))
    angle = np.deg2rad(rng.uniform(-config.rotation_deg, config.rotation_deg))
    quarters = rng.integers(4)  # drawn either way, so that whatever follows is the same
    angle += 0 if config.upright else quarters * np.pi / 2
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = scale * turn @ np.diag([rng.choice([-1, 1]), 1])
    return np.column_stack([linear, np.asarray(point) - linear @ np.asarray(at)])


def warp(pixels: NDArray[Any], to_film: NDArray[np.float64], size: int, interpolation: int) -> NDArray[Any]:
    """Sample a square tile of `size` pixels; beyond the film it is mirrored."""
    return cv2.warpAffine(
        pixels,
        to_film,
        (size, size),
        flags=interpolation | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT_101,
    )


def expose(unit: Grey, rng: np.random.Generator, config: Photometry) -> Grey:
    """Vary a tile whose brightness runs from 0 to 1: gamma, contrast, blur, film noise, digitisation, polarity."""
    if config.blur_px and rng.random() < 0.3:
        unit = np.asarray(cv2.GaussianBlur(unit, (0, 0), rng.uniform(0.3, max(config.blur_px, 0.31))), np.float32)
    gamma = np.exp(rng.uniform(-config.gamma, config.gamma))
    # dark plates lie below the range of the film; what differs there must stay different
    unit = np.clip((unit + TOE) / (1 + TOE), 0, 4) ** np.float32(gamma) * (1 + TOE) - TOE
    if config.noise and rng.random() < 0.5:
        unit = unit + _film_noise(unit.shape, rng) * np.float32(config.noise * rng.random() ** 2)
    if rng.random() < 0.3:  # a scanner of fewer grey levels
        levels = 2.0 ** rng.uniform(6, 8)
        unit = np.round(unit * levels) / levels
    if rng.random() < config.inverted:
        unit = 1 - unit
    if config.colour and unit.ndim == 3:
        unit = _tinted(unit, rng, config.colour)
    gain = 1 + rng.uniform(-config.contrast, config.contrast)
    return np.asarray((unit - 0.5) * gain + 0.5 + rng.uniform(-0.1, 0.1), np.float32)


def forget(context: WeldContext, rng: np.random.Generator, probability: float) -> WeldContext:
    """Leave out the whole context with this probability and otherwise, with the same, each field of it.

    What follows from a field - the weld metal, words of the text - goes with it, as where a user does not know it.
    """
    if rng.random() < probability:
        return WeldContext()
    kept = [field.name for field in fields(context) if rng.random() >= probability]
    return WeldContext(**{name: getattr(context, name) for name in kept})


def _tinted(unit: Grey, rng: np.random.Generator, strength: float) -> Grey:
    """Colours deepened or paled, and light of another tint: what one specimen, lamp and camera have in common."""
    grey = unit.mean(-1, keepdims=True)
    deepened = grey + (unit - grey) * np.float32(1 + rng.uniform(-strength, strength))
    return np.asarray(deepened * np.exp(rng.uniform(-strength, strength, 3) / 3), np.float32)


def _film_noise(shape: tuple[int, ...], rng: np.random.Generator) -> Grey:
    """Gaussian noise of unit spread, correlated over up to two pixels as film grain and scanner make it."""
    noise = rng.standard_normal(shape, np.float32)
    if rng.random() < 0.7:
        noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), rng.uniform(0.4, 2.0)), np.float32)
        noise /= noise.std()
    return noise
