"""A film's indications as they stand, judged by the acceptance table that its weld names: an aid, never a decision."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any, Final

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from dynawave.acceptance import (
    Authorisation,
    Judgement,
    Table,
    WeldData,
    judge,
    missing,
    parse_table,
    shipped_tables,
)
from dynawave.acceptance.files import problem
from dynawave.acceptance.results import authorise
from dynawave.errors import ConfigError
from dynawave.records import ModelInfo
from dynawave.reporting.json import ImageRecord, IndicationRecord, InspectionFile
from dynawave.taxonomy import flaw_class
from dynawave.workbench import audit
from dynawave.workbench.errors import Conflict, NotFound, Unreadable
from dynawave.workbench.films import context_of
from dynawave.workbench.state import FilmState
from dynawave.workbench.store.blobs import Blobs
from dynawave.workbench.store.models import AcceptanceTable, Authorised, Film

Document = dict[str, Any]

_shipped: Final = cache(shipped_tables)
NO_MODEL: Final = ModelInfo("none", "", "")
"""Of a film on which no model has looked."""


def tables(session: Session, blobs: Blobs) -> list[Table]:
    """The shipped tables and the users' own."""
    own = session.scalars(select(AcceptanceTable).order_by(AcceptanceTable.table).limit(1000))
    return [*_shipped(), *(parse_table(blobs.path(row.sha256).read_bytes(), "table.json") for row in own)]


def find(session: Session, blobs: Blobs, name: str) -> Table:
    """A table by its id.

    Raises:
        NotFound: there is none.
    """
    for table in tables(session, blobs):
        if table.id == name:
            return table
    raise NotFound(f"There is no acceptance table {name!r}.")


def authorisation(session: Session, table: Table) -> Authorisation | None:
    """The last authorisation of just this file of the table."""
    rows = select(Authorised).where(Authorised.sha256 == table.sha256).order_by(Authorised.number.desc()).limit(1)
    row = session.scalars(rows).first()
    return authorise(table, row.name, datetime.fromisoformat(row.when)) if row else None


def add_table(session: Session, blobs: Blobs, data: bytes, who: str) -> Table:
    """Keep a user's own table; one of the same id is replaced, and has to be authorised anew.

    Raises:
        Unreadable: it is no valid table; the sentence names the place in it.
        Conflict: the id is that of a shipped table.
    """
    try:
        table = parse_table(data, "table.json")
    except ConfigError as error:
        raise Unreadable(str(error)) from error
    if table.id in {shipped.id for shipped in _shipped()}:
        raise Conflict(f"{table.id} is a table of the package; give yours an id of its own.")
    if len(table.id) > 100:
        raise Unreadable("The table's id is longer than 100 characters.")
    sha256 = blobs.put(io.BytesIO(data)).sha256
    row = session.scalars(select(AcceptanceTable).where(AcceptanceTable.table == table.id)).one_or_none()
    if row is None:
        session.add(AcceptanceTable(table=table.id, sha256=sha256, who=who))
    else:
        row.sha256, row.who = sha256, who
    audit.note(session, who, "table added", table.id, sha256=sha256)
    return table


def document_of(film: Film, state: FilmState) -> InspectionFile:
    """The film as `dynawave inspect` would report it, with what persons have decided; what is rejected is left out."""
    inspected = state.film.get("inspection", {})
    image = ImageRecord(
        id=1,
        file=film.name,
        page=None,
        width=film.width,
        height=film.height,
        pixel_size_mm=film.pixel_size_mm,
        pixel_size_source=film.pixel_size_source,
        context=context_of(film),
        seconds=inspected.get("seconds", 0.0),
        warnings=tuple(inspected.get("warnings", ())),
        overlay="",
        indications=tuple(
            _record(known, film.pixel_size_mm)
            for known in sorted(state.indications.values(), key=lambda known: known["number"])
            if known["state"] != "rejected"
        ),
    )
    model = ModelInfo(**inspected["model"]) if inspected else NO_MODEL
    created = datetime.fromisoformat(inspected.get("finished") or film.created)
    return InspectionFile(complete=True, created=created, model=model, images=(image,), failures=())


def verdict(session: Session, blobs: Blobs, film: Film, state: FilmState) -> Document:
    """The judgement as a document, with `missing`: what must be known of the weld before there can be one.

    Raises:
        Unreadable: what is stated of the weld does not go with the table.
    """
    judgement, asked = judged(session, blobs, film, state)
    if judgement is None:
        return {"missing": list(asked), "table": None, "outcome": None, "weld": film.weld}
    return judgement.model_dump(mode="json", by_alias=True) | {"missing": [], "counts": film.counts}


def judged(session: Session, blobs: Blobs, film: Film, state: FilmState) -> tuple[Judgement | None, tuple[str, ...]]:
    """The judgement, or None and what is missing for it."""
    if not film.weld.get("table"):
        return None, ("table",)
    table = find(session, blobs, film.weld["table"])
    with _told():
        weld = _weld(film.weld)
        if asked := missing(table, weld):
            return None, asked
        return judge(document_of(film, state), table, weld, authorisation(session, table)), ()


def check_stated(session: Session, blobs: Blobs, stated: Document) -> None:
    """Refuse what is stated of a weld before there is a film of it.

    Raises:
        NotFound: there is no such table.
        Unreadable: it does not go with the table.
    """
    if stated.get("table"):
        table = find(session, blobs, stated["table"])
        with _told():
            missing(table, _weld(stated))


def _weld(stated: Document) -> WeldData:
    return WeldData(**{key: stated[key] for key in WeldData.model_fields if key in stated})


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        raise Unreadable(problem(error)) from error
    except ConfigError as error:
        raise Unreadable(str(error)) from error


def _record(known: Document, mm: float | None) -> IndicationRecord:
    """An indication as reports have it; what a person has drawn is certain."""
    flaw = flaw_class(known["class"])
    x, y, width, height = known["box"]
    left, top, right, bottom = known["spread"] or (0, 0, 0, 0)
    return IndicationRecord(
        id=known["number"],
        flaw=flaw.name,
        iso6520=flaw.iso6520,
        family=flaw.family,
        score=1.0 if known["score"] is None else known["score"],
        class_score=1.0 if known["class_score"] is None else known["class_score"],
        box=(x, y, width, height),
        spread=(left, top, right, bottom),
        length_px=known["length_px"],
        width_px=known["width_px"],
        area_px=known["area_px"],
        cnr=known["cnr"],
        length_mm=known["length_px"] * mm if mm else None,
        width_mm=known["width_px"] * mm if mm else None,
        area_mm2=known["area_px"] * mm * mm if mm else None,
        depth_mm=known.get("depth_mm"),
        position_mm=((x + width / 2) * mm, (y + height / 2) * mm) if mm else None,
    )
