"""From contrasts to log-odds: overstated rather than each kind of measured wording.

A contrast is the log-odds of "overstated" rather than one kind of measured wording (a denial, a
report, a sober fact ...). Wording is overstated only as far as no kind of measured wording explains
it: the odds against it add up. That is a multinomial logistic regression whose one class is
"overstated" and whose others are the kinds; with a single contrast it is an ordinary one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def total(contrasts: Floats) -> Floats:
    """Return the log-odds of overstated rather than measured of whatever kind.

    Parameters
    ----------
    contrasts : ndarray of float64, shape (n, n_contrasts)
        Log-odds of overstated rather than each kind; at least one.

    Returns
    -------
    ndarray of float64, shape (n,)
        ``-log(sum(exp(-contrasts)))``, never above the lowest contrast.

    Examples
    --------
    >>> total(np.array([[2.0], [-3.0]])).tolist()
    [2.0, -3.0]
    >>> float(total(np.array([[0.0, 0.0]]))[0]) == -float(np.log(2))
    True
    """
    if contrasts.shape[1] == 1:
        return contrasts[:, 0]
    lowest = contrasts.min(axis=1)
    return np.asarray(lowest - np.log(np.exp(lowest[:, None] - contrasts).sum(axis=1)))


def shares(contrasts: Floats) -> Floats:
    """Return how likely each kind is, given that a text is measured.

    Parameters
    ----------
    contrasts : ndarray of float64, shape (n, n_contrasts)
        As in `total`.

    Returns
    -------
    ndarray of float64, shape (n, n_contrasts)
        Rows add up to one. They are the derivatives of `total`, so contrasts weighted by them make
        the log-odds, but for the entropy of the shares.

    Examples
    --------
    >>> shares(np.array([[1.0, 1.0]])).tolist()
    [[0.5, 0.5]]
    """
    odds = np.exp(contrasts.min(axis=1)[:, None] - contrasts)
    return np.asarray(odds / odds.sum(axis=1)[:, None])
