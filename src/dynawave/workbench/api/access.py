"""What every request needs: the workbench, who asks, and only what they may see."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Path, Query, Request
from sqlalchemy import select
from sqlalchemy.orm import Session

from dynawave.workbench.bench import Workbench
from dynawave.workbench.errors import NotFound
from dynawave.workbench.people import Person
from dynawave.workbench.signing import signatures
from dynawave.workbench.store.models import Film, Member, Project
from dynawave.workbench.views import FilmView, film_view

Cursor = Annotated[str | None, Query(pattern="^[0-9]{1,15}$", description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=200)]
IdPath = Path(pattern="^[0-9a-f]{32}$")
FilmId = Annotated[str, IdPath]
ProjectId = Annotated[str, IdPath]
IndicationId = Annotated[str, IdPath]
JobId = Annotated[str, IdPath]


def _bench(request: Request) -> Workbench:
    bench: Workbench = request.app.state.bench
    return bench


def _person(request: Request) -> Person:
    person: Person = request.state.person
    return person


def after(cursor: str | None) -> int:
    """The number of the last row that the client has seen."""
    return int(cursor or 0)


def next_of(numbers: Sequence[int], limit: int) -> str | None:
    """The cursor of the next page, where there are more than `limit` rows."""
    return str(numbers[limit - 1]) if len(numbers) > limit else None


Bench = Annotated[Workbench, Depends(_bench)]
Who = Annotated[Person, Depends(_person)]


def project_for(session: Session, person: Person, project_id: str) -> Project:
    """A project that the person may see.

    Raises:
        NotFound: there is none, which is also what those hear who may not know of it.
    """
    project = session.scalars(select(Project).where(Project.id == project_id)).one_or_none()
    if project is None or (person.id and session.get(Member, (project_id, person.id)) is None):
        raise NotFound("There is no such project.")
    return project


def film_for(session: Session, person: Person, film_id: str) -> Film:
    """A film of a project that the person may see.

    Raises:
        NotFound: there is none, which is also what those hear who may not know of it.
    """
    film = session.scalars(select(Film).where(Film.id == film_id)).one_or_none()
    if film is None or (person.id and session.get(Member, (film.project_id, person.id)) is None):
        raise NotFound("There is no such film.")
    return film


def shown(session: Session, film: Film) -> FilmView:
    """The film with its signatures."""
    return film_view(film, signatures(session, [film])[film.id])


def seen_film(bench: Bench, person: Who, film_id: FilmId) -> Film:
    """The film that the path names."""
    with bench.database.reading() as session:
        return film_for(session, person, film_id)


def seen_project(bench: Bench, person: Who, project_id: ProjectId) -> Project:
    """The project that the path names."""
    with bench.database.reading() as session:
        return project_for(session, person, project_id)


SeenProject = Annotated[Project, Depends(seen_project)]
SeenFilm = Annotated[Film, Depends(seen_film)]
