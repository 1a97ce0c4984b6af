"""Comments that set findings aside: ``<!-- misinfo: ignore -->``, and ``off`` until ``on``.

They are for those who own a file. Never follow the comments of text that somebody else wrote: it
could hide itself.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count, groupby

from . import markup
from .markdown import fences, indented
from .records import Document, Ignore
from .shown import BLOCKS, INLINE
from .text import spans

_COMMENT = re.compile(r"<!--\s*misinfo\s*:(.{0,1000}?)-->", re.DOTALL | re.IGNORECASE)
# Within the text of a paragraph a blank line ends what began as a comment.
_BOUND = re.compile(r"<!--(?:-?>)?|--!?>|\n(?=[^\S\n]*\n)")
# "ignore-end" is no comment of ours with the reason "end".
_BODY = re.compile(r"(\w+)(?:(?:\s*[–—:]+|\s+-+|-+(?=\s))\s*(.*))?", re.DOTALL)
_TICKS = re.compile("`+")
_ESCAPED = re.compile(r"\\[\\<]")
_BLOCK = re.compile(r"\S.*?(?=\n[^\S\n]*(?:\n|\Z)|\Z)", re.DOTALL)
_MARK = re.compile(r"^[ \t]*(?=(?:[-*+]|\d{1,9}[.)])[ \t])", re.MULTILINE)
_ROOT = re.compile(r"<(html|head|body)(?=[\s/>])", re.IGNORECASE)
_WRITTEN = "misinfo-written"
_WITHIN = INLINE.union(("hr",))
_SEEN = frozenset(("embed", "img", "input"))  # what shows something, and holds no text


def markdown(document: Document) -> Document:
    """Find the comments of a Markdown text, and blank them so that they are not scored.

    ``ignore`` on a line of its own covers the next block, up to a blank line, and of a list one
    item; on a line with text it covers that line. ``off`` covers everything until ``on``. After a
    dash stands the reason. Comments in code are left as they are: between fences or backticks, or
    indented by four behind a blank line and outside of lists. So is one behind a backslash.

    Parameters
    ----------
    document : Document
        As it was read.

    Returns
    -------
    Document
        With `ignores`; each comment of ours is replaced by as many spaces, so offsets stay.

    Examples
    --------
    >>> text = "Tea.<!-- misinfo: ignore - a quotation -->"
    >>> markdown(Document("a.md", text)).ignores[0].reason
    'a quotation'
    """
    text = document.text
    comments = list(_COMMENT.finditer(text))
    code = _code(text) if comments else []
    comments = [found for found in comments if not _coded(found.start(), code)]
    if not comments:
        return document
    starts = {found.start() for found in comments}
    text = _COMMENT.sub(lambda c: _blank(c[0]) if c.start() in starts else c[0], text)
    document = replace(document, text=text)
    blocks = [_first(text, *block.span()) for block in _BLOCK.finditer(text)]
    ignores, off = [], None
    for found in comments:
        line = document.place(found.start()).line or 0
        word, reason, problem = _parsed(found[1], off is not None)
        if problem:
            ignores.append(Ignore(0, 0, line, reason, problem))
        elif word == "off":
            off = Ignore(found.end(), len(text), line, reason)
        elif word == "on" and off is not None:
            ignores.append(replace(off, end=found.start()))
            off = None
        else:
            ignores.append(Ignore(*_covered(text, *found.span(), blocks), line, reason))
    if off is not None:
        ignores += [off, Ignore(0, 0, off.line, "", _UNCLOSED)]
    return replace(document, ignores=tuple(ignores))


def uncommented(text: str) -> str:
    """Blank the comments of a Markdown text that a reader does not see.

    Parameters
    ----------
    text : str
        Markdown.

    Returns
    -------
    str
        As long, with as many lines. Comments in code stay, and those that `markdown` reads.

    Examples
    --------
    >>> uncommented("Tea.<!-- It cures gout. --> `<!-- -->`")
    'Tea.                        `<!-- -->`'
    """
    if "<!--" not in text:
        return text
    code, pieces, done = _code(text), [], 0
    start, alone = -1, False
    for bound in _BOUND.finditer(text):
        at = bound.start()
        if start < 0:
            if bound[0] == "<!--" and not _coded(at, code):
                before = "\n" * (at < 4) + text[max(0, at - 4) : at]
                start, alone = at, re.search(r"\n {0,3}\Z", before) is not None
        elif bound[0] == "\n":
            start = start if alone else -1
        elif bound[0].endswith(">"):
            if not _COMMENT.match(text, start, bound.end()):
                pieces += [text[done:start], _blank(text[start : bound.end()])]
                done = bound.end()
            start = -1
    return "".join([*pieces, text[done:]])


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


_UNCLOSED = "this off has no on: everything below it is ignored"


def _codes(text: str) -> list[tuple[int, int]]:
    """Return what stands in code: between runs of as many backticks, on one line."""
    runs, line, end = [], 0, 0
    for run in _TICKS.finditer(text):
        line += text.count("\n", end, run.start())
        end = run.end()
        runs.append((run.start(), end, line))
    next_ends: dict[tuple[int, int], int] = {}
    spans = []
    for start, end, line in reversed(runs):
        alike = line, end - start
        spans.append((start, next_ends.get(alike, 0)))
        next_ends[alike] = end
    codes, done = [], 0
    for start, end in reversed(spans):
        if start >= done and end:
            codes.append((start, end))
            done = end
    return codes


def _code(text: str) -> list[list[tuple[int, int]]]:
    """Return where fences, backticks, indentation and backslashes make plain text, in order."""
    escaped = [found.span() for found in _ESCAPED.finditer(text)]
    return [fences(text), _codes(text), indented(text), escaped]


def _coded(place: int, code: list[list[tuple[int, int]]]) -> bool:
    return any(_within(place, spans) for spans in code)


def _within(place: int, spans: list[tuple[int, int]]) -> bool:
    index = bisect_right(spans, place, key=lambda span: span[0]) - 1
    return index >= 0 and place < spans[index][1]


def _parsed(body: str, within_off: bool) -> tuple[str, str, str]:
    """Return the word of a comment, its reason, and what is wrong with it."""
    match = _BODY.fullmatch(body.strip())
    word = match[1].lower() if match else ""
    if not match or word not in ("ignore", "off", "on"):
        said = " ".join(body.split())
        return word, "", f"unknown comment {said!r}; write ignore, off or on, then a dash and why"
    problem = ""
    if word == "off" and within_off:
        problem = "this off stands within another one"
    elif word == "on" and not within_off:
        problem = "this on has no off"
    return word, " ".join((match[2] or "").split()), problem


def _first(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a block, or its first item with what is nested in it, where it is a list."""
    marks = _MARK.finditer(text, text.rfind("\n", 0, start) + 1, end)
    mark = next(marks, None)
    if mark is None or mark.end() != start:
        return start, end
    depth = len(mark[0].expandtabs(4))
    further = (one.start() - 1 for one in marks if len(one[0].expandtabs(4)) <= depth)
    return start, next(further, end)


