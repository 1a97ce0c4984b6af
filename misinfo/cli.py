"""The command line: parse, call, map errors to exit codes."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from typer.core import TyperGroup

from . import (
    __version__,
    cli_data,
    cli_evaluation,
    cli_score,
    cli_training,
    disguises,
    text,
    writers,
)
from .cli_options import UNREADABLE, WRONG_USE, ModelOption, complain, in_utf8
from .errors import DataError, MisinfoError, ReadError
from .model import load

_BROKEN_PIPE = 128 + 13  # what a shell says of a program that SIGPIPE has ended


class _Group(TyperGroup):
    """Every error of ours ends here: one line on standard error and an exit code."""

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
        except OSError as error:
            raise typer.Exit(_unwritten(error)) from error
        except SystemExit as stop:  # so Rich ends the program when a pipe is broken
            if isinstance(stop.__context__, BrokenPipeError):
                raise typer.Exit(_unwritten(stop.__context__)) from stop
            raise


def _unwritten(error: OSError) -> int:
    """Tell what the system refuses; that nobody reads the output any more is no error."""
    name = error.filename
    try:
        if sys.stdout:
            sys.stdout.flush()
    except OSError:
        name = "standard output"
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at the end
    if isinstance(error, BrokenPipeError):
        return _BROKEN_PIPE
    complain(": ".join(filter(None, (name and str(name), error.strerror or str(error)))))
    return WRONG_USE


app = typer.Typer(
    cls=_Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Find overstated-cure language in health text. It judges wording, not truth.\n\n"
    "Exit codes: 0 done; 1 done, and a --fail option is met, check finds a broken limit, compare a "
    "worse model, or evaluate --capabilities a figure under its floor; 2 wrong use; 3 some input "
    "could not be read, whatever was found in the rest.",
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


@app.command()
def explain(
    sentence: Annotated[
        str,
        typer.Argument(
            metavar="SENTENCE",
            help="One, in quotation marks; one that begins with a hyphen goes after --.",
        ),
    ],
    format: Annotated[
        Literal["text", "json", "jsonl"], typer.Option("--format", "-f", help="How to write.")
    ] = "text",
    top: Annotated[int, typer.Option(min=1, help="How many n-grams to list.")] = 12,
    model: ModelOption = None,
) -> None:
    """Show what each n-gram contributes to one sentence.

    And whether it is flagged; if it is, also claims like it, as a careful writer puts them.
    """
    loaded = load(model)
    found = loaded.explain(sentence)
    limit = loaded.sentence_threshold
    flagged = found.probability >= limit
    warnings = loaded.score(sentence).warnings
    examples = loaded.examples(sentence, loaded.reader.named(found.tags)) if flagged else ()
    if format == "text":
        console = Console(highlight=False)
        verdict = "flagged" if flagged else "not flagged"
        console.print(f"{verdict}: {found.probability:.2f}, with a threshold of {limit:.2f}")
        for warning in warnings:
            console.print(f"note: {warning}", soft_wrap=True)
        writers.explanation(console, found, top, examples)
    else:
        in_utf8()
        plain = found.to_dict() | {"overstated": flagged, "threshold": limit, "warnings": warnings}
        typer.echo(writers.plain(plain | {"examples": [*map(vars, examples)]}))


@app.command()
def info(
    model: ModelOption = None,
    card: Annotated[bool, typer.Option("--card", help="Show the whole model card.")] = False,
) -> None:
    """Show the version, the engine, and the model with its thresholds."""
    loaded = load(model)
    if card:
        typer.echo(loaded.parts.card)
        return
    settings = loaded.settings
    limits, training = settings["thresholds"], settings.get("training")
    row_name = "texts" if settings.get("unit") == "document" else "sentences"
    rate = limits["sentence"].get("false_positive_rate")
    bound = limits["document"].get("false_positive_rate")
    measured = limits["document"].get("measured", (bound,))[0]
    health = " on health" if training and training.get("articles") else ""
    for name, value in {
        "misinfo": __version__,
        "engine": _engine(loaded.engine.name),
        "model": f"{settings['name']} in {loaded.path}",
        "n-grams": f"{len(loaded.parts.vocabulary):,}",
        "trained on": f"{training['rows']:,} {row_name}, {training['date']}"
        if training
        else "unknown: made of a scikit-learn pipeline",
        "document threshold": f"{limits['document']['value']:.3f}"
        + (
            f" (set so that at most {bound:.0%} of sober documents{health} are called overstated; "
            f"{measured:.2%} were)"
            if bound
            else ""
        ),
        "sentence threshold": f"{limits['sentence']['value']:.3f}"
        + (f" (set so that {rate:.0%} of sober sentences{health} reach it)" if rate else ""),
        "tags": ", ".join(loaded.tags) or "none",
    }.items():
        typer.echo(f"{name:<20}{value}")


def _engine(name: str) -> str:
    """Return how texts are read: each part is compiled or not, whatever the others are."""
    parts = {
        "n-grams": name == "compiled",
        "sentences": text._spans is not None,
        "disguises": disguises._disguises is not None,
    }
    slow = [part for part, compiled in parts.items() if not compiled]
    if len(slow) in (0, len(parts)):
        return name
    return f"compiled in part, {' and '.join(slow)} in python"


for command in (
    cli_score.score,
    cli_score.schema,
    cli_training.train,
    cli_training.check,
    cli_training.suggest,
    cli_training.export,
    cli_evaluation.evaluate,
    cli_evaluation.compare,
):
    app.command()(command)
app.add_typer(cli_data.app, name="data")
