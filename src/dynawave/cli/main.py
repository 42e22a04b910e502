"""The `dynawave` command: one file a subcommand, each thin."""

import typer

from dynawave.cli.simulate import simulate

app = typer.Typer(
    name="dynawave",
    help="Find, size, name and report flaws in welds from radiographs.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(simulate)


@app.callback()
def main() -> None:
    """Find, size, name and report flaws in welds from radiographs."""
