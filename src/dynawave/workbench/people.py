"""Who works with the workbench."""

import getpass
from dataclasses import dataclass
from typing import Literal

Role = Literal["operator", "inspector", "approver", "admin"]


@dataclass(frozen=True)
class Person:
    """Someone who makes a request.

    Attributes:
        id: of the account; empty for the one person of a computer without accounts.
        name: as it is written beside what they do.
        role: what they may do.
    """

    id: str
    name: str
    role: Role


def local_person() -> Person:
    """The one person of a computer without accounts: who is logged in there."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # no such user, as in a container
        name = "inspector"
    return Person("", name, "approver")
