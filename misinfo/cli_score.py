"""``misinfo score``: its options, and what they mean together."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from . import config, policy, tables
from .cli_options import (
    FOUND,
    UNREADABLE,
    ModelOption,
    apart,
    known,
    number,
    remark,
    stoppable,
    typed,
)
from .cli_tables import score_tables
from .cli_texts import Format, Run
from .errors import MisinfoError, ReadError, called
from .model import load

_ENDINGS = {f".{name}": name for name in ("json", "jsonl", "csv", "sarif", "html")}
_PLAIN = ("", ".txt", ".md", ".log")
_FINDINGS = ("fail_above", "fail_on", "min_severity")
_ONLY_TEXTS = (*_FINDINGS, "format", "top", "comments", "replace", "exclude")
_ONLY_TABLES = ("text_column", "prefix", "skip_bad", "jobs", "dask")


def _configure(ctx: typer.Context, file: Path | None) -> Path | None:
    """Let the settings file give the defaults of the options; the options check them."""
    if ctx.resilient_parsing:
        return file
    if ctx.params.get("no_config"):
        settings = config.Config()
    else:
        settings = config.find() if file is None else config.read(file)
    ctx.obj, ctx.default_map = settings, dict(settings.options)
    for option in ctx.command.params:
        if (name := option.name) and name in settings.options:
            value, key = settings.options[name], name.replace("_", "-")
            if isinstance(value, bool) != bool(getattr(option, "is_flag", False)):
                wanted = "a value" if isinstance(value, bool) else "true or false"
                raise MisinfoError(f"{settings.path}: {key}: takes {wanted}, not {value!r}")
            try:
                option.process_value(ctx, value)
            except typer.BadParameter as error:
                raise MisinfoError(
                    f"{settings.path}: {key}: {error.message.removeprefix('Value error, ')}"
                ) from error
    return file


def score(
    ctx: typer.Context,
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...", help="Files, folders, patterns, addresses, or - for standard input."
        ),
    ],
    format: Annotated[
        Format,
        typer.Option(
            "--format",
            "-f",
            show_default=False,
            help="How to write; by default as --output is named, or text.",
        ),
    ] = Format.text,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            help="Where to write; a table for tables. A file that exists is replaced.",
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, callback=number, help="Probability that replaces the model's thresholds."
        ),
    ] = None,
    top: Annotated[int, typer.Option(min=0, help="How many sentences to show as text.")] = 5,
    min_severity: Annotated[
        str | None,
        typer.Option(
            metavar="LEVEL",
            help="note, warning (from 0.9), error (from 0.95) or probability; less is no finding.",
        ),
    ] = None,
    fail: Annotated[
        bool, typer.Option("--fail/--no-fail", help="Exit with 1 when a document is overstated.")
    ] = False,
    fail_above: Annotated[
        str | None,
        typer.Option(metavar="LEVEL", help="Exit with 1 when a sentence is at or above this."),
    ] = None,
    fail_on: Annotated[
        str | None,
        typer.Option(
            metavar="TAGS",
            help="Exit with 1 when a finding has one of these tags (misinfo info lists them), or "
            "any: cure,speed.",
        ),
    ] = None,
    comments: Annotated[
        bool, typer.Option("--comments/--no-comments", help="Whether comments set findings aside.")
    ] = True,
    no_config: Annotated[
        bool, typer.Option("--no-config", is_eager=True, help="Read no settings file.")
    ] = False,
    config_file: Annotated[
        Path | None,
        typer.Option(
            "--config",
            is_eager=True,
            callback=_configure,
            metavar="FILE",
            help="Settings; by default the nearest .misinfo.toml or pyproject.toml.",
        ),
    ] = None,
    encoding: Annotated[str, typer.Option(callback=known, help="Encoding of the files.")] = "utf-8",
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace bytes that do not fit the encoding.")
    ] = False,
    exclude: Annotated[
        list[str] | None,
        typer.Option(help="Pattern of files or folders to leave out; may be repeated."),
    ] = None,
    text_column: Annotated[
        str | None, typer.Option(help="Tables: the column of texts, guessed by default.")
    ] = None,
    input_format: Annotated[
        str, typer.Option(help="Tables: csv, tsv, jsonl, ndjson or parquet, for standard input.")
    ] = "",
    prefix: Annotated[str, typer.Option(help="Tables: before the names of added columns.")] = "",
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Tables: bad rows do not change the exit code.")
    ] = False,
    jobs: Annotated[int, typer.Option(help="Tables of long texts: threads; -1: one a core.")] = 1,
    dask: Annotated[
        str | None, typer.Option(help="Tables: address of a Dask scheduler to work on.")
    ] = None,
    model: ModelOption = None,
) -> None:
    """Score texts or tables.

    Shown are the verdict, the sentences, and the words that tipped the scale.

    A path that ends in .csv, .tsv, .jsonl or .parquet (also .gz, .zst) is a table: its rows are
    scored, and written with the added columns.

    Exit codes: 0 done; 1 done, and a --fail option is met; 2 wrong use; 3 some input could not be
    read (whatever was found in the rest).
    """
    if no_config and config_file is not None:
        raise MisinfoError("--config and --no-config cannot be used together")
    rules = policy.Policy(
        ctx.obj,
        fail,
        policy.severity(fail_above, _said(ctx, "fail_above")),
        policy.tags(fail_on, _said(ctx, "fail_on")),
        policy.severity(min_severity, _said(ctx, "min_severity")) or 0.0,
    )
    if output in ("-", "/dev/stdout"):
        output = None
    if output is None and not sys.stdout:
        raise MisinfoError("standard output is closed; name a file with --output")
    if "-" in paths and not sys.stdin:
        raise ReadError("standard input: is closed")
    if model and not typed(ctx, "model") and not (model / "model.json").is_file():
        raise MisinfoError(f"{_said(ctx, 'model')}: no model in {model}: there is no model.json")
    if input_format or any(map(tables.is_table, paths)):
        for name in _ONLY_TEXTS:
            if typed(ctx, name):
                told = f"{_said(ctx, name)} is for texts, not for tables"
                raise MisinfoError(f"{told}; {_instead(name)}")
        idle = [name for name in _ONLY_TEXTS if name in ctx.obj.options]
        idle += [name for name in ("ignore", "allow") if getattr(ctx.obj, name)]
        if idle:
            told = f"for texts, not for tables: {', '.join(idle).replace('_', '-')}"
            remark("note", f"{ctx.obj.path}: {told}; filter the scored table instead")
        counts = score_tables(
            paths,
            output,
            input_format,
            jobs,
            dask,
            text_column=text_column,
            model=model,
            prefix=prefix,
            threshold=threshold,
            encoding=encoding,
        )
        if counts["errors"] and not skip_bad:
            raise typer.Exit(UNREADABLE)
        if fail and counts["overstated"]:
            raise typer.Exit(FOUND)
        return
    for name in _ONLY_TABLES:
        if typed(ctx, name):
            raise MisinfoError(
                f"{_said(ctx, name)} is for tables, not for texts; the name of a table ends in "
                f"{', '.join(tables.ENDINGS)}, or --input-format says what it is"
            )
    apart(output, paths)
    if not typed(ctx, "format") and output:
        ending = Path(output).suffix.lower()
        if ending not in (*_PLAIN, *_ENDINGS):
            endings = ", ".join((*_ENDINGS, *_PLAIN[1:]))
            told = f"{output}: its ending says no format; try {endings}, or --format"
            for folder in filter(os.path.isdir, paths if tables.is_table(output) else ()):
                if rows := tables.pattern(folder):
                    told = f"{called(folder)}: its tables are read as {rows!r}; for texts, {told}"
            raise MisinfoError(told)
        format = Format(_ENDINGS.get(ending, format))
    if typed(ctx, "top") and format is not Format.text:
        raise MisinfoError(f"--top is for text, and {format} has all there is; leave it out")
    loaded = load(model)
    tags = (*loaded.tags, policy.ANY)
    if unknown := sorted(rules.fail_on - set(tags)):
        raise MisinfoError(
            f"{_said(ctx, 'fail_on')}: unknown tag {unknown[0]!r}; known are {', '.join(tags)}"
        )
    run = Run(
        loaded,
        rules,
        threshold,
        comments,
        (encoding, "replace" if replace else "strict"),
        exclude or (),
        None if output is None else Path(output),
    )
    with stoppable():
        run.write(run.judged(paths, format), format, top)
    for reason in run.failed:
        remark("failed", reason)
    if run.problems:
        raise typer.Exit(UNREADABLE)
    if run.failed:
        raise typer.Exit(FOUND)


def _said(ctx: typer.Context, name: str) -> str:
    """Return where an option was given a value, for messages."""
    key = name.replace("_", "-")
    in_file = name in ctx.obj.options and not typed(ctx, name)
    return f"{ctx.obj.path}: {key}" if in_file else f"--{key}"


def _instead(name: str) -> str:
    if name in _FINDINGS:
        return "filter the columns of the scored table"
    return "name the output .csv, .jsonl or .parquet" if name == "format" else "leave it out"
