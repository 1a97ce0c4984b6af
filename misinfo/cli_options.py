"""What all commands share: exit codes, options, and how errors are told."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TextIO

import typer
from rich.markup import escape

from .errors import MisinfoError
from .outputs import writable
from .writers import Console, clean

if TYPE_CHECKING:
    from .labelled import Labelled

DONE, FOUND, WRONG_USE, UNREADABLE = 0, 1, 2, 3
ModelOption = Annotated[
    Path | None, typer.Option("--model", "-m", help="A model folder; the bundled one by default.")
]
TextColumn = Annotated[str | None, typer.Option(help="Column of texts, guessed by default.")]
LabelColumn = Annotated[str | None, typer.Option(help="Column of labels, guessed by default.")]
Positive = Annotated[
    list[str] | None,
    typer.Option("--positive", help="Label that counts as overstated; may be given several times."),
]
GroupColumn = Annotated[
    str | None, typer.Option(help="Column of groups that are never on both sides of a split.")
]
Unit = Annotated[Literal["sentence", "document"] | None, typer.Option(help="What a row is.")]
By = Annotated[list[str] | None, typer.Option("--by", help="Column to slice by; several times.")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON.")]


def complain(error: object, kind: str = "error", colour: str = "red") -> None:
    """Write one error to standard error.

    Parameters
    ----------
    error : object
        Its text says what, where and what to try.
    kind : str, default "error"
        What it is called.
    colour : str, default "red"
        Of that word.

    Examples
    --------
    >>> complain("nothing")
    """
    say(f"[bold {colour}]{kind}:[/] {escape(clean(str(error)))}", markup=True)


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
    complain(text, kind, "yellow")


def say(text: str, markup: bool = False) -> None:
    """Write a line to standard error; where that cannot be written, the exit code has to do.

    Parameters
    ----------
    text : str
        However long: it is not wrapped.
    markup : bool, default False
        Whether marks of Rich in it are colours, or written as they are.
    """
    try:
        Console(stderr=True).print(text, soft_wrap=True, markup=markup)
    except OSError:
        silence(sys.stderr)


def silence(stream: TextIO) -> None:
    """Let a stream that cannot be written lead nowhere, for the flush at the end of the program.

    Parameters
    ----------
    stream : file
        Standard output or standard error.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def known(encoding: str) -> str:
    """Check an encoding, as a callback of its option.

    Parameters
    ----------
    encoding : str
        Its name.

    Returns
    -------
    str
        The same.

    Raises
    ------
    typer.BadParameter
        When there is none of this name, or it is not of text.

    Examples
    --------
    >>> known("cp1252")
    'cp1252'
    """
    try:
        " ".encode(encoding)
    except (LookupError, UnicodeError):
        raise typer.BadParameter(f"unknown encoding {encoding!r}; try utf-8") from None
    return encoding


def number(value: Any) -> Any:
    """Check that a number is one, as a callback of its option: ranges let NaN pass.

    Parameters
    ----------
    value : float or list of float or None
        What the option was given.

    Returns
    -------
    float or list of float or None
        The same.

    Raises
    ------
    typer.BadParameter
        When it is NaN, or has one.

    Examples
    --------
    >>> number([0.05, 0.1])
    [0.05, 0.1]
    """
    if any(one != one for one in (value if isinstance(value, list) else [value])):
        raise typer.BadParameter("nan is no number")
    return value


def in_utf8() -> None:
    """Let standard output be UTF-8 whatever the terminal is: a program will read it.

    Examples
    --------
    >>> in_utf8()
    """
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")


@contextmanager
def stoppable() -> Iterator[None]:
    """Let a request to terminate unwind the program as Ctrl-C does, so that no half file stays.

    Yields
    ------
    None
        Only in the main thread does it change anything.

    Examples
    --------
    >>> with stoppable():
    ...     pass
    """

    def stop(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ends = [signal.SIGTERM]
    if (closed := getattr(signal, "SIGHUP", None)) and signal.getsignal(closed) == signal.SIG_DFL:
        ends.append(closed)  # under nohup it is ignored, and stays so
    before = {number: signal.signal(number, stop) for number in ends}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def labelled(
    ctx: typer.Context, paths: list[Path], learned: Mapping[str, Any] | None = None
) -> Labelled:
    """Read labelled data of any shape, as the options of a command say.

    Parameters
    ----------
    ctx : typer.Context
        Of the command. What it has of ``--positive``, ``--unit`` and options of columns, such as
        ``--text-column``, is for ``read_labelled``.
    paths : list of Path
        Of the files.
    learned : mapping, optional
        The settings of the training of the model that is measured.

    Returns
    -------
    Labelled
        With notes and problems.

    Raises
    ------
    MisinfoError
        When ``read_labelled`` refuses the data.
    """
    from .labelled import read_labelled

    given = ctx.params
    columns = {name: value for name, value in given.items() if name.endswith("_column")}
    columns["learned"] = (learned or {}).get("options")
    return read_labelled(paths, positive=given["positive"] or (), unit=given.get("unit"), **columns)


def apart(output: str | Path | None, inputs: Iterable[str | Path]) -> None:
    """Refuse to write over a file that is read, and where nothing can be written.

    Parameters
    ----------
    output : str or Path or None
        Where to write; None for standard output.
    inputs : iterable of str or Path
        What is read.

    Raises
    ------
    MisinfoError
        When both are the same file, by whatever name; as `outputs.writable` does.
    """
    if output is None:
        return
    writable(output)
    if not os.path.isfile(output):
        return
    for path in inputs:
        path = str(path).removeprefix("file://")
        if os.path.isfile(path) and os.path.samefile(path, output):
            raise MisinfoError(f"{output} is read here and would be written over: name another")


def typed(ctx: typer.Context, name: str) -> bool:
    """Say whether an option was given on the command line.

    Parameters
    ----------
    ctx : typer.Context
        Of the command.
    name : str
        The parameter.

    Returns
    -------
    bool
        False for defaults, and for what a settings file says.
    """
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def tell(found: Labelled) -> None:
    """Say what was read and guessed, and what could not be used.

    Parameters
    ----------
    found : Labelled
        As `labelled` returns it.
    """
    for note in found.notes:
        say(clean(note))
    for problem in found.problems[:20]:
        complain(problem)
    if len(found.problems) > 20:
        complain(f"and {len(found.problems) - 20} more rows that could not be used")
