"""Debian's `dciodvfy` (dicom3tools) finds no error in what is written, nor in the simulated films."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dynawave.diconde.export import export_film
from dynawave.diconde.findings import Findings
from dynawave.simulate.dicom import encode_dicom
from dynawave.simulate.modalities import MODALITIES

pytestmark = pytest.mark.skipif(not shutil.which("dciodvfy"), reason="needs dciodvfy: apt-get install dicom3tools")


def errors(file: Path) -> list[str]:
    told = subprocess.run(
        ["dciodvfy", "-new", str(file)], capture_output=True, text=True, timeout=60, check=False
    ).stderr
    return [line for line in told.splitlines() if line.startswith(("Error", "Abort"))]


def test_objects_of_a_film(make_film: Callable[..., Path], found: Findings, tmp_path: Path) -> None:
    film = make_film()
    assert errors(film) == []
    for file in export_film(film, [found], tmp_path / "out"):
        assert errors(file) == [], file.name


def test_the_validator_does_find_errors(make_film: Callable[..., Path]) -> None:
    assert errors(make_film(PatientSex=None))


@pytest.mark.parametrize("name", ["visual", "ultrasonic"])
def test_simulated_pictures(name: str, tmp_path: Path) -> None:
    modality = MODALITIES[name]
    file = tmp_path / "picture.dcm"
    file.write_bytes(encode_dicom(modality.simulate(5, 0, modality.spec(width=161, height=143)), name))
    assert errors(file) == []
