"""`dynawave reproduce`: make a table of results, run by run."""

import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dynawave.cli.ending import INCOMPLETE, interrupted, tell

if TYPE_CHECKING:
    from dynawave.reproduce.plan import Plan
    from dynawave.reproduce.runs import Run


def reproduce(
    name: Annotated[str, typer.Argument(help="A table: its name under experiments/, its folder or its file.")],
    out: Annotated[Path | None, typer.Option(help="Folder of its runs; results/NAME if not given.")] = None,
    only: Annotated[list[str] | None, typer.Option(metavar="ROW", help="Only this row. May be repeated.")] = None,
    seeds: Annotated[str | None, typer.Option(metavar="0,1,2", help="Only these seeds of the table's.")] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of published sets; DYNAWAVE_DATA or ../shared/data if not given.")
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write the best model and its card to this folder. With folds it is one trained on all of them.",
        ),
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="Say what is done and what is not, and do nothing.")] = False,
) -> None:
    """Train and measure every row of a table with every seed, one process a run, and write table.md and table.json.

    What is done is skipped and what was stopped goes on, so a table can be made over days; Ctrl-C stops it.

    Example: dynawave reproduce ablations

    Example: dynawave reproduce pipe-weld --keep benchmarks/models
    """
    from dynawave.datasets.load import DATA_ROOT
    from dynawave.reproduce.perform import perform
    from dynawave.reproduce.plan import load_plan
    from dynawave.reproduce.runs import plan_runs
    from dynawave.reproduce.summary import write_summary

    try:
        chosen = [int(seed) for seed in seeds.split(",")] if seeds else []
    except ValueError as error:
        raise typer.BadParameter("write them as 0,1,2", param_hint="--seeds") from error
    plan = load_plan(name)
    folder = out or Path("results") / plan.name
    runs = plan_runs(plan, folder, only or (), chosen, data or DATA_ROOT)
    if show:
        for run in runs:
            typer.echo(f"{run.name}: {run.state()}")
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what a queue or a service sends ends it as Ctrl-C does
    failed = False
    try:
        if keep:
            from dynawave.reproduce.keep import keep_best

            typer.echo(str(keep_best(plan, folder, keep, data or DATA_ROOT)))
            return
        if any(run.state() != "done" for run in runs):
            _simulate(plan, folder, data or DATA_ROOT)
        write_summary(plan, folder)
        for outcome in perform(runs, _announcer(runs)):
            if outcome.failure:
                failed = True
                tell(f"{outcome.run.name}: {outcome.failure}")
            write_summary(plan, folder)
    except KeyboardInterrupt:
        raise interrupted("interrupted; run the same command again to go on.") from None
    typer.echo((folder / "table.md").read_text())
    if failed:
        raise typer.Exit(INCOMPLETE)


def _simulate(plan: "Plan", folder: Path, root: Path) -> None:
    """Draw the data, or what is missing of them, with a bar for each part."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from dynawave.reproduce.data import make_data
    from dynawave.reproduce.plan import SimulatedData

    console = Console(stderr=True)
    bars = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*bars, console=console, disable=not console.is_terminal) as progress:
        parts = {"train": plan.table.train, "test": plan.table.test}
        tasks = {
            part: progress.add_task(f"data to {part}", total=data.count)
            for part, data in parts.items()
            if isinstance(data, SimulatedData)
        }
        make_data(plan, folder, lambda part: progress.advance(tasks[part]), root)


def _announcer(runs: Sequence["Run"]) -> Callable[["Run"], None]:
    """Says on stderr which run begins."""

    def announce(run: "Run") -> None:
        typer.echo(f"{time.strftime('%H:%M')} run {runs.index(run) + 1} of {len(runs)}: {run.name}", err=True)

    return announce
