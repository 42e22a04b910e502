"""The model of a table: which run it is, and what its card says."""

import hashlib
import json
from pathlib import Path

import pytest

from dynawave.errors import ConfigError, WeightsError
from dynawave.inspection import Inspector
from dynawave.reproduce.keep import keep_best
from dynawave.reproduce.perform import make_model, perform
from dynawave.reproduce.plan import Plan, load_plan
from dynawave.reproduce.runs import Run, plan_runs, whole_run
from toy import CARD, toy_model

DATA = {"path": "/home/someone/steel#b", "sha256": "ab12", "terms": "Steel: nobody may sell it.", "research_only": True}


def done(plan: Plan, out: Path, values: dict[tuple[int, int | None], float]) -> list[Run]:
    """Runs of the row that is kept, done, with this AP50 by seed and fold, and a model each that tells it apart."""
    runs = plan_runs(plan, out, [plan.kept.name])
    list(perform(runs))
    for run in runs:
        value = values[run.seed, run.fold]
        file = run.folder / "metrics.json"
        record = json.loads(file.read_text())
        record["results"][0]["ap50"] = value
        file.write_text(json.dumps(record))
        give_model(run, f"{run.seed} {run.fold}")
    return runs


def whole_done(plan: Plan, out: Path, root: Path) -> None:
    """The model of all folds, made."""
    whole = whole_run(plan, out, 0, root)
    make_model(whole)  # gives the files of the stand-ins
    give_model(whole, "whole")


def give_model(run: Run, version: str) -> None:
    """A model that can inspect, and data that it was trained on if any, in place of what the stand-ins leave."""
    toy_model(run.folder / "model.onnx", CARD | {"version": version, "scale": 2})
    provenance = json.loads((run.folder / "provenance.json").read_text()) | {
        "data": [DATA] if run.config.images_seen else []
    }
    (run.folder / "provenance.json").write_text(json.dumps(provenance))


@pytest.fixture
def plan(table: Path) -> Plan:
    file = table / "table.yaml"
    file.write_text(file.read_text().replace("{kinds.f1: F1, ap50: AP50}", "{ap50: AP50, kinds.f1: F1}"))
    return load_plan(str(table))


def test_the_best_seed_is_kept_and_can_inspect(plan: Plan, tmp_path: Path, commands: Path) -> None:
    done(plan, tmp_path / "out", {(0, None): 0.7, (1, None): 0.5})
    file = keep_best(plan, tmp_path / "out", tmp_path / "models")
    assert file == tmp_path / "models" / "parts.onnx"
    assert Inspector(file).model.version == "0 None"
    card = file.with_suffix(".md").read_text()
    assert (
        f"SHA-256 {hashlib.sha256(file.read_bytes()).hexdigest()}" in card
        and "SHA-256 of names and labels ab12" in card
    )
    assert "| terms | **Research only**" in card and "Steel: nobody may sell it. |" in card
    assert "| AP50 | 0.700 | 0.600 ± 0.141 |" in card and "| F1 | 0.700 | 0.750 ± 0.071 |" in card
    assert "`experiments/parts/full.yaml`: 4 tiles of 64 px in batches of 2" in card and "revision abc" in card
    assert "the best of 2 seeds by AP50." in card and "at 2 times the size" in card and "seed 0" in card
    assert "/home/someone" not in card and str(tmp_path) not in card


def test_a_table_may_keep_another_row_than_its_first(plan: Plan, table: Path, tmp_path: Path, commands: Path) -> None:
    done(plan, tmp_path / "out", {(0, None): 0.7, (1, None): 0.5})
    file = table / "table.yaml"
    file.write_text(f"{file.read_text()}keep: no-fdsa\nafter: {{no-fdsa: full}}\n")
    other = load_plan(str(table))
    with pytest.raises(ConfigError, match="no run of its row no-fdsa"):
        keep_best(other, tmp_path / "out", tmp_path / "models")
    done(other, tmp_path / "out", {(0, None): 0.1, (1, None): 0.2})
    file = keep_best(other, tmp_path / "out", tmp_path / "models")
    assert Inspector(file).model.version == "1 None"
    card = file.with_suffix(".md").read_text()
    assert "`experiments/parts/no-fdsa.yaml`" in card and "| start | weights of the row `full`, 4 tiles from " in card


