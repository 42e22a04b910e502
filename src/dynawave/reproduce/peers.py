"""Peers of a table: other networks, each made by a program of its own from the tiles that the table's first row sees.

What all rows have in common - budget, tiles, classes, colours, how a picture is shown - is that of the first row, and
not a peer's to say. The programs are modules under `benchmarks/peers` of the checkout: none is imported here.
"""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import Field

from dynawave.documents import Document, Strict, check, read_document
from dynawave.training.config import TrainingConfig

SHARED: Final = (
    "name",
    "classes",
    "touching",
    "sources",
    "augment",
    "channels",
    "images_seen",
    "epoch_images",
    "tile",
    "flaw_share",
    "batch",
    "seed",
)
"""Fields of the first row's configuration that hold for a peer, too; its name is its own."""

SHOWN: Final = ("tile", "overlap", "scale")
"""Fields of the first row's card that say how its network is shown a picture."""

DECODED: Final = ("present_px",)
"""Its ways to decode that go for any network that segments."""

SHELF: Final = "peers"
"""Folder beside those of the tables with the files of peers that are the same in several tables."""

PROGRAM: Final = (sys.executable, "-m")
PACKAGE: Final = "benchmarks.peers"


class Peer(Strict):
    """What a peer's file says.

    Attributes:
        module: program that trains and measures it, `benchmarks.peers.MODULE`.
        options: of the program.
    """

    module: str = Field(pattern=r"^[a-z]\w*$")
    options: dict[str, Any] = Field({})

    @property
    def program(self) -> tuple[str, ...]:
        """The command that its commands `train` and `evaluate` follow."""
        return (*PROGRAM, f"{PACKAGE}.{self.module}")


class PeerConfig(Peer):
    """What a run of a peer depends on besides its data.

    Attributes:
        tiles: those fields of a training configuration that say which tiles are drawn (`SHARED`), and how a picture is
            shown; the others mean nothing to a peer.
    """

    tiles: TrainingConfig

    def document(self) -> Document:
        """As it stands in a file, without what means nothing."""
        return self.model_dump(mode="json", include={"module": True, "options": True, "tiles": {*SHARED, "card"}})


def load_peer_config(file: Path) -> PeerConfig:
    """Read what `PeerConfig.document` gave.

    Raises:
        ConfigError: the file is unreadable, names an unknown key or a value out of range.
    """
    return check(PeerConfig, read_document(file), file)


def find_peer(name: str, table: Path) -> Peer:
    """The peer of a table by its name: as a file says beside the table or in the shelf, else the module of that name.

    Args:
        name: of the row.
        table: folder of the table.

    Raises:
        ConfigError: the file has an unknown key or a value out of range, or there is none and the name is no module's.
    """
    files = (table / f"{name}.yaml", table.parent / SHELF / f"{name}.yaml")
    file = next((file for file in files if file.is_file()), None)
    document: Mapping[str, Any] = read_document(file) if file else {}
    return check(Peer, {"module": name, **document}, file or files[0])


def tiles_of(first: TrainingConfig, name: str) -> TrainingConfig:
    """The tiles of a table's first row, for the peer of this name."""
    fields = {field: getattr(first, field) for field in SHARED}
    card = _only(first.card, SHOWN)
    if decode := _only(first.card.get("decode", {}), DECODED):
        card["decode"] = decode
    return TrainingConfig(**fields | {"name": name, "card": card})


def _only(document: Mapping[str, Any], keys: Iterable[str]) -> Document:
    return {key: document[key] for key in keys if key in document}
