"""Sentences with character offsets, and text with its disguises undone.

``sentencex`` finds the sentence boundaries inside a line; this module decides which line
breaks are boundaries, keeps every offset exact, and never changes the caller's text.
"""

from __future__ import annotations

import codecs
import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
import sentencex
from numpy.typing import NDArray

try:
    if os.environ.get("MISINFO_ENGINE") == "python":
        raise ImportError
    from . import _spans
except ImportError:  # no compiler when it was installed
    _spans = None  # type: ignore[assignment]

Bounds = NDArray[np.int64]

MAX_SENTENCE = 500
"""Longest sentence in characters; a longer run without an end is cut at white space."""

_BREAK = re.compile(r"\n(?=[ \t]*(\w))")
_WRAPPED = 45  # characters of a line that is as long as wrapped prose
# A sentence does not end with these.
_JOINS = " of in to is or by as at an on the and for Dr. with from that "
# List marks, Markdown marks and numbering before the words of a line.
_MARK = re.compile(r"\s*(?:(?:[-*+#>~=_|.,;:•·]+|\(?\d{1,3}[.)]|\(?[A-Za-z][)])(?:\s+|$))*")
_ITEM = re.compile(r"\n[ \t]*(?:[-*+]|\(?\d{1,3}[.)])(?=[ \t])")
_WORD = re.compile("[A-Za-z0-9]")
_NUMBER = re.compile(r"\s*\(?(?:\d{1,3}|[A-Za-z])[.)]\s*")

