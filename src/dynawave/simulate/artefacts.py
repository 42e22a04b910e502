"""What is on a film and is no flaw: wires, lead letters, spatter, tape, scratches, dust, streaks and stains.

Those made of matter change the thickness (`matter`); those of the film and the digitiser change grey values (`marks`).
"""

import cv2
import numpy as np
from numpy.random import Generator

from dynawave.simulate.fields import blur, curve, log_uniform, surface
from dynawave.simulate.records import Array
from dynawave.simulate.scene import Ground


def add_patch(target: Array, patch: Array, x: int, y: int) -> None:
    """Add a patch whose upper left corner is (x, y); what hangs over the film is cut off."""
    height, width = target.shape
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + patch.shape[1], width), min(y + patch.shape[0], height)
    if x1 > x0 and y1 > y0:
        target[y0:y1, x0:x1] += patch[y0 - y : y1 - y, x0 - x : x1 - x]


def _wires(rng: Generator, scene: Ground, metal: Array) -> None:
    """An image quality indicator: parallel wires across the seam, each thinner than the one before."""
    height, width = metal.shape
    count, gap = int(rng.integers(3, 8)), rng.uniform(60, 130)
    thick, ratio = rng.uniform(3, 8), rng.uniform(0.75, 0.85)
    depth, lean = scene.cap_mm * log_uniform(rng, 0.04, 0.2), rng.normal(0, 0.03)
    x, way = rng.uniform(0, width), rng.choice([-1, 1])
    top, bottom = rng.uniform(-0.4, 0.4) * height, rng.uniform(0.6, 1.4) * height
    rows = np.arange(max(int(top), 0), min(int(bottom), height))
    for _ in range(count if len(rows) > 50 else 0):
        centre = x + lean * (rows - height / 2)
        left = int(centre.min()) - 12
        distance = np.abs(np.arange(left, int(centre.max()) + 13)[None] - centre[:, None]) / (thick / 2)
        add_patch(
            metal,
            blur((depth * np.sqrt(np.clip(1 - distance**2, 0, 1))).astype(np.float32), scene.unsharpness),
            left,
            rows[0],
        )
        x, thick, depth = x + way * gap, thick * ratio, depth * ratio


def _letters(rng: Generator, scene: Ground, metal: Array) -> None:
    """Lead letters and figures, or a plate with a number cut out; mostly beside the weld."""
    text = "".join(rng.choice(list("0123456789ABDEFINLSUV"), rng.integers(1, 6)))
    scale, stroke = rng.uniform(1.5, 5), int(rng.integers(5, 16))
    font = int(rng.choice([cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_PLAIN]))
    scale *= 2 if font == cv2.FONT_HERSHEY_PLAIN else 1
    (columns, rows), _ = cv2.getTextSize(text, font, scale, stroke)
    canvas = np.zeros((rows + 60, columns + 60), np.uint8)
    cv2.putText(canvas, text, (30, rows + 30), font, scale, 255, stroke, cv2.LINE_AA)
    patch = canvas.astype(np.float32) / 255
    if rng.random() < 0.15:
        patch = 1 - patch
    if rng.random() < 0.3:
        add_patch(
            metal,
            np.full(patch.shape, scene.cap_mm * rng.uniform(0.01, 0.06), np.float32),
            *_beside(rng, scene, metal, patch),
        )
    lead = scene.cap_mm * log_uniform(rng, 0.25, 3)
    add_patch(metal, blur(lead * patch, scene.unsharpness + rng.uniform(0, 2)), *_beside(rng, scene, metal, patch))


def _beside(rng: Generator, scene: Ground, metal: Array, patch: Array) -> tuple[int, int]:
    """A corner for a patch, above or below the bead."""
    width = metal.shape[1]
    x = int(rng.uniform(-0.3 * patch.shape[1], width - 0.5 * patch.shape[1]))
    column = int(np.clip(x, 0, width - 1))
    if rng.random() < 0.5:
        return x, int(scene.seam.upper[column] - patch.shape[0] - rng.uniform(-20, 150))
    return x, int(scene.seam.lower[column] + rng.uniform(-20, 150))


