"""From documents to arrays of numbers, the same for one text and for a million."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from numbers import Real
from threading import RLock
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import disguises, text
from .engine import Engine
from .parts import Parts
from .pooling import highest, logistic, per_document, pool

CHUNK = 1 << 20  # characters of text that are read at once
NO_WORDS, STRANGE = "no words", "few known n-grams"
"""Why a document cannot be judged."""
Floats = NDArray[np.float64]


class Guard:
    """A lock that is free in a forked process, whoever held it in the process that was forked."""

    def __init__(self) -> None:
        self.renew()
        if hasattr(os, "register_at_fork"):  # not on Windows
            os.register_at_fork(after_in_child=self.renew)

    def renew(self) -> None:
        """Put a free lock in its place."""
        self.lock = RLock()


# Splitting holds Python's lock, the engine does not. So one thread splits while another one reads;
# several that split by turns would wait for each other.
_SPLITTING = Guard()


class Reading(NamedTuple):
    """What a model says of some documents, in arrays."""

    documents: Sequence[str]
    bounds: NDArray[np.int64]  # of each sentence: where it starts and ends in its document
    lengths: NDArray[np.int64]  # sentences of each document
    probabilities: Floats  # of each sentence, one document after the other
    counts: NDArray[np.int64]  # of each sentence: n-grams that are known, and all
    pooled: Floats  # probability of each document
    whole: bool = False  # documents were scored whole: their sentences decide nothing

    def overstated(self, threshold: float, sentence_threshold: float) -> NDArray[np.bool_]:
        """Return the verdict on each document: it can be pointed at, in a sentence at least."""
        verdicts = self.pooled >= threshold
        if self.whole:
            return verdicts
        flagged = np.flatnonzero(self.probabilities >= sentence_threshold)
        pointed = np.zeros(len(verdicts), dtype=bool)
        pointed[self.owners(flagged)] = True
        return verdicts & pointed

    def known(self) -> Floats:
        """Return which share of the n-grams of each document the model knows; 0 without any."""
        known, total = per_document(np.add, self.counts, self.lengths).T
        shares: Floats = known / np.maximum(total, 1)
        return shares

    def doubts(self, floor: float) -> list[str]:
        """Return why each document cannot be judged: `NO_WORDS`, `STRANGE`, or nothing."""
        strange = np.where(self.known() < floor, STRANGE, "")
        found: list[str] = np.where(self.lengths == 0, NO_WORDS, strange).tolist()
        return found

    def owners(self, sentences: ArrayLike) -> list[int]:
        """Return the number of the document that each of some sentences stands in."""
        ends = np.cumsum(self.lengths)
        owners: list[int] = np.searchsorted(ends, sentences, side="right").tolist()
        return owners

    def said(self, sentences: NDArray[np.intp]) -> list[str]:
        """Return some sentences as the model reads them, their disguises undone."""
        places = zip(self.owners(sentences), self.bounds[sentences].tolist(), strict=True)
        return [disguises.undisguise(self.documents[owner][a:b]) for owner, (a, b) in places]

    def worst(self) -> list[tuple[int | None, int | None]]:
        """Return where the likeliest sentence of each document starts and ends.

        The first of equals; both are None for a document without sentences.
        """
        places = np.full((len(self.lengths), 2), None)
        best = np.repeat(highest(self.probabilities, self.lengths), self.lengths)
        tops = np.flatnonzero(self.probabilities == best)[::-1]  # the first are written last
        places[self.owners(tops)] = self.bounds[tops]
        return list(map(tuple, places.tolist()))


class Reader:
    """Reads documents with the weights and the settings of a model.

    Parameters
    ----------
    parts : Parts
        Of any model.
    """

    def __init__(self, parts: Parts) -> None:
        self.settings = parts.settings
        self.tags: tuple[str, ...] = tuple(self.settings["heads"][1:])
        self.whole = self.settings.get("unit") == "document"
        self.engine = Engine(parts)

    def read(self, documents: Sequence[str]) -> Reading:
        """Read documents into numbers, without a record for each sentence.

        Parameters
        ----------
        documents : sequence of str
            As many as fit into memory together with their sentences.

        Returns
        -------
        Reading
            Of all documents.

        Examples
        --------
        >>> import misinfo
        >>> misinfo.load().reader.read(["Open on Monday. Closed on Sunday.", ""]).lengths.tolist()
        [2, 0]
        """
        with _SPLITTING.lock:
            bounds, lengths = text.bounds(documents)
            places = disguises.in_place(documents, bounds, lengths)
        log_odds, classes, counts = self.engine.classify(*places)
        if self.whole:
            alone = self.engine.classify(disguises.undisguise_all(documents))[0]
            pooled = np.where(lengths > 0, logistic(alone), 0.0)
        else:
            pooled = pool(log_odds, classes, lengths, self.settings["pooling"])
        return Reading(documents, bounds, lengths, logistic(log_odds), counts, pooled, self.whole)

    def pooled(self, sentences: Sequence[str]) -> float:
        """Return the probability of a document of these sentences.

        Parameters
        ----------
        sentences : sequence of str
            In reading order; fewer than the text has, when some are set aside. Of a model that
            scores documents whole, the stretches of text that are left.

        Returns
        -------
        float
            0 when there are none. All sentences of a text give what ``read`` gives for the text, or
            the text itself does where documents are scored whole.

        Examples
        --------
        >>> import misinfo
        >>> reader = misinfo.load().reader
        >>> reader.pooled(["Open daily.", "It cures gout."]) > reader.pooled(["Open daily."])
        True
        """
        plain = disguises.undisguise_all(sentences)
        if not plain:
            return 0.0
        if self.whole:
            return float(logistic(self.engine.classify(["\n".join(plain)])[0][0]))
        log_odds, classes, _ = self.engine.classify(plain)
        return float(pool(log_odds, classes, np.array([len(plain)]), self.settings["pooling"])[0])

    def limits(self, threshold: float | None = None) -> tuple[float, float]:
        """Return the thresholds of documents and of sentences: the model's, or this for both."""
        if threshold is not None:
            return (within(threshold),) * 2
        own = self.settings["thresholds"]
        return float(own["document"]["value"]), float(own["sentence"]["value"])

    def flagged(self, reading: Reading, threshold: float) -> dict[int, dict[str, float]]:
        """Return the flagged sentences of a reading, each with the probabilities of its tags.

        Parameters
        ----------
        reading : Reading
            As ``read`` returns it.
        threshold : float
            Probability from which a sentence is flagged.

        Returns
        -------
        dict
            Number of the sentence to the probability of each tag, given that it is overstated; the
            likeliest first.

        Examples
        --------
        >>> import misinfo
        >>> reader = misinfo.load().reader
        >>> found = reader.flagged(reader.read(["Open daily. Our tea cures cancer."]), 0.5)
        >>> [(number, next(iter(tags))) for number, tags in found.items()]
        [(1, 'cure')]
        """
        numbers = np.flatnonzero(reading.probabilities >= threshold)
        probabilities = logistic(self.engine.read(reading.said(numbers))[0][:, 1:])
        return {
            number: dict(sorted(zip(self.tags, row, strict=True), key=lambda tag: -tag[1]))
            for number, row in zip(numbers.tolist(), probabilities.tolist(), strict=True)
        }

    def named(self, tags: Mapping[str, float]) -> tuple[str, ...]:
        """Return the tags that a flagged sentence is given.

        Parameters
        ----------
        tags : mapping of str to float
            As ``flagged`` returns them.

        Returns
        -------
        tuple of str
            Those whose probability reaches their threshold; in any case the likeliest.

        Examples
        --------
        >>> import misinfo
        >>> misinfo.load().reader.named({"cure": 0.01, "speed": 0.0})
        ('cure',)
        """
        floors = self.settings["thresholds"]["tags"]
        return tuple(
            tag for n, (tag, value) in enumerate(tags.items()) if n == 0 or value >= floors[tag]
        )


