"""The page: trend over versions, families of the newest, where the records lie, and film by film."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from benchmarks.records.alignment import Placed, by_scale, by_shift, reversed_direction
from benchmarks.records.cells import COVERED, GUARD, FilmCells
from benchmarks.records.inspections import revision
from benchmarks.records.measures import (
    ANY,
    Share,
    cells_hit,
    false_rate,
    family_cells,
    films_found,
    naming,
    place_auc,
    sound_metres,
    threshold,
)
from benchmarks.records.seams import EDGE_MM
from dynawave.datasets.gdxray import PARENTS
from dynawave.evaluation.detection import FALSE_CALLS
from dynawave.evaluation.evaluate import Evaluation
from dynawave.evaluation.table import Table, figure
from dynawave.taxonomy import FAMILIES

RATES: Final = tuple(round(calls / 0.2) for calls in FALSE_CALLS)
"""False calls a metre of sound seam: 1, 5 and 20 a film of 0.2 m."""
MAIN: Final = RATES[0]
FITTED: Final = {f"W0003_{parent:04d}" for parent in PARENTS.values()}
"""Films whose flaws, outlined on crops of them, the simulator and the decoding were fitted to."""


@dataclass(frozen=True, slots=True)
class Version:
    """A weights file and all that it said: W0003 as cells and as marks, and the measures of the 7 outlined films."""

    name: str
    revision: str
    threshold: float
    films: tuple[FilmCells, ...]
    marks: tuple[Placed, ...]
    outlined: Evaluation


def page(versions: Sequence[Version], outlines: Sequence[Placed], command: str) -> str:
    """All tables, in Markdown."""
    last = versions[-1]
    others = [replace(each, films=tuple(film for film in each.films if film.name not in FITTED)) for each in versions]
    return TEXT.format(
        when=f"{datetime.now(UTC):%Y-%m-%d}, revision {revision()}",
        command=command,
        count=len(last.films),
        flawed=sum(bool(film.recorded) for film in last.films),
        metres=f"{sound_metres(last.films):.2f}",
        guard=GUARD,
        edge=EDGE_MM,
        covered=f"{COVERED:.0%}",
        naming=naming_text(last),
        trend=trend_table(versions, "all films").markdown(),
        others=trend_table(others, f"the {len(others[-1].films)} films whose flaws were not looked at").markdown(),
        outlined=outlined_table(versions).markdown(),
        families="\n".join(family_table(last.films, rate, last.name).markdown() for rate in RATES),
        alone="\n".join(
            family_table(last.films, rate, f"{last.name}, cells with one family only", alone=True).markdown()
            for rate in RATES[:2]
        ),
        alignment=alignment_table(versions, outlines).markdown(),
        films=films_table(last.films, last.name).markdown(),
    )


def trend_table(versions: Sequence[Version], which: str) -> Table:
    """A row for each version."""
    rows = []
    for version in versions:
        films = version.films
        families = [films_found(films, family, MAIN) for family in FAMILIES]
        hits = [cells_hit(films, ANY, rate) for rate in RATES]
        place = place_auc([film.any_recorded for film in films], [film.scores for film in films])
        own = false_rate(films, version.threshold)
        outside = sum(int((film.outside > threshold(films, MAIN)).sum()) for film in films) / len(films)
        rows.append(
            (
                version.name,
                *(chance(each) for each in (*families, *hits)),
                f"{place:.3f}",
                f"{own:.0f} (over {version.threshold:g})",
                f"{outside:.1f}",
            )
        )
    headings = (
        "",
        *(f"{family}: films found" for family in FAMILIES),
        *(f"cells hit at {rate}/m" for rate in RATES),
        "place",
        "false calls/m, own threshold",
        f"calls outside the seam a film at {MAIN}/m",
    )
    return Table(f"Trend, {which}; found at {MAIN} false calls/m (chance: moved, swapped)", headings, tuple(rows))


def chance(share: Share) -> str:
    """A share and its two chance levels."""
    return f"{figure(share.found, 2)} ({figure(share.moved, 2)}, {figure(share.swapped, 2)})"


def outlined_table(versions: Sequence[Version]) -> Table:
    """What `dynawave evaluate` says of the 7 outlined films."""
    rows = []
    for version in versions:
        one = version.outlined
        values = (one.ap30, one.ap50, *one.hits.values(), one.pixel_ap, one.auroc)
        rows.append((version.name, *(figure(value) for value in values), version.revision))
    first = versions[0].outlined
    headings = ("", "AP30", "AP50", *(f"hits at {rate}" for rate in first.hits), "pixel AP", "AUROC", "inspected by")
    return Table(f"{first.data}: {first.images} outlined films, {first.flaws} flaws", headings, tuple(rows))


def family_table(films: Sequence[FilmCells], rate: float, title: str, alone: bool = False) -> Table:
    """Films found and cells hit by family at a rate, with intervals and chance levels."""
    rows = []
    for family in (*FAMILIES, ANY):
        found, hit = films_found(films, family, rate, alone), cells_hit(films, family, rate, alone)
        rows.append((label(family), *_share(found), *_share(hit)))
    headings = ("", "films", "found", "moved", "swapped", "cells", "hit", "moved", "swapped")
    return Table(f"{title}, at {rate} false calls/m (95 % interval over films)", headings, tuple(rows))


def label(family: str) -> str:
    """A family with the numbers of its main group."""
    if family not in FAMILIES:
        return family
    group = FAMILIES[family]
    return f"{group.name.replace('_', ' ')} ({str(group.iso6520)[0]}xx)"


def _share(share: Share) -> tuple[str, ...]:
    if not share.count:
        return ("0", "-", "-", "-")
    low, high = share.interval
    return str(share.count), f"{share.found:.2f} ({low:.2f}-{high:.2f})", f"{share.moved:.2f}", f"{share.swapped:.2f}"


def alignment_table(versions: Sequence[Version], outlines: Sequence[Placed]) -> Table:
    """Agreement by shift, direction and scale; of the outlines, and of each version's calls."""
    rows = []
    outlined = ((f"outlines of W0001 ({len(outlines)} films)", outlines),) if outlines else ()
    for name, marks in (*outlined, *((version.name, version.marks) for version in versions)):
        values = (*by_shift(marks).values(), reversed_direction(marks), *by_scale(marks).values())
        rows.append((name, *(f"{value:.3f}" for value in values)))
    shifts = (f"{shift:+g} cells" if shift else "as placed" for shift in by_shift(()))
    headings = ("", *shifts, "reversed", *(f"x {scale:g}" for scale in by_scale(())))
    title = "How often a recorded cell has a better mark than an unrecorded one of its film"
    return Table(title, headings, tuple(rows))


