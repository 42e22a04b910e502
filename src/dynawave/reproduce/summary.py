"""The files of a table: `table.md` to read, `table.json` with everything, and of a search the best configuration."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import yaml

from dynawave.evaluation.table import Table
from dynawave.images.files import write_bytes, write_json
from dynawave.reproduce.plan import Plan
from dynawave.reproduce.results import NOT_RUN, Result, Values, collect, deviation, differences, mean, ranked, spread
from dynawave.training.record import git_revision

CLASS_MEASURES: Final = {"precision": "precision", "recall": "recall", "f1": "F1", "auc": "AUC", "iou": "IoU"}
MEANS: Final = ("precision", "recall", "f1", "auc", "miou")
"""Of these over the classes, where an evaluation keeps them."""


def results_table(plan: Plan, results: Sequence[Result]) -> Table:
    """The measures of each row."""
    planned = len(plan.table.seeds)
    headings = ("", *plan.table.measures.values(), "training, s", "images seen")
    rows = tuple(
        (
            result.row.title,
            *(spread(result.values(measure), planned) for measure in plan.table.measures),
            spread(result.seconds, planned, 0),
            str(result.row.config.images_seen),
        )
        for result in results
    )
    return Table("Results", headings, rows)


def differences_table(plan: Plan, results: Sequence[Result]) -> Table:
    """What each other row has more than the first, seed by seed."""
    first, *others = results
    measures = plan.table.measures
    rows = tuple(
        (result.row.title, *(_change(result.values(m), first.values(m), len(plan.table.seeds)) for m in measures))
        for result in others
    )
    return Table(f"Difference from {first.row.title}, seed by seed", ("", *measures.values()), rows)


def classes_table(plan: Plan, result: Result) -> Table:
    """The classes of a row and their mean, as the paper's table 5 has them."""
    planned = len(plan.table.seeds)
    names = [kind["name"] for record in result.records.values() for kind in (record["kinds"] or {}).get("by_class", [])]
    rows = [
        (name, *(spread(_of_class(result, name, measure), planned) for measure in CLASS_MEASURES))
        for name in dict.fromkeys(names)
    ]
    if rows:
        rows.append(("mean", *(spread(result.values(f"kinds.{measure}"), planned) for measure in MEANS)))
    return Table(f"Classes: {result.row.title}", ("", *CLASS_MEASURES.values()), tuple(rows))


def write_summary(plan: Plan, out: Path) -> str:
    """Write `table.md` and `table.json`, and `best.yaml` of a search, whose rows are ranked; returns the first."""
    results = collect(plan, out)
    if plan.table.search:
        results = ranked(plan, results)
    tables = [results_table(plan, results)]
    if not plan.table.search:
        tables.append(differences_table(plan, results))
    tables.append(classes_table(plan, results[0]))
    revision, date = git_revision() or "unknown", datetime.now(UTC).date().isoformat()
    text = "\n".join((_head(plan, results, revision, date), *(table.markdown() for table in tables if table.rows)))
    write_bytes(out / "table.md", text.encode())
    write_json(out / "table.json", _record(plan, results, revision, date))
    if plan.table.search and results[0].records:
        best = results[0].row.config.model_dump(mode="json")
        write_bytes(out / "best.yaml", yaml.safe_dump(best, sort_keys=False).encode())
    return text


def _of_class(result: Result, name: str, measure: str) -> Values:
    return {
        seed: next((kind[measure] for kind in record["kinds"]["by_class"] if kind["name"] == name), None)
        for seed, record in result.records.items()
    }


def _change(values: Values, reference: Values, planned: int) -> str:
    text = spread(differences(values, reference), planned)
    return text if text.startswith("-") or text == NOT_RUN else f"+{text}"


def _head(plan: Plan, results: Sequence[Result], revision: str, date: str) -> str:
    table = plan.table
    done = sum(len(result.records) for result in results)
    by = sorted({str(text) for result in results for text in result.revisions.values()})
    return "\n".join(
        (
            f"# {table.title}\n",
            f"{date}, revision {revision}; {done} of {len(results) * len(table.seeds)} runs done{_by(by)}.",
            f"Trained on {table.train}, measured on {table.test}; "
            f"seeds {', '.join(map(str, table.seeds))}{_folds(plan)}.",
            "Mean and standard deviation over the seeds. To repeat, or to go on:\n",
            f"    dynawave reproduce {plan.name}\n",
        )
    )


def _folds(plan: Plan) -> str:
    count = len(plan.table.folds)
    return f", mean over {count} folds each" if count else ""


def _by(revisions: Sequence[str]) -> str:
    return f", trained by revision {', '.join(revisions)}" if revisions else ""


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
                "images_seen": result.row.config.images_seen,
                "runs": [
                    {
                        "seed": seed,
                        "revision": result.revisions[seed],
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
