"""Text taken out of other formats: blocks in reading order, and the part that each stands in."""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Callable, Sequence

from .errors import ReadError

MAX_BYTES = 50_000_000
"""Largest file of a format other than plain text, and most that is unpacked from an archive."""
MAX_TEXT = 10_000_000
"""Most characters that are taken out of one file."""
MAX_PARTS = 100_000
_TOP, _COUNTED = "top", "paragraph {}"
LONGEST_HEADING = 300
"""Characters; a heading that was never closed is longer."""
_TITLE = 80  # characters of a heading that a path shows
_CONTROLS = bytes([*range(9), *range(14, 27), *range(28, 32), 127])  # what no text holds
_PIECE = 1 << 20  # bytes that are decoded at once
_ADDRESSES = ("http", "www.")

Parts = list[tuple[int, str]]
"""Where the parts of a text begin, as in ``Document.parts``."""
Taken = tuple[str, Parts, str]
"""A text, its parts, and what is missing from it, as in ``Document.missing``."""


def no_binary(raw: bytes, encoding: str) -> None:
    """Refuse bytes that are no text in UTF-8.

    Parameters
    ----------
    raw : bytes
        Without a byte-order mark.
    encoding : str
        Another than UTF-8 was named by somebody who knows.

    Raises
    ------
    ReadError
        When there are NUL bytes, and they are no accident: of the other characters, wherever they
        stand, more than one in twenty is a control character, or none of UTF-8.

    Examples
    --------
    >>> no_binary(b"Tea\\0", "utf-8"), no_binary(b"T\\0e\\0a\\0", "utf-16-le")
    (None, None)
    """
    named = encoding.lower().replace("_", "-")
    if b"\0" not in raw or not named.startswith(("utf-8", "utf8")):
        return
    strange, size = len(raw) - len(raw.translate(None, _CONTROLS)), 0
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for at in range(0, len(raw), _PIECE):
        if 20 * (strange - 1) > len(raw) - 1:  # however few bytes a character has
            break
        text = decoder.decode(raw[at : at + _PIECE], at + _PIECE >= len(raw))
        strange, size = strange + text.count("\ufffd"), size + len(text)
    if 20 * (strange - 1) > size - 1:
        raise ReadError(
            "is binary, not text (NUL bytes); if it is text, it is not in utf-8: name its encoding "
            "with --encoding, such as utf-16-le"
        )


def wrapped(
    lines: Sequence[str],
    stop: re.Pattern[str],
    word: re.Pattern[str],
    goes_on: Callable[[int], bool],
    prose: Callable[[Sequence[str]], object] = bool,
) -> list[int]:
    """Find runs of lines of which none had room for the next word.

    Parameters
    ----------
    lines : sequence of str
        Without white space around them.
    stop : re.Pattern
        Found in a line that ends a sentence, as the last one of a run must.
    word : re.Pattern
        Matches the first word of a line.
    goes_on : callable
        Says whether the line of a number may go on with the one above.
    prose : callable, optional
        Says of the lines of a run whether they are prose, not lines of about one length.

    Returns
    -------
    list of int
        Numbers of the lines that go on with the one above, in order. A run has three lines or more,
        none of which begins with an address, and is as wide as the longest one.

    Examples
    --------
    >>> lines = ["Our tea cures", "gout, and arthritis", "too."]
    >>> wrapped(lines, re.compile(r"\\.$"), re.compile(r"\\S*"), lambda number: True)
    []
    >>> wrapped(["Our herbal tea", *lines[1:]], re.compile(r"\\.$"), re.compile(r"\\S*"), bool)
    [1, 2]
    """
    found: list[int] = []
    last = len(lines) - 1
    while last > 0:
        first, longest, room = last, len(lines[last]), math.inf
        while first and stop.search(lines[last]) and goes_on(first):
            above, next_word = len(lines[first - 1]), word.match(lines[first])[0]  # type: ignore[index]
            longest, room = max(longest, above), min(room, above + 1 + len(next_word))
            addressed = any(line.startswith(_ADDRESSES) for line in lines[first - 1 : first + 1])
            if room <= longest or addressed:
                break
            first -= 1
        if last - first > 1 and prose(lines[first : last + 1]):
            found += range(last, first, -1)
        last = min(first, last - 1)
    return found[::-1]


