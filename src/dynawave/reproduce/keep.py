"""The model of a table that is kept: the best run of its first row, with a card made from the run's records.

Such a model is there to be measured on other data of its kind. It is no more than that, whatever the terms of its data.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dynawave.errors import ConfigError
from dynawave.evaluation.table import Table, figure
from dynawave.images.files import write_bytes
from dynawave.inspection.runtime import ModelCard, Runtime
from dynawave.reproduce.plan import Plan
from dynawave.reproduce.results import Result, collect, read_provenance, read_record, spread, value_at, worth
from dynawave.reproduce.run import MODEL_FILE, Run, plan_runs
from dynawave.reproduce.summary import conditions
from dynawave.training.config import TrainingConfig

LARGEST_MB: Final = 20.0
PURPOSE: Final = "**Research only**: the model of a table of results, not qualified for any inspection."


@dataclass(frozen=True, slots=True)
class Kept:
    """A run that is kept: its table, what was run of its row, the record of its evaluation, and its model."""

    plan: Plan
    result: Result
    run: Run
    record: dict[str, Any]
    model: bytes


def keep_best(plan: Plan, out: Path, directory: Path) -> Path:
    """Write `directory/NAME.onnx`, that of the best seed by the table's first measure, and its card `NAME.md`.

    With folds it is the best fold of the best seed.

    Args:
        plan: the table; its first row is the one whose model is kept.
        out: folder of its runs.
        directory: to write to.

    Returns:
        The ONNX file.

    Raises:
        ConfigError: nothing has been run, the best run's model is not where it was trained, or is too large.
        WeightsError: it is no model of ours.
    """
    result = collect(plan, out)[0]
    measure = next(iter(plan.table.measures))
    known = {seed: value for seed, value in result.values(measure).items() if value is not None}
    if not known:
        raise ConfigError(f"{plan.name}: no run of {result.row.name} that is done has a {measure}.")
    runs = plan_runs(plan, out, [result.row.name], [max(known, key=lambda seed: worth(measure, known[seed]))])
    records = [read_record(run) for run in runs]
    run, record = max(zip(runs, records, strict=True), key=lambda pair: worth(measure, value_at(pair[1], measure)))
    kept = Kept(plan, result, run, record, _model(run))
    card = Runtime(run.folder / MODEL_FILE).card
    file = directory / f"{plan.name}.onnx"
    write_bytes(file, kept.model)
    write_bytes(file.with_suffix(".md"), card_text(kept, card).encode())
    return file


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
    seed, result = run.seed, kept.result
    seconds = result.seconds[seed] if run.fold is None else None  # of folds it is the sum
    return {
        "classes": ", ".join(each.name for each in card.classes),
        # by its name alone: the folder is one of the machine's
        "training data": f"{run.train.name}, "
        + ", ".join(f"SHA-256 of names and labels {each['sha256']}" for each in provenance["data"]),
        "terms": " ".join([PURPOSE, *dict.fromkeys(each["terms"] for each in provenance["data"])]).strip(),
        "start": _start(config),
        "recipe": f"`experiments/{plan.name}/{run.row.name}.yaml`: {config.images_seen} tiles of {config.tile} px in "
        f"batches of {config.batch}, AdamW {config.learning_rate:g}, cosine, weights averaged ({config.ema:g}), "
        f"seed {seed}",
        "trained": f"revision {result.revisions[seed]}, {result.dates[seed] or 'no date'}, {result.machines[seed]}"
        + (f", {seconds:.0f} s" if seconds else ""),
        "shown": f"{'grey values' if card.channels == 'grey' else 'colours'} at {card.scale:g} times the size, "
        f"tiles of {card.tile} px" + (", also mirrored" if card.mirrored else ""),
        "thresholds": f"score {card.score_threshold:g}, mask {card.mask_threshold:g}",
        "file": f"`{plan.name}.onnx`, {len(kept.model) / 1e6:.1f} MB, SHA-256 {digest}",
    }


def _start(config: TrainingConfig) -> str:
    if config.start is None:
        return "EfficientNet-Lite0 weights of ImageNet-1K"
    return f"`{config.start.weights}`" + (f", {', '.join(config.start.parts)}" if config.start.parts else "")


def _chosen(kept: Kept) -> str:
    """What the figures are of, and which of them flatters."""
    table, run, seeds = kept.plan.table, kept.run, len(kept.result.records)
    heading = next(iter(table.measures.values()))
    fold = "" if run.fold is None else f", and the best of {len(table.folds)} folds of that seed"
    return (
        f"{conditions(kept.plan)} This file is that of seed {run.seed}, measured on {run.test.name}: the best of "
        f"{seeds} seeds by {heading}{fold}. It was chosen by what it is measured by, so the mean over the seeds is the "
        "fairer figure.\n"
    )


def _measures(kept: Kept) -> Table:
    planned = len(kept.plan.table.seeds)
    rows = [
        (heading, figure(value_at(kept.record, place)), spread(kept.result.values(place), planned))
        for place, heading in kept.plan.table.measures.items()
    ]
    return Table("Measures", ("", "this file", "mean and spread over the seeds"), tuple(rows))
