"""The height map of sound metal in mm: plates, the bead with its ripples, its crater and the marks of tools."""

import cv2
import numpy as np
from numpy.random import Generator

from dynawave.simulate.fields import curve, log_uniform, surface
from dynawave.simulate.records import Array
from dynawave.simulate.visual.scene import Scene


def draw_relief(rng: Generator, scene: Scene) -> Array:
    """Height of the sound surface in mm above the plates' plane, [height, width]."""
    shape = (scene.across.shape[0], scene.across.shape[1])
    return np.asarray(_plates(rng, scene, shape) + _bead(rng, scene, shape), np.float32)


def streaks(rng: Generator, shape: tuple[int, int], length: float, thickness: float, angle: float) -> Array:
    """Parallel scratches of unit spread, `length` x `thickness` pixels, at `angle` radians to the rows."""
    side = int(np.hypot(*shape)) + 2
    flat = surface(rng, (side, side), (thickness, length))
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), float(np.degrees(angle)), 1.0)
    turn[:, 2] += np.array([shape[1] / 2 - side / 2, shape[0] / 2 - side / 2])
    return np.asarray(cv2.warpAffine(flat, turn, (shape[1], shape[0]), borderMode=cv2.BORDER_REFLECT))


def _plates(rng: Generator, scene: Scene, shape: tuple[int, int]) -> Array:
    """Rolled or ground plates, now and then misaligned or the wall of a pipe."""
    scale = rng.uniform(3, 8)
    rough = log_uniform(rng, 0.001, 0.006) * surface(rng, shape, (2, 2))
    rough += log_uniform(rng, 0.001, 0.012) * surface(rng, shape, (scale, scale))
    rough += log_uniform(rng, 0.0005, 0.008) * streaks(rng, shape, log_uniform(rng, 30, 300), 1.6, rng.normal(0, 0.6))
    step = rng.normal(0, 0.15) * np.tanh(2 * scene.across)
    total = rough + step
    if rng.random() < 0.4:
        x = (np.arange(shape[1]) - rng.uniform(0.3, 0.7) * shape[1]) * scene.pixel_mm
        radius = log_uniform(rng, 0.9, 4) * shape[1] * scene.pixel_mm
        total = total + (np.sqrt(radius**2 - x**2) - radius)[None]
    return np.asarray(total, np.float32)


def pools(rng: Generator, count: int, pitch: float) -> Array:
    """Profile [count] of weld pools that froze one over the other: scales, steep at their front, 0 to about 1."""
    fronts = np.cumsum(pitch * np.clip(rng.normal(1, 0.25, int(count / (0.4 * pitch)) + 4), 0.4, 2))
    x = np.arange(count)
    scale = np.searchsorted(fronts, x, side="right")
    begin = np.concatenate([[0.0], fronts])[scale]
    t = np.clip((x - begin) / (fronts[scale] - begin), 0, 1)
    crown = rng.uniform(0.6, 0.85)
    height = np.where(t < crown, 1 - (1 - t / crown) ** 2, 1 - ((t - crown) / (1 - crown)) ** 2)
    return np.asarray(height * rng.uniform(0.5, 1.2, len(fronts) + 1)[scale], np.float32)


def _bead(rng: Generator, scene: Scene, shape: tuple[int, int]) -> Array:
    """Crown, ripples and crater; 0 beyond the bead's edges."""
    half, across = scene.half_px, scene.across
    inside = np.clip(1 - np.abs(across) ** rng.uniform(1.8, 3.5), 0, None)
    crown = scene.cap_mm * inside ** rng.uniform(0.6, 1.0)
    # ripples bow along the seam, and are not drawn with a compass
    bow = rng.choice([-1, 1]) * rng.uniform(0.4, 1.0) * half * (1 - np.minimum(across**2, 1))
    warp = rng.uniform(0.01, 0.07) * half * surface(rng, shape, (half / 3, half / 3))
    reach = int(2 * half) + 4
    index = np.arange(shape[1])[None] + reach + bow + warp
    length = shape[1] + 2 * reach
    coarse = (
        log_uniform(rng, 0.01, 0.06) * half * scene.pixel_mm * pools(rng, length, half * log_uniform(rng, 0.22, 1.0))
    )
    fine = log_uniform(rng, 0.004, 0.025) * curve(rng, length, log_uniform(rng, 2.5, 7))
    ripples = (coarse + fine)[np.clip(index, 0, length - 1).astype(np.int32)]
    lumps = rng.uniform(0.0, 0.2) * scene.cap_mm * surface(rng, shape, (half / 2, half / 1.5))
    rough = log_uniform(rng, 0.001, 0.012) * surface(rng, shape, (2.5, 2.5))
    edge = np.minimum(inside * 4, 1)
    total = crown + edge * (ripples + lumps + rough)
    if scene.crater:
        total = total - np.minimum(_crater(rng, scene, shape), total)
    return np.asarray(total, np.float32)


def _crater(rng: Generator, scene: Scene, shape: tuple[int, int]) -> Array:
    """The hollow in mm where the arc was broken off."""
    assert scene.crater
    y, x = np.ogrid[: shape[0], : shape[1]]
    radius = rng.uniform(0.3, 0.6) * scene.half_px
    distance = np.hypot((x - scene.crater[0]) / rng.uniform(1, 1.5), y - scene.crater[1]) / radius
    return np.asarray(scene.cap_mm * rng.uniform(0.3, 0.8) * np.exp(-(distance**4)), np.float32)
