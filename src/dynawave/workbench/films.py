"""Films come in: checked by their content, stored by their SHA-256, and made ready to look at."""

from dataclasses import asdict, fields, replace
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dynawave.errors import ImageError
from dynawave.images import count_pages, read_image
from dynawave.images.context import completed
from dynawave.records import WeldContext, WeldImage
from dynawave.workbench.errors import Unreadable
from dynawave.workbench.pyramid import Pyramid, Pyramids
from dynawave.workbench.store.blobs import Blobs
from dynawave.workbench.store.models import Film

MAX_PAGES: Final = 50
KNOWN: Final = frozenset(field.name for field in fields(WeldContext))
MAX_NAME: Final = 200
MAGICS: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""How files begin that can be films, beside DICOM's mark at byte 128."""


class Store:
    """Blobs and their pyramids in the data folder."""

    def __init__(self, data: Path) -> None:
        self.blobs = Blobs(data / "blobs")
        self.pyramids = Pyramids(data / "pyramids")

    def tidy(self) -> None:
        """Remove what a server that was killed has left half-written; only while no other writes."""
        self.blobs.tidy()
        self.pyramids.tidy()

    def pyramid(self, film: Film) -> Pyramid:
        """The film's pyramid."""
        return self.pyramids.of(self.blobs.path(film.sha256), film.sha256, film.page)

    def image(self, film: Film) -> WeldImage:
        """The film at its original depth, with the pixel size that holds now and its own name."""
        image = read_image(self.blobs.path(film.sha256), film.pixel_size_mm, film.page)
        return replace(image, path=Path(film.name), pixel_size_source=film.pixel_size_source)

    def take_in(self, source: BinaryIO, name: str, pixel_size_mm: float | None = None) -> list[Film]:
        """Check and store an upload; a film a page, not yet in the database.

        Raises:
            Unreadable: it is no film; the sentence says why, and nothing is kept.
        """
        name = clean_name(name)
        _check_magic(source, name)
        stored = self.blobs.put(source)
        try:
            return self._films(stored.sha256, name, pixel_size_mm)
        except ImageError as error:
            if stored.new:
                self.blobs.remove(stored.sha256)
            reason = str(error).partition(": ")[2] or str(error)
            raise Unreadable(f"{name}: {reason}") from error

    def _films(self, sha256: str, name: str, pixel_size_mm: float | None) -> list[Film]:
        path = self.blobs.path(sha256)
        pages = count_pages(path)
        if pages > MAX_PAGES:
            raise ImageError(f"{name}: has {pages} pages, more than the {MAX_PAGES} that are read.")
        films = []
        for page in range(1, pages + 1):
            with self.pyramids.decoding:
                image = read_image(path, pixel_size_mm, page)
                pyramid = self.pyramids.make(image, sha256, page)
            films.append(_film(image, pyramid, sha256, f"{name}#{page}" if pages > 1 else name, page))
        return films

    def forget(self, session: Session, film: Film) -> None:
        """Remove the files of a deleted film, unless another film has the same content."""
        if session.scalars(select(Film.id).where(Film.sha256 == film.sha256, Film.id != film.id).limit(1)).first():
            return
        self.blobs.remove(film.sha256)
        self.pyramids.remove(film.sha256, film.page)


def clean_name(name: str) -> str:
    """A client's file name as a label: no folders, no control characters, not too long."""
    label = PurePosixPath(name.replace("\\", "/")).name
    return "".join(c for c in label if c.isprintable())[-MAX_NAME:].strip() or "film"


def _check_magic(source: BinaryIO, name: str) -> None:
    head = source.read(132)
    source.seek(0)
    if not head:
        raise Unreadable(f"{name}: is empty.")
    if not head.startswith(MAGICS) and head[128:] != b"DICM":
        raise Unreadable(f"{name}: is neither PNG, JPEG, TIFF nor DICOM.")


def _film(image: WeldImage, pyramid: Pyramid, sha256: str, name: str, page: int) -> Film:
    facts = pyramid.facts
    return Film(
        name=name,
        sha256=sha256,
        page=page,
        width=facts.width,
        height=facts.height,
        bits=facts.bits,
        levels=len(pyramid.levels),
        low=facts.limits[0],
        high=facts.limits[1],
        robust_low=facts.robust[0],
        robust_high=facts.robust[1],
        file_pixel_size_mm=image.pixel_size_mm,
        pixel_size_mm=image.pixel_size_mm,
        pixel_size_source=image.pixel_size_source,
        header=header_of(image),
        weld={},
        counts={"open": 0, "accepted": 0, "rejected": 0},
        status="new",
        revision=0,
    )


def context_of(film: Film) -> WeldContext:
    """What is known of the weld: what a person states and, where that is silent, what the file says."""
    parts = ({key: value for key, value in part.items() if key in KNOWN} for part in (film.weld, film.header))
    given, found = (WeldContext(**part | {"base_metals": tuple(part.get("base_metals", ()))}) for part in parts)
    if note := film.weld.get("note"):
        given = replace(given, details={"Note": note})
    return completed(given, found)


def header_of(image: WeldImage) -> dict[str, Any]:
    """What the file says of the weld, without what it does not say."""
    context = asdict(image.context)
    return {key: list(value) if isinstance(value, tuple) else value for key, value in context.items() if value}
