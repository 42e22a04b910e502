import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from dynawave.evaluation.reliability import fit_calibration, held_out, measure_reliability
from dynawave.inspection.calibration import Calibration


@pytest.fixture(scope="module")
def calls() -> tuple[np.ndarray, np.ndarray]:
    """Scores that claim too much: the truth is as often as the calibrated score says."""
    rng = np.random.default_rng(0)
    scores = rng.beta(0.8, 1.2, 4000)
    return scores, rng.random(4000) < Calibration(0.6, -1.0).apply(scores)


def test_the_diagram_is_scikit_learns(calls) -> None:
    scores, true = calls
    found = measure_reliability(scores, true, 0.5)
    share, mean = calibration_curve(true, scores, n_bins=10)
    assert [each.true for each in found.ranges] == pytest.approx(share)
    assert [each.score for each in found.ranges] == pytest.approx(mean)
    counts = np.histogram(scores, 10, (0, 1))[0]
    assert found.error == pytest.approx((counts * np.abs(share - mean)).sum() / 4000)
    assert found.brier == pytest.approx(brier_score_loss(true, scores))
    high = scores >= 0.5
    assert found.error_reported == pytest.approx(measure_reliability(scores[high], true[high], 0).error)


def test_by_hand_and_of_nothing() -> None:
    found = measure_reliability(np.array([0.05, 0.95, 1.0]), np.array([False, True, False]), 2.0)
    assert [(each.calls, each.true) for each in found.ranges] == [(1, 0), (2, 0.5)]
    assert found.error == pytest.approx((0.05 + 2 * (0.975 - 0.5)) / 3) and found.error_reported is None
    assert measure_reliability(np.empty(0), np.empty(0, bool), 0.5) is None


def test_the_fit_finds_what_was_done_to_the_scores(calls) -> None:
    scores, true = calls
    found = fit_calibration(scores, true)
    assert (found.slope, found.offset) == pytest.approx((0.6, -1.0), abs=0.12)
    after = held_out(scores, true, np.arange(4000))
    assert measure_reliability(after, true, 0.5).error < 0.02 < 0.1 < measure_reliability(scores, true, 0.5).error
    assert (np.argsort(after[::2], kind="stable") == np.argsort(scores[::2], kind="stable")).all()


def test_calls_that_tell_nothing_are_not_fitted() -> None:
    scores = np.linspace(0.1, 0.9, 20)
    assert fit_calibration(scores, np.ones(20, bool)) is None
    assert fit_calibration(scores, scores < 0.5) is None
    assert (held_out(scores, np.ones(20, bool), np.arange(20)) == scores).all()


def test_a_few_calls_that_are_parted_make_no_boundless_slope() -> None:
    found = fit_calibration(np.array([0.1, 0.2, 0.7, 0.8]), np.array([False, False, True, True]))
    assert 0.2 < found.slope < 3 and np.abs(found.apply([0.1, 0.8]) - [0.25, 0.75]).max() < 0.1
