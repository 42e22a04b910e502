"""Many simulated films at once: a resumable data set in COCO layout."""

import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from dynawave.datasets.coco import CocoAnnotation, CocoCategory, CocoDataset, CocoImage, write_coco
from dynawave.errors import DatasetError
from dynawave.images.files import written_aside
from dynawave.rle import encode
from dynawave.simulate.film import quiet_threads
from dynawave.simulate.formats import FORMATS
from dynawave.simulate.modalities import Simulated, Spec, modality_of
from dynawave.simulate.records import FilmSpec
from dynawave.taxonomy import CLASSES, SURFACE_CLASSES

CATEGORY_IDS: Final = {flaw.name: number for number, flaw in enumerate((*CLASSES, *SURFACE_CLASSES), 1)}


def simulate_dataset(
    out: Path,
    count: int,
    seed: int,
    spec: Spec | None = None,
    workers: int = 1,
    on_film: Callable[[int], None] = lambda index: None,
    file_format: str = "png",
) -> Path:
    """Simulate films 0 to `count` - 1 of a series into a data set folder; films already finished are kept.

    Args:
        out: folder; gets `images/`, `films/` (one record a film) and, last of all, `coco.json`.
        count: number of films.
        seed: number of the series.
        spec: what films, or pictures of another modality, to draw.
        workers: processes.
        on_film: called with each film's number when it is finished.
        file_format: of the images, one of `formats.FORMATS`.

    Returns:
        Path of `coco.json`.

    Raises:
        DatasetError: the folder holds films of another series, specification or format, or cannot be written.
    """
    spec = spec or FilmSpec()
    series = json.dumps({"seed": seed, "spec": asdict(spec), "format": file_format}, sort_keys=True)
    try:
        (out / "images").mkdir(parents=True, exist_ok=True)
        (out / "films").mkdir(exist_ok=True)
        stamp = out / "series.json"
        if stamp.exists() and stamp.read_text() != series:
            raise DatasetError(f"{out}: holds films of another seed, specification or format.")
        _write(stamp, series)
        missing = [k for k in range(count) if not _record_path(out, k).exists()]
        for index in set(range(count)) - set(missing):
            on_film(index)
        for index in _finished(out, seed, missing, spec, file_format, workers):
            on_film(index)
        return _join(out, count, spec)
    except OSError as error:
        raise DatasetError(f"{out}: cannot be written ({error.strerror or error}).") from error


def _finished(out: Path, seed: int, missing: list[int], spec: Spec, file_format: str, workers: int) -> Iterator[int]:
    """Make the missing films; yield the number of each when it is done."""
    if workers == 1:
        for index in missing:
            _make(out, seed, index, spec, file_format)
            yield index
        return
    # a forked child would inherit OpenCV's threads as locks that nobody opens
    with ProcessPoolExecutor(workers, get_context("spawn"), quiet_threads) as pool:
        jobs = {pool.submit(_make, out, seed, index, spec, file_format): index for index in missing}
        try:
            for job in as_completed(jobs):
                job.result()
                yield jobs[job]
        finally:
            pool.shutdown(cancel_futures=True)


def _record_path(out: Path, index: int) -> Path:
    return out / "films" / f"{index:06d}.json"


def _write(path: Path, content: str | bytes) -> None:
    with written_aside(path) as aside:
        aside.write_bytes(content.encode() if isinstance(content, str) else content)


def _make(out: Path, seed: int, index: int, spec: Spec, file_format: str) -> None:
    """Simulate one film and write its image, then its record, which marks it as finished."""
    film = modality_of(spec).simulate(seed, index, spec)
    form = FORMATS[file_format]
    record = describe(film, seed, index, form.suffix)
    _write(out / record["image"]["file_name"], form.encode(film, record["image"]["film"]))
    _write(_record_path(out, index), json.dumps(record))


def describe(film: Simulated, seed: int, index: int, suffix: str = ".png") -> dict[str, Any]:
    """The film's COCO image entry and annotations; ids of annotations are given when films are joined."""
    height, width = film.pixels.shape[:2]
    annotations = []
    for flaw in film.flaws:
        (x, y), (rows, columns) = flaw.offset, flaw.mask.shape
        depth = {"depth_mm": flaw.depth_mm, "height_mm": flaw.height_mm}
        annotations.append(
            {
                "image_id": index + 1,
                "category_id": CATEGORY_IDS[flaw.flaw.name],
                "bbox": [x, y, columns, rows],
                "area": int(flaw.mask.sum()),
                "iscrowd": 0,
                "segmentation": encode(flaw.mask, flaw.offset, (height, width)),
                "iso6520": flaw.flaw.iso6520,
                "length_mm": round(flaw.length_mm, 3),
                "width_mm": round(flaw.width_mm, 3),
                "cnr": round(flaw.cnr, 2),
                **{key: round(value, 3) for key, value in depth.items() if value is not None},
            }
        )
    image = {
        "id": index + 1,
        "file_name": f"images/{index:06d}{suffix}",
        "width": width,
        "height": height,
        "pixel_size_mm": film.pixel_size_mm,
        "film": f"simulated-{seed}-{index:06d}",
        "context": asdict(film.context),
    }
    return {"image": image, "annotations": annotations}


def _join(out: Path, count: int, spec: Spec) -> Path:
    """Write `coco.json` from the films' records."""
    records = [json.loads(_record_path(out, index).read_text()) for index in range(count)]
    return write_coco(gather(out, records, spec), out)


def gather(root: Path, records: Iterable[dict[str, Any]], spec: Spec) -> CocoDataset:
    """The data set of films from what `describe` says of each."""
    images, annotations = zip(*((record["image"], record["annotations"]) for record in records), strict=True)
    return CocoDataset(
        root=root,
        images=tuple(CocoImage(**image) for image in images),
        categories=tuple(
            CocoCategory(id=CATEGORY_IDS[c.name], name=c.name, iso6520=c.iso6520) for c in modality_of(spec).classes
        ),
        annotations=tuple(CocoAnnotation(id=number, **a) for number, a in enumerate(chain(*annotations), 1)),
    )
