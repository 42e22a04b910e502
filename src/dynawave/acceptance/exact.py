"""Exact numbers: limits and rounding are reckoned in fractions, so that equality with a limit means equality."""

import re
from fractions import Fraction
from math import floor
from typing import Annotated, Any, Final

from pydantic import BeforeValidator

_NUMBER: Final = re.compile(r"\d{1,6}(\.\d{1,6})?(/[1-9]\d{0,3})?")


def exact(value: Any) -> Fraction:
    """A number as it is written, such as 0.2, "0.2" or "1/3", without the rounding of binary floats.

    Raises:
        ValueError: it is no number from 0 to 999999 with at most six digits behind the point.

    Example:
        >>> exact(0.2) * 12
        Fraction(12, 5)
    """
    if isinstance(value, Fraction):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("is no number")
    text = str(value).strip()
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text[:40]} is no number from 0 to 999999 with at most six digits behind the point")
    return Fraction(text) if "/" not in text else Fraction(text.split("/")[0]) / int(text.split("/")[1])


Exact = Annotated[Fraction, BeforeValidator(exact)]


def rounded(value: float | Fraction, step: Fraction) -> Fraction:
    """A value to the nearest multiple of `step`; a half goes up, which for a flaw's size is the strict side.

    Example:
        >>> rounded(2.405, Fraction(1, 100))
        Fraction(241, 100)
    """
    written = value if isinstance(value, Fraction) else Fraction(repr(float(value)))
    return floor(written / step + Fraction(1, 2)) * step


def plain(value: Fraction) -> str:
    """A number as people write it, to six digits behind the point.

    Example:
        >>> plain(Fraction(5, 2)), plain(Fraction(1, 3))
        ('2.5', '0.333333')
    """
    return f"{float(value):.6f}".rstrip("0").rstrip(".")
