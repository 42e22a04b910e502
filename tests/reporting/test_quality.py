import cv2
import numpy as np
import pytest

from dynawave.errors import ConfigError
from dynawave.records import WeldContext, WeldImage
from dynawave.reporting.json import ImageRecord
from dynawave.reporting.report.header import Duplex, Marks
from dynawave.reporting.report.quality import measure_quality
from dynawave.simulate.physics.quality import DUPLEX_MM, dips, duplex_centres, duplex_map, interpolated_srb

MM = 0.04


def record(pixels: np.ndarray, mm: float | None = MM) -> ImageRecord:
    return ImageRecord(
        id=1, file="film.png", page=None, width=pixels.shape[1], height=pixels.shape[0], pixel_size_mm=mm,
        pixel_size_source="user", context=WeldContext(), seconds=1, warnings=(), overlay="o.png", indications=(),
    )  # fmt: skip


def test_snr_of_known_noise() -> None:
    random = np.random.default_rng(1)
    slope = np.linspace(900, 1100, 550)[:, None]  # across the weld: does not count
    pixels = random.normal(slope, 10, (550, 800)).astype(np.float32)
    image = WeldImage(pixels)
    median = measure_quality(image, record(pixels), Marks())
    assert median.snr == pytest.approx(100, rel=0.05) and median.windows > 300
    marked = measure_quality(image, record(pixels), Marks(snr_window=(100, 247, 200, 56)))
    assert marked.snr == pytest.approx(100, rel=0.05) and marked.windows == 0
    turned = measure_quality(WeldImage(pixels.T), record(pixels.T), Marks(), along_x=False)
    assert turned.snr == pytest.approx(median.snr)
    for bad in ((0, 0, 19, 60), (790, 0, 20, 60)):
        with pytest.raises(ConfigError, match="window"):
            measure_quality(image, record(pixels), Marks(snr_window=bad))


@pytest.mark.parametrize("tilt", [3.0, -24.0])
def test_srb_of_a_marked_duplex_wire(tilt: float) -> None:
    """Against the simulator's own reading, which knows where the wires lie without any marks."""
    shape = (800, 1600)
    wires = np.exp(-0.4 * duplex_map(shape, MM, tilt_degrees=tilt)).astype(np.float32)
    pixels = 1000 * cv2.GaussianBlur(wires, (0, 0), 0.06 / MM)
    straight = 1000 * cv2.GaussianBlur(np.exp(-0.4 * duplex_map((200, 1600), MM)).astype(np.float32), (0, 0), 0.06 / MM)
    expected = interpolated_srb(dips(straight, MM))
    along = np.array([np.cos(np.deg2rad(tilt)), np.sin(np.deg2rad(tilt))])
    centres = duplex_centres(DUPLEX_MM)
    middle = (np.array(shape[::-1]) - 1) / 2
    first, last = (tuple(middle + along * centres[i] / MM) for i in (0, -1))
    marks = Marks(duplex=Duplex(first=first, last=last))
    found = measure_quality(WeldImage(pixels), record(pixels), marks)
    assert found.srb_um == pytest.approx(1000 * expected, rel=0.05)
    assert found.normalised == pytest.approx((found.snr or 0) * 88.6 / (found.srb_um or 1), rel=1e-3)
    with pytest.raises(ConfigError, match="do not fit"):
        measure_quality(WeldImage(pixels), record(pixels, 0.06), marks)
