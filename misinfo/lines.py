"""Lines and rows of tables, none of them longer than fits into memory."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from math import isfinite
from typing import IO, Any

from .blocks import MAX_BYTES
from .errors import ReadError, other_encoding, plural
from .markup import MARKS

# Zstandard may begin with a frame to be skipped, which has one of sixteen numbers
_SKIPPED = dict.fromkeys((bytes([n]) + b"\x2a\x4d\x18" for n in range(0x50, 0x60)), ".zst")
PACKED = {b"\x1f\x8b": ".gz", b"\x28\xb5\x2f\xfd": ".zst"} | _SKIPPED
"""How packed files begin, and how their names end."""
LONGEST_HEADER = 1 << 16
"""How far a name with line breaks is followed to its end."""
_OPENED = re.compile(r'(?:^|[,;\t|])"')  # a name in quotation marks
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
    start = stream.peek(64)[:64]
    said = next((known for mark, known in MARKS if start.startswith(mark)), "")
    wide = codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))
    for magic, ending in PACKED.items():
        if start.startswith(magic):
            raise ReadError(f"{name}: is packed: let its name end in {ending}")
    many = start.count(0) > 1 + len(start) // 8  # fewer are damage, and cost their row alone
    if many and not said and not wide:
        raise ReadError(f"{name}: is binary, or UTF-16: name its encoding, such as utf-16-le")
    if wide and not said and start and _is_utf8(start):
        raise ReadError(f"{name}: is not {encoding.upper()} but UTF-8: name that, or no encoding")
    return stream, said or encoding


def _is_utf8(start: bytes) -> bool:
    """Say whether the first bytes of a file are those of UTF-8: of wide letters some are zero."""
    try:  # the last letter may be cut
        return 0 not in start and bool(codecs.getincrementaldecoder("utf-8")().decode(start))
    except UnicodeDecodeError:
        return False


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


def raise_field_limit() -> None:
    """Raise the limit of ``csv`` for a field, which is the whole process's, for good."""
    # to set it back takes a lock for as long as a row is read, and a pipe may never send one
    csv.field_size_limit(max(csv.field_size_limit(), MAX_BYTES))


def heading(first: str, lines: Iterator[str]) -> tuple[list[str], str]:
    """Return the lines of the first row of a table, and what probably separates its fields.

    Parameters
    ----------
    first : str
        The first line of all.
    lines : iterator of str
        Those behind it; taken are the ones that belong to a name with line breaks, and the next
        row where the names alone do not tell.

    Returns
    -------
    tuple of list of str and str
        The lines that were taken, and a comma, a semicolon, a tab or a bar.

    Examples
    --------
    >>> heading('"my\\n', iter(['id";body\\n', "1;Tea\\n"]))
    (['"my\\n', 'id";body\\n'], ';')
    """
    head, names = _row(first, lines)
    # some programs write semicolons, tabs or bars and call it CSV
    likely = [delimiter for delimiter in ";\t," if delimiter in names]
    if len(likely) == 1 or (not likely and "|" not in names):
        return head, "".join(likely) or ","
    behind, row = _row(next(lines, ""), lines)
    head += behind
    if not likely:  # as a name such as "answer (yes|no)" has bars
        fits = row.count("|") >= names.count("|") or not "".join(behind).strip()
        return head, "|" if fits else ","

    # other delimiters have blanks behind them, as in a name such as "answer (yes, no)"
    def bare(delimiter: str, text: str) -> int:
        return len(re.findall(f"{delimiter}(?! )", text))

    return head, max(
        likely, key=lambda d: (names.count(d) == row.count(d), bare(d, names), bare(d, row))
    )


def _row(first: str, lines: Iterator[str]) -> tuple[list[str], str]:
    """Return the lines of a row, and what of it stands outside quotation marks."""
    taken = [first] if first else []
    size, quotes = len(first), first.count('"')
    opened = _OPENED.search(first) is not None  # inches open nothing
    while opened and quotes % 2 and size < LONGEST_HEADER and (line := next(lines, "")):
        taken.append(line)
        size, quotes = size + len(line), quotes + line.count('"')
    text = first if quotes % 2 else "".join(taken)  # one that is never closed has no end
    return taken, "".join(text.split('"')[::2]) if opened else text


def fitted(
    cells: list[str], lines: Sequence[str], columns: int, delimiter: str, encoding: str
) -> tuple[list[str], str]:
    """Return as many cells as a table has columns, and what is wrong with their row.

    Parameters
    ----------
    cells : list of str
        As ``csv.reader`` returns them.
    lines : sequence of str
        The lines of the row, decoded with ``surrogateescape``.
    columns : int
        How many there are.
    delimiter : str
        What separates the cells.
    encoding : str
        Of the file, for the error.

    Returns
    -------
    tuple of list of str and str
        The lines themselves are in the error where the cells do not show what was in them. Blank
        cells beyond the columns are nothing wrong.

    Examples
    --------
    >>> fitted(["1", "Tea he said"], ['1,"Tea" he said'], 2, ",", "utf-8")[1][-27:]
    '; the line: 1,"Tea" he said'
    """
    wrong, kept = _misquoted(lines, delimiter)
    if not any(map(str.strip, cells[columns:])):  # spreadsheets fill up lines with delimiters
        cells = cells[:columns]
    if len(cells) != columns:
        wrong.append(f"{plural(len(cells), 'field')} instead of {columns}")
        if len(cells) > columns:
            wrong.append(f"left over: {json.dumps(cells[columns:], ensure_ascii=False)}")
        cells = cells[:columns] + [""] * (columns - len(cells))
    if not all(map(str.isascii, lines)) and any(map(_UNDECODED.search, lines)):
        cells, kept = list(map(_spelled, cells)), _spelled(kept)
        wrong = [*map(_spelled, wrong), other_encoding(encoding)]
    return cells, "; ".join([*wrong, kept] if kept else wrong) if wrong else ""


