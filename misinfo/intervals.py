"""Figures with their uncertainty: 95% intervals of shares, and by resampling. NumPy only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

FEW = 10  # hits or misses, under which resamples of a share vary too little
Z95 = 1.959963984540054  # two-sided 95% quantile of the normal distribution


class Estimate(NamedTuple):
    """A figure with its 95% interval; shown as a dash where there is none, NaN.

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
        if np.isnan(self.value):
            return "-"
        value, low, high = (format(number, how or ".3f") for number in self)
        return f"{value} [{low}, {high}]"

    def __str__(self) -> str:
        return format(self)


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
    ends: tuple[float, float] = (2.5, 97.5),
) -> Estimate:
    """Return a measure with its percentile bootstrap interval (Efron 1979).

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
        chance and resampling inflate: the resamples are shifted by their bias, from the low end is
        taken what chance alone gives, in squares, and the interval begins at 0 where chance gives a
        calibrated model as large an error in one of twenty cases.
    classes : sequence of ndarray of bool, shape (n,), optional
        For a measure from 0 to 1: the rows of each class that it looks at, for a recall those of
        the positives; a measure of one class is a share of its rows. Resamples in which a class is
        missing are left out. Where all others are equal, or of a share fewer than ten rows are hits
        or misses, the interval holds that of `wilson`, with the number of groups of the smallest
        class.
    ends : tuple of float, default (2.5, 97.5)
        The percentiles at which the interval ends; those of `wilson` are always of 95%.

    Returns
    -------
    Estimate
        The measure on all rows, and the percentiles over the resamples; all NaN where the measure
        is.

    Raises
    ------
    ValueError
        When there is no resample.

    Notes
    -----
    Of a share that is 0 or 1 every resample is the same, however few the rows: that the interval
    has no width says nothing, and near 0 or 1 it is too narrow. Wilson's holds such shares in small
    samples too (Brown, Cai and DasGupta 2001). The bias is estimated by the mean of the resamples
    less the measure on all rows (Efron and Tibshirani 1993, chapter 10).

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
    there = [part for part in classes if part.any()]
    values = np.array(
        [
            measure(*(column[draw] for column in columns))
            if all(part[draw].any() for part in there)
            else np.nan
            for draw in draws
        ]
    )
    low, high = np.nanpercentile(values, ends)
    if recentre:
        bias, away = np.nanmean(values) - value, columns[0] - columns[1]
        signs = (random.choice([-1, 1], among)[group] for _ in range(rounds))
        chance = [measure(columns[1] + sign * away, *columns[1:]) for sign in signs]
        excess = max(0.0, low - bias) ** 2 - np.mean(chance) ** 2
        low = np.sqrt(max(0.0, excess)) if value > np.quantile(chance, 0.95) else 0.0
        high -= bias
    if classes:
        hits = value * np.sum(classes[0])
        rare = len(classes) == 1 and min(hits, np.sum(classes[0]) - hits) < FEW - 1e-6
        if rare or np.nanmax(values) - np.nanmin(values) < 1e-9:
            fewest = min(len(np.unique(rows[part])) for part in classes)
            _, least, most = wilson(min(max(value, 0.0), 1.0) * fewest, fewest)
            low, high = min(low, value, least), max(high, value, most)
    return Estimate(value, float(low), float(high))
