"""The picture of a table: that all of it can be read."""

import re
from pathlib import Path

import pytest

from dynawave.reproduce.figure import draw
from dynawave.reproduce.perform import perform
from dynawave.reproduce.plan import load_plan
from dynawave.reproduce.results import collect
from dynawave.reproduce.runs import plan_runs


@pytest.fixture
def pictured(table: Path, tmp_path: Path, commands: Path) -> str:
    """The picture of a table whose second row has a long title with a word as code."""
    file = table / "table.yaml"
    file.write_text(file.read_text().replace("without FDSA", f'"from `film`, {60 * "x"}"'))
    plan = load_plan(str(table))
    list(perform(plan_runs(plan, tmp_path)))
    picture = draw(plan, collect(plan, tmp_path))
    assert picture is not None
    return picture


def test_code_is_plain_in_a_picture(pictured: str) -> None:
    assert f"from film, {60 * 'x'}" in pictured and "`" not in pictured


def test_a_long_title_takes_nothing_from_the_panels(pictured: str) -> None:
    """Each is at least two inches wide, as wide as its own title needs."""
    frames = re.findall(r'<g id="patch_\d+">\s*<path d="M ([\d.]+) [\d.]+ \s*L ([\d.]+) ', pictured)
    widths = sorted(abs(float(right) - float(left)) for left, right in frames)
    assert len(widths) >= 3 and all(width > 2 * 72 for width in widths[-3:])
