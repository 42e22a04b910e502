"""Draw real films (left) beside simulated ones (right), with flaw outlines, and compare their statistics.

    python benchmarks/simulation_look.py --real ../shared/data/gdxray-welds --out /tmp/look.png
    python benchmarks/simulation_look.py --out docs/images/simulated.png --seed 2026    # simulated films alone

The picture holds pixels of the real films: it stays with whoever has them, and out of the repository.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from dynawave.images.normalise import normalise, to_grey
from dynawave.simulate import simulate_film

CROP = (380, 640)


def real_films(root: Path):
    for path in sorted((root / "W0001").glob("*.png")):
        mask = cv2.imread(str(root / "W0002" / path.name.replace("W0001", "W0002")), cv2.IMREAD_GRAYSCALE)
        yield to_grey(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)), mask > 0


def simulated_films(seed: int, count: int):
    for index in range(count):
        film = simulate_film(seed, index)
        yield to_grey(film.pixels) / 257, film.flaw_mask()


def crop_of(rng, grey, mask, normalised):
    """A crop, preferably with flaws in it: grey or the wide normalised channel, outlined below."""
    shown = np.clip(normalise(grey)[1] * 42 + 127, 0, 255) if normalised else grey
    ys, xs = np.nonzero(mask) if mask.any() else np.indices(grey.shape).reshape(2, -1)
    pick = rng.integers(len(ys))
    top = int(np.clip(ys[pick] - CROP[0] // 2, 0, max(grey.shape[0] - CROP[0], 0)))
    left = int(np.clip(xs[pick] - rng.integers(100, CROP[1] - 100), 0, max(grey.shape[1] - CROP[1], 0)))
    window = np.s_[top : top + CROP[0], left : left + CROP[1]]
    plain = cv2.cvtColor(shown[window].astype(np.uint8), cv2.COLOR_GRAY2BGR)
    outlined = plain.copy()
    lines, _ = cv2.findContours(mask[window].astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(outlined, lines, -1, (0, 0, 255), 1)
    both = np.hstack([plain, outlined])
    return cv2.copyMakeBorder(both, 0, CROP[0] + 6 - both.shape[0], 0, 6, cv2.BORDER_CONSTANT)


def measure(grey, mask):
    """Side, contrast-to-noise ratio and fill of each connected flaw, as the annotation draws it."""
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    fine = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 6))
    near = cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    for number in range(1, count):
        x, y, width, height, area = boxes[number]
        window = np.s_[max(y - 16, 0) : y + height + 16, max(x - 16, 0) : x + width + 16]
        flaw = labels[window] == number
        ring = (cv2.dilate(flaw.astype(np.uint8), np.ones((25, 25), np.uint8)) > 0) & ~near[window]
        if ring.sum() < 20:
            continue
        noise = 1.48 * np.median(fine[window][ring]) + 1e-3
        weight = cv2.GaussianBlur(ring.astype(np.float32), (0, 0), 8) + 1e-6
        background = cv2.GaussianBlur(grey[window] * ring, (0, 0), 8) / weight
        contrast = np.percentile((background - grey[window])[flaw], 90) / noise
        yield max(width, height), min(width, height), contrast, area / (width * height)


def report(title, films):
    rows, shares, channels = [], [], []
    for grey, mask in films:
        rows += list(measure(grey, mask))
        shares.append(mask.mean())
        channels.append(np.percentile(normalise(grey).reshape(3, -1)[:, ::37], [1, 10, 50, 90, 99], axis=1).T)
    print(f"{title}: {len(films)} films, {len(rows)} flaws, {100 * np.mean(shares):.2f} % of the pixels")
    names = ("longer side px", "shorter side px", "contrast / noise", "fill of box")
    for name, column in zip(names, np.transpose(rows), strict=True):
        print(f"  {name:17s} 5, 25, 50, 75, 95 %: {np.percentile(column, [5, 25, 50, 75, 95]).round(2)}")
    for number, channel in enumerate(np.mean(channels, 0)):
        print(f"  channel {number} 1, 10, 50, 90, 99 %:  {channel.round(2)}")


def outlined_film(grey, mask, scale=0.4):
    """A whole film, small, with its flaws outlined."""
    size = (int(grey.shape[1] * scale), int(grey.shape[0] * scale))
    small = cv2.cvtColor(cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.uint8), cv2.COLOR_GRAY2BGR)
    part = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_AREA)
    lines, _ = cv2.findContours(part, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(small, lines, -1, (0, 0, 255), 1)


def sheet(seed, columns=2, rows=5):
    """Films with flaws in them, in a grid."""
    films = (film for film in simulated_films(seed, 60) if film[1].mean() > 0.006)
    tiles = [outlined_film(*film) for film, _ in zip(films, range(columns * rows), strict=False)]
    return np.vstack([np.hstack(tiles[k : k + columns]) for k in range(0, len(tiles), columns)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--real", type=Path, help="folder with W0001 and W0002; without it, simulated films alone")
    parser.add_argument("--out", type=Path, required=True, help="PNG to write")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--films", type=int, default=40, help="simulated films to measure")
    parser.add_argument("--normalised", action="store_true", help="show what the network sees")
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    if args.real is None:
        cv2.imwrite(str(args.out), sheet(args.seed), [cv2.IMWRITE_PNG_COMPRESSION, 9])
        return
    real, simulated = list(real_films(args.real)), list(simulated_films(args.seed, args.films))
    report("real", real)
    report("simulated", simulated)
    rows = [
        np.hstack([crop_of(rng, *a, args.normalised), crop_of(rng, *b, args.normalised)])
        for a, b in zip(real, simulated, strict=False)
    ]
    cv2.imwrite(str(args.out), np.vstack(rows))


if __name__ == "__main__":
    main()
