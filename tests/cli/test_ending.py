from errno import ENOSPC, EPIPE
from importlib.metadata import version

import pytest
import typer
from typer.testing import CliRunner, Result

from dynawave.cli.ending import Commands
from dynawave.cli.main import app
from dynawave.errors import DatasetError


def end_with(error: BaseException) -> Result:
    """What a command that raises `error` comes to."""
    commands = typer.Typer(cls=Commands)

    @commands.command()
    def fail() -> None:
        raise error

    @commands.command()
    def other() -> None: ...

    return CliRunner().invoke(commands, ["fail"])


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (DatasetError("films: holds no images."), 2, "films: holds no images."),
        (OSError(ENOSPC, "No space left on device"), 2, "No space left on device."),
        (OSError(ENOSPC, "No space left on device", "logs/a.csv"), 2, "logs/a.csv: No space left on device."),
        (KeyboardInterrupt(), 130, "interrupted."),
    ],
)
def test_one_sentence_and_a_status(error: BaseException, status: int, sentence: str) -> None:
    done = end_with(error)
    assert (done.exit_code, done.stderr, done.stdout) == (status, f"dynawave: {sentence}\n", "")


def test_a_reader_that_has_gone_is_no_fault() -> None:
    done = end_with(BrokenPipeError(EPIPE, "Broken pipe"))
    assert done.exit_code == 1 and "Broken pipe" not in done.stderr


def test_a_fault_of_the_program_keeps_its_traceback() -> None:
    assert isinstance(end_with(ZeroDivisionError()).exception, ZeroDivisionError)


def test_the_version_is_that_of_the_package() -> None:
    done = CliRunner().invoke(app, ["--version"])
    assert (done.exit_code, done.stdout) == (0, f"dynawave {version('dynawave')}\n")
