import numpy as np
import pytest
from scipy.stats import bootstrap
from sklearn.metrics import accuracy_score, precision_recall_fscore_support, roc_auc_score

from dynawave.evaluation.classification import Regions, best_thresholds
from dynawave.evaluation.detection import average_precision, match
from dynawave.evaluation.findings import Claim, Flaw
from dynawave.evaluation.images import measure_presence
from dynawave.evaluation.reliability import measure_reliability, scores_of
from dynawave.evaluation.sizing import measure_sizes
from dynawave.evaluation.uncertainty.bootstrap import differences, intervals, redraw
from dynawave.evaluation.uncertainty.kinds import WeighedKinds, WeighedPresence
from dynawave.evaluation.uncertainty.precision import WeighedPrecision
from dynawave.evaluation.uncertainty.weighed import _Reliability, _Sizes, weighed_hits


@pytest.mark.parametrize("classes", [1, 3])
@pytest.mark.parametrize("seed", range(4))
def test_average_precision_is_that_of_faster_coco_eval(case, classes: int, seed: int) -> None:
    made = case(seed, classes)
    if seed % 2:  # with a region that is a crowd
        crowd = made.dataset.annotations[0].model_copy(update={"iscrowd": 1})
        made.dataset = type(made.dataset)(
            made.dataset.root, made.dataset.images, made.dataset.categories, (crowd, *made.dataset.annotations[1:])
        )
    expected = average_precision(made.dataset, made.detections)
    found = WeighedPrecision(made.dataset, made.detections)(np.ones(4))
    assert found == pytest.approx({"ap30": expected.ap30, "ap50": expected.ap50, "ap": expected.ap}, abs=1e-12)


def repeated(made, weights):
    """The set with each image as often as its weight says."""
    dataset, images, flaws, calls = made.dataset, [], [], []
    for place, image in enumerate(dataset.images):
        for _ in range(weights[place]):
            number = len(images) + 1
            images.append(image.model_copy(update={"id": number}))
            flaws += [
                a.model_copy(update={"id": len(flaws) + k, "image_id": number})
                for k, a in enumerate(dataset.annotations_of(image), 1)
            ]
            calls += [d | {"image_id": number} for d in made.detections if d["image_id"] == image.id]
    return type(dataset)(dataset.root, tuple(images), dataset.categories, tuple(flaws)), calls


def test_weights_are_how_often_a_film_counts(case) -> None:
    made, weights = case(1, 2), [2, 0, 3, 1]
    for detection in made.detections:  # ties between films would be settled by their order
        detection["score"] += 1e-6 * detection["bbox"][0]
    dataset, calls = repeated(made, weights)
    expected, matches = average_precision(dataset, calls), match(dataset, calls)
    found = WeighedPrecision(made.dataset, made.detections)(np.array(weights, float))
    assert (found["ap50"], found["ap"]) == pytest.approx((expected.ap50, expected.ap), abs=0.02)
    before = match(made.dataset, made.detections)
    places = np.array([[i.id for i in made.dataset.images].index(flaw.image_id) for flaw in before.flaws])
    hits = weighed_hits(before, places, np.array(weights, float))
    assert hits == {f"hits.{rate}": pytest.approx(matches.froc(rate)) for rate in (1, 5, 20)}


def test_measures_over_regions_are_scikit_learns() -> None:
    rng = np.random.default_rng(3)
    truth, film = rng.integers(0, 3, 200), rng.integers(0, 6, 200)
    scores = np.round(rng.random((200, 2)) * 0.5 + 0.4 * (truth[:, None] == [0, 1]), 1)
    regions = Regions(truth, scores.max(1), scores, film)
    weights = np.array([1, 0, 2, 1, 3, 1.0])
    each = weights[film]
    called = regions.called(np.array(best_thresholds(regions))[film % 2])
    found = WeighedKinds(regions)(weights)
    figures = precision_recall_fscore_support(truth, called, labels=[0, 1], sample_weight=each, average="macro")
    assert (found["precision"], found["recall"]) == pytest.approx(figures[:2])
    assert found["accuracy"] == pytest.approx(accuracy_score(truth, called, sample_weight=each))
    aucs = [roc_auc_score(truth == k, scores[:, k], sample_weight=each) for k in (0, 1)]
    assert found["auc"] == pytest.approx(np.mean(aucs))


def class_regions(truth: np.ndarray, scores: np.ndarray) -> Regions:
    return Regions((~truth).astype(np.int64), scores, scores[:, None], np.arange(len(truth)))


