"""Faults of a set: a reader stops at the first, unless `gather` collects them for `dynawave data check`."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from dynawave.errors import DatasetError, DynaWaveError

UNREADABLE: Final = "unreadable image or annotations"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a set: of which kind, and in a sentence what and where."""

    kind: str
    sentence: str


_gathered: ContextVar[list[Fault] | None] = ContextVar("gathered", default=None)


@contextmanager
def gather() -> Iterator[list[Fault]]:
    """Collect what readers find wrong instead of raising it; they leave the faulty image or annotation out."""
    faults: list[Fault] = []
    token = _gathered.set(faults)
    try:
        yield faults
    finally:
        _gathered.reset(token)


def refuse(kind: str, sentence: str) -> None:
    """Raise, or where faults are gathered note it; the caller then goes on without the faulty thing.

    Raises:
        DatasetError: `sentence`.
    """
    if not remark(kind, sentence):
        raise DatasetError(sentence)


def remark(kind: str, sentence: str) -> bool:
    """Note what a reader can live with; whether anybody gathers such notes."""
    faults = _gathered.get()
    if faults is not None:
        faults.append(Fault(kind, sentence))
    return faults is not None


@contextmanager
def one_by_one(kind: str = UNREADABLE) -> Iterator[None]:
    """Read one thing of many, such as a file or a row: where faults are gathered, what stops it is noted and no more.

    The block reads all of the thing before it adds to the set, so that nothing half read stays there.

    Raises:
        DynaWaveError: what stops it, where no faults are gathered.
    """
    try:
        yield
    except DynaWaveError as error:
        if not remark(kind, str(error)):
            raise


def gathering() -> bool:
    """Whether faults are collected."""
    return _gathered.get() is not None
