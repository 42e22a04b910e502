"""What is measured on every piece, film by film, and the distance between two sets of films."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.stats import wasserstein_distance

from benchmarks.realism.pieces import Piece
from dynawave.images.normalise import Grey, grey_range
from dynawave.inspection.contrast import contrast_to_noise, film_noise
from dynawave.inspection.masks import regions_of

Values = NDArray[np.floating]

PATCH: Final = 64
"""Side in pixels of the patches whose noise is measured."""
FREQUENCIES: Final = np.geomspace(2 / PATCH, 0.5, 13)
"""Edges of the spectrum's bins in cycles a pixel."""
ACROSS: Final = np.linspace(-1.6, 1.6, 33)
"""Places across the bead: -1 and 1 are its edges."""
BLOCK: Final = 200
"""Columns whose median makes one profile."""
LEAST_AREA: Final = 12
"""Pixels; smaller flaws are strokes of the pen."""
LEAST_RATIO: Final = 0.1
"""Contrast-to-noise ratio; less is as good as none."""
SCALES: Final = (2, 8, 32)
"""Pixels, standard deviations of the blurs between which local contrast is measured."""
LEAST: Final = 1e-5
"""Floor of what a logarithm is taken of."""
SAMPLES: Final = 2000
"""Pixels of a piece that stand for its grey values."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure and its distance.

    Attributes:
        name: of the measure.
        unit: of the distance.
        of: the values of one piece: one row a patch, block, flaw or pixel.
        distance: between two sets, each a list of the values of its films.
    """

    name: str
    unit: str
    of: Callable[[Piece], Values]
    distance: Callable[[Sequence[Values], Sequence[Values]], float]


def by_film(measure: Measure, pieces: Sequence[Piece]) -> list[Values]:
    """The measure's values [n, ...] of each film that has any."""
    films: dict[str, list[Values]] = defaultdict(list)
    for piece in pieces:
        if len(values := measure.of(piece)):
            films[piece.film].append(values)
    return [np.concatenate(values) for values in films.values()]


def noise_spectrum(piece: Piece) -> Values:
    """Noise power of the flattest patches in the bead, decibels over 1 grey value^2 px^2, [patches, bins].

    A patch is freed of its quadratic trend; the quarter with the least structure over 4 px in each piece are flat.
    """
    patches = np.array(list(_sound_patches(piece)), np.float32).reshape(-1, PATCH, PATCH)
    if not len(patches):
        return np.empty((0, len(FREQUENCIES) - 1))
    trend = _quadratic()
    flat = patches.reshape(len(patches), -1)
    flat = flat - (flat @ trend) @ trend.T
    coarse = [cv2.GaussianBlur(patch.reshape(PATCH, PATCH), (0, 0), 4).std() for patch in flat]
    chosen = flat[np.argsort(coarse)[: max(1, len(flat) // 4)]].reshape(-1, PATCH, PATCH)
    return np.array([_decibels(radial_power(patch)) for patch in chosen])


def _sound_patches(piece: Piece) -> Iterator[Grey]:
    """Patches within the bead, neither outlined nor at the ends of the grey scale."""
    for top in range(piece.band[0], piece.band[1] - PATCH + 1, PATCH):
        for left in range(0, piece.grey.shape[1] - PATCH + 1, PATCH):
            window = np.s_[top : top + PATCH, left : left + PATCH]
            patch = piece.grey[window]
            if patch.min() > 5 and patch.max() < 250 and (piece.flaws is None or not piece.flaws[window].any()):
                yield patch


def _quadratic() -> Values:
    """Orthonormal base [pixels, 6] of the quadratic surfaces over a patch."""
    y, x = np.indices((PATCH, PATCH)).reshape(2, -1) / PATCH - 0.5
    return np.linalg.qr(np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], 1))[0]


def radial_power(patch: Values) -> Values:
    """Power of a square patch with mean 0 in each bin of `FREQUENCIES`; white noise has its variance in all of them."""
    side = len(patch)
    window = np.outer(np.hanning(side), np.hanning(side))
    power = np.abs(np.fft.fft2(patch * window)) ** 2 / (window**2).sum()
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side)))
    bins = np.digitize(frequency.ravel(), FREQUENCIES) - 1
    inside = (bins >= 0) & (bins < len(FREQUENCIES) - 1)
    sums = np.bincount(bins[inside], power.ravel()[inside], len(FREQUENCIES) - 1)
    return np.asarray(sums / np.bincount(bins[inside], minlength=len(FREQUENCIES) - 1))


def _decibels(power: Values) -> Values:
    return np.asarray(10 * np.log10(power + 1e-6))


def bead_profile(piece: Piece) -> Values:
    """Grey across the bead at `ACROSS`, 0 on the plate and 1 on the crown, [blocks, places]; NaN off the film."""
    top, bottom = piece.band
    rows = (top + bottom - 1) / 2 + ACROSS * (bottom - top) / 2
    known = np.arange(len(piece.grey))
    blocks = np.split(piece.grey, range(BLOCK, piece.grey.shape[1], BLOCK), axis=1)
    profiles = np.array(
        [np.interp(rows, known, np.median(b, 1), np.nan, np.nan) for b in blocks if b.shape[1] == BLOCK]
    )
    profiles = profiles[np.isfinite(profiles[:, np.abs(ACROSS) >= 1.3]).any(1)]
    plate = np.nanmedian(profiles[:, np.abs(ACROSS) >= 1.3], 1, keepdims=True)
    crown = np.nanmedian(profiles[:, np.abs(ACROSS) <= 0.5], 1, keepdims=True)
    seen = (crown - plate)[:, 0] > 5
    return np.asarray((profiles - plate)[seen] / (crown - plate)[seen])


