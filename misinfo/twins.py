"""Say it instead: the overstated claim most like a sentence, and how its measured twin puts it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from .claims import Claim, datasets, read_pairs
from .codebook import why
from .disguises import undisguise
from .engine import Engine, token_pattern
from .records import Example

FLOOR = 0.17
"""Least similarity at which two claims have more in common than their grammar."""
LIKELY = 600
"""How many claims that share rare words with a sentence are compared with it."""
MOST = 2
"""How many examples a sentence is given."""
COMMON = 4.0
"""N-grams of a lower inverse document frequency say how one writes, not what about."""
CAREFUL = frozenset({"negated", "hedged", "real_cure", "safety"})
"""Tags of twins that show how to put it; the others speak of something else, or of somebody."""
SPOKEN = frozenset({"translated", "transcript"})
"""Registers that nobody writes in with care."""
RARE = 1 / 12_000
"""How often, for each measured twin, a word stands in them if it is spelt right."""
TELLING = 1 / 100
"""How often it may stand in them if it says what they are about."""
FAVOUR = 1.3
"""How much more a claim of the same tag counts: alike in what it promises, not only in topic."""
SAME = 1.5
"""How much more one counts whose illness or remedy the sentence names."""

_WORD = re.compile(token_pattern(1))
# Written without their apostrophe too often to be rare.
_SLIPS = frozenset(
    "arent cant couldnt didnt doesnt dont hadnt hasnt havent im isnt ive shouldnt wasnt werent "
    "wont wouldnt youre youve".split()
)


class Twins:
    """The paired claims, for finding the one most like a sentence.

    Parameters
    ----------
    engine : Engine
        Its vocabulary and inverse document frequencies are used.
    pairs : iterable of tuple of Claim, optional
        Each an overstated claim and its measured twin; the bundled ones by default.
    """

    def __init__(self, engine: Engine, pairs: Iterable[tuple[Claim, Claim]] | None = None) -> None:
        if pairs is None:
            pairs = read_pairs(datasets() / "claims.csv")
        pairs = list(pairs)
        self._count(pairs)
        self.pairs = [
            pair
            for pair in pairs
            if CAREFUL.issuperset(pair[1].tags) and pair[1].register not in SPOKEN
        ]
        self._engine = engine
        self._vectors: dict[int, tuple[NDArray[np.intp], NDArray[np.float64]]] = {}
        owners: dict[str, list[int]] = {}
        for number, (overstated, _) in enumerate(self.pairs):
            for word in _words(overstated.text):
                owners.setdefault(word, []).append(number)
        self._owners = {word: np.array(numbers) for word, numbers in owners.items()}

    def _count(self, pairs: Sequence[tuple[Claim, Claim]]) -> None:
        """Learn from the twins how words are spelt, and which say what a text is about."""
        twins = [careful for _, careful in pairs]
        tokens: Counter[str] = Counter()
        for twin in twins:
            tokens.update(twin.text.lower().split())
        used: Counter[str] = Counter()
        for token, count in tokens.items():  # far fewer than there are words
            for word in _words(token):
                used[word] += count
        self._used, self._rare = used, RARE * len(twins)
        self._telling = max(1.0, TELLING * len(twins))  # it may be the only one with a word
        self._named = _words(" ".join({name for one in twins for name in (one.topic, one.remedy)}))

    def _fit(self, number: int) -> bool:
        """Say whether the twin of a pair is spelt right, and about the claim's matter."""
        claim, careful = self.pairs[number]
        words = _words(careful.text)
        if words & _SLIPS or any(
            self._used[word] < self._rare and word.isalpha() and word not in self._named
            for word in words
        ):
            return False
        matter = _words(f"{claim.text} {claim.topic} {claim.remedy}")
        return any(self._used[word] <= self._telling for word in words & matter)

    def _vector(self, text: str) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return the telling n-grams of a text and their TF-IDF values, of length 1."""
        parts = self._engine.parts
        indices, values = self._engine.values(undisguise(text))
        telling = parts.idf[indices] >= COMMON
        indices, values = indices[telling], values[telling]
        split = int(np.searchsorted(indices, parts.settings["n_words"]))
        for block in (values[:split], values[split:]):  # they weigh the same, as in the model
            block /= np.sqrt(block @ block) or 1.0
        return indices, values / (np.sqrt(values @ values) or 1.0)

    def _likely(self, sentence: str) -> list[int]:
        """Return the pairs whose overstated claims share the rarest words with a sentence."""
        found = [self._owners[word] for word in _words(sentence) if word in self._owners]
        if not found:
            return []
        lengths = np.array([len(owners) for owners in found])
        rarity = np.repeat(np.log(1 + len(self.pairs) / lengths), lengths)
        shared = np.bincount(np.concatenate(found), rarity, len(self.pairs))
        best = np.argsort(-shared, kind="stable")[:LIKELY]
        return [number for number in best.tolist() if shared[number]]

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
        >>> pair = (
        ...     Claim("1", "Garlic cures gout.", "overstated", ("cure",), "P"),
        ...     Claim("2", "Garlic was not tested in gout.", "measured", ("hedged",), "P"),
        ... )
        >>> Twins(misinfo.load().engine, [pair]).examples("Garlic cures gout!")[0].careful
        'Garlic was not tested in gout.'
        """
        query = np.zeros(len(self._engine.parts.idf))
        indices, values = self._vector(sentence)
        query[indices] = values
        ranks = []
        said, wanted = undisguise(sentence), set(tags)
        words = {word for word in _words(said) if self._used[word] <= self._telling}
        for number in self._likely(said):
            if number not in self._vectors:
                self._vectors[number] = self._vector(self.pairs[number][0].text)
            indices, values = self._vectors[number]
            near = float(query[indices] @ values)
            if near >= FLOOR:
                claim = self.pairs[number][0]
                favour = FAVOUR if wanted.intersection(claim.tags) else 1
                if words & _words(f"{claim.topic} {claim.remedy}"):
                    favour *= SAME
                ranks.append((near * favour, number, near))
        ranked = sorted(ranks, reverse=True)
        best = islice((rank for rank in ranked if self._fit(rank[1])), MOST)
        return tuple(self._example(number, near, tags) for _, number, near in best)

    def _example(self, number: int, similarity: float, tags: Sequence[str]) -> Example:
        claim, careful = self.pairs[number]
        tag = next((tag for tag in tags if tag in claim.tags), "")
        return Example(claim.text, careful.text, similarity, tag, why(tag))


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))
