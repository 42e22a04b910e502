import errno
import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from dynawave.errors import DynaWaveError
from dynawave.images.files import write_bytes, write_json, write_png, written_aside


def test_renames_on_success_and_makes_the_folder(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "out.txt"
    with written_aside(target) as aside:
        assert aside.parent == target.parent and aside.suffix == ".txt"
        aside.write_text("whole")
        assert not target.exists()
    assert target.read_text() == "whole"
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("error", [RuntimeError("x"), KeyboardInterrupt()])
def test_a_failure_keeps_the_old_file_and_leaves_nothing(tmp_path: Path, error: BaseException) -> None:
    target = tmp_path / "out.txt"
    target.write_text("old")
    with pytest.raises(type(error)), written_aside(target) as aside:
        aside.write_text("half")
        raise error
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    target = tmp_path / "out.bin"
    with pytest.raises(DynaWaveError) as caught, written_aside(target) as aside:
        aside.write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert str(caught.value) == f"{target}: cannot be written (No space left on device)."
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write into a read-only folder")
def test_a_read_only_folder_is_one_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(DynaWaveError, match=r"out.bin: cannot be written \(Permission denied\)\.$"):
        write_bytes(tmp_path / "out.bin", b"x")


def test_a_file_in_place_of_the_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("a file")
    with pytest.raises(DynaWaveError, match=r"out.bin: cannot be written \((File exists|Not a directory)\)\.$"):
        write_bytes(tmp_path / "folder" / "out.bin", b"x")


def test_json_is_utf8_and_refuses_nan(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"name": "Schweißnaht", "mm": [0.5, None]})
    assert json.loads((tmp_path / "a.json").read_text("utf-8")) == {"name": "Schweißnaht", "mm": [0.5, None]}
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "b.json", {"mm": float("nan")})
    assert not (tmp_path / "b.json").exists()


@pytest.mark.parametrize(("shape", "dtype"), [((9, 7), np.uint8), ((9, 7), np.uint16), ((9, 7, 3), np.uint8)])
def test_png_keeps_every_value_and_the_order_of_colours(tmp_path: Path, shape: tuple[int, ...], dtype: type) -> None:
    pixels = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, shape).astype(dtype)
    write_png(tmp_path / "a.png", pixels)
    read = cv2.imread(str(tmp_path / "a.png"), cv2.IMREAD_UNCHANGED)
    assert read.dtype == dtype
    assert np.array_equal(read[..., ::-1] if read.ndim == 3 else read, pixels)
