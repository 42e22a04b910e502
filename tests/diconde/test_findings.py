"""What `dynawave inspect` wrote is read as it was found."""

import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from diconde_films import FOUND, HEIGHT, INDICATIONS, MODEL, PIXELS, WIDTH
from dynawave.diconde.findings import findings, read_findings
from dynawave.errors import DatasetError
from dynawave.records import Indication, Inspection, WeldImage
from dynawave.reporting.folder import ReportFolder


@pytest.fixture
def inspection() -> Inspection:
    image = WeldImage(PIXELS, Path("films/weld.dcm"), 0.05, "file")
    return Inspection(image, INDICATIONS, MODEL, 0.1, (), np.zeros((HEIGHT, WIDTH), np.float32))


@pytest.fixture
def results(inspection: Inspection, tmp_path: Path) -> Path:
    folder = ReportFolder(tmp_path, MODEL, [one.flaw for one in INDICATIONS])
    folder.add(inspection, "weld.dcm")
    folder.add(replace(inspection, image=replace(inspection.image, page=2), indications=()), "weld.dcm")
    folder.close(True)
    return tmp_path


def test_an_inspection(inspection: Inspection) -> None:
    found = findings(inspection, FOUND)
    assert (found.indications, found.model, found.height, found.width) == (INDICATIONS, MODEL, HEIGHT, WIDTH)
    assert found.disposition(INDICATIONS[0]) == "HOLD"


def test_a_folder_gives_back_what_was_found(results: Path) -> None:
    (path, first), (_, second) = read_findings(results)
    assert (path, first.page, second.page) == (Path("films/weld.dcm"), None, 2)
    assert (first.model, first.pixel_size_mm, second.indications) == (MODEL, 0.05, ())
    for ours, read in zip(INDICATIONS, first.indications, strict=True):
        x, y = read.mask_offset[0] - ours.mask_offset[0], read.mask_offset[1] - ours.mask_offset[1]
        rows, columns = read.mask.shape
        assert (
            np.array_equal(read.mask, ours.mask[y : y + rows, x : x + columns]) and read.mask.sum() == ours.mask.sum()
        )
        for name in {f.name for f in fields(Indication)} - {"mask", "mask_offset"}:
            assert getattr(read, name) == pytest.approx(getattr(ours, name)) if name == "score" else True
            if name not in ("score", "box", "spread"):
                assert getattr(read, name) == getattr(ours, name), name


def test_a_depth_that_a_person_has_written_there(results: Path) -> None:
    file = results / "inspection.json"
    document = json.loads(file.read_text())
    document["images"][0]["indications"][1]["depth_mm"] = 0.4
    file.write_text(json.dumps(document))
    assert [dict(found.depths) for _, found in read_findings(results)] == [{INDICATIONS[1].id: 0.4}, {}]


@pytest.mark.parametrize("name", ["inspection.json", "coco.json"])
def test_a_folder_that_is_not_whole(results: Path, name: str) -> None:
    (results / name).write_text("{}")
    with pytest.raises(DatasetError, match=name):
        list(read_findings(results))
    (results / name).unlink()
    with pytest.raises(DatasetError, match=name):
        list(read_findings(results))


def test_masks_of_another_run(results: Path) -> None:
    text = (results / "coco.json").read_text()
    (results / "coco.json").write_text(text.replace('"indication": 3', '"indication": 33'))
    with pytest.raises(DatasetError, match=r"coco.json: has no mask of indication 3 of films/weld.dcm"):
        list(read_findings(results))
