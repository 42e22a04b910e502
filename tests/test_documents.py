from pathlib import Path

import pytest
from pydantic import Field

from dynawave.documents import Strict, check, merge, nested, read_document
from dynawave.errors import ConfigError


class Small(Strict):
    width: int = Field(1, gt=0)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "base.yaml").write_text("network: {width: 48, levels: [8, 16]}\nseed: 1\n")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "middle.yaml").write_text("extends: ../base.yaml\nnetwork: {levels: []}\n")
    (tmp_path / "deep" / "top.yaml").write_text("extends: middle.yaml\nseed: 2\nname: top\n")
    return tmp_path


def test_a_document_holds_what_it_extends_where_it_says_nothing(files: Path) -> None:
    assert read_document(files / "deep" / "top.yaml") == {
        "network": {"width": 48, "levels": []},
        "seed": 2,
        "name": "top",
    }
    assert read_document(files / "base.yaml") == {"network": {"width": 48, "levels": [8, 16]}, "seed": 1}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("extends: bad.yaml", "bad.yaml: extends: the file extends itself"),
        ("extends: nothing.yaml", "nothing.yaml: cannot be read"),
        ("extends: 3", "bad.yaml: extends: is not the name"),
        ("- 1", "bad.yaml: is not a list of keys"),
        ("a: [", "bad.yaml: is not YAML"),
    ],
)
def test_what_cannot_be_read_is_named(files: Path, text: str, reason: str) -> None:
    (files / "bad.yaml").write_text(text)
    with pytest.raises(ConfigError, match=reason):
        read_document(files / "bad.yaml")


def test_a_circle_is_refused(files: Path) -> None:
    (files / "base.yaml").write_text("extends: deep/top.yaml\n")
    with pytest.raises(ConfigError, match="extends itself"):
        read_document(files / "base.yaml")


def test_merging_leaves_the_base_as_it_was() -> None:
    base = {"a": {"b": 1, "c": 2}}
    assert merge(base, nested("a.b", 3)) == {"a": {"b": 3, "c": 2}} and base == {"a": {"b": 1, "c": 2}}
    assert merge(base, {"a": None}) == {"a": None}


def test_unknown_keys_and_values_out_of_range_are_named() -> None:
    assert check(Small, {"width": 3}, "x.yaml").width == 3
    for document, reason in (({"heigth": 1}, "x.yaml: heigth: "), ({"width": 0}, "x.yaml: width: ")):
        with pytest.raises(ConfigError, match=reason):
            check(Small, document, "x.yaml")
