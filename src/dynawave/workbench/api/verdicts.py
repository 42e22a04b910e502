"""Acceptance tables, verdicts and signatures."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, Field

from dynawave.acceptance import Authorisation, Table
from dynawave.acceptance.files import LARGEST, parse_mapping
from dynawave.errors import ConfigError
from dynawave.workbench import audit, judging, signing
from dynawave.workbench.api.access import Bench, FilmId, SeenFilm, Who, film_for
from dynawave.workbench.api.texts import Name
from dynawave.workbench.decisions import state_of
from dynawave.workbench.errors import TooLarge, Unreadable
from dynawave.workbench.store.models import Authorised

router = APIRouter(prefix="/api/v1", tags=["acceptance"])

YAML: Final = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml")
TABLE_BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {"application/json": {"schema": {"type": "object"}}, YAML[0]: {"schema": {"type": "string"}}},
}

TableId = Annotated[str, Path(min_length=1, max_length=100)]


class AuthorisationView(BaseModel):
    """Who says that a table may be used."""

    who: str
    when: str


class TableView(BaseModel):
    """An acceptance table."""

    id: str
    standard: str
    edition: str
    title: str
    levels: list[str]
    joints: list[str]
    shipped: bool
    sha256: str
    authorised: AuthorisationView | None


class Named(BaseModel):
    """A named person's word; whoever has an account gives it by the account's name, and need not say it."""

    name: Name | None = None


class NewSignature(Named):
    """A signature: that the film was inspected, or that the result is approved.

    `revision` is that of the film which the person has seen.
    """

    meaning: signing.Meaning
    revision: int = Field(ge=0, le=2**31 - 1)


class SignatureView(BaseModel):
    """A signature; `valid` while the film is as it was signed, `account` null where there are none."""

    id: str
    name: str
    meaning: str
    when: str
    revision: int
    sha256: str
    valid: bool
    who: str
    account: str | None


@router.get("/tables")
def list_tables(bench: Bench, person: Who) -> list[TableView]:
    """The acceptance tables: those of the package, and your own."""
    with bench.database.reading() as session:
        found = judging.tables(session, bench.store.blobs)
        return [_view(table, judging.authorisation(session, table)) for table in found]


async def _sent(request: Request) -> tuple[bytes, str]:
    """A small file, and the name that says what it is."""
    data = await request.body()
    if len(data) > LARGEST:
        raise TooLarge(f"A table is no larger than {LARGEST // 1000} kB.")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return data, "table.yaml" if kind in YAML else "table.json"


@router.post("/tables", status_code=201, openapi_extra={"requestBody": TABLE_BODY})
def add_table(bench: Bench, person: Who, sent: Annotated[tuple[bytes, str], Depends(_sent)]) -> TableView:
    """Add a table of your own, JSON or YAML, as `dynawave judge --copy-table` writes one to be filled in."""
    person.require("inspector")
    try:
        data = audit.canonical(parse_mapping(*sent))
    except ConfigError as error:
        raise Unreadable(str(error)) from error
    except (ValueError, RecursionError) as error:  # NaN, half a character, or without end
        raise Unreadable(f"The table cannot be written as JSON ({error}).") from error
    with bench.database.writing() as session:
        return _view(judging.add_table(session, bench.store.blobs, data, person.name), None)


@router.post("/tables/{table_id}/authorise")
def authorise_table(bench: Bench, person: Who, table_id: TableId, word: Named) -> TableView:
    """Say by name that the table may be used although not all of its figures are confirmed."""
    person.require("approver")
    with bench.database.writing() as session:
        table = judging.find(session, bench.store.blobs, table_id)
        name = person.signs_as(word.name)
        session.add(Authorised(table=table.id, sha256=table.sha256, name=name, who=person.name))
        session.flush()
        audit.note(session, person.name, "table authorised", table.id, name=name, sha256=table.sha256)
        return _view(table, judging.authorisation(session, table))


@router.get("/films/{film_id}/verdict")
def get_verdict(bench: Bench, film: SeenFilm) -> dict[str, Any]:
    """What the table of the film's weld says: an aid. `missing` names what must be known of the weld before."""
    with bench.database.reading() as session:
        return judging.verdict(session, bench.store.blobs, film, state_of(session, film))


@router.post("/films/{film_id}/signatures", status_code=201)
def sign_film(bench: Bench, person: Who, film_id: FilmId, wanted: NewSignature) -> SignatureView:
    """Sign the film as it is now; 409 when it was changed since `revision`.

    What is changed later makes the signature no longer valid for the present state.
    """
    person.require("approver" if wanted.meaning == "approved" else "inspector")
    with bench.database.writing() as session:
        film = film_for(session, person, film_id)
        signing.sign(session, bench.store.blobs, film, person, wanted.name, wanted.meaning, wanted.revision)
        view = SignatureView(**signing.signatures(session, [film])[film.id][-1])
    bench.tell(film)
    return view


def _view(table: Table, given: Authorisation | None) -> TableView:
    return TableView(
        id=table.id,
        standard=table.standard,
        edition=table.edition,
        title=table.title,
        levels=list(table.levels),
        joints=list(table.joints),
        shipped=table.shipped,
        sha256=table.sha256,
        authorised=AuthorisationView(who=given.who, when=given.when) if given else None,
    )
