"""Errors that say what is wrong, where, and what to try."""

from __future__ import annotations

from collections.abc import Iterable


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
        count = f"{len(self.problems)} problem{'s' if len(self.problems) != 1 else ''}"
        super().__init__("\n".join([f"{count} in the labelled data:", *self.problems]))
