import pytest

from dynawave.errors import ConfigError
from dynawave.metallurgy import find_metal
from dynawave.metallurgy.composition import dilute, mix

P91, L316, FILLER = (find_metal(*m).composition for m in (("P91", "base"), ("316L", "base"), ("82", "filler")))


def test_by_hand() -> None:
    weld = dilute(P91, L316, FILLER, 0.1, 0.2)
    assert weld["Cr"] == pytest.approx(0.1 * 8.75 + 0.2 * 17.2 + 0.7 * 20.0)
    assert weld["V"] == pytest.approx(0.1 * 0.215)  # only in one of them


@pytest.mark.parametrize("shares", [(0.0, 0.0), (0.15, 0.15), (0.4, 0.6), (0.9, 0.05)])
def test_weld_metal_sums_to_100(shares: tuple[float, float]) -> None:
    assert sum(dilute(P91, L316, FILLER, *shares).values()) == pytest.approx(100)


def test_ends_are_the_metals_themselves() -> None:
    assert dilute(P91, L316, FILLER, 0, 0) == pytest.approx({**dict.fromkeys({*P91, *L316}, 0.0), **FILLER})
    assert dilute(P91, P91, FILLER, 0.5, 0.5) == pytest.approx({**dict.fromkeys(FILLER, 0.0), **P91})


def test_iron_rises_and_nickel_falls_with_dilution() -> None:
    welds = [dilute(P91, L316, FILLER, d / 2, d / 2) for d in (0, 0.1, 0.3, 0.6, 1)]
    iron, nickel = [w["Fe"] for w in welds], [w["Ni"] for w in welds]
    assert iron == sorted(iron) and nickel == sorted(nickel, reverse=True)


@pytest.mark.parametrize("shares", [(-0.1, 0.2), (0.6, 0.5)])
def test_impossible_dilutions(shares: tuple[float, float]) -> None:
    with pytest.raises(ConfigError, match=r"^dilution: .*\.$"):
        dilute(P91, L316, FILLER, *shares)


def test_shares_of_a_mixture_sum_to_one() -> None:
    with pytest.raises(ConfigError, match="sum to 1"):
        mix((P91, 0.5), (L316, 0.4))
