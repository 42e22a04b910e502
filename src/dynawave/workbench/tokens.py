"""Tokens by which programs of the line post films in a person's name: made, listed and revoked by that person."""

from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, delete, func, select

from dynawave.workbench import audit
from dynawave.workbench.errors import Conflict, NotFound
from dynawave.workbench.people import Person, new_login
from dynawave.workbench.store.database import Database
from dynawave.workbench.store.models import Login, now

LASTING: Final = timedelta(days=365)
MOST: Final = 100
"""Of one person."""
ID_LENGTH: Final = 16
"""A token is named by so many digits of its SHA-256, from which nobody finds the token."""


def make(database: Database, person: Person, label: str) -> str:
    """A new token; shown once, and kept as a hash.

    Raises:
        Conflict: this person has `MOST` already.
    """
    secret, login = new_login(person.id, LASTING, label)
    with database.writing() as session:
        if (session.scalar(select(func.count()).select_from(Login).where(*_of(person))) or 0) >= MOST:
            raise Conflict(f"You have {MOST} tokens; revoke one that is not needed.")
        session.add(login)
        audit.note(session, person.name, "token made", label)
    return secret


def of(database: Database, person: Person) -> list[Login]:
    """Those of a person that are still good, the newest first."""
    with database.reading() as session:
        return list(session.scalars(select(Login).where(*_of(person)).order_by(Login.created.desc(), Login.sha256)))


def revoke(database: Database, person: Person, token_id: str) -> None:
    """End one.

    Raises:
        NotFound: this person has none of this id.
    """
    with database.writing() as session:
        mine = select(Login).where(*_of(person), Login.sha256.startswith(token_id, autoescape=True))
        found = session.scalars(mine).first()
        if found is None:
            raise NotFound("You have no such token.")
        session.execute(delete(Login).where(Login.sha256 == found.sha256))
        audit.note(session, person.name, "token revoked", found.label)


def _of(person: Person) -> tuple[ColumnElement[bool], ...]:
    return Login.account_id == person.id, Login.label != "", Login.expires > now()
