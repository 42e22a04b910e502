"""A film's result as DICOM objects: to download, and to the archive that the server was started with."""

import zipfile
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter
from fastapi.responses import FileResponse
from pydantic import BaseModel
from starlette.background import BackgroundTask

from dynawave.errors import DynaWaveError
from dynawave.workbench import audit
from dynawave.workbench.api.access import Bench, FilmId, SeenFilm, Who, film_for
from dynawave.workbench.errors import Conflict, Missing, Unavailable

if TYPE_CHECKING:
    from dynawave.diconde.network import Peer

router = APIRouter(prefix="/api/v1", tags=["archive"])

SENDING: Final = BoundedSemaphore(2)
"""An archive that hangs holds up no more requests than these."""


class Archive(BaseModel):
    """Where results can be sent to, as in "ORTHANC at 127.0.0.1:4242"; null where the server was given no archive."""

    archive: str | None


class Sending(BaseModel):
    """What to send: the film itself, too?"""

    film: bool = False


class Refused(BaseModel):
    """An object that was not stored, and why."""

    name: str
    reason: str


class Sent(BaseModel):
    """Names of the objects that are stored, and those that are not."""

    archive: str
    stored: list[str]
    refused: list[Refused]


@router.get("/archive")
def get_archive(bench: Bench, person: Who) -> Archive:
    """The archive of this server."""
    settings = bench.settings
    return Archive(archive=f"{settings.archive_title} at {settings.archive}" if settings.archive else None)


@router.get("/films/{film_id}/diconde.zip", response_class=FileResponse)
def get_objects(bench: Bench, film: SeenFilm) -> FileResponse:
    """Segmentation, structured report and DICONDE copy of a DICOM film, as it is now."""
    archiving = _archiving()
    with TemporaryDirectory(dir=bench.settings.data) as folder, bench.database.reading() as session:
        files = archiving.write_objects(session, bench.store, film, Path(folder))
        with NamedTemporaryFile(dir=bench.settings.data, suffix=".zip", delete=False) as file:
            path = Path(file.name)
            try:
                with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                    for each in files:
                        archive.write(each, each.name)
            except BaseException:
                path.unlink()
                raise
    return FileResponse(
        path, filename="diconde.zip", media_type="application/zip", background=BackgroundTask(path.unlink)
    )


@router.post("/films/{film_id}/diconde")
def send_objects(bench: Bench, person: Who, film_id: FilmId, wanted: Sending | None = None) -> Sent:
    """Send them to the archive (C-STORE). Answers when it has taken or refused each."""
    person.require("inspector")
    settings = bench.settings
    if settings.archive is None:
        raise Conflict("The server was given no archive to send to (--archive).")
    archiving = _archiving()
    from dynawave.diconde.network import peer

    with TemporaryDirectory(dir=settings.data) as folder:
        with bench.database.reading() as session:
            film = film_for(session, person, film_id)
            files = archiving.write_objects(session, bench.store, film, Path(folder))
            if wanted is not None and wanted.film:
                files.insert(0, archiving.original(bench.store, film, Path(folder)))
        sent = _send(files, peer(settings.archive, settings.archive_title))
    with bench.database.writing() as session:
        facts = {"archive": sent.archive, "revision": film.revision, "stored": sent.stored}
        audit.note(session, person.name, "film sent", film.id, **facts, refused=[each.name for each in sent.refused])
    return sent


def _send(files: list[Path], peer: "Peer") -> Sent:
    from dynawave.diconde.send import send

    sent = Sent(archive=str(peer), stored=[], refused=[])
    if not SENDING.acquire(timeout=10):
        raise Unavailable("Other films are being sent to the archive; try again.")
    try:
        for file, reason in send(files, peer):
            if reason:
                sent.refused.append(Refused(name=file.name, reason=reason.partition(": ")[2] or reason))
            else:
                sent.stored.append(file.name)
    except DynaWaveError as error:
        raise Unavailable(str(error)) from error
    finally:
        SENDING.release()
    return sent


def _archiving() -> Any:
    """The part that writes the objects, where the extra is installed."""
    try:
        import pynetdicom  # noqa: F401

        from dynawave.workbench import archiving
    except ImportError as error:
        raise Missing(f"DICOM objects need {error.name}: pip install 'dynawave[dicom]'.") from error
    return archiving
