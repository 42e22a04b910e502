"""One radiograph from its streams: metals, technique, joint, flaws, dose, detector and marks."""

from collections.abc import Iterator
from itertools import chain
from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from dynawave.records import WeldContext
from dynawave.simulate.bodies import Body, plan
from dynawave.simulate.detector import digitise
from dynawave.simulate.exposure import draw_beam
from dynawave.simulate.fields import log_uniform
from dynawave.simulate.joint import Joint, Pipe, draw_joint
from dynawave.simulate.marks import add_marks
from dynawave.simulate.outline import Annotator
from dynawave.simulate.radiograph.exposure import expose
from dynawave.simulate.radiograph.flaws import image
from dynawave.simulate.radiograph.metals import Metals, draw_metals
from dynawave.simulate.radiograph.pipes import draw_run, seams_of, wall_mm
from dynawave.simulate.radiograph.receiver import draw_display, draw_receiver
from dynawave.simulate.radiograph.technique import Technique, draw_technique
from dynawave.simulate.radiograph.weld import Surfaces, draw_thickness, frame_of, lay
from dynawave.simulate.records import FilmSpec, SimulatedFilm, SimulatedFlaw

PIPE_SHARE: Final = 0.1
"""Of welds that go round a pipe, radiographed through both walls."""
RIM: Final = 61
"""Twice the pixels over which the end of a part is soft."""


def draw_radiograph(streams: list[Generator], spec: FilmSpec, width: int, height: int) -> SimulatedFilm:
    """Draw a radiograph whose seam runs along it.

    Args:
        streams: of set-up, joint, bead, flaws, matter and film.
        spec: what is to be drawn.
        width: columns.
        height: rows.
    """
    set_up, joint_rng, bead, flaw_rng, matter, film = streams
    pixel = spec.pixel_size_mm
    seam, pipe = draw_run(set_up, width, height, pixel, PIPE_SHARE)
    metals = draw_metals(set_up, bool(set_up.random() < spec.dissimilar_share))
    cap_width = 2 * seam.half_width() * pixel
    thickness = draw_thickness(set_up, cap_width)
    joint = draw_joint(joint_rng, wall_mm(pipe, thickness) if pipe else thickness, cap_width)
    cap = joint.cap_mm + joint.root_mm
    technique = _technique(set_up, joint, pipe, pixel)
    surfaces = Surfaces(seam, cap, log_uniform(set_up, 0.003, 0.03))
    layers = lay((joint_rng, bead, matter), metals, joint, surfaces, technique, (height, width), pixel, pipe)
    layers = layers.mottled(spec.mottling)

    rows, seams = np.arange(height)[:, None], seams_of(seam, pipe, joint.thickness_mm, pixel)
    inside = np.any([(rows > one.upper) & (rows < one.lower) for one in seams], axis=0)
    field = np.exp(set_up.uniform(0.1, 0.8) * draw_beam(set_up, height, width))
    exposure = expose(technique, layers, field, inside, pixel)
    # the beam beside a part that ends on the film is not what density and grey values are set for
    behind, metal = exposure.dose, np.asarray(layers.mm.any(axis=0), np.uint8)
    if not metal.all():
        behind = np.where(cv2.erode(metal, np.ones((RIM, RIM), np.uint8)), behind, np.float32(1))
    display = draw_display(set_up, draw_receiver(set_up, technique, behind), behind)
    annotator = Annotator(set_up.uniform(0.0, 1.5), log_uniform(set_up, 2.5, 6), spec.cnr[0])

    sound = display.grey(exposure.dose)
    frames = [frame_of(joint, one, technique, pixel) for one in seams] if flaw_rng.random() >= spec.sound_share else []
    bodies: Iterator[Body] = chain.from_iterable(plan(flaw_rng, frame) for frame in frames)
    imaged = [one for body in bodies if (one := image(body, exposure, display, sound, annotator))]
    grey = display.read(film, exposure.with_flaws([(one.window, one.change) for one in imaged]))
    if technique.detector != "array":
        add_marks(film, Surfaces(seam, cap, 0.0, noise=display.noise(1.0)), grey)
    pixels = digitise(display.finished(grey), bool(film.random() < spec.eight_bit_share))
    flaws = tuple(one.flaw for one in imaged if one.flaw and _shows(one.flaw, pixels))
    return SimulatedFilm(pixels, pixel, flaws, _context(metals, technique, joint.thickness_mm, pipe))


def _technique(rng: Generator, joint: Joint, pipe: Pipe | None, pixel_mm: float) -> Technique:
    """The exposure of plates, or of a pipe through both walls."""
    wall, cap = joint.thickness_mm, joint.cap_mm + joint.root_mm
    if pipe is None:
        return draw_technique(rng, wall + cap / 2, pixel_mm)
    # only where both welds are on the film does the far one's distance count
    depth = pipe.outer_mm if pipe.technique == "double image" else wall
    return draw_technique(rng, 2 * wall + cap / 2, pixel_mm, depth, pipe.lean_deg(wall))


def _shows(flaw: SimulatedFlaw, pixels: NDArray[np.uint16]) -> bool:
    """Whether a flaw lies not wholly under a border or a letter that is all black or white."""
    (x, y), (rows, columns) = flaw.offset, flaw.mask.shape
    return bool(np.ptp(pixels[y : y + rows, x : x + columns][flaw.mask]))


def _context(metals: Metals, technique: Technique, thickness_mm: float, pipe: Pipe | None) -> WeldContext:
    """What the record of the test would say."""
    details = {"Source": technique.source, "Detector": technique.detector}
    if pipe:
        details |= {"Technique": f"double wall, {pipe.technique}", "OuterDiameter": f"{pipe.outer_mm:.1f} mm"}
    return WeldContext(
        modality="radiograph",
        base_metals=(metals.base_a.name, metals.base_b.name),
        filler=metals.filler.name,
        process=metals.process,
        thickness_mm=round(thickness_mm, 2),
        voltage_kv=technique.voltage_kv,
        details=details,
    )
