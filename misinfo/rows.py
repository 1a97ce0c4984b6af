"""One shape for everything that is learned from and measured on: labelled rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from . import tables
from .claims import Article, Claim
from .errors import MisinfoError
from .text import sentences

DOCUMENT = 40  # words on average from which a row is taken for a document
SEVERAL = 0.2  # of the rows hold several sentences, above which a row is taken for a document
SAMPLE = 500  # rows that are split into sentences to see what rows are
HEADING = 5  # words; shorter rows are headings and stock phrases, which may recur


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled sentence for training, wherever it comes from.

    Parameters
    ----------
    text : str
        The sentence.
    overstated : bool
        The label.
    tags : tuple of str
        Why.
    group : str
        Rows of one group never stand on both sides of a split: a pair, or a document.
    genre : str
        What is left out in leave-one-genre-out validation.
    article : str
        Id of the article that it stands in; empty for a claim.
    id : str
        Of the claim, or of article and sentence.
    pair, topic, remedy, register : str
        As in the claim; empty in articles.
    part : str
        The file, and of a table with a column ``split`` what that says: a text stands in one only.
    label : str
        Which of several labels that mean overstated, where each has a head; else empty.
    """

    text: str
    overstated: bool
    tags: tuple[str, ...]
    group: str
    genre: str
    article: str = ""
    id: str = ""
    pair: str = ""
    topic: str = ""
    remedy: str = ""
    register: str = ""
    part: str = ""
    label: str = ""


def from_claims(claims: Iterable[Claim], articles: Iterable[Article], part: str = "") -> list[Row]:
    """Return claims and the sentences of articles as rows for training.

    Parameters
    ----------
    claims : iterable of Claim
        Grouped by pair.
    articles : iterable of Article
        Each sentence becomes one row, grouped by the document's pair or the document.
    part : str
        The file that they stand in.

    Returns
    -------
    list of Row
        Claims first.

    Examples
    --------
    >>> claim = Claim("A1", "Tea cures gout.", "overstated", ("cure",), pair="P1")
    >>> from_claims([claim], [])[0].group
    'claim P1'
    """
    found = [
        Row(
            c.text,
            c.label == "overstated",
            c.tags,
            f"claim {c.pair or c.id}",
            c.genre,
            id=c.id,
            pair=c.pair,
            topic=c.topic,
            remedy=c.remedy,
            register=c.register,
            part=part,
        )
        for c in claims
    ]
    for a in articles:
        group, genre = f"article {a.pair or a.id}", f"{a.label} documents"
        found += [
            Row(
                s.text,
                s.label == "overstated",
                s.tags,
                group,
                genre,
                a.id,
                f"{a.id}#{number}",
                part=part,
            )
            for number, s in enumerate(a.sentences, 1)
        ]
    return found


def normal(text: str) -> str:
    """Return a text in lower case, with single spaces: as rows of one group are told.

    Parameters
    ----------
    text : str
        Of a row.

    Returns
    -------
    str
        The same for what differs in case and spaces alone.

    Examples
    --------
    >>> normal(" Tea  CURES ")
    'tea cures'
    """
    return " ".join(text.casefold().split())


def regrouped(rows: Sequence[Row]) -> tuple[list[Row], int]:
    """Return rows of which groups that share a text are one, whatever its case and spaces.

    Parameters
    ----------
    rows : sequence of Row
        With groups.

    Returns
    -------
    rows : list of Row
        In order.
    n : int
        How many groups there are less.

    Examples
    --------
    >>> ann, bob = (Row("Our tea cures gout overnight", True, (), who, "") for who in ("a", "b"))
    >>> rows, n = regrouped([ann, bob])
    >>> [row.group for row in rows], n
    (['a', 'a'], 1)
    """
    groups = [row.group for row in rows]
    one = _joined(groups, [normal(row.text) for row in rows])
    found = [
        row if row.group == group else replace(row, group=group)
        for row, group in zip(rows, one, strict=True)
    ]
    return found, len(set(groups)) - len(set(one))


def several(rows: Sequence[Row]) -> float:
    """Return which share of rows hold several sentences, as scoring tells them apart.

    Parameters
    ----------
    rows : sequence of Row
        All of them; of many a sample is looked at.

    Returns
    -------
    float
        From 0 to 1.

    Examples
    --------
    >>> several([Row(text, True, (), "", "") for text in ("Tea cures gout.", "Tea? It cures.")])
    0.5
    """
    sample = rows[:: -(-len(rows) // SAMPLE)]
    return sum(len(sentences(row.text)) > 1 for row in sample) / len(sample)


def unit_of(rows: Sequence[Row], unit: str | None, codebook: bool) -> tuple[str, list[str]]:
    """Return what a row is, as it was said or guessed, and what is to be told of it.

    Parameters
    ----------
    rows : sequence of Row
        All of them.
    unit : {"sentence", "document"}, optional
        What was said.
    codebook : bool
        Whether they are claims by the codebook, which says what one claim is.

    Returns
    -------
    unit : {"sentence", "document"}
        Documents are rows of many words, or of which many hold several sentences.
    notes : list of str
        For people to check.

    Examples
    --------
    >>> unit_of([Row("Tea cures gout.", True, (), "", "")], None, False)
    ('sentence', ['a row is one sentence (3 words on average): change it with --unit'])
    """
    share = 0.0 if codebook else several(rows)
    many = f"{share:.0%} of the rows hold several sentences"
    if unit is None:
        mean = sum(len(row.text.split()) for row in rows) / len(rows)
        unit = "document" if mean > DOCUMENT or share > SEVERAL else "sentence"
        why = f"{mean:.0f} words on average" + f", {many}" * (share > SEVERAL)
        return unit, [f"a row is one {unit} ({why}): change it with --unit"]
    if unit == "sentence" and share > SEVERAL:
        meant = "`misinfo score` pools such texts, for which --unit document is meant"
        return unit, [f"{many}: {meant}"]
    return unit, []


def _joined(groups: Sequence[str], texts: Sequence[str]) -> list[str]:
    """Return groups of which those that share a text are one; headings join nothing."""
    above: dict[str, str] = {}

    def top(name: str) -> str:
        while (parent := above.setdefault(name, name)) != name:
            above[name] = above[parent]
            name = parent
        return name

    first: dict[str, str] = {}
    for group, text in zip(groups, texts, strict=True):
        if len(text.split()) >= HEADING:
            above[top(group)] = top(first.setdefault(text, group))
    return [top(group) for group in groups]


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
