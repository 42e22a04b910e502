"""What the report says, in words and numbers of one language: the layouts only place it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC
from importlib.metadata import version

from dynawave.acceptance import Judgement
from dynawave.reporting.json import InspectionFile
from dynawave.reporting.report.films import Film, FilmPart, Rows, filled, film_part
from dynawave.reporting.report.header import SIGNERS, Header, Person
from dynawave.reporting.report.texts import Language, Texts


@dataclass(frozen=True, slots=True)
class Signature:
    """A field to sign."""

    role: str
    name: str
    qualification: str
    date: str


@dataclass(frozen=True, slots=True)
class Content:
    """The whole report.

    `words` are the fixed ones that a layout needs, by key; `created` is when the inspection was made, UTC: the
    document's own date, so that a report made twice is the same.
    """

    language: Language
    created: tuple[int, ...]
    words: dict[str, str]
    company: tuple[str, str]
    number: str
    date: str
    sections: list[tuple[str, Rows]]
    outcome: str
    outcome_text: str
    suggestion: str
    counts: str
    warnings: list[str]
    films: list[FilmPart]
    columns: tuple[str, ...]
    score_note: str
    rules: Rows
    rule_notes: list[str]
    software: Rows
    remarks: str
    decision: str
    signatures: list[Signature]


_WORDS = (
    "title", "subtitle", "number", "date", "page", "of", "result_section", "aid", "legend", "no_indication",
    "rules_section", "reading", "software_section", "remarks", "decision_section", "decision", "acceptable",
    "not acceptable", "name", "qualification", "signature",
)  # fmt: skip
_COLUMNS = ("number", "type", "place", "length", "width", "score", "basis", "verdict")
_ORDER = (
    "client", "order", "project", "part", "drawing", "weld_number", "material", "filler", "welding_process",
    "heat_treatment",
)  # fmt: skip


def build(
    document: InspectionFile,
    judgement: Judgement | None,
    header: Header,
    films: Sequence[Film],
    language: Language,
) -> Content:
    """The report's content.

    Args:
        document: the inspection.
        judgement: of it, or None.
        header: what a person states.
        films: what is shown, in the order of `document.images`.
        language: "de" or "en".
    """
    texts = Texts(language)
    verdicts = {image.image: image for image in judgement.images} if judgement else {}
    parts = [
        film_part(place, image, film, verdicts.get(image.id), texts)
        for place, (image, film) in enumerate(zip(document.images, films, strict=True), 1)
    ]
    scaled = all(image.pixel_size_mm for image in document.images)
    return Content(
        language=language,
        created=document.created.astimezone(UTC).timetuple()[:6],
        words={key: texts[key] for key in _WORDS},
        company=(header.company.name, header.company.address),
        number=header.number,
        date=header.date,
        sections=_sections(header, judgement, texts),
        outcome=judgement.outcome if judgement else "",
        outcome_text=texts[judgement.outcome] if judgement else "",
        suggestion=_suggestion(judgement, texts),
        counts=_counts(document, judgement, texts),
        warnings=list(_warnings(document, texts)),
        films=parts,
        columns=tuple(texts[f"column_{name}"] for name in _COLUMNS),
        score_note=texts["score_note"].format(unit="mm" if scaled else "px"),
        rules=_rules(judgement, texts) if judgement else [],
        rule_notes=[texts.phrase(note) for note in judgement.table.notes] if judgement else [],
        software=_software(document, texts),
        remarks=header.remarks.strip(),
        decision=header.decision or "",
        signatures=_signatures(header.personnel, texts),
    )


def _sections(header: Header, judgement: Judgement | None, texts: Texts) -> list[tuple[str, Rows]]:
    order = filled((texts[key], getattr(header, key)) for key in _ORDER)
    if judgement:
        weld = judgement.weld
        lengths = ("thickness", "throat", "weld_width", "weld_length")
        sizes = ((texts[name], getattr(weld, f"{name}_mm")) for name in lengths)
        order += [(label, texts.decimal(f"{mm:g} mm")) for label, mm in sizes if mm]
        order += [(texts[name], texts[getattr(weld, name)]) for name in ("joint", "layers") if getattr(weld, name)]
    technique = filled((texts[key], value) for key, value in header.technique)
    sections = ((texts["order_section"], order), (texts["technique_section"], technique))
    return [(title, rows) for title, rows in sections if rows]


def _suggestion(judgement: Judgement | None, texts: Texts) -> str:
    if judgement is None:
        return texts["not_judged"]
    table, level = judgement.table, judgement.weld.level
    text = texts["level"].format(level=level) if level else ""
    return texts["suggestion"].format(standard=table.standard, edition=texts.phrase(table.edition), level=text)


def _counts(document: InspectionFile, judgement: Judgement | None, texts: Texts) -> str:
    films, count = len(document.images), sum(len(image.indications) for image in document.images)
    text = texts["counts_one" if films == 1 else "counts"].format(films=films, count=count)
    outcomes = [v.outcome for image in judgement.images for v in image.indications] if judgement else []
    found = [f"{outcomes.count(o)} {texts[o]}" for o in ("not acceptable", "no verdict", "acceptable") if o in outcomes]
    return f"{text}: {', '.join(found)}" if found else text


def _warnings(document: InspectionFile, texts: Texts) -> Iterable[str]:
    if not document.complete:
        yield texts["incomplete"]
    if document.failures:
        yield f"{texts['failures']}: {'; '.join(failure.reason for failure in document.failures)}"


def _rules(judgement: Judgement, texts: Texts) -> Rows:
    table, given = judgement.table, judgement.authorisation
    rounding = {"mm": f"{table.rounding_mm:g}", "percent": f"{table.rounding_percent:g}"}
    return [
        (texts["table"], f"{table.standard} ({table.id}): {texts.phrase(table.title)}"),
        (texts["edition"], texts.phrase(table.edition)),
        (texts["table_sha256"], table.sha256),
        (
            texts["authorised"],
            texts["authorised_by"].format(who=given.who, when=given.when) if given else texts["authorised_none"],
        ),
        (texts["rounding"], texts["rounding_text"].format(**{k: texts.decimal(v) for k, v in rounding.items()})),
        (texts["figures"], texts.phrase(table.source)),
    ]


def _software(document: InspectionFile, texts: Texts) -> Rows:
    model = document.model
    return filled(
        [
            (texts["software"], f"DynaWave {version('dynawave')}"),
            (texts["model"], f"{model.name} {model.version}"),
            (texts["model_sha256"], model.sha256),
            (texts["terms"], model.terms),
            (texts["inspected"], document.created.strftime("%Y-%m-%d %H:%M UTC")),
        ]
    )


def _signatures(personnel: Sequence[Person], texts: Texts) -> list[Signature]:
    people = personnel or [Person(role=role) for role in SIGNERS]
    return [Signature(texts[p.role], p.name, p.qualification, p.date) for p in people]
