"""Comparisons in the background, a film at a time, so that inspections go in between.

The table is the queue. A comparison that the server was stopped in begins anew at the next start.
"""

import io
import logging
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select, update

from dynawave.errors import DynaWaveError, WeightsError
from dynawave.evaluation.calls import LEAST_SCORE, Call
from dynawave.evaluation.paired import compare_boxes
from dynawave.inspection import Inspector
from dynawave.workbench import audit
from dynawave.workbench.candidates.films import Films, of_project, of_set
from dynawave.workbench.candidates.views import comparison_view
from dynawave.workbench.errors import Conflict
from dynawave.workbench.films import Store
from dynawave.workbench.live import Live
from dynawave.workbench.store.database import Database
from dynawave.workbench.store.models import Comparison, StoredModel, now

Document = dict[str, Any]
Tell = Callable[[float], None]

CHANNEL: Final = "models"
"""Whom news of comparisons go to: all who listen to it, whatever project they see."""
ATTEMPTS: Final = 3
"""A comparison that has taken the server down this often is not tried again."""
SCHEMA: Final = "1.0"

log = logging.getLogger(__name__)


class Comparisons:
    """The queue of comparisons; `step` does a piece of the oldest."""

    def __init__(self, database: Database, store: Store, live: Live, threads: int, validation: Path | None) -> None:
        self._database, self._store, self._live = database, store, live
        self._threads, self._validation = threads, validation
        self._underway: _Underway | None = None

    def requeue(self) -> None:
        """Queue again what was running when the server last stopped."""
        with self._database.writing() as session:
            for row in session.scalars(select(Comparison).where(Comparison.status == "running")):
                row.status, row.progress = "queued", 0.0
                if row.attempts >= ATTEMPTS:
                    row.status, row.finished = "failed", now()
                    row.detail = f"The server stopped {row.attempts} times while it compared these models."

    def step(self, progress: Tell) -> bool:
        """Look at one film with one model; False where no comparison waits. `progress` may raise, to stop."""
        row = self._underway.row if self._underway else self._next()
        if row is None:
            return False
        try:
            if self._underway is None:
                self._underway = self._open(row)
            self._underway.look(self._store, progress)
            self._tell(row, self._underway.done)
            if self._underway.done == 1:
                self._keep(row, self._underway.outcome())
        except DynaWaveError as error:
            self._fail(row, _without_path(error))
        except OSError as error:
            self._fail(row, f"A film cannot be read ({error.strerror or type(error).__name__}).")
        except Exception as error:  # whatever one comparison does, the queue goes on; a stop is none of these
            log.exception("A comparison failed.")
            self._fail(row, f"The models cannot be compared ({type(error).__name__}: {error}).")
        return True

    def _next(self) -> Comparison | None:
        waiting = select(Comparison).where(Comparison.status == "queued").order_by(Comparison.number).limit(1)
        with self._database.reading() as session:
            if session.scalars(waiting).first() is None:
                return None
        with self._database.writing() as session:
            row = session.scalars(waiting).first()
            if row is not None:
                row.status, row.attempts = "running", row.attempts + 1
        return row

    def _open(self, row: Comparison) -> "_Underway":
        with self._database.reading() as session:
            models = [
                session.scalars(select(StoredModel).where(StoredModel.id == each)).one()
                for each in (row.against_id, row.model_id)
            ]
            if row.project_id is not None:
                films = of_project(session, self._store.blobs, row.project_id, row.part)
            elif self._validation is not None:
                films = of_set(self._validation)
            else:
                raise Conflict("The server was started without --validation.")
        inspectors = [open_model(self._store, model.sha256, self._threads) for model in models]
        for inspector in inspectors:
            inspector.settings = replace(inspector.settings, score_threshold=LEAST_SCORE)
        return _Underway(row, films, inspectors)

    def _keep(self, row: Comparison, outcome: Document) -> None:
        row.status, row.progress, row.finished, row.outcome = "done", 1.0, now(), outcome
        row.sha256 = self._store.blobs.put(io.BytesIO(audit.canonical(outcome))).sha256
        names = {key: outcome["models"][key]["sha256"] for key in ("active", "new")}
        with self._database.writing() as session:
            session.merge(row)
            audit.note(session, row.created_by, "models compared", row.id, **names, outcome=row.sha256)
        self._end(row)

    def _fail(self, row: Comparison, reason: str) -> None:
        row.status, row.detail, row.finished = "failed", reason, now()
        with self._database.writing() as session:
            session.merge(row)
        self._end(row)

    def _end(self, row: Comparison) -> None:
        self._underway = None
        self._publish(row)

    def _tell(self, row: Comparison, share: float) -> None:
        row.progress = share
        with self._database.writing() as session:
            session.execute(update(Comparison).where(Comparison.id == row.id).values(progress=share))
        self._publish(row)

    def _publish(self, row: Comparison) -> None:
        self._live.publish(CHANNEL, "comparison", comparison_view(row, named=False).model_dump())


class _Underway:
    """A comparison in the making: which films both models have seen, and what they found."""

    def __init__(self, row: Comparison, films: Films, inspectors: list[Inspector]) -> None:
        self.row, self._films, self._inspectors = row, films, inspectors
        self._found: tuple[list[tuple[Call, ...]], list[tuple[Call, ...]]] = ([], [])
        self._seconds = [0.0, 0.0]

    @property
    def done(self) -> float:
        """The share of the work, 0-1."""
        return sum(map(len, self._found)) / (2 * len(self._films.dataset.images))

    def look(self, store: Store, progress: Tell) -> None:
        """The next film with the next model: each film by both before the next one."""
        which = int(len(self._found[0]) > len(self._found[1]))
        image = self._films.dataset.images[len(self._found[which])]
        with store.pyramids.decoding:
            picture = self._films.dataset.picture(image)
        if (picture.width, picture.height) != (image.width, image.height):
            raise Conflict(f"{image.file_name}: has not the size that the set says.")
        if image.context:
            picture = replace(picture, context=image.context)
        found = self._inspectors[which].inspect(picture, progress)
        self._seconds[which] += found.seconds
        self._found[which].append(
            tuple(Call(one.box, one.score, one.flaw.name, one.class_score) for one in found.indications)
        )

    def outcome(self) -> Document:
        """What is kept: the films, the models, and each measure of both with the difference."""
        first, second = ([flaw.name for flaw in each.classes] for each in self._inspectors)
        measures = compare_boxes(self._films.dataset, *self._found, (first, second))
        keys = ("active", "new")
        return {
            "schema": SCHEMA,
            "films": self._films.facts,
            "models": {key: asdict(each.model) for key, each in zip(keys, self._inspectors, strict=True)},
            "by_class": first == second and len(first) > 1,
            "measures": [asdict(each) for each in measures],
            "seconds": {key: round(each, 3) for key, each in zip(keys, self._seconds, strict=True)},
        }


def open_model(store: Store, sha256: str, threads: int, threshold: float | None = None) -> Inspector:
    """A model that is kept, if it still is what it was.

    Raises:
        WeightsError: its file was lost or altered.
    """
    try:
        inspector = Inspector(store.blobs.path(sha256), threads, threshold, class_map=False)
    except WeightsError as error:
        raise WeightsError(f"The model's file was lost or altered ({_without_path(error)})") from error
    if inspector.model.sha256 != sha256:
        raise WeightsError("The model's file was altered.")
    return inspector


def _without_path(error: DynaWaveError) -> str:
    """A sentence without the file of the data folder that it begins with."""
    head, colon, rest = str(error).partition(": ")
    return rest if colon and "/" in head else str(error)
