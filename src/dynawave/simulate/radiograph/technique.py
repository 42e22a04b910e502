"""How a weld is radiographed: source, voltage, distances, sharpness and kind of detector, as the thickness allows."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator

from dynawave.simulate.fields import log_uniform
from dynawave.simulate.physics import absorbers
from dynawave.simulate.physics.geometry import Geometry, blur_pixels, film_unsharpness_mm, least_distance_mm
from dynawave.simulate.physics.materials import material
from dynawave.simulate.physics.source import GAMMA_LINES, Spectrum, gamma, tube
from dynawave.simulate.physics.transmission import Absorber

# Greatest voltage for steel by penetrated thickness, about as the diagram of ISO 17636-1 has it (within some 10 %; not
# checked against the licensed standard).
_LIMIT_MM: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 50.0, 70.0)
_LIMIT_KV: Final = (75.0, 95.0, 135.0, 180.0, 245.0, 300.0, 400.0, 450.0)
# Thickness of steel in mm for which ISO 17636-1 allows a source in class A.
_GAMMA_MM: Final = {"Se-75": (10.0, 40.0), "Ir-192": (20.0, 100.0)}
_MICROFOCUS_KV: Final = 225.0


@dataclass(frozen=True, slots=True)
class Technique:
    """An exposure, up to the detector.

    Attributes:
        source: "X-ray", "Se-75" or "Ir-192".
        voltage_kv: of the tube, or None.
        rays: spectrum behind the tube's window and filter.
        detector: "film", "plate" (computed radiography) or "array".
        absorber: what the detector absorbs with.
        geometry: distances and focal spot.
        detector_srb_um: basic spatial resolution of the detector.
        pitch_um: pixel of the detector.
        better: class B of ISO 17636 instead of A.
        scatter_amount: share of the scatter of a wide field in contact.
        tilt_deg: the beam's lean along and across the seam.
        spot_px: standard deviation in pixels of the spot that scans a film, along the rows and down the columns; 0 for
            other detectors.
    """

    source: str
    voltage_kv: float | None
    rays: Spectrum
    detector: str
    absorber: Absorber
    geometry: Geometry
    detector_srb_um: float
    pitch_um: float
    better: bool
    scatter_amount: float
    tilt_deg: tuple[float, float]
    spot_px: tuple[float, float] = (0.0, 0.0)

    @property
    def srb_mm(self) -> float:
        """Basic spatial resolution of the image in the object."""
        return self.geometry.image_srb_mm(self.detector_srb_um / 1000)

    @property
    def blur_px(self) -> float:
        """Standard deviation of the image's unsharpness in pixels."""
        exposed = blur_pixels(self.srb_mm, self.pitch_um / 1000 / self.geometry.magnification)
        return float(np.hypot(exposed, np.mean(self.spot_px)))


def draw_technique(
    rng: Generator, thickness_mm: float, pixel_mm: float, depth_mm: float = 0.0, lean_deg: float = 0.0
) -> Technique:
    """Draw the exposure of a weld whose image has pixels of `pixel_mm` in the object.

    Args:
        rng: draws it.
        thickness_mm: penetrated thickness.
        pixel_mm: edge of a pixel; film and plates are scanned in steps of it, an array's larger pixels are
            brought to it by magnification.
        depth_mm: from the source side's weld to the film side's, where both are on the film; else 0.
        lean_deg: lean of the beam across the seam by intent.
    """
    limit = float(np.interp(thickness_mm, _LIMIT_MM, _LIMIT_KV))
    detector = str(rng.choice(["film", "plate", "array"], p=[0.84, 0.08, 0.08]))
    if detector == "array" and limit > _MICROFOCUS_KV:
        detector = "plate"
    source = "X-ray"
    allowed = [name for name, (least, most) in _GAMMA_MM.items() if least <= thickness_mm <= most]
    if detector != "array" and allowed and rng.random() < 0.25:
        source = str(rng.choice(allowed))
    kilovolts = None if source in GAMMA_LINES else round(limit * rng.uniform(0.6, 1.0))
    rays = _rays(rng, source, kilovolts, hard=detector == "array")
    better = bool(rng.random() < 0.5)
    tilt = rng.normal(0, 2, 2) + (rng.random(2) < 0.15) * rng.normal(0, 8, 2) + (0, lean_deg)
    lead = rng.uniform(0.02, 0.2)
    if detector == "array":
        pitch = rng.choice([85.0, 100.0, 127.0])
        distance = rng.uniform(150, 400)
        geometry = Geometry(rng.uniform(0.01, 0.1), distance, distance * (pitch / 1000 / pixel_mm - 1))
        absorber, srb, amount = absorbers.scintillator(), pitch * rng.uniform(1.0, 1.3), rng.uniform(0.1, 0.4)
    else:
        pitch, focal = 1000 * pixel_mm, log_uniform(rng, 1.0, 4.0)
        gap = max(thickness_mm, depth_mm) + rng.uniform(0.5, 4)
        distance = max(least_distance_mm(focal, gap, better) * rng.uniform(1.0, 1.8), 150)
        geometry, amount = Geometry(focal, distance, gap), rng.uniform(0.5, 1.0)
        absorber, srb = absorbers.film(lead), 500 * film_unsharpness_mm(_mean_kev(rays, thickness_mm))
        if detector == "plate":
            absorber, srb = absorbers.phosphor(), max(srb, rng.uniform(45, 80))
    tilts, spot = (float(tilt[0]), float(tilt[1])), _draw_spot(rng) if detector == "film" else (0.0, 0.0)
    return Technique(
        source, kilovolts, rays, detector, absorber, geometry, float(srb), pitch, better, amount, tilts, spot
    )


def _draw_spot(rng: Generator) -> tuple[float, float]:
    """Spot of a film scanner in pixels, longer in the direction in which the film is drawn through.

    As on the full films of GDXray W0003: in quiet patches grain correlates with its neighbour by 0.22 to 0.40 along the
    film and 0.46 to 0.59 across it, and hardly beyond, as behind Gaussians of 0.41 to 0.52 and 0.57 to 0.69 px.
    """
    one = rng.uniform(0.4, 0.54)
    other = one + rng.uniform(0.12, 0.19)
    return (one, other) if rng.random() < 0.85 else (other, one)


def _rays(rng: Generator, source: str, kilovolts: float | None, hard: bool) -> Spectrum:
    """The spectrum behind the tube's window, and a copper filter where an array would be overrun by soft rays."""
    if kilovolts is None:
        return gamma(source)
    layers = [(material({"Be": 1}, 1.85), rng.uniform(1, 4)), (material({"Al": 1}, 2.7), rng.uniform(0, 2))]
    if hard:
        layers.append((material({"Cu": 1}, 8.96), rng.uniform(0.2, 1.0)))
    return tube(kilovolts, rng.uniform(12, 28)).behind(layers)


def _mean_kev(rays: Spectrum, thickness_mm: float) -> float:
    """Mean energy of what gets through steel of this thickness."""
    return rays.behind([(material({"Fe": 1}, 7.85), thickness_mm)]).mean_kev
