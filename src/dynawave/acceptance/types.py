"""Which rows an indication's type may belong to: a main group, as "cavity", may be any type below it."""

from collections.abc import Iterable

from dynawave.acceptance.table import Row, Table
from dynawave.taxonomy import BY_NUMBER


def row_of(number: int, table: Table) -> Row | None:
    """The row of a type: its own, else that of the type it is a kind of (4011 of 401), else that of its main group."""
    rows = {each: row for row in table.rows for each in row.types}
    return next((rows[each] for each in _upwards(number) if each in rows), None)


def readings(number: int | None, table: Table) -> dict[int, Row | None]:
    """Every type that an indication of this number may be, with its row, or None where the table has no rule.

    Args:
        number: ISO 6520-1 number of a type or a main group; None may be anything.
        table: whose rows are meant.

    Example:
        >>> from dynawave.acceptance.library import find_table
        >>> sorted({row.name for row in readings(400, find_table("iso5817:2023")).values() if row})
        ['Incomplete root penetration', 'Lack of fusion']
    """
    known = set(BY_NUMBER) | {each for row in table.rows for each in row.types}
    below = {each for each in known if number is None or number in _upwards(each)} | ({number} if number else set())
    listed = {each for row in table.rows for each in row.types}
    # a group that no row names stands for the types below it, and is none itself
    return {each: row_of(each, table) for each in sorted(below) if each in listed or not _has_kinds(each, below)}


def _has_kinds(number: int, numbers: Iterable[int]) -> bool:
    return any(number in _upwards(each)[1:] for each in numbers)


def _upwards(number: int) -> tuple[int, ...]:
    """A number and those of what it is a kind of: 4011, 401, 400."""
    short = number // 10 if number >= 1000 else number
    return tuple(dict.fromkeys((number, short, short // 100 * 100)))
