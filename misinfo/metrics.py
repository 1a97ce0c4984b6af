"""Measures of a binary classifier. NumPy only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .intervals import Estimate, bootstrap, wilson

Floats = NDArray[np.float64]
__all__ = [
    "MEASURES",
    "Estimate",
    "Measure",
    "average_precision",
    "bootstrap",
    "calibration_error",
    "f1",
    "flagged_and_hits",
    "least_negatives",
    "recall_at_fpr",
    "roc_auc",
    "rounded_up",
    "share",
    "threshold_at_fpr",
    "wilson",
]


def _numbers(column: ArrayLike) -> Floats:
    values = np.asarray(column, dtype=np.float64)
    if np.isnan(values).any():
        raise ValueError("a score must be a number, not NaN: leave out rows without one")
    return values


def _marks(column: ArrayLike) -> NDArray[np.bool_]:
    marks = np.asarray(column)
    if marks.dtype.kind not in "biufO" or not (marks.dtype == bool or np.isin(marks, (0, 1)).all()):
        raise ValueError("a label must be true or false, or 1 or 0, not a text or another number")
    return marks.astype(bool)


def _pair(labels: NDArray[Any], scores: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    if labels.shape != scores.shape or labels.ndim != 1:
        shapes = f"labels {labels.shape} and scores {scores.shape}"
        raise ValueError(f"{shapes} must be one column each, of one length")
    return labels, scores


def roc_auc(labels: ArrayLike, scores: ArrayLike) -> float:
    """Area under the ROC curve: how often a positive scores above a negative.

    Parameters
    ----------
    labels : array_like of bool, shape (n,)
        True for positives.
    scores : array_like of float, shape (n,)
        Any increasing score.

    Returns
    -------
    float
        From 0 to 1, ties counted half; NaN when one class is missing.

    Notes
    -----
    The Mann-Whitney statistic over the product of the class sizes (Hanley and McNeil 1982).

    Examples
    --------
    >>> roc_auc([False, True, True], [0.2, 0.2, 0.9])
    0.75
    """
    truth, values = _pair(_marks(labels), _numbers(scores))
    positives = int(truth.sum())
    negatives = len(truth) - positives
    if not positives or not negatives:
        return float("nan")
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    rank_sum = float(ranks[inverse][truth].sum())
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)


def average_precision(labels: ArrayLike, scores: ArrayLike) -> float:
    """Area under the precision-recall steps, as scikit-learn's ``average_precision_score``.

    Parameters
    ----------
    labels : array_like of bool, shape (n,)
        True for positives.
    scores : array_like of float, shape (n,)
        Any increasing score.

    Returns
    -------
    float
        From 0 to 1; NaN without positives.

    Examples
    --------
    >>> average_precision([True, False, True], [0.9, 0.8, 0.7])
    0.8333333333333333
    """
    truth, values = _pair(_marks(labels), _numbers(scores))
    if not truth.any():
        return float("nan")
    flagged, hits = flagged_and_hits(truth, values)
    gained = np.diff(np.append(0, hits)) / hits[-1]
    return float(hits / flagged @ gained)


def flagged_and_hits(
    labels: NDArray[np.bool_], scores: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Count what each possible threshold flags, from the highest down.

    Parameters
    ----------
    labels : ndarray of bool, shape (n,)
        True for positives.
    scores : ndarray of float64, shape (n,)
        Any increasing score. Rows of one score are flagged together, whatever their order.

    Returns
    -------
    flagged, hits : ndarray of intp, shape (n_thresholds,)
        How many rows reach each threshold, and how many of them are positives.

    Examples
    --------
    >>> labels, scores = np.array([True, False, True]), np.array([0.9, 0.8, 0.8])
    >>> [counts.tolist() for counts in flagged_and_hits(labels, scores)]
    [[1, 3], [1, 2]]
    """
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    return last + 1, np.cumsum(labels[order])[last]


