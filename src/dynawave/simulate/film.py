"""One simulated film from its seed and number: metal, flaws, exposure, grain, digitiser."""

import cv2
import numpy as np
from numpy.random import Generator

from dynawave.records import WeldContext
from dynawave.simulate import artefacts
from dynawave.simulate.bead import bead_map
from dynawave.simulate.detector import add_grain, digitise
from dynawave.simulate.exposure import expose
from dynawave.simulate.flaws.plan import plan_flaws
from dynawave.simulate.flaws.render import place
from dynawave.simulate.marks import add_marks
from dynawave.simulate.plate import plate_map
from dynawave.simulate.records import FilmSpec, SimulatedFilm
from dynawave.simulate.scene import draw_scene


def simulate_film(seed: int, index: int, spec: FilmSpec | None = None) -> SimulatedFilm:
    """Simulate film `index` of the series `seed`; it depends on nothing else.

    Args:
        seed: number of the series, not negative.
        index: number of the film in it, not negative.
        spec: what films to draw; None for the default ones.

    Returns:
        The film with the exact masks of its flaws.

    Example:
        >>> film = simulate_film(seed=1, index=0, spec=FilmSpec(width=512, height=320))
        >>> film.pixels.shape, film.pixels.dtype
        ((320, 512), dtype('uint16'))
    """
    spec = spec or FilmSpec()
    # a stream for each part, so that a change in one leaves the others as they were
    streams = [np.random.default_rng(s) for s in np.random.SeedSequence([seed, index]).spawn(6)]
    upright = streams[0].random() < spec.upright_share
    width, height = (spec.height, spec.width) if upright else (spec.width, spec.height)
    if spec.physics:
        # attenuation tables and fits take a moment to import
        from dynawave.simulate.radiograph import draw_radiograph as draw
    else:
        draw = _draw
    film = draw(streams, spec, width, height)
    return film.turned() if upright else film


def _draw(streams: list[Generator], spec: FilmSpec, width: int, height: int) -> SimulatedFilm:
    """A film of the statistical simulator whose seam runs along it."""
    set_up, plates, bead, flaws, matter, film = streams
    scene = draw_scene(set_up, spec, width, height)

    metal = plate_map(plates, scene, height, width) + bead_map(bead, scene, height, width)
    end = artefacts.part_end(matter, (height, width))
    metal = metal if end is None else metal * end
    exposure = expose(set_up, scene, metal)
    planned = plan_flaws(flaws, spec, scene.seam)
    placed = [p for blemish in planned if (p := place(blemish, spec, scene, exposure, metal))]
    artefacts.add_matter(matter, scene, metal)
    for one in placed:
        metal[one.window] -= one.loss_mm
    grey = exposure.grey(np.maximum(metal, 0))
    grey = add_grain(film, scene, grey)
    add_marks(film, scene, grey)
    pixels = digitise(grey, bool(film.random() < spec.eight_bit_share))
    context = WeldContext(modality="radiograph", thickness_mm=round(scene.plate_mm + scene.cap_mm, 2))
    return SimulatedFilm(pixels, spec.pixel_size_mm, tuple(one.flaw for one in placed if one.flaw), context)


def quiet_threads() -> None:
    """Keep OpenCV to one thread in this process, for a worker has one core."""
    cv2.setNumThreads(1)
