from pathlib import Path

import numpy as np
import pytest

from dynawave.datasets.coco import CocoAnnotation, CocoCategory, CocoDataset, CocoImage, in_classes
from dynawave.evaluation.calls import Call
from dynawave.evaluation.classification import Regions, find_regions, measure_kinds, sound_windows
from dynawave.evaluation.segmentation import class_ious, count_pixels

KINDS = ("cavity", "crack")


def dataset(flaws: list[tuple[int, str, tuple[float, float, float, float]]], films: int = 2) -> CocoDataset:
    ids = {name: number for number, name in enumerate(KINDS, 7)}
    return CocoDataset(
        Path("films"),
        tuple(CocoImage(id=n, file_name=f"{n}.png", width=256, height=128) for n in range(1, films + 1)),
        tuple(CocoCategory(id=number, name=name) for name, number in ids.items()),
        tuple(
            CocoAnnotation(id=n, image_id=film, category_id=ids[name], bbox=box, area=box[2] * box[3])
            for n, (film, name, box) in enumerate(flaws, 1)
        ),
    )


def regions_of(flaws, calls: dict[int, list[Call]]) -> Regions:
    made = dataset(flaws)
    windows = []
    for image in made.images:
        flawed = np.zeros((image.height, image.width), bool)
        for flaw in made.annotations_of(image):
            x, y, width, height = (int(side) for side in flaw.bbox)
            flawed[y : y + height, x : x + width] = True
        windows.append(sound_windows(flawed))
    return find_regions(made, [(image, calls.get(image.id, [])) for image in made.images], windows)


def test_flaws_and_windows_without_any_are_the_regions() -> None:
    """Film 1 has two windows, a pore in the left one; film 2 has no flaw."""
    found = regions_of([(1, "cavity", (10, 10, 20, 20))], {})
    assert found.truth.tolist() == [0, 2, 2, 2] and found.film.tolist() == [0, 0, 1, 1]
    assert found.found.tolist() == [0, 0, 0, 0] and found.called(0.1).tolist() == [2, 2, 2, 2]


def test_calls_stand_for_what_they_hit() -> None:
    """A crack taken for a pore, sure at 0.6 of it; a fainter call on it; a false call; one near a flaw, not counted."""
    calls = {
        1: [
            Call((12, 12, 20, 20), 0.8, "cavity", 0.6),
            Call((11, 11, 20, 20), 0.5, "crack", 1.0),
            Call((200, 60, 10, 10), 0.3, "crack", 0.75),
            Call((80, 80, 10, 10), 0.9, "crack"),
            Call((200, 60, 10, 10), 0.9, "a name of its own"),
        ]
    }
    found = regions_of([(1, "crack", (10, 10, 20, 20))], calls)
    assert found.truth.tolist() == [1, 2, 2, 2]
    assert found.found == pytest.approx([0.8, 0.3, 0, 0])
    assert found.scores == pytest.approx(np.array([[0.48, 0.5], [0.075, 0.225], [0, 0], [0, 0]]))
    assert found.called(0.4).tolist() == [1, 2, 2, 2] and found.called(0.3).tolist() == [1, 1, 2, 2]


def test_of_one_class_every_call_is_of_it() -> None:
    """Whatever its detector calls it, and however sure it is of that."""
    flaw = CocoAnnotation(id=1, image_id=1, category_id=3, bbox=(10, 10, 20, 20), area=400)
    image = CocoImage(id=1, file_name="1.png", width=256, height=128)
    made = CocoDataset(Path("films"), (image,), (CocoCategory(id=3, name="flaw"),), (flaw,))
    right = [tile for tile in sound_windows(np.zeros((128, 256), bool)) if tile.x]
    found = find_regions(made, [(image, [Call((12, 12, 20, 20), 0.8, "crack", 0.6)])], [right])
    assert found.truth.tolist() == [0, 1] and found.scores.tolist() == [[0.8], [0]]


def by_hand(truth: np.ndarray, called: np.ndarray, kind: int) -> tuple[float, float, float]:
    hit = ((truth == kind) & (called == kind)).sum()
    precision, recall = hit / max((called == kind).sum(), 1), hit / (truth == kind).sum()
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-12)