def test_presence_is_the_mean_over_the_classes_that_a_draw_has() -> None:
    rng = np.random.default_rng(6)
    truth = rng.random((30, 2)) < 0.4
    truth[5:, 1] = False
    scores = np.round(rng.random((30, 2)) * 0.5 + 0.4 * truth, 1)
    images = [class_regions(truth[:, k], scores[:, k]) for k in (0, 1)]
    measure, whole = WeighedPresence(images), measure_presence(dict(zip("ab", images, strict=True)))
    found = measure(np.ones(30))
    assert whole and found == pytest.approx({name: getattr(whole, name) for name in found})
    weights = rng.integers(1, 4, 30).astype(float)
    aucs = [roc_auc_score(truth[:, k], scores[:, k], sample_weight=weights) for k in (0, 1)]
    assert measure(weights)["auc"] == pytest.approx(np.mean(aucs))
    weights[truth[:, 1]] = 0  # a draw without the second class
    found, first = measure(weights), WeighedKinds(images[0])(weights)
    assert (found["recall"], found["auc"]) == (first["recall"], first["auc"])


def test_scores_and_sizes_are_those_of_films_as_often_as_they_count() -> None:
    """Against the measures themselves, of a list that holds each film as often as its weight says."""
    rng, weights = np.random.default_rng(7), np.array([2, 0, 3, 1.0])
    image, score = rng.integers(0, 4, 60).tolist(), rng.random(60).tolist()
    claims = [Claim(i, (0, 0, 1, 1), s, "flaw", bool(rng.random() < s**2)) for i, s in zip(image, score, strict=True)]
    flaws = [
        Flaw(i, (0, 0, 1, 1), "flaw", 1.0, a, b, 1.0, s, "flaw", c, d)
        for i, s, (a, b, c, d) in zip(image, score, np.exp(rng.normal(1, 0.5, (60, 4))).tolist(), strict=True)
    ]
    known = measure_reliability(*scores_of([c for c in claims for _ in range(int(weights[c.image]))]), 0.4)
    assert known and _Reliability(claims, 0.4)(weights) == pytest.approx(
        {"error": known.error, "error_reported": known.error_reported, "brier": known.brier}
    )
    sizes = measure_sizes([f for f in flaws for _ in range(int(weights[f.image]))], 0.4)
    found = _Sizes(flaws, 0.4)(weights)
    assert len(found) == 6
    for name, value in found.items():
        _, what, figure = name.split(".")
        assert value == pytest.approx(getattr(sizes[what], figure)), name


def mean_of(values: np.ndarray):
    return lambda weights: {"mean": float(weights @ values / weights.sum())}


def test_the_interval_of_a_mean_is_scipys() -> None:
    values = np.random.default_rng(0).exponential(size=40)
    drawn = redraw([mean_of(values)], [str(k) for k in range(40)], 4000)
    found = intervals(drawn, {"mean": values.mean()})["mean"]
    known = bootstrap((values,), np.mean, method="percentile", n_resamples=4000, rng=1).confidence_interval
    assert (found.low, found.high) == pytest.approx((known.low, known.high), abs=0.03)


def test_images_of_one_film_are_drawn_together() -> None:
    """Four films with ten equal images each: no more is known than of four images."""
    values, films = np.repeat([0.0, 1.0, 2.0, 5.0], 10), np.repeat(list("abcd"), 10).tolist()
    together = redraw([mean_of(values)], films)["mean"]
    alone = redraw([mean_of(values)], [str(k) for k in range(40)])["mean"]
    assert together.std() > 2.5 * alone.std()
    assert redraw([mean_of(values)], ["one film"] * 40) == {}


def test_a_difference_on_the_same_films_is_surer_than_two_intervals() -> None:
    rng = np.random.default_rng(1)
    first = rng.normal(0, 1, 50)
    second = first + 0.1 + rng.normal(0, 0.1, 50)
    films = [str(k) for k in range(50)]
    drawn, others = (redraw([mean_of(values)], films) for values in (first, second))
    found = differences(drawn, others, {"mean": first.mean()}, {"mean": second.mean()})["mean"]
    assert found.difference == pytest.approx(second.mean() - first.mean()) and 0 < found.low < found.high
    assert found.p == pytest.approx(2 / 1001)  # the least that 1000 draws can say
    same = differences(drawn, drawn, {"mean": 0.0}, {"mean": 0.0})["mean"]
    assert (same.difference, same.low, same.high, same.p) == (0, 0, 0, 1)
    assert differences(drawn, {}, {"mean": 0.0}, {"mean": 0.0}) == {}


def test_without_a_difference_p_is_even() -> None:
    """Of 200 pairs of detectors that are alike, about one in ten has p under 0.1."""
    rng, films, chance = np.random.default_rng(2), [str(k) for k in range(30)], 0
    for _ in range(100):
        first, second = rng.normal(0, 1, (2, 30))
        drawn, others = (redraw([mean_of(values)], films, 200) for values in (first, second))
        chance += differences(drawn, others, {"mean": 0.0}, {"mean": 0.0})["mean"].p < 0.1
    assert 3 <= chance <= 22