def _spatter(rng: Generator, scene: Ground, metal: Array) -> None:
    """Drops of metal on the plate near the bead: soft bright blobs."""
    width = metal.shape[1]
    for _ in range(rng.integers(1, 7)):
        size = int(log_uniform(rng, 6, 45))
        x = rng.uniform(0, width)
        y = scene.seam.at(x, rng.choice([-1, 1]) * rng.uniform(0.5, 1.6))
        axis = np.linspace(-1.4, 1.4, size)
        relief = 1 - np.hypot(axis[:, None], axis[None]) + 0.15 * surface(rng, (size, size), (size / 3, size / 3))
        drop = scene.cap_mm * log_uniform(rng, 0.02, 0.25) * np.sqrt(np.clip(relief, 0, 1))
        add_patch(
            metal,
            blur(np.pad(drop.astype(np.float32), 6), scene.unsharpness),
            int(x) - size // 2 - 6,
            int(y) - size // 2 - 6,
        )


def _pits(rng: Generator, scene: Ground, metal: Array) -> None:
    """Pits, rust and dents of the plates beside the bead: soft dark spots that are no flaws of the weld."""
    width = metal.shape[1]
    deep = scene.faint_mm * log_uniform(rng, 2, 12)
    for _ in range(rng.integers(3, 40)):
        size = int(log_uniform(rng, 6, 50))
        x = rng.uniform(0, width)
        y = scene.seam.at(x, rng.choice([-1, 1]) * rng.uniform(1.15, 2.5))
        axis = np.linspace(-1.3, 1.3, size)
        relief = 1 - np.hypot(axis[:, None] * rng.uniform(0.7, 1.5), axis[None])
        relief = np.clip(relief + 0.25 * surface(rng, (size, size), (size / 3, size / 3)), 0, 1)
        pit = blur(np.pad(relief.astype(np.float32), 6), scene.unsharpness)
        add_patch(
            metal, np.asarray(-deep * rng.uniform(0.2, 1) * pit, np.float32), int(x) - size // 2, int(y) - size // 2
        )


def _steps(rng: Generator, scene: Ground, metal: Array) -> None:
    """Tape, a lead mask's shadow or a plate's rim: straight density steps."""
    height, width = metal.shape
    x, y = int(rng.uniform(-0.2, 0.9) * width), int(rng.uniform(-0.2, 0.9) * height)
    size = (int(rng.uniform(0.1, 0.8) * height), int(rng.uniform(0.05, 0.6) * width))
    patch = np.full(size, scene.cap_mm * rng.normal(0, 0.04), np.float32)
    add_patch(metal, blur(np.pad(patch, 8), scene.unsharpness), x, y)


def _grinding(rng: Generator, scene: Ground, metal: Array) -> None:
    """A patch of fine parallel grinding marks."""
    rows, columns = int(rng.uniform(40, 200)), int(rng.uniform(80, 400))
    marks = surface(rng, (rows, columns), (rng.uniform(40, 120), rng.uniform(2.5, 7)))
    window = np.outer(np.hanning(rows), np.hanning(columns))
    x = int(rng.uniform(0, metal.shape[1] - 80))
    y = int(scene.seam.at(x, rng.uniform(-1.3, 1.0))) - rows // 2
    add_patch(metal, (scene.cap_mm * log_uniform(rng, 0.004, 0.02) * marks * window).astype(np.float32), x, y)


def add_matter(rng: Generator, scene: Ground, metal: Array) -> None:
    """Add, in place, what lies on the plates to the thickness map in mm."""
    for draw, chance in ((_wires, 0.5), (_letters, 0.4), (_letters, 0.2)):
        if rng.random() < chance:
            draw(rng, scene, metal)
    add_surface(rng, scene, metal)


def add_surface(rng: Generator, scene: Ground, metal: Array) -> None:
    """Add, in place, spatter, pits, steps and grinding marks to the thickness map in mm."""
    for draw, chance in ((_spatter, 0.35), (_pits, 0.35), (_steps, 0.2), (_grinding, 0.2)):
        if rng.random() < chance:
            draw(rng, scene, metal)


