"""What the main head is made of: its contrasts, and how the fitted heads are mixed into them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from .claims import MEASURED_TAGS
from .contrasts import shares, total
from .pooling import logistic
from .rows import Row

Floats = NDArray[np.float64]
DRAWN = 1e-5  # how strongly a mixing is drawn to where it starts
KIND = 1000  # rows of a kind of measured wording that earn it a contrast of its own


def kinds(data: Sequence[Row]) -> tuple[list[str], NDArray[np.intp]]:
    """Return the kinds of measured wording that get a contrast, and the kind of each row.

    Parameters
    ----------
    data : sequence of Row
        All rows. A measured row is of the kind of the first of its tags in the codebook's order.

    Returns
    -------
    names : list of str
        Kinds with too few rows go with the most frequent one. Just ``measured`` where the tags tell
        fewer than two.
    kind : ndarray of intp, shape (n_rows,)
        Their numbers; -1 for overstated rows.

    Examples
    --------
    >>> kinds([Row("tea", False, ("plain",), "", ""), Row("cure", True, ("cure",), "", "")])
    (['measured'], array([ 0, -1]))
    """
    order = {tag: number for number, tag in enumerate(MEASURED_TAGS)}
    first = [
        -1
        if row.overstated
        else min((order[t] for t in row.tags if t in order), default=len(order))
        for row in data
    ]
    sizes = Counter(number for number in first if number >= 0)
    large = sorted(number for number, size in sizes.items() if size >= KIND)
    if len(large) < 2:
        return ["measured"], np.array([min(number, 0) for number in first], dtype=np.intp)
    names = [*MEASURED_TAGS, "other"]
    places = {number: place for place, number in enumerate(large)}
    most = places[max(large, key=lambda number: sizes[number])]
    places |= {number: most for number in sizes if number not in places} | {-1: -1}
    return [names[number] for number in large], np.array([places[n] for n in first], dtype=np.intp)


def main_heads(data: Sequence[Row]) -> int:
    """Return how many heads are fitted for the main one."""
    names, _ = kinds(data)
    return 1 if len(names) == 1 else 1 + len(names)


def blend(n_heads: int) -> Floats:
    """Return a mixing of the main heads that needs no fitting.

    Parameters
    ----------
    n_heads : int
        One (nothing to mix), or one for all measured rows and one for each kind.

    Returns
    -------
    ndarray of float64, shape (n_heads + 1, n_contrasts)
        As `mixed` takes it.

    Examples
    --------
    >>> blend(1).tolist()
    [[1.0], [0.0]]
    """
    if n_heads == 1:
        return np.array([[1.0], [0.0]])
    n = n_heads - 1
    return np.vstack([np.full((1, n), 0.3), 0.7 * np.eye(n), np.zeros((1, n))])


def mixed(heads: Floats, mixing: Floats) -> Floats:
    """Return the contrasts that a mixing makes of the main heads.

    Parameters
    ----------
    heads : ndarray of float64, shape (n_rows, n_heads)
        Main heads alone.
    mixing : ndarray of float64, shape (n_heads + 1, n_contrasts)
        Weights, and in the last row offsets.

    Returns
    -------
    ndarray of float64, shape (n_rows, n_contrasts)
        ``contrasts.total`` makes log-odds of them.

    Examples
    --------
    >>> mixed(np.array([[2.0]]), blend(1)).tolist()
    [[2.0]]
    """
    return np.asarray(heads @ mixing[:-1] + mixing[-1])


def fit_mixing(heads: Floats, labels: NDArray[np.bool_]) -> Floats:
    """Fit the mixing of the main heads that gives held-out rows the best probabilities.

    Parameters
    ----------
    heads : ndarray of float64, shape (n_rows, n_heads)
        Main heads, out of fold.
    labels : ndarray of bool, shape (n_rows,)
        Whether each row is overstated.

    Returns
    -------
    ndarray of float64, shape (n_heads + 1, n_contrasts)
        As `mixed` takes it.

    Notes
    -----
    Of one head it is Platt's calibration (1999), of several it is the matrix scaling of Guo et al.
    (2017), with the kinds of measured wording summed over; it minimises the logistic loss, drawn a
    little towards `blend`, where it starts.

    Examples
    --------
    >>> mixing = fit_mixing(np.array([[-1.0], [1.0], [1.0], [-1.0]]), np.array([0, 1, 0, 1]) > 0)
    >>> bool(abs(mixing).max() < 1e-3)
    True
    """
    start = blend(heads.shape[1])
    known = np.column_stack([heads, np.ones(len(heads))])

    def loss(flat: Floats) -> tuple[float, Floats]:
        mixing = flat.reshape(start.shape)
        found = known @ mixing
        log_odds, away = total(found), mixing - start
        error = (logistic(log_odds) - labels) / len(labels)
        value = np.mean(np.logaddexp(0, np.where(labels, -log_odds, log_odds)))
        slope = known.T @ (shares(found) * error[:, None]) + 2 * DRAWN * away
        return float(value + DRAWN * np.sum(away**2)), slope.ravel()

    best = minimize(loss, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 200})
    mixing = np.asarray(best.x).reshape(start.shape)
    if len(mixing) == 2:  # one head may be no better than chance, but is never turned round
        mixing[0] = np.maximum(mixing[0], 1e-3)
    return mixing
