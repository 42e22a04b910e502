"""What has been run of a table: measures by row and seed, their mean and spread, and what each run cost."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import BaseModel, Field

from dynawave.documents import read_json
from dynawave.errors import ConfigError
from dynawave.evaluation.evaluate import precisions_at
from dynawave.reproduce.cost import Cost, read_cost
from dynawave.reproduce.plan import Plan, Row
from dynawave.reproduce.runs import METRICS_FILE, Run, plan_runs, read_times
from dynawave.training.record import PROVENANCE_FILE

NOT_RUN: Final = "not run yet"

HEADLINES: Final = 3
"""Measures that stand for a table where there is no room for all."""

Values = dict[int, float | None]
"""A measure of a row by seed; None where it has no meaning."""


class _Metrics(BaseModel):
    """What `dynawave evaluate` leaves; the record of the first that was measured counts."""

    results: list[dict[str, Any]] = Field(min_length=1)


class _Provenance(BaseModel, extra="allow"):
    """What training leaves."""

    sessions: list[dict[str, Any]] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Result:
    """What has been run of a row, by seed.

    Attributes:
        row: what was trained.
        records: of its evaluation; of several folds their mean.
        seconds: of training; of several folds their sum.
        revisions: of the code that trained it last.
        dates: on which it was finished; None where that was not recorded.
        machines: that trained it last.
        folds: runs of a seed.
        cost: of its network, where a model was there to be counted.
    """

    row: Row
    records: dict[int, dict[str, Any]]
    seconds: dict[int, float | None]
    revisions: dict[int, str]
    dates: dict[int, str | None]
    machines: dict[int, str]
    folds: int = 1
    cost: Cost | None = None

    def values(self, measure: str) -> Values:
        """A measure by its dotted place in the records.

        Raises:
            ConfigError: a record lacks it: it was misnamed, or measured by an older version.
        """
        try:
            return {seed: value_at(record, measure) for seed, record in self.records.items()}
        except (KeyError, TypeError) as error:
            raise ConfigError(
                f"{self.row.name}: a {METRICS_FILE} has no {measure}; without the file that run is measured anew."
            ) from error

    def speed(self) -> Values:
        """Tiles that training saw a second."""
        seen = self.row.config.images_seen * self.folds
        return {seed: seen / seconds if seconds and seen else None for seed, seconds in self.seconds.items()}

    def latency(self) -> Values:
        """Milliseconds of inspection for an image, without reading it."""
        return {
            seed: 1000 * record["seconds"] / record["images"] if record.get("images") else None
            for seed, record in self.records.items()
        }


def collect(plan: Plan, out: Path) -> list[Result]:
    """What the folder of a table holds of its finished runs, row by row."""
    runs = plan_runs(plan, out)
    return [_result(row, [run for run in runs if run.row is row]) for row in plan.rows]


def headlines(plan: Plan, results: Sequence[Result]) -> dict[str, str]:
    """The first few measures that any row has a value of, by place."""
    known = {
        place: heading
        for place, heading in plan.table.measures.items()
        if any(mean(result.values(place)) is not None for result in results)
    }
    return dict(islice(known.items(), HEADLINES))


def of_kept(plan: Plan, results: Sequence[Result]) -> Result:
    """The row whose model is kept."""
    return next(result for result in results if result.row.name == plan.kept.name)


def best_seed(plan: Plan, result: Result) -> int | None:
    """That whose model is kept: the best by the first measure; None where no run has one."""
    measure = next(iter(plan.table.measures))
    known = {seed: value for seed, value in result.values(measure).items() if value is not None}
    return max(known, key=lambda seed: worth(measure, known[seed])) if known else None


def mean(values: Values) -> float | None:
    """Over the seeds that have a value."""
    known = _known(values)
    return statistics.mean(known) if known else None


def deviation(values: Values) -> float | None:
    """Sample standard deviation over the seeds, from two on."""
    known = _known(values)
    return statistics.stdev(known) if len(known) > 1 else None


def spread(values: Values, planned: int, digits: int = 3) -> str:
    """Mean and sample standard deviation over the seeds, and how many there are if not all of them."""
    if not values:
        return NOT_RUN
    average, scatter = mean(values), deviation(values)
    if average is None:
        return "-"
    text = f"{average:.{digits}f}" + ("" if scatter is None else f" ± {scatter:.{digits}f}")
    return text if len(values) == planned else f"{text} ({len(values)} of {planned})"


def differences(values: Values, reference: Values) -> Values:
    """Value less that of the reference with the same seed, which saw the same tiles, where both have been run."""
    return {seed: _less(value, reference[seed]) for seed, value in values.items() if seed in reference}


def ranked(plan: Plan, results: Sequence[Result]) -> list[Result]:
    """The rows from the best mean of the first measure on; those not run yet last."""
    measure = next(iter(plan.table.measures))
    return sorted(results, key=lambda result: worth(measure, mean(result.values(measure))), reverse=True)


def worth(measure: str, value: float | None) -> float:
    """What is larger the better a value is: of false calls fewer are better."""
    if value is None:
        return float("-inf")
    return -value if measure.startswith("false_calls") else value


def _result(row: Row, runs: Sequence[Run]) -> Result:
    """Of those seeds that are done in every fold."""
    seeds = dict.fromkeys(run.seed for run in runs)
    folds = {seed: [run for run in runs if run.seed == seed] for seed in seeds}
    done = {seed: parts for seed, parts in folds.items() if all(run.state() == "done" for run in parts)}
    return Result(
        row,
        {seed: average([read_record(run) for run in parts]) for seed, parts in done.items()},
        {seed: _sum([trained(run).seconds for run in parts]) for seed, parts in done.items()},
        {seed: trained(parts[-1]).revision for seed, parts in done.items()},
        {seed: trained(parts[-1]).date for seed, parts in done.items()},
        {seed: trained(parts[-1]).machine for seed, parts in done.items()},
        max(map(len, folds.values())),
        next((cost for parts in done.values() for run in parts if (cost := read_cost(run.folder))), None),
    )


def average(records: Sequence[Any]) -> Any:
    """The mean of records of one shape, number by number: of those folds in which it has a meaning.

    Lists that differ in length, such as those of classes that a fold lacks, and words are the first one's.
    """
    known = [record for record in records if record is not None]
    first = known[0] if known else None
    if isinstance(first, dict):
        return {key: average([record.get(key) for record in known]) for key in first}
    if isinstance(first, list) and all(len(record) == len(first) for record in known):
        return [average(items) for items in zip(*known, strict=True)]
    if isinstance(first, int | float) and not isinstance(first, bool):
        return statistics.mean(known)
    return first


def read_record(run: Run) -> dict[str, Any]:
    """The record of the evaluation of a run that is done; of an older one with the measures that follow from it."""
    record = read_json(run.folder / METRICS_FILE, _Metrics).results[0]
    known = record.get("false_calls_at", {}), record.get("flaws", 0), record.get("images", 0)
    return {"precision_at": precisions_at(*known)} | record


def _sum(seconds: Sequence[float | None]) -> float | None:
    known = [value for value in seconds if value is not None]
    return sum(known) if len(known) == len(seconds) else None


class Trained(NamedTuple):
    """The code and machine that trained a run last, when it was last worked on, and how long its training took."""

    revision: str
    date: str | None
    machine: str
    seconds: float | None


def trained(run: Run) -> Trained:
    """Of a run that was begun."""
    session = read_provenance(run)["sessions"][-1]
    times = read_times(run.folder)
    machine = session.get("machine", {})
    return Trained(
        str(session["git"]),
        times[-1].get("date") if times else None,
        f"{machine.get('cores', '?')} cores ({machine.get('processor', 'of an unknown kind')})",
        _seconds(run),
    )


def _seconds(run: Run) -> float | None:
    """Of training, over all its sessions; None when one of them was killed and left no time."""
    times = [session["seconds"] for session in read_times(run.folder) if session["command"] == "train"]
    return None if None in times else sum(times)


def read_provenance(run: Run) -> dict[str, Any]:
    """Data, code and machine of a run that was begun, as training records them."""
    return read_json(run.folder / PROVENANCE_FILE, _Provenance).model_dump()


def value_at(record: Any, place: str) -> float | None:
    """The value at a dotted place; None where what holds it has no meaning."""
    for part in place.split("."):
        record = record and record[part]  # without classes there are no measures of classes
    return None if record is None else float(record)


def _less(value: float | None, reference: float | None) -> float | None:
    return None if value is None or reference is None else value - reference


def _known(values: Values) -> list[float]:
    return [value for value in values.values() if value is not None]
