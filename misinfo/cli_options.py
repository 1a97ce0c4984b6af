"""What all commands share: exit codes, options, and how errors are told."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from .writers import clean

DONE, FOUND, WRONG_USE, UNREADABLE = 0, 1, 2, 3
ModelOption = Annotated[
    Path | None, typer.Option("--model", "-m", help="A model folder; the bundled one by default.")
]


def complain(error: object) -> None:
    """Write one error to standard error.

    Parameters
    ----------
    error : object
        Its text says what, where and what to try.

    Examples
    --------
    >>> complain("nothing")
    """
    Console(stderr=True, highlight=False).print(
        f"[bold red]error:[/] {escape(str(error))}", soft_wrap=True
    )


def remark(kind: str, text: str) -> None:
    """Write one line that is no error to standard error.

    Parameters
    ----------
    kind : str
        Such as ``note``.
    text : str
        What there is to say.

    Examples
    --------
    >>> remark("note", "nothing")
    """
    Console(stderr=True, highlight=False).print(
        f"[bold yellow]{kind}:[/] {escape(clean(text))}", soft_wrap=True
    )
