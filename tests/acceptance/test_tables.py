import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from dynawave.acceptance import find_table, parse_table, shipped_tables, table_file
from dynawave.acceptance.table import Single
from dynawave.errors import ConfigError

ISO = "iso5817:2023"


def document(**changes: Any) -> dict[str, Any]:
    row = {
        "name": "Pore",
        "types": [2011],
        "limits": {"any": [{"kind": "single", "measure": "length", "limit": {"mm": 2}}]},
    }
    head = {
        "schema": "1.0",
        "id": "plant:1",
        "standard": "Plant",
        "edition": "1",
        "title": "Ours",
        "unit": "mm",
        "source": "us",
    }
    return head | {"joints": ["butt"], "rounding_mm": 0.1, "rounding_percent": 0.1, "rows": [row]} | changes


def with_limit(**limit: Any) -> dict[str, Any]:
    return document(rows=[{"name": "Pore", "types": [2011], "limits": {"any": [limit]}}])


def test_every_figure_has_the_sources_of_the_facts() -> None:
    """Spot checks against the list of public figures, with how many sources agree; nothing else is confirmed."""
    rows = {row.name: row for row in find_table(ISO).rows}
    pore = rows["Gas pore, uniformly distributed porosity"].limits
    for level, factor, most, sources in (("B", "0.2", 3, 2), ("C", "0.3", 4, 1), ("D", "0.4", 5, 1)):
        limit = pore[level][0]
        assert isinstance(limit, Single)
        assert (limit.limit.times, limit.limit.max, limit.sources) == (Fraction(factor), most, sources)
    assert [[c.percent for c in pore[level][1:]] for level in "BCD"] == [
        [1, 2],
        [Fraction(3, 2), 3],
        [Fraction(5, 2), 5],
    ]
    assert all(c.sources < 2 for level in "BCD" for c in pore[level][1:])
    assert all(limit.kind == "open" for level in rows["Clustered porosity"].limits.values() for limit in level)


def test_a_users_table_is_never_confirmed_by_what_it_says() -> None:
    data = table_file(ISO)
    assert parse_table(data, "mine.json").confirmed(find_table(ISO).rows[0].limits["B"][0]) is False
    assert find_table(ISO).confirmed(find_table(ISO).rows[0].limits["B"][0]) is True
    assert parse_table(data, "mine.json").sha256 == find_table(ISO).sha256


def test_yaml(tmp_path: Path) -> None:
    file = tmp_path / "plant.yaml"
    text = "\n".join(f"{key}: {json.dumps(value)}" for key, value in document().items())
    file.write_text(text + "\n# a comment\n")
    assert find_table(str(file)).rows[0].name == "Pore"
    for bad in ("id: a:1\n", "notes: &n [a]\nlevels: *n\n"):
        with pytest.raises(ConfigError, match=r"plant\.yaml"):
            parse_table((text + "\n" + bad).encode(), "plant.yaml")


@pytest.mark.parametrize(
    ("bad", "place"),
    [
        (document(colour="red"), "colour"),
        (document(unit="inch"), "unit"),
        (document(id="Plant 1"), "id"),
        (document(sha256="0" * 64), "found, not stated"),
        (document(levels=["B"]), 'row "Pore"'),
        (document(rows=document()["rows"] * 2), "2011 is in row"),
        (document(rounding_mm=0), "rounding_mm"),
        (document(thickness={"above_mm": 5, "up_to_mm": 3}), "thickness"),
        (with_limit(kind="single", measure="length", limit={"mm": -1}), "limit.mm"),
        (with_limit(kind="single", measure="length", limit={"mm": 0}), "zero"),
        (with_limit(kind="single", measure="length", limit={"mm": "1e9"}), "limit.mm"),
        (with_limit(kind="single", measure="length", limit={"mm": True}), "limit.mm"),
        (with_limit(kind="single", measure="length", limit={"times": 0.2}), "together"),
        (with_limit(kind="single", measure="length", limit={"mm": 5, "max": 3}), "max"),
        (with_limit(kind="single", measure="volume", limit={"mm": 5}), "measure"),
        (with_limit(kind="area", window={"mm": 100}, percent=120), "percent"),
        (with_limit(kind="small"), "kind"),
    ],
)
def test_a_bad_table_is_refused_by_its_place(bad: dict[str, Any], place: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_table(json.dumps(bad).encode(), "plant.json")
    assert str(error.value).startswith("plant.json: ") and place in str(error.value)
    assert str(error.value).count("\n") == 0


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b'{"a": 1, "a": 2}', b"\xff\xfe", b"[" * 100_000, b'{"rows": NaN}'])
def test_what_is_no_table_at_all(data: bytes) -> None:
    with pytest.raises(ConfigError, match=r"^plant\.json: "):
        parse_table(data, "plant.json")


def test_names(tmp_path: Path) -> None:
    assert [table.id for table in shipped_tables()] == ["api1104:undated", "asme-viii:undated", ISO]
    with pytest.raises(ConfigError, match="iso5817:1999"):
        find_table("iso5817:1999")
    with pytest.raises(ConfigError, match="cannot be read"):
        find_table(str(tmp_path / "none.json"))
