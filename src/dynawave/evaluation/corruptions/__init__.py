"""Graded corruptions that films really suffer, each in five severities of a stated physical size.

They act on pixels at their original depth and come out at that depth; where one changes the film's size, the
annotations follow. What is random depends on the seed, the corruption and the film's name, never on the severity, so
a film of a greater severity has the same marks and more.

Example:
    >>> blurred = corrupt(read_image("film.png"), CORRUPTIONS["blur"], severity=3)  # doctest: +SKIP
"""

from dynawave.evaluation.corruptions.corrupt import Corruption, corrupt, corrupt_dataset
from dynawave.evaluation.corruptions.kinds import CORRUPTIONS

__all__ = ["CORRUPTIONS", "Corruption", "corrupt", "corrupt_dataset"]
