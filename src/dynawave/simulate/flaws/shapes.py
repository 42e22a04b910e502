"""Shapes of missing metal: small float32 patches, 0 (sound) to 1 (deepest), before any unsharpness."""

import cv2
import numpy as np
from numpy.random import Generator

from dynawave.simulate.fields import curve, log_uniform, surface
from dynawave.simulate.records import Array


def pore(rng: Generator, length: float, width: float, angle: float, roughness: float = 0.06) -> Array:
    """An ellipsoid of `length` x `width` pixels, its long axis at `angle` radians, its outline a little uneven."""
    reach = int(np.ceil(max(length, width) * 0.6)) + 2
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    x, y = x - rng.uniform(-0.5, 0.5), y - rng.uniform(-0.5, 0.5)
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    radius = np.hypot(along / (length / 2), across / (width / 2))
    theta = np.arctan2(across, along)
    outline = sum(roughness / k * rng.standard_normal() * np.cos(k * theta + rng.uniform(0, 7)) for k in (2, 3, 4, 5))
    radius = radius / (1 + outline)
    # a pore of a few pixels must not vanish between the grid points
    soft = 1.5 / max(min(length, width), 2)
    return np.asarray(np.clip((1 - radius) / soft + 0.5, 0, 1) * np.sqrt(np.clip(1.1 - radius**2, 0.02, 1)), np.float32)


def ribbon(path: Array, width: Array, depth: Array, angle: float = 0.0, roof: float = 0.5) -> Array:
    """A band along `path` (y in pixels for each x), of this width and depth at each x, turned by `angle` radians.

    `roof` 0 gives a flat floor, 1 a sharp notch.
    """
    middle = (float(path.max()) + float(path.min())) / 2
    reach = int(np.ceil(np.abs(path - middle).max() + width.max() / 2)) + 3
    distance = np.abs(np.arange(-reach, reach + 1, dtype=np.float32)[:, None] - (path - middle)[None])
    inside = np.clip(width[None] / 2 + 0.5 - distance, 0, 1)
    floor = np.clip(1 - distance / (width[None] / 2 + 0.5), 0, 1) ** roof
    patch = np.asarray(inside * floor * depth[None], np.float32)
    return rotate(patch, angle) if angle else patch


def rotate(patch: Array, angle: float) -> Array:
    """Turn a patch by `angle` radians about its middle, on a canvas that holds all of it."""
    height, width = patch.shape
    cos, sin = abs(np.cos(angle)), abs(np.sin(angle))
    size = (int(np.ceil(width * cos + height * sin)) + 2, int(np.ceil(width * sin + height * cos)) + 2)
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -np.degrees(angle), 1.0)
    matrix[:, 2] += (np.array(size) - np.array([width, height])) / 2
    return np.asarray(cv2.warpAffine(patch, matrix, size, flags=cv2.INTER_LINEAR), np.float32)


def jagged(rng: Generator, count: int, slope: float, step: float) -> Array:
    """A crack's path [count]: straight bits of about `step` pixels whose slopes vary by `slope`."""
    bits = rng.normal(0, slope, int(count / step) + 2)
    lengths = rng.uniform(0.4, 1.6, len(bits)) * step
    slopes = np.repeat(bits, np.maximum(lengths, 1).astype(int))[:count]
    slopes = np.pad(slopes, (0, count - len(slopes)), mode="edge")
    path = np.cumsum(slopes)
    return np.asarray(path - np.linspace(0, path[-1], count) * rng.uniform(0, 1), np.float32)


def taper(count: int, share: float = 0.15) -> Array:
    """Rises from 0.2 to 1 over the first `share` of `count` steps and falls likewise at the end."""
    ramp = np.minimum(np.arange(count), np.arange(count)[::-1]) / max(share * count, 1)
    return np.asarray(0.2 + 0.8 * np.clip(ramp, 0, 1), np.float32)


def closing(rng: Generator, count: int) -> Array:
    """Factors 0 to 1 along a line of `count` pixels that comes and goes: closed over a tenth to half of its length."""
    relief = curve(rng, count, log_uniform(rng, 15, 90))
    gape = np.clip(1.5 * (relief - np.quantile(relief, rng.uniform(0.1, 0.5))), 0, 1)
    return np.asarray(gape / gape.max(), np.float32)


def braid(rng: Generator, length: float, width: float, angle: float) -> Array:
    """Two strands of a crack that part and meet again, both coming and going."""
    one, other = (crack(rng, length * share, width, angle, 0.3, True) for share in (1.0, rng.uniform(0.4, 0.9)))
    along = rng.uniform(-0.2, 0.2) * length
    place = along * np.cos(angle), along * np.sin(angle)
    return paste([(one, 0, 0), (rng.uniform(0.4, 1) * other, *place)])[0]


def crack(
    rng: Generator, length: float, width: float, angle: float, slope: float = 0.35, interrupted: bool = False
) -> Array:
    """A thin jagged line `length` pixels long and about `width` wide, fading at its ends, here and there closed."""
    count = max(int(length), 6)
    path = jagged(rng, count, slope, rng.uniform(4, 18)) + rng.uniform(0, 3) * curve(rng, count, 40)
    thick = width * np.clip(1 + 0.35 * curve(rng, count, 12), 0.4, 2) * taper(count, 0.3)
    deep = np.clip(0.8 + 0.25 * curve(rng, count, 25), 0.3, 1) * taper(count)
    if interrupted:
        deep *= closing(rng, count)
    return ribbon(path, thick.astype(np.float32), deep.astype(np.float32), angle)


def rag(rng: Generator, length: float, width: float, angle: float) -> Array:
    """A ragged inclusion: a cloud cut out of random relief, denser in its middle."""
    columns, rows = int(length * 1.3) + 5, int(width * 1.3) + 5
    y, x = np.linspace(-1.3, 1.3, rows)[:, None], np.linspace(-1.3, 1.3, columns)[None]
    size = float(np.clip(width * rng.uniform(0.25, 0.6), 2, 14))
    relief = 1 - np.sqrt(x**2 + y**2) + rng.uniform(0.2, 0.45) * surface(rng, (rows, columns), (size, size))
    patch = np.clip(relief / rng.uniform(0.15, 0.8), 0, 1) * np.clip(
        1 + 0.3 * surface(rng, (rows, columns), (5, 5)), 0.3, 1.5
    )
    patch = np.pad(patch.astype(np.float32), 2)
    return rotate(patch, angle)


def paste(patches: list[tuple[Array, float, float]]) -> tuple[Array, float, float]:
    """Join patches, each with its middle (x, y), into one by the greatest depth; return it with its middle."""
    corners = [(round(x) - p.shape[1] // 2, round(y) - p.shape[0] // 2, p) for p, x, y in patches]
    left, top = min(c[0] for c in corners), min(c[1] for c in corners)
    right = max(x + p.shape[1] for x, _, p in corners)
    bottom = max(y + p.shape[0] for _, y, p in corners)
    canvas = np.zeros((bottom - top, right - left), np.float32)
    for x, y, patch in corners:
        view = canvas[y - top : y - top + patch.shape[0], x - left : x - left + patch.shape[1]]
        np.maximum(view, patch, out=view)
    return canvas, left + canvas.shape[1] // 2, top + canvas.shape[0] // 2
