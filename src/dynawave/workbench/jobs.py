"""Inspections in the background: the table is the queue, so a server that was killed goes on where it stood.

While no film waits to be inspected, models are compared.
"""

import logging
import os
import re
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from threading import Event as Signal
from threading import Thread, get_native_id
from typing import Any, Final

from sqlalchemy import select, update

from dynawave.errors import DynaWaveError
from dynawave.inspection import Inspector
from dynawave.records import Inspection
from dynawave.workbench.candidates.comparing import Comparisons, open_model
from dynawave.workbench.decisions import changing, propose
from dynawave.workbench.errors import Unavailable
from dynawave.workbench.fields import store_field
from dynawave.workbench.films import Store, context_of
from dynawave.workbench.live import Live
from dynawave.workbench.signing import signatures
from dynawave.workbench.store.database import Database
from dynawave.workbench.store.models import Film, Job, now
from dynawave.workbench.views import film_view, job_view

ATTEMPTS: Final = 3
"""An inspection that has taken the server down this often is not tried again."""
NICENESS: Final = 10
"""Inspections give way to tiles (Linux)."""
STOP_S: Final = 0.5
"""How long a stop waits for the thread to end, which it does at once when it inspects nothing."""
KEPT: Final = 2
"""Models that stay in memory."""

READ: Final = 0.05
FOUND: Final = 0.95
STEP: Final = 0.04
"""Of the progress: when the film is read, when the network is through, and how often it is told."""

SHA256: Final = re.compile("[0-9a-f]{64}")
"""What a job keeps of a model that the server keeps; a shipped one is kept by its name."""

log = logging.getLogger(__name__)


class _Stopped(BaseException):
    """The server stops; the inspection is done again at the next start. No error, so that nothing takes it for one."""


class Worker:
    """One thread that inspects film after film."""

    def __init__(
        self, database: Database, store: Store, live: Live, threads: int | None, validation: Path | None = None
    ) -> None:
        self._database, self._store, self._live = database, store, live
        self._threads = threads or max(1, (os.cpu_count() or 2) - 1)
        self._comparisons = Comparisons(database, store, live, self._threads, validation)
        self._inspectors: dict[tuple[str, float | None], Inspector] = {}
        self._wake = Signal()
        self._stopping = False
        self._thread = Thread(target=self._work, name="inspections", daemon=True)

    def start(self) -> None:
        """Queue again what was running when the server last stopped, and begin."""
        with self._database.writing() as session:
            running = session.scalars(select(Job).where(Job.status == "running")).all()
            for job in running:
                job.status, job.progress = "queued", 0.0
                if job.attempts >= ATTEMPTS:
                    job.status, job.finished = "failed", now()
                    job.detail = f"The server stopped {job.attempts} times while it inspected this film."
                    session.execute(update(Film).where(Film.id == job.film_id).values(status="failed"))
        self._comparisons.requeue()
        self._thread.start()

    def stop(self) -> None:
        """Finish nothing: what is running is queued again at the next start."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def wake(self) -> None:
        """There is something in the queue."""
        self._wake.set()

    def check(self) -> None:
        """Complain where nothing is inspected any more.

        Raises:
            Unavailable: the thread has ended.
        """
        if not self._thread.is_alive():
            raise Unavailable("The queue of inspections has ended; restart the server.")

    def _work(self) -> None:
        with suppress(AttributeError, OSError):
            os.setpriority(os.PRIO_PROCESS, get_native_id(), NICENESS)
        while not self._stopping:
            self._wake.clear()
            try:
                job = self._next()
                if job is not None:
                    self._run(job)
                elif not self._comparisons.step(self._go_on):
                    self._wake.wait(5)
            except _Stopped:
                return
            except Exception:  # the database is away for a moment: the queue must go on
                log.exception("The queue of inspections stumbled.")
                self._wake.wait(5)

    def _next(self) -> Job | None:
        with self._database.reading() as session:
            if not session.scalars(select(Job.id).where(Job.status == "queued").limit(1)).first():
                return None
        with self._database.writing() as session:
            job = session.scalars(select(Job).where(Job.status == "queued").order_by(Job.number).limit(1)).first()
            if job is None:
                return None
            job.status, job.attempts = "running", job.attempts + 1
            session.execute(update(Film).where(Film.id == job.film_id).values(status="inspecting"))
        self._tell(job)
        return job

    def _run(self, job: Job) -> None:
        try:
            self._keep(job, self._inspect(job))
        except DynaWaveError as error:
            self._fail(job, str(error))
        except Exception as error:  # whatever one film does, the next is still inspected
            log.exception("An inspection failed.")
            self._fail(job, f"The film cannot be inspected ({type(error).__name__}: {error}).")

    def _inspect(self, job: Job) -> Inspection:
        with self._database.reading() as session:
            film = session.scalars(select(Film).where(Film.id == job.film_id)).one()
        with self._store.pyramids.decoding:
            image = self._store.image(film)
        self._progress(job, READ)
        image = replace(image, context=context_of(film))
        told = READ

        def progress(share: float) -> None:
            nonlocal told
            self._go_on(share)
            if share - told >= STEP:
                told = share
                self._progress(job, READ + share * (FOUND - READ))

        return self._inspector(job.weights, job.threshold).inspect(image, progress)

    def _go_on(self, _: float) -> None:
        if self._stopping:
            raise _Stopped

    def _inspector(self, weights: str, threshold: float | None) -> Inspector:
        key = weights, threshold
        if key not in self._inspectors:
            while len(self._inspectors) >= KEPT:
                del self._inspectors[next(iter(self._inspectors))]
            self._inspectors[key] = self._open(weights, threshold)
        return self._inspectors[key]

    def _open(self, weights: str, threshold: float | None) -> Inspector:
        if SHA256.fullmatch(weights):
            return open_model(self._store, weights, self._threads, threshold)
        return Inspector(weights, self._threads, threshold, class_map=False)

    def _progress(self, job: Job, share: float) -> None:
        job.progress = share
        with self._database.writing() as session:
            session.execute(update(Job).where(Job.id == job.id).values(progress=share))
        self._live.publish(job.project_id, "job", job_view(job).model_dump())

    def _keep(self, job: Job, inspection: Inspection) -> None:
        outcome: dict[str, Any] = {
            "warnings": list(inspection.warnings),
            "seconds": round(inspection.seconds, 3),
            "image_scores": inspection.image_scores,
            "context_used": list(inspection.context_used),
            "field": store_field(self._store.blobs, inspection.probability),
        }
        with self._database.writing() as session, changing(session, job.film_id, inspection.model.name) as change:
            outcome["found"] = propose(change, inspection, job.id)
            change.film.status = "inspected"
            job.status, job.progress, job.finished = "done", 1.0, now()
            job.model, job.outcome = asdict(inspection.model), outcome
            session.merge(job)
        self._tell(job)

    def _fail(self, job: Job, reason: str) -> None:
        job.status, job.detail, job.finished = "failed", reason, now()
        with self._database.writing() as session:
            session.merge(job)
            session.execute(update(Film).where(Film.id == job.film_id).values(status="failed"))
        self._tell(job)

    def _tell(self, job: Job) -> None:
        with self._database.reading() as session:
            film = session.scalars(select(Film).where(Film.id == job.film_id)).one()
            view = film_view(film, signatures(session, [film])[film.id])
        self._live.publish(job.project_id, "job", job_view(job).model_dump())
        self._live.publish(job.project_id, "film", view.model_dump())
