"""What an acceptance table may hold: rows of ISO 6520-1 types, and limits a quality level, each with its sources.

All lengths are in mm. The symbols are those of ISO 5817: t thickness, s throat of a butt weld, b width of the bead;
L is the length of the weld.
"""

from fractions import Fraction
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dynawave.acceptance.exact import Exact, plain

CONFIRMED: Final = 2
"""From this many independent public sources that agree on, a shipped figure counts as confirmed."""
ANY: Final = "any"
"""The key of the limits in a table without quality levels."""

Reference = Literal["thickness_mm", "throat_mm", "weld_width_mm", "weld_length_mm"]
SYMBOLS: Final[dict[str, str]] = {"thickness_mm": "t", "throat_mm": "s", "weld_width_mm": "b", "weld_length_mm": "L"}
Joint = Literal["butt", "partial_butt", "fillet"]
Layers = Literal["single", "multi"]
Measure = Literal["length", "width", "depth"]
TypeNumber = Annotated[int, Field(ge=100, le=9999)]
Text = Annotated[str, Field(min_length=1, max_length=2000)]


class Part(BaseModel):
    """A part of a table: unknown keys are refused, and nothing changes after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Formula(Part):
    """A length: `mm` plus `times` a reference, and `max` at most."""

    mm: Exact = Fraction(0)
    times: Exact = Fraction(0)
    of: Reference | None = None
    max: Exact | None = None

    @model_validator(mode="after")
    def _possible(self) -> "Formula":
        if bool(self.times) != (self.of is not None):
            raise ValueError('"times" and "of" are only of use together')
        if not (self.mm or self.times):
            raise ValueError('a limit of zero can never be met; write kind "forbidden"')
        if self.max is not None and not self.max > self.mm:
            raise ValueError('"max" is not above what the formula begins with')
        return self

    def __call__(self, reference: Fraction) -> Fraction:
        """The length in mm where the reference has this one."""
        length = self.mm + self.times * reference
        return length if self.max is None else min(length, self.max)

    @property
    def text(self) -> str:
        """As in the standards: "0.2 s, max 3 mm"."""
        terms = [plain(self.mm)] if self.mm else []
        if self.of:
            terms.append(_product(self.times, SYMBOLS[self.of]))
        text = " + ".join(terms) + ("" if self.of else " mm")
        return text if self.max is None else f"{text}, max {plain(self.max)} mm"


class Where(Part):
    """When a limit applies: above and up to a thickness in mm, in welds of one layer or of several."""

    above_mm: Exact = Fraction(0)
    up_to_mm: Exact | None = None
    layers: Layers | None = None

    @model_validator(mode="after")
    def _possible(self) -> "Where":
        if self.up_to_mm is not None and self.up_to_mm <= self.above_mm:
            raise ValueError("no thickness is above the one and up to the other")
        return self

    def holds(self, thickness: Fraction) -> bool:
        """Whether this thickness lies in the range."""
        return self.above_mm < thickness and (self.up_to_mm is None or thickness <= self.up_to_mm)


class _Limit(Part):
    """What every limit states: how many sources agree on it, and where it applies."""

    sources: Annotated[int, Field(ge=0, le=100)] = 0
    where: Where = Where()


class Forbidden(_Limit):
    """Not permitted at any size."""

    kind: Literal["forbidden"]


class Single(_Limit):
    """Largest size of one imperfection."""

    kind: Literal["single"]
    measure: Measure
    limit: Formula


class Sum(_Limit):
    """Largest sum of lengths within any window of the weld.

    Attributes:
        window: its length.
        limit: of the sum.
        shorter: limit where the whole weld is shorter than the window.
        apart: imperfections whose gap is more than this many times the longest of their group are no group.
    """

    kind: Literal["sum"]
    window: Formula
    limit: Formula
    shorter: Formula | None = None
    apart: Exact | None = None


class Area(_Limit):
    """Largest sum of areas in any window, in percent of the window's area (its length times the bead's width)."""

    kind: Literal["area"]
    window: Formula
    percent: Annotated[Exact, Field(gt=0, le=100)]


class Open(_Limit):
    """The standard has a rule here whose figures we do not know: never an acceptance."""

    kind: Literal["open"]
    missing: Text


Limit = Annotated[Forbidden | Single | Sum | Area | Open, Field(discriminator="kind")]


class Row(Part):
    """A row: ISO 6520-1 numbers (each with all below it that have no row of their own), and limits a level."""

    name: Text
    types: Annotated[tuple[TypeNumber, ...], Field(min_length=1)]
    limits: dict[str, Annotated[tuple[Limit, ...], Field(min_length=1)]]
    note: str = ""


class Table(Part):
    """A standard's acceptance limits in one edition.

    Attributes:
        schema_version: of this layout ("schema" in the file).
        id: "standard:edition", by which a user chooses it.
        standard: as it is cited.
        edition: year, or a statement that it is not known.
        title: what it is about, in a line.
        unit: of every length.
        source: where the figures come from.
        levels: quality levels, the strictest first; none where the standard has no levels.
        joints: joints that it covers.
        thickness: range of thickness that it covers.
        rounding_mm: step to which measured lengths are rounded before they are compared.
        rounding_percent: the same of shares of area.
        rows: the limits.
        notes: how we read the standard where it leaves room.
        sha256: of the file, filled in when it is read.
        shipped: whether it came with the package; only then do `sources` confirm a figure.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True, validate_by_alias=True)

    schema_version: Literal["1.0"] = Field(alias="schema")
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,40}:[a-z0-9][a-z0-9.-]{0,40}$")]
    standard: Text
    edition: Text
    title: Text
    unit: Literal["mm"]
    source: Text
    levels: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,8}$")], ...] = ()
    joints: Annotated[tuple[Joint, ...], Field(min_length=1)]
    thickness: Where = Where()
    rounding_mm: Annotated[Exact, Field(gt=0, le=1)]
    rounding_percent: Annotated[Exact, Field(gt=0, le=1)]
    rows: Annotated[tuple[Row, ...], Field(min_length=1, max_length=500)]
    notes: tuple[Text, ...] = ()
    sha256: str = ""
    shipped: bool = False

    @model_validator(mode="before")
    @classmethod
    def _not_claimed(cls, document: Any) -> Any:
        if isinstance(document, dict) and not document.keys().isdisjoint({"sha256", "shipped", "schema_version"}):
            raise ValueError('"sha256" and "shipped" are found, not stated')
        return document

    @model_validator(mode="after")
    def _whole(self) -> "Table":
        levels = set(self.levels or (ANY,))
        seen: dict[int, str] = {}
        for row in self.rows:
            if set(row.limits) != levels:
                raise ValueError(
                    f'row "{row.name}": has limits for {sorted(row.limits)}, the levels are {sorted(levels)}'
                )
            for number in row.types:
                if number in seen:
                    raise ValueError(f'row "{row.name}": type {number} is in row "{seen[number]}" already')
                seen[number] = row.name
        return self

    def confirmed(self, limit: Limit) -> bool:
        """Whether a limit may be used without an authorisation of the table."""
        return self.shipped and limit.sources >= CONFIRMED


def _product(times: Fraction, symbol: str) -> str:
    """A factor and what it multiplies: "s", "0.2 s", "t/3"."""
    if times == 1:
        return symbol
    return (
        f"{symbol}/{times.denominator}"
        if times.numerator == 1 and 10**6 % times.denominator
        else f"{plain(times)} {symbol}"
    )
