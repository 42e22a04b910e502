"""What is known of a film as DICOM objects: segmentation, structured report, and the film with its indications.

Needs the extra `dicom`.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dynawave.diconde.export import export_film
from dynawave.diconde.findings import Disposition, Findings
from dynawave.errors import DynaWaveError, ImageError
from dynawave.records import Indication, ModelInfo
from dynawave.taxonomy import flaw_class
from dynawave.workbench import judging
from dynawave.workbench.corrections import page_of, reviewed
from dynawave.workbench.decisions import events_of
from dynawave.workbench.errors import Conflict, Unreadable
from dynawave.workbench.films import Store
from dynawave.workbench.shapes import mask_of
from dynawave.workbench.signing import signatures
from dynawave.workbench.state import NOT_DECISIONS, FilmState, replay
from dynawave.workbench.store.models import Event, Film

Document = dict[str, Any]

NO_MODEL: Final = ModelInfo("none", "none", "none")
"""Of a film on which no model has looked: these fields may not be empty in DICOM."""
OUTCOMES: Final[dict[str, Disposition]] = {"acceptable": "ACCEPT", "not acceptable": "REJECT"}
LONGEST_NAME: Final = 64


def write_objects(session: Session, store: Store, film: Film, out: Path) -> list[Path]:
    """Write the objects of a film; of a file of several frames those of all frames that were looked at.

    Raises:
        Conflict: nobody and nothing has looked at the film yet.
        Unreadable: it is no DICOM film, or nothing can refer to it.
    """
    if film.revision == 0:
        raise Conflict("The film has not been inspected yet.")
    frames = select(Film).where(
        Film.project_id == film.project_id, Film.sha256 == film.sha256, (Film.revision > 0) | (Film.id == film.id)
    )
    pages = [findings_of(session, store, each) for each in session.scalars(frames.order_by(Film.page))]
    try:
        with store.pyramids.decoding:
            return export_film(store.blobs.path(film.sha256), pages, out, stem_of(film))
    except ImageError as error:
        raise Unreadable(f"{film.name}: {str(error).partition(': ')[2]}") from error


def original(store: Store, film: Film, out: Path) -> Path:
    """The film's own file under its own name."""
    file = out / f"{stem_of(film)}.dcm"
    file.write_bytes(store.blobs.path(film.sha256).read_bytes())
    return file


def stem_of(film: Film) -> str:
    """What the names of its files begin with: letters, digits, points, underscores and hyphens of its own name."""
    name = film.name.rpartition("#")[0] if page_of(film) else film.name
    return re.sub(r"[^\w.-]+", "_", Path(name).stem).strip("._")[:100] or "film"


def findings_of(session: Session, store: Store, film: Film) -> Findings:
    """What is known of a film now; what a person has rejected is no indication, and left out."""
    events = events_of(session, film.id)
    state = replay(events)
    inspected = state.film.get("inspection")
    signed = [each for each in signatures(session, [film])[film.id] if each["valid"]]
    kept = [each for each in state.indications.values() if each["state"] != "rejected"]
    return Findings(
        indications=tuple(_indication(each, film.pixel_size_mm) for each in sorted(kept, key=lambda k: k["number"])),
        model=ModelInfo(**inspected["model"]) if inspected else NO_MODEL,
        found=datetime.fromisoformat(events[-1].when if events else film.created),
        height=film.height,
        width=film.width,
        pixel_size_mm=film.pixel_size_mm,
        page=page_of(film),
        evaluator=_evaluator(film, state, events, signed),
        dispositions=_dispositions(session, store, film, state, signed),
        drawn=frozenset(each["number"] for each in kept if each["source"] == "person"),
        depths={each["number"]: each["depth_mm"] for each in kept if each.get("depth_mm") is not None},
    )


def _evaluator(film: Film, state: FilmState, events: Sequence[Event], signed: Sequence[Document]) -> str:
    """Who signed last or, of a film that is not signed, decided last, if nothing is open."""
    if signed:
        return person_name(signed[-1]["name"])
    if not reviewed(film, state, events):
        return ""
    return person_name([event.who for event in events if event.kind not in NOT_DECISIONS][-1])


def person_name(name: str) -> str:
    """A name as DICOM writes it, family^given: the last word is taken for the family's.

    Example:
        >>> person_name("Ada Lovelace")
        'Lovelace^Ada'
    """
    words = re.sub(r"[\\^=\x00-\x1f\x7f]", " ", name).split() or ["unknown"]
    return f"{words[-1]}^{' '.join(words[:-1])}"[:LONGEST_NAME].strip()


def _dispositions(
    session: Session, store: Store, film: Film, state: FilmState, signed: Sequence[Document]
) -> dict[int, Disposition]:
    """What the table says, where a person has approved it by a signature; else nothing is decided."""
    if not any(each["meaning"] == "approved" for each in signed):
        return {}
    try:
        judgement, _ = judging.judged(session, store.blobs, film, state)
    except DynaWaveError:  # the table and what is stated of the weld do not go together, so it says nothing
        return {}
    found = judgement.images[0].indications if judgement else ()
    return {each.indication: OUTCOMES[each.outcome] for each in found if each.outcome in OUTCOMES}


def _indication(known: Document, mm: float | None) -> Indication:
    mask, offset = mask_of(known)
    x, y, width, height = known["box"]
    left, top, right, bottom = known["spread"] or (0.0, 0.0, 0.0, 0.0)
    return Indication(
        id=known["number"],
        flaw=flaw_class(known["class"]),
        score=1.0 if known["score"] is None else known["score"],
        box=(x, y, width, height),
        spread=(left, top, right, bottom),
        mask=mask,
        mask_offset=offset,
        length_px=known["length_px"],
        width_px=known["width_px"],
        area_px=known["area_px"],
        cnr=known["cnr"],
        length_mm=known["length_px"] * mm if mm else None,
        width_mm=known["width_px"] * mm if mm else None,
        area_mm2=known["area_px"] * mm * mm if mm else None,
        class_score=1.0 if known["class_score"] is None else known["class_score"],
    )
