"""The weights that come with the package: ONNX and safetensors of each give the same answer on real films."""

import os
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from dynawave.images import read_image
from dynawave.images.normalise import normalise, to_grey
from dynawave.training.export import PARITY, largest_difference
from dynawave.training.weights import read_network
from dynawave.weights import FOLDER, shipped

DATA = Path(os.environ.get("DYNAWAVE_DATA", Path(__file__).parents[3] / "shared" / "data"))
FILMS = DATA / "gdxray-welds" / "W0001"
TILE = 256


def tiles_of(film: Path) -> np.ndarray:
    """Two tiles of a film as inspection normalises it: from its start and from its middle."""
    channels = normalise(to_grey(read_image(film).pixels))
    height, width = channels.shape[1:]
    corners = [(0, 0), ((height - TILE) // 2, (width - TILE) // 2)]
    return np.stack([channels[:, y : y + TILE, x : x + TILE] for y, x in corners])


@pytest.mark.data
@pytest.mark.skipif(not FILMS.is_dir(), reason="the GDXray welds are not there; set DYNAWAVE_DATA")
@pytest.mark.parametrize(
    "name",
    [file.stem for file in shipped()]
    or [pytest.param("none", marks=pytest.mark.skip(reason="no weights come with the package yet"))],
)
def test_parity_on_real_tiles(name: str) -> None:
    network, _ = read_network(FOLDER / f"{name}.safetensors")
    session = onnxruntime.InferenceSession(str(FOLDER / f"{name}.onnx"), providers=["CPUExecutionProvider"])
    for film in sorted(FILMS.glob("*.png"))[::3]:
        assert largest_difference(network, session, tiles_of(film)) <= PARITY, film.name
