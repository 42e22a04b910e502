import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dynawave.datasets.coco import load_coco
from dynawave.datasets.convert import convert
from dynawave.errors import DatasetError, DynaWaveError


def test_a_coco_set_keeps_its_images_bit_by_bit_and_its_flaws(films: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    made = convert("coco", films / "coco.json", out)
    loaded = load_coco(out)
    assert loaded == made and loaded.annotations == load_coco(films).annotations
    assert [image.file_name for image in loaded.images] == ["images/a.png", "images/b.png"]
    for name in ("a.png", "b.png"):
        assert (out / "images" / name).read_bytes() == (films / "images" / name).read_bytes()
    assert sorted(p.name for p in out.parent.iterdir()) == ["out"]  # nothing else stays


def test_a_published_set_keeps_its_terms_and_parts_and_its_scans_become_images(tmp_path: Path) -> None:
    source = tmp_path / "training"
    source.mkdir()
    scans = np.random.default_rng(0).integers(0, 9000, (2, 256, 256)).astype("<u2")
    (source / "A.bins").write_bytes(scans.tobytes())
    (source / "A.labels").write_text("1 2.5\n0 0\n")
    convert("published", Path(f"{tmp_path}#train"), tmp_path / "out")
    loaded = load_coco(tmp_path / "out")
    assert [image.file_name for image in loaded.images] == ["images/A.bins-1.png", "images/A.bins-2.png"]
    assert all((loaded.picture(image).pixels == scan).all() for image, scan in zip(loaded.images, scans, strict=True))
    assert loaded.about.terms == "ML-NDT: LGPL-3.0." and loaded.about.labels == "image"
    assert {image.split for image in loaded.images} == {"train"} and loaded.annotations[0].height_mm == 2.5


def test_images_are_found_where_other_tools_put_them(films: Path, document: dict[str, Any]) -> None:
    (films / "annotations").mkdir()
    (films / "images").rename(films / "train")
    for image in document["images"]:
        image["file_name"] = f"./data/train/{Path(image['file_name']).name}"
    (films / "annotations" / "train.json").write_text(json.dumps(document))
    convert("coco", films / "annotations" / "train.json", films / "out")
    assert len(load_coco(films / "out").annotations) == 3
    (films / "train" / "b.png").unlink()
    with pytest.raises(DatasetError, match=r"b\.png, which is nowhere near"):
        convert("coco", films / "annotations" / "train.json", films / "again")


def test_equal_file_names_of_two_folders_stay_apart(films: Path, document: dict[str, Any]) -> None:
    (films / "other").mkdir()
    (films / "images" / "b.png").rename(films / "other" / "a.png")
    document["images"][1]["file_name"] = "other/a.png"
    (films / "coco.json").write_text(json.dumps(document))
    convert("coco", films / "coco.json", films / "out")
    assert len({image.file_name for image in load_coco(films / "out").images}) == 2
    assert len(list((films / "out" / "images").iterdir())) == 2


def test_a_pattern_names_the_film(films: Path) -> None:
    made = convert("coco", films / "coco.json", films / "out", film="^(.)")
    assert [image.group for image in made.images] == ["a", "b"]
    with pytest.raises(DatasetError, match="does not match"):
        convert("coco", films / "coco.json", films / "none", film="slice-[0-9]+")
    assert not (films / "none").exists() and not list(films.glob(".none*"))


def test_an_existing_folder_and_a_missing_source_are_refused(films: Path) -> None:
    with pytest.raises(DatasetError, match="is there already"):
        convert("coco", films / "coco.json", films)
    with pytest.raises(DatasetError, match="is not there"):
        convert("coco", films / "nothing.json", films / "out")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_place_is_refused(films: Path, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    with pytest.raises(DynaWaveError, match="cannot be written"):
        convert("coco", films / "coco.json", locked / "out")


def test_a_place_below_a_file_is_refused(films: Path) -> None:
    with pytest.raises(DynaWaveError, match="cannot be written"):
        convert("coco", films / "coco.json", films / "coco.json" / "out")
