"""The formats of documents, each with what takes its text out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from itertools import chain
from typing import Any

from . import archives, markup, paged
from .blocks import MAX_BYTES, Blocks, Parts, Taken
from .errors import ReadError, needed, plural

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
# Before each mail of a mailbox.
_POSTMARK = re.compile(rb"^From \S+ .*\d\d:\d\d.*\n(?=[\w-]+:)", re.M)
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


# What stands before the words of a cue; a number before it names the cue.
_TIMES = re.compile(
    r"(?:^[ \t]*\d+[ \t]*\n)?^[ \t]*((?:\d+:)?\d\d:\d\d)[.,]\d+[ \t]*-->.*\n?", re.M
)
_OF_A_CUE = re.compile(r"<(?=[/A-Za-z\d])[^<>]*>|\{\\[^{}]*\}")
_VOICE = re.compile(r"<v(?:\.[\w.]+)?\s+([^<>]*)>")
_SPEAKER = re.compile(r"[-\u2013\u2014\[(\u266a\u00bb]|>>|[A-Z][\w .]{0,20}:")
_TURN = re.compile(r"(?<=[^\s>])[ \t]*(?=>>)")  # where somebody else speaks within a line
_SOUND = re.compile(r"\[.*\]|\(.*\)|.*\u266a")  # no words of a speaker
_ENDED = re.compile(r"[.!?\u2026\u3002\uff01\uff1f][\"'\u2019\u201d)\]]*$")


def _subtitles(raw: bytes, charset: str, encoding: str) -> Taken:
    text = "\n".join(markup.decoded(raw, charset, encoding).splitlines())
    if text.startswith("WEBVTT"):  # of its other blocks, and of names of cues, nothing is shown
        cues = re.split(r"\n(?:[ \t]*\n)+", text)
        text = "\n\n".join(cue[at.start() :] for cue in cues if (at := _TIMES.search(cue)))
    _, *found = _TIMES.split(text)
    if not found:
        raise ReadError("is no subtitles: it has no times")
    blocks, last, voice = Blocks(), "", ""
    cues = [_OF_A_CUE.sub("", said) for said in found[1::2]]
    # what writes no full stops, as machines do not, has no sentences to put together
    prose = 10 * sum(bool(_ENDED.search(cue.strip())) for cue in cues) >= len(cues)
    for time, said, cue in zip(found[::2], found[1::2], cues, strict=True):
        before, named = voice, _VOICE.search(said)
        voice = named[1] if named else voice
        ended = not prose or voice != before or _ENDED.search(last) or _SOUND.fullmatch(last)
        lines = map(str.strip, _TURN.sub("\n", unescape(cue)).splitlines())
        shown = [line for line in lines if line not in ("", last)]  # some cues repeat one of before
        if shown:
            blocks.part(time)
        for line in shown:
            blocks.between = "\n\n" if ended or _SPEAKER.match(line) else " "
            blocks.add(line)
            ended, last = _SOUND.fullmatch(line), line
    return blocks.finish()


def _eml(raw: bytes, charset: str, encoding: str) -> Taken:
    import email
    from email import policy

    mail: Any = email.message_from_bytes(raw, policy=policy.default)
    if not mail.keys():
        raise ReadError("is not a mail: it has no headers")
    if len(_POSTMARK.findall(raw)) > 1:
        raise ReadError("is a mailbox of several mails: save them one by one")
    blocks = Blocks()
    attached: list[str] = []
    shown = list(_shown(mail, encoding, attached))
    bodies = [text.strip() for name, text, _ in shown if name == "Body"]
    kinds = {part.get_content_type() for part in mail.walk() if not part.is_multipart()}
    if not any(bodies) and (not bodies or kinds != {"text/plain"}):
        raise ReadError(
            f"has no text in its body ({', '.join(sorted(kinds))}): pictures, attachments and what "
            "is encrypted are not read"
        )
    for name, text, parts in shown:
        if text.strip():
            blocks.part(name)
            blocks.include(text, parts, name, within=True)
    more = f" and {len(attached) - 3:,} more" if len(attached) > 3 else ""
    unread = f"{plural(len(attached), 'attachment')} not read: {', '.join(attached[:3])}{more}"
    return blocks.finish(unread if attached else "")


def _shown(mail: Any, encoding: str, attached: list[str]) -> Iterator[tuple[str, str, Parts]]:
    """Return the texts that a mail program shows, each with its name and the parts within it.

    What is attached is named instead.
    """
    if mail["subject"]:
        yield "Subject", str(mail["subject"]), []
    kind = mail.get_content_type()
    sent_on = kind == "message/rfc822" and not str(mail["content-transfer-encoding"]).startswith(
        ("base64", "quoted-printable")  # which no mail within a mail may be (RFC 2046)
    )
    named = mail.get_filename()
    if (mail.is_attachment() and not sent_on) or (named and kind.startswith("application/")):
        attached.append(named or kind)
        return
    if mail.is_multipart():
        inner = [list(_shown(part, encoding, attached)) for part in mail.get_payload()]
        if kind == "multipart/alternative":
            # The last one is the richest, and the page is shown; of some only a picture is, so a
            # plain text that says far more is read too.
            page = max(reversed(inner), key=_richness, default=[])
            inner = [page, *(more for more in inner if _words(more) > 4 * _words(page))]
        yield from chain.from_iterable(inner)
    elif kind.startswith(("text/", "multipart/")) and kind not in _NO_PROSE:  # damaged ones too
        raw, charset = mail.get_payload(decode=True) or b"", mail.get_content_charset("")
        if kind == "text/html":
            text, parts, _ = markup.html(raw, charset, encoding, titled=False)
            yield "Body", text, parts
            return
        text = markup.decoded(raw, charset, encoding)
        if kind == "text/plain" and str(mail.get_param("format")).lower() == "flowed":
            text = _unfolded(text, str(mail.get_param("delsp")).lower() == "yes")
        yield "Body", text, []


def _unfolded(text: str, spaceless: bool) -> str:
    """Join the lines of a mail that go on in the next (RFC 3676)."""
    pieces: list[str] = []
    goes_on, depth = False, 0
    for line in text.splitlines():
        before, depth = depth, len(line) - len(line.lstrip(">"))
        said = line[depth:].removeprefix(" ")
        mark = said == "-- "  # of the signature
        begins = mark or not (goes_on and said) or depth != before
        goes_on = said.endswith(" ") and not mark
        said = said[:-1] if goes_on and spaceless else said
        quote = ">" * depth + " " * (depth > 0)
        pieces.append(f"\n{quote}{said}" if begins else said)
    return "".join(pieces)


_NO_PROSE = ("text/calendar", "text/css", "text/javascript", "text/vcard", "text/x-vcard")


def _words(shown: list[tuple[str, str, Parts]]) -> int:
    return sum(len(text.split()) for _, text, _ in shown)


def _richness(shown: list[tuple[str, str, Parts]]) -> int:
    return max((bool(text.strip()) + bool(parts) for _, text, parts in shown), default=0)


FORMATS = {
    ".html": Format("HTML", markup.html),
    ".htm": Format("HTML", markup.html),
    ".xhtml": Format("HTML", markup.html),
    ".pdf": Format("PDF", paged.pdf, at_once=0),
    **dict.fromkeys((".docx", ".docm", ".dotx", ".dotm"), Format("DOCX", archives.docx, at_once=0)),
    ".eml": Format("mail", _eml, at_once=30_000),
    **dict.fromkeys((".mhtml", ".mht"), Format("saved page", _eml, at_once=30_000)),
    ".rtf": Format("RTF", _rtf, at_once=0),
    ".epub": Format("EPUB", archives.epub, at_once=0),
    ".srt": Format("subtitles", _subtitles),
    ".vtt": Format("subtitles", _subtitles),
}
"""From the ending of a file to its format."""
