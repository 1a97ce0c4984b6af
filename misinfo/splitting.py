"""Rows to learn from and to judge, fold by fold: a group is never on both sides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .errors import MisinfoError, needed

if needed("sklearn"):
    from sklearn.model_selection import GroupKFold

from .rows import Row

FOLDS = 5
GROUPS = 2 * FOLDS  # of either label, from which on something is learned and measured
LOPSIDED = 2  # times the rows of the smallest fold; above that the largest spoils what is measured


def folds(
    data: Sequence[Row], n: int = FOLDS, seed: int = 0
) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Return numbers of rows to learn from and to judge, fold by fold; groups stay together.

    Parameters
    ----------
    data : sequence of Row
        All rows.
    n : int
        How many folds.
    seed : int
        Of the shuffled groups.

    Returns
    -------
    list of tuple of ndarray of int
        Of as many groups in each fold; where such folds differ much in size, of as many rows of
        either label as the groups allow.

    Raises
    ------
    MisinfoError
        When there are fewer groups than folds.

    Examples
    --------
    >>> rows = [Row("tea", i % 2 > 0, (), str(i // 4 if i < 40 else i), "") for i in range(80)]
    >>> sizes = [len(judge) for _, judge in folds(rows)]
    >>> sum(sizes), max(sizes) <= 2 * min(sizes)
    (80, True)
    """
    groups = [row.group for row in data]
    if (found := len(set(groups))) < n:
        raise MisinfoError(
            f"rows of {found} groups cannot be split into {n} folds: label more of them, or do "
            "without cross-validation and learning curve"
        )
    even = list(GroupKFold(n, shuffle=True, random_state=seed).split(groups, groups=groups))
    sizes = [len(judge) for _, judge in even]
    if max(sizes) <= LOPSIDED * min(sizes):
        return even
    fold = _dealt(data, n)
    return [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(n)]


def _dealt(data: Sequence[Row], n: int) -> NDArray[np.intp]:
    """Return the fold of each row: large groups first, each to where its labels are rarest.

    StratifiedGroupKFold puts groups of one label first: a large one of both comes last, on top.
    """
    names, group = np.unique([row.group for row in data], return_inverse=True)
    labels = np.array([row.overstated for row in data])
    sizes = np.column_stack(
        [np.bincount(group[labels == side], None, len(names)) for side in (0, 1)]
    )
    shares = sizes / np.maximum(sizes.sum(axis=0), 1)
    fold, filled = np.empty(len(names), dtype=np.intp), np.zeros((n, 2))
    for number in np.argsort(-sizes.sum(axis=1), kind="stable"):
        fold[number] = np.lexsort([filled.sum(axis=1), filled @ shares[number]])[0]
        filled[fold[number]] += shares[number]
    return fold[group]
