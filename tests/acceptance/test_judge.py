from collections.abc import Callable
from typing import Any

import pytest

from dynawave.acceptance import (
    Authorisation,
    Finding,
    ImageVerdict,
    Table,
    Verdict,
    WeldData,
    find_table,
    judge,
    judge_image,
    missing,
)
from dynawave.errors import ConfigError
from dynawave.reporting.json import InspectionFile

Make = Callable[..., Finding]
Inspected = Callable[..., InspectionFile]
ISO, ASME, API = "iso5817:2023", "asme-viii:undated", "api1104:undated"


def weld(level: str | None = "B", thickness: float = 12, joint: str = "butt", **more: Any) -> WeldData:
    return WeldData.model_validate({"level": level, "thickness_mm": thickness, "joint": joint, **more})


def word(table: Table) -> Authorisation:
    return Authorisation(who="A. Muster", when="2026-11-23", table=table.id, sha256=table.sha256)


def judged(
    found: list[Finding], inspected: Inspected, table: str, data: WeldData, authorised: bool = False
) -> ImageVerdict:
    rules = find_table(table)
    return judge_image(found, rules, data, inspected().images[0], word(rules) if authorised else None)


def one(
    found: Finding, inspected: Inspected, table: str = ISO, data: WeldData | None = None, sure: bool = True
) -> Verdict:
    return judged([found], inspected, table, data or weld(), sure).indications[0]


@pytest.mark.parametrize(
    ("number", "level", "length", "width", "outcome"),
    [
        (2011, "B", 2.4, 2, "acceptable"),  # 0.2 x 12: equality accepts
        (2011, "B", 2.41, 2, "not acceptable"),
        (2011, "B", 2.4049, 2, "acceptable"),  # rounded to 0.01 mm
        (2011, "B", 2.405, 2, "not acceptable"),  # a half goes up
        (2011, "C", 3.6, 2, "acceptable"),
        (2011, "D", 4.9, 2, "not acceptable"),
        (2017, "B", 0.1, 0.1, "not acceptable"),
        (2017, "C", 2, 2, "acceptable"),  # at most 2
        (2017, "C", 2.1, 2, "not acceptable"),
        (301, "B", 12, 2, "acceptable"),
        (301, "B", 12.5, 2, "not acceptable"),
        (301, "B", 12, 2.1, "not acceptable"),
        (3011, "B", 12, 2, "acceptable"),  # a kind of 301
        (1011, "D", 0.1, 0.1, "not acceptable"),
        (4011, "C", 0.1, 0.1, "not acceptable"),
        (3042, "D", 0.1, 0.1, "not acceptable"),
        (3041, "B", 2, 2, "acceptable"),
        (2013, "D", 0.1, 0.1, "no verdict"),
        (5011, "B", 0.1, 0.1, "no verdict"),  # its depth is not seen
        (602, "D", 0.1, 0.1, "not acceptable"),  # spatter: no rule
    ],
)
def test_rows_of_iso_5817(
    number: int, level: str, length: float, width: float, outcome: str, finding: Make, inspected: Inspected
) -> None:
    verdict = one(finding(number, length, width), inspected, data=weld(level))
    assert verdict.outcome == outcome, verdict


def test_a_verdict_names_row_value_and_limit(finding: Make, inspected: Inspected) -> None:
    check = one(finding(2011, 2.5), inspected).check
    assert check is not None
    assert (check.row, check.value, check.limit, check.rule) == (
        "Gas pore, uniformly distributed porosity", 2.5, 2.4, "0.2 s, max 3 mm",
    )  # fmt: skip
    assert one(finding(602, 1), inspected).reason == "no rule"
    assert one(finding(None, 1, flaw="blob of my own"), inspected).reason == "no rule"


def test_a_stated_depth_is_judged(finding: Make, inspected: Inspected) -> None:
    assert one(finding(5011, 9, depth_mm=0.5), inspected).outcome == "acceptable"
    assert one(finding(5011, 9, depth_mm=0.51), inspected).outcome == "not acceptable"


