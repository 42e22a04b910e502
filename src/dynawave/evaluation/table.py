"""Tables of results, for the terminal and for Markdown, from the same rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.table import Table as RichTable

if TYPE_CHECKING:
    from dynawave.evaluation.classification import Kinds
    from dynawave.evaluation.evaluate import Evaluation


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under headings; the first column is a name, the others are figures."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def rich(self) -> RichTable:
        """For the terminal."""
        table = RichTable(title=self.title, title_justify="left")
        for index, heading in enumerate(self.headings):
            table.add_column(heading, justify="right" if index else "left")
        for row in self.rows:
            table.add_row(*row)
        return table

    def markdown(self) -> str:
        """As a Markdown table under its title in bold."""
        rule = ["---", *["--:"] * (len(self.headings) - 1)]
        lines = [" | ".join(cells) for cells in (self.headings, rule, *self.rows)]
        return f"**{self.title}**\n\n" + "".join(f"| {line} |\n" for line in lines)


def figure(value: float | None, digits: int = 3) -> str:
    """A measure as text; a dash where there is none."""
    return "-" if value is None else f"{value:.{digits}f}"


def results_table(results: Sequence["Evaluation"], title: str = "Results") -> Table:
    """The measures of each result in a row."""
    rates = list(results[0].hits) if results else []
    headings = ("", "AP50", "AP30", "AP", *(f"hits at {rate}" for rate in rates), "pixel AP", "AUROC", "best F1")
    rows = tuple(
        (
            result.name,
            *(figure(value) for value in (result.ap50, result.ap30, result.ap)),
            *(figure(result.hits.get(rate)) for rate in rates),
            *(figure(value) for value in (result.pixel_ap, result.auroc, result.best_f1)),
        )
        for result in results
    )
    return Table(title, headings, rows)


def sizes_table(results: Sequence["Evaluation"]) -> Table:
    """The share of flaws hit at 5 false calls a film, by side and by contrast-to-noise ratio."""
    groups = [*results[0].by_side, *results[0].by_contrast] if results else []
    sides = len(results[0].by_side) if results else 0
    headings = [f"{'side' if i < sides else 'CNR'} {g.label} ({g.flaws})" for i, g in enumerate(groups)]
    rows = tuple((r.name, *(figure(group.hit) for group in (*r.by_side, *r.by_contrast))) for r in results)
    return Table("Share of flaws hit at 5 false calls a film (number of flaws)", ("", *headings), rows)


def kinds_tables(results: Sequence["Evaluation"]) -> list[Table]:
    """For each result with several classes: the measures of each class, and their means."""
    return [_kinds_table(result.name, result.kinds) for result in results if result.kinds]


def _kinds_table(name: str, kinds: "Kinds") -> Table:
    rows = [
        (kind.name, str(kind.flaws), *map(figure, (kind.precision, kind.recall, kind.f1, kind.auc, kind.iou)))
        for kind in kinds.by_class
    ]
    flaws = sum(kind.flaws for kind in kinds.by_class)
    mean = map(figure, (kinds.precision, kinds.recall, kinds.f1, kinds.auc, kinds.miou))
    title = (
        f"Classes: {name}; accuracy {figure(kinds.accuracy)} with {kinds.sound} sound windows, "
        f"{figure(kinds.named)} of the flaws found are named right"
    )
    headings = ("", "flaws", "precision", "recall", "F1", "AUC", "IoU")
    return Table(title, headings, (*rows, ("mean", str(flaws), *mean)))
