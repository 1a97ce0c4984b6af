"""Rows that are several rows in one: sentences of real pages are longer than those of the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .errors import needed

if needed("sklearn"):
    from scipy import sparse
    from scipy.sparse.linalg import norm

from .rows import Row

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

MANY = 50_000  # rows, of which a part is enough here and there
NEIGHBOURS = 3  # rows in a joined one
EVERY = 4  # rows from one joined one to the next
WEIGHT = 0.3  # of a joined row, beside its rows


class Learned(NamedTuple):
    """What heads are fitted on, row by row.

    Parameters
    ----------
    features : scipy.sparse.csr_matrix of float32, shape (n_rows, n_ngrams)
        TF-IDF.
    labels : ndarray of bool, shape (n_rows,)
        Which are overstated.
    against : sequence of ndarray of bool, shape (n_rows,)
        For each measured class, which are of it.
    reasons : ndarray of bool, shape (n_rows, n_tags)
        Why rows are overstated.
    counts : ndarray of float64, shape (n_rows,)
        How much each counts.
    """

    features: Any
    labels: Flags
    against: Sequence[Flags]
    reasons: Flags
    counts: Floats


def n_joined(data: Sequence[Row]) -> int:
    """Return how many joined rows are learned from beside some rows.

    Parameters
    ----------
    data : sequence of Row
        All rows.

    Returns
    -------
    int
        None without whole documents, whose sentences follow each other, and none up to 50,000 rows:
        what few rows show was measured without.

    Examples
    --------
    >>> n_joined([Row("tea", False, (), "a", "", "a")] * 50_001), n_joined([])
    (12500, 0)
    """
    if len(data) <= MANY or not any(row.article for row in data):
        return 0
    return len(_starts(len(data)))


def _starts(rows: int) -> NDArray[np.intp]:
    """Return which of so many rows are the first of a joined one."""
    return np.arange(0, rows - NEIGHBOURS + 1, EVERY)


def with_joined(rows: Learned, data: Sequence[Row]) -> Learned:
    """Add rows that are three neighbours in one, where `n_joined` says so.

    Parameters
    ----------
    rows : Learned
        In the order of the data: sentences of a document, and claims written one after the other,
        are neighbours.
    data : sequence of Row
        All rows, of which these are some.

    Returns
    -------
    Learned
        The same, and after them one joined row for every four: the sum of the features, as long as
        those of the first; overstated where one of the three is, for their reasons; else of the
        class of the first. It weighs 0.3 of what they weigh on average.

    Examples
    --------
    >>> features = sparse.eye(4, format="csr")
    >>> bad = np.array([False, False, True, False])
    >>> data = [Row("tea", False, (), "a", "", "a")] * 50_001
    >>> found = with_joined(Learned(features, bad, [~bad], bad[:, None], np.ones(4)), data)
    >>> found.labels.tolist(), found.features[4].toarray().round(2).tolist()
    ([False, False, True, False, True], [[0.58, 0.58, 0.58, 0.0]])
    """
    if not n_joined(data):
        return rows
    starts = _starts(len(rows.labels))
    parts = [starts + n for n in range(NEIGHBOURS)]
    one = rows.features[starts]
    long = sum((rows.features[part] for part in parts[1:]), one)
    shrunk = norm(one, axis=1) / np.maximum(norm(long, axis=1), 1e-9)
    long.data *= np.repeat(shrunk, np.diff(long.indptr))
    labels = np.any([rows.labels[part] for part in parts], axis=0)
    return Learned(
        sparse.vstack([rows.features, long], format="csr"),
        np.concatenate([rows.labels, labels]),
        [np.concatenate([kind, kind[starts] & ~labels]) for kind in rows.against],
        np.concatenate([rows.reasons, np.any([rows.reasons[part] for part in parts], axis=0)]),
        np.concatenate(
            [rows.counts, WEIGHT * np.mean([rows.counts[part] for part in parts], axis=0)]
        ),
    )
