"""Comments that set findings aside: ``<!-- misinfo: ignore -->``, and ``off`` until ``on``.

They are for those who own a file. Never follow the comments of text that somebody else wrote: it
could hide itself.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from itertools import groupby

from .records import Document, Ignore
from .text import spans

_COMMENT = re.compile(r"<!--\s*misinfo\s*:(.{0,1000}?)-->", re.DOTALL | re.IGNORECASE)
_BODY = re.compile(r"\s*(\w+)(?:\s*[-–—:]+\s*(.*?))?\s*", re.DOTALL)
_FENCE = re.compile(
    r"^[ \t]*(`{3,}|~{3,}).*?(?:^[ \t]*\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL
)
_CODE = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)")
_BLOCK = re.compile(r"\S.*?(?=\n[ \t]*(?:\n|\Z)|\Z)", re.DOTALL)
_INLINE = frozenset(
    "a abbr b bdi bdo cite code data del dfn em font i ins kbd label mark q s samp small span "
    "strike strong sub sup time tt u var".split()
)
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_UNENDED = frozenset("p li dt dd tr td th option".split())  # the next one ends it
_UNSEEN = frozenset("script style template noscript title svg".split())


def markdown(document: Document) -> Document:
    """Find the comments of a Markdown text, and blank them so that they are not scored.

    ``ignore`` on a line of its own covers the next block, up to a blank line; on a line with text
    it covers that line. ``off`` covers everything until ``on``. After a dash stands the reason.
    Comments in code are left as they are.

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
    comments = list(_outside_code(text))
    if not comments:
        return document
    pieces, done = [], 0
    for found in comments:
        pieces += [text[done : found.start()], re.sub(r"[^\n]", " ", found[0])]
        done = found.end()
    text = "".join([*pieces, text[done:]])
    document = replace(document, text=text)
    ignores, off = [], None
    for found in comments:
        line = document.place(found.start()).line or 0
        word, reason, problem = _parsed(found[1])
        if problem or (problem := _out_of_turn(word, off is not None)):
            ignores.append(Ignore(0, 0, line, reason, problem))
        elif word == "off":
            off = Ignore(found.end(), len(text), line, reason)
        elif word == "on" and off is not None:
            ignores.append(replace(off, end=found.start()))
            off = None
        else:
            ignores.append(Ignore(*_covered(text, *found.span()), line, reason))
    if off is not None:
        ignores += [off, Ignore(0, 0, off.line, "", _UNCLOSED)]
    return replace(document, ignores=tuple(ignores))


_UNCLOSED = "this off has no on: everything below it is ignored"


def _outside_code(text: str) -> Iterator[re.Match[str]]:
    fences = [fence.span() for fence in _FENCE.finditer(text)] if _COMMENT.search(text) else []
    for found in _COMMENT.finditer(text):
        index = bisect_right(fences, found.span()) - 1
        if index >= 0 and found.start() < fences[index][1]:
            continue
        start = text.rfind("\n", 0, found.start()) + 1
        line = text[start : text.find("\n", found.start()) % (len(text) + 1)]
        place = found.start() - start
        if not any(code.start() < place < code.end() for code in _CODE.finditer(line)):
            yield found


def _parsed(body: str) -> tuple[str, str, str]:
    match = _BODY.fullmatch(body)
    word = match[1].lower() if match else ""
    if not match or word not in ("ignore", "off", "on"):
        said = " ".join(body.split())
        return word, "", f"unknown comment {said!r}; write ignore, off or on, then a dash and why"
    return word, " ".join((match[2] or "").split()), ""


def _out_of_turn(word: str, off: bool) -> str:
    if word == "off" and off:
        return "this off stands within another one"
    return "this on has no off" if word == "on" and not off else ""


def _covered(text: str, start: int, end: int) -> tuple[int, int]:
    """Return what an ignore covers, in the text with the comments blanked."""
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end) % (len(text) + 1)
    if text[first:last].strip():
        return first, last
    block = _BLOCK.search(text, end)
    return block.span() if block else (len(text), len(text))


