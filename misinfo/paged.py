"""PDF: its lines as paragraphs, and once what stands at the edge of many pages."""

from __future__ import annotations

import io
import re
from collections import Counter
from typing import Any

from .blocks import Blocks, Taken, wrapped
from .errors import ReadError, needed

MAX_PAGES = 5_000
_EDGE = 2  # lines at the top and at the bottom of a page that may stand on others too
_HEAD = 200  # characters of such a line: a longer one is text
# A glyph that stands for no character, and a bullet: in WinAnsi every free code stands for one.
_GLYPHS = str.maketrans("\0\x7f", " \N{BULLET}")
_SPLIT = re.compile(
    r"(?<=[a-z])(?:-| ?[\u00ad\u2010])\n(?=[a-z])(?=(er|est|ing|ish|less|ly|ness|self|ton)\b)?"
)
# What comes before a hyphen that belongs to the word, wherever its line ends.
_COMPOUND = re.compile(
    r"(?:(?<![a-z])(?:double|drug|early|energy|evidence|gluten|half|hormone|insulin|long|non|one|"
    r"patient|peer|placebo|self|single|sugar|three|treatment|two|weight)"
    r"|-(?:a|and|by|effect|in|of|on|or|the|to))\Z",
    re.I,
)
# Lines of a column that go on in lower case, or in capitals after a comma or a word that ends no
# sentence, from no such line on. How wide they are does not show in their letters; what is shorter
# stands in lists.
_JOINS = [
    f" {word}" for word in "a an and as at by for from in is of on or that the to with".split()
]
_NEXT = "\n(?:[a-z]|(?:" + "|".join(f"(?<={join}\n)" for join in [",", *_JOINS]) + ")[A-Z])"
_LINE = r".{19,}+(?<![.!?:|])"
_COLUMN = re.compile(rf"^[^a-z\s]{_LINE}(?:{_NEXT}{_LINE})*+(?:{_NEXT}.*)?", re.M)
_ENDS = re.compile(r"[.!?](?!\S)")
_NARROW = 20  # characters of a line of a column
_WORD = re.compile(r"\S*")
_STOP = re.compile(r"[.!?][\"'\u2019\u201d)\]]*$")
_ENDED = re.compile(r"[.!?:;|][\"'\u2019\u201d)\]]*$")
_ITEM = re.compile(r"(?:[-*+\u2022\u2013\u2014]|\(?(?:\d{1,3}|[A-Za-z])[.)])\s")
_NUMBERING = re.compile(r"\b(?:page|of)\b", re.I)
_LETTER = re.compile(r"[^\W\d_]")


def pdf(raw: bytes, charset: str = "", encoding: str = "utf-8") -> Taken:
    """Take the text out of a PDF.

    Parameters
    ----------
    raw : bytes
        The file.
    charset, encoding : str
        Not used: a PDF says what its glyphs stand for.

    Returns
    -------
    tuple of str, list and str
        The text and its pages; heads and feet that recur stand before them, once. Then how many
        pages may be scans.

    Raises
    ------
    ReadError
        When it is encrypted, too long, or of more scans than text.
    """
    pypdf = needed("pypdf")
    try:
        return _taken(pypdf.PdfReader(io.BytesIO(raw)))
    except pypdf.errors.DependencyError:
        raise ReadError(
            "is encrypted with AES, which needs cryptography: pip install 'misinfo[docs]'"
        ) from None


def _taken(reader: Any) -> Taken:
    if reader.is_encrypted and not reader.decrypt(""):
        raise ReadError("is encrypted; save it without a password")
    if len(reader.pages) > MAX_PAGES:
        raise ReadError(f"has more than {MAX_PAGES:,} pages; split it")
    pages, pictures = [], 0
    for page in reader.pages:
        text = page.extract_text().translate(_GLYPHS)
        pages.append(_SPLIT.sub(_joint, text).split("\n") if text.strip() else [])
        pictures += not pages[-1] and "/XObject" in page.get("/Resources", {})
    blocks = Blocks()
    if running := _running(pages):
        blocks.part("heads and feet")
        blocks.add("\n\n".join(running))
    for number, lines in enumerate(pages, 1):
        if any(map(str.strip, lines)):
            blocks.part(f"page {number}")
            blocks.add("\n".join(lines))
            blocks.between = "\n"  # a sentence may go on across pages
    scans = (
        f"has {pictures} of {len(pages)} pages without text: they may be scans; recognise "
        "their text first (OCR)"
    )
    if blocks.size and 2 * pictures > len(pages):
        raise ReadError(scans)
    text, parts, missing = blocks.finish(scans if pictures else "")
    return _COLUMN.sub(_joined, _filled(text)), parts, missing


def _joined(column: re.Match[str]) -> str:
    """Put spaces for line breaks, up to the last line in which a sentence ends."""
    lines = column[0].split("\n")
    ended = (number for number, line in enumerate(lines) if number and _ENDS.search(line))
    last = max(ended, default=0)
    return "\n".join([" ".join(lines[: last + 1]), *lines[last + 1 :]])


def _joint(split: re.Match[str]) -> str:
    before = split.string[max(0, split.start() - 20) : split.start()]
    joined = split[1] or "\u00ad" in split[0]  # an ending such as that of "weightless"
    return "-" if not joined and _COMPOUND.search(before) else ""


def _running(pages: list[list[str]]) -> list[str]:
    """Take the lines out of pages that recur at their edges, and return each once.

    That is on three pages, or on two that are half of them, with the same words and numbers, or
    with one number that grows with the pages. Lines that only number pages are not returned.
    """
    counts: Counter[tuple[str, int]] = Counter()
    inner: Counter[str] = Counter()
    for number, lines in enumerate(pages):
        said = list(filter(None, map(str.strip, lines)))
        edge = said[:_EDGE] + said[_EDGE:][-_EDGE:]
        counts.update({key for line in edge for key in _keys(line, number)})
        inner.update(said[_EDGE:-_EDGE])
    least = min(3, max(2, (sum(map(bool, pages)) + 1) // 2))
    found: dict[tuple[str, int], str] = {}
    for number, lines in enumerate(pages):
        for side in (0, -1):
            for _ in range(_EDGE):
                while lines and not lines[side].strip():
                    lines.pop(side)
                if not lines:
                    break
                line = lines[side].strip()
                key = max(_keys(line, number), key=lambda key: counts[key], default=None)
                if key is None or counts[key] < max(least, inner[line] + 1):
                    break
                lines.pop(side)
                if _LETTER.search(_NUMBERING.sub("", line)):
                    found.setdefault(key, line)
    return list(found.values())


def _keys(line: str, number: int) -> list[tuple[str, int]]:
    """Return what a line of a page may have in common with its like on other pages."""
    if len(line) > _HEAD or (line[0].islower() and _STOP.search(line)):  # it ends a sentence
        return []
    numbers = re.finditer(r"(?<!\d)\d{1,4}(?!\d)", line)
    counted = [(f"{line[: n.start()]}#{line[n.end() :]}", int(n[0]) - number) for n in numbers]
    return [(line, 0), *counted]


def _filled(text: str) -> str:
    """Put spaces for the line breaks in paragraphs of which no line had room for the next word."""
    lines = text.split("\n")
    shown = list(map(str.strip, lines))

    def goes_on(n: int) -> bool:
        above = shown[n - 1]
        return len(above) >= _NARROW and not _ITEM.match(lines[n]) and not _ENDED.search(above)

    below = {*wrapped(shown, _STOP, _WORD, goes_on)}
    return "".join(("\n", " ")[n in below] + line for n, line in enumerate(lines))[1:]
