"""The files of a table: `table.md` to read, `table.json` with everything, and of a search the best configuration."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import yaml

from dynawave.evaluation.table import Table
from dynawave.images.files import write_bytes, write_json
from dynawave.reproduce.cost import Cost
from dynawave.reproduce.plan import Plan
from dynawave.reproduce.results import NOT_RUN, Result, Values, collect, deviation, differences, mean, ranked, spread
from dynawave.training.record import git_revision

CLASS_MEASURES: Final = {
    "kinds": {"precision": "precision", "recall": "recall", "f1": "F1", "auc": "AUC", "iou": "IoU"},
    "segmentation": {"iou": "IoU", "recall": "recall"},
}
"""Of each class, over regions or over pixels."""

MEANS: Final = {"kinds": ("precision", "recall", "f1", "auc", "miou"), "segmentation": ("miou_with_sound", "recall")}
"""Of these over the classes, where an evaluation keeps them."""


def results_table(plan: Plan, results: Sequence[Result]) -> Table:
    """The measures of each row."""
    planned = len(plan.table.seeds)
    rows = tuple(
        (result.row.title, *(spread(result.values(measure), planned) for measure in plan.table.measures))
        for result in results
    )
    if published := plan.table.published:
        rows += (("published", *(published.get(measure, "-") for measure in plan.table.measures)),)
    return Table("Results", ("", *plan.table.measures.values()), rows)


def runs_table(plan: Plan, results: Sequence[Result]) -> Table:
    """What each row was trained with, when, and by which code; no rows where nothing has been run."""
    planned = len(plan.table.seeds)
    rows = tuple(
        (
            result.row.title,
            str(result.row.images_seen),
            spread(result.seconds, planned, 0),
            days([result]) or "-",
            ", ".join(dict.fromkeys(result.revisions.values())),
        )
        for result in results
        if result.records
    )
    return Table("Runs", ("", "images seen", "training, s", "day", "revision"), rows)


def differences_table(plan: Plan, results: Sequence[Result]) -> Table:
    """What each other row has more than the first, seed by seed."""
    first, *others = results
    measures = plan.table.measures
    rows = tuple(
        (result.row.title, *(_change(result.values(m), first.values(m), len(plan.table.seeds)) for m in measures))
        for result in others
        if result.records
    )
    return Table(f"Difference from {first.row.title}, seed by seed", ("", *measures.values()), rows)


def costs_table(plan: Plan, results: Sequence[Result]) -> Table:
    """What the network of each row costs; no rows where none was counted."""
    planned = len(plan.table.seeds)
    tile = next((result.cost.tile for result in results if result.cost), None)
    rows = tuple((result.row.title, *_cost(result.cost), *_times(result, planned)) for result in results)
    headings = ("", "parameters, M", f"GMACs on a tile of {tile} px", "tiles a second in training", "ms an image")
    return Table("Cost", headings, rows if tile else ())


def _cost(cost: Cost | None) -> tuple[str, str]:
    return (f"{cost.parameters / 1e6:.2f}", f"{cost.macs / 1e9:.2f}") if cost else ("-", "-")


def _times(result: Result, planned: int) -> tuple[str, str]:
    return spread(result.speed(), planned, 1), spread(result.latency(), planned, 0)


def classes_table(plan: Plan, result: Result) -> Table:
    """The classes of a row and their mean, as the paper's table 5 has them.

    They are measured over regions, but over pixels in a table whose measures are of pixels alone.
    """
    planned, part = len(plan.table.seeds), _part(plan)
    names = [kind["name"] for record in result.records.values() for kind in _classes(record, part)]
    rows = [
        (name, *(spread(_of_class(result, part, name, measure), planned) for measure in CLASS_MEASURES[part]))
        for name in dict.fromkeys(names)
    ]
    rows = [row for row in rows if set(row[1:]) != {"-"}]  # a class that the data lack
    if rows:
        rows.append(("mean", *(spread(result.values(f"{part}.{measure}"), planned) for measure in MEANS[part])))
    return Table(f"Classes: {result.row.title}", ("", *CLASS_MEASURES[part].values()), tuple(rows))


def write_summary(plan: Plan, out: Path) -> str:
    """Write `table.md` and `table.json`, and `best.yaml` of a search, whose rows are ranked; returns the first."""
    results = ordered(plan, out)
    text = summary_text(plan, results)
    write_bytes(out / "table.md", text.encode())
    revision, date = git_revision() or "unknown", datetime.now(UTC).date().isoformat()
    write_json(out / "table.json", _record(plan, results, revision, date))
    if plan.table.search and results[0].records:
        best = results[0].row.config.model_dump(mode="json")
        write_bytes(out / "best.yaml", yaml.safe_dump(best, sort_keys=False).encode())
    return text


Found = Sequence[tuple[Plan, Sequence[Result]]]
"""Tables, and what has been run of each."""


def find(plans: Sequence[Plan], results: Path) -> Found:
    """What has been run of tables whose run folders lie in `results`, under their names."""
    return [(plan, ordered(plan, results / plan.name)) for plan in plans]


def ordered(plan: Plan, out: Path) -> list[Result]:
    """What has been run, in the order of the rows; those of a search are ranked."""
    results = collect(plan, out)
    return ranked(plan, results) if plan.table.search else results


def summary_text(plan: Plan, results: Sequence[Result]) -> str:
    """A table in Markdown: how it was measured, its measures, differences from its first row, classes, cost."""
    tables = [results_table(plan, results)]
    if not plan.table.search:
        tables.append(differences_table(plan, results))
    tables += [classes_table(plan, results[0]), costs_table(plan, results), runs_table(plan, results)]
    return "\n".join((_head(plan, results), *(table.markdown() for table in tables if table.rows)))


def conditions(plan: Plan) -> str:
    """Data, seeds and protocol in words."""
    table = plan.table
    folds = f", mean over {len(table.folds)} folds each" if table.folds else ""
    adapted = f", adapted to {table.unlabelled} without labels" if table.unlabelled else ""
    peers = (
        "Peers are trained on as many tiles of the same sampler as the first row, and shown no mirrored views."
        if table.peers
        else ""
    )
    trained = any(row.config.images_seen for row in plan.rows)
    how = f"Trained on {table.train}{adapted}, measured" if trained else "Not trained here, measured"
    said = (
        f"{how} on {table.test}; seeds {', '.join(map(str, table.seeds))}{folds}.",
        table.protocol.strip(),
        peers,
    )
    return " ".join(text for text in said if text)


def machines_of(results: Sequence[Result]) -> str:
    """That the runs were trained on."""
    return ", ".join(sorted({machine for result in results for machine in result.machines.values()}))


def progress(plan: Plan, results: Sequence[Result]) -> str:
    """How many runs of all are done."""
    return f"{sum(len(result.records) for result in results)} of {len(results) * len(plan.table.seeds)} runs done"


def _part(plan: Plan) -> str:
    """Where the measures of the classes lie."""
    parts = {place.partition(".")[0] for place in plan.table.measures}
    return "segmentation" if "segmentation" in parts and "kinds" not in parts else "kinds"


def _classes(record: dict[str, Any], part: str) -> list[dict[str, Any]]:
    """Measures class by class; none where an evaluation has no such part, as older ones of a set of one class."""
    return list((record[part] or {}).get("by_class", []))


def _of_class(result: Result, part: str, name: str, measure: str) -> Values:
    return {
        seed: next((kind[measure] for kind in _classes(record, part) if kind["name"] == name), None)
        for seed, record in result.records.items()
    }


def _change(values: Values, reference: Values, planned: int) -> str:
    text = spread(differences(values, reference), planned)
    return text if text.startswith("-") or text == NOT_RUN else f"+{text}"


def _head(plan: Plan, results: Sequence[Result]) -> str:
    return "\n".join(
        (
            f"# {plan.table.title}\n",
            f"{progress(plan, results)}.{_on(results)}",
            conditions(plan),
            "Mean and standard deviation over the seeds. To repeat, or to go on:\n",
            f"    dynawave reproduce {plan.name}\n",
        )
    )


def _on(results: Sequence[Result]) -> str:
    machines = machines_of(results)
    return f" Trained on {machines}." if machines else ""


def days(results: Sequence[Result]) -> str:
    """The first and the last on which a run was finished."""
    dates = [date for result in results for date in result.dates.values() if date]
    return " to ".join(dict.fromkeys((min(dates), max(dates)))) if dates else ""


def _record(plan: Plan, results: Sequence[Result], revision: str, date: str) -> dict[str, Any]:
    return {
        "name": plan.name,
        "title": plan.table.title,
        "revision": revision,
        "date": date,
        "seeds": list(plan.table.seeds),
        "train": plan.table.train.model_dump(mode="json"),
        "test": plan.table.test.model_dump(mode="json"),
        "rows": [
            {
                "name": result.row.name,
                "title": result.row.title,
                "images_seen": result.row.images_seen,
                "runs": [
                    {
                        "seed": seed,
                        "revision": result.revisions[seed],
                        "date": result.dates[seed],
                        "training_seconds": result.seconds[seed],
                        "metrics": record,
                    }
                    for seed, record in result.records.items()
                ],
                "measures": {measure: _statistics(result.values(measure)) for measure in plan.table.measures},
            }
            for result in results
        ],
    }


def _statistics(values: Values) -> dict[str, Any]:
    return {"mean": mean(values), "spread": deviation(values), "values": list(values.values())}
