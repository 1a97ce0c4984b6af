"""The command line: load a command, call it, map errors to exit codes."""

from __future__ import annotations

import errno
import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from . import __version__
from .cli_options import UNREADABLE, WRONG_USE, complain, silence
from .errors import DataError, MisinfoError, ReadError

COMMANDS = {
    "score": "cli_score",
    "explain": "cli_model",
    "info": "cli_model",
    "schema": "cli_model",
    "train": "cli_training",
    "check": "cli_training",
    "evaluate": "cli_evaluation",
    "compare": "cli_evaluation",
    "suggest": "cli_training",
    "export": "cli_training",
    "data": "cli_data",
}
"""Where each command is: a function, or an application with commands of its own."""
_BROKEN_PIPE = 128 + 13  # what a shell says of a program that SIGPIPE has ended

_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG, errno.EIO)
"""What the system says of a stream that takes no more, which has no name as files have."""


class _Group(TyperGroup):
    """Commands are loaded when they are called; every error of ours ends here.

    An error is one line on standard error and an exit code.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, name: str) -> Any:
        for one in [name] if name in COMMANDS else COMMANDS:  # all, to say what may be meant
            if one not in self.commands:
                self.commands[one] = _command(one)
        return super().get_command(ctx, name)

    def invoke(self, ctx: Any) -> Any:
        try:
            try:
                return super().invoke(ctx)
            finally:
                if sys.stdout:
                    sys.stdout.flush()
        except MisinfoError as error:
            complain(error)
            code = UNREADABLE if isinstance(error, ReadError | DataError) else WRONG_USE
            raise typer.Exit(code) from error
        except MemoryError as error:
            complain("the memory is too small for this: split what is read")
            raise typer.Exit(UNREADABLE) from error

    def main(self, *args: Any, **options: Any) -> Any:
        try:
            return super().main(*args, **options)
        except OSError as error:
            sys.exit(_unwritten(error))
        except SystemExit as stop:  # so Rich and Typer end the program when a pipe is broken
            if isinstance(stop.__context__, BrokenPipeError):
                sys.exit(_unwritten(stop.__context__))
            raise


class _Command(TyperCommand):
    """A command that refuses an empty option, as of a variable that is not set."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        given, *_ = self.make_parser(ctx).parse_args(args=list(args))
        for option in self.params:
            value = given.get(str(option.name))
            empty = "" in (value if isinstance(value, list) else [value])
            if empty and option.param_type_name == "option" and option.default != "":
                raise MisinfoError(f"{option.opts[0]} is empty: give it a value, or leave it out")
        return super().parse_args(ctx, args)


def _unwritten(error: OSError) -> int:
    """Tell what the system refuses; that nobody reads the output any more is no error."""
    name = error.filename or ("standard output" if error.errno in _FULL else "")
    try:
        if sys.stdout:
            sys.stdout.flush()
    except OSError:
        name = "standard output"
        silence(sys.stdout)
    if isinstance(error, BrokenPipeError):
        return _BROKEN_PIPE
    complain(": ".join(filter(None, (name and str(name), error.strerror or str(error)))))
    return WRONG_USE


def _command(name: str) -> Any:
    found = getattr(import_module(f".{COMMANDS[name]}", __package__), name)
    if not isinstance(found, typer.Typer):
        function, found = found, typer.Typer(add_completion=False, rich_markup_mode=None)
        found.command(cls=_Command)(function)
    return typer.main.get_command(found)


app = typer.Typer(
    cls=_Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Find overstated-cure language in health text. It judges wording, not truth.\n\n"
    "Exit codes: 0 done; 1 done, and a --fail option is met, check finds a broken limit or a row "
    "that cannot be used, compare a worse model, or evaluate --capabilities a figure under its "
    "floor; 2 wrong use; 3 some input could not be read, or a row not be used by train, evaluate, "
    "compare or suggest, whatever was found in the rest; 70 a fault of misinfo itself.",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"misinfo {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
