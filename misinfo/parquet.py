"""Columns of Parquet: what they hold, whether all of it fits, and rows in groups of a good size."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, time
from itertools import chain
from tempfile import TemporaryFile
from typing import IO, Any

import numpy as np

from .errors import MisinfoError, needed

GROUP_ROWS, GROUP_SIZE = 100_000, 8 << 20
TEXTS = ("string", "large_string", "string_view")
"""The types of columns that take anything, as a text."""
SAFE: Mapping[str, set[type]] = {
    "int64": {int},
    "double": {int, float},
    "bool": {bool},
    **{kind: {str} for kind in TEXTS},
}
"""The kinds of values that Arrow takes as they are, or refuses, by the type of their column."""


def type_of(values: Sequence[Any], kind: type | None = None) -> Any:
    """Say which type a column of Parquet needs.

    Parameters
    ----------
    values : sequence
        Its first ones; None where there is none.
    kind : type, optional
        Of the values, where it is known whatever the first ones are.

    Returns
    -------
    pyarrow.DataType
        That of texts, where no other is certain.

    Examples
    --------
    >>> type_of([1, None, 2.5]), type_of([1, "x"])
    (DataType(double), DataType(string))
    """
    arrow = needed("pyarrow")
    values = [value for value in values if value is not None]
    kinds = {kind} if kind else set(map(type, values))
    most = max((abs(value) for value in values if type(value) is int), default=0)
    if kinds == {bool}:
        return arrow.bool_()
    if kinds == {int} and most < 1 << 63:
        return arrow.int64()
    if kinds and kinds <= {int, float} and most <= 1 << 53:  # larger ones would be rounded
        return arrow.float64()
    return arrow.string()


def spelled(kind: Any) -> Any:
    """Return the type with another in place of what Python has no values for.

    Parameters
    ----------
    kind : pyarrow.DataType
        Of a column.

    Returns
    -------
    pyarrow.DataType
        The same but for times of day with nanoseconds, which are texts, and times in a zone that
        Python does not know, which are in UTC.

    Examples
    --------
    >>> import pyarrow
    >>> spelled(pyarrow.time64("us")), spelled(pyarrow.time64("ns"))
    (Time64Type(time64[us]), DataType(string))
    """
    arrow = needed("pyarrow")
    if not any(word in str(kind) for word in ("time64[ns]", "tz=")):
        return kind
    if arrow.types.is_struct(kind):
        return arrow.struct([part.with_type(spelled(part.type)) for part in kind])
    if arrow.types.is_map(kind):
        return arrow.map_(spelled(kind.key_type), spelled(kind.item_type))
    if arrow.types.is_timestamp(kind):
        try:
            arrow.scalar(0, kind).as_py()
        except (ValueError, KeyError):  # that of pytz, where it is installed
            return arrow.timestamp(kind.unit, "UTC")
        return kind
    return arrow.list_(spelled(kind.value_type)) if kind.num_fields else arrow.string()


def as_python(column: Any) -> list[Any]:
    """Return the values of a column as Python has them.

    Parameters
    ----------
    column : pyarrow.Array
        Of a type that `spelled` returns.

    Returns
    -------
    list
        A time that Python does not have is a text: its number in the file. A structure that
        repeats a name is a list of pairs.

    Examples
    --------
    >>> import pyarrow
    >>> as_python(pyarrow.array([[0, 1 << 62]], pyarrow.list_(pyarrow.duration("s"))))
    [[datetime.timedelta(0), '4611686018427387904']]
    """
    try:
        values: list[Any] = column.to_pylist()
    except (OverflowError, ValueError):
        values = list(map(_as_python, column))
    return values


def _as_python(value: Any) -> Any:
    types = needed("pyarrow").types
    try:
        return value.as_py()
    except (OverflowError, ValueError):
        if types.is_temporal(value.type):
            return str(value.value)
        if types.is_struct(value.type):
            pairs = [(name, _as_python(part)) for name, part in value.items()]
            return made if len(made := dict(pairs)) == len(pairs) else pairs
        if not types.is_nested(value.type):
            raise  # bytes that are no text
        if types.is_map(value.type):
            return [tuple(_as_python(part) for _, part in pair.items()) for pair in value.values]
        return list(map(_as_python, value.values))


@contextmanager
def copied(raw: IO[bytes], name: str) -> Iterator[IO[bytes]]:
    """Copy what cannot be read from its end, as Parquet is, to a temporary file.

    Parameters
    ----------
    raw : binary file
        A pipe, or what unpacks a file.
    name : str
        Of the source, for errors.

    Yields
    ------
    file
        The copy.

    Raises
    ------
    MisinfoError
        When there is no room for it.
    """
    kept = None
    try:
        for piece in chain(iter(lambda: raw.read(1 << 20), b""), [b""]):
            try:
                kept = kept or TemporaryFile()  # noqa: SIM115 - closed below
                kept.write(piece)
                kept.flush()
            except OSError as error:
                raise MisinfoError(
                    f"{name}: cannot be copied to a temporary folder, as packed or piped Parquet "
                    f"is: {error.strerror}; set TMPDIR to a folder with room, or name the file "
                    "unpacked"
                ) from error
        if kept:
            yield kept
    finally:
        if kept:
            with suppress(OSError):  # what had no room is tried again
                kept.close()


def indexed(schema: Any) -> dict[bytes, bytes]:
    """Return what pandas wrote of the index of a frame.

    Parameters
    ----------
    schema : pyarrow.Schema or None
        Of the file.

    Returns
    -------
    dict of bytes to bytes
        Metadata of a file with the same rows; empty for one that others wrote.

    Examples
    --------
    >>> import pandas, pyarrow
    >>> frame = pandas.DataFrame({"body": ["Tea"]}, pandas.Index([7], name="id"))
    >>> b'"index_columns": ["id"]' in indexed(pyarrow.Schema.from_pandas(frame))[b"pandas"]
    True
    """
    found = ((schema is not None and schema.metadata) or {}).get(b"pandas", b"")
    try:  # names of columns that are all numbers or pairs: the added ones are not
        return {b"pandas": json.dumps(json.loads(found) | {"column_indexes": []}).encode()}
    except (ValueError, TypeError):
        return {}


def filled(values: list[Any], kind: Any, source: Any = None) -> tuple[Any, list[int]]:
    """Make a column of those values that come back from it as they were.

    Parameters
    ----------
    values : list
        One for each row.
    kind : pyarrow.DataType
        Of the column.
    source : pyarrow.Array, optional
        The same values as another file of Parquet holds them.

    Returns
    -------
    tuple of pyarrow.Array and list of int
        Of that type, null where a value does not fit it, and the places of these.

    Examples
    --------
    >>> import pyarrow
    >>> made, unfit = filled([1, 2.0, "x"], pyarrow.int64())
    >>> made.to_pylist(), unfit
    ([1, 2, None], [2])
    """
    arrow = needed("pyarrow")
    if str(kind) in TEXTS:
        values = [v and v.encode("utf-8", "backslashreplace").decode() for v in values]
        source = None
    try:
        return _made(values, kind, source), []
    except (arrow.ArrowException, OverflowError, TypeError, ValueError):
        if len(values) == 1:
            return arrow.nulls(1, kind), [0]
    half = len(values) // 2  # so that a few are found soon
    first, later = (
        filled(values[part], kind, None if source is None else source[part])
        for part in (slice(half), slice(half, None))
    )
    return arrow.concat_arrays([first[0], later[0]]), [*first[1], *(half + n for n in later[1])]


def _made(values: list[Any], kind: Any, source: Any) -> Any:
    arrow = needed("pyarrow")
    if source is not None and "time64[ns]" in str(source.type):
        made, values = source.cast(kind), source.to_pylist()
    else:
        made = arrow.array(values, kind)
    safe = set(map(type, values)) <= {type(None), *SAFE.get(str(kind), ())}
    # Arrow cuts off what has no place: parts of a second, keys, what is behind the point
    if not safe and not all(map(_same, values, as_python(made.cast(spelled(kind))))):
        raise ValueError
    return made


def _same(value: Any, kept: Any) -> bool:
    """Say whether nothing of a value is lost, whatever Python or NumPy call its kind."""
    if value is None or kept is None:
        return value is kept
    if isinstance(kept, dict):
        return isinstance(value, Mapping) and all(
            _same(part, kept.get(name)) for name, part in value.items()
        )
    if isinstance(kept, (list, tuple)):
        if isinstance(value, Mapping):
            value = list(value.items())
        return (
            not isinstance(value, (str, bytes))
            and len(value) == len(kept)
            and all(map(_same, value, kept))
        )
    if isinstance(value, (bool, np.bool_)) != isinstance(kept, bool):
        return False  # Python takes true for 1
    if isinstance(kept, bytes) and isinstance(value, str):
        return value.encode() == kept
    if isinstance(kept, str) and isinstance(value, bytes):
        return value == kept.encode()
    if isinstance(value, datetime) and isinstance(kept, date):
        if not isinstance(kept, datetime):
            return bool(value == datetime.combine(kept, time()))
        if value.tzinfo and kept.tzinfo:  # the hour that a change of clocks repeats equals nothing
            return bool(value.astimezone(UTC) == kept.astimezone(UTC))
    return bool(value == kept or (value != value and kept != kept))  # NaN is not itself


class RowGroups:
    """A file of Parquet: small tables are written together, for each group costs every column.

    Parameters
    ----------
    raw : binary file
        To write to.
    schema : pyarrow.Schema
        Of all tables.

    Examples
    --------
    >>> import io, pyarrow, pyarrow.parquet
    >>> file, table = io.BytesIO(), pyarrow.table({"id": [1, 2]})
    >>> groups = RowGroups(file, table.schema)
    >>> groups.add(table), groups.add(table), groups.flush(), groups.close()
    (None, None, None, None)
    >>> pyarrow.parquet.ParquetFile(file).num_row_groups
    1
    """

    def __init__(self, raw: IO[bytes], schema: Any) -> None:
        writer = needed("pyarrow.parquet").ParquetWriter
        self._writer = writer(raw, schema, compression="zstd")
        # a group has one dictionary for each column, whose numbers may have room for no other
        self._alone = "dictionary<" in str(schema)
        self._held: list[Any] = []
        self._rows = self._size = 0

    def add(self, table: Any) -> None:
        """Take some rows, and write those that were held back once they are enough.

        Parameters
        ----------
        table : pyarrow.Table
            With the schema of the file.
        """
        self._held.append(table)
        self._rows += table.num_rows
        self._size += table.nbytes
        if self._alone or self._rows >= GROUP_ROWS or self._size >= GROUP_SIZE:
            self.flush()

    def flush(self) -> None:
        """Write what was held back.

        Raises
        ------
        MisinfoError
            When a part of a value is missing that no row of the first file may lack.
        """
        arrow = needed("pyarrow")
        held, self._held, self._rows, self._size = self._held, [], 0, 0
        try:
            if held:
                self._writer.write_table(arrow.concat_tables(held))
        except arrow.ArrowInvalid as error:
            raise MisinfoError(
                f"a row does not fit the first ones: {error}; try an output that ends in .jsonl"
            ) from error

    def close(self) -> None:
        """End the file; what was not flushed is left out."""
        self._writer.close()
