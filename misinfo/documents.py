"""The formats of documents, each with what takes its text out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from . import archives, mails, markup, paged, subtitles
from .blocks import MAX_BYTES, Blocks, Taken
from .errors import ReadError, needed

_SNIFFED = 1024  # bytes in which a format shows itself
# Text that was struck out, in a group that holds no other.
_STRUCK = re.compile(
    r"(?<!\\)\\(?:deleted|strike|striked1)(?![a-z0-9-])"
    r"(?=(?:(?!\\(?:deleted|striked?)0|\\plain)[^{}]){0,4096}(?<!\\)\})"
)
# Cells are paragraphs, and what stands in boxes, headers and footers is read, as in DOCX; what is
# hidden, and what boxes look like, is not.
_RTF = (
    (re.compile(r"\\cell(?![a-z])"), r"\\par "),
    (re.compile(r"\{\\(?:header|footer)[lrf]?(?![a-z])"), r"{\\par "),
    (re.compile(r"\{\\(?:shp|\*\\shpinst)(?![a-z])"), "{"),
    (re.compile(r"\{\\shptxt(?![a-z])"), r"{\\par "),
    (re.compile(r"\{\\(?=sp\s*\{|v(?![a-z0-9-]))"), r"{\\*\\"),
)
_GROUPS = re.compile(r"\\[\\{}]|(?P<note>\{\\footnote(?![a-z]))|[{}]")


@dataclass(frozen=True)
class Format:
    """A format of documents.

    Parameters
    ----------
    name : str
        What people call it.
    take : callable
        Makes text of bytes, a character set said from outside, and an encoding to fall back on.
    at_once : int
        Bytes up to which a file is read without a process of its own: no such file takes very
        long, or very much memory, whatever it holds.
    """

    name: str
    take: Callable[[bytes, str, str], Taken]
    at_once: int = 300_000


def extract(raw: bytes, ending: str, charset: str, encoding: str) -> Taken:
    """Take the text out of a document.

    Parameters
    ----------
    raw : bytes
        The document.
    ending : str
        A key of ``FORMATS``.
    charset : str
        What its server says; may be empty.
    encoding : str
        For formats that can leave it open.

    Returns
    -------
    tuple of str, list and str
        The text, where its parts begin, and what of it could not be taken out.

    Raises
    ------
    ReadError
        When the document is damaged, encrypted, too large or without text, or its library is
        missing. The message does not name the document.

    Examples
    --------
    >>> extract(b"<h1>Tea</h1>It cures gout.", ".html", "", "utf-8")
    ('Tea\\n\\nIt cures gout.', [(0, 'Tea')], '')
    """
    kind = FORMATS[ending]
    if len(raw) > MAX_BYTES:
        raise ReadError(f"is larger than {MAX_BYTES // 1_000_000} MB; split it, or save its text")
    try:
        text, parts, missing = kind.take(raw, charset, encoding)
    except ReadError:
        raise
    except Exception as error:  # the libraries raise anything at all on damaged files
        raise ReadError(
            f"is damaged, or no {kind.name} that can be read: {type(error).__name__}: {error}"
        ) from error
    if not text:
        scan = ": it may be a scan; recognise its text first (OCR)" if ending == ".pdf" else ""
        raise ReadError(f"has no text{scan}")
    return text, parts, missing


def sniff(raw: bytes) -> tuple[str, str]:
    """Say what the first bytes of a file show.

    Parameters
    ----------
    raw : bytes
        The file.

    Returns
    -------
    tuple of str
        The ending that fits, empty when it is nothing that can be read; and a name for it, empty
        when nothing shows.

    Examples
    --------
    >>> sniff(b"%PDF-1.7 ..."), sniff(b"GIF89a..."), sniff(b"Our tea")
    (('.pdf', 'a PDF'), ('', 'a GIF picture'), ('', ''))
    """
    begin = raw[:_SNIFFED]
    if begin.lstrip().startswith(b"%PDF-"):
        return ".pdf", "a PDF"
    if begin.startswith(b"{\\rtf"):
        return ".rtf", "an RTF document"
    if begin.startswith(b"PK\x03\x04"):
        if b"application/epub+zip" in begin or b"META-INF/container.xml" in raw:
            return ".epub", "an EPUB"
        if b"word/" in raw:
            return ".docx", "a DOCX"
        return "", next((name for mark, name in _ZIPPED if mark in raw), "a ZIP archive")
    if re.match(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype html|html\b)", begin, re.I):
        return ".html", "HTML"
    if (head := _HEADERS.match(raw)) and all(mark.search(head[0]) for mark in _OF_A_MAIL):
        return ".eml", ""  # it is text as well
    if _SUBTITLES.match(begin):
        return ".srt", ""
    if begin.startswith(_OLE) and _OF_OUTLOOK in raw:
        return "", "an Outlook mail"
    return "", next((name for mark, name in _MAGIC if begin.startswith(mark)), "")


_SUBTITLES = re.compile(rb"(?:\xef\xbb\xbf)?(?:WEBVTT\b|\s*\d+\s*\n[\d:]+,\d+ -->)")
_HEADERS = re.compile(rb"(?:From .*+\n)?(?:[\w-]++:.*+\n(?:[ \t].*+\n)*+)++")
_OF_A_MAIL = [
    re.compile(name, re.I | re.M) for name in (rb"^From:", rb"^(?:Message-ID|MIME-Version):")
]
INSTEAD = {
    "an Excel workbook": "save each sheet as CSV",
    "a PowerPoint presentation": "save it as PDF",
    "an OpenDocument text": "save it as DOCX",
    "an OpenDocument spreadsheet": "save each sheet as CSV",
    "an OpenDocument presentation": "save it as PDF",
    "an Outlook mail": "save it as .eml",
    "an old Office file, or one with a password": (
        "save it as DOCX, CSV or PDF, without a password"
    ),
    **dict.fromkeys(
        ("a ZIP archive", "a gzip archive", "a 7z archive", "a RAR archive"), "unpack it first"
    ),
}
"""What to do with what cannot be read, by the name that `sniff` gives it."""
_ZIPPED = (
    (b"xl/workbook.", "an Excel workbook"),
    (b"ppt/presentation.", "a PowerPoint presentation"),
    *(
        (f"vnd.oasis.opendocument.{kind}".encode(), f"an OpenDocument {kind}")
        for kind in ("text", "spreadsheet", "presentation")
    ),
)
_OLE = b"\xd0\xcf\x11\xe0"
_OF_OUTLOOK = "__properties_version1.0".encode("utf-16-le")
_MAGIC = (
    (_OLE, "an old Office file, or one with a password"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF89a", "a GIF picture"),
    (b"GIF87a", "a GIF picture"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!\x1a", "a RAR archive"),
)


def _rtf(raw: bytes, charset: str, encoding: str) -> Taken:
    if not raw.startswith(b"{\\rtf"):
        raise ReadError("is not RTF")
    to_text = needed("striprtf.striprtf").rtf_to_text
    kept = _STRUCK.sub(r"\\*\g<0>", raw.decode("latin-1"))
    for mark, instead in _RTF:
        kept = mark.sub(instead, kept)
    text = to_text(_notes_last(kept), encoding="cp1252", errors="replace")
    # RTF counts UTF-16 code units, so an emoji comes as two
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    blocks = Blocks(between="\n")
    for line in text.split("\n"):
        blocks.add(line)
    return blocks.finish()


def _notes_last(rtf: str) -> str:
    """Put footnotes after the body, as paragraphs; where they stand they would tear a sentence."""
    pieces: list[str] = []
    notes: list[str] = []
    depth = outer = begin = done = 0
    end = len(rtf)
    for found in _GROUPS.finditer(rtf):
        if found[0].startswith("{"):
            if found["note"] and not outer:
                outer, begin = depth, found.start()
            depth += 1
        elif found[0] == "}":
            depth -= 1
            if outer and depth == outer:
                pieces.append(rtf[done:begin])
                notes.append(r"{\par " + rtf[begin + len(r"{\footnote") : found.end()])
                outer, done = 0, found.end()
            if not depth:  # what follows the document is none of it
                end = found.start()
                break
    return "".join([*pieces, rtf[done:end], *notes, rtf[end:]])


FORMATS = {
    ".html": Format("HTML", markup.html),
    ".htm": Format("HTML", markup.html),
    ".xhtml": Format("HTML", markup.html),
    ".pdf": Format("PDF", paged.pdf, at_once=0),
    **dict.fromkeys((".docx", ".docm", ".dotx", ".dotm"), Format("DOCX", archives.docx, at_once=0)),
    ".eml": Format("mail", mails.eml, at_once=30_000),
    **dict.fromkeys((".mhtml", ".mht"), Format("saved page", mails.eml, at_once=30_000)),
    ".rtf": Format("RTF", _rtf, at_once=0),
    ".epub": Format("EPUB", archives.epub, at_once=0),
    ".srt": Format("subtitles", subtitles.subtitles),
    ".vtt": Format("subtitles", subtitles.subtitles),
}
"""From the ending of a file to its format."""
