"""The state of a film as the sum of its events."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from dynawave.workbench.store.models import Event

Document = dict[str, Any]

PROPOSED: Final = "proposed"
UNDONE: Final = "undone"
REPLACED: Final = "replaced"
INSPECTED: Final = "inspected"
NOT_DECISIONS: Final = (PROPOSED, REPLACED, INSPECTED, UNDONE)


@dataclass
class FilmState:
    """What all events together say.

    Attributes:
        film: pixel size, weld, and the last inspection.
        indications: by id, in the order of their numbers; those that a later inspection replaced are left out.
        changes: number of events on each indication.
        touched: revision of the last change of each indication.
        numbered: highest number given so far.
    """

    film: Document = field(default_factory=dict)
    indications: dict[str, Document] = field(default_factory=dict)
    changes: dict[str, int] = field(default_factory=dict)
    touched: dict[str, int] = field(default_factory=dict)
    numbered: int = 0

    def counts(self) -> dict[str, int]:
        """Indications by their state."""
        counted = {"open": 0, "accepted": 0, "rejected": 0}
        for state in self.indications.values():
            counted[state["state"]] += 1
        return counted


def undone_revisions(events: Iterable[Event]) -> set[int]:
    """Revisions that do not count any more."""
    return {event.after["revision"] for event in events if event.kind == UNDONE}


def replay(events: list[Event]) -> FilmState:
    """Add up the events of a film, which come in their order.

    Each event's `after` holds the fields that it sets; an event whose revision was undone counts as none.
    """
    state = FilmState()
    undone = undone_revisions(events)
    for event in events:
        if event.indication_id:
            state.changes[event.indication_id] = state.changes.get(event.indication_id, 0) + 1
            state.touched[event.indication_id] = event.revision
            state.numbered = max(state.numbered, event.after.get("number", 0))
        if event.revision in undone or event.kind == UNDONE:
            continue
        if event.indication_id is None:
            state.film |= event.after
        elif event.after.get("gone"):
            state.indications.pop(event.indication_id, None)
        else:
            state.indications[event.indication_id] = state.indications.get(event.indication_id, {}) | event.after
    return state


def last_to_undo(events: list[Event], who: str) -> list[Event]:
    """The events of this person's last change that still counts; nothing where there is none."""
    undone = undone_revisions(events)
    mine = [e for e in events if e.who == who and e.kind not in NOT_DECISIONS and e.revision not in undone]
    return [e for e in mine if e.revision == mine[-1].revision] if mine else []
