"""What a weights file says of each film, kept in a run folder by the file's SHA-256, so that reruns are quick."""

import json
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from dynawave import Inspector, read_image
from dynawave.datasets.gdxray import PIXEL_SIZE_MM, read_gdxray
from dynawave.evaluation.calls import inspector_detector
from dynawave.evaluation.evaluate import Evaluation, evaluate
from dynawave.images.files import write_json
from dynawave.records import Indication
from dynawave.taxonomy import FAMILIES

LEAST_SCORE: Final = 0.01

Progress = Callable[[list[Path]], Iterable[Path]]


@dataclass(frozen=True)
class Call:
    """One call on a film: box (x, y, width, height) in pixels, score, and the family that it names, or None."""

    box: tuple[float, float, float, float]
    score: float
    family: str | None

    @classmethod
    def of(cls, found: Indication) -> "Call":
        """The call that an indication is."""
        left, top, width, height = (round(side, 1) for side in found.box)
        family = found.flaw.family if found.flaw.family in FAMILIES else None
        return cls((left, top, width, height), round(found.score, 4), family)


class Inspected:
    """A weights file, and the folder that keeps what it said.

    A folder is bound to the weights, not to the code about them: where decoding has changed, remove it.
    """

    def __init__(self, weights: str, runs: Path) -> None:
        self._inspector = Inspector(weights, threads=1, score_threshold=LEAST_SCORE)
        self.model = self._inspector.model
        self.threshold = Inspector(weights, threads=1).score_threshold
        self.folder = runs / self.model.sha256[:12]

    @property
    def name(self) -> str:
        """As tables name it."""
        return f"`{self.model.name}` {self.model.version} ({self.model.sha256[:7]})"

    @cached_property
    def revision(self) -> str:
        """The code's revision when the films were inspected."""
        return str(json.loads((self.folder / "inspected.json").read_text())["revision"])

    def calls(self, films: list[Path], progress: Progress) -> dict[str, list[Call]]:
        """The calls on each film by its stem, looked for where they are not kept."""
        self._begin()
        return {film.stem: self._kept(film) for film in progress(films)}

    def _begin(self) -> None:
        file = self.folder / "inspected.json"
        if not file.is_file():
            write_json(file, asdict(self.model) | {"revision": revision()})

    def _kept(self, film: Path) -> list[Call]:
        file = self.folder / f"{film.stem}.json"
        if not file.is_file():
            found = self._inspector.inspect(read_image(film, PIXEL_SIZE_MM)).indications
            write_json(file, [asdict(Call.of(each)) for each in found])
        return [Call(tuple(each["box"]), each["score"], each["family"]) for each in json.loads(file.read_text())]

    def outlined(self, root: Path) -> Evaluation:
        """As `dynawave evaluate` measures it on the films of W0001, whose flaws are outlined."""
        file = self.folder / "outlined.json"
        if not file.is_file():
            found = evaluate(inspector_detector(self._inspector), read_gdxray(root), self.name).evaluation
            write_json(file, found.model_dump())
        return Evaluation.model_validate_json(file.read_text())


def revision() -> str:
    """The working tree's git revision."""
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def released(weights: str, folder: Path) -> list[Path]:
    """Every version of a weights file in git's history, oldest first, written to a folder under its commit."""
    log = subprocess.run(
        ["git", "log", "--reverse", "--format=%h", "--", weights], capture_output=True, text=True, check=True
    )
    files = []
    for commit in log.stdout.split():
        data = subprocess.run(["git", "show", f"{commit}:{weights}"], capture_output=True, check=True).stdout
        files.append(folder / f"{commit}.onnx")
        files[-1].write_bytes(data)
    return files
