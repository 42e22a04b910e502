import numpy as np
import pytest

from dynawave.datasets.coco import CocoAnnotation, CocoCategory, CocoDataset, CocoImage
from dynawave.errors import DatasetError
from dynawave.evaluation.detection import average_precision, box_iou, match, precision_at


@pytest.fixture
def film(tmp_path):
    """A film of 500 x 500 with a flaw at each of the boxes."""

    def make(*boxes, categories=None):
        kinds = categories or [1] * len(boxes)
        return CocoDataset(
            tmp_path,
            (CocoImage(id=1, file_name="a.png", width=500, height=500),),
            tuple(CocoCategory(id=k, name=str(k)) for k in sorted(set(kinds))),
            tuple(
                CocoAnnotation(id=n, image_id=1, category_id=kinds[n], bbox=b, area=b[2] * b[3])
                for n, b in enumerate(boxes)
            ),
        )

    return make


def call(*box, score=0.5, category=1):
    return {"image_id": 1, "category_id": category, "bbox": box, "score": score}


def test_calls_on_the_flaws_are_perfect(film) -> None:
    boxes = [(10, 10, 20, 20), (100, 100, 30, 10), (5, 60, 8, 8)]
    found = average_precision(film(*boxes), [call(*box) for box in boxes])
    assert (found.ap30, found.ap50, found.ap) == pytest.approx((1, 1, 1))


def test_the_overlap_decides(film) -> None:
    found = average_precision(film((0, 0, 100, 100)), [call(0, 0, 40, 100)])
    assert (found.ap30, found.ap50, found.ap) == pytest.approx((1, 0, 0))
    assert average_precision(film((0, 0, 100, 100)), [call(0, 0, 72, 100)]).ap == pytest.approx(0.5)  # 0.5 ... 0.7


def test_precision_by_side_and_by_class_worked_by_hand(film) -> None:
    """Kind 1 has flaws of 10, 20 and 40 px, kind 2 of 20 (10 x 40) and 64 px; each has one call that is false.

    Kind 1 by falling score: true, false, true, and one that covers half of its flaw: true up to IoU 0.5. So precision
    up to a recall of 1/3 (34 of 101 points) is 1, then 3/4 with the last call (67 points), or 2/3 up to a recall of 2/3
    (33 points) and 0 beyond without. Kind 2: false, true, true; the precision is 2/3 at any recall.
    """
    dataset = film(
        (0, 0, 10, 10), (100, 0, 20, 20), (200, 0, 40, 40), (0, 100, 10, 40), (200, 200, 64, 64),
        categories=[1, 1, 1, 2, 2],
    )  # fmt: skip
    calls = [
        call(0, 0, 10, 10, score=0.9),
        call(400, 400, 20, 20, score=0.7),
        call(100, 0, 20, 20, score=0.6),
        call(200, 0, 40, 20, score=0.5),
        call(400, 100, 50, 50, score=0.95, category=2),
        call(0, 100, 10, 40, score=0.8, category=2),
        call(200, 200, 64, 64, score=0.3, category=2),
    ]
    found = average_precision(dataset, calls)
    with_half, without = (34 + 67 * 3 / 4) / 101, (34 + 33 * 2 / 3) / 101
    assert found.by_class == {
        "1": pytest.approx((with_half, with_half, (with_half + 9 * without) / 10)),
        "2": pytest.approx((2 / 3, 2 / 3, 2 / 3)),
    }
    assert found.by_side == {
        "under 16 px": pytest.approx((1, 1, 1)),  # the false calls are larger, kind 2 has no such flaw
        "16 to 32 px": pytest.approx((0.75, 0.75, 0.75)),  # kind 1: false, then true; kind 2: true
        # kind 1: true up to 0.5, at the nine higher IoUs its call, of 28 px, is of another side; kind 2: false, true
        "from 32 px": pytest.approx(((1 + 0.5) / 2, (1 + 0.5) / 2, (0.1 + 0.5) / 2)),
    }
    assert found.ap50 == pytest.approx((with_half + 2 / 3) / 2)


