"""HTML: what a visitor reads, and the headings above it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .blocks import LONGEST_HEADING, Blocks, Taken, no_binary
from .errors import ReadError, needed
from .menus import WORD, Block, Link, without_menus
from .shown import BLOCKS

# Not shown as text, or shown as withdrawn. What a page shows after a click (tabs) is hidden in the
# same ways as what it never shows, and it sells: it stays.
_SKIPPED = frozenset(
    "audio canvas datalist del iframe math noscript s script select strike style svg template "
    "textarea video".split()
)
# Where one of these begins in a drawing or a formula, browsers end that, and show it.
_SHOWN = frozenset(
    "b big blockquote br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 hr i img li menu nobr "
    "ol p pre ruby s small span strong strike sub sup table tt u ul var".split()
)
_VERBATIM = ("listing", "pre", "xmp")
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
_APART = re.compile(r"\bdisplay\s*:\s*(?:block|flex|grid|list-item|table)", re.I)
_UNSEEN = re.compile(r"\bdisplay\s*:\s*none|\bfont-size\s*:\s*0(?![.\d])", re.I)
_WITHIN_A_WORD = re.compile("(?<=\\w)\1*(?:\2[^\2\3]*\3\1*)+(?=\\w)")
_MARKS = str.maketrans("", "", "\1\2\3")
_SIDE_BY_SIDE = re.compile("(?<=[a-z0-9])\1+(?=[A-Z])")
_BUTTON = re.compile(r"\b(?:btn|button)", re.I)  # a link that looks like one is in no menu
_NOTES = re.compile("[\\s\1]*[0-9][0-9\\s,–\1-]*")  # raised numbers stay so
_RAISED = str.maketrans("0123456789,–-", "⁰¹²³⁴⁵⁶⁷⁸⁹   ", "\1")
_TITLED = re.compile(r" +[-–—|·•»:]+ +")  # what stands between a title and the name of a site
_QUOTES = str.maketrans("‘’“”", "''\"\"")
_META = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_WIDE = re.compile(r"u(?:tf)?[-_ ]?(?:16|32)(?:[-_ ]?[bl]e)?", re.IGNORECASE)
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins with the mark of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Where links around whole blocks are entries; elsewhere they are cards, reviews and headlines.
_LISTS = frozenset("footer header menu ol ul".split())


def html(raw: bytes, charset: str = "", encoding: str = "utf-8", titled: bool = True) -> Taken:
    """Take the text out of a web page.

    Everything that a visitor can read is kept, in the order of the page, except menus and what is
    struck out: a page that sells does so in boxes, bullets, reviews and banners, not only in its
    main text.

    Parameters
    ----------
    raw : bytes
        HTML or XHTML, however broken.
    charset : str
        What the server says; a byte-order mark wins over it, and it over what the page says.
    encoding : str, default "utf-8"
        For pages that name none; one that does not fit gives way to Windows-1252, as in browsers.
    titled : bool, default True
        Whether the title of the page is part of its text, but for what a heading repeats.

    Returns
    -------
    tuple of str, list and str
        The text, where its headed parts begin, and nothing: no text of a page is missing.

    Raises
    ------
    ReadError
        When lxml is missing, the text is too long, or there is none but a title.

    Examples
    --------
    >>> html(b"<h1>Tea</h1><p>It cures <b>gout</b>.<!-- not really -->")
    ('Tea\\n\\nIt cures gout.', [(0, 'Tea')], '')
    """
    page = _Page()
    send(decoded(raw, charset, encoding), page)
    blocks = Blocks()
    shown = list(without_menus(page.found))
    title = page.title[:LONGEST_HEADING] if titled else ""
    if title and not shown:
        raise ReadError("has no text but its title: pictures and what scripts bring are not read")
    headed = "\n".join(block.text for block in shown if block.level).translate(_QUOTES)
    pieces = (piece for piece in _TITLED.split(title) if piece.translate(_QUOTES) not in headed)
    title = " - ".join(pieces)
    if title:
        blocks.part("title", level=7)
        blocks.add(title)
        if shown and not shown[0].level:
            blocks.part("top", level=7)
    for block in shown:
        blocks.add(block.text, block.level)
    return blocks.finish()


def decoded(raw: bytes, charset: str = "", encoding: str = "utf-8") -> str:
    """Decode a web page as browsers do: bytes that fit nothing become replacement characters.

    Parameters
    ----------
    raw : bytes
        The page.
    charset, encoding : str
        As for ``html``.

    Returns
    -------
    str
        Its source.

    Raises
    ------
    ReadError
        As `no_binary` does, unless the server says UTF-16.

    Examples
    --------
    >>> decoded(b"<meta charset=latin1>caf\\xe9")
    '<meta charset=latin1>café'
    """
    for mark, name in MARKS:
        if raw.startswith(mark):
            return raw.decode(name, "replace")
    said = _META.search(raw, 0, 4096)
    nul = b"\0" in raw[:8192]
    wide = [name for name in (charset, encoding if nul else "") if _WIDE.fullmatch(name)]
    if not wide:
        no_binary(raw, encoding)
    told = said[1].decode("ascii", "replace") if said else ""
    names = (charset, told, likely(raw, encoding))
    for name in (nul and wide) or names:
        try:
            codec = codecs.lookup(name)
            if name not in wide and b"<html>".decode(name) != "<html>":
                codec = codecs.lookup("utf-8")  # it was found by reading ASCII
            # Pages that say Latin-1 mean its superset.
            superset = "cp1252" if codec.name == "iso8859-1" else codec.name
            return raw.decode(superset, "replace" if nul and wide else "strict")
        except (LookupError, ValueError):
            continue
    return raw.decode("cp1252", "replace")


def likely(raw: bytes, encoding: str) -> str:
    """Return the encoding of bytes that do not say it, where one was named for many files.

    Parameters
    ----------
    raw : bytes
        A whole text.
    encoding : str
        As it was named.

    Returns
    -------
    str
        UTF-8 where the named one has a byte to a character and the bytes are UTF-8 with other
        letters than ASCII: text of such an encoding hardly ever is. Else as it was named.

    Examples
    --------
    >>> likely("It’s".encode(), "cp1252"), likely(b"It\\x92s", "cp1252")
    ('utf-8', 'cp1252')
    """
    if raw.isascii() or b"\0" in raw:
        return encoding
    every = bytes(range(256))
    try:
        letters = every.decode(encoding, "replace")
        raw.decode()
    except (LookupError, ValueError):
        return encoding
    single = len(letters) == 256 and letters[:128].encode() == every[:128]
    return "utf-8" if single else encoding


def send(text: str, target: Any) -> None:
    """Send the elements of a web page to a target, in order; what was left open is closed.

    Parameters
    ----------
    text : str
        HTML or XHTML, however broken.
    target : object
        With the methods ``start``, ``end``, ``data`` and ``close`` of the targets of lxml, and
        ``comment`` where it wants them.

    Raises
    ------
    ReadError
        When lxml is missing, or cannot read it.

    Examples
    --------
    >>> class Target:
    ...     def start(self, tag, attributes):
    ...         print(tag)
    ...
    ...     end = data = close = lambda *_: None
    >>> send("<P>Tea", Target())
    html
    body
    p
    """
    etree = needed("lxml.etree")
    # Events instead of a tree: a tree is cut off at a depth of 256, silently.
    parser = etree.HTMLParser(target=target, encoding="utf-8", huge_tree=True)
    if text.strip():
        try:
            parser.feed(text.replace("\0", "\ufffd").encode("utf-8", "replace"))
            parser.close()
        except etree.LxmlError as error:
            raise ReadError(f"cannot be read as HTML: {error}") from error


def hidden(tag: str, within: str = "") -> str:
    """Say what hides an element of a web page from its visitors.

    Parameters
    ----------
    tag : str
        Its name, in small letters.
    within : str
        What hides the element that it stands in.

    Returns
    -------
    str
        The name of a script, a drawing, text that is struck out or the like; empty when it is
        shown.

    Examples
    --------
    >>> hidden("script"), hidden("b", "script"), hidden("p"), hidden("p", "svg")
    ('script', 'script', '', '')
    """
    if within and not (within in ("svg", "math") and tag in _SHOWN):
        return within
    return tag if tag in _SKIPPED else ""


class _Page:
    """Receives the events of the parser, and cuts the text into blocks.

    In the pieces of a block, NUL is where a line ends, \\1 where a link or a span begins, and what
    no visitor sees stands between \\2 and \\3.
    """

    def __init__(self) -> None:
        self.found: list[Block] = []
        self.title = ""
        self.pieces: list[str] = []
        self.level: int | None = None
        self.hidden = [""]  # what hides each open element
        self.apart: list[bool] = []  # whether each that is not has lines of its own
        self.unseen: list[bool] = []  # whether it is the outermost that hides a piece of a line
        self.nav = self.listed = self.verbatim = self.counted = self.raised = self.veiled = 0
        self.links: list[Link] = []
        self.said = 0  # texts so far, before each open element, and at the last end of a custom one
        self.before: list[int] = []
        self.custom = -1
        self.in_link = self.in_title = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.hidden.append(hidden(tag, self.hidden[-1]))
        if self.hidden[-1]:
            return
        named = tag == "nav" or attributes.get("role") == "navigation"
        looks = f"{attributes.get('role', '')} {attributes.get('class', '')}"
        style = attributes.get("style", "")
        apart = bool(_APART.search(style))
        self.apart.append(apart)
        self.before.append(self.said)
        unseen = not self.veiled and tag not in BLOCKS
        unseen = unseen and ("hidden" in attributes or bool(_UNSEEN.search(style)))
        self.unseen.append(unseen)
        self.veiled += unseen
        if tag in BLOCKS or named or (apart and self.level is None):
            self.flush()
            self.level = int(tag[1]) if tag in _HEADINGS else self.level
            self.in_title = tag == "title"
            self.in_link = self.in_link and bool(self.listed or self.nav)
        elif tag == "br" or apart:  # a heading is one line, however it is laid out
            self.pieces.append("\0" if self.level is None else " ")
        elif tag == "input" and attributes.get("type", "").lower() in ("submit", "button"):
            self.flush()
            self.pieces.append(attributes.get("value", ""))
            self.flush()
        elif "-" in tag:
            # the page itself defines it: in a line as a span is, but side by side as cards are
            if self.custom == self.said and self.level is None:
                self.flush()
            self.pieces.append("\1")
        elif tag in ("a", "span"):
            self.pieces.append("\1")
        elif tag == "sup":
            self.raised = len(self.pieces)
        if tag == "a" and "href" in attributes and not _BUTTON.search(looks):
            self.counted += 1
            self.links.append(Link(self.counted, attributes["href"], []))
            self.in_link = True
        self.pieces += ["\2"] * unseen
        self.verbatim += tag in _VERBATIM
        self.listed += tag in _LISTS
        if self.nav or named:
            self.nav += 1

    def end(self, tag: str) -> None:
        if self.hidden.pop():
            return
        apart, unseen, before = self.apart.pop(), self.unseen.pop(), self.before.pop()
        self.veiled -= unseen
        self.pieces += ["\3"] * unseen
        self.in_link &= tag != "a"
        if tag in BLOCKS or self.nav == 1 or (apart and self.level is None):
            self.flush()
            self.level = None if tag in _HEADINGS else self.level
        elif apart:
            self.pieces.append(" ")
        elif "-" in tag:
            self.pieces.append("\1")
            self.custom = self.said if self.said > before else self.custom
        elif tag == "sup" and _NOTES.fullmatch(note := "".join(self.pieces[self.raised :])):
            self.pieces[self.raised :] = [note.translate(_RAISED)]
        self.verbatim -= tag in _VERBATIM
        self.listed -= tag in _LISTS
        if self.nav:
            self.nav -= 1

    def data(self, data: str) -> None:
        if not self.hidden[-1]:
            data = data.translate(_MARKS)
            self.said += not data.isspace()
            self.pieces.append(data.replace("\n", "\0") if self.verbatim else data)
            if self.in_link:
                self.links[-1].words += WORD.findall(data)

    def flush(self) -> None:
        # labels side by side, of which only the style sheet says that they are no one word
        whole = _SIDE_BY_SIDE.sub(" ", _WITHIN_A_WORD.sub("", "".join(self.pieces)))
        whole = whole.translate(_MARKS)
        lines = (" ".join(line.split()) for line in whole.split("\0"))
        text = "\n".join(lines).strip()
        self.pieces.clear()
        if self.in_title:
            self.title, self.in_title = self.title or text, False
        elif WORD.search(text):
            level = self.level if len(text) <= LONGEST_HEADING else None
            links = [link for link in self.links if link.words]  # and no picture's
            self.found.append(Block(text, level, links, self.nav > 0))
            self.level = None  # what follows in a heading that was never closed is none
        self.links = [replace(self.links[-1], words=[])] if self.in_link else []

    close = flush
