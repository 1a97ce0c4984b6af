"""What goes in and what comes out: frozen records, shared by every layer."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from .lazy import cached_property
from .marking import bare, notebook

SCHEMA = 1
"""Version of the dictionaries that ``to_dict`` makes; it rises when a key changes its meaning."""
LEAST = 0.05  # weight from which a word is named: what is less would be shown as zero


@dataclass(frozen=True)
class Place:
    """Where a person finds a sentence again.

    Parameters
    ----------
    part : str
        Page or heading path, such as ``page 3`` or ``Clinic > Diabetes``; empty without one.
    line, column : int or None
        From 1, in the file itself; None where the text was extracted from another format.
    """

    part: str
    line: int | None
    column: int | None

    def __str__(self) -> str:
        lines = "" if self.line is None else f"line {self.line}, column {self.column}"
        return ", ".join(filter(None, (self.part, lines)))


@dataclass(frozen=True)
class Ignore:
    """A comment in a document that sets findings aside.

    Parameters
    ----------
    start, end : int
        What it covers: offsets in characters of the document's text.
    line : int
        Where the comment itself stands in the file, from 1.
    reason : str
        Why, in the author's words; may be empty.
    problem : str
        What is wrong with the comment, such as an ``off`` without its ``on``.
    """

    start: int
    end: int
    line: int
    reason: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Document:
    """A text with the name that its source goes by.

    Parameters
    ----------
    name : str
        Path, address or ``-``.
    text : str
        What is scored.
    parts : tuple of tuple of int and str
        Where each page or headed part begins, ascending: offset in characters, and its name.
    extracted : bool
        Whether the text was taken out of another format, so that its lines are not the file's.
    ignores : tuple of Ignore
        The comments that set findings aside, as ``ignoring`` finds them.
    missing : str
        What could not be taken out of the file, such as scanned pages.
    """

    name: str
    text: str
    parts: tuple[tuple[int, str], ...] = ()
    extracted: bool = False
    ignores: tuple[Ignore, ...] = ()
    missing: str = ""

    @cached_property
    def lines(self) -> tuple[int, ...]:
        """Where each line begins: offsets in characters; only ``\\n`` ends a line."""
        return (0, *(match.end() for match in re.finditer("\n", self.text)))

    def place(self, offset: int) -> Place:
        """Say where a character stands.

        Parameters
        ----------
        offset : int
            Of a character in the text.

        Returns
        -------
        Place
            Its part, and its line and column.

        Examples
        --------
        >>> str(Document("a.md", "# Tea\\nIt cures gout.").place(6))
        'line 2, column 1'
        """
        index = bisect_right(self.parts, offset, key=lambda part: part[0])
        part = self.parts[index - 1][1] if index else ""
        if self.extracted:
            return Place(part, None, None)
        line = bisect_right(self.lines, offset)
        return Place(part, line, offset - self.lines[line - 1] + 1)


@dataclass(frozen=True)
class Term:
    """A part of a sentence with its weight on the verdict.

    Parameters
    ----------
    text : str
        The word, or the n-gram.
    weight : float
        Its contribution to the log-odds; above zero pulls towards overstated.
    kind : str
        Of an n-gram whether it is one of a ``word`` (or several), or of ``letters``; else empty.
    """

    text: str
    weight: float
    kind: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the term as a dictionary.

        Returns
        -------
        dict
            Keys ``text`` and ``weight``, and of an n-gram ``kind``.

        Examples
        --------
        >>> Term("cure", 1.5).to_dict()
        {'text': 'cure', 'weight': 1.5}
        """
        return {key: value for key, value in vars(self).items() if key != "kind" or value}


