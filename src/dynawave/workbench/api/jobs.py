"""Inspections in the background, and flaw classes."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import select

from dynawave.taxonomy import BY_NAME
from dynawave.weights import shipped
from dynawave.workbench.api.access import Bench, FilmId, JobId, Who, film_for
from dynawave.workbench.candidates import shelf
from dynawave.workbench.errors import Conflict, NotFound
from dynawave.workbench.signing import BUSY
from dynawave.workbench.store.models import Job
from dynawave.workbench.views import FlawView, JobView, flaw_view, job_view

router = APIRouter(prefix="/api/v1", tags=["inspections"])


class Wanted(BaseModel):
    """How to inspect."""

    weights: str | None = Field(None, max_length=100, description="One of /api/v1/weights; by default the active one")
    threshold: Annotated[float, Field(ge=0, le=1)] | None = None


class Weights(BaseModel):
    """What can inspect, and what does unless another is named: its name, version and SHA-256."""

    active: str
    version: str
    sha256: str
    names: list[str]


@router.get("/classes")
def list_classes(person: Who) -> list[FlawView]:
    """The flaw classes of ISO 6520-1 that an indication can have."""
    return [flaw_view(flaw) for flaw in BY_NAME.values()]


@router.get("/weights")
def list_weights(bench: Bench, person: Who) -> Weights:
    """The models of this server."""
    with bench.database.reading() as session:
        model = shelf.active(session)
    names = sorted({*weight_names(), model.name})
    return Weights(active=model.name, version=model.version, sha256=model.sha256, names=names)


@router.post("/films/{film_id}/inspection", status_code=202)
def inspect_film(bench: Bench, person: Who, film_id: FilmId, wanted: Wanted | None = None) -> JobView:
    """Queue an inspection. Its proposals take the place of former ones that nobody has dealt with."""
    wanted = wanted or Wanted()
    with bench.database.writing() as session:
        film = film_for(session, person, film_id)
        if film.status in BUSY:
            raise Conflict("The film is being inspected already.")
        job = Job(
            film_id=film.id,
            project_id=film.project_id,
            weights=shelf.chosen(session, weight_names(), wanted.weights),
            threshold=wanted.threshold,
            created_by=person.name,
        )
        session.add(job)
        film.status = "queued"
        session.flush()
    bench.worker.wake()
    bench.tell(film)
    return job_view(job)


@router.get("/jobs/{job_id}")
def get_job(bench: Bench, person: Who, job_id: JobId) -> JobView:
    """How far an inspection is."""
    with bench.database.reading() as session:
        job = session.scalars(select(Job).where(Job.id == job_id)).one_or_none()
        if job is None:
            raise NotFound("There is no such inspection.")
        film_for(session, person, job.film_id)
        return job_view(job)


@router.get("/films/{film_id}/jobs")
def list_jobs(bench: Bench, person: Who, film_id: FilmId) -> list[JobView]:
    """The film's last 100 inspections, the newest first."""
    with bench.database.reading() as session:
        film_for(session, person, film_id)
        jobs = session.scalars(select(Job).where(Job.film_id == film_id).order_by(Job.number.desc()).limit(100))
        return [job_view(job) for job in jobs]


def weight_names() -> list[str]:
    """The shipped weights, which a request may ask for by name whatever model is active."""
    return [path.stem for path in shipped()]
