"""The formats of tables: CSV, TSV, JSON lines and Parquet, each read and written in chunks."""

from __future__ import annotations

import base64
import codecs
import csv
import gzip
import io
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import accumulate, chain
from typing import IO, Any

from .errors import MisinfoError, ReadError, needed
from .lines import Lines, doubtful, fitted, heading, limited, marked, parsed, raise_field_limit
from .parquet import TEXTS, RowGroups, as_python, copied, filled, indexed, spelled, type_of

CHUNK_ROWS, CHUNK_SIZE = 20_000, 1 << 21
DEEPEST = 300  # lists and objects of JSON in one another: a cluster takes some hundreds
_FLAT = re.compile(rb'"(?:[^"\\]|\\.)*+"|[^][{}"]+')  # what opens and closes nothing

Record = dict[str, Any]
Tell = Callable[[], None]


@dataclass(frozen=True)
class Chunk:
    """Some rows of a table, in order.

    Parameters
    ----------
    rows : list of dict
        Column to value.
    errors : list of str
        Why a row could not be read; empty where it could.
    schema : object or None
        The Arrow schema of a Parquet file.
    batch : object or None
        The rows as Arrow holds them, for Parquet again: Python has no word for some of its types.
    lines : list of int
        Where each row begins in its file, from 1; empty for Parquet.
    columns : sequence of str
        Of a table that has a header and no rows.
    kinds : mapping of str to type
        What certain columns hold, whether or not these rows show it.
    unread : int
        How many texts the model cannot judge: of few known n-grams, or without words.
    error_column : str
        Where a row keeps its error, and what no other column takes.
    """

    rows: list[Record]
    errors: list[str]
    schema: Any = None
    lines: Sequence[int] = ()
    columns: Sequence[str] = ()
    kinds: Mapping[str, type] = field(default_factory=dict)
    unread: int = 0
    error_column: str = "error"
    batch: Any = None

    @property
    def names(self) -> dict[str, None]:
        """The columns, in order; some rows may lack some."""
        return dict.fromkeys(chain(self.columns, chain.from_iterable(self.rows), self.kinds))


def _gathered(
    rows: Iterator[tuple[Record, str, int, int]], tell: Tell, columns: Sequence[str] = ()
) -> Iterator[Chunk]:
    records: list[Record] = []
    errors: list[str] = []
    lines: list[int] = []
    size, empty = 0, True
    for record, error, length, line in rows:
        records.append(record)
        errors.append(error)
        lines.append(line)
        size, empty = size + length, False
        if len(records) >= CHUNK_ROWS or size >= CHUNK_SIZE:
            tell()
            yield Chunk(records, errors, lines=lines)
            records, errors, lines, size = [], [], [], 0
    tell()
    if records or (empty and columns):
        yield Chunk(records, errors, lines=lines, columns=columns)


def _twice(names: Sequence[str], name: str) -> None:
    if len(set(names)) < len(names):
        twice = sorted({one for one in names if names.count(one) > 1})
        raise ReadError(f"{name}: two columns have the same name: {', '.join(map(repr, twice))}")


def _named(header: Sequence[str]) -> int:
    """Return how many columns have a name: blanks are none."""
    return sum(map(bool, map(str.strip, header)))


def _new(name: str, names: set[str]) -> str:
    """Return a name that no column has."""
    while name in names:
        name += "_"
    return name


def _read_csv(raw: IO[bytes], name: str, ending: str, tell: Tell, encoding: str) -> Iterator[Chunk]:
    stream, encoding = marked(raw, encoding, name)
    text = io.TextIOWrapper(stream, encoding, errors="surrogateescape", newline="")
    try:
        lines = limited(text, name)
        first, skipped = next(lines, ""), 0
        while first.isspace():
            first, skipped = next(lines, ""), skipped + 1
        if told := re.fullmatch(r'sep=([^"\r\n])\s*', first, re.I):  # Excel's own line
            first, skipped = next(lines, ""), skipped + 1
        head, delimiter = heading(first, lines)
        delimiter = told[1] if told else "\t" if ending == ".tsv" else delimiter
        source = Lines(chain(head, lines), name)
        raise_field_limit()
        reader = csv.reader(source, delimiter=delimiter)
        header = next(filter(_named, reader), None)
        if not header:
            raise ReadError(f"{name}: is empty: a table begins with a line of column names")
        blanks = len(header) - _named(header)
        if blanks > 1:  # spreadsheets fill up lines with delimiters
            taken = set(header)
            header = [
                cell if cell.strip() else _new(f"column {n}", taken)
                for n, cell in enumerate(header, 1)
            ]
        _twice(header, name)
        "".join(source.taken()).encode("utf-8")  # raises where the names are in another encoding

        def rows() -> Iterator[tuple[Record, str, int, int]]:
            title, doubt = 1 < blanks == len(header) - 1, doubtful(delimiter)
            line = reader.line_num + skipped + 1
            for cells in reader:
                begin, line = line, reader.line_num + skipped + 1
                taken = source.taken()
                if len(cells) < 2 <= len(header) and "".join(taken).isspace():
                    continue
                cells = cells or [""]  # a blank line of a single column
                if title and _named(cells) > 1:
                    title = False
                    alike = all(len(c.split()) in (1, 2) and not c.isdecimal() for c in cells)
                    if alike and len(cells) == len(header):
                        raise ReadError(
                            f"{name}: line {begin} seems to name the columns: delete what stands "
                            "above it, or name them all in the first line"
                        )
                error = ""
                if len(taken) > 1 or len(cells) != len(header) or doubt(taken[0]):
                    cells, error = fitted(cells, taken, len(header), delimiter, encoding)
                    if error and len(taken) > 1:
                        error = f"lines {begin} to {line - 1}: {error}"
                size = sum(map(len, cells)) + 64 * len(cells)  # an empty one takes memory too
                yield dict(zip(header, cells, strict=True)), error, size + len(error), begin

        yield from _gathered(rows(), tell, header)
    finally:
        text.detach()  # the file is closed by who opened it


