"""Which images a user means by files and folders."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from dynawave.errors import DynaWaveError

SUFFIXES: Final = frozenset({".png", ".tif", ".tiff", ".jpg", ".jpeg", ".dcm", ".dicom", ".dic"})
"""Files that a folder is searched for, in any letter case; a file that is named is tried whatever its suffix."""

EXPLANATION: Final = ".explanation.png"
"""How the pictures of an explanation end."""

OUTPUTS: Final = (".overlay.png", ".probability.png", ".classes.png", EXPLANATION)
"""What an inspection or an explanation wrote is no film to inspect."""


class Input(NamedTuple):
    """A file and a name for it, of which no two are the same."""

    path: Path
    name: str


def asked_inputs(paths: Sequence[Path]) -> list[Input]:
    """As `find_inputs`, of what a user asked for: a file that is missing beside others is one of them.

    Raises:
        DynaWaveError: nothing that was named is there, or no image is.
    """
    names = ", ".join(map(str, paths))
    if not any(path.exists() for path in paths):
        raise DynaWaveError(f"{names}: no such file or folder.")
    if not (inputs := find_inputs(paths)):
        raise DynaWaveError(f"{names}: there are no images in there.")
    return inputs


def find_inputs(paths: Iterable[Path]) -> list[Input]:
    """The images of files and folders (with the folders in them), each once, a folder's in alphabetic order.

    An image's name is its path within the folder that the user gave, or the file's own name; where two would have the
    same name, it is the path as given.
    """
    found: dict[Path, Input] = {}
    names: set[str] = set()
    for given in paths:
        for path in _images(given) if given.is_dir() else [given]:
            if path.resolve() in found:
                continue
            name = path.relative_to(given).as_posix() if given.is_dir() else path.name
            found[path.resolve()] = Input(path, path.as_posix() if name in names else name)
            names.add(name)
    return list(found.values())


def _images(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES
        and not path.name.endswith(OUTPUTS)
        and not path.name.startswith(".")
        and path.is_file()
    )
