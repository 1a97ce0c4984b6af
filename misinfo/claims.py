"""The labelled data: what a claim and an article are, read and checked.

The schema follows the codebook (``datasets/CODEBOOK.md``). Reading reports every problem of a
file at once, each with its line.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .checking import Checked, Kind, misplaced, problems_of, repeated
from .codebook import LABELS, REGISTERS
from .errors import DataError, ReadError
from .storage import bundled

COLUMNS = ("id", "text", "label", "tags", "pair", "topic", "remedy", "register", "genre")
_ARTICLE = ("id", "title", "genre", "topic", "label", "text")


@dataclass(frozen=True, slots=True)
class Claim:
    """One labelled claim; the fields are the columns of ``claims.csv``."""

    id: str
    text: str
    label: str
    tags: tuple[str, ...]
    pair: str = ""
    topic: str = ""
    remedy: str = ""
    register: str = ""
    genre: str = ""


@dataclass(frozen=True, slots=True)
class LabelledSentence:
    """One sentence, heading or list item of an article, with its label."""

    text: str
    label: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Article:
    """One document, labelled sentence by sentence; overstated when one of its sentences is."""

    id: str
    title: str
    genre: str
    topic: str
    label: str
    pair: str
    text: str
    sentences: tuple[LabelledSentence, ...]


def datasets() -> Path:
    """Return the folder with the bundled claims and articles.

    Returns
    -------
    Path
        Inside the installed package, or in the checkout.

    Examples
    --------
    >>> (datasets() / "claims.csv").is_file()
    True
    """
    return bundled("datasets")


def read_claims(path: str | Path) -> list[Claim]:
    """Read a CSV file of claims and check it against the schema.

    Parameters
    ----------
    path : str or Path
        UTF-8 CSV with the columns of the codebook, in any order; ``genre`` may be missing.

    Returns
    -------
    list of Claim
        In file order.

    Raises
    ------
    ReadError
        When the file cannot be read as text.
    DataError
        With every problem and its line: a missing or repeated column, a row with too few or too
        many fields, an unknown label, tag or register, a repeated id, an empty text, a pair that is
        not one overstated and one measured claim.

    Examples
    --------
    >>> claims = read_claims(datasets() / "claims.csv")
    >>> sorted({claim.label for claim in claims})
    ['measured', 'overstated']
    """
    return _sound(check_claims(path))


def check_claims(path: str | Path) -> Checked[Claim]:
    """Read a CSV file of claims, and what is wrong with them one by one.

    Parameters
    ----------
    path : str or Path
        As `read_claims` takes it.

    Returns
    -------
    Checked
        With lines.

    Raises
    ------
    ReadError
        When the file cannot be read as text.

    Examples
    --------
    >>> check_claims(datasets() / "claims.csv").faults
    []
    """
    path = Path(path)
    faults: list[tuple[int, str]] = []
    found: list[tuple[int, Claim]] = []
    for line, fields in _csv_rows(path, faults):
        claim = Claim(**fields)
        faults += [(line, what) for what in _faults(claim)]
        if claim.register not in REGISTERS:
            faults.append((line, f"unknown register {claim.register!r}"))
        found.append((line, claim))
    return Checked(path.name, found, faults + repeated(found))


def _sound(found: Checked[Kind]) -> list[Kind]:
    if wrong := problems_of([found]):
        raise DataError(wrong)
    return found.sound


def read_pairs(path: str | Path) -> list[tuple[Claim, Claim]]:
    """Read the pairs of a CSV file of claims that `read_claims` found right.

    Parameters
    ----------
    path : str or Path
        As `read_claims` takes it.

    Returns
    -------
    list of tuple of Claim
        The overstated and the measured claim of each pair, in file order.

    Raises
    ------
    ReadError
        When the file cannot be read as text.

    Examples
    --------
    >>> overstated, measured = read_pairs(datasets() / "claims.csv")[0]
    >>> overstated.label, measured.label
    ('overstated', 'measured')
    """
    pairs: dict[str, dict[str, Claim]] = {}
    for _, fields in _csv_rows(Path(path), []):
        if fields["pair"]:
            claim = Claim(**fields)
            pairs.setdefault(claim.pair, {})[claim.label] = claim
    return [(pair["overstated"], pair["measured"]) for pair in pairs.values()]


def _csv_rows(path: Path, faults: list[tuple[int, str]]) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.reader(lines_of(path), strict=True)
    line = 1
    try:
        header = next(reader, [])
        missing = [name for name in COLUMNS if name not in header and name != "genre"]
        if missing:
            what = f"missing columns {', '.join(missing)}; there are {', '.join(header) or 'none'}"
            faults.append((1, f"{what} (any other table is read with a --label-column)"))
            return
        if twice := [name for name in COLUMNS if header.count(name) > 1]:
            faults.append((1, f"repeated columns {', '.join(twice)}"))
            return
        line = reader.line_num + 1
        places = {name: header.index(name) for name in COLUMNS if name in header}
        for row in reader:
            if len(row) == len(header):
                fields: dict[str, Any] = {name: row[place] for name, place in places.items()}
                fields["tags"] = _tags(fields["tags"])
                for name in ("topic", "remedy", "register", "genre"):  # these recur: kept once
                    fields[name] = sys.intern(fields.get(name, ""))
                yield line, fields
            elif row:
                faults.append((line, f"{len(row)} fields instead of {len(header)}"))
            line = reader.line_num + 1
    except csv.Error as error:
        faults.append((line, str(error)))


def more_columns(path: Path, places: set[int]) -> list[dict[str, Any]]:
    """Return what a file of claims has beside the columns of the codebook.

    Parameters
    ----------
    path : Path
        As `check_claims` takes it.
    places : set of int
        The lines of the sound claims.

    Returns
    -------
    list of dict
        Column to value for each of them; empty where there are no other columns.

    Examples
    --------
    >>> more_columns(datasets() / "claims.csv", {2})
    [{}]
    """
    reader = csv.reader(lines_of(path), strict=True)
    header = next(reader, [])
    if not set(header) - set(COLUMNS):
        return [{} for _ in places]
    line, rows = reader.line_num + 1, []
    with suppress(csv.Error):  # which is one of the problems; no sound row comes after it
        for row in reader:
            if line in places:
                cells = zip(header, row, strict=True)
                rows.append({name: said for name, said in cells if name not in COLUMNS})
            line = reader.line_num + 1
    return rows


def read_articles(path: str | Path) -> list[Article]:
    """Read a JSON lines file of articles and check it against the schema.

    Parameters
    ----------
    path : str or Path
        UTF-8, one article a line: ``id``, ``title``, ``genre``, ``topic``, ``label``, ``pair``,
        ``text`` and ``sentences``, a list of ``{"text", "label", "tags"}`` in reading order.

    Returns
    -------
    list of Article
        In file order.

    Raises
    ------
    ReadError
        When the file cannot be read as text.
    DataError
        With every problem and its line: broken JSON, a key that is missing or holds something
        else, an unknown label or tag, a repeated id, an empty text, a sentence that is not in its
        document at its place, a document whose label is not that of its worst sentence, several
        articles of a pair that are not one overstated and one measured.

    Examples
    --------
    >>> articles = read_articles(datasets() / "articles.jsonl")
    >>> all(s.text in article.text for article in articles for s in article.sentences)
    True
    """
    return _sound(check_articles(path))


def check_articles(path: str | Path) -> Checked[Article]:
    """Read a JSON lines file of articles, and what is wrong with them one by one.

    Parameters
    ----------
    path : str or Path
        As `read_articles` takes it.

    Returns
    -------
    Checked
        With lines.

    Raises
    ------
    ReadError
        When the file cannot be read as text.

    Examples
    --------
    >>> check_articles(datasets() / "articles.jsonl").faults
    []
    """
    path = Path(path)
    faults: list[tuple[int, str]] = []
    found: list[tuple[int, Article]] = []
    for line, text in enumerate(lines_of(path), 1):
        if not text.strip():
            continue
        try:
            plain = json.loads(text)
            wrong = list(misplaced(plain, _ARTICLE))
        except (ValueError, RecursionError) as error:
            wrong = [f"not JSON: {error}"]
        if not wrong:
            article = _article(plain)
            wrong = list(_article_faults(article))
            found.append((line, article))
        faults += [(line, what) for what in wrong]
    return Checked(path.name, found, faults + repeated(found))


def _article(plain: dict[str, Any]) -> Article:
    sentences = tuple(
        LabelledSentence(s["text"], s["label"], tuple(map(str, s["tags"])))
        for s in plain["sentences"]
    )
    named = {name: plain[name] for name in _ARTICLE}
    return Article(**named, pair=plain.get("pair") or "", sentences=sentences)


def _article_faults(article: Article) -> Iterator[str]:
    position = 0
    for number, sentence in enumerate(article.sentences, 1):
        for what in _faults(sentence):
            yield f"sentence {number}: {what}"
        start = article.text.find(sentence.text, position)
        if start < 0:
            yield f"sentence {number} is not in its document, in order: {sentence.text[:60]!r}"
        else:
            position = start + len(sentence.text)
    if not article.sentences:
        yield "no sentences"
    labels = {sentence.label for sentence in article.sentences}
    right = "overstated" if "overstated" in labels else "measured"
    if article.label != right:
        yield f"document labelled {article.label!r}, but its sentences make it {right!r}"


def _faults(row: Claim | LabelledSentence) -> Iterator[str]:
    if not row.text.strip():
        yield "empty text"
    if row.label not in LABELS:
        yield f"unknown label {row.label!r}, not one of {', '.join(LABELS)}"
        return
    if not row.tags:
        yield "no tag"
    for tag in row.tags:
        if tag not in LABELS[row.label]:
            yield f"unknown tag {tag!r} for {row.label}"


@cache
def _tags(field: str) -> tuple[str, ...]:
    return tuple(tag.strip() for tag in field.split("|") if tag.strip())


def lines_of(path: Path) -> Iterator[str]:
    """Read the lines of a file, with their ends and without a byte-order mark.

    Parameters
    ----------
    path : Path
        UTF-8.

    Yields
    ------
    str
        A line.

    Raises
    ------
    ReadError
        When the file cannot be read, or is not UTF-8.

    Examples
    --------
    >>> next(lines_of(datasets() / "claims.csv"))[:8]
    'id,text,'
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from file
    except OSError as error:
        raise ReadError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ReadError(
            f"{path} is not UTF-8 (byte {error.start}): save it as UTF-8 and try again"
        ) from error
