"""Two annotated films on disk, and a configuration small enough to train on them within seconds."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from dynawave.datasets.coco import CocoAnnotation, CocoCategory, CocoDataset, CocoImage, write_coco
from dynawave.training.config import AugmentConfig, NetworkConfig, TrainingConfig
from toy import film, spot

STILL = AugmentConfig(scale=(1, 1), rotation_deg=0, gamma=0, contrast=0, blur_px=0, noise=0, inverted=0)
"""Geometry of quarter turns and mirrors only."""


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """Films A and B of 120 x 160 px, with a pore each and a line on B that touches its pore."""
    root = tmp_path / "films"
    (root / "images").mkdir(parents=True)
    for number, name in enumerate("AB", start=1):
        pixels = film(120, 160, seed=number)
        spot(pixels, 40 * number, 60)
        cv2.imwrite(str(root / "images" / f"{name}.png"), pixels)
    images = tuple(
        CocoImage(id=i, file_name=f"images/{name}.png", width=160, height=120, film=name)
        for i, name in enumerate("AB", start=1)
    )
    kinds = (CocoCategory(id=1, name="gas_pore", iso6520=2011), CocoCategory(id=2, name="slag_inclusion", iso6520=301))
    flaws = (
        CocoAnnotation(id=1, image_id=1, category_id=1, bbox=(34, 54, 13, 13), area=169),
        CocoAnnotation(id=2, image_id=2, category_id=1, bbox=(74, 54, 13, 13), area=169),
        CocoAnnotation(id=3, image_id=2, category_id=2, bbox=(87, 58, 40, 4), area=160),
    )
    write_coco(CocoDataset(root, images, kinds, flaws), root)
    return root


@pytest.fixture
def config() -> TrainingConfig:
    """Four steps of two tiles, in two epochs."""
    return TrainingConfig(
        name="tiny",
        network=NetworkConfig(width=12, dgae_levels=(32,), pretrained=False),
        images_seen=8,
        epoch_images=4,
        batch=2,
        tile=64,
        learning_rate=1e-2,
        warmup_steps=1,
        ema=0.5,
        workers=0,
    )


def seen(instances: np.ndarray) -> set[int]:
    """The flaws that an instance map shows."""
    return set(np.unique(instances)) - {0}
