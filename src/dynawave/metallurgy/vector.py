"""A weld's context as the one vector that the network takes ("prompt", figures 1 and 3), in training and inspection.

A metal enters by what it is - crystal structure, equivalents, ferrite number - and never by its name, so one that the
network has not met stands beside its like. The words of the record follow as bytes of one line of text.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from math import inf, log
from types import MappingProxyType
from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from dynawave.metallurgy.composition import Composition
from dynawave.metallurgy.features import composition_features, metals_of
from dynawave.metallurgy.metals import Family, Metal, plain
from dynawave.metallurgy.weld import assess
from dynawave.records import WeldContext

LAYOUT: Final = 1
"""Number of the layout that this module describes; a model says with which one it was trained."""

MODALITIES: Final = ("radiograph", "visual", "ultrasonic")

PROCESSES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "SMAW": ("111", "MMA", "MMAW", "stick", "manual metal arc", "shielded metal arc"),
        "GTAW": ("14", "141", "142", "143", "TIG", "WIG", "gas tungsten arc"),
        "GMAW": ("13", "131", "133", "135", "138", "MIG", "MAG", "MIG/MAG", "gas metal arc"),
        "FCAW": ("114", "132", "136", "flux cored arc"),
        "SAW": ("12", "121", "122", "124", "125", "126", "UP", "submerged arc"),
        "PAW": ("15", "151", "plasma arc", "plasma"),
        "EBW": ("51", "511", "512", "electron beam"),
        "LBW": ("52", "521", "522", "laser beam", "laser"),
    }
)
"""Welding processes by their AWS letters, each with its ISO 4063 numbers and other names."""

TYPICAL_DILUTION: Final = 0.3
"""Share of base metal, half from each side, by which the weld metal is judged: a record hardly ever states it."""

TEXT_BYTES: Final = 96
"""Bytes of the line of text; what is longer is cut."""

WORDS: Final = ("Source", "Detector", "DetectorType", "FilterMaterial", "MaterialName", "Note")
"""Details that go into the text. Makers, serial and order numbers do not: they say nothing of the metal."""

_FAMILIES: Final[tuple[str, ...]] = get_args(Family)
_STRUCTURES: Final = ("nickel", "austenitic", "duplex", "martensitic", "ferritic")
_MODES: Final = ("A", "AF", "FA", "F")

# (offset, reference): a number x enters as ln((x + offset) / reference)
_THICKNESS: Final = (0.0, 10.0)
_VOLTAGE: Final = (0.0, 200.0)
_FEATURES: Final = {
    "cr_eq_schaeffler": (1.0, 10.0),
    "ni_eq_schaeffler": (1.0, 10.0),
    "cr_eq_wrc": (1.0, 10.0),
    "ni_eq_wrc": (1.0, 10.0),
    "cr_ni_ratio": (0.01, 1.0),
    "ferrite_number": (1.0, 10.0),
    "ce_iiw": (0.01, 1.0),
}
_LARGEST: Final = 3.0

_METAL: Final = len(_FAMILIES) + len(_FEATURES) + 1
FIELDS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "modality": len(MODALITIES),
        "process": len(PROCESSES),
        "thickness": 1,
        "voltage": 1,
        "base_a": _METAL,
        "base_b": _METAL,
        "filler": _METAL,
        "weld": len(_STRUCTURES) + len(_MODES) + len(_FEATURES) + 1,
        "text": TEXT_BYTES,
    }
)
"""Numbers that each field has after its flag."""

LENGTH: Final = sum(1 + size for size in FIELDS.values())
"""Numbers in the vector."""

Values = Sequence[float]


def context_vector(context: WeldContext | None) -> NDArray[np.float32]:
    """The context as float32 [LENGTH]: each field of `FIELDS` as a flag (1 known, 0 unknown) and its values.

    Nothing known is a vector of zeros. What stands in no vocabulary - an unheard-of process, a metal that the library
    does not have, a thickness that is no positive number - is unknown, but its name is still in the text. Numbers enter
    as a logarithm about a usual value, cut at +-3; 10 mm, 200 kV and a ratio of one are 0.

    Example:
        >>> vector = context_vector(WeldContext(thickness_mm=10))
        >>> vector.shape == (LENGTH,), known_fields(vector)
        (True, ('thickness',))
    """
    context = context or WeldContext()
    process = process_of(context.process)
    values: dict[str, Values | None] = {
        "modality": _choice(context.modality, MODALITIES) if context.modality in MODALITIES else None,
        "process": _choice(process, PROCESSES) if process else None,
        "thickness": _size(context.thickness_mm, *_THICKNESS),
        "voltage": _size(context.voltage_kv, *_VOLTAGE),
        **_metals(context.base_metals[:2], context.filler),
        "text": tuple(_line(context)) or None,
    }
    vector = np.zeros(LENGTH, np.float32)
    for name, part in spans().items():
        if (known := values[name]) is not None:
            vector[part.start : part.start + 1 + len(known)] = (1, *known)
    return vector


def spans() -> dict[str, slice]:
    """Where each field lies in the vector; its flag comes first."""
    ends = np.cumsum([1 + size for size in FIELDS.values()]).tolist()
    return {name: slice(end - 1 - size, end) for (name, size), end in zip(FIELDS.items(), ends, strict=True)}


def known_fields(vector: NDArray[np.float32]) -> tuple[str, ...]:
    """Names of the fields that a vector states."""
    return tuple(name for name, part in spans().items() if vector[part.start])


def unheard_of(context: WeldContext) -> tuple[str, ...]:
    """Names in the context that no vocabulary has, so that the network reads them as text only."""
    bases = context.base_metals[:2]
    base_a, base_b, filler = metals_of(context)
    known: dict[str | None, object] = {
        context.modality: context.modality in MODALITIES,
        **(dict(zip((bases[0], bases[-1]), (base_a, base_b), strict=True)) if bases else {}),
        context.filler: filler,
        context.process: process_of(context.process),
    }
    return tuple(name for name, found in known.items() if name and not found)


def process_of(name: str | None) -> str | None:
    """The process of a name or an ISO 4063 number, in any spelling, as its AWS letters; None if there is none.

    Example:
        >>> process_of("tig"), process_of("ISO 4063-111"), process_of("by hand")
        ('GTAW', 'SMAW', None)
    """
    wanted = plain(name or "").removeprefix("iso4063").removesuffix("welding")
    return next((p for p, others in PROCESSES.items() if wanted in map(plain, (p, *others))), None)


@lru_cache(maxsize=1024)
def _metals(base_metals: tuple[str, ...], filler: str | None) -> dict[str, Values | None]:
    """The fields of the metals of these names; kept, as training asks for the same ones again and again."""
    members = metals_of(WeldContext(base_metals=base_metals, filler=filler))
    fields = dict(zip(("base_a", "base_b", "filler"), map(_metal, members), strict=True))
    base_a, base_b, third = members
    if not (base_a and base_b and third):
        return fields | {"weld": None}
    weld = assess(base_a, base_b, third, TYPICAL_DILUTION / 2, TYPICAL_DILUTION / 2)
    structure, mode = _choice(weld.structure, _STRUCTURES), _choice(weld.mode, _MODES)
    return fields | {"weld": (*structure, *mode, *_composition(weld.composition))}


def _metal(metal: Metal | None) -> Values | None:
    return (*_choice(metal.family, _FAMILIES), *_composition(metal.composition)) if metal else None


def _composition(composition: Composition) -> Values:
    """The scaled features, and whether the diagram has a ferrite number."""
    features = composition_features(composition)
    scaled = (0.0 if (x := features[name]) is None else _scaled(x, *scale) for name, scale in _FEATURES.items())
    return (*scaled, float(features["ferrite_number"] is not None))


def _choice(name: str | None, names: Iterable[str]) -> Values:
    return tuple(float(each == name) for each in names)


def _size(value: float | None, offset: float, reference: float) -> Values | None:
    return (_scaled(value, offset, reference),) if value is not None and 0 < value < inf else None


def _scaled(value: float, offset: float, reference: float) -> float:
    return min(max(log((value + offset) / reference), -_LARGEST), _LARGEST)


def _line(context: WeldContext) -> bytes:
    """The words of the record in lower case; base metals in alphabetic order, for the sides have none."""
    details = (context.details.get(key) for key in WORDS)
    words = (*sorted(context.base_metals), context.filler, context.process, *details)
    return " ".join(word for word in words if word).lower().encode()[:TEXT_BYTES]
