"""One limit, and what is compared with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from dynawave.acceptance.exact import plain, rounded
from dynawave.acceptance.records import Check, Finding, Outcome, Reason
from dynawave.acceptance.table import ANY, Area, Forbidden, Formula, Limit, Open, Row, Single, Sum, Table
from dynawave.acceptance.weld import WeldData, formulas
from dynawave.acceptance.windows import Extent, Worst, groups, worst_window


@dataclass(frozen=True, slots=True)
class Rules:
    """A table, the weld that it is applied to, and whether somebody authorised it.

    `seen_mm` is the length of weld that the image shows, None without a scale.
    """

    table: Table
    weld: WeldData
    authorised: bool
    seen_mm: float | None

    def limits(self, row: Row) -> tuple[Limit, ...]:
        """The row's limits for this level and thickness, and for these layers where they are known."""
        thickness = self.weld.reference("thickness_mm") or Fraction(0)
        return tuple(
            limit
            for limit in row.limits[self.weld.level or ANY]
            if limit.where.holds(thickness) and self.weld.layers in (None, limit.where.layers or self.weld.layers)
        )

    def usable(self, limit: Limit) -> bool:
        """Whether the limit is confirmed, or the table authorised."""
        return self.authorised or self.table.confirmed(limit)

    def length(self, formula: Formula) -> Fraction:
        """What a formula comes to; everything that it refers to is known."""
        return formula(Fraction(0) if formula.of is None else self.weld.reference(formula.of) or Fraction(0))

    def asked_for(self, limit: Limit) -> tuple[str, ...]:
        """What the limit needs to know of the weld and does not."""
        names = {formula.of for formula in formulas(limit) if formula.of and self.weld.reference(formula.of) is None}
        if isinstance(limit, Area) and self.weld.weld_width_mm is None:
            names.add("weld_width_mm")
        layers = ["layers"] if limit.where.layers and self.weld.layers is None else []
        return (*sorted(names), *layers)


def check_one(finding: Finding, row: Row, limit: Limit, rules: Rules) -> Check:
    """An indication against a limit for single ones."""
    if isinstance(limit, Open):
        return _check(row, limit, "no verdict", "open", asked_for=(limit.missing,))
    if isinstance(limit, Forbidden):
        return _settled(row, limit, rules, "not acceptable", "forbidden")
    assert isinstance(limit, Single)
    text: dict[str, Any] = {"measure": limit.measure, "unit": "mm", "rule": limit.limit.text}
    if asked := rules.asked_for(limit):
        return _check(row, limit, "no verdict", "not given", asked_for=asked, **text)
    text["limit"] = float(rules.length(limit.limit))
    size = {"length": finding.length_mm, "width": finding.width_mm, "depth": finding.depth_mm}[limit.measure]
    if size is None:
        return _check(row, limit, "no verdict", "not measured" if limit.measure == "depth" else "no scale", **text)
    value = rounded(size, rules.table.rounding_mm)
    fine = value <= rules.length(limit.limit)
    return _settled(row, limit, rules, *_verdict(fine), value=float(value), **text)


def check_together(row: Row, limit: Sum | Area, sure: Sequence[Finding], may: Sequence[Finding], rules: Rules) -> Check:
    """Indications against a limit of their sum in the worst window.

    Args:
        row: of the limit.
        limit: of lengths or areas.
        sure: indications that belong to the row for certain.
        may: these and those that may belong to it: what is within the limit with them is so in any case.
        rules: table and weld.
    """
    text: dict[str, Any] = {
        "measure": limit.kind,
        "unit": "mm" if isinstance(limit, Sum) else "%",
        "rule": _rule(limit),
        "members": tuple(finding.id for finding in may),
    }
    if asked := rules.asked_for(limit):
        return _check(row, limit, "no verdict", "not given", asked_for=asked, **text)
    if any(finding.extent_mm is None for finding in may):
        return _check(row, limit, "no verdict", "no scale", **text)
    at_most = _most(limit, rules)
    text["limit"] = float(at_most)
    fullest, certain = (_fullest(limit, findings, rules) for findings in (may, sure))
    if certain[0] > at_most:
        fullest = certain
    value, worst = fullest
    seen = max(0.0, worst.start), min(worst.end, rules.seen_mm or worst.end)
    text |= {"value": float(value), "members": tuple(sorted(worst.members))}
    text |= {"window_mm": (round(seen[0], 2), round(seen[1], 2)), "per_mm": float(rules.length(limit.window))}
    if certain[0] <= at_most < value:
        return _check(row, limit, "no verdict", "type not narrow enough", **text)
    return _settled(row, limit, rules, *_verdict(value <= at_most), **text)


def _fullest(limit: Sum | Area, findings: Sequence[Finding], rules: Rules) -> tuple[Fraction, Worst]:
    """The worst window's sum in mm, or its share of area in percent, rounded, and the window."""
    window = float(rules.length(limit.window))
    extents = [
        Extent(f.id, *f.extent_mm, (f.length_mm if isinstance(limit, Sum) else f.area_mm2) or 0.0)
        for f in findings
        if f.extent_mm is not None
    ]
    chains = groups(extents, float(limit.apart) if isinstance(limit, Sum) and limit.apart is not None else None)
    worst = max((worst_window(chain, window) for chain in chains), key=lambda each: each.amount)
    if isinstance(limit, Sum):
        return rounded(round(worst.amount, 6), rules.table.rounding_mm), worst
    # of a weld or a film shorter than the window, the part that there is, which is the strict side
    known = [each for each in (rules.weld.weld_length_mm or rules.seen_mm,) if each]
    percent = 100 * worst.amount / (min(window, *known) * (rules.weld.weld_width_mm or 1.0))
    return rounded(round(percent, 6), rules.table.rounding_percent), worst


def _most(limit: Sum | Area, rules: Rules) -> Fraction:
    if isinstance(limit, Area):
        return limit.percent
    length = rules.weld.reference("weld_length_mm")
    short = length is not None and length < rules.length(limit.window)
    return rules.length(limit.shorter if short and limit.shorter else limit.limit)


def _rule(limit: Sum | Area) -> str:
    what = limit.limit.text if isinstance(limit, Sum) else f"{plain(limit.percent)} %"
    shorter = f" ({limit.shorter.text} if L is less)" if isinstance(limit, Sum) and limit.shorter else ""
    return f"{what} in {limit.window.text}{shorter}"


def _verdict(fine: bool) -> tuple[Outcome, Reason]:
    """Equality with the limit accepts."""
    return ("acceptable", "within") if fine else ("not acceptable", "beyond")


def _settled(row: Row, limit: Limit, rules: Rules, outcome: Outcome, reason: Reason, /, **more: Any) -> Check:
    """A verdict, if the limit may be used."""
    if not rules.usable(limit):
        return _check(row, limit, "no verdict", "unconfirmed", **more)
    return _check(row, limit, outcome, reason, **more)


def _check(row: Row, limit: Limit, outcome: Outcome, reason: Reason, /, **more: Any) -> Check:
    named = {"row": row.name, "types": row.types, "kind": limit.kind, "sources": limit.sources}
    return Check(**named, outcome=outcome, reason=reason, **more)
