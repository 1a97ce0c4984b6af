"""Mails, and pages that are saved as mails: the parts that a mail program shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

from . import markup
from .blocks import Blocks, Parts, Taken
from .errors import ReadError, plural

# Before each mail of a mailbox.
_POSTMARK = re.compile(rb"^From \S+ .*\d\d:\d\d.*\n(?=[\w-]+:)", re.M)


def eml(raw: bytes, charset: str = "", encoding: str = "utf-8") -> Taken:
    """Take the text out of a mail, or of a page that was saved as one: what is shown of it.

    Parameters
    ----------
    raw : bytes
        The file.
    charset : str
        Not used: a mail says that of each of its parts.
    encoding : str
        Of parts that say none.

    Returns
    -------
    tuple of str, list and str
        The text, where its subject, its bodies and their headed parts begin, and the attachments,
        which are not read.

    Raises
    ------
    ReadError
        When it has no headers or no text, or is a mailbox of several mails.

    Examples
    --------
    >>> eml(b"Subject: Tea\\n\\nIt cures gout.")[0]
    'Tea\\n\\nIt cures gout.'
    """
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
