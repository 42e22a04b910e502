"""A contact sheet of simulated radiographs of dissimilar welds: each sound, and beside it with its flaws outlined.

python experiments/radiograph_sheet.py docs/images/simulated-dissimilar.jpg
"""

import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from dynawave.images.files import written_aside
from dynawave.simulate import FilmSpec, SimulatedFilm, simulate_film

SEED, FILMS = 2, (3, 8, 9, 12, 14, 0)
SPEC = FilmSpec(width=1000, height=560, physics=True, dissimilar_share=1.0, upright_share=0.0, sound_share=0.0)
COLOUR = (40, 110, 255)


def drawn(film: SimulatedFilm) -> np.ndarray:
    """The film in 8 bits with the masks' outlines and a line that says what it is."""
    picture = cv2.cvtColor((film.pixels >> 8).astype(np.uint8), cv2.COLOR_GRAY2BGR)
    outlines, _ = cv2.findContours(film.flaw_mask().astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(picture, outlines, -1, COLOUR, 1, cv2.LINE_AA)
    weld, source = film.context, film.context.details["Source"]
    beam = f"{weld.voltage_kv} kV" if weld.voltage_kv else source
    text = f"{weld.base_metals[0]} / {weld.filler} / {weld.base_metals[1]}, {weld.thickness_mm:.0f} mm, {beam}"
    strip = np.full((34, picture.shape[1], 3), 255, np.uint8)
    cv2.putText(strip, text, (8, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.75, (0, 0, 0), 1, cv2.LINE_AA)
    return np.vstack([strip, picture])


rows = [
    np.hstack([drawn(simulate_film(SEED, index, spec)) for spec in (replace(SPEC, sound_share=1.0), SPEC)])
    for index in FILMS
]
sheet = cv2.resize(np.vstack(rows), None, fx=0.55, fy=0.55, interpolation=cv2.INTER_AREA)
with written_aside(Path(sys.argv[1])) as aside:
    aside.write_bytes(cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, 82])[1].tobytes())
