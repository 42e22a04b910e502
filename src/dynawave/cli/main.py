"""The `dynawave` command: one file a subcommand, each thin."""

import typer

from dynawave.cli import data, weights
from dynawave.cli.evaluate import evaluate
from dynawave.cli.export import export
from dynawave.cli.inspect import inspect
from dynawave.cli.simulate import simulate
from dynawave.cli.train import train

app = typer.Typer(
    name="dynawave",
    help="Find, size, name and report flaws in welds from radiographs.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(evaluate)
app.command()(export)
app.command()(inspect)
app.command()(simulate)
app.command()(train)
app.add_typer(data.app, name="data")
app.add_typer(weights.app, name="weights")


@app.callback()
def main() -> None:
    """Find, size, name and report flaws in welds from radiographs."""
