"""The page's files by themselves: texts, colours, what the content security policy asks for."""

import hashlib
import json
import re
from pathlib import Path
from typing import Final

import pytest

import dynawave
from dynawave.taxonomy import BY_NAME

PAGE: Final = Path(dynawave.__file__).parent / "workbench" / "page"
SCRIPTS: Final = [path for path in PAGE.rglob("*.js") if "vendor" not in path.parts]
TEXTS: Final = {language: json.loads((PAGE / "texts" / f"{language}.json").read_text()) for language in ("de", "en")}
SOURCE: Final = "\n".join(path.read_text() for path in SCRIPTS)

TEXT_ON: Final = {
    "text": ("stage", "ground", "raised", "hover", "chosen", "field"),
    "dim": ("stage", "ground", "raised", "hover", "chosen", "field"),
    "accent": ("stage", "ground", "raised", "chosen"),
    "on-accent": ("accent", "accent-hover"),
    "good": ("ground", "raised", "hover", "chosen", "good-ground"),
    "bad": ("ground", "raised", "hover", "chosen", "bad-ground"),
    "unsure": ("stage", "ground", "raised", "chosen", "unsure-ground"),
    "mark": ("halo",),
}
"""What is written on what: WCAG 2.2 AA asks for 4.5 to 1."""
SHAPES_ON: Final = {
    "edge": ("ground", "field", "raised"),
    "accent": ("ground", "chosen", "field"),
    "dim": ("field", "chosen"),
}
"""Edges of fields, focus rings, curves: 3 to 1."""


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_german_and_english_say_the_same_things() -> None:
    assert TEXTS["de"].keys() == TEXTS["en"].keys()
    differing = [key for key in TEXTS["en"] if placeholders(TEXTS["de"][key]) != placeholders(TEXTS["en"][key])]
    assert differing == []
    assert all(text.strip() for texts in TEXTS.values() for text in texts.values())


def test_every_text_that_is_asked_for_exists() -> None:
    asked = set(re.findall(r"""\bt\("([^"]+)"[,)]""", SOURCE)) | set(
        re.findall(r'shortcut\("[^"]+", "[^"]+", "([^"]+)"', SOURCE)
    )
    asked |= set(re.findall(r'shortcut\("([^"]+)"', SOURCE))
    assert asked - TEXTS["en"].keys() == set()
    assert len(asked) > 100


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_flaw_class_has_a_name(language: str) -> None:
    assert {f"class.{name}" for name in BY_NAME} <= TEXTS[language].keys()


def test_every_word_of_a_verdict_is_translated() -> None:
    from typing import get_args

    from dynawave.acceptance.records import Outcome, Reason
    from dynawave.acceptance.table import Joint, Layers
    from dynawave.acceptance.weld import QUESTIONS

    words = [f"reason.{reason}" for reason in get_args(Reason)] + [
        f"outcome.{outcome}" for outcome in get_args(Outcome)
    ]
    words += [f"joint.{joint}" for joint in get_args(Joint)] + [f"layers.{each}" for each in get_args(Layers)]
    words += [f"weld.{name}" for name in (*QUESTIONS, "table")]
    assert set(words) <= TEXTS["en"].keys()


def test_every_field_of_the_report_header_can_be_filled_in() -> None:
    """But for what belongs to a single film, or is marked on it."""
    from dynawave.reporting.report.header import Company, Header, Technique

    single = Header.model_fields.keys() - {"number", "date", "personnel", "decision", "image_quality"}
    fields = single - {"company", "technique"}
    fields |= {
        f"{part}.{name}"
        for part, kind in (("company", Company), ("technique", Technique))
        for name in kind.model_fields
    }
    assert {f"header.{name}" for name in fields} <= TEXTS["en"].keys()
    form = (PAGE / "report" / "header.js").read_text()
    assert [name for name in fields if f'"{name.split(".")[-1]}"' not in form and f'"{name}"' not in form] == []


def colours() -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): #([0-9a-f]{6});", (PAGE / "style" / "colours.css").read_text()))


def luminance(colour: str) -> float:
    """Relative luminance as in WCAG 2.2."""
    parts = [int(colour[index : index + 2], 16) / 255 for index in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_of_black_and_white_is_21() -> None:
    assert contrast("000000", "ffffff") == pytest.approx(21)


@pytest.mark.parametrize(("pairs", "least"), [(TEXT_ON, 4.5), (SHAPES_ON, 3.0)])
def test_colours_have_the_contrast_of_wcag_aa(pairs: dict[str, tuple[str, ...]], least: float) -> None:
    known = colours()
    found = {(on, ground): contrast(known[on], known[ground]) for on, grounds in pairs.items() for ground in grounds}
    assert {pair: round(ratio, 2) for pair, ratio in found.items() if ratio < least} == {}


def test_every_colour_of_the_style_is_named_once() -> None:
    """A colour that stands elsewhere would escape the check of contrast; black and white labels on films are meant."""
    allowed = {"#fff", "#000", "#07080a"}
    others = [path for path in (PAGE / "style").glob("*.css") if path.name != "colours.css"]
    stray = {colour for path in others for colour in re.findall(r"#[0-9a-f]{3,8}\b", path.read_text())}
    assert stray <= allowed


def test_nothing_inline_that_the_content_security_policy_forbids() -> None:
    html = (PAGE / "index.html").read_text()
    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\bstyle=|\bon\w+=", html) == []
    assert re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|\beval\(|new Function|document\.write", SOURCE) == []


def test_every_script_imports_what_exists() -> None:
    for path in SCRIPTS:
        for target in re.findall(r'from "(\.[^"]+)"', path.read_text()):
            assert (path.parent / target).is_file(), f"{path.name}: {target}"


def test_the_file_picker_offers_what_the_server_takes() -> None:
    from dynawave.inspection.inputs import SUFFIXES

    offered = re.search(r'ACCEPTED = "([^"]+)"', (PAGE / "films" / "upload.js").read_text())
    assert offered and set(offered[1].split(",")) == {*SUFFIXES, ".dcn"}  # DICONDE, too


def test_every_icon_exists() -> None:
    icons = set(re.findall(r'<symbol id="(\w+)"', (PAGE / "icons.svg").read_text()))
    assert set(re.findall(r'icon\("(\w+)"\)', SOURCE)) <= icons


def test_openseadragon_is_the_published_file_and_has_its_licence() -> None:
    folder = PAGE / "vendor" / "openseadragon"
    stated = re.search(r"`([0-9a-f]{64})`", (PAGE / "vendor" / "README.md").read_text())
    assert stated and hashlib.sha256((folder / "openseadragon.min.js").read_bytes()).hexdigest() == stated[1]
    assert "Redistribution and use" in (folder / "LICENSE.txt").read_text()
