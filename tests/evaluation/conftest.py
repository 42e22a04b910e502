"""Random sets and calls with ties, doubles, near misses and empty films."""

from pathlib import Path

import numpy as np
import pytest

from dynawave.datasets.coco import CocoAnnotation, CocoCategory, CocoDataset, CocoImage


class Case:
    def __init__(self, seed: int, classes: int = 1, images: int = 4) -> None:
        rng = np.random.default_rng(seed)
        size = (400, 300)
        self.dataset = CocoDataset(
            Path("films"),
            tuple(CocoImage(id=n + 10, file_name=f"{n}.png", width=size[0], height=size[1]) for n in range(images)),
            tuple(CocoCategory(id=c + 2, name=f"kind {c}") for c in range(classes)),
            tuple(
                CocoAnnotation(
                    id=n, image_id=int(rng.integers(images - 1)) + 10, category_id=int(rng.integers(classes)) + 2,
                    bbox=(x, y, w, h), area=w * h,
                )
                for n, (x, y, w, h) in enumerate(
                    np.c_[rng.integers(0, [340, 240], (30, 2)), rng.integers(3, 60, (30, 2))].astype(float).tolist()
                )
            ),
        )  # fmt: skip
        self.detections = []
        for annotation in self.dataset.annotations:
            for _ in range(rng.integers(3)):
                box = np.array(annotation.bbox) + rng.normal(0, 0.15 * annotation.bbox[2], 4)
                kind = annotation.category_id if rng.random() < 0.8 else 2
                self.call(annotation.image_id, kind, box, rng.beta(4, 2))
        for _ in range(60):
            box = np.r_[rng.uniform(0, [340, 240]), rng.uniform(3, 60, 2)]
            self.call(int(rng.integers(images)) + 10, int(rng.integers(classes)) + 2, box, rng.beta(2, 4))

    def call(self, image_id: int, category_id: int, box: np.ndarray, score: float) -> None:
        box[2:] = np.maximum(box[2:], 1)
        self.detections.append(
            {
                "image_id": image_id,
                "category_id": category_id,
                "bbox": tuple(box.tolist()),
                "score": round(float(score), 2),  # ties
            }
        )


@pytest.fixture
def case():
    return Case