_PLAIN = {
    **dict.fromkeys("‘’‚‛ʼ′´", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("。｡．", "."),
    **dict.fromkeys("！", "!"),
    **dict.fromkeys("？", "?"),
    **dict.fromkeys("•·▪◦‣●■►✓✔★☆➤➢⚫", "*"),
    "…": ".",
}


def _table(kept: str) -> str:
    """Return what stands for each letter, by its number, or NUL; only what is one of `kept`."""
    table = ["\0"] * (ord(max(_PLAIN)) + 1)
    for char, found in _PLAIN.items():
        if found in kept:
            table[ord(char)] = found
    return "".join(table)


_PLAINS, _QUOTES = _table("'\"-.!?*"), _table("'\"-")


@lru_cache(maxsize=4096)
def _stand_in(char: str) -> str:
    """Return one ASCII character that plays the same part in a sentence as `char`."""
    if char in "\u2028\u2029\x85":
        return "\n"
    if char.isspace():
        return " "
    if char.isalpha():
        return "A" if char.isupper() else "a"
    return "0" if char.isdigit() else "_"


def _stand_ins(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    run = error.object[error.start : error.end]
    return "".join(map(_stand_in, run)), error.end


codecs.register_error("misinfo.skeleton", _stand_ins)


def _skeleton(text: str) -> str:
    """Return `text` as ASCII of the same length, so that offsets in the one hold in the other.

    The segmenter then never meets a lone surrogate or a character of more than one byte.
    """
    if not text.isascii():
        text = _translated(text, _PLAINS)
        if not text.isascii():
            text = text.encode("ascii", "misinfo.skeleton").decode("ascii")
    if "\r" in text or "\x0b" in text or "\x0c" in text:
        text = re.sub(r"[\r\x0b\x0c]", "\n", text)
    return text


def spans(text: str) -> list[tuple[int, int]]:
    """Return where the sentences, headings and list items of a text begin and end.

    Parameters
    ----------
    text : str
        Any string, lone surrogates and NUL characters included.

    Returns
    -------
    list of tuple of int
        ``(start, end)`` in characters, ascending and without overlap. ``text[start:end]``
        begins and ends with a visible character and holds at least one letter or digit.

    Examples
    --------
    >>> text = "Our tea\\n\\n- It cures gout. No doctor needed!\\n- Ships in 3 days"
    >>> [text[start:end] for start, end in spans(text)]
    ['Our tea', 'It cures gout.', 'No doctor needed!', 'Ships in 3 days']
    """
    return [(start, end) for start, end in bounds([text])[0].tolist()]


def bounds(texts: Sequence[str]) -> tuple[Bounds, Bounds]:
    """Return the ``spans`` of several texts as arrays.

    Parameters
    ----------
    texts : sequence of str
        Any strings.

    Returns
    -------
    found : ndarray of int64, shape (n_sentences, 2)
        Where the sentences of the texts start and end, text after text, in characters.
    lengths : ndarray of int64, shape (n_texts,)
        How many sentences each text has.

    Examples
    --------
    >>> [array.tolist() for array in bounds(["Tea. Gout.", ""])]
    [[[0, 4], [5, 10]], [2, 0]]
    """
    lengths = np.empty(len(texts), dtype=np.int64)
    if _spans is not None:
        found = _spans.Bounds()
        for number, text in enumerate(texts):
            skeleton, hidden = _spans.prepared(text, _PLAINS, _JOINS)
            pieces = sentencex.segment("en", hidden)
            lengths[number] = _spans.find(found, text, skeleton, hidden, pieces, MAX_SENTENCE)
        return found.array(), lengths
    pairs: list[tuple[int, int]] = []
    for number, text in enumerate(texts):
        skeleton = _unwrapped(_skeleton(text))
        hidden = _hidden(skeleton)
        pairs += (
            added := _find(text, skeleton, hidden, _whole(hidden, sentencex.segment("en", hidden)))
        )
        lengths[number] = len(added)
    return np.array(pairs, dtype=np.int64).reshape(-1, 2), lengths


def _find(text: str, skeleton: str, hidden: str, pieces: list[str]) -> list[tuple[int, int]]:
    """Return the spans of a text, given what the segmenter makes of its hidden skeleton."""
    found: list[tuple[int, int]] = []
    begin = place = 0  # of the sentence, and of what is read
    for size in map(len, pieces):
        piece = hidden[place : place + size]
        *lines, piece = piece.split("\n") if "\n" in piece else (piece,)
        for line in lines:
            place += len(line)
            if begin < place:
                _add(found, text, skeleton, begin, place)
            begin = place = place + 1
        place += len(piece)
        if begin == place:
            continue
        if place - begin < 9 and _NUMBER.fullmatch(piece):
            continue  # "1. " belongs to what it numbers
        _add(found, text, skeleton, begin, place)
        begin = place
    if begin < place:
        _add(found, text, skeleton, begin, place)
    return found


def _hidden(skeleton: str) -> str:
    """Return what the segmenter is given: it takes a list item for one sentence, so no marks."""
    if "\n" not in skeleton:
        return skeleton
    return _ITEM.sub(lambda mark: "\n" + "_" * (len(mark[0]) - 1), "\n" + skeleton)[1:]


def _whole(hidden: str, pieces: list[str]) -> list[str]:
    """Return the segmenter's pieces together with the blank lines that it drops here and there."""
    if sum(map(len, pieces)) == len(hidden):
        return pieces
    whole, place = [], 0
    for piece in pieces:
        start = hidden.find(piece, place)
        if start < 0:
            continue
        if start > place:
            whole.append(hidden[place:start])
        whole.append(piece)
        place = start + len(piece)
    return [*whole, hidden[place:]]


def _unwrapped(skeleton: str) -> str:
    """Return the text with a space for each line break inside a sentence.

    That is where the line is as long as wrapped prose, ends without final punctuation, and what
    follows cannot be a heading or a list item.
    """
    parts, done = [], 0
    for match in _BREAK.finditer(skeleton):
        place = match.start()
        line = skeleton[skeleton.rfind("\n", 0, place) + 1 : place].rstrip(" \t")
        if len(line) < _WRAPPED:
            continue
        last = line[-1]
        if (
            (match[1].islower() and last not in ".!?:;|")
            or last in ",-"
            or f" {line[line.rfind(' ') + 1 :]} " in _JOINS
        ):
            parts += [skeleton[done:place], " "]
            done = place + 1
    return "".join([*parts, skeleton[done:]]) if parts else skeleton


def sentences(text: str, found: list[tuple[int, int]] | None = None) -> list[str]:
    """Return the sentences of a text as the model reads them, their disguises undone.

    Parameters
    ----------
    text : str
        Any string.
    found : list of tuple of int, optional
        What ``spans(text)`` returned, when it is already known.

    Returns
    -------
    list of str
        One for each span.

    Examples
    --------
    >>> sentences("Hello there. It c u r e s gout.")
    ['Hello there.', 'It cures gout.']
    """
    if found is None:
        pairs, lengths = bounds([text])
    else:
        pairs, lengths = np.array(found, np.int64).reshape(-1, 2), np.array([len(found)])
    said, places, sizes = in_place([text], pairs, lengths)
    owners = [part for part, size in zip(said, sizes, strict=True) for _ in range(size)]
    return [part[a:b] for part, (a, b) in zip(owners, places.tolist(), strict=True)]


def in_place(
    texts: Sequence[str], found: Bounds, lengths: Bounds
) -> tuple[list[str], Bounds, list[int]]:
    """Return the sentences of texts as the model reads them, without a string for each.

    Parameters
    ----------
    texts : sequence of str
        Any strings.
    found, lengths : ndarray of int64
        What ``bounds(texts)`` returned.

    Returns
    -------
    said : list of str
        Texts in ASCII, or sentences by themselves whose disguises had to be undone.
    places : ndarray of int64, shape (n_sentences, 2)
        Where in these the sentences stand, in the same order.
    sizes : list of int
        How many sentences stand in each of them.

    Examples
    --------
    >>> texts = ["It’s tea. So thé."]
    >>> said, places, sizes = in_place(texts, *bounds(texts))
    >>> said, places.tolist(), sizes
    (["It's tea. So th\\x00.", 'So thé.'], [[0, 9], [0, 7]], [1, 1])
    """
    said: list[str] = []
    sizes: list[int] = []
    places, begin = found, 0
    for text, size in zip(texts, lengths.tolist(), strict=True):
        end = begin + size
        plain, odd = _plain(text)
        for number in _odd(plain, found, begin, end) if odd else ():
            if begin < number:
                said.append(plain)
                sizes.append(number - begin)
            start, stop = found[number].tolist()
            said.append(undisguise(text[start:stop]))
            sizes.append(1)
            places = found.copy() if places is found else places
            places[number] = 0, len(said[-1])
            begin = number + 1
        said.append(plain)
        sizes.append(end - begin)
        begin = end
    return said, places, sizes


def _plain(text: str) -> tuple[str, bool]:
    """Return a text in ASCII, and whether it may not say everything as it is read.

    It is as long as the text, with plain quotes and dashes, and NUL for any other letter.
    """
    if _spans is not None:
        return _spans.plain(text, _QUOTES)
    plain = _translated(text, _QUOTES)
    plain = "".join(char if char.isascii() else "\0" for char in plain)
    return plain, "\0" in plain or _suspicious(plain)


def _odd(plain: str, found: Bounds, first: int, last: int) -> list[int]:
    """Return which sentences, from one number to another, are not read as `plain` says them."""
    if _spans is not None:
        return _spans.odd(plain, found, first, last)
    pieces = (plain[start:end] for start, end in found[first:last].tolist())
    return [n for n, piece in enumerate(pieces, first) if "\0" in piece or _suspicious(piece)]


def _add(found: list[tuple[int, int]], text: str, skeleton: str, start: int, end: int) -> None:
    """Add what stands between two places, without its list mark and the white space around it."""
    while end - start > MAX_SENTENCE:
        cut = skeleton.rfind(" ", start + MAX_SENTENCE // 2, start + MAX_SENTENCE)
        cut = cut if cut > 0 else start + MAX_SENTENCE
        _add(found, text, skeleton, start, cut)
        start = cut
    if end - start > 1 and skeleton[start : start + 2].isalpha():  # no mark, but words
        found.append((start, start + len(text[start:end].rstrip())))
        return
    mark = _MARK.match(skeleton, start, end)
    if mark is not None and mark.end() < end:
        start = mark.end()
    piece = text[start:end]
    end = start + len(piece.rstrip())
    start += len(piece) - len(piece.lstrip())
    if start < end and (_WORD.search(skeleton, start, end) or any(map(str.isalnum, piece))):
        found.append((start, end))


# Letters of other scripts that are drawn like Latin ones: the Greek, Cyrillic and Armenian
# part of the Unicode Consortium's confusables (UTS 39) that stands in for Latin letters.
_LOOKALIKE = str.maketrans(
    "аеорсухіјѕԁһԛԝкмнтвгпАВЕКМНОРСТУХІЈЅԌԚԜαεικνορτυχωγηΑΒΕΖΗΙΚΜΝΟΡΤΥΧϲօսոցհɑɡı",
    "aeopcyxijsdhqwkmhtbrnABEKMHOPCTYXIJSGQWaeikvoptuxwynABEZHIKMNOPTYXcouughagi",
)
_STRANGE = re.compile(f"[{''.join(map(chr, _LOOKALIKE))}]")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]"
)
_MIXED = re.compile(r"\w*(?:[A-Za-z][^\W\x00-\x7f]|[^\W\x00-\x7f][A-Za-z])\w*")
_SPACED = re.compile(r"(?<!\w)[^\W\d_](?:([ .*_\-])[^\W\d_])(?:\1[^\W\d_]){2,}(?!\w)")
_HINT = re.compile(r"[ .*_\-][^\W\d_][ .*_\-][^\W\d_][ .*_\-]")  # the middle of such a word
# Such words in ASCII, by kinds of characters: most texts are searched for them and have none.
_KINDS = bytes(
    ord("." if chr(n) in " .*_-" else "a" if n < 128 and chr(n).isalpha() else "x")
    for n in range(256)
)
_SINGLES = re.compile(rb"a\.a\.a\.a")


def undisguise(text: str) -> str:
    """Undo the tricks that hide words from a reader of letters.

    Invisible characters go, compatibility forms become plain letters (Unicode NFKC),
    look-alike letters of other scripts become Latin in words that mix scripts, curly quotes
    and long dashes become plain, and words written letter by letter are closed up.

    Parameters
    ----------
    text : str
        Any string.

    Returns
    -------
    str
        The text as a reader sees it. Ordinary ASCII text comes back as it is.

    Examples
    --------
    >>> undisguise("It c u r e s g\u200bout, 100 % n.a.t.u.r.a.l")
    'It cures gout, 100% natural'
    """
    if not _disguised(text):
        return text
    if not text.isascii():
        text = _translated(text, _QUOTES)
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
        if _STRANGE.search(text):
            text = _MIXED.sub(lambda word: word[0].translate(_LOOKALIKE), text)
    if _spelled(text) if text.isascii() else _HINT.search(text):
        text = _SPACED.sub(lambda word: word[0].replace(word[1], ""), text)
    return text.replace(" %", "%")


def undisguise_all(texts: Iterable[str]) -> list[str]:
    """Undo the disguises of several texts, as the first step of a scikit-learn pipeline does.

    Parameters
    ----------
    texts : iterable of str
        Any strings.

    Returns
    -------
    list of str
        ``undisguise`` of each.

    Examples
    --------
    >>> undisguise_all(["c-u-r-e", "cure"])
    ['cure', 'cure']
    """
    return [undisguise(text) for text in texts]


def _disguised(text: str) -> bool:
    return not text.isascii() or _suspicious(text)


def _translated(text: str, table: str) -> str:
    """Return a text with those of its letters replaced that have another than NUL in a table."""
    if _spans is not None:
        return _spans.translated(text, table)
    size = len(table)
    return "".join(
        table[ord(char)] if ord(char) < size and table[ord(char)] != "\0" else char for char in text
    )


def _suspicious(text: str) -> bool:
    if _spans is not None:
        return _spans.suspicious(text)
    return " %" in text or _spelled(text)


def _spelled(text: str) -> bool:
    """Say whether ASCII letters stand one by one somewhere in a text."""
    return _SINGLES.search(text.encode("ascii", "replace").translate(_KINDS)) is not None
