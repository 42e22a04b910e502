"""The corruptions and their severities, each with the reason for its levels."""

from typing import Final

from dynawave.evaluation.corruptions import exposure, handling
from dynawave.evaluation.corruptions.corrupt import Corruption

_ALL: Final = (
    Corruption(
        "blur",
        "mm of further unsharpness",
        (0.1, 0.2, 0.3, 0.51, 0.76),
        "ISO 17636-1 allows b^(1/3) / 15 mm in class B and twice that in class A, 0.14 and 0.29 mm where b is 10 mm; "
        "ASME V T-274.2 allows 0.51 mm under 50 mm of metal and 0.76 mm to 75 mm.",
        exposure.blur,
    ),
    Corruption(
        "underexposure",
        "EV too little",
        (0.5, 1.0, 1.5, 2.0, 3.0),
        "Half the dose brings a film of density 2.3, the least of class B in ISO 17636-1, to 1.2, and an eighth to "
        "0.3, hardly above fog; the SNR falls with the dose's root.",
        exposure.underexpose,
    ),
    Corruption(
        "overexposure",
        "EV too much",
        (0.1, 0.2, 0.35, 0.5, 0.75),
        "From a 7 % longer exposure to a 68 % longer one: scans use their range up, and the plate beside the bead goes "
        "black first, then the bead.",
        exposure.overexpose,
    ),
    Corruption(
        "noise",
        "SNR_N of the noise alone",
        (200, 130, 65, 43, 25),
        "Film systems of ASTM E1815 have SNR_N 130 (special), 65 (class I) and 43 (class III), from gradient over "
        "granularity at density 2; 25 is a film that should not have been accepted.",
        exposure.add_noise,
    ),
    Corruption(
        "contrast",
        "times the radiation as further scatter",
        (0.5, 1.0, 2.0, 3.0, 5.0),
        "Behind 19 mm of steel scatter is about twice the direct radiation (Kodak, Radiography in Modern Industry, "
        "chapter 6), more behind thicker metal; contrast falls to 1 / (1 + ratio), 67 % to 17 %, the grain stays.",
        exposure.add_scatter,
    ),
    Corruption(
        "scratches",
        "scratches a cm²",
        (0.25, 0.5, 1.0, 2.0, 4.0),
        "From a film with a scratch every 4 cm² to one that has slid about in a drawer; 1 to 30 mm long, 0.02 to "
        "0.15 mm wide, 2 to 25 % of the grey range deep, three of four bright.",
        handling.scratch,
    ),
    Corruption(
        "streaks",
        "% of the grey range",
        (0.1, 0.2, 0.4, 0.8, 1.6),
        "Cells of a line digitiser that differ by a quarter of a grey value of 256 are well calibrated, by 4 not at "
        "all; one in fifty is dirty and errs five times as much.",
        handling.streak,
    ),
    Corruption(
        "jpeg",
        "quality",
        (90, 75, 50, 30, 15),
        "75 is libjpeg's default and 90 a careful archive; 50 and less is what films sent by message have gone "
        "through.",
        handling.compress,
    ),
    Corruption(
        "polarity",
        "gamma of the negative",
        (1.0, 1.2, 1.5, 1.8, 2.2),
        "A negative taken for a positive, plain or with a screen's tone curve up to that of sRGB, 2.2.",
        handling.invert,
    ),
    Corruption(
        "coarse",
        "times the pixel",
        (1.25, 1.5, 2.0, 3.0, 4.0),
        "A film scanned at 50 to 160 µm in place of 40 µm; class DS of ISO 14096-2 allows pixels of 60 µm for 200 to "
        "450 kV, 100 µm for Ir-192 and 200 µm for Co-60.",
        handling.rescan,
        resizes=True,
    ),
    Corruption(
        "fine",
        "times the pixel",
        (0.85, 0.75, 0.65, 0.55, 0.5),
        "A film scanned at 34 to 20 µm in place of 40 µm: class DS of ISO 14096-2 asks for 30 µm from 100 to 200 kV "
        "and 15 µm below. It is interpolated, so it shows nothing new.",
        handling.rescan,
        resizes=True,
    ),
)

CORRUPTIONS: Final = {corruption.name: corruption for corruption in _ALL}
"""By name."""
