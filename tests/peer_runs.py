"""A peer's run on the photographs of its tests, from the configuration that `dynawave reproduce` writes."""

import json
from pathlib import Path
from typing import Any

import yaml

from dynawave.reproduce.peers import PeerConfig
from dynawave.training.config import TrainingConfig

STILL = {"scale": (1, 1), "rotation_deg": 0, "inverted": 0, "gamma": 0, "blur_px": 0}


def configuration(folder: Path, module: str, options: dict[str, Any], **tiles: Any) -> Path:
    """The file of a run on tiles of 64 px, shown at twice their size, in colour."""
    fields = {"name": module, "classes": ("rust", "tint"), "channels": "colour", "tile": 128, "batch": 8}
    fields |= {"augment": STILL | {"scale": (0.45, 0.55)}, "card": {"tile": 128, "overlap": 32, "scale": 2}}
    config = PeerConfig(module=module, options=options, tiles=TrainingConfig(**fields | tiles))
    file = folder / f"{module}.yaml"
    file.write_text(yaml.safe_dump(config.document()))
    return file


def measured(out: Path) -> dict[str, Any]:
    return dict(json.loads((out / "metrics.json").read_text())["results"][0])
