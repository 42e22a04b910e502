"""A backup: one ZIP file with all rows, in a SQLite database whatever the server's is, and all files by their SHA-256.

The server may run meanwhile: rows are read in one transaction, and files never change. Pyramids are left out, for they
are made again from the films.
"""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy import Connection, func, insert, select, text

from dynawave.errors import ConfigError, DynaWaveError
from dynawave.images.files import written_aside
from dynawave.workbench.store.blobs import CHUNK, Blobs
from dynawave.workbench.store.database import Database
from dynawave.workbench.store.lock import hold, release
from dynawave.workbench.store.migrate import revisions, upgrade
from dynawave.workbench.store.models import Base

FORMAT: Final = 1
ROWS: Final = "rows.sqlite"
MANIFEST: Final = "backup.json"
BATCH: Final = 500


def back_up(data: Path, database: Database, out: Path) -> int:
    """Write the backup; the number of files in it.

    Raises:
        DynaWaveError: it cannot be written.
    """
    folder = data / "blobs"
    with TemporaryDirectory() as name, written_aside(out) as aside:
        rows = Path(name) / ROWS
        copy = Database(f"sqlite:///{rows}")
        upgrade(copy)
        with _snapshot(database) as source, copy.engine.begin() as target:
            _copy(source, target)
        copy.close()
        files = sorted(path for path in folder.glob("??/*") if path.is_file())
        with zipfile.ZipFile(aside, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            manifest = {"format": FORMAT, "revision": revisions()[-1], "sha256": _sha256(rows), "files": len(files)}
            archive.writestr(MANIFEST, json.dumps(manifest))
            archive.write(rows, ROWS)
            for path in files:
                archive.write(path, f"blobs/{path.name}")
    return len(files)


def restore(file: Path, data: Path, database: Database) -> int:
    """Put a backup into an empty data folder, made if it is missing, and an empty database; the number of files.

    What is no backup of ours leaves nothing behind.

    Raises:
        DynaWaveError: it is damaged, or none of ours.
        ConfigError: folder or database are in use.
    """
    with _opened(file) as archive:
        _manifest(archive, file)
    data.mkdir(parents=True, exist_ok=True)
    lock = hold(data)
    try:
        return _restore(file, data, database)
    finally:
        release(lock)


def _restore(file: Path, data: Path, database: Database) -> int:
    upgrade(database)
    with database.reading() as session:
        if any(session.scalar(select(func.count()).select_from(table)) for table in Base.metadata.sorted_tables):
            raise ConfigError(f"{data}: the database holds something already; restore into an empty one.")
    with _opened(file) as archive, TemporaryDirectory() as name:
        rows = Path(name) / ROWS
        with archive.open(ROWS) as source, rows.open("wb") as target:
            shutil.copyfileobj(source, target, CHUNK)
        if _sha256(rows) != _manifest(archive, file)["sha256"]:
            raise DynaWaveError(f"{file}: is damaged: its rows are not those that were backed up.")
        count = _restore_files(archive, Blobs(data / "blobs"), file)
        _restore_rows(rows, database)
        return count


@contextmanager
def _opened(file: Path) -> Iterator[zipfile.ZipFile]:
    """A backup to read; whatever is wrong with it is told in a sentence."""
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise DynaWaveError(f"{file}: is no backup of a workbench, or damaged ({error}).") from error


def _manifest(archive: zipfile.ZipFile, file: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
    if manifest.get("format") != FORMAT or manifest.get("revision") not in revisions():
        raise DynaWaveError(f"{file}: is a backup of a newer version.")
    return manifest


def _restore_files(archive: zipfile.ZipFile, blobs: Blobs, file: Path) -> int:
    names = [name for name in archive.namelist() if name.startswith("blobs/")]
    for name in names:
        with archive.open(name) as source:
            if blobs.put(source).sha256 != name.removeprefix("blobs/"):  # type: ignore[arg-type]
                raise DynaWaveError(f"{file}: is damaged: {name} is not what was backed up.")
    return len(names)


def _restore_rows(rows: Path, database: Database) -> None:
    old = Database(f"sqlite:///{rows}")
    upgrade(old)  # of a backup of an older version
    with old.engine.connect() as source, database.engine.connect() as bare:
        target = bare.execution_options(writing=True)
        with target.begin():
            _copy(source, target)
    old.close()


def _snapshot(database: Database) -> Connection:
    connection = database.engine.connect()
    return connection if database.sqlite else connection.execution_options(isolation_level="REPEATABLE READ")


def _copy(source: Connection, target: Connection) -> None:
    """All rows of all tables, in an order in which each finds what it refers to."""
    for table in Base.metadata.sorted_tables:
        order = list(table.primary_key.columns)
        for part in source.execute(select(table).order_by(*order)).partitions(BATCH):
            rows: list[dict[str, Any]] = [dict(row._mapping) for row in part]
            target.execute(insert(table), rows)
        if target.dialect.name == "postgresql" and "number" in table.columns:
            # numbers that were given explicitly do not move the sequence on
            sequence = f"pg_get_serial_sequence('{table.name}', 'number')"
            highest = f"(SELECT max(number) FROM {table.name})"
            target.execute(text(f"SELECT setval({sequence}, coalesce({highest}, 0) + 1, false)"))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
