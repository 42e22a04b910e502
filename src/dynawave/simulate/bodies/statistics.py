"""How often which flaws occur, and together with which: `statistics.json`, read once and checked."""

from functools import cache
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

FILE: Final = Path(__file__).with_name("statistics.json")

Share = Annotated[float, Field(ge=0, le=1)]


class Kind(BaseModel):
    """How often a kind of flaw occurs.

    Attributes:
        family: crack, cavity, inclusion, fusion or shape.
        recorded: the ISO 6520 numbers under which the source records it.
        films: how many of the source's films hold it.
        per_100mm: mean number of its origins (a pore, a cluster, a line) in 100 mm of a weld that has it.
        emphasis: how many times as often it is drawn: above 1 for what networks trained on true shares miss.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    family: str
    recorded: tuple[int, ...]
    films: Annotated[int, Field(ge=0)]
    per_100mm: Annotated[float, Field(gt=0)]
    emphasis: Annotated[float, Field(gt=0)] = 1.0


class Statistics(BaseModel):
    """Occurrence of flaws.

    Attributes:
        source: where the figures come from.
        prior_films: added to every kind's films, so that rare kinds are drawn too.
        companions: chance that a weld whose main flaw is of the first family also has one of the second; within a
            family, another kind of it.
        kinds: by name.
        specks_per_100mm: mean number of hardly visible pores in 100 mm; which of these a weld has is random.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    prior_films: Annotated[float, Field(gt=0)]
    companions: dict[str, dict[str, Share]]
    kinds: dict[str, Kind]
    specks_per_100mm: tuple[float, ...]

    def weights(self, family: str | None = None) -> dict[str, float]:
        """Relative frequency of each kind, of one family or of all."""
        return {
            name: kind.emphasis * (kind.films + self.prior_films)
            for name, kind in self.kinds.items()
            if family in (None, kind.family)
        }


@cache
def statistics() -> Statistics:
    """The table that comes with the program."""
    return Statistics.model_validate_json(FILE.read_bytes())
