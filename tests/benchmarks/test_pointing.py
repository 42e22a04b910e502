import pytest

from benchmarks.pointing import Share, lift


def test_lift_weighs_tiles_by_their_flaws_and_its_interval_holds_all_films() -> None:
    films = {"a": [Share(0.1, 0.4), Share(0.3, 0.5)], "b": [Share(0.2, 0.9)]}
    inside, times, low, high = lift(films)
    assert inside == pytest.approx(1.8 / 3)
    assert times == pytest.approx(1.8 / 0.6)
    # a resample is both films (3.0), film a twice (0.9 / 0.4) or film b twice (0.9 / 0.2)
    assert (low, high) == pytest.approx((2.25, 4.5))


def test_of_equal_films_the_interval_has_no_breadth() -> None:
    assert lift({name: [Share(0.1, 0.2)] for name in "abc"})[1:] == pytest.approx((2, 2, 2))