def flaw_table(piece: Piece) -> Values:
    """Contrast over the film's grain, contrast in grey values, longer and shorter side in pixels, [flaws, 4]."""
    if piece.flaws is None:
        return np.empty((0, 4))
    noise = film_noise(piece.grey)
    rows = []
    for mask in regions_of(piece.flaws, LEAST_AREA):
        ratio = max(contrast_to_noise(piece.grey, noise, mask), LEAST_RATIO)
        rows.append((ratio, ratio * noise, max(mask.pixels.shape), min(mask.pixels.shape)))
    return np.array(rows, float).reshape(-1, 4)


def _flaw_column(index: int) -> Callable[[Piece], Values]:
    return lambda piece: flaw_table(piece)[:, index]


def _unit(piece: Piece) -> Grey:
    """The piece between its robust percentiles, 0 to 1."""
    low, high = grey_range(piece.grey)
    return (piece.grey - np.float32(low)) / np.float32(high - low)


def _sample(values: Values) -> Values:
    """Every so many-th value of a map, `SAMPLES` of them."""
    return np.asarray(values.ravel()[:: max(1, values.size // SAMPLES)][:SAMPLES])


def grey_values(piece: Piece) -> Values:
    """A sample of the grey values between the piece's 1st percentile (0) and its 99th (1)."""
    return _sample(np.clip(_unit(piece), -0.5, 1.5))


def local_contrast(scale: int) -> Callable[[Piece], Values]:
    """Local standard deviation of the band between blurs of `scale` / 2 and `scale` px, in shares of the grey range."""
    shrink = max(1, scale // 4)  # a wide blur costs little on a smaller copy, and looks the same
    sigma = scale / shrink

    def of(piece: Piece) -> Values:
        unit = cv2.resize(_unit(piece), None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA)
        band = cv2.GaussianBlur(unit, (0, 0), sigma / 2) - cv2.GaussianBlur(unit, (0, 0), sigma)
        return _sample(np.sqrt(cv2.GaussianBlur(band**2, (0, 0), 2 * sigma)))

    return of


def spectrum_distance(a: Sequence[Values], b: Sequence[Values]) -> float:
    """Root mean square over the bins of the difference between the median films."""
    return float(np.sqrt(np.mean((_median_film(a) - _median_film(b)) ** 2)))


def shape_distance(a: Sequence[Values], b: Sequence[Values]) -> float:
    """The same for the shape of the spectra, each film at its own mean level."""
    return spectrum_distance(*([film - film.mean() for film in films] for films in (a, b)))


def _median_film(films: Sequence[Values]) -> Values:
    return np.asarray(np.median([np.median(film, 0) for film in films], 0))


def profile_distance(a: Sequence[Values], b: Sequence[Values]) -> float:
    """Wasserstein distance of the profiles at each place, on average over the places: of mean and spread at once."""
    return float(
        np.mean([sample_distance(*([film[:, k] for film in films] for films in (a, b))) for k in range(len(ACROSS))])
    )


def sample_distance(a: Sequence[Values], b: Sequence[Values]) -> float:
    """Wasserstein distance of all values, every film with the same weight."""
    (one, weights), (other, others) = pooled(a), pooled(b)
    return float(wasserstein_distance(one, other, weights, others))


def pooled(films: Sequence[Values]) -> tuple[Values, Values]:
    """The finite values of all films, and their weights, which sum to 1 in each film."""
    finite = [film[np.isfinite(film)] for film in films]
    weights = [np.full(len(film), 1 / max(len(film), 1)) for film in finite]
    return np.concatenate(finite), np.concatenate(weights)


def decades_distance(a: Sequence[Values], b: Sequence[Values]) -> float:
    """Wasserstein distance of the logarithms to base 10, every film with the same weight."""
    return sample_distance(*([np.log10(np.maximum(film, LEAST)) for film in films] for films in (a, b)))


SPECTRUM: Final = Measure("noise power spectrum", "dB", noise_spectrum, spectrum_distance)
SHAPE: Final = Measure("its shape alone", "dB", noise_spectrum, shape_distance)
PROFILE: Final = Measure("profile across the bead", "of plate to crown", bead_profile, profile_distance)
FLAWS: Final = tuple(
    Measure(f"flaws: {name}", "decades", _flaw_column(index), decades_distance)
    for index, name in enumerate(
        ("contrast-to-noise ratio", "contrast, grey values", "longer side, px", "shorter side, px")
    )
)
GREYS: Final = Measure("grey values", "of the range", grey_values, sample_distance)
CONTRASTS: Final = tuple(
    Measure(f"local contrast at {scale} px", "decades", local_contrast(scale), decades_distance) for scale in SCALES
)
MEASURES: Final = (SPECTRUM, SHAPE, PROFILE, *FLAWS, GREYS, *CONTRASTS)
