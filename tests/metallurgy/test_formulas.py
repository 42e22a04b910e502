import pytest

from dynawave.metallurgy import find_metal
from dynawave.metallurgy import formulas as f

# Published worked examples: (formula, composition, value, tolerance of the print).
EXAMPLES = [
    # Kotecki and Siewert, Welding Journal 71 (1992) 171s, table 3: AISI 304 (quoted by krifurXX/wrc-1992)
    (f.WRC_CR, {"C": 0.05, "Mn": 1.6, "Si": 0.4, "Cr": 18.75, "Ni": 9.9, "Mo": 0.08, "N": 0.04}, 18.83, 0.005),
    (f.WRC_NI, {"C": 0.05, "Mn": 1.6, "Si": 0.4, "Cr": 18.75, "Ni": 9.9, "Mo": 0.08, "N": 0.04}, 12.45, 0.005),
    # A. Suharto, Dissimilar Metal Welding (2008), scribd.com/document/245334387: S235JRG
    (f.SCHAEFFLER_CR, {"C": 0.12, "Si": 0.5, "Mn": 1.6, "Cr": 0.3, "Ni": 0.3, "Mo": 0.08}, 1.13, 0.005),
    # gewc.ahlamontada.com/t98-topic: a typical 304L
    (f.SCHAEFFLER_CR, {"Cr": 18.2, "Ni": 10.1, "Mn": 1.2, "Si": 0.4, "C": 0.02}, 18.8, 0.05),
    (f.SCHAEFFLER_NI, {"Cr": 18.2, "Ni": 10.1, "Mn": 1.2, "Si": 0.4, "C": 0.02}, 11.3, 0.05),
    # machinecalcs.com/carbon-equivalent-calculator
    (f.CE_IIW, {"C": 0.16, "Mn": 0.9, "Cr": 0.05, "Mo": 0.02, "V": 0.01, "Ni": 0.05, "Cu": 0.1}, 0.336, 0.0005),
    # calcady.com/trade/welding/carbon-equivalent-weldability: A572 grade 50
    (f.CE_IIW, {"C": 0.15, "Mn": 1.2, "Cr": 0.1, "Mo": 0.05, "V": 0.02, "Ni": 0.5, "Cu": 0.2}, 0.431, 0.0005),
]


@pytest.mark.parametrize(("formula", "composition", "value", "print_"), EXAMPLES)
def test_published_examples(formula: f.Formula, composition: dict[str, float], value: float, print_: float) -> None:
    assert formula(composition) == pytest.approx(value, abs=print_)


def test_by_hand() -> None:
    steel = {"C": 0.1, "Si": 0.3, "Mn": 1.2, "Cu": 0.4, "Cr": 0.2, "Ni": 0.6, "Mo": 0.15, "V": 0.05, "B": 0.001}
    # 0.1 + 0.01 + (1.2 + 0.4 + 0.2)/20 + 0.01 + 0.01 + 0.005 + 0.005
    assert f.PCM(steel) == pytest.approx(0.23)
    # 0.1 + (1.2 + 0.15)/10 + (0.2 + 0.4)/20 + 0.6/40
    assert f.CET(steel) == pytest.approx(0.28)
    # 539 - 42.3 - 36.48 - 10.62 - 2.42 - 1.125
    assert f.MARTENSITE_START(steel) == pytest.approx(446.055)
    stainless = {"Cr": 18, "Ni": 10, "Mo": 2, "Si": 0.5, "Nb": 0.2, "Ti": 0.1, "Mn": 1, "C": 0.05, "N": 0.05, "Cu": 0.5}
    assert f.HAMMAR_SVENSSON_CR(stainless) == pytest.approx(18 + 2.74 + 0.75 + 0.4 + 0.3)
    assert f.HAMMAR_SVENSSON_NI(stainless) == pytest.approx(10 + 0.31 + 1.1 + 0.71 + 0.5)


def test_delong_is_schaeffler_and_nitrogen() -> None:
    for name in ("304L", "2205"):
        c = find_metal(name, "base").composition
        assert f.DELONG_CR(c) == f.SCHAEFFLER_CR(c)
        assert f.DELONG_NI(c) - f.SCHAEFFLER_NI(c) == pytest.approx(30 * c["N"])


def test_only_hammar_svensson_is_open() -> None:
    assert [x.name for x in (*f.EQUIVALENTS, *f.HARDENING) if x.open] == [
        "Cr_eq Hammar-Svensson",
        "Ni_eq Hammar-Svensson",
    ]


def test_andrews_was_not_made_for_nine_percent_chromium() -> None:
    assert f.MARTENSITE_START.beyond(find_metal("P91", "base").composition) == ("Cr",)
    assert not f.MARTENSITE_START.beyond(find_metal("SA-508", "base").composition)
