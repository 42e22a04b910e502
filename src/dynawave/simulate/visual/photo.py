"""One simulated photograph of a weld from its seed and number."""

from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.random import Generator

from dynawave.records import WeldContext
from dynawave.simulate.picture import Mask, SimulatedPicture, cut_flaw
from dynawave.simulate.records import Array, SimulatedFlaw
from dynawave.simulate.visual.blemishes import Blemish, draw_blemishes
from dynawave.simulate.visual.camera import photograph
from dynawave.simulate.visual.colour import draw_colour
from dynawave.simulate.visual.light import render
from dynawave.simulate.visual.marks import add_marks
from dynawave.simulate.visual.relief import draw_relief
from dynawave.simulate.visual.scene import Scene, draw_scene
from dynawave.simulate.visual.spec import PhotoSpec
from dynawave.simulate.visual.surface import Surface, carve
from dynawave.taxonomy import BY_NUMBER

NUMBERS: Final = (1011, 1021, 104, 2017, 2024, 5011, 506, 510, 511, 602)
CLASSES: Final = tuple(BY_NUMBER[number] for number in NUMBERS)
"""Flaws that a photograph may show."""

SMALLEST: Final = 8
"""Pixels of the smallest label."""


def simulate_photo(seed: int, index: int, spec: PhotoSpec | None = None) -> SimulatedPicture:
    """Simulate photograph `index` of the series `seed`; it depends on nothing else.

    Args:
        seed: number of the series, not negative.
        index: number of the photograph in it, not negative.
        spec: what photographs to draw; None for the default ones.

    Returns:
        The photograph, uint8 [height, width, 3], with the exact masks of its flaws.

    Example:
        >>> photo = simulate_photo(seed=1, index=0, spec=PhotoSpec(width=256, height=192))
        >>> photo.pixels.shape, photo.pixels.dtype
        ((192, 256, 3), dtype('uint8'))
    """
    spec = spec or PhotoSpec()
    # a stream for each part, so that a change in one leaves the others as they were
    streams = [np.random.default_rng(s) for s in np.random.SeedSequence([seed, index]).spawn(7)]
    set_up, shape, flaws, paint, marks, light, camera = streams
    upright = set_up.random() < spec.upright_share
    rows, columns = (spec.width, spec.height) if upright else (spec.height, spec.width)
    scene = draw_scene(set_up, rows, columns, set_up.uniform(*spec.pixels_mm))

    height = draw_relief(shape, scene)
    trouble = 0 if flaws.random() < spec.sound_share else 1 + flaws.poisson(0.8)
    metal, made = _make(flaws, paint, scene, height, int(trouble))
    add_marks(marks, metal, scene.pixel_mm)
    if upright:
        metal = Surface(metal.height.T.copy(), metal.colour.transpose(1, 0, 2).copy(), metal.shine.T.copy())
        made = [(blemish, mask.T) for blemish, mask in made]
    pixels = photograph(
        camera,
        render(light, metal.height, metal.colour, metal.shine, scene.pixel_mm),
        camera.random() < spec.jpeg_share,
    )
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    drawn = tuple(_label(grey, blemish, mask, scene.pixel_mm) for blemish, mask in made if mask.sum() >= SMALLEST)
    context = WeldContext("visual", tuple(sorted(set(scene.metals))))
    return SimulatedPicture(pixels, scene.pixel_mm, drawn, context)


def _make(
    flaws: Generator, paint: Generator, scene: Scene, height: Array, trouble: int
) -> tuple[Surface, list[tuple[Blemish, Mask]]]:
    """The surface with its flaws, and each flaw with its mask."""
    molten = (np.abs(scene.across) < 1).astype(np.float32)
    shade = np.ones_like(height)
    made = []
    for blemish in draw_blemishes(flaws, scene, trouble):
        mask = carve(height, molten, shade, blemish)
        if mask is not None:
            made.append((blemish, mask))
    soft = np.asarray(cv2.GaussianBlur(molten, (0, 0), 1.2), np.float32)
    colour = draw_colour(paint, scene, soft) * shade[..., None]
    shine = np.clip(paint.uniform(0.1, 0.5) + paint.uniform(0, 0.5) * soft, 0, 1) * np.sqrt(shade)
    return Surface(height, np.asarray(colour, np.float32), np.asarray(shine, np.float32)), made


def _label(grey: Array, blemish: Blemish, mask: Mask, pixel_mm: float) -> SimulatedFlaw:
    """The flaw's record; its contrast is that of its mean grey against a ring about it, over the spread there."""
    outline = cv2.findNonZero(blemish.outline.astype(np.uint8))
    sides = [(side + 1) * pixel_mm for side in cv2.minAreaRect(outline)[1]]
    flaw = cut_flaw(mask, blemish.iso6520, (sides[0], sides[1]), 0.0)
    (x, y), (rows, columns) = flaw.offset, flaw.mask.shape
    near = np.s_[max(y - 8, 0) : y + rows + 8, max(x - 8, 0) : x + columns + 8]
    inside = mask[near]
    ring = cv2.dilate(inside.astype(np.uint8), np.ones((13, 13), np.uint8)) > inside
    around = grey[near][ring]
    cnr = abs(float(grey[near][inside].mean() - around.mean())) / (float(around.std()) + 1)
    return replace(flaw, cnr=cnr)
