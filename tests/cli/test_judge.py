import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dynawave.cli.main import app
from dynawave.records import ModelInfo, WeldContext
from dynawave.reporting.json import ImageRecord, IndicationRecord, InspectionFile


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["judge", *map(str, arguments)])


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A folder with an inspection of one pore of 1 mm."""
    pore = IndicationRecord(
        id=1, flaw="cavity", iso6520=200, family="cavity", score=0.9, box=(100, 100, 10, 10), spread=(1, 1, 1, 1),
        length_px=10, width_px=10, area_px=80, length_mm=1.0, width_mm=1.0, area_mm2=0.8, position_mm=(10.5, 10.5),
    )  # fmt: skip
    image = ImageRecord(
        id=1, file="film.png", page=None, width=3000, height=600, pixel_size_mm=0.1, pixel_size_source="user",
        context=WeldContext(), seconds=1, warnings=(), overlay="film.overlay.png", indications=(pore,),
    )  # fmt: skip
    document = InspectionFile(complete=True, model=ModelInfo("toy", "1", "0" * 64), images=(image,), failures=())
    (tmp_path / "inspection.json").write_text(document.model_dump_json(by_alias=True))
    return tmp_path


def test_what_is_missing_is_named_by_its_option(results: Path) -> None:
    done = run(results, "--table", "iso5817:2023", "--level", "B")
    assert done.exit_code == 2 and "--thickness" in done.output and "--joint" in done.output
    assert not (results / "verdicts.json").exists()


def test_verdicts_are_printed_and_kept(results: Path) -> None:
    weld = ("--table", "iso5817:2023", "--level", "B", "--thickness", 12, "--joint", "butt")
    done = run(results / "inspection.json", *weld)
    assert done.exit_code == 0, done.output
    assert "narrow" in done.stdout and "An aid" in done.stdout and "--layers" in done.stdout
    kept = json.loads((results / "verdicts.json").read_text())
    assert kept["schema"] == "1.0" and kept["table"]["id"] == "iso5817:2023" and kept["outcome"] == "no verdict"
    more = ("--layers", "multi", "--weld-width", 12, "--read-as", "cavity=2011", "--authorise-as", "A. Muster")
    assert run(results, *weld, *more).exit_code == 0
    kept = json.loads((results / "verdicts.json").read_text())
    assert kept["outcome"] == "acceptable" and kept["authorisation"]["who"] == "A. Muster"
    again = run(
        results, *weld, *more[:-2], "--authorisation", results / "authorisation.json", "--out", results / "b.json"
    )
    assert again.exit_code == 0 and json.loads((results / "b.json").read_text()) == kept


def test_a_table_is_copied_and_filled_in(results: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.json"
    assert run("--table", "api1104:undated", "--copy-table", mine).exit_code == 0
    assert "api1104:undated" in run("--list").stdout
    done = run(results, "--table", mine, "--thickness", 12, "--joint", "butt")
    assert done.exit_code == 0 and "open" in done.stdout


def test_wrong_use(results: Path) -> None:
    good = ("--table", "iso5817:2023", "--level", "B", "--thickness", 12, "--joint", "butt")
    for bad in (
        (*good[:-1], "lap"),
        (*good, "--read-as", "cavity"),
        (*good, "--authorise-as", " "),
        ("--table", "x"),
        (),
        (*good, "--throat", 20),
    ):
        assert run(results, *bad).exit_code == 2, bad
    (results / "inspection.json").write_text("{}")
    done = run(results, *good)
    assert done.exit_code == 2 and "inspection.json" in done.output and "Traceback" not in done.output
