import sqlite3
from pathlib import Path

from typer.testing import CliRunner, Result

from dynawave.cli.main import app


def verify(data: Path) -> Result:
    return CliRunner().invoke(app, ["audit", "verify", "--data", str(data)])


def test_a_whole_log_is_vouched_for_by_its_last_hash(workbench_data: Path) -> None:
    done = verify(workbench_data)
    with sqlite3.connect(workbench_data / "workbench.sqlite") as database:
        hashes = [row[0] for row in database.execute("SELECT sha256 FROM audit ORDER BY number")]
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == f"{len(hashes)} links, the last {hashes[-1]}.\n" and len(hashes) > 1


def test_what_was_altered_is_named(workbench_data: Path) -> None:
    with sqlite3.connect(workbench_data / "workbench.sqlite") as database:
        database.execute("UPDATE events SET why = 'another' WHERE kind = 'drawn'")
    done = verify(workbench_data)
    assert done.exit_code == 1 and "Revision 1 of film" in done.stderr and "was altered." in done.stderr


def test_a_folder_that_is_no_workbench_is_wrong_use(tmp_path: Path) -> None:
    done = verify(tmp_path)
    assert (done.exit_code, done.stderr) == (2, f"dynawave: {tmp_path}: is no data folder of a workbench.\n")
    assert not list(tmp_path.iterdir())
