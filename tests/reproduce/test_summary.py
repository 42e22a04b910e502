import json
import statistics
from datetime import date
from pathlib import Path

import pytest
import yaml

from dynawave.errors import ConfigError
from dynawave.reproduce.perform import perform
from dynawave.reproduce.plan import load_plan
from dynawave.reproduce.results import collect, differences, read_record, spread, value_at
from dynawave.reproduce.runs import METRICS_FILE, plan_runs
from dynawave.reproduce.summary import write_summary
from dynawave.training.config import load_config


def lines(text: str, start: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(f"| {start} |")]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({}, "not run yet"),
        ({0: 0.5}, "0.500 (1 of 3)"),
        ({0: 0.5, 1: 0.7}, "0.600 ± 0.141 (2 of 3)"),
        ({0: 0.5, 1: 0.7, 2: 0.6}, "0.600 ± 0.100"),
        ({0: None, 1: None, 2: None}, "-"),
        ({0: 0.5, 1: None, 2: 0.7}, "0.600 ± 0.141"),
    ],
)
def test_cells_have_mean_spread_and_how_many_seeds(values: dict[int, float | None], text: str) -> None:
    assert spread(values, 3) == text


def test_differences_are_of_the_same_seed() -> None:
    assert differences({0: 0.5, 2: 0.75, 3: None}, {0: 0.25, 1: 9.0, 2: 0.5, 3: 1.0}) == {0: 0.25, 2: 0.25, 3: None}


def test_older_records_tell_their_precision_at_equal_recall(table: Path, tmp_path: Path, commands: Path) -> None:
    """Of 10 flaws on 5 images 7 are hit at 0.6 false calls an image: 7 of 10 calls are true. A newer one says it."""
    plan, out = load_plan(str(table)), tmp_path / "out"
    (run,) = plan_runs(plan, out, ["full"], [0])
    list(perform([run]))
    metrics = run.folder / METRICS_FILE
    record = json.loads(metrics.read_text())
    record["results"][0] |= {"flaws": 10, "images": 5, "false_calls_at": {"70": 0.6, "90": None}}
    metrics.write_text(json.dumps(record))
    assert value_at(read_record(run), "precision_at.70") == 0.7 and value_at(read_record(run), "precision_at.90") == 0
    record["results"][0]["precision_at"] = {"70": 0.4}
    metrics.write_text(json.dumps(record))
    assert value_at(read_record(run), "precision_at.70") == 0.4


def test_a_record_that_lacks_a_measure_is_told_of(table: Path, tmp_path: Path, commands: Path) -> None:
    plan, out = load_plan(str(table)), tmp_path / "out"
    (run,) = plan_runs(plan, out, ["full"], [0])
    list(perform([run]))
    metrics = run.folder / METRICS_FILE
    record = json.loads(metrics.read_text())
    del record["results"][0]["ap50"]
    metrics.write_text(json.dumps(record))
    with pytest.raises(ConfigError, match=r"full: a metrics\.json has no ap50; without the file .* anew\."):
        write_summary(plan, out)


