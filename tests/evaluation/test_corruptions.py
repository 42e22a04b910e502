from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from dynawave.datasets.coco import CocoAnnotation, CocoCategory, CocoDataset, CocoImage, RunLengths
from dynawave.datasets.raster import annotation_mask
from dynawave.evaluation.corruptions import CORRUPTIONS, corrupt, corrupt_dataset
from dynawave.evaluation.corruptions.exposure import SIGMA_PER_UNSHARPNESS
from dynawave.records import WeldImage
from dynawave.rle import encode
from dynawave.simulate.physics.geometry import SIGMA_PER_SRB
from toy import film, spot

MM = 0.04
Grey = NDArray[np.float64]


@pytest.fixture(scope="module")
def weld() -> WeldImage:
    pixels = film(240, 400)
    for x in range(40, 400, 60):
        spot(pixels, x, 120, 8)
    return WeldImage(pixels, Path("weld.png"), MM)


def flat(grey: float, noise: float = 0.0, side: int = 400) -> WeldImage:
    rng = np.random.default_rng(1)
    pixels = np.rint((grey + noise * rng.standard_normal((side, side))) * 65535).astype(np.uint16)
    pixels[0, 0] = 65535  # so that the range is that of 16 bits
    return WeldImage(pixels, Path("flat.png"), MM)


def unit(image: WeldImage) -> Grey:
    return np.asarray(image.pixels / 65535.0)


def at(image: WeldImage, name: str, severity: int, seed: int = 0) -> WeldImage:
    return corrupt(image, CORRUPTIONS[name], severity, seed)


