"""Class names that lie beside a set: `classes.json`, `classes.txt` or YOLO's `data.yaml`."""

import json
from pathlib import Path
from typing import Any

from dynawave.errors import DatasetError


def class_names(folder: Path) -> dict[int, str]:
    """Names by class value.

    `classes.json` holds {"value": "name"} or a list from 0, `classes.txt` a name a line from 0, `data.yaml` either
    under `names` (it needs PyYAML, of the extra `train`). Without any of them: no names.

    Raises:
        DatasetError: the file does not follow this.
    """
    for name, read in (("classes.json", json.loads), ("classes.txt", str.splitlines), ("data.yaml", _yaml)):
        file = folder / name
        if file.is_file():
            try:
                return _numbered(read(file.read_text(encoding="utf-8")))
            except (ValueError, TypeError) as error:
                raise DatasetError(f"{file}: does not list class names ({error}).") from error
    return {}


def _numbered(names: Any) -> dict[int, str]:
    pairs = names.items() if isinstance(names, dict) else enumerate(names)
    found = {int(value): str(name).strip() for value, name in pairs}
    if len(set(found.values())) < len(found):
        raise ValueError("a name is given twice")
    return {value: name for value, name in found.items() if name}


def _yaml(text: str) -> Any:
    try:
        import yaml
    except ImportError as error:
        raise ValueError("PyYAML is not installed; write classes.txt instead") from error
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError("it is not YAML") from error
    if not isinstance(document, dict) or "names" not in document:
        raise ValueError("it has no names")
    return document["names"]
