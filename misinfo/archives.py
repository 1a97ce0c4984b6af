"""Documents that are ZIP archives of XML: DOCX and EPUB."""

from __future__ import annotations

import io
import posixpath
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from . import markup
from .blocks import MAX_BYTES, Blocks, Taken
from .errors import ReadError, needed

MAX_MEMBERS = 10_000
MAX_TAGS = 4_000_000
# What an old program shows in place of something else, and what was moved, where it stood before.
_TWICE = ("Fallback", "moveFrom")
_LEFT_OUT = ("vanish", "strike", "dstrike")  # hidden, and struck out
# What is read after the body of a DOCX: of a diagram its texts, of a chart its titles, and pages of
# HTML that were inserted whole.
_AFTER = re.compile(
    r"word/(?:(diagram)s/data|(chart)s/chart|(footnotes|endnotes|header|footer))\d*\.xml"
    r"|word/([^/]+\.x?html?)"
)
_CHAPTER = re.compile(r"html|^(?:application|text)/(?:x-dtbook\+)?xml")
_FED = 1_000_000  # bytes of XML at a time; of more than ten million libxml2 takes none


class _Archive:
    """Members of a ZIP file, unpacked only up to a limit in total."""

    def __init__(self, raw: bytes) -> None:
        import zipfile

        try:
            self.zip = zipfile.ZipFile(io.BytesIO(raw))
        except zipfile.BadZipFile:
            raise ReadError("is damaged: not a whole ZIP file") from None
        if len(self.zip.namelist()) > MAX_MEMBERS:
            raise ReadError(f"is an archive of more than {MAX_MEMBERS:,} files; save its text")
        self.left = MAX_BYTES
        self.tags = 0

    def names(self, pattern: str) -> list[str]:
        return sorted(name for name in self.zip.namelist() if re.fullmatch(pattern, name))

    def read(self, name: str) -> bytes:
        try:
            member = self.zip.getinfo(name)
        except KeyError:
            raise ReadError(f"is damaged: it has no {name}") from None
        if member.flag_bits & 1:
            raise ReadError("is encrypted; save it without a password")
        # What it declares may be a lie, so that what comes out is counted too.
        data = b""
        if member.file_size <= self.left:
            with self.zip.open(member) as file:
                data = file.read(self.left + 1)
        if member.file_size > self.left or len(data) > self.left:
            raise ReadError(
                f"unpacks to more than {MAX_BYTES // 1_000_000} MB; split it, or save its text"
            )
        self.left -= len(data)
        self.tags += data.count(b"<")  # a small file can unpack to very many
        if self.tags > MAX_TAGS:
            raise ReadError(f"holds more than {MAX_TAGS:,} tags; split it, or save its text")
        return data


