"""`dynawave backup` and `restore`: what comes back is what went in, as `dynawave audit verify` sees it."""

from pathlib import Path

from typer.testing import CliRunner, Result

from dynawave.cli.main import app


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)))


def blobs(data: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (data / "blobs").glob("*/*")}


def test_a_backup_comes_back(workbench_data: Path, tmp_path: Path) -> None:
    file, again = tmp_path / "backup.zip", tmp_path / "restored"
    done = run("backup", workbench_data, "--out", file)
    count = len(blobs(workbench_data))
    assert (done.exit_code, done.stdout) == (0, f"{file}: {count} files and all rows.\n")
    done = run("restore", file, "--data", again)
    assert (done.exit_code, done.stdout) == (0, f"{again}: {count} files and all rows are back.\n")
    assert blobs(again) == blobs(workbench_data) and count > 0
    before, after = (run("audit", "verify", "--data", data) for data in (workbench_data, again))
    assert before.exit_code == after.exit_code == 0 and before.stdout == after.stdout


def test_what_is_there_is_not_written_over(workbench_data: Path, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    assert run("backup", workbench_data, "--out", file).exit_code == 0
    before = run("audit", "verify", "--data", workbench_data).stdout
    done = run("restore", file, "--data", workbench_data)
    assert done.exit_code == 2 and "empty" in done.stderr
    assert run("audit", "verify", "--data", workbench_data).stdout == before


def test_what_is_no_backup_or_no_workbench_is_told(tmp_path: Path) -> None:
    wrong, empty = tmp_path / "wrong.zip", tmp_path / "empty"
    wrong.write_bytes(b"no backup")
    empty.mkdir()
    done = run("restore", wrong, "--data", tmp_path / "new")
    assert done.exit_code == 2 and "is no backup of a workbench" in done.stderr
    done = run("backup", empty, "--out", tmp_path / "out.zip")
    assert done.exit_code == 2 and "is no data folder" in done.stderr
    assert not (tmp_path / "out.zip").exists()
