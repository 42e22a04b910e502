"""The two-sample test: how well a linear classifier tells tiles of real films from tiles of simulated ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import rankdata, skew

from benchmarks.realism.measures import SCALES, Values
from benchmarks.realism.pieces import Piece
from dynawave.images.normalise import grey_range, normalise
from dynawave.network.backbone import Backbone

TILE: Final = 128
TILES: Final = 12
"""Tiles of a film."""
FOLDS: Final = 5
REPEATS: Final = 4
RIDGE: Final = 0.02
"""Weight of the squared coefficients in the mean log loss, features having unit spread."""
RINGS: Final = np.geomspace(1 / TILE, 0.5, 11)
KINDS: Final = ("spectrum", "grey", "network")


@dataclass(frozen=True, slots=True)
class Tiles:
    """Features of tiles.

    Attributes:
        films: each tile's film, [tiles].
        features: [tiles, features] of each kind.
    """

    films: NDArray[np.str_]
    features: dict[str, Values]

    def of(self, kind: str) -> Values:
        """Features of one kind, or all of them."""
        return np.hstack([*self.features.values()]) if kind == "all" else self.features[kind]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Area under the ROC curve and balanced accuracy in each fold of each repeat; 0.5: not to be told apart."""

    auc: Values
    accuracy: Values


def tiles_of(pieces: Sequence[Piece], rng: np.random.Generator) -> Tiles:
    """Features of `TILES` tiles a film, their middles at random places of the bead."""
    by_film: dict[str, list[Piece]] = {}
    for piece in pieces:
        by_film.setdefault(piece.film, []).append(piece)
    backbone = Backbone(pretrained=True).eval()
    films, rows = [], []
    for film, parts in by_film.items():
        for part, count in zip(
            parts, np.bincount(rng.integers(0, len(parts), TILES), minlength=len(parts)), strict=True
        ):
            if count:
                rows += list(_features(part, int(count), backbone, rng))
                films += [film] * int(count)
    return Tiles(np.array(films), {kind: np.array([row[kind] for row in rows]) for kind in KINDS})


