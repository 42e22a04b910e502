"""Health and figures for who runs the server."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel
from sqlalchemy import select

from dynawave.workbench.api.access import Bench
from dynawave.workbench.metrics import exposition
from dynawave.workbench.store.models import Project

router = APIRouter(tags=["service"])


class Health(BaseModel):
    """That the server answers, and its database."""

    status: str


@router.get("/healthz")
def health(bench: Bench) -> Health:
    """Whether the server can do its work: 200, or 503 where the database or the queue is not there."""
    with bench.database.reading() as session:
        session.execute(select(Project.number).limit(1))
    bench.worker.check()
    return Health(status="ok")


@router.get("/metrics", response_class=Response)
def metrics(bench: Bench) -> Response:
    """Figures for Prometheus; no names, no films."""
    with bench.database.reading() as session:
        return Response(exposition(session), media_type=CONTENT_TYPE_LATEST)
