import numpy as np
import pytest
from pydantic import ValidationError
from scipy.special import expit
from scipy.special import logit as scipy_logit

from dynawave.inspection import Inspector
from dynawave.inspection.calibration import Calibration
from dynawave.records import WeldImage
from toy import CARD, film, spot, toy_model

SCORES = np.linspace(0.001, 0.999, 50)


def test_calibration_is_linear_on_the_logit_and_can_be_undone() -> None:
    found = Calibration(0.7, -1.2)
    assert found.apply(SCORES) == pytest.approx(expit(0.7 * scipy_logit(SCORES) - 1.2))
    assert found.inverse(found.apply(SCORES)) == pytest.approx(SCORES)
    assert (np.diff(found.apply(SCORES)) > 0).all()
    assert (Calibration().apply([0, 0.3, 1]) == [0, 0.3, 1]).all()


def test_two_after_each_other_are_one() -> None:
    first, second = Calibration(0.7, -1.2), Calibration(1.5, 0.3)
    assert second.after(first).apply(SCORES) == pytest.approx(second.apply(first.apply(SCORES)))


@pytest.mark.parametrize("fields", [{"slope": 0}, {"slope": -1}, {"offset": float("nan")}, {"power": 2}])
def test_what_would_turn_scores_round_is_refused(fields) -> None:
    with pytest.raises((ValidationError, TypeError)):
        Calibration(**fields)


def test_an_inspector_gives_calibrated_scores_and_takes_calibrated_thresholds(tmp_path) -> None:
    pixels = film(256, 400)
    spot(pixels, 100, 128)
    spot(pixels, 300, 120, 7)
    image = WeldImage(pixels)
    plain = Inspector(toy_model(tmp_path / "plain.onnx")).inspect(image)
    model = toy_model(tmp_path / "calibrated.onnx", CARD | {"calibration": {"slope": 0.5, "offset": -0.4}})
    inspector, change = Inspector(model), Calibration(0.5, -0.4)
    found = inspector.inspect(image)
    assert len(found.indications) == len(plain.indications) == 2  # the model's own threshold is of the raw score
    raw = [each.score for each in plain.indications]
    assert [each.score for each in found.indications] == pytest.approx(change.apply(raw))
    assert inspector.score_threshold == pytest.approx(float(change.apply(0.3)))
    between = float(np.mean([each.score for each in found.indications]))
    assert len(Inspector(model, score_threshold=between).inspect(image).indications) == 1
