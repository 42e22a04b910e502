"""Measures over regions, and of what is on an image, of images that count more or less often."""

from collections.abc import Sequence

import numpy as np

from dynawave.evaluation.classification import Regions, best_thresholds
from dynawave.evaluation.uncertainty.bootstrap import NAN, Weights


class WeighedKinds:
    """Accuracy and macro measures over regions, at the thresholds of the evaluation itself."""

    def __init__(self, regions: Regions) -> None:
        self._regions = regions
        self._called = regions.called(np.array(best_thresholds(regions))[regions.film % 2])
        self._order = np.argsort(regions.scores, axis=0, kind="stable")

    def __call__(self, weights: Weights) -> dict[str, float]:
        """The five figures."""
        each, truth, count = weights[self._regions.film], self._regions.truth, self._regions.sound
        cells = np.bincount(truth * (count + 1) + self._called, each, (count + 1) ** 2).reshape(count + 1, count + 1)
        both, true, called = np.diag(cells)[:count], cells.sum(1)[:count], cells.sum(0)[:count]
        known = true > 0
        precision = np.divide(both, called, out=np.zeros(count), where=called > 0)[known]
        recall = both[known] / true[known]
        f1 = np.divide(2 * precision * recall, precision + recall, out=np.zeros(len(recall)), where=recall > 0)
        aucs = [self._auc(k, each) for k in range(count)]
        means = {
            "precision": precision,
            "recall": recall,
            "f1": f1,
            "auc": np.array([a for a in aucs if a is not None]),
        }
        return {
            "accuracy": float(np.trace(cells) / each.sum()) if each.sum() else NAN,
            **{name: float(values.mean()) if values.size else NAN for name, values in means.items()},
        }

    def _auc(self, kind: int, weights: Weights) -> float:
        """Area under the ROC curve of a class, whose ties count half; NaN where all or none are of it."""
        order = self._order[:, kind]
        scores, positive, each = self._regions.scores[order, kind], self._regions.truth[order] == kind, weights[order]
        starts = np.flatnonzero(np.r_[True, np.diff(scores) > 0])
        hits, false = (np.add.reduceat(each * side, starts) for side in (positive, ~positive))
        if not hits.sum() or not false.sum():
            return NAN
        below = np.cumsum(false) - false / 2
        return float(hits @ below / (hits.sum() * false.sum()))


class WeighedPresence:
    """Means over the classes that some images have and others have not; `classes` of `find_presence`."""

    def __init__(self, classes: Sequence[Regions]) -> None:
        self._classes = [WeighedKinds(images) for images in classes]

    def __call__(self, weights: Weights) -> dict[str, float]:
        """The figures; of the draws that lack a class, the mean over the others."""
        found = [measure(weights) for measure in self._classes]
        known = {name: [each[name] for each in found if not np.isnan(each[name])] for name in found[0]}
        return {name: float(np.mean(values)) if values else NAN for name, values in known.items()}
