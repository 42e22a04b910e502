"""Figures for Prometheus: requests as they are answered, and what the tables hold when they are asked for."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dynawave.workbench.store.models import Film, Job

REGISTRY: Final = CollectorRegistry()
REQUESTS: Final = Counter(
    "dynawave_requests_total", "Answers by their status.", ["method", "status"], registry=REGISTRY
)
SECONDS: Final = Histogram(
    "dynawave_request_seconds",
    "Time to the first byte of an answer.",
    ["method"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=REGISTRY,
)
_JOBS: Final = Gauge("dynawave_inspections", "Inspections by their status.", ["status"], registry=REGISTRY)
_FILMS: Final = Gauge("dynawave_films", "Films in the database.", registry=REGISTRY)


def exposition(session: Session) -> bytes:
    """The figures in Prometheus' text format."""
    counts = dict(session.execute(select(Job.status, func.count()).group_by(Job.status)).all())
    for status in ("queued", "running", "done", "failed"):
        _JOBS.labels(status).set(counts.get(status, 0))
    _FILMS.set(session.scalar(select(func.count()).select_from(Film)) or 0)
    return generate_latest(REGISTRY)
