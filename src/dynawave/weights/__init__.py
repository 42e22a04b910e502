"""The weights that come with the package, found by name, and any other ONNX file, found by its path.

Each is `NAME.onnx` (inspection), `NAME.safetensors` (further training) and `NAME.md` (model card) in this folder.
"""

from pathlib import Path
from typing import Final

from dynawave.errors import WeightsError

FOLDER: Final = Path(__file__).parent


def shipped() -> list[Path]:
    """The ONNX files that come with the package, by name."""
    return sorted(FOLDER.glob("*.onnx"))


def find(weights: str | Path) -> Path:
    """The ONNX file of a shipped name such as "film", or of a path.

    Text that ends in ".onnx" or has a folder in it is a path.

    Raises:
        WeightsError: there is no such file, or no such name.
    """
    path = Path(weights)
    if path.suffix == ".onnx" or path.parent != Path():
        if not path.is_file():
            raise WeightsError(f"{path}: there is no such weights file.")
        return path
    for candidate in shipped():
        if candidate.stem == str(weights):
            return candidate
    names = ", ".join(p.stem for p in shipped()) or "none"
    raise WeightsError(f"{weights}: no weights of this name come with the package (there are: {names}).")
