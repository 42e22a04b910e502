"""Wires by their cross-section and standard, lead and tape beside the bead."""

import numpy as np
import pytest

from dynawave.simulate.physics.quality import WIRES_MM
from dynawave.simulate.radiograph.markers import LEAD, add_markers, wires_for
from dynawave.simulate.scene import Seam

PIXEL, THICKNESS = 0.05, 12.0
SHAPE = (600, 3000)
LINE = np.full(SHAPE[1], 300, np.float32)
SEAM = Seam(LINE, LINE - 100, LINE + 100)


def laid(seed: int, lead: float = 0.0, tape: float = 0.0) -> np.ndarray:
    metal = np.zeros(SHAPE, np.float32)
    rng = np.random.default_rng(seed)
    add_markers(rng, SEAM, metal, PIXEL, THICKNESS, lambda other: lead if other == LEAD else tape)
    return metal


@pytest.mark.parametrize(("thickness", "first"), [(4, 13), (12, 10), (30, 6), (100, 1)])
def test_thicker_welds_get_thicker_wires(thickness: float, first: int) -> None:
    assert wires_for(thickness) == first


def test_seven_wires_cross_the_seam() -> None:
    """Lead and tape weigh nothing here, so a row holds the cross-section of wires W10 to W16."""
    rows = np.array([laid(seed)[300].sum() for seed in range(12)]) * PIXEL
    whole = sum(np.pi * d**2 / 4 for d in WIRES_MM[9:16])
    assert (rows == 0).any() and rows.max() == pytest.approx(whole, rel=1e-3)


def test_lead_lies_beside_the_bead_and_tape_is_thin() -> None:
    films = [laid(seed, lead=20.0, tape=0.1) for seed in range(12)]
    assert all((film >= 0).all() for film in films)
    thick = np.sum([film > 10 for film in films], axis=0)
    assert thick.any() and thick[200:400].sum() < 0.2 * thick.sum()


def test_same_stream_same_markers() -> None:
    assert np.array_equal(laid(3, 20, 0.1), laid(3, 20, 0.1))
