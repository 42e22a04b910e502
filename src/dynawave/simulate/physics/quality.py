"""Image quality indicators laid into a scene, and what is read from their image.

Duplex wires (ISO 19232-5, ASTM E2002) give the basic spatial resolution SRb, a flat window the SNR (ISO 17636-2),
single wires (ISO 19232-1) the contrast that can be seen.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from dynawave.simulate.physics.film import APERTURE_UM
from dynawave.simulate.records import Array

# Diameter, and gap, of the wire pairs 1D to 13D in mm; 1D to 3D are of tungsten, the others of platinum.
DUPLEX_MM: Final = (0.8, 0.63, 0.5, 0.4, 0.32, 0.25, 0.2, 0.16, 0.13, 0.1, 0.08, 0.063, 0.05)
# Diameter of the wires W1 to W19 in mm: steps of ISO's series R 10.
WIRES_MM: Final = (
    3.2,
    2.5,
    2.0,
    1.6,
    1.25,
    1.0,
    0.8,
    0.63,
    0.5,
    0.4,
    0.32,
    0.25,
    0.2,
    0.16,
    0.125,
    0.1,
    0.08,
    0.063,
    0.05,
)
DIP: Final = 0.2
# Contrast of a detail over the noise averaged within it, from which on it is seen (A. Rose, J. Opt. Soc. Am. 38 (1948)
# 196).
ROSE: Final = 5.0
_PITCH_MM: Final = 3.0


def _chord(offset: Array, diameter: float, pixel_mm: float) -> Array:
    """Mean thickness in mm of a wire in pixels whose centres lie `offset` mm from its axis."""
    radius = diameter / 2

    def area(edge: Array) -> Array:
        inside = np.clip(edge, -radius, radius)
        return np.asarray(inside * np.sqrt(radius**2 - inside**2) + radius**2 * np.arcsin(inside / radius))

    return np.asarray((area(offset + pixel_mm / 2) - area(offset - pixel_mm / 2)) / pixel_mm)


def across(shape: tuple[int, int], pixel_mm: float, tilt_degrees: float) -> Array:
    """Coordinate in mm across wires that run down the image with this tilt, 0 at the centre, [rows, columns]."""
    rows, columns = ((np.arange(n) - (n - 1) / 2) * pixel_mm for n in shape)
    angle = np.deg2rad(tilt_degrees)
    return np.asarray(np.cos(angle) * columns[None] + np.sin(angle) * rows[:, None])


def duplex_centres(pairs: Sequence[float]) -> Array:
    """Coordinate across in mm of the middle of each wire pair: they lie 3 mm apart, edge to edge."""
    widths = 3 * np.asarray(pairs)
    left = np.concatenate([[0], np.cumsum(widths + _PITCH_MM)[:-1]])
    return np.asarray(left + widths / 2 - (left[-1] + widths[-1]) / 2)


def duplex_map(
    shape: tuple[int, int], pixel_mm: float, pairs: Sequence[float] = DUPLEX_MM, tilt_degrees: float = 3.0
) -> Array:
    """Thickness in mm of platinum of duplex wires across the middle of an image, float32 [rows, columns].

    Two wires of diameter d lie the gap d apart. The standard asks for a tilt of 2 to 5 degrees to the pixel lines.
    """
    u = across(shape, pixel_mm, tilt_degrees)
    total = np.zeros(shape)
    for centre, diameter in zip(duplex_centres(pairs), pairs, strict=True):
        for side in (-diameter, diameter):
            total += _chord(u - centre - side, diameter, pixel_mm)
    return total.astype(np.float32)


def wires_map(shape: tuple[int, int], pixel_mm: float, wires: Sequence[float], pitch_mm: float = 5.0) -> Array:
    """Thickness in mm of single wires that run down the image, `pitch_mm` apart, float32 [rows, columns]."""
    u = across(shape, pixel_mm, 0)
    places = (np.arange(len(wires)) - (len(wires) - 1) / 2) * pitch_mm
    return sum((_chord(u - at, d, pixel_mm) for at, d in zip(places, wires, strict=True)), np.zeros(shape)).astype(
        np.float32
    )


def profile(image: Array, pixel_mm: float, tilt_degrees: float) -> tuple[Array, Array]:
    """Mean grey value along tilted wires, at steps of a quarter pixel across: (coordinate in mm, grey value)."""
    step = pixel_mm / 4
    index = np.rint(across((image.shape[0], image.shape[1]), pixel_mm, tilt_degrees) / step).astype(int)
    first = index.min()
    count = np.bincount((index - first).ravel())
    total = np.bincount((index - first).ravel(), np.asarray(image, float).ravel())
    used = count > 0
    return (np.flatnonzero(used) + first) * step, total[used] / count[used]


def dips(image: Array, pixel_mm: float, pairs: Sequence[float] = DUPLEX_MM, tilt_degrees: float = 3.0) -> Array:
    """Dip of each pair, [pairs]: (A + B - 2 C) / (A + B), from the depths A, B of its wires and C between them.

    Args:
        image: signal linear in dose (or, for film, grey values linear in density), wires of `duplex_map` at its centre.
        pixel_mm: edge of a pixel.
        pairs: wire diameters in mm.
        tilt_degrees: of the wires.
    """
    u, grey = profile(image, pixel_mm, tilt_degrees)
    return np.array([_dip(u - centre, grey, d) for centre, d in zip(duplex_centres(pairs), pairs, strict=True)])


def _dip(u: Array, grey: Array, diameter: float) -> float:
    """Dip of the pair of this diameter about u = 0."""
    reach = 1.5 * diameter
    beside = (np.abs(u) > reach + 0.25 * _PITCH_MM) & (np.abs(u) < reach + 0.5 * _PITCH_MM)
    # the ground may slope
    depth = np.abs(np.polyval(np.polyfit(u[beside], grey[beside], 1), u) - grey)
    left, right = (depth[(side * u > 0.4 * diameter) & (side * u < reach)].max() for side in (-1, 1))
    middle = depth[np.abs(u) < 0.4 * diameter].min()
    return float(max(0.0, 1 - 2 * middle / (left + right)))


def interpolated_srb(dip: Array, pairs: Sequence[float] = DUPLEX_MM) -> float:
    """Basic spatial resolution in mm: the diameter whose dip would be 20 %.

    By a parabola through the neighbouring pairs (ASTM E2002, iSRb).

    Returns:
        NaN where all pairs, or none, dip by 20 %.
    """
    order = np.argsort(pairs)
    size, value = np.asarray(pairs, float)[order], np.asarray(dip)[order]
    # the last pair that fails, coming from the thick ones
    below = np.flatnonzero(value < DIP)
    if len(below) == 0 or below[-1] == len(size) - 1:
        return float("nan")
    first = below[-1]
    near = slice(max(first - 1, 0) if value[first] > 0 else first, first + 3)
    roots = np.roots(np.polyfit(size[near], value[near] - DIP, min(2, len(size[near]) - 1)))
    real = roots[np.isreal(roots)].real
    inside = real[(real >= size[first]) & (real <= size[first + 1])]
    return float(inside[0]) if len(inside) else float(np.interp(DIP, value[first : first + 2], size[first : first + 2]))


def snr(window: Array) -> float:
    """Signal over noise in a flat window, at least 20 columns wide and 55 rows high (ISO 17636-2).

    The noise is taken within each row of 20 pixels and more and pooled over the rows, so that a slope down the window
    does not count.
    """
    values = np.asarray(window, float)
    return float(values.mean() / np.sqrt(values.var(axis=1, ddof=1).mean()))


def normalised_snr(window: Array, srb_um: float) -> float:
    """SNR_N = SNR x 88.6 um / SRb (ISO 17636-2)."""
    return float(snr(window) * APERTURE_UM / srb_um)


def wire_visibility(image: Array, pixel_mm: float, wires: Sequence[float], pitch_mm: float = 5.0) -> Array:
    """Contrast of each wire of `wires_map` over the noise of its own area, [wires]; from `ROSE` on it is seen.

    A wire counts as seen over a length of 10 mm (ISO 19232-1). Noise is that of means over such areas beside the wires.
    """
    rows = min(image.shape[0], round(10 / pixel_mm))
    top = (image.shape[0] - rows) // 2
    u = across((1, image.shape[1]), pixel_mm, 0)[0]
    line = np.asarray(image[top : top + rows], float).mean(axis=0)
    places = (np.arange(len(wires)) - (len(wires) - 1) / 2) * pitch_mm
    return np.array(
        [_visibility(u - at, line, max(d, pixel_mm), pixel_mm, pitch_mm) for at, d in zip(places, wires, strict=True)]
    )


def _visibility(u: Array, line: Array, width: float, pixel_mm: float, pitch_mm: float) -> float:
    """Contrast at u = 0 over the spread of means as wide as the wire."""
    size = max(1, round(width / pixel_mm))
    beside = line[(np.abs(u) > width) & (np.abs(u) < pitch_mm / 2)]
    centre = int(np.abs(u).argmin())
    first = centre - (size - 1) // 2
    contrast = abs(line[first : first + size].mean() - beside.mean())
    return float(contrast / (beside.std(ddof=1) / np.sqrt(size)))
