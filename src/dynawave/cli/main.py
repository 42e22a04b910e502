"""The `dynawave` command: one file a subcommand, each thin."""

from importlib.metadata import version
from typing import Annotated

import typer

from dynawave.cli import audit, data, dicom, weights
from dynawave.cli.backup import backup, restore
from dynawave.cli.ending import Commands
from dynawave.cli.evaluate import BareCorruptions, evaluate
from dynawave.cli.explain import explain
from dynawave.cli.export import export
from dynawave.cli.inspect import inspect
from dynawave.cli.judge import judge
from dynawave.cli.report import report
from dynawave.cli.reproduce import reproduce
from dynawave.cli.results import results
from dynawave.cli.serve import serve
from dynawave.cli.simulate import simulate
from dynawave.cli.train import train
from dynawave.cli.watch import watch
from dynawave.cli.weld import weld

app = typer.Typer(
    name="dynawave",
    cls=Commands,
    help="Find, size, name and report flaws in welds from radiographs.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(backup)
app.command(cls=BareCorruptions)(evaluate)
app.command()(explain)
app.command()(export)
app.command()(inspect)
app.command()(judge)
app.command()(report)
app.command()(reproduce)
app.command()(restore)
app.command()(results)
app.command()(serve)
app.command()(simulate)
app.command()(train)
app.command()(watch)
app.command()(weld)
app.add_typer(audit.app, name="audit")
app.add_typer(data.app, name="data")
app.add_typer(dicom.app, name="dicom")
app.add_typer(weights.app, name="weights")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"dynawave {version('dynawave')}")
        raise typer.Exit


@app.callback()
def main(
    show: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Find, size, name and report flaws in welds from radiographs."""
