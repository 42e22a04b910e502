"""The camera: vignette, defocus, exposure, noise, JPEG."""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from dynawave.simulate.fields import log_uniform
from dynawave.simulate.records import Array


def vignette(height: int, width: int, reach: float) -> Array:
    """Fall-off cos^4 towards the corners, where the ray's angle has the tangent `reach`."""
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return np.asarray((1 + (x**2 + y**2) / 2 * reach**2) ** -2, np.float32)


def photograph(rng: Generator, light: Array, jpeg: bool) -> NDArray[np.uint8]:
    """The photograph, uint8 [height, width, 3], of the light [height, width, 3] that reaches the lens."""
    light = light * vignette(light.shape[0], light.shape[1], rng.uniform(0.1, 0.6))[..., None]
    sigma = rng.uniform(0.35, 0.9) if rng.random() < 0.75 else rng.uniform(0.9, 2.2)
    light = np.asarray(cv2.GaussianBlur(light, (0, 0), sigma), np.float32)
    exposure = log_uniform(rng, 0.13, 0.4) / float(np.median(light[::4, ::4]))
    light *= exposure * (1 + rng.normal(0, 0.03, 3)).astype(np.float32)
    shot, read = log_uniform(rng, 0.003, 0.025), log_uniform(rng, 0.001, 0.008)
    noise = rng.standard_normal(light.shape, dtype=np.float32)
    light += noise * np.sqrt(shot**2 * np.maximum(light, 0) + read**2)
    # a soft shoulder before white, then the gamma of sRGB in short
    light = np.clip(light, 0, None)
    light /= 1 + 0.25 * light**2
    pixels = np.rint(255 * np.minimum(light, 1) ** np.float32(1 / 2.2)).astype(np.uint8)
    if jpeg:
        _, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 96))])
        pixels = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)[..., ::-1]
    return np.ascontiguousarray(pixels)
