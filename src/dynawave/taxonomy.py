"""Flaw classes, their ISO 6520-1 numbers, families and colours: the one place that names flaws.

Numbers follow ISO 6520-1 as confirmed by public sources; names are the standard's short English terms.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class FlawClass:
    """A kind of flaw.

    Attributes:
        name: short English term, lower case with underscores; the category name in COCO files.
        iso6520: ISO 6520-1 reference number, or None for the generic class "flaw".
        family: crack, cavity, inclusion, fusion, shape or any.
        colour: (red, green, blue), 0-255, for overlays.
    """

    name: str
    iso6520: int | None
    family: str
    colour: tuple[int, int, int]


FLAW: Final = FlawClass("flaw", None, "any", (255, 64, 64))

CLASSES: Final[tuple[FlawClass, ...]] = (
    FlawClass("crack", 100, "crack", (255, 59, 48)),
    FlawClass("longitudinal_crack", 1011, "crack", (255, 59, 48)),
    FlawClass("transverse_crack", 1021, "crack", (255, 105, 97)),
    FlawClass("gas_pore", 2011, "cavity", (0, 122, 255)),
    FlawClass("clustered_porosity", 2013, "cavity", (64, 156, 255)),
    FlawClass("linear_porosity", 2014, "cavity", (90, 200, 250)),
    FlawClass("elongated_cavity", 2015, "cavity", (100, 210, 255)),
    FlawClass("worm_hole", 2016, "cavity", (50, 173, 230)),
    FlawClass("slag_inclusion", 301, "inclusion", (255, 149, 0)),
    FlawClass("metallic_inclusion", 304, "inclusion", (255, 214, 10)),
    FlawClass("tungsten_inclusion", 3041, "inclusion", (255, 214, 10)),
    FlawClass("lack_of_fusion", 401, "fusion", (175, 82, 222)),
    FlawClass("lack_of_side_wall_fusion", 4011, "fusion", (191, 90, 242)),
    FlawClass("lack_of_penetration", 402, "fusion", (218, 143, 255)),
    FlawClass("undercut", 5011, "shape", (48, 209, 88)),
    FlawClass("crater_crack", 104, "crack", (255, 69, 58)),
    FlawClass("branching_crack", 106, "crack", (255, 120, 110)),
    FlawClass("oxide_inclusion", 303, "inclusion", (255, 179, 64)),
    FlawClass("copper_inclusion", 3042, "inclusion", (255, 196, 40)),
    FlawClass("lack_of_inter_run_fusion", 4012, "fusion", (200, 110, 245)),
    FlawClass("lack_of_root_fusion", 4013, "fusion", (208, 125, 248)),
    FlawClass("excess_penetration", 504, "shape", (90, 220, 120)),
    FlawClass("root_concavity", 515, "shape", (120, 225, 145)),
)

SURFACE_CLASSES: Final[tuple[FlawClass, ...]] = (
    FlawClass("surface_pore", 2017, "cavity", (0, 122, 255)),
    FlawClass("crater_pipe", 2024, "cavity", (88, 86, 214)),
    FlawClass("overlap", 506, "shape", (52, 199, 150)),
    FlawClass("burn_through", 510, "shape", (162, 132, 94)),
    FlawClass("incompletely_filled_groove", 511, "shape", (102, 212, 207)),
    FlawClass("spatter", 602, "shape", (172, 142, 104)),
)
"""Flaws that are seen on the surface of a weld, beside those of `CLASSES`."""

FAMILIES: Final[dict[str, FlawClass]] = {
    family.family: family
    for family in (
        FlawClass("crack", 100, "crack", (255, 59, 48)),
        FlawClass("cavity", 200, "cavity", (0, 122, 255)),
        FlawClass("solid_inclusion", 300, "inclusion", (255, 149, 0)),
        FlawClass("lack_of_fusion_or_penetration", 400, "fusion", (175, 82, 222)),
        FlawClass("imperfect_shape", 500, "shape", (48, 209, 88)),
    )
}
"""The main groups of ISO 6520-1 that a radiograph tells apart, by family: the classes of a model that names groups."""

BY_NAME: Final[dict[str, FlawClass]] = {c.name: c for c in (*FAMILIES.values(), *CLASSES, *SURFACE_CLASSES, FLAW)}
BY_NUMBER: Final[dict[int, FlawClass]] = {c.iso6520: c for c in BY_NAME.values() if c.iso6520 is not None}


def flaw_class(name: str, iso6520: int | None = None) -> FlawClass:
    """Return the known class of this name, or a new one of family "any" for a name of the user's own.

    Example:
        >>> flaw_class("gas_pore").iso6520
        2011
    """
    return BY_NAME.get(name) or FlawClass(name, iso6520, "any", FLAW.colour)


def among(name: str, classes: Collection[str]) -> str | None:
    """Which of `classes` a flaw of this class has: its own, else that of its family; None where neither is one of them.

    Example:
        >>> among("gas_pore", ("crack", "cavity"))
        'cavity'
    """
    family = FAMILIES.get(flaw_class(name).family)
    return next((each for each in (name, family.name if family else name) if each in classes), None)
