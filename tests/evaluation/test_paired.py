"""Two detectors on the same films by their boxes: figures are those of faster-coco-eval and of FROC."""

from collections import defaultdict
from typing import Any

import pytest

from dynawave.datasets.coco import CocoDataset, one_class
from dynawave.evaluation.calls import Call
from dynawave.evaluation.detection import average_precision, match
from dynawave.evaluation.paired import MEASURES, Found, compare_boxes

KINDS = ["kind 0", "kind 1"]


def calls(made: Any) -> Found:
    """The detections as calls of each image."""
    names = {category.id: category.name for category in made.dataset.categories}
    found = defaultdict(list)
    for each in made.detections:
        found[each["image_id"]].append(Call(each["bbox"], each["score"], names[each["category_id"]]))
    return [found[image.id] for image in made.dataset.images]


def expected(dataset: CocoDataset, detections: Any) -> dict[str, float]:
    precision, matches = average_precision(dataset, detections), match(dataset, detections)
    hits = {f"hits.{rate}": matches.froc(rate) for rate in (1, 5, 20)}
    return {"ap30": precision.ap30, "ap50": precision.ap50, **hits}


def test_figures_and_differences(case) -> None:
    made = case(3, 2)
    whole = calls(made)
    less = [found[::2] for found in whole]
    rows = compare_boxes(made.dataset, whole, less, (KINDS, KINDS))
    assert [row.measure for row in rows] == list(MEASURES)
    figures = expected(made.dataset, made.detections)
    assert {row.measure: row.first for row in rows} == pytest.approx(figures, abs=1e-9)
    for row in rows:
        assert row.difference == pytest.approx(row.second - row.first)
        assert row.low <= row.difference <= row.high and 0 < row.p <= 1
    turned = {row.measure: row for row in compare_boxes(made.dataset, less, whole, (KINDS, KINDS))}
    assert turned["ap50"].difference == pytest.approx(-rows[1].difference)
    assert (turned["ap50"].low, turned["ap50"].high) == pytest.approx((-rows[1].high, -rows[1].low))


def test_same_detector_differs_in_nothing(case) -> None:
    made = case(5)
    found = calls(made)
    for row in compare_boxes(made.dataset, found, found, (["kind 0"], ["kind 0"])):
        assert (row.difference, row.low, row.high, row.p) == (0, 0, 0, 1)


def test_other_classes_are_compared_whatever_the_class(case) -> None:
    made = case(4, 2)
    found = calls(made)
    renamed = [[Call(each.box, each.score, "other") for each in image] for image in found]
    rows = compare_boxes(made.dataset, found, renamed, (KINDS, ["other"]))
    figures = expected(one_class(made.dataset), [{**each, "category_id": 1} for each in made.detections])
    for row in rows:
        assert row.first == row.second == pytest.approx(figures[row.measure], abs=1e-9)


def test_single_film_gives_no_interval(case) -> None:
    made = case(2)
    image = made.dataset.images[0]
    one = made.dataset.subset((image,))
    found = [calls(made)[0]]
    rows = compare_boxes(one, found, [[]], (["kind 0"], ["kind 0"]))
    assert all(row.low is None and row.second == 0 and row.difference == -row.first for row in rows)
    empty = CocoDataset(one.root, one.images, one.categories, ())
    assert all(row.first is None for row in compare_boxes(empty, found, found, (["kind 0"], ["kind 0"])))
