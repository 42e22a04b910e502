"""What film, imaging plates and detector arrays absorb photons with: typical layers of their kind."""

from dynawave.simulate.physics.materials import material
from dynawave.simulate.physics.transmission import Absorber


def film(lead_mm: float) -> Absorber:
    """Film between lead screens: 5 um of silver bromide in all, behind lead of this thickness.

    ISO 17636-1 asks for screens of 0.02 to 0.2 mm. The electrons that the screens add are left out; they change the
    film's speed more than its response over energy.
    """
    return Absorber(material({"Ag": 107.87, "Br": 79.90}, 6.47), 0.005, ((material({"Pb": 1}, 11.35), lead_mm),))


def phosphor() -> Absorber:
    """An imaging plate: 0.15 mm of BaFBr behind 0.1 mm of lead (ISO 17636-2 asks for such a screen above 100 kV)."""
    plate = material({"Ba": 137.33, "F": 19.00, "Br": 79.90}, 3.1)
    return Absorber(plate, 0.15, ((material({"Pb": 1}, 11.35), 0.1),))


def scintillator() -> Absorber:
    """A detector array: 0.5 mm of caesium iodide, four fifths packed, behind 1 mm of aluminium."""
    return Absorber(material({"Cs": 132.91, "I": 126.90}, 3.6), 0.5, ((material({"Al": 1}, 2.70), 1.0),))
