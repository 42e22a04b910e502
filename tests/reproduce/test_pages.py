"""The pages of the documentation that tables become."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from dynawave.errors import ConfigError
from dynawave.reproduce.pages import write_overview, write_pages
from dynawave.reproduce.perform import perform
from dynawave.reproduce.plan import load_plan
from dynawave.reproduce.runs import plan_runs
from dynawave.reproduce.summary import find


def test_a_page_says_what_was_run_and_what_was_not(table: Path, tmp_path: Path, commands: Path) -> None:
    file = table / "table.yaml"
    file.write_text(file.read_text() + "protocol: Every fifth film is held out.\n")
    plan, results, docs = load_plan(str(table)), tmp_path / "results", tmp_path / "docs"
    pages = write_pages(find([plan], results), results, docs)
    assert pages == [docs / "parts.md"] and not (docs / "parts.svg").exists()
    page = pages[0].read_text()
    assert "0 of 4 runs done.\n" in page and page.count("not run yet") == 4 and "Every fifth film is held out." in page
    listed = write_overview(find([plan], results), docs).read_text()
    assert "| [What the parts bring](docs/parts.md) | 0 of 4 runs done | - | the whole: F1 not run yet |" in listed

    list(perform(plan_runs(plan, results / "parts")))
    page = write_pages(find([plan], results), results, docs)[0].read_text()
    times = json.loads((results / "parts" / "full" / "seed-0" / "times.json").read_text())
    assert "4 of 4 runs done. Trained on ? cores" in page
    assert f"| {times[-1]['date']} | abc |" in page
    assert "seeds 0, 1. Every fifth film" in page and "| without FDSA | +0.000 ± 0.000 | -0.150 ± 0.071 |" in page
    assert "| crack | 0.500 ± 0.000" in page and "(parts.svg)" in page
    assert "| the whole: F1 0.750 ± 0.071 |" in write_overview(find([plan], results), docs).read_text()
    picture = (docs / "parts.svg").read_text()
    assert all(text in picture for text in ("F1", "AP50", "the whole", "without FDSA"))
    write_pages(find([plan], results), results, docs)
    assert (docs / "parts.md").read_text() == page and (docs / "parts.svg").read_text() == picture


def test_what_was_written_by_hand_stays(table: Path, tmp_path: Path) -> None:
    found = find([load_plan(str(table))], tmp_path / "results")
    (tmp_path / "parts.md").write_text("# Mine\n")
    with pytest.raises(ConfigError, match=r"parts\.md: was not written by `dynawave results`"):
        write_pages(found, tmp_path / "results", tmp_path)
    assert (tmp_path / "parts.md").read_text() == "# Mine\n"
    (tmp_path / "docs.md").write_text("# Mine\n")
    with pytest.raises(ConfigError, match=r"docs\.md: was not written by `dynawave results`"):
        write_overview(found, tmp_path / "docs")


def test_classes_are_those_of_pixels_where_measures_are(table: Path, tmp_path: Path, commands: Path) -> None:
    file = table / "table.yaml"
    file.write_text(file.read_text().replace("{kinds.f1: F1, ap50: AP50}", "{segmentation.miou: mIoU, ap50: AP50}"))
    plan = load_plan(str(table))
    plan = replace(plan, rows=plan.rows[:1])
    by_class = [
        {"name": "sound", "iou": 0.9, "recall": 1.0},
        {"name": "matrix", "iou": 0.5, "recall": 0.75},
        {"name": "none of it", "iou": None, "recall": None},
    ]
    for run in plan_runs(plan, tmp_path / "parts"):
        list(perform([run]))
        metrics = run.folder / "metrics.json"
        record = json.loads(metrics.read_text())
        means = {"miou": 0.5, "miou_with_sound": 0.7, "recall": 0.875}
        record["results"][0]["segmentation"] = means | {"by_class": by_class}
        metrics.write_text(json.dumps(record))
    page = write_pages(find([plan], tmp_path), tmp_path, tmp_path / "docs")[0].read_text()
    assert "|  | IoU | recall |" in page and "| matrix | 0.500 ± 0.000 | 0.750 ± 0.000 |" in page
    assert "| mean | 0.700 ± 0.000 | 0.875 ± 0.000 |" in page and "none of it" not in page and "crack" not in page


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("metrics.json", '{"results": [{"ap50": 0.', "Invalid JSON: EOF while parsing"),
        ("metrics.json", "", "Invalid JSON: EOF while parsing"),
        ("metrics.json", "[1, 2]", "Input should be an object"),
        ("metrics.json", '{"results": []}', "results: List should have at least 1 item"),
        ("provenance.json", '{"sessions": 3}', "sessions: Input should be a valid array"),
        ("times.json", "{}", "Input should be a valid array"),
        ("cost.json", '{"parameters": 1}', "macs: Field required"),
    ],
)
def test_a_damaged_record_is_named(
    table: Path, tmp_path: Path, commands: Path, name: str, text: str, reason: str
) -> None:
    plan = load_plan(str(table))
    (run, *_) = plan_runs(plan, tmp_path / "parts")
    list(perform([run]))
    (run.folder / name).write_text(text)
    with pytest.raises(ConfigError, match=rf"seed-0/{name}: {reason}"):
        find([plan], tmp_path)
