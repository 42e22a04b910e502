from pathlib import Path

import pytest

from dynawave.errors import ConfigError
from dynawave.reproduce.plan import load_plan

EXPERIMENTS = Path(__file__).parents[2] / "experiments"


def test_a_table_is_found_by_folder_file_and_name(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = load_plan(str(table))
    assert (plan.name, [row.name for row in plan.rows]) == ("parts", ["full", "no-fdsa"])
    assert plan == load_plan(str(table / "table.yaml"))
    monkeypatch.chdir(EXPERIMENTS.parent)
    assert load_plan("ablations").rows[0].name == "full"
    with pytest.raises(ConfigError, match=r"nothing: is no table, nor is there experiments/nothing/table\.yaml"):
        load_plan("nothing")


def test_a_row_holds_only_what_differs(table: Path) -> None:
    full, without = (row.config for row in load_plan(str(table)).rows)
    assert full.network.fdsa and not without.network.fdsa
    assert without.model_copy(update={"network": full.network}) == full


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("seeds: [0, 1]", "sedes: [0]", r"table.yaml: sedes"),
        ("ap50: AP50", "ap51: AP", r"table.yaml: measures: .*no measure ap51; there are ap50, .*kinds.f1.*hits.5"),
        ("width: 256,", "widht: 256,", r"table.yaml: options: widht: there is no such option of a radiograph"),
        ("width: 256,", "width: 5,", r"table.yaml: film size 5 x 256 is outside"),
        ("width: 256,", "width: wide,", r"table.yaml: options: width"),
        ("seed: 5", "modality: smell, seed: 5", r"table.yaml: train.*modality"),
        ("without FDSA}", "x, gone: y}", r"gone.yaml: cannot be read"),
        ("measures:", "folds: [{train: a, test: b}]\nmeasures:", r"folds are parts of published data"),
        ("rows:", "keep: best\nrows:", r"keep: best is no row"),
        ("rows:", "published: {ap: a figure}\nrows:", r"published: ap is no measure of this table"),
        ("rows:", "after: {full: no-fdsa}\nrows:", r"after: full is no row below no-fdsa"),
        ("rows:", "after: {full: full}\nrows:", r"after: full is no row below full"),
        ("rows:", "after: {no-fdsa: fulll}\nrows:", r"after: no-fdsa is no row below fulll"),
        ("rows:", "search: {base: full.yaml, values: {seed: [1]}}\nrows:", r"give one of rows and search"),
        ("rows: {full: the whole, no-fdsa: without FDSA}", "", r"give one of rows and search"),
    ],
)
def test_bad_tables_are_refused_by_key(table: Path, old: str, new: str, reason: str) -> None:
    file = table / "table.yaml"
    file.write_text(file.read_text().replace(old, new, 1))
    with pytest.raises(ConfigError, match=reason):
        load_plan(str(table))


def search(table: Path, more: str = "") -> None:
    text = (table / "table.yaml").read_text().split("rows:")[0]
    values = "{objective.kinds: [0, 0.5, 1], network.width: [12, 24], learning_rate: [1.0e-3, 1.0e-4]}"
    (table / "table.yaml").write_text(f"{text}search: {{base: full.yaml, values: {values}{more}}}\n")


def test_a_search_tries_every_combination(table: Path) -> None:
    search(table)
    rows = load_plan(str(table)).rows
    tried = {(r.config.objective.kinds, r.config.network.width, r.config.learning_rate) for r in rows}
    assert len(rows) == 12 and tried == {(k, w, r) for k in (0, 0.5, 1) for w in (12, 24) for r in (1e-3, 1e-4)}
    assert rows[0].name == "kinds=0+width=12+learning_rate=0.001" and rows[0].config.network.dgae_levels == (32,)
    assert len({row.name for row in rows}) == 12


def test_a_search_draws_distinct_combinations_by_its_seed(table: Path) -> None:
    names = []
    for seed in (1, 1, 2):
        search(table, f", trials: 5, seed: {seed}")
        names.append({row.name for row in load_plan(str(table)).rows})
        (table / "table.yaml").write_text((table / "table.yaml").read_text().split("search:")[0])
    assert len(names[0]) == 5 and names[0] == names[1] != names[2]


@pytest.mark.parametrize("value", ["objective.kinds: [-1]", "objective.nothing: [1]", "seed.x: [1]"])
def test_a_search_over_what_is_not_there_is_refused(table: Path, value: str) -> None:
    search(table)
    file = table / "table.yaml"
    file.write_text(file.read_text().replace("objective.kinds: [0, 0.5, 1]", value))
    with pytest.raises(ConfigError, match=value.split(":")[0].split(".")[0]):
        load_plan(str(table))


@pytest.mark.parametrize("folder", sorted(file.parent.name for file in EXPERIMENTS.glob("*/table.yaml")))
def test_every_table_of_ours_loads_and_its_rows_differ(folder: str) -> None:
    plan = load_plan(str(EXPERIMENTS / folder))
    made = {(row.config.model_dump_json(), row.after.name if row.after else "") for row in plan.rows}
    assert len(made) == len(plan.rows)
    first = plan.rows[0].images_seen
    budgets = {row.images_seen for row in plan.rows} - {0}
    for row in plan.rows:
        assert row.images_seen in (0, first) or f"{row.images_seen:,} tiles" in row.title, "another budget is said"
    assert all(row.config.classes == plan.rows[0].config.classes for row in plan.rows)
    data = {str(part).partition(" simulated ")[2] or str(part) for part in (plan.table.train, plan.table.test)}
    assert len(data) == 2 or plan.table.folds or not budgets, "the films to measure on are none of those to train on"
