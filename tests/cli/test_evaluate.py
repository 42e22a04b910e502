import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from dynawave.cli.main import app
from dynawave.datasets.coco import CocoAnnotation, CocoCategory, CocoDataset, CocoImage, write_coco


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """A film with a pore that both the given results and the blob filter find."""
    grey = 30000 + np.random.default_rng(0).normal(0, 300, (120, 200))
    grey[50:62, 80:92] -= 6000
    root = tmp_path / "films"
    root.mkdir()
    cv2.imwrite(str(root / "a.png"), grey.astype(np.uint16))
    image = CocoImage(id=1, file_name="a.png", width=200, height=120)
    flaw = CocoAnnotation(id=1, image_id=1, category_id=1, bbox=(80, 50, 12, 12), area=144)
    write_coco(CocoDataset(root, (image,), (CocoCategory(id=1, name="flaw"),), (flaw,)), root)
    peer = [{"image_id": 1, "category_id": 1, "bbox": [81, 50, 12, 12], "score": 0.9}]
    (tmp_path / "peer.json").write_text(json.dumps(peer))
    return root


def run(films: Path, out: Path, *options: object) -> Result:
    return CliRunner().invoke(app, ["evaluate", "--data", str(films), "--out", str(out), *map(str, options)])


def test_measures_results_beside_the_baseline(films: Path, tmp_path: Path) -> None:
    done = run(films, tmp_path / "out", "--results", tmp_path / "peer.json")
    assert done.exit_code == 0 and "AP50" in done.output
    peer, blob = json.loads((tmp_path / "out" / "metrics.json").read_text())["results"]
    assert (peer["name"], blob["name"]) == ("peer", "blob filter")
    assert peer["ap50"] == pytest.approx(1) and peer["pixel_ap"] is None
    assert blob["hits"]["1"] == 1 and blob["pixel_ap"] > 0.5
    assert {"metrics.md", "detections.json"} <= {path.name for path in (tmp_path / "out").iterdir()}


def test_measures_weights_and_writes_their_maps(films: Path, tmp_path: Path, toy_weights: Path) -> None:
    out = tmp_path / "out"
    done = run(films, out, "--weights", toy_weights, "--probability")
    assert done.exit_code == 0, done.output
    toy = json.loads((out / "metrics.json").read_text())["results"][0]
    assert toy["name"] == "toy" and toy["hits"]["1"] == 1 and toy["calls"] >= 1
    written = cv2.imread(str(out / "probability" / "a.png"), cv2.IMREAD_UNCHANGED)
    assert written.dtype == np.uint16 and written.shape == (120, 200)


def test_missing_weights_are_named(films: Path, tmp_path: Path) -> None:
    done = run(films, tmp_path / "out", "--weights", "nothing.onnx")
    assert done.exit_code == 2 and "nothing.onnx" in done.output and "Traceback" not in done.output


def test_without_the_baseline(films: Path, tmp_path: Path) -> None:
    assert run(films, tmp_path / "out", "--results", tmp_path / "peer.json", "--no-baseline").exit_code == 0
    assert len(json.loads((tmp_path / "out" / "metrics.json").read_text())["results"]) == 1


def test_faults_leave_nothing(films: Path, tmp_path: Path) -> None:
    (films / "a.png").write_bytes(b"")
    done = run(films, tmp_path / "out", "--results", tmp_path / "peer.json")
    assert done.exit_code == 2 and "a.png" in done.output and "Traceback" not in done.output
    assert not (tmp_path / "out").exists()


def test_one_of_weights_and_results_is_needed(films: Path, tmp_path: Path) -> None:
    for extra in ([], ["--weights", "film", "--results", "peer.json"]):
        assert run(films, Path("x"), *extra).exit_code == 2


def test_measures_weights_on_corrupted_films_and_goes_on(films: Path, tmp_path: Path, toy_weights: Path) -> None:
    out = tmp_path / "out"
    done = run(films, out, "--weights", toy_weights, "--corruptions", "polarity,coarse")
    assert done.exit_code == 0 and "hits at 2" in done.output
    assert sorted(path.name for path in out.iterdir()) == ["robustness.json", "robustness.md", "robustness.svg"]
    record = json.loads((out / "robustness.json").read_text())
    assert len(record["conditions"]) == 11 and record["model"] == "toy"
    clean, negative = record["conditions"][:2]
    assert clean["measures"]["hits at 1"] == 1 and negative["measures"]["hits at 1"] == 0
    written = (out / "robustness.json").stat().st_mtime_ns
    assert run(films, out, "--weights", toy_weights, "--corruptions", "coarse").exit_code == 0
    assert (out / "robustness.json").stat().st_mtime_ns == written


