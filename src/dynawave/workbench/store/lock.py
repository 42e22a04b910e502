"""One server a data folder: a second would run the same inspections again."""

import os
import sys
from pathlib import Path

from dynawave.errors import ConfigError


def hold(data: Path) -> int:
    """Lock the folder; the handle, which `release` takes. The system frees it when the process ends, however it ends.

    Raises:
        ConfigError: another server has it.
    """
    handle = os.open(data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise ConfigError(f"{data}: another server works with this data folder.") from error
    return handle


def release(handle: int) -> None:
    """Let another server have the folder."""
    os.close(handle)
