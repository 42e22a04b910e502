"""One running workbench: its settings and its parts, handed to every request."""

from contextlib import ExitStack
from dataclasses import dataclass, field

from dynawave.workbench.films import Store
from dynawave.workbench.jobs import Worker
from dynawave.workbench.live import Live
from dynawave.workbench.people import People
from dynawave.workbench.settings import Settings
from dynawave.workbench.signing import signatures
from dynawave.workbench.store.database import Database
from dynawave.workbench.store.lock import release
from dynawave.workbench.store.models import Film
from dynawave.workbench.views import FilmView, film_view


@dataclass
class Workbench:
    """The parts of a running server; `beside` holds what else takes films in, which ends first."""

    settings: Settings
    database: Database
    store: Store
    lock: int
    live: Live = field(default_factory=Live)
    beside: ExitStack = field(default_factory=ExitStack)
    worker: Worker = field(init=False)
    people: People = field(init=False)

    def __post_init__(self) -> None:
        self.people = People(self.database)
        settings = self.settings
        self.worker = Worker(self.database, self.store, self.live, settings.threads, settings.validation)

    def tell(self, film: Film) -> FilmView:
        """Publish a film as it is now; what was published."""
        with self.database.reading() as session:
            view = film_view(film, signatures(session, [film])[film.id])
        self.live.publish(film.project_id, "film", view.model_dump())
        return view

    def close(self) -> None:
        """Stop, and let another server have the data folder; a running inspection is queued again at the next start."""
        self.beside.close()
        self.live.close()
        self.worker.stop()
        self.database.close()
        release(self.lock)
