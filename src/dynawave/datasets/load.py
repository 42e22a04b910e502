"""Open an annotated set of whatever layout training and evaluation accept, and name it by its content."""

import hashlib
from pathlib import Path

from dynawave.datasets.coco import FILE_NAME, CocoDataset, load_coco
from dynawave.datasets.gdxray import read_gdxray
from dynawave.errors import DatasetError


def load_dataset(path: Path) -> CocoDataset:
    """Read a folder in our COCO layout (or the COCO file itself), or the root of the GDXray welds.

    Raises:
        DatasetError: it is neither, or does not follow its layout.
    """
    if path.is_file() or (path / FILE_NAME).is_file():
        return load_coco(path)
    if (path / "W0001").is_dir() or path.name == "W0001":
        return read_gdxray(path)
    raise DatasetError(f"{path}: holds neither {FILE_NAME} nor the GDXray folder W0001; see `dynawave data convert`.")


def data_hash(dataset: CocoDataset) -> str:
    """SHA-256 over names, sizes in bytes and annotations: the same set gives the same hash wherever it lies."""
    digest = hashlib.sha256()
    for image in dataset.images:
        digest.update(f"{image.file_name} {dataset.path(image).stat().st_size}\n".encode())
        for annotation in dataset.annotations_of(image):
            digest.update(annotation.model_dump_json().encode())
    return digest.hexdigest()
