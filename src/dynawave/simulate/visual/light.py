"""Light on metal: lamps with Lambert's law, highlights, fall-off and shadows, and what mirrors in the surface."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator

from dynawave.simulate.fields import log_uniform, surface
from dynawave.simulate.records import Array


@dataclass(frozen=True, slots=True)
class Lamp:
    """A small lamp at (x, y, z) in mm from the first pixel, z towards the camera; its light as (red, green, blue)."""

    place: tuple[float, float, float]
    colour: tuple[float, float, float]


def normals(height: Array, pixel_mm: float) -> tuple[Array, Array, Array]:
    """Unit normals (x, y, z), each [height, width], of a height map in mm."""
    slope_y, slope_x = np.gradient(height, pixel_mm)
    z = 1 / np.sqrt(1 + slope_x**2 + slope_y**2)
    return -slope_x * z, -slope_y * z, z


def towards(lamp: Lamp, height: Array, pixel_mm: float) -> tuple[Array, Array, Array, Array]:
    """Unit vectors (x, y, z) from each point to the lamp, and the share of its light, 1 below it, as 1 / distance^2."""
    rows, columns = height.shape
    x = lamp.place[0] - pixel_mm * np.arange(columns, dtype=np.float32)[None]
    y = lamp.place[1] - pixel_mm * np.arange(rows, dtype=np.float32)[:, None]
    z = np.float32(lamp.place[2]) - height
    distance = np.sqrt(x**2 + y**2 + z**2)
    return x / distance, y / distance, z / distance, (lamp.place[2] / distance) ** 2


def lambert(normal: tuple[Array, Array, Array], beam: tuple[Array, Array, Array]) -> Array:
    """Cosine between normal and light, 0 where the surface looks away."""
    return np.asarray(np.maximum(sum(n * b for n, b in zip(normal, beam, strict=True)), 0))


def highlight(normal: tuple[Array, Array, Array], beam: tuple[Array, Array, Array], gloss: Array) -> Array:
    """Blinn's highlight (n . h)^gloss for a camera straight above, h half way between light and camera."""
    x, y, z = beam[0], beam[1], beam[2] + 1
    cosine = (normal[0] * x + normal[1] * y + normal[2] * z) / np.sqrt(x**2 + y**2 + z**2)
    return np.asarray(np.exp(gloss * np.log(np.maximum(cosine, 1e-3))), np.float32)


def lit(height: Array, pixel_mm: float, lamp: Lamp, softness_mm: float = 0.05) -> Array:
    """Share of the lamp's light, 0 to 1, that is not kept off by higher places on the way to it."""
    rows, columns = height.shape
    x = lamp.place[0] - pixel_mm * columns / 2
    y = lamp.place[1] - pixel_mm * rows / 2
    run = float(np.hypot(x, y))
    rise = lamp.place[2] / max(run, 1e-6)
    above = np.full(height.shape, -1.0, np.float32)
    for distance in (1.5, 3, 5, 8, 12, 17, 24, 33):  # pixels
        shift = np.array([[1, 0, distance * x / run], [0, 1, distance * y / run]], np.float32)
        moved = cv2.warpAffine(
            height,
            shift,
            (columns, rows),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        above = np.maximum(above, moved - height - np.float32(distance * pixel_mm * rise))
    return np.asarray(np.clip(0.5 - above / softness_mm, 0, 1), np.float32)


def openness(height: Array, pixel_mm: float) -> Array:
    """Share of the sky that a place sees: less in a hole, by how deep it lies below its surroundings."""
    total = np.ones_like(height)
    for sigma in (2.0, 7.0):
        below = np.maximum(cv2.GaussianBlur(height, (0, 0), sigma) - height, 0)
        total /= 1 + 1.5 * below / (sigma * pixel_mm)
    return total


def mirrored(rng: Generator, normal: tuple[Array, Array, Array]) -> Array:
    """Brightness of the room as the surface mirrors it: a random picture, looked up by the normal's slope."""
    room = np.clip(0.5 + 0.4 * surface(rng, (64, 64), (11, 11)), 0.03, None) ** rng.uniform(1.5, 3)
    x, y = ((31.5 + 34 * n).astype(np.float32) for n in normal[:2])
    return np.asarray(cv2.remap(room, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def draw_lamps(rng: Generator, width_mm: float, height_mm: float) -> list[Lamp]:
    """One lamp or two, anywhere about the weld, neither straight above nor too low."""
    lamps = []
    for strength in (1.0, rng.uniform(0.15, 0.6))[: rng.choice([1, 2])]:
        turn, up, far = rng.uniform(0, 2 * np.pi), np.radians(rng.uniform(25, 65)), log_uniform(rng, 80, 400)
        x, y = (far * np.cos(up) * f(turn) for f in (np.cos, np.sin))
        warm = rng.normal(0, 0.06)
        colour = (strength * (1 + warm), strength, strength * (1 - warm))
        lamps.append(Lamp((width_mm / 2 + x, height_mm / 2 + y, far * np.sin(up)), colour))
    return lamps


def render(rng: Generator, height: Array, colour: Array, shine: Array, pixel_mm: float) -> Array:
    """Light [height, width, 3] that reaches the camera.

    Args:
        rng: the stream of the lighting.
        height: mm, [height, width].
        colour: reflectance, [height, width, 3].
        shine: share of mirror-like reflection, 0 to 1, [height, width].
        pixel_mm: edge of a pixel.
    """
    normal = normals(height, pixel_mm)
    sky = openness(height, pixel_mm)
    gloss = np.float32(log_uniform(rng, 6, 30)) * (1 + 3 * shine)
    bright, ambient = rng.uniform(0.5, 2.5), rng.uniform(0.06, 0.3)
    total = (sky * (ambient + 1.2 * shine * mirrored(rng, normal)))[..., None] * np.ones(3, np.float32)
    for lamp in draw_lamps(rng, pixel_mm * height.shape[1], pixel_mm * height.shape[0]):
        *beam, share = towards(lamp, height, pixel_mm)
        direction = (beam[0], beam[1], beam[2])
        share = share * lit(height, pixel_mm, lamp) * np.sqrt(sky)
        answer = (1 - 0.6 * shine) * lambert(normal, direction) + bright * shine * highlight(normal, direction, gloss)
        total += (share * answer)[..., None] * np.asarray(lamp.colour, np.float32)
    return np.asarray(total * colour, np.float32)