def test_more_than_a_hundred_flaws_on_a_film_all_count(film) -> None:
    boxes = [(x * 4 % 480, x * 4 // 480 * 10, 3, 3) for x in range(300)]
    calls = [call(*box, score=0.9 - n * 1e-4) for n, box in enumerate(boxes)]
    assert average_precision(film(*boxes), calls).ap50 == pytest.approx(1)


def test_without_calls_or_without_flaws(film) -> None:
    assert average_precision(film((0, 0, 9, 9)), []).ap50 == 0
    assert match(film((0, 0, 9, 9)), []).froc(1) == 0
    assert np.isnan(average_precision(film(), [call(0, 0, 9, 9)]).ap50)
    nothing = match(film(), [call(0, 0, 9, 9)])
    assert np.isnan(nothing.froc(1)) and len(nothing.false) == 1


def test_with_one_class_the_class_of_a_call_is_ignored(film) -> None:
    dataset = film((10, 10, 20, 20))
    assert average_precision(dataset, [call(10, 10, 20, 20, category=7)]).ap50 == pytest.approx(1)
    assert match(dataset, [call(10, 10, 20, 20, category=7)]).froc(1) == 1


def test_with_more_classes_it_has_to_be_right(film) -> None:
    dataset = film((10, 10, 20, 20), (100, 100, 20, 20), categories=[1, 2])
    calls = [call(10, 10, 20, 20), call(100, 100, 20, 20)]
    assert average_precision(dataset, calls).ap50 == pytest.approx(0.5)
    matches = match(dataset, calls)
    assert matches.froc(1) == 0.5 and len(matches.false) == 1


def test_false_calls_set_the_threshold(film) -> None:
    dataset = film((0, 0, 10, 10), (50, 50, 10, 10))
    far = [call(200 + 20 * n, 300, 5, 5, score=0.9 - 0.01 * n) for n in range(3)]
    matches = match(dataset, [call(0, 0, 10, 10, score=0.95), call(50, 50, 10, 10, score=0.885), *far])
    assert [matches.froc(rate) for rate in (0, 1, 2, 5)] == [0.5, 0.5, 1, 1]
    assert matches.hits(1).tolist() == [True, False]


def test_false_calls_at_a_share_of_hits(film) -> None:
    dataset = film((0, 0, 10, 10), (50, 50, 10, 10), (100, 0, 10, 10), (150, 0, 10, 10))
    far = [call(200 + 20 * n, 300, 5, 5, score=score) for n, score in enumerate((0.95, 0.7, 0.6, 0.1))]
    near = [call(0, 0, 10, 10, score=0.9), call(50, 50, 10, 10, score=0.6), call(100, 0, 10, 10, score=0.5)]
    matches = match(dataset, [*near, *far])
    # a flaw at 0.9 leaves one false call above it, at 0.6 two and one that ties; the fourth flaw is never called
    assert [matches.false_calls(share) for share in (0.25, 0.3, 0.5, 0.75)] == [1, 3, 3, 3]
    assert np.isnan(matches.false_calls(0.8)) and np.isnan(match(film(), []).false_calls(0.5))


def test_precision_at_equal_recall(film) -> None:
    """At half of five flaws three are hit: counted by hand, beside two false calls an image on three images."""
    assert precision_at(50, 5, 3, 2.0) == 3 / 9
    assert precision_at(50, 4, 1, 3.0) == 2 / 5  # the case above
    assert precision_at(80, 4, 1, None) == 0 and precision_at(50, 0, 1, None) is None


def test_what_is_a_hit(film) -> None:
    dataset = film((0, 0, 10, 10), (50, 50, 10, 10))
    small = match(dataset, [call(4, 4, 2, 2)])  # IoU 0.04, but centred in the flaw
    assert small.froc(1) == 0.5 and not len(small.false)
    doubles = match(dataset, [call(0, 0, 10, 10, score=0.9), call(1, 1, 9, 9, score=0.8)])
    assert not len(doubles.false)
    ties = match(dataset, [call(200, 200, 9, 9), call(230, 200, 9, 9), call(0, 0, 10, 10)])
    assert ties.froc(1) == 0  # a tie with a false call is not won


def test_crowds_are_no_flaws(film) -> None:
    dataset = film((0, 0, 10, 10), (50, 50, 10, 10))
    crowd = dataset.annotations[1].model_copy(update={"iscrowd": 1})
    dataset = CocoDataset(dataset.root, dataset.images, dataset.categories, (dataset.annotations[0], crowd))
    assert match(dataset, [call(0, 0, 10, 10)]).froc(1) == 1


def test_an_unknown_image_is_refused(film) -> None:
    stray = call(0, 0, 9, 9) | {"image_id": 4}
    for measure in (average_precision, match):
        with pytest.raises(DatasetError, match="name image 4, which is not in the set"):
            measure(film((0, 0, 9, 9)), [stray])


def test_box_iou_agrees_with_counted_pixels() -> None:
    rng = np.random.default_rng(3)
    boxes = np.c_[rng.integers(0, 20, (12, 2)), rng.integers(0, 12, (12, 2))].astype(float)
    found = box_iou(boxes[:6], boxes[6:])
    for i, j in np.ndindex(6, 6):
        grids = np.zeros((2, 40, 40), bool)
        for grid, (x, y, w, h) in zip(grids, (boxes[i], boxes[6 + j]), strict=True):
            grid[int(y) : int(y + h), int(x) : int(x + w)] = True
        union = (grids[0] | grids[1]).sum()
        assert found[i, j] == pytest.approx((grids[0] & grids[1]).sum() / union if union else 0)
