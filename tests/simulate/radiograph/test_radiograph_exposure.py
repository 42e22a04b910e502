"""The dose with a flaw against one computed anew from layers that have it; noise and masks against what is measured."""

from dataclasses import replace

import numpy as np
import pytest

from dynawave.metallurgy.metals import find_metal
from dynawave.simulate.bodies import Body
from dynawave.simulate.bodies.body import GAS, SLAG, TUNGSTEN, Filling
from dynawave.simulate.outline import Annotator
from dynawave.simulate.physics.materials import material
from dynawave.simulate.physics.transmission import beam
from dynawave.simulate.radiograph.exposure import Exposure, expose
from dynawave.simulate.radiograph.flaws import image
from dynawave.simulate.radiograph.receiver import DigitalReceiver, draw_display, draw_receiver
from dynawave.simulate.radiograph.technique import Technique, draw_technique
from dynawave.simulate.radiograph.weld import Layers

SHAPE, PIXEL = (160, 200), 0.0403
STEEL, NICKEL = (
    material(metal.composition, metal.density) for metal in (find_metal("P91", "base"), find_metal("82", "filler"))
)
WINDOW = np.s_[60:100, 80:120]


@pytest.fixture(scope="module", params=["film", "plate", "array"])
def technique(request: pytest.FixtureRequest) -> Technique:
    drawn = (draw_technique(np.random.default_rng(seed), 10.0, PIXEL) for seed in range(400))
    return next(one for one in drawn if one.detector == request.param and one.voltage_kv)


@pytest.fixture(scope="module")
def exposure(technique: Technique) -> Exposure:
    mm = np.stack([np.full(SHAPE, 4, np.float32), np.full(SHAPE, 6, np.float32)])
    return expose(technique, Layers((STEEL, NICKEL), mm, None), np.ones(SHAPE), np.ones(SHAPE, bool), PIXEL)


def disc(loss_mm: float, filling: Filling = GAS) -> Body:
    y, x = np.mgrid[-20:20, -20:20]
    loss = (loss_mm * (np.hypot(x, y) < 12)).astype(np.float32)
    return Body(2011, loss, (80, 60), (4.0, 3.2, 5.0), 1.0, 1.0, loss_mm, filling)


@pytest.mark.parametrize("filling", [GAS, SLAG, TUNGSTEN], ids=lambda f: f.name)
def test_a_flaw_takes_metal_and_leaves_its_filling(technique: Technique, exposure: Exposure, filling: Filling) -> None:
    """What the flaw lets through against a beam reduced for its filling too."""
    loss = 0.5
    change = exposure.changed(disc(loss, filling), WINDOW, disc(loss).loss_mm)
    rays = beam(technique.rays, technique.absorber, {STEEL: 5, NICKEL: 7, filling.material: 1})
    left = [np.full((1, 1), mm, np.float32) for mm in (4 * 0.95, 6 * 0.95, loss)]
    sound = [np.full((1, 1), mm, np.float32) for mm in (4, 6, 0)]
    expected = float(rays.primary(left)[0, 0] / rays.primary(sound)[0, 0])
    assert 1 + change[20, 20] / exposure.primary[80, 100] == pytest.approx(expected, rel=0.02, abs=0.002)
    assert not change[0].any()


def test_dose_in_the_weld_is_one_and_flaws_change_it_where_they_are(exposure: Exposure) -> None:
    assert np.median(exposure.dose) == pytest.approx(1)
    dose = exposure.with_flaws([(WINDOW, exposure.changed(disc(0.5), WINDOW, disc(0.5).loss_mm))])
    assert dose[80, 100] > exposure.dose[80, 100]
    assert np.allclose(dose[:20], exposure.dose[:20], rtol=1e-5)


@pytest.mark.parametrize("smoothed", [False, True])
def test_noise_is_what_is_read(technique: Technique, exposure: Exposure, smoothed: bool) -> None:
    if smoothed and technique.detector != "film":
        pytest.skip("films are smoothed")
    rng = np.random.default_rng(2)
    receiver = draw_receiver(rng, technique, exposure.dose)
    if isinstance(receiver, DigitalReceiver):
        receiver = replace(receiver, faults=0.0)
    display = replace(draw_display(rng, receiver, exposure.dose), smoothed=smoothed)
    read = display.finished(display.read(rng, exposure.dose))
    assert read.mean() == pytest.approx(float(display.grey(exposure.dose).mean()), abs=0.5)
    assert read.std() == pytest.approx(display.noise(1.0), rel=0.1)


def test_contrast_is_that_of_the_exposed_image(technique: Technique, exposure: Exposure) -> None:
    """Label and grey values agree, and what nobody outlines stays in the metal."""
    rng = np.random.default_rng(2)
    display = draw_display(rng, draw_receiver(rng, technique, exposure.dose), exposure.dose)
    sound, annotator = display.grey(exposure.dose), Annotator(0.5, 3.0, 0.7)
    strong = image(disc(1.0), exposure, display, sound, annotator)
    assert strong and strong.flaw
    with_flaw = display.finished(display.grey(exposure.with_flaws([(strong.window, strong.change)])))
    contrast = float(np.abs(with_flaw - sound).max())
    assert strong.flaw.cnr == pytest.approx(contrast / display.noise(float(exposure.dose[80, 100])), rel=0.05)
    (x, y), (rows, columns) = strong.flaw.offset, strong.flaw.mask.shape
    assert abs(x + columns / 2 - 100) < 2 and abs(y + rows / 2 - 80) < 2 and 22 < columns < 40
    faint = image(disc(0.002), exposure, display, sound, annotator)
    assert faint and faint.flaw is None and faint.change.max() > 0
