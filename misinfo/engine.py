"""N-grams of a sentence, weighted by TF-IDF and summed into the log-odds of every head.

Where ``_engine.pyx`` was compiled it reads the sentences; the same reader in Python stands in for
it elsewhere. Both give scikit-learn's numbers for two ``TfidfVectorizer``s side by side, one of
words and one of ``char_wb`` n-grams, each with ``sublinear_tf`` and L2 norm.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .contrasts import probabilities, total, total_and_shares
from .lazy import cached_property
from .parts import Parts

try:
    from . import _engine
except ImportError:  # no compiler when it was installed
    _engine = None  # type: ignore[assignment]

Floats = NDArray[np.float64]
Range = tuple[int, int]


def token_pattern(min_token: int) -> str:
    """Return the regular expression of a word, as scikit-learn takes it.

    Parameters
    ----------
    min_token : {1, 2}
        Fewest characters of a word; 2 is scikit-learn's default.

    Returns
    -------
    str
        A pattern without groups.

    Examples
    --------
    >>> token_pattern(2)
    '(?u)\\\\b\\\\w\\\\w+\\\\b'
    """
    return r"(?u)\b\w+\b" if min_token == 1 else r"(?u)\b\w\w+\b"


def word_ngrams(tokens: Sequence[str], sizes: Range) -> Iterator[tuple[int, int]]:
    """Return where the word n-grams of a list of tokens begin and end.

    Parameters
    ----------
    tokens : sequence of str
        The words in order.
    sizes : tuple of int
        Fewest and most words of an n-gram.

    Yields
    ------
    tuple of int
        ``(start, end)``, numbers of tokens.

    Examples
    --------
    >>> list(word_ngrams(["a", "b"], (1, 2)))
    [(0, 1), (1, 2), (0, 2)]
    """
    for n in range(sizes[0], sizes[1] + 1):
        for start in range(len(tokens) - n + 1):
            yield start, start + n


def character_ngrams(word: str, sizes: Range) -> Iterator[str]:
    """Return the n-grams of one word between spaces, as ``char_wb`` counts them.

    Parameters
    ----------
    word : str
        Without white space.
    sizes : tuple of int
        Fewest and most characters of an n-gram.

    Yields
    ------
    str
        A word shorter than an n-gram is counted once and no longer one is made of it.

    Examples
    --------
    >>> list(character_ngrams("ab", (3, 5)))
    [' ab', 'ab ', ' ab ']
    """
    padded = f" {word} "
    for n in range(sizes[0], sizes[1] + 1):
        for start in range(max(1, len(padded) - n + 1)):
            yield padded[start : start + n]
        if n >= len(padded):
            return


class Engine:
    """Reads sentences with the vocabulary and the weights of a model.

    The environment variable ``MISINFO_ENGINE=python`` leaves the compiled reader alone.

    Parameters
    ----------
    parts : Parts
        Of the model.
    """

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self._above, self._n_main = parts.sides[0], sum(parts.sides)
        self._tags = np.zeros((len(parts.intercept) + 1, 0)) if parts.tags is None else parts.tags
        shape = parts.settings["vectoriser"]
        self._lowercase = shape.get("lowercase", True)
        self._table: _engine.Table | None = None
        if _engine is not None and os.environ.get("MISINFO_ENGINE") != "python":
            self._table = _engine.Table(
                parts.vocabulary,
                parts.settings["n_words"],
                parts.idf,
                parts.coef,
                parts.intercept,
                tuple(shape["word_range"]),
                tuple(shape["char_range"]),
                shape["min_token"],
                self._lowercase,
                self._n_main,
                parts.scale,
            )

    @property
    def name(self) -> str:
        """Which reader is at work: ``compiled`` or ``python``."""
        return "python" if self._table is None else "compiled"

    @cached_property
    def _numbers(self) -> tuple[dict[str, int], dict[str, int]]:
        """The numbers of the word n-grams, and of the character n-grams."""
        terms, n_words = self.parts.vocabulary, self.parts.settings["n_words"]
        return (
            {term: index for index, term in enumerate(terms[:n_words])},
            {term: index for index, term in enumerate(terms[n_words:], n_words)},
        )

    def read(
        self,
        texts: Sequence[str],
        places: NDArray[np.int64] | None = None,
        sizes: Sequence[int] = (),
    ) -> tuple[Floats, NDArray[np.int64]]:
        """Return the log-odds of texts, or of parts of them.

        Parameters
        ----------
        texts : sequence of str
            Sentences.
        places : ndarray of int64, shape (n, 2), optional
            Where the parts to read start and end, text after text, in characters; what is read in
            lower case can only be read whole, unless it is ASCII. All texts are read whole by
            default.
        sizes : sequence of int
            How many of these places each text has.

        Returns
        -------
        log_odds : ndarray of float64, shape (n, 1 + n_tags)
            A row for each text or part; the main head, then a column for each tag.
        counts : ndarray of int64, shape (n, 2)
            How many n-grams the vocabulary knows, and how many there are.

        Raises
        ------
        TypeError
            When a text is not a string.
        ValueError
            When places are inside a text that can only be read whole, or beyond its ends, or when
            there are more or fewer of them than `sizes` says.

        Examples
        --------
        >>> import misinfo
        >>> misinfo.load().engine.read(["Open on Monday."])[0].shape
        (1, 13)
        """
        scores, counts = self._scores(texts, places, sizes, False)
        main = total(scores[:, : self._n_main], self._above)[:, None]
        return np.hstack([main, self._named(scores)]), counts

    def classify(
        self,
        texts: Sequence[str],
        places: NDArray[np.int64] | None = None,
        sizes: Sequence[int] = (),
    ) -> tuple[Floats, Floats, NDArray[np.int64]]:
        """Return the log-odds of the main head alone, and the probability of each of its classes.

        Parameters
        ----------
        texts, places, sizes
            As in `read`.

        Returns
        -------
        log_odds : ndarray of float64, shape (n,)
            As in `read`.
        classes : ndarray of float64, shape (n, n_classes)
            As ``contrasts.probabilities`` returns them.
        counts : ndarray of int64, shape (n, 2)
            As in `read`.

        Examples
        --------
        >>> import misinfo
        >>> misinfo.load().engine.classify(["Open on Monday."])[0].shape
        (1,)
        """
        scores, counts = self._scores(texts, places, sizes, True)
        return *probabilities(scores, self._above), counts

    def _scores(
        self, texts: Sequence[str], places: Any, sizes: Sequence[int], main_only: bool
    ) -> tuple[Floats, NDArray[np.int64]]:
        if places is not None:
            places = np.ascontiguousarray(places, dtype=np.int64)
        if self._table is not None:
            return self._table.read(texts, places, sizes, main_only)
        texts = texts if places is None else list(self._parts(texts, places, sizes))
        return self._read(texts, slice(self._n_main if main_only else None))

    def _named(self, scores: Floats) -> Floats:
        """Return the log-odds of the tags."""
        named = np.repeat(self._tags[-1:], len(scores), axis=0)
        for score, weights in zip(scores.T, self._tags[:-1], strict=True):
            named += score[:, None] * weights  # the same to the last bit for one text and for many
        return named

    def _weights(self, indices: NDArray[np.intp], columns: slice = slice(None)) -> Floats:
        """Return the weights of some n-grams in some columns."""
        weights, scale = self.parts.coef[indices, columns].astype(np.float64), self.parts.scale
        return weights if scale is None else weights * scale[columns]

    def _read(self, texts: Sequence[str], columns: slice) -> tuple[Floats, NDArray[np.int64]]:
        """Return the scores in some columns, and the counts."""
        intercept = self.parts.intercept[columns]
        scores = np.empty((len(texts), len(intercept)))
        counts = np.empty((len(texts), 2), dtype=np.int64)
        for row, text in enumerate(texts):
            indices, values, counts[row, 0], counts[row, 1] = self._counted(text)
            scores[row] = values @ self._weights(indices, columns) + intercept
        return scores, counts

    def _parts(
        self, texts: Sequence[str], places: NDArray[np.int64], sizes: Sequence[int]
    ) -> Iterator[str]:
        if sum(sizes) != len(places):
            raise ValueError(f"there are {sum(sizes)} parts, not {len(places)} as places")
        found = iter(places.tolist())
        for text, size in zip(texts, sizes, strict=True):
            for start, end in islice(found, size):
                if not 0 <= start <= end <= len(text):
                    raise ValueError(f"no such part of a text: {start} to {end}")
                if self._lowercase and not text.isascii() and (start or end < len(text)):
                    raise ValueError("parts are of ASCII texts, others are read whole")
                yield text[start:end]

    def contributions(self, text: str) -> tuple[NDArray[np.intp], Floats, float]:
        """Return what each known n-gram of a text adds to the log-odds of the main head.

        Parameters
        ----------
        text : str
            One sentence.

        Returns
        -------
        indices : ndarray of intp, shape (k,)
            Numbers of its n-grams, ascending.
        contributions : ndarray of float64, shape (k,)
            Their sum and the intercept make the log-odds. What an n-gram adds is what it adds to
            the overstated classes, each as much as it is likely for this text, less what it adds to
            the measured ones.
        intercept : float
            It holds the entropies of those shares, and so differs from text to text.

        Examples
        --------
        >>> import misinfo
        >>> indices, weights, _ = misinfo.load().engine.contributions("Open on Monday.")
        >>> len(indices) == len(weights)
        True
        """
        indices, values = self.values(text)
        main = slice(self._n_main)
        added = values[:, None] * self._weights(indices, main)
        scores = added.sum(axis=0) + self.parts.intercept[main]
        log_odds, share = total_and_shares(scores[None, :], self._above)
        contributions = added @ share[0]
        return indices, contributions, float(log_odds[0] - contributions.sum())

    def values(self, text: str) -> tuple[NDArray[np.intp], Floats]:
        """Return the TF-IDF value of each known n-gram of a text.

        Parameters
        ----------
        text : str
            One sentence.

        Returns
        -------
        indices : ndarray of intp, shape (k,)
            Numbers of its n-grams, ascending.
        values : ndarray of float64, shape (k,)
            Those of the words, and those of the characters, each together of length 1.

        Examples
        --------
        >>> import misinfo
        >>> indices, values = misinfo.load().engine.values("Open on Monday.")
        >>> len(indices) == len(values)
        True
        """
        return self._counted(text)[:2]

    def _counted(self, text: str) -> tuple[NDArray[np.intp], Floats, int, int]:
        """Return the indices and TF-IDF values of the known n-grams, and both counts."""
        if not isinstance(text, str):
            raise TypeError(f"a text must be a string, not {type(text).__name__}")
        ngrams = list(self._indices(text.lower() if self._lowercase else text))
        found = Counter(index for index in ngrams if index is not None)
        indices = np.array(sorted(found), dtype=np.intp)
        counts = np.array([found[index] for index in indices.tolist()], dtype=np.float64)
        values = (1 + np.log(counts)) * self.parts.idf[indices].astype(np.float64)
        split = int(np.searchsorted(indices, self.parts.settings["n_words"]))
        for block in (values[:split], values[split:]):
            block /= np.sqrt(block @ block) or 1.0
        return indices, values, int(counts.sum()), len(ngrams)

    def _indices(self, text: str) -> Iterator[int | None]:
        words, characters = self._numbers
        shape = self.parts.settings["vectoriser"]
        tokens = re.findall(token_pattern(shape["min_token"]), text)
        for start, end in word_ngrams(tokens, shape["word_range"]):
            yield words.get(" ".join(tokens[start:end]))
        for word in text.split():
            for ngram in character_ngrams(word, shape["char_range"]):
                yield characters.get(ngram)
