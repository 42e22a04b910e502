"""The audit log: every change is a link of a chain of hashes, so that none can be altered or left out unnoticed.

A link's SHA-256 covers its content and the hash before it. Changes of films carry the hash of their events, signatures
that of the state that was signed, decisions on the active model that of its file: the chain vouches for those, too.
Whoever can write to the database could forge the whole chain anew: note its last hash elsewhere now and then
(`dynawave audit verify` prints it).
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from dynawave.workbench.store.blobs import Blobs
from dynawave.workbench.store.models import Activation, AuditEntry, Event, Signature, StoredModel, now

Document = dict[str, Any]

START: Final = "0" * 64
CHANGED: Final = "film changed"
DELETED: Final = "film deleted"
SIGNED: Final = "film signed"
ACTIVATED: Final = "model activated"


@dataclass(frozen=True)
class Verified:
    """What a verification found: number of links, hash of the last, and what is wrong, each in a sentence."""

    links: int
    last: str
    faults: tuple[str, ...]


def canonical(document: Any) -> bytes:
    """JSON of which there is only one for a content."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def note(session: Session, who: str, action: str, subject: str, **details: Any) -> None:
    """Add a link, in the transaction of the change itself; there is one writer at a time."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE audit IN EXCLUSIVE MODE"))
    last = session.scalars(select(AuditEntry.sha256).order_by(AuditEntry.number.desc()).limit(1)).first()
    entry = AuditEntry(when=now(), who=who, action=action, subject=subject, details=details, previous=last or START)
    entry.sha256 = _hash(entry)
    session.add(entry)
    session.flush()


def events_hash(events: Iterable[Event]) -> str:
    """Hash of the events of one revision of a film."""
    keys = ("film_id", "revision", "indication_id", "kind", "before", "after", "why", "who", "when")
    return hashlib.sha256(canonical([{key: getattr(e, key) for key in keys} for e in events])).hexdigest()


def verify(session: Session, blobs: Blobs) -> Verified:
    """Go along the chain, and compare films' events and signed states with it."""
    faults: list[str] = []
    previous, links = START, 0
    changes: dict[tuple[str, int], str] = {}
    signed: dict[str, str] = {}
    activated: dict[str, str] = {}
    deleted: set[str] = set()
    for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.number)).yield_per(1000):
        links += 1
        if entry.previous != previous:
            faults.append(f"Link {entry.number} does not follow the link before: one was removed or put in.")
        if entry.sha256 != _hash(entry):
            faults.append(f"Link {entry.number} ({entry.action}, {entry.when}) was altered.")
        previous = entry.sha256
        if entry.action == CHANGED:
            changes[entry.subject, entry.details["revision"]] = entry.details["events"]
        elif entry.action == SIGNED:
            signed[entry.details["signature"]] = entry.details["state"]
        elif entry.action == ACTIVATED:
            activated[entry.details["activation"]] = entry.subject
        elif entry.action == DELETED:
            deleted.add(entry.subject)
    faults += _check_events(session, {key: value for key, value in changes.items() if key[0] not in deleted})
    faults += _check_signatures(session, blobs, signed)
    faults += _check_activations(session, blobs, activated)
    return Verified(links, previous, tuple(faults))


def _hash(entry: AuditEntry) -> str:
    keys = ("when", "who", "action", "subject", "details", "previous")
    return hashlib.sha256(canonical({key: getattr(entry, key) for key in keys})).hexdigest()


def _check_events(session: Session, changes: dict[tuple[str, int], str]) -> Iterable[str]:
    found: dict[tuple[str, int], list[Event]] = defaultdict(list)
    for event in session.scalars(select(Event).order_by(Event.number)):
        found[event.film_id, event.revision].append(event)
    for film, revision in sorted(changes.keys() | found.keys()):
        if (film, revision) not in changes:
            yield f"Revision {revision} of film {film} is not in the log."
        elif events_hash(found[film, revision]) != changes[film, revision]:
            yield f"Revision {revision} of film {film} was altered."


def _check_signatures(session: Session, blobs: Blobs, signed: dict[str, str]) -> Iterable[str]:
    found = {signature.id: signature for signature in session.scalars(select(Signature))}
    for key in sorted(signed.keys() | found.keys()):
        if key not in found or key not in signed:
            yield f"Signature {key} was {'removed' if key in signed else 'put in'}."
            continue
        if found[key].sha256 != signed[key] or not _whole(blobs, signed[key]):
            yield f"What signature {key} was given for was altered or lost."


def _check_activations(session: Session, blobs: Blobs, activated: dict[str, str]) -> Iterable[str]:
    rows = select(Activation.id, StoredModel.sha256).join(StoredModel, StoredModel.id == Activation.model_id)
    found = {key: sha256 for key, sha256 in session.execute(rows)}
    for key in sorted(activated.keys() | found.keys()):
        if key not in found or key not in activated:
            yield f"Decision {key} on the active model was {'removed' if key in activated else 'put in'}."
        elif found[key] != activated[key]:
            yield f"Decision {key} on the active model was altered."
    for sha256 in sorted(set(activated.values())):
        if not _whole(blobs, sha256):
            yield f"The model {sha256[:12]}, which was made active, was altered or lost."


def _whole(blobs: Blobs, sha256: str) -> bool:
    """Whether the content is there, and what its name says."""
    path = blobs.path(sha256)
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256
