"""The model of a table that is kept: the best run of a row, with a card made from the run's records.

Folds measure a recipe. The model that is kept of it is one more, trained on what all of them measure: it has seen more
films than that of any fold, and no fold is picked for its easier films.

Such a model is there to be measured on other data of its kind. It is no more than that, whatever the terms of its data.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dynawave.datasets.load import DATA_ROOT
from dynawave.errors import ConfigError
from dynawave.evaluation.table import Table, figure
from dynawave.images.files import write_bytes
from dynawave.inspection.runtime import ModelCard, Runtime
from dynawave.reproduce.perform import make_model
from dynawave.reproduce.plan import Plan, Row
from dynawave.reproduce.results import (
    Result,
    best_seed,
    collect,
    of_kept,
    read_provenance,
    read_record,
    spread,
    trained,
    value_at,
)
from dynawave.reproduce.runs import MODEL_FILE, Run, plan_runs, whole_run
from dynawave.reproduce.summary import conditions

LARGEST_MB: Final = 20.0
PURPOSE: Final = "**Research only**: the model of a table of results, not qualified for any inspection."


@dataclass(frozen=True, slots=True)
class Kept:
    """A run that is kept: its table, what was run of its row, the record of its evaluation if any, and its model."""

    plan: Plan
    result: Result
    run: Run
    record: dict[str, Any] | None
    model: bytes


def keep_best(plan: Plan, out: Path, directory: Path, root: Path = DATA_ROOT) -> Path:
    """Write `directory/NAME.onnx`, that of the best seed by the table's first measure, and its card `NAME.md`.

    With folds a model is trained on all of them, unless that was done before, which takes as long as one of them.

    Args:
        plan: the table; `TableConfig.keep` is the row whose model is kept, if not the first.
        out: folder of its runs.
        directory: to write to.
        root: folder that holds the published sets.

    Returns:
        The ONNX file.

    Raises:
        ConfigError: nothing has been run, the best run's model is not where it was trained, or is too large.
        DynaWaveError: the model of all folds cannot be trained.
        WeightsError: it is no model of ours.
    """
    kept = _of_folds(plan, out, root) if plan.table.folds else _best(plan, out)
    card = Runtime(kept.run.folder / MODEL_FILE).card
    file = directory / f"{plan.name}.onnx"
    write_bytes(file, kept.model)
    write_bytes(file.with_suffix(".md"), card_text(kept, card).encode())
    return file


def _best(plan: Plan, out: Path) -> Kept:
    result, seed = _measured(plan, out)
    (run,) = plan_runs(plan, out, [result.row.name], [seed])
    return Kept(plan, result, run, read_record(run), _model(run))


def _of_folds(plan: Plan, out: Path, root: Path) -> Kept:
    result, _ = _measured(plan, out)
    run = whole_run(plan, out, min(result.records), root)
    make_model(run)
    return Kept(plan, result, run, None, _model(run))


def _measured(plan: Plan, out: Path) -> tuple[Result, int]:
    """What was run of the row whose model is kept, and the best of its seeds."""
    result = of_kept(plan, collect(plan, out))
    seed = best_seed(plan, result)
    if seed is None:
        measure = next(iter(plan.table.measures))
        raise ConfigError(f"{plan.name}: no run of its row {result.row.name} has measured {measure} yet.")
    return result, seed


def _model(run: Run) -> bytes:
    file = run.folder / MODEL_FILE
    if not file.is_file():
        raise ConfigError(f"{file}: is not there; a model is kept where it was trained.")
    model = file.read_bytes()
    if len(model) > LARGEST_MB * 1e6:
        raise ConfigError(f"{file}: has {len(model) / 1e6:.1f} MB, more than the {LARGEST_MB:.0f} MB of a kept model.")
    return model


def card_text(kept: Kept, card: ModelCard) -> str:
    """The card in Markdown."""
    facts = "".join(f"| {name} | {text} |\n" for name, text in _facts(kept, card).items())
    return "\n".join(
        (
            f"# {kept.plan.name}\n",
            f"The model of “{kept.plan.table.title}”, written by `dynawave reproduce {kept.plan.name} --keep`.\n",
            f"| | |\n| --- | --- |\n{facts}",
            "## How good\n",
            _chosen(kept),
            _measures(kept).markdown(),
        )
    )


def _facts(kept: Kept, card: ModelCard) -> dict[str, str]:
    plan, run = kept.plan, kept.run
    provenance, config = read_provenance(run), run.config
    digest = hashlib.sha256(kept.model).hexdigest()
    return {
        "classes": ", ".join(each.name for each in card.classes),
        "training data": _training_data(run, provenance["data"]),
        "terms": " ".join([PURPOSE, *dict.fromkeys(each["terms"] for each in provenance["data"])]).strip(),
        "start": _start(run.row),
        "recipe": f"`experiments/{plan.name}/{run.row.name}.yaml`: {config.images_seen} tiles of {config.tile} px in "
        f"batches of {config.batch}, AdamW {config.learning_rate:g}, cosine, weights averaged ({config.ema:g}), "
        f"seed {run.seed}",
        "trained": _trained(run),
        "shown": f"{'grey values' if card.channels == 'grey' else 'colours'} at {card.scale:g} times the size, "
        f"tiles of {card.tile} px" + (", also mirrored" if card.mirrored else "") + " and turned" * card.turned,
        "thresholds": f"score {card.score_threshold:g}, mask {card.mask_threshold:g}",
        "file": f"`{plan.name}.onnx`, {len(kept.model) / 1e6:.1f} MB, SHA-256 {digest}",
    }


def _training_data(run: Run, data: list[dict[str, Any]]) -> str:
    if not data:
        return "none but that of its start"
    # by its name alone: the folder is one of the machine's
    return f"{run.train.name}, " + ", ".join(f"SHA-256 of names and labels {each['sha256']}" for each in data)


def _trained(run: Run) -> str:
    revision, date, machine, seconds = trained(run)
    return f"revision {revision}, {date or 'no date'}, {machine}" + (f", {seconds:.0f} s" if seconds else "")


def _start(row: Row) -> str:
    start = row.config.start
    if row.after:
        return f"weights of the row `{row.after.name}`, {row.after.images_seen} tiles from {_start(row.after)}"
    if start is None:
        return "EfficientNet-Lite0 weights of ImageNet-1K"
    parts = f", {', '.join(start.parts)}" if start.parts else ""
    return f"`{start.weights}` as it is in the revision named below{parts}"


def _chosen(kept: Kept) -> str:
    """What the figures are of, and which of them flatters."""
    table, run, seeds = kept.plan.table, kept.run, len(kept.result.records)
    if not run.row.images_seen:
        said = "Nothing was trained: these are the very weights that each fold measures."
    elif kept.record is None:
        said = (
            f"This file was trained in the same way on all that the {len(table.folds)} folds measure, so there is "
            "nothing left to measure it on: the figures are those of its recipe."
        )
    else:
        said = (
            f"This file is that of seed {run.seed}, measured on {run.test.name}: the best of {seeds} seeds by "
            f"{next(iter(table.measures.values()))}. It was chosen by what it is measured by, so the mean over the "
            "seeds is the fairer figure."
        )
    return f"{conditions(kept.plan)} {said}\n"


def _measures(kept: Kept) -> Table:
    planned = len(kept.plan.table.seeds)
    of_file = () if kept.record is None else ("this file",)
    rows = [
        (
            heading,
            *(() if kept.record is None else (figure(value_at(kept.record, place)),)),
            spread(kept.result.values(place), planned),
        )
        for place, heading in kept.plan.table.measures.items()
    ]
    return Table("Measures", ("", *of_file, "mean and spread over the seeds"), tuple(rows))
