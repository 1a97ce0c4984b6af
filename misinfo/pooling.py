"""From the log-odds of sentences to the probability of their document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def logistic(log_odds: Floats) -> Floats:
    """Return probabilities from log-odds.

    Parameters
    ----------
    log_odds : ndarray of float64, any shape
        Finite or not.

    Returns
    -------
    ndarray of float64, same shape
        From 0 to 1, without overflow.

    Examples
    --------
    >>> float(logistic(np.array(0.0)))
    0.5
    """
    return 1 / (1 + np.exp(-np.clip(log_odds, -700, 700)))


def pool(log_odds: Floats, lengths: NDArray[np.int64], pooling: Mapping[str, Any]) -> Floats:
    """Return the probability of each document from the log-odds of its sentences.

    Parameters
    ----------
    log_odds : ndarray of float64, shape (n_sentences,)
        The sentences of all documents, one document after the other.
    lengths : ndarray of int64, shape (n_documents,)
        How many sentences each document has.
    pooling : mapping
        ``slope`` and ``intercept`` of the probability's log-odds over `mean_log_odds`.

    Returns
    -------
    ndarray of float64, shape (n_documents,)
        0 for a document without sentences.

    Examples
    --------
    >>> pool(np.array([0.0]), np.array([1, 0]), {"slope": 1.0, "intercept": 0.0}).tolist()
    [0.5, 0.0]
    """
    score = pooling["slope"] * mean_log_odds(log_odds, lengths) + pooling["intercept"]
    return np.where(lengths > 0, logistic(score), 0.0)


def mean_log_odds(log_odds: Floats, lengths: NDArray[np.int64]) -> Floats:
    """Return the logarithm of a mean of the odds of each document's sentences.

    Parameters
    ----------
    log_odds : ndarray of float64, shape (n_sentences,)
        The sentences of all documents, one document after the other.
    lengths : ndarray of int64, shape (n_documents,)
        How many sentences each document has.

    Returns
    -------
    ndarray of float64, shape (n_documents,)
        Zero for empty documents. Writing a document twice over does not change it, so length alone
        cannot move a verdict.

    Notes
    -----
    It is the generalised mean with exponent 1/2 (Hardy, Littlewood, Polya 1934): between the
    arithmetic mean, which one sure sentence decides, and the geometric mean, in which it drowns.

    Examples
    --------
    >>> mean_log_odds(np.array([0.0, 0.0, 2.0]), np.array([2, 1])).tolist()
    [0.0, 2.0]
    """
    means = np.zeros(len(lengths))
    filled = lengths > 0
    if filled.any():
        roots = np.exp(np.clip(log_odds, -60, 60) / 2)
        starts = np.cumsum(lengths) - lengths
        means[filled] = 2 * np.log(np.add.reduceat(roots, starts[filled]) / lengths[filled])
    return means
