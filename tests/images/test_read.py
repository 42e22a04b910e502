"""What every format shares: the kind told by the content, and one sentence for whatever is no image."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dynawave import read_image
from dynawave.errors import ConfigError, ImageError
from dynawave.images import count_pages
from dynawave.images.files import write_png

GREY = np.random.default_rng(0).integers(0, 256, (20, 30), dtype=np.uint8)


def refusal(path: Path) -> str:
    with pytest.raises(ImageError) as caught:
        read_image(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ") and message.endswith(".") and "\n" not in message
    return message.removeprefix(f"{path}: ").removesuffix(".")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b"this is a letter, not a film\n" * 20, "is neither PNG, JPEG, TIFF nor DICOM"),
        (b"\x93NUMPY\x01\x00", "is neither PNG, JPEG, TIFF nor DICOM"),
        (pickle.dumps(GREY), "is neither PNG, JPEG, TIFF nor DICOM"),
        (b"\x89PNG\r\n\x1a\n", "is cut off: its end is missing"),
        (b"II*\0", "is damaged or of an unknown variant"),
        (bytes(128) + b"DICM", "is"),
    ],
)
def test_files_that_are_no_image(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "film.png"
    path.write_bytes(data)
    assert refusal(path).startswith(reason)


def test_what_is_no_file(tmp_path: Path) -> None:
    assert refusal(tmp_path) == "is a folder"
    assert refusal(tmp_path / "none.png") == "does not exist"
    os.mkfifo(tmp_path / "pipe.png")
    assert refusal(tmp_path / "pipe.png") == "is no regular file"
    with pytest.raises(ImageError, match=r"none.png: does not exist\.$"):
        count_pages(tmp_path / "none.png")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    write_png(tmp_path / "film.png", GREY)
    (tmp_path / "film.png").chmod(0)
    assert refusal(tmp_path / "film.png") == "cannot be read (Permission denied)"


@pytest.mark.parametrize(
    ("pixels", "reason"),
    [
        (np.ones((1, 1), np.uint8), "is 1 x 1 px small, less than 8 px on a side"),
        (GREY[:7], "is 30 x 7 px small, less than 8 px on a side"),
        (np.zeros((20, 30), np.uint8), "holds one grey value only"),
        (np.full((20, 30, 3), 65535, np.uint16), "holds one grey value only"),
    ],
)
def test_images_without_content(tmp_path: Path, pixels: np.ndarray, reason: str) -> None:
    write_png(tmp_path / "film.png", pixels)
    assert refusal(tmp_path / "film.png") == reason


def test_the_kind_is_told_by_the_content(tmp_path: Path) -> None:
    write_png(tmp_path / "film.png", GREY)
    misnamed = (tmp_path / "film.png").rename(tmp_path / "film.dcm")
    assert np.array_equal(read_image(misnamed).pixels, GREY)
    assert np.array_equal(read_image(str(misnamed)).pixels, GREY)


@pytest.mark.parametrize("size", [0.0, -1.0, float("nan"), float("inf")])
def test_a_pixel_size_that_is_no_length_is_refused(tmp_path: Path, size: float) -> None:
    write_png(tmp_path / "film.png", GREY)
    with pytest.raises(ConfigError, match="no positive length"):
        read_image(tmp_path / "film.png", pixel_size_mm=size)


def test_importing_the_package_and_reading_a_png_stays_light(tmp_path: Path) -> None:
    write_png(tmp_path / "film.png", GREY)
    code = f"""
import sys, dynawave
assert "numpy" not in sys.modules
dynawave.read_image({str(tmp_path / "film.png")!r})
print(sorted(m for m in ("torch", "scipy", "pydicom", "tifffile", "onnxruntime") if m in sys.modules))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
