"""A film's part of the report: what is known of it, its picture, and a line for each indication."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from dynawave.acceptance import ImageVerdict, Verdict
from dynawave.reporting.json import ImageRecord, IndicationRecord
from dynawave.reporting.report.picture import STYLES, Strip
from dynawave.reporting.report.quality import Quality
from dynawave.reporting.report.texts import Texts
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


def filled(rows: Iterable[tuple[str, str]]) -> Rows:
    """The rows that say something."""
    return [(label, value) for label, value in rows if value.strip()]


def film_part(place: int, image: ImageRecord, film: Film, verdict: ImageVerdict | None, texts: Texts) -> FilmPart:
    """The part of an image.

    Args:
        place: its number in the report, from 1.
        image: its record.
        film: what is shown of it.
        verdict: on it, or None.
        texts: the language.
    """
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
    cells = _cells(indication, verdict.read_as if verdict else None, texts)
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
    return filled([*rows, (texts["sha256"], film.sha256)])


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


def _cells(indication: IndicationRecord, read_as: int | None, texts: Texts) -> tuple[str, ...]:
    """Number, type, what a person reads it as and its depth, place, length, width, score; in mm, or px without scale.

    A depth is what somebody has stated, so that few have one: it has no column of its own.
    """
    x, y, width, height = indication.box
    place, sizes, digits = indication.position_mm, (indication.length_mm, indication.width_mm), 2
    if place is None:
        place, sizes, digits = (x + width / 2, y + height / 2), (indication.length_px, indication.width_px), 0
    numbers = " → ".join(str(each) for each in (indication.iso6520, read_as) if each)
    depth = indication.depth_mm
    stated = "" if depth is None else f"; {texts['measure_depth']} {texts.number(depth, 2)} mm"
    return (
        str(indication.id),
        texts.flaw(indication.flaw) + (f" ({numbers})" if numbers else "") + stated,
        " / ".join(texts.number(each, min(digits, 1)) for each in place),
        *(texts.number(each, digits) for each in sizes),
        texts.number(indication.score, 2),
    )
