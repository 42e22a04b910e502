"""Figures in the documentation are those of the runs."""

import re
from pathlib import Path

import pytest

from dynawave.reproduce.overview import overview
from dynawave.reproduce.pages import MARK, table_names
from dynawave.reproduce.plan import load_plan
from dynawave.reproduce.summary import Found, find, summary_text

ROOT = Path(__file__).parents[1]
FIGURE = re.compile(r"\d\.\d{3}(?: ± \d\.\d{3})?")


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Found:
    """The tables of the repository, and what has been run of each."""
    monkeypatch.chdir(ROOT)
    return find([load_plan(name) for name in table_names()], Path("results"))


def test_pages_are_those_of_the_runs(found: Found) -> None:
    """If not, `dynawave results` has to be called."""
    pages = {f"results/{plan.name}.md": summary_text(plan, results) for plan, results in found}
    pages["results.md"] = overview(found, "results")
    stale = [name for name, text in pages.items() if not (ROOT / "docs" / name).read_text().startswith(MARK + text)]
    assert not stale and len(pages) > 10


def test_the_readme_has_the_figures_of_the_results() -> None:
    """Every figure of its table beside peers, by set."""
    readme, results = (ROOT / "README.md").read_text(), (ROOT / "docs" / "results.md").read_text()
    rows = re.split(r"\n(?=\| \[)", results.partition("**What has been run**")[0])[1:]
    figures = {re.findall(r"\[(\w+)", row)[0]: set(FIGURE.findall(row.replace(" ± 0.000", ""))) for row in rows}
    table = readme.partition("| | DynaWave | first peer |")[2].partition("\n\n")[0].splitlines()[2:]
    assert len(table) == len(figures) == 6
    for line in table:
        name = next(name for name in figures if name.lower() in line.lower().replace("melt pools", "nasa"))
        assert len(FIGURE.findall(line)) >= 2 and set(FIGURE.findall(line)) <= figures[name], line