def _streaks(rng: Generator, scene: Ground, grey: Array) -> None:
    """Lines of the digitiser: single columns, or rows, a little off."""
    along = int(rng.random() < 0.3)
    count = grey.shape[1 - along]
    offset = np.zeros(count, np.float32)
    where = rng.integers(0, count, rng.integers(1, 12))
    offset[where] = rng.normal(0, 0.8 * scene.noise, len(where))
    if rng.random() < 0.3:
        offset += rng.uniform(0, 0.25) * scene.noise * rng.standard_normal(count)
    grey += offset[:, None] if along else offset[None]


def _scratches(rng: Generator, scene: Ground, grey: Array) -> None:
    """Long thin scratches and hairs in the emulsion, bright or dark, sharper than anything in the metal."""
    height, width = grey.shape
    for _ in range(rng.integers(1, 6)):
        count = int(log_uniform(rng, 15, 300))
        angle = rng.choice([0.0, rng.uniform(0, np.pi)])
        path = rng.uniform(0, 12) * curve(rng, count, 0.7 * count)
        x = rng.uniform(0, width) + np.arange(count) * np.cos(angle) - path * np.sin(angle)
        y = rng.uniform(0, height) + np.arange(count) * np.sin(angle) + path * np.cos(angle)
        keep = (x > 1) & (x < width - 2) & (y > 1) & (y < height - 2)
        height_grey = rng.choice([-1, 1], p=[0.25, 0.75]) * scene.noise * log_uniform(rng, 1, 6)
        grey[y[keep].astype(int), x[keep].astype(int)] += np.float32(height_grey)


def _dust(rng: Generator, scene: Ground, grey: Array) -> None:
    """Dust on the scanner: sharp bright specks of a few pixels."""
    for _ in range(rng.integers(1, 10)):
        size = int(rng.integers(2, 7))
        patch = blur(np.pad((rng.random((size, size)) > 0.45).astype(np.float32), 2), 0.5)
        x, y = int(rng.uniform(0, grey.shape[1])), int(rng.uniform(0, grey.shape[0]))
        add_patch(grey, (scene.noise * log_uniform(rng, 2, 25) * patch).astype(np.float32), x, y)


def _stains(rng: Generator, scene: Ground, grey: Array) -> None:
    """Faint stains, water marks with rims, and crescents of kinked film: large, soft, without core."""
    for _ in range(rng.integers(1, 5)):
        size = int(log_uniform(rng, 50, 220))
        axis = np.linspace(-1.3, 1.3, size)
        radius = np.hypot(axis[:, None] * rng.uniform(0.8, 2), axis[None]) + 0.12 * surface(
            rng, (size, size), (size / 4, size / 4)
        )
        disc = 1 / (1 + np.exp(np.clip((radius - 0.75) / rng.uniform(0.05, 0.3), -30, 30)))
        rim = np.exp(-(((radius - 0.75) / rng.uniform(0.03, 0.1)) ** 2)) * rng.choice([0.0, 1.0])
        patch = scene.noise * rng.normal(0, 1.3) * (disc + rim).astype(np.float32)
        add_patch(
            grey,
            patch.astype(np.float32),
            int(rng.uniform(-0.1, 1) * grey.shape[1]),
            int(rng.uniform(-0.1, 1) * grey.shape[0]),
        )


def _border(rng: Generator, scene: Ground, grey: Array) -> None:
    """The film's rim: a strip of black or white at one side."""
    strip = int(log_uniform(rng, 4, 60))
    side, value = int(rng.integers(0, 4)), np.float32(rng.choice([1.0, 3.0, 250.0]))
    turned = np.rot90(grey, side)
    turned[:strip] = value


def add_marks(rng: Generator, scene: Ground, grey: Array) -> None:
    """Add, in place, the marks of film and digitiser to the grey values."""
    chances = ((_streaks, 0.4), (_scratches, 0.45), (_dust, 0.35), (_stains, 0.3), (_border, 0.08))
    for draw, chance in chances:
        if rng.random() < chance:
            draw(rng, scene, grey)