def test_fewer_false_calls_are_better(plan: Plan, table: Path, tmp_path: Path, commands: Path) -> None:
    file = table / "table.yaml"
    file.write_text(file.read_text().replace("{ap50: AP50, ", "{false_calls_at.90: false calls, ap50: AP50, "))
    plan = load_plan(str(table))
    for run in done(plan, tmp_path / "out", {(0, None): 0.7, (1, None): 0.5}):
        metrics = run.folder / "metrics.json"
        record = json.loads(metrics.read_text())
        record["results"][0]["false_calls_at"] = {"90": 3.0 - run.seed}
        metrics.write_text(json.dumps(record))
    assert Inspector(keep_best(plan, tmp_path / "out", tmp_path / "models")).model.version == "1 None"


@pytest.fixture
def folded(table: Path) -> Plan:
    lines = [
        line for line in (table / "table.yaml").read_text().splitlines() if not line.startswith(("tr", "te", "me"))
    ]
    more = ["train: {set: steel}", "test: {set: steel}", "measures: {ap50: AP50}"]
    folds = "folds: [{train: b, test: a}, {train: a, test: b}]"
    (table / "table.yaml").write_text("\n".join([*lines, *more, folds]))
    return load_plan(str(table))


def test_of_folds_one_more_is_trained_on_all_of_them(
    folded: Plan, tmp_path: Path, commands: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, models, arguments = tmp_path / "out", tmp_path / "models", tmp_path / "arguments.txt"
    done(folded, out, {(0, 0): 0.5, (0, 1): 0.6, (1, 0): 0.9, (1, 1): 0.1})
    whole_done(folded, out, tmp_path)
    monkeypatch.setenv("ARGUMENTS", str(arguments))
    file = keep_best(folded, out, models, tmp_path)
    assert not arguments.exists()  # nothing is trained twice
    assert Inspector(file).model.version == "whole"
    card = file.with_suffix(".md").read_text()
    assert "steel#a,b, SHA-256" in card and "nothing left to measure it on" in card and "| this file" not in card
    assert "| AP50 | 0.525 ± 0.035 |" in card


def test_a_row_that_trains_nothing_is_kept_as_it_was_measured(
    folded: Plan, table: Path, tmp_path: Path, commands: Path
) -> None:
    full = table / "full.yaml"
    full.write_text(full.read_text().replace("images_seen: 4", "images_seen: 0"))
    untrained, out = load_plan(str(table)), tmp_path / "out"
    done(untrained, out, {(0, 0): 0.5, (0, 1): 0.6, (1, 0): 0.5, (1, 1): 0.6})
    whole_done(untrained, out, tmp_path)
    card = keep_best(untrained, out, tmp_path / "models", tmp_path).with_suffix(".md").read_text()
    assert "| training data | none but that of its start |" in card and "nobody may sell it" not in card
    assert "the very weights that each fold measures" in card and "nothing left to measure" not in card


def test_the_model_of_all_folds_is_trained_as_they_are(
    folded: Plan, tmp_path: Path, commands: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, arguments = tmp_path / "out", tmp_path / "arguments.txt"
    done(folded, out, {(0, 0): 0.5, (0, 1): 0.6, (1, 0): 0.9, (1, 1): 0.1})
    monkeypatch.setenv("ARGUMENTS", str(arguments))
    with pytest.raises(WeightsError, match=r"seed-0/whole/model\.onnx"):  # that of the stand-in is none
        keep_best(folded, out, tmp_path / "models", tmp_path)
    train, export = arguments.read_text().splitlines()
    folder = out / "full" / "seed-0" / "whole"
    assert train == f"train {folder}/row.yaml --data {tmp_path}/steel#a,b --seed 0 --out {folder}"
    assert export.startswith(f"export {folder}/weights.safetensors")


def test_without_a_model_nothing_is_written(plan: Plan, tmp_path: Path, commands: Path) -> None:
    out, models = tmp_path / "out", tmp_path / "models"
    with pytest.raises(ConfigError, match="parts: no run of its row full has measured ap50 yet"):
        keep_best(plan, out, models)
    runs = done(plan, out, {(0, None): 0.7, (1, None): 0.5})
    model = runs[0].folder / "model.onnx"
    model.write_bytes(b"x" * 20_000_001)
    with pytest.raises(ConfigError, match=r"model\.onnx: has 20\.0 MB, more than the 20 MB"):
        keep_best(plan, out, models)
    model.write_bytes(b"not a model")
    with pytest.raises(WeightsError, match=r"seed-0/model\.onnx"):
        keep_best(plan, out, models)
    model.unlink()
    with pytest.raises(ConfigError, match=r"model\.onnx: is not there; a model is kept where it was trained"):
        keep_best(plan, out, models)
    assert not models.exists()
