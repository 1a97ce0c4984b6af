"""From the scores of classes to log-odds: overstated for whatever reason, measured of any kind.

Wording is overstated for a reason (cured, guaranteed, no side effects ...) and measured in a way
(denied, reported, hedged ...). A multinomial logistic regression has a class for each, and the
probability of overstated is that of all reasons together: one strong reason is enough, and one kind
of measured wording that explains the words is enough against it. With one class and a reference it
is an ordinary logistic regression.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .pooling import logistic

Floats = NDArray[np.float64]


def total(scores: Floats, n_overstated: int = 1) -> Floats:
    """Return the log-odds of overstated rather than measured.

    Parameters
    ----------
    scores : ndarray of float64, shape (n, n_classes)
        Unnormalised log-probabilities: first of the overstated classes, then of the measured ones.
    n_overstated : int, default 1
        How many of them are overstated; without any others the measured class has score 0.

    Returns
    -------
    ndarray of float64, shape (n,)
        The logarithm of the sum of their exponentials, less that of the others.

    Examples
    --------
    >>> total(np.array([[2.0], [-3.0]])).tolist()
    [2.0, -3.0]
    >>> total(np.array([[1.0, 1.0, 3.0, 3.0]]), 2).tolist()
    [-2.0]
    """
    return total_and_shares(scores, n_overstated)[0]


def total_and_shares(scores: Floats, n_overstated: int = 1) -> tuple[Floats, Floats]:
    """Return the log-odds, and how much they change with the score of each class.

    Parameters
    ----------
    scores, n_overstated
        As in `total`.

    Returns
    -------
    log_odds : ndarray of float64, shape (n,)
        What `total` returns.
    shares : ndarray of float64, shape (n, n_classes)
        The probability of each overstated class, given that it is one of them; likewise of the
        measured ones, with a minus.

    Examples
    --------
    >>> [part.round(2).tolist() for part in total_and_shares(np.array([[0.0, 1.0, 1.0]]))]
    [[-1.69], [[1.0, -0.5, -0.5]]]
    """
    share = np.array(scores.T, order="C")  # class by class, so that loops run over many texts
    log_odds = _side(share[:n_overstated])
    if len(share) > n_overstated:
        log_odds -= _side(share[n_overstated:])
        np.negative(share[n_overstated:], out=share[n_overstated:])
    return log_odds, share.T


def probabilities(scores: Floats, n_overstated: int = 1) -> tuple[Floats, Floats]:
    """Return the log-odds of overstated rather than measured, and the probability of each class.

    Parameters
    ----------
    scores, n_overstated
        As in `total`.

    Returns
    -------
    log_odds : ndarray of float64, shape (n,)
        What `total` returns.
    classes : ndarray of float64, shape (n, n_classes)
        Those of the overstated classes add up to the probability of overstated.

    Examples
    --------
    >>> [part.tolist() for part in probabilities(np.array([[0.0, 0.0]]))]
    [[0.0], [[0.5, 0.5]]]
    """
    log_odds, classes = total_and_shares(scores, n_overstated)
    overstated = logistic(log_odds)[:, None]
    classes[:, :n_overstated] *= overstated
    classes[:, n_overstated:] *= overstated - 1
    return log_odds, classes


def _side(scores: Floats) -> Floats:
    """Return the logarithm of the sum of exponentials; put the share of each in their place."""
    highest: Floats = scores.max(axis=0)
    if len(scores) == 1:
        scores[:] = 1
        return highest
    scores -= highest
    np.exp(scores, out=scores)
    sums: Floats = scores[0].copy()
    for powers in scores[1:]:  # one by one: the same to the last bit for one text and for many
        sums += powers
    scores /= sums
    return highest + np.log(sums)
