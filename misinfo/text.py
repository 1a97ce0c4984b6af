"""Sentences with character offsets.

``sentencex`` finds the sentence boundaries inside a line; this module decides which line
breaks are boundaries, keeps every offset exact, and never changes the caller's text.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .blocks import wrapped
from .disguises import SKELETON, exact, translated, undisguise
from .segmenting import segmented
from .shown import Cuts, cut, restored

try:
    if os.environ.get("MISINFO_ENGINE") == "python":
        raise ImportError
    from . import _spans as _spans
except ImportError:  # no compiler when it was installed
    _spans = None  # type: ignore[assignment]

Bounds = NDArray[np.int64]

MAX_SENTENCE = 500
"""Longest sentence in characters that are shown; a longer run is cut at white space."""

# A quotation mark of mails and Markdown may stand at the beginning of each line.
_BREAK = re.compile(r"\n([ \t]*(?:>[> \t]*)?)(?=(\w))(?!(?:\d{1,3}[.)]|[A-Za-z]\))[ \t])", re.ASCII)
_QUOTED = re.compile(r"[ \t]*(?:>[> \t]*)?")
_WRAPPED = 45  # characters of a line that is as long as wrapped prose
_COLUMN = 20  # characters of a line of a narrow column
# A sentence does not end with these.
_JOINS = " of in to is or by as at an on the and for Dr. Mr. Mrs. Prof. with from that "
# List marks, Markdown marks and numbering before the words of a line.
_MARK = re.compile(r"\s*(?:(?:[-*+#>~=_|.,;:•·]+|\(?\d{1,3}[.)]|\(?[A-Za-z][)])(?:\s+|$))*")
_ITEM = re.compile(r"^[ \t]*(?:[-*+]|\(?\d{1,3}[.)]|\([A-Za-z]{1,4}\))(?=[ \t])", re.MULTILINE)
# Before a small letter or a number these end no sentence either.
_SHORT = " approx lb lbs oz fig figs Fig Figs ref refs Ref Refs incl max min resp vol tel ext "
_SHORTENED = re.compile(rf"(?<![A-Za-z])(?:{'|'.join(_SHORT.split())})\.(?=[ \t]+[a-z0-9])")
# Their letters are no initials of a name.
_LETTERED = " vitamin Vitamin vitamins Vitamins hepatitis Hepatitis "
_LETTER = re.compile(rf"(?<![A-Za-z])(?:{'|'.join(_LETTERED.split())}) [A-Z](?=\.[ \t]+[A-Z])")
# These are no short words of a state, a number ..., and "Ms." is one.
_WHOLE = " me no ill ok may "
_WHOLE_WORD = re.compile(rf"(?<![A-Za-z])(?:{'|'.join(_WHOLE.split())})(?=\.[ \t]+[A-Z])")
_TITLE = re.compile(r"(?<![A-Za-z])Ms\.(?=[ \t]+[A-Z])")
_WORDS = (_JOINS, _SHORT, _LETTERED, _WHOLE)
# The stop of a quoted sentence, and what comes next.
_CLOSED = re.compile(r"(?<![.!?])([.!?]+)[\"']+[*_]*(?=([-_ \t]*)([^-_ \t]?))")
_BRACKET = 100  # characters in brackets or of code: a longer run is hardly one remark
_CODE = re.compile(rf"`([^`\n]{{1,{_BRACKET}}})`")
_OPENED = re.compile(  # of comments too: the segmenter would search long for the end of each
    "[\"`]|<(?=!--)|(?<![A-Za-z0-9])'"
    rf"|\((?![^)\n]{{0,{_BRACKET}}}\))|\[(?![^\]\n]{{0,{_BRACKET}}}\])"
)
_REMARK = re.compile(rf"\((?=([^()\n]{{0,{_BRACKET}}})\)[ \t][A-Z])")
_SAID = re.compile(r" .* .*[a-z]{2}[.!?][\"']*\Z")  # what is a sentence by itself
# What closes a bracket is in the sentence before it.
_CLOSING = re.compile(r"(?:[)\]][)\]\"'.*_]*)?")
_WORD = re.compile("[A-Za-z0-9]")
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_UNIT = re.compile("[²³¹⁰⁴-⁹](?=[.!?])")  # "30 kg/m²." ends a sentence
_FRAMED = re.compile("[\u24b6-\u24e9\U0001f130-\U0001f189]")  # letters in circles and squares
_PAUSE = re.compile("\u2026(?=[ \\t\xa0]+[a-z])")  # within a sentence
_STOP = re.compile(r"[.!?](?=[ \t\n]|\Z)")
_STOPPED = re.compile(r"[.!?][\"')\]]*\Z")
_ENDED = re.compile(r"[.!?:;|][\"')\]]*\Z")
# How a line begins that may go on with a sentence.
_GOES_ON = re.compile(r"(?!\(?(?:\d{1,3}[.)]|[A-Za-z]\))[ \t])[A-Za-z0-9\"'(\[]")
_UNSPACED = re.compile(r"[^ \t\n]*")
_ENDS_WITHIN = re.compile("[a-z]{2}[.!?] +[A-Z]")
# A number at the end of a sentence points to a note, and so do several.
_NOTE = re.compile(r"(?<=[a-z]{3}\.)\d{1,3}(?:[,-]\d{1,3})*(?= +[A-Z])", re.ASCII)
# The segmenter knows the marks of notes by their numbers.
_FOOTNOTE = re.compile(rf"(?<=[.!?\]])[ \t]*\[\^[^\]\s]{{1,{_BRACKET - 1}}}\]")
_NUMBER = re.compile(r"\s*\(?(?:\d{1,3}|[A-Za-z])[.)]\s*")


@lru_cache(maxsize=4096)
def _stand_in(char: str) -> str:
    """Return one ASCII character that plays the same part in a sentence as `char`."""
    if char in "\u2028\u2029\x85":
        return "\n"
    if char.isspace():
        return " "
    if char.isalpha() or _FRAMED.match(char):
        return "A" if char.isupper() else "a"
    if char.isdecimal():
        return "0"
    return " " if char.isdigit() else "_"  # a raised number points to a note


def _skeleton(text: str) -> str:
    """Return `text` as ASCII of the same length, so that offsets in the one hold in the other.

    The segmenter then never meets a lone surrogate or a character of more than one byte.
    """
    text = text.replace("\r\n", " \n")
    if not text.isascii():
        text = translated(_UNIT.sub("0", text), SKELETON)
        text = _FOREIGN.sub(lambda run: "".join(map(_stand_in, run[0])), text)
    if "\r" in text or "\x0b" in text or "\x0c" in text:
        text = re.sub(r"[\r\x0b\x0c]", "\n", text)
    return _NOTE.sub(lambda number: " " * len(number[0]), text)


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
        begins and ends with a visible character and holds at least one letter or digit; tags of
        HTML stand in it only where they end no sentence, and never at its edges.

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
    shown = list(map(exact, texts))
    steps: dict[int, list[Cuts]] = {}
    for number, text in enumerate(shown):
        if "\u2026" in text:
            shown[number] = text = _PAUSE.sub("_", text)
        if "<" in text or "&" in text or not text.isascii():  # perhaps of HTML, or padded
            shown[number], made = cut(text)
            if made:
                steps[number] = made
    found = _bounds(shown, lengths)
    ends = np.cumsum(lengths) if steps else lengths
    for number, made in steps.items():
        part = slice(ends[number] - lengths[number], ends[number])
        found[part] = restored(found[part], made)
    return found, lengths


def _bounds(texts: Sequence[str], lengths: Bounds) -> Bounds:
    """Return the bounds of what is shown of texts, and write how many there are."""
    if _spans is not None:
        found = _spans.Bounds()
        for number, text in enumerate(texts):
            skeleton, hidden = _spans.prepared(text, SKELETON, *_WORDS, _WRAPPED, _COLUMN, _BRACKET)
            pieces = segmented(hidden)
            lengths[number] = _spans.find(found, text, skeleton, hidden, pieces, MAX_SENTENCE)
        return found.array()
    pairs: list[tuple[int, int]] = []
    for number, text in enumerate(texts):
        skeleton = _unwrapped(_skeleton(text))
        hidden = _hidden(skeleton)
        pairs += (added := _find(text, skeleton, hidden, _whole(hidden, segmented(hidden))))
        lengths[number] = len(added)
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


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
        start, place = max(begin, place), place + len(piece)
        if begin >= place:
            continue
        if place - begin < 9 and _NUMBER.fullmatch(hidden, start, place):
            continue  # "1. " belongs to what it numbers
        end = _CLOSING.match(skeleton, place).end()  # type: ignore[union-attr]
        _add(found, text, skeleton, begin, end)
        begin = end
    if begin < place:
        _add(found, text, skeleton, begin, place)
    return found


def _hidden(skeleton: str) -> str:
    """Return what the segmenter is given: no marks of lists and quotations, no long brackets.

    It takes a list item for one sentence, and so whatever stands between two of these.
    """
    hidden = _ITEM.sub(lambda mark: "_" * len(mark[0]), skeleton)
    hidden = _SHORTENED.sub(lambda match: match[0][:-1] + "x", hidden)
    hidden = _LETTER.sub(lambda match: match[0][:-2] + "xx", hidden)
    hidden = _CODE.sub(lambda code: f"/{re.sub('[.!?]', 'x', code[1])}/", hidden)
    hidden = _WHOLE_WORD.sub(lambda word: "_" * len(word[0]), hidden)
    hidden = _TITLE.sub("Msx", hidden)
    remarks = [found.start() for found in _REMARK.finditer(hidden) if _SAID.search(found[1])]
    hidden = _OPENED.sub("/", _CLOSED.sub(_closed, hidden))
    if remarks:
        letters = [*hidden]
        for place in remarks:
            letters[place] = "/"
        hidden = "".join(letters)
    if "[^" in hidden:
        hidden = _FOOTNOTE.sub(lambda mark: "[0]".rjust(len(mark[0])), hidden)
    return hidden


def _closed(match: re.Match[str]) -> str:
    """Return the end of a quotation with its stop last, and without one within a sentence."""
    stops, gap, following = match.groups()
    if gap:
        ends = gap[0] in " \t" and not "a" <= following <= "z"
    else:
        ends = following in "\n()[]" or "A" <= following <= "Z"
    return "x" * (len(match[0]) - 1) + (stops[-1] if ends else "x")


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


def _paragraphs(skeleton: str) -> Iterator[tuple[int, int, int]]:
    """Yield where runs of lines end, their longest line, and where the last sentence ends."""
    start = place = longest = 0
    for line in skeleton.split("\n"):
        words = line.lstrip(" \t>").rstrip(" \t")
        place += len(line) + 1
        if words:
            longest = max(longest, len(words))
        else:
            stops = [stop.start() for stop in _STOP.finditer(skeleton, start, place)]
            yield place, longest, stops[-1] if stops else -1
            start, longest = place, 0
    stops = [stop.start() for stop in _STOP.finditer(skeleton, start)]
    yield place, longest, stops[-1] if stops else -1


def _unwrapped(skeleton: str) -> str:
    """Return the text with a space for each line break inside a sentence.

    That is where the line is as long as wrapped prose, ends without final punctuation, and what
    follows cannot be a heading or a list item. A line as short as those of a column must also have
    had no room for the next word, and its paragraph a sentence that ends: lists and posts without
    punctuation stay apart, and in lower case nothing but what began with a capital goes on.
    """
    parts, done = [], 0
    capital = False  # the lines that are joined began with one
    paragraphs = _paragraphs(skeleton)
    end = longest = stop = 0  # of a paragraph: its end, its longest line, where a sentence ends
    for match in _BREAK.finditer(skeleton):
        place, after = match.span()
        start = skeleton.rfind("\n", 0, place) + 1
        words = _QUOTED.match(skeleton, start, place).end()  # type: ignore[union-attr]
        line = skeleton[words:place].rstrip(" \t")
        if not start <= done <= words or not done:
            first = line.lstrip("\"'([*_")[:1]
            capital = first.isupper() or first.isdigit()
        while end <= start and end < len(skeleton):
            end, longest, stop = next(paragraphs)
        depth, wrapped = match[1].count(">"), len(line) >= _WRAPPED
        if len(line) < _COLUMN or (
            depth != skeleton.count(">", start, words) and (depth or not wrapped)
        ):
            continue
        if not wrapped:
            word = _UNSPACED.match(skeleton, after).end() - after  # type: ignore[union-attr]
            if stop < place or len(line) + 1 + word <= longest:
                continue
        last = line[-1]
        if (
            (match[2].islower() and last not in ".!?:;|" and (wrapped or capital))
            or (wrapped and last in ",-")
            or f" {line[line.rfind(' ') + 1 :]} " in _JOINS
        ):
            parts += [skeleton[done:place], " " * (after - place)]
            done = after
    return _filled(skeleton, "".join([*parts, skeleton[done:]]) if parts else skeleton)


def _filled(skeleton: str, joined: str) -> str:
    """Join as well the lines of prose that are `wrapped`; they go on with names, too."""
    if skeleton.count("\n") < 2:
        return joined
    lines = [line.rstrip(" \t") for line in skeleton.split("\n")]
    words = [line.lstrip(" \t>") for line in lines]
    places = [0, *(match.end() for match in re.finditer("\n", skeleton))]

    def goes_on(n: int) -> bool:
        above, same = words[n - 1], _depth(lines[n]) == _depth(lines[n - 1])
        prose = len(above) >= _WRAPPED and " " in above and not _ENDED.search(above)
        return bool(prose and same and _GOES_ON.match(words[n]))

    parts, done = [], 0
    for number in wrapped(words, _STOPPED, _UNSPACED, goes_on, _is_prose):
        place, end = places[number] - 1, places[number] + len(lines[number]) - len(words[number])
        parts += [joined[done:place], " " * (end - place)]
        done = end
    return "".join([*parts, joined[done:]])


def _is_prose(lines: Sequence[str]) -> bool:
    """Say whether a line below the first begins in lower case, or a sentence ends within one.

    Lines that have nothing to do with each other may be of about one length.
    """
    return any(line[:1].islower() for line in lines[1:]) or any(map(_ENDS_WITHIN.search, lines))


def _depth(line: str) -> int:
    return line[: len(line) - len(line.lstrip(" \t>"))].count(">")


def sentences(text: str) -> list[str]:
    """Return the sentences of a text as the model reads them, their disguises undone.

    Parameters
    ----------
    text : str
        Any string.

    Returns
    -------
    list of str
        One for each span.

    Examples
    --------
    >>> sentences("Hello there. It c u r e s gout.")
    ['Hello there.', 'It cures gout.']
    """
    return [undisguise(text[start:end]) for start, end in spans(text)]


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
    after = _MARK.match(skeleton, start, end).end()  # type: ignore[union-attr]
    start = after if after < end else start
    piece = text[start:end]
    end = start + len(piece.rstrip())
    start += len(piece) - len(piece.lstrip())
    if start < end and (_WORD.search(skeleton, start, end) or any(map(str.isalnum, piece))):
        found.append((start, end))
