"""Cut an image of any size into overlapping tiles of one size."""

from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class Tile:
    """A rectangle of the full image: upper left corner (x, y), width and height in pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def window(self) -> tuple[slice, slice]:
        """Rows and columns, to index an array [height, width, ...]."""
        return slice(self.y, self.y + self.height), slice(self.x, self.x + self.width)


def _starts(length: int, tile: int, overlap: int) -> list[int]:
    """First pixels of the tiles along one side; the last tile ends at the border."""
    last = max(length - tile, 0)
    step = tile - overlap
    return [min(i * step, last) for i in range(ceil(last / step) + 1)]


def plan_tiles(height: int, width: int, tile: int, overlap: int) -> list[Tile]:
    """Tiles that cover an image, row by row.

    All have the same size, `tile` or the image's side where that is less. Neighbours overlap by `overlap` pixels; the
    last of a row or column is shifted to end at the border, and so overlaps by more.

    Args:
        height: rows of the image.
        width: columns of the image.
        tile: side of a tile in pixels.
        overlap: pixels that neighbours share, 0 <= overlap < tile.

    Raises:
        ValueError: a side is not positive, or the overlap leaves no step.

    Example:
        >>> [(t.x, t.width) for t in plan_tiles(100, 250, 100, 20)]
        [(0, 100), (80, 100), (150, 100)]
    """
    if min(height, width) < 1 or not 0 <= overlap < tile:
        raise ValueError(f"no tiles of {tile} px that overlap by {overlap} px in an image of {height} x {width} px")
    return [
        Tile(x, y, min(tile, width), min(tile, height))
        for y in _starts(height, tile, overlap)
        for x in _starts(width, tile, overlap)
    ]
