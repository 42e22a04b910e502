import numpy as np
import pytest

from dynawave.metallurgy import find_metal
from dynawave.metallurgy.composition import dilute
from dynawave.metallurgy.diagrams import diagrams, ferrite_number, schaeffler_region, solidification, wrc_mode
from dynawave.metallurgy.formulas import WRC_CR

# Kotecki and Siewert, Welding Journal 71 (1992) 171s: Cr_eq, Ni_eq, printed ferrite number, how far ours is at most.
# Quoted from krifurXX/wrc-1992, src/lib/wrc.test.ts, whose authors accepted their reading of the lines by them.
PRINTED = [
    (20.30, 13.60, 4.6, 0.5),  # example 1, point C
    (29.00, 11.90, 88.2, 0.5),  # example 1, E312-16
    (24.60, 14.95, 17.4, 0.5),  # example 2, E309L-16
    (20.04, 13.39, 4.3, 0.5),  # example 2, point H
    (18.83, 12.45, 3.2, 0.5),  # example 2, AISI 304
    (28.61, 15.81, 36, 2),  # table 1, calculated from the regression: 9292-622
    (28.14, 14.57, 46, 2),  # 9276-057
    (23.13, 10.81, 40, 4),  # 9276-854
    (25.95, 12.03, 56, 2),  # 9276-904
    (23.72, 10.36, 54, 2),  # 9276-853
    (24.02, 9.81, 69, 2),  # 9276-817
    (28.19, 10.66, 99, 2),  # 9292-202
]


def at(cr: float, ni: float) -> dict[str, float]:
    """A composition that lies there on both diagrams."""
    return {"Fe": 100 - cr - ni, "Cr": cr, "Ni": ni}


@pytest.mark.parametrize(("cr", "ni", "number", "apart"), PRINTED)
def test_printed_ferrite_numbers(cr: float, ni: float, number: float, apart: float) -> None:
    assert ferrite_number(at(cr, ni)).value == pytest.approx(number, abs=apart)


def test_the_papers_second_example_from_filler_to_weld_metal() -> None:
    # 304 to mild steel with E309L-16: the printed point H, 20.04 and 13.39 with FN 4.3, is 15 % of each base metal when
    # mild steel has Cr_eq 0. Its 0.20 % carbon is worked back from the Ni_eq of H, so only Cr_eq and FN are a check.
    weld = dilute(at(18.83, 12.45), {"C": 0.20, "Fe": 99.8}, at(24.60, 14.95), 0.15, 0.15)
    assert WRC_CR(weld) == pytest.approx(20.04, abs=0.01)
    assert ferrite_number(weld).value == pytest.approx(4.3, abs=0.3)


def test_lines_give_their_own_number() -> None:
    for line in diagrams().wrc1992.iso_fn:
        cr, ni = np.mean(line.points[:2], axis=0)
        assert ferrite_number(at(cr, ni)).value == pytest.approx(line.value, abs=1e-6)


@pytest.mark.parametrize("ni", [9.5, 11, 12.5, 14, 15.5, 17, 18])
def test_ferrite_rises_with_chromium_and_falls_with_nickel(ni: float) -> None:
    along = [ferrite_number(at(cr, ni)).value for cr in np.arange(17, 31.01, 0.1)]
    known = [v for v in along if v is not None]
    assert known == sorted(known) and along[: len(known)] == known
    down = [ferrite_number(at(15 + ni, n)).value for n in np.arange(9, 18.01, 0.1) if ni < 14]
    kept = [v for v in down if v is not None]
    assert kept == sorted(kept, reverse=True)


def test_outside_the_diagram_there_is_a_warning() -> None:
    nickel = ferrite_number(find_metal("82", "filler").composition)
    assert nickel.value is None and "outside" in (nickel.warning or "")
    assert ferrite_number(at(30.9, 9.1)).value is None
    beyond_the_tips = ferrite_number(at(28.61, 15.81))
    assert beyond_the_tips.value is not None and "prolonged" in (beyond_the_tips.warning or "")
    assert ferrite_number(at(22, 13)).warning is None
    assert ferrite_number(at(17.5, 16)).value == 0 and ferrite_number(at(17.5, 16)).warning is None


@pytest.mark.parametrize(
    ("cr", "ni", "mode"), [(18.2, 16, "A"), (19.6, 14.3, "AF"), (20, 12.3, "FA"), (22.3, 10.4, "F"), (10, 12, None)]
)
def test_modes_of_wrc(cr: float, ni: float, mode: str | None) -> None:
    assert wrc_mode(at(cr, ni)) == mode


@pytest.mark.parametrize(
    ("cr", "ni", "region"),
    [
        (5, 30, "austenite"),
        (35, 2, "ferrite"),
        (6, 9, "martensite"),
        (24.9, 14.35, "austenite + ferrite"),  # a typical 309L consumable, gewc.ahlamontada.com/t98-topic
        (18.92, 10.15, "austenite + martensite + ferrite"),  # BSSA's 304, close to the corner of four fields
        (19.83, 13.15, "austenite + ferrite"),  # BSSA's 316
        (12, 3, "martensite + ferrite"),
        (45, 10, None),
        (10, 60, None),
    ],
)
def test_schaefflers_fields(cr: float, ni: float, region: str | None) -> None:
    assert schaeffler_region({"Cr": cr, "Ni": ni}) == region


def test_schaefflers_fields_leave_no_gap() -> None:
    places = [(cr, ni) for cr in np.arange(0.25, 40, 1.5) for ni in np.arange(0.25, 32, 1.5)]
    assert all(schaeffler_region({"Cr": cr, "Ni": ni}) for cr, ni in places)


@pytest.mark.parametrize(
    ("cr", "ni", "mode"), [(20, 14, "A or AF"), (20, 12, "FA"), (20, 10, "F"), (5, 3, None), (20, 60, "A or AF")]
)
def test_suutalas_ratio(cr: float, ni: float, mode: str | None) -> None:
    # limits 1.5 and 1.9: Anaele et al., Int. J. Metals (2015) 213258
    assert solidification(at(cr, ni)).mode == mode
    assert solidification(at(cr, ni)).ratio == pytest.approx(cr / ni)
