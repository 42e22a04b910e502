"""Indications of a film: the model's proposals, and what a person decides."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from dynawave.workbench import decisions, fields, measuring
from dynawave.workbench.api.access import (
    Bench,
    Cursor,
    FilmId,
    IndicationId,
    Limit,
    SeenFilm,
    Who,
    after,
    film_for,
    next_of,
)
from dynawave.workbench.api.texts import Text
from dynawave.workbench.decisions import changing, check_fresh, events_of, state_of
from dynawave.workbench.errors import NotFound
from dynawave.workbench.shapes import MAX_POINTS, drawn
from dynawave.workbench.state import undone_revisions
from dynawave.workbench.store.models import Film, Job
from dynawave.workbench.tiles import encode
from dynawave.workbench.views import EventView, FilmView, IndicationView, event_view, indication_views

router = APIRouter(prefix="/api/v1/films/{film_id}", tags=["indications"])

Coordinate = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
BoxField = tuple[Coordinate, Coordinate, Annotated[Coordinate, Field(gt=0)], Annotated[Coordinate, Field(gt=0)]]
PolygonField = Annotated[list[tuple[Coordinate, Coordinate]], Field(min_length=3, max_length=MAX_POINTS)]
State = Literal["open", "accepted", "rejected"]


class Shape(BaseModel):
    """Where and what an indication is."""

    model_config = ConfigDict(extra="forbid", validate_by_name=True)

    flaw: str | None = Field(None, alias="class", max_length=100)
    box: BoxField | None = None
    polygon: PolygonField | None = None
    comment: Text | None = None
    depth_mm: Annotated[float | None, Field(gt=0, le=100_000, allow_inf_nan=False)] = Field(
        None, description="Depth through the wall, or height; a film does not show it. null takes it back"
    )

    def wanted(self) -> dict[str, Any]:
        """The fields as decisions have them."""
        named = self.model_dump(exclude={"why", "revision"}, exclude_none=True)
        if "depth_mm" in self.model_fields_set:
            named["depth_mm"] = self.depth_mm
        if "flaw" in named:
            named["class"] = named.pop("flaw")
        return named


class Drawn(Shape):
    """A new indication."""

    flaw: str = Field(alias="class", max_length=100)


class Patch(Shape):
    """A decision; `revision` is that of the film which the person has seen."""

    state: State | None = None
    why: Text = ""
    revision: int = Field(ge=0, le=2**31 - 1)


class Bulk(BaseModel):
    """One decision on several indications."""

    model_config = ConfigDict(extra="forbid")

    indications: list[Annotated[str, Field(pattern="^[0-9a-f]{32}$")]] = Field(min_length=1, max_length=5000)
    state: State
    why: Text = ""
    revision: int = Field(ge=0, le=2**31 - 1)


class Indications(BaseModel):
    """What a film's indications are at a revision of it: all of them, for there are never very many."""

    revision: int
    items: list[IndicationView]
    next: None = None


class History(BaseModel):
    """Changes, the oldest first; `next` is the cursor of the page after."""

    items: list[EventView]
    next: str | None = None


@router.get("/indications")
def list_indications(bench: Bench, film: SeenFilm) -> Indications:
    """The film's indications by number."""
    with bench.database.reading() as session:
        return Indications(revision=film.revision, items=_views(session, film))


@router.post("/indications", status_code=201)
def draw_indication(bench: Bench, person: Who, film_id: FilmId, wanted: Drawn) -> IndicationView:
    """Draw an indication; it counts as accepted."""
    person.require("inspector")
    with bench.database.writing() as session:
        film = film_for(session, person, film_id)
        place = drawn(wanted.box, wanted.polygon, film.width, film.height)
        with changing(session, film_id, person.name) as change:
            key = decisions.draw(change, wanted.flaw, place, wanted.comment or "", wanted.depth_mm)
        view = _view(session, change.film, key)
    bench.tell(change.film)
    return view


