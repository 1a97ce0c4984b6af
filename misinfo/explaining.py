"""Why a sentence has its number: contributions of n-grams, and of the words that they cover."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .disguises import undisguise
from .engine import Engine, character_ngrams, token_pattern, word_ngrams
from .pooling import logistic
from .records import Explanation, Term

_EMOJI = r"(?!\w)[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]"
WORD = re.compile(rf"(?:(?!{_EMOJI})\S)+|(?:{_EMOJI})+")
"""What is shown as a word: emoji between letters are words of their own, without a space too."""


def explain(engine: Engine, sentence: str) -> Explanation:
    """Say how much each n-gram and each word contributes to the number of a sentence.

    Parameters
    ----------
    engine : Engine
        Of the model.
    sentence : str
        Read whole.

    Returns
    -------
    Explanation
        The weights of its n-grams, and likewise of its words, add up with the intercept to the
        log-odds. An n-gram's weight is spread evenly over the words that it stands in.

    Examples
    --------
    >>> import misinfo
    >>> explain(misinfo.load().engine, "Tea cures gout.").words[0].text
    'Tea'
    """
    parts, sentence = engine.parts, undisguise(sentence)
    log_odds = engine.read([sentence])[0][0]
    indices, weights, intercept = engine.contributions(sentence)
    n_words = parts.settings["n_words"]
    ngrams = [
        Term(parts.vocabulary[index], weight, "word" if index < n_words else "letters")
        for index, weight in zip(indices.tolist(), weights.tolist(), strict=True)
    ]
    places = _places(sentence, parts.settings["vectoriser"])
    shown = WORD.findall(sentence)
    words = [0.0] * len(shown)
    for index, term in zip(indices.tolist(), ngrams, strict=True):
        where = places[index < n_words, term.text]
        for number in where:
            words[number] += term.weight / len(where)
    probabilities = logistic(log_odds).tolist()
    tags = sorted(
        zip(parts.settings["heads"][1:], probabilities[1:], strict=True), key=lambda tag: -tag[1]
    )
    return Explanation(
        sentence,
        probabilities[0],
        float(log_odds[0]),
        intercept,
        tuple(sorted(ngrams, key=lambda term: -abs(term.weight))),
        tuple(map(Term, shown, words)),
        dict(tags),
    )


def _places(sentence: str, vectoriser: Mapping[str, Any]) -> dict[tuple[bool, str], list[int]]:
    """Return for each n-gram the numbers of the words that it covers."""
    token = re.compile(token_pattern(vectoriser["min_token"]))
    tokens: list[str] = []
    owners: list[int] = []
    places: dict[tuple[bool, str], list[int]] = {}
    if vectoriser.get("lowercase", True):
        sentence = sentence.lower()
    number = 0
    for word in sentence.split():
        shown = dict(enumerate(WORD.findall(word), number))
        for number, piece in shown.items():
            found = token.findall(piece)
            tokens += found
            owners += [number] * len(found)
        for ngram in character_ngrams(word, tuple(vectoriser["char_range"])):
            within = [n for n, piece in shown.items() if ngram.strip() in piece]
            places.setdefault((False, ngram), []).extend(within or shown)
        number += 1
    for start, end in word_ngrams(tokens, tuple(vectoriser["word_range"])):
        ngram = " ".join(tokens[start:end])
        places.setdefault((True, ngram), []).extend(owners[start:end])
    return places
