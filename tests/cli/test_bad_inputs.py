"""Bad input of every kind through the real commands: one sentence each, the right exit status, nothing half-written."""

import errno
import json
import os
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian
from typer.testing import CliRunner, Result

from dynawave.cli.main import app
from toy import film, spot

BAD = {
    "cut.png": "is cut off",
    "empty.png": "is empty",
    "text.png": "is neither PNG, JPEG, TIFF nor DICOM",
    "tiny.png": "is 1 x 1 px small",
    "bomb.png": "is 30000 x 30000 px large",
    "black.png": "holds one grey value only",
    "nan.tif": "holds no number",
    "report.dcm": "is a DICOM object without pixels",
}


def flawed() -> np.ndarray:
    pixels = film(200, 300)
    spot(pixels, 150, 100, 8)
    return pixels


def claims(width: int, height: int) -> bytes:
    """A PNG whose header claims this size, with one row of pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(bytes(width + 1)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


def dicom_without_pixels(path: Path) -> None:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = CTImageStorage, "1.2.3"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    report = FileDataset(path, {}, file_meta=meta, preamble=bytes(128))
    report.SOPClassUID, report.SOPInstanceUID = CTImageStorage, "1.2.3"
    report.save_as(path, enforce_file_format=True)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A folder with a grey film and one scanned in colours, each with a pore."""
    folder = tmp_path / "films"
    folder.mkdir()
    grey = flawed()
    cv2.imwrite(str(folder / "good.png"), grey)
    cv2.imwrite(str(folder / "rgb.png"), cv2.merge([grey, grey - 900, grey - 1800]))
    return folder


@pytest.fixture
def batch(good: Path) -> Path:
    """The good films among every bad file of `BAD`."""
    (good / "cut.png").write_bytes((good / "good.png").read_bytes()[:5000])
    (good / "empty.png").write_bytes(b"")
    (good / "text.png").write_text("This is a letter, not a film.\n" * 20)
    (good / "bomb.png").write_bytes(claims(30000, 30000))
    cv2.imwrite(str(good / "tiny.png"), np.full((1, 1), 7, np.uint8))
    cv2.imwrite(str(good / "black.png"), np.zeros((200, 300), np.uint16))
    tifffile.imwrite(good / "nan.tif", np.full((200, 300), np.nan, np.float32))
    dicom_without_pixels(good / "report.dcm")
    return good


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)))


def sentence(done: Result) -> str:
    """The one line on stderr of a command that could not do its work at all."""
    assert done.exit_code == 2, done.output
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("dynawave: ") and line.endswith(".") and "Traceback" not in line
    return line


def test_a_batch_with_every_bad_file(batch: Path, tmp_path: Path, toy_weights: Path) -> None:
    out = tmp_path / "out"
    done = run("inspect", batch, "--weights", toy_weights, "--out", out, "--threads", 1, "--probability")
    assert done.exit_code == 1
    lines = done.stderr.splitlines()
    assert len(lines) == len(BAD)
    for name, reason in BAD.items():
        (line,) = (line for line in lines if name in line)
        assert line.startswith(f"dynawave: {batch / name}: {reason}") and line.endswith(".")

    document = json.loads((out / "inspection.json").read_text())
    assert document["complete"]
    assert [(Path(i["file"]).name, len(i["indications"])) for i in document["images"]] == [
        ("good.png", 1),
        ("rgb.png", 1),
    ]
    assert {Path(f["file"]).name for f in document["failures"]} == set(BAD)
    coco = json.loads((out / "coco.json").read_text())
    assert [i["file_name"] for i in coco["images"]] == ["good.png", "rgb.png"]
    assert [a["image_id"] for a in coco["annotations"]] == [1, 2]
    pictures = {f"{stem}.{kind}.png" for stem in ("good", "rgb") for kind in ("overlay", "probability")}
    assert {path.name for path in out.iterdir()} == pictures | {"coco.json", "inspection.json", "report.html"}


