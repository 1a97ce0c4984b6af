"""From paths to documents: files, folders and standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from .errors import ReadError
from .records import Document

ENDINGS = (".txt", ".text", ".md", ".markdown")
"""What is taken from a folder; a file that is named is read whatever its ending."""


def find(path: str) -> Iterator[str]:
    """Return the files that a path stands for.

    Parameters
    ----------
    path : str
        A file, a folder (searched through, hidden entries left out) or ``-``.

    Yields
    ------
    str
        Paths in sorted order.

    Raises
    ------
    ReadError
        When there is nothing there, or a folder without text.

    Examples
    --------
    >>> list(find("-"))
    ['-']
    """
    if path == "-" or not Path(path).is_dir():
        yield path
        return
    inside = [
        file
        for file in sorted(Path(path).rglob("*"))
        if file.suffix.lower() in ENDINGS
        and file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(path).parts)
    ]
    if not inside:
        raise ReadError(f"no text in the folder {path}: it has no {', '.join(ENDINGS)} file")
    yield from map(str, inside)


def read(path: str, encoding: str = "utf-8", errors: str = "strict") -> Document:
    """Read one file or standard input as text.

    Parameters
    ----------
    path : str
        A file, or ``-`` for standard input.
    encoding : str, default "utf-8"
        A byte-order mark wins over it.
    errors : {"strict", "replace"}
        Whether bytes that do not fit the encoding are an error or are replaced.

    Returns
    -------
    Document
        Named by its path.

    Raises
    ------
    ReadError
        When the file is missing, unreadable, binary, empty, or not in this encoding.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "page.txt"
    ...     _ = file.write_text("Our tea cures gout.", encoding="utf-8")
    ...     read(str(file)).text
    'Our tea cures gout.'
    """
    name = "standard input" if path == "-" else path
    try:
        raw = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except FileNotFoundError:
        raise ReadError(f"{name}: no such file") from None
    except (OSError, ValueError) as error:
        raise ReadError(f"{name}: cannot be read: {error}") from error
    for mark, marked in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if raw.startswith(mark):
            encoding = marked
            break
    else:
        if b"\0" in raw[:8192] and encoding.lower().replace("_", "-").startswith(("utf-8", "utf8")):
            raise ReadError(
                f"{name}: is binary, not text (NUL bytes); if it is text, name its encoding with "
                "--encoding"
            )
    try:
        text = raw.decode(encoding, errors)
    except LookupError:
        raise ReadError(f"{name}: unknown encoding {encoding!r}; try --encoding utf-8") from None
    except UnicodeDecodeError as error:
        raise ReadError(
            f"{name}: is not {encoding} (byte {error.start}); name its encoding with --encoding "
            "(such as cp1252), or accept losses with --replace"
        ) from error
    if not text.strip():
        raise ReadError(f"{name}: is empty")
    return Document(path, text)