def films_table(films: Sequence[FilmCells], name: str) -> Table:
    """What is found and falsely called on each film."""
    least = threshold(films, MAIN)
    rows = []
    for film in films:
        found = [f"{family} {_of(film, family, least)}" for family in film.recorded]
        metres = sound_metres([film])
        false = int((film.false > least).sum())
        rows.append(
            (
                film.name,
                ", ".join(found) or "none recorded",
                f"{metres:.2f}",
                str(false) if metres else "-",
                str(int((film.outside > least).sum())),
            )
        )
    title = f"{name}, film by film at {MAIN} false calls/m: cells hit of those recorded"
    headings = ("film", "hit", "sound metres", "false calls there", "calls outside the seam")
    return Table(title, headings, tuple(rows))


def _of(film: FilmCells, family: str, least: float) -> str:
    cells = family_cells(film, family)
    return f"{int((film.scores[cells] > least).sum())}/{int(cells.sum())}"


def naming_text(version: Version) -> str:
    """How well families are named."""
    named = naming(version.films, MAIN)
    if named is None:
        return "This model has one class and names no family: found means called at all."
    return (
        f"Of the {named.count} recorded cells that are found, the best call names a family recorded there in "
        f"{named.right:.2f}; naming the commonest family always would be right in {named.commonest:.2f}."
    )


TEXT: Final = """# Against the records of cut welds

Measured on {when}, by `{command}`: the {count} whole films of GDXray's W0003 (BAM round robin; {flawed} with recorded
flaws). The records name the ISO 6520 flaws that sections of the weld showed in every cell of 1 cm. Weights named `film`
are trained on simulation only. The simulator's flaws and the decoding were fitted to the outlined crops (W0001) of six
of these films, so the others are also measured by themselves: they lent it at most their grain and profile.

## Over versions

{trend}
{others}
{outlined}
## By family

{naming}

{families}
{alone}
## Film by film

{films}
## Do the records lie where we put them?

{alignment}
- The records count cells from a zero mark whose place they do not give. The films show it: "0" in lead or handwriting
  at the left edge on six films (0015, 0024, 0027, 0059, 0063, 0065), at the upper edge on one with an upright seam
  (0062). So the zero mark is taken to be the edge for every film, the pixel 40.3 µm: **no offset, direction or scale
  is fitted**, neither for a film nor for all, and no call can choose its place. On 0053 and 0054, where the seam runs
  across a thin pipe, zero is the pipe's upper edge, which puts the tungsten specks that are seen there into the cells
  that are recorded.
- The table is the test of it: outlines drawn by others (W0001, which are crops of these films; a larger outline is a
  better mark) and the calls must agree with the records as placed, to half a cell, and less when moved, reversed or
  stretched. 0.5 is chance, and the mean of all moves.

## How it was measured

- **Seam**: a band drawn by eye on the bare films before any call was looked at (`benchmarks/records/seams.py`). Calls
  with their centre outside it - lead letters, wires, pipe walls - or within {edge:g} mm of an end of the film count as
  "outside the seam" only: edges are often called, and many flaws are recorded in the first cell and the last.
- **Cells**: a call lies in the cell of its centre and in those of which it covers {covered}. A flaw lies in the cell in
  which its record says that it begins, and as many more as its length fills.
- **Film found**: a call in a cell recorded for the family. **Cell hit**: a call in it. Neither asks whether the call is
  of this flaw: another one in the same cell counts as well (a pore on a crack, say), hence the chance levels and the
  table of cells that hold one family only.
- **Sound**: cells with no record, nor one in the {guard} cell on either side: {metres} m of seam. A false call is one
  with its centre there. Operating points are false calls a metre of it: 1, 5 and 20 a film of 0.2 m. The
  threshold is set on these films, in every resample anew. Real flaws that the records leave out count as false calls.
- **Chance**: *moved*: the film's own calls moved along its seam by every other number of cells; *swapped*: every other
  film's calls, in every position. A flaw along the whole seam is found just as often when calls are moved: there only
  *swapped* says anything.
- **Place**: how often a recorded cell has a better score than an unrecorded one of the same film; chance is 0.5.
- **Intervals**: 95 %, films drawn with replacement.
- Older weights are inspected with today's decoding; a version is the last file released under its number.
- Small recorded pores (0.2 to 0.5 mm, found in sections) may not be visible on the film at all: the ceiling is unknown.
"""
