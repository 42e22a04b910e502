"""The rule engine: indications and a table in, verdicts out. An aid: the signature is a person's."""

from collections.abc import Iterable, Mapping, Sequence

from dynawave.acceptance.checks import Rules, check_one, check_together
from dynawave.acceptance.records import (
    Authorisation,
    Check,
    Finding,
    ImageVerdict,
    Judgement,
    Outcome,
    Reason,
    TableRef,
    Verdict,
)
from dynawave.acceptance.table import Area, Row, Sum, Table
from dynawave.acceptance.types import readings
from dynawave.acceptance.weld import QUESTIONS, WeldData, missing
from dynawave.errors import ConfigError
from dynawave.reporting.json import ImageRecord, InspectionFile
from dynawave.taxonomy import BY_NAME, FLAW


def judge(
    document: InspectionFile,
    table: Table,
    weld: WeldData,
    authorisation: Authorisation | None = None,
    read_as: Mapping[str, int] | None = None,
    inspection_sha256: str | None = None,
) -> Judgement:
    """Judge what `dynawave inspect` found.

    Args:
        document: the inspection.
        table: shipped or the user's own, from `find_table` or `parse_table`.
        weld: what is known of the weld; `missing` says what must be asked for first.
        authorisation: of the table, which lets rows count that are not confirmed.
        read_as: ISO 6520-1 numbers that a person gives to flaws of a class, by its name.
        inspection_sha256: of the file that `document` was read from.

    Raises:
        ConfigError: thickness, joint or level is missing, the authorisation is that of another table, or `read_as`
            names a class that does not exist.
    """
    classes = {indication.flaw for image in document.images for indication in image.indications} | set(BY_NAME)
    if strange := sorted(set(read_as or {}) - classes):
        raise ConfigError(f"{strange[0]}: is no class of flaws that could be read as another.")
    images = [
        judge_image(findings(image, weld, read_as or {}), table, weld, image, authorisation)
        for image in document.images
    ]
    whole = document.complete and not document.failures
    outcome = _together([each.outcome for each in images] + ([] if whole and images else ["no verdict"]))
    checks = (c for i in images for c in (*i.groups, *(c for v in i.indications for c in v.checks)))
    asked = {name for check in checks for name in check.asked_for if name in QUESTIONS}
    return Judgement(
        table=_reference(table),
        weld=weld,
        authorisation=authorisation,
        inspection_sha256=inspection_sha256,
        outcome=outcome,
        asked_for=tuple(sorted(asked)),
        images=tuple(images),
    )


def judge_image(
    found: Sequence[Finding],
    table: Table,
    weld: WeldData,
    image: ImageRecord,
    authorisation: Authorisation | None = None,
) -> ImageVerdict:
    """Judge the indications of one image, which may have been corrected since it was inspected."""
    if names := missing(table, weld):
        raise ConfigError(f"{table.id}: {'; '.join(QUESTIONS[name] for name in names)}: must be given.")
    if authorisation is not None and authorisation.sha256 != table.sha256:
        raise ConfigError(f"{table.id}: the authorisation by {authorisation.who} is that of another file.")
    rules = Rules(table, weld, authorisation is not None, _seen(image, weld))
    reason = _not_covered(table, weld)
    if reason:
        verdicts: tuple[Verdict, ...] = tuple(_verdict(f, "no verdict", reason, None) for f in found)
        together: tuple[Check, ...] = ()
    else:
        known = {number: readings(number, table) for number in {f.type for f in found}}
        # a class of the user's own without a number is a type that no table lists
        possible = {f.id: known[f.type] if f.type or f.flaw == FLAW.name else {} for f in found}
        together = tuple(_groups(found, possible, rules))
        verdicts = tuple(_judged(f, possible[f.id], together, rules) for f in found)
    outcomes: list[Outcome] = [v.outcome for v in verdicts] + [c.outcome for c in together]
    return ImageVerdict(
        image=image.id,
        file=image.file,
        page=image.page,
        outcome=_together(outcomes + (["no verdict"] if reason else [])),
        along=_along(image, weld),
        indications=verdicts,
        groups=together,
        short_of_mm=_short_of(together, rules),
    )


def findings(image: ImageRecord, weld: WeldData, read_as: Mapping[str, int] | None = None) -> tuple[Finding, ...]:
    """The indications of an image as they are judged, with the numbers that a person gives to a class."""
    axis = "xy".index(_along(image, weld))
    mm = image.pixel_size_mm
    return tuple(
        Finding(
            id=i.id,
            flaw=i.flaw,
            iso6520=i.iso6520,
            length_mm=i.length_mm,
            width_mm=i.width_mm,
            area_mm2=i.area_mm2,
            depth_mm=i.depth_mm,
            extent_mm=(i.box[axis] * mm, (i.box[axis] + i.box[axis + 2]) * mm) if mm else None,
            read_as=(read_as or {}).get(i.flaw),
        )
        for i in image.indications
    )


