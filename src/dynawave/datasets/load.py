"""Open an annotated set of whatever layout training and evaluation accept, and name it by its content."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from dynawave.datasets.coco import FILE_NAME, CocoDataset, load_coco
from dynawave.datasets.gdxray import read_gdxray
from dynawave.datasets.published.magnetic_tile import is_magnetic_tile, read_magnetic_tile
from dynawave.datasets.published.ml_ndt import is_ml_ndt, read_ml_ndt
from dynawave.datasets.published.neu_det import is_neu_det, read_neu_det
from dynawave.datasets.published.neu_seg import is_neu_seg, read_neu_seg
from dynawave.datasets.published.parts import is_melt_pools, is_pipe_weld, read_melt_pools, read_pipe_weld
from dynawave.datasets.published.riawelc import is_riawelc, read_riawelc
from dynawave.datasets.published.severstal import is_severstal, read_severstal
from dynawave.datasets.published.swrd import is_swrd, read_swrd
from dynawave.datasets.published.tofd import is_tofd, read_tofd
from dynawave.datasets.published.uhcs import is_uhcs, read_uhcs
from dynawave.datasets.split import select_parts
from dynawave.errors import DatasetError

DATA_ROOT: Final = Path(os.environ.get("DYNAWAVE_DATA", "../shared/data"))
"""Where published sets are looked for, each in the folder of its name."""


def _is_own(source: Path) -> bool:
    return source.is_file() or (source / FILE_NAME).is_file()


def _is_gdxray(source: Path) -> bool:
    return (source / "W0001").is_dir() or source.name == "W0001"


LAYOUTS: Final[tuple[tuple[Callable[[Path], bool], Callable[[Path], CocoDataset]], ...]] = (
    (_is_own, load_coco),
    (_is_gdxray, read_gdxray),
    (is_melt_pools, read_melt_pools),
    (is_pipe_weld, read_pipe_weld),
    (is_neu_seg, read_neu_seg),
    (is_uhcs, read_uhcs),
    (is_tofd, read_tofd),
    (is_ml_ndt, read_ml_ndt),
    (is_neu_det, read_neu_det),
    (is_magnetic_tile, read_magnetic_tile),
    (is_riawelc, read_riawelc),
    (is_swrd, read_swrd),
    (is_severstal, read_severstal),
)
"""How each layout is known by its folders, and its reader; the first that fits reads. See docs/data.md."""


def load_dataset(path: Path, split: str | None = None) -> CocoDataset:
    """Read a set in our COCO layout (a folder, or the COCO file itself) or in one of the published `LAYOUTS`.

    Args:
        path: its folder; "#" and the names of parts may follow, as in `neu-seg#train` or `uhcs#fold1,fold2`.
        split: the parts to read, in place of those behind the "#"; None: all of the set.

    Raises:
        DatasetError: the folder has no known layout, does not follow it, or has no such part.
        ImageError: an image that has to be looked at cannot be read.
    """
    if "#" in path.name and not path.exists():
        folder, _, named = str(path).rpartition("#")
        path, split = Path(folder), split or named
    read = next((read for fits, read in LAYOUTS if fits(path)), None)
    if read is None:
        raise DatasetError(
            f"{path}: holds neither {FILE_NAME} nor a set in a published layout that is known (see docs/data.md and "
            "`dynawave data convert`)."
        )
    dataset = read(path)
    return select_parts(dataset, split.split(",")) if split else dataset


def data_hash(dataset: CocoDataset) -> str:
    """SHA-256 over names, sizes in bytes and annotations: the same set gives the same hash wherever it lies."""
    digest = hashlib.sha256()
    for image in dataset.images:
        digest.update(f"{image.file_name} {dataset.path(image).stat().st_size}\n".encode())
        for annotation in dataset.annotations_of(image):
            digest.update(annotation.model_dump_json().encode())
    return digest.hexdigest()
