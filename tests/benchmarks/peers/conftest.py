"""Photographs with red and blue squares, which only colour tells apart, and a run on them."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from dynawave.datasets.coco import CocoAnnotation, CocoCategory, CocoDataset, CocoImage, write_coco

SIDE = 24
PLACES = ((12, 20), (60, 70), (90, 16))
COLOURS = ((220, 40, 40), (40, 40, 220))


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    """Six of 128 x 128 px, three squares each, the kinds by turns."""
    root = tmp_path / "photographs"
    (root / "images").mkdir(parents=True)
    images, flaws = [], []
    for number in range(1, 7):
        pixels = np.random.default_rng(number).normal(128, 6, (128, 128, 3)).clip(0, 255).astype(np.uint8)
        for place, (x, y) in enumerate(PLACES):
            x, kind = x + number, (number + place) % 2
            pixels[y : y + SIDE, x : x + SIDE] = COLOURS[kind]
            box = (x, y, SIDE, SIDE)
            flaws.append(
                CocoAnnotation(id=len(flaws) + 1, image_id=number, category_id=kind + 1, bbox=box, area=SIDE**2)
            )
        name = f"images/{number}.png"
        cv2.imwrite(str(root / name), pixels[..., ::-1])
        images.append(CocoImage(id=number, file_name=name, width=128, height=128, film=str(number)))
    kinds = (CocoCategory(id=1, name="rust"), CocoCategory(id=2, name="tint"))
    write_coco(CocoDataset(root, tuple(images), kinds, tuple(flaws)), root)
    return root
