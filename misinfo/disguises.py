"""Text with its disguises undone: what hides words from a reader of letters."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .shown import INVISIBLE, STROKES, shown

try:
    if os.environ.get("MISINFO_ENGINE") == "python":
        raise ImportError
    from . import _disguises as _disguises
except ImportError:  # no compiler when it was installed
    _disguises = None  # type: ignore[assignment]

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


SKELETON = _table("'\"-.!?*")
"""What punctuation stands for, where only the ends of sentences matter."""
_QUOTES = _table("'\"-")
# Letters of other scripts that are drawn like Latin ones: the Greek, Cyrillic and Armenian
# part of the Unicode Consortium's confusables (UTS 39) that stands in for Latin letters, and some
# that posts in "fancy" letters are made of.
_LOOKALIKE = str.maketrans(
    "аеорсухіјѕԁһԛԝкмнтвгпӏүѵҽѡєяАВЕКМНОРСТУХІЈЅԌԚԜӀҮѴЬЄЯαεικνορτυχωγησϳΑΒΕΖΗΙΚΜΝΟΡΤΥΧϲ"
    "օսոցհգզռաՕՍՏɑɡı",
    "aeopcyxijsdhqwkmhtbrnlyvewerABEKMHOPCTYXIJSGQWlYVbERaeikvoptuxwynojABEZHIKMNOPTYXc"
    "ounghqqnwOUSagi",
)
_STRANGE = re.compile(f"[{''.join(map(chr, _LOOKALIKE))}]")
# Small capitals, letters in black circles and squares, and an empty sign of Braille, which NFKC
# leaves as they are.
_DRAWN: dict[int, str | int | None] = {
    **str.maketrans("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz"),
    **{start + n: chr(ord("A") + n) for start in (0x1F150, 0x1F170) for n in range(26)},
    0x2800: " ",
}
_DRAWN_LETTER = re.compile("[\u0262-\u029f\u1d00-\u1d22\u2800\ua730\ua731\U0001f150-\U0001f189]")
_INVISIBLE = re.compile(f"[{INVISIBLE}\U000e0000-\U000e0fff]")
_REVERSED = re.compile("\u202e([^\u202c\n]*)")
# What NFKC left of marks is no accent of a letter, and neither are those that it took beside them.
_STROKE = re.compile(f"[{STROKES}]")
_STRUCK = re.compile(f"(.)[{STROKES}]+")
_RUN = re.compile(r"\w+")
_MIXED = re.compile(
    r"[A-Za-z][^\W\x00-\x7f]|[^\W\x00-\x7f][A-Za-z]"
    "|[\u0370-\u03ff][\u0400-\u052f]|[\u0400-\u052f][\u0370-\u03ff]"
)
_SPACED = re.compile(
    r"(?<!\w)[^\W\d_](?:( ?[^\w\s&<>,'\"] ?|_| {1,2}|\t)[^\W\d_])(?:\1[^\W\d_]){2,}(?!\w)"
)
_HINT = re.compile(r"[^A-Za-z0-9][^\W\d_][\W_]{1,3}[^\W\d_][\W_]")  # the middle of such a word
_BETWEEN = " .*_-·•"  # what sets letters apart wherever it stands alone between four
_HASHTAG = re.compile(r"#(?:[A-Z0-9]+[a-z]+){5,}")  # a sentence: names have fewer words
_HUMP = re.compile("(?<=[a-z])(?=[A-Z0-9])|(?<=[A-Z0-9])(?=[A-Z][a-z])")
# Addresses and Markdown's marks are no words: where a link leads, and what makes letters bold.
_MARKS = re.compile(
    r"""(?<=\])\((?:[^()\s]|\([^()\s]*\))*(?:\s+"[^"]*")?\)|(?:https?://|\bwww\.)[^\s()<>\[\]]+|\*\*+|__+""",
    re.IGNORECASE,
)
_MARKED = re.compile(r"[:\]*_Ww][/(*_Ww]")  # what stands in each of these, and seldom elsewhere
_SUSPICIOUS = re.compile(rf"{_MARKED.pattern}| %|#[A-Za-z]|[\0-\x08\x0e-\x1b\x7f]")
# Words set apart in ASCII, by kinds of characters: most texts are searched for them and have none.
_APART = " \t!#$%()*+-./:;=?@[\\]^_`{|}~"
_KINDS = bytes(
    ord("." if chr(n) in _APART else "a" if n < 128 and chr(n).isalpha() else "x")
    for n in range(256)
)
_SINGLES = re.compile(rb"a\.a\.a\.a|a.\.a\.\.a\..a|a..\.a\..\.a\...a")


