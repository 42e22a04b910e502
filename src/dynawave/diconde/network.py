"""What both ends of the network share: names, and what goes with them."""

import logging
import re
from dataclasses import dataclass
from typing import Final

from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE
from pynetdicom._globals import ALL_TRANSFER_SYNTAXES

from dynawave.errors import ConfigError

TITLE: Final = "DYNAWAVE"
ALL_SYNTAXES: Final = (ExplicitVRLittleEndian, *(s for s in ALL_TRANSFER_SYNTAXES if s != ExplicitVRLittleEndian))
"""The one that keeps the kinds of private values goes first."""
_PLACE: Final = re.compile(r"(?:\[(?P<six>[0-9a-fA-F:.%]+)\]|(?P<host>[^:\[\]\s]+)):(?P<port>\d{1,5})")


@dataclass(frozen=True, slots=True)
class Peer:
    """An archive: where it is and how it wants to be called."""

    host: str
    port: int
    title: str

    def __str__(self) -> str:
        """As in "ORTHANC at 127.0.0.1:4242"."""
        return f"{self.title} at {self.host}:{self.port}"


def peer(place: str, title: str) -> Peer:
    """The peer at "host:port" or "[IPv6 address]:port".

    Raises:
        ConfigError: the place or the title is none.

    Example:
        >>> peer("127.0.0.1:4242", "ORTHANC").port
        4242
    """
    found = _PLACE.fullmatch(place)
    if not found or not 0 < int(found["port"]) < 2**16:
        raise ConfigError(f"{place}: is no host:port.")
    return Peer(found["six"] or found["host"], int(found["port"]), checked_title(title))


def checked_title(title: str) -> str:
    """An application entity title: up to 16 printable ASCII characters but the backslash (PS3.5, 6.2).

    Raises:
        ConfigError: it is none.
    """
    if not re.fullmatch(r"[ -\[\]-~]{1,16}", title) or not title.strip():
        raise ConfigError(f"{title}: is no application entity title, which has 1 to 16 ASCII characters.")
    return title


def entity(title: str) -> AE:
    """An application entity of this title; pynetdicom's own log is silenced, for what matters is returned or raised."""
    logging.getLogger("pynetdicom").setLevel(logging.CRITICAL + 1)
    return AE(ae_title=checked_title(title))
