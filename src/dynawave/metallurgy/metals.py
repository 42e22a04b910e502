"""The library of base and filler metals: `metals.json`, read once and checked."""

from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from dynawave.errors import ConfigError

FILE: Final = Path(__file__).with_name("metals.json")

Role = Literal["base", "filler"]
Family = Literal["ferritic", "austenitic", "duplex", "nickel"]


class Metal(BaseModel):
    """A base or filler metal with a typical composition; a heat's own certificate goes before it.

    Attributes:
        name: short usual name.
        role: sold as "base" or "filler" metal; a name such as 316L exists as both.
        family: "ferritic", "austenitic", "duplex" or "nickel".
        uns: UNS number, or None.
        en: European material number or symbol, or None.
        standard: the standard and grade that give its limits.
        aliases: further names by which it is found.
        density: g/cm3 at room temperature.
        balance: the element that makes up the rest, Fe or Ni.
        composition: mass % by element, the balance among them; sums to 100.
        source: where composition and density come from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    role: Role
    family: Family
    uns: str | None
    en: str | None
    standard: str
    aliases: tuple[str, ...]
    density: Annotated[float, Field(gt=1, lt=20)]
    balance: Literal["Fe", "Ni"]
    composition: dict[str, Annotated[float, Field(gt=0, lt=100)]]
    source: str

    @model_validator(mode="before")
    @classmethod
    def _fill_up(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Add the balance, which the file leaves out."""
        listed = data["composition"]
        return {**data, "composition": {**listed, data["balance"]: 100 - sum(listed.values())}}

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that it is called."""
        return tuple(n for n in (self.name, *self.aliases, self.standard, self.uns, self.en) if n)


@cache
def library() -> tuple[Metal, ...]:
    """All metals, base metals first."""
    return tuple(TypeAdapter(list[Metal]).validate_json(FILE.read_bytes()))


def find_metal(name: str, role: Role) -> Metal:
    """The metal of a name, in any spelling of case, spaces and hyphens.

    Where a base and a filler metal share the name, `role` decides; otherwise either may play the other's part (a
    buttered layer is welded to, a matching filler has the composition of its base).

    Raises:
        ConfigError: there is none; the sentence names those of a similar name.

    Example:
        >>> find_metal("ernicr 3", "filler").name
        '82'
    """
    ordered = sorted(library(), key=lambda metal: metal.role != role)
    for metal in ordered:
        if plain(name) in map(plain, metal.names):
            return metal
    raise ConfigError(f"{name}: no metal of this name is in the library; {_near(name, ordered)}.")


def _near(name: str, metals: list[Metal]) -> str:
    """Words that name similar metals, or say where the list is."""
    owners = {plain(known): metal.name for metal in reversed(metals) for known in metal.names}
    near = dict.fromkeys(owners[known] for known in get_close_matches(plain(name), owners, n=5, cutoff=0.5))
    return f"similar ones are {', '.join(near)}" if near else "dynawave weld --list shows those that are"


def plain(name: str) -> str:
    """A name as names are compared: its lower-case letters and digits only."""
    return "".join(c for c in name.lower() if c.isalnum())
