"""What is wrong with labelled data: duplicates, conflicts, leaks, templates, doubtful labels.

A linear model takes every shortcut that the data leave open; the audit measures them. Each check
has a figure, a limit where there is one, and the places that it found.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import category

import numpy as np
from numpy.typing import NDArray

from .errors import needed

if needed("sklearn"):
    from scipy import sparse
    from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

from .disguises import undisguise
from .metrics import roc_auc
from .pooling import logistic
from .rows import HEADING, Row, normal
from .splitting import GROUPS, folds
from .templates import SHARED, Found, openings, skeletons

SIMILAR = 0.6
AT_ONCE = 10_000_000  # members of the sets that are compared at a time
COMMON = 4  # rarest members that two such sets share, looked for first
MARKS = 50  # that the form of a text is told by
CLAIM = 3  # words of the shortest claim by the codebook; headings show what they are
NOTHING = float("nan")  # the figure of what cannot be computed
LIMITS = {
    "conflicting labels": 0,
    "near duplicates": 0,
    "copies": 0,
    "texts in several files": 0,
    "groups in several splits": 0,
    "pairs that do not differ": 0,
    "form leak": 0.60,
    "topic leak": 0.60,
    "recurring openings": 0.005,
    "recurring skeletons": 0.005,
    "one-sided registers": 0,
}


@dataclass(frozen=True)
class Check:
    """One question that the audit of labelled data asked.

    Parameters
    ----------
    name : str
        What was asked.
    value : float
        A count, a share or an area under the curve, as `unit` says; NaN where there was nothing to
        look at, or too little.
    unit : str
        What the value is.
    limit : float or None
        The highest value that passes; None where there is no limit.
    found : tuple of str
        The places, the worst first.
    """

    name: str
    value: float
    unit: str
    limit: float | None
    found: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """Return the value for people: counts are whole numbers."""
        if self.value != self.value:
            return "-"
        return f"{self.value:,.0f}" if self.value.is_integer() else f"{self.value:.4g}"

    @property
    def passed(self) -> bool | None:
        """Whether the value is within the limit; None where there is a limit and no value."""
        if self.limit is None:
            return True
        return None if self.value != self.value else self.value <= self.limit

    def to_dict(self) -> dict[str, Any]:
        """Return the check as plain values.

        Returns
        -------
        dict
            One key for each field, and ``passed``.

        Examples
        --------
        >>> Check("near duplicates", 1, "pairs", 0).to_dict()["passed"]
        False
        """
        return {**vars(self), "found": list(self.found), "passed": self.passed}


def audit(data: Sequence[Row]) -> list[Check]:
    """Look for everything that would let a model cheat.

    Parameters
    ----------
    data : sequence of Row
        As ``training.read`` returns them.

    Returns
    -------
    list of Check
        In a fixed order.

    Examples
    --------
    >>> rows = [Row(f"text number {n}", n > 4, (), str(n), "") for n in range(10)]
    >>> [check.name for check in audit(rows)][:2]
    ['conflicting labels', 'exact duplicates']
    """
    texts = [normal(row.text) for row in data]
    same, conflicts, several = _repeated(data, texts)
    copies = [place for place, text in same if len(text.split()) >= HEADING]
    near = _near(data, texts)
    checks = [
        ("conflicting labels", len(conflicts), "texts with two labels", conflicts),
        ("exact duplicates", len(same), "rows beyond the first", [place for place, _ in same]),
        ("copies", len(copies), "of five words or more: keep one of each, and weigh it", copies),
        (
            "near duplicates",
            len(near),
            f"pairs over Jaccard {SIMILAR} in groups or splits apart",
            near,
        ),
        ("texts in several files", len(several), "of five words or more, in splits too", several),
        _torn(data, texts),
        _flat_pairs(data, texts),
        _form_leak(data),
        _topic_leak(data),
        _one_sided(data, "register"),
        _one_sided(data, "topic"),
        openings(data, texts),
        skeletons(data, texts),
        _doubtful(data),
    ]
    return [
        Check(name, float(value), unit, LIMITS.get(name), tuple(found))
        for name, value, unit, found in checks
    ]


def conflicts(data: Sequence[Row], more: Sequence[Row]) -> list[str]:
    """Find texts that have one label in some rows and the other in more of them.

    Parameters
    ----------
    data : sequence of Row
        Few or many.
    more : sequence of Row
        Rows that were audited already.

    Returns
    -------
    list of str
        The places, one for each text.

    Examples
    --------
    >>> mine, theirs = (Row("Tea cures.", n > 0, (), str(n), "", id=str(n)) for n in (0, 1))
    >>> conflicts([mine], [theirs])
    ['1 = 0: Tea cures.']
    """
    mine = [normal(row.text) for row in data]
    known = {text: row for row, text in zip(data, mine, strict=True)}
    return list(
        {
            text: f"{row.id} = {known[text].id}: {_cut(row.text)}"
            for row in more
            if (text := normal(row.text)) in known and known[text].overstated != row.overstated
        }.values()
    )


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 100 else f"{text[:99]}…"


def _repeated(
    data: Sequence[Row], texts: Sequence[str]
) -> tuple[list[tuple[str, str]], list[str], list[str]]:
    """Return the rows beyond the first of each text, texts with two labels, and in two files."""
    first: dict[str, Row] = {}
    same, conflicts, several = list[tuple[str, str]](), dict[str, str](), dict[str, str]()
    for row, text in zip(data, texts, strict=True):
        other = first.setdefault(text, row)
        if other is not row:
            place = f"{row.id} = {other.id}: {_cut(row.text)}"
            same.append((place, text))
            if (other.overstated, other.label) != (row.overstated, row.label):
                conflicts.setdefault(text, place)
            if other.part != row.part and len(text.split()) >= HEADING:
                several.setdefault(text, place)
    return same, list(conflicts.values()), list(several.values())


def _near(data: Sequence[Row], texts: Sequence[str], asked: int | None = None) -> list[str]:
    """Return rows apart, one of the first `asked`, with most character 5-grams alike.

    Apart are rows of different groups, files or splits.

    Exact, by the prefix filter of set-similarity joins (Chaudhuri et al., ICDE 2006): of two sets
    with Jaccard index J the k rarest common members are among the rarest (1 - J) n + k of each.
    Of the rows of one group that have the same text the first stands for all.
    """
    first: dict[tuple[str, str], int] = {}
    for n, (row, text) in enumerate(zip(data, texts, strict=True)):
        if len(text.split()) >= HEADING:
            first.setdefault((row.group, text), n)
    members = list(first.values())
    if len(members) < 2:
        return []
    counter = CountVectorizer(
        analyzer="char", ngram_range=(5, 5), binary=True, lowercase=False, dtype=np.uint8
    )
    sets = counter.fit_transform([texts[n] for n in members]).tocsr()
    order = np.argsort(np.argsort(np.bincount(sets.indices), kind="stable")).astype(np.int32)
    sets = sparse.csr_matrix((sets.data, order[sets.indices], sets.indptr), shape=sets.shape)
    sets.sort_indices()
    sizes = np.diff(sets.indptr)
    place = np.arange(sets.nnz, dtype=np.int32) - np.repeat(sets.indptr[:-1], sizes)
    keep = place < np.repeat((np.floor((1 - SIMILAR) * sizes) + COMMON).astype(np.int32), sizes)
    ends = np.append(0, np.cumsum(keep))[sets.indptr]
    ones = np.ones(ends[-1], dtype=np.int32)
    prefixes = sparse.csr_matrix((ones, sets.indices[keep], ends), shape=sets.shape)
    turned = prefixes.T.tocsr()
    apart = [f"{data[n].group}\n{data[n].part}" for n in members]
    groups = np.unique(apart, return_inverse=True)[1]
    step = max(1, AT_ONCE // int(sizes.max()))
    found = []
    last = bisect_left(members, len(data) if asked is None else asked)
    for begin in range(0, last, 2000):  # the product of all at once is too large
        pairs = (prefixes[begin : min(begin + 2000, last)] @ turned).tocoo()
        a, b = pairs.row + begin, pairs.col
        enough = np.minimum(COMMON, np.ceil(SIMILAR * np.maximum(sizes[a], sizes[b])))
        likely = (a < b) & (pairs.data >= enough) & (groups[a] != groups[b])
        for some in np.split(np.flatnonzero(likely), range(step, np.count_nonzero(likely), step)):
            one, other = a[some], b[some]
            both = np.asarray(sets[one].multiply(sets[other]).sum(axis=1)).ravel()
            index = both / (sizes[one] + sizes[other] - both)
            found += [
                (float(index[i]), data[members[one[i]]], data[members[other[i]]])
                for i in np.flatnonzero(index > SIMILAR).tolist()
            ]
    found.sort(key=lambda item: -item[0])
    return [f"{one.id} ~ {other.id} ({j:.2f}): {_cut(one.text)}" for j, one, other in found]


def _torn(data: Sequence[Row], texts: Sequence[str]) -> Found:
    """Return groups and pairs of which some rows stand in one file or split, some in another."""
    members: dict[tuple[str, str], list[int]] = {}
    for number, row in enumerate(data):
        members.setdefault(("group", row.group), []).append(number)
        if row.pair:
            members.setdefault(("pair", row.pair), []).append(number)
    torn: dict[tuple[int, ...], str] = {}  # a pair that is its own group counts once
    for (kind, name), rows in members.items():
        parts = list(dict.fromkeys(data[n].part for n in rows))
        if len(parts) > 1 and len({texts[n] for n in rows}) > 1:  # others are texts in several
            torn.setdefault(tuple(rows), f"{kind} {name!r}: {'; '.join(parts)}")
    unit = "groups or pairs, in files too: keep each in one"
    return "groups in several splits", len(torn), unit, list(torn.values())


def _flat_pairs(data: Sequence[Row], texts: Sequence[str]) -> Found:
    pairs: dict[str, list[tuple[Row, str]]] = {}
    for row, text in zip(data, texts, strict=True):
        if row.pair:
            pairs.setdefault(row.pair, []).append((row, text))
    flat = [
        f"{members[0][0].id}: {_cut(members[0][0].text)}"
        for members in pairs.values()
        if len({text for _, text in members}) < len(members)
    ]
    return "pairs that do not differ", len(flat) if pairs else NOTHING, "pairs", flat


def _held_out(features: Any, model: Any, data: Sequence[Row]) -> NDArray[np.float64]:
    """Return log-odds of rows by a model that saw no row of their group."""
    labels, method = [row.overstated for row in data], "decision_function"
    return np.asarray(cross_val_predict(model, features, labels, cv=folds(data), method=method))


def _enough(data: Sequence[Row]) -> bool:
    sides = ({row.group for row in data if row.overstated is side} for side in (True, False))
    return min(map(len, sides)) >= GROUPS


def _marks(data: Sequence[Row]) -> list[str]:
    """Return punctuation, signs, spaces and line ends that some groups use, commonest first."""
    counts = Counter(mark for row in data for mark in {*row.text} if category(mark)[0] in "CPSZ")
    return [mark for mark, count in counts.most_common(MARKS) if count >= SHARED]


def _form(text: str, marks: Sequence[str]) -> list[float]:
    """Return what a text looks like, without a word of it."""
    words = text.split()
    letters = max(1, len(text))
    return [
        np.log(letters),
        len(words),
        sum(map(len, words)) / max(1, len(words)),
        sum(map(str.isupper, text)) / letters,
        sum(word.isupper() and len(word) > 1 for word in words),
        sum(map(str.isdigit, text)) / letters,
        float(text[-1:] in ".!?"),
        float(any(map(str.isdigit, text))),
        sum(not char.isascii() for char in text),
        sum(not char.isascii() and category(char) == "So" for char in text),  # emoji
        *map(text.count, marks),
    ]


def _form_leak(data: Sequence[Row]) -> Found:
    unit = "AUC of length, punctuation, spaces, capitals and digits alone, from three words on"
    data = [row for row in data if len(row.text.split()) >= CLAIM]
    if not _enough(data):
        return "form leak", NOTHING, unit, []
    marks = _marks(data)
    features = np.array([_form(row.text, marks) for row in data])
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    scores = _held_out(features, model, data)
    return "form leak", roc_auc(np.array([r.overstated for r in data]), scores), unit, []


def _topic_leak(data: Sequence[Row]) -> Found:
    unit = "AUC of topic and remedy alone, on paired rows if there are any"
    paired = [row for row in data if row.pair] or data
    words = [f"{row.topic} {row.remedy}" for row in paired]
    if not _enough(paired) or not any(map(str.strip, words)):
        return "topic leak", NOTHING, unit, []
    model = make_pipeline(TfidfVectorizer(token_pattern=r"\S+"), LogisticRegression())
    scores = _held_out(np.array(words, dtype=object), model, paired)
    return "topic leak", roc_auc(np.array([r.overstated for r in paired]), scores), unit, []


def _one_sided(data: Sequence[Row], name: str) -> Found:
    """Return how many registers or topics have one label only, and the balance of each."""
    counts: dict[str, list[int]] = {}
    for row in data:
        if value := getattr(row, name):
            counts.setdefault(value, [0, 0])[row.overstated] += 1
    order = sorted(counts, key=lambda value: (min(counts[value]) > 0, -sum(counts[value]), value))
    found = [
        f"{value}: {counts[value][1]} overstated, {counts[value][0]} measured" for value in order
    ]
    alone = sum(not all(both) for both in counts.values()) if counts else NOTHING
    return f"one-sided {name}s", alone, f"{name}s with one label only", found


def _doubtful(data: Sequence[Row]) -> Found:
    """Return rows that a model which never saw them takes for the other label.

    Confident learning (Northcutt et al., JAIR 2021): the other label is at least as probable as
    it is, on average, for the rows that carry it.
    """
    unit = "rows that a model trained without them contradicts"
    if not _enough([row for row in data if re.search(r"\w", row.text)]):
        return "doubtful labels", NOTHING, unit, []
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\b\w+\b")
    features = words.fit_transform([undisguise(row.text) for row in data])  # knows no label
    scores = logistic(_held_out(features, LogisticRegression(C=8, solver="liblinear"), data))
    labels = np.array([row.overstated for row in data])
    high, low = scores[labels].mean(), scores[~labels].mean()
    doubtful = (labels & (scores <= low)) | (~labels & (scores >= high))
    loss = np.where(labels, -scores, scores)
    order = [n for n in np.argsort(-loss).tolist() if doubtful[n]]
    found = [
        f"{data[n].id} ({'overstated' if labels[n] else 'measured'}): {_cut(data[n].text)}"
        for n in order
    ]
    return "doubtful labels", len(order), unit, found
