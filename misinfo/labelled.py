"""Labelled data of any shape: our own claims and articles, or any table of texts and labels."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import tables
from .claims import OVERSTATED_TAGS, Article, Claim, read_articles, read_claims
from .errors import DataError, MisinfoError
from .rows import Row, from_claims

LABEL_COLUMNS = ("label", "class", "target", "category", "verdict", "y")
POSITIVE = ("overstated", "1", "true", "yes", "fake", "misinfo", "misinformation", "unreliable")
DOCUMENT = 40  # words on average from which a row is taken for a document


@dataclass(frozen=True)
class Labelled:
    """Rows to learn from or to measure on.

    Parameters
    ----------
    rows : list of Row
        Texts with their labels and groups; `tags` holds a row's own label or tags.
    tags : tuple of str
        The names of the heads beside the main one.
    unit : str
        What one row is: ``sentence`` or ``document``.
    columns : list of dict
        The other columns of each row, for slices.
    weights : list of float
        How much each row counts.
    notes : list of str
        What was found and guessed, for people to check.
    problems : list of str
        Rows that could not be used, each with its place.
    meaning : str
        What the labels call overstated.
    """

    rows: list[Row]
    tags: tuple[str, ...]
    unit: str
    columns: list[dict[str, Any]]
    weights: list[float]
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    meaning: str = "overstated by the codebook"


def read_labelled(
    paths: Sequence[str | Path],
    *,
    text_column: str | None = None,
    label_column: str | None = None,
    positive: Sequence[str] = (),
    group_column: str | None = None,
    tags_column: str | None = None,
    weight_column: str | None = None,
    unit: str | None = None,
) -> Labelled:
    """Read labelled files: our own schema where it fits, else any table.

    Parameters
    ----------
    paths : sequence of str or Path
        CSV, TSV, JSON lines or Parquet; also ``.gz`` and ``.zst``.
    text_column, label_column : str, optional
        Guessed by name when they are not given.
    positive : sequence of str
        Labels that count as overstated. With several of them, each gets a head of its own.
    group_column : str, optional
        Rows with the same value are never on both sides of a split.
    tags_column : str, optional
        Kinds of the positive rows, separated by ``|`` or commas.
    weight_column : str, optional
        How much a row counts; 1 by default.
    unit : str, optional
        ``sentence`` or ``document``; guessed from the mean length when it is not given.

    Returns
    -------
    Labelled
        With notes on what was guessed, and the rows that could not be used.

    Raises
    ------
    MisinfoError
        When there is no such column, or when the positive label cannot be guessed.
    DataError
        When a file of our own schema breaks it.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "mine.csv"
    ...     _ = file.write_text("tweet,label\\nTea cures gout,fake\\nOpen daily,real\\n")
    ...     found = read_labelled([file])
    >>> [row.overstated for row in found.rows], found.unit
    ([True, False], 'sentence')
    """
    own = read_own(paths) if text_column is None and label_column is None and not positive else None
    if own is not None:
        return own
    records: list[tuple[str, dict[str, Any]]] = []
    problems: list[str] = []
    for path in map(str, paths):
        first = 1  # number of a row; in text files the line says more
        for chunk in tables.read(path):
            numbers = chunk.lines or range(first, first + len(chunk.rows))
            first += len(chunk.rows)
            kind = "line" if chunk.lines else "row"
            for row, error, number in zip(chunk.rows, chunk.errors, numbers, strict=True):
                place = f"{Path(path).name}, {kind} {number}"
                if error:
                    problems.append(f"{place}: {error.removeprefix(f'line {number}: ')}")
                else:
                    records.append((place, row))
    found = [row for _, row in records]
    text = text_column or tables.text_column(found)
    tables.column(found, text)
    label = label_column or _label_column(found)
    tables.column(found, label)
    for name in (group_column, tags_column, weight_column):
        if name:
            tables.column(found, name)
    counts = Counter(str(row[label]) for row in found if row.get(label) not in (None, ""))
    chosen = _positive(counts, positive)
    notes = [
        f"texts in column {text!r}, labels in column {label!r}: "
        + ", ".join(f"{name} ({count:,})" for name, count in counts.most_common()),
        f"overstated means {' or '.join(chosen)}",
    ]
    kinds = tuple(chosen) if len(chosen) > 1 else ()
    rows, columns, weights = [], [], []
    for place, row in records:
        value, name = row.get(text), row.get(label)
        weight = _weight(row.get(weight_column)) if weight_column else 1.0
        if not isinstance(value, str) or not value.strip():
            problems.append(f"{place}: no text in column {text!r}")
        elif name in (None, ""):
            problems.append(f"{place}: no label in column {label!r}")
        elif weight is None:
            problems.append(f"{place}: {row.get(weight_column or '')!r} is not a weight")
        else:
            bad = str(name) in chosen
            tags = _tags(row.get(tags_column)) if tags_column else (str(name),) * bool(kinds)
            group = str(row[group_column]) if group_column else place
            rows.append(Row(value, bad, tags if bad else (), group, "", id=place))
            columns.append(row)
            weights.append(weight)
    if tags_column:
        kinds = tuple(sorted({tag for row in rows for tag in row.tags}))
    mean = sum(len(row.text.split()) for row in rows) / max(1, len(rows))
    if unit is None:
        unit = "document" if mean > DOCUMENT else "sentence"
        notes.append(f"a row is one {unit} ({mean:.0f} words on average): change it with --unit")
    others = [name for name in counts if name not in chosen]
    meaning = f"{' or '.join(chosen)}, not {' or '.join(others)}"
    return Labelled(rows, kinds, unit, columns, weights, notes, problems, meaning)


def read_own(paths: Sequence[str | Path]) -> Labelled | None:
    """Read claims and articles by the codebook.

    Parameters
    ----------
    paths : sequence of str or Path
        CSV files of claims, JSON lines of articles.

    Returns
    -------
    Labelled or None
        None when one of them is something else.

    Raises
    ------
    DataError
        With every problem of every file.
    ReadError
        When a file cannot be read.

    Examples
    --------
    >>> read_own(["nowhere.txt"]) is None
    True
    """
    claims: list[Claim] = []
    articles: list[Article] = []
    problems: list[str] = []
    for path in map(Path, paths):
        try:
            if path.suffix == ".csv" and _header(path) >= {"id", "text", "label", "tags", "pair"}:
                claims += read_claims(path)
            elif path.suffix == ".jsonl" and _header(path) >= {"sentences", "text", "label"}:
                articles += read_articles(path)
            else:
                return None
        except DataError as error:
            problems += error.problems
    if problems:
        raise DataError(problems)
    rows = from_claims(claims, articles)
    columns = [
        {
            "register": row.register,
            "genre": row.genre,
            "kind": "article" if row.article else "claim",
        }
        for row in rows
    ]
    notes = [f"{len(claims):,} claims and {len(articles):,} articles by the codebook"]
    return Labelled(rows, tuple(OVERSTATED_TAGS), "sentence", columns, [1.0] * len(rows), notes)


def _header(path: Path) -> set[str]:
    try:
        with path.open(encoding="utf-8") as file:
            line = file.readline()
        return set(json.loads(line)) if path.suffix == ".jsonl" else set(line.strip().split(","))
    except (OSError, ValueError):
        return set()


def _label_column(rows: Sequence[dict[str, Any]]) -> str:
    names = list(dict.fromkeys(key for row in rows[:1000] for key in row))
    lower = {name.lower(): name for name in names}
    for name in LABEL_COLUMNS:
        if name in lower:
            return lower[name]
    raise MisinfoError(
        f"no column is named like a label; there are {', '.join(names) or 'none'}: name it with "
        "--label-column"
    )


def _positive(counts: Counter[str], positive: Sequence[str]) -> list[str]:
    if missing := [name for name in positive if name not in counts]:
        raise MisinfoError(
            f"no row has the label {', '.join(missing)}; there are {', '.join(counts)}"
        )
    chosen = list(positive) or [name for name in counts if name.lower() in POSITIVE]
    if not chosen or (not positive and len(chosen) > 1):
        raise MisinfoError(
            f"which labels mean overstated? There are {', '.join(counts)}: say with --positive"
        )
    if set(chosen) == set(counts):
        raise MisinfoError(f"all rows are {' or '.join(chosen)}: two classes are needed")
    return chosen


def _tags(value: Any) -> tuple[str, ...]:
    return tuple(
        tag.strip() for tag in str(value or "").replace("|", ",").split(",") if tag.strip()
    )


def _weight(value: Any) -> float | None:
    try:
        weight = float(value)
    except (TypeError, ValueError):
        return None
    return weight if weight >= 0 else None
