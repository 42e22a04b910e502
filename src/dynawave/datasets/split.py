"""Splits by film: never by tile or image, as neighbouring images of one weld share its flaws and its texture."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dynawave.datasets.coco import CocoDataset
from dynawave.errors import DatasetError


@dataclass(frozen=True)
class Fold:
    """Two parts of a set without a film in common."""

    train: CocoDataset
    test: CocoDataset


def films(dataset: CocoDataset) -> list[str]:
    """The films of a set by name; images that name no film are a film each."""
    return sorted({image.group for image in dataset.images})


def select_films(dataset: CocoDataset, names: set[str]) -> CocoDataset:
    """The images of some films."""
    return dataset.subset(tuple(image for image in dataset.images if image.group in names))


def select_parts(dataset: CocoDataset, names: Sequence[str]) -> CocoDataset:
    """The images of some of the parts that the set itself names, such as "train".

    Raises:
        DatasetError: it has no such part.
    """
    parts = sorted({image.split for image in dataset.images if image.split})
    if missing := [name for name in names if name not in parts]:
        known = f"its parts are {', '.join(parts)}" if parts else "it has no parts of its own"
        raise DatasetError(f"{dataset.root}: has no part {missing[0]}; {known}.")
    return dataset.subset(tuple(image for image in dataset.images if image.split in names))


def film_folds(dataset: CocoDataset, k: int, seed: int = 0) -> list[Fold]:
    """Deal the films, shuffled by `seed`, into `k` test parts of about equal number of films; the rest is for training.

    Raises:
        DatasetError: fewer films than parts, or fewer than two parts.
    """
    names = films(dataset)
    if not 2 <= k <= len(names):
        raise DatasetError(f"{dataset.root}: {len(names)} films cannot be split into {k} parts.")
    shuffled = np.random.default_rng(seed).permutation(len(names))
    folds = []
    for part in range(k):
        test = {names[index] for index in shuffled[part::k]}
        folds.append(Fold(select_films(dataset, set(names) - test), select_films(dataset, test)))
    return folds


def leave_one_film_out(dataset: CocoDataset) -> list[Fold]:
    """One fold a film, by name of the film under test."""
    names = films(dataset)
    if len(names) < 2:
        raise DatasetError(f"{dataset.root}: one film alone cannot be split.")
    return [Fold(select_films(dataset, set(names) - {name}), select_films(dataset, {name})) for name in names]
