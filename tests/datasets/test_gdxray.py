import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from dynawave.datasets.gdxray import FOLDS, PARENTS, film_of, read_gdxray
from dynawave.datasets.raster import instance_map
from dynawave.errors import DatasetError

REAL = Path(os.environ.get("DYNAWAVE_DATA", Path(__file__).parents[3] / "shared" / "data")) / "gdxray-welds"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    mask = np.zeros((30, 50), np.uint8)
    mask[2:4, 3:6] = mask[4, 6] = 255  # they touch at a corner: one flaw
    mask[10:12, 10:15] = 255
    for folder, pixels in (("W0001", np.arange(1500, dtype=np.uint8).reshape(30, 50)), ("W0002", mask)):
        (tmp_path / folder).mkdir()
        cv2.imwrite(str(tmp_path / folder / f"{folder}_0003.png"), pixels)
    (tmp_path / "W0001" / "ground_truth.txt").write_text(
        "3.0e+00 3.5e+00 7.5e+00 2.5e+00 5.5e+00\n3 10.5 15.5 10.5 12.5"
    )
    return tmp_path


def test_components_of_the_mask_are_the_flaws(root: Path) -> None:
    dataset = read_gdxray(root)
    assert [a.bbox for a in dataset.annotations] == [(3, 2, 4, 3), (10, 10, 5, 2)]
    assert [a.area for a in dataset.annotations] == [7, 10]
    assert [c.name for c in dataset.categories] == ["flaw"]
    image = dataset.images[0]
    assert (image.pixel_size_mm, image.film, image.split) == (0.0403, "W0003_0030", "fold2")
    mask = cv2.imread(str(root / "W0002" / "W0002_0003.png"), cv2.IMREAD_UNCHANGED)
    assert ((instance_map(dataset, image)[0] > 0) == (mask > 0)).all()


def test_boxes_alone_have_the_order_x1_x2_y1_y2(root: Path) -> None:
    (root / "W0002" / "W0002_0003.png").unlink()
    (root / "W0002").rmdir()
    dataset = read_gdxray(root)
    assert [a.bbox for a in dataset.annotations] == [(3, 2, 4, 3), (10, 10, 5, 2)]
    assert dataset.annotations[0].segmentation is None


def test_a_folder_of_films_gives_images_only(root: Path) -> None:
    dataset = read_gdxray(root / "W0002")
    assert len(dataset.images) == 1 and not dataset.annotations


def test_a_crop_and_its_film_are_one_film() -> None:
    assert film_of(Path("W0001_0001.png")) == film_of(Path("W0003_0068.png")) == "W0003_0068"
    assert film_of(Path("W0001_0002.png")) == "W0001_0002" and film_of(Path("a.png")) == "a"


def test_every_annotated_film_is_in_one_fold() -> None:
    dealt = [film for fold in FOLDS for film in fold]
    assert len(dealt) == len(set(dealt)) and set(dealt) == {f"W0003_{parent:04d}" for parent in PARENTS.values()}


def test_faults_are_named(root: Path) -> None:
    mask = root / "W0002" / "W0002_0003.png"
    cv2.imwrite(str(mask), np.zeros((30, 40), np.uint8))
    with pytest.raises(DatasetError, match=r"W0002_0003\.png: is 40 x 30 pixels, its image 50 x 30"):
        read_gdxray(root)
    mask.unlink()
    with pytest.raises(DatasetError, match=r"W0001_0003\.png: has no mask"):
        read_gdxray(root)
    (root / "W0002").rmdir()
    (root / "W0001" / "ground_truth.txt").write_text("3 1 2\n")
    with pytest.raises(DatasetError, match=r"ground_truth\.txt: is not a table"):
        read_gdxray(root)
    with pytest.raises(DatasetError, match="is not a folder"):
        read_gdxray(root / "nowhere")
    (root / "empty").mkdir()
    with pytest.raises(DatasetError, match="holds no images"):
        read_gdxray(root / "empty")


@pytest.mark.data
@pytest.mark.skipif(not REAL.is_dir(), reason="DYNAWAVE_DATA has no gdxray-welds")
def test_the_real_masks_give_the_published_boxes(tmp_path: Path) -> None:
    (tmp_path / "W0001").symlink_to(REAL.resolve() / "W0001")
    masks, boxes = read_gdxray(REAL), read_gdxray(tmp_path)
    assert len(masks.images) == 7 and len(masks.annotations) == 457
    assert {(a.image_id, a.bbox) for a in masks.annotations} == {(a.image_id, a.bbox) for a in boxes.annotations}