def html(document: Document, raw: str) -> Document:
    """Find the comments of an HTML page that cover text of the document taken out of it.

    ``ignore`` before an element covers the element; within or after text it covers the text of the
    block that it stands in. ``off`` covers everything until ``on``. Covered text is found again by
    its letters, whatever white space the extraction changed.

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
    page = _Page()
    page.feed(raw)
    page.close()
    page.end_of_block()
    if not page.ignores:
        return document
    ignores = [ignore for ignore in page.ignores if ignore.problem]
    if page.off is not None:
        ignores.append(replace(page.ignores[page.off], problem=_UNCLOSED))
    kept = [n for n, char in enumerate(document.text) if not char.isspace()]
    squeezed, seen = _squeezed(document.text), ""
    for text, covers in page.pieces():
        for start, end in _found(text, squeezed, seen) if covers else ():
            places = kept[start], kept[end - 1] + 1
            ignores += [
                Ignore(*places, page.ignores[n].line, page.ignores[n].reason) for n in covers
            ]
        seen += _squeezed(text)
    met = {ignore.line for ignore in ignores}
    ignores += [ignore for ignore in page.ignores if ignore.line not in met]
    return replace(document, ignores=tuple(ignores))


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _found(text: str, squeezed: str, seen: str) -> Iterator[tuple[int, int]]:
    """Return where a text stands again; its sentences, where the whole has been changed.

    Of several places it is the one with as many before it as the page has before the text.
    """
    whole = _squeezed(text)
    for piece in [whole] if whole in squeezed else [text[a:b] for a, b in spans(text)]:
        needle, place = _squeezed(piece), -1
        for _ in range(seen.count(needle) + 1):
            place = max(place, squeezed.find(needle, place + 1))
        if needle and place >= 0:
            yield place, place + len(needle)


@dataclass
class _Run:
    """The text of one block, in pieces, each with the comments that cover it."""

    pieces: list[tuple[str, frozenset[int]]] = field(default_factory=list)
    covers: set[int] = field(default_factory=set)


class _Page(HTMLParser):
    """Says which comments cover which visible text."""

    def __init__(self) -> None:
        super().__init__()
        self.runs = [_Run()]
        self.ignores: list[Ignore] = []
        self.stack: list[tuple[str, frozenset[int]]] = []
        self.pending: frozenset[int] = frozenset()
        self.off: int | None = None

    def pieces(self) -> Iterator[tuple[str, frozenset[int]]]:
        """Return the visible text; within a block, neighbours of the same cover are joined."""
        for run in self.runs:
            for covers, group in groupby(run.pieces, key=lambda piece: piece[1]):
                yield "".join(text for text, _ in group), covers | run.covers

    def handle_comment(self, data: str) -> None:
        found = re.match(r"\s*misinfo\s*:(.*)", data, re.DOTALL | re.IGNORECASE)
        if not found:
            return
        word, reason, problem = _parsed(found[1])
        problem = problem or _out_of_turn(word, self.off is not None)
        if word == "on" and not problem:
            self.off = None
            return
        number = len(self.ignores)
        self.ignores.append(Ignore(0, 0, self.getpos()[0], reason, problem))
        if not problem and word == "off":
            self.off = number
        elif not problem:
            self.pending |= {number}

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in _VOID:
            self.handle_data(" ")
        elif tag in _INLINE:
            self.stack.append((tag, frozenset()))
        else:
            self.end_of_block()
            if self.stack and self.stack[-1][0] in {"p", tag} & _UNENDED:
                self.stack.pop()
            self.stack.append((tag, self.pending))
            self.pending = frozenset()

    def handle_endtag(self, tag: str) -> None:
        if tag not in _INLINE:
            self.end_of_block()
        for n in range(len(self.stack) - 1, -1, -1):
            if self.stack[n][0] == tag:
                del self.stack[n:]
                return

    def handle_data(self, data: str) -> None:
        if any(tag in _UNSEEN for tag, _ in self.stack):
            return
        covers = frozenset() if self.off is None else frozenset({self.off})
        self.runs[-1].pieces.append((data, covers.union(*(cover for _, cover in self.stack))))
        if data.strip():
            self.runs[-1].covers |= self.pending
            self.pending = frozenset()

    def end_of_block(self) -> None:
        """Let what comes next be another block."""
        run = self.runs[-1]
        if any(text.strip() for text, _ in run.pieces):
            run.covers |= self.pending  # of a comment after the text of its own block
            self.pending = frozenset()
        self.runs.append(_Run())
