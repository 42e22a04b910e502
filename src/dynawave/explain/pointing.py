"""How much of a map lies on true flaws: the energy-based pointing game (Wang et al. 2020, Score-CAM)."""

from itertools import groupby

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.explain.trace import Map, Trace
from dynawave.network.wavelet import SUBBANDS


def mass_inside(heat: Map, mask: NDArray[np.bool_]) -> float | None:
    """Share of a map's mass that lies in a mask of the same shape, or None where the map is empty.

    Args:
        heat: zero or more, [H, W].
        mask: [H, W].
    """
    total = float(heat.sum(dtype=np.float64))
    return float(heat[mask].sum(dtype=np.float64)) / total if total > 0 else None


def raised(heat: Map, side: tuple[int, int]) -> Map:
    """A map of a tile at the tile's own size (height, width), interpolated between the centres of its cells."""
    return np.asarray(cv2.resize(heat, side[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def named_maps(trace: Trace, flaw: Map) -> dict[str, Map]:
    """Every map of a tile that can be asked how much of it lies on flaws, by name, each zero or more.

    Args:
        trace: of the tile.
        flaw: Grad-CAM of its flaw scores.

    Returns:
        `field` S(p) (12), `grad_cam`, and with the stride of their level behind: `gate` (19), `sampling` density of
        all dilations (18), and the energy of each weighted sub-band `LL`, `LH`, `HL`, `HH` (23, 24).
    """
    maps = {"field": trace.outputs["field"][0], "grad_cam": flaw}
    maps |= {f"gate_{gate.stride}": gate.values for gate in trace.gates}
    for stride, branches in groupby(trace.samplings, key=lambda s: s.stride):
        maps[f"sampling_{stride}"] = np.sum([branch.density() for branch in branches], 0)
    for level in trace.bands:
        maps |= {f"{name}_{level.stride}": level.energy[k] for k, name in enumerate(SUBBANDS)}
    return maps
