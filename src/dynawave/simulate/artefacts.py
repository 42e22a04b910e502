"""What lies on the plates and is no flaw: wires, lead, spatter, pits, tape, grinding marks, and the end of the part.

They change the thickness; `marks` has those of film and digitiser.
"""

import numpy as np
from numpy.random import Generator

from dynawave.simulate import lead
from dynawave.simulate.fields import blur, curve, log_uniform, surface
from dynawave.simulate.marks import add_patch
from dynawave.simulate.records import Array
from dynawave.simulate.scene import Ground


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
    """Lead letters, an indicator's lettering, number plates or a washer; mostly beside the weld."""
    kind = rng.choice(["word", "lettering", "plate", "washer"], p=[0.5, 0.15, 0.27, 0.08])
    for _ in range(rng.integers(1, 4) if kind == "plate" else 1):
        height = log_uniform(rng, 50, 200)
        patch = np.pad(_lead(rng, str(kind), height), 12)
        far = kind == "plate" and rng.random() < 0.25  # on the other side of a pipe: mirrored, faint, blurred
        amount = scene.cap_mm * log_uniform(rng, 0.05, 0.4) if far else scene.cap_mm * log_uniform(rng, 0.25, 3)
        patch = patch[:, ::-1] if far else patch
        if rng.random() < 0.3:
            tape = np.full(patch.shape, scene.cap_mm * rng.uniform(0.01, 0.06), np.float32)
            add_patch(metal, tape, *_beside(rng, scene, metal, patch))
        soft = scene.unsharpness + (rng.uniform(2, 6) if far else rng.uniform(0, 2))
        add_patch(metal, np.asarray(amount * blur(patch, soft), np.float32), *_beside(rng, scene, metal, patch))


def _lead(rng: Generator, kind: str, height: float) -> Array:
    """A piece of lead of this height in pixels, float32 [rows, columns], 0 to 1."""
    text = "".join(rng.choice(list("0123456789ABDEFINLSUV"), rng.integers(1, 6)))
    if kind == "lettering":
        patch = lead.lettering(rng, f"{rng.choice([6, 10, 13])}FEDIN", 0.6 * height, 0.06 * height)
    elif kind == "plate":
        patch = lead.number_plate(rng, str(rng.integers(0, 60)), height)
    elif kind == "washer":
        patch = lead.washer(rng, height)
    else:
        patch = lead.word(rng, text, height, rng.uniform(0.09, 0.2), 0.02)
    return lead.turned(rng, patch)


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


def part_end(rng: Generator, shape: tuple[int, int]) -> Array | None:
    """Share of metal [rows, columns] of a part that ends on the film, beyond which the beam is free; mostly None."""
    if rng.random() >= 0.07:
        return None
    height, width = shape
    edge = rng.uniform(0.75, 0.97) * width + rng.uniform(0, 25) * curve(rng, height, log_uniform(rng, 60, 600))
    edge += rng.normal(0, 0.05) * np.arange(height)
    share = np.clip((edge[:, None] - np.arange(width)) / log_uniform(rng, 1, 20) + 0.5, 0, 1)
    return np.asarray(share if rng.random() < 0.5 else share[:, ::-1], np.float32)
