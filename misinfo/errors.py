"""Errors that say what is wrong, where, and what to try."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Any

EXTRAS = {
    "lxml": "docs",
    "pypdf": "docs",
    "striprtf": "docs",
    "distributed": "dask",
    "fsspec": "fsspec[http]",  # each kind of address needs something else
    "pooch": "data",
    "matplotlib": "report",
    "sklearn": "train",
}
"""What installs the libraries that not everybody needs; ``tables`` installs the others."""
SHOWN = 20  # problems in one message


class MisinfoError(Exception):
    """Base of every error that this library raises on purpose."""


class ReadError(MisinfoError):
    """A file, folder or stream that cannot be read as text."""


class ModelError(MisinfoError):
    """A model folder that is missing, damaged or too new."""


class DataError(MisinfoError):
    """Labelled data that breaks the schema.

    Parameters
    ----------
    problems : iterable of str
        One line each, with the place: ``claims.csv:17: unknown tag 'magic'``.

    Examples
    --------
    >>> DataError(["claims.csv:17: unknown tag 'magic'"]).problems
    ("claims.csv:17: unknown tag 'magic'",)
    """

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        count = plural(len(self.problems), "problem")
        more = [f"and {len(self.problems) - SHOWN:,} more"] * (len(self.problems) > SHOWN)
        shown = [f"{count} in the labelled data:", *self.problems[:SHOWN], *more]
        super().__init__("\n".join(shown))

    def __reduce__(self) -> tuple[type[DataError], tuple[tuple[str, ...]]]:
        return type(self), (self.problems,)


def called(source: str) -> str:
    """Return what people call a source.

    Parameters
    ----------
    source : str
        Path, address or ``-``.

    Returns
    -------
    str
        The same, but for standard input; on one line, so that no name can pass for another line.

    Examples
    --------
    >>> called("tea.md"), called("-")
    ('tea.md', 'standard input')
    """
    return "standard input" if source == "-" else source.replace("\n", "\ufffd")


def plural(count: int, what: str) -> str:
    """Return a number of things, as messages say it.

    Parameters
    ----------
    count : int
        How many.
    what : str
        One of them.

    Returns
    -------
    str
        With an s but for one.

    Examples
    --------
    >>> plural(1, "row"), plural(2000, "row")
    ('1 row', '2,000 rows')
    """
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def other_encoding(encoding: str) -> str:
    """Say that something is not in an encoding, and what helps.

    Parameters
    ----------
    encoding : str
        What it was taken to be.

    Returns
    -------
    str
        For an error.

    Examples
    --------
    >>> other_encoding("utf-8-sig")[:12]
    'is not UTF-8'
    """
    return (
        f"is not {encoding.upper().removesuffix('-SIG')}; convert it to UTF-8, or, with misinfo "
        "score, name its encoding: --encoding cp1252"
    )


def needed(module: str) -> Any:
    """Import a module that not every installation has.

    ``if needed("sklearn"):`` around imports is no branch: it is true, or raises.

    Parameters
    ----------
    module : str
        Its name.

    Returns
    -------
    module
        Imported.

    Raises
    ------
    MisinfoError
        When it is not installed, with the line that installs it; a ReadError when only some
        documents need it.

    Examples
    --------
    >>> needed("json").dumps(1)
    '1'
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        library = module.split(".")[0]
        extra = EXTRAS.get(library, "tables")
        kind = ReadError if extra == "docs" else MisinfoError  # other documents can still be read
        install = extra if "[" in extra else f"misinfo[{extra}]"
        raise kind(f"this needs {library}: pip install '{install}'") from error