def _judged(finding: Finding, possible: Mapping[int, Row | None], groups: Sequence[Check], rules: Rules) -> Verdict:
    """What follows for an indication if it follows for every type that it may be."""
    checks = {row.name: _row_checks(finding, row, groups, rules) for row in possible.values() if row}
    # of a type without a rule nothing is ever accepted
    no_rule = (Check(row="", kind="none", outcome="not acceptable", reason="no rule"),)
    of_type = {number: checks[row.name] if row else no_rule for number, row in possible.items()} or {0: no_rule}
    outcomes = {number: _together([c.outcome for c in each]) for number, each in of_type.items()}
    if len(set(outcomes.values())) > 1:
        by = {wanted: tuple(n for n, o in outcomes.items() if o == wanted) for wanted in set(outcomes.values())}
        return _verdict(finding, "no verdict", "type not narrow enough", None, checks.values()).model_copy(
            update={
                "accepted_as": by.get("acceptable", ()),
                "rejected_as": by.get("not acceptable", ()),
                "open_as": by.get("no verdict", ()),
            }
        )
    outcome = next(iter(outcomes.values()))
    deciding = _deciding([c for each in of_type.values() for c in each], outcome)
    return _verdict(finding, outcome, deciding.reason, deciding, (*checks.values(),) or (no_rule,))


def _row_checks(finding: Finding, row: Row, groups: Sequence[Check], rules: Rules) -> tuple[Check, ...]:
    """The row's limits for single indications, and its sums that the indication helps to break.

    A row that has sums only speaks of the indication by them.
    """
    alone = [check_one(finding, row, each, rules) for each in rules.limits(row) if not isinstance(each, Sum | Area)]
    of_row = [check for check in groups if check.row == row.name and finding.id in check.members]
    broken = [check for check in of_row if check.outcome == "not acceptable"]
    if not rules.limits(row):
        outside = Check(
            row=row.name, types=row.types, kind="none", outcome="no verdict", reason="thickness not covered"
        )
        return (outside,)
    return (*alone, *broken) if alone else tuple(of_row)


def _groups(
    found: Sequence[Finding], possible: Mapping[int, Mapping[int, Row | None]], rules: Rules
) -> Iterable[Check]:
    """Sums and areas of every row that some indication may belong to."""
    for row in rules.table.rows:
        may = [f for f in found if row in possible[f.id].values()]
        sure = [f for f in may if set(map(id, possible[f.id].values())) == {id(row)}]
        for limit in rules.limits(row):
            if may and isinstance(limit, Sum | Area):
                yield check_together(row, limit, sure, may, rules)


def _verdict(
    finding: Finding, outcome: Outcome, reason: Reason, check: Check | None, checks: Iterable[tuple[Check, ...]] = ()
) -> Verdict:
    return Verdict(
        indication=finding.id,
        flaw=finding.flaw,
        iso6520=finding.iso6520,
        read_as=finding.read_as,
        outcome=outcome,
        reason=reason,
        check=check,
        checks=tuple(check for each in checks for check in each),
    )


def _deciding(checks: Sequence[Check], outcome: Outcome) -> Check:
    """The check that decided: of several, the one that leaves the least room."""

    def room(check: Check) -> float:
        return check.limit / check.value if check.limit and check.value else float("inf") if check.value == 0 else 0.0

    return min((check for check in checks if check.outcome == outcome), key=room)


def _together(outcomes: Sequence[Outcome]) -> Outcome:
    """One that is not acceptable spoils all; else one without a verdict leaves all without."""
    for outcome in ("not acceptable", "no verdict"):
        if outcome in outcomes:
            return outcome
    return "acceptable"


def _not_covered(table: Table, weld: WeldData) -> Reason | None:
    if weld.joint not in table.joints:
        return "joint not covered"
    thickness = weld.reference("thickness_mm")
    return None if thickness is not None and table.thickness.holds(thickness) else "thickness not covered"


def _along(image: ImageRecord, weld: WeldData) -> str:
    return weld.along or ("x" if image.width >= image.height else "y")


def _seen(image: ImageRecord, weld: WeldData) -> float | None:
    size = image.width if _along(image, weld) == "x" else image.height
    return size * image.pixel_size_mm if image.pixel_size_mm else None


def _short_of(groups: Sequence[Check], rules: Rules) -> tuple[float, float] | None:
    """How much of the weld is seen, and the longest window, where that is more."""
    seen, whole = rules.seen_mm, rules.weld.weld_length_mm
    longest = max((check.per_mm or 0.0 for check in groups), default=0.0)
    if seen is None or longest <= seen + 0.01 or (whole is not None and whole <= seen):
        return None
    return round(seen, 2), round(longest, 2)


def _reference(table: Table) -> TableRef:
    names = TableRef.model_fields
    return TableRef(
        **{name: getattr(table, name) for name in names if not name.startswith("rounding")},
        rounding_mm=float(table.rounding_mm),
        rounding_percent=float(table.rounding_percent),
    )
