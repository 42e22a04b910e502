"""From class probabilities to calls, by hand."""

import numpy as np
import pytest

from benchmarks.peers.semantic import regions
from dynawave.inspection.masks import SMALLEST

NAMES = ["pore", "crack"]


def maps(*spots: tuple[slice, slice, tuple[float, float, float]]) -> np.ndarray:
    """Probabilities of sound metal, pore and crack on 20 x 20 px that are sound but for these spots."""
    out = np.zeros((3, 20, 20), np.float32)
    out[0] = 1
    for rows, columns, values in spots:
        out[:, rows, columns] = np.array(values)[:, None, None]
    return out


def test_a_region_is_a_call_of_its_class() -> None:
    found = regions(maps((slice(2, 6), slice(3, 9), (0.2, 0.6, 0.2))), NAMES)
    (call,) = found.calls
    assert (call.box, call.name) == ((3, 2, 6, 4), "pore")
    assert call.score == pytest.approx(0.8) and call.class_score == pytest.approx(0.75)
    assert call.size_px is not None and call.size_px[0] == pytest.approx(6, abs=1.5)
    assert found.class_map is not None and found.class_map[3, 4] == 1 and found.class_map.sum() == 24
    assert found.probability is not None and found.probability[3, 4] == pytest.approx(0.8)


def test_neighbours_of_another_class_are_calls_of_their_own() -> None:
    pore, crack = (slice(2, 6), slice(2, 6), (0.1, 0.9, 0.0)), (slice(2, 6), slice(6, 12), (0.3, 0.0, 0.7))
    found = regions(maps(pore, crack), NAMES)
    assert [(call.name, call.box) for call in found.calls] == [("pore", (2, 2, 4, 4)), ("crack", (6, 2, 6, 4))]
    assert found.class_map is not None and found.class_map[3].tolist()[2:12] == [1] * 4 + [2] * 6
    fewer = regions(maps(pore, crack), NAMES, present_px=17)  # the pore has 16
    assert fewer.class_map is not None and fewer.class_map[3].tolist()[2:12] == [0] * 4 + [2] * 6


def test_sound_metal_wins_by_the_largest_probability_and_specks_are_no_calls() -> None:
    unsure = (slice(2, 6), slice(2, 6), (0.4, 0.3, 0.3))
    speck = (slice(10, 11), slice(0, SMALLEST - 1), (0.0, 1.0, 0.0))
    found = regions(maps(unsure, speck), NAMES)
    assert found.calls == () and found.class_map is not None and found.class_map[3, 3] == 0
    assert found.class_map[10, 0] == 1
