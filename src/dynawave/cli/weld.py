"""`dynawave weld`: what two base metals and a filler become when they are melted together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from dynawave.metallurgy.composition import Composition
    from dynawave.metallurgy.cooling import Cooling
    from dynawave.metallurgy.formulas import Formula
    from dynawave.metallurgy.weld import Weld

Share = Annotated[
    float | None, typer.Option(metavar="SHARE", min=0, max=1, help="From this base metal alone; give both.")
]


def weld(
    base_a: Annotated[str | None, typer.Option(metavar="METAL", help="The one base metal.")] = None,
    base_b: Annotated[str | None, typer.Option(metavar="METAL", help="The other.")] = None,
    filler: Annotated[str | None, typer.Option(metavar="METAL", help="The filler metal.")] = None,
    dilution: Annotated[
        float, typer.Option(metavar="SHARE", min=0, max=1, help="Share of base metal in the weld metal, half of each.")
    ] = 0.3,
    dilution_a: Share = None,
    dilution_b: Share = None,
    heat_input: Annotated[
        float | None, typer.Option(metavar="KJ/MM", help="With --thickness: the cooling time t8/5.")
    ] = None,
    thickness: Annotated[float | None, typer.Option(metavar="MM", help="Plate thickness.")] = None,
    preheat: Annotated[float, typer.Option(metavar="DEGC", help="Preheat or interpass temperature.")] = 20,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="DIR", help="For weld.json and weld.svg.")] = None,
    show_list: Annotated[bool, typer.Option("--list", help="List the metals of the library and stop.")] = False,
) -> None:
    """Predict the weld metal of a dissimilar weld: composition, structure, ferrite, cooling, risks.

    Example: dynawave weld --base-a P91 --base-b 316L --filler ERNiCr-3 --dilution 0.3 --out weld
    """
    from rich.console import Console

    from dynawave.metallurgy.metals import find_metal
    from dynawave.metallurgy.weld import assess

    if show_list:
        Console().print(_library())
        return
    if not (base_a and base_b and filler):
        raise typer.BadParameter("--base-a, --base-b and --filler are all needed; --list shows the metals.")
    metals = find_metal(base_a, "base"), find_metal(base_b, "base"), find_metal(filler, "filler")
    shares = _shares(dilution, dilution_a, dilution_b)
    found = assess(*metals, *shares, _cooling(heat_input, thickness, preheat))
    _show(found)
    if out:
        from dynawave.metallurgy.report import write_weld

        for path in write_weld(found, out):
            typer.echo(path)


def _shares(both: float, of_a: float | None, of_b: float | None) -> tuple[float, float]:
    if of_a is None and of_b is None:
        return both / 2, both / 2
    if of_a is None or of_b is None:
        raise typer.BadParameter("--dilution-a and --dilution-b are only of use together.")
    return of_a, of_b


def _cooling(heat_input: float | None, thickness: float | None, preheat: float) -> Cooling | None:
    from dynawave.metallurgy.cooling import cooling

    if heat_input is None and thickness is None:
        return None
    if heat_input is None or thickness is None:
        raise typer.BadParameter("--heat-input and --thickness are only of use together.")
    return cooling(heat_input, thickness, preheat)


def _library() -> Table:
    from rich.table import Table

    from dynawave.metallurgy.metals import library

    table = Table("Metal", "Used as", "Family", "Standard", "UNS", "EN", title="Metals of the library")
    table.add_column("Also", overflow="fold")
    for metal in library():
        also = ", ".join(metal.aliases)
        table.add_row(metal.name, metal.role, metal.family, metal.standard, metal.uns or "–", metal.en or "–", also)
    return table


def _show(found: Weld) -> None:
    from rich.console import Console

    console = Console()
    console.print(_values(found))
    for line in _verdicts(found):
        console.print(line, highlight=False)
    console.print(_risks(found))


def _values(found: Weld) -> Table:
    """Compositions, equivalents and, of ferritic base metals, hardening: a column a metal."""
    from rich.table import Table

    from dynawave.metallurgy.formulas import EQUIVALENTS, HARDENING

    metals = (found.base_a, found.base_b, found.filler)
    columns = [metal.composition for metal in metals] + [found.composition]
    table = Table("", title="Mass % and what follows from it")
    for name in (*(metal.name for metal in metals), f"weld metal, {found.dilution:.0%} base"):
        table.add_column(name, justify="right")
    for element in sorted(found.composition, key=lambda e: -found.composition[e]):
        table.add_row(element, *(f"{c[element]:.3g}" if element in c else "–" for c in columns))
    hardening = [metal.composition if metal.family == "ferritic" else None for metal in metals] + [None]
    for formulas, known in ((EQUIVALENTS, columns), (HARDENING, hardening)):
        table.add_section()
        for formula in formulas:
            table.add_row(formula.name + _state(formula.sources), *(_value(formula, c) for c in known))
    return table


def _value(formula: Formula, composition: Composition | None) -> str:
    """A formula's value; "?" and the elements of which there is more than it was made for."""
    if composition is None:
        return "–"
    beyond = formula.beyond(composition)
    digits = 0 if formula.name == "Ms" else 2
    return f"{formula(composition):.{digits}f}" + (f" [yellow]? ({', '.join(beyond)})[/]" if beyond else "")


def _state(sources: int) -> str:
    """Marks what fewer than two public sources agree on."""
    from dynawave.metallurgy.formulas import CONFIRMED

    return "" if sources >= CONFIRMED else f" [dim](open, n = {sources})[/]"


def _verdicts(found: Weld) -> list[str]:
    """What the diagrams and the cooling time say, a sentence a line."""
    from dynawave.metallurgy.formulas import HAMMAR_SVENSSON_CR

    number = found.ferrite.value
    ratio = found.solidification
    lines = [
        f"Structure: [bold]{found.structure}[/], {found.region or 'off the Schaeffler diagram'}; "
        f"density {found.density:.2f} g/cm3",
        f"Ferrite number (WRC-1992): {'none' if number is None else f'[bold]{number:.1f}[/]'}"
        + (f" [yellow]({found.ferrite.warning})[/]" if found.ferrite.warning else ""),
        f"Solidification: {found.mode or 'off the diagram'} (WRC-1992); {ratio.mode or 'not stainless'} by "
        f"Cr_eq/Ni_eq {ratio.ratio:.2f} (Suutala){_state(HAMMAR_SVENSSON_CR.sources)}",
    ]
    if found.cooling:
        c = found.cooling
        lines.append(
            f"Cooling t8/5 (EN 1011-2, unalloyed and low-alloy steel): [bold]{c.t85_s:.1f} s[/], thick plate "
            f"{c.thick_s:.1f} s, thin plate {c.thin_s:.1f} s, the same at {c.transition_mm:.0f} mm"
        )
    return lines


def _risks(found: Weld) -> Table:
    from rich.table import Table

    from dynawave.metallurgy.risks import risks

    colours = {"high": "red", "moderate": "yellow", "note": "cyan"}
    table = Table("Level", "What may happen", title="To look out for", show_lines=True)
    for heading in ("Why here", "Source"):
        table.add_column(heading, overflow="fold")
    for risk in risks(found):
        level = f"[{colours[risk.level]}]{risk.level}[/]"
        table.add_row(level, risk.name, risk.reason, risk.source + _state(risk.sources))
    return table
