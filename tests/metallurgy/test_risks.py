import pytest

from dynawave.metallurgy import Weld, assess, find_metal, risks


def weld(base_a: str, base_b: str, filler: str, dilution: float = 0.3) -> Weld:
    metals = find_metal(base_a, "base"), find_metal(base_b, "base"), find_metal(filler, "filler")
    return assess(*metals, dilution / 2, dilution / 2)


def names(found: Weld) -> dict[str, str]:
    """Risk to level."""
    return {risk.name: risk.level for risk in risks(found)}


def test_nickel_filler_between_creep_resistant_and_stainless_steel() -> None:
    found = weld("P91", "316L", "ERNiCr-3")
    assert found.structure == "nickel" and found.ferrite.value is None
    assert names(found) == {
        "cold cracking": "high",
        "hot cracking": "moderate",
        "martensite at the fusion line": "moderate",
        "mottling on the radiograph": "moderate",
        "carbon migration": "note",
    }
    assert found.density == pytest.approx(1 / (0.15 / 7.77 + 0.15 / 8.0 + 0.7 / 8.37))


def test_309l_stands_dilution_by_mild_steel_that_308l_does_not() -> None:
    # the reason for an overalloyed filler: gewc.ahlamontada.com/t98-topic
    assert weld("S355", "304L", "309L").structure == "austenitic"
    lean = weld("S355", "304L", "308L", 0.4)
    assert lean.structure == "martensitic"
    assert names(lean)["martensite in the weld metal"] == "high"


def test_stainless_alone_has_neither_cold_cracking_nor_martensite() -> None:
    assert set(names(weld("304L", "316L", "308L"))) <= {"mottling on the radiograph", "embrittlement in hot service"}


def test_too_little_ferrite() -> None:
    base = find_metal("316L", "base")
    rich = base.model_copy(update={"composition": {"Fe": 64.0, "Cr": 19.0, "Ni": 17.0}})
    found = assess(rich, rich, rich, 0.1, 0.1)
    assert found.ferrite.value == 0 and found.mode == "A"
    assert names(found)["hot cracking"] == "high" and names(found)["mottling on the radiograph"] == "moderate"


def test_duplex_and_high_chromium_nickel() -> None:
    duplex = weld("2205", "2205", "2209")
    assert duplex.structure == "duplex" and "sigma and other brittle phases" in names(duplex)
    assert "ductility-dip cracking" in names(weld("Alloy 690", "316L", "52"))
    assert "ductility-dip cracking" not in names(weld("Alloy 600", "316L", "82"))


def test_a_nickel_filler_diluted_too_far_is_an_open_rule() -> None:
    assert "dilution too high" not in names(weld("P91", "316L", "82", 0.3))
    rule = next(r for r in risks(weld("P91", "316L", "82", 0.45)) if r.name == "dilution too high")
    assert rule.open and "45%" in rule.reason


def test_the_gravest_comes_first_and_each_has_reason_and_source() -> None:
    order = {"high": 0, "moderate": 1, "note": 2}
    for filler in ("309L", "82", "52", "625", "182"):
        found = risks(weld("SA-508", "316L", filler))
        assert [order[r.level] for r in found] == sorted(order[r.level] for r in found)
        assert all(r.reason and r.source for r in found)


def test_a_metal_on_both_sides_is_named_once() -> None:
    assert [r.name for r in risks(weld("P22", "P22", "82"))].count("cold cracking") == 1
