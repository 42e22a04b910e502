"""Compute the table of tube spectra that the package carries; only this file needs spekpy.

`python -m dynawave.simulate.physics.tabulate` writes `tubes.npz` beside this file in less than a minute (`pip install
spekpy`, MIT licence, 164 MB). Model: SpekPy 2.5, tungsten anode, physics "casim" (A. Omar, P. Andreo and G.
Poludniowski, Med. Phys. 47 (2020) 4763).
"""

from pathlib import Path

import numpy as np

KILOVOLTS = np.array([30.0, 40, 55, 70, 90, 110, 130, 160, 190, 220, 260, 300, 350, 400, 450])
ANGLES = np.array([10.0, 20.0, 30.0])
# photon energy over the greatest one: spectra of neighbouring voltages keep their shape on this scale
REDUCED = np.linspace(0, 1, 151)
# K lines of tungsten in keV (Bearden 1967): alpha 2, alpha 1, beta 1 and 3, beta 2
LINES = np.array([57.98, 59.32, 67.24, 69.07])
TABLE = Path(__file__).with_name("tubes.npz")


def _spectrum(kilovolts: float, angle: float) -> tuple[np.ndarray, np.ndarray]:
    """Bremsstrahlung per keV on `REDUCED`, and the photons of each line; per cm2 and mAs at 1 m, without any filter."""
    import spekpy

    tube = spekpy.Spek(kvp=float(kilovolts), th=angle, dk=1.0, physics="casim", targ="W")
    energies, smooth = tube.get_spectrum(brem=True, char=False)
    # SpekPy starts at 1 keV; what lies below never leaves a tube
    continuum = np.interp(REDUCED * kilovolts, energies, smooth, left=0, right=0)
    _, peaks = tube.get_spectrum(brem=False, char=True, diff=False)
    nearest = np.abs(energies[:, None] - LINES).argmin(axis=1)
    inside = energies > 50
    return continuum, np.bincount(nearest[inside], peaks[inside], len(LINES))


def main() -> None:
    """Compute every voltage and angle and write the table."""
    rows = [[_spectrum(kilovolts, angle) for angle in ANGLES] for kilovolts in KILOVOLTS]
    continuum = np.array([[smooth for smooth, _ in row] for row in rows], np.float32)
    lines = np.array([[peaks for _, peaks in row] for row in rows], np.float32)
    np.savez_compressed(TABLE, kilovolts=KILOVOLTS, angles=ANGLES, energies=LINES, continuum=continuum, lines=lines)


if __name__ == "__main__":
    main()
