"""The web application: the page, and the API behind it."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from dynawave.errors import ConfigError, DynaWaveError
from dynawave.workbench.api import (
    accounts,
    archive,
    corrections,
    films,
    indications,
    jobs,
    line,
    models,
    projects,
    reports,
    service,
    verdicts,
)
from dynawave.workbench.bench import Workbench
from dynawave.workbench.candidates import shelf
from dynawave.workbench.errors import ANSWERS, Refusal
from dynawave.workbench.films import Store
from dynawave.workbench.guard import Guard, answer
from dynawave.workbench.settings import Settings
from dynawave.workbench.store.database import Database, reason
from dynawave.workbench.store.lock import hold
from dynawave.workbench.store.migrate import upgrade
from dynawave.workbench.store.models import Project

log = logging.getLogger(__name__)

PAGE: Final = Path(__file__).parent / "page"
FIRST_PROJECT: Final = "Films"
"""So that a newcomer has where to put a film."""


def create_app(settings: Settings) -> FastAPI:
    """A workbench on a data folder, which it holds until it is shut down.

    Raises:
        ConfigError: the folder or the database cannot be used.
        WeightsError: the weights cannot.
    """
    bench = open_bench(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        bench.worker.start()
        yield
        bench.close()

    app = FastAPI(
        title="DynaWave",
        version=version("dynawave"),
        lifespan=lifespan,
        responses=ANSWERS,
        docs_url=None,  # these pages would load scripts from elsewhere
        redoc_url=None,
    )
    app.state.bench = bench
    app.add_middleware(Guard, settings=settings, people=bench.people)
    app.add_exception_handler(DynaWaveError, _told)
    app.add_exception_handler(OSError, _told_of_disk)
    app.add_exception_handler(SQLAlchemyError, _told_of_database)
    app.add_exception_handler(HTTPException, _told_by_status)
    app.add_exception_handler(RequestValidationError, _told_where)
    for part in (
        service,
        accounts,
        projects,
        films,
        indications,
        jobs,
        verdicts,
        reports,
        archive,
        corrections,
        models,
        line,
    ):
        app.include_router(part.router)
    app.mount("/", Page(directory=PAGE, html=True))
    return app


def open_bench(settings: Settings) -> Workbench:
    """The data folder, locked and up to date."""
    if not settings.loopback and not settings.team:
        raise ConfigError(f"--host {settings.host}: other computers can reach it, so logins are needed: add --team.")
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{settings.data}: cannot be used as data folder ({error.strerror or error}).") from error
    lock = hold(settings.data)
    database = Database(settings.database_url)
    try:
        upgrade(database)
    except SQLAlchemyError as error:
        raise ConfigError(f"The database cannot be used ({reason(error)}).") from error
    with database.writing() as session:
        if session.scalars(select(Project.id).limit(1)).first() is None:
            session.add(Project(name=FIRST_PROJECT))
    store = Store(settings.data)
    store.tidy()
    shelf.adopt(database, store.blobs, settings.weights, settings.model_limit)
    return Workbench(settings, database, store, lock)


class Page(StaticFiles):
    """The page's files; browsers ask each time whether they have changed, so that an update shows at once."""

    def file_response(self, *args, **kwargs):  # type: ignore[no-untyped-def]
        """As in Starlette, to be revalidated."""
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response


async def _told(_: Request, error: Exception) -> JSONResponse:
    if isinstance(error, Refusal):
        return answer(error.status, str(error))
    return answer(422 if isinstance(error, ConfigError) else 500, str(error))


async def _told_of_disk(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, OSError)
    log.error("The disk failed.", exc_info=error)
    return answer(503, f"The server's disk does not do it ({error.strerror or type(error).__name__}).")


async def _told_of_database(_: Request, error: Exception) -> JSONResponse:
    log.error("The database failed.", exc_info=error)
    return answer(503, "The database cannot be reached; try again.")


async def _told_by_status(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    response = answer(error.status_code, str(error.detail).rstrip(".") + ".")
    response.headers.update(error.headers or {})
    return response


async def _told_where(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:])
    unknown = first["type"] == "extra_forbidden"
    message = "is no field of this request" if unknown else str(first["msg"]).rstrip(".")
    return answer(422, f"{where}: {message}." if where else f"{message}.")
