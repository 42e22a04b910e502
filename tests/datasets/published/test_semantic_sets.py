"""Sets with a class for every pixel."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from dynawave.datasets.coco import CocoDataset
from dynawave.datasets.load import load_dataset
from dynawave.datasets.published.magnetic_tile import read_magnetic_tile
from dynawave.datasets.published.neu_seg import read_neu_seg
from dynawave.datasets.published.tofd import read_tofd
from dynawave.datasets.published.uhcs import read_uhcs
from dynawave.datasets.split import film_folds, films
from dynawave.errors import DatasetError

from .conftest import REAL, Draw, class_mask, patched, trained_mask


def test_neu_seg_regions_give_back_the_masks(neu_seg: Path) -> None:
    dataset = load_dataset(neu_seg)
    assert [c.name for c in dataset.categories] == ["inclusion", "patches", "scratches"]
    assert dataset.about.labels == "semantic" and dataset.about.research_only
    for image in dataset.images:
        file = dataset.path(image)
        mask = cv2.imread(str(neu_seg / "annotations" / file.parent.name / f"{file.stem}.png"), cv2.IMREAD_UNCHANGED)
        assert (class_mask(dataset, image) == mask).all() and (trained_mask(dataset, image) == mask).all()


def test_neu_seg_keeps_turned_copies_together(neu_seg: Path) -> None:
    dataset = read_neu_seg(neu_seg)
    group = {Path(image.file_name).stem: image.group for image in dataset.images}
    assert all(group[f"{number:06d}"] == group[f"{500 + number:06d}"] for number in range(11))
    assert len(set(group.values())) == 12
    parts = {name: load_dataset(neu_seg, name) for name in ("train", "val", "test")}
    assert [len(part.images) for part in parts.values()] == [18, 4, 1]
    assert not set(films(parts["train"])) & set(films(parts["val"]))
    assert read_neu_seg(neu_seg) == dataset


def test_parts_are_named_behind_the_folder(neu_seg: Path) -> None:
    assert len(load_dataset(Path(f"{neu_seg}#val,test")).images) == 5
    with pytest.raises(DatasetError, match="has no part dev; its parts are test, train, val"):
        load_dataset(Path(f"{neu_seg}#dev"))


@pytest.mark.parametrize(
    ("mask", "reason"),
    [
        (patched([4]), r"000003\.png: (is 40 x 30|holds the value 4)"),
        (np.full((40, 40), 7, np.uint8), r"000003\.png: holds the value 7, which is no class"),
        (np.zeros((40, 40, 3), np.uint8), r"000003\.png: is not a mask"),
        (np.zeros((20_000, 30_000), np.uint8), r"000003\.png: is 30000 x 20000 pixels, its image 40 x 40"),
        (None, r"000003\.jpg: has no mask, which would be 000003\.png"),
    ],
)
def test_a_bad_mask_is_told_in_one_sentence(neu_seg: Path, draw: Draw, mask: np.ndarray | None, reason: str) -> None:
    file = neu_seg / "annotations" / "training" / "000003.png"
    file.unlink()
    if mask is not None:
        draw(file, mask)
    with pytest.raises(DatasetError, match=reason) as error:
        load_dataset(neu_seg)
    assert "\n" not in str(error.value)


def test_a_mask_that_is_cut_off_is_refused(neu_seg: Path) -> None:
    file = neu_seg / "annotations" / "training" / "000003.png"
    file.write_bytes(file.read_bytes()[:-14])
    with pytest.raises(DatasetError, match=r"000003\.png: cannot be read as an image"):
        load_dataset(neu_seg)


def test_uhcs_has_its_six_folds(uhcs: Path) -> None:
    dataset = load_dataset(uhcs)
    assert [image.split for image in dataset.images] == [f"fold{k}" for k in (2, 3, 4, 5, 0, 1)]
    assert dataset.about.ground == "ferritic_matrix" and not dataset.about.research_only
    for image in dataset.images:
        assert (class_mask(dataset, image) == np.load(uhcs / "labels" / f"{image.group}.npy")).all()


def test_uhcs_faults(uhcs: Path) -> None:
    table = uhcs / "splits" / "split_cv.csv"
    table.write_text(table.read_text().replace("uhcs0003.tif", "other.tif"))
    with pytest.raises(DatasetError, match=r"split_cv\.csv: has no fold for uhcs0003\.tif"):
        read_uhcs(uhcs)
    table.write_text("name,split\nuhcs0003.tif")
    with pytest.raises(DatasetError, match=r"split_cv\.csv: is not a table"):
        read_uhcs(uhcs)


def test_tofd_sequences_and_merged_internal_flaws(tofd: Path) -> None:
    dataset = load_dataset(tofd)
    names = [c.name for c in dataset.categories]
    assert names == ["near_surface", "near_root", "internal", "volumetric_cluster", "lateral_wave", "back_wall"]
    assert [image.group for image in dataset.images] == [
        "sequence00", "sequence00", "sequence01", "sequence01", "sequence02", "simulated7"
    ]  # fmt: skip
    assert [image.split for image in dataset.images] == ["val"] * 2 + ["train"] * 3 + ["simulated"]
    values = np.zeros(256, np.int64)
    values[[50, 100, 125, 150, 200, 220, 250]] = [1, 2, 3, 3, 4, 5, 6]
    for image in dataset.images:
        file = dataset.path(image)
        folder = {"data_base": "mask_base", "civa_base": "mask_civa"}[file.parent.name]
        mask = cv2.imread(str(tofd / folder / file.name.replace("data", "Label")), cv2.IMREAD_UNCHANGED)
        assert (class_mask(dataset, image) == values[mask]).all()
    for fold in film_folds(load_dataset(tofd, "train,val"), 3):
        assert not set(films(fold.train)) & set(films(fold.test))


def test_tofd_masks_and_scans_belong_together(tofd: Path) -> None:
    (tofd / "data_base" / "data_31.png").unlink()
    with pytest.raises(DatasetError, match=r"Label_31\.png: has no image"):
        read_tofd(tofd)
    (tofd / "mask_base" / "Label_31.png").unlink()
    (tofd / "mask_base" / "Label_1.png").unlink()
    with pytest.raises(DatasetError, match=r"data_1\.png: has no mask"):
        read_tofd(tofd)


def test_magnetic_tile_frames_of_one_tile_are_a_film(magnetic_tile: Path, draw: Draw) -> None:
    dataset = load_dataset(magnetic_tile)
    assert [image.group for image in dataset.images] == ["tile1000"] * 4 + ["tile9000"]
    assert len(dataset.annotations) == 3 and dataset.annotations[0].area == 4 * 14 - 1
    assert dataset.categories[0].name == "MT_Blowhole" and len(dataset.categories) == 5
    draw(magnetic_tile / "MT_Free" / "Imgs" / "photo.jpg", 1)
    with pytest.raises(DatasetError, match="no frame number"):
        read_magnetic_tile(magnetic_tile)


def exact(dataset: CocoDataset, root: Path, every: int) -> int:
    """How many of the real images, of which every so many is tried, do not give back their mask."""
    wrong = 0
    for image in dataset.images[::every]:
        file = dataset.path(image)
        found = class_mask(dataset, image)
        if file.suffix == ".tif":
            mask = np.load(root / "labels" / f"{file.stem}.npy")
        elif root.name == "tofd":
            folder = {"data_base": "mask_base", "civa_base": "mask_civa"}[file.parent.name]
            mask = cv2.imread(str(root / folder / file.name.replace("data", "Label")), cv2.IMREAD_UNCHANGED)
            for number, values in enumerate(([50], [100], [125, 150], [200], [220], [250]), 1):
                mask = np.where(np.isin(mask, values), number, mask)
        else:
            mask = cv2.imread(str(root / "annotations" / "training" / f"{file.stem}.png"), cv2.IMREAD_UNCHANGED)
        wrong += not (found == mask).all()
    return wrong


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize(("name", "images", "groups"), [("neu-seg", 3630, 1076), ("uhcs", 24, 24), ("tofd", 1379, 630)])
def test_real_masks_are_given_back(name: str, images: int, groups: int) -> None:
    if not (REAL / name).is_dir():
        pytest.skip(f"DYNAWAVE_DATA has no {name}")
    dataset = load_dataset(REAL / name)
    assert (len(dataset.images), len(films(dataset))) == (images, groups)
    assert exact(dataset, REAL / name, every=1 if name == "tofd" else 8) == 0
