"""Films that come in: by an upload on the page or, with `dynawave serve --receive`, from a detector by C-STORE."""

import logging
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from dynawave.errors import DynaWaveError
from dynawave.workbench import audit
from dynawave.workbench.bench import Workbench
from dynawave.workbench.errors import Conflict
from dynawave.workbench.members import new_project
from dynawave.workbench.people import Person
from dynawave.workbench.store.models import Film, Project

if TYPE_CHECKING:
    from dynawave.diconde.network import Peer

log = logging.getLogger(__name__)

NETWORK: Final = Person("", "C-STORE", "operator")
"""Who is said to have added what came over the network, where a sender's title is no proof of who it is."""


def add_films(
    bench: Workbench, project_id: str, source: BinaryIO, name: str, who: str, pixel_size_mm: float | None = None
) -> tuple[Film, bool]:
    """Check a file and add its films, one a page, to a project; the first, and whether it is new there.

    Raises:
        Unreadable: it is no film.
        Unavailable: the disk is full.
        Conflict: the same film was deleted at this moment.
    """
    films = bench.store.take_in(source, name, pixel_size_mm)
    with bench.database.writing() as session:
        known = select(Film).where(Film.project_id == project_id, Film.sha256 == films[0].sha256)
        first = session.scalars(known.order_by(Film.number)).first()
        if first is not None:
            return first, False
        if not bench.store.blobs.path(films[0].sha256).exists():
            raise Conflict("The same film was just deleted; upload it again.")
        for film in films:
            film.project_id, film.created_by = project_id, who
            session.add(film)
            session.flush()
            audit.note(session, who, "film added", film.id, name=film.name, sha256=film.sha256)
    for film in films:
        bench.tell(film)
    return films[0], True


@contextmanager
def receiving_films(bench: Workbench, place: "Peer", project: str, senders: Collection[str] = ()) -> Iterator[int]:
    """Take films by C-STORE into a project until the block ends; yields the port.

    A sender hears that a film is stored when it is in the project, and else why it is not.

    Args:
        bench: has the project; what is refused of uploads is refused here, too.
        place: where to listen, and the title by which senders have to call.
        project: its name; of several the oldest, and where there is none one is made.
        senders: titles that are let in; all, where none is named.

    Raises:
        DynaWaveError: the port is taken, or may not be used.
    """
    from dynawave.diconde.receive import MAX_BYTES, Receiver, receiving

    project_id = _project(bench, project)

    def stored(file: Path) -> None:
        try:
            with file.open("rb") as source:
                add_films(bench, project_id, source, file.name, NETWORK.name)
        except (OSError, SQLAlchemyError) as error:
            log.error("%s came in and cannot be kept.", file.name, exc_info=error)
            raise DynaWaveError(f"{file.name}: cannot be kept now") from error
        finally:
            file.unlink(missing_ok=True)

    most = min(MAX_BYTES, bench.settings.upload_limit)
    # in the data folder: where there is room for the one there is for the other
    folder = bench.settings.data / "incoming"
    shutil.rmtree(folder, ignore_errors=True)  # of a server that was killed, whose senders were told nothing
    folder.mkdir()
    receiver = Receiver(folder, most, stored=stored, refused=log.warning)
    try:
        with receiving(receiver, place.port, place.host, place.title, senders) as port:
            yield port
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _project(bench: Workbench, name: str) -> str:
    with bench.database.writing() as session:
        found = session.scalars(select(Project.id).where(Project.name == name).order_by(Project.number)).first()
        return found or new_project(session, NETWORK, name).id