def test_the_throat_goes_before_the_thickness(finding: Make, inspected: Inspected) -> None:
    data = weld(joint="partial_butt", throat_mm=8)
    assert one(finding(2011, 1.6), inspected, data=data).outcome == "acceptable"
    assert one(finding(2011, 2.4), inspected, data=data).outcome == "not acceptable"
    with pytest.raises(ConfigError, match="throat s"):
        one(finding(2011, 1.6), inspected, data=weld(joint="partial_butt"))


def test_a_main_group_is_judged_only_where_all_its_types_agree(finding: Make, inspected: Inspected) -> None:
    verdict = one(finding(200, 1, 1), inspected)
    assert (verdict.outcome, verdict.reason) == ("no verdict", "type not narrow enough")
    assert 2011 in verdict.accepted_as and 2017 in verdict.rejected_as and verdict.open_as == (2013,)
    assert one(finding(400, 1), inspected).outcome == "not acceptable"
    assert one(finding(100, 1), inspected).outcome == "not acceptable"
    assert one(finding(400, 1), inspected, data=weld("D")).outcome == "no verdict"
    assert one(finding(None, 0.1), inspected).outcome == "no verdict"  # "flaw": may be anything
    assert one(finding(304, 1), inspected).outcome == "no verdict"  # may be copper
    assert one(finding(300, 20, 20), inspected).outcome == "not acceptable"
    assert one(finding(200, 1, 1, read_as=2011), inspected).outcome == "acceptable"


def test_unconfirmed_rows_wait_for_an_authorisation(finding: Make, inspected: Inspected) -> None:
    pore = finding(2011, 9)
    verdict = one(pore, inspected, data=weld("C"), sure=False)
    assert (verdict.outcome, verdict.reason) == ("no verdict", "unconfirmed")
    assert verdict.check and (verdict.check.value, verdict.check.limit) == (9, 3.6)
    assert one(pore, inspected, data=weld("C")).outcome == "not acceptable"
    assert one(pore, inspected, data=weld("B"), sure=False).outcome == "not acceptable"
    rules = find_table(ISO)
    other = word(rules).model_copy(update={"sha256": "1" * 64})
    with pytest.raises(ConfigError, match="another file"):
        judge_image([pore], rules, weld(), inspected().images[0], other)


def test_area_in_the_worst_100_mm(finding: Make, inspected: Inspected) -> None:
    """Level B, one layer, a bead of 10 mm: 1 % of 1000 mm2 is 10 mm2; five pores of 2 mm2 each just reach it."""
    pores = [finding(2011, 2, 1, x=10 + 20 * i, id=i + 1) for i in range(5)]
    data = weld(layers="single", weld_width_mm=10)
    image = judged(pores, inspected, ISO, data, True)
    (area,) = image.groups
    assert (area.value, area.limit, area.outcome, image.outcome) == (1, 1, "acceptable", "acceptable")
    image = judged(
        [*pores, finding(2011, 2, 1, x=105, id=6), finding(2011, 2, 1, x=250, id=7)], inspected, ISO, data, True
    )
    (area,) = image.groups
    assert area.value == pytest.approx(1.2) and area.members == (1, 2, 3, 4, 5, 6)
    assert [v.outcome for v in image.indications] == ["not acceptable"] * 6 + ["acceptable"]
    several = judged(pores, inspected, ISO, weld(layers="multi", weld_width_mm=10), True).groups
    assert [check.limit for check in several] == [2]
    for check in judged(pores, inspected, ISO, weld(), True).groups:
        assert check.reason == "not given" and set(check.asked_for) == {"layers", "weld_width_mm"}
    assert judged(pores, inspected, ISO, data).outcome == "no verdict"  # n = 1


