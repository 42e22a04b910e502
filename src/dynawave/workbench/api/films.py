"""One film: what it is, its tiles, and what is measured on it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import delete

from dynawave.acceptance.table import Joint, Layers
from dynawave.errors import ConfigError
from dynawave.images.context import checked
from dynawave.records import WeldContext
from dynawave.workbench import audit, measuring
from dynawave.workbench.api.access import Bench, FilmId, SeenFilm, Who, film_for, shown
from dynawave.workbench.api.texts import Line, Text
from dynawave.workbench.decisions import changing, undo
from dynawave.workbench.errors import Conflict, NotFound, Unreadable
from dynawave.workbench.signing import BUSY, signatures
from dynawave.workbench.store.models import Event, Film, Job
from dynawave.workbench.tiles import Format, View, encode, render
from dynawave.workbench.views import FilmView

router = APIRouter(prefix="/api/v1/films/{film_id}", tags=["films"])

Grey = Annotated[float | None, Query(allow_inf_nan=False)]
Side = Annotated[float, Query(ge=-1e6, le=1e6, allow_inf_nan=False)]
Length = Annotated[float, Field(gt=0, le=100_000, allow_inf_nan=False)]
FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}
"""The content of a film never changes."""


class NewScale(BaseModel):
    """A pixel size that a person has measured."""

    pixel_size_mm: float = Field(gt=0, le=100, allow_inf_nan=False)
    why: Text = ""


class Weld(BaseModel):
    """What is known of the weld; what is left out is forgotten, what the file says stays."""

    model_config = ConfigDict(extra="forbid")

    table: Line | None = None
    level: Line | None = None
    joint: Joint | None = None
    thickness_mm: Length | None = None
    throat_mm: Length | None = None
    layers: Layers | None = None
    weld_width_mm: Length | None = None
    weld_length_mm: Length | None = None
    along: Literal["x", "y"] | None = None
    process: Line | None = None
    base_metals: list[Line] = Field([], max_length=2)
    filler: Line | None = None
    voltage_kv: float | None = Field(None, gt=0, le=100_000, allow_inf_nan=False)
    component: Line | None = None
    modality: Line | None = None
    note: Text | None = None


class Histogram(BaseModel):
    """Counts of equally wide classes from `low` to `high`, grey values of the film."""

    low: float
    high: float
    counts: list[int]


class Profile(BaseModel):
    """Grey values along a line; `positions_mm` is null where the pixel size is unknown."""

    positions_px: list[float]
    positions_mm: list[float] | None
    values: list[float]


@router.get("")
def get_film(bench: Bench, film: SeenFilm) -> FilmView:
    """The film as it is now."""
    with bench.database.reading() as session:
        return shown(session, film)


@router.delete("", status_code=204)
def delete_film(bench: Bench, person: Who, film_id: FilmId) -> None:
    """Delete a film that is neither signed nor being inspected."""
    person.require("inspector")
    with bench.database.writing() as session:
        film = film_for(session, person, film_id)
        if film.status in BUSY:
            raise Conflict("The film is being inspected; delete it afterwards.")
        if signatures(session, [film])[film.id]:
            raise Conflict("The film is signed, and stays.")
        for table in (Event, Job):
            session.execute(delete(table).where(table.film_id == film_id))
        session.execute(delete(Film).where(Film.id == film_id))
        audit.note(session, person.name, audit.DELETED, film_id, name=film.name, sha256=film.sha256)
        bench.store.forget(session, film)


@router.get("/tiles/{level}/{column}_{row}.{kind}", response_class=Response)
def get_tile(
    bench: Bench,
    film: SeenFilm,
    level: Annotated[int, Path(ge=0, le=32)],
    column: Annotated[int, Path(ge=0, le=10**6)],
    row: Annotated[int, Path(ge=0, le=10**6)],
    kind: Format,
    low: Grey = None,
    high: Grey = None,
    invert: bool = False,
    clahe: bool = False,
    detail: bool = False,
) -> Response:
    """A tile; level 0 is the smallest. `low` is shown black and `high` white."""
    picture = render(bench.store.pyramid(film), level, column, row, View(low, high, invert, clahe, detail))
    if picture is None:
        raise NotFound("The film has no such tile.")
    return Response(encode(picture, kind), media_type=f"image/{kind}", headers=FOREVER)


@router.get("/thumbnail.jpeg", response_class=Response)
def get_thumbnail(bench: Bench, film: SeenFilm) -> Response:
    """The whole film, small."""
    picture = measuring.thumbnail(bench.store.pyramid(film))
    return Response(encode(picture, "jpeg"), media_type="image/jpeg", headers=FOREVER)


@router.get("/histogram")
def get_histogram(bench: Bench, film: SeenFilm) -> Histogram:
    """How often each grey value is."""
    low, high, counts = measuring.histogram(bench.store.pyramid(film))
    return Histogram(low=low, high=high, counts=counts)


@router.get("/profile")
def get_profile(
    bench: Bench,
    film: SeenFilm,
    x0: Side,
    y0: Side,
    x1: Side,
    y1: Side,
    width: Annotated[float, Query(ge=1, le=200)] = 1,
) -> Profile:
    """Grey values along a line, the mean over its width."""
    positions, values = measuring.profile(bench.store.pyramid(film), (x0, y0), (x1, y1), width)
    mm = film.pixel_size_mm
    in_mm = [round(p * mm, 4) for p in positions] if mm else None
    return Profile(positions_px=positions, positions_mm=in_mm, values=values)


@router.put("/scale")
def put_scale(bench: Bench, person: Who, film_id: FilmId, scale: NewScale) -> FilmView:
    """Set the pixel size; the sizes of all indications follow."""
    with bench.database.writing() as session:
        film_for(session, person, film_id)
        with changing(session, film_id, person.name) as change:
            after = {"pixel_size_mm": scale.pixel_size_mm, "pixel_size_source": "user"}
            change.add("scaled", None, after, scale.why)
    return bench.tell(change.film)


@router.put("/weld")
def put_weld(bench: Bench, person: Who, film_id: FilmId, weld: Weld) -> FilmView:
    """Say what is known of the weld."""
    known = {key: value for key, value in weld.model_dump().items() if value}
    try:
        checked(WeldContext(modality=weld.modality))
    except ConfigError as error:
        raise Unreadable(str(error)) from error
    with bench.database.writing() as session:
        film_for(session, person, film_id)
        with changing(session, film_id, person.name) as change:
            if known != change.state.film.get("weld", {}):
                change.add("described", None, {"weld": known})
    return bench.tell(change.film)


@router.post("/undo")
def post_undo(bench: Bench, person: Who, film_id: FilmId) -> FilmView:
    """Take back your own last change of this film; that, too, is kept in its history."""
    with bench.database.writing() as session:
        film_for(session, person, film_id)
        with changing(session, film_id, person.name) as change:
            undo(change, person)
    return bench.tell(change.film)