def chunks(documents: Iterable[str]) -> Iterator[list[str]]:
    """Gather documents into lists of about a million characters.

    Parameters
    ----------
    documents : iterable of str
        Read only as far as lists are asked for.

    Yields
    ------
    list of str
        In order; at most 1024 documents.

    Raises
    ------
    TypeError
        When a document is not a string, or when `documents` is one, a mapping or a frame.

    Examples
    --------
    >>> list(chunks(["a", "b"]))
    [['a', 'b']]
    """
    chunk: list[str] = []
    size = 0
    try:
        for document in disguises.several(documents):
            chunk.append(disguises.exact(document))
            size += len(document)
            if size >= CHUNK or len(chunk) >= 1024:
                yield chunk
                chunk, size = [], 0
    except Exception:  # what came before it is not lost
        if chunk:
            yield chunk
        raise
    if chunk:
        yield chunk


def within(threshold: float) -> float:
    """Return a threshold that is a probability.

    Parameters
    ----------
    threshold : float
        What the caller gave.

    Returns
    -------
    float
        The same.

    Raises
    ------
    TypeError
        When it is no number.
    ValueError
        When it is not from 0 to 1.

    Examples
    --------
    >>> within(0.5)
    0.5
    """
    if not isinstance(threshold, Real) or isinstance(threshold, bool):
        raise TypeError(f"a threshold is a number from 0 to 1, not {type(threshold).__name__}")
    if not 0 <= threshold <= 1:
        raise ValueError(f"a threshold is a probability from 0 to 1, not {threshold}")
    return float(threshold)
