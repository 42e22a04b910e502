"""Judgements and authorisations as files."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from dynawave.acceptance.files import problem
from dynawave.acceptance.records import Authorisation, Judgement
from dynawave.acceptance.table import Table
from dynawave.errors import ConfigError, DynaWaveError
from dynawave.images.files import write_bytes
from dynawave.reporting.json import InspectionFile

INSPECTION = "inspection.json"
VERDICTS = "verdicts.json"

Record = TypeVar("Record", bound=BaseModel)


def read_inspection(results: Path) -> tuple[InspectionFile, str]:
    """What `dynawave inspect` wrote, from its folder or its `inspection.json`, and the SHA-256 of that file.

    Raises:
        DynaWaveError: it is missing or no such file.
    """
    file = results / INSPECTION if results.is_dir() else results
    return _read(InspectionFile, file)


def read_judgement(file: Path) -> Judgement:
    """A judgement from its file.

    Raises:
        DynaWaveError: it is missing or no such file.
    """
    return _read(Judgement, file)[0]


def read_authorisation(file: Path) -> Authorisation:
    """An authorisation from its file.

    Raises:
        DynaWaveError: it is missing or no such file.
    """
    return _read(Authorisation, file)[0]


def authorise(table: Table, who: str, when: datetime | None = None) -> Authorisation:
    """A named person's word that this table may be used; `when` is now unless it is given.

    Raises:
        ConfigError: nobody is named.
    """
    moment = (when or datetime.now(UTC)).replace(microsecond=0).isoformat().replace("+00:00", "Z")
    try:
        return Authorisation(who=who, when=moment, table=table.id, sha256=table.sha256)
    except ValidationError as error:
        raise ConfigError(f"{table.id}: cannot be authorised so ({problem(error)})") from error


def write_record(record: Judgement | Authorisation, file: Path) -> None:
    """Write a judgement or an authorisation aside, then rename it."""
    write_bytes(file, (record.model_dump_json(by_alias=True, indent=2) + "\n").encode())


def _read(kind: type[Record], file: Path) -> tuple[Record, str]:
    try:
        data = file.read_bytes()
        return kind.model_validate_json(data), hashlib.sha256(data).hexdigest()
    except OSError as error:
        raise DynaWaveError(f"{file}: cannot be read ({error.strerror or error}).") from error
    except ValidationError as error:
        raise DynaWaveError(f"{file}: is no {kind.__name__} of ours ({problem(error)})") from error
