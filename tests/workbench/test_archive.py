"""DICONDE results of an inspected film: as a download, and sent to an archive."""

import io
import shutil
import socket
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from pydicom import dcmread
from sqlalchemy import text

from dynawave.diconde.receive import Receiver, receiving
from dynawave.records import WeldContext
from dynawave.simulate.dicom import encode_dicom
from dynawave.workbench.archiving import person_name
from dynawave.workbench.settings import Settings
from workbench_client import SPOTS, Bench, film_bytes

WELD = {"table": "iso5817:2023", "level": "D", "joint": "butt", "thickness_mm": 10}


def dicom_film(seed: int = 0) -> bytes:
    """The film of `film_bytes` as a DICONDE file of 0.05 mm a pixel."""
    pixels = cv2.imdecode(np.frombuffer(film_bytes(seed), np.uint8), cv2.IMREAD_UNCHANGED)
    context = WeldContext("radiograph", ("P91", "316L"), "82", "GTAW", 12.7, 180, "Nozzle^N2")
    return encode_dicom(SimpleNamespace(pixels=pixels, context=context, pixel_size_mm=0.05), f"weld {seed}")


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """Port of an archive of our own, and the folder that it fills."""
    folder = tmp_path / "archive"
    folder.mkdir()
    with receiving(Receiver(folder), 0, title="STORE") as port:
        yield port, folder


@pytest.fixture
def linked(settings: Settings, archive: tuple[int, Path], open_bench: Callable[[Settings], Bench]) -> Bench:
    """A workbench that knows the archive."""
    place = {"archive": f"127.0.0.1:{archive[0]}", "archive_title": "STORE"}
    return open_bench(settings.model_copy(update=place))


def decided(bench: Bench) -> dict[str, Any]:
    """A film with one indication accepted, one rejected, one open, and one drawn."""
    film = bench.inspected(data=dicom_film(), name="a weld/Naht 7.dcm")
    url = f"/api/v1/films/{film['id']}/indications"
    first, second, _ = bench.indications(film["id"])
    for each, state in ((first, "accepted"), (second, "rejected")):
        bench.ok("PATCH", f"{url}/{each['id']}", json={"state": state, "revision": film["revision"]})
    bench.ok("POST", url, json={"class": "crack", "box": [10, 10, 60, 8], "depth_mm": 0.4})
    return film


def unpacked(bench: Bench, film: dict[str, Any], out: Path) -> dict[str, Any]:
    data = bench.ok("GET", f"/api/v1/films/{film['id']}/diconde.zip").content
    zipfile.ZipFile(io.BytesIO(data)).extractall(out)
    return {path.name.split(".")[1]: dcmread(path) for path in out.iterdir()}


def test_objects_say_what_persons_have_decided(bench: Bench, tmp_path: Path) -> None:
    film = decided(bench)
    found = unpacked(bench, film, tmp_path / "objects")
    assert {path.name for path in (tmp_path / "objects").iterdir()} == {
        f"Naht_7.{k}.dcm" for k in ("seg", "sr", "diconde")
    }
    # the rejected one is left out, the drawn one is no model's
    segments = found["seg"].SegmentSequence
    assert [each.SegmentLabel for each in segments] == ["1 gas_pore", "3 gas_pore", "4 crack"]
    assert [each.SegmentAlgorithmType for each in segments] == ["AUTOMATIC", "AUTOMATIC", "MANUAL"]
    items = found["diconde"].EvaluatorSequence[-1].IndicationSequence
    assert [each.IndicationDisposition for each in items] == ["HOLD"] * 3  # nobody has approved anything
    labels = [[each.PropertyLabel for each in item.IndicationPhysicalPropertySequence] for item in items]
    assert "SCORE" in labels[0] and "SCORE" not in labels[2]
    assert "DEPTH" not in labels[0] and items[2].IndicationPhysicalPropertySequence[-1].NumericValue == 0.4
    assert "drawn by a person" in items[2].IndicationDescription
    masks = found["seg"].pixel_array
    x, y = SPOTS[0]
    assert masks.shape == (3, 300, 900) and masks[:, y, x].sum() + masks[:, SPOTS[2][1], SPOTS[2][0]].sum() >= 1