def test_corruptions_may_stand_alone_and_need_weights(films: Path, tmp_path: Path, toy_weights: Path) -> None:
    for options in (["--corruptions"], ["--corruptions", "blur"]):
        done = run(films, tmp_path / "out", "--results", tmp_path / "peer.json", *options)
        assert done.exit_code == 2 and "--weights" in done.output
    done = run(films, tmp_path / "out", "--corruptions", "fog", "--weights", toy_weights)
    assert done.exit_code == 2 and "fog" in done.output and "blur" in done.output
    assert not (tmp_path / "out").exists()


def test_ctrl_c_says_how_to_go_on(
    films: Path, tmp_path: Path, toy_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*given: object, **named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("dynawave.evaluation.robustness.measure_robustness", stopped)
    done = run(films, tmp_path / "out", "--weights", toy_weights, "--corruptions", "blur")
    assert done.exit_code == 130 and "run the same command again" in done.output


@pytest.fixture
def three_films(tmp_path: Path) -> Path:
    """Three films with a pore each, and scratches that are none."""
    root, rng = tmp_path / "three", np.random.default_rng(1)
    root.mkdir()
    images, flaws = [], []
    for number in range(3):
        grey = 30000 + rng.normal(0, 300, (120, 200))
        grey[50:62, 40 + 30 * number :][:, :12] -= 6000
        grey[90:100, 150:160] -= 2500 * number
        cv2.imwrite(str(root / f"{number}.png"), grey.astype(np.uint16))
        images.append(CocoImage(id=number, file_name=f"{number}.png", width=200, height=120, pixel_size_mm=0.05))
        box = (40 + 30 * number, 50, 12, 12)
        flaws.append(CocoAnnotation(id=number, image_id=number, category_id=1, bbox=box, area=144))
    write_coco(CocoDataset(root, tuple(images), (CocoCategory(id=1, name="flaw"),), tuple(flaws)), root)
    return root


def test_two_weights_are_compared_on_the_same_films(three_films: Path, tmp_path: Path, toy_weights: Path) -> None:
    out = tmp_path / "out"
    done = run(three_films, out, "--weights", toy_weights, "--weights", toy_weights, "--no-baseline")
    assert done.exit_code == 0, done.output
    record = json.loads((out / "metrics.json").read_text())
    first, second = record["results"]
    assert (first["name"], second["name"]) == ("toy", "toy 2") and first["ap50"] == second["ap50"]
    assert record["differences"]["toy 2"]["hits.1"] == {"difference": 0, "low": 0, "high": 0, "p": 1}
    assert first["intervals"]["hits.1"]["low"] <= first["hits"]["1"] and first["sizing"]["length"]["flaws"] == 3
    assert len(list((out / "films").iterdir())) == 3  # the same weights see the same
    assert (out / "report.html").stat().st_size > 10_000


def test_writes_calibrated_weights(three_films: Path, tmp_path: Path, toy_weights: Path) -> None:
    made = tmp_path / "calibrated.onnx"
    options = ("--no-baseline", "--weights", toy_weights, "--calibrate", made)
    done = run(three_films, tmp_path / "out", *options)
    assert done.exit_code == 0 and "calibrated by slope" in done.output, done.output
    again = run(three_films, tmp_path / "again", "--no-baseline", "--weights", made)
    assert again.exit_code == 0, again.output
    before, after = (
        json.loads((tmp_path / name / "metrics.json").read_text())["results"][0] for name in ("out", "again")
    )
    assert (after["calls"], after["hits"], after["ap50"]) == (before["calls"], before["hits"], before["ap50"])
    assert after["operating"]["recall"] == before["operating"]["recall"]
    assert after["operating"]["threshold"] != before["operating"]["threshold"]
    wrong = run(three_films, tmp_path / "x", "--results", tmp_path / "peer.json", "--calibrate", made)
    assert wrong.exit_code == 2 and "--calibrate" in wrong.output
