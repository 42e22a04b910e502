"""The words of a judgement: what was compared with which limit of which row, and what follows."""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from dynawave.acceptance.weld import WeldData

SCHEMA: Final = "1.0"
AID: Final = "An aid to the inspector: it decides nothing. The verdict on the weld is that of the person who signs."

Outcome = Literal["acceptable", "not acceptable", "no verdict"]
Reason = Literal[
    "within",
    "beyond",
    "forbidden",
    "no rule",
    "no scale",
    "not measured",
    "not given",
    "unconfirmed",
    "open",
    "type not narrow enough",
    "joint not covered",
    "thickness not covered",
    "no indication",
    "not all inspected",
]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Finding(_Record):
    """An indication as it is judged.

    Attributes:
        id: its number in the image.
        flaw: name of its class.
        iso6520: its number, of a type or a main group; None where it is not known.
        length_mm: longest extent, or None without a scale.
        width_mm: across it.
        area_mm2: its area.
        extent_mm: start and end along the weld.
        depth_mm: through the wall, which a film does not show: only where a person states it.
        read_as: the number that a person gives it, which then goes before its own.
    """

    id: int
    flaw: str
    iso6520: int | None
    length_mm: float | None = None
    width_mm: float | None = None
    area_mm2: float | None = None
    extent_mm: tuple[float, float] | None = None
    depth_mm: float | None = None
    read_as: int | None = None

    @property
    def type(self) -> int | None:
        """The number that counts."""
        return self.read_as or self.iso6520


class Check(_Record):
    """One limit of a row, and what was compared with it.

    Attributes:
        row: name of the table's row.
        types: the row's ISO 6520-1 numbers.
        kind: of limit, as in the table; "none" where there is no row.
        measure: what was measured: "length", "width", "depth", "sum", "area".
        outcome: what follows of this limit.
        reason: why.
        value: what was measured, rounded as the table says.
        limit: the greatest value that is accepted.
        unit: of both, "mm" or "%".
        rule: the limit's formula, as "0.2 s, max 3 mm".
        sources: independent public sources that agree on the limit.
        window_mm: start and end of the worst window along the weld, from the image's first pixel, as far as it is seen.
        per_mm: length of the window.
        members: indications in it.
        asked_for: what must be known of the weld, keys of `dynawave.acceptance.QUESTIONS`, or what an open row lacks.
    """

    row: str
    types: tuple[int, ...] = ()
    kind: Literal["forbidden", "single", "sum", "area", "open", "none"]
    measure: Literal["length", "width", "depth", "sum", "area"] | None = None
    outcome: Outcome
    reason: Reason
    value: float | None = None
    limit: float | None = None
    unit: Literal["mm", "%"] | None = None
    rule: str = ""
    sources: int = 0
    window_mm: tuple[float, float] | None = None
    per_mm: float | None = None
    members: tuple[int, ...] = ()
    asked_for: tuple[str, ...] = ()


class Verdict(_Record):
    """What the table says of one indication; `check` decided, `checks` are all that were made.

    `accepted_as`, `rejected_as` and `open_as` are the types that an indication of a main group may be, by what would
    follow, where that differs.
    """

    indication: int
    flaw: str
    iso6520: int | None
    read_as: int | None
    outcome: Outcome
    reason: Reason
    check: Check | None
    checks: tuple[Check, ...] = ()
    accepted_as: tuple[int, ...] = ()
    rejected_as: tuple[int, ...] = ()
    open_as: tuple[int, ...] = ()


class ImageVerdict(_Record):
    """What the table says of one image: of its indications, and of sums and areas over them.

    `short_of_mm`: how much of the weld the image shows, and the longer window that was asked for; the neighbouring
    image may hold the rest. None where the window was seen whole.
    """

    image: int
    file: str
    page: int | None
    outcome: Outcome
    along: Literal["x", "y"]
    indications: tuple[Verdict, ...]
    groups: tuple[Check, ...]
    short_of_mm: tuple[float, float] | None = None


class TableRef(_Record):
    """Which table was used."""

    id: str
    standard: str
    edition: str
    title: str
    source: str
    sha256: str
    shipped: bool
    rounding_mm: float
    rounding_percent: float
    notes: tuple[str, ...]


class Authorisation(_Record):
    """A named person's word that a table, known by the SHA-256 of its file, may be used."""

    who: str = Field(min_length=1, max_length=200, pattern=r"\S")
    when: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?)?$")
    table: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Judgement(_Record):
    """A whole judgement: `verdicts.json`.

    Attributes:
        schema_version: of this layout ("schema" in the JSON).
        aid: that a person decides.
        table: which table.
        weld: what the user said of the weld.
        authorisation: who authorised the table, or None.
        equality: that a value equal to the limit is accepted.
        inspection_sha256: of the `inspection.json` that was judged.
        outcome: of all images together.
        asked_for: what must be known of the weld before the rest can be judged.
        images: image by image.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True, validate_by_alias=True)

    schema_version: str = Field(default=SCHEMA, alias="schema")
    aid: str = AID
    table: TableRef
    weld: WeldData
    authorisation: Authorisation | None
    equality: Literal["accepted"] = "accepted"
    inspection_sha256: str | None = None
    outcome: Outcome
    asked_for: tuple[str, ...] = ()
    images: tuple[ImageVerdict, ...]
