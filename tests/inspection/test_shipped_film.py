"""The shipped weights on a bundled film: the same result whole and in tiles, up to the tolerance stated here."""

from pathlib import Path

import numpy as np
import pytest

from dynawave import Inspector, read_image
from dynawave.images.normalise import normalise, to_grey
from dynawave.inspection.boxes import common_areas
from dynawave.inspection.decode import Detection, decode
from dynawave.inspection.maps import DenseMaps
from dynawave.inspection.stitch import dense_maps

EXAMPLE = Path(__file__).parents[2] / "examples" / "pores-and-cracks.png"
MEAN, RARE, AGREEMENT, SHARE, MARGIN = 0.002, 0.15, 0.5, 0.95, 0.1
"""Mean and 99.9th percentile of the field's difference; IoU of partners, and how many have one; scores nearer the
threshold may lack one.

The network pools statistics over a tile (Eq. 23), so tiles cannot agree with the whole to the last digit.
"""


@pytest.fixture(scope="module")
def inspector() -> Inspector:
    return Inspector("film", threads=1)


@pytest.fixture(scope="module")
def both(inspector: Inspector) -> tuple[DenseMaps, DenseMaps]:
    film = normalise(to_grey(read_image(EXAMPLE).pixels))[:, :, :1280]
    run = inspector._runtime.run
    return dense_maps(run, film, 512, 128), dense_maps(run, film, 1280, 128)


def test_the_field_is_the_same_whole_and_in_tiles(both: tuple[DenseMaps, DenseMaps]) -> None:
    tiled, whole = both
    difference = np.abs(tiled.field - whole.field)
    assert difference.mean() < MEAN
    assert np.percentile(difference, 99.9) < RARE


def test_the_flaws_are_the_same_whole_and_in_tiles(inspector: Inspector, both: tuple[DenseMaps, DenseMaps]) -> None:
    tiled, whole = (decode(maps, maps.probability(), inspector.settings) for maps in both)
    for ours, theirs in ((tiled, whole), (whole, tiled)):
        sure = [flaw for flaw in ours if flaw.score > inspector.settings.score_threshold + MARGIN]
        assert len(sure) > 10
        partners = [max(overlap(flaw, other) for other in theirs) for flaw in sure]
        assert np.mean(np.array(partners) > AGREEMENT) >= SHARE and min(partners) > 0


def test_nothing_is_called_on_the_plate_and_the_bead_is_full_of_flaws(inspector: Inspector) -> None:
    """On this film the bead lies between rows 230 and 520; all its flaws are on it."""
    found = inspector.inspect(read_image(EXAMPLE)).indications
    assert len(found) > 15
    assert all(flaw.box[1] > 220 and flaw.box[1] + flaw.box[3] < 530 for flaw in found)


def overlap(one: Detection, other: Detection) -> float:
    common = float(common_areas(one.box, other.box[None])[0])
    areas = [float((flaw.box[2:] - flaw.box[:2]).prod()) for flaw in (one, other)]
    return common / (sum(areas) - common)
