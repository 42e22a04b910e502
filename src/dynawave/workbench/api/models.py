"""Models: taken in, compared with the active one on the same films, made active by a named person."""

from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import APIRouter, File, Path, Response, UploadFile
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from dynawave.workbench.api.access import Bench, Who, project_for
from dynawave.workbench.api.texts import Name, Text
from dynawave.workbench.candidates import films, shelf
from dynawave.workbench.candidates.comparing import CHANNEL
from dynawave.workbench.candidates.views import (
    ActivationView,
    ComparisonView,
    ModelView,
    activation_view,
    comparison_view,
    model_view,
)
from dynawave.workbench.errors import Conflict
from dynawave.workbench.members import seen_by
from dynawave.workbench.people import Person
from dynawave.workbench.store.models import Activation, Comparison, Project, StoredModel

router = APIRouter(prefix="/api/v1/models", tags=["models"])

ModelId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
Id = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
MOST = 200
"""Models and decisions that are listed."""


class Models(BaseModel):
    """The active model's id, all models and all decisions, the newest first.

    `validation`: whether the server has a set of its own to compare on.
    """

    active: str
    validation: bool
    items: list[ModelView]
    activations: list[ActivationView]


class Films(BaseModel):
    """On which films: the reviewed ones of a project, or without one the server's own set.

    Of a project those of the part "validation", a fifth that `export.zip` marks as not for training, or all.
    """

    project: Id | None = None
    part: Literal["validation", "all"] = "validation"


class Decision(BaseModel):
    """A named person's decision that a model is active from now on, on the ground of a comparison, and why.

    Whoever has an account decides by the account's name, and need not say it.
    """

    comparison: Id
    name: Name | None = None
    reason: Annotated[Text, Field(min_length=1, pattern="^[^\\x00]*[^\\s\\x00][^\\x00]*$")]


@router.get("")
def list_models(bench: Bench, person: Who) -> Models:
    """The models of this server."""
    with bench.database.reading() as session:
        return _models(bench, session, person)


@router.post("", status_code=201)
def add_model(bench: Bench, person: Who, response: Response, file: Annotated[UploadFile, File()]) -> ModelView:
    """Give the server a model, an ONNX file as `dynawave export` writes it. It is tried out, and inspects nothing yet.

    A file that the server already has is not taken in again: its model is returned with status 200.
    """
    _may_decide(person)
    limit, blobs = bench.settings.model_limit, bench.store.blobs
    model, new = shelf.take_in(bench.database, blobs, file.file, file.filename or "model", limit, person.name)
    response.status_code = 201 if new else 200
    with bench.database.reading() as session:
        return _view(session, person, model)


@router.post("/{model_id}/comparisons", status_code=202)
def compare_model(bench: Bench, person: Who, model_id: ModelId, wanted: Films) -> ComparisonView:
    """Queue a comparison with the active model on the same films; `events` tells how far it is, and the list."""
    _may_decide(person)
    part = "" if wanted.part == "all" or wanted.project is None else wanted.part
    with bench.database.writing() as session:
        model, against = shelf.model_for(session, model_id), shelf.active(session)
        if model.id == against.id:
            raise Conflict("This model is the active one.")
        if any(each.status in shelf.UNDERWAY for each in shelf.between(session, model.id, against.id)):
            raise Conflict("These models are being compared already.")
        if wanted.project is not None:
            project_for(session, person, wanted.project)
            films.of_project(session, bench.store.blobs, wanted.project, part)
        elif bench.settings.validation is None:
            raise Conflict("The server has no set of its own (--validation); name a project.")
        row = Comparison(
            model_id=model.id, against_id=against.id, project_id=wanted.project, part=part, created_by=person.name
        )
        session.add(row)
        session.flush()
    bench.worker.wake()
    return comparison_view(row, named=True)


@router.post("/{model_id}/activation", status_code=201)
def activate_model(bench: Bench, person: Who, model_id: ModelId, decision: Decision) -> Models:
    """Make a model the active one, or a former one again. Takes a comparison with the one that is active now."""
    _may_decide(person)
    with bench.database.writing() as session:
        model = shelf.model_for(session, model_id)
        name, reason = person.signs_as(decision.name), decision.reason.strip()
        shelf.activate(session, model, decision.comparison, person, name, reason)
        return _models(bench, session, person)


@router.get("/events", response_class=EventSourceResponse)
async def listen(bench: Bench, person: Who) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events `comparison`, whose data is the comparison as it is now, without a project's name."""
    async for news in bench.live.listen(CHANNEL):
        yield ServerSentEvent(event=news.kind, data=news.data)


def _may_decide(person: Person) -> None:
    """For approvers, and administrators, who see no film but run the server."""
    if person.role != "admin":
        person.require("approver")


def _models(bench: Bench, session: Session, person: Person) -> Models:
    rows = session.scalars(select(StoredModel).order_by(StoredModel.number.desc()).limit(MOST))
    decisions = session.scalars(select(Activation).order_by(Activation.number.desc()).limit(MOST))
    return Models(
        active=shelf.active(session).id,
        validation=bench.settings.validation is not None,
        items=[_view(session, person, model) for model in rows],
        activations=[activation_view(row) for row in decisions],
    )


def _view(session: Session, person: Person, model: StoredModel) -> ModelView:
    active = shelf.active(session)
    seen = set(session.scalars(select(Project.id).where(seen_by(person))))
    comparisons = [
        comparison_view(row, row.project_id is None or row.project_id in seen)
        for row in shelf.between(session, model.id, active.id)
    ]
    return model_view(model, model.id == active.id, comparisons)