def test_approved_film_carries_the_tables_outcome_and_the_persons_name(bench: Bench, tmp_path: Path) -> None:
    film = decided(bench)
    url = f"/api/v1/films/{film['id']}"
    bench.ok("PUT", f"{url}/weld", json=WELD)
    bench.ok("POST", "/api/v1/tables/iso5817:2023/authorise", json={"name": "Ada Lovelace"})
    word = {"name": "Ada Lovelace", "meaning": "approved", "revision": bench.ok("GET", url)["revision"]}
    bench.ok("POST", f"{url}/signatures", json=word)
    judged = bench.ok("GET", f"{url}/verdict")["images"][0]["indications"]
    wanted = [{"acceptable": "ACCEPT", "not acceptable": "REJECT"}.get(each["outcome"], "HOLD") for each in judged]
    assert "REJECT" in wanted  # a crack is in no size acceptable
    found = unpacked(bench, film, tmp_path / "objects")
    evaluator = found["diconde"].EvaluatorSequence[-1]
    assert [each.IndicationDisposition for each in evaluator.IndicationSequence] == wanted
    assert evaluator.EvaluatorName == "Lovelace^Ada"
    assert found["seg"].SegmentSequence[0].SegmentAlgorithmType == "SEMIAUTOMATIC"


@pytest.mark.skipif(not shutil.which("dciodvfy"), reason="needs dciodvfy: apt-get install dicom3tools")
def test_validator_finds_no_error(bench: Bench, tmp_path: Path) -> None:
    by_hand = bench.upload(data=dicom_film(1), name="b.dcm")
    bench.ok("POST", f"/api/v1/films/{by_hand['id']}/indications", json={"class": "crack", "box": [10, 10, 60, 8]})
    for number, film in enumerate((decided(bench), by_hand)):
        unpacked(bench, film, tmp_path / str(number))
        for file in (tmp_path / str(number)).iterdir():
            command = ["dciodvfy", "-new", str(file)]
            told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stderr
            assert [line for line in told.splitlines() if line.startswith(("Error", "Abort"))] == [], file.name


def test_archive_gets_the_objects_and_the_log_says_so(linked: Bench, archive: tuple[int, Path]) -> None:
    assert linked.ok("GET", "/api/v1/archive") == {"archive": f"STORE at 127.0.0.1:{archive[0]}"}
    film = decided(linked)
    url = f"/api/v1/films/{film['id']}/diconde"
    sent = linked.ok("POST", url)
    assert sent["stored"] == ["Naht_7.seg.dcm", "Naht_7.sr.dcm", "Naht_7.diconde.dcm"] and sent["refused"] == []
    assert len(list(archive[1].glob("*.dcm"))) == 3
    assert linked.ok("POST", url, json={"film": True})["stored"][0] == "Naht_7.dcm"
    stored = [dcmread(path) for path in archive[1].glob("*.dcm")]
    assert len(stored) == 4 and len({each.StudyInstanceUID for each in stored}) == 1
    running = linked.client.app.state.bench  # type: ignore[attr-defined]
    with running.database.reading() as session:
        subjects = session.scalars(text("SELECT subject FROM audit WHERE action = 'film sent'")).all()
    assert subjects == [film["id"]] * 2
    assert not list(running.settings.data.glob("tmp*"))


def test_what_cannot_be_sent_is_told(
    bench: Bench, settings: Settings, open_bench: Callable[[Settings], Bench], tmp_path: Path
) -> None:
    assert bench.ok("GET", "/api/v1/archive") == {"archive": None}
    png = bench.inspected()
    assert "no DICOM" in bench.refused(422, "GET", f"/api/v1/films/{png['id']}/diconde.zip")
    new = bench.upload(data=dicom_film())
    bench.refused(409, "GET", f"/api/v1/films/{new['id']}/diconde.zip")
    assert "--archive" in bench.refused(409, "POST", f"/api/v1/films/{new['id']}/diconde")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        closed = probe.getsockname()[1]
    gone = settings.model_copy(update={"data": tmp_path / "other", "archive": f"127.0.0.1:{closed}"})
    other = open_bench(gone)
    film = other.inspected(data=dicom_film())
    assert "cannot be reached" in other.refused(503, "POST", f"/api/v1/films/{film['id']}/diconde")
    assert not list(gone.data.glob("tmp*"))


@pytest.mark.parametrize(
    ("name", "written"),
    [("Ada King Lovelace", "Lovelace^Ada King"), ("ina", "ina^"), ("a\\b=c^d", "d^a b c"), ("^", "unknown^")],
)
def test_names_as_dicom_writes_them(name: str, written: str) -> None:
    assert person_name(name) == written
    assert len(person_name("x" * 200)) <= 64
