"""A weld's context as the user gives it: a JSON file, and how it goes together with what an image file says."""

import json
from dataclasses import asdict, fields, replace
from math import inf
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from dynawave.errors import ConfigError
from dynawave.metallurgy.vector import MODALITIES
from dynawave.records import WeldContext

_CONTEXT: Final = TypeAdapter(WeldContext)
_KEYS: Final = tuple(field.name for field in fields(WeldContext))


def read_context_file(path: Path) -> WeldContext:
    """Read a JSON object whose keys are fields of `WeldContext`; a field that is left out, or null, is unknown.

    Raises:
        ConfigError: the file cannot be read, is no such object, names an unknown key or a value out of range.

    Example:
        >>> read_context_file("weld.json").filler  # doctest: +SKIP
        'ERNiCr-3'
    """
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}).") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: is not JSON ({str(error) or type(error).__name__}).") from error
    if not isinstance(document, dict):
        raise ConfigError(f"{path}: is not a JSON object with keys such as base_metals and filler.")
    if unknown := sorted(set(document) - set(_KEYS)):
        raise ConfigError(f"{path}: {unknown[0]}: is no field of a weld's context, which are {', '.join(_KEYS)}.")
    try:
        context = _CONTEXT.validate_python({key: value for key, value in document.items() if value is not None})
        return checked(context)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{path}: {key}: {first['msg'][0].lower()}{first['msg'][1:]}.") from error
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def checked(context: WeldContext) -> WeldContext:
    """The context, if a user may mean it.

    Raises:
        ConfigError: there are more than two base metals, a size is no positive number, or there is no such modality.
    """
    for key in ("thickness_mm", "voltage_kv"):
        value = getattr(context, key)
        if value is not None and not 0 < value < inf:
            raise ConfigError(f"{key}: {value:g} is no positive number.")
    if len(context.base_metals) > 2:
        raise ConfigError(f"base_metals: {len(context.base_metals)} are named, but a weld joins two.")
    if context.modality is not None and context.modality not in MODALITIES:
        raise ConfigError(f"modality: {context.modality} is none of {', '.join(MODALITIES)}.")
    return context


def completed(given: WeldContext, found: WeldContext) -> WeldContext:
    """What is given and, where that leaves a field unknown, what was found; of the details, all of both."""
    stated = {key: value for key, value in asdict(given).items() if value and key != "details"}
    return replace(found, **stated, details=found.details | given.details)
