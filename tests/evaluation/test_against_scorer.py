"""The measures are those of the scorer that judges the project from outside, to the last digit."""

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest

from dynawave.evaluation.detection import average_precision, match
from dynawave.evaluation.pixels import PixelHistogram, to_uint16

DATA = Path(os.environ.get("DYNAWAVE_DATA", Path(__file__).parents[3] / "shared" / "data"))
SCORER = DATA.parent / "tools" / "score.py"

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not SCORER.is_file(), reason="the outside scorer is not beside DYNAWAVE_DATA"),
]


@pytest.fixture(scope="module")
def scorer() -> ModuleType:
    pytest.importorskip("pycocotools")
    spec = importlib.util.spec_from_file_location("outside_scorer", SCORER)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    spec.loader.exec_module(module)
    sys.dont_write_bytecode = before
    return module


@pytest.mark.parametrize("classes", [1, 3])
@pytest.mark.parametrize("seed", range(8))
def test_boxes(scorer: ModuleType, case, classes: int, seed: int) -> None:
    made = case(seed, classes)
    truth = {
        "images": [i.model_dump() for i in made.dataset.images],
        "categories": [c.model_dump() for c in made.dataset.categories],
        "annotations": [a.model_dump(exclude_none=True) | {"bbox": list(a.bbox)} for a in made.dataset.annotations],
    }
    outside = scorer.detect(truth, [dict(d, bbox=list(d["bbox"])) for d in made.detections])
    precision, matches = average_precision(made.dataset, made.detections), match(made.dataset, made.detections)
    assert precision.ap50 == pytest.approx(outside["AP50"], abs=1e-12)
    assert precision.ap30 == pytest.approx(outside["AP30"], abs=1e-12)
    assert precision.ap == pytest.approx(outside["AP"], abs=1e-12)
    assert {rate: matches.froc(rate) for rate in (1, 5, 20)} == outside["FROC"]
    assert (len(matches.flaws), len(matches.false)) == (outside["flaws"], outside["false_calls_total"])
    assert 0.1 < precision.ap30 < 0.9  # neither trivial


@pytest.mark.parametrize("seed", range(3))
def test_pixels(scorer: ModuleType, tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    histogram = PixelHistogram()
    for folder in ("truth", "found"):
        (tmp_path / folder).mkdir()
    for name in ("a.png", "b.png"):
        truth = rng.random((60, 50)) < 0.2
        probability = np.clip(rng.normal(0.4, 0.2, truth.shape) + 0.2 * truth, 0, 1)
        cv2.imwrite(str(tmp_path / "truth" / name), truth.astype(np.uint8) * 255)
        cv2.imwrite(str(tmp_path / "found" / name), to_uint16(probability))
        histogram.add(probability, truth)
    outside = scorer.segment(str(tmp_path / "truth"), str(tmp_path / "found"))
    found = histogram.scores()
    assert found.ap == pytest.approx(outside["pixel_AP"], abs=1e-12)
    assert found.auroc == pytest.approx(outside["AUROC"], abs=1e-12)
    assert found.best_f1 == pytest.approx(outside["bestF1"], abs=1e-12)
    assert found.best_threshold == pytest.approx(outside["bestF1_threshold"], abs=1e-12)
