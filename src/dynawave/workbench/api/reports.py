"""A film's result as files."""

import hashlib
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy import select

from dynawave.reporting.report.header import Marks
from dynawave.reporting.report.table import csv_table
from dynawave.workbench import audit, coco, judging, signing
from dynawave.workbench.api.access import Bench, ProjectId, SeenFilm, Who, project_for
from dynawave.workbench.decisions import state_of
from dynawave.workbench.errors import Conflict, Missing
from dynawave.workbench.store.models import Film, Project

router = APIRouter(prefix="/api/v1", tags=["reports"])

Language = Annotated[Literal["de", "en"], Query()]
PAPER_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'none'"
"""The report carries its own style and pictures, and nothing else."""


class QualityView(BaseModel):
    """SNR in the marked window, SRb in micrometres by the marked duplex wire, and the SNR normalised by it.

    Null is what is not marked or, of a duplex wire, cannot be read.
    """

    snr: float | None
    srb_um: float | None
    normalised: float | None


@router.get("/projects/{project_id}/header")
def get_header(bench: Bench, person: Who, project_id: ProjectId, response: Response) -> dict[str, Any]:
    """What the project's reports say at their top: company, client, order, technique; `ETag` names this state of it."""
    with bench.database.reading() as session:
        header = project_for(session, person, project_id).header
    response.headers["ETag"] = _tag(header)
    return header


@router.put("/projects/{project_id}/header")
def put_header(
    bench: Bench,
    person: Who,
    project_id: ProjectId,
    stated: dict[str, Any],
    response: Response,
    if_match: Annotated[str | None, Header(max_length=200)] = None,
) -> dict[str, Any]:
    """Say what the project's reports say at their top, with the fields of `dynawave report --header`.

    With `If-Match`, the `ETag` of the header that the person has seen: 409 when it was changed since.
    """
    from dynawave.workbench.papers import checked_header

    person.require("inspector")
    header = checked_header(stated)
    with bench.database.writing() as session:
        project = project_for(session, person, project_id)
        session.refresh(project, with_for_update=True)
        if if_match not in (None, _tag(project.header)):
            raise Conflict("The report header was changed since; look at it again.")
        project.header = header
        audit.note(session, person.name, "header changed", project_id, header=header)
    response.headers["ETag"] = _tag(header)
    return header


@router.post("/films/{film_id}/quality")
def measure_quality(bench: Bench, film: SeenFilm, marks: Marks) -> QualityView:
    """Measure the image quality at marked places, before they go into the header; nothing is kept.

    The marks are those of the header's `image_quality`: a flat window, and the ends of a duplex wire.
    """
    from dynawave.workbench import papers

    with bench.database.reading() as session:
        document = judging.document_of(film, state_of(session, film))
    with bench.store.pyramids.decoding:
        found = papers.quality(bench.store, film, document, marks)
    return QualityView(snr=found.snr, srb_um=found.srb_um, normalised=found.normalised)


@router.get("/films/{film_id}/report.json")
def report_json(bench: Bench, film: SeenFilm) -> JSONResponse:
    """Everything of the film as it is now, and its signatures."""
    with bench.database.reading() as session:
        whole = signing.whole_state(session, bench.store.blobs, film)
        whole["signatures"] = signing.signatures(session, [film])[film.id]
    return JSONResponse(whole, headers=_attached("report.json"))


@router.get("/films/{film_id}/report.csv", response_class=Response)
def report_csv(bench: Bench, film: SeenFilm) -> Response:
    """A line an indication that is not rejected, for spreadsheets."""
    with bench.database.reading() as session:
        state = state_of(session, film)
        judgement, _ = judging.judged(session, bench.store.blobs, film, state)
    table = csv_table(judging.document_of(film, state), judgement)
    return Response(table, media_type="text/csv; charset=utf-8", headers=_attached("report.csv"))


@router.get("/films/{film_id}/report.coco.json")
def report_coco(bench: Bench, film: SeenFilm) -> JSONResponse:
    """The accepted indications as COCO."""
    with bench.database.reading() as session:
        document = coco.coco_of(film, state_of(session, film))
    return JSONResponse(document, headers=_attached("report.coco.json"))


@router.get("/films/{film_id}/report.html", response_class=Response)
def report_html(bench: Bench, film: SeenFilm, language: Language = "en") -> Response:
    """The report to read and print."""
    from dynawave.reporting.report import html

    page = _paper(bench, film, language, html)
    return Response(page, media_type="text/html; charset=utf-8", headers={"Content-Security-Policy": PAPER_POLICY})


@router.get("/films/{film_id}/report.pdf", response_class=Response)
def report_pdf(bench: Bench, film: SeenFilm, language: Language = "en") -> Response:
    """The report as a document."""
    from dynawave.reporting.report import pdf

    return Response(_paper(bench, film, language, pdf), media_type="application/pdf", headers=_attached("report.pdf"))


def _tag(header: dict[str, Any]) -> str:
    """Names a state of the header."""
    return f'"{hashlib.sha256(audit.canonical(header)).hexdigest()}"'


def _paper(bench: Bench, film: Film, language: str, layout: Callable[[Any], bytes]) -> bytes:
    try:
        import typst  # noqa: F401

        from dynawave.workbench import papers
    except ImportError as error:
        raise Missing(f"The report needs {error.name}: pip install 'dynawave[report]'.") from error
    with bench.database.reading() as session:
        state = state_of(session, film)
        judgement, _ = judging.judged(session, bench.store.blobs, film, state)
        project = session.scalars(select(Project).where(Project.id == film.project_id)).one()
        header = papers.header_of(project, film, signing.signatures(session, [film])[film.id])
    with bench.store.pyramids.decoding:
        document = judging.document_of(film, state)
        return layout(papers.content(bench.store, film, document, judgement, header, language))


def _attached(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
