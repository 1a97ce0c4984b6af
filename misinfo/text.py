"""Sentences with character offsets, and text with its disguises undone.

``sentencex`` finds the sentence boundaries inside a line; this module decides which line
breaks are boundaries, keeps every offset exact, and never changes the caller's text.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

import sentencex

MAX_SENTENCE = 500
"""Longest sentence in characters; a longer run without an end is cut at white space."""

# A line break inside a sentence: the line is as long as wrapped prose, it ends without final
# punctuation, and what follows cannot be a heading or a list item.
_WRAP = re.compile(
    r"(?<=[^\n]{45})(?:(?<![.!?:;|\s])(?=[ \t]*\n[ \t]*[a-z])"
    r"|(?<=,|-)(?=[ \t]*\n[ \t]*\w)"
    r"|(?<=\b(?:of|in|to|is|or|by|as|at|an|on))(?=[ \t]*\n[ \t]*\w)"
    r"|(?<=\b(?:the|and|for|Dr\.))(?=[ \t]*\n[ \t]*\w)"
    r"|(?<=\b(?:with|from|that))(?=[ \t]*\n[ \t]*\w))"
    r"[ \t]*\n"
)
# List marks, Markdown marks and numbering before the words of a line.
_MARK = re.compile(r"\s*(?:(?:[-*+#>~=_|.,;:•·]+|\(?\d{1,3}[.)]|\(?[A-Za-z][)])(?:\s+|$))*")
_NUMBER = re.compile(r"\s*\(?(?:\d{1,3}|[A-Za-z])[.)]\s*")

_PLAIN = {
    **dict.fromkeys("‘’‚‛ʼ′`´", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("。｡．", "."),
    **dict.fromkeys("！", "!"),
    **dict.fromkeys("？", "?"),
    **dict.fromkeys("•·▪◦‣●■►✓✔★☆➤➢⚫", "*"),
    "…": ".",
}


@lru_cache(maxsize=4096)
def _stand_in(char: str) -> str:
    """Return one ASCII character that plays the same part in a sentence as `char`."""
    if char in _PLAIN:
        return _PLAIN[char]
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
    skeleton = _skeleton(text)
    if "\n" in skeleton:
        skeleton = _WRAP.sub(lambda match: " " * len(match[0]), skeleton)
    found: list[tuple[int, int]] = []
    offset = 0
    for line in skeleton.split("\n"):
        start = offset
        offset += len(line) + 1
        if not line or line.isspace():
            continue
        position = begin = start
        for piece in sentencex.segment("en", line):
            position += len(piece)
            if position - begin == len(piece) and _NUMBER.fullmatch(piece):
                continue  # "1. " belongs to what it numbers
            _add(found, text, skeleton, begin, position)
            begin = position
        if begin < position:
            _add(found, text, skeleton, begin, position)
    return found


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
    pieces = [text[start:end] for start, end in (spans(text) if found is None else found)]
    return undisguise_all(pieces) if _disguised(text) else pieces


def _add(found: list[tuple[int, int]], text: str, skeleton: str, start: int, end: int) -> None:
    while end - start > MAX_SENTENCE:
        cut = skeleton.rfind(" ", start + MAX_SENTENCE // 2, start + MAX_SENTENCE)
        cut = cut if cut > 0 else start + MAX_SENTENCE
        _add(found, text, skeleton, start, cut)
        start = cut
    mark = _MARK.match(skeleton, start, end)
    if mark is not None and mark.end() < end:
        start = mark.end()
    piece = text[start:end]
    end -= len(piece) - len(piece.rstrip())
    start += len(piece) - len(piece.lstrip())
    if any(map(str.isalnum, piece)):
        found.append((start, end))


# Letters of other scripts that are drawn like Latin ones: the Greek, Cyrillic and Armenian
# part of the Unicode Consortium's confusables (UTS 39) that stands in for Latin letters.
_LOOKALIKE = str.maketrans(
    "аеорсухіјѕԁһԛԝкмнтвгпАВЕКМНОРСТУХІЈЅԌԚԜαεικνορτυχωγηΑΒΕΖΗΙΚΜΝΟΡΤΥΧϲօսոցհɑɡı",
    "aeopcyxijsdhqwkmhtbrnABEKMHOPCTYXIJSGQWaeikvoptuxwynABEZHIKMNOPTYXcouughagi",
)
_PUNCTUATION = str.maketrans({char: plain for char, plain in _PLAIN.items() if plain in "'\"-"})
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]"
)
_MIXED = re.compile(r"\w*(?:[A-Za-z][^\W\x00-\x7f]|[^\W\x00-\x7f][A-Za-z])\w*")
_SPACED = re.compile(r"(?<!\w)[^\W\d_](?:([ .*_\-])[^\W\d_])(?:\1[^\W\d_]){2,}(?!\w)")
_HINT = re.compile(r"[ .*_\-]\w[ .*_\-]\w| %")


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
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).translate(_PUNCTUATION)
        text = _MIXED.sub(lambda word: word[0].translate(_LOOKALIKE), text)
    return _SPACED.sub(lambda word: word[0].replace(word[1], ""), text).replace(" %", "%")


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
    return not text.isascii() or _HINT.search(text) is not None
