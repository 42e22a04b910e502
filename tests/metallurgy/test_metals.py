import pytest

from dynawave.errors import ConfigError
from dynawave.metallurgy import find_metal, library

# Limits of the standards, typed here independently of the library: (least, greatest) mass %.
LIMITS = {
    ("P91", "base"): {"C": (0.08, 0.12), "Mn": (0.3, 0.6), "Si": (0.2, 0.5), "Cr": (8, 9.5), "Mo": (0.85, 1.05)}
    | {"V": (0.18, 0.25), "Nb": (0.06, 0.1), "N": (0.03, 0.07), "Ni": (0, 0.4), "P": (0, 0.02), "S": (0, 0.01)},
    ("P22", "base"): {"C": (0.05, 0.15), "Mn": (0.3, 0.6), "Cr": (1.9, 2.6), "Mo": (0.87, 1.13), "Si": (0, 0.5)},
    ("SA-508", "base"): {"C": (0, 0.25), "Mn": (1.2, 1.5), "Ni": (0.4, 1), "Cr": (0, 0.25), "Mo": (0.45, 0.6)},
    ("A36", "base"): {"C": (0, 0.26), "Si": (0, 0.4), "P": (0, 0.04), "S": (0, 0.05)},
    ("S355", "base"): {"C": (0, 0.2), "Mn": (0, 1.6), "Si": (0, 0.55), "P": (0, 0.025), "S": (0, 0.025)},
    ("304L", "base"): {"C": (0, 0.03), "Mn": (0, 2), "Cr": (17.5, 19.5), "Ni": (8, 12), "N": (0, 0.1)},
    ("316L", "base"): {"C": (0, 0.03), "Mn": (0, 2), "Cr": (16, 18), "Ni": (10, 14), "Mo": (2, 3), "N": (0, 0.1)},
    ("347", "base"): {"C": (0, 0.08), "Cr": (17, 19), "Ni": (9, 13), "Nb": (0.5, 1)},
    ("2205", "base"): {"C": (0, 0.03), "Cr": (22, 23), "Ni": (4.5, 6.5), "Mo": (3, 3.5), "N": (0.14, 0.2)},
    ("Alloy 600", "base"): {"Ni": (72, 100), "Cr": (14, 17), "Fe": (6, 10), "C": (0, 0.15), "Mn": (0, 1)},
    ("Alloy 625", "base"): {"Ni": (58, 100), "Cr": (20, 23), "Mo": (8, 10), "Nb": (3.15, 4.15), "Fe": (0, 5)},
    ("Alloy 690", "base"): {"Ni": (58, 100), "Cr": (27, 31), "Fe": (7, 11), "C": (0, 0.05)},
    ("309L", "filler"): {"C": (0, 0.03), "Cr": (23, 25), "Ni": (12, 14), "Mn": (1, 2.5), "Si": (0.3, 0.65)},
    ("308L", "filler"): {"C": (0, 0.03), "Cr": (19.5, 22), "Ni": (9, 11), "Mn": (1, 2.5), "Si": (0.3, 0.65)},
    ("316L", "filler"): {"C": (0, 0.03), "Cr": (18, 20), "Ni": (11, 14), "Mo": (2, 3), "Si": (0.3, 0.65)},
    ("2209", "filler"): {"Cr": (21.5, 23.5), "Ni": (7.5, 9.5), "Mo": (2.5, 3.5), "N": (0.08, 0.2)},
    ("82", "filler"): {"Ni": (67, 100), "Cr": (18, 22), "Mn": (2.5, 3.5), "Nb": (2, 3), "Fe": (0, 3), "Ti": (0, 0.75)},
    ("182", "filler"): {"Ni": (59, 100), "Cr": (13, 17), "Mn": (5, 9.5), "Nb": (1, 2.5), "Fe": (0, 10)},
    ("52", "filler"): {"Cr": (28, 31.5), "Fe": (7, 11), "Al": (0, 1.1), "Ti": (0, 1), "C": (0, 0.04)},
    ("625", "filler"): {"Ni": (58, 100), "Cr": (20, 23), "Mo": (8, 10), "Nb": (3.15, 4.15), "Fe": (0, 5)},
}
DENSITY = {"Ni": 8.908, "Cr": 7.19, "Mn": 7.43, "Nb": 8.57, "Fe": 7.874, "Mo": 10.28, "Cu": 8.96, "C": 2.26, "Si": 2.33}


def test_every_composition_lies_within_its_standard() -> None:
    standards = {(m.name, m.role) for m in library()}
    assert standards == set(LIMITS)
    for metal in library():
        for element, (least, greatest) in LIMITS[metal.name, metal.role].items():
            assert least <= metal.composition.get(element, 0) <= greatest, (metal.name, element)


def test_compositions_sum_to_100_and_name_their_source() -> None:
    for metal in library():
        assert sum(metal.composition.values()) == pytest.approx(100)
        assert metal.composition[metal.balance] == max(metal.composition.values())
        assert metal.source and (metal.uns or metal.en)


def test_densities_agree_with_the_mixture_of_the_elements() -> None:
    for metal in library():
        known = {e: v for e, v in metal.composition.items() if e in DENSITY}
        mixture = sum(known.values()) / sum(v / DENSITY[e] for e, v in known.items())
        assert metal.density == pytest.approx(mixture, rel=0.03), metal.name


def test_no_name_means_two_metals_of_one_role() -> None:
    for role in ("base", "filler"):
        names = [n.lower() for m in library() if m.role == role for n in set(m.names)]
        assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("name", "role", "found"),
    [
        ("p91", "base", "P91"),
        ("10CrMo9-10", "base", "P22"),
        ("sa508", "base", "SA-508"),
        ("1.4404", "base", "316L"),
        ("inconel 690", "base", "Alloy 690"),
        ("ERNiCr-3", "filler", "82"),
        ("FM 52", "filler", "52"),
    ],
)
def test_metals_are_found_by_any_usual_name(name: str, role: str, found: str) -> None:
    assert find_metal(name, role).name == found  # type: ignore[arg-type]


def test_the_role_decides_between_namesakes_and_gives_way_otherwise() -> None:
    assert (find_metal("316L", "base").role, find_metal("316L", "filler").role) == ("base", "filler")
    assert find_metal("P91", "filler").name == "P91"  # a matching filler
    assert find_metal("82", "base").name == "82"  # a buttered layer


def test_an_unknown_metal_is_told_in_one_sentence_with_similar_names() -> None:
    with pytest.raises(ConfigError, match=r"^304N: no metal .* 304L.*\.$"):
        find_metal("304N", "base")
    with pytest.raises(ConfigError, match=r"^unobtainium: no metal .*--list.*\.$"):
        find_metal("unobtainium", "base")
