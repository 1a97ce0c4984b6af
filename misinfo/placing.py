"""Rows of tables, each with the place where it stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from . import tables
from .errors import MisinfoError


def numbered(path: str | Path, shown: str) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Read a table row by row.

    Parameters
    ----------
    path : str or Path
        Of the table.
    shown : str
        What it is called.

    Yields
    ------
    place : str
        The line, or of Parquet the number of the row.
    row : dict
        Column to value.
    error : str
        Why the row could not be read; empty where it could.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "x.csv").write_text("text\\n\\nTea\\n")
    ...     list(numbered(Path(folder) / "x.csv", "x.csv"))
    [('x.csv, line 2', {'text': ''}, ''), ('x.csv, line 3', {'text': 'Tea'}, '')]
    """
    first = 1
    for chunk in tables.read(str(path)):
        numbers = chunk.lines or range(first, first + len(chunk.rows))
        first += len(chunk.rows)
        kind = "line" if chunk.lines else "row"
        rows = _stripped(chunk.rows)
        for row, error, number in zip(rows, chunk.errors, numbers, strict=True):
            yield f"{shown}, {kind} {number}", row, error.removeprefix(f"line {number}: ")


def recorded(
    paths: Sequence[str | Path],
) -> tuple[list[tuple[str, dict[str, Any]]], list[str]]:
    """Read the rows of tables.

    Parameters
    ----------
    paths : sequence of str or Path
        Of the tables.

    Returns
    -------
    records : list of tuple
        The place of each row, and its cells.
    problems : list of str
        What could not be read.

    Raises
    ------
    MisinfoError
        When there are no rows.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "x.csv").write_text("text\\nTea\\n")
    ...     recorded([Path(folder) / "x.csv"])
    ([('x.csv, line 2', {'text': 'Tea'})], [])
    """
    records: list[tuple[str, dict[str, Any]]] = []
    problems: list[str] = []
    names = Counter(Path(path).name for path in paths)
    for path in map(Path, paths):
        for place, row, error in numbered(path, path.name if names[path.name] == 1 else str(path)):
            if error:
                problems.append(f"{place}: {error}")
            else:
                records.append((place, row))
    if not records:
        why = f"; {problems[0]}" if problems else ""
        raise MisinfoError(f"no rows in {', '.join(map(str, paths))}{why}")
    return records, problems


def in_each(records: Sequence[tuple[str, dict[str, Any]]], names: Sequence[str]) -> None:
    """Refuse a file of which no row has one of the columns.

    Parameters
    ----------
    records : sequence of tuple
        As `recorded` returns them.
    names : sequence of str
        Of the columns.

    Raises
    ------
    MisinfoError
        With the columns that there are.

    Examples
    --------
    >>> in_each([("x.csv, line 2", {"text": "Tea"})], ["text"])
    """
    there: dict[str, dict[str, Any]] = {}
    for place, row in records:
        there.setdefault(place.rpartition(", ")[0], {}).update(row)
    for file, row in there.items():
        for name in names:
            if name not in row:
                raise MisinfoError(f"{file} has no column {name!r}; there are {', '.join(row)}")


def _stripped(rows: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    """Take white space around the names of columns away, where no two become one."""
    names = {key: key.strip() for row in rows for key in row}
    new = set(names.values())
    if new == names.keys() or len(new) < len(names):
        return rows
    return [{names[key]: value for key, value in row.items()} for row in rows]
