"""From a film to its flaws: tiles through the network, one decoding of the whole film, sizes in px and mm."""

from dynawave.inspection.inspector import Inspector

__all__ = ["Inspector"]
