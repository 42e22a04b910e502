"""The tables that come with the package, found by id, and a user's own, found by its file."""

import hashlib
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from dynawave.acceptance.files import parse_mapping, problem, read_bytes
from dynawave.acceptance.table import Table
from dynawave.errors import ConfigError

FOLDER: Final = Path(__file__).parent / "tables"


def shipped_tables() -> tuple[Table, ...]:
    """The tables of the package, by id."""
    tables = (parse_table(read_bytes(path), path.name, shipped=True) for path in FOLDER.glob("*.json"))
    return tuple(sorted(tables, key=lambda table: table.id))


def find_table(name: str) -> Table:
    """The shipped table of an id such as "iso5817:2023", or the user's table in a file (.json, .yaml).

    Raises:
        ConfigError: there is no such table, or the file is none; the sentence names the place in it.
    """
    shipped = {table.id: table for table in shipped_tables()}
    if name in shipped:
        return shipped[name]
    if Path(name).suffix.lower() in (".json", ".yaml", ".yml"):
        return parse_table(read_bytes(Path(name)), name)
    raise ConfigError(f"{name}: no table of this id comes with the package (there are: {', '.join(shipped)}).")


def table_file(table_id: str) -> bytes:
    """A shipped table's file, to be copied and filled in.

    Raises:
        ConfigError: there is no such table.
    """
    for path in FOLDER.glob("*.json"):
        if parse_table(read_bytes(path), path.name, shipped=True).id == table_id:
            return read_bytes(path)
    raise ConfigError(f"{table_id}: no table of this id comes with the package.")


def parse_table(data: bytes, name: str, shipped: bool = False) -> Table:
    """The table in a file of this name, whose bytes may have come from an upload.

    Raises:
        ConfigError: the file is no table; the sentence names the place in it.
    """
    try:
        table = Table.model_validate(parse_mapping(data, name))
    except ValidationError as error:
        raise ConfigError(f"{name}: {problem(error)}") from error
    return table.model_copy(update={"sha256": hashlib.sha256(data).hexdigest(), "shipped": shipped})
