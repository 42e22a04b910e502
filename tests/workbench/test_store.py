"""Migrations, backups, and the same on a real PostgreSQL."""

import os
import shutil
import socket
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, text

from dynawave.errors import ConfigError, DynaWaveError
from dynawave.workbench import audit
from dynawave.workbench.settings import Settings
from dynawave.workbench.store.backup import back_up, restore
from dynawave.workbench.store.blobs import Blobs
from dynawave.workbench.store.database import Database
from dynawave.workbench.store.migrate import revisions, upgrade
from dynawave.workbench.store.models import Base, Project
from workbench_client import Bench


def differences(database: Database) -> list[object]:
    with database.engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))


def sqlite(folder: Path) -> Database:
    folder.mkdir(exist_ok=True)
    return Database(f"sqlite:///{folder / 'workbench.sqlite'}")


def test_migrations_make_the_tables_of_the_models(tmp_path: Path) -> None:
    database = sqlite(tmp_path)
    upgrade(database)
    assert differences(database) == []
    upgrade(database)  # nothing left to do


def test_first_revision_is_brought_up_to_date_with_its_rows(tmp_path: Path) -> None:
    database = sqlite(tmp_path)
    upgrade(database, revisions()[0])
    with database.writing() as session:
        values = "('a', 'Films of 2025', false, '2025-01-01T00:00:00Z')"
        session.execute(text(f"INSERT INTO projects (id, name, line, created) VALUES {values}"))
    upgrade(database)
    assert differences(database) == []
    with database.reading() as session:
        project = session.scalars(select(Project)).one()
        assert (project.name, project.header) == ("Films of 2025", {})


def test_sqlite_keeps_what_it_was_told(tmp_path: Path) -> None:
    with sqlite(tmp_path).reading() as session:
        pragmas = {name: session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous")}
    assert pragmas == {"journal_mode": "wal", "synchronous": 2}


def _round_trip(bench: Bench, tmp_path: Path, open_bench: Callable[[Settings], Bench], target: Settings) -> None:
    film = bench.inspected(pixel_size=0.1)
    url = f"/api/v1/films/{film['id']}"
    bench.ok("POST", f"{url}/signatures", json={"name": "Eva", "meaning": "inspected", "revision": film["revision"]})
    before = bench.ok("GET", f"{url}/report.json")
    source = bench.client.app.state.bench  # type: ignore[attr-defined]
    file = tmp_path / "backup.zip"
    assert back_up(source.settings.data, source.database, file) == len(
        list((source.settings.data / "blobs").glob("*/*"))
    )
    database = Database(target.database_url)
    target.data.mkdir()
    restore(file, target.data, database)
    with database.reading() as session:
        assert audit.verify(session, Blobs(target.data / "blobs")).faults == ()
    database.close()
    again = open_bench(target)
    assert again.ok("GET", f"{url}/report.json") == before
    assert again.ok("GET", f"{url}/tiles/0/0_0.png").content  # the pyramid is made anew
    again.upload(name="next.png", data=_other())
    again.inspected(data=_other(2))


def _other(seed: int = 1) -> bytes:
    from workbench_client import film_bytes

    return film_bytes(seed)


def test_backup_comes_back_whole(
    bench: Bench, settings: Settings, tmp_path: Path, open_bench: Callable[[Settings], Bench]
) -> None:
    _round_trip(bench, tmp_path, open_bench, settings.model_copy(update={"data": tmp_path / "restored"}))


def test_restore_refuses_what_is_damaged_or_in_use(bench: Bench, tmp_path: Path) -> None:
    bench.upload()
    source = bench.client.app.state.bench  # type: ignore[attr-defined]
    file = tmp_path / "backup.zip"
    back_up(source.settings.data, source.database, file)
    with pytest.raises(ConfigError, match="another server"):
        restore(file, source.settings.data, source.database)
    damaged = tmp_path / "damaged.zip"
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(damaged, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name) + (b"x" if name.startswith("blobs/") else b""))
    for bad, folder in ((damaged, "a"), (Path(__file__), "b")):
        (tmp_path / folder).mkdir()
        with pytest.raises(DynaWaveError, match=r"damaged|no backup"):
            restore(bad, tmp_path / folder, sqlite(tmp_path / folder))


def _as_unprivileged() -> dict[str, object]:
    """PostgreSQL does not run as root."""
    return {"user": "nobody"} if os.geteuid() == 0 else {}


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a private PostgreSQL that is gone after the tests."""
    found = shutil.which("initdb")
    binaries = Path(found).parent if found else next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"))), None)
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    folder = Path("/tmp") / f"dynawave-pg-{os.getpid()}"  # short: a socket's path has 107 characters at most
    folder.mkdir()
    folder.chmod(0o777)
    user = _as_unprivileged()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    data = folder / "data"
    run = {"check": True, "stdout": subprocess.DEVNULL, "cwd": "/tmp", **user}
    initdb = [binaries / "initdb", "-D", data, "-A", "trust", "-U", "dynawave", "-N", "-E", "UTF8", "--locale", "C"]
    subprocess.run(initdb, **run)  # type: ignore[call-overload]
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    control = [binaries / "pg_ctl", "-D", data, "-w", "-t", "120", "-l", folder / "log", "-o", options]
    subprocess.run([*control, "start"], **run)  # type: ignore[call-overload]
    try:
        yield f"postgresql://dynawave@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([*control[:3], "-m", "immediate", "stop"], **run)  # type: ignore[call-overload]
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def on_postgresql(postgresql: str, settings: Settings) -> Settings:
    database = Database(settings.model_copy(update={"database": postgresql}).database_url)
    with database.engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    database.close()
    return settings.model_copy(update={"database": postgresql, "data": settings.data.with_name("on-postgresql")})


def test_postgresql_does_the_same(on_postgresql: Settings, open_bench: Callable[[Settings], Bench]) -> None:
    bench = open_bench(on_postgresql)
    database = bench.client.app.state.bench.database  # type: ignore[attr-defined]
    assert differences(database) == []
    film = bench.inspected()
    url = f"/api/v1/films/{film['id']}"
    key = bench.indications(film["id"])[0]["id"]
    bench.ok("PATCH", f"{url}/indications/{key}", json={"state": "accepted", "comment": "ä\u4e2d", "revision": 1})
    bench.ok("POST", f"{url}/undo")
    revision = bench.ok("GET", url)["revision"]
    bench.ok("POST", f"{url}/signatures", json={"name": "Eva", "meaning": "approved", "revision": revision})
    with database.reading() as session:
        assert audit.verify(session, bench.client.app.state.bench.store.blobs).faults == ()  # type: ignore[attr-defined]


def test_backup_moves_from_sqlite_to_postgresql(
    bench: Bench, tmp_path: Path, on_postgresql: Settings, open_bench: Callable[[Settings], Bench]
) -> None:
    _round_trip(bench, tmp_path, open_bench, on_postgresql)
