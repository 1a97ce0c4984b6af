"""Many texts: tables of any size, pandas frames, and clusters, all through one function."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import columns, tables
from .errors import MisinfoError, called, needed
from .formats import Chunk, Record
from .mappers import Mapper
from .model import Model, load
from .reading import NO_WORDS, STRANGE, chunks

if TYPE_CHECKING:
    import pandas as pd

Source = str | os.PathLike[str]
KINDS = {
    "probability": float,
    "overstated": bool,
    "worst_sentence": str,
    "worst_start": int,
    "worst_end": int,
    "tags": str,
    "warning": str,
    "error": str,
}
"""What is added to a row, in order."""
COLUMNS = tuple(KINDS)[:-1]
"""The same without ``error``."""
NO_TEXT = "no text"
UNREAD = f"that the model cannot judge ({STRANGE}, or {NO_WORDS})"


def judge(model: Model, texts: Sequence[str], threshold: float | None = None) -> list[Record]:
    """Score documents as a table wants it: a few columns for each.

    Parameters
    ----------
    model : Model
        Any.
    texts : sequence of str
        Documents.
    threshold : float, optional
        Probability that replaces the model's thresholds.

    Returns
    -------
    list of dict
        ``probability``, ``overstated``, the worst sentence with its offsets in characters (None
        without sentences), and the ``tags`` of all flagged sentences, joined by commas.
        ``warning`` says why the model cannot judge the text, and is empty where it can.

    Raises
    ------
    TypeError
        When a text is not a string.

    Examples
    --------
    >>> import misinfo
    >>> judge(misinfo.load(), ["Open daily. Our tea cures cancer, guaranteed."])[0]["worst_start"]
    12
    """
    found: list[Record] = []
    reader = model.reader
    limits = reader.limits(threshold)
    for chunk in chunks(texts):
        reading = reader.read(chunk)
        flagged = reader.flagged(reading, limits[1])
        named: dict[int, dict[str, None]] = {}
        for owner, tags in zip(reading.owners([*flagged]), flagged.values(), strict=True):
            named.setdefault(owner, {}).update(dict.fromkeys(reader.named(tags)))
        joined = [""] * len(chunk)
        for owner, names in named.items():
            joined[owner] = ",".join(names)
        found += [  # written out: this is most of what a short text costs here
            {
                "probability": probability,
                "overstated": overstated,
                "worst_sentence": None if start is None else document[start:end],
                "worst_start": start,
                "worst_end": end,
                "tags": kinds,
                "warning": warning,
            }
            for document, probability, overstated, (start, end), kinds, warning in zip(
                chunk,
                reading.pooled.round(6).tolist(),
                reading.overstated(*limits).tolist(),
                reading.worst(),
                joined,
                reading.doubts(model.settings["known_floor"]),
                strict=True,
            )
        ]
    return found


def score_chunk(
    chunk: Chunk,
    text_column: str,
    model: Model | Path | None = None,
    prefix: str = "",
    threshold: float | None = None,
) -> Chunk:
    """Add the scores to some rows of a table.

    Parameters
    ----------
    chunk : Chunk
        Rows with a column of texts.
    text_column : str
        Its name.
    model : Model or Path, optional
        The bundled one by default. A path is cheap to send to another process.
    prefix : str
        Before the names of the added columns.
    threshold : float, optional
        Probability that replaces the model's thresholds.

    Returns
    -------
    Chunk
        As many rows, each with the added columns. A row without a text keeps a reason in
        ``error``. Texts that the model cannot judge have a ``warning``, and are counted in
        ``unread``.

    Examples
    --------
    >>> rows = [{"body": "Our tea cures cancer, guaranteed."}, {"body": None}]
    >>> scored = score_chunk(Chunk(rows, ["", ""]), "body")
    >>> [row["overstated"] for row in scored.rows], scored.errors
    ([True, None], ['', 'no text'])
    """
    loaded = model if isinstance(model, Model) else load(model)
    given, errors = list(chunk.rows), list(chunk.errors)
    texts: list[str] = []
    for number, row in enumerate(chunk.rows):
        value = row.get(text_column)
        if isinstance(value, bytes):  # so some programs write texts to Parquet
            with suppress(UnicodeDecodeError):
                value = value.decode()
                given[number] = row | {text_column: value}
        if not errors[number] and not (isinstance(value, str) and value.strip()):
            unknown = isinstance(value, float) and value != value  # NaN
            missing = value is None or isinstance(value, str) or unknown
            errors[number] = NO_TEXT if missing else f"not a text: {type(value).__name__}"
        if not errors[number]:
            texts.append(str(value))
    judged = judge(loaded, texts, threshold)
    left, rows, column = iter(judged), [], f"{prefix}error"
    for row, error in zip(given, errors, strict=True):
        added = dict.fromkeys(COLUMNS) if error else next(left)
        rows.append(row | {prefix + name: added[name] for name in COLUMNS} | {column: error})
    kinds = {prefix + name: kind for name, kind in KINDS.items()}
    unread = sum(bool(row["warning"]) for row in judged)
    return replace(chunk, rows=rows, errors=errors, kinds=kinds, unread=unread, error_column=column)


def score_table(
    sources: Source | Sequence[Source],
    target: Source,
    text_column: str | None = None,
    *,
    model: Model | Path | None = None,
    kinds: tuple[str, str] = ("", ""),
    prefix: str = "",
    threshold: float | None = None,
    encoding: str = "utf-8",
    mapper: Mapper = map,
    progress: Callable[[str, int], None] | None = None,
) -> dict[str, int]:
    """Score tables of any size in bounded memory: one row out for each row in, in order.

    Parameters
    ----------
    sources : str, Path or sequence of them
        Files, addresses, or ``-`` for standard input; one after the other.
    target : str or Path
        The table to write, or ``-``. It appears when it is whole.
    text_column : str, optional
        By default the one of the first table that is named like a text, or the longest; in tables
        without it, one of their own.
    model : Model or Path, optional
        The bundled one by default.
    kinds : tuple of str
        Formats of the sources and of the target, such as ``.csv``; by default from the endings.
    prefix : str
        Before the names of the added columns.
    threshold : float, optional
        Probability that replaces the model's thresholds.
    encoding : str, default "utf-8"
        Of CSV, TSV and JSON lines that have no byte-order mark.
    mapper : callable
        Applies a function to chunks, in order: `map`, or what ``mappers`` has.
    progress : callable, optional
        Called with a source and how many of its bytes were read.

    Returns
    -------
    dict
        How many ``rows``, ``overstated`` and ``errors``; how many ``unread``, which is to say have
        texts that the model cannot judge; and how many ``overflow``, which is to say have values
        for which the target has no column, or one of another type: they are kept in ``error``.

    Raises
    ------
    ReadError
        When a source cannot be read; nothing is written then.
    MisinfoError
        When there is no such column, a column would be written over, or the target cannot be
        written.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "posts.csv"
    ...     _ = file.write_text("id,body\\n1,Our tea cures cancer!\\n2,\\n", encoding="utf-8")
    ...     score_table([str(file)], folder + "/scored.jsonl", "body")
    {'rows': 2, 'overstated': 1, 'errors': 1, 'unread': 0, 'overflow': 0}
    """
    counts = dict.fromkeys(("rows", "overstated", "errors", "unread", "overflow"), 0)
    target = os.fspath(target)
    every = [sources] if isinstance(sources, str | os.PathLike) else sources
    if isinstance(model, Path):
        model = model.resolve()  # the workers of a cluster have other working folders

    def incoming() -> Iterator[tuple[Chunk, str]]:
        guessed = ""
        for source in map(str, every):
            name = text_column
            tell = None if progress is None else (lambda done, s=source: progress(s, done))
            fresh = True
            missing: MisinfoError | None = None
            bare = (kinds[0] or tables.format_of(source)) in (".jsonl", ".ndjson")
            held: list[tuple[Chunk, str]] = []
            for chunk in tables.read(source, kinds[0], tell, encoding):
                _free(chunk.names, prefix, called(source))
                good = [r for r, error in zip(chunk.rows, chunk.errors, strict=True) if not error]
                names = list(chunk.columns) if chunk.schema is None else chunk.schema.names
                if fresh and (good or names):
                    name = name or columns.text_column(good, names, guessed)
                    guessed = guessed or name
                    try:
                        columns.column(good, name, names)
                        fresh, missing = False, None
                    except MisinfoError as error:
                        missing = missing or MisinfoError(f"{called(source)}: {error}")
                        if not bare:
                            raise missing from None
                held.append((chunk, name or "text"))
                if not missing or len(held) > 1:  # a small table is refused before it is written
                    yield from held
                    held = []
            if missing:  # no line of JSON has the column; there is no header to ask before
                raise missing

    def scored(item: tuple[Chunk, str]) -> Chunk:
        return score_chunk(*item, model, prefix, threshold)

    stream = mapper(scored, incoming())
    # at once, so that a wrong column is told before a file is begun
    first = next(stream, None) or score_chunk(Chunk([], []), "text", model, prefix)
    with tables.written(target, kinds[1], first.schema) as write:
        for chunk in chain([first], stream):
            counts["rows"] += len(chunk.rows)
            counts["errors"] += sum(map(bool, chunk.errors))
            counts["overstated"] += sum(row[f"{prefix}overstated"] is True for row in chunk.rows)
            counts["unread"] += chunk.unread
            counts["overflow"] += write(chunk)
    return counts


def score_frame(
    frame: pd.DataFrame,
    text_column: str,
    model: Model | Path | None = None,
    prefix: str = "",
    threshold: float | None = None,
) -> pd.DataFrame:
    """Score a pandas frame.

    Parameters
    ----------
    frame : pandas.DataFrame
        Any index, any columns.
    text_column : str
        The column of texts; missing values are allowed.
    model : Model or Path, optional
        The bundled one by default.
    prefix : str
        Before the names of the added columns.
    threshold : float, optional
        Probability that replaces the model's thresholds.

    Returns
    -------
    pandas.DataFrame
        The same rows, columns and index, with those of `COLUMNS` and ``error``. ``overstated`` is
        missing where there is no text.

    Raises
    ------
    MisinfoError
        When there is no such column, or when a column would be written over.
    TypeError
        When `frame` is no frame.

    Warns
    -----
    UserWarning
        When some rows have texts that the model cannot judge: few of their n-grams are known, or
        they have no words.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"post": ["Our tea cures cancer, guaranteed.", None]})
    >>> score_frame(frame, "post")["overstated"].tolist()
    [True, <NA>]
    """
    pandas = needed("pandas")
    if not isinstance(frame, pandas.DataFrame):
        hint = "; try frame.to_pandas()" if hasattr(frame, "to_pandas") else ""
        raise TypeError(f"a frame must be a pandas.DataFrame, not {type(frame)}{hint}")
    if text_column not in frame.columns:
        names = [n if isinstance(n, str) else f"{n!r} ({type(n).__name__})" for n in frame.columns]
        columns.column([], text_column, names, "text_column")
    _free(frame.columns.get_level_values(0), prefix, "the frame", 'prefix="{}"')
    if (texts := frame[text_column].astype(object)).ndim > 1:
        raise MisinfoError(f"several columns are named {text_column!r}; rename all but one")
    rows: list[Any] = [{"text": value} for value in texts.where(texts.notna(), None).tolist()]
    chunk = score_chunk(Chunk(rows, [""] * len(rows)), "text", model, threshold=threshold)
    if chunk.unread:
        warnings.warn(f"of {len(rows):,} rows, {chunk.unread:,} {UNREAD}", stacklevel=2)
    kinds = {float: "float64", bool: "boolean", str: "str", int: "Int64"}
    rest = ("",) * (frame.columns.nlevels - 1)
    result: pd.DataFrame = frame.assign()
    for name, kind in KINDS.items():
        values = [_for_arrow(row[name]) for row in chunk.rows]
        key = (prefix + name, *rest) if rest else prefix + name
        result[key] = pandas.Series(values, frame.index, kinds[kind])
    return result


def score_batches(
    frames: Iterable[pd.DataFrame],
    text_column: str = "text",
    model: Model | Path | None = None,
    prefix: str = "",
    threshold: float | None = None,
) -> Iterator[pd.DataFrame]:
    """Score frames one after the other: what Spark's ``mapInPandas`` calls.

    Parameters
    ----------
    frames : iterable of pandas.DataFrame
        Read only as far as results are asked for.
    text_column : str, default "text"
        The column of texts; ``functools.partial`` sets another.
    model, prefix, threshold : Model or Path, str and float, optional
        As ``score_frame`` takes them.

    Yields
    ------
    pandas.DataFrame
        One for each, as ``score_frame`` returns it.

    Examples
    --------
    >>> import pandas as pd
    >>> frames = [pd.DataFrame({"text": ["Open on Monday."]})]
    >>> [len(frame) for frame in score_batches(frames)]
    [1]
    """
    loaded = model if isinstance(model, Model) else load(model)
    for frame in frames:
        yield score_frame(frame, text_column, loaded, prefix, threshold)


def _for_arrow(value: Any) -> Any:
    """Return a value that Arrow takes: it refuses lone surrogates, as of an emoji cut in two."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    return value


def _free(names: Iterable[object], prefix: str, where: str, hint: str = "--prefix {}") -> None:
    if taken := {prefix + name for name in KINDS}.intersection(names):
        names, hint = ", ".join(sorted(taken)), hint.format(f"{prefix}misinfo_")
        raise MisinfoError(f"{where} has the columns {names} already; try {hint}")
