"""Transmission against plain sums over all energies and published build-up factors."""

import numpy as np
import pytest

from dynawave.metallurgy.metals import Role, find_metal
from dynawave.simulate.physics.absorbers import film, scintillator
from dynawave.simulate.physics.materials import Material, material
from dynawave.simulate.physics.source import Spectrum, gamma, tube
from dynawave.simulate.physics.transmission import beam, buildup, scatter

STEEL, ALLOY, PLATINUM = (
    material({"Fe": 1}, 7.85),
    material({"Ni": 0.7, "Cr": 0.2, "Mo": 0.1}, 8.44),
    material({"Pt": 1}, 21.45),
)
TUBE = tube(220).behind([(material({"Al": 1}, 2.7), 4.0)])


def _exact(spectrum: Spectrum, thickness: dict[Material, np.ndarray]) -> np.ndarray:
    """Energy left in the detector behind these metals over that without: a loop over every energy."""
    signal, total = scintillator().signal(spectrum), 0.0
    for k, one in enumerate(signal):
        depth = sum(metal.attenuation(spectrum.energies)[k] * mm for metal, mm in thickness.items())
        total = total + one * np.exp(-depth)
    return np.asarray(total / signal.sum())


def test_one_energy_is_an_exponential() -> None:
    mono = Spectrum(np.array([150.0]), np.array([1e6]))
    t = np.linspace(0, 40, 9, dtype=np.float32)[None]
    coefficient = STEEL.attenuation(np.array([150.0]))[0]
    np.testing.assert_allclose(
        beam(mono, scintillator(), {STEEL: 40}).primary([t]), np.exp(-coefficient * t), rtol=1e-5
    )


@pytest.mark.parametrize("spectrum", [TUBE, gamma("Se-75"), gamma("Ir-192")])
def test_few_energies_stand_for_all(spectrum: Spectrum) -> None:
    rng = np.random.default_rng(1)
    steel, alloy = rng.uniform(0, 40, (2, 8, 8)).astype(np.float32)
    wire = rng.uniform(0, 0.6, (8, 8)).astype(np.float32)
    for layers in ({STEEL: steel}, {STEEL: steel, ALLOY: alloy}, {STEEL: steel, PLATINUM: wire}):
        greatest = {metal: 0.6 if metal is PLATINUM else 40.0 for metal in layers}
        reduced = beam(spectrum, scintillator(), greatest)
        assert len(reduced.weights) <= 18
        found = reduced.primary(list(layers.values()))
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, _exact(spectrum, layers), rtol=0.005)


def test_the_beam_hardens() -> None:
    reduced = beam(TUBE, scintillator(), {STEEL: 40})
    slopes = [reduced.effective(t) for t in (0, 5, 20, 40)]
    assert slopes == sorted(slopes, reverse=True) and slopes[0] > 1.5 * slopes[-1]
    thick = np.array([[19.99, 20.01]], np.float32)
    signal = reduced.primary([thick])[0].astype(float)
    assert np.log(signal[0] / signal[1]) / 0.02 == pytest.approx(reduced.effective(20), rel=0.01)


@pytest.mark.parametrize(
    ("kev", "paths", "published"),
    [
        (100, [1, 2, 4, 6], [1.40, 1.61, 1.94, 2.20]),
        (500, [1, 2, 4, 7, 10], [1.98, 3.09, 5.98, 11.7, 19.2]),
    ],
)
def test_build_up_is_that_of_iron(kev: float, paths: list[float], published: list[float]) -> None:
    """ANSI/ANS-6.4.3 at 0.1 MeV, H. Goldstein and J. E. Wilkins, NYO-3075 (1954) at 0.5 MeV."""
    share = float(STEEL.compton_share(np.array([kev]))[0])
    np.testing.assert_allclose(1 + buildup(np.array(paths), share), published, rtol=0.07)


def test_scatter_behind_19_mm_of_steel_is_almost_twice_the_primary() -> None:
    """Radiography in Modern Industry, Kodak (1980), chapter 6, for 3/4 inch of steel."""
    reduced = beam(TUBE, scintillator(), {STEEL: 30})
    primary = reduced.primary([np.full((60, 60), 19.05, np.float32)])
    ratio = scatter(reduced, primary, 19.05, 19.05 / 2 / 0.5) / primary
    assert 1.4 < ratio.mean() < 2.0 and ratio.std() < 1e-3


def test_scatter_spreads_over_its_height_and_keeps_its_sum() -> None:
    mono = beam(Spectrum(np.array([300.0]), np.ones(1)), scintillator(), {STEEL: 30})
    primary = np.ones((201, 201), np.float32)
    primary[100, 100] = np.exp(-1.0)
    spread = scatter(mono, primary, 10, 3.0)
    expected = buildup(np.array(1.0), mono.compton_share(10))
    assert spread.sum() == pytest.approx(np.exp(-1) * expected, rel=0.01)
    # h / (h^2 + r^2)^(3/2) falls to 2^(-3/2) at r = h
    assert spread[100, 103] / spread[100, 100] == pytest.approx(2**-1.5, rel=0.02)
    assert spread[100, 106] / spread[103, 100] == pytest.approx((5 / 2) ** -1.5, rel=0.02)


@pytest.mark.parametrize(
    ("names", "thickness", "kilovolts"),
    [(("P91", "316L", "82"), 27.9, 379), (("P91", "Alloy 625", "625"), 20.2, 302)],
)
def test_beams_are_found_for_three_metals_alike(
    names: tuple[str, str, str], thickness: float, kilovolts: float
) -> None:
    """Set-ups whose fit once did not end: metals that differ little, so that many mixtures transmit alike."""
    roles: tuple[Role, ...] = ("base", "base", "filler")
    found = [find_metal(name, role) for name, role in zip(names, roles, strict=True)]
    metals = [material(metal.composition, metal.density) for metal in found]
    rays, absorber = tube(kilovolts), film(0.1)
    reduced = beam(rays, absorber, dict.fromkeys(metals, 2 * thickness + 5))
    signal = absorber.signal(rays)
    exact = signal @ np.exp(-metals[0].attenuation(rays.energies) * thickness) / signal.sum()
    assert reduced.through(thickness) == pytest.approx(exact, rel=0.005)
