"""Image quality of a film as it was scanned: SNR (ISO 17636-2) and, of a marked duplex wire, SRb (ISO 19232-5)."""

from dataclasses import dataclass
from math import atan2, degrees, hypot, isfinite
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.errors import ConfigError
from dynawave.images.normalise import Grey, to_grey
from dynawave.records import WeldImage
from dynawave.reporting.json import ImageRecord
from dynawave.reporting.report.header import Duplex, Marks
from dynawave.simulate.physics.film import APERTURE_UM
from dynawave.simulate.physics.quality import DUPLEX_MM, dips, duplex_centres, interpolated_srb, snr

ROWS: Final = 55
COLUMNS: Final = 20
"""The least window of ISO 17636-2 in pixels: noise is taken along its 20 columns."""
_LINES_MM: Final = 2.0
"""Half the height of the strip along a duplex wire that is averaged."""
_MARGIN_MM: Final = 6.0
_STEP_MM: Final = 0.01


@dataclass(frozen=True, slots=True)
class Quality:
    """What was measured; None where it could not be.

    Attributes:
        snr: signal over noise of the grey values as they are stored.
        windows: how many windows the SNR is the median of; 0: it is that of the marked one.
        srb_um: basic spatial resolution in micrometres.
        normalised: SNR x 88.6 um / SRb.
        duplex: whether a duplex wire is marked.
    """

    snr: float | None
    windows: int
    srb_um: float | None
    normalised: float | None
    duplex: bool


def measure_quality(image: WeldImage, record: ImageRecord, marks: Marks, along_x: bool = True) -> Quality:
    """Measure at the marked places; without a marked window, the median over all windows without an indication.

    Args:
        image: the film.
        record: of its inspection.
        marks: places.
        along_x: whether the weld runs along x: noise is taken along the weld, so that its bead does not count.

    Raises:
        ConfigError: a marked place is not on the film, or too small.
    """
    grey = to_grey(image.pixels)
    if marks.snr_window:
        value, windows = snr(_window(grey, marks.snr_window, image.name)), 0
    else:
        values = _sound_windows(grey, record, along_x)
        value, windows = (float(np.median(values)) if values else float("nan")), len(values)
    srb = _srb(grey, marks.duplex, record.pixel_size_mm, image.name) if marks.duplex else float("nan")
    found = value if isfinite(value) else None
    srb_um = srb * 1000 if isfinite(srb) else None
    normalised = found * APERTURE_UM / srb_um if found and srb_um else None
    return Quality(found, windows, srb_um, normalised, marks.duplex is not None)


def _window(grey: Grey, window: tuple[int, int, int, int], name: str) -> Grey:
    x, y, width, height = window
    if width < COLUMNS or height < ROWS:
        raise ConfigError(f"{name}: an SNR window of {width} x {height} px is less than {COLUMNS} x {ROWS} px.")
    if x < 0 or y < 0 or x + width > grey.shape[1] or y + height > grey.shape[0]:
        raise ConfigError(f"{name}: the SNR window lies beyond the film's {grey.shape[1]} x {grey.shape[0]} px.")
    return grey[y : y + height, x : x + width]


def _sound_windows(grey: Grey, record: ImageRecord, along_x: bool) -> list[float]:
    """SNR of every window of a grid that touches no indication and no clipped grey value."""
    bad = (grey <= grey.min()) | (grey >= grey.max())
    for indication in record.indications:
        x, y, width, height = (round(side) for side in indication.box)
        bad[max(0, y) : y + height + 1, max(0, x) : x + width + 1] = True
    if not along_x:
        grey, bad = grey.T, bad.T
    rows, columns = grey.shape[0] // ROWS, grey.shape[1] // COLUMNS
    if not rows or not columns:
        return []
    blocks, spoilt = (_blocks(each, rows, columns) for each in (grey, bad))
    sound = blocks[~spoilt.any(axis=(1, 2))]
    values = [snr(window) for window in sound if window.var(axis=1).any()]
    return values


def _blocks(values: NDArray[Any], rows: int, columns: int) -> NDArray[Any]:
    """The windows of a grid, [windows, ROWS, COLUMNS]."""
    cut = values[: rows * ROWS, : columns * COLUMNS].reshape(rows, ROWS, columns, COLUMNS)
    return cut.swapaxes(1, 2).reshape(-1, ROWS, COLUMNS)


def _srb(grey: Grey, duplex: Duplex, pixel_mm: float | None, name: str) -> float:
    """Basic spatial resolution in mm along the line of the marked wire.

    The film is turned and scaled so that the line lies level; the wire's known length makes it its own scale.

    Raises:
        ConfigError: the marks lie on one another, or disagree with the pixel size by more than a tenth.
    """
    (x0, y0), (x1, y1) = duplex.first, duplex.last
    length_px = hypot(x1 - x0, y1 - y0)
    centres = duplex_centres(DUPLEX_MM)
    if length_px < 10:
        raise ConfigError(f"{name}: the marks of the duplex wire lie on one another.")
    scale = (centres[-1] - centres[0]) / length_px
    if pixel_mm and abs(scale / pixel_mm - 1) > 0.1:
        raise ConfigError(f"{name}: the marks of the duplex wire do not fit pixels of {pixel_mm:.4g} mm.")
    along = (x1 - x0) / length_px, (y1 - y0) / length_px
    # where the coordinate of the wires is 0: not midway, as the pairs grow finer
    beyond = (centres[0] + centres[-1]) / 2 / scale
    zero = (x0 + x1) / 2 - along[0] * beyond, (y0 + y1) / 2 - along[1] * beyond
    size = round((length_px * scale + 2 * _MARGIN_MM) / _STEP_MM), round(2 * _LINES_MM / _STEP_MM)
    turn = cv2.getRotationMatrix2D(zero, degrees(atan2(along[1], along[0])), scale / _STEP_MM)
    turn[:, 2] += (np.array(size) - 1) / 2 - np.array(zero)
    level = cv2.warpAffine(grey, turn, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return interpolated_srb(dips(level.astype(np.float64), _STEP_MM, tilt_degrees=0.0))
