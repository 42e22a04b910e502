"""Try a model's file in a process of its own, so that a bad one takes down nothing else, nor holds the server up.

The process works in an empty folder: a model that wants further files beside it finds none. It has so much memory and
time and no more, reads the card, checks inputs and outputs, and runs the model on one tile. Nothing is ever unpickled.
"""

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

from dynawave.errors import WeightsError
from dynawave.inspection.runtime import Runtime

SECONDS: Final = 120
MEMORY: Final = 8 * 1024**3
"""Address space; a network of ours takes under 1.5 GiB."""
WRONG: Final = 3
"""Exit status of a model that cannot be used."""


def try_out(file: Path) -> dict[str, Any]:
    """What a model's file says of itself: name, version, SHA-256, terms, classes.

    Raises:
        WeightsError: it is damaged, none of ours, or takes more time or memory than a model may; the sentence does not
            name the file.
    """
    command = [sys.executable, "-m", "dynawave.workbench.candidates.trial", str(file.absolute())]
    with TemporaryDirectory() as empty:
        try:
            done = subprocess.run(command, cwd=empty, env=_environment(), capture_output=True, timeout=SECONDS)
        except subprocess.TimeoutExpired as error:
            raise WeightsError(f"is not done with one tile in {SECONDS} seconds.") from error
    if done.returncode == 0:
        said: dict[str, Any] = json.loads(done.stdout)
        return said
    if done.returncode == WRONG:
        raise WeightsError(done.stdout.decode().strip().partition(": ")[2])
    raise WeightsError(f"takes more than {MEMORY >> 30} GiB of memory, or crashes.")


def _environment() -> dict[str, str]:
    """Ours without what only the server needs to know, with the places that modules come from."""
    places = [str(Path(place).absolute()) for place in sys.path if place]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DYNAWAVE_")}
    return {**kept, "PYTHONPATH": os.pathsep.join(places)}


def _limit() -> None:
    with suppress(ImportError, ValueError, OSError):  # there is no such limit on Windows
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def facts(file: Path) -> dict[str, Any]:
    """The same in this process, for a file that is trusted.

    Raises:
        WeightsError: it cannot be used; the sentence names the file.
    """
    runtime = Runtime(file, threads=1)
    card = runtime.card
    maps = runtime.run(np.zeros((1, 3, card.tile, card.tile), np.float32))
    if wrong := [name for name, values in maps.items() if not np.isfinite(values).all()]:
        raise WeightsError(f"{file}: the model's output '{wrong[0]}' is not finite on an empty tile.")
    info = runtime.info
    said = {"name": info.name, "version": info.version, "sha256": info.sha256, "terms": info.terms}
    return said | {"classes": [each.name for each in card.classes]}


def main(file: Path) -> int:
    """Print the facts as JSON, or what is wrong as a sentence."""
    _limit()
    try:
        print(json.dumps(facts(file)))
    except WeightsError as error:
        print(error)
        return WRONG
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
