"""Tables as streams: CSV, TSV, JSON lines and Parquet in and out, a chunk of rows at a time.

A row that cannot be read is kept with its reason; nothing is dropped, nothing changes its order.
"""

from __future__ import annotations

import csv
import glob
import gzip
import io
import os
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import IO, Any

from .errors import MisinfoError, ReadError, called, needed, other_encoding
from .formats import READERS, WRITERS, Chunk
from .lines import PACKED
from .outputs import placed

ENDINGS = tuple(READERS)

Progress = Callable[[int], None]


def is_table(path: str) -> bool:
    """Say whether a path is named like a table.

    Parameters
    ----------
    path : str
        Any path or pattern.

    Returns
    -------
    bool
        By its ending, the ending of a compression left aside.

    Examples
    --------
    >>> is_table("posts.csv.gz"), is_table("page.txt")
    (True, False)
    """
    return format_of(path) in ENDINGS


def pattern(folder: str) -> str:
    """Return a pattern for the tables in a folder.

    Parameters
    ----------
    folder : str
        Its path.

    Returns
    -------
    str
        That of the first of them, those in its folders only where it has none itself; empty when
        there is none.

    Examples
    --------
    >>> pattern("no-such-folder")
    ''
    """
    for depth in ("", "**"):
        place = os.path.join(glob.escape(folder), depth)
        inside = filter(is_table, glob.iglob(os.path.join(place, "*"), recursive=True))
        if first := min(filter(os.path.isfile, inside), default=""):
            stem, ending = os.path.splitext(first)
            packed = ending.lower() in (".gz", ".zst")
            kind = f"{os.path.splitext(stem)[1] if packed else ''}{ending}"
            return os.path.join(place, f"*{kind}")
    return ""


def expand(paths: Sequence[str]) -> list[str]:
    """Return the files that paths and patterns stand for.

    Parameters
    ----------
    paths : sequence of str
        Files, patterns such as ``data/*.csv``, addresses, or ``-``.

    Returns
    -------
    list of str
        Patterns in sorted order; what is named twice stands there once.

    Raises
    ------
    ReadError
        When a pattern fits no file.
    MisinfoError
        When a library that opens such addresses is missing.

    Examples
    --------
    >>> expand(["posts.csv", "-"])
    ['posts.csv', '-']
    """
    found: list[str] = []
    for path in paths:
        if os.path.isdir(path):
            shown = pattern(path) or f"{path}/*{Path(path).suffix}"
            raise ReadError(f"{path} is a folder: name what is in it, as {shown!r}")
        if not glob.has_magic(path) or os.path.exists(path):
            found.append(path)
            continue
        if "://" in path:
            system, _ = _located(path)
            inside = sorted(system.unstrip_protocol(name) for name in system.glob(path))
        else:
            inside = sorted(f for f in glob.glob(path, recursive=True) if not os.path.isdir(f))
        if not inside:
            raise ReadError(f"{path}: no file fits this pattern")
        found += inside
    once: dict[str, str] = {}
    for path in found:
        once.setdefault(path if path == "-" or "://" in path else os.path.realpath(path), path)
    return list(once.values())


def read(
    path: str, kind: str = "", progress: Progress | None = None, encoding: str = "utf-8"
) -> Iterator[Chunk]:
    """Read a table, a chunk of rows at a time.

    Parameters
    ----------
    path : str
        A file, an address that ``fsspec`` opens, or ``-`` for standard input, packed or not.
    kind : str
        Its format, such as ``.csv``; by default from its ending. Needed for standard input.
    progress : callable, optional
        Called with the bytes of the file that were read so far.
    encoding : str, default "utf-8"
        Of CSV, TSV and JSON lines. A byte-order mark wins over it.

    Yields
    ------
    Chunk
        At most 20,000 rows or about two million characters, with 64 more for each cell of CSV.

    Raises
    ------
    ReadError
        When the file is missing, damaged, or without a header in this encoding.
    MisinfoError
        When the format is unknown, or a library that opens such addresses is missing.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "posts.tsv"
    ...     _ = file.write_text("id\\tbody\\n1\\tTea cures gout.\\n2\\n", encoding="utf-8")
    ...     chunk = next(read(str(file)))
    >>> chunk.rows[0], chunk.errors
    ({'id': '1', 'body': 'Tea cures gout.'}, ['', '1 field instead of 2'])
    """
    ending = kind or format_of(path)
    reader = READERS.get(ending)
    name = called(path)
    if reader is None:
        raise MisinfoError(f"{name}: not a table; tables are {', '.join(ENDINGS)} (also .gz, .zst)")
    try:
        " ".encode(encoding)
    except (LookupError, UnicodeError):
        raise ReadError(f"{name}: unknown encoding {encoding!r}; try utf-8") from None
    try:
        with _opened(path) as (raw, disk):

            def tell() -> None:  # compressed bytes count as they lie on the disk
                if progress is not None:
                    with suppress(OSError):  # a pipe has no position
                        progress(disk.tell())

            yield from reader(raw, name, ending, tell, encoding)
    except FileNotFoundError:
        raise ReadError(f"{name}: no such file") from None
    except UnicodeError as error:
        raise ReadError(f"{name}: {other_encoding(encoding)}") from error
    except (OSError, EOFError, csv.Error, zlib.error) as error:
        if isinstance(error, OSError) and error.filename:  # it could not be opened
            raise ReadError(f"{name}: cannot be read: {error.strerror}") from error
        raise ReadError(f"{name}: cannot be read to its end: {error}") from error


