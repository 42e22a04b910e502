import numpy as np
import pytest
from scipy.stats import rankdata

from dynawave.evaluation.pixels import PixelHistogram, to_uint16


@pytest.fixture
def maps():
    rng = np.random.default_rng(0)
    truth = rng.random((80, 90)) < 0.1
    probability = np.clip(rng.normal(0.3, 0.15, truth.shape) + 0.25 * truth, 0, 1)
    return np.round(probability, 3), truth  # rounded, for ties


def test_agrees_with_ranks_and_a_sorted_sweep(maps) -> None:
    probability, truth = maps
    histogram = PixelHistogram()
    histogram.add(probability[:40], truth[:40])
    histogram.add(to_uint16(probability[40:]), truth[40:])
    found = histogram.scores()

    score, label = probability.ravel(), truth.ravel()
    flawed, sound = label.sum(), (~label).sum()
    auroc = (rankdata(score)[label].sum() - flawed * (flawed + 1) / 2) / (flawed * sound)
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(label[order])
    steps = np.flatnonzero(np.r_[np.diff(score[order]) != 0, True])
    precision, recall = hits[steps] / (steps + 1), hits[steps] / flawed
    f1 = 2 * precision * recall / (precision + recall)
    assert found.auroc == pytest.approx(auroc)
    assert found.ap == pytest.approx(np.sum(np.diff(np.r_[0, recall]) * precision))
    assert found.best_f1 == pytest.approx(f1.max())
    threshold = score[order][steps][f1.argmax()]
    assert found.best_threshold == pytest.approx(threshold, abs=1e-5)
    called = probability >= threshold
    assert found.best_f1 == pytest.approx(2 * (called & truth).sum() / (called.sum() + truth.sum()))


def test_a_perfect_map_and_an_inverted_one(maps) -> None:
    truth = maps[1]
    for probability, expected in ((truth, (1, 1, 1)), (~truth, (truth.mean(), 0, None))):
        histogram = PixelHistogram()
        histogram.add(probability.astype(np.float32), truth)
        found = histogram.scores()
        assert (found.ap, found.auroc) == pytest.approx(expected[:2])
        assert expected[2] is None or found.best_f1 == expected[2]


def test_without_flaws_there_is_no_measure(maps) -> None:
    histogram = PixelHistogram()
    histogram.add(maps[0], np.zeros_like(maps[1]))
    found = histogram.scores()
    assert np.isnan([found.ap, found.auroc, found.best_f1]).all()
