"""One radiograph from its streams: metals, technique, joint, flaws, dose, detector and marks."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from dynawave.records import WeldContext
from dynawave.simulate import artefacts
from dynawave.simulate.bodies import plan
from dynawave.simulate.detector import digitise
from dynawave.simulate.exposure import draw_beam
from dynawave.simulate.fields import log_uniform
from dynawave.simulate.joint import draw_joint
from dynawave.simulate.outline import Annotator
from dynawave.simulate.radiograph.exposure import expose
from dynawave.simulate.radiograph.flaws import image
from dynawave.simulate.radiograph.metals import Metals, draw_metals
from dynawave.simulate.radiograph.receiver import draw_display, draw_receiver
from dynawave.simulate.radiograph.technique import Technique, draw_technique
from dynawave.simulate.radiograph.weld import Surfaces, draw_thickness, frame_of, lay
from dynawave.simulate.records import FilmSpec, SimulatedFilm, SimulatedFlaw
from dynawave.simulate.scene import draw_seam


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
    seam = draw_seam(set_up, width, height)
    metals = draw_metals(set_up, bool(set_up.random() < spec.dissimilar_share))
    cap_width = 2 * seam.half_width() * pixel
    joint = draw_joint(joint_rng, draw_thickness(set_up, cap_width), cap_width)
    cap = joint.cap_mm + joint.root_mm
    technique = draw_technique(set_up, joint.thickness_mm + cap / 2, pixel)
    surfaces = Surfaces(seam, cap, log_uniform(set_up, 0.003, 0.03))
    layers = lay((joint_rng, bead, matter), metals, joint, surfaces, technique, (height, width), pixel)

    rows = np.arange(height)[:, None]
    inside = (rows > seam.upper) & (rows < seam.lower)
    field = np.exp(set_up.uniform(0.1, 0.8) * draw_beam(set_up, height, width))
    exposure = expose(technique, layers, field, inside, pixel)
    display = draw_display(set_up, draw_receiver(set_up, technique, exposure.dose), exposure.dose)
    annotator = Annotator(set_up.uniform(0.0, 1.5), log_uniform(set_up, 2.5, 6), spec.cnr[0])

    sound = display.grey(exposure.dose)
    bodies = plan(flaw_rng, frame_of(joint, seam, technique, pixel)) if flaw_rng.random() >= spec.sound_share else ()
    imaged = [one for body in bodies if (one := image(body, exposure, display, sound, annotator))]
    grey = display.read(film, exposure.with_flaws([(one.window, one.change) for one in imaged]))
    if technique.detector != "array":
        artefacts.add_marks(film, Surfaces(seam, cap, 0.0, noise=display.noise(1.0)), grey)
    pixels = digitise(grey, bool(film.random() < spec.eight_bit_share))
    flaws = tuple(one.flaw for one in imaged if one.flaw and _shows(one.flaw, pixels))
    return SimulatedFilm(pixels, pixel, flaws, _context(metals, technique, joint.thickness_mm))


def _shows(flaw: SimulatedFlaw, pixels: NDArray[np.uint16]) -> bool:
    """Whether a flaw lies not wholly under a border or a letter that is all black or white."""
    (x, y), (rows, columns) = flaw.offset, flaw.mask.shape
    return bool(np.ptp(pixels[y : y + rows, x : x + columns][flaw.mask]))


def _context(metals: Metals, technique: Technique, thickness_mm: float) -> WeldContext:
    """What the record of the test would say."""
    return WeldContext(
        modality="radiograph",
        base_metals=(metals.base_a.name, metals.base_b.name),
        filler=metals.filler.name,
        process=metals.process,
        thickness_mm=round(thickness_mm, 2),
        voltage_kv=technique.voltage_kv,
        details={"Source": technique.source, "Detector": technique.detector},
    )
