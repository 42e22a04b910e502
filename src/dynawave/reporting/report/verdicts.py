"""A verdict in a sentence: row, value and limit, or why there is none."""

from typing import Final

from dynawave.acceptance import Check, Verdict
from dynawave.reporting.report.texts import Texts

_LONG: Final = 30
_FEW: Final = 2
"""A row's name of more letters, and its numbers up to so many, are long and few."""


def verdict_basis(verdict: Verdict, letter: str, texts: Texts) -> str:
    """What the verdict on an indication rests on; `letter` is that of the note with its `types_basis`."""
    text = check_basis(verdict.check, texts) if verdict.check else texts[verdict.reason]
    return texts["see_note"].format(letter=letter) if letter else text


def types_basis(verdict: Verdict, texts: Texts) -> str:
    """As which types an indication of a main group would be accepted, and as which not; else nothing."""
    kinds = (("accepted_as", verdict.accepted_as), ("rejected_as", verdict.rejected_as), ("open_as", verdict.open_as))
    return "; ".join(texts[key].format(types=", ".join(map(str, numbers))) for key, numbers in kinds if numbers)


def group_basis(check: Check, texts: Texts) -> str:
    """What the verdict on a sum or an area rests on."""
    parts = [check_basis(check, texts)]
    if check.window_mm:
        start, end = (texts.number(each, 1) for each in check.window_mm)
        parts.append(texts["window"].format(start=start, end=end))
    parts.append(texts["sum_of"].format(members=", ".join(map(str, check.members))))
    return "; ".join(parts)


def check_basis(check: Check, texts: Texts) -> str:
    """What was compared with what."""
    asked = [texts[f"ask_{name}"] if check.reason == "not given" else texts.phrase(name) for name in check.asked_for]
    key = {"within": "compared", "beyond": "compared"}.get(check.reason, check.reason)
    if key == "unconfirmed" and check.value is not None:
        key = "unconfirmed_with"
    return texts[key].format(
        row=_row(check, texts),
        measure=texts[f"measure_{check.measure}"] if check.measure else "",
        value=texts.number(check.value, 2),
        limit=_limit(check, texts),
        unit=check.unit or "",
        sign=">" if check.reason == "beyond" else "≤",
        rule=texts.decimal(check.rule),
        asked=", ".join(asked),
    )


def _row(check: Check, texts: Texts) -> str:
    """A row by its name and its numbers; by these alone where the name is long and they are few."""
    name, types = texts.phrase(check.row), ", ".join(map(str, check.types))
    if len(check.types) > _FEW:
        return name
    return types if len(name) > _LONG else f"{name} ({types})"


def _limit(check: Check, texts: Texts) -> str:
    """The limit and the rule that it comes from, which may be the same."""
    if check.limit is None:
        return ""
    limit = f"{check.limit:g} {check.unit}"
    return texts.decimal(check.rule if check.rule.startswith(limit) else f"{limit} ({check.rule})")
