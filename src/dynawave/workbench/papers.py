"""A film's report as a document to hand over: what the workbench knows, put into the report's own words."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import ValidationError

from dynawave.acceptance import Judgement
from dynawave.acceptance.files import problem
from dynawave.reporting.json import InspectionFile
from dynawave.reporting.report import Content, Film, Header, build
from dynawave.reporting.report.header import Marks
from dynawave.reporting.report.picture import draw, film_view
from dynawave.reporting.report.quality import Quality, measure_quality
from dynawave.workbench.errors import Unreadable
from dynawave.workbench.films import Store
from dynawave.workbench.store import models

Document = dict[str, Any]

ROLES: Final = {"inspected": "evaluated", "approved": "approved"}
"""What a signature means, and the report's name for it."""


def content(
    store: Store,
    film: models.Film,
    document: InspectionFile,
    judgement: Judgement | None,
    header: Header,
    language: Any,
) -> Content:
    """The report of a film."""
    record = document.images[0]
    found = judgement.images[0] if judgement else None
    outcomes = {each.indication: each.outcome for each in found.indications} if found else {}
    along_x = (found.along if found else "x" if film.width >= film.height else "y") == "x"
    image = store.image(film)
    shown = Film(
        strips=draw(film_view(image), record.indications, outcomes),
        quality=measure_quality(image, record, header.image_quality.get(film.name, Marks()), along_x),
        sha256=film.sha256,
    )
    return build(document, judgement, header, [shown], language)


def quality(store: Store, film: models.Film, document: InspectionFile, marks: Marks) -> Quality:
    """The film's image quality at marked places; SNR without a mark is the report's alone, which knows the weld's run.

    Raises:
        ConfigError: a marked place is not on the film, too small, or does not fit the film's scale.
    """
    found = measure_quality(store.image(film), document.images[0], marks)
    return found if marks.snr_window else replace(found, snr=None, windows=0, normalised=None)


def checked_header(stated: Document) -> Document:
    """What a person states for a project's reports, if it can be used.

    Raises:
        Unreadable: a field is unknown or too long; the sentence names it.
    """
    try:
        return Header.model_validate(stated).model_dump(mode="json", exclude_defaults=True)
    except ValidationError as error:
        raise Unreadable(problem(error)) from error


def header_of(project: models.Project, film: models.Film, signatures: list[Document]) -> Header:
    """The project's header with what is known of this film, and those who signed it as it is now."""
    stated = project.header
    weld = film.header | film.weld
    valid = [each for each in signatures if each["valid"]]
    today = datetime.now(UTC).date().isoformat()
    known = {
        "number": f"{film.id[:8]}-{film.revision}",
        "date": max((each["when"][:10] for each in valid), default=today),
        "project": project.name,
        "part": weld.get("component") or "",
        "material": " / ".join(weld.get("base_metals") or ()),
        "filler": weld.get("filler") or "",
        "welding_process": weld.get("process") or "",
        "remarks": weld.get("note") or "",
    }
    technique = {"voltage": f"{weld['voltage_kv']:g} kV"} if weld.get("voltage_kv") else {}
    people = [{"role": ROLES[each["meaning"]], "name": _signer(each), "date": each["when"][:10]} for each in valid]
    whole = {key: value for key, value in known.items() if value} | stated
    whole["technique"] = technique | stated.get("technique", {})
    return Header.model_validate(whole | ({"personnel": people} if people else {}))


def _signer(signature: Document) -> str:
    """Name and, where it is another, the account by which the signature was given."""
    name, account = signature["name"], signature["account"]
    return name if account in (None, name) else f"{name} ({account})"
