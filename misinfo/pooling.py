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
        ``coef``, one for each of the features, and ``intercept``.

    Returns
    -------
    ndarray of float64, shape (n_documents,)
        0 for a document without sentences.

    Examples
    --------
    >>> pool(np.array([0.0]), np.array([1, 0]), {"coef": [1.0, 0.0], "intercept": 0.0}).tolist()
    [0.5, 0.0]
    """
    features = pool_features(log_odds, lengths)
    score = np.full(len(features), float(pooling["intercept"]))
    for weight, column in zip(pooling["coef"], features.T, strict=True):
        score += weight * column  # a matrix product's last digit depends on the other documents
    pooled = logistic(score)
    return np.where(lengths > 0, pooled, 0.0)


def pool_features(log_odds: Floats, lengths: NDArray[np.int64]) -> Floats:
    """Return what a document's verdict is pooled from.

    Parameters
    ----------
    log_odds : ndarray of float64, shape (n_sentences,)
        The sentences of all documents, one document after the other.
    lengths : ndarray of int64, shape (n_documents,)
        How many sentences each document has.

    Returns
    -------
    ndarray of float64, shape (n_documents, 2)
        The logarithm of the mean odds, and the log-odds that nine in ten sentences do not exceed
        (the highest of fewer than ten). Writing a document twice over changes neither, so length
        alone cannot move a verdict. Zero for empty documents.

    Examples
    --------
    >>> pool_features(np.array([0.0, 0.0, 2.0]), np.array([2, 1])).tolist()
    [[0.0, 0.0], [2.0, 2.0]]
    """
    features = np.zeros((len(lengths), 2))
    filled = lengths > 0
    if filled.any():
        starts = np.cumsum(lengths) - lengths
        odds = np.exp(np.clip(log_odds, -30, 30))
        features[filled, 0] = np.log(np.add.reduceat(odds, starts[filled]) / lengths[filled])
        ranked = log_odds[np.lexsort((log_odds, np.repeat(starts, lengths)))]
        features[filled, 1] = ranked[(starts + (9 * lengths + 9) // 10 - 1)[filled]]
    return features