def exact(text: str) -> str:
    """Return a string of another class, such as one of NumPy's, as a plain one.

    Parameters
    ----------
    text : str
        Of any class.

    Returns
    -------
    str
        The same object, if it is a plain string.

    Raises
    ------
    TypeError
        When it is no string.

    Examples
    --------
    >>> type(exact(np.str_("tea"))) is str
    True
    """
    if type(text) is str:
        return text
    if not isinstance(text, str):
        raise TypeError(f"a text must be a string, not {type(text).__name__}")
    return str.__str__(text)


def several(texts: Iterable[str]) -> Iterable[str]:
    """Return texts that are several, as what takes them one by one needs them.

    Parameters
    ----------
    texts : iterable of str
        What the caller gave.

    Returns
    -------
    iterable of str
        The same object.

    Raises
    ------
    TypeError
        When it is one string, which would be taken letter by letter, or a mapping or a frame, which
        gives its names alone.

    Examples
    --------
    >>> several(["a", "b"])
    ['a', 'b']
    """
    if isinstance(texts, str):
        raise TypeError("expected several texts, not one string: put it into a list")
    if isinstance(texts, Mapping) or hasattr(texts, "columns"):  # it gives names alone
        kind = type(texts).__name__
        raise TypeError(f"expected several texts, not a {kind}: pass a list, or one column")
    return texts


def undisguise(text: str) -> str:
    """Undo the tricks that hide words from a reader of letters.

    Invisible characters and marks that strike letters out go, what is displayed backwards is turned
    round, compatibility forms become plain letters (Unicode NFKC), curly quotes and long dashes
    become plain, words written letter by letter are closed up, hashtags of five words and more
    are opened, and look-alike letters of other scripts become Latin in words that mix scripts. Web
    addresses, the targets of Markdown's links, its marks of bold letters, and tags of HTML go too:
    they would drown the words beside them. References to characters (``&amp;``) become the
    characters.

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
    >>> undisguise("It [**cures**](/shop?id=7) gout https://tea.example/?ref=7")
    'It [cures] gout '
    """
    text = exact(text)
    if "<" in text or "&" in text:  # perhaps of HTML
        text = shown(text)
    if text.isascii() and not _suspicious(text):
        return text
    if not text.isascii():
        text = translated(text, _QUOTES)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        if "\u202e" in text:
            text = _REVERSED.sub(lambda run: run[1][::-1], text)
        text = _INVISIBLE.sub("", text)
        if _STROKE.search(text):
            text = _STRUCK.sub(_bare, text)
        if _DRAWN_LETTER.search(text):
            text = text.translate(_DRAWN)
    else:
        text = _INVISIBLE.sub("", text)
    if _MARKED.search(text):
        text = _MARKS.sub("", text)
    if _spelled(text) if text.isascii() else _HINT.search(text):
        text = _SPACED.sub(_closed_up, text)
    if "#" in text:
        text = _HASHTAG.sub(lambda tag: _HUMP.sub(" ", tag[0]), text)
    if not text.isascii() and _STRANGE.search(text):
        text = _RUN.sub(_alike, text)
    return text.replace(" %", "%")


def _bare(struck: re.Match[str]) -> str:
    """Return the letter below marks."""
    return unicodedata.normalize("NFD", struck[1])[0]


