"""What the report says, in words and numbers of one language: the layouts only place it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC
from importlib.metadata import version
from pathlib import PurePath

from dynawave.acceptance import ImageVerdict, Judgement, Verdict
from dynawave.reporting.json import ImageRecord, IndicationRecord, InspectionFile
from dynawave.reporting.report.header import SIGNERS, Header, Person
from dynawave.reporting.report.picture import STYLES, Strip
from dynawave.reporting.report.quality import Quality
from dynawave.reporting.report.texts import Language, Texts
from dynawave.reporting.report.verdicts import group_basis, types_basis, verdict_basis

Rows = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Film:
    """What is shown of an image: its strips, its quality (None: the film was not at hand) and its file's SHA-256."""

    strips: Sequence[Strip]
    quality: Quality | None
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table of indications; `outcome` is the untranslated one, by which it is marked."""

    cells: tuple[str, ...]
    outcome: str


@dataclass(frozen=True, slots=True)
class FilmPart:
    """A film's part of the report."""

    title: str
    facts: Rows
    strips: Sequence[Strip]
    legend: list[tuple[str, str]]
    lines: list[Line]
    groups: list[Line]
    notes: list[str]
    warnings: list[str]


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
        _film_part(place, image, film, verdicts.get(image.id), texts)
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


def _filled(rows: Iterable[tuple[str, str]]) -> Rows:
    return [(label, value) for label, value in rows if value.strip()]


def _sections(header: Header, judgement: Judgement | None, texts: Texts) -> list[tuple[str, Rows]]:
    order = _filled((texts[key], getattr(header, key)) for key in _ORDER)
    if judgement:
        weld = judgement.weld
        lengths = ("thickness", "throat", "weld_width", "weld_length")
        sizes = ((texts[name], getattr(weld, f"{name}_mm")) for name in lengths)
        order += [(label, texts.decimal(f"{mm:g} mm")) for label, mm in sizes if mm]
        order += [(texts[name], texts[getattr(weld, name)]) for name in ("joint", "layers") if getattr(weld, name)]
    technique = _filled((texts[key], value) for key, value in header.technique)
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


def _film_part(place: int, image: ImageRecord, film: Film, verdict: ImageVerdict | None, texts: Texts) -> FilmPart:
    verdicts = {each.indication: each for each in verdict.indications} if verdict else {}
    notes: dict[str, str] = {}
    lines = [_line(i, verdicts.get(i.id), notes, texts) for i in image.indications]
    groups = verdict.groups if verdict else ()
    shown = {line.outcome for line in lines}
    return FilmPart(
        title=texts["film_section"].format(number=place, name=_name(image)),
        facts=_facts(image, film, texts),
        strips=film.strips,
        legend=[(outcome, texts[outcome]) for outcome in STYLES if outcome in shown],
        lines=lines,
        groups=[Line((group_basis(check, texts), texts[check.outcome]), check.outcome) for check in groups],
        notes=[texts["note"].format(letter=letter, text=text) for text, letter in notes.items()],
        warnings=[texts.phrase(warning) for warning in image.warnings] + _short_window(verdict, texts),
    )


def _line(indication: IndicationRecord, verdict: Verdict | None, notes: dict[str, str], texts: Texts) -> Line:
    """An indication's line; what many share is said once, under a letter in `notes`."""
    cells = _cells(indication, texts)
    if verdict is None:
        return Line((*cells, "", ""), "")
    types = types_basis(verdict, texts)
    letter = notes.setdefault(types, _letter(len(notes))) if types else ""
    return Line((*cells, verdict_basis(verdict, letter, texts), texts[verdict.outcome]), verdict.outcome)


def _letter(place: int) -> str:
    """A to z, then aa and so on."""
    return ("" if place < 26 else _letter(place // 26 - 1)) + "abcdefghijklmnopqrstuvwxyz"[place % 26]


def _short_window(verdict: ImageVerdict | None, texts: Texts) -> list[str]:
    if verdict is None or verdict.short_of_mm is None:
        return []
    seen, window = (texts.number(each, 0) for each in verdict.short_of_mm)
    return [texts["short_window"].format(seen=seen, window=window)]


def _name(image: ImageRecord) -> str:
    # a client need not know the folders of the machine
    name = PurePath(image.file.replace("\\", "/")).name
    return f"{name}#{image.page}" if image.page else name


def _facts(image: ImageRecord, film: Film, texts: Texts) -> Rows:
    pixel = texts["unknown"]
    if image.pixel_size_mm:
        origin = {"file": texts["pixel_file"], "user": texts["pixel_user"]}.get(image.pixel_size_source, "")
        pixel = texts.decimal(f"{image.pixel_size_mm:.4g} mm") + (f" ({origin})" if origin else "")
    size = f"{image.width} × {image.height} px"
    if image.pixel_size_mm:
        width, height = (texts.number(side * image.pixel_size_mm, 1) for side in (image.width, image.height))
        size += f" = {width} × {height} mm"
    rows = [(texts["size"], size), (texts["pixel"], pixel), (texts["quality"], _quality(film.quality, texts))]
    return _filled([*rows, (texts["sha256"], film.sha256)])


def _quality(quality: Quality | None, texts: Texts) -> str:
    if quality is None:
        return texts["no_film"]
    parts = [texts["not_measurable"]]
    if quality.snr is not None:
        key = "snr_median" if quality.windows else "snr_marked"
        parts = [texts[key].format(snr=texts.number(quality.snr, 0), windows=quality.windows)]
    if quality.srb_um is not None:
        key = "srb_only" if quality.normalised is None else "srb"
        normalised = texts.number(quality.normalised, 0)
        parts.append(texts[key].format(srb=texts.number(quality.srb_um, 0), normalised=normalised))
    elif quality.duplex:
        parts.append(texts["srb_none"])
    return "; ".join(parts)


def _cells(indication: IndicationRecord, texts: Texts) -> tuple[str, ...]:
    """Number, type, place, length, width, score; in mm, or in px where there is no scale."""
    x, y, width, height = indication.box
    place, sizes, digits = indication.position_mm, (indication.length_mm, indication.width_mm), 2
    if place is None:
        place, sizes, digits = (x + width / 2, y + height / 2), (indication.length_px, indication.width_px), 0
    number = f" ({indication.iso6520})" if indication.iso6520 else ""
    return (
        str(indication.id),
        texts.flaw(indication.flaw) + number,
        " / ".join(texts.number(each, min(digits, 1)) for each in place),
        *(texts.number(each, digits) for each in sizes),
        texts.number(indication.score, 2),
    )


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
    return _filled(
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