@contextmanager
def written(path: str, kind: str = "", schema: Any = None) -> Iterator[Callable[[Chunk], int]]:
    """Write a table beside its place, and move it there when it is whole.

    Parameters
    ----------
    path : str
        A file, as `outputs.placed` takes it, or ``-`` for standard output.
    kind : str
        Its format; by default from its ending.
    schema : object, optional
        For Parquet, the Arrow schema of the columns that are known.

    Yields
    ------
    callable
        Takes one chunk after the other, and returns how many of its rows have values for which
        the table has no column, or one of another type: they go into the error.

    Raises
    ------
    MisinfoError
        When the format is unknown, or the file cannot be written.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "posts.csv"
    ...     with written(str(file)) as write:
    ...         _ = write(Chunk([{"id": 1, "error": ""}], [""]))
    ...     file.read_text(encoding="utf-8")
    'id,error\\n1,\\n'
    """
    ending = kind or format_of(path)
    writer = WRITERS.get(ending)
    if writer is None:
        raise MisinfoError(f"{path}: unknown format; name the output {', '.join(ENDINGS)}")
    with (
        nullcontext(sys.stdout.buffer) if path == "-" else placed(Path(path)) as file,
        _compressed_writer(file, path) as raw,
        writer(raw, ending, schema) as put,
    ):
        yield put


def format_of(path: str) -> str:
    """Return the ending that names the format of a table.

    Parameters
    ----------
    path : str
        A path or pattern.

    Returns
    -------
    str
        The ending of a compression left aside; empty for anything else.

    Examples
    --------
    >>> format_of("posts.CSV.gz")
    '.csv'
    """
    name = path.lower().removesuffix(".gz").removesuffix(".zst")
    return next((ending for ending in ENDINGS if name.endswith(ending)), "")


def _located(address: str) -> tuple[Any, str]:
    """Return the file system of an address, and the place in it."""
    try:
        system, place = needed("fsspec").core.url_to_fs(address)
    except (ImportError, ValueError) as error:
        hint = "; pip install 'fsspec[http]'" if address.lower().startswith("http") else ""
        raise MisinfoError(f"{address}: fsspec cannot open tables there: {error}{hint}") from error
    return system, place


@contextmanager
def _opened(path: str) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """Yield the bytes of a file, and the file as it lies on the disk."""
    ending = path.lower()
    if path == "-":
        raw = sys.stdin.buffer
        stream: Any = raw if hasattr(raw, "peek") else io.BufferedReader(raw)
        start = stream.peek(4)
        ending = next((PACKED[magic] for magic in PACKED if start.startswith(magic)), "")
        opened: Any = nullcontext(stream)
    elif "://" in path:
        system, place = _located(path)
        opened = system.open(place, "rb")
    else:
        opened = open(path, "rb")  # noqa: SIM115 - closed below
    with opened as opened:
        if ending.endswith(".gz"):
            with gzip.open(opened) as raw:
                yield raw, opened  # type: ignore[misc]
        elif ending.endswith(".zst"):
            arrow = needed("pyarrow")
            with arrow.CompressedInputStream(arrow.PythonFile(opened, "r"), "zstd") as stream:
                yield io.BufferedReader(stream, 1 << 20), opened
        else:
            yield opened, opened


@contextmanager
def _compressed_writer(file: IO[bytes], path: str) -> Iterator[IO[bytes]]:
    if path.lower().endswith(".gz"):
        with gzip.GzipFile("", "wb", 6, file, mtime=0) as raw:
            yield raw  # type: ignore[misc]
    elif path.lower().endswith(".zst"):
        arrow = needed("pyarrow")
        with arrow.CompressedOutputStream(arrow.PythonFile(file, "w"), "zstd") as raw:
            yield raw
    else:
        yield file
