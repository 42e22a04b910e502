"""How every command ends: faults as one sentence on stderr, and an exit status that scripts can rely on.

0: done. 1: some of the inputs could not be processed; each is named, and the others are done. 2: wrong use, or a
configuration, weights, data set or output folder that cannot be used. 130: stopped by Ctrl-C, as shells have it.
"""

from errno import EPIPE
from typing import Any, Final

import typer
from typer.core import TyperGroup

from dynawave.errors import DynaWaveError

INCOMPLETE: Final = 1
WRONG: Final = 2
INTERRUPTED: Final = 130


def tell(sentence: str) -> None:
    """Say what is wrong on stderr."""
    typer.secho(f"dynawave: {sentence}", fg=typer.colors.RED, err=True)


def interrupted(sentence: str) -> typer.Exit:
    """Say how things stand after Ctrl-C; raise what is returned."""
    tell(sentence)
    return typer.Exit(INTERRUPTED)


class Commands(TyperGroup):
    """The commands; what none of them has dealt with itself ends here, without a traceback where a user can act."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that the arguments name."""
        try:
            return super().invoke(ctx)
        except DynaWaveError as error:
            tell(str(error))
        except OSError as error:  # a disk that is full or goes away, met by a library
            if error.errno == EPIPE:
                raise
            tell(": ".join(str(part) for part in (error.filename, error.strerror or error) if part) + ".")
        except KeyboardInterrupt:
            raise interrupted("interrupted.") from None
        raise typer.Exit(WRONG)
