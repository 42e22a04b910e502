"""Cut training tiles from films: the same tiles for every peer, as pictures, YOLO labels and masks.

Half of the tiles are centred near a flaw, half hold none, films taking turns; the same arguments give the same tiles.

Example:
    python -m benchmarks.peers.tiles DATA --films W0003_0030 W0003_0036 --count 1200 --out runs/tiles
"""

import argparse
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.films import choose, normalised, to_bytes
from dynawave.datasets.coco import CocoDataset
from dynawave.datasets.load import data_hash
from dynawave.datasets.raster import instance_map
from dynawave.images import read_image

VISIBLE: Final = 0.25
"""A flaw cut by the tile's border is labelled when this part of its area is inside,"""
LONG: Final = 32
"""or when what is inside is this long in pixels."""
TRIES: Final = 200
VALIDATION: Final = 16
"""Tiles named for validation, which YOLO asks for; nothing is chosen by it."""

Label = tuple[float, float, float, float]


@dataclass(frozen=True)
class _Film:
    """Picture [height, width, 3], instances [height, width], their areas, and the (x, y) of each one's pixels."""

    picture: NDArray[np.uint8]
    instances: NDArray[np.int32]
    areas: NDArray[np.int64]
    pixels: list[NDArray[np.int64]]


def _load(dataset: CocoDataset) -> list[_Film]:
    loaded = []
    for image in dataset.images:
        instances, _ = instance_map(dataset, image)
        areas = np.bincount(instances.ravel())
        areas[0] = 0
        ys, xs = np.nonzero(instances)
        order = np.argsort(instances[ys, xs], kind="stable")
        pixels = np.split(np.stack([xs, ys], 1)[order], np.cumsum(areas)[:-1])
        picture = to_bytes(normalised(read_image(dataset.path(image))))
        loaded.append(_Film(picture, instances, areas, [each for each in pixels if len(each)]))
    return loaded


def _corner(film: _Film, tile: int, flawed: bool, rng: np.random.Generator) -> tuple[int, int]:
    """Upper left corner of a tile: near a pixel of a random flaw, or of the fewest flaw pixels in so many tries."""
    limits = np.maximum(np.array(film.instances.shape[::-1]) - tile, 0)
    if flawed and film.pixels:
        pixels = film.pixels[rng.integers(len(film.pixels))]
        x, y = np.clip(pixels[rng.integers(len(pixels))] - rng.integers(tile // 8, tile - tile // 8, 2), 0, limits)
        return int(x), int(y)
    best, fewest = (0, 0), film.instances.size + 1
    for _ in range(TRIES):
        x, y = (int(v) for v in rng.integers(0, limits + 1))
        touched = np.count_nonzero(film.instances[y : y + tile, x : x + tile])
        if touched < fewest:
            best, fewest = (x, y), int(touched)
        if not touched:
            break
    return best


def _labels(instances: NDArray[np.int32], areas: NDArray[np.int64]) -> list[Label]:
    """YOLO boxes (centre x, centre y, width, height, as parts of the tile) of the flaws in a tile."""
    height, width = instances.shape
    labels = []
    for number in np.unique(instances[instances > 0]):
        ys, xs = np.nonzero(instances == number)
        x0, y0, x1, y1 = xs.min(), ys.min(), xs.max() + 1, ys.max() + 1
        if len(ys) >= VISIBLE * areas[number] or max(x1 - x0, y1 - y0) >= LONG:
            labels.append(((x0 + x1) / 2 / width, (y0 + y1) / 2 / height, (x1 - x0) / width, (y1 - y0) / height))
    return labels


def _fill(array: NDArray[Any], tile: int) -> NDArray[Any]:
    """A tile of a film that is smaller than it, filled up: pictures with the zero level, instances with sound."""
    pad = [(0, tile - array.shape[0]), (0, tile - array.shape[1]), *[(0, 0)] * (array.ndim - 2)]
    return np.pad(array, pad, constant_values=127 if array.ndim == 3 else 0)


def write_tiles(data: Path, films: list[str], count: int, tile: int, seed: int, out: Path) -> None:
    """Write `out` with images/, labels/, masks/ and data.yaml, unless the same set is there already."""
    dataset = choose(data, films)
    wanted = {"data": data_hash(dataset), "films": sorted(films), "count": count, "tile": tile, "seed": seed}
    if (out / "tiles.json").is_file() and json.loads((out / "tiles.json").read_text()) == wanted:
        return
    aside = out.with_name(f".{out.name}.part")
    for target in (aside, out):
        shutil.rmtree(target, ignore_errors=True)
    for name in ("images", "labels", "masks"):
        (aside / name).mkdir(parents=True)
    rng = np.random.default_rng(seed)
    loaded = _load(dataset)
    for index in range(count):
        film = loaded[index // 2 % len(loaded)]
        x, y = _corner(film, tile, index % 2 == 0, rng)
        instances = _fill(film.instances[y : y + tile, x : x + tile], tile)
        picture = _fill(film.picture[y : y + tile, x : x + tile], tile)
        lines = [" ".join(["0", *(f"{v:.6f}" for v in label)]) for label in _labels(instances, film.areas)]
        cv2.imwrite(str(aside / "images" / f"{index:06d}.png"), picture[..., ::-1])
        cv2.imwrite(str(aside / "masks" / f"{index:06d}.png"), (instances > 0).astype(np.uint8) * 255)
        (aside / "labels" / f"{index:06d}.txt").write_text("".join(f"{line}\n" for line in lines))
    some = [f"./images/{index:06d}.png\n" for index in range(min(count, VALIDATION))]
    (aside / "validation.txt").write_text("".join(some))
    (aside / "data.yaml").write_text(
        f"path: {json.dumps(str(out.resolve()))}\ntrain: images\nval: validation.txt\nnames: [flaw]\n"
    )
    (aside / "tiles.json").write_text(json.dumps(wanted))
    aside.rename(out)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="COCO folder or GDXray root")
    parser.add_argument("--films", nargs="+", default=[], help="films to cut from (all)")
    parser.add_argument("--count", type=int, default=1200, help="tiles (%(default)s)")
    parser.add_argument("--tile", type=int, default=320, help="their side in pixels (%(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    write_tiles(given.data, given.films, given.count, given.tile, given.seed, given.out)


if __name__ == "__main__":
    main()
