"""Metallurgy of dissimilar welds: metals, dilution, constitution diagrams, hardening, cooling and what may go wrong.

Imports the core only. `assess` makes a `Weld` of two base metals and a filler; `risks` says what to look out for.
"""

from dynawave.metallurgy.cooling import cooling
from dynawave.metallurgy.features import composition_features, context_features
from dynawave.metallurgy.metals import Metal, find_metal, library
from dynawave.metallurgy.risks import Risk, risks
from dynawave.metallurgy.weld import Weld, assess

__all__ = [
    "Metal",
    "Risk",
    "Weld",
    "assess",
    "composition_features",
    "context_features",
    "cooling",
    "find_metal",
    "library",
    "risks",
]
