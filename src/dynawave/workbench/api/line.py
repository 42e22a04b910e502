"""Line integration: post an image, ask for what was found."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Request, Response, UploadFile
from pydantic import BaseModel, Field
from sqlalchemy import select

from dynawave.acceptance import QUESTIONS, WeldData
from dynawave.workbench import audit, judging
from dynawave.workbench.api.access import Bench, JobId, Who, film_for
from dynawave.workbench.api.jobs import weight_names
from dynawave.workbench.candidates import shelf
from dynawave.workbench.decisions import changing, state_of
from dynawave.workbench.errors import NotFound
from dynawave.workbench.members import line_project
from dynawave.workbench.store.models import Job
from dynawave.workbench.views import IndicationView, indication_views

router = APIRouter(prefix="/api/v1/inspections", tags=["line integration"])

FormLine = Annotated[str | None, Field(max_length=100, pattern="^[^\\x00]*$")]


class Posting(WeldData):
    """An image with all that is stated of its weld; a field that is not known here is refused."""

    file: UploadFile
    pixel_size: float | None = Field(
        None, gt=0, le=100, allow_inf_nan=False, description="in mm; goes before what the file says"
    )
    weights: FormLine = Field(None, description="the active model's, or a shipped name")
    table: FormLine = Field(None, description="id of an acceptance table, for a verdict")
    level: FormLine = Field(None, description=QUESTIONS["level"])

    def stated(self) -> dict[str, Any]:
        """What is known of the weld, as films keep it."""
        return self.model_dump(include={"table", *WeldData.model_fields}, exclude_none=True)


class Posted(BaseModel):
    """Where to ask."""

    id: str
    film: str
    status: str


class InspectionView(BaseModel):
    """An inspection; `indications` once it is done, `verdict` where a table was named, `detail` why it failed."""

    id: str
    film: str
    status: Literal["queued", "running", "done", "failed"]
    progress: float
    indications: list[IndicationView] | None = None
    verdict: dict[str, Any] | None = None
    model: dict[str, Any] = {}
    warnings: list[str] = []
    detail: str | None = None


@router.post("", status_code=202)
def post_inspection(
    bench: Bench, person: Who, request: Request, response: Response, posted: Annotated[Posting, File()]
) -> Posted:
    """Take in an image and inspect it; its first page, where it has several. `Location` is where to ask."""
    person.require("operator")
    stated = posted.stated()
    with bench.database.reading() as session:  # refused before the film is taken in
        shelf.chosen(session, weight_names(), posted.weights)
        judging.check_stated(session, bench.store.blobs, stated)
    film = bench.store.take_in(posted.file.file, posted.file.filename or "film", posted.pixel_size)[0]
    with bench.database.writing() as session:
        film.project_id, film.created_by, film.status = line_project(session, person).id, person.name, "queued"
        session.add(film)
        session.flush()
        audit.note(session, person.name, "film added", film.id, name=film.name, sha256=film.sha256)
        if stated:
            with changing(session, film.id, person.name) as change:
                change.add("described", None, {"weld": stated})
        job = Job(
            film_id=film.id,
            project_id=film.project_id,
            weights=shelf.chosen(session, weight_names(), posted.weights),
            created_by=person.name,
        )
        session.add(job)
        session.flush()
    bench.worker.wake()
    bench.tell(film)
    response.headers["Location"] = f"/api/v1/inspections/{job.id}"
    return Posted(id=job.id, film=film.id, status=job.status)


@router.get("/{job_id}")
def get_inspection(bench: Bench, person: Who, job_id: JobId) -> InspectionView:
    """How far it is and, once it is done, what was found."""
    with bench.database.reading() as session:
        job = session.scalars(select(Job).where(Job.id == job_id)).one_or_none()
        if job is None:
            raise NotFound("There is no such inspection.")
        film = film_for(session, person, job.film_id)
        view = InspectionView(
            id=job.id,
            film=film.id,
            status=job.status,
            progress=round(job.progress, 3),
            detail=job.detail,
        )
        if job.status == "done":
            state = state_of(session, film)
            view.indications = indication_views(state, film.pixel_size_mm)
            view.model, view.warnings = job.model, job.outcome["warnings"]
            if film.weld.get("table"):
                view.verdict = judging.verdict(session, bench.store.blobs, film, state)
    return view
