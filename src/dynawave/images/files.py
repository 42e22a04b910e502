"""Write files aside and rename them when they are whole, so that nothing half-written ever stays behind."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from dynawave.errors import DynaWaveError


@contextmanager
def written_aside(path: Path | str) -> Iterator[Path]:
    """Give a temporary path beside `path` (same suffix); rename it to `path` on success, delete it on failure.

    The folder is made when it is missing. An existing file at `path` stays whole until the new one replaces it.

    Raises:
        DynaWaveError: the folder is read-only, the disk is full, or the like.

    Example:
        >>> import tempfile
        >>> with written_aside(Path(tempfile.mkdtemp()) / "note.txt") as aside:
        ...     _ = aside.write_text("whole")
    """
    path = Path(path)
    aside = path.with_name(f".{uuid4().hex}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield aside
        aside.replace(path)
    except OSError as error:
        raise DynaWaveError(f"{path}: cannot be written ({error.strerror or error}).") from error
    finally:
        # a parent that is no folder can hold no file to remove
        if aside.parent.is_dir():
            aside.unlink(missing_ok=True)


def unique_stem(name: str, taken: set[str]) -> str:
    """The name's stem, with a number after it where it is `taken` (in any letter case); it is then taken.

    Example:
        >>> taken: set[str] = set()
        >>> [unique_stem(name, taken) for name in ("a/x.png", "b/X.tif")]
        ['x', 'X-2']
    """
    stem = base = Path(name).stem
    number = 1
    while stem.lower() in taken:
        number += 1
        stem = f"{base}-{number}"
    taken.add(stem.lower())
    return stem


def write_bytes(path: Path | str, data: bytes) -> None:
    """Write bytes aside, then rename."""
    with written_aside(path) as aside:
        aside.write_bytes(data)


def write_json(path: Path | str, value: Any) -> None:
    """Write JSON (UTF-8, indented) aside, then rename; a NaN raises ValueError, for it is no JSON."""
    write_bytes(path, (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode())


def write_png(path: Path | str, pixels: NDArray[Any]) -> None:
    """Write a grey [height, width] or red-green-blue [height, width, 3] image, uint8 or uint16, aside, then rename."""
    import cv2

    written = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if pixels.ndim == 3 else pixels
    _, data = cv2.imencode(".png", np.ascontiguousarray(written))
    write_bytes(path, data.tobytes())
