import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from dynawave.inspection import Inspector
from dynawave.records import WeldContext, WeldImage
from toy import CARD, film, spot, told_model, toy_model


@pytest.fixture(scope="module")
def inspector(toy_weights: Path) -> Inspector:
    return Inspector(toy_weights, threads=1)


def test_a_pore_is_found_sized_and_placed(inspector: Inspector) -> None:
    pixels = film(300, 700)
    spot(pixels, 350, 120, 8)
    image = WeldImage(pixels, pixel_size_mm=0.05, pixel_size_source="user")
    inspection = inspector.inspect(image)
    (pore,) = inspection.indications
    assert (pore.id, pore.flaw.name, pore.flaw.iso6520) == (1, "gas_pore", 2011)
    assert pore.score > 0.9
    x, y, width, height = pore.box
    assert (x + width / 2, y + height / 2) == pytest.approx((350, 120), abs=4)
    assert pore.length_px == pytest.approx(17, abs=4)
    assert pore.length_mm == pytest.approx(pore.length_px * 0.05)
    assert pore.width_mm == pytest.approx(pore.width_px * 0.05)
    assert pore.area_mm2 == pytest.approx(pore.area_px * 0.0025)
    assert pore.position_mm == pytest.approx((17.5, 6.0), abs=0.2)
    assert pore.spread == (1, 2, 3, 4)
    assert inspection.warnings == ()
    assert inspection.model.name == "toy"
    assert inspection.probability.shape == (300, 700)
    assert inspection.probability.dtype == np.float32
    assert inspection.class_map is None


def test_without_a_pixel_size_there_are_no_millimetres(inspector: Inspector) -> None:
    pixels = film(300, 700)
    spot(pixels, 350, 120, 8)
    inspection = inspector.inspect(WeldImage(pixels))
    (pore,) = inspection.indications
    assert (pore.length_mm, pore.width_mm, pore.area_mm2, pore.position_mm) == (None, None, None, None)
    assert "pixel size" in inspection.warnings[0]


def test_the_image_s_context_is_used_by_a_model_that_takes_one(inspector: Inspector, tmp_path: Path) -> None:
    told = Inspector(told_model(tmp_path / "told.onnx"), threads=1)
    weld = WeldContext(base_metals=("P91", "mithril"), filler="82", details={"Note": "seam 3"})
    pixels = film(300, 700)
    unknown, known = (told.inspect(WeldImage(pixels, context=context)) for context in (WeldContext(), weld))
    assert unknown.context_used == () and known.context_used == ("base_a", "filler", "text")
    assert known.probability.mean() > 10 * unknown.probability.mean()
    assert any("mithril" in warning and "seam" not in warning for warning in known.warnings)
    plain = inspector.inspect(WeldImage(pixels, context=weld))
    assert plain.context_used == () and not any("mithril" in warning for warning in plain.warnings)
    assert np.array_equal(plain.probability, unknown.probability)


def test_image_scores_are_the_highest_of_any_tile(tmp_path: Path) -> None:
    classes = [{"name": "gas_pore", "iso6520": 2011}, {"name": "crack", "iso6520": 100}]
    inspector = Inspector(toy_model(tmp_path / "two.onnx", CARD | {"classes": classes}), threads=1)
    sound, flawed = film(300, 1400), film(300, 1400)
    spot(flawed, 1300, 120, 8)
    none, some = (inspector.inspect(WeldImage(pixels)).image_scores for pixels in (sound, flawed))
    assert list(some) == ["gas_pore", "crack"] and max(none.values()) < 0.1
    maps = inspector.maps(WeldImage(flawed))
    assert list(some.values()) == pytest.approx(maps.scores.max((1, 2)).tolist(), abs=1e-3)
    silent = Inspector(toy_model(tmp_path / "silent.onnx", drop="image_scores"), threads=1)
    assert silent.inspect(WeldImage(flawed)).image_scores == {}


