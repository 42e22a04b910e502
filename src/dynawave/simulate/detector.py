"""Film grain and digitiser: what is added to the grey values after the exposure."""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from dynawave.simulate.fields import grain, log_uniform
from dynawave.simulate.records import Array
from dynawave.simulate.scene import Scene


def noise_level(scene: Scene, grey: Array) -> Array:
    """Standard deviation of the grain at these grey values, in grey values."""
    return np.asarray(scene.noise * (0.15 + np.maximum(grey, 0) / 128) ** scene.noise_power, np.float32)


def add_grain(rng: Generator, scene: Scene, grey: Array) -> Array:
    """Add film grain: fine correlated noise, some white noise of the scanner, and coarse mottle."""
    shape = (grey.shape[0], grey.shape[1])
    sigma, stretch = log_uniform(rng, 0.7, 2.0), log_uniform(rng, 0.85, 1.18)
    white, mottle = rng.uniform(0.1, 0.45), rng.uniform(0.1, 0.45)
    total = grain(rng, shape, sigma, sigma * stretch) + white * rng.standard_normal(shape, dtype=np.float32)
    half = grain(rng, (shape[0] // 2 + 1, shape[1] // 2 + 1), log_uniform(rng, 1.5, 4), log_uniform(rng, 1.5, 4))
    total += mottle * cv2.resize(half, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(grey + noise_level(scene, grey) * total / np.sqrt(1 + white**2 + mottle**2), np.float32)


def digitise(grey: Array, eight_bit: bool) -> NDArray[np.uint16]:
    """Round to 8 or 12 bits and spread over the range of uint16."""
    levels = 255 if eight_bit else 4095
    steps = np.rint(np.clip(grey / 255, 0, 1) * levels)
    return (steps * (65535 / levels)).astype(np.uint16)
