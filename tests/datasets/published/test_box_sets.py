"""Sets with boxes, outlines or masks of single flaws."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dynawave.datasets.load import load_dataset
from dynawave.datasets.published.severstal import read_severstal
from dynawave.datasets.split import films
from dynawave.errors import DatasetError, ImageError

from .conftest import REAL, XML, Draw, class_mask, draw_neu_det


def test_pipe_welds_are_joined_under_new_numbers(pipes: Path) -> None:
    dataset = load_dataset(pipes)
    assert [(i.id, i.file_name, i.split) for i in dataset.images] == [
        (1, "train/a.jpg", "train"), (2, "train/b.jpg", "train"), (3, "train/c.jpg", "train"), (4, "val/d.jpg", "val")
    ]  # fmt: skip
    assert [a.image_id for a in dataset.annotations] == [1, 2, 3, 4]
    assert {a.category_id for a in dataset.annotations} == {2} and dataset.categories[1].name == "crater"
    assert [image.group for image in dataset.images] == ["a", "a", "c", "d"]
    assert "not to be redistributed" in dataset.about.terms


def test_melt_pools_are_split_by_slice(melt_pools: Path) -> None:
    dataset = load_dataset(melt_pools)
    assert [image.group for image in dataset.images] == ["SliceA", "SliceA", "SliceB"]
    assert [image.split for image in dataset.images] == ["train", "train", "val"]
    assert class_mask(dataset, dataset.images[0]).sum() == 6
    assert films(load_dataset(melt_pools, "val")) == ["SliceB"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"file_name": "../../etc/passwd"}, r"outside the set's folder"),
        ({"file_name": "x/e.jpg"}, r"names x/e\.jpg, which is not in val"),
        (None, r"val\.json: is not JSON"),
    ],
)
def test_hostile_coco_files_are_refused(pipes: Path, change: dict[str, Any] | None, reason: str) -> None:
    file = pipes / "val.json"
    document = json.loads(file.read_text())
    if change:
        document["images"][0] |= change
    file.write_text(json.dumps(document)[: None if change else 40])
    with pytest.raises(DatasetError, match=reason) as error:
        load_dataset(pipes)
    assert "\n" not in str(error.value)


def test_parts_of_other_classes_are_refused(pipes: Path) -> None:
    file = pipes / "val.json"
    file.write_text(file.read_text().replace("crater", "hole"))
    with pytest.raises(DatasetError, match=r"has the classes \['good', 'hole'\]"):
        load_dataset(pipes)


@pytest.mark.parametrize("layout", ["kaggle", "authors"])
def test_neu_det_in_both_layouts(tmp_path: Path, draw: Draw, layout: str) -> None:
    draw_neu_det(tmp_path, draw, layout)
    dataset = load_dataset(tmp_path)
    assert [a.bbox for a in dataset.annotations] == [(1, 2, 10, 5)] * 2
    assert [dataset.categories[a.category_id - 1].name for a in dataset.annotations] == ["crazing", "rolled-in_scale"]
    assert [i.split for i in dataset.images] == (["train", "val"] if layout == "kaggle" else [None, None])
    next(tmp_path.rglob("crazing_1.xml")).write_text(XML.format("rust"))
    with pytest.raises(DatasetError, match=r"crazing_1\.xml: names rust"):
        load_dataset(tmp_path)


@pytest.mark.parametrize("first_published", [False, True])
def test_severstal_runs_go_down_the_columns(tmp_path: Path, draw: Draw, first_published: bool) -> None:
    draw(tmp_path / "train_images" / "a.jpg", 1)
    draw(tmp_path / "train_images" / "b.jpg", 2)
    rows = ["ImageId_ClassId,EncodedPixels", "a.jpg_1,", "a.jpg_3,1 2 31 2", "b.jpg_4,"]
    if not first_published:
        rows = ["ImageId,ClassId,EncodedPixels", "a.jpg,3,1 2 31 2"]
    (tmp_path / "train.csv").write_text("\n".join(rows))
    dataset = load_dataset(tmp_path)
    assert len(dataset.images) == 2 and dataset.about.research_only
    mask = np.zeros((30, 40), int)
    mask[:2, :2] = 3  # pixels 1, 2 of column 0, and 31, 32: the first two of column 1
    assert (class_mask(dataset, dataset.images[0]) == mask).all()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("a.jpg,3,1 2 31", "not pairs"),
        ("a.jpg,3,0 2", "not pairs"),
        ("a.jpg,3,-5 2", "not pairs"),
        ("a.jpg,3,1 99999999999999999999", "not pairs"),
        ("a.jpg,3,1199 3", "leave its 40 x 30 pixels"),
        ("a.jpg,5,1 2", "class 5, which is not 1 to 4"),
        ("a.jpg,x,1 2", "line 2 is not a row"),
        ("a.jpg", "line 2 is not a row"),
        ("../../etc/passwd,1,1 2", r"names \.\./\.\./etc/passwd, which is not in train_images"),
    ],
)
def test_severstal_faults(tmp_path: Path, draw: Draw, row: str, reason: str) -> None:
    draw(tmp_path / "train_images" / "a.jpg", 1)
    (tmp_path / "train.csv").write_text(f"ImageId,ClassId,EncodedPixels\n{row}\n")
    with pytest.raises(DatasetError, match=reason) as error:
        read_severstal(tmp_path)
    assert "train.csv" in str(error.value) and "\n" not in str(error.value)


def test_swrd_crops_of_one_radiograph_are_one_film(swrd: Path) -> None:
    dataset = load_dataset(swrd)
    assert [image.group for image in dataset.images] == ["DJ-RT-1", "DJ-RT-1"]
    assert [a.bbox for a in dataset.annotations[:2]] == [(2, 3, 6, 4), (30, 20, 10, 8)]
    assert [a.iso6520 for a in dataset.annotations[:2]] == [2011, 100]
    label = swrd / "crop_weld_data" / "crop_weld_jsons" / "L" / "1" / "B_DJ-RT-1.json"
    label.write_text(label.read_text().replace("\\u6c14\\u5b54", "rust"))
    with pytest.raises(DatasetError, match="names rust, which is no class"):
        load_dataset(swrd)
    label.write_text('{"shapes": [')
    with pytest.raises(DatasetError, match=r"B_DJ-RT-1\.json: is not a LabelMe file"):
        load_dataset(swrd)


def test_riawelc_is_dealt_anew_by_film_without_copies(riawelc: Path) -> None:
    dataset = load_dataset(riawelc)
    assert len(dataset.images) == 24 and len(dataset.annotations) == 16
    assert dataset.about.labels == "image" and all(a.bbox == (0, 0, 40, 30) for a in dataset.annotations)
    assert films(dataset) == [f"RRT-{film}R" for film in range(8)]
    parts = [set(films(load_dataset(riawelc, part))) for part in ("train", "val", "test")]
    assert [len(part) for part in parts] == [5, 2, 1]
    assert not parts[0] & parts[1] and not parts[0] & parts[2] and not parts[1] & parts[2]


def test_ml_ndt_scans_are_pages_of_their_container(scans: Path) -> None:
    dataset = load_dataset(scans)
    data = np.fromfile(scans / "ABC.bins", "<u2").reshape(3, 256, 256)
    for number, image in enumerate(dataset.images):
        assert (dataset.picture(image).pixels == data[number]).all()
    assert [image.file_name for image in dataset.images] == ["ABC.bins#1", "ABC.bins#2", "ABC.bins#3"]
    assert [(a.image_id, a.height_mm) for a in dataset.annotations] == [(1, 3.5), (3, 1.25)]
    assert {image.group for image in dataset.images} == {"ABC"}


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("ABC.bins", "", "has 0 bytes"),
        ("ABC.bins", "x" * 131_073, "has 131073 bytes, which are not 1 to 10000 scans"),
        ("ABC.labels", "1 3.5\n0 0", "not 3 lines of two numbers"),
        ("ABC.labels", "1\n0\n1", "not 3 lines of two numbers"),
        ("ABC.labels", "1 3.5\n0 0\n2 1", "not 0 or 1"),
        ("ABC.labels", "1 nan\n0 0\n1 1", "no length"),
        ("ABC.labels", "a b", "cannot be read as numbers"),
    ],
)
def test_ml_ndt_faults(scans: Path, name: str, text: str, reason: str) -> None:
    (scans / name).write_text(text)
    with pytest.raises(DatasetError, match=reason):
        load_dataset(scans)


def test_a_container_that_shrinks_is_told(scans: Path) -> None:
    dataset = load_dataset(scans)
    with (scans / "ABC.bins").open("r+b") as file:
        file.truncate(200_000)
    with pytest.raises(ImageError, match=r"ABC\.bins#2: is cut off"):
        dataset.picture(dataset.images[1])


def test_an_unknown_layout_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"holds neither coco\.json nor a set in a published layout"):
        load_dataset(tmp_path)


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "images", "annotations", "groups"),
    [("nasa-meltpools", 231, 1262, 7), ("ml-ndt", 10, 7, 1)],
)
def test_real_sets(name: str, images: int, annotations: int, groups: int) -> None:
    if not (REAL / name).is_dir():
        pytest.skip(f"DYNAWAVE_DATA has no {name}")
    dataset = load_dataset(REAL / name)
    assert (len(dataset.images), len(dataset.annotations), len(films(dataset))) == (images, annotations, groups)
    assert dataset.about.terms