def _depth(line: bytes) -> int:
    return max(accumulate(1 if mark in b"[{" else -1 for mark in _FLAT.sub(b"", line)))


def _read_json(
    raw: IO[bytes], name: str, ending: str, tell: Tell, encoding: str
) -> Iterator[Chunk]:
    stream, encoding = marked(raw, encoding, name)
    text, lines = None, limited(stream, name)
    if not codecs.lookup(encoding).name.startswith("utf-8"):  # a line of UTF-8 may be damaged
        text = io.TextIOWrapper(stream, encoding, errors="surrogateescape", newline="\n")
        lines = (line.encode("utf-8", "surrogateescape") for line in limited(text, name))

    def rows() -> Iterator[tuple[Record, str, int, int]]:
        for number, line in enumerate(lines, 1):
            line = line.removeprefix(codecs.BOM_UTF8)
            if not line or line.isspace():
                continue
            record, error = parsed(line, encoding, number)
            if record and line.count(b"[") + line.count(b"{") > DEEPEST and _depth(line) > DEEPEST:
                deep = f"line {number}: more than {DEEPEST} lists and objects in one another"
                text = line.decode("utf-8", "backslashreplace").rstrip()
                record, error = {}, error or f"{deep}; the line: {text}"
            yield record, error, len(line), number

    try:
        yield from _gathered(rows(), tell)
    finally:
        if text:
            text.detach()


