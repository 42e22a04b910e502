"""A small set of two films on disk, which each test may change."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from dynawave.rle import encode


@pytest.fixture
def document() -> dict[str, Any]:
    line = np.zeros((40, 60), bool)
    line[10:14, 5:50] = True
    return {
        "images": [
            {"id": 1, "file_name": "images/a.png", "width": 60, "height": 40, "pixel_size_mm": 0.05, "film": "A"},
            {"id": 2, "file_name": "images/b.png", "width": 60, "height": 40},
        ],
        "categories": [{"id": 3, "name": "slag_inclusion", "iso6520": 301}, {"id": 7, "name": "mine", "iso6520": None}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 3, "bbox": [5, 10, 45, 4], "area": 180, "iscrowd": 0,
             "segmentation": encode(line), "iso6520": 301, "cnr": 2.5, "welder": "B7"},
            {"id": 2, "image_id": 1, "category_id": 7, "bbox": [20, 8, 6, 6], "area": 36, "iscrowd": 0,
             "segmentation": [[20, 8, 26, 8, 26, 14, 20, 14]]},
            {"id": 3, "image_id": 2, "category_id": 7, "bbox": [0, 0, 10, 5], "area": 50, "iscrowd": 0},
        ],
    }  # fmt: skip


@pytest.fixture
def films(tmp_path: Path, document: dict[str, Any]) -> Path:
    (tmp_path / "images").mkdir()
    for name in "ab":
        cv2.imwrite(str(tmp_path / "images" / f"{name}.png"), np.full((40, 60), ord(name) * 200, np.uint16))
    (tmp_path / "coco.json").write_text(json.dumps(document))
    return tmp_path
