"""Commands that show what a model is, and why it says what it says: explain, info."""

from __future__ import annotations

import os.path
import sys
from collections.abc import Mapping
from importlib.metadata import version
from typing import Annotated, Any, Literal

import typer

from . import __version__, disguises, readers, text, writers
from .cli_options import ModelOption, in_utf8, remark, typed
from .errors import MisinfoError, called
from .model import load


def explain(
    ctx: typer.Context,
    sentence: Annotated[
        str,
        typer.Argument(
            metavar="SENTENCE",
            help="One, in quotation marks, or - for standard input; one that begins with a hyphen "
            "goes after --.",
        ),
    ],
    format: Annotated[
        Literal["text", "json", "jsonl"], typer.Option("--format", "-f", help="How to write.")
    ] = "text",
    top: Annotated[int, typer.Option(min=1, help="How many n-grams to list as text.")] = 12,
    model: ModelOption = None,
) -> None:
    """Show what each n-gram contributes to one sentence.

    And whether it is flagged; if it is, also claims like it, as a careful writer puts them.
    """
    if typed(ctx, "top") and format != "text":
        raise MisinfoError(f"--top is for text, and {format} has all there is; leave it out")
    if sentence == "-":
        document = readers.read(sentence)
        if document.missing:
            remark("note", f"{called(document.name)}: {document.missing}")
        sentence = document.text.strip()
    elif os.path.isfile(sentence):
        name = called(sentence)
        remark("note", f"{name}: the name of this file is explained; try misinfo score {name}")
    loaded = load(model)
    found = loaded.explain(sentence)
    limit = loaded.sentence_threshold
    flagged = found.probability >= limit
    warnings = loaded.score(sentence).warnings
    examples = loaded.examples(sentence, loaded.reader.named(found.tags)) if flagged else ()
    if format == "text":
        console = writers.Console()
        verdict = "flagged" if flagged else "not flagged"
        told = f"{verdict}: {found.probability:.2f}, with a threshold of {limit:.2f}"
        console.print(told, soft_wrap=True)
        for warning in warnings:
            console.print(f"note: {warning}", soft_wrap=True)
        writers.explanation(console, found, top, examples)
    else:
        in_utf8()
        plain = found.to_dict() | {"overstated": flagged, "threshold": limit, "warnings": warnings}
        typer.echo(writers.json_line(plain | {"examples": [*map(vars, examples)]}))


def info(
    model: ModelOption = None,
    card: Annotated[bool, typer.Option("--card", help="Show the whole model card.")] = False,
) -> None:
    """Show the versions, the engine, and the model with its thresholds."""
    loaded = load(model)
    if card:
        typer.echo(writers.clean(loaded.parts.card))
        return
    settings = loaded.settings
    limits, training = settings["thresholds"], settings.get("training")
    row_name = "texts" if settings.get("unit") == "document" else "sentences"
    health = " on health" if training and training.get("articles") else ""
    for name, value in {
        "misinfo": __version__,
        "engine": _engine(loaded.engine.name),
        "splitter": f"sentencex {version('sentencex')}",
        "model": f"{settings['name']} in {loaded.path}",
        "n-grams": f"{len(loaded.parts.vocabulary):,}",
        "trained on": f"{training['rows']:,} {row_name}, {training['date']}"
        if training
        else "unknown: made of a scikit-learn pipeline",
        "document threshold": _limit(
            limits["document"], f"documents{health} are called overstated"
        ),
        "sentence threshold": _limit(limits["sentence"], f"sentences{health} reach it"),
        "known n-grams": f"a text of which fewer than {100 * floor:g}% are known has a warning"
        if (floor := settings["known_floor"])
        else "no text has a warning of few",
        "tags": ", ".join(loaded.tags) or "none",
    }.items():
        typer.echo(writers.clean(f"{name:<20}{value}"))


def _limit(threshold: Mapping[str, Any], what: str) -> str:
    """Return a threshold, what it promises of sober text, and what was measured."""
    value = f"{threshold['value']:.3f}"
    if not (rate := threshold.get("false_positive_rate")):
        return value
    share = "; not measured on texts of several sentences"
    if "measured" in threshold:
        share = f"; measured: {threshold['measured'][0]:.2%}"
    return f"{value} (set so that at most {rate:.0%} of sober {what}{share})"


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


def schema() -> None:
    """Print the JSON Schema of what score --format jsonl writes."""
    from . import machines

    sys.stdout.write(machines.schema())