def _read_parquet(
    raw: IO[bytes], name: str, ending: str, tell: Tell, encoding: str
) -> Iterator[Chunk]:
    arrow, parquet = needed("pyarrow"), needed("pyarrow.parquet")
    stack = ExitStack()
    try:
        if isinstance(raw, gzip.GzipFile) or not raw.seekable():  # Parquet is read from its end
            raw = stack.enter_context(copied(raw, name))
        # a group of rows is read as it is needed: without both it is held whole
        file = parquet.ParquetFile(raw, pre_buffer=False, buffer_size=1 << 20)
        names = file.schema_arrow.names
        _twice(names, name)
        if not file.metadata.num_rows:
            yield Chunk([], [], file.schema_arrow, columns=names)
        groups = range(file.num_row_groups)
        size = sum(file.metadata.row_group(group).total_byte_size for group in groups)
        few = max(1, min(4096, CHUNK_SIZE * file.metadata.num_rows // max(size, 1)))
        for batch in file.iter_batches(batch_size=few):
            tell()
            # values that repeat take less in the file
            step = max(1, CHUNK_SIZE * batch.num_rows // max(batch.nbytes, 1))
            for start in range(0, batch.num_rows, step):
                piece = batch.slice(start, step)
                columns = [as_python(column.cast(spelled(column.type))) for column in piece.columns]
                rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
                yield Chunk(rows, [""] * len(rows), file.schema_arrow, batch=piece)
    except arrow.ArrowException as error:
        raise ReadError(f"{name}: is not a Parquet file, or damaged: {error}") from error
    finally:
        stack.close()


@contextmanager
def _write_csv(raw: IO[bytes], ending: str, schema: Any) -> Iterator[Callable[[Chunk], int]]:
    text = io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", newline="")
    columns: dict[str, None] = {}
    dialect = "excel-tab" if ending == ".tsv" else "excel"
    bare = csv.writer(text, dialect, lineterminator="\n")
    quoted = csv.writer(text, dialect, lineterminator="\n", quoting=csv.QUOTE_ALL)

    def line(values: list[Any]) -> None:
        # a bare carriage return would end the row for whoever reads it
        (quoted if "\r" in "".join(map(str, values)) else bare).writerow(values)

    def put(chunk: Chunk) -> int:
        if not columns:
            columns.update(chunk.names)
            line(list(columns))
        rows, over = _without_overflow(chunk, columns)
        kinds = [chunk.kinds.get(name) for name in columns]
        for row in rows:
            cells = zip(map(row.get, columns), kinds, strict=True)
            line([value if type(value) is str else _cell(value, kind) for value, kind in cells])
        return over

    yield put
    text.detach()


def _without_overflow(
    chunk: Chunk, columns: Iterable[str], unfit: Mapping[int, Record] | None = None
) -> tuple[list[Record], int]:
    """Keep what no column takes, its name and value go into the error; and count such rows."""
    names, unfit = set(columns), unfit or {}
    lost = {
        n: {name: v for name, v in row.items() if name not in names and v not in (None, "")}
        for n, row in enumerate(chunk.rows)
        if n in unfit or not row.keys() <= names
    }
    over = {n: rest for n, rest in lost.items() if rest or n in unfit}
    rows = list(chunk.rows)
    for n, rest in over.items():
        kept = {name: value for name, value in rows[n].items() if name in names}
        parts = {"not in the header": rest, "not of the type of its column": unfit.get(n)}
        what = [
            f"{reason}: {json.dumps(part, ensure_ascii=False, default=_word)}"
            for reason, part in parts.items()
            if part
        ]
        error = chunk.error_column
        rows[n] = kept | {error: "; ".join(filter(None, [str(kept.get(error) or ""), *what]))}
    return rows, len(over)


def _cell(value: Any, kind: type | None = None) -> Any:
    if value is None:
        return ""
    if kind is float:
        return f"{value:.6f}"  # never 6e-05
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False, default=_word)
    return _word(value) if isinstance(value, bytes) else value


def _word(value: Any) -> str:
    """Return the text for a value that JSON has nothing for."""
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


@contextmanager
def _write_json(raw: IO[bytes], ending: str, schema: Any) -> Iterator[Callable[[Chunk], int]]:
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=_word).encode

    def put(chunk: Chunk) -> int:
        try:
            lines = list(map(encode, chunk.rows))
        except ValueError:  # JSON has no number for infinity, nor a word for what is none
            known = [json.dumps(row, default=_word) for row in chunk.rows]
            lines = [
                encode(json.loads(row, parse_constant=lambda w: None if w == "NaN" else w))
                for row in known
            ]
        text = "".join([line + "\n" for line in lines])
        raw.write(text.encode(errors="backslashreplace"))  # as JSON spells lone surrogates
        return 0

    yield put


@contextmanager
def _write_parquet(raw: IO[bytes], ending: str, schema: Any) -> Iterator[Callable[[Chunk], int]]:
    arrow = needed("pyarrow")
    groups: RowGroups | None = None

    def array(chunk: Chunk, rows: list[Record], field: Any) -> tuple[Any, list[int]]:
        source = None
        if chunk.batch is not None and field.name in chunk.batch.schema.names:
            source = chunk.batch[field.name]
            if source.type == field.type:
                return source, []
        values = [row.get(field.name) for row in rows]
        if str(field.type) in TEXTS:
            values = [v if v is None or isinstance(v, str) else str(_cell(v)) for v in values]
        return filled(values, field.type, source)

    def put(chunk: Chunk) -> int:
        nonlocal groups, schema
        if groups is None:
            # without a value in the first file nothing is known of a column
            known = {f.name: f for f in schema or () if f.type != arrow.null()}
            try:
                made = [known.get(n) or arrow.field(n, _type(chunk, n)) for n in chunk.names]
            except UnicodeEncodeError as error:
                raise MisinfoError(
                    f"Parquet has no name for the column {error.object!r}, which holds half a "
                    "character; try .jsonl"
                ) from error
            # another file may have no value where the first one always has one
            schema = arrow.schema([f.with_nullable(True) for f in made], indexed(schema))
            groups = RowGroups(raw, schema)
        columns, unfit = {}, defaultdict[int, Record](dict)
        for name in schema.names:
            columns[name], wrong = array(chunk, chunk.rows, schema.field(name))
            for n in wrong:
                unfit[n][name] = chunk.rows[n][name]
        rows, over = _without_overflow(chunk, columns, unfit)
        if over:
            name = chunk.error_column
            columns[name], _ = array(chunk, rows, schema.field(name))
        groups.add(arrow.table(list(columns.values()), schema=schema))
        return over

    try:
        yield put
        if groups is None:
            groups = RowGroups(raw, schema or arrow.schema([]))
        groups.flush()
    except arrow.ArrowException as error:  # such as more categories than a column has room for
        raise MisinfoError(f"Parquet cannot hold these rows: {error}; try .jsonl") from error
    finally:
        if groups is not None:
            groups.close()


def _type(chunk: Chunk, name: str) -> Any:
    return type_of([row.get(name) for row in chunk.rows], chunk.kinds.get(name))


READERS: Mapping[str, Callable[[IO[bytes], str, str, Tell, str], Iterator[Chunk]]] = {
    **dict.fromkeys((".csv", ".tsv"), _read_csv),
    **dict.fromkeys((".jsonl", ".ndjson"), _read_json),
    ".parquet": _read_parquet,
}
Put = Callable[[Chunk], int]
WRITERS: Mapping[str, Callable[[IO[bytes], str, Any], AbstractContextManager[Put]]] = {
    ".csv": _write_csv,
    ".tsv": _write_csv,
    ".jsonl": _write_json,
    ".ndjson": _write_json,
    ".parquet": _write_parquet,
}
