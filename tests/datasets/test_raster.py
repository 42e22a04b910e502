from pathlib import Path

import numpy as np
import pytest
from faster_coco_eval import mask as reference

from dynawave.datasets.coco import CocoAnnotation, CocoCategory, CocoDataset, CocoImage, load_coco
from dynawave.datasets.raster import annotation_mask, instance_map, rounded
from dynawave.errors import DatasetError

IMAGE = CocoImage(id=1, file_name="a.png", width=70, height=50)


def full(annotation: CocoAnnotation, image: CocoImage = IMAGE) -> np.ndarray:
    mask, (x, y) = annotation_mask(annotation, image)
    whole = np.zeros((image.height, image.width), bool)
    whole[y : y + mask.shape[0], x : x + mask.shape[1]] = mask
    return whole


def annotation(segmentation: object) -> CocoAnnotation:
    return CocoAnnotation.model_validate(
        {"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 5, 5], "area": 25, "segmentation": segmentation}
    )


@pytest.mark.parametrize("seed", range(20))
def test_run_lengths_decode_as_the_coco_api_does(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = np.zeros((50, 70), bool)
    y, x = rng.integers(0, 45), rng.integers(0, 65)
    truth[y : y + 20, x : x + 30] = rng.random(truth[y : y + 20, x : x + 30].shape) < 0.6
    rle = reference.encode(np.asfortranarray(truth.astype(np.uint8)))
    found = full(annotation({"size": [50, 70], "counts": rle["counts"].decode()}))
    assert (found == truth).all()


@pytest.mark.parametrize("fill", [0, 1])
def test_an_empty_and_a_full_mask(fill: int) -> None:
    counts = [3500] if not fill else [0, 3500]
    assert (full(annotation({"size": [50, 70], "counts": counts})) == bool(fill)).all()


@pytest.mark.parametrize("seed", range(10))
def test_polygons_cover_what_the_coco_api_covers(seed: int) -> None:
    rng = np.random.default_rng(seed)
    angles = np.sort(rng.random(9) * 2 * np.pi)
    radius = rng.uniform(8, 24, 9)
    points = np.stack([35 + radius * np.cos(angles), 25 + radius * np.sin(angles)], 1)
    polygon = points.ravel().tolist()
    expected = reference.decode(reference.frPyObjects([polygon], 50, 70))[..., 0].astype(bool)
    found = full(annotation([polygon]))
    perimeter = np.linalg.norm(np.diff(np.r_[points, points[:1]], axis=0), axis=1).sum()
    assert (found ^ expected).sum() < 0.25 * perimeter  # they differ at most in pixels that are about half covered
    assert abs(int(found.sum()) - int(expected.sum())) < 0.1 * perimeter


def test_a_polygon_on_pixel_edges_is_exact_and_clipped() -> None:
    found = full(annotation([[60, 40, 80, 40, 80, 60, 60, 60], [0, 0, 3, 0, 3, 2, 0, 2]]))
    assert found.sum() == 10 * 10 + 6 and found[40:, 60:].all() and found[:2, :3].all()


def test_a_polygon_outside_the_image_covers_nothing() -> None:
    assert not full(annotation([[100, 100, 120, 100, 120, 120]])).any()


def test_run_lengths_of_another_size_are_refused() -> None:
    with pytest.raises(DatasetError, match="annotation 1 do not fill an image of 70 x 50"):
        annotation_mask(annotation({"size": [70, 50], "counts": [3500]}), IMAGE)


def test_instances_keep_a_small_flaw_on_a_large_one(films: Path) -> None:
    dataset = load_coco(films)
    instances, classes = instance_map(dataset, dataset.images[0])
    assert instances.dtype == np.int32 and classes.tolist() == [0, 1]
    assert (instances == 2).sum() == 36 and (instances[8:14, 20:26] == 2).all()
    assert (instances == 1).sum() == 45 * 4 - 6 * 4
    instances, classes = instance_map(dataset, dataset.images[1])
    assert (instances[:5, :10] == 1).all() and instances.sum() == 50 and classes.tolist() == [1]


def test_a_rounded_box_is_as_large_and_turns_better() -> None:
    """A superellipse of the fourth degree: its box is the annotated one, and turned by 45 degrees 2^(1/4) as large."""
    square = CocoAnnotation(id=1, image_id=1, category_id=1, bbox=(100, 120, 200, 200), area=40_000)
    outlined = square.model_copy(update={"id": 2, "segmentation": [[0.0, 0, 9, 0, 9, 9]]})
    image = CocoImage(id=1, file_name="a.png", width=400, height=400)
    dataset = CocoDataset(Path(), (image,), (CocoCategory(id=1, name="pore"),), (square, outlined))
    first, second = rounded(dataset).annotations
    assert second is outlined and first.bbox == square.bbox and first.area == square.area
    y, x = np.nonzero(full(first, image))
    assert (x.min(), x.max(), y.min(), y.max()) == (100, 299, 120, 319)
    assert np.ptp(x + y) / 2**0.5 / 200 == pytest.approx(2**0.25, abs=0.01)