def doubtful(delimiter: str) -> Callable[[str], bool]:
    """Return what says quickly of a row of one line whether `fitted` has to look at it.

    Parameters
    ----------
    delimiter : str
        What separates the cells.

    Returns
    -------
    callable
        Called with the line: most have no quotation mark within a cell, and no odd byte.

    Examples
    --------
    >>> doubt = doubtful(",")
    >>> doubt('1,"Tea, ""green"" "'), doubt('1,"Tea" he said')
    (False, True)
    """
    stray, behind_empty = _stray(delimiter)

    def doubt(line: str) -> bool:
        if '"' in line and (
            line.count('"') % 2 or '\\"' in line or stray.search(line) or behind_empty.search(line)
        ):
            return True
        return not line.isascii() and _UNDECODED.search(line) is not None

    return doubt


def _misquoted(lines: Sequence[str], delimiter: str) -> tuple[list[str], str]:
    """Say why the quotation marks of a row are none of CSV, and return what its cells lack."""
    if _closed(lines, delimiter):
        return [], ""
    text = "".join(lines)
    within = len(lines) == 1 and any(one.search(text) for one in _stray(delimiter))
    what, escaped = "closes in the middle of a cell" if within else "is never closed", '\\"' in text
    reason = f"a quotation mark {what}: in CSV such marks are doubled"
    reason += ", not escaped with a backslash" * escaped
    # the many rows that a mark swallowed are in its cell
    return [reason], f"the line: {text.rstrip()}" if escaped or len(lines) == 1 else ""


@cache
def _stray(delimiter: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Find quotation marks within a cell: neither doubled, nor where a cell or a line ends."""
    ends = re.escape(delimiter) + r"\r\n"
    within = rf'"(?<=[^"{ends}]")(?:"")*+(?=[^"{ends}])'
    behind_an_empty_cell = rf'""(?<![^{ends}]"")(?:"")*+(?=[^"{ends}])'
    return re.compile(within), re.compile(behind_an_empty_cell)


def _closed(lines: Sequence[str], delimiter: str) -> bool:
    """Say whether what closes a quotation mark ends its field; blanks may follow it."""
    ends = rf'"[^\S\r\n]+(?={re.escape(delimiter)}|[\r\n]|$)'
    raise_field_limit()
    strict = csv.reader(
        (re.sub(ends, '"', line) for line in lines), delimiter=delimiter, strict=True
    )
    try:
        return sum(1 for _ in strict) == 1
    except csv.Error:
        return False


def _spelled(text: str, backslash: str = "\\") -> str:
    """Spell out the bytes that do not fit an encoding, each as a backslash, an x and two digits."""
    return _UNDECODED.sub(lambda byte: f"{backslash}x{ord(byte[0]) - 0xDC00:02x}", text)


def parsed(line: bytes, encoding: str, number: int) -> tuple[dict[str, Any], str]:
    """Return the row that a line of JSON lines holds, and why it cannot be read.

    Parameters
    ----------
    line : bytes
        In UTF-8, without a mark.
    encoding : str
        Of the file, for the error.
    number : int
        Of the line, from 1.

    Returns
    -------
    tuple of dict and str
        The line itself is in the error where there is no row, or one that repeats a key.

    Examples
    --------
    >>> row, error = parsed(b'{"id": 1, "text": "caf\\xe9"}', "utf-8", 2)
    >>> print(row["text"], error[:20], sep=", ")
    caf\\xe9, line 2: is not UTF-8
    """
    found, unfit = None, ""
    try:
        text = line.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        unfit = f"line {number}: {other_encoding(encoding)}"
        text = _spelled(line.decode("utf-8", "surrogateescape"), "\\\\")
    try:
        try:
            found = _STRICT.decode(text)
            if isinstance(found, dict):
                return found, unfit
            error = "not an object"
        except KeyError as key:
            found, error = json.loads(text, parse_float=_number), f"repeats the key {key}"
    except (ValueError, RecursionError) as problem:
        error = f"not JSON: {problem}"
    text = _spelled(line.decode("utf-8", "surrogateescape")).rstrip()
    told = "; ".join(filter(None, [unfit, f"line {number}: {error}", f"the line: {text}"]))
    return found if isinstance(found, dict) else {}, told


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise KeyError(Counter(key for key, _ in pairs).most_common(1)[0][0])
    return found


def _number(digits: str) -> float | str:
    """Return a number; one that is too large for Python as it is written."""
    return number if isfinite(number := float(digits)) else digits


_STRICT = json.JSONDecoder(object_pairs_hook=_once, parse_float=_number)
