"""The weld's cap and root: a profile across the seam, solidification ripples, lumps, craters and dark borders."""

from typing import Final

import cv2
import numpy as np
from numpy.random import Generator

from dynawave.simulate.fields import curve, log_uniform, surface
from dynawave.simulate.records import Array
from dynawave.simulate.scene import Ground, Seam

SCALED_SHARE: Final = 0.3
"""Of beads whose runs lie on each other like scales, as by hand with thick electrodes."""


def _sigmoid(x: Array) -> Array:
    """Smooth step from 0 to 1."""
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * x))


def _profile(rng: Generator, y: Array, upper: Array, lower: Array) -> Array:
    """Height 0-1 of a bead between two edges: flat-topped with soft flanks, rounded, or between the two."""
    half = (lower - upper) / 2
    position = (y - (upper + lower) / 2) / half
    # real beads fall from 0.8 to 0.2 of their height within 0.4 to 0.8 of the half width: 2.8 times the flank
    flank_up, flank_low = (float(half.mean()) * log_uniform(rng, 0.06, 0.27) for _ in range(2))
    flat = _sigmoid((y - upper) / flank_up) * _sigmoid((lower - y) / flank_low)
    power = rng.uniform(1.4, 3.5)
    round_ = np.clip(1 - np.abs(position) ** power, 0, 1) ** rng.uniform(0.8, 1.5)
    if rng.random() < 0.8:
        round_[:] = cv2.GaussianBlur(round_.astype(np.float32), (0, 0), log_uniform(rng, 2.0, 12))
    share = rng.choice([0.0, 1.0, rng.random()])
    return np.asarray(share * flat + (1 - share) * round_, np.float32)


def _texture(rng: Generator, position: Array, columns: int, half: float) -> Array:
    """Ripples and lumps: one-dimensional profiles along the seam, bent into crescents across it."""
    bend = rng.uniform(-0.7, 0.7) * half
    reach = int(abs(bend)) + 4
    scale = log_uniform(rng, 3.0, 14)
    ripple = rng.choice([0.0, 1.0], p=[0.4, 0.6]) * log_uniform(rng, 0.003, 0.04)
    lump = log_uniform(rng, 0.005, 0.2 if rng.random() < 0.35 else 0.05)
    length = columns + 2 * reach
    along = ripple * curve(rng, length, scale) + lump * curve(rng, length, log_uniform(rng, 20, 160))
    if rng.random() < SCALED_SHARE:
        along = along + log_uniform(rng, 0.02, 0.18) * _scales(rng, length)
    index = np.arange(columns)[None] + reach + (bend * np.minimum(position**2, 1)).astype(np.int32)
    # ripples come and go over the bead
    shape = (position.shape[0], columns)
    patches = np.clip(0.7 + rng.uniform(0, 0.8) * surface(rng, shape, (40, 70)), 0, 2)
    return np.asarray(along[np.clip(index, 0, length - 1)] * patches, np.float32)


def _scales(rng: Generator, count: int) -> Array:
    """Profile along the seam [count] of a bead like fish scales: each rises slowly and ends at a dark step."""
    pitch = log_uniform(rng, 12, 55)
    gaps = pitch * rng.uniform(0.5, 1.5, int(2 * count / pitch) + 2)
    ends = np.cumsum(gaps)
    at = np.arange(count)
    which = np.searchsorted(ends, at, side="right")
    phase = (ends[which] - at) / gaps[which]
    saw = rng.uniform(0.3, 1.2, len(gaps))[which] * (phase ** rng.uniform(0.7, 2.5) - 0.4)
    saw = cv2.GaussianBlur(saw.astype(np.float32)[None], (0, 0), rng.uniform(0.7, 3))[0]
    return np.asarray(saw[:: int(rng.choice([-1, 1]))])


