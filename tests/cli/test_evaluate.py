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
