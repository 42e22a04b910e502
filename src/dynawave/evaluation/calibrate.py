"""Calibrate weights on films that they were not trained on: their scores then say how often a call hits a flaw."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from dynawave.errors import WeightsError
from dynawave.evaluation.complete import Completed
from dynawave.evaluation.reliability import fit_calibration, held_out, measure_reliability, scores_of
from dynawave.images.files import written_aside
from dynawave.inspection.calibration import Calibration
from dynawave.inspection.runtime import METADATA_KEY, ModelCard
from dynawave.weights import find


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What calibration did: the fit, and the calibration error before it and after it on films that it did not see."""

    calibration: Calibration
    before: float
    after: float


def calibrate(weights: str | Path, measured: Completed, out: Path) -> Calibrated:
    """Fit a calibration to the calls of an evaluation, and write the weights with it.

    Args:
        weights: that were evaluated; if they are calibrated already, the fit is on top of that.
        measured: their evaluation on validation films.
        out: ONNX file; only its metadata differs from the weights'.

    Raises:
        WeightsError: the calls are all true or all false, or surer calls are not more often true.
    """
    import onnx

    scores, true = scores_of(measured.claims)
    found = fit_calibration(scores, true) if len(scores) else None
    if found is None:
        raise WeightsError(f"{weights}: cannot be calibrated on these films: surer calls are not more often true.")
    film = np.array([claim.image for claim in measured.claims])
    before = measure_reliability(scores, true, 1.0)
    after = measure_reliability(held_out(scores, true, film), true, 1.0)
    assert before and after
    model = onnx.load(find(weights))
    entry = next(entry for entry in model.metadata_props if entry.key == METADATA_KEY)
    first = ModelCard.model_validate_json(entry.value).calibration
    entry.value = json.dumps(json.loads(entry.value) | {"calibration": asdict(found.after(first))})
    with written_aside(out) as aside:
        onnx.save(model, aside)
    return Calibrated(found, before.error, after.error)
