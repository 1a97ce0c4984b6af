"""What is wrong with claims and articles, file by file and across files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar


class Paired(Protocol):
    """A claim or an article: what has an id and a label, and may have a pair."""

    @property
    def id(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def pair(self) -> str: ...


_WANTED = "not one overstated and one measured"
Kind = TypeVar("Kind", bound=Paired, covariant=True)


@dataclass(frozen=True)
class Checked(Generic[Kind]):
    """A file of the codebook, with what is wrong with its rows one by one.

    Parameters
    ----------
    file : str
        Its name.
    rows : sequence of tuple
        The line of each claim or article, and itself.
    faults : sequence of tuple
        Lines, and what is wrong with them.
    """

    file: str
    rows: Sequence[tuple[int, Kind]]
    faults: Sequence[tuple[int, str]]

    @property
    def places(self) -> set[int]:
        """Return the lines with which nothing is wrong."""
        return {line for line, _ in self.rows} - {line for line, _ in self.faults}

    @property
    def sound(self) -> list[Kind]:
        """Return the claims or articles on these lines."""
        places = self.places
        return [row for line, row in self.rows if line in places]


def repeated(rows: Sequence[tuple[int, Paired]]) -> list[tuple[int, str]]:
    """Return lines whose id is empty, or that of another, and what is wrong with them.

    Parameters
    ----------
    rows : sequence of tuple
        Of one file, each with its line.

    Returns
    -------
    list of tuple
        Lines and faults.

    Examples
    --------
    >>> repeated([])
    []
    """
    counts = Counter(row.id for _, row in rows)
    return [
        (line, f"{'repeated' if row.id else 'empty'} id {row.id!r}")
        for line, row in rows
        if counts[row.id] > 1 or not row.id
    ]


def problems_of(files: Sequence[Checked[Paired]]) -> list[str]:
    """Return every problem of files that are read together, each with its place.

    Parameters
    ----------
    files : sequence of Checked
        A claim may have its twin in another of them.

    Returns
    -------
    list of str
        File by file: of lines first, then of pairs.

    Examples
    --------
    >>> problems_of([Checked("mine.csv", [], [(2, "empty text")])])
    ['mine.csv:2: empty text']
    """
    unpaired = _unpaired(files)
    return [
        f"{one.file}:{line}: {what}"
        for number, one in enumerate(files)
        for line, what in (*one.faults, *unpaired[number])
    ]


def _unpaired(files: Sequence[Checked[Paired]]) -> list[list[tuple[int, str]]]:
    """Return of each file the pairs that neither it nor the other files make whole."""
    broken: dict[tuple[str, str], list[str]] = {}
    found = [list(_torn(one.rows)) for one in files]
    for torn in found:
        for _, kind, pair, labels in torn:
            broken.setdefault((kind, pair), []).extend(labels)
    return [
        [
            (line, f"pair {pair!r} is {' and '.join(labels)}, {_WANTED} {kind}")
            for line, kind, pair, labels in torn
            if not _whole(broken[kind, pair])
        ]
        for torn in found
    ]


def _torn(rows: Sequence[tuple[int, Paired]]) -> Iterator[tuple[int, str, str, list[str]]]:
    """Return pairs of a file that are not whole: first line, kind, name and labels."""
    members: dict[str, list[tuple[int, Paired]]] = {}
    for line, row in rows:
        if row.pair:
            members.setdefault(row.pair, []).append((line, row))
    for pair, both in members.items():
        kind, labels = type(both[0][1]).__name__.lower(), [row.label for _, row in both]
        alone = len(both) == 1 and kind == "article"  # a part of the articles is a corpus too
        if not alone and not _whole(labels):
            yield both[0][0], kind, pair, labels


def _whole(labels: Sequence[str]) -> bool:
    return sorted(labels) == ["measured", "overstated"]


def misplaced(plain: Any, names: Sequence[str]) -> Iterator[str]:
    """Say what of an article of JSON is missing, or is something else.

    Parameters
    ----------
    plain : object
        As it was read.
    names : sequence of str
        The keys of strings.

    Yields
    ------
    str
        What is wrong.

    Examples
    --------
    >>> list(misplaced({"id": "A", "sentences": {}}, ["id"]))
    ["'sentences' is no list: {}"]
    """
    yield from _unfit(plain, names, "sentences")
    if not isinstance(plain, dict):
        return
    if not isinstance(plain.get("pair") or "", str):
        yield f"'pair' is no string: {plain['pair']!r:.60}"
    sentences = plain.get("sentences")
    for number, sentence in enumerate(sentences if isinstance(sentences, list) else (), 1):
        for what in _unfit(sentence, ("text", "label"), "tags"):
            yield f"sentence {number}: {what}"


def _unfit(plain: Any, texts: Iterable[str], many: str) -> Iterator[str]:
    if not isinstance(plain, dict):
        yield f"no object with the keys {', '.join([*texts, many])}: {plain!r:.60}"
        return
    for name in (*texts, many):
        kind, word = (list, "list") if name == many else (str, "string")
        if name not in plain:
            yield f"missing key {name!r}"
        elif not isinstance(plain[name], kind):
            yield f"{name!r} is no {word}: {plain[name]!r:.60}"
