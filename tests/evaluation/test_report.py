import csv
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import onnx
import pytest

from dynawave.datasets.coco import CocoAnnotation, CocoCategory, CocoDataset, CocoImage
from dynawave.errors import WeightsError
from dynawave.evaluation.calibrate import calibrate
from dynawave.evaluation.calls import Call, Calls, Detector
from dynawave.evaluation.complete import Completed, compare, complete, figures
from dynawave.evaluation.evaluate import Evaluation, evaluate
from dynawave.evaluation.report.folder import write_folder
from dynawave.evaluation.report.tables import MAIN
from dynawave.evaluation.report.worst import worst_cases
from dynawave.inspection.runtime import Runtime
from dynawave.records import WeldImage

FILMS = 12


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> CocoDataset:
    """Twelve films with six pores each, of 4 to 40 px."""
    root, rng = tmp_path_factory.mktemp("films"), np.random.default_rng(0)
    images, flaws = [], []
    for number in range(FILMS):
        cv2.imwrite(str(root / f"{number}.png"), rng.integers(20000, 40000, (100, 320)).astype(np.uint16))
        images.append(CocoImage(id=number, file_name=f"{number}.png", width=320, height=100, pixel_size_mm=0.05))
        for k in range(6):
            side = round(float(np.exp(rng.uniform(np.log(4), np.log(40)))))
            flaws.append(
                CocoAnnotation(
                    id=len(flaws), image_id=number, category_id=1, bbox=(5 + 50 * k, 20, side, side), area=side**2
                )
            )  # fmt: skip
    return CocoDataset(root, tuple(images), (CocoCategory(id=1, name="flaw"),), tuple(flaws))


def detector(films: CocoDataset, skill: float) -> Detector:
    """Finds larger flaws more surely, and calls two that are none on every film."""

    def detect(image: WeldImage) -> Calls:
        number = int(Path(image.name).stem)
        rng = np.random.default_rng(number)
        calls = []
        probability = np.full((100, 320), 0.05, np.float32)
        for flaw in films.annotations_of(films.images[number]):
            x, y, side, _ = flaw.bbox
            score = 1 / (1 + np.exp(-(2 * np.log(side / 12) + skill + rng.normal(0, 1))))
            if score > 0.1:
                calls.append(Call((x, y, side, side), float(score), "flaw", size_px=(side * 1.1, side)))
            probability[int(y) : int(y + side), int(x) : int(x + side)] = score
        calls += [Call((10 + 80 * k, 80, 8, 8), float(rng.beta(2, 4)), "flaw") for k in range(2)]
        return Calls(tuple(calls), probability)

    return detect


@pytest.fixture(scope="module")
def measured(films: CocoDataset) -> list[Completed]:
    return [
        complete(evaluate(detector(films, skill), films, name, classes=("flaw",)), 0.4)
        for name, skill in (("better", 1.0), ("worse", -0.5))
    ]


def test_a_complete_evaluation_holds_every_measure(measured: list[Completed]) -> None:
    found = measured[0].evaluation
    assert found.flaws == 72 and found.operating and found.operating.threshold == 0.4
    assert found.sizing["length"].relative_error == pytest.approx(0.1) and found.sizing["width"].bias_mm == 0
    assert [pod.unit for pod in found.pod] == ["mm", "mm"] and all(pod.a90_95 for pod in found.pod)
    sizes, hit = (np.array(v) for v in zip(*((f.length_mm, f.score >= 0.4) for f in measured[0].flaws), strict=True))
    assert found.pod[0].found == hit.sum() and sizes[~hit].max() < found.pod[0].a90_95 * 3
    assert found.reliability and sum(each.calls for each in found.reliability.ranges) == found.calls
    assert found.segmentation and found.segmentation.by_class[1].name == "flaw"
    assert found.whole_images is None
    assert found.kinds and found.kinds.recall and [kind.name for kind in found.kinds.by_class] == ["flaw"]
    assert Evaluation.model_validate_json(found.model_dump_json()) == found