def test_measures_are_what_counting_gives() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 3, 200)
    scores = rng.random((200, 2)) * 0.5 + 0.4 * (truth[:, None] == [0, 1])
    regions = Regions(truth, scores.max(1), scores, rng.integers(0, 6, 200))
    kinds = measure_kinds(regions, KINDS, [0.5, None])
    called = regions.called(np.array(kinds.thresholds)[regions.film % 2])
    for k, kind in enumerate(kinds.by_class):
        assert (kind.precision, kind.recall, kind.f1) == pytest.approx(by_hand(truth, called, k))
        wins = scores[truth == k, k][:, None] > scores[truth != k, k][None]
        assert kind.auc == pytest.approx(wins.mean())
    assert kinds.accuracy == pytest.approx((truth == called).mean())
    assert kinds.f1 == pytest.approx(np.mean([kind.f1 for kind in kinds.by_class])) and kinds.miou == 0.5
    both = (truth < 2) & (called < 2)
    assert kinds.named == pytest.approx((truth == called)[both].mean())
    assert np.array(kinds.confusion).sum() == 200 and kinds.confusion[2][2] == ((truth == 2) & (called == 2)).sum()


def test_the_threshold_of_a_half_is_the_best_of_the_other() -> None:
    """On even films flaws score from 0.6 on, on odd ones from 0.3: each half is judged by what suits the other."""
    truth = np.array([0, 2, 1, 2, 0, 2, 1, 2])
    found = np.array([0.6, 0.5, 0.7, 0.5, 0.3, 0.2, 0.4, 0.2])
    scores = found[:, None] * (np.array([0, 0, 1, 1, 0, 0, 1, 1])[:, None] == [0, 1])
    kinds = measure_kinds(Regions(truth, found, scores, np.repeat([0, 1], 4)), KINDS, [None, None])
    assert kinds.thresholds == (0.3, 0.6)
    assert kinds.recall == pytest.approx(0.5) and kinds.miou is None


def test_a_class_without_flaws_has_no_measures() -> None:
    kinds = measure_kinds(regions_of([(1, "crack", (10, 10, 20, 20))], {}), KINDS, [None, None])
    cavity, crack = kinds.by_class
    assert (cavity.recall, cavity.auc, crack.recall, crack.auc) == (None, None, 0, 0.5)
    assert kinds.recall == 0 and kinds.accuracy == pytest.approx(3 / 4) and kinds.named is None


def test_pixels_of_films_are_pooled() -> None:
    rng = np.random.default_rng(1)
    truth, called = rng.integers(0, 3, (2, 40, 50)), rng.integers(0, 3, (2, 40, 50))
    counts = sum(count_pixels(one, other, 2) for one, other in zip(truth, called, strict=True))
    expected = [((truth == k) & (called == k)).sum() / ((truth == k) | (called == k)).sum() for k in (1, 2)]
    assert class_ious(counts) == pytest.approx(expected) and class_ious(np.zeros((3, 3), int)) == [None, None]


def test_a_set_is_seen_in_the_classes_of_the_detector() -> None:
    made = dataset([(1, "cavity", (1, 1, 5, 5)), (1, "crack", (9, 9, 5, 5))])
    fine = CocoDataset(
        made.root,
        made.images,
        (CocoCategory(id=7, name="gas_pore", iso6520=2011), CocoCategory(id=8, name="crack", iso6520=100)),
        made.annotations,
    )
    families = in_classes(fine, ("crack", "solid_inclusion", "cavity"))
    assert [(c.name, c.iso6520) for c in families.categories] == [
        ("crack", 100),
        ("solid_inclusion", 300),
        ("cavity", 200),
    ]
    names = {c.id: c.name for c in families.categories}
    assert [names[a.category_id] for a in families.annotations] == ["cavity", "crack"]
    assert in_classes(fine, ("gas_pore", "crack")) == fine
    assert {c.name for c in in_classes(fine, ("flaw",)).categories} == {"flaw"}
    own = in_classes(fine, ("gas_pore",))
    assert [c.name for c in own.categories] == ["gas_pore", "crack"] and own.annotations == fine.annotations