def _uneven(rng: Generator, rows: int, columns: int) -> Array:
    """Uneven metal in units of the grain: cloudy relief, and now and then fine streaks from coarse crystals."""
    scale = log_uniform(rng, 3, 20)
    total = rng.uniform(0, 0.8) * surface(rng, (rows, columns), (scale, scale * log_uniform(rng, 0.7, 1.5)))
    if rng.random() < 0.3:
        streaks = surface(rng, (rows, columns + rows), (log_uniform(rng, 6, 25), rng.uniform(1, 2.5)))
        lean = rng.uniform(-0.7, 0.7)
        shift = (np.arange(rows)[:, None] * abs(lean)).astype(np.int32)
        index = np.arange(columns)[None] + (shift if lean > 0 else shift[::-1])
        total = total + rng.uniform(0.2, 0.7) * np.take_along_axis(streaks, index, 1)
    return total


def _craters(rng: Generator, scene: Ground, y: Array, x: Array, position: Array) -> Array:
    """Stop-start places: a step across the seam with a round end and a shallow soft hollow."""
    total = np.zeros(position.shape, np.float32)
    half = scene.seam.half_width() / 2
    for _ in range(rng.poisson(0.5)):
        at, direction = rng.uniform(0, x.shape[1]), rng.choice([-1, 1])
        front = direction * (x - at) + half * rng.uniform(0.2, 1.2) * position**2
        total += rng.normal(0, 0.06) * _sigmoid(front / log_uniform(rng, 2, 12))
        total -= rng.uniform(0, 0.08) * np.exp(-((front / (0.5 * half)) ** 2) - (1.5 * position) ** 2)
    return total


def _borders(rng: Generator, y: Array, seam: Seam, columns: int) -> Array:
    """Soft dark lines along the edges of the cap, of a shallow groove that is no flaw."""
    total = np.zeros((y.shape[0], columns), np.float32)
    for edge, outward in ((seam.upper, -1), (seam.lower, 1)):
        if rng.random() < 0.35:
            continue
        depth = log_uniform(rng, 0.01, 0.12) * np.clip(0.5 + curve(rng, columns, log_uniform(rng, 40, 300)), 0, 2)
        spread = log_uniform(rng, 2.5, 14)
        line = edge[::2][:columns] / 2 + outward * rng.uniform(-0.5, 1.5) * spread
        total -= depth * np.exp(-0.5 * ((y - line) / spread) ** 2)
    return total


def bead_map(rng: Generator, scene: Ground, height: int, width: int) -> Array:
    """Thickness that the weld adds to the plates in mm, [height, width]; drawn at half size."""
    seam, rows, columns = scene.seam, (height + 1) // 2, (width + 1) // 2
    y = np.arange(rows, dtype=np.float32)[:, None]
    x = np.arange(columns, dtype=np.float32)[None]
    upper, lower = seam.upper[::2][None] / 2, seam.lower[::2][None] / 2
    half, middle = (lower - upper) / 2, (lower + upper) / 2
    position = (y - middle) / half
    cap = _profile(rng, y, upper, lower)
    share = rng.uniform(0.5, 1.0)
    total = share * cap
    for _ in range(rng.choice([0, 1, 2], p=[0.4, 0.45, 0.15])):
        shift, narrow = rng.normal(0, 0.3), rng.uniform(0.25, 0.8)
        wander = [half * 0.05 * curve(rng, columns, log_uniform(rng, 15, 120))[None] for _ in range(2)]
        core = middle + shift * half
        band = _profile(rng, y, core - narrow * half + wander[0], core + narrow * half + wander[1])
        total += (1 - share) * rng.uniform(0.3, 1) * band
    texture = _texture(rng, position, columns, scene.seam.half_width() / 2)
    slow = 0.06 * rng.random() ** 2 * surface(rng, (rows, columns), (30, 60))
    total = total + cap * (texture + slow + _craters(rng, scene, y, x, position))
    total = total + cap * scene.faint_mm / scene.cap_mm * _uneven(rng, rows, columns)
    total = total + _borders(rng, y, seam, columns)
    full = cv2.resize(total.astype(np.float32), (2 * columns, 2 * rows), interpolation=cv2.INTER_CUBIC)
    return np.asarray(scene.cap_mm * full[:height, :width], np.float32)
