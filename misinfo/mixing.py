"""What the main head is made of: its classes, and how the fitted heads are mixed into them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.linalg import cholesky, inv
from numpy.typing import ArrayLike, NDArray

from .errors import needed

if needed("sklearn"):
    from scipy.optimize import minimize
    from sklearn.linear_model import LogisticRegression

from .codebook import MEASURED_TAGS
from .contrasts import total_and_shares
from .pooling import logistic
from .rows import Row

Floats = NDArray[np.float64]
CLASS = 1000  # rows with a tag that earn it a class of its own
MOST = 20  # reasons that get a class: the engine sums up to 32 columns
DRAWN = 1e-5  # times the mean square by which a mixing moves the scores from where it starts
EXACT = {"maxiter": 1000, "ftol": 1e-12, "gtol": 1e-8}


class Classes(NamedTuple):
    """The classes of the main head.

    Parameters
    ----------
    overstated : list of str
        Tags of overstated wording; just ``overstated`` where they are too few.
    measured : list of str
        Tags of measured wording; none where they are too few: the main head is binary then.
    kind : ndarray of intp, shape (n_rows,)
        The measured class of each row; -1 for overstated rows.
    tags : tuple of str
        All tags that get a head.
    """

    overstated: list[str]
    measured: list[str]
    kind: NDArray[np.intp]
    tags: tuple[str, ...]

    @property
    def n_heads(self) -> int:
        """How many of the fitted heads are mixed into the classes."""
        several = len(self.overstated) > 1
        return 1 + len(self.measured) + (len(self.tags) if several else 0)

    def against(self, rows: NDArray[np.intp]) -> list[NDArray[np.bool_]]:
        """Return for each measured class which of some rows are of it."""
        return [self.kind[rows] == number for number in range(len(self.measured))]

    def start(self) -> Floats:
        """Return a mixing that needs no fitting, shape (n_heads + 1, n_classes)."""
        above, below = len(self.overstated), len(self.measured)
        if not below:
            return np.array([[1.0], [0.0]])
        mixing = np.zeros((self.n_heads + 1, above + below))
        mixing[0, above:] = -0.3
        mixing[1 : 1 + below, above:] = -0.7 * np.eye(below)
        if above > 1:
            for place, tag in enumerate(self.overstated):
                mixing[1 + below + self.tags.index(tag), place] = 0.3
            mixing[-1, :above] = -np.log(above)
        return mixing


def classes(data: Sequence[Row], tags: Sequence[str] = ()) -> Classes:
    """Return the classes that some rows earn.

    Parameters
    ----------
    data : sequence of Row
        All rows. A measured row is of the kind of the first of its tags in the codebook's order.
    tags : sequence of str
        Of overstated wording, that get a head each.

    Returns
    -------
    Classes
        Kinds of measured wording with too few rows go with the most frequent one.

    Examples
    --------
    >>> found = classes([Row("tea", False, ("plain",), "", ""), Row("cure", True, (), "", "")])
    >>> found.overstated, found.measured, found.kind.tolist()
    (['overstated'], [], [0, -1])
    """
    order = {tag: number for number, tag in enumerate(MEASURED_TAGS)}
    other = len(order)
    first = [
        -1 if row.overstated else min([other, *(order[t] for t in row.tags if t in order)])
        for row in data
    ]
    sizes = Counter(number for number in first if number >= 0)
    large = sorted(number for number, size in sizes.items() if size >= CLASS)
    if len(large) < 2:
        kind = np.array([min(number, 0) for number in first], dtype=np.intp)
        return Classes(["overstated"], [], kind, tuple(tags))
    places = {number: place for place, number in enumerate(large)}
    most = places[max(large, key=lambda number: sizes[number])]
    places |= {number: most for number in sizes if number not in places} | {-1: -1}
    reasons = Counter(tag for row in data if row.overstated for tag in row.tags)
    few = [tag for tag, _ in reasons.most_common() if tag in tags][:MOST]
    frequent = [tag for tag in tags if tag in few and reasons[tag] >= CLASS]
    names = [*MEASURED_TAGS, "other"]
    return Classes(
        frequent if len(frequent) > 1 else ["overstated"],
        [names[number] for number in large],
        np.array([places[number] for number in first], dtype=np.intp),
        tuple(tags),
    )


def mixed(heads: Floats, mixing: Floats) -> Floats:
    """Return the scores that a mixing makes of some heads.

    Parameters
    ----------
    heads : ndarray of float64, shape (n_rows, n_heads or more)
        Those beyond the mixing's are not looked at.
    mixing : ndarray of float64, shape (n_heads + 1, n_scores)
        Weights, and in the last row offsets.

    Returns
    -------
    ndarray of float64, shape (n_rows, n_scores)
        Of classes, ``contrasts.total`` makes log-odds.

    Examples
    --------
    >>> mixed(np.array([[2.0, 9.0]]), np.array([[3.0], [1.0]])).tolist()
    [[7.0]]
    """
    return np.asarray(heads[:, : len(mixing) - 1] @ mixing[:-1] + mixing[-1])


def rescaled(parts: Sequence[Floats], others: Sequence[Floats]) -> list[Floats]:
    """Return log-odds of several recipes, fold by fold, with mean and spread of those of one.

    Parameters
    ----------
    parts : sequence of ndarray of float64, shape (n_rows, n_heads)
        Of one recipe for each fold: their scales differ, and rows of all folds are ranked together.
    others : sequence of ndarray of float64, shape (n_rows, n_heads)
        Of the same rows, by one recipe.

    Returns
    -------
    list of ndarray of float64, shape (n_rows, n_heads)
        In the order of `parts`.

    Examples
    --------
    >>> rescaled([np.array([[1.0], [3.0]])], [np.array([[9.0], [5.0]])])[0].ravel().tolist()
    [5.0, 9.0]
    """
    return [
        other.mean(axis=0)
        + (part - part.mean(axis=0)) * (other.std(axis=0) / np.maximum(part.std(axis=0), 1e-9))
        for part, other in zip(parts, others, strict=True)
    ]


def fit_mixing(
    heads: Floats, labels: NDArray[np.bool_], found: Classes, weights: ArrayLike | None = None
) -> Floats:
    """Fit the mixing of heads that gives held-out rows the best probabilities.

    Parameters
    ----------
    heads : ndarray of float64, shape (n_rows, n_heads or more)
        Log-odds, out of fold.
    labels : ndarray of bool, shape (n_rows,)
        Whether each row is overstated.
    found : Classes
        Of the rows.
    weights : array_like of float, shape (n_rows,), optional
        How much each row counts beside the others.

    Returns
    -------
    ndarray of float64, shape (n_heads + 1, n_classes)
        As `mixed` takes it.

    Notes
    -----
    Of one head it is Platt's calibration (1999), of several it is the matrix scaling of Guo et al.
    (2017), with the classes summed over on either side; it minimises the logistic loss, drawn a
    little towards ``Classes.start``.

    Examples
    --------
    >>> data = [Row("tea", n % 2 > 0, (), "", "") for n in range(4)]
    >>> heads, labels = np.array([[-1.0], [1.0], [1.0], [-1.0]]), np.array([0, 1, 0, 1]) > 0
    >>> bool(abs(fit_mixing(heads, labels, classes(data))).max() < 0.01)
    True
    """
    start, above = found.start(), len(found.overstated)
    known = np.column_stack([heads[:, : found.n_heads], np.ones(len(heads))])
    counts = np.ones(len(heads)) if weights is None else np.asarray(weights, dtype=np.float64)
    counts = counts * (len(counts) / counts.sum())
    # heads say much the same: without what they share, few steps lead to the one best mixing, and
    # not to a place near it that the last bits of a machine decide
    moment = (known.T * counts) @ known / len(known)
    apart = inv(cholesky(moment + 1e-9 * np.trace(moment) * np.eye(len(moment)))).T
    even, before = known @ apart, known @ start

    def loss(flat: Floats) -> tuple[float, Floats]:
        away = flat.reshape(start.shape)
        log_odds, share = total_and_shares(before + even @ away, above)
        error = counts * (logistic(log_odds) - labels) / len(labels)
        value = np.mean(counts * np.logaddexp(0, np.where(labels, -log_odds, log_odds)))
        slope = even.T @ (share * error[:, None]) + 2 * DRAWN * away
        return float(value + DRAWN * np.sum(away**2)), slope.ravel()

    best = minimize(loss, np.zeros(start.size), jac=True, method="L-BFGS-B", options=EXACT)
    mixing = np.asarray(start + apart @ best.x.reshape(start.shape))
    if not found.measured:  # one head may be no better than chance, but is never turned round
        mixing[0] = np.maximum(mixing[0], 1e-3)
    return mixing


def fit_tags(
    scores: Floats, tags: NDArray[np.bool_], weights: NDArray[np.float64] | None = None
) -> Floats:
    """Fit the log-odds of each tag on the scores of overstated rows.

    Parameters
    ----------
    scores : ndarray of float64, shape (n_rows, n_scores)
        Out of fold, of overstated rows.
    tags : ndarray of bool, shape (n_rows, n_tags)
        Which tags each row has.
    weights : ndarray of float64, shape (n_rows,), optional
        How much each row counts.

    Returns
    -------
    ndarray of float64, shape (n_scores + 1, n_tags)
        As `mixed` takes it.

    Examples
    --------
    >>> tags = np.array([[True, True], [False, True]])
    >>> fit_tags(np.array([[1.0], [-1.0]]), tags)[:, 1].tolist()
    [0.0, 10.0]
    """
    mixing = np.zeros((scores.shape[1] + 1, tags.shape[1]))
    size = np.maximum(scores.std(axis=0), 1e-9)
    for number, tag in enumerate(tags.T):
        if tag.any() and not tag.all():
            line = LogisticRegression(solver="newton-cholesky").fit(scores / size, tag, weights)
            mixing[:-1, number], mixing[-1, number] = line.coef_[0] / size, line.intercept_[0]
        else:
            mixing[-1, number] = 10.0 if tag.any() else -10.0
    return mixing
