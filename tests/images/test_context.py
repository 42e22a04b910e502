import json
from pathlib import Path

import pytest

from dynawave.errors import ConfigError
from dynawave.images.context import completed, read_context_file
from dynawave.records import WeldContext


def test_fields_of_a_file_and_unknown_ones(tmp_path: Path) -> None:
    file = tmp_path / "weld.json"
    file.write_text(
        '{"base_metals": ["P91", "316L"], "thickness_mm": 12, "filler": null, "details": {"Note": "Nähte"}}'
    )
    expected = WeldContext(base_metals=("P91", "316L"), thickness_mm=12, details={"Note": "Nähte"})
    assert read_context_file(file) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[1]", "is not a JSON object"),
        ("{", "is not JSON"),
        ('{"base_metal": ["P91"]}', "base_metal: is no field"),
        ('{"base_metals": "P91"}', "base_metals: "),
        ('{"base_metals": ["P91", "P22", "316L"]}', "base_metals: 3 are named"),
        ('{"thickness_mm": "thick"}', "thickness_mm: "),
        ('{"thickness_mm": -4}', "thickness_mm: -4 is no positive number"),
        ('{"voltage_kv": NaN}', "voltage_kv: "),
        ('{"modality": "neutron"}', "modality: neutron is none of radiograph, visual, ultrasonic"),
        ('{"details": {"Note": 3}}', "details.Note: "),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "weld.json"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_context_file(file)
    sentence = str(caught.value)
    assert sentence.startswith(f"{file}: ") and reason in sentence
    assert sentence.endswith(".") and "\n" not in sentence


def test_a_missing_file_and_one_that_is_not_text(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot be read"):
        read_context_file(tmp_path / "none.json")
    (tmp_path / "film.json").write_bytes(b"\x89PNG\xff")
    with pytest.raises(ConfigError, match=r"is not JSON"):
        read_context_file(tmp_path / "film.json")


def test_what_is_given_goes_before_what_was_found() -> None:
    found = WeldContext("radiograph", ("A36",), thickness_mm=9, component="7", details={"Source": "X-ray", "Note": "a"})
    given = WeldContext(base_metals=("P91", "316L"), voltage_kv=160, details={"Note": "b"})
    assert completed(given, found) == WeldContext(
        "radiograph", ("P91", "316L"), None, None, 9, 160, "7", {"Source": "X-ray", "Note": "b"}
    )
    assert completed(WeldContext(), found) == found


def test_what_a_simulated_film_has_beside_it_is_such_a_file(tmp_path: Path) -> None:
    record = {"modality": "radiograph", "base_metals": ["P91"], "filler": "82", "process": "GTAW", "thickness_mm": 12.7}
    record |= {"voltage_kv": None, "component": None, "details": {"Source": "Ir-192"}}
    file = tmp_path / "weld.json"
    file.write_text(json.dumps(record))
    assert read_context_file(file).details == {"Source": "Ir-192"}
