"""Lines and rows of tables, none of them longer than fits into memory."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from threading import Lock
from typing import IO, Any

from .blocks import MAX_BYTES
from .errors import ReadError
from .markup import MARKS

PACKED = {b"\x1f\x8b": ".gz", b"\x28\xb5\x2f\xfd": ".zst"}
"""How packed files begin, and how their names end."""
_RAISED = Lock()
_UNDECODED = re.compile("[\udc80-\udcff]")  # as "surrogateescape" keeps a byte


def marked(raw: IO[bytes], encoding: str, name: str) -> tuple[Any, str]:
    """Return a stream and its encoding: what a byte-order mark says wins.

    Parameters
    ----------
    raw : file object
        Of bytes, at its beginning.
    encoding : str
        What it is taken to be.
    name : str
        For the error.

    Returns
    -------
    tuple of file object and str
        The stream can be read from its beginning.

    Raises
    ------
    ReadError
        When the first bytes are those of a packed file, or of another encoding.

    Examples
    --------
    >>> import io
    >>> marked(io.BytesIO(b"\\xef\\xbb\\xbfid"), "cp1252", "a.csv")[1]
    'utf-8-sig'
    """
    stream: Any = raw if hasattr(raw, "peek") else io.BufferedReader(raw)
    start = stream.peek(4)[:4]
    said = next((known for mark, known in MARKS if start.startswith(mark)), "")
    wide = codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))
    for magic, ending in PACKED.items():
        if start.startswith(magic):
            raise ReadError(f"{name}: is packed: let its name end in {ending}")
    if b"\0" in start and not said and not wide:
        raise ReadError(f"{name}: is binary, or UTF-16: name its encoding, such as utf-16-le")
    return stream, said or encoding


def named(header: Sequence[str]) -> int:
    """Return how many columns of a table have a name.

    Parameters
    ----------
    header : sequence of str
        Its first line.

    Returns
    -------
    int
        Blanks are no name.

    Examples
    --------
    >>> named(["id", " ", ""])
    1
    """
    return sum(map(bool, map(str.strip, header)))


def limited(file: Any, name: str) -> Iterator[Any]:
    """Return the lines of a file, none longer than fits into memory.

    Parameters
    ----------
    file : file object
        Of text or of bytes.
    name : str
        For the error.

    Yields
    ------
    str or bytes
        With its end.

    Raises
    ------
    ReadError
        At a line of more than 50 million characters.

    Examples
    --------
    >>> import io
    >>> list(limited(io.StringIO("tea\\ngout"), "a.csv"))
    ['tea\\n', 'gout']
    """
    while line := file.readline(MAX_BYTES + 1):
        if len(line) > MAX_BYTES:
            raise ReadError(f"{name}: has a line of more than {MAX_BYTES:,} characters; split it")
        yield line


class Lines:
    """Lines of a file, and those since the last question: of one row.

    Parameters
    ----------
    lines : iterator of str
        All of them.
    name : str
        For the error: of a row of more than 50 million characters.

    Examples
    --------
    >>> lines = Lines(iter(["tea\\n", "gout"]), "a.csv")
    >>> next(iter(lines)), lines.taken(), lines.taken()
    ('tea\\n', ['tea\\n'], [])
    """

    def __init__(self, lines: Iterator[str], name: str) -> None:
        self.lines, self.name = lines, name
        self.since, self.size = list[str](), 0

    def __iter__(self) -> Iterator[str]:
        for line in self.lines:
            self.since.append(line)
            self.size += len(line)
            if self.size > MAX_BYTES:
                raise ReadError(
                    f"{self.name}: has a row of more than {MAX_BYTES:,} characters; look for a "
                    f"quotation mark that is never closed, or split it: {self.since[0][:40]!r}"
                )
            yield line

    def taken(self) -> list[str]:
        """Return the lines since the last call."""
        since, self.since, self.size = self.since, [], 0
        return since


def fields(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    """Return the rows of a table, however long a field is.

    Python's own limit is the whole process's; it is raised while a row is read, and no longer.

    Parameters
    ----------
    reader : iterator of list of str
        As ``csv.reader`` returns it.

    Yields
    ------
    list of str
        The fields of a row.

    Examples
    --------
    >>> [len(row[0]) for row in fields(csv.reader(["x" * 200_000]))]
    [200000]
    """
    while True:
        with _RAISED:
            limit = csv.field_size_limit(MAX_BYTES)
            try:
                row = next(reader, None)
            finally:
                csv.field_size_limit(limit)
        if row is None:
            return
        yield row


def closed(lines: Sequence[str], mark: str) -> bool:
    """Say whether what closes a quotation mark ends its field, so that no row is swallowed.

    Parameters
    ----------
    lines : sequence of str
        Of one row.
    mark : str
        What separates its fields.

    Returns
    -------
    bool
        False where text follows a closing mark; blanks may.

    Examples
    --------
    >>> closed(['"tea\\n', 'gout" ,1\\n'], ","), closed(['"tea\\n', 'a 12" pipe\\n'], ",")
    (True, False)
    """
    ends = rf'"[ \t]+(?={re.escape(mark)}|[\r\n]|$)'
    strict = csv.reader((re.sub(ends, '"', line) for line in lines), delimiter=mark, strict=True)
    try:
        return sum(1 for _ in fields(strict)) == 1
    except csv.Error:
        return False


def undecoded(lines: Sequence[str]) -> bool:
    """Say whether lines hold bytes that do not fit their encoding.

    Parameters
    ----------
    lines : sequence of str
        Decoded with ``surrogateescape``.

    Returns
    -------
    bool
        Whether there is one.

    Examples
    --------
    >>> undecoded([b"caf\\xe9".decode("utf-8", "surrogateescape")]), undecoded(["café"])
    (True, False)
    """
    return any(not line.isascii() and _UNDECODED.search(line) for line in lines)


def spelled(cell: str) -> str:
    """Spell out the bytes of a cell that do not fit its encoding.

    Parameters
    ----------
    cell : str
        Decoded with ``surrogateescape``.

    Returns
    -------
    str
        With each such byte as a backslash, an x and two digits.

    Examples
    --------
    >>> print(spelled(b"caf\\xe9".decode("utf-8", "surrogateescape")))
    caf\\xe9
    """
    return _UNDECODED.sub(lambda byte: f"\\x{ord(byte[0]) - 0xDC00:02x}", cell)
