"""Small sets of our own drawing in the layouts of published ones."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from dynawave.datasets.coco import CocoDataset, CocoImage
from dynawave.datasets.raster import annotation_mask, instance_map

Draw = Callable[..., NDArray[np.uint8]]

REAL = Path(os.environ.get("DYNAWAVE_DATA", Path(__file__).parents[4] / "shared" / "data"))


@pytest.fixture
def draw() -> Draw:
    """Draw a file: texture of a seed, or the given pixels; and give back the pixels."""

    def drawn(path: Path, pixels: NDArray[np.uint8] | int, size: tuple[int, int] = (40, 30)) -> NDArray[np.uint8]:
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(pixels, int):
            coarse = np.random.default_rng(pixels).integers(20, 230, (6, 8), np.uint8)
            pixels = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
        assert cv2.imwrite(str(path), pixels)
        return pixels

    return drawn


RNG = np.random.default_rng(4)


def patched(values: list[int], size: tuple[int, int] = (40, 30)) -> np.ndarray:
    """A mask of patches that touch at sides and corners, and of a single pixel."""
    width, height = size
    coarse = RNG.choice(np.array([0, 0, *values], np.uint8), (height // 10, width // 10))
    mask = np.kron(coarse, np.ones((10, 10), np.uint8))
    mask[3, 4] = values[0]
    return mask


def coco(names: list[str], classes: list[str], box: list[float], first: int = 1) -> dict[str, Any]:
    """A COCO document with one box an image."""
    ids = range(first, first + len(names))
    return {
        "images": [{"id": k, "file_name": name, "width": 40, "height": 30} for k, name in zip(ids, names, strict=True)],
        "categories": [{"id": k, "name": name} for k, name in enumerate(classes)],
        "annotations": [
            {"id": k, "image_id": k, "category_id": len(classes) - 1, "bbox": box, "area": 6, "iscrowd": 0} for k in ids
        ],
    }


@pytest.fixture
def pipes(tmp_path: Path, draw: Draw) -> Path:
    for part, names, first in (("train", ["a.jpg", "b.jpg", "c.jpg"], 1), ("val", ["d.jpg"], 2)):
        for name in names:
            draw(tmp_path / part / name, ord(name[0]) if name != "b.jpg" else ord("a"))
        document = coco(names, ["good", "crater"], [1, 2, 3, 2], first)
        (tmp_path / f"{part}.json").write_text(json.dumps(document))
    return tmp_path


@pytest.fixture
def melt_pools(tmp_path: Path, draw: Draw) -> Path:
    for part, names in (("train", ["SliceA_0_0_9.png", "SliceA_4_0_9.png"]), ("validation", ["SliceB_0_0_9.png"])):
        for name in names:
            draw(tmp_path / part / name, sum(name.encode()))
        (tmp_path / "annotations").mkdir(exist_ok=True)
        document = coco([f"./data/{part}/{name}" for name in names], ["melt pool"], [1, 2, 3, 2])
        document["annotations"][0]["segmentation"] = [[1, 2, 4, 2, 4, 4, 1, 4]]
        (tmp_path / "annotations" / f"{part}.json").write_text(json.dumps(document))
    return tmp_path


BOX = "<bndbox><xmin>2</xmin><ymin>3</ymin><xmax>11</xmax><ymax>7</ymax></bndbox>"
XML = f"<annotation><object><name>{{}}</name>{BOX}</object></annotation>"


def draw_neu_det(tmp_path: Path, draw: Draw, layout: str) -> None:
    """One of the two layouts."""
    for part, name in (("train", "crazing_1"), ("validation", "rolled-in_scale_9")):
        kind = name.rpartition("_")[0]
        root = tmp_path / part if layout == "kaggle" else tmp_path
        image = root / "images" / kind if layout == "kaggle" else root / "IMAGES"
        draw(image / f"{name}.jpg", len(name))
        labels = root / ("annotations" if layout == "kaggle" else "ANNOTATIONS")
        labels.mkdir(exist_ok=True)
        (labels / f"{name}.xml").write_text(XML.format(kind))


@pytest.fixture
def neu_det(tmp_path: Path, draw: Draw) -> Path:
    draw_neu_det(tmp_path, draw, "kaggle")
    return tmp_path


@pytest.fixture
def swrd(tmp_path: Path, draw: Draw) -> Path:
    shapes = [
        {"label": "气孔", "points": [[2, 3], [8, 3], [8, 7], [2, 7]], "shape_type": "polygon"},
        {"label": "裂纹", "points": [[30, 20], [44, 28]], "shape_type": "rectangle"},  # cut at the border
        {"label": "焊缝", "points": [[0, 0], [40, 0], [40, 30]], "shape_type": "polygon"},
    ]
    root = tmp_path / "crop_weld_data"
    for name in ("A_DJ-RT-1", "B_DJ-RT-1"):
        draw(root / "crop_weld_images" / "L" / "1" / f"{name}.tif", 3)
        label = root / "crop_weld_jsons" / "L" / "1" / f"{name}.json"
        label.parent.mkdir(parents=True, exist_ok=True)
        label.write_text(json.dumps({"shapes": shapes, "imageWidth": 40, "imageHeight": 30, "imageData": None}))
    label.with_name("A_DJ-RT-2.json").write_text("{}")  # the release lacks images of some labels
    return tmp_path


@pytest.fixture
def riawelc(tmp_path: Path, draw: Draw) -> Path:
    for film in range(8):
        for window in range(3):
            kind = ("Difetto1", "Difetto2", "NoDifetto")[window]
            pixels = draw(
                tmp_path / "training" / kind / f"RRT-{film}R_Img1_A80_S3_[{window}][1].png", 9 * film + window
            )
            if window == 1:
                draw(tmp_path / "testing" / kind / f"RRT-{film}R_Img1_A80_S3_[{window}][1].png", pixels)
    contradiction = draw(tmp_path / "training" / "Difetto4" / "RRT-0R_Img1_A80_S3_[7][1].png", 500)
    draw(tmp_path / "training" / "NoDifetto" / "RRT-0R_Img1_A80_S3_[7][1].png", contradiction)
    return tmp_path


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    (tmp_path / "ABC.bins").write_bytes(rng.integers(0, 9000, (3, 256, 256)).astype("<u2").tobytes())
    (tmp_path / "ABC.labels").write_text("1\t3.5\n0\t0.0\n1\t1.25\n")
    return tmp_path


@pytest.fixture
def neu_seg(tmp_path: Path, draw: Draw) -> Path:
    """Eleven images, each also turned by a quarter."""
    for number in range(11):
        pixels = draw(tmp_path / "images" / "training" / f"{number:06d}.jpg", number, (40, 40))
        draw(tmp_path / "images" / "training" / f"{500 + number:06d}.jpg", np.ascontiguousarray(np.rot90(pixels)))
        for name in (number, 500 + number):
            draw(tmp_path / "annotations" / "training" / f"{name:06d}.png", patched([1, 2, 3], (40, 40)))
    draw(tmp_path / "images" / "test" / "000900.jpg", 900, (40, 40))
    draw(tmp_path / "annotations" / "test" / "000900.png", patched([2], (40, 40)))
    return tmp_path


@pytest.fixture
def uhcs(tmp_path: Path, draw: Draw) -> Path:
    lines = ["name,split"]
    (tmp_path / "labels").mkdir()
    for number in range(6):
        draw(tmp_path / "images" / f"uhcs{number:04d}.tif", number)
        np.save(tmp_path / "labels" / f"uhcs{number:04d}.npy", patched([1, 2, 3]).astype(np.int8))
        lines.append(f"uhcs{number:04d}.tif,{(number + 2) % 6}")
    (tmp_path / "splits").mkdir()
    (tmp_path / "splits" / "split_cv.csv").write_text("\n".join(lines))
    return tmp_path


@pytest.fixture
def tofd(tmp_path: Path, draw: Draw) -> Path:
    for number in (1, 31, 32, 62, 63):
        draw(tmp_path / "data_base" / f"data_{number}.png", number)
        draw(tmp_path / "mask_base" / f"Label_{number}.png", patched([50, 100, 150, 220, 250]))
    draw(tmp_path / "civa_base" / "data_7.png", 7)
    draw(tmp_path / "mask_civa" / "Label_7.png", patched([100, 125, 150, 250]))
    return tmp_path


@pytest.fixture
def magnetic_tile(tmp_path: Path, draw: Draw) -> Path:
    mark = np.zeros((30, 40), np.uint8)
    mark[5:9, 6:20] = 255
    mark[5, 6] = 90  # what lossy tools leave at an edge
    names = {
        "MT_Blowhole": ["exp1_num_1000", "exp2_num_1026", "exp6_num_1130"],
        "MT_Free": ["exp1_num_1135", "exp1_num_9000"],
    }
    for folder, stems in names.items():
        for seed, stem in enumerate(stems):
            draw(tmp_path / folder / "Imgs" / f"{stem}.jpg", seed)
            draw(tmp_path / folder / "Imgs" / f"{stem}.png", mark if folder != "MT_Free" else mark * 0)
    return tmp_path


@pytest.fixture
def severstal(tmp_path: Path, draw: Draw) -> Path:
    draw(tmp_path / "train_images" / "a.jpg", 1)
    draw(tmp_path / "train_images" / "b.jpg", 2)
    (tmp_path / "train.csv").write_text("ImageId,ClassId,EncodedPixels\na.jpg,3,1 2 31 2\n")
    return tmp_path


@pytest.fixture
def gdxray(tmp_path: Path, draw: Draw) -> Path:
    mask = np.zeros((30, 40), np.uint8)
    mask[2:4, 3:6] = 255
    for number in (1, 3):
        draw(tmp_path / "W0001" / f"W0001_{number:04d}.png", number)
        draw(tmp_path / "W0002" / f"W0002_{number:04d}.png", mask)
    return tmp_path


def class_mask(dataset: CocoDataset, image: CocoImage) -> NDArray[np.int64]:
    """The class number of every pixel from all annotations one by one, 0 for the ground."""
    mask = np.zeros((image.height, image.width), np.int64)
    for annotation in dataset.annotations_of(image):
        part, (x, y) = annotation_mask(annotation, image)
        place = mask[y : y + part.shape[0], x : x + part.shape[1]]
        assert not place[part].any(), "annotations overlap"
        place[part] = annotation.category_id
    return mask


def trained_mask(dataset: CocoDataset, image: CocoImage) -> NDArray[np.int64]:
    """The same as training and evaluation see it."""
    instances, classes = instance_map(dataset, image)
    return np.r_[0, classes + 1][instances]
