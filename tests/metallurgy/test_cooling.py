import pytest

from dynawave.errors import ConfigError
from dynawave.metallurgy import cooling


def test_by_hand() -> None:
    # thick: 6200 * 1.5 * (1/400 - 1/700); thin: 3870e5 * 0.0225 * (1/160000 - 1/490000)
    found = cooling(1.5, 10, 100)
    assert found.thick_s == pytest.approx(9.964, abs=1e-3)
    assert found.thin_s == pytest.approx(36.651, abs=1e-3)
    assert found.t85_s == found.thin_s


def test_the_greater_holds_and_both_meet_at_the_transition() -> None:
    thick, thin = cooling(1.5, 40, 100), cooling(1.5, 10, 100)
    assert thick.t85_s == thick.thick_s > thick.thin_s
    assert thin.transition_mm == pytest.approx(thick.transition_mm)
    at = cooling(1.5, thin.transition_mm, 100)
    assert at.thin_s == pytest.approx(at.thick_s)


def test_heat_counts_once_in_thick_and_twice_in_thin_plate() -> None:
    one, two = cooling(1, 10, 20), cooling(2, 10, 20)
    assert two.thick_s / one.thick_s == pytest.approx(2)
    assert two.thin_s / one.thin_s == pytest.approx(4)
    assert cooling(1, 10, 20, shape_thick=0.67).thick_s == pytest.approx(0.67 * one.thick_s)
    assert cooling(1, 10, 20, shape_thin=0.45).thin_s == pytest.approx(0.45 * one.thin_s)


def test_preheat_slows_cooling() -> None:
    times = [cooling(1, 20, t).t85_s for t in (20, 100, 200, 300, 450)]
    assert times == sorted(times)


@pytest.mark.parametrize("case", [(0, 10, 20), (1, 0, 20), (1, 10, 500), (1, 10, 800), (-1, 10, 20)])
def test_impossible_conditions(case: tuple[float, float, float]) -> None:
    with pytest.raises(ConfigError, match=r"^cooling time: .*\.$"):
        cooling(*case)