@router.patch("/indications/{indication_id}")
def patch_indication(
    bench: Bench, person: Who, film_id: FilmId, indication_id: IndicationId, wanted: Patch
) -> IndicationView:
    """Accept, reject, re-open, re-classify, redraw, measure or comment; 409 when it was changed since `revision`."""
    person.require("inspector")
    with bench.database.writing() as session:
        film_for(session, person, film_id)
        with changing(session, film_id, person.name) as change:
            check_fresh(change, [indication_id], wanted.revision)
            decisions.decide(change, indication_id, wanted.wanted(), wanted.why)
        view = _view(session, change.film, indication_id)
    bench.tell(change.film)
    return view


@router.post("/decisions")
def decide_several(bench: Bench, person: Who, film_id: FilmId, wanted: Bulk) -> FilmView:
    """Accept, reject or re-open several indications in one change, which one undo takes back."""
    person.require("inspector")
    with bench.database.writing() as session:
        film_for(session, person, film_id)
        with changing(session, film_id, person.name) as change:
            keys = list(dict.fromkeys(wanted.indications))
            check_fresh(change, keys, wanted.revision)
            for key in keys:
                decisions.decide(change, key, {"state": wanted.state}, wanted.why)
    return bench.tell(change.film)


@router.get("/history")
def film_history(bench: Bench, film: SeenFilm, cursor: Cursor = None, limit: Limit = 200) -> History:
    """Changes of the film and of all indications on it."""
    with bench.database.reading() as session:
        events = events_of(session, film.id)
    undone = undone_revisions(events)
    later = [event for event in events if event.number > after(cursor)][: limit + 1]
    views = [event_view(event, undone) for event in later[:limit]]
    return History(items=views, next=next_of([event.number for event in later], limit))


@router.get("/indications/{indication_id}/history")
def indication_history(bench: Bench, film: SeenFilm, indication_id: IndicationId) -> History:
    """All changes of one indication."""
    with bench.database.reading() as session:
        events = events_of(session, film.id)
    mine = [event for event in events if event.indication_id == indication_id]
    if not mine:
        raise NotFound("There is no such indication on this film.")
    undone = undone_revisions(events)
    return History(items=[event_view(event, undone) for event in mine])


@router.get("/indications/{indication_id}/thumbnail.jpeg", response_class=Response)
def indication_thumbnail(bench: Bench, film: SeenFilm, indication_id: IndicationId) -> Response:
    """The indication with some of what is around."""
    picture = measuring.picture_of(bench.store.pyramid(film), _known(bench, film, indication_id)["box"])
    return Response(encode(picture, "jpeg"), media_type="image/jpeg", headers={"Cache-Control": "private, no-cache"})


@router.get("/indications/{indication_id}/explanation.png", response_class=Response)
def indication_explanation(bench: Bench, film: SeenFilm, indication_id: IndicationId) -> Response:
    """The model's flaw probability within the indication's box, as opacity."""
    known = _known(bench, film, indication_id)
    return _field(bench, film, known["box"], known.get("job"))


@router.get("/explanation.png", response_class=Response)
def film_explanation(bench: Bench, film: SeenFilm) -> Response:
    """The model's flaw probability of the whole film, as opacity, to be laid over it."""
    return _field(bench, film, None, None)


def _field(bench: Bench, film: Film, box: tuple[float, float, float, float] | None, job_id: str | None) -> Response:
    with bench.database.reading() as session:
        done = select(Job).where(Job.film_id == film.id, Job.status == "done")
        job = session.scalars((done.where(Job.id == job_id) if job_id else done).order_by(Job.number.desc())).first()
    if job is None:
        raise NotFound("No model has looked at this yet.")
    png = fields.overlay(bench.store.blobs, job.outcome["field"], box)
    return Response(png, media_type="image/png", headers={"Cache-Control": "private, no-cache"})


def _known(bench: Bench, film: Film, indication_id: str) -> dict[str, Any]:
    with bench.database.reading() as session:
        state = state_of(session, film)
    if indication_id not in state.indications:
        raise NotFound("There is no such indication on this film.")
    return state.indications[indication_id]


def _views(session: Session, film: Film) -> list[IndicationView]:
    return indication_views(state_of(session, film), film.pixel_size_mm)


def _view(session: Session, film: Film, key: str) -> IndicationView:
    return next(view for view in _views(session, film) if view.id == key)
