import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner, Result

from dynawave.cli.main import app

JOINT = ("--base-a", "P91", "--base-b", "316L", "--filler", "ERNiCr-3")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["weld", *arguments], env={"COLUMNS": "200"})


def test_a_weld_is_told_with_open_formulas_marked() -> None:
    done = run(*JOINT, "--dilution", "0.3", "--heat-input", "1.5", "--thickness", "20", "--preheat", "100")
    assert done.exit_code == 0, done.output
    for text in ("52.6", "Structure: nickel", "10.0 s", "cold cracking", "(open, n = 1)", "366 ? (Cr)"):
        assert text in done.stdout


def test_files_hold_what_was_found(tmp_path: Path) -> None:
    done = run(*JOINT, "--dilution-a", "0.1", "--dilution-b", "0.2", "--out", str(tmp_path / "new"))
    assert done.exit_code == 0, done.output
    record = json.loads((tmp_path / "new" / "weld.json").read_text())
    assert record["dilution"] == {"a": 0.1, "b": 0.2} and record["cooling"] is None
    assert record["weld_metal"]["composition"]["Cr"] == pytest.approx(0.1 * 8.75 + 0.2 * 17.2 + 0.7 * 20)
    assert record["weld_metal"]["structure"] == "nickel" and record["base_a"]["beyond"] == {"Ms": ["Cr"]}
    assert [f["name"] for f in record["formulas"] if f["open"]] == ["Cr_eq Hammar-Svensson", "Ni_eq Hammar-Svensson"]
    assert all(risk["reason"] and risk["source"] for risk in record["risks"])
    assert ElementTree.parse(tmp_path / "new" / "weld.svg").getroot().tag.endswith("svg")
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == ["weld.json", "weld.svg"]


def test_the_library_is_listed() -> None:
    done = run("--list")
    assert done.exit_code == 0
    for text in ("P91", "SA-508", "Alloy 690", "ENiCrFe-3", "S31603"):
        assert text in done.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--base-a", "P911", "--base-b", "316L", "--filler", "82"), "similar ones are P91"),
        (("--base-a", "P91"), "all needed"),
        ((*JOINT, "--dilution-a", "0.2"), "together"),
        ((*JOINT, "--dilution-a", "0.7", "--dilution-b", "0.5"), "at most 1"),
        ((*JOINT, "--dilution", "1.5"), "--dilution"),
        ((*JOINT, "--heat-input", "1.5"), "together"),
        ((*JOINT, "--heat-input", "1.5", "--thickness", "20", "--preheat", "500"), "below 500"),
    ],
)
def test_wrong_use(arguments: tuple[str, ...], told: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2 and done.stdout == ""
    assert told in done.stderr
