"""Wording that recurs in labelled data: openings, and skeletons that templates leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from .errors import needed

if needed("sklearn"):
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from .rows import HEADING, Row

SHARED = 3  # groups from which on an opening or a skeleton recurs
SHORTEST = 4  # words of a row that can be told for a template
KEPT = 4  # words of a skeleton that are enough in a row twice as long or longer
# A word is kept in more than one of so many rows: slots recur in any data.
COMMON = (200, 50, 25, 12)
Found = tuple[str, float, str, list[str]]


def openings(data: Sequence[Row], normal: Sequence[str]) -> Found:
    """Return how often the commonest first three words that groups share open a row.

    Parameters
    ----------
    data : sequence of Row
        All rows.
    normal : sequence of str
        Their texts as they are compared.

    Returns
    -------
    tuple
        Name, value, unit and places of a check.

    Examples
    --------
    >>> texts = [f"a cup of {herb} daily" for herb in ("mint", "sage", "thyme")]
    >>> openings([Row(text, True, (), text, "") for text in texts], texts)[3]
    ['3 x a cup of ...']
    """
    counts: Counter[str] = Counter()
    groups: dict[str, set[str]] = {}
    for row, text in zip(data, normal, strict=True):
        if len(words := text.split()) >= HEADING:
            opening = " ".join(words[:3])
            counts[opening] += 1
            groups.setdefault(opening, set()).add(row.group)
    worst = [one for one in counts.most_common() if len(groups[one[0]]) >= SHARED][:10]
    share = worst[0][1] / len(data) if worst else 0.0
    return (
        "recurring openings",
        share,
        "share of the commonest opening of three groups or more",
        [f"{count} x {opening} ..." for opening, count in worst],
    )


def skeletons(data: Sequence[Row], normal: Sequence[str]) -> Found:
    """Return how many rows have a skeleton that three groups share.

    A skeleton is a row whose rarer words are blanked: what a slot-filling template leaves. How rare
    the words of slots are depends on how often each is used, so several limits are tried.

    Parameters
    ----------
    data : sequence of Row
        All rows.
    normal : sequence of str
        Their texts as they are compared.

    Returns
    -------
    tuple
        Name, value, unit and places of a check.

    Examples
    --------
    >>> texts = [f"{herb} cures gout fast" for herb in ("mint", "sage", "thyme")]
    >>> skeletons([Row(text, True, (), text, "") for text in texts], texts)[3]
    ['3 x _ cures gout fast']
    """
    counts = Counter(word for text in normal for word in set(text.split()))
    recurring: dict[str, int] = {}
    several: set[int] = set()
    for part in COMMON:
        common = {word for word, count in counts.items() if count > max(2, len(data) // part)}
        shapes: dict[str, list[int]] = {}
        for number, text in enumerate(normal):
            if shape := _skeleton(text.split(), common):
                shapes.setdefault(shape, []).append(number)
        for shape, rows in shapes.items():
            if len({data[n].group for n in rows}) >= SHARED:
                recurring[shape] = max(len(rows), recurring.get(shape, 0))
                several.update(rows)
    found = sorted(((count, shape) for shape, count in recurring.items()), reverse=True)
    return (
        "recurring skeletons",
        len(several) / max(1, len(data)),
        "share of rows with a skeleton of three or more",
        [f"{count} x {shape}" for count, shape in found],
    )


def _skeleton(words: Sequence[str], common: set[str]) -> str:
    """Return words with the rarer ones blanked; empty where what is left says too little."""
    kept = [word for word in words if word in common]
    enough = max(min(KEPT, len(words) / 2), len(words) / 3)
    if len(words) < SHORTEST or not enough <= len(kept) < len(words):
        return ""
    if all(len(word) == 1 or word in ENGLISH_STOP_WORDS for word in kept):
        return ""
    shape: list[str] = []
    for word in words:
        if word in common:
            shape.append(word)
        elif shape[-1:] != ["_"]:  # slots hold one word or several
            shape.append("_")
    return " ".join(shape)
