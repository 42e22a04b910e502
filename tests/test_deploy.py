"""What deploy/ says exists: options, extras, files; and systemd understands the unit."""

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

import pytest
import typer.main

from dynawave.cli.main import app

ROOT: Final = Path(__file__).parents[1]
CONTAINERFILE: Final = (ROOT / "deploy" / "Containerfile").read_text().replace("\\\n", " ")
UNIT: Final = (ROOT / "deploy" / "dynawave.service").read_text()


def commands() -> dict[str, list[str]]:
    unit = re.search(r"^ExecStart=(.+)$", UNIT, re.M)
    container = re.search(r"^ENTRYPOINT (\[.+\])$", CONTAINERFILE, re.M)
    run = re.search(r"podman run .* dynawave (--.+)$", CONTAINERFILE, re.M)
    assert unit and container and run
    entry = [part.strip(' "') for part in container[1].strip("[]").split(",")]
    return {"unit": shlex.split(unit[1]), "container": entry + shlex.split(run[1])}


@pytest.mark.parametrize("name", ["unit", "container"])
def test_commands_are_understood(name: str) -> None:
    program, serve, *options = commands()[name]
    assert program == "/opt/dynawave/bin/dynawave" and serve == "serve"
    group = typer.main.get_command(app)
    with group.make_context("dynawave", [], resilient_parsing=True) as context:
        command = group.get_command(context, serve)  # type: ignore[attr-defined]
        given = command.make_context(serve, options, parent=context).params
    assert given["team"] is True and given["allow_host"] == ["films.example.org"]


def test_extras_and_files_exist() -> None:
    known = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    named = re.findall(r"(?:dynawave|/source)\[([\w,]+)\]", CONTAINERFILE + UNIT)
    assert len(named) == 2 and {extra for each in named for extra in each.split(",")} <= known.keys()
    copied = [part for line in re.findall(r"^COPY (?!--from)(.+)$", CONTAINERFILE, re.M) for part in line.split()[:-1]]
    assert copied and all((ROOT / part).exists() for part in copied)
    assert {"pyproject.toml", "README.md", "LICENSE", "src"} <= set(copied)  # what hatchling asks for


def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("needs systemd-analyze (Debian: apt install systemd)")
    unit = tmp_path / "dynawave.service"  # the program is not installed here: another stands in
    unit.write_text(UNIT.replace("/opt/dynawave/bin/dynawave", sys.executable))
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
