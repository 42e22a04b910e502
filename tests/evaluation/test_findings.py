from pathlib import Path

import numpy as np
import pytest

from dynawave.datasets.coco import CocoAnnotation, CocoCategory, CocoDataset, CocoImage
from dynawave.evaluation.calls import Call
from dynawave.evaluation.film import Film
from dynawave.evaluation.findings import list_claims, list_flaws
from dynawave.evaluation.operating import measure_operating, usual_threshold
from dynawave.evaluation.sizing import measure_sizes


def film(calls: list[Call], sizes: list[tuple[float, float]]) -> Film:
    return Film(tuple(calls), 0.0, tuple(2.0 for _ in sizes), tuple(sizes), (), None, None, {})


def dataset(*boxes, pixel: float | None = 0.1, **annotated) -> CocoDataset:
    return CocoDataset(
        Path("films"),
        (CocoImage(id=1, file_name="a.png", width=500, height=500, pixel_size_mm=pixel),),
        (CocoCategory(id=3, name="pore"),),
        tuple(
            CocoAnnotation(id=n, image_id=1, category_id=3, bbox=box, area=1, **annotated)
            for n, box in enumerate(boxes)
        ),
    )


PORES = [(0, 0, 10, 10), (12, 0, 10, 10), (100, 100, 20, 20)]
CALLS = [
    Call((0, 0, 22, 10), 0.9, "crack", size_px=(22, 10)),  # over both pores, which it fits alike
    Call((12, 0, 10, 10), 0.6, "pore", size_px=(11, 9)),
    Call((101, 101, 20, 20), 0.4, "pore", size_px=(24, 18)),
    Call((300, 300, 10, 10), 0.5, "pore", size_px=(9, 9)),
]


def test_each_flaw_has_its_surest_call_and_the_size_of_one_of_its_own() -> None:
    first, second, third = list_flaws(dataset(*PORES), [film(CALLS, [(10, 9), (10, 10), (20, 20)])])
    assert [flaw.score for flaw in (first, second, third)] == [0.9, 0.9, 0.4] and first.called == "crack"
    assert (first.found_length_mm, second.found_length_mm, third.found_length_mm) == pytest.approx((2.2, 1.1, 2.4))
    assert (first.length_mm, first.width_mm, first.length_px, first.kind) == (pytest.approx(1), 0.9, 10, "pore")


def test_what_is_annotated_in_mm_goes_before_the_mask_and_without_a_pixel_size_nothing_is_sized() -> None:
    annotated = list_flaws(dataset(*PORES, length_mm=1.5, width_mm=0.4), [film(CALLS, [(10, 9)] * 3)])
    assert {(flaw.length_mm, flaw.width_mm) for flaw in annotated} == {(1.5, 0.4)}
    unknown = list_flaws(dataset(*PORES, pixel=None), [film(CALLS, [(10, 9)] * 3)])
    assert {(flaw.length_mm, flaw.found_length_mm) for flaw in unknown} == {(None, None)}
    missed = list_flaws(dataset(*PORES), [film([], [(10, 9)] * 3)])
    assert {(flaw.score, flaw.called) for flaw in missed} == {(0.0, "")}
    assert list_flaws(dataset(), [film(CALLS, [])]) == []


def test_at_a_threshold() -> None:
    films = [film(CALLS, [(10, 9)] * 3)]
    flaws, claims = list_flaws(dataset(*PORES), films), list_claims(dataset(*PORES), films)
    assert [claim.true for claim in claims] == [True, True, True, False]
    found = measure_operating(flaws, claims, 1, 0.45)
    assert (found.recall, found.precision, found.false_calls) == pytest.approx((2 / 3, 2 / 3, 1))
    assert found.f1 == pytest.approx(2 / 3)
    nothing = measure_operating(flaws, claims, 1, 0.95)
    assert (nothing.recall, nothing.precision, nothing.f1, nothing.false_calls) == (0, None, None, 0)


def test_the_usual_threshold_gives_no_more_than_one_false_call_a_film() -> None:
    far = [Call((300, 10 * k, 5, 5), score, "pore") for k, score in enumerate((0.7, 0.5, 0.3))]
    claims = list_claims(dataset(*PORES), [film(far, [(1, 1)] * 3)])
    threshold = usual_threshold(claims, 1)
    assert 0.5 < threshold < 0.7 and measure_operating([], claims, 1, threshold).false_calls == 1
    assert usual_threshold(claims, 3) == 0


def test_sizes_against_the_definitions() -> None:
    rng = np.random.default_rng(0)
    boxes = [(40.0 * k, 0.0, 10.0, 10.0) for k in range(12)]
    sizes = [(float(a), float(b)) for a, b in zip(rng.uniform(8, 20, 12), rng.uniform(4, 8, 12), strict=True)]
    called = [(a + e, b - 1) for (a, b), e in zip(sizes, rng.normal(2, 1, 12), strict=True)]
    calls = [Call(box, 0.8, "pore", size_px=size) for box, size in zip(boxes, called, strict=True)]
    made = CocoDataset(
        Path("films"),
        (CocoImage(id=1, file_name="a.png", width=500, height=500, pixel_size_mm=0.1),),
        (CocoCategory(id=3, name="pore"),),
        tuple(CocoAnnotation(id=n, image_id=1, category_id=3, bbox=box, area=1) for n, box in enumerate(boxes)),
    )
    flaws = list_flaws(made, [film(calls, sizes)])
    found = measure_sizes(flaws, 0.5)
    error = 0.1 * (np.array(called) - np.array(sizes))
    length = found["length"]
    assert (length.flaws, length.bias_mm) == (12, pytest.approx(error[:, 0].mean()))
    assert length.rmse_mm == pytest.approx(np.sqrt((error[:, 0] ** 2).mean()))
    assert length.relative_error == pytest.approx((np.abs(error[:, 0]) / (0.1 * np.array(sizes)[:, 0])).mean())
    assert length.upper_mm - length.lower_mm == pytest.approx(2 * 1.96 * error[:, 0].std(ddof=1))
    assert found["width"].bias_mm == pytest.approx(-0.1) and found["width"].rmse_mm == pytest.approx(0.1)
    assert measure_sizes(flaws, 0.9) == {}