def test_a_model_of_colours_sees_them(tmp_path: Path) -> None:
    """As it was trained to by its card: two colours of one brightness differ for it, and not for a model of grey."""
    pixels = np.full((300, 700, 3), 150, np.float32)
    pixels[:, :200] = 240
    pixels[100:140, 300:340] += [58.7, -29.9, 0]  # weighed as an eye does, as bright as what is about it
    seen = {}
    for channels in ("grey", "colour"):
        inspector = Inspector(toy_model(tmp_path / f"{channels}.onnx", CARD | {"channels": channels}), threads=1)
        red, about = inspector.normalised(WeldImage(pixels))[:, [120, 120], [320, 600]].T
        seen[channels] = np.abs(red - about)
        assert inspector.inspect(WeldImage(pixels)).probability.shape == (300, 700)
    assert seen["grey"].max() < 0.05 and seen["colour"][:2].min() > 0.4


def test_a_crack_of_2000_px_across_tiles_is_one_indication(inspector: Inspector) -> None:
    pixels = film(700, 2400)
    cv2.line(pixels, (200, 300), (2200, 390), 24000, 6)
    (crack,) = inspector.inspect(WeldImage(pixels)).indications
    assert crack.length_px == pytest.approx(np.hypot(2000, 90), rel=0.01)
    x, y, width, height = crack.box
    assert (x, y, x + width, y + height) == pytest.approx((200, 300, 2200, 390), abs=10)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_depth_and_colour_do_not_matter(inspector: Inspector, dtype: type) -> None:
    pixels = film(300, 700)
    spot(pixels, 350, 120, 8)
    scaled = (pixels / (256 if dtype is np.uint8 else 1)).astype(dtype)
    for image in (scaled, np.repeat(scaled[..., None], 3, axis=2)):
        (pore,) = inspector.inspect(WeldImage(image)).indications
        assert pore.box[:2] == pytest.approx((340, 110), abs=4)


@pytest.mark.parametrize("size", [(8, 8), (40, 6000), (1500, 12)])
def test_any_size_and_aspect(inspector: Inspector, size: tuple[int, int]) -> None:
    inspection = inspector.inspect(WeldImage(film(*size)))
    assert inspection.probability.shape == size
    assert all(i.mask.any() for i in inspection.indications)


def test_a_film_without_contrast_has_no_flaws(inspector: Inspector) -> None:
    assert inspector.inspect(WeldImage(np.zeros((64, 64), np.uint16))).indications == ()
    assert inspector.inspect(WeldImage(np.full((64, 64), np.nan, np.float32))).indications == ()


def test_the_score_threshold_can_be_set(toy_weights: Path) -> None:
    pixels = film(300, 700)
    spot(pixels, 350, 120, 8)
    assert not Inspector(toy_weights, 1, score_threshold=0.999).inspect(WeldImage(pixels)).indications
    with pytest.raises(ValueError):
        Inspector(toy_weights, 1, score_threshold=3)


def test_several_classes_give_a_class_map(tmp_path: Path) -> None:
    classes = [{"name": "slag_inclusion", "iso6520": 301}, {"name": "mine", "iso6520": None}]
    several = {**CARD, "classes": classes}
    path = toy_model(tmp_path / "two.onnx", several)
    pixels = film(301, 903)
    spot(pixels, 448, 120, 8)
    inspection = Inspector(path, threads=1).inspect(WeldImage(pixels))
    assert inspection.indications[0].flaw.name == "slag_inclusion"
    assert inspection.class_map is not None
    assert inspection.class_map.shape == (301, 903)
    assert inspection.class_map.dtype == np.uint8
    assert inspection.class_map[120, 448] == 1
    assert np.count_nonzero(inspection.class_map) == pytest.approx(np.pi * 64, rel=0.5)
    quick = Inspector(path, threads=1, class_map=False).inspect(WeldImage(pixels))
    assert quick.class_map is None
    pixels_of_it = int(np.count_nonzero(inspection.class_map))
    for fewest, left in ((pixels_of_it, pixels_of_it), (pixels_of_it + 1, 0)):
        toy_model(path, several | {"decode": {"present_px": fewest}})
        found = Inspector(path, threads=1).inspect(WeldImage(pixels))
        assert found.class_map is not None and np.count_nonzero(found.class_map) == left
        assert len(found.indications) == len(inspection.indications)
    assert [(i.flaw, i.score, i.box) for i in quick.indications] == [
        (i.flaw, i.score, i.box) for i in inspection.indications
    ]


