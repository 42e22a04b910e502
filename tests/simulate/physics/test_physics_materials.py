"""Attenuation against NIST's published tables (J. H. Hubbell and S. M. Seltzer, NISTIR 5632)."""

import numpy as np
import pytest

from dynawave.errors import ConfigError
from dynawave.simulate.physics.materials import equivalent_mm, klein_nishina, material

# iron: keV, attenuation and energy absorption in cm2/g
NIST_IRON = np.array(
    [
        (60, 1.205, 0.9814),
        (100, 0.3717, 0.2177),
        (200, 0.1460, 0.04825),
        (300, 0.1099, 0.03361),
        (500, 0.08414, 0.02914),
        (800, 0.06699, 0.02714),
        (1000, 0.05995, 0.02603),
        (1250, 0.05350, 0.02472),
    ]
)


def test_iron_is_that_of_the_published_tables() -> None:
    energies, attenuation, absorption = NIST_IRON.T
    iron = material({"Fe": 1}, 7.874)
    np.testing.assert_allclose(iron.attenuation(energies), attenuation * 0.7874, rtol=0.005)
    np.testing.assert_allclose(iron.absorption(energies), absorption * 0.7874, rtol=0.025)


def test_heavy_metals_jump_at_their_edge() -> None:
    tungsten = material({"W": 1}, 19.3)
    # NIST: 4.438 cm2/g at 100 keV, 0.1378 at 500 keV; K edge at 69.525 keV
    np.testing.assert_allclose(
        tungsten.attenuation(np.array([100.0, 500.0])), 1.93 * np.array([4.438, 0.1378]), rtol=0.005
    )
    below, above = tungsten.attenuation(np.array([69.4, 69.7]))
    assert above > 4 * below


def test_free_electrons_take_the_published_share() -> None:
    # F. H. Attix, Introduction to Radiological Physics (1986), table of mean energy fractions
    total, taken = klein_nishina(np.array([0.5, 100.0, 1000.0]))
    np.testing.assert_allclose(taken[1:], [0.138, 0.440], atol=0.0005)
    # Thomson's cross section 8/3 pi r0^2 where photons are soft
    assert total[0] == pytest.approx(4 / 3, rel=0.003)


def test_a_mixed_metal_is_the_sum_of_its_parts() -> None:
    steel, alloy = (
        material({"Fe": 98.5, "Mn": 1.5}, 7.85),
        material({"Ni": 72, "Cr": 20, "Mn": 3, "Nb": 2.5, "Fe": 2.5}, 8.4),
    )
    share, density, energies = 0.3, 8.2, np.array([80.0, 150.0, 400.0])
    parts = dict.fromkeys({e for m in (steel, alloy) for e, _ in m.fractions}, 0.0)
    for one, part in ((steel, share), (alloy, 1 - share)):
        for element, fraction in one.fractions:
            parts[element] += part * fraction
    mixed = material(parts, density).attenuation(energies) * 12
    as_steel, as_alloy = equivalent_mm(12.0, share, density, steel), equivalent_mm(12.0, 1 - share, density, alloy)
    np.testing.assert_allclose(
        as_steel * steel.attenuation(energies) + as_alloy * alloy.attenuation(energies), mixed, rtol=1e-6
    )


@pytest.mark.parametrize(
    ("fractions", "density"), [({"Fe": 1}, 0), ({}, 7.8), ({"Fe": 1, "C": -0.1}, 7.8), ({"Xx": 1}, 7.8)]
)
def test_what_is_no_material_is_refused(fractions: dict[str, float], density: float) -> None:
    with pytest.raises(ConfigError, match="material"):
        material(fractions, density)