def calibration_error(
    labels: ArrayLike, probabilities: ArrayLike, bins: int | None = None
) -> float:
    """Mean distance between what is promised and what happens, over equal-count bins.

    Parameters
    ----------
    labels : array_like of bool or float, shape (n,)
        True for positives.
    probabilities : array_like of float, shape (n,)
        From 0 to 1.
    bins : int, optional
        Number of bins with the same number of rows each. By default one for each hundred rows, at
        least 5 and at most 15: in small bins chance alone looks like a large error.

    Returns
    -------
    float
        Adaptive expected calibration error (Nixon et al. 2019), from 0 to 1; NaN without rows. Rows
        with the same probability share what happens to them: their order does not matter.

    Examples
    --------
    >>> round(calibration_error([True, False], [0.9, 0.1], bins=2), 3)
    0.1
    """
    truth, values = _pair(_numbers(labels), _numbers(probabilities))
    if not len(values):
        return float("nan")
    bins = min(15, max(5, len(values) // 100)) if bins is None else bins
    order = np.argsort(values, kind="stable")
    truth, values = truth[order], values[order]
    starts = np.flatnonzero(np.append(True, np.diff(values) > 0))
    counts = np.diff(np.append(starts, len(values)))
    happens = np.repeat(np.add.reduceat(truth, starts) / counts, counts)
    parts = [part for part in np.array_split(np.arange(len(values)), bins) if len(part)]
    gaps = [len(part) * abs(values[part].mean() - happens[part].mean()) for part in parts]
    return float(sum(gaps) / len(truth))


def threshold_at_fpr(negative_scores: ArrayLike, rate: float) -> float:
    """Return the lowest threshold at which at most `rate` of the negatives are flagged.

    Parameters
    ----------
    negative_scores : array_like of float, shape (n,)
        Scores of texts that must not be flagged.
    rate : float
        Wanted false-positive rate, from 0 to 1.

    Returns
    -------
    float
        A text is flagged when its score is at or above this number, which is never lower than the
        lowest negative score.

    Raises
    ------
    ValueError
        Without any negative, and for a rate that is not from 0 to 1.

    Examples
    --------
    >>> threshold = threshold_at_fpr([0.1, 0.2, 0.3, 0.4], rate=0.25)
    >>> 0.3 < threshold <= 0.4
    True
    """
    values = np.sort(_numbers(negative_scores))[::-1]
    if not len(values):
        raise ValueError("a threshold needs at least one negative score")
    if not 0 <= rate <= 1:
        raise ValueError(f"a false-positive rate is from 0 to 1, not {rate}")
    allowed = int(np.floor(rate * len(values) + 1e-9))
    if allowed >= len(values):
        return float(values[-1])
    return float(np.nextafter(values[allowed], np.inf))


def least_negatives(rate: float) -> float:
    """Return how many negatives it takes to show a false-positive rate.

    Parameters
    ----------
    rate : float
        From 0 to 1.

    Returns
    -------
    float
        Of fewer not one may be flagged: the threshold is their highest score, whatever the rate. A
        rate of 0 asks for just that, of any.

    Examples
    --------
    >>> least_negatives(0.01), least_negatives(0.0)
    (100.0, 0.0)
    """
    return float(np.ceil(1 / rate - 1e-9)) if rate else 0.0


def recall_at_fpr(labels: ArrayLike, scores: ArrayLike, rate: float) -> float:
    """Share of the positives found when at most `rate` of the negatives are flagged.

    Parameters
    ----------
    labels : array_like of bool, shape (n,)
        True for positives.
    scores : array_like of float, shape (n,)
        Any increasing score.
    rate : float
        Allowed false-positive rate, from 0 to 1.

    Returns
    -------
    float
        From 0 to 1; NaN when one class is missing, and 1 where all negatives may be flagged.

    Examples
    --------
    >>> recall_at_fpr([True, True, False], [0.9, 0.1, 0.5], rate=0.0)
    0.5
    """
    truth, values = _pair(_marks(labels), _numbers(scores))
    if truth.all() or not truth.any():
        return float("nan")
    limit = threshold_at_fpr(values[~truth], rate)
    return 1.0 if rate == 1 else float(np.mean(values[truth] >= limit))


def f1(labels: ArrayLike, flags: ArrayLike) -> float:
    """Harmonic mean of precision and recall.

    Parameters
    ----------
    labels, flags : array_like of bool, shape (n,)
        What is true, and what was said.

    Returns
    -------
    float
        From 0 to 1; 0 when nothing is right.

    Examples
    --------
    >>> round(f1([True, True, False], [True, False, False]), 3)
    0.667
    """
    truth, said = _pair(_marks(labels), _marks(flags))
    right = int((truth & said).sum())
    return 2 * right / (int(truth.sum()) + int(said.sum())) if right else 0.0


def share(flags: NDArray[np.bool_]) -> float:
    """Return which share of some flags is set.

    Parameters
    ----------
    flags : ndarray of bool, shape (n,)
        Of rows of one label.

    Returns
    -------
    float
        NaN when there are none.

    Examples
    --------
    >>> share(np.array([True, False]))
    0.5
    """
    return float(flags.mean()) if len(flags) else float("nan")


class Measure(NamedTuple):
    """How a figure of labelled rows is measured."""

    of: Callable[..., float]  # takes labels, probabilities and flags
    sides: tuple[bool, ...] = (True, False)  # the labels of the rows that it looks at
    recentre: bool = False

    def estimate(self, *columns: NDArray[Any], **options: Any) -> Estimate:
        """Return the figure of labels, probabilities and flags, with its bootstrap interval."""
        classes = [columns[0] == side for side in self.sides]
        return bootstrap(self.of, *columns, recentre=self.recentre, classes=classes, **options)


MEASURES = {
    "auc": Measure(lambda y, p, flags: roc_auc(y, p)),
    "average_precision": Measure(lambda y, p, flags: average_precision(y, p)),
    "f1": Measure(lambda y, p, flags: f1(y, flags)),
    "recall": Measure(lambda y, p, flags: share(flags[y]), sides=(True,)),
    "false_positive_rate": Measure(lambda y, p, flags: share(flags[~y]), sides=(False,)),
    "calibration_error": Measure(lambda y, p, flags: calibration_error(y, p), recentre=True),
}


def rounded_up(threshold: float) -> str:
    """Return a threshold with four decimals, at which no more is flagged than at itself.

    Parameters
    ----------
    threshold : float
        A probability.

    Returns
    -------
    str
        Rounded to the nearest number, it could flag more than the rate that it was set for. A
        dash for NaN: there is none.

    Examples
    --------
    >>> rounded_up(0.75001), rounded_up(0.25)
    ('0.7501', '0.2500')
    """
    if np.isnan(threshold):
        return "-"
    nearest = f"{threshold:.4f}"
    return nearest if float(nearest) >= threshold else f"{threshold + 0.0001:.4f}"