def test_intervals_hold_the_figures_and_are_of_figures_in_the_record(measured: list[Completed]) -> None:
    for result in measured:
        known = figures(result.evaluation)
        assert {"ap50", "hits.1", "pixel_ap", "operating.recall", "segmentation.miou", "sizing.length.rmse_mm"} <= set(
            result.evaluation.intervals
        )
        assert {"sizing.width.relative_error", "reliability.error", "reliability.brier"} <= set(
            result.evaluation.intervals
        )
        for name, interval in result.evaluation.intervals.items():
            assert interval.low - 1e-9 <= known[name] <= interval.high + 1e-9, name
            assert name in MAIN


def test_the_better_detector_is_told_from_the_worse(measured: list[Completed]) -> None:
    found = compare(*measured)
    recall = found["operating.recall"]
    assert recall.high < 0 and recall.p < 0.01
    assert found["sizing.width.bias_mm"].p == 1 and compare(measured[0], measured[0])["ap50"].p == 1


@pytest.fixture(scope="module")
def folder(measured: list[Completed], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("written")
    write_folder(measured, {"worse": compare(*measured)}, out)
    return out


def test_the_folder_holds_it_all(measured: list[Completed], folder: Path) -> None:
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert names == {
        "metrics.json", "metrics.md", "report.html", "detections.json", "detections.worse.json", "flaws.csv",
        "flaws.worse.csv", "worst.png", "worst.worse.png", "curves/froc.svg", "curves/reliability.svg",
        "curves/pod-hit-miss.svg", "curves/pod-signal.svg", "curves/sizing-length.svg", "curves/sizing-width.svg",
    }  # fmt: skip
    record = json.loads((folder / "metrics.json").read_text())
    assert [result["name"] for result in record["results"]] == ["better", "worse"]
    assert record["differences"]["worse"]["operating.recall"]["p"] < 0.01
    for file in (folder / "curves").iterdir():
        ElementTree.parse(file)
    assert cv2.imread(str(folder / "worst.png")).shape[1] == 1200
    rows = list(csv.DictReader((folder / "flaws.csv").open()))
    assert len(rows) == 72 and float(rows[0]["score"]) == pytest.approx(measured[0].flaws[0].score)


def test_the_page_needs_no_other_file(folder: Path) -> None:
    page = (folder / "report.html").read_text()
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(sources) == 8 and all(source.startswith("data:image/") for source in sources)
    assert "worse less better" in page and "a90/95" in page and "Undefined" not in page


def test_the_worst_come_first(measured: list[Completed]) -> None:
    cases = worst_cases(measured[1])
    missed = [case for case in cases if case.missed]
    widths = [case.box[2] for case in missed]
    assert widths == sorted(widths, reverse=True) and len(missed) == 12
    assert max(f.length_px for f in measured[1].flaws if f.score < 0.4) == widths[0]
    assert all("flaw, 0." in case.title for case in cases if not case.missed)


def test_a_detector_that_says_nothing_has_a_folder_too(films: CocoDataset, tmp_path: Path) -> None:
    result = complete(evaluate(lambda image: Calls(()), films, "nothing", classes=("flaw",)))
    write_folder([result], {}, tmp_path)
    assert result.evaluation.operating.recall == 0 and result.evaluation.reliability is None
    assert "no flaw was found" in (tmp_path / "metrics.md").read_text()


def test_weights_are_calibrated_in_their_metadata_alone(
    measured: list[Completed], toy_weights: Path, tmp_path: Path
) -> None:
    out = tmp_path / "calibrated.onnx"
    done = calibrate(toy_weights, measured[0], out)
    card = Runtime(out).card
    assert card.calibration == done.calibration and done.after < done.before
    assert card.model_copy(update={"calibration": Runtime(toy_weights).card.calibration}) == Runtime(toy_weights).card
    assert onnx.load(out).graph == onnx.load(toy_weights).graph
    twice = calibrate(out, measured[0], tmp_path / "twice.onnx")
    assert Runtime(tmp_path / "twice.onnx").card.calibration == twice.calibration.after(done.calibration)


def test_calls_that_tell_nothing_do_not_calibrate(films: CocoDataset, toy_weights: Path, tmp_path: Path) -> None:
    nothing = complete(evaluate(lambda image: Calls(()), films, "nothing", classes=("flaw",)))
    with pytest.raises(WeightsError, match="cannot be calibrated on these films"):
        calibrate(toy_weights, nothing, tmp_path / "out.onnx")
    assert not (tmp_path / "out.onnx").exists()
