import json
from pathlib import Path
from typing import Any

import pytest

from dynawave.datasets.coco import load_coco, write_coco
from dynawave.errors import DatasetError


def test_what_is_written_reads_the_same(films: Path, document: dict[str, Any]) -> None:
    dataset = load_coco(films)
    write_coco(dataset, films)
    assert load_coco(films / "coco.json") == dataset
    assert [p.name for p in films.iterdir() if p.is_file()] == ["coco.json"]
    written = json.loads((films / "coco.json").read_text())
    assert written["annotations"][0]["welder"] == "B7"
    assert written["annotations"][0]["segmentation"]["counts"] == document["annotations"][0]["segmentation"]["counts"]
    assert written["categories"] == document["categories"]


def test_images_find_their_annotations_film_and_file(films: Path) -> None:
    dataset = load_coco(films)
    first, second = dataset.images
    assert [a.id for a in dataset.annotations_of(first)] == [1, 2]
    assert (first.group, second.group) == ("A", "b")
    assert dataset.path(second).is_file()
    assert dataset.class_index == {3: 0, 7: 1}
    part = dataset.subset((second,))
    assert [a.id for a in part.annotations] == [3] and part.categories == dataset.categories


def test_plain_run_lengths_become_compressed(films: Path, document: dict[str, Any]) -> None:
    document["annotations"][0]["segmentation"] = {"size": [40, 60], "counts": [2390, 10]}
    (films / "coco.json").write_text(json.dumps(document))
    segmentation = load_coco(films).annotations[0].segmentation
    assert segmentation is not None and isinstance(segmentation.counts, str)  # type: ignore[union-attr]


def test_a_box_that_rounding_pushed_out_is_clipped(films: Path, document: dict[str, Any]) -> None:
    document["annotations"][0]["bbox"] = [-0.4, 10, 61, 4]
    (films / "coco.json").write_text(json.dumps(document))
    assert load_coco(films).annotations[0].bbox == (0, 10, 60, 4)


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (("annotations", 1, "bbox"), [50, 8, 16, 6], "annotation 2 has the box .* not within its image of 60 x 40"),
        (("annotations", 1, "bbox"), [-9, 8, 16, 6], "annotation 2 has the box"),
        (("annotations", 1, "bbox"), [1, 8, 0, 6], r"annotations\[1\]\.bbox\[2\]: input should be greater than 0"),
        (("annotations", 1, "bbox"), [1, 8, float("nan"), 6], "finite"),
        (("annotations", 1, "bbox"), [1, 8, 3], r"annotations\[1\]\.bbox"),
        (("annotations", 1, "image_id"), 9, "annotation 2 names image 9, which is unknown"),
        (("annotations", 1, "category_id"), 1, "annotation 2 names category 1, which is unknown"),
        (("annotations", 1, "id"), 1, "annotation id 1 is used more than once"),
        (("images", 1, "id"), 1, "image id 1 is used more than once"),
        (("images", 1, "context"), {"thickness_mm": "thick"}, r"images\[1\]\.context\.thickness_mm"),
        (("images", 1, "context"), {"voltage_kv": float("inf")}, r"images\[1\]\.context\.voltage_kv.*finite"),
        (("images", 1, "width"), 0, r"images\[1\]\.width"),
        (("images", 1, "file_name"), "images/c.png", "image 2 names images/c.png, which is not there"),
        (("images", 1, "file_name"), "../b.png", "outside the set's folder"),
        (("images", 1, "file_name"), "/etc/hostname", "outside the set's folder"),
        (("images", 1, "file_name"), "..\\b.png", "outside the set's folder"),
        (("images", 1, "file_name"), "", r"images\[1\]\.file_name"),
        (("annotations", 1, "segmentation"), [[1, 2, 3]], "three or more pairs"),
        (("annotations", 0, "segmentation"), {"size": [40, 60], "counts": "\u00e9"}, "annotations"),
        (("images",), "none", "images: input should be a valid list"),
    ],
)  # fmt: skip
def test_a_fault_is_named_in_one_sentence(
    films: Path, document: dict[str, Any], path: tuple[Any, ...], value: Any, reason: str
) -> None:
    place: Any = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    (films / "coco.json").write_text(json.dumps(document))
    with pytest.raises(DatasetError, match=reason) as error:
        load_coco(films)
    assert str(error.value).startswith(str(films / "coco.json")) and "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "\udcff", "[" * 100_000])
def test_a_file_that_is_no_coco_json(tmp_path: Path, text: str) -> None:
    (tmp_path / "coco.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(DatasetError, match=r"coco\.json"):
        load_coco(tmp_path)


def test_a_folder_without_the_file(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be read"):
        load_coco(tmp_path)
