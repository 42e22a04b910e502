import numpy as np
import pytest

from dynawave import rle

coco_mask = pytest.importorskip("faster_coco_eval.mask")


@pytest.mark.parametrize("seed", range(20))
def test_agrees_with_the_coco_api(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mask = rng.random(rng.integers(1, 90, 2)) < rng.random()
    ours = rle.encode(mask)
    reference = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))
    assert ours["counts"].encode() == reference["counts"]
    assert np.array_equal(coco_mask.decode({"size": ours["size"], "counts": ours["counts"].encode()}), mask)
    assert np.array_equal(rle.decode(ours), mask)


def test_crop_is_placed_in_the_full_image() -> None:
    full = np.zeros((4000, 3000), bool)
    full[100:140, 2900:3000] = np.random.default_rng(0).random((40, 100)) < 0.5
    crop = full[90:150, 2890:3000]
    assert rle.encode(crop, (2890, 90), (4000, 3000)) == rle.encode(full)


@pytest.mark.parametrize("value", [False, True])
def test_uniform_masks(value: bool) -> None:
    mask = np.full((5, 7), value)
    assert np.array_equal(rle.decode(rle.encode(mask)), mask)


def test_runs_that_do_not_fill_the_image_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fill"):
        rle.decode({"size": [3, 3], "counts": "04"})
