"""The tables. Times are UTC as ISO 8601 text, so that they read, sort and hash alike in every database."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import uuid4

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Document = dict[str, Any]


def new_id() -> str:
    """An opaque id that nobody can guess."""
    return uuid4().hex


def now() -> str:
    """The time as it is stored."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Id = Annotated[str, mapped_column(String(32), default=new_id, unique=True)]
Number = Annotated[int, mapped_column(primary_key=True, autoincrement=True)]
"""Rows are listed by their number; ids are what the outside sees."""
Name = Annotated[str, mapped_column(String(255))]
Time = Annotated[str, mapped_column(String(32), default=now)]


class Base(DeclarativeBase):
    """Of all tables."""

    type_annotation_map = {Document: JSON, list[str]: JSON}  # noqa: RUF012


class Project(Base):
    """A folder of films that its members see.

    `line` marks the one that takes what the line integration posts; `header` is what reports say at their top.
    """

    __tablename__ = "projects"
    number: Mapped[Number]
    id: Mapped[Id]
    name: Mapped[Name]
    line: Mapped[bool] = mapped_column(default=False)
    header: Mapped[Document] = mapped_column(default=dict)
    created: Mapped[Time]


class Film(Base):
    """An image and the sum of its events: `revision` counts changes, the rest is what lists show."""

    __tablename__ = "films"
    number: Mapped[Number]
    id: Mapped[Id]
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id"), index=True)
    name: Mapped[Name]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    page: Mapped[int] = mapped_column(default=1)
    width: Mapped[int]
    height: Mapped[int]
    bits: Mapped[int]
    levels: Mapped[int]
    low: Mapped[float]
    high: Mapped[float]
    robust_low: Mapped[float]
    robust_high: Mapped[float]
    file_pixel_size_mm: Mapped[float | None]
    pixel_size_mm: Mapped[float | None]
    pixel_size_source: Mapped[str] = mapped_column(String(16))
    header: Mapped[Document]
    weld: Mapped[Document]
    counts: Mapped[Document]
    status: Mapped[str] = mapped_column(String(16), default="new")
    revision: Mapped[int] = mapped_column(default=0)
    created: Mapped[Time]
    created_by: Mapped[Name]


class Job(Base):
    """An inspection of a film: queued, running, done or failed."""

    __tablename__ = "jobs"
    number: Mapped[Number]
    id: Mapped[Id]
    film_id: Mapped[str] = mapped_column(ForeignKey("films.id"), index=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id"), index=True)
    status: Mapped[str] = mapped_column(String(16), default="queued", index=True)
    progress: Mapped[float] = mapped_column(default=0.0)
    detail: Mapped[str | None] = mapped_column(Text)
    weights: Mapped[str] = mapped_column(Text)
    threshold: Mapped[float | None]
    model: Mapped[Document] = mapped_column(default=dict)
    outcome: Mapped[Document] = mapped_column(default=dict)
    attempts: Mapped[int] = mapped_column(default=0)
    created: Mapped[Time]
    created_by: Mapped[Name]
    finished: Mapped[str | None] = mapped_column(String(32))


class Event(Base):
    """One change of a film or of an indication on it; rows are only ever added.

    The changes of one request share a revision. `after` holds the fields that change, `before` what they were.
    """

    __tablename__ = "events"
    __table_args__ = (Index("events_by_film", "film_id", "revision"),)
    number: Mapped[Number]
    film_id: Mapped[str] = mapped_column(ForeignKey("films.id"))
    revision: Mapped[int]
    indication_id: Mapped[str | None] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(16))
    before: Mapped[Document]
    after: Mapped[Document]
    why: Mapped[str] = mapped_column(Text, default="")
    who: Mapped[Name]
    when: Mapped[Time]


class Signature(Base):
    """A person's word on a revision of a film; `sha256` is that of the whole state, which is kept as a file."""

    __tablename__ = "signatures"
    number: Mapped[Number]
    id: Mapped[Id]
    film_id: Mapped[str] = mapped_column(ForeignKey("films.id"), index=True)
    revision: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    name: Mapped[Name]
    meaning: Mapped[str] = mapped_column(String(16))
    who: Mapped[Name]
    when: Mapped[Time]


