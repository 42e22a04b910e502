"""The models of a server: kept by their SHA-256, one of them active, and every change of that a row that stays."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from dynawave.errors import WeightsError
from dynawave.weights import find
from dynawave.workbench import audit
from dynawave.workbench.candidates.trial import facts, try_out
from dynawave.workbench.errors import Conflict, NotFound, TooLarge, Unavailable, Unreadable
from dynawave.workbench.films import clean_name
from dynawave.workbench.people import Person
from dynawave.workbench.store.blobs import Blobs
from dynawave.workbench.store.database import Database
from dynawave.workbench.store.models import Activation, Comparison, StoredModel

Document = dict[str, Any]

SERVER: Final = "dynawave serve"
"""Who made the first model active."""
FIRST: Final = "the first model of this workbench, given at the server's start"
UNDERWAY: Final = ("queued", "running")
LONGEST: Final = 200
"""Characters of a name or version; a card is no place for essays."""


def take_in(
    database: Database,
    blobs: Blobs,
    source: BinaryIO,
    file_name: str,
    limit: int,
    who: str,
    look: Callable[[Path], Document] = try_out,
) -> tuple[StoredModel, bool]:
    """Check and keep a model's file; the model, and whether it was not there before. `look` tries it out.

    Raises:
        TooLarge: it is over the limit, in bytes.
        Unreadable: it is damaged or none of ours; nothing is kept.
    """
    file_name = clean_name(file_name)
    size = source.seek(0, io.SEEK_END)
    if size > limit:
        raise TooLarge(f"{file_name}: is larger than the {limit / 1024**2:.3g} MiB that a model may have.")
    source.seek(0)
    stored = blobs.put(source)
    with database.reading() as session:
        known = session.scalars(select(StoredModel).where(StoredModel.sha256 == stored.sha256)).one_or_none()
    if known is not None:
        return known, False
    try:
        said = look(blobs.path(stored.sha256))
        if max(len(said["name"]), len(said["version"])) > LONGEST:
            raise WeightsError(f"its name or version is longer than {LONGEST} characters.")
    except WeightsError as error:
        if stored.new:
            blobs.remove(stored.sha256)
        raise Unreadable(f"{file_name}: {error}") from error
    with database.writing() as session:
        return _add(session, said, size, file_name, who), True


def _add(session: Session, said: Document, size: int, file_name: str, who: str) -> StoredModel:
    """The row of a model that was tried; of two who bring the same file at once the first counts."""
    known = session.scalars(select(StoredModel).where(StoredModel.sha256 == said["sha256"])).one_or_none()
    if known is not None:
        return known
    model = StoredModel(**said, size=size, file_name=file_name, who=who)
    session.add(model)
    session.flush()
    named = {"name": model.name, "version": model.version}
    audit.note(session, who, "model added", model.sha256, **named, file=file_name, bytes=size)
    return model


def adopt(database: Database, blobs: Blobs, weights: str, limit: int) -> tuple[StoredModel, StoredModel]:
    """The active model, and the one given at the server's start, which becomes active where none is.

    Raises:
        WeightsError: the file given cannot be read or is none of ours.
        Unavailable: the active model's file is lost.
    """
    path = find(weights)
    try:
        with path.open("rb") as file:
            given, _ = take_in(database, blobs, file, path.name, limit, SERVER, facts)
    except OSError as error:
        raise WeightsError(f"{path}: the weights cannot be read ({error.strerror}).") from error
    except (TooLarge, Unreadable) as error:
        raise WeightsError(f"{path}: {str(error).partition(': ')[2]}") from error
    with database.writing() as session:
        if session.scalars(select(Activation.number).limit(1)).first() is None:
            _activate(session, given, None, None, SERVER, FIRST, SERVER)
        model = active(session)
    if not blobs.path(model.sha256).is_file():
        raise Unavailable(f"The file of the active model {model.name} {model.version} is lost ({model.sha256}).")
    return model, given


def active(session: Session) -> StoredModel:
    """The model that inspects unless a request names another."""
    rows = select(StoredModel).join(Activation, Activation.model_id == StoredModel.id)
    return session.scalars(rows.order_by(Activation.number.desc()).limit(1)).one()


def model_for(session: Session, model_id: str) -> StoredModel:
    """A model by its id.

    Raises:
        NotFound: there is none.
    """
    model = session.scalars(select(StoredModel).where(StoredModel.id == model_id)).one_or_none()
    if model is None:
        raise NotFound("There is no such model.")
    return model


def between(session: Session, one: str, other: str) -> list[Comparison]:
    """The comparisons of two models, whichever was the active one then, the newest first."""
    pairs = [(Comparison.model_id == a) & (Comparison.against_id == b) for a, b in ((one, other), (other, one))]
    return list(session.scalars(select(Comparison).where(or_(*pairs)).order_by(Comparison.number.desc())))


def activate(
    session: Session, model: StoredModel, comparison_id: str, person: Person, name: str, reason: str
) -> Activation:
    """Make a model active by a named person's decision on a comparison with the one that is active now.

    Raises:
        NotFound: there is no such comparison of these two models.
        Conflict: the model is active already, or the comparison is not done.
    """
    former = active(session)
    if former.id == model.id:
        raise Conflict("This model is the active one already.")
    found = [each for each in between(session, model.id, former.id) if each.id == comparison_id]
    if not found:
        raise NotFound("There is no such comparison of this model with the one that is active now.")
    if found[0].status != "done":
        raise Conflict("The comparison is not done.")
    return _activate(session, model, former, found[0], name, reason, person.name)


def _activate(
    session: Session,
    model: StoredModel,
    former: StoredModel | None,
    comparison: Comparison | None,
    name: str,
    reason: str,
    who: str,
) -> Activation:
    compared = comparison.id if comparison else None
    row = Activation(model_id=model.id, comparison_id=compared, name=name, reason=reason, who=who)
    session.add(row)
    session.flush()
    audit.note(
        session,
        who,
        audit.ACTIVATED,
        model.sha256,
        activation=row.id,
        model=f"{model.name} {model.version}"[: 2 * LONGEST],
        former=former.sha256 if former else None,
        comparison=comparison.sha256 if comparison else None,
        name=name,
        reason=reason,
    )
    return row


def chosen(session: Session, names: list[str], wanted: str | None) -> str:
    """What a job keeps: the SHA-256 of the active model, or a shipped name that the request asks for.

    Raises:
        Unreadable: the name is none of ours, above all a path.
    """
    model = active(session)
    if wanted is None or wanted == model.name:
        return model.sha256
    if wanted not in names:
        raise Unreadable(f"There are no weights {wanted!r} on this server.")
    return wanted