def _closed_up(word: re.Match[str]) -> str:
    """Return a word without what sets its letters apart, if it is no list of letters."""
    closed = word[0].replace(word[1], "")
    letters = closed.lower()
    listed = len(set(letters)) < 3 or sorted(set(letters)) == list(letters)
    return word[0] if listed and word[1] not in _BETWEEN else closed


def _alike(run: re.Match[str]) -> str:
    """Return a word with look-alike letters made Latin, where Latin ones stand beside others."""
    word = run[0]
    return word.translate(_LOOKALIKE) if not word.isascii() and _MIXED.search(word) else word


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

    Raises
    ------
    TypeError
        When a text is not a string, or when `texts` is one, a mapping or a frame.

    Examples
    --------
    >>> undisguise_all(["c-u-r-e", "cure"])
    ['cure', 'cure']
    """
    return [undisguise(text) for text in several(texts)]


def in_place(
    texts: Sequence[str], found: NDArray[np.int64], lengths: NDArray[np.int64]
) -> tuple[list[str], NDArray[np.int64], list[int]]:
    """Return the sentences of texts as the model reads them, without a string for each.

    Parameters
    ----------
    texts : sequence of str
        Any strings.
    found, lengths : ndarray of int64
        What ``text.bounds(texts)`` returned.

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
    >>> from misinfo.text import bounds
    >>> texts = ["It’s tea. So thé."]
    >>> said, places, sizes = in_place(texts, *bounds(texts))
    >>> said, places.tolist(), sizes
    (["It's tea. So th\\x00.", 'So thé.'], [[0, 9], [0, 7]], [1, 1])
    """
    said: list[str] = []
    sizes: list[int] = []
    places, begin = found, 0
    for text, size in zip(map(exact, texts), lengths.tolist(), strict=True):
        end = begin + size
        plain, odd = _plain(text)
        if ("<" in plain or "&" in plain) and shown(text) is not text:
            plain, odd = plain.replace("<", "\0").replace("&", "\0"), True
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
        if begin < end:
            said.append(plain)
            sizes.append(end - begin)
        begin = end
    return said, places, sizes


def _plain(text: str) -> tuple[str, bool]:
    """Return a text in ASCII, and whether it may not say everything as it is read.

    It is as long as the text, with plain quotes and dashes, and NUL for any other letter.
    """
    if _disguises is not None:
        return _disguises.plain(text, _QUOTES)
    plain = translated(text, _QUOTES)
    plain = "".join(char if char.isascii() else "\0" for char in plain)
    return plain, "\0" in plain or _suspicious(plain)


def _odd(plain: str, found: NDArray[np.int64], first: int, last: int) -> list[int]:
    """Return which sentences, from one number to another, are not read as `plain` says them."""
    if _disguises is not None:
        return _disguises.odd(plain, found, first, last)
    pieces = (plain[start:end] for start, end in found[first:last].tolist())
    return [n for n, piece in enumerate(pieces, first) if "\0" in piece or _suspicious(piece)]


def translated(text: str, table: str) -> str:
    """Replace letters of a text by those that a table has for them.

    Parameters
    ----------
    text : str
        Any string.
    table : str
        ASCII: what stands for each letter, by its number, or NUL for the letter itself.

    Returns
    -------
    str
        Of the same length.

    Examples
    --------
    >>> translated("“tea” – gout", SKELETON)
    '"tea" - gout'
    """
    if _disguises is not None:
        return _disguises.translated(text, table)
    size = len(table)
    return "".join(
        table[ord(char)] if ord(char) < size and table[ord(char)] != "\0" else char for char in text
    )


def _suspicious(text: str) -> bool:
    if _disguises is not None:
        return _disguises.suspicious(text)
    return _SUSPICIOUS.search(text) is not None or _spelled(text)


def _spelled(text: str) -> bool:
    """Say whether ASCII letters stand one by one somewhere in a text."""
    return _SINGLES.search(text.encode("ascii", "replace").translate(_KINDS)) is not None