def test_bad_weights(good: Path, tmp_path: Path) -> None:
    corrupt = tmp_path / "corrupt.onnx"
    corrupt.write_bytes(b"\x08\x08no model")
    for weights, reason in ((tmp_path / "none.onnx", "there is no such"), (corrupt, "not an ONNX model")):
        done = run("inspect", good, "--weights", weights, "--out", tmp_path / "out")
        assert sentence(done).startswith(f"dynawave: {weights}: {reason}")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("box", [(290.0, 20.0, 30.0, 10.0), (-5.0, 0.0, 20.0, 20.0), (400.0, 300.0, 9.0, 9.0)])
def test_boxes_outside_the_image(good: Path, tmp_path: Path, toy_weights: Path, box: tuple[float, ...]) -> None:
    annotation = {"id": 7, "image_id": 1, "category_id": 1, "bbox": box, "area": 100, "iscrowd": 0}
    image = {"id": 1, "file_name": "good.png", "width": 300, "height": 200}
    document = {"images": [image], "categories": [{"id": 1, "name": "flaw"}], "annotations": [annotation]}
    (good / "coco.json").write_text(json.dumps(document))
    (tmp_path / "config.yaml").write_text("name: mine\n")
    expected = f"dynawave: {good / 'coco.json'}: annotation 7 has the box {list(box)}, which is not within its image"
    for command in (("evaluate", "--weights", toy_weights), ("train", tmp_path / "config.yaml")):
        done = run(*command, "--data", good, "--out", tmp_path / "out")
        assert sentence(done).startswith(expected)
    assert not (tmp_path / "out").exists()


def commands(good: Path, weights: Path, tmp_path: Path) -> dict[str, list[object]]:
    """Commands that write a folder."""
    image = {"id": 1, "file_name": "good.png", "width": 300, "height": 200}
    flaw = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [142, 92, 17, 17], "area": 200}
    document = {"images": [image], "categories": [{"id": 1, "name": "flaw"}], "annotations": [flaw]}
    (good / "coco.json").write_text(json.dumps(document))
    return {
        "inspect": ["inspect", good / "good.png", "--weights", weights, "--threads", 1],
        "evaluate": ["evaluate", "--weights", weights, "--data", good, "--no-baseline"],
        "simulate": ["simulate", "--count", 1, "--size", "256x256", "--workers", 1],
        "data convert": ["data", "convert", "coco", good / "coco.json"],
    }


COMMANDS = ("inspect", "evaluate", "simulate", "data convert")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_file_in_place_of_the_output_folder(name: str, good: Path, tmp_path: Path, toy_weights: Path) -> None:
    (tmp_path / "file").write_text("mine")
    out = tmp_path / "file" / "out"
    line = sentence(run(*commands(good, toy_weights, tmp_path)[name], "--out", out))
    assert line.startswith(f"dynawave: {out}")
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write into a read-only folder")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_read_only_output_folder(name: str, good: Path, tmp_path: Path, toy_weights: Path) -> None:
    command = commands(good, toy_weights, tmp_path)[name]
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    assert "Permission denied" in sentence(run(*command, "--out", locked / "out"))
    assert not list(locked.iterdir())


@pytest.mark.parametrize("name", COMMANDS)
def test_a_full_disk(name: str, good: Path, tmp_path: Path, toy_weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = commands(good, toy_weights, tmp_path)[name]

    def full(self: Path, data: bytes | str, *_: object, **__: object) -> int:
        with self.open("wb") as file:
            file.write(data[:10] if isinstance(data, bytes) else data[:10].encode())
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    monkeypatch.setattr(Path, "write_text", full)
    out = tmp_path / "out"
    assert "No space left on device" in sentence(run(*command, "--out", out))
    kept = out / "films"  # what is found on each film is kept whole, so that an evaluation goes on
    assert not [path for path in out.rglob("*") if path.is_file() and path.parent != kept]
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
