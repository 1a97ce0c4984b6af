"""Which columns a table has, and which of them hold texts and labels."""

from __future__ import annotations

import csv
import difflib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import chain, islice
from typing import Any

from .errors import MisinfoError

TEXTS = ("text", "body", "content", "post", "tweet", "claim", "sentence", "message", "comment")
_FIRST = 1 << 16  # characters in which a table shows itself
LABELS = ("label", "class", "target", "category", "verdict", "y")


def column(
    rows: Sequence[Mapping[str, Any]],
    name: str,
    known: Sequence[str] = (),
    option: str = "--text-column",
) -> None:
    """Check that a table has a column.

    Parameters
    ----------
    rows : sequence of dict
        The first rows.
    name : str
        The column.
    known : sequence of str
        Columns beside those of the rows.
    option : str, default "--text-column"
        That names it on the command line.

    Raises
    ------
    MisinfoError
        With the columns there are, and the one that was probably meant.

    Examples
    --------
    >>> column([{"body": "Tea"}], "body")
    """
    columns = _columns(rows, known)
    if name in columns:
        return
    close = difflib.get_close_matches(str(name), columns, 1)
    if not close and option == "--text-column":
        close = [c for c in TEXTS if c in columns] or [_longest(rows, columns)]
    hint = f"; try {option} {close[0]}" if any(close) else ""
    raise MisinfoError(f"no column {name!r}; there are {', '.join(columns) or 'none'}{hint}")


def text_column(
    rows: Sequence[Mapping[str, Any]], known: Sequence[str] = (), first: str = ""
) -> str:
    """Guess which column of a table holds the text.

    Parameters
    ----------
    rows : sequence of dict
        The first rows.
    known : sequence of str
        Columns beside those of the rows.
    first : str
        That of the first of several tables.

    Returns
    -------
    str
        The first table's where there is one of this name. Else a column with a usual name, else the
        one with the longest texts, one with only single words passed over; where all are, the first
        table's, though there is none; empty when there is no column at all.

    Examples
    --------
    >>> text_column([{"id": "1", "Body": "Tea cures gout."}])
    'Body'
    """
    columns = _columns(rows, known)
    if first in columns:
        return first
    lower = {name.strip().lower(): name for name in columns}
    likely = [*(lower[name] for name in TEXTS if name in lower), _longest(rows, columns)]
    return next((name for name in likely if not _wordless(rows, name)), first or likely[0])


def label_column(rows: Sequence[Mapping[str, Any]]) -> str:
    """Guess which column of a table holds the labels.

    Parameters
    ----------
    rows : sequence of dict
        Of the table.

    Returns
    -------
    str
        The one with the first of the usual names.

    Raises
    ------
    MisinfoError
        When none has a usual name.

    Examples
    --------
    >>> label_column([{"Text": "Tea", "Label": "fake"}])
    'Label'
    """
    names = list(dict.fromkeys(key for row in rows[:1000] for key in row))
    lower = {name.lower(): name for name in names}
    for name in LABELS:
        if name in lower:
            return lower[name]
    raise MisinfoError(
        f"no column is named like a label; there are {', '.join(names) or 'none'}: name it with "
        "--label-column"
    )


def tabular(text: str) -> str:
    """Say which kind of table a text seems to be.

    Parameters
    ----------
    text : str
        Any.

    Returns
    -------
    str
        "jsonl" where its first lines are objects of JSON, "csv" or "tsv" where its first line names
        columns, one of them as texts are named, and the rows below have as many; else empty.

    Examples
    --------
    >>> tabular("id,Text\\n1,Tea cures gout."), tabular('{"id": 1}'), tabular("Text, comment, tea")
    ('csv', 'jsonl', '')
    """
    lines = text[:_FIRST].lstrip().splitlines(keepends=True)
    with suppress(ValueError, RecursionError):
        said = islice((line for line in lines if not line.isspace()), 2)
        if lines and all(isinstance(json.loads(line), dict) for line in said):
            return "jsonl"
    for delimiter in ",;\t|":
        with suppress(csv.Error, ValueError):
            head, *rows = islice(filter(None, csv.reader(lines, delimiter=delimiter)), 4)
            named = any(name.strip().lower() in TEXTS for name in head)
            if named and rows and {len(head)} == set(map(len, rows)) != {1}:
                return "tsv" if delimiter == "\t" else "csv"
    return ""


def _columns(rows: Sequence[Mapping[str, Any]], known: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(chain(known, chain.from_iterable(rows))))


def _wordless(rows: Sequence[Mapping[str, Any]], name: str) -> bool:
    """Say whether there are values, such as addresses or numbers, and none of several words."""
    return {len(str(row.get(name) or "").split()[:2]) for row in rows[:200]} - {0} == {1}


def _longest(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    def length(name: str) -> tuple[int, int]:  # an address is longer than many a text
        values = [v for row in rows[:200] if isinstance(v := row.get(name), str)]
        return sum(len(v) for v in values if len(v.split()) > 1), sum(map(len, values))

    return max(columns, key=length, default="")