KINDS: dict[str, Callable[[NDArray[np.uint16]], NDArray[np.generic]]] = {
    "8 bits": lambda p: (p // 257).astype(np.uint8),
    "12 bits": lambda p: (p // 16).astype(np.uint16),
    "16 bits": lambda p: p,
    "floating point": lambda p: p.astype(np.float32) / 1000 - 7,
    "colour": lambda p: np.stack([p, p // 2, p // 3], 2),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", CORRUPTIONS)
def test_depth_and_range_are_kept_and_the_film_changes(weld: WeldImage, name: str, kind: str) -> None:
    before = replace(weld, pixels=KINDS[kind](weld.pixels))
    for severity in (1, 5):
        after = at(before, name, severity)
        assert after.pixels.dtype == before.pixels.dtype and after.pixels.ndim == before.pixels.ndim
        white = {"8 bits": 255, "12 bits": 4095, "floating point": before.pixels.max()}.get(kind, 65535)
        black = before.pixels.min() if kind == "floating point" else 0
        assert black <= after.pixels.min() and after.pixels.max() <= white
        assert after.path == before.path and after.pixels.std() > 0
    assert not np.array_equal(after.pixels, before.pixels)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_the_same_seed_gives_the_same_film(weld: WeldImage, name: str) -> None:
    assert np.array_equal(at(weld, name, 4).pixels, at(weld, name, 4).pixels)
    random = name in {"underexposure", "noise", "contrast", "scratches", "streaks"}
    assert np.array_equal(at(weld, name, 4).pixels, at(weld, name, 4, seed=1).pixels) is not random
    other = replace(weld, path=Path("other.png"))
    assert np.array_equal(at(weld, name, 4).pixels, at(other, name, 4).pixels) is not random


def sharpness(image: WeldImage, clean: Grey) -> float:
    return float(np.abs(np.diff(gaussian_filter(unit(image), 0.7), axis=1)).max())


def distance(image: WeldImage, clean: Grey) -> float:
    return float(np.sqrt(np.mean((unit(image) - clean) ** 2)))


MEASURED: dict[str, tuple[int, Callable[[WeldImage, Grey], float]]] = {
    "blur": (-1, sharpness),
    "underexposure": (-1, lambda image, clean: float(np.ptp(gaussian_filter(unit(image), 5)))),
    "overexposure": (-1, lambda image, clean: float(unit(image).mean())),
    "noise": (1, distance),
    "contrast": (-1, lambda image, clean: float(np.ptp(gaussian_filter(unit(image), 5)))),
    "scratches": (1, lambda image, clean: float((unit(image) != clean).mean())),
    "streaks": (1, lambda image, clean: float((unit(image) - clean).mean(1).std())),
    "jpeg": (1, distance),
    "polarity": (-1, lambda image, clean: float(unit(image).mean())),
    "coarse": (-1, lambda image, clean: image.width),
    "fine": (1, lambda image, clean: image.width),
}


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_each_severity_does_more_than_the_one_before(weld: WeldImage, name: str) -> None:
    way, measure = MEASURED[name]
    values = [measure(at(weld, name, severity), unit(weld)) for severity in range(1, 6)]
    assert all(np.diff(values) * way > 0), values


def test_blur_is_a_gaussian_of_half_the_unsharpness_as_srb(weld: WeldImage) -> None:
    assert pytest.approx(SIGMA_PER_SRB / 2) == SIGMA_PER_UNSHARPNESS
    expected = gaussian_filter(weld.pixels.astype(np.float64), 0.707 * 0.51 / 2 / MM, mode="mirror")
    assert np.abs(at(weld, "blur", 4).pixels - expected)[30:-30, 30:-30].max() < 20  # of 65535


def test_twice_the_pixel_is_half_the_blur(weld: WeldImage) -> None:
    expected = gaussian_filter(weld.pixels.astype(np.float64), 0.707 * 0.51 / 2 / (2 * MM), mode="mirror")
    coarse = at(replace(weld, pixel_size_mm=2 * MM), "blur", 4)
    assert np.abs(coarse.pixels - expected)[30:-30, 30:-30].max() < 20


def test_a_quarter_of_the_dose_halves_the_signal_to_noise_ratio() -> None:
    before, after = unit(flat(0.5, 0.01)), unit(at(flat(0.5, 0.01), "underexposure", 4))
    assert CORRUPTIONS["underexposure"].level(4) == 2
    assert 1 - after.mean() == pytest.approx((1 - before.mean()) / 4, rel=0.01)
    assert (1 - after.mean()) / after.std() == pytest.approx((1 - before.mean()) / before.std() / 2, rel=0.05)


def test_more_dose_multiplies_density_until_the_digitiser_sees_black(weld: WeldImage) -> None:
    expected = np.clip(1 - (1 - unit(weld)) * 2**0.5, 0, 1)
    assert np.abs(unit(at(weld, "overexposure", 4)) - expected).max() < 2e-5


@pytest.mark.parametrize(("severity", "snr"), [(2, 130), (5, 25)])
def test_noise_leaves_the_stated_normalised_signal_to_noise_ratio(severity: int, snr: float) -> None:
    after = unit(at(flat(0.6), "noise", severity))[1:]
    assert (1 - after.mean()) / after.std() * 0.0886 / MM == pytest.approx(snr, rel=0.02)


def test_noise_grows_with_the_root_of_density(weld: WeldImage) -> None:
    pixels = np.full((300, 600), 0.5)
    pixels[:, :200], pixels[:, 400:] = 0.84, 0.36
    steps = WeldImage(np.rint(pixels * 65535).astype(np.uint16), None, MM)
    after = unit(at(steps, "noise", 3))
    spreads = [after[:, k : k + 200].std() for k in (0, 200, 400)]
    assert spreads[0] / spreads[1] == pytest.approx(np.sqrt(0.16 / 0.5), rel=0.02)
    assert spreads[2] / spreads[1] == pytest.approx(np.sqrt(0.64 / 0.5), rel=0.02)


def test_scatter_lowers_a_step_and_leaves_the_grain() -> None:
    pixels = unit(flat(0.5, 0.01))
    pixels[:, 200:] += 0.1
    after = unit(at(WeldImage(np.rint(pixels * 65535).astype(np.uint16), None, MM), "contrast", 3))
    left, right = after[:, :190], after[:, 210:]
    assert right.mean() - left.mean() == pytest.approx(0.1 / 3, rel=0.02)
    assert left.std() == pytest.approx(0.01, rel=0.05)


def test_a_scratched_film_has_the_scratches_of_a_lesser_severity_and_more() -> None:
    plain = flat(0.5)
    few, many = (at(plain, "scratches", severity).pixels != plain.pixels for severity in (3, 5))
    assert few.any() and (many & few).sum() > 0.98 * few.sum() and many.sum() > 1.5 * few.sum()


def test_streaks_run_along_the_film_and_have_the_stated_strength() -> None:
    tall = WeldImage(np.full((3000, 400), 30000, np.uint16), None, MM)
    change = at(tall, "streaks", 5).pixels.astype(np.float64) - 30000
    assert np.ptp(change, axis=0).max() == 0
    wide = at(replace(tall, pixels=np.ascontiguousarray(tall.pixels.T)), "streaks", 5).pixels - 30000.0
    assert np.array_equal(wide.T, change)
    assert 1.4826 * np.median(np.abs(change[0])) == pytest.approx(0.016 * 65535, rel=0.15)


def test_jpeg_is_what_opencv_makes_of_the_film_in_eight_bits(weld: WeldImage) -> None:
    eight = np.rint(weld.pixels / 257.0).astype(np.uint8)
    for severity, quality in ((1, 90), (5, 15)):
        decoded = cv2.imdecode(
            cv2.imencode(".jpg", eight, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_UNCHANGED
        )
        assert np.array_equal(at(replace(weld, pixels=eight), "jpeg", severity).pixels, decoded)
        assert np.abs(at(weld, "jpeg", severity).pixels / 257.0 - decoded).max() < 0.01


def test_polarity_is_the_negative_and_then_that_of_a_screens_curve(weld: WeldImage) -> None:
    assert np.array_equal(at(weld, "polarity", 1).pixels, 65535 - weld.pixels)
    expected = 1 - unit(weld) ** (1 / 2.2)
    assert np.abs(unit(at(weld, "polarity", 5)) - expected).max() < 2e-5


def test_coarse_pixels_are_means_of_the_old_ones(weld: WeldImage) -> None:
    after = at(weld, "coarse", 3)
    expected = weld.pixels.reshape(120, 2, 200, 2).mean((1, 3))
    assert np.abs(after.pixels - expected).max() <= 1 and after.pixel_size_mm == pytest.approx(0.08)
    assert at(replace(weld, pixel_size_mm=None), "coarse", 3).pixel_size_mm is None


def test_fine_pixels_show_the_same_film(weld: WeldImage) -> None:
    sound = replace(weld, pixels=film(240, 400))
    after = at(sound, "fine", 5)
    assert (after.width, after.height, after.pixel_size_mm) == (800, 480, pytest.approx(0.02))
    back = cv2.resize(after.pixels, (400, 240), interpolation=cv2.INTER_AREA)
    assert np.abs(back.astype(float) - sound.pixels)[5:-5, 5:-5].max() < 60  # grain: 150


def dataset(*annotations: CocoAnnotation) -> CocoDataset:
    image = CocoImage(id=3, file_name="weld.png", width=400, height=240, pixel_size_mm=MM)
    return CocoDataset(Path(), (image,), (CocoCategory(id=1, name="flaw"),), annotations)


def flaw(mask: NDArray[np.bool_] | None = None, x: int = 40, y: int = 60, **more: object) -> CocoAnnotation:
    found = {"bbox": (40.0, 60.0, 20.0, 10.0), "area": 200.0, "id": 1, "image_id": 3, "category_id": 1}
    if mask is not None:
        found["segmentation"] = RunLengths.model_validate(encode(mask, (x, y), (240, 400)))
    return CocoAnnotation.model_validate(found | more)


@pytest.mark.parametrize(("name", "severity", "pitch"), [("coarse", 5, 4.0), ("coarse", 2, 1.5), ("fine", 5, 0.5)])
def test_boxes_and_sizes_follow_the_scale(weld: WeldImage, name: str, severity: int, pitch: float) -> None:
    polygon = [[40.0, 60.0, 60.0, 60.0, 60.0, 70.0]]
    after = corrupt_dataset(dataset(flaw(), flaw(id=2, segmentation=polygon)), CORRUPTIONS[name], severity)
    image, (first, second) = after.images[0], after.annotations
    shown = at(weld, name, severity)
    assert (image.width, image.height) == (shown.width, shown.height)
    assert image.pixel_size_mm == pytest.approx(MM * pitch) == shown.pixel_size_mm
    across, down = image.width / 400, image.height / 240
    assert first.bbox == pytest.approx((40 * across, 60 * down, 20 * across, 10 * down))
    assert first.area == pytest.approx(200 * across * down)
    assert second.segmentation == [pytest.approx([v * (across, down)[i % 2] for i, v in enumerate(polygon[0])])]


@pytest.mark.parametrize("severity", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("name", ["coarse", "fine"])
def test_masks_follow_the_scale(name: str, severity: int) -> None:
    mask = np.hypot(*np.mgrid[-20:21, -30:31]) < 18
    after = corrupt_dataset(dataset(flaw(mask, 53, 71)), CORRUPTIONS[name], severity)
    image = after.images[0]
    full = np.zeros((240, 400), np.float32)
    full[71 : 71 + 41, 53 : 53 + 61] = mask
    if name == "coarse":
        covered = cv2.resize(full, (image.width, image.height), interpolation=cv2.INTER_AREA)
    else:
        covered = cv2.resize(full, (image.width, image.height), interpolation=cv2.INTER_LINEAR)
    found, (x, y) = annotation_mask(after.annotations[0], image)
    drawn = np.zeros((image.height, image.width), bool)
    drawn[y : y + found.shape[0], x : x + found.shape[1]] = found
    assert (drawn != (covered >= 0.5)).sum() <= 0.02 * drawn.sum()
    assert drawn.sum() * CORRUPTIONS[name].level(severity) ** 2 == pytest.approx(mask.sum(), rel=0.04)


def test_a_flaw_too_small_for_the_new_pixels_is_not_lost() -> None:
    after = corrupt_dataset(dataset(flaw(np.ones((1, 1), bool), 42, 61)), CORRUPTIONS["coarse"], 5)
    mask, place = annotation_mask(after.annotations[0], after.images[0])
    assert mask.sum() == 1 and place == (10, 15)


def test_what_leaves_the_geometry_alone_leaves_the_annotations_alone() -> None:
    before = dataset(flaw())
    assert all(corrupt_dataset(before, c, 5) is before for c in CORRUPTIONS.values() if not c.resizes)


def test_infinite_and_missing_values_stay_out_of_the_film(weld: WeldImage) -> None:
    pixels = weld.pixels.astype(np.float32)
    pixels[:3, :3] = [[np.nan, np.inf, -np.inf]] * 3
    after = at(replace(weld, pixels=pixels), "blur", 3)
    assert np.isfinite(after.pixels).all()
    assert np.abs(after.pixels - at(weld, "blur", 3).pixels)[20:, 20:].max() < 1


def test_every_corruption_states_its_reason() -> None:
    for corruption in CORRUPTIONS.values():
        assert len(corruption.levels) == 5 and corruption.unit and corruption.reason.endswith(".")
        steps = np.diff(corruption.levels)
        assert (steps > 0).all() or (steps < 0).all()
