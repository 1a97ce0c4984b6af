"""Pieces of plain text by ``sentencex``, and of what it takes for one sentence though it is not."""

from __future__ import annotations

import re
from collections.abc import Iterator

import sentencex

# The number of an item; after it the segmenter sees one sentence, however long it is.
_NUMBER = re.compile(
    r"[ \t]*(?:\(?(?:\d+|[A-Za-z]|[IVXLCDM]+|[ivxlcdm]+)\.?\)"
    r"|(?:[a-z]|[IVXLCDM]{2,}|[ivxlcdm]{2,})\.)(?=[ \t])"
)
_DEEP = 4  # lists within an item
_ITEMS = re.compile(r"(?<![ \t])[ \t]+(?=[-*+][ \t]+\S)")  # between items that stand in one line
_CAPITALS = re.compile(r"\S[ \t]+-[ \t]+[A-Z]")
_SEVERAL = 3  # dashes before capitals: fewer are of prose


def segmented(hidden: str) -> list[str]:
    """Return the segmenter's pieces, and those of what it takes for one.

    Parameters
    ----------
    hidden : str
        ASCII, of which nothing is to be seen that is no end of a sentence but looks like one.

    Returns
    -------
    list of str
        Which the segmenter may have left blank lines between.

    Examples
    --------
    >>> segmented("Worms. (1) It cures. It is safe. (2) Sleep.")
    ['Worms. ', '(1) It cures. ', 'It is safe. ', '(2) Sleep.']
    >>> segmented("We sell: - tea - balm")
    ['We sell: ', '- tea ', '- balm']
    """
    found: list[str] = sentencex.segment("en", hidden)
    numbered = list(map(_NUMBER.match, found))
    if any(numbered):
        parts = zip(found, numbered, strict=True)
        found = [one for part, n in parts for one in (_parted(part, _DEEP) if n else (part,))]
    if " - " in hidden or " * " in hidden:
        found = [
            one
            for part in found
            for one in (_items(part) if " - " in part or " * " in part else (part,))
        ]
    return found


def _parted(piece: str, deep: int) -> Iterator[str]:
    """Yield the sentences of a numbered item."""
    if deep and (number := _NUMBER.match(piece)):
        size = number.end()
        first, *rest = sentencex.segment("en", "_" * size + piece[size:])
        yield piece[:size] + first[size:]
        for one in rest:
            yield from _parted(one, deep - 1)
    else:
        yield piece


def _items(piece: str) -> Iterator[str]:
    """Yield the items of a list that was put into one line, and what comes before it."""
    begin, start = 0, piece.find(": - ")
    dashed = start >= 0 or (" - " in piece and len(_CAPITALS.findall(piece)) >= _SEVERAL)
    if dashed or piece.count(" * ") > 1:
        for gap in _ITEMS.finditer(piece, max(0, start)):
            yield piece[begin : gap.end()]
            begin = gap.end()
    yield piece[begin:]
