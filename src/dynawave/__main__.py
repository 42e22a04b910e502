"""`python -m dynawave`, the same as the command `dynawave`."""

from dynawave.cli.main import app

app()
