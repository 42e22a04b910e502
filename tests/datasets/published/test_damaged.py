"""One damaged file: training and evaluation refuse the set by its name, `dynawave data check` looks at all the rest."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from dynawave.datasets.check import check
from dynawave.datasets.faults import one_by_one
from dynawave.datasets.load import LAYOUTS, load_dataset
from dynawave.errors import DatasetError, DynaWaveError, ImageError

Damage = Callable[[Path], object]
LEAKS = ("copies", "near-duplicates", "film in several")


def cut(file: Path) -> None:
    """Without its end, as a transfer that broke off leaves it."""
    file.write_bytes(file.read_bytes()[:-20])


def broken(file: Path) -> None:
    file.write_text('{"shapes": [<annotation>')


def row(text: str) -> Damage:
    def add(file: Path) -> None:
        file.write_text(f"{file.read_text().rstrip()}\n{text}\n")

    return add


SWRD = "crop_weld_data/crop_weld_jsons/L/1/A_DJ-RT-1.json"
RIAWELC = "training/Difetto1/RRT-3R_Img1_A80_S3_[0][1].png"

CASES = [
    ("gdxray", "W0002/W0002_0003.png", cut, 1),
    ("gdxray", "W0001/W0001_0003.png", cut, 1),
    ("melt_pools", "annotations/validation.json", broken, 1),
    ("pipes", "val.json", broken, 1),
    ("pipes", "train/c.jpg", broken, 1),
    ("neu_seg", "images/training/000003.jpg", broken, 1),
    ("neu_seg", "annotations/training/000003.png", cut, 1),
    ("uhcs", "labels/uhcs0002.npy", cut, 1),
    ("uhcs", "images/uhcs0002.tif", broken, 1),
    ("uhcs", "splits/split_cv.csv", row("uhcs0006.tif,x"), 0),
    ("tofd", "mask_base/Label_32.png", cut, 1),
    ("tofd", "data_base/data_32.png", cut, 1),
    ("scans", "XYZ.bins", cut, 1),
    ("scans", "XYZ.labels", broken, 1),
    ("neu_det", "train/annotations/crazing_1.xml", broken, 1),
    ("neu_det", "train/images/crazing/crazing_1.jpg", broken, 1),
    ("magnetic_tile", "MT_Blowhole/Imgs/exp1_num_1000.png", cut, 1),
    ("magnetic_tile", "MT_Blowhole/Imgs/exp1_num_1000.jpg", broken, 1),
    ("riawelc", RIAWELC, cut, 1),
    ("swrd", SWRD, broken, 1),
    ("severstal", "train_images/a.jpg", broken, 1),
    ("severstal", "train.csv", row("b.jpg,3,1 2 31"), 0),
    ("severstal", "train.csv", row("b.jpg,x,1 2"), 0),
    ("severstal", "train.csv", row("b.jpg,9,1 2"), 0),
]


@pytest.mark.parametrize(("name", "file", "damage", "lost"), CASES, ids=[f"{name}-{file}" for name, file, *_ in CASES])
def test_one_damaged_file_does_not_hide_the_rest(
    request: pytest.FixtureRequest, name: str, file: str, damage: Damage, lost: int
) -> None:
    folder = request.getfixturevalue(name)
    if name == "scans":  # a container beside the one that is damaged
        for suffix in (".bins", ".labels"):
            whole = (folder / f"ABC{suffix}").read_bytes()
            (folder / f"XYZ{suffix}").write_bytes(whole[:131_072] if suffix == ".bins" else b"1 2.5\n")
    before = check([folder])
    damage(folder / file)
    with pytest.raises(DynaWaveError, match=re.escape(Path(file).name)) as error:
        load_dataset(folder)
    after = check([folder])
    assert after.sets[0].images == before.sets[0].images - lost
    faults = [f.sentence for f in after.findings if f not in before.findings and not f.kind.startswith(LEAKS)]
    assert faults == [str(error.value)]


def test_every_published_layout_has_a_damaged_file() -> None:
    own = 1  # whose damaged files are in test_check.py
    assert len({name for name, *_ in CASES}) == len(LAYOUTS) - own


def test_leaks_are_found_beside_a_damaged_file(gdxray: Path) -> None:
    for folder in ("W0001", "W0002"):  # a film of another number, equal to one of another fold
        (gdxray / folder / f"{folder}_0004.png").write_bytes((gdxray / folder / f"{folder}_0001.png").read_bytes())
    cut(gdxray / "W0002" / "W0002_0003.png")
    kinds = [finding.kind for finding in check([gdxray]).findings]
    assert kinds == ["unreadable image or annotations", "copies in different parts"]


def test_what_stops_a_reader_keeps_its_kind_where_nothing_is_gathered() -> None:
    for kind in (ImageError, DatasetError):
        with pytest.raises(kind, match="a sentence"), one_by_one():
            raise kind("a sentence")
