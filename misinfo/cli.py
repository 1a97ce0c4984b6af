"""The command line: parse, call, map errors to exit codes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from . import __version__, cli_data, cli_evaluation, cli_training, readers, tables, writers
from .cli_options import FOUND, UNREADABLE, WRONG_USE, ModelOption, complain
from .errors import DataError, MisinfoError, ReadError
from .model import load
from .records import Document, Score


class Format(StrEnum):
    """How scores are written."""

    text = "text"
    json = "json"
    jsonl = "jsonl"


class _Group(TyperGroup):
    """Every error of ours ends here: one line on standard error and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except MisinfoError as error:
            complain(error)
            code = UNREADABLE if isinstance(error, ReadError | DataError) else WRONG_USE
            raise typer.Exit(code) from error


app = typer.Typer(
    cls=_Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Find overstated-cure language in health text. It judges wording, not truth.\n\n"
    "Exit codes: 0 done; 1 done, and overstated text found (only with --fail); 2 wrong use; "
    "3 some input could not be read.",
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
def score(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH...", help="Files, folders, or - for standard input."),
    ],
    format: Annotated[Format, typer.Option("--format", "-f", help="How to write.")] = Format.text,
    threshold: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Probability that replaces the model's thresholds."),
    ] = None,
    top: Annotated[int, typer.Option(min=0, help="How many sentences to show.")] = 5,
    fail: Annotated[
        bool, typer.Option("--fail", help="Exit with 1 when overstated text is found.")
    ] = False,
    encoding: Annotated[str, typer.Option(help="Encoding of the files.")] = "utf-8",
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace bytes that do not fit the encoding.")
    ] = False,
    output: Annotated[
        str | None, typer.Option("--output", "-o", help="Where to write; a table for tables.")
    ] = None,
    text_column: Annotated[
        str | None, typer.Option(help="Tables: the column of texts, guessed by default.")
    ] = None,
    input_format: Annotated[
        str, typer.Option(help="Tables: csv, tsv, jsonl or parquet, for standard input.")
    ] = "",
    prefix: Annotated[str, typer.Option(help="Tables: before the names of added columns.")] = "",
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Tables: bad rows do not change the exit code.")
    ] = False,
    jobs: Annotated[int, typer.Option(help="Tables: threads; -1 for one a core.")] = 1,
    dask: Annotated[
        str | None, typer.Option(help="Tables: address of a Dask scheduler to work on.")
    ] = None,
    model: ModelOption = None,
) -> None:
    """Score texts or tables: the verdict, the sentences, the words that tipped the scale.

    A path that ends in .csv, .tsv, .jsonl or .parquet (also .gz, .zst) is a table: its rows are
    scored, and written with the added columns.
    """
    if input_format or any(map(tables.is_table, paths)):
        counts = _score_tables(
            paths,
            output,
            input_format,
            jobs,
            dask,
            text_column=text_column,
            model=model,
            prefix=prefix,
            threshold=threshold,
        )
        if counts["errors"] and not skip_bad:
            raise typer.Exit(UNREADABLE)
        if fail and counts["overstated"]:
            raise typer.Exit(FOUND)
        return
    scorer = load(model)
    seen = {"found": False, "unreadable": False}

    def documents() -> Iterator[Document]:
        for path in paths:
            try:
                for name in readers.find(path):
                    try:
                        yield readers.read(name, encoding, "replace" if replace else "strict")
                    except ReadError as error:
                        seen["unreadable"] = True
                        complain(error)
            except ReadError as error:
                seen["unreadable"] = True
                complain(error)

    def scored() -> Iterator[tuple[Document, Score]]:
        for document in documents():
            result = scorer.score(document.text, threshold)
            seen["found"] |= result.overstated
            yield document, result

    if format is Format.text:
        console = Console(highlight=False)
        for document, result in scored():
            writers.terminal(console, document, result, top)
    elif format is Format.jsonl:
        for line in writers.json_lines(scored()):
            typer.echo(line)
    else:
        lines = ",\n".join(writers.json_lines(scored()))
        typer.echo(f"[{lines}]")
    if seen["unreadable"]:
        raise typer.Exit(UNREADABLE)
    if fail and seen["found"]:
        raise typer.Exit(FOUND)


def _score_tables(
    paths: list[str],
    output: str | None,
    kind: str,
    jobs: int,
    address: str | None,
    **options: Any,
) -> dict[str, int]:
    from rich.progress import BarColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    from . import batch

    sources = tables.expand(paths)
    kind = f".{kind.lstrip('.')}" if kind else ""
    if not kind and not all(source == "-" or tables.is_table(source) for source in sources):
        raise MisinfoError("tables and texts cannot be scored together: score them one by one")
    target = output or "-"
    first = kind or tables.format_of(sources[0])
    out_kind = "" if tables.is_table(target) else (".csv" if first == ".parquet" else first)
    mapper: batch.Mapper = map
    if address:
        mapper = batch.dask(address)
    elif jobs != 1:
        mapper = batch.threads(jobs)
    console = Console(stderr=True, highlight=False)
    sizes = {s: Path(s).stat().st_size for s in sources if Path(s).is_file()}
    columns = ("{task.description}", BarColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("scoring", total=sum(sizes.values()) or None)
        done: dict[str, int] = {}

        def tell(source: str, position: int) -> None:
            done[source] = position
            progress.update(task, completed=sum(done.values()))

        counts = batch.score_table(
            sources,
            target,
            kinds=(kind, out_kind),
            mapper=mapper,
            progress=tell,
            **options,
        )
    console.print(
        f"{counts['rows']:,} rows, {counts['overstated']:,} overstated, "
        f"{counts['errors']:,} could not be scored",
        soft_wrap=True,
    )
    return counts


@app.command()
def explain(
    sentence: Annotated[str, typer.Argument(help="One sentence, in quotation marks.")],
    format: Annotated[Format, typer.Option("--format", "-f", help="How to write.")] = Format.text,
    top: Annotated[int, typer.Option(min=1, help="How many n-grams to list.")] = 12,
    model: ModelOption = None,
) -> None:
    """Show what each word and n-gram contributes to the number of one sentence."""
    found = load(model).explain(sentence)
    if format is Format.text:
        writers.explanation(Console(highlight=False), found, top)
    else:
        typer.echo(writers.plain(found.to_dict()))


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
    for name, value in {
        "misinfo": __version__,
        "engine": loaded.engine.name,
        "model": f"{settings['name']} in {loaded.path}",
        "n-grams": f"{len(loaded.parts.vocabulary):,}",
        "trained on": f"{training['rows']:,} {row_name}, {training['date']}"
        if training
        else "unknown: made of a scikit-learn pipeline",
        "document threshold": f"{limits['document']['value']:.3f}",
        "sentence threshold": f"{limits['sentence']['value']:.3f}"
        + (f" ({rate:.0%} of sober sentences reach it)" if rate else ""),
        "tags": ", ".join(loaded.tags) or "none",
    }.items():
        typer.echo(f"{name:<20}{value}")


cli_training.register(app)
cli_evaluation.register(app)
app.add_typer(cli_data.app, name="data")