def _xml(raw: bytes, target: Any) -> None:
    """Send the elements of XML to a target; document types are refused, and their entities."""
    etree = needed("lxml.etree")
    parser = etree.XMLParser(
        target=target, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    for at in range(0, len(raw), _FED):
        parser.feed(raw[at : at + _FED])
    parser.close()


class _Events:
    """Elements by their local names; to be extended."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.open(
            tag.rpartition("}")[2],
            {name.rpartition("}")[2]: value for name, value in attributes.items()},
        )

    def open(self, tag: str, attributes: Mapping[str, str]) -> None:
        raise NotImplementedError

    def end(self, tag: str) -> None:
        """Close an element."""

    def data(self, data: str) -> None:
        """Take text."""

    def doctype(self, *name: str | None) -> None:
        raise ReadError("declares a document type, which such files never do; it may be an attack")

    def close(self) -> None:
        """End."""


class _Styles(_Events):
    """Which styles of a DOCX file are headings."""

    def __init__(self) -> None:
        self.levels: dict[str, int] = {}
        self.style = ""

    def open(self, tag: str, attributes: Mapping[str, str]) -> None:
        value = attributes.get("val", "")
        if tag == "style":
            self.style = attributes.get("styleId", "")
        elif tag == "name" and value.lower() == "title":
            self.levels[self.style] = 0
        elif tag == "name" and (found := re.fullmatch(r"heading (\d)", value, re.I)):
            self.levels[self.style] = int(found[1])
        elif tag == "outlineLvl" and value.isdecimal() and int(value) < 9:
            self.levels.setdefault(self.style, int(value) + 1)


class _Paragraphs(_Events):
    """The paragraphs of a DOCX part; a text box stands inside a paragraph of its own."""

    def __init__(self, blocks: Blocks, levels: Mapping[str, int]) -> None:
        self.blocks, self.levels = blocks, levels
        self.pieces: list[list[str]] = []
        self.level: list[int | None] = []
        self.tags: list[str] = []
        self.skipped = 0
        self.hidden = False

    def open(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.tags.append(tag)
        self.skipped += tag in _TWICE
        if self.skipped:
            return
        if tag == "p":
            self.pieces.append([])
            self.level.append(None)
        elif self.pieces:
            if tag in ("br", "cr"):
                self.pieces[-1].append("\n")
            elif tag == "tab":
                self.pieces[-1].append(" ")
            elif tag == "noBreakHyphen":
                self.pieces[-1].append("-")
            elif tag in _LEFT_OUT and self.tags[-3:-1] == ["r", "rPr"]:  # of a run of text
                self.hidden |= attributes.get("val", "true") not in ("0", "false", "off")
            elif tag == "pStyle":
                self.level[-1] = self.levels.get(attributes.get("val", ""))

    def data(self, data: str) -> None:
        if not (self.skipped or self.hidden) and self.pieces and self.tags[-1] == "t":
            self.pieces[-1].append(data)

    def end(self, tag: str) -> None:
        tag = self.tags.pop()
        if tag in _TWICE:
            self.skipped -= 1
        elif tag == "r":
            self.hidden = False
        elif tag == "p" and not self.skipped:
            self.blocks.add("".join(self.pieces.pop()), self.level.pop())


def docx(raw: bytes, charset: str = "", encoding: str = "utf-8") -> Taken:
    """Take the text out of a DOCX file: its body, then its notes, headers, diagrams and the like.

    Parameters
    ----------
    raw : bytes
        The file.
    charset, encoding : str
        Not used: XML says its own.

    Returns
    -------
    tuple of str, list and str
        The text, where its headed parts begin, and nothing: a file that opens misses none.

    Raises
    ------
    ReadError
        When it is damaged, encrypted, or unpacks to too much.

    Examples
    --------
    >>> import io, zipfile
    >>> file = io.BytesIO()
    >>> with zipfile.ZipFile(file, "w") as archive:
    ...     archive.writestr("word/document.xml", "<doc><p><r><t>Tea cures gout.</t></r></p></doc>")
    >>> docx(file.getvalue())
    ('Tea cures gout.', [(0, 'paragraph 1')], '')
    """
    archive = _Archive(raw)
    styles = _Styles()
    for name in archive.names(r"word/styles\d*\.xml"):
        _xml(archive.read(name), styles)
    body = archive.names(r"word/document\d*\.xml")
    if not body:
        raise ReadError("is not a DOCX: it has no word/document.xml")
    blocks = Blocks()
    for name in body:
        _xml(archive.read(name), _Paragraphs(blocks, styles.levels))
    for name in archive.names(".*"):
        if found := _AFTER.fullmatch(name):
            blocks.part(found[found.lastindex or 0])
            if name.endswith(".xml"):
                _xml(archive.read(name), _Paragraphs(blocks, styles.levels))
            else:
                blocks.add(markup.html(archive.read(name), titled=False)[0])
    return blocks.finish()


class _Book(_Events):
    """The package document of an EPUB: its chapters in reading order."""

    def __init__(self) -> None:
        self.package = ""
        self.items: dict[str, str | None] = {}  # addresses; None of what is no chapter
        self.spine: list[str] = []
        self.locked: set[str] = set()

    def open(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "rootfile":
            self.package = self.package or attributes.get("full-path", "")
        elif tag == "item":
            name = attributes.get("id", "")
            if _CHAPTER.search(attributes.get("media-type", "")):
                self.items[name] = attributes.get("href", "")
            else:
                self.items.setdefault(name, None)
        elif tag == "itemref":
            self.spine.append(attributes.get("idref", ""))
        elif tag == "CipherReference":
            self.locked.add(unquote(attributes.get("URI", "")))


def epub(raw: bytes, charset: str = "", encoding: str = "utf-8") -> Taken:
    """Take the text out of an EPUB book, chapter by chapter in reading order.

    Parameters
    ----------
    raw : bytes
        The book.
    charset : str
        Not used.
    encoding : str, default "utf-8"
        For chapters that name none.

    Returns
    -------
    tuple of str, list and str
        The text, where its headed parts begin, and how many of its parts are
        missing, with the name of one.

    Raises
    ------
    ReadError
        When it is damaged, encrypted, or unpacks to too much.

    Examples
    --------
    >>> epub(b"PK")
    Traceback (most recent call last):
    ...
    misinfo.errors.ReadError: is damaged: not a whole ZIP file
    """
    archive = _Archive(raw)
    book = _Book()
    for name in ("META-INF/container.xml", *archive.names(r"META-INF/encryption\.xml")):
        _xml(archive.read(name), book)
    if not book.package:
        raise ReadError("is damaged: META-INF/container.xml does not say where the book is")
    _xml(archive.read(book.package), book)
    there, base = set(archive.zip.namelist()), posixpath.dirname(book.package)
    items, chapters, lost, missing = dict.fromkeys(book.spine), [], [], ""
    for item in items:
        address = book.items.get(item, "")
        if address is None:
            continue
        path = posixpath.normpath(posixpath.join(base, unquote(urlsplit(address).path)))
        if path in there:
            chapters.append(path)
        else:
            lost.append(item)
    if lost:
        missing = (
            f"{len(lost)} of its {len(items)} parts are not where it says, or nowhere, such as "
            f"{lost[0]!r}"
        )
    if 2 * len(lost) > len(items):  # as with the scans of a PDF
        raise ReadError(f"is damaged: {missing}")
    blocks = Blocks()
    for path in chapters:
        if path in book.locked:
            raise ReadError("is encrypted (digital rights management); get a copy without")
        text, parts, _ = markup.html(archive.read(path), "", encoding, titled=False)
        blocks.include(text, parts, posixpath.basename(path))
    return blocks.finish(missing)
