"""Options that state what an acceptance table must know of a weld; each command that judges has the same."""

from typing import Annotated, Any, Final

import typer

Level = Annotated[str | None, typer.Option(metavar="LEVEL", help="Quality level of the table, as B.")]
Joint = Annotated[str | None, typer.Option(metavar="KIND", help="butt, partial_butt or fillet.")]
Thickness = Annotated[float | None, typer.Option(metavar="MM", help="Of plates that differ, the lesser.")]
Throat = Annotated[float | None, typer.Option(metavar="MM", help="Of other than full butt welds.")]
Layers = Annotated[str | None, typer.Option(metavar="KIND", help="single or multi.")]
WeldWidth = Annotated[float | None, typer.Option(metavar="MM", help="Of the bead.")]
WeldLength = Annotated[float | None, typer.Option(metavar="MM", help="Of the whole weld.")]
Along = Annotated[
    str | None, typer.Option(metavar="AXIS", help="Axis of the weld, x or y; by default the longer side.")
]

OPTIONS: Final = {
    "level": "--level",
    "joint": "--joint",
    "thickness_mm": "--thickness",
    "throat_mm": "--throat",
    "layers": "--layers",
    "weld_width_mm": "--weld-width",
    "weld_length_mm": "--weld-length",
}


def stated(**fields: Any) -> Any:
    """The `WeldData` of these fields; what cannot be is wrong use."""
    from pydantic import ValidationError

    from dynawave.acceptance import WeldData
    from dynawave.acceptance.files import problem

    try:
        return WeldData(**fields)
    except ValidationError as error:
        raise typer.BadParameter(problem(error)) from error
