"""YAML files that people write, built upon one another by `extends` and checked key by key, and JSON files of ours."""

from pathlib import Path
from typing import Any, Final, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from dynawave.errors import ConfigError

EXTENDS: Final = "extends"
"""Key that names the file, beside this one, whose values hold wherever this one says nothing."""

Document = dict[str, Any]


class Strict(BaseModel):
    """Settings that refuse keys that they do not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=BaseModel)
Kind = TypeVar("Kind")


def read_document(path: Path) -> Document:
    """Read a YAML mapping, with what it extends filled in.

    Raises:
        ConfigError: a file is unreadable, empty, no YAML mapping, or extends itself.

    Example:
        >>> read_document(Path("experiments/ablations/no-dgae.yaml"))["network"]  # doctest: +SKIP
        {'dgae_levels': []}
    """
    return _read(path, ())


def merge(base: Document, changes: Document) -> Document:
    """The base with the changes: mappings are merged key by key, anything else is replaced whole.

    Example:
        >>> merge({"network": {"width": 48, "fdsa": True}, "seed": 1}, {"network": {"fdsa": False}})
        {'network': {'width': 48, 'fdsa': False}, 'seed': 1}
    """
    merged = dict(base)
    for key, value in changes.items():
        old = merged.get(key)
        merged[key] = merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def nested(key: str, value: Any) -> Document:
    """The mapping that a dotted key stands for.

    Example:
        >>> nested("objective.graph", 0.1)
        {'objective': {'graph': 0.1}}
    """
    for part in reversed(key.split(".")):
        value = {part: value}
    return dict(value)


def check(model: type[Model], document: Document, source: Path | str) -> Model:
    """The document as a model.

    Raises:
        ConfigError: a key is unknown or a value out of range; the sentence names `source` and the key.
    """
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise ConfigError(f"{source}: {first_problem(error)}") from error


def read_json(file: Path, kind: type[Kind]) -> Kind:
    """Read a JSON file of ours as what it has to hold.

    Raises:
        ConfigError: it is unreadable, damaged, or holds something else.
    """
    try:
        return TypeAdapter(kind).validate_json(file.read_bytes())
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror}).") from error
    except ValidationError as error:
        raise ConfigError(f"{file}: {first_problem(error)}") from error


def first_problem(error: ValidationError) -> str:
    """The first thing wrong, by its key."""
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    said = str(first["msg"]).removeprefix("Value error, ")
    return f"{key}: {said}." if key else f"{said}."


def _read(path: Path, below: tuple[Path, ...]) -> Document:
    if path.resolve() in below:
        raise ConfigError(f"{path}: {EXTENDS}: the file extends itself.")
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}).") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is not YAML ({str(error).splitlines()[0]}).") from error
    if document is None:
        raise ConfigError(f"{path}: is empty; {{}} asks for all defaults.")
    if not isinstance(document, dict):
        raise ConfigError(f"{path}: is not a list of keys and values.")
    extended = document.pop(EXTENDS, None)
    if extended is None:
        return document
    if not isinstance(extended, str):
        raise ConfigError(f"{path}: {EXTENDS}: is not the name of a file.")
    return merge(_read(path.parent / extended, (*below, path.resolve())), document)
