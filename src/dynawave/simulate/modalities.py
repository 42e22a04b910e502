"""The three kinds of picture that can be simulated: how each is specified, drawn and labelled."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from dynawave.simulate.film import simulate_film
from dynawave.simulate.picture import SimulatedPicture
from dynawave.simulate.records import FilmSpec, SimulatedFilm
from dynawave.simulate.ultrasonic import CLASSES as ECHO_CLASSES
from dynawave.simulate.ultrasonic import ScanSpec, simulate_scan
from dynawave.simulate.visual import CLASSES as VISIBLE_CLASSES
from dynawave.simulate.visual import PhotoSpec, simulate_photo
from dynawave.taxonomy import CLASSES, FlawClass

Spec = FilmSpec | PhotoSpec | ScanSpec
Simulated = SimulatedFilm | SimulatedPicture


@dataclass(frozen=True, slots=True)
class Modality:
    """A kind of picture.

    Attributes:
        spec: what says which pictures to draw.
        simulate: draws picture `index` of series `seed`: (seed, index, spec).
        classes: flaws that its pictures may hold, the categories of a data set.
    """

    spec: type[Spec]
    simulate: Callable[[int, int, Any], Simulated]
    classes: tuple[FlawClass, ...]


MODALITIES: Final = {
    "radiograph": Modality(FilmSpec, simulate_film, CLASSES),
    "visual": Modality(PhotoSpec, simulate_photo, VISIBLE_CLASSES),
    "ultrasonic": Modality(ScanSpec, simulate_scan, ECHO_CLASSES),
}


def modality_of(spec: Spec) -> Modality:
    """The modality whose pictures `spec` describes."""
    return next(modality for modality in MODALITIES.values() if isinstance(spec, modality.spec))
