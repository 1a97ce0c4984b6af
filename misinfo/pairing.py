"""What the codebook has a column for, found in any table: pairs, topics, remedies, registers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .labels import label

NAMES = ("pair", "topic", "remedy", "register")


def columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return which columns are named like those of the codebook.

    Parameters
    ----------
    rows : sequence of dict
        Of a table.

    Returns
    -------
    dict of str to str
        ``pair``, ``topic``, ``remedy``, ``register`` and ``split`` to the column of that name, in
        any case, where there is one.

    Examples
    --------
    >>> columns([{"Text": "Tea", "Topic": "gout"}])
    {'topic': 'Topic'}
    """
    lower: dict[str, str] = {}
    for name in dict.fromkeys(key for row in rows for key in row):
        lower.setdefault(name.lower(), name)
    return {name: lower[name] for name in (*NAMES, "split") if name in lower}


def paired(rows: Sequence[Mapping[str, Any]], column: str, bad: Sequence[bool]) -> bool:
    """Return whether most values of a column stand in two rows, one of each label.

    Parameters
    ----------
    rows : sequence of dict
        Of a table.
    column : str
        Where the pairs may be.
    bad : sequence of bool
        Which rows are overstated.

    Returns
    -------
    bool
        Whether these are pairs as the codebook has them.

    Examples
    --------
    >>> paired([{"pair": "1"}, {"pair": "1"}], "pair", [True, False])
    True
    """
    found: dict[str, list[bool]] = {}
    for row, side in zip(rows, bad, strict=True):
        if name := label(row.get(column)):
            found.setdefault(name, []).append(side)
    twins = sum(sorted(sides) == [False, True] for sides in found.values())
    return 2 * twins > len(found)
