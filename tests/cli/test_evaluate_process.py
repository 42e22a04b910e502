"""`dynawave evaluate` in a process of its own: killed half way, and the memory that many films take."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import pytest
from typer.testing import CliRunner

from dynawave.cli.main import app
from dynawave.datasets.coco import CocoAnnotation, CocoCategory, CocoDataset, CocoImage, write_coco
from toy import film, spot

KILLED = """
import os, signal
import numpy as np
from dynawave.cli.main import app

save, calls = np.savez_compressed, []

def keep(file, **arrays):
    calls.append(file)
    if len(calls) == 4:  # in the middle of the fourth film
        file.write(b"PK half a film")
        file.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    save(file, **arrays)

np.savez_compressed = keep
app()
"""
MEASURED = """
import re, sys
from pathlib import Path
from dynawave.cli.main import app

try:
    app()
finally:
    status = Path("/proc/self/status").read_text()
    print("peak", re.search(r"VmHWM:\\s+(\\d+) kB", status)[1])
"""
MOST_MB = 2000
LEAK_MB = 60
"""Less than the full counts by probability of 100 films, 1 MB each; 95 films more took 2 MB."""


def make_set(root: Path, count: int, height: int, width: int, different: int) -> Path:
    """Films with a pore each, and a faint mark; so many `different` ones, of which the others are links."""
    root.mkdir()
    images, flaws = [], []
    for number in range(count):
        file = root / f"{number}.png"
        x, y = 30 + 20 * (number % different), height // 2
        if number < different:
            pixels = film(height, width, number)
            spot(pixels, x, y)
            pixels[8:14, 8:14] -= 1500 * number
            cv2.imwrite(str(file), pixels)
        else:
            os.link(root / f"{number % different}.png", file)
        images.append(CocoImage(id=number, file_name=file.name, width=width, height=height, pixel_size_mm=0.05))
        flaws.append(CocoAnnotation(id=number, image_id=number, category_id=1, bbox=(x - 6, y - 6, 13, 13), area=169))
    write_coco(CocoDataset(root, tuple(images), (CocoCategory(id=1, name="gas_pore"),), tuple(flaws)), root)
    return root


def options(data: Path, weights: Path, out: Path) -> list[str]:
    return ["evaluate", "--data", str(data), "--weights", str(weights), "--out", str(out)]


def in_process(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=600)


def timeless(value: Any) -> Any:
    """A record without its times."""
    if isinstance(value, dict):
        return {key: timeless(each) for key, each in value.items() if key != "seconds"}
    return [timeless(each) for each in value] if isinstance(value, list) else value


def test_an_evaluation_that_was_killed_ends_as_one_that_was_not(tmp_path: Path, toy_weights: Path) -> None:
    data, out, whole = make_set(tmp_path / "films", 6, 120, 200, 6), tmp_path / "out", tmp_path / "whole"
    killed = in_process(KILLED, *options(data, toy_weights, out))
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    kept = {file: file.stat().st_mtime_ns for file in (out / "films").glob("[0-9]*.npz")}
    assert len(kept) == 3 and not (out / "metrics.json").exists()
    for folder in (out, whole):
        done = CliRunner().invoke(app, options(data, toy_weights, folder))
        assert done.exit_code == 0, done.output
    assert {file: file.stat().st_mtime_ns for file in kept} == kept
    records = [json.loads((folder / "metrics.json").read_text()) for folder in (out, whole)]
    assert timeless(records[0]) == timeless(records[1]) != records[1]
    assert records[0]["results"][0]["images"] == 6 and records[0]["results"][0]["hits"]["1"] > 0
    assert (out / "detections.json").read_bytes() == (whole / "detections.json").read_bytes()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of a process is read from Linux's /proc")
@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_films(tmp_path: Path, toy_weights: Path) -> None:
    peaks = {}
    for films in (5, 100):
        data = make_set(tmp_path / str(films), films, 700, 1000, 5)
        done = in_process(MEASURED, *options(data, toy_weights, tmp_path / f"out{films}"), "--no-baseline")
        assert done.returncode == 0, done.stderr
        peaks[films] = int(done.stdout.split()[-1]) / 1024
    assert max(peaks.values()) < MOST_MB, peaks
    assert peaks[100] - peaks[5] < LEAK_MB, peaks
