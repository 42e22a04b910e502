"""Films, and what was found on them."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from pydicom import dcmread

from dynawave.diconde.findings import Findings
from dynawave.records import Indication, ModelInfo, WeldContext
from dynawave.simulate.dicom import encode_dicom
from dynawave.taxonomy import BY_NAME

HEIGHT, WIDTH = 70, 90
RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 4096, (HEIGHT, WIDTH), dtype=np.uint16)
CONTEXT = WeldContext("radiograph", ("P91", "316L"), "82", "GTAW", 12.7, 180, "Nozzle^N2", {"Source": "X-ray"})
MODEL = ModelInfo("film", "0.3.0", "ab" * 32, "Apache-2.0")
FOUND = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)


def write_film(path: Path, pixels: np.ndarray = PIXELS, **fields: Any) -> Path:
    """Write a DICONDE film; fields are set by keyword over those of a simulated one, and None takes one away."""
    path.write_bytes(encode_dicom(SimpleNamespace(pixels=pixels, context=CONTEXT, pixel_size_mm=0.05), path.stem))
    data = dcmread(path)
    for keyword, value in fields.items():
        if value is None:
            delattr(data, keyword)
        else:
            setattr(data, keyword, value)
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID
    data.save_as(path)
    return path


def indication(number: int, flaw: str, x: int, y: int, mask: np.ndarray, **fields: Any) -> Indication:
    height, width = mask.shape
    base = Indication(
        number,
        BY_NAME[flaw],
        0.95 - number / 10,
        (x, y, width, height),
        (1, 1, 1, 1),
        mask,
        (x, y),
        float(width),
        float(height),
        int(mask.sum()),
    )
    return replace(base, **fields)


RAGGED = RNG.random((9, 11)) > 0.4
INDICATIONS = (
    indication(
        1, "gas_pore", 5, 6, np.ones((4, 6), bool), length_mm=0.3, width_mm=0.2, area_mm2=0.06, cnr=2.5, class_score=0.7
    ),
    indication(2, "crack", 8, 8, RAGGED),  # overlaps the first
    indication(3, "flaw", 50, 30, RAGGED.T.copy()),
    indication(4, "lack_of_fusion", WIDTH - 1, HEIGHT - 2, np.ones((2, 1), bool)),  # in the film's corner
)


FINDINGS = Findings(INDICATIONS, MODEL, FOUND, HEIGHT, WIDTH, 0.05)


def whole_mask(one: Indication) -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), bool)
    x, y = one.mask_offset
    mask[y : y + one.mask.shape[0], x : x + one.mask.shape[1]] = one.mask
    return mask
