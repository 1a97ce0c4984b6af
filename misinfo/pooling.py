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


def pool(
    log_odds: Floats, classes: Floats, lengths: NDArray[np.int64], pooling: Mapping[str, Any]
) -> Floats:
    """Return the probability of each document.

    Parameters
    ----------
    log_odds, classes, lengths
        As in `gathered`.
    pooling : mapping
        ``weights`` of the first features that `gathered` returns, and ``intercept``; they make the
        log-odds.

    Returns
    -------
    ndarray of float64, shape (n_documents,)
        No document is likelier overstated than its likeliest sentence; 0 for one without any.

    Examples
    --------
    >>> how = {"weights": [1.0], "intercept": 3.0}
    >>> pool(np.array([0.0]), np.array([[0.5]]), np.array([1, 0]), how).tolist()
    [0.5, 0.0]
    """
    score = np.full(len(lengths), float(pooling["intercept"]))
    # column by column: the same to the last bit for one document and for many
    evidence = gathered(log_odds, classes, lengths)
    for column, weight in zip(evidence.T, pooling["weights"], strict=False):
        score += weight * column
    score = np.minimum(score, highest(log_odds, lengths))
    return np.where(lengths > 0, logistic(score), 0.0)


def highest(log_odds: Floats, lengths: NDArray[np.int64]) -> Floats:
    """Return the highest log-odds of each document's sentences.

    Parameters
    ----------
    log_odds : ndarray of float64, shape (n_sentences,)
        The sentences of all documents, one document after the other.
    lengths : ndarray of int64, shape (n_documents,)
        How many sentences each document has.

    Returns
    -------
    ndarray of float64, shape (n_documents,)
        Zero for empty documents.

    Examples
    --------
    >>> highest(np.array([0.0, 1.0, 2.0]), np.array([2, 1])).tolist()
    [1.0, 2.0]
    """
    return per_document(np.maximum, log_odds, lengths)


def gathered(log_odds: Floats, classes: Floats, lengths: NDArray[np.int64]) -> Floats:
    """Return what the sentences of each document say together.

    Parameters
    ----------
    log_odds : ndarray of float64, shape (n_sentences,)
        The sentences of all documents, one document after the other.
    classes : ndarray of float64, shape (n_sentences, n_classes)
        The probability of each class.
    lengths : ndarray of int64, shape (n_documents,)
        How many sentences each document has.

    Returns
    -------
    ndarray of float64, shape (n_documents, 1 + n_classes) or (n_documents, 1)
        `mean_log_odds`, and where there are several classes the mean probability of each: text that
        hedges, warns and denies weighs against what one of its sentences seems to promise. Writing
        a document twice over changes nothing, so length alone cannot move a verdict.

    Examples
    --------
    >>> gathered(np.array([0.0, 0.0]), np.array([[0.2, 0.8], [0.4, 0.6]]), np.array([2])).round(2)
    array([[0. , 0.3, 0.7]])
    """
    means = mean_log_odds(log_odds, lengths)[:, None]
    if classes.shape[1] == 1:
        return means
    sums = per_document(np.add, classes, lengths)
    return np.hstack([means, sums / np.maximum(lengths, 1)[:, None]])


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
        Zero for empty documents.

    Notes
    -----
    It is the generalised mean with exponent 1/2 (Hardy, Littlewood, Polya 1934): between the
    arithmetic mean, which one sure sentence decides, and the geometric mean, in which it drowns.

    Examples
    --------
    >>> mean_log_odds(np.array([0.0, 0.0, 2.0]), np.array([2, 1])).tolist()
    [0.0, 2.0]
    """
    roots = np.exp(np.clip(log_odds, -60, 60) / 2)
    means = per_document(np.add, roots, lengths) / np.maximum(lengths, 1)
    return 2 * np.log(means, out=means, where=lengths > 0)


def per_document(ufunc: np.ufunc, values: NDArray[Any], lengths: NDArray[np.int64]) -> Floats:
    """Reduce the values of each document's sentences.

    Parameters
    ----------
    ufunc : numpy.ufunc
        Such as ``np.add``.
    values : ndarray, shape (n_sentences, ...)
        The sentences of all documents, one document after the other.
    lengths : ndarray of int64, shape (n_documents,)
        How many sentences each document has.

    Returns
    -------
    ndarray of float64, shape (n_documents, ...)
        0 for a document without sentences.

    Examples
    --------
    >>> per_document(np.add, np.array([1, 2, 3]), np.array([2, 0, 1])).tolist()
    [3.0, 0.0, 3.0]
    """
    found, filled = np.zeros((len(lengths), *values.shape[1:])), lengths > 0
    if filled.any():
        starts = np.cumsum(lengths) - lengths
        found[filled] = ufunc.reduceat(values, starts[filled])
    return found
