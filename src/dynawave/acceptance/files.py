"""Small files that people write, JSON or YAML: a mapping of keys, with nothing in it that could surprise."""

import json
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from dynawave.documents import first_problem
from dynawave.errors import ConfigError

LARGEST: Final = 1_000_000
"""Bytes of the largest file that is read."""
YAML_SUFFIXES: Final = (".yaml", ".yml")


def read_bytes(path: Path) -> bytes:
    """A small file's bytes.

    Raises:
        ConfigError: it is missing, unreadable or too large.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror or error}).") from error
    if len(data) > LARGEST:
        raise ConfigError(f"{path}: is larger than {LARGEST // 1000} kB.")
    return data


def parse_mapping(data: bytes, name: str) -> dict[str, Any]:
    """The mapping in a file of this name: YAML by its suffix, else JSON.

    Every value of YAML is text, as written: a procedure 0012 stays one. A key twice and aliases are refused.

    Raises:
        ConfigError: it is no such file; the sentence names it.
    """
    try:
        text = data.decode("utf-8-sig")
        document = _yaml(text) if name.lower().endswith(YAML_SUFFIXES) else _json(text)
    except (ValueError, RecursionError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ConfigError(f"{name}: is neither JSON nor YAML that can be used ({reason}).") from error
    if not isinstance(document, dict):
        raise ConfigError(f"{name}: is not a list of keys and values.")
    return document


def problem(error: ValidationError) -> str:
    """The first thing wrong, by its place in the file."""
    first = error.errors()[0]
    if first["type"] == "extra_forbidden":
        return f"{'.'.join(str(part) for part in first['loc'])}: is no key of this file."
    return first_problem(error)


def _json(text: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        mapping = dict(pairs)
        if len(mapping) < len(pairs):
            raise ValueError(f"a key stands twice among {', '.join(mapping)[:80]}")
        return mapping

    return json.loads(text, object_pairs_hook=once)


def _yaml(text: str) -> Any:
    try:
        import yaml
    except ImportError as error:
        raise ConfigError("YAML needs PyYAML: pip install 'dynawave[report]', or write JSON.") from error
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.BaseLoader)):
            raise ValueError("aliases are not read")
        root = yaml.compose(text, yaml.BaseLoader)
        return None if root is None else _plain(root)
    except yaml.YAMLError as error:
        raise ValueError(str(error).replace("\n", " ")) from error


def _plain(node: Any) -> Any:
    """A YAML node as mappings, lists and text."""
    if node.id == "scalar":
        return node.value
    if node.id == "sequence":
        return [_plain(each) for each in node.value]
    mapping: dict[str, Any] = {}
    for key, value in node.value:
        if key.id != "scalar" or key.value in mapping:
            raise ValueError(f"line {key.start_mark.line + 1}: a key stands twice or is no word")
        mapping[key.value] = _plain(value)
    return mapping
