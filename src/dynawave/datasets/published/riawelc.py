"""RIAWELC: windows of weld radiographs, each of one class as a whole.

Totino et al., RIAWELC: a novel dataset of radiographic images for automatic weld defects classification (2022),
https://github.com/stefyste/RIAWELC. Folders `training`, `validation`, `testing`, in each `Difetto1` (lack of
penetration), `Difetto2` (porosity), `Difetto4` (cracks) and `NoDifetto`, with files such as
`RRT-13R_Img1_A80_S3_[10][11].png`: radiograph, image, and row and column of the window. The folders' meaning is stated
in https://github.com/thfmn/riawelc-rs (`scripts/00_rename_folders.py`).
"""

from collections import defaultdict
from pathlib import Path
from typing import Final

from dynawave.datasets.about import About
from dynawave.datasets.coco import CocoDataset
from dynawave.datasets.collector import Collector, image_files
from dynawave.datasets.faults import one_by_one, remark
from dynawave.datasets.likeness import look
from dynawave.images import read_image

ABOUT: Final = About(
    name="RIAWELC",
    terms="RIAWELC: free for research, to be cited; no licence is stated.",
    research_only=True,
    labels="image",
)
PARTS: Final = ("training", "validation", "testing")
SOUND: Final = "nodifetto"
FOLDERS: Final = {"difetto1": "lack_of_penetration", "difetto2": "cavity", "difetto4": "crack", SOUND: ""}
"""Class of each folder, in small letters; porosity is a cavity of no certain kind."""

SHARES: Final = {"train": 0.6, "val": 0.2, "test": 0.2}


def is_riawelc(source: Path) -> bool:
    """Whether a folder has this layout."""
    return any(_classes(source / part) for part in PARTS)


def read_riawelc(source: Path) -> CocoDataset:
    """Read the set anew: windows that are there twice once, and whole radiographs in each part.

    The published parts share their radiographs, and all windows of the test are in the training part too: the parts
    here are dealt by film (the name up to "_Img"), the largest first, each to the part that lacks most of its share of
    windows (60, 20 and 20 %). Copies of a window under different classes are left out, for nobody knows which is right.

    Raises:
        DatasetError: the set does not follow its layout.
        ImageError: an image cannot be read.
    """
    collector = Collector(source, [name for name in FOLDERS.values() if name], ABOUT)
    windows = _windows(source)
    films: dict[str, int] = defaultdict(int)
    for copies in windows.values():
        films[_film(copies[0][0])] += 1
    parts = _deal(films)
    for (_, size), copies in windows.items():
        file, name = copies[0]
        if len(copies) > 1:
            remark("copies of one image", f"{file}: is there {len(copies)} times, such as {copies[1][0]}.")
        if len({kind for _, kind in copies}) > 1:
            remark("copies of different classes", f"{file}: is of another class in {copies[-1][0]}.")
            continue
        film = _film(file)
        image = collector.add_image(file, size, film, split=parts[film])
        if name:
            collector.add_whole(file, image, name)
    return collector.dataset()


def _windows(source: Path) -> dict[tuple[bytes, tuple[int, int]], list[tuple[Path, str]]]:
    """File and class of each copy, by the pixels and size (width, height) of the window."""
    found: dict[tuple[bytes, tuple[int, int]], list[tuple[Path, str]]] = defaultdict(list)
    for part in PARTS:
        for folder, name in _classes(source / part):
            for file in image_files(folder):
                with one_by_one():
                    pixels = read_image(file).pixels
                    found[look(pixels).digest, (pixels.shape[1], pixels.shape[0])].append((file, name))
    return found


def _classes(part: Path) -> list[tuple[Path, str]]:
    """Folders of a part with their class, "" for sound metal."""
    folders = sorted(part.iterdir()) if part.is_dir() else []
    return [(folder, FOLDERS[folder.name.lower()]) for folder in folders if folder.name.lower() in FOLDERS]


def _film(file: Path) -> str:
    return file.stem.partition("_Img")[0]


def _deal(films: dict[str, int]) -> dict[str, str]:
    """Part of each film."""
    total, given = sum(films.values()), dict.fromkeys(SHARES, 0)
    parts = {}
    for film in sorted(films, key=lambda name: (-films[name], name)):
        part = max(SHARES, key=lambda each: SHARES[each] * total - given[each])
        parts[film] = part
        given[part] += films[film]
    return parts
