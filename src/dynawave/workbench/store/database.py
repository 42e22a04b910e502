"""The database: SQLite beside the films, or PostgreSQL by URL."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import Session

from dynawave.errors import ConfigError

CONNECTIONS: Final = 20
BUSY_MS: Final = 30_000
"""How long a writer of another process, such as a backup, is waited for."""


class Database:
    """Transactions for reading and for writing.

    Args:
        url: of SQLAlchemy.

    Raises:
        ConfigError: the URL names no database that can be used.
    """

    def __init__(self, url: str) -> None:
        try:
            self.sqlite = make_url(url).get_backend_name() == "sqlite"
            self.engine = create_engine(url, pool_size=CONNECTIONS, pool_pre_ping=not self.sqlite)
        except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
            raise ConfigError(f"--database: no database can be used by this URL ({error}).") from error
        self._writer = Lock()
        if self.sqlite:
            _set_up_sqlite(self.engine)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A consistent view; nothing is kept."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that is kept when the block ends, and undone when it raises.

        SQLite has one writer at a time: threads queue here instead of polling its lock.
        """
        if not self.sqlite:
            with Session(self.engine, expire_on_commit=False) as session, session.begin():
                yield session
            return
        with (
            self._writer,
            self.engine.connect().execution_options(writing=True) as connection,
            Session(connection, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


def reason(error: SQLAlchemyError) -> str:
    """The first line of what a driver says."""
    return str(getattr(error, "orig", None) or error).splitlines()[0]


def _set_up_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # `begin` below says when a transaction begins, not the driver
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_MS}"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("writing")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
