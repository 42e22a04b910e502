from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import f1_score, roc_auc_score, top_k_accuracy_score

from dynawave.datasets.coco import CocoAnnotation, CocoCategory, CocoDataset, CocoImage
from dynawave.evaluation.calls import Call
from dynawave.evaluation.film import Film
from dynawave.evaluation.images import Presence, find_images, find_presence, measure_images, measure_presence

NAMES = ("a", "b", "c", "d")


def dataset(kinds: list[list[int]]) -> CocoDataset:
    """Pictures with a flaw of each of the kinds."""
    images = tuple(CocoImage(id=n, file_name=f"{n}.png", width=50, height=50) for n in range(len(kinds)))
    flaws = [(image, kind) for image, of in enumerate(kinds) for kind in of]
    return CocoDataset(
        Path("pictures"),
        images,
        tuple(CocoCategory(id=k + 5, name=name) for k, name in enumerate(NAMES)),
        tuple(
            CocoAnnotation(id=n, image_id=image, category_id=kind + 5, bbox=(1, 1, 5, 5), area=25)
            for n, (image, kind) in enumerate(flaws)
        ),
    )


def presence(data: CocoDataset, scores: list[dict[str, float]], calls: Sequence[Sequence[Call]]) -> Presence | None:
    films = [Film(tuple(c), 0, (), (), (), None, None, score) for score, c in zip(scores, calls, strict=True)]
    return measure_presence(find_presence(data, films))


def test_each_image_is_called_by_its_highest_score() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 4, 60)
    scores = 0.05 * (rng.random((60, 4)) + 0.8 * (truth[:, None] == np.arange(4)))  # faint, yet none is sound
    images = find_images(dataset([[k, k] for k in truth]), [dict(zip(NAMES, row, strict=True)) for row in scores])
    found = measure_images(images, NAMES)
    called = scores.argmax(1)
    assert found.kinds.accuracy == pytest.approx((called == truth).mean()) and found.kinds.sound == 0
    assert found.kinds.f1 == pytest.approx(f1_score(truth, called, average="macro"))
    shares = scores / scores.sum(1, keepdims=True)
    aucs = [roc_auc_score(truth == k, scores[:, k]) for k in range(4)]
    assert found.kinds.auc == pytest.approx(np.mean(aucs))
    assert found.top == pytest.approx({str(k): top_k_accuracy_score(truth, shares, k=k) for k in (2, 3)})
    assert 0.4 < found.kinds.accuracy < 0.95


def test_images_without_flaws_are_sound_under_a_threshold_of_the_other_half() -> None:
    kinds = [[0], [0], [1], [1], [], [], [], []]
    scores = [(0.8, 0.1), (0.7, 0.1), (0.2, 0.7), (0.1, 0.9), (0.3, 0.2), (0.1, 0.2), (0.3, 0.1), (0.2, 0.2)]
    found = measure_images(find_images(dataset(kinds), [dict(zip("ab", row, strict=True)) for row in scores]), NAMES)
    assert found.kinds.accuracy == 1 and found.kinds.sound == 4 and found.kinds.f1 == 1
    assert [kind.recall for kind in found.kinds.by_class] == [1, 1, None, None]


@pytest.mark.parametrize("kinds", [[[0, 1], [2]], [[0], [0]], [[], []]])
def test_sets_of_several_classes_an_image_or_of_one_in_all_are_left_alone(kinds) -> None:
    assert find_images(dataset(kinds), [{"a": 0.5}] * 2) is None
    assert find_images(dataset([[0], [1]]), [{}, {}]) is None


def test_what_is_on_an_image_by_image_scores() -> None:
    """Classes c and d are asked for nowhere or everywhere, so they do not count; d's scores would be worth nothing."""
    rng = np.random.default_rng(1)
    kinds = [[3, *np.flatnonzero(rng.random(2) < 0.5)] for _ in range(80)]
    truth = np.array([[k in of for k in range(2)] for of in kinds])
    values = rng.random((80, 4)) + 0.5 * np.pad(truth, ((0, 0), (0, 2)))
    scores = [dict(zip(NAMES, row, strict=True)) for row in values]
    found = presence(dataset(kinds), scores, [()] * 80)
    assert found.auc == pytest.approx(np.mean([roc_auc_score(truth[:, k], values[:, k]) for k in range(2)]))
    assert [kind.name for kind in found.by_class] == ["a", "b"]
    assert [kind.flaws for kind in found.by_class] == truth.sum(0).tolist()
    called = np.empty_like(truth)
    for half in (0, 1):
        other = slice(1 - half, None, 2)
        for k in range(2):
            steps = np.unique(np.quantile(values[other, k], np.linspace(0, 1, 50), method="nearest"))
            best = max(steps, key=lambda t: f1_score(truth[other, k], values[other, k] >= t))
            called[half::2, k] = values[half::2, k] >= best
    assert found.accuracy == pytest.approx((called == truth).mean())
    assert found.f1 == pytest.approx(np.mean([f1_score(truth[:, k], called[:, k]) for k in range(2)]))


def test_what_is_on_an_image_by_its_surest_call() -> None:
    """Of three images the first two have a; b's only call, sure of b by half, is on the one that has it."""
    calls = [
        [Call((0, 0, 9, 9), 0.6, "a"), Call((0, 0, 9, 9), 0.4, "a")],
        [Call((0, 0, 9, 9), 0.9, "b", 0.5), Call((5, 5, 9, 9), 0.3, "a")],
        [Call((0, 0, 9, 9), 0.5, "a")],
        [],
    ]
    found = presence(dataset([[0], [0, 1], [], []]), [{}] * 4, calls)
    a, b = found.by_class
    assert a.auc == pytest.approx(roc_auc_score([1, 1, 0, 0], [0.6, 0.3, 0.5, 0])) == 0.75 and b.auc == 1
    assert found.auc == pytest.approx(0.875)


def test_nothing_to_ask_for_where_all_images_are_alike() -> None:
    assert presence(dataset([[0], [0]]), [{}, {}], [(), ()]) is None
    assert presence(dataset([[], []]), [{}, {}], [(), ()]) is None