@dataclass(frozen=True)
class Explanation:
    """Why one sentence has its number.

    Parameters
    ----------
    text : str
        The sentence as the model reads it, its disguises undone.
    probability : float
        Calibrated probability that it is overstated.
    log_odds : float
        The same number before the logistic function.
    intercept : float
        What the n-grams leave of the log-odds; with several classes it differs by sentence.
    ngrams : tuple of Term
        Each n-gram's contribution, strongest first; with the intercept they make the log-odds.
    words : tuple of Term
        The same sum, spread over the words in reading order.
    tags : mapping of str to float
        Probability of each tag, given that the sentence is overstated.
    """

    text: str
    probability: float
    log_odds: float
    intercept: float
    ngrams: tuple[Term, ...]
    words: tuple[Term, ...]
    tags: Mapping[str, float] = field(hash=False)

    @property
    def weightiest(self) -> list[Term]:
        """The five words that weigh most, either way, bare of punctuation at their ends."""
        heavy = sorted(self.words, key=lambda word: -abs(word.weight))[:5]
        return [replace(word, text=bare(word.text)) for word in heavy]

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as plain lists, dictionaries and numbers.

        Returns
        -------
        dict
            One key for each field; terms as ``Term.to_dict`` returns them.

        Examples
        --------
        >>> Explanation("x", 0.5, 0.0, 0.0, (Term("x", 1.0),), (), {}).to_dict()["ngrams"]
        [{'text': 'x', 'weight': 1.0}]
        """
        ngrams, words = ([term.to_dict() for term in terms] for terms in (self.ngrams, self.words))
        return {**vars(self), "ngrams": ngrams, "words": words, "tags": dict(self.tags)}


@dataclass(frozen=True)
class Example:
    """A claim like the sentence, and how a careful writer would put it.

    Parameters
    ----------
    claim : str
        The overstated claim of the corpus that is most like the sentence.
    careful : str
        Its measured twin. It shows careful wording; it says nothing about the sentence itself.
    similarity : float
        Cosine of the TF-IDF vectors of claim and sentence, from 0 to 1.
    tag : str
        What the claim has in common with the sentence; empty when their kinds differ.
    why : str
        What that tag means, and the guidance that it follows; empty without a tag.
    """

    claim: str
    careful: str
    similarity: float
    tag: str
    why: str


class Explainer(Protocol):
    """Anything that can say why a sentence has its number."""

    def explain(self, sentence: str) -> Explanation:
        """Explain one sentence."""

    def examples(self, sentence: str, tags: Sequence[str] = ()) -> tuple[Example, ...]:
        """Return claims like one sentence with their measured twins."""


@dataclass(frozen=True)
class Sentence:
    """A sentence, heading or list item of a scored text.

    Parameters
    ----------
    text : str
        As it stands in the document.
    start, end : int
        Offsets in characters: ``document[start:end] == text``.
    probability : float
        Calibrated probability that the wording is overstated.
    overstated : bool
        Whether the probability reaches the threshold for sentences.
    named : tuple of str
        The tags that a flagged sentence is given: those whose probability reaches their threshold,
        and in any case the likeliest; empty when it is not flagged.
    """

    text: str
    start: int
    end: int
    probability: float
    overstated: bool
    named: tuple[str, ...]
    _explainer: Explainer = field(repr=False, compare=False)
    _tags: Mapping[str, float] | None = field(default=None, repr=False, compare=False)

    @property
    def explanation(self) -> Explanation:
        """Every contribution to the number of this sentence; computed whenever it is asked for."""
        return self._explainer.explain(self.text)

    @cached_property
    def _reasons(self) -> tuple[Mapping[str, float], tuple[Term, ...]]:
        found = self.explanation  # not kept: those of a long text would fill the memory
        heavy = sorted(found.words, key=lambda word: -word.weight)[:8]
        return found.tags, tuple(replace(w, text=bare(w.text)) for w in heavy if w.weight >= LEAST)

    @property
    def tags(self) -> Mapping[str, float]:
        """Probability of each tag, given that the sentence is overstated; the likeliest first."""
        return self._reasons[0] if self._tags is None else self._tags

    @property
    def terms(self) -> tuple[Term, ...]:
        """The words that tipped the scale, bare, strongest first: at most eight, of 0.05 up."""
        return self._reasons[1]

    @cached_property
    def examples(self) -> tuple[Example, ...]:
        """Overstated claims like this one with their measured twins; looked up when asked for."""
        return self._explainer.examples(self.text, self.named)

    def to_dict(self) -> dict[str, Any]:
        """Return the sentence as plain lists, dictionaries and numbers.

        Returns
        -------
        dict
            One key for each field, and ``tags`` and ``terms``.

        Examples
        --------
        >>> import misinfo
        >>> list(misinfo.score("This tea cures gout.").sentences[0].to_dict())[:3]
        ['text', 'start', 'end']
        """
        return {
            "text": self.text,
            "start": self.start,
            "end": self.end,
            "probability": self.probability,
            "overstated": self.overstated,
            "tags": dict(self.tags),
            "named": list(self.named),
            "terms": [term.to_dict() for term in self.terms],
        }


@dataclass(frozen=True)
class Score:
    """What the model says of one document.

    Parameters
    ----------
    probability : float
        Calibrated probability of overstated wording in the document, pooled from its sentences.
    overstated : bool
        Whether the probability reaches `threshold`, and a sentence is flagged (or was, below a
        least severity). A model that scores documents whole needs no flagged sentence.
    threshold : float
        The probability from which a document is called overstated.
    sentence_threshold : float
        The probability from which a sentence is flagged.
    sentences : tuple of Sentence
        In reading order.
    known : float
        Share of the text's n-grams that the model's vocabulary knows, from 0 to 1.
    warnings : tuple of str
        What stands between the reader and the number, such as a text of few known n-grams.
    model : str
        The name of the model, and the day of its training where that is known.
    """

    probability: float
    overstated: bool
    threshold: float
    sentence_threshold: float
    sentences: tuple[Sentence, ...]
    known: float
    warnings: tuple[str, ...] = ()
    model: str = field(default="", compare=False)
    _text: str = field(default="", repr=False, compare=False)

    def __repr__(self) -> str:
        verdict = "overstated" if self.overstated else "measured"
        flagged = f"{len(self.findings)} of {len(self.sentences)} flagged"
        return f"Score({self.probability:.2f}, {verdict}, {flagged})"

    def _repr_html_(self) -> str:
        return notebook(self)

    @cached_property
    def findings(self) -> tuple[Sentence, ...]:
        """The flagged sentences, worst first."""
        flagged = (sentence for sentence in self.sentences if sentence.overstated)
        return tuple(sorted(flagged, key=lambda sentence: -sentence.probability))

    def to_dict(self) -> dict[str, Any]:
        """Return the score as plain values; keys are only ever added, or `SCHEMA` rises.

        Returns
        -------
        dict
            One key for each field, ``schema`` and ``findings``, which are worst first, as
            ``sentences`` lists of what ``Sentence.to_dict`` returns.

        Examples
        --------
        >>> import misinfo
        >>> plain = misinfo.score("This tea cures cancer. Guaranteed.").to_dict()
        >>> plain["schema"], plain["overstated"], plain["findings"][0]["start"]
        (1, True, 0)
        """
        return {
            "schema": SCHEMA,
            "model": self.model,
            "probability": self.probability,
            "overstated": self.overstated,
            "threshold": self.threshold,
            "sentence_threshold": self.sentence_threshold,
            "known": self.known,
            "warnings": list(self.warnings),
            "findings": [finding.to_dict() for finding in self.findings],
            "sentences": [sentence.to_dict() for sentence in self.sentences],
        }
