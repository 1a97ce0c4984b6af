"""Measures of a binary classifier, with their uncertainty. NumPy only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Z95 = 1.959963984540054  # two-sided 95% quantile of the normal distribution


class Estimate(NamedTuple):
    """A figure with its 95% interval.

    Parameters
    ----------
    value : float
        The figure.
    low, high : float
        Where the interval ends.

    Examples
    --------
    >>> f"{Estimate(0.5, 0.25, 1.0)}", f"{Estimate(0.5, 0.25, 1.0):.0%}"
    ('0.500 [0.250, 1.000]', '50% [25%, 100%]')
    """

    value: float
    low: float
    high: float

    def __format__(self, how: str) -> str:
        value, low, high = (format(number, how or ".3f") for number in self)
        return f"{value} [{low}, {high}]"

    def __str__(self) -> str:
        return format(self)


def _pair(labels: ArrayLike, scores: ArrayLike) -> tuple[NDArray[np.bool_], Floats]:
    truth = np.asarray(labels).astype(bool)
    values = np.asarray(scores, dtype=np.float64)
    if truth.shape != values.shape or truth.ndim != 1:
        raise ValueError(f"labels {truth.shape} and scores {values.shape} must be one column each")
    return truth, values


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
    truth, values = _pair(labels, scores)
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
    truth, values = _pair(labels, scores)
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
        Adaptive expected calibration error (Nixon et al. 2019), from 0 to 1. Rows with the same
        probability share what happens to them, so that their order does not matter.

    Examples
    --------
    >>> round(calibration_error([True, False], [0.9, 0.1], bins=2), 3)
    0.1
    """
    values = _pair(labels, probabilities)[1]
    bins = min(15, max(5, len(values) // 100)) if bins is None else bins
    order = np.argsort(values, kind="stable")
    truth, values = np.asarray(labels, dtype=np.float64)[order], values[order]
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
    values = np.sort(np.asarray(negative_scores, dtype=np.float64))[::-1]
    if not len(values):
        raise ValueError("a threshold needs at least one negative score")
    if not 0 <= rate <= 1:
        raise ValueError(f"a false-positive rate is from 0 to 1, not {rate}")
    allowed = int(np.floor(rate * len(values) + 1e-9))
    if allowed >= len(values):
        return float(values[-1])
    return float(np.nextafter(values[allowed], np.inf))


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
        From 0 to 1; NaN when one class is missing.

    Examples
    --------
    >>> recall_at_fpr([True, True, False], [0.9, 0.1, 0.5], rate=0.0)
    0.5
    """
    truth, values = _pair(labels, scores)
    if truth.all() or not truth.any():
        return float("nan")
    return float(np.mean(values[truth] >= threshold_at_fpr(values[~truth], rate)))


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
    truth, said = np.asarray(labels, dtype=bool), np.asarray(flags, dtype=bool)
    right = int((truth & said).sum())
    return 2 * right / (int(truth.sum()) + int(said.sum())) if right else 0.0


def rounded_up(threshold: float) -> str:
    """Return a threshold with four decimals, at which no more is flagged than at itself.

    Parameters
    ----------
    threshold : float
        A probability.

    Returns
    -------
    str
        Rounded to the nearest number, it could flag more than the rate that it was set for.

    Examples
    --------
    >>> rounded_up(0.75001), rounded_up(0.25)
    ('0.7501', '0.2500')
    """
    nearest = f"{threshold:.4f}"
    return nearest if float(nearest) >= threshold else f"{threshold + 0.0001:.4f}"


def wilson(successes: float, n: int) -> Estimate:
    """Return a share with its 95% Wilson score interval (Wilson 1927).

    Parameters
    ----------
    successes : float
        Count of hits.
    n : int
        Of all.

    Returns
    -------
    Estimate
        NaN and the whole range from 0 to 1 when `n` is 0.

    Examples
    --------
    >>> print(wilson(8, 10))
    0.800 [0.490, 0.943]
    """
    if not n:
        return Estimate(float("nan"), 0.0, 1.0)
    share, z2 = successes / n, Z95**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 / (1 + z2 / n) * float(np.sqrt(share * (1 - share) / n + z2 / (4 * n * n)))
    return Estimate(share, max(0.0, centre - half), min(1.0, centre + half))


def bootstrap(
    measure: Callable[..., float],
    *columns: NDArray[Any],
    groups: ArrayLike | None = None,
    rounds: int = 1000,
    seed: int = 0,
    recentre: bool = False,
    classes: Sequence[NDArray[np.bool_]] = (),
) -> Estimate:
    """Return a measure with its 95% percentile bootstrap interval (Efron 1979).

    Parameters
    ----------
    measure : callable
        Takes the columns and returns one number.
    *columns : ndarray, shape (n, ...)
        Resampled together, row by row.
    groups : array_like, shape (n,), optional
        Rows of one group are drawn together: the sentences of a document.
    rounds : int, default 1000
        Number of resamples.
    seed : int, default 0
        Seed of the random generator; the same seed gives the same interval.
    recentre : bool, default False
        For a calibration error, of the labels and probabilities in the first two columns, which
        chance and resampling inflate: the resamples are shifted by their bias, and the interval
        begins at 0 where chance gives a calibrated model as large an error in one of twenty cases.
    classes : sequence of ndarray of bool, shape (n,), optional
        For a measure from 0 to 1: the rows of each class that it looks at, for a recall those of
        the positives. Where all resamples are equal, the interval is then that of `wilson` for
        their value, with the number of groups of the smallest class.

    Returns
    -------
    Estimate
        The measure on all rows, and the 2.5% and 97.5% quantiles over the resamples; all NaN where
        the measure is.

    Raises
    ------
    ValueError
        When there is no resample.

    Notes
    -----
    Of a share that is 0 or 1 every resample is the same, however few the rows: that the interval
    has no width says nothing. Wilson's holds such shares in small samples too (Brown, Cai and
    DasGupta 2001). The bias is estimated by the mean of the resamples less the measure on all rows
    (Efron and Tibshirani 1993, chapter 10).

    Examples
    --------
    >>> estimate = bootstrap(lambda x: float(x.mean()), np.arange(100.0))
    >>> bool(estimate.low < estimate.value < estimate.high)
    True
    """
    if rounds < 1:
        raise ValueError(f"an interval needs at least one resample, not {rounds}")
    value = float(measure(*columns))
    if np.isnan(value):
        return Estimate(value, value, value)
    random = np.random.default_rng(seed)
    rows = np.arange(len(columns[0])) if groups is None else np.asarray(groups)
    names, group = np.unique(rows, return_inverse=True)
    among = len(names)
    draws = (random.integers(among, size=among) for _ in range(rounds))
    if groups is not None:
        times = (np.bincount(draw, minlength=among)[group] for draw in draws)
        draws = (np.repeat(np.arange(len(rows)), often) for often in times)
    values = np.array([measure(*(column[draw] for column in columns)) for draw in draws])
    low, high = np.nanpercentile(values, [2.5, 97.5])
    if recentre:
        bias, away = np.nanmean(values) - value, columns[0] - columns[1]
        signs = (random.choice([-1, 1], among)[group] for _ in range(rounds))
        chance = [measure(columns[1] + sign * away, *columns[1:]) for sign in signs]
        low = max(0.0, low - bias) if value > np.quantile(chance, 0.95) else 0.0
        high -= bias
    if classes and np.nanmax(values) - np.nanmin(values) < 1e-9:
        fewest = min(len(np.unique(rows[part])) for part in classes)
        _, low, high = wilson(min(max(value, 0.0), 1.0) * fewest, fewest)
        low, high = min(low, value), max(high, value)
    return Estimate(value, float(low), float(high))
