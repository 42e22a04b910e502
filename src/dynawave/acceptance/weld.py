"""What must be known of a weld before it can be judged, and what is still missing."""

from fractions import Fraction
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from dynawave.acceptance.exact import exact
from dynawave.acceptance.table import Area, Forbidden, Formula, Joint, Layers, Limit, Open, Reference, Single, Table
from dynawave.errors import ConfigError

Millimetres = Annotated[float, Field(gt=0, le=100_000, allow_inf_nan=False)]

QUESTIONS: Final[dict[str, str]] = {
    "level": "the quality level",
    "joint": "the type of joint",
    "thickness_mm": "the thickness t in mm (of plates that differ, the lesser)",
    "throat_mm": "the throat s in mm, which of a butt weld without full penetration is less than the thickness",
    "layers": "whether the weld has a single layer or several",
    "weld_width_mm": "the width b of the bead in mm",
    "weld_length_mm": "the length of the whole weld in mm",
}


class WeldData(BaseModel):
    """What the user states of a weld; nothing of it is ever guessed.

    Attributes:
        level: quality level of the table.
        joint: "butt" (full penetration: the throat is the thickness), "partial_butt" or "fillet".
        thickness_mm: t, of plates that differ the lesser.
        throat_mm: s; asked for where the joint is no full butt weld.
        layers: "single" or "multi".
        weld_width_mm: b, of the bead.
        weld_length_mm: of the whole weld, which may go beyond the film.
        along: the image's axis that the weld runs along; None: its longer side.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    level: str | None = Field(None, description=QUESTIONS["level"])
    joint: Joint | None = Field(None, description=QUESTIONS["joint"])
    thickness_mm: Millimetres | None = Field(None, description=QUESTIONS["thickness_mm"])
    throat_mm: Millimetres | None = Field(None, description=QUESTIONS["throat_mm"])
    layers: Layers | None = Field(None, description=QUESTIONS["layers"])
    weld_width_mm: Millimetres | None = Field(None, description=QUESTIONS["weld_width_mm"])
    weld_length_mm: Millimetres | None = Field(None, description=QUESTIONS["weld_length_mm"])
    along: Literal["x", "y"] | None = Field(None, description="the axis of the weld; by default the longer side")

    def reference(self, name: Reference) -> Fraction | None:
        """A length in mm that limits refer to, or None where it is not known."""
        value = getattr(self, name)
        if name == "throat_mm" and value is None and self.joint == "butt":
            value = self.thickness_mm
        return None if value is None else exact(round(value, 6))


def missing(table: Table, weld: WeldData) -> tuple[str, ...]:
    """Names of what must be asked for before anything can be judged, keys of `QUESTIONS`.

    What only some rows need (layers, width and length of the weld) is named by the judgement where it was missed.

    Raises:
        ConfigError: the table has no such level, or the throat is more than the thickness.
    """
    if weld.level is not None and weld.level not in table.levels:
        levels = ", ".join(table.levels) or "none"
        raise ConfigError(f"level: {weld.level} is no level of {table.id}, which has {levels}.")
    if weld.throat_mm and weld.thickness_mm and weld.joint != "fillet" and weld.throat_mm > weld.thickness_mm:
        raise ConfigError(f"throat_mm: {weld.throat_mm:g} mm is more than the thickness, {weld.thickness_mm:g} mm.")
    needed = ["level"] if table.levels else []
    needed += ["joint", "thickness_mm"]
    if weld.joint not in (None, "butt") and weld.joint in table.joints and _uses_throat(table):
        needed.append("throat_mm")
    return tuple(name for name in needed if getattr(weld, name) is None)


def formulas(limit: Limit) -> tuple[Formula, ...]:
    """The lengths that a limit is reckoned from."""
    if isinstance(limit, Forbidden | Open):
        return ()
    if isinstance(limit, Single):
        return (limit.limit,)
    if isinstance(limit, Area):
        return (limit.window,)
    return (limit.window, limit.limit) + ((limit.shorter,) if limit.shorter else ())


def _uses_throat(table: Table) -> bool:
    limits = (limit for row in table.rows for level in row.limits.values() for limit in level)
    return any(formula.of == "throat_mm" for limit in limits for formula in formulas(limit))
