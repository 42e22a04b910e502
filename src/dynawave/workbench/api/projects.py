"""Projects, and the films in them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, BinaryIO, Final

from fastapi import APIRouter, File, Form, Response, UploadFile
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel
from sqlalchemy import func, select

import dynawave.workbench
from dynawave.workbench.api.access import (
    Bench,
    Cursor,
    Limit,
    ProjectId,
    SeenProject,
    Who,
    after,
    next_of,
    project_for,
    shown,
)
from dynawave.workbench.api.texts import Name
from dynawave.workbench.arriving import add_films
from dynawave.workbench.bench import Workbench
from dynawave.workbench.members import new_project, seen_by
from dynawave.workbench.people import Person
from dynawave.workbench.signing import signatures
from dynawave.workbench.store.models import Film, Project
from dynawave.workbench.views import FilmView, ProjectView, film_view, project_view

router = APIRouter(prefix="/api/v1/projects", tags=["projects"])

EXAMPLE: Final = Path(dynawave.workbench.__file__).parent / "example" / "pores-and-cracks.png"
"""A simulated film, for who has none at hand."""

PixelSize = Annotated[
    float | None, Form(gt=0, le=100, allow_inf_nan=False, description="In mm; goes before what the file says")
]


class NewProject(BaseModel):
    """A project to be made."""

    name: Name


class Projects(BaseModel):
    """Projects, a page of them; `next` is the cursor of the page after."""

    items: list[ProjectView]
    next: str | None


class Films(BaseModel):
    """Films, a page of them; `next` is the cursor of the page after."""

    items: list[FilmView]
    next: str | None


@router.get("")
def list_projects(bench: Bench, person: Who, cursor: Cursor = None, limit: Limit = 100) -> Projects:
    """The projects that you may see, the oldest first."""
    with bench.database.reading() as session:
        films = select(Film.project_id, func.count().label("films")).group_by(Film.project_id).subquery()
        rows = session.execute(
            select(Project, func.coalesce(films.c.films, 0))
            .outerjoin(films, films.c.project_id == Project.id)
            .where(Project.number > after(cursor), seen_by(person))
            .order_by(Project.number)
            .limit(limit + 1)
        ).all()
        views = [project_view(project, count) for project, count in rows[:limit]]
        return Projects(items=views, next=next_of([project.number for project, _ in rows], limit))


@router.post("", status_code=201)
def make_project(bench: Bench, person: Who, wanted: NewProject) -> ProjectView:
    """Make a project."""
    with bench.database.writing() as session:
        project = new_project(session, person, wanted.name.strip())
        return project_view(project, 0)


@router.get("/{project_id}")
def get_project(bench: Bench, person: Who, project_id: ProjectId) -> ProjectView:
    """One project."""
    with bench.database.reading() as session:
        project = project_for(session, person, project_id)
        count = session.scalar(select(func.count()).select_from(Film).where(Film.project_id == project_id))
        return project_view(project, count or 0)


@router.get("/{project_id}/films")
def list_films(bench: Bench, person: Who, project_id: ProjectId, cursor: Cursor = None, limit: Limit = 100) -> Films:
    """The films of a project in the order in which they came."""
    with bench.database.reading() as session:
        project_for(session, person, project_id)
        wanted = select(Film).where(Film.project_id == project_id, Film.number > after(cursor))
        films = list(session.scalars(wanted.order_by(Film.number).limit(limit + 1)))
        signed = signatures(session, films)
        views = [film_view(film, signed[film.id]) for film in films[:limit]]
        return Films(items=views, next=next_of([film.number for film in films], limit))


@router.post("/{project_id}/films", status_code=201)
def upload_film(
    bench: Bench,
    person: Who,
    project_id: ProjectId,
    response: Response,
    file: Annotated[UploadFile, File()],
    pixel_size: PixelSize = None,
) -> FilmView:
    """Upload a film: PNG, TIFF, JPEG or DICONDE. Of a file of several pages each becomes a film; the first is returned.

    A file that the project already has is not taken in again: its film is returned with status 200.
    """
    with bench.database.reading() as session:
        project_for(session, person, project_id)
    return _add(bench, person, project_id, response, file.file, file.filename or "film", pixel_size)


@router.post("/{project_id}/example", status_code=201)
def add_example(bench: Bench, person: Who, project_id: ProjectId, response: Response) -> FilmView:
    """Put the example film that comes with the program into a project; status 200 where it lies there already."""
    with bench.database.reading() as session:
        project_for(session, person, project_id)
    with EXAMPLE.open("rb") as source:
        return _add(bench, person, project_id, response, source, EXAMPLE.name)


def _add(
    bench: Workbench,
    person: Person,
    project_id: str,
    response: Response,
    source: BinaryIO,
    name: str,
    pixel_size: float | None = None,
) -> FilmView:
    """Take a film in; the first film of the file, with status 200 where the project had it before."""
    film, new = add_films(bench, project_id, source, name, person.name, pixel_size)
    if new:
        return film_view(film)
    response.status_code = 200
    with bench.database.reading() as session:
        return shown(session, film)


@router.get("/{project_id}/events", response_class=EventSourceResponse)
async def listen(bench: Bench, project: SeenProject) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events `film` and `job`, whose data is the film or job as it is now."""
    async for news in bench.live.listen(project.id):
        yield ServerSentEvent(event=news.kind, data=news.data)