class Blocks:
    """Collects paragraphs and headings into one text that knows its parts.

    Parameters
    ----------
    between : str
        What separates two blocks.

    Examples
    --------
    >>> blocks = Blocks()
    >>> _ = blocks.add("Clinic", level=1), blocks.add("Diabetes", level=2)
    >>> _ = blocks.add("It is over.")
    >>> blocks.finish()
    ('Clinic\\n\\nDiabetes\\n\\nIt is over.', [(0, 'Clinic'), (8, 'Clinic > Diabetes')], '')
    """

    def __init__(self, between: str = "\n\n") -> None:
        self.between = between
        self.pieces: list[str] = []
        self.size = 0
        self.starts: list[int] = []
        self.parts: Parts = []
        self.path: list[tuple[int, str]] = []

    def add(self, text: str, level: int | None = None) -> int:
        """Add a paragraph or a heading.

        Parameters
        ----------
        text : str
            White space around it is left out; nothing is added when nothing else is there.
        level : int, optional
            Makes it a heading: it closes every part of the same or a higher level.

        Returns
        -------
        int
            Where it begins.

        Raises
        ------
        ReadError
            When the text grows beyond the limit.

        Examples
        --------
        >>> blocks = Blocks()
        >>> blocks.add("Tea"), blocks.add("It cures gout.")
        (0, 5)
        """
        text = text.strip()
        if not text:
            return self.size
        if self.pieces:
            self.pieces.append(self.between)
            self.size += len(self.between)
        if level is not None:
            self.part(text, level)
        self.pieces.append(text)
        self.starts.append(self.size)
        self.size += len(text)
        if self.size > MAX_TEXT:
            raise ReadError(f"holds more than {MAX_TEXT:,} characters of text; split it")
        return self.size - len(text)

    def part(self, name: str, level: int = 0, at: int | None = None) -> None:
        """Begin a part that has no heading in the text, such as a page.

        Parameters
        ----------
        name : str
            What it is called.
        level : int, default 0
            It closes every part of the same or a higher level.
        at : int, optional
            Where it begins, if not where the text ends so far.

        Raises
        ------
        ReadError
            When there are too many.
        """
        name = " ".join(name[: 10 * _TITLE].split())
        name = name if len(name) <= _TITLE else f"{name[: _TITLE - 1].rstrip()}…"
        self.path = [part for part in self.path if part[0] < level] + [(level, name)]
        if len(self.parts) >= MAX_PARTS:
            raise _too_many()
        at = self.size if at is None else at
        self.parts.append((at, " > ".join(part[1] for part in self.path)))

    def include(self, text: str, parts: Parts, name: str, within: bool = False) -> None:
        """Add a text that was taken out before, with its parts.

        Parameters
        ----------
        text : str
            As ``finish`` returned it.
        parts : list
            Of the text.
        name : str
            Of the text: it stands before paragraphs that are only counted.
        within : bool, default False
            Whether it stands before headings too.

        Raises
        ------
        ReadError
            When the text grows beyond the limit, or has too many headings.

        Examples
        --------
        >>> blocks = Blocks()
        >>> blocks.include("It cures gout.", [(0, "paragraph 1")], "one.html")
        >>> blocks.finish()
        ('It cures gout.', [(0, 'one.html > paragraph 1')], '')
        """
        start, room = self.add(text), MAX_PARTS - len(self.parts)
        counted = bool(parts) and parts[0][1] == _COUNTED.format(1)
        if len(parts) > room and not counted:
            raise _too_many()
        if counted or within:
            parts = [(at, name if part == _TOP else f"{name} > {part}") for at, part in parts]
        self.parts += [(start + at, part) for at, part in parts[:room]]

    def finish(self, missing: str = "") -> Taken:
        """Return what was collected.

        Parameters
        ----------
        missing : str
            What could not be.

        Returns
        -------
        tuple of str, list and str
            The text and its parts; what stands before the first heading is the ``top``, and where
            there are no headings at all, the paragraphs are counted. Then what is missing.

        Examples
        --------
        >>> Blocks().finish()
        ('', [], '')
        """
        parts = [part for part in self.parts if part[0] < self.size]
        if not parts:
            starts = enumerate(self.starts[:MAX_PARTS], 1)
            parts = [(at, _COUNTED.format(number)) for number, at in starts]
        elif parts[0][0]:
            parts = [(0, _TOP), *parts]
        return "".join(self.pieces), parts, missing


def _too_many() -> ReadError:
    return ReadError(f"has more than {MAX_PARTS:,} headings; split it")
