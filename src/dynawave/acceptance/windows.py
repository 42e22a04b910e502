"""The worst stretch of a weld: where within a window of given length lengths or areas add up to the most."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np


@dataclass(frozen=True, slots=True)
class Extent:
    """An imperfection along the weld: number, start and end in mm, and the amount spread evenly between them."""

    id: int
    start: float
    end: float
    amount: float


@dataclass(frozen=True, slots=True)
class Worst:
    """The fullest window: the amount in it, where it starts and ends in mm, and the numbers of what lies in it."""

    amount: float
    start: float
    end: float
    members: tuple[int, ...]


def worst_window(extents: Sequence[Extent], length: float) -> Worst:
    """The window of this length in mm that holds the most; of an imperfection at its edge, the part inside counts.

    The amount in a window that slides along the weld is made of straight pieces, with corners only where an end of
    the window meets an end of an imperfection: these places are tried, so the answer is exact, not that of a grid.

    Example:
        >>> worst_window([Extent(1, 0, 4, 4), Extent(2, 103, 105, 2)], 100).amount
        4.0
    """
    if not extents:
        return Worst(0.0, 0.0, length, ())
    starts, ends, amounts = (
        np.array([getattr(e, name) for e in extents], float) for name in ("start", "end", "amount")
    )
    places = np.unique(np.concatenate([starts, ends, starts - length, ends - length]))
    totals = np.array([_inside(place, length, starts, ends) @ amounts for place in places])
    best = int(totals.argmax())
    inside = _inside(places[best], length, starts, ends)
    members = tuple(e.id for e, share in zip(extents, inside, strict=True) if share > 0)
    return Worst(float(totals[best]), float(places[best]), float(places[best] + length), members)


def groups(extents: Sequence[Extent], apart: float | None) -> list[list[Extent]]:
    """Chains of imperfections in which no gap is more than `apart` times the longest of the chain; None: all in one."""
    ordered = sorted(extents, key=lambda e: (e.start, e.end))
    if apart is None or len(ordered) < 2:
        return [ordered]
    longest = max(e.amount for e in ordered)
    reach = np.maximum.accumulate([e.end for e in ordered])
    cuts = [i for i in range(1, len(ordered)) if ordered[i].start - reach[i - 1] > apart * longest]
    if not cuts:
        return [ordered]
    # a part may have a shorter longest one, and so come apart further
    edges = [0, *cuts, len(ordered)]
    return [chain for a, b in pairwise(edges) for chain in groups(ordered[a:b], apart)]


def _inside(
    place: float,
    length: float,
    starts: np.ndarray[tuple[int], np.dtype[np.float64]],
    ends: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Share of each imperfection within the window, 0-1; a point is in or out."""
    size = ends - starts
    overlap = np.minimum(ends, place + length) - np.maximum(starts, place)
    return np.where(size > 0, np.clip(overlap, 0, None) / np.where(size > 0, size, 1), overlap >= 0)