class AcceptanceTable(Base):
    """A user's own acceptance table; its file is kept under its SHA-256."""

    __tablename__ = "acceptance_tables"
    number: Mapped[Number]
    table: Mapped[str] = mapped_column(String(100), unique=True)
    sha256: Mapped[str] = mapped_column(String(64))
    who: Mapped[Name]
    when: Mapped[Time]


class Authorised(Base):
    """A named person's word that a table, known by the SHA-256 of its file, may be used."""

    __tablename__ = "authorisations"
    number: Mapped[Number]
    table: Mapped[str] = mapped_column(String(100))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[Name]
    who: Mapped[Name]
    when: Mapped[Time]


class StoredModel(Base):
    """A model that was tried and is kept under its SHA-256; what its card says of it. Rows are only ever added."""

    __tablename__ = "models"
    number: Mapped[Number]
    id: Mapped[Id]
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[Name]
    version: Mapped[Name]
    terms: Mapped[str] = mapped_column(Text)
    classes: Mapped[list[str]]
    size: Mapped[int]
    file_name: Mapped[Name]
    who: Mapped[Name]
    when: Mapped[Time]


class Comparison(Base):
    """A model and the one that was active (`against`) on the same films: queued, running, done or failed.

    The films are those of a project, all that are reviewed or a part, or where there is none the server's own set.
    `outcome` is kept as a file under `sha256`, too, which the audit log names.
    """

    __tablename__ = "comparisons"
    number: Mapped[Number]
    id: Mapped[Id]
    model_id: Mapped[str] = mapped_column(ForeignKey("models.id"), index=True)
    against_id: Mapped[str] = mapped_column(ForeignKey("models.id"), index=True)
    project_id: Mapped[str | None] = mapped_column(ForeignKey("projects.id"))
    part: Mapped[str] = mapped_column(String(16), default="")
    status: Mapped[str] = mapped_column(String(16), default="queued", index=True)
    progress: Mapped[float] = mapped_column(default=0.0)
    detail: Mapped[str | None] = mapped_column(Text)
    outcome: Mapped[Document] = mapped_column(default=dict)
    sha256: Mapped[str | None] = mapped_column(String(64))
    attempts: Mapped[int] = mapped_column(default=0)
    created: Mapped[Time]
    created_by: Mapped[Name]
    finished: Mapped[str | None] = mapped_column(String(32))


class Activation(Base):
    """A named person's decision that a model is the active one from now on; the last row counts."""

    __tablename__ = "activations"
    number: Mapped[Number]
    id: Mapped[Id]
    model_id: Mapped[str] = mapped_column(ForeignKey("models.id"))
    comparison_id: Mapped[str | None] = mapped_column(ForeignKey("comparisons.id"))
    name: Mapped[Name]
    reason: Mapped[str] = mapped_column(Text)
    who: Mapped[Name]
    when: Mapped[Time]


class Account(Base):
    """Someone who can log in; `key` is the name as it is compared, `full_name` what they sign as, if it is another."""

    __tablename__ = "accounts"
    number: Mapped[Number]
    id: Mapped[Id]
    name: Mapped[Name]
    key: Mapped[str] = mapped_column(String(255), unique=True)
    full_name: Mapped[Name] = mapped_column(default="")
    password: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(16))
    active: Mapped[bool] = mapped_column(default=True)
    created: Mapped[Time]


class Member(Base):
    """An account that may see a project."""

    __tablename__ = "members"
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True, index=True)


class Login(Base):
    """A browser that is logged in, or a token of the line integration (with a label); only the hash is kept."""

    __tablename__ = "logins"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    label: Mapped[str] = mapped_column(String(100), default="")
    created: Mapped[Time]
    expires: Mapped[str] = mapped_column(String(32))


class AuditEntry(Base):
    """A link of the chain: its hash covers what it says and the hash of the link before."""

    __tablename__ = "audit"
    number: Mapped[Number]
    when: Mapped[Time]
    who: Mapped[Name]
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(100), index=True)
    details: Mapped[Document]
    previous: Mapped[str] = mapped_column(String(64), unique=True)
    sha256: Mapped[str] = mapped_column(String(64))
