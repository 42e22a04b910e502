"""Files by their SHA-256: written aside, made durable, then renamed, so that a name stands for its whole content."""

import hashlib
import os
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple
from uuid import uuid4

from dynawave.workbench.errors import Unavailable

CHUNK: Final = 1 << 20


class Stored(NamedTuple):
    """A file that is kept, and whether it was not before."""

    sha256: str
    new: bool


class Blobs:
    """Content-addressed files under a folder; no name of a client is ever part of a path."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def tidy(self) -> None:
        """Remove what a server that was killed has left half-written; only while no other writes."""
        for left in self._folder.glob(".*.part"):
            left.unlink(missing_ok=True)

    def path(self, sha256: str) -> Path:
        """Where the content of this hash is."""
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise ValueError("not a SHA-256")
        return self._folder / sha256[:2] / sha256

    def put(self, source: BinaryIO) -> Stored:
        """Store what is left of a stream.

        Raises:
            Unavailable: the disk is full or read-only.
        """
        aside = self._folder / f".{uuid4().hex}.part"
        digest = hashlib.sha256()
        try:
            with aside.open("wb") as file:
                while chunk := source.read(CHUNK):
                    digest.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            path = self.path(digest.hexdigest())
            path.parent.mkdir(exist_ok=True)
            new = not path.exists()
            aside.replace(path)
            _make_durable(path.parent)
        except OSError as error:
            raise Unavailable(f"The file cannot be stored ({error.strerror or error}).") from error
        finally:
            aside.unlink(missing_ok=True)
        return Stored(digest.hexdigest(), new)

    def remove(self, sha256: str) -> None:
        """Forget the content."""
        self.path(sha256).unlink(missing_ok=True)


def _make_durable(folder: Path) -> None:
    """Have the renaming itself on disk."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