def test_a_class_that_is_hardly_on_the_film_is_not_on_its_class_map(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    classes = [{"name": "slag_inclusion", "iso6520": 301}, {"name": "mine", "iso6520": None}]
    several = {**CARD, "classes": classes, "decode": {"present_score": 0.5}}
    inspector = Inspector(toy_model(tmp_path / "two.onnx", several), threads=1)
    pixels, maps = film(300, 700), inspector.maps
    spot(pixels, 350, 120, 8)
    for scores, there in (((0.6, 0.0), True), ((0.4, 0.9), False)):
        said = np.array(scores, np.float32)
        monkeypatch.setattr(inspector, "maps", lambda *given, said=said: replace(maps(*given), image_scores=said))
        inspection = inspector.inspect(WeldImage(pixels))
        assert inspection.class_map is not None and bool(inspection.class_map.any()) == there
        assert inspection.indications  # what is called stays


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_indications_may_be_the_regions_of_the_class_map(tmp_path: Path, scale: float) -> None:
    classes = [{"name": "slag_inclusion", "iso6520": 301}, {"name": "mine", "iso6520": None}]
    card = {**CARD, "classes": classes, "scale": scale, "decode": {"regions": True}}
    inspector = Inspector(toy_model(tmp_path / "two.onnx", card), threads=1, class_map=False)
    pixels = film(300, 700)
    spot(pixels, 150, 120, 8)
    spot(pixels, 550, 200, 12)
    inspection = inspector.inspect(WeldImage(pixels))
    assert inspection.class_map is not None
    left = np.zeros(pixels.shape, np.uint8)
    for flaw in inspection.indications:
        (x, y), (height, width) = flaw.mask_offset, flaw.mask.shape
        window = (slice(y, y + height), slice(x, x + width))
        left[window][flaw.mask] = 1 + inspector.classes.index(flaw.flaw)
        assert flaw.box == (x, y, width, height)
        assert flaw.score == pytest.approx(inspection.probability[window][flaw.mask].mean())
        assert flaw.spread == pytest.approx([side / scale for side in (1, 2, 3, 4)])
    assert len(inspection.indications) == 2 and np.array_equal(left, inspection.class_map)


def test_regions_of_a_model_of_one_class_are_those_of_its_field(tmp_path: Path) -> None:
    inspector = Inspector(toy_model(tmp_path / "one.onnx", {**CARD, "decode": {"regions": True}}), threads=1)
    pixels = film(300, 700)
    spot(pixels, 350, 120, 8)
    inspection = inspector.inspect(WeldImage(pixels))
    (pore,) = inspection.indications
    assert inspection.class_map is None and pore.flaw.name == "gas_pore"
    assert pore.area_px == np.count_nonzero(inspection.probability >= inspector.settings.mask_threshold)


def test_only_so_many_are_listed_and_said(tmp_path: Path) -> None:
    path = toy_model(tmp_path / "two.onnx", {**CARD, "decode": {"max_indications": 2}})
    pixels = film(300, 700)
    for x in (150, 350, 550):
        spot(pixels, x, 120, 8)
    inspection = Inspector(path, threads=1).inspect(WeldImage(pixels))
    assert len(inspection.indications) == 2
    assert any("2 strongest" in warning for warning in inspection.warnings)


# of this process alone: the peak that getrusage gives is, on Linux, never below that of the process that started it
MEMORY = """
import resource, sys
from pathlib import Path
import numpy as np
from dynawave import Inspector, read_image
from dynawave.records import WeldContext, WeldImage
pixels = np.tile(read_image(sys.argv[1]).pixels, (4, 4))[:2400, :5000]
inspection = Inspector("film", threads=1).inspect(WeldImage(pixels))
if sys.platform == "linux":
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    megabytes = int(peak.split()[1]) // 1024
else:
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024**2
print(len(inspection.indications), megabytes)
"""


@pytest.mark.slow
def test_a_film_of_12_megapixels_fits_in_1_gb() -> None:
    example = Path(__file__).parents[2] / "examples" / "pores-and-cracks.png"
    done = subprocess.run([sys.executable, "-c", MEMORY, str(example)], capture_output=True, text=True, check=True)
    found, megabytes = map(int, done.stdout.split())
    assert found > 100
    assert megabytes < 1000
