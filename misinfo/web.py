"""Documents from addresses: bounded in size, in redirects, and in time as a whole."""

from __future__ import annotations

import base64
import http.client
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib import error as urlerror
from urllib import parse, request

from . import bounded
from .blocks import MAX_BYTES
from .errors import ReadError

REDIRECTS = 5
SILENCE = 20.0
"""Seconds that a server may stay silent."""

_TYPES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/epub+zip": ".epub",
    "application/rtf": ".rtf",
    "text/rtf": ".rtf",
    "message/rfc822": ".eml",
    "text/markdown": ".md",
    "text/vtt": ".vtt",
    "application/x-subrip": ".srt",
}
# Servers say these of anything; the ending of the path, or the first bytes, say more.
_ANYTHING = ("", "text/plain", "application/octet-stream", "binary/octet-stream")


@dataclass(frozen=True)
class Answer:
    """What a server sent.

    Parameters
    ----------
    raw : bytes
        The document.
    ending : str
        The ending that a file of its kind has; empty when nothing says so.
    charset : str
        The character set that the server named, or nothing.
    """

    raw: bytes
    ending: str
    charset: str


def fetch(address: str, seconds: float = bounded.SECONDS, size: int = MAX_BYTES) -> Answer:
    """Get the document at an address.

    Parameters
    ----------
    address : str
        With http or https. Proxies are taken from the environment.
    seconds : float
        For everything together: names, redirects and the last byte.
    size : int
        Most bytes.

    Returns
    -------
    Answer
        Its bytes and kind.

    Raises
    ------
    ReadError
        When there is no such document in these bounds, or it is nothing to read.

    Examples
    --------
    >>> fetch("http://127.0.0.1:1/")
    Traceback (most recent call last):
    ...
    misinfo.errors.ReadError: ...
    """
    # No timeout of a socket stops a server that sends a byte now and then.
    found = bounded.call(download, b"", seconds, address=address, size=size)
    return Answer(base64.b64decode(found.pop("raw")), **found)


def download(raw: bytes, address: str, size: int) -> dict[str, Any]:
    """Get the document at an address, for however long it takes.

    Parameters
    ----------
    raw : bytes
        Not used.
    address, size : str and int
        As for ``fetch``.

    Returns
    -------
    dict
        The fields of ``Answer``, `raw` in base 64.

    Raises
    ------
    ReadError
        As for ``fetch``.

    Examples
    --------
    >>> download(b"", "http://127.0.0.1:1/", 1000)
    Traceback (most recent call last):
    ...
    misinfo.errors.ReadError: ...
    """
    opener = request.OpenerDirector()
    for handler in (
        request.ProxyHandler(),
        request.HTTPHandler(),
        request.HTTPSHandler(),
        request.HTTPErrorProcessor(),
        request.HTTPDefaultErrorHandler(),
        _Redirects(),
    ):
        opener.add_handler(handler)
    try:
        asked = request.Request(
            encoded(address), headers={"User-Agent": "misinfo", "Accept": "*/*"}
        )
        with opener.open(asked, timeout=SILENCE) as answer:
            said = answer.headers
            kind = said.get_content_type() if said["content-type"] else ""
            ending = _ending(kind, PurePosixPath(parse.urlsplit(answer.url).path).suffix.lower())
            if int(said["content-length"] or 0) > size:
                raise _too_large(size)
            data = answer.read(size + 1)
            if answer.length:  # bytes that were announced and did not come
                raise _cut_short()
    except urlerror.HTTPError as error:
        with error:
            raise ReadError(f"its server answers {error.code} {error.reason}") from None
    except TimeoutError:
        raise ReadError(f"its server was silent for {SILENCE:g} seconds") from None
    except urlerror.URLError as error:
        raise ReadError(f"cannot be reached: {error.reason}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise ReadError(f"cannot be fetched: {type(error).__name__}: {error}") from None
    packing = (said["content-encoding"] or "").strip().lower()
    if packing in ("gzip", "x-gzip", "deflate"):  # some send it unasked
        try:
            data = _unpacked(data, size)
        except zlib.error as error:
            raise ReadError(f"cannot be unpacked: {error}") from None
    elif packing in ("br", "zstd", "compress", "x-compress") or "," in packing:
        raise ReadError(
            f"is packed as {packing!r}, which is not read; save the page, and score the file"
        )
    if len(data) > size:
        raise _too_large(size)
    charset = said.get_content_charset("")
    return {"raw": base64.b64encode(data).decode(), "ending": ending, "charset": charset}


def _unpacked(packed: bytes, size: int) -> bytes:
    """Unpack one stream after the other, until there is more than `size` or nothing left."""
    data = b""
    while packed and len(data) <= size:
        stream = zlib.decompressobj(wbits=47)
        data += stream.decompress(packed, size + 1 - len(data))
        if not stream.eof and len(data) <= size:
            raise _cut_short()
        packed = stream.unused_data.lstrip(b"\0")  # some fill up the last block
    return data


def _cut_short() -> ReadError:
    return ReadError("was cut short on the way; try again")


def _too_large(size: int) -> ReadError:
    return ReadError(f"is larger than {size / 1_000_000:g} MB; save its text")


def _ending(kind: str, suffix: str) -> str:
    if kind in _TYPES:
        return _TYPES[kind]
    if kind in _ANYTHING:
        return suffix
    if kind in ("text/csv", "text/tab-separated-values"):
        raise ReadError("is a table: download it, and score the file")
    if kind.startswith("text/"):
        return ".txt"
    kinds = ", ".join(sorted(set(_TYPES.values())))
    raise ReadError(f"is {kind}, not text or a document; name a page, or a file of {kinds}")


def encoded(address: str) -> str:
    """Encode the letters of other scripts in an address, as it is sent.

    Parameters
    ----------
    address : str
        With or without such letters.

    Returns
    -------
    str
        In ASCII, without its fragment.

    Examples
    --------
    >>> encoded("https://clinic.example/café#prices")
    'https://clinic.example/caf%C3%A9'
    """
    parts = parse.urlsplit(address)
    host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
    path, query = (parse.quote(part, safe="%/:=&?~#+!$,;'@()*[]") for part in parts[2:4])
    return parse.urlunsplit((parts.scheme, host, path, query, ""))


class _Redirects(request.HTTPRedirectHandler):
    max_repeats = REDIRECTS + 1  # its own limit comes after ours, with a longer message

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Any:
        if parse.urlsplit(newurl).scheme not in ("http", "https"):
            raise ReadError(f"its server sends on to {newurl}, which is no web address")
        if sum(getattr(req, "redirect_dict", {}).values()) >= REDIRECTS:
            raise ReadError(f"its server sends on more than {REDIRECTS} times")
        return super().redirect_request(req, fp, code, msg, headers, newurl)
