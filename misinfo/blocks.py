"""Text taken out of other formats: blocks in reading order, and the part that each stands in."""

from __future__ import annotations

import re

from .errors import ReadError

MAX_BYTES = 50_000_000
"""Largest file of a format other than plain text, and most that is unpacked from an archive."""
MAX_TEXT = 10_000_000
"""Most characters that are taken out of one file."""
MAX_PARTS = 100_000
LONGEST_HEADING = 300
"""Characters; a heading that was never closed is longer."""
_TITLE = 80  # characters of a heading that a path shows
_STRANGE = re.compile("[\0-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]")  # what no text holds

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
        stand, one in twenty or more is a control character, or none of UTF-8.

    Examples
    --------
    >>> no_binary(b"Tea\\0", "utf-8"), no_binary(b"T\\0e\\0a\\0", "utf-16-le")
    (None, None)
    """
    named = encoding.lower().replace("_", "-")
    if b"\0" not in raw or not named.startswith(("utf-8", "utf8")):
        return
    text = raw.decode("utf-8", "replace")
    if 20 * (len(_STRANGE.findall(text)) - 1) >= len(text) - 1:
        raise ReadError(
            "is binary, not text (NUL bytes); if it is text, it is not in utf-8: name its encoding "
            "with --encoding, such as utf-16-le"
        )


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
        if len(self.parts) == MAX_PARTS:
            raise ReadError(f"has more than {MAX_PARTS:,} headings; split it")
        at = self.size if at is None else at
        self.parts.append((at, " > ".join(part[1] for part in self.path)))

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
            parts = [(at, f"paragraph {number}") for number, at in starts]
        elif parts[0][0]:
            parts = [(0, "top"), *parts]
        return "".join(self.pieces), parts, missing
