"""How sharp the picture can be: magnification, focal spot and detector.

Unsharpness is the width in mm of the image of an ideal edge. SRb, the basic spatial resolution, is half the unsharpness
(ISO 19232-5).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

# Standard deviation of a Gaussian over the SRb that its duplex wires show at a dip of 20 % (ISO 19232-5): computed from
# two ideal wires of diameter d and gap d; a test repeats it.
SIGMA_PER_SRB: Final = 0.707
# Inherent unsharpness of film with lead screens in mm by photon energy in keV: electrons run farther in the emulsion
# when fast. Effective energies and values after R. Halmshaw, Industrial Radiology (1995): 100 kV 0.05, 200 kV 0.09, 300
# kV 0.12, 400 kV 0.15, Ir-192 0.17, Co-60 0.35.
_FILM_KEV: Final = (60.0, 110.0, 160.0, 210.0, 370.0, 1250.0)
_FILM_MM: Final = (0.05, 0.09, 0.12, 0.15, 0.17, 0.35)


@dataclass(frozen=True, slots=True)
class Geometry:
    """Distances of an exposure.

    Attributes:
        focal_spot_mm: d, the effective size of focal spot or source.
        source_object_mm: f, from the source to the source side of the object.
        object_detector_mm: b, from the source side of the object to the detector.
    """

    focal_spot_mm: float
    source_object_mm: float
    object_detector_mm: float

    @property
    def magnification(self) -> float:
        """Magnification v = 1 + b / f of what lies on the source side (ISO 17636-2)."""
        return 1 + self.object_detector_mm / self.source_object_mm

    @property
    def unsharpness_mm(self) -> float:
        """Geometric unsharpness u_G = d b / f at the detector (ISO 17636-1 and -2)."""
        return self.focal_spot_mm * self.object_detector_mm / self.source_object_mm

    def image_srb_mm(self, detector_srb_mm: float) -> float:
        """SRb of the image referred to the object: (1 / 2v) sqrt(u_G^2 + (2 SRb)^2) (ISO 17636-2)."""
        total = np.hypot(self.unsharpness_mm, 2 * detector_srb_mm)
        return float(total / (2 * self.magnification))


def least_distance_mm(focal_spot_mm: float, object_detector_mm: float, better: bool) -> float:
    """Least source-to-object distance of ISO 17636: 7.5 d b^(2/3) in class A, 15 d b^(2/3) in class B (`better`)."""
    return float((15 if better else 7.5) * focal_spot_mm * object_detector_mm ** (2 / 3))


def film_unsharpness_mm(mean_kev: float) -> float:
    """Inherent unsharpness of film in mm at a mean photon energy in keV."""
    return float(np.exp(np.interp(np.log(mean_kev), np.log(_FILM_KEV), np.log(_FILM_MM))))


def blur_pixels(srb_mm: float, pixel_mm: float) -> float:
    """Standard deviation in pixels of the Gaussian that brings an image of square pixels to this SRb.

    A pixel itself averages over its width, which has the variance p^2 / 12; where that is all of the asked SRb, 0 is
    returned.
    """
    variance = (SIGMA_PER_SRB * srb_mm / pixel_mm) ** 2 - 1 / 12
    return float(np.sqrt(max(variance, 0)))