def _features(piece: Piece, count: int, backbone: Backbone, rng: np.random.Generator) -> Iterator[dict[str, Values]]:
    low, high = grey_range(piece.grey)
    unit = (piece.grey - np.float32(low)) / np.float32(high - low)
    seen = normalise(piece.grey)
    for _ in range(count):
        middle = rng.integers(*piece.band)
        top = int(np.clip(middle - TILE // 2, 0, len(unit) - TILE))
        left = int(rng.integers(0, unit.shape[1] - TILE + 1))
        window = np.s_[top : top + TILE, left : left + TILE]
        yield {
            "spectrum": _spectrum(unit[window]),
            "grey": _greys(unit[window]),
            "network": _pooled(backbone, seen[(slice(None), *window)]),
        }


def _spectrum(tile: Values) -> Values:
    """Logarithm of the power in rings of frequency, along and across the seam apart, [20]."""
    window = np.outer(np.hanning(TILE), np.hanning(TILE))
    power = np.abs(np.fft.fft2((tile - tile.mean()) * window)) ** 2
    down, along = np.meshgrid(np.fft.fftfreq(TILE), np.fft.fftfreq(TILE), indexing="ij")
    ring = np.digitize(np.hypot(down, along), RINGS) - 1
    halves = (np.abs(along) > np.abs(down), np.abs(along) <= np.abs(down))
    return np.array([np.log(power[(ring == k) & half].mean() + 1e-9) for half in halves for k in range(len(RINGS) - 1)])


def _greys(tile: Values) -> Values:
    """Percentiles, and the spread, skewness and tails of what is finer than each scale, [14]."""
    rows = [np.percentile(tile, [2, 25, 50, 75, 98])]
    for scale in SCALES:
        fine = (tile - cv2.GaussianBlur(tile, (0, 0), scale)).ravel()
        quantiles = np.percentile(np.abs(fine), [50, 99])
        rows.append(
            # a tile of one grey value, beyond the end of a part, has no skewness
            np.array(
                [
                    np.log(fine.std() + 1e-5),
                    np.nan_to_num(skew(fine)),
                    np.log((quantiles[1] + 1e-5) / (quantiles[0] + 1e-5)),
                ]
            )
        )
    return np.concatenate(rows)


def _pooled(backbone: Backbone, tile: Values) -> Values:
    """Mean features of the frozen ImageNet network at strides 8, 16 and 32 of a normalised tile, [472]."""
    with torch.inference_mode():
        maps = backbone(torch.from_numpy(np.ascontiguousarray(tile))[None])
    return np.concatenate([features[0].mean((1, 2)).numpy() for features in maps[2:]])


def tell_apart(real: Tiles, other: Tiles, kind: str, seed: int = 0) -> Verdict:
    """Cross-validate by film: train on most films of both sets, judge the tiles of the rest."""
    rng = np.random.default_rng(seed)
    repeats = [(_deal(real.films, rng), _deal(other.films, rng)) for _ in range(REPEATS)]
    return _judge(real.of(kind), other.of(kind), repeats)


def control(real: Tiles, kind: str, seed: int = 0) -> Verdict:
    """The same between two random halves of the real films, which no classifier ought to tell apart."""
    rng = np.random.default_rng(seed)
    verdicts = []
    for _ in range(REPEATS):
        half = np.isin(real.films, rng.permutation(np.unique(real.films))[::2])
        folds = _deal(real.films[half], rng), _deal(real.films[~half], rng)
        verdicts.append(_judge(real.of(kind)[half], real.of(kind)[~half], [folds]))
    return Verdict(np.concatenate([v.auc for v in verdicts]), np.concatenate([v.accuracy for v in verdicts]))


def _deal(films: NDArray[np.str_], rng: np.random.Generator) -> NDArray[np.intp]:
    """The fold of each tile; the tiles of a film stay together."""
    names = np.unique(films)
    folds = dict(zip(rng.permutation(names).tolist(), (k % FOLDS for k in range(len(names))), strict=True))
    return np.array([folds[film] for film in films.tolist()])


def _judge(one: Values, other: Values, repeats: Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]]) -> Verdict:
    features = np.vstack([one, other])
    labels = np.repeat([0, 1], [len(one), len(other)])
    aucs, accuracies = [], []
    for dealt in repeats:
        folds = np.concatenate(dealt)
        for fold in range(FOLDS):
            train, test = folds != fold, folds == fold
            scores = logistic(features[train], labels[train], features[test])
            aucs.append(auc(scores, labels[test]))
            accuracies.append(np.mean([((scores > 0) == labels[test])[labels[test] == k].mean() for k in (0, 1)]))
    return Verdict(np.array(aucs), np.array(accuracies))


def logistic(features: Values, labels: NDArray[np.intp], unseen: Values) -> Values:
    """Scores of unseen tiles by ridge logistic regression, both classes with the same weight."""
    mean, spread = features.mean(0), features.std(0) + 1e-6
    x = np.hstack([(features - mean) / spread, np.ones((len(features), 1))])
    sign = 2.0 * labels - 1
    share = np.where(labels == 1, 0.5 / labels.mean(), 0.5 / (1 - labels.mean())) / len(labels)
    penalty = np.full(x.shape[1], RIDGE)
    penalty[-1] = 0  # the intercept is free

    def loss(w: Values) -> tuple[float, Values]:
        margin = sign * (x @ w)
        slope = x.T @ (-share * sign * expit(-margin)) + penalty * w
        return float(share @ np.logaddexp(0, -margin) + 0.5 * penalty @ w**2), slope

    w = minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B").x
    return np.asarray((unseen - mean) / spread @ w[:-1] + w[-1])


def auc(scores: Values, labels: NDArray[np.intp]) -> float:
    """Chance that a tile of class 1 has a higher score than one of class 0."""
    positive, negative = int(labels.sum()), int((labels == 0).sum())
    ranks = rankdata(scores)
    return float((ranks[labels == 1].sum() - positive * (positive + 1) / 2) / (positive * negative))