def _covered(text: str, start: int, end: int, blocks: list[tuple[int, int]]) -> tuple[int, int]:
    """Return what an ignore covers, in the text with the comments blanked."""
    first, last = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    last = len(text) if last < 0 else last
    if text[first:last].strip():
        return first, last
    index = bisect_left(blocks, (end, end))
    return blocks[index] if index < len(blocks) else (len(text), len(text))


def html(document: Document, raw: str) -> Document:
    """Find the comments of an HTML page that cover text of the document taken out of it.

    ``ignore`` before an element covers the element; within or after text it covers the text of the
    block that it stands in; it covers nothing outside of the element that holds it. ``off`` covers
    everything until ``on``. Where several cover the same text, the innermost counts. Covered text
    is found again by its letters, whatever white space the extraction changed.

    Parameters
    ----------
    document : Document
        The visible text, as the reader extracted it.
    raw : str
        The page.

    Returns
    -------
    Document
        With `ignores`; its text stays as it is.

    Examples
    --------
    >>> raw = "<p>Open daily.</p><!-- misinfo: ignore --><p>It cures <b>gout</b>.</p>"
    >>> page = html(Document("a.html", "Open daily.\\n\\nIt cures gout.", extracted=True), raw)
    >>> [page.text[ignore.start : ignore.end] for ignore in page.ignores]
    ['It cures gout.']
    """
    comments = list(_COMMENT.finditer(raw))
    if not comments:
        return document
    lines, numbers = Document("", raw), count()
    page = _Page([(found[1], lines.place(found.start()).line or 0) for found in comments])
    # The parser does not say where a comment stands, nor which elements it has added.
    told = _COMMENT.sub(lambda _: f"<!--misinfo {next(numbers)}-->", raw)
    markup.send(_ROOT.sub(rf"<\1 {_WRITTEN}", told), page)
    ignores = [ignore for ignore in page.ignores if ignore.problem]
    if page.off is not None:
        ignores.append(replace(page.ignores[page.off], problem=_UNCLOSED))
    kept = [n for n, char in enumerate(document.text) if _squeezed(char)]
    squeezed, seen, end = _squeezed(document.text), "", 0
    for text, cover in page.pieces():
        needle = _squeezed(text)
        # It mostly stands behind the one before; a menu that was left out stands nowhere.
        if squeezed.startswith(needle, end):
            found = [(end, end + len(needle))] if needle else []
        else:
            found = [] if cover is None else list(_found(text, squeezed, seen))
        seen += needle
        end = found[-1][1] if found else end
        if cover is not None:
            ignores += [
                replace(page.ignores[cover], start=kept[a], end=kept[b - 1] + 1) for a, b in found
            ]
    met = {ignore.line for ignore in ignores}
    ignores += [ignore for ignore in page.ignores if ignore.line not in met]
    return replace(document, ignores=tuple(ignores))


