"""One shape for everything that is learned from and measured on: labelled rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from .claims import Article, Claim
from .disguises import undisguise
from .text import sentences

UNITS = ("sentence", "document")  # what a row may be
DOCUMENT = 40  # words on average from which a row is taken for a document
SEVERAL = 0.2  # of the rows hold several sentences, above which a row is taken for a document
SAMPLE = 500  # rows that are split into sentences to see what rows are
HEADING = 5  # words; shorter rows are headings and stock phrases, which may recur
# Vowel signs and points of other scripts are parts of words too, which \w leaves out.
_WORDS = re.compile(
    r"[\w\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0963\u0966-\u109f\u1780-\u17d3]+"
)


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
    """Return the words of a text in lower case, disguises undone: as rows of one group are told.

    Parameters
    ----------
    text : str
        Of a row.

    Returns
    -------
    str
        The same for what differs in case, spaces, punctuation and disguises alone; of a text
        without a word its signs.

    Examples
    --------
    >>> normal(" Tea  “CURES”!"), normal("?!")
    ('tea cures', '?!')
    """
    words = _WORDS.findall(undisguise(text).casefold())
    return " ".join(words or text.casefold().split())


def regrouped(rows: Sequence[Row], texts: Sequence[str] = ()) -> tuple[list[Row], int]:
    """Return rows of which groups that share a text are one, whatever its case and punctuation.

    Parameters
    ----------
    rows : sequence of Row
        With groups.
    texts : sequence of str, optional
        What `normal` returned of each, where that is known already.

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
    one = _joined(groups, texts or [normal(row.text) for row in rows])
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
