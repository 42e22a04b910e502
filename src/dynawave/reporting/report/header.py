"""What a person states for the report: a small YAML or JSON file, every value of it text."""

import unicodedata
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from dynawave.acceptance.files import parse_mapping, problem, read_bytes
from dynawave.errors import ConfigError


def _visible(text: str) -> str:
    """Text without the control characters that no font shows; lines and tabs stay."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cn", "Cs"))


Line = Annotated[str, Field(max_length=500), AfterValidator(_visible)]
Place = tuple[Annotated[float, Field(ge=0, le=1e6)], Annotated[float, Field(ge=0, le=1e6)]]
Role = Literal["tested", "evaluated", "approved", "inspector"]

SIGNERS: Final = ("evaluated", "approved")
"""Roles that have blank lines where no personnel is named."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True, allow_inf_nan=False)


class Company(_Part):
    """Who tested: name and address."""

    name: Line = ""
    address: Line = ""


class Technique(_Part):
    """How the films were made, as it was written down."""

    procedure: Line = ""
    standard: Line = ""
    source: Line = ""
    voltage: Line = ""
    current: Line = ""
    exposure: Line = ""
    focal_spot: Line = ""
    distance: Line = ""
    film: Line = ""
    screens: Line = ""
    density: Line = ""
    iqi: Line = ""


class Person(_Part):
    """One who signs: role, name, qualification, date; what is empty is left to the pen."""

    role: Role
    name: Line = ""
    qualification: Line = ""
    date: Line = ""


class Duplex(_Part):
    """A duplex wire on an image: the middle of pair D1 and that of pair D13, (x, y) in pixels."""

    first: Place
    last: Place


class Marks(_Part):
    """Where a person wants the image quality measured: a flat window (x, y, width, height) and a duplex wire."""

    snr_window: tuple[int, int, int, int] | None = None
    duplex: Duplex | None = None


class Header(_Part):
    """The whole file; what is left out does not appear in the report, and nothing of it is ever interpreted.

    Attributes:
        number: of the report.
        date: of the report, as it is to stand there.
        company: who tested.
        client: for whom.
        order: the client's order.
        project: what it belongs to.
        part: component.
        drawing: its number.
        weld_number: of the weld.
        material: base metals.
        filler: filler metal.
        welding_process: as 141.
        heat_treatment: before the test.
        technique: how the films were made.
        personnel: who signs.
        decision: what a person decided on the weld; None: boxes to tick.
        image_quality: places to measure at, by the name of the film's file.
        remarks: anything else.
    """

    number: Line = ""
    date: Line = ""
    company: Company = Company()
    client: Line = ""
    order: Line = ""
    project: Line = ""
    part: Line = ""
    drawing: Line = ""
    weld_number: Line = ""
    material: Line = ""
    filler: Line = ""
    welding_process: Line = ""
    heat_treatment: Line = ""
    technique: Technique = Technique()
    personnel: tuple[Person, ...] = ()
    decision: Literal["acceptable", "not acceptable"] | None = None
    image_quality: dict[Line, Marks] = {}
    remarks: Annotated[str, Field(max_length=5000), AfterValidator(_visible)] = ""


def read_header(path: Path) -> Header:
    """Read a header file.

    Raises:
        ConfigError: it cannot be read, or has a key that is unknown; the sentence names the file and the place.
    """
    try:
        return Header.model_validate(parse_mapping(read_bytes(path), str(path)))
    except ValidationError as error:
        raise ConfigError(f"{path}: {problem(error)}") from error