# Numbers that a page raises, and what stands between them, are not kept as they were.
_LOOSE = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", ",–-")


def _squeezed(text: str) -> str:
    return "".join(text.translate(_LOOSE).split())


def _found(text: str, squeezed: str, seen: str) -> Iterator[tuple[int, int]]:
    """Return where a text stands again; its sentences, where the whole has been changed.

    Of several places it is the one with as many before it as the page has before the text.
    """
    whole = _squeezed(text)
    for piece in [whole] if whole in squeezed else [text[a:b] for a, b in spans(text)]:
        needle = _squeezed(piece)
        place = squeezed.find(needle)
        for _ in range(seen.count(needle)):
            if (further := squeezed.find(needle, place + 1)) < 0:
                break
            place = further
        if place >= 0:
            yield place, place + len(needle)


@dataclass
class _Run:
    """The text of one block, in pieces, each with the comment that covers it."""

    pieces: list[tuple[str, int | None]] = field(default_factory=list)
    cover: int | None = None


class _Page:
    """Receives the events of the parser, and says which comment covers which visible text."""

    def __init__(self, comments: list[tuple[str, int]]) -> None:
        self.comments = comments  # what each says, and its line
        self.runs = [_Run()]
        self.ignores: list[Ignore] = []
        # Of each open element: what covers it, what hides it, and how deep the page's tags are.
        self.stack: list[tuple[int | None, str, int]] = [(None, "", 0)]
        self.pending: int | None = None
        self.depth = 0  # where it was met
        self.off: int | None = None

    def pieces(self) -> Iterator[tuple[str, int | None]]:
        """Return the visible text; within a block, neighbours of the same cover are joined."""
        for run in self.runs:
            if run.cover is not None:
                yield "".join(text for text, _ in run.pieces), run.cover
                continue
            for cover, group in groupby(run.pieces, key=lambda piece: piece[1]):
                yield "".join(text for text, _ in group), cover

    def comment(self, data: str) -> None:
        found = re.fullmatch(r"misinfo (\d+)", data)
        if not found or int(found[1]) >= len(self.comments):
            return
        body, line = self.comments[int(found[1])]
        word, reason, problem = _parsed(body, self.off is not None)
        if word == "on" and not problem:
            self.off = None
            return
        self.ignores.append(Ignore(0, 0, line, reason, problem))
        if not problem and word == "off":
            self.off = len(self.ignores) - 1
        elif not problem:
            self.pending, self.depth = len(self.ignores) - 1, self.stack[-1][2]

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        cover, within, depth = self.stack[-1]
        self.bound(tag)
        written = tag not in ("html", "head", "body") or _WRITTEN in attributes
        beside = tag in _SEEN and depth == self.depth
        if (beside or tag not in _WITHIN) and written and self.pending is not None:
            cover, self.pending = self.pending, None
        hidden = markup.hidden(tag, within)
        self.stack.append((cover, hidden or ("title" if tag == "title" else ""), depth + written))

    def end(self, tag: str) -> None:
        self.bound(tag)
        self.stack.pop()
        if self.stack[-1][2] < self.depth and tag not in INLINE:
            self.pending = None  # it covers nothing outside of the element that holds it

    def data(self, data: str) -> None:
        cover, hidden, _ = self.stack[-1]
        if hidden:
            return
        self.runs[-1].pieces.append((data, self.off if cover is None else cover))
        if data.strip() and self.pending is not None:
            self.runs[-1].cover, self.pending = self.pending, None

    def bound(self, tag: str) -> None:
        """Where an element begins or ends, let what comes next be another block."""
        if tag == "br":
            self.data(" ")
        if tag not in BLOCKS:
            return
        run = self.runs[-1]
        if self.pending is not None and any(text.strip() for text, _ in run.pieces):
            run.cover, self.pending = self.pending, None  # it stands after the text of its block
        self.runs.append(_Run())

    def close(self) -> None:
        self.bound("html")
