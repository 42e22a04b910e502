"""The report of robustness: tables, and a picture with a curve a corruption (SVG)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from dynawave.evaluation.corruptions import CORRUPTIONS
from dynawave.evaluation.robustness import CLEAN, MEASURES, Condition, Robustness
from dynawave.evaluation.table import Table, figure
from dynawave.images.files import write_bytes

WIDTH: Final = 250.0
HEIGHT: Final = 150.0
"""Pixels of a panel's field."""
COLUMNS: Final = 3
COLOURS: Final = {"AP50": "#1f5fa8", "hits at 1": "#c2571a", "pixel AP": "#12806a"}
"""The measures that are drawn."""


def write_report(report: Robustness, directory: Path) -> None:
    """Write `robustness.md` and `robustness.svg`."""
    write_bytes(directory / "robustness.svg", draw(report).encode())
    write_bytes(directory / "robustness.md", markdown(report).encode())


def kept_table(report: Robustness) -> Table:
    """What is kept of each measure, a corruption in a row, the most harmful by AP50 first, and their mean."""
    worst_first = sorted(report.kept.items(), key=lambda item: item[1]["AP50"] or 0.0)
    rows = [(name, *map(figure, shares.values())) for name, shares in (*worst_first, ("mean", report.mean_kept))]
    title = "Share of the clean measure that is kept, mean over the five severities"
    return Table(title, ("", *MEASURES), tuple(rows))


def measures_table(report: Robustness) -> Table:
    """Every measure, a condition in a row."""
    conditions = [report.clean, *(c for curve in report.curves().values() for c in curve)]
    rows = tuple((_label(c), *(figure(c.measures[measure]) for measure in MEASURES), str(c.calls)) for c in conditions)
    return Table("Every severity", ("", *MEASURES, "calls"), rows)


def markdown(report: Robustness) -> str:
    """The report."""
    reasons = "\n".join(
        f"- **{name}**: {', '.join(f'{level:g}' for level in CORRUPTIONS[name].levels)} {CORRUPTIONS[name].unit}. "
        f"{CORRUPTIONS[name].reason}"
        for name in report.curves()
    )
    return f"""# Robustness of `{report.model}` {report.version} on {report.data}

{report.images} films, {report.flaws} flaws; measures as of `dynawave evaluate`, flaws of any \
kind alike, hits at false calls a film. Weights \
{report.model_sha256[:12]}, data {report.data_sha256[:12]}, seed {report.seed}.

{kept_table(report).markdown()}
![A curve a corruption](robustness.svg)

{measures_table(report).markdown()}
## What was done to the films

{reasons}

Grey values are taken as linear in optical density, and density as proportional to dose. Pixels of unknown size are
taken for 0.05 mm. Marks are the same at every severity, only stronger or more.
"""


def draw(report: Robustness) -> str:
    """A panel a corruption, from clean to severity 5, as SVG text."""
    environment = Environment(
        loader=PackageLoader("dynawave.evaluation"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    panels = [
        {
            "name": name,
            "unit": CORRUPTIONS[name].unit,
            "ticks": [(_x(0), CLEAN), *((_x(c.severity), f"{c.level:g}") for c in conditions)],
            "curves": {measure: _points([report.clean, *conditions], measure) for measure in COLOURS},
        }
        for name, conditions in report.curves().items()
    ]
    rows = -(-len(panels) // COLUMNS)
    title = f"{report.model} {report.version} on {report.data}, {report.images} films"
    return environment.get_template("curves.svg.j2").render(
        panels=panels, colours=COLOURS, columns=COLUMNS, rows=rows, width=WIDTH, height=HEIGHT, title=title
    )


def _label(condition: Condition) -> str:
    if condition.level is None:
        return CLEAN
    return f"{condition.corruption} {condition.level:g} {CORRUPTIONS[condition.corruption].unit}"


def _x(severity: int) -> float:
    return round(severity / 5 * WIDTH, 1)


def _points(conditions: Sequence[Condition], measure: str) -> list[tuple[float, float]]:
    """Pixels of a curve within its panel, y down; without conditions whose measure has no meaning."""
    return [
        (_x(condition.severity), round((1 - value) * HEIGHT, 1))
        for condition in conditions
        if (value := condition.measures[measure]) is not None
    ]
