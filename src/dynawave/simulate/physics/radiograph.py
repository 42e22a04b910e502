"""From thickness maps to the dose at the detector, relative to a place where the exposure is set."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from dynawave.simulate.physics.geometry import blur_pixels
from dynawave.simulate.physics.transmission import Beam, buildup, scatter
from dynawave.simulate.records import Array


@dataclass(frozen=True, slots=True)
class View:
    """How the object is seen.

    Attributes:
        pixel_mm: edge of a map's pixel in the object.
        srb_mm: basic spatial resolution of the image in the object (`Geometry.image_srb_mm`).
        scatter_height_mm: half the thickness, and the gap between object and detector.
        scatter_amount: 1 in contact; less with a gap, a collimated field or a grid.
    """

    pixel_mm: float
    srb_mm: float
    scatter_height_mm: float
    scatter_amount: float = 1.0


def relative_dose(beam: Beam, layers: Sequence[Array], view: View, reference_mm: float) -> Array:
    """Dose at the detector with scatter and unsharpness, 1 behind a wide plate of `reference_mm` of the first metal.

    Where the SRb is below 1.6 pixels, give maps of half the pixel and bring the result to the detector's by `binned`:
    the blur of a sharp image is not smooth on its own pixels.

    Args:
        beam: the reduced beam of these metals.
        layers: float32 thickness maps in mm of one shape, one for each metal of the beam.
        view: pixel, sharpness and scatter.
        reference_mm: thickness at which the exposure is set, above 0.

    Returns:
        float32 map of the same shape.
    """
    primary = beam.primary(layers)
    total = primary + scatter(beam, primary, reference_mm, view.scatter_height_mm / view.pixel_mm, view.scatter_amount)
    paths = np.array(beam.effective(reference_mm) * reference_mm)
    scattered = view.scatter_amount * float(buildup(paths, beam.compton_share(reference_mm)))
    total /= np.float32(beam.through(reference_mm) * (1 + scattered))
    sigma = blur_pixels(view.srb_mm, view.pixel_mm)
    return np.asarray(cv2.GaussianBlur(total, (0, 0), sigma) if sigma > 0 else total, np.float32)


def binned(dose: Array, factor: int) -> Array:
    """Means over squares of `factor` pixels, float32."""
    size = dose.shape[1] // factor, dose.shape[0] // factor
    return np.asarray(
        cv2.resize(dose[: size[1] * factor, : size[0] * factor], size, interpolation=cv2.INTER_AREA), np.float32
    )
