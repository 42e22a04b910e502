"""Spectra against published mean energies."""

import pytest

from dynawave.errors import ConfigError
from dynawave.simulate.physics.materials import material
from dynawave.simulate.physics.source import gamma, tube

AL, CU, SN, PB = (material({e: 1}, d) for e, d in (("Al", 2.70), ("Cu", 8.96), ("Sn", 7.29), ("Pb", 11.35)))


@pytest.mark.parametrize(
    ("kilovolts", "filters", "mean_kev"),
    [
        (60, [(AL, 4.0), (CU, 0.6)], 48),
        (100, [(AL, 4.0), (CU, 5.0)], 83),
        (150, [(AL, 4.0), (SN, 2.5)], 118),
        (200, [(AL, 4.0), (PB, 1.0), (SN, 3.0), (CU, 2.0)], 164),
        (300, [(AL, 4.0), (PB, 5.0), (SN, 3.0)], 250),
    ],
)
def test_tubes_have_the_mean_energy_of_the_reference_radiation(
    kilovolts: float, filters: list, mean_kev: float
) -> None:
    """Narrow-spectrum series N-60 to N-300 of ISO 4037-1: voltage, filters and mean photon energy."""
    assert tube(kilovolts).behind(filters).mean_kev == pytest.approx(mean_kev, rel=0.02)


def test_a_tube_ends_at_its_voltage_and_shows_the_lines_of_tungsten() -> None:
    spectrum = tube(225, angle=15)
    assert spectrum.energies.max() < 225 and (spectrum.photons >= 0).all()
    # K alpha 1 is stronger than alpha 2 by 1.7 to 1.8 (Bearden)
    lines = dict(zip(spectrum.energies.tolist(), spectrum.photons.tolist(), strict=True))
    assert 1.5 < lines[59.32] / lines[57.98] < 2.0
    soft = tube(60)
    assert soft.photons[soft.energies == 59.32] < 1e-4 * soft.photons.sum(), "no K lines below the K edge"


def test_flat_anodes_are_harder() -> None:
    assert tube(160, 10).mean_kev > tube(160, 20).mean_kev > tube(160, 30).mean_kev


@pytest.mark.parametrize(("name", "mean_kev"), [("Se-75", 215), ("Ir-192", 375), ("Co-60", 1253)])
def test_gamma_sources_have_their_mean_energy(name: str, mean_kev: float) -> None:
    """Means weighted by photons, rounded, as textbooks of radiography give them."""
    assert gamma(name).mean_kev == pytest.approx(mean_kev, rel=0.04)


def test_what_is_no_source_is_refused() -> None:
    with pytest.raises(ConfigError, match="Yb-169"):
        gamma("Yb-169")
    with pytest.raises(ConfigError, match="900 kV"):
        tube(900)