def test_the_table_says_what_is_not_run_yet_and_sums_up_the_rest(table: Path, tmp_path: Path, commands: Path) -> None:
    """By hand: AP50 of the full system is 0.6 twice, without FDSA 0.5 and 0.4; F1 is 0.7 and 0.8 for both."""
    plan, out = load_plan(str(table)), tmp_path / "out"
    text = write_summary(plan, out)
    assert "0 of 4 runs done." in text and text.count("not run yet") == 4
    list(perform(plan_runs(plan, out, [], [0])))
    text = write_summary(plan, out)
    assert lines(text, "the whole")[0].startswith("| the whole | 0.700 (1 of 2) | 0.600 (1 of 2) |")
    list(perform(plan_runs(plan, out)))
    text = write_summary(plan, out)
    scatter = statistics.stdev([0.7, 0.8])
    assert f"| 0.750 ± {scatter:.3f} | 0.600 ± 0.000 |" in lines(text, "the whole")[0]
    results, change, runs = lines(text, "without FDSA")
    assert f"| 0.750 ± {scatter:.3f} | 0.450 ± 0.071 |" in results
    assert runs.startswith("| without FDSA | 4 | ") and runs.endswith(f"| {date.today().isoformat()} | abc |")
    assert change == "| without FDSA | +0.000 ± 0.000 | -0.150 ± 0.071 |"
    assert lines(text, "crack") == ["| crack | 0.500 ± 0.000 | 0.500 ± 0.000 | 0.550 ± 0.071 | - | 0.200 ± 0.000 |"]
    assert lines(text, "mean") == [f"| mean | 0.600 ± 0.000 | - | 0.750 ± {scatter:.3f} | - | 0.300 ± 0.000 |"]
    assert "4 of 4 runs done. Trained on" in text and "2 simulated radiographs of series 5" in text
    assert text == (out / "table.md").read_text()
    record = json.loads((out / "table.json").read_text())
    assert record["rows"][1]["measures"]["ap50"]["mean"] == pytest.approx(0.45)
    assert record["rows"][1]["measures"]["ap50"]["values"] == [0.5, 0.4]
    assert record["rows"][0]["runs"][1]["metrics"]["ap50"] == 0.6 and record["rows"][0]["images_seen"] == 4


def test_training_seconds_are_unknown_where_a_session_was_killed(table: Path, tmp_path: Path, commands: Path) -> None:
    plan, out = load_plan(str(table)), tmp_path / "out"
    list(perform(plan_runs(plan, out, ["full"])))
    times = out / "full" / "seed-0" / "times.json"
    known = collect(plan, out)[0].seconds
    assert known[0] == json.loads(times.read_text())[0]["seconds"]
    times.write_text(json.dumps([{"command": "train", "seconds": None}, *json.loads(times.read_text())]))
    assert collect(plan, out)[0].seconds == {0: None, 1: known[1]}


def test_a_run_measured_without_classes_does_not_hide_those_of_others(
    table: Path, tmp_path: Path, commands: Path
) -> None:
    """As a run of a set of one class was until classes of one were measured, too."""
    plan, out = load_plan(str(table)), tmp_path / "out"
    list(perform(plan_runs(plan, out, ["full"])))
    metrics = out / "full" / "seed-0" / "metrics.json"
    record = json.loads(metrics.read_text())
    record["results"][0]["kinds"] = None
    metrics.write_text(json.dumps(record))
    text = write_summary(plan, out)
    assert lines(text, "crack") == ["| crack | 0.500 | 0.500 | 0.600 | - | 0.200 |"]


def test_a_search_is_ranked_and_its_best_row_kept(table: Path, tmp_path: Path, commands: Path) -> None:
    """The stand-in gives the row in the folder "full" 0.6, others 0.5 and 0.4."""
    text = (table / "table.yaml").read_text().split("rows:")[0].replace("{kinds.f1: F1, ap50: AP50}", "{ap50: AP50}")
    text += "search: {base: full.yaml, values: {objective.kinds: [0.25, 1]}}\n"
    (table / "table.yaml").write_text(text)
    plan, out = load_plan(str(table)), tmp_path / "out"
    write_summary(plan, out)
    assert not (out / "best.yaml").exists()
    list(perform(plan_runs(plan, out, ["kinds=0.25"])))
    list(perform(plan_runs(plan, out, ["kinds=1"], [1])))
    written = write_summary(plan, out)
    assert written.index("| kinds=0.25 | 0.450") < written.index("| kinds=1 | 0.400 ± 0.000"[:18])
    assert load_config(out / "best.yaml") == plan.rows[0].config
    assert yaml.safe_load((out / "best.yaml").read_text())["objective"]["kinds"] == 0.25
    assert "Difference" not in written
