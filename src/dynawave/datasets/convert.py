"""Turn any known layout into ours: `DIR/coco.json` with `DIR/images`, the images as they are."""

import os
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp
from typing import Final

from dynawave.datasets.coco import CocoDataset, CocoImage, parse_coco, read_file, write_coco
from dynawave.datasets.gdxray import read_gdxray
from dynawave.datasets.load import load_dataset
from dynawave.datasets.masks import read_mask_folders
from dynawave.datasets.voc import read_voc
from dynawave.datasets.yolo import read_yolo
from dynawave.errors import DatasetError, DynaWaveError
from dynawave.images.files import write_png

Reader = Callable[[Path], CocoDataset]


def read_any_coco(source: Path) -> CocoDataset:
    """Read a COCO file whose images lie where other tools put them.

    They are looked for under the file's folder, its `images` and the folder of the file's own name, and beside those
    one level up; by their path, else by their bare name.

    Raises:
        DatasetError: the file is not COCO JSON, or an image is nowhere.
    """
    near, above = source.parent, source.absolute().parent.parent
    folders = [near, near / "images", near / source.stem, above / "images", above / source.stem, above]
    parsed = parse_coco(source, near)
    images = []
    for image in parsed.images:
        names = (image.file_name, PurePosixPath(image.file_name).name)
        places = [folder / name for folder in folders for name in names]
        file = next((place for place in places if place.is_file()), None)
        if file is None:
            raise DatasetError(f"{source}: image {image.id} names {image.file_name}, which is nowhere near.")
        images.append(image.model_copy(update={"file_name": file.absolute().relative_to(above).as_posix()}))
    return replace(parsed, root=above, images=tuple(images))


READERS: Final[dict[str, Reader]] = {
    "coco": read_any_coco,
    "gdxray": read_gdxray,
    "masks": read_mask_folders,
    "published": load_dataset,
    "voc": read_voc,
    "yolo": read_yolo,
}


def convert(kind: str, source: Path, out: Path, film: str | None = None) -> CocoDataset:
    """Read a set of some kind and write it in our layout; images are hard-linked where possible, else copied.

    An image of a file of several becomes a PNG of its own.

    Args:
        kind: a key of `READERS`.
        source: what the reader reads.
        out: a new folder, made only when everything is in it.
        film: regular expression; what it matches of a file's stem (its first group, if it has one) names the film,
            specimen or slice that the image belongs to, so that a split keeps these together.

    Raises:
        DatasetError: the source does not follow its layout, or `out` is there already.
    """
    if kind != "published" and not source.exists():  # whose source may name a part, as "neu-seg#train"
        raise DatasetError(f"{source}: is not there.")
    if out.exists():
        raise DatasetError(f"{out}: is there already; name a new folder.")
    dataset = READERS[kind](source)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(mkdtemp(prefix=f".{out.name}.", dir=out.parent))
        try:
            converted = _place(dataset, aside, film)
            write_coco(converted, aside)
            aside.chmod(0o777 & ~_umask())
            aside.rename(out)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        raise DynaWaveError(f"{out}: cannot be written ({error.strerror}).") from error
    return replace(converted, root=out)


def _place(dataset: CocoDataset, folder: Path, film: str | None) -> CocoDataset:
    """The set with its images in `folder/images`."""
    (folder / "images").mkdir()
    names: set[str] = set()
    images: list[CocoImage] = []
    for image in dataset.images:
        path = PurePosixPath(image.file_name.replace("#", "-") + ".png" if image.page else image.file_name)
        name = path.name if path.name not in names else "_".join(path.parts)
        names.add(name)
        _place_image(dataset, image, folder / "images" / name)
        update = {"file_name": f"images/{name}", "page": None, "film": _film(path.stem, film) if film else image.film}
        images.append(image.model_copy(update=update))
    return replace(dataset, root=folder, images=tuple(images), reader=read_file)


def _place_image(dataset: CocoDataset, image: CocoImage, target: Path) -> None:
    if image.page:
        write_png(target, dataset.picture(image).pixels)
        return
    source = dataset.path(image)
    try:
        os.link(source.resolve(), target)
    except OSError:  # another file system, or a source that may not be linked
        shutil.copyfile(source, target)


def _film(stem: str, pattern: str) -> str:
    match = re.search(pattern, stem)
    if not match:
        raise DatasetError(f"{stem}: the film's pattern {pattern} does not match this image.")
    return match[1] if match.re.groups else match[0]


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