def test_sums_with_indications_that_may_not_belong(finding: Make, inspected: Inspected) -> None:
    """API 1104: 25 mm in 300; what may not belong is counted, but proves nothing."""
    data = weld(None, weld_length_mm=900)
    sure = [finding(401, 10, x=10, id=1), finding(402, 12, x=100, id=2)]
    image = judged(sure, inspected, API, data)
    assert image.groups[0].value == 22 and image.outcome == "acceptable"
    doubtful = finding(None, 10, x=200, id=3)
    assert judged([*sure, doubtful], inspected, API, data).groups[0].reason == "type not narrow enough"
    assert judged([*sure, finding(4013, 3.01, x=200, id=3)], inspected, API, data).groups[0].outcome == "not acceptable"
    short = judged(sure, inspected, API, weld(None, weld_length_mm=250)).groups[0]
    assert (short.limit, short.outcome) == (20, "not acceptable")  # 8 %
    assert judged(sure, inspected, API, weld(None)).groups[0].asked_for == ("weld_length_mm",)


@pytest.mark.parametrize(
    ("thickness", "length", "outcome"),
    [(19, 6, "acceptable"), (19, 6.1, "not acceptable"), (30, 10, "acceptable"), (30, 10.01, "not acceptable"),
     (57, 19, "acceptable"), (80, 19, "acceptable"), (80, 19.1, "not acceptable")],
)  # fmt: skip
def test_asme_by_thickness(thickness: float, length: float, outcome: str, finding: Make, inspected: Inspected) -> None:
    assert one(finding(301, length), inspected, ASME, weld(None, thickness), sure=False).outcome == outcome


def test_asme_aligned_groups(finding: Make, inspected: Inspected) -> None:
    """t = 10: 12 mm of slag in 120 mm is too much, unless the parts lie more than 6 L apart."""
    near = [finding(301, 4, x=20 + 25 * i, id=i + 1) for i in range(3)]
    assert judged(near, inspected, ASME, weld(None, 10)).groups[0].outcome == "not acceptable"
    far = [finding(301, 4, x=20 + 29 * i, id=i + 1) for i in range(3)]
    assert judged(far, inspected, ASME, weld(None, 10)).groups[0].outcome == "acceptable"


def test_what_was_not_seen_is_not_accepted(inspected: Inspected) -> None:
    rules = find_table(ISO)
    document = inspected(("gas_pore", 10, 1, 1), ("crack", 50, 3, 0.2), mm=None)
    pore, crack = judge(document, rules, weld()).images[0].indications
    assert (pore.outcome, pore.reason) == ("no verdict", "no scale")
    assert crack.outcome == "not acceptable"  # not permitted at any size
    nothing = inspected()
    assert judge(nothing, rules, weld()).outcome == "acceptable"
    assert judge(nothing.model_copy(update={"complete": False}), rules, weld()).outcome == "no verdict"
    assert judge(document, rules, weld(joint="fillet")).images[0].indications[1].reason == "joint not covered"
    assert judge(document, rules, weld(thickness=3)).images[0].indications[1].reason == "thickness not covered"


def test_what_is_missing_is_asked_for(inspected: Inspected) -> None:
    rules = find_table(ISO)
    assert missing(rules, WeldData()) == ("level", "joint", "thickness_mm")
    assert missing(find_table(API), WeldData(joint="butt")) == ("thickness_mm",)
    with pytest.raises(ConfigError, match="quality level"):
        judge(inspected(), rules, WeldData())
    with pytest.raises(ConfigError, match="E is no level"):
        missing(rules, weld("E"))
    with pytest.raises(ConfigError, match="cavities"):
        judge(inspected(), rules, weld(), read_as={"cavities": 2011})


def test_a_film_shorter_than_the_window_says_so(inspected: Inspected) -> None:
    document = inspected(("gas_pore", 10, 1, 1), width=500)
    data = weld(layers="single", weld_width_mm=10)
    image = judge(document, find_table(ISO), data).images[0]
    # the film is 60 mm high and 50 wide: the longer side is taken for the weld's
    assert image.along == "y" and image.short_of_mm == (60, 100)
    assert image.groups[0].value == pytest.approx(100 * 1 / (60 * 10), abs=0.01)
