import math
import subprocess
import sys

import numpy as np
import pytest

from dynawave.metallurgy import find_metal
from dynawave.metallurgy.vector import (
    FIELDS,
    LENGTH,
    TEXT_BYTES,
    context_vector,
    known_fields,
    process_of,
    spans,
    unheard_of,
)
from dynawave.records import WeldContext

SAFE_END = WeldContext(
    modality="radiograph",
    base_metals=("SA-508", "316L"),
    filler="ERNiCr-3",
    process="TIG",
    thickness_mm=20,
    voltage_kv=100,
    component="nozzle 7",
    details={"Source": "X-ray", "DetectorID": "4711"},
)


def field(vector: np.ndarray, name: str) -> np.ndarray:
    return vector[spans()[name]]


def text(vector: np.ndarray) -> str:
    return bytes(field(vector, "text")[1:].astype(np.uint8)).rstrip(b"\0").decode()


def test_nothing_known_is_all_zeros() -> None:
    assert not context_vector(None).any() and not context_vector(WeldContext()).any()
    assert context_vector(None).shape == (LENGTH,) and context_vector(None).dtype == np.float32


def test_the_fields_fill_the_vector_without_a_gap() -> None:
    ends = [0, *(part.stop for part in spans().values())]
    assert [part.start for part in spans().values()] == ends[:-1] and ends[-1] == LENGTH
    assert [part.stop - part.start - 1 for part in spans().values()] == list(FIELDS.values())


def test_values_worked_by_hand() -> None:
    vector = context_vector(SAFE_END)
    assert known_fields(vector) == tuple(FIELDS)
    assert field(vector, "modality") == pytest.approx([1, 1, 0, 0])
    assert field(vector, "process") == pytest.approx([1, 0, 1, 0, 0, 0, 0, 0, 0])
    assert field(vector, "thickness") == pytest.approx([1, math.log(2)])
    assert field(vector, "voltage") == pytest.approx([1, -math.log(2)])
    # SA-508 off the library's composition: Cr 0.12, Mo 0.5, Si 0.22; Ni 0.75, C 0.19, Mn 1.35; no ferrite number
    steel = field(vector, "base_a")
    assert steel[:5] == pytest.approx([1, 1, 0, 0, 0])
    assert steel[5] == pytest.approx(math.log((0.12 + 0.5 + 1.5 * 0.22 + 1) / 10))
    assert steel[6] == pytest.approx(math.log((0.75 + 30 * 0.19 + 0.5 * 1.35 + 1) / 10))
    assert steel[-3:-1] == pytest.approx([0, math.log(0.19 + 1.35 / 6 + 0.63 / 5 + 0.8 / 15 + 0.01)]) and steel[-1] == 0
    nickel = field(vector, "filler")
    assert nickel[:5] == pytest.approx([1, 0, 0, 0, 1]) and nickel[-3] == pytest.approx(math.log(0.1))
    # 15 % of each steel in Alloy 82 leave a nickel weld metal, off the diagrams that name a mode
    assert field(vector, "weld")[:10] == pytest.approx([1, 1, 0, 0, 0, 0, 0, 0, 0, 0])


def test_a_stainless_weld_metal_has_its_structure_and_mode() -> None:
    vector = context_vector(WeldContext(base_metals=("316L",), filler="316L"))
    assert field(vector, "base_a") == pytest.approx(field(vector, "base_b"))
    structure, mode = field(vector, "weld")[1:6], field(vector, "weld")[6:10]
    assert structure == pytest.approx([0, 1, 0, 0, 0])  # austenitic
    assert mode == pytest.approx([0, 0, 1, 0])  # FA: ferrite first, as it is made to


def test_metals_are_known_by_what_they_are_and_not_by_name() -> None:
    names = find_metal("82", "filler").names
    filled = [field(context_vector(WeldContext(filler=name)), "filler") for name in names]
    assert len(names) > 2 and all(np.array_equal(one, filled[0]) for one in filled)


def test_names_in_no_vocabulary_are_unknown_but_in_the_text() -> None:
    context = WeldContext("neutron", ("P91", "mithril"), "Excalloy 9", "by hand", thickness_mm=-1, voltage_kv=math.nan)
    vector = context_vector(context)
    assert known_fields(vector) == ("base_a", "text")
    assert text(vector) == "p91 mithril excalloy 9 by hand"
    assert unheard_of(context) == ("neutron", "mithril", "Excalloy 9", "by hand")
    assert unheard_of(SAFE_END) == () and unheard_of(WeldContext()) == ()


def test_the_text_has_no_sides_no_serial_numbers_and_an_end() -> None:
    assert text(context_vector(SAFE_END)) == "316l sa-508 ernicr-3 tig x-ray"
    long = WeldContext(details={"Note": "grob " * 40})
    assert len(text(context_vector(long))) == TEXT_BYTES
    assert text(context_vector(WeldContext(details={"Note": "Nähte\0"}))) == "nähte"


def test_numbers_are_cut() -> None:
    huge = context_vector(WeldContext(thickness_mm=1e9, voltage_kv=1e-9))
    assert field(huge, "thickness")[1] == 3 and field(huge, "voltage")[1] == -3


@pytest.mark.parametrize(
    ("name", "process"),
    [
        ("GTAW", "GTAW"),
        ("tig", "GTAW"),
        ("141", "GTAW"),
        ("ISO 4063-135", "GMAW"),
        ("Submerged arc welding", "SAW"),
        ("UP", "SAW"),
        ("", None),
        (None, None),
        ("explosion", None),
    ],
)
def test_processes_by_letters_number_and_name(name: str | None, process: str | None) -> None:
    assert process_of(name) == process


def test_it_needs_neither_torch_nor_scipy() -> None:
    code = "import sys, dynawave.metallurgy.vector; sys.exit(bool({'torch', 'scipy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
