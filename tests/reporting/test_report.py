import csv
import io
import json
import re
from pathlib import Path

import numpy as np
import pypdf
import pytest
from typer.testing import CliRunner, Result

from dynawave.acceptance import shipped_tables
from dynawave.cli.main import app
from dynawave.errors import ConfigError
from dynawave.reporting.report import read_header
from dynawave.reporting.report.picture import draw
from dynawave.reporting.report.texts import sections
from dynawave.taxonomy import BY_NAME

EXAMPLE = Path(__file__).parents[2] / "examples" / "penetration-12-bit.png"
HEADER = """
number: 2026-0417
client: "#panic() *b* $x$ <b>fett</b> <script>alert(1)</script> @ref \\\\"
part: Sammler 0012
technique: {voltage: 160 kV, iqi: W13}
personnel:
  - {role: evaluated, name: Dr. A. Muster, qualification: RT 3, date: 20.11.2026}
remarks: '#include "/etc/passwd"'
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments)])


def text_of(file: Path) -> str:
    # long words have places where they may break
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(file).pages).replace("\u200b", "")
    return " ".join(text.split())


@pytest.fixture(scope="module")
def inspected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest example film, inspected with the shipped weights and judged."""
    out = tmp_path_factory.mktemp("inspected")
    assert run("inspect", EXAMPLE, "--threads", 1, "--out", out).exit_code == 0
    return out


@pytest.fixture(scope="module")
def judged(inspected: Path) -> Path:
    weld = ("--level", "B", "--thickness", 12, "--joint", "butt", "--read-as", "cavity=2011")
    assert run("judge", inspected, "--table", "iso5817:2023", *weld).exit_code == 0
    return inspected


@pytest.fixture
def header(tmp_path: Path) -> Path:
    file = tmp_path / "header.yaml"
    file.write_text(HEADER)
    return file


def test_the_document_says_it_all(judged: Path, header: Path, tmp_path: Path) -> None:
    out = tmp_path / "weld.pdf"
    done = run("report", judged, "--header", header, "--language", "de", "--out", out)
    assert done.exit_code == 0, done.output
    text = text_of(out)
    pages = len(pypdf.PdfReader(out).pages)
    for page in range(1, pages + 1):
        assert f"Seite {page} von {pages}" in text
    for wanted in (
        *("Prüfbericht", "2026-0417", "Sammler 0012", "160 kV", "penetration-12-bit.png", "Dr. A. Muster", "SNR"),
        *(
            "ISO 5817, Ausgabe 2023, Bewertungsgruppe B",
            "nicht zulässig",
            "200 → 2011",
            "2,4 mm (0,2 s, max 3 mm)",
        ),
    ):
        assert wanted in text, wanted
    verdicts, model = (json.loads((judged / f"{name}.json").read_text()) for name in ("verdicts", "inspection"))
    for digest in (verdicts["table"]["sha256"], model["model"]["sha256"]):
        assert digest in text


def test_what_people_write_is_shown_and_never_run(judged: Path, header: Path, tmp_path: Path) -> None:
    assert (
        run("report", judged, "--header", header, "--out", tmp_path / "a.pdf", "--out", tmp_path / "a.html").exit_code
        == 0
    )
    text, page = text_of(tmp_path / "a.pdf"), (tmp_path / "a.html").read_text()
    for shown in ("#panic() *b* $x$", "<script>alert(1)</script>", "@ref \\", '#include "/etc/passwd"'):
        # a line may break within it
        assert shown.replace(" ", "") in text.replace(" ", ""), shown
    assert "root:" not in text
    assert (
        "<script" not in page
        and "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        and "http://" not in page.replace("http://www.w3.org", "")
    )


def test_the_same_report_twice_is_the_same_file(judged: Path, header: Path, tmp_path: Path) -> None:
    for name in ("a.pdf", "b.pdf"):
        assert run("report", judged, "--header", header, "--out", tmp_path / name).exit_code == 0
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


def test_other_programs_get_their_files(judged: Path, tmp_path: Path) -> None:
    assert run("report", judged, "--out", tmp_path / "w.html").exit_code == 0
    beside = ("w.html", "w.csv", "w.coco.json", "w.inspection.json", "w.verdicts.json")
    assert {path.name for path in tmp_path.iterdir()} == set(beside)
    lines = list(csv.DictReader(io.StringIO((tmp_path / "w.csv").read_text())))
    verdicts = json.loads((tmp_path / "w.verdicts.json").read_text())["images"][0]["indications"]
    assert [line["verdict"] for line in lines] == [verdict["outcome"] for verdict in verdicts]
    assert {line["table"] for line in lines} == {"iso5817:2023"}


def test_letters_that_no_font_has_make_no_fault(judged: Path, tmp_path: Path) -> None:
    header = tmp_path / "header.json"
    header.write_text(json.dumps({"client": "\ue000 \x00\x1b\uffff", "part": "A" * 300}))
    assert run("report", judged, "--header", header, "--out", tmp_path / "w.pdf").exit_code == 0


def test_without_verdicts_and_without_the_film(inspected: Path, tmp_path: Path) -> None:
    folder = tmp_path / "moved"
    folder.mkdir()
    for file in inspected.iterdir():
        if file.name != "verdicts.json":
            (folder / file.name).write_bytes(file.read_bytes())
    document = json.loads((folder / "inspection.json").read_text())
    document["images"][0]["file"] = "gone.png"
    (folder / "inspection.json").write_text(json.dumps(document))
    assert run("report", folder, "--out", tmp_path / "w.html").exit_code == 0
    page = (tmp_path / "w.html").read_text()
    assert "No acceptance table was applied" in page and "the image was not at hand" in page


def test_wrong_use(judged: Path, tmp_path: Path) -> None:
    for bad in (("--out", tmp_path / "w.docx"), ("--out", tmp_path / "w.pdf", "--language", "fr")):
        assert run("report", judged, *bad).exit_code == 2
    assert run("report", tmp_path / "none", "--out", tmp_path / "w.pdf").exit_code == 2
    other = tmp_path / "other"
    other.mkdir()
    for file in judged.iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    (other / "inspection.json").write_text((other / "inspection.json").read_text() + " ")
    done = run("report", other, "--out", tmp_path / "w.pdf")
    assert done.exit_code == 2 and "another inspection" in done.output
    header = tmp_path / "header.yaml"
    for text, place in (
        ("klient: x", "klient"),
        ("date: [1]", "date"),
        ("decision: maybe", "decision"),
        ("a: *b", "YAML"),
    ):
        header.write_text(text)
        with pytest.raises(ConfigError, match=place):
            read_header(header)


def test_both_languages_have_every_text() -> None:
    for key, words in sections()["texts"].items():
        assert set(words) == {"de", "en"}
        fields = [set(re.findall(r"\{(\w+)\}", words[language])) for language in ("de", "en")]
        assert fields[0] == fields[1], key
    phrases = sections()["phrases"]
    for table in shipped_tables():
        names = [row.name for row in table.rows]
        missing = [
            limit.missing
            for row in table.rows
            for each in row.limits.values()
            for limit in each
            if limit.kind == "open"
        ]
        assert {*names, *missing, *table.notes, table.source, table.title} <= set(phrases), table.id
    assert {name.replace("_", " ") for name in BY_NAME} <= set(phrases)


def test_a_long_film_is_cut_into_strips() -> None:
    view = np.full((400, 4000), 128, np.uint8)
    strips = draw(view, (), {})
    assert len(strips) == 3 and all(strip.width_mm == pytest.approx(180) for strip in strips)
    (tall,) = draw(view.T, (), {})
    assert tall.height_mm == pytest.approx(150)
