"""The page that sums tables up."""

from pathlib import Path
from typing import Any

import pytest

from dynawave.reproduce.overview import overview
from dynawave.reproduce.plan import Plan, load_plan
from dynawave.reproduce.results import Result

MEASURES = "{ap50: AP50, kinds.f1: F1, false_calls_at.90: false calls at 90 % hits, ap: AP}"
PEERS = "peers: {unet: U-Net, yolo11n: YOLO, resnet: ResNet}\npublished: {kinds.f1: 0.9 (somebody)}\n"


@pytest.fixture
def plan(table: Path) -> Plan:
    """Two rows, of which the second is kept, and three peers."""
    file = table / "table.yaml"
    text = file.read_text().replace("{kinds.f1: F1, ap50: AP50}", MEASURES)
    file.write_text(text + PEERS + "keep: no-fdsa\n")
    return load_plan(str(table))


def record(ap50: float, f1: float | None = None, false_calls: float | None = None) -> dict[str, Any]:
    return {"ap50": ap50, "ap": 0.123, "kinds": {"f1": f1}, "false_calls_at": {"90": false_calls}}


def results(plan: Plan, *records: dict[int, dict[str, Any]]) -> list[Result]:
    return [Result(row, of_row, {}, {}, {}, {}) for row, of_row in zip(plan.rows, records, strict=True)]


def test_each_measure_has_the_peer_that_is_best_by_it(plan: Plan) -> None:
    ours, kept = {0: record(0.6, 0.5, 4)}, {0: record(0.7, 0.6, 3), 1: record(0.8, 0.5, 5)}
    peers = {0: record(0.3, None, 2), 1: record(0.5, None, 2)}, {0: record(0.35, 0.7, 6), 1: record(0.35, 0.7, 6)}, {}
    page = overview([(plan, results(plan, ours, kept, *peers))], "pages")
    assert [line for line in page.splitlines() if " | " in line][2:5] == [
        "| [What the parts bring](pages/parts.md) | AP50 | 0.600 (1 of 2) | 0.800 | U-Net: 0.400 ± 0.141 | - |",
        "|  | F1 | 0.500 (1 of 2) | 0.500 | YOLO: 0.700 ± 0.000 | 0.9 (somebody) |",
        "|  | false calls at 90 % hits | 4.000 (1 of 2) | 5.000 | U-Net: 2.000 ± 0.000 | - |",
    ]
    assert "0.123" not in page  # a fourth measure


def test_what_has_not_been_run_is_said(plan: Plan) -> None:
    page = overview([(plan, results(plan, {0: record(0.6)}, {}, {}, {}, {}))], "pages")
    assert "| AP50 | 0.600 (1 of 2) | not run yet | not run yet | - |" in page
    assert "| 1 of 10 runs done | - | the whole: AP50 0.600 (1 of 2) |" in page


def test_of_folds_the_kept_row_stands_for_the_model(plan: Plan) -> None:
    table = plan.table.model_copy(update={"folds": ({"train": "a", "test": "b"},)})
    kept = {0: record(0.7), 1: record(0.8)}
    page = overview([(Plan(plan.name, table, plan.rows), results(plan, {}, kept, {}, {}, {}))], "pages")
    assert "| AP50 | not run yet | 0.750 ± 0.071 |" in page


def test_without_peers_there_is_nothing_to_compare(table: Path) -> None:
    plan = load_plan(str(table))
    page = overview([(plan, results(plan, {}, {}))], "pages")
    assert "Beside peers" not in page and "| [What the parts bring](pages/parts.md) | 0 of 4 runs done | - |" in page
