"""Signatures: a named person's word on one revision of a film, whose whole state is kept as it was."""

import io
from typing import Any, Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from dynawave.workbench import audit
from dynawave.workbench.decisions import state_of
from dynawave.workbench.errors import Conflict, Refusal
from dynawave.workbench.judging import verdict
from dynawave.workbench.people import Person
from dynawave.workbench.store.blobs import Blobs
from dynawave.workbench.store.models import Account, Film, Signature
from dynawave.workbench.views import film_view, indication_views

Document = dict[str, Any]
Meaning = Literal["inspected", "approved"]

SCHEMA: Final = "1.0"
BUSY: Final = ("queued", "inspecting")


def whole_state(session: Session, blobs: Blobs, film: Film) -> Document:
    """Everything that a signature is given for: film, weld, model, indications, verdict."""
    state = state_of(session, film)
    try:
        judged = verdict(session, blobs, film, state)
    except Refusal as error:
        judged = {"problem": str(error)}
    shown = film_view(film).model_dump(mode="json", exclude={"status", "signatures", "project"})
    return {
        "schema": SCHEMA,
        "film": shown,
        "inspection": state.film.get("inspection"),
        "indications": [
            view.model_dump(mode="json", by_alias=True) for view in indication_views(state, film.pixel_size_mm)
        ],
        "verdict": judged,
    }


def sign(
    session: Session, blobs: Blobs, film: Film, person: Person, typed: str | None, meaning: Meaning, revision: int
) -> Signature:
    """Sign the film as it is now, which is the revision that the person has seen.

    Raises:
        Conflict: it is another revision by now, is being inspected, or nobody and nothing has looked at it yet.
        Forbidden: the name that is typed is not that of the person's account.
        Unreadable: there are no accounts, and no name is typed.
    """
    name = person.signs_as(typed)
    session.refresh(film, with_for_update=True)  # nobody changes it before the signature is there
    if film.status in BUSY:
        raise Conflict("The film is being inspected; sign it afterwards.")
    if film.revision == 0:
        raise Conflict("The film has not been inspected yet.")
    if film.revision != revision:
        raise Conflict(f"The film is at revision {film.revision}, not {revision}; look at it again, then sign.")
    sha256 = blobs.put(io.BytesIO(audit.canonical(whole_state(session, blobs, film)))).sha256
    signature = Signature(
        film_id=film.id, revision=film.revision, sha256=sha256, name=name, meaning=meaning, who=person.name
    )
    session.add(signature)
    session.flush()
    audit.note(
        session,
        person.name,
        audit.SIGNED,
        film.id,
        signature=signature.id,
        name=name,
        meaning=meaning,
        revision=film.revision,
        state=sha256,
    )
    return signature


def signatures(session: Session, films: list[Film]) -> dict[str, list[Document]]:
    """The signatures of films, by the film's id.

    `valid` while the film is as it was signed; `account` is that of the person, None on a computer without accounts.
    """
    revisions = {film.id: film.revision for film in films}
    rows = (
        select(Signature, Account.name)
        .outerjoin(Account, Account.name == Signature.who)
        .where(Signature.film_id.in_(revisions))
        .order_by(Signature.number)
    )
    found: dict[str, list[Document]] = {film.id: [] for film in films}
    for row, account in session.execute(rows):
        keys = ("id", "name", "meaning", "when", "revision", "sha256", "who")
        shown = {key: getattr(row, key) for key in keys}
        found[row.film_id].append(shown | {"account": account, "valid": row.revision == revisions[row.film_id]})
    return found
