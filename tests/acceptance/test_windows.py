import numpy as np
import pytest

from dynawave.acceptance.windows import Extent, groups, worst_window


def held(extents: list[Extent], place: float, length: float) -> float:
    """What a window holds, imperfection by imperfection."""
    total = 0.0
    for e in extents:
        part = min(e.end, place + length) - max(e.start, place)
        total += e.amount * (float(part >= 0) if e.end == e.start else max(0.0, part) / (e.end - e.start))
    return total


def test_no_window_anywhere_holds_more() -> None:
    random = np.random.default_rng(5)
    for _ in range(4):
        starts = random.uniform(0, 400, 12)
        extents = [Extent(i, s, s + random.exponential(9), random.exponential(5)) for i, s in enumerate(starts)]
        worst = worst_window(extents, 100)
        assert held(extents, worst.start, 100) == pytest.approx(worst.amount)
        tried = max(held(extents, place, 100) for place in np.arange(-120, 520, 0.1))
        assert tried - 1e-9 <= worst.amount <= tried + 0.5


def test_a_window_that_just_reaches_both_is_found() -> None:
    """100 mm from outer edge to outer edge: on a grid of whole mm this window does not exist."""
    extents = [Extent(1, 10.37, 15.37, 5.0), Extent(2, 105.37, 110.37, 5.0)]
    worst = worst_window(extents, 100)
    assert worst.amount == pytest.approx(10) and worst.members == (1, 2)
    assert worst_window([extents[0], Extent(2, 105.47, 110.47, 5.0)], 100).amount == pytest.approx(9.9)


def test_points_and_nothing() -> None:
    assert worst_window([], 100).amount == 0
    assert worst_window([Extent(1, 5, 5, 2), Extent(2, 105, 105, 3)], 100).amount == 5
    assert worst_window([Extent(1, 5, 5, 2), Extent(2, 105.001, 105.001, 3)], 100).amount == 3


def test_groups_come_apart_by_their_own_longest() -> None:
    """The gap of 20 is within 6 x 4 mm but, once the longest is cut off, more than 6 x 2 mm."""
    long, *small = Extent(1, 0, 4, 4), Extent(2, 200, 202, 2), Extent(3, 222, 224, 2), Extent(4, 230, 231, 1)
    assert [[e.id for e in chain] for chain in groups([long, *small], 6)] == [[1], [2], [3, 4]]
    assert [[e.id for e in chain] for chain in groups([Extent(1, 180, 184, 4), *small], 6)] == [[1, 2, 3, 4]]
    assert len(groups([long, *small], None)) == 1
