"""Are the flaws found that were recorded when the welds were cut? Zero-shot on the whole films of GDXray's W0003.

Inspects the films with every released version of `film` (from git's history) and any further weights, compares the
calls with `real_values.csv` by ISO 6520 family and cell of 1 cm, and writes a page of tables. The first inspection of
a weights file takes about 10 minutes of one core; it is kept in the run folder.

Example:
    python -m benchmarks.records --weights runs/film-next/model.onnx --out docs/results/records.md
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
from rich.progress import track

from benchmarks.records.alignment import outlined, placed
from benchmarks.records.cells import film_cells
from benchmarks.records.inspections import Inspected, released
from benchmarks.records.report import Version, page
from benchmarks.records.seams import seam_of
from benchmarks.records.truth import Flaw, read_records
from dynawave.datasets.load import DATA_ROOT
from dynawave.images.files import write_bytes

RELEASED: Final = "src/dynawave/weights/film.onnx"


def main() -> None:
    """Read the command line, inspect what is missing, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = DATA_ROOT / "gdxray-welds"
    parser.add_argument(
        "--weights", nargs="*", default=[], help="further shipped names or ONNX files, last on the page"
    )
    parser.add_argument("--data", type=Path, default=here, help="GDXray root (DYNAWAVE_DATA/gdxray-welds)")
    parser.add_argument("--runs", type=Path, default=Path("runs/records"), help="keeps inspections (%(default)s)")
    parser.add_argument("--out", type=Path, default=Path("docs/results/records.md"))
    given = parser.parse_args()
    cv2.setNumThreads(1)
    records = read_records(given.data / "W0003" / "real_values.csv")
    with tempfile.TemporaryDirectory() as folder:
        models = [Inspected(str(file), given.runs) for file in released(RELEASED, Path(folder))]
    models += [Inspected(name, given.runs) for name in given.weights]
    versions = [version(model, given.data, records) for model in last_of_each(models)]
    command = " ".join(["python -m benchmarks.records", *(["--weights", *given.weights] if given.weights else [])])
    write_bytes(given.out, page(versions, outlined(given.data, records), command).encode())


def last_of_each(models: Sequence[Inspected]) -> list[Inspected]:
    """The last file released under each version number, and no file twice."""
    files = {model.model.sha256: model for model in models}
    return list({(model.model.name, model.model.version): model for model in files.values()}.values())


def version(model: Inspected, root: Path, records: dict[str, list[Flaw]]) -> Version:
    """What a weights file says of every recorded film, and of the outlined ones."""
    paths = [root / "W0003" / f"{film}.png" for film in records]
    calls = model.calls(paths, lambda films: track(films, model.name))
    sorted_calls = sorted(calls.items())
    return Version(
        model.name,
        model.revision,
        model.threshold,
        tuple(film_cells(film, seam_of(film), records[film], found) for film, found in sorted_calls),
        tuple(placed(seam_of(film), records[film], found) for film, found in sorted_calls),
        model.outlined(root),
    )


if __name__ == "__main__":
    main()
