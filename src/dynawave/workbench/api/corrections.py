"""Decisions as training data."""

from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse
from pydantic import BaseModel
from starlette.background import BackgroundTask

from dynawave.workbench import audit, corrections
from dynawave.workbench.api.access import Bench, ProjectId, Who, project_for
from dynawave.workbench.errors import Conflict
from dynawave.workbench.views import FilmView, film_view

router = APIRouter(prefix="/api/v1/projects/{project_id}", tags=["corrections"])


class CandidateView(BaseModel):
    """A film worth labelling: how unsure the model is of it, and how unlike what is known, both 0-1."""

    film: FilmView
    uncertainty: float
    novelty: float


class Candidates(BaseModel):
    """The best first."""

    items: list[CandidateView]
    next: None = None


@router.get("/export.zip", response_class=FileResponse)
def export(bench: Bench, person: Who, project_id: ProjectId) -> FileResponse:
    """The reviewed films as a COCO set with provenance, to be unpacked and given to `dynawave train --data`."""
    person.require("inspector")
    with NamedTemporaryFile(dir=bench.settings.data, suffix=".zip", delete=False) as file:
        path = Path(file.name)
    try:
        with bench.database.reading() as session:
            project = project_for(session, person, project_id)
            count = corrections.export(session, bench.store, project, path)
        if not count:
            raise Conflict("No film of this project is reviewed yet: on each, something is open or nobody has decided.")
        with bench.database.writing() as session:
            audit.note(session, person.name, "project exported", project_id, films=count)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return FileResponse(
        path, filename="corrections.zip", media_type="application/zip", background=BackgroundTask(path.unlink)
    )


@router.get("/worth-labelling")
def worth_labelling(
    bench: Bench, person: Who, project_id: ProjectId, count: Annotated[int, Query(ge=1, le=100)] = 10
) -> Candidates:
    """The films to look at next, so that the model learns most."""
    with bench.database.reading() as session:
        project = project_for(session, person, project_id)
        chosen = corrections.worth_labelling(session, bench.store, project, count)
    return Candidates(
        items=[
            CandidateView(film=film_view(each.film), uncertainty=each.uncertainty, novelty=each.novelty)
            for each in chosen
        ]
    )
