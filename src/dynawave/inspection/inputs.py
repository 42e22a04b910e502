"""Which images a user means by files and folders."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

SUFFIXES: Final = frozenset({".png", ".tif", ".tiff", ".jpg", ".jpeg", ".dcm", ".dicom", ".dic"})
"""Files that a folder is searched for, in any letter case; a file that is named is tried whatever its suffix."""

OUTPUTS: Final = (".overlay.png", ".probability.png", ".classes.png")
"""What an inspection wrote is no film to inspect."""


class Input(NamedTuple):
    """A file, and its name: the path within the folder that the user gave, or the file's own name."""

    path: Path
    name: str


def find_inputs(paths: Iterable[Path]) -> Iterator[Input]:
    """The images of files and folders (with their folders), each once, a folder's in alphabetic order."""
    seen: set[Path] = set()
    for given in paths:
        for path in _images(given) if given.is_dir() else [given]:
            if (real := path.resolve()) not in seen:
                seen.add(real)
                yield Input(path, path.relative_to(given).as_posix() if given.is_dir() else path.name)


def _images(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES
        and not path.name.endswith(OUTPUTS)
        and not path.name.startswith(".")
        and path.is_file()
    )
