"""Write what was found on a film as the objects that an archive takes."""

from collections.abc import Sequence
from pathlib import Path

from pydicom.dataset import Dataset

from dynawave.diconde.annotated import annotated
from dynawave.diconde.film import Film, read_film
from dynawave.diconde.findings import Findings
from dynawave.diconde.report import report
from dynawave.diconde.segmentation import segmentations
from dynawave.errors import ImageError
from dynawave.images.dicom import quiet
from dynawave.images.files import written_aside
from dynawave.images.read import told_in_one_sentence


def export_film(path: Path, pages: Sequence[Findings], out: Path, stem: str | None = None) -> list[Path]:
    """Write the segmentation, the structured report and the annotated copy of one film.

    Args:
        path: the film, a DICOM file.
        pages: what was found on it; one for each frame where it has several.
        out: folder for the files, made if it is missing.
        stem: what their names begin with; by default the film's own stem.

    Returns:
        The files: `STEM.seg.dcm` (none where nothing was found; `STEM.seg2.dcm` and so on hold masks that overlap those
        before), `STEM.sr.dcm`, `STEM.diconde.dcm`. Of frame 3 of several: `STEM-3.seg.dcm`.

    Raises:
        ImageError: the film cannot be read or referred to, or what was found is not of a film of its size.
        DynaWaveError: a file cannot be written.

    Example:
        >>> export_film(Path("weld.dcm"), [found], Path("out"))  # doctest: +SKIP
        [PosixPath('out/weld.seg.dcm'), PosixPath('out/weld.sr.dcm'), PosixPath('out/weld.diconde.dcm')]
    """
    film = read_film(path)
    for findings in pages:
        _check(film, findings)
    with told_in_one_sentence(str(path)), quiet():
        objects = _objects(film, pages, stem or path.stem)
    return [_write(dataset, out / f"{name}.dcm") for name, dataset in objects.items()]


def _objects(film: Film, pages: Sequence[Findings], stem: str) -> dict[str, Dataset]:
    """All objects of a film, by the stems of their files."""
    objects: dict[str, Dataset] = {}
    for findings in pages:
        name = stem if findings.page is None else f"{stem}-{findings.page}"
        segmented = segmentations(film, findings)
        objects |= {f"{name}.seg{n if n > 1 else ''}": written for n, (written, _) in enumerate(segmented, 1)}
        objects[f"{name}.sr"] = report(film, findings, segmented)
    return objects | {f"{stem}.diconde": annotated(film, pages)}


def _check(film: Film, findings: Findings) -> None:
    """Whether these findings can be those of this film."""
    size = int(film.header.Columns), int(film.header.Rows)
    if size != (findings.width, findings.height):
        raise ImageError(
            f"{film.path}: is {size[0]} x {size[1]} px large, but the results are of {findings.width} x "
            f"{findings.height} px: they are of another film."
        )
    if not 1 <= (findings.page or 1) <= film.frames:
        raise ImageError(f"{film.path}: has no frame {findings.page}, of which there are results.")


def _write(dataset: Dataset, file: Path) -> Path:
    with written_aside(file) as aside:
        dataset.save_as(aside, enforce_file_format=True)
    return file
