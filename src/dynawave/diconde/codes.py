"""Coded concepts: the standard's where it has them, else ISO 6520-1's numbers, else words of our own.

DICOM registers no coding scheme for ISO 6520-1 (PS3.16, chapter 8), so that its numbers stand under the private
designator "99ISO6520"; private designators begin with 99 (PS3.3, 8.2).
"""

from typing import Final

from highdicom.coding_schemes import CodingSchemeIdentificationItem
from highdicom.sr import CodedConcept
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from dynawave.taxonomy import FAMILIES, FlawClass

ISO6520: Final = "99ISO6520"
OURS: Final = "99DYNAWAVE"

LENGTH: Final = codes.SCT.Length
WIDTH: Final = codes.SCT.Width
AREA: Final = codes.SCT.Area
NO_UNIT: Final = codes.UCUM.NoUnits
MM: Final = codes.UCUM.Millimeter
MM2: Final = codes.UCUM.SquareMillimeter
PIXELS: Final = Code("{pixels}", "UCUM", "pixels")
DEPTH: Final = Code("DEPTH", OURS, "Depth or height, as stated by a person")
SCORE: Final = Code("SCORE", OURS, "Score of being a flaw, 0 to 1, not calibrated")
CLASS_SCORE: Final = Code("CLASS_SCORE", OURS, "Score of the class, given a flaw")
CONTRAST: Final = Code("CNR", OURS, "Contrast over the standard deviation of grain")
COUNT: Final = Code("COUNT", OURS, "Number of indications")
FILM: Final = Code("FILM", OURS, "Film as a whole")
DISPOSITION: Final = Code("DISPOSITION", OURS, "Indication Disposition of ASTM E2339")
FLAW: Final = Code("FLAW", OURS, "Flaw of unnamed kind")

_METHODS: Final = {
    "US": Code("UT", OURS, "Ultrasonic testing"),
    "XC": Code("VT", OURS, "Visual testing"),
    "ES": Code("VT", OURS, "Visual testing"),
}
_RADIOGRAPHY: Final = Code("RT", OURS, "Radiographic testing")
_DISPOSITIONS: Final = {"ACCEPT": "Accepted", "REJECT": "Rejected", "HOLD": "Not decided"}


def schemes() -> list[CodingSchemeIdentificationItem]:
    """What the private designators stand for."""
    return [
        CodingSchemeIdentificationItem(
            ISO6520, name="Reference numbers of weld imperfections, ISO 6520-1", responsible_organization="ISO"
        ),
        CodingSchemeIdentificationItem(OURS, name="DynaWave", responsible_organization="DynaWave"),
    ]


def flaw_code(flaw: FlawClass) -> CodedConcept:
    """The class by its ISO 6520-1 number; by its name where it has none."""
    words = flaw.name.replace("_", " ").capitalize()
    if flaw.iso6520 is not None:
        return CodedConcept(str(flaw.iso6520), ISO6520, words)
    return CodedConcept.from_code(FLAW) if flaw.name == "flaw" else CodedConcept(_value(flaw.name), OURS, words[:64])


def family_code(flaw: FlawClass) -> CodedConcept:
    """The main group of ISO 6520-1 that the class belongs to."""
    family = FAMILIES.get(flaw.family)
    return flaw_code(family) if family else CodedConcept.from_code(FLAW)


def method_code(modality: str) -> Code:
    """The method of testing that a film of this modality comes from."""
    return _METHODS.get(modality, _RADIOGRAPHY)


def disposition_code(disposition: str) -> Code:
    """What was decided of an indication."""
    return Code(disposition, OURS, _DISPOSITIONS[disposition])


def _value(name: str) -> str:
    """A name of the user's own as a code value, which has 16 characters at most."""
    return name.upper()[:16]
