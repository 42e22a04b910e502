import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from dynawave.cli.main import app
from dynawave.datasets.check import check
from dynawave.datasets.faults import gather, refuse
from dynawave.errors import DatasetError


def texture(seed: int) -> np.ndarray:
    small = np.random.default_rng(seed).integers(20, 230, (8, 8)).astype(np.uint8)
    return cv2.resize(small, (60, 40), interpolation=cv2.INTER_CUBIC)


@pytest.fixture
def document() -> dict[str, Any]:
    """Six images of three films in two parts, with a box each."""
    return {
        "info": {"name": "ours", "terms": "Ours: no limits."},
        "images": [
            {"id": k, "file_name": f"{k}.png", "width": 60, "height": 40, "film": f"film{k // 2}",
             "split": "train" if k < 4 else "test"} for k in range(6)
        ],
        "categories": [{"id": 1, "name": "crack", "iso6520": 100}],
        "annotations": [{"id": k, "image_id": k, "category_id": 1, "bbox": [5, 6, 7, 8], "area": 56} for k in range(6)],
    }  # fmt: skip


def write(folder: Path, document: dict[str, Any]) -> Path:
    folder.mkdir(exist_ok=True)
    for image in document["images"]:
        if not (folder / image["file_name"]).exists() and image["file_name"] != "gone.png":
            cv2.imwrite(str(folder / image["file_name"]), texture(image["id"]))
    (folder / "coco.json").write_text(json.dumps(document))
    return folder


def kinds(*folders: Path) -> list[str]:
    return [finding.kind for finding in check(folders).findings]


def test_a_clean_set_has_no_findings(tmp_path: Path, document: dict[str, Any]) -> None:
    report = check([write(tmp_path / "set", document)])
    assert report.findings == []
    summary = report.sets[0]
    assert (summary.images, summary.films, summary.annotations, summary.terms) == (6, 3, 6, "Ours: no limits.")
    assert summary.parts == {"train": 4, "test": 2}


@pytest.mark.parametrize(
    ("copy", "of", "changed", "kind"),
    [
        (5, 0, lambda a: a, "copies in different parts"),
        (2, 0, lambda a: a, "copies in different films"),
        (1, 0, lambda a: a, None),  # one film: no leak
        (5, 0, lambda a: a[::-1] // 2 + 9, "near-duplicates in different parts"),
        (3, 1, lambda a: a[:, ::-1], "near-duplicates in different films"),
        (1, 0, lambda a: a[:, ::-1], None),
    ],
)
def test_copies_leak_between_parts_and_films(  # type: ignore[no-untyped-def]
    tmp_path: Path, document: dict[str, Any], copy: int, of: int, changed, kind: str | None
) -> None:
    folder = write(tmp_path / "set", document)
    cv2.imwrite(str(folder / f"{copy}.png"), changed(texture(of)))
    findings = check([folder]).findings
    assert [finding.kind for finding in findings] == ([kind] if kind else [])
    if kind:
        assert f"{of}.png" in findings[0].sentence and f"{copy}.png" in findings[0].sentence


def test_a_film_in_two_parts_leaks(tmp_path: Path, document: dict[str, Any]) -> None:
    document["images"][5]["film"] = "film0"
    report = check([write(tmp_path / "set", document)])
    assert [finding.kind for finding in report.findings] == ["film in several parts"]


def test_two_folders_are_two_parts(tmp_path: Path, document: dict[str, Any]) -> None:
    first, second = write(tmp_path / "a", document), write(tmp_path / "b", document)
    assert kinds(first, second) == ["copies in different parts"] * 6
    document["categories"][0]["name"] = "rift"
    assert kinds(first, write(tmp_path / "b", document))[0] == "classes that differ"


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"bbox": [50, 30, 20, 5]}, "box outside its image"),
        ({"bbox": [5, 6, 0, 5]}, "empty or inverted box"),
        ({"bbox": [5, 6, 5, -5]}, "empty or inverted box"),
        ({"bbox": [5, 6, 5]}, "empty or inverted box"),
        ({"image_id": 77}, "annotation of an image that is not there"),
        ({"category_id": 7}, "annotation of an unknown class"),
        ({"id": 0}, "invalid entry"),
        ({"area": "large"}, "invalid entry"),
    ],
)
def test_each_faulty_annotation_is_found_and_the_rest_still_read(
    tmp_path: Path, document: dict[str, Any], change: dict[str, Any], kind: str
) -> None:
    document["annotations"][2] |= change
    document["annotations"][4]["bbox"] = [-30, 6, 5, 5]
    report = check([write(tmp_path / "set", document)])
    assert sorted(finding.kind for finding in report.findings) == sorted([kind, "box outside its image"])
    assert report.sets[0].images == 6


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"file_name": "gone.png"}, "image that is not there"),
        ({"file_name": "../../x.png"}, "path that leaves the set"),
        ({"width": 50}, "image of another size"),
    ],
)
def test_each_faulty_image_is_found(
    tmp_path: Path, document: dict[str, Any], change: dict[str, Any], kind: str
) -> None:
    folder = write(tmp_path / "set", document)
    document["images"][3] |= change
    (folder / "coco.json").write_text(json.dumps(document))
    assert kind in kinds(folder)


def test_images_and_sets_that_cannot_be_read_are_named(tmp_path: Path, document: dict[str, Any]) -> None:
    folder = write(tmp_path / "set", document)
    (folder / "2.png").write_bytes((folder / "2.png").read_bytes()[:200])
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "coco.json").write_text('{"images": [')
    findings = check([folder, tmp_path / "broken", tmp_path / "none"]).findings
    assert [finding.kind for finding in findings] == ["set that cannot be read"] * 2 + ["image that cannot be read"]
    assert "2.png: is cut off" in findings[2].sentence


def test_the_command_prints_and_writes_the_report(tmp_path: Path, document: dict[str, Any]) -> None:
    folder = write(tmp_path / "set", document)
    clean = CliRunner().invoke(app, ["data", "check", str(folder)])
    assert clean.exit_code == 0 and "Nothing found" in clean.output
    cv2.imwrite(str(folder / "5.png"), texture(0))
    result = CliRunner().invoke(app, ["data", "check", str(folder), "--json", str(tmp_path / "leaks.json")])
    assert result.exit_code == 1 and "copies in different parts" in result.output
    written = json.loads((tmp_path / "leaks.json").read_text())
    assert len(written["findings"]) == 1 and written["sets"][0]["name"] == "ours"


def test_faults_raise_unless_they_are_gathered() -> None:
    with gather() as faults:
        refuse("kind", "a sentence.")
    assert [(fault.kind, fault.sentence) for fault in faults] == [("kind", "a sentence.")]
    with pytest.raises(DatasetError, match="a sentence"):
        refuse("kind", "a sentence.")
