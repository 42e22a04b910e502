"""DynaWave finds, sizes, names and reports flaws in welds.

Example:
    >>> from dynawave import Inspector, read_image
    >>> inspection = Inspector("film").inspect(read_image("film.png"))  # doctest: +SKIP
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dynawave.images import read_image
    from dynawave.inspection import Inspector

__all__ = ["Inspector", "read_image"]

_HOME = {"Inspector": "dynawave.inspection", "read_image": "dynawave.images"}


def __getattr__(name: str) -> Any:
    """Import on first use (PEP 562), so that `import dynawave` costs nothing."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
