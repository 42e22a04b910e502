"""A contact sheet of simulated radiographs, photographs or ultrasonic scans, their flaws outlined and numbered.

python experiments/modality_sheet.py radiograph docs/images/simulated.jpg --columns 2 --rows 4 --side 240 --seed 11
python experiments/modality_sheet.py visual docs/images/simulated-visual.jpg
python experiments/modality_sheet.py ultrasonic docs/images/simulated-ultrasonic.jpg
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from dynawave.simulate.modalities import MODALITIES, Simulated


def outlined(picture: Simulated, side: int) -> np.ndarray:
    """The picture, small, in blue-green-red, with its flaws outlined and their ISO 6520-1 numbers."""
    pixels = picture.pixels if picture.pixels.dtype == np.uint8 else (picture.pixels >> 8).astype(np.uint8)
    scale = side / pixels.shape[0]
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    drawn = cv2.cvtColor(small, cv2.COLOR_RGB2BGR if small.ndim == 3 else cv2.COLOR_GRAY2BGR)
    for flaw in picture.flaws:
        lines, _ = cv2.findContours(flaw.mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        lines = [((line + flaw.offset) * scale).astype(np.int32) for line in lines]
        cv2.drawContours(drawn, lines, -1, (0, 0, 255), 1, cv2.LINE_AA)
        place = (int(flaw.offset[0] * scale), max(int(flaw.offset[1] * scale) - 3, 10))
        cv2.putText(drawn, str(flaw.flaw.iso6520), place, cv2.FONT_HERSHEY_SIMPLEX, 0.33, (0, 220, 255), 1, cv2.LINE_AA)
    return drawn


def main() -> None:
    """Read the arguments and write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modality", choices=tuple(MODALITIES))
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--columns", type=int, default=4)
    parser.add_argument("--rows", type=int, default=3)
    parser.add_argument("--side", type=int, default=280, help="height of a picture on the sheet in pixels")
    args = parser.parse_args()
    kind = MODALITIES[args.modality]
    pictures = (kind.simulate(args.seed, index, kind.spec()) for index in range(100))
    flawed = (outlined(picture, args.side) for picture in pictures if picture.flaws)
    rows = [np.hstack([next(flawed) for _ in range(args.columns)]) for _ in range(args.rows)]
    cv2.imwrite(str(args.out), np.vstack(rows), [cv2.IMWRITE_JPEG_QUALITY, 85])


if __name__ == "__main__":
    main()
