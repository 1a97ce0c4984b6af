"""Say it instead: the overstated claim most like a sentence, and how its measured twin puts it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .claims import OVERSTATED_TAGS, Claim, datasets, read_claims
from .disguises import undisguise
from .engine import character_ngrams, token_pattern, word_ngrams
from .records import Example
from .storage import Parts

FLOOR = 0.17
"""Least similarity at which two claims have more in common than their grammar."""
MOST = 2
"""How many examples a sentence is given."""
COMMON = 4.0
"""N-grams of a lower inverse document frequency say how one writes, not what about."""
CAREFUL = frozenset({"negated", "hedged", "real_cure", "safety", "plain", "wellness"})
"""Tags of twins that show how to put it; the others speak of something else, or of somebody."""
FAVOUR = 1.3
"""How much more a claim of the same tag counts: alike in what it promises, not only in topic."""

_FDA = "FDA, 6 Tip-offs to Rip-offs: Don't Fall for Health Fraud Scams"
_GUT = "FTC, Gut Check: A Reference Guide for Media on Spotting False Weight-Loss Claims"
_FTC = "FTC, Health Products Compliance Guidance (2022)"
GUIDANCE: Mapping[str, tuple[str, str]] = {
    "cure": (
        "a real cure for a serious disease would be widely reported and prescribed, not left to "
        "advertisements",
        _FDA,
    ),
    "certainty": (
        "guaranteed results are a warning sign, and no product works for every user",
        f"{_FDA}; {_GUT}",
    ),
    "riskless": (
        "a claim of safety needs evidence like any other, and serious risks are to be disclosed",
        _FTC,
    ),
    "speed": (
        "few diseases can be treated quickly, even with legitimate products",
        _FDA,
    ),
    "panacea": (
        "one product that is said to cure a wide range of diseases is a reason for suspicion",
        _FDA,
    ),
    "replaces_care": (
        "unproven products can delay a diagnosis and the treatments that are proven to work",
        _FDA,
    ),
    "miracle": (
        "words such as miracle cure, new discovery or secret ingredient should set off alarms",
        _FDA,
    ),
    "suppressed": (
        "tales of a cure that industry or government hides are a mark of health fraud",
        _FDA,
    ),
    "testimonial": (
        "success stories are easy to make up and do not stand in for scientific evidence",
        _FDA,
    ),
    "vague_proof": (
        "who says that tests or studies show something must have at least the evidence claimed",
        _FTC,
    ),
    "natural": (
        "natural does not mean safe: some plants can kill, and hidden drugs have been found in "
        "products sold as all natural",
        _FDA,
    ),
    "strong_effect": (
        "a claim to treat a disease needs competent and reliable scientific evidence, as a rule "
        "randomised controlled trials in people",
        _FTC,
    ),
}
"""For each tag what the guidance that it follows says, in our words, and which document that is."""


def why(tag: str) -> str:
    """Say why a tag counts as overstated, and whose guidance that follows.

    Parameters
    ----------
    tag : str
        One of the codebook's.

    Returns
    -------
    str
        One sentence; empty for a tag that the codebook does not have.

    Examples
    --------
    >>> why("speed")[:50]
    'The wording says that it works implausibly fast; f'
    """
    if tag not in GUIDANCE:
        return ""
    reason, source = GUIDANCE[tag]
    return f"The wording says that {OVERSTATED_TAGS[tag]}; {reason} ({source})."


class Twins:
    """The paired claims as vectors of a model's n-grams, for finding the one most like a sentence.

    Parameters
    ----------
    parts : Parts
        Of the model, whose vocabulary and inverse document frequencies are used.
    claims : iterable of Claim, optional
        Those with a pair count; the bundled ones by default.
    """

    def __init__(self, parts: Parts, claims: Iterable[Claim] | None = None) -> None:
        if claims is None:
            claims = read_claims(datasets() / "claims.csv")
        pairs: dict[str, dict[str, Claim]] = {}
        for claim in claims:
            if claim.pair:
                pairs.setdefault(claim.pair, {})[claim.label] = claim
        self.pairs = [
            (pair["overstated"], pair["measured"])
            for pair in pairs.values()
            if CAREFUL.issuperset(pair["measured"].tags)
        ]
        self._n_words, self._idf = parts.settings["n_words"], parts.idf.astype(np.float64)
        vectoriser = parts.settings["vectoriser"]
        self._token = re.compile(token_pattern(vectoriser["min_token"]))
        self._ranges = tuple(vectoriser["word_range"]), tuple(vectoriser["char_range"])
        telling = (self._idf >= COMMON).tolist()
        numbered = [
            (term, number) for number, term in enumerate(parts.vocabulary) if telling[number]
        ]
        self._numbers = (
            {term: number for term, number in numbered if number < self._n_words},
            {term: number for term, number in numbered if number >= self._n_words},
        )
        self._rows, self._indices, self._values = self._vectors(
            [overstated.text for overstated, _ in self.pairs]
        )

    def _vectors(
        self, texts: Sequence[str]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
        """Return the TF-IDF vectors of texts, each of length 1: rows, n-grams, values."""
        seen: dict[str, list[int]] = {}  # words recur from claim to claim
        found = [self._ngrams(undisguise(text).lower(), seen) for text in texts]
        lengths = np.fromiter(map(len, found), np.intp, len(found))
        ngrams = np.fromiter((n for row in found for n in row), np.intp, int(lengths.sum()))
        keys, counts = np.unique(
            np.repeat(np.arange(len(found)), lengths) * len(self._idf) + ngrams, return_counts=True
        )
        rows, indices = np.divmod(keys, len(self._idf))
        values = (1 + np.log(counts)) * self._idf[indices]
        # words and characters weigh the same, as in the model
        blocks = 2 * rows + (indices >= self._n_words)
        values /= np.sqrt(np.bincount(blocks, values**2, 2 * len(found)))[blocks]
        lengths = np.sqrt(np.bincount(rows, values**2, len(found)))
        return rows, indices, values / lengths[rows]

    def _ngrams(self, text: str, seen: dict[str, list[int]]) -> list[int]:
        words, characters = self._numbers
        tokens = self._token.findall(text)
        ngrams = (
            " ".join(tokens[start:end]) for start, end in word_ngrams(tokens, self._ranges[0])
        )
        found = [words[ngram] for ngram in ngrams if ngram in words]
        for word in text.split():
            if word not in seen:
                parts = character_ngrams(word, self._ranges[1])
                seen[word] = [characters[part] for part in parts if part in characters]
            found += seen[word]
        return found

    def examples(self, sentence: str, tags: Sequence[str] = ()) -> tuple[Example, ...]:
        """Return the overstated claims most like a sentence, each with its measured twin.

        Parameters
        ----------
        sentence : str
            Of any length.
        tags : sequence of str
            Those that it was given; claims that share one are favoured.

        Returns
        -------
        tuple of Example
            The most similar first; empty when nothing is similar enough.

        Examples
        --------
        >>> import misinfo
        >>> claims = [
        ...     Claim("1", "Garlic cures gout.", "overstated", ("cure",), "P"),
        ...     Claim("2", "Garlic was not tested in gout.", "measured", ("hedged",), "P"),
        ... ]
        >>> Twins(misinfo.load().parts, claims).examples("Garlic cures gout!")[0].careful
        'Garlic was not tested in gout.'
        """
        _, indices, values = self._vectors([sentence])
        query = np.zeros(len(self._idf))
        query[indices] = values
        near = np.bincount(self._rows, self._values * query[self._indices], len(self.pairs))
        wanted = set(tags)
        ranks = [
            (near[n] * (FAVOUR if wanted.intersection(self.pairs[n][0].tags) else 1), n)
            for n in np.flatnonzero(near >= FLOOR).tolist()
        ]
        best = sorted(ranks, reverse=True)[:MOST]
        return tuple(self._example(n, float(near[n]), tags) for _, n in best)

    def _example(self, number: int, similarity: float, tags: Sequence[str]) -> Example:
        claim, careful = self.pairs[number]
        tag = next((tag for tag in tags if tag in claim.tags), claim.tags[0])
        return Example(claim.text, careful.text, similarity, tag, why(tag))
