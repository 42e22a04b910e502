"""The model proposes, a person decides: every change of a film is an event, and nothing is ever overwritten."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dynawave.records import Inspection
from dynawave.taxonomy import BY_NAME
from dynawave.workbench import audit
from dynawave.workbench.errors import Conflict, NotFound, Unreadable
from dynawave.workbench.people import Person
from dynawave.workbench.shapes import drawn, overlap, proposed
from dynawave.workbench.state import (
    INSPECTED,
    PROPOSED,
    REPLACED,
    UNDONE,
    FilmState,
    last_to_undo,
    replay,
    undone_revisions,
)
from dynawave.workbench.store.models import Event, Film, new_id, now

Document = dict[str, Any]

SAME: Final = 0.5
"""A proposal that overlaps more with an indication which a person has dealt with is that one."""
DECISIONS: Final = {"accepted": "accepted", "rejected": "rejected", "open": "reopened"}
MAX_INDICATIONS: Final = 5000


@dataclass
class Change:
    """A change of a film in the making: its state before, and the events that are added."""

    session: Session
    film: Film
    events: list[Event]
    state: FilmState
    who: str

    def add(self, kind: str, indication_id: str | None, after: Document, why: str = "") -> None:
        """Add an event; what the fields were before is looked up."""
        known = self.state.film if indication_id is None else self.state.indications.get(indication_id, {})
        before = {key: known[key] for key in after if key in known}
        event = Event(
            film_id=self.film.id,
            revision=self.film.revision + 1,
            indication_id=indication_id,
            kind=kind,
            before=before,
            after=after,
            why=why,
            who=self.who,
        )
        self.session.add(event)
        self.events.append(event)

    def indication(self, indication_id: str) -> Document:
        """The indication as it is."""
        try:
            return self.state.indications[indication_id]
        except KeyError:
            raise NotFound("There is no such indication on this film.") from None


def events_of(session: Session, film_id: str) -> list[Event]:
    """A film's events in their order."""
    return list(session.scalars(select(Event).where(Event.film_id == film_id).order_by(Event.number)))


def state_of(session: Session, film: Film) -> FilmState:
    """The film's present state."""
    return replay(events_of(session, film.id))


@contextmanager
def changing(session: Session, film_id: str, who: str) -> Iterator[Change]:
    """Change a film within a transaction that writes; what lists show of it is brought up to date at the end."""
    film = session.scalars(select(Film).where(Film.id == film_id).with_for_update()).one_or_none()
    if film is None:
        raise NotFound("There is no such film.")
    events = events_of(session, film_id)
    change = Change(session, film, events, replay(events), who)
    before = len(events)
    yield change
    if len(events) > before:
        film.revision += 1
        state = replay(events)
        film.counts = state.counts()
        film.weld = state.film.get("weld", {})
        film.pixel_size_mm = state.film.get("pixel_size_mm", film.file_pixel_size_mm)
        known = "file" if film.file_pixel_size_mm else "unknown"
        film.pixel_size_source = state.film.get("pixel_size_source", known)
        session.flush()
        digest = audit.events_hash(events[before:])
        audit.note(session, who, audit.CHANGED, film.id, revision=film.revision, events=digest)
    session.flush()


def propose(change: Change, inspection: Inspection, job_id: str) -> int:
    """Add a model's indications in place of its former ones that nobody has dealt with; how many are new."""
    facts = {
        "job": job_id,
        "model": asdict(inspection.model),
        "seconds": round(inspection.seconds, 3),
        "warnings": list(inspection.warnings),
        "finished": now(),
    }
    change.add(INSPECTED, None, {"inspection": facts})
    kept: list[Document] = []
    for key, state in change.state.indications.items():
        if state["source"] == "model" and state["state"] == "open" and change.state.changes[key] == 1:
            change.add(REPLACED, key, {"gone": True}, "inspected anew")
        else:
            kept.append(state)
    number = change.state.numbered
    new = 0
    for indication in inspection.indications:
        place = proposed(indication)
        if any(overlap(place, other) > SAME for other in kept):
            continue
        number += 1
        new += 1
        scores = {"score": round(indication.score, 4), "class_score": round(indication.class_score, 4)}
        fields = {"number": number, "source": "model", "state": "open", "class": indication.flaw.name, "comment": ""}
        cnr = None if indication.cnr is None else round(indication.cnr, 2)
        # a film does not show the depth: only a person states it
        change.add(PROPOSED, new_id(), {**fields, **scores, **place, "cnr": cnr, "depth_mm": None, "job": job_id})
    return new


def draw(change: Change, flaw: str, place: Document, comment: str, depth_mm: float | None = None) -> str:
    """Add an indication that a person has drawn; it counts as accepted. Its id."""
    if len(change.state.indications) >= MAX_INDICATIONS:
        raise Conflict(f"A film holds {MAX_INDICATIONS} indications at most.")
    fields = {"number": change.state.numbered + 1, "source": "person", "state": "accepted", "class": known_class(flaw)}
    key = new_id()
    unknown = {"score": None, "class_score": None, "cnr": None}
    change.add("drawn", key, {**fields, **unknown, "comment": comment, "depth_mm": depth_mm, **place})
    return key


def decide(change: Change, indication_id: str, wanted: Document, why: str) -> None:
    """Change the fields of an indication that differ from what they are: state, class, place, depth, comment."""
    known = change.indication(indication_id)
    if (state := wanted.get("state")) and state != known["state"]:
        change.add(DECISIONS[state], indication_id, {"state": state}, why)
    if (flaw := wanted.get("class")) and flaw != known["class"]:
        change.add("reclassified", indication_id, {"class": known_class(flaw)}, why)
    if wanted.get("box") or wanted.get("polygon"):
        place = drawn(wanted.get("box"), wanted.get("polygon"), change.film.width, change.film.height)
        if place["polygon"] != known["polygon"]:
            change.add("redrawn", indication_id, {**place, "cnr": None}, why)
    if "depth_mm" in wanted and wanted["depth_mm"] != known.get("depth_mm"):
        change.add("measured", indication_id, {"depth_mm": wanted["depth_mm"]}, why)
    comment = wanted.get("comment")
    if comment is not None and comment != known["comment"]:
        change.add("commented", indication_id, {"comment": comment}, why)


def check_fresh(change: Change, indication_ids: Sequence[str], revision: int) -> None:
    """Refuse a decision on indications that were changed after the revision that the person has seen."""
    if revision > change.film.revision:
        raise Conflict(f"The film has no revision {revision}; it is at {change.film.revision}.")
    for key in indication_ids:
        number = change.indication(key)["number"]
        if change.state.touched[key] > revision:
            raise Conflict(f"Indication {number} was changed since revision {revision}; look at it again.")


def undo(change: Change, person: Person) -> list[Event]:
    """Take back this person's last change; the events that no longer count.

    Raises:
        Conflict: there is none, or someone else has changed the same indication since.
    """
    events = last_to_undo(change.events, person.name)
    if not events:
        raise Conflict("There is nothing of yours to undo on this film.")
    revision = events[0].revision
    touched = {event.indication_id for event in events}
    void = undone_revisions(change.events)
    later = (e for e in change.events if e.revision > revision and e.indication_id in touched)
    if any(e.who != person.name and e.kind != UNDONE and e.revision not in void for e in later):
        raise Conflict("Someone else has changed the same since; change it back by hand.")
    for key in touched:
        change.add(UNDONE, key, {"revision": revision})
    return events


def known_class(name: str) -> str:
    """The class, if there is one of this name."""
    if name not in BY_NAME:
        raise Unreadable(f"There is no flaw class {name!r}.")
    return name
