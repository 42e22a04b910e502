"""YOLO, VOC and mask folders: the same two flaws on one film, in each layout."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from dynawave.datasets.masks import read_mask_folders, read_masks
from dynawave.datasets.raster import instance_map
from dynawave.datasets.voc import read_voc
from dynawave.datasets.yolo import read_yolo
from dynawave.errors import DatasetError

PORE, SLAG = (10, 20, 8, 6), (40, 5, 30, 4)


def image(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.arange(100 * 50, dtype=np.uint16).reshape(50, 100))
    return path


def boxes(dataset) -> dict[str, tuple[float, ...]]:
    names = {category.id: category.name for category in dataset.categories}
    return {names[a.category_id]: tuple(round(v, 3) for v in a.bbox) for a in dataset.annotations}


@pytest.fixture
def yolo(tmp_path: Path) -> Path:
    image(tmp_path / "images" / "train" / "a.png")
    image(tmp_path / "images" / "val" / "b.png")
    (tmp_path / "classes.txt").write_text("gas_pore\nslag_inclusion\n")
    (tmp_path / "labels" / "train").mkdir(parents=True)
    (tmp_path / "labels" / "train" / "a.txt").write_text(
        "0 0.14 0.46 0.08 0.12\n\n1 0.4 0.1 0.7 0.1 0.7 0.18 0.4 0.18\n"
    )
    return tmp_path


def test_yolo_boxes_and_polygons(yolo: Path) -> None:
    dataset = read_yolo(yolo)
    assert boxes(dataset) == {"gas_pore": PORE, "slag_inclusion": SLAG}
    assert [c.iso6520 for c in dataset.categories] == [2011, 301] and len(dataset.images) == 2
    polygon = dataset.annotations[1]
    assert polygon.area == pytest.approx(120) and (instance_map(dataset, dataset.images[0])[0] == 2).sum() == 120


@pytest.mark.parametrize("name", ["classes.json", "data.yaml"])
def test_yolo_names_from_other_files(yolo: Path, name: str) -> None:
    (yolo / "classes.txt").unlink()
    texts = {"classes.json": '{"0": "gas_pore", "1": "mine"}', "data.yaml": "nc: 2\nnames: [gas_pore, mine]\n"}
    (yolo / name).write_text(texts[name])
    assert set(boxes(read_yolo(yolo))) == {"gas_pore", "mine"}
    (yolo / name).write_text("[1")
    with pytest.raises(DatasetError, match=name):
        read_yolo(yolo)
    (yolo / name).unlink()
    assert set(boxes(read_yolo(yolo))) == {"class_0", "class_1"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("0 0.1 0.2 0.3", "line 1 is neither a box nor a polygon"),
        ("0 0.1 0.2 0.3 nan", "line 1 is neither a box nor a polygon"),
        ("pore 0.1 0.2 0.3 0.3", "line 1 is not a row of numbers"),
        ("5 0.1 0.2 0.1 0.1", "line 1 names class 5, which is unknown"),
        ("0 0.9 0.2 0.5 0.1", "not within its image of 100 x 50"),
    ],
)
def test_yolo_faults_are_named(yolo: Path, line: str, reason: str) -> None:
    (yolo / "labels" / "train" / "a.txt").write_text(line)
    with pytest.raises(DatasetError, match=reason) as error:
        read_yolo(yolo)
    assert "a.txt" in str(error.value)


VOC = """<annotation><filename>a.png</filename>
<object><name>slag</name><bndbox><xmin>41</xmin><ymin>6</ymin><xmax>70</xmax><ymax>9</ymax></bndbox></object>
<object><name>gas_pore</name><bndbox><xmin>11</xmin><ymin>21</ymin><xmax>18</xmax><ymax>26</ymax></bndbox></object>
</annotation>"""


@pytest.mark.parametrize(("images", "labels"), [("JPEGImages", "Annotations"), (".", ".")])
def test_voc_counts_from_one_and_includes_the_last_pixel(tmp_path: Path, images: str, labels: str) -> None:
    image(tmp_path / images / "a.png")
    image(tmp_path / images / "sound.png")
    (tmp_path / labels).mkdir(exist_ok=True)
    (tmp_path / labels / "a.xml").write_text(VOC)
    dataset = read_voc(tmp_path)
    assert boxes(dataset) == {"gas_pore": PORE, "slag": SLAG} and len(dataset.images) == 2


@pytest.mark.parametrize(
    "text",
    ["", "<annotation>", VOC.replace("<xmin>41</xmin>", ""), VOC.replace(">41<", ">x<"), VOC.replace("70", "170")],
)
def test_voc_faults_are_named(tmp_path: Path, text: str) -> None:
    image(tmp_path / "a.png")
    (tmp_path / "a.xml").write_text(text)
    with pytest.raises(DatasetError, match=r"a\.xml"):
        read_voc(tmp_path)


def mask(values: dict[int, tuple[int, int, int, int]]) -> np.ndarray:
    made = np.zeros((50, 100), np.uint8)
    for value, (x, y, w, h) in values.items():
        made[y : y + h, x : x + w] = value
    return made


def write_mask(root: Path, pixels: np.ndarray, name: str = "a.png") -> None:
    image(root / "images" / "a.png")
    (root / "masks").mkdir(exist_ok=True)
    cv2.imwrite(str(root / "masks" / name), pixels)


@pytest.mark.parametrize("value", [1, 255])
def test_a_binary_mask_is_of_the_class_flaw(tmp_path: Path, value: int) -> None:
    made = mask({value: PORE})
    made[40, 90] = value
    write_mask(tmp_path, made)
    dataset = read_mask_folders(tmp_path)
    assert [(c.name, c.id) for c in dataset.categories] == [("flaw", 1)]
    assert sorted(a.bbox for a in dataset.annotations) == [PORE, (90, 40, 1, 1)]
    assert ((instance_map(dataset, dataset.images[0])[0] > 0) == (made > 0)).all()


def test_values_are_classes_and_255_is_unknown_ground(tmp_path: Path) -> None:
    made = mask({50: PORE, 150: SLAG, 255: (0, 40, 5, 5)})
    write_mask(tmp_path, made)
    assert boxes(read_mask_folders(tmp_path)) == {"class_50": PORE, "class_150": SLAG}
    (tmp_path / "classes.json").write_text('{"0": "sound", "50": "gas_pore", "150": "slag_inclusion"}')
    assert boxes(read_mask_folders(tmp_path)) == {"gas_pore": PORE, "slag_inclusion": SLAG}
    (tmp_path / "classes.json").write_text('{"50": "gas_pore"}')
    with pytest.raises(DatasetError, match=r"a\.png: holds the value 150, which is no class"):
        read_mask_folders(tmp_path)


def test_arrays_are_masks_too_but_never_pickles(tmp_path: Path) -> None:
    write_mask(tmp_path, mask({}))
    (tmp_path / "masks" / "a.png").unlink()
    np.save(tmp_path / "masks" / "a.npy", mask({1: PORE}).astype(np.int64))
    assert boxes(read_mask_folders(tmp_path)) == {"flaw": PORE}
    np.save(tmp_path / "masks" / "a.npy", np.array([[{}]], object))
    with pytest.raises(DatasetError, match="without objects"):
        read_mask_folders(tmp_path)


def test_masks_are_found_by_number_where_stems_differ(tmp_path: Path) -> None:
    image(tmp_path / "films" / "data_12.png")
    (tmp_path / "truth").mkdir()
    for number in (2, 12, 112):
        cv2.imwrite(str(tmp_path / "truth" / f"Label_{number}.png"), mask({1: PORE}) if number == 12 else mask({}))
    assert boxes(read_masks(tmp_path / "films", tmp_path / "truth")) == {"flaw": PORE}


def test_mask_faults_are_named(tmp_path: Path) -> None:
    image(tmp_path / "images" / "a.png")
    with pytest.raises(DatasetError, match="has no folder of masks"):
        read_mask_folders(tmp_path)
    write_mask(tmp_path, mask({}), "b.png")
    with pytest.raises(DatasetError, match=r"a\.png: has no mask"):
        read_mask_folders(tmp_path)
    for pixels, reason in ((np.zeros((50, 100, 3), np.uint8), "8-bit grey"), (np.zeros((9, 9), np.uint8), "9 x 9")):
        write_mask(tmp_path, pixels)
        with pytest.raises(DatasetError, match=reason):
            read_mask_folders(tmp_path)
    (tmp_path / "masks" / "a.png").write_bytes(b"")
    with pytest.raises(DatasetError, match="cannot be read"):
        read_mask_folders(tmp_path)
