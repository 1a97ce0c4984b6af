"""``misinfo score`` of tables: rows in, rows with scores out."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

from . import tables
from .cli_options import apart, remark, say, stoppable
from .columns import column
from .errors import MisinfoError, plural
from .writers import Console, clean


def score_tables(
    paths: list[str],
    output: str | None,
    kind: str,
    jobs: int,
    address: str | None,
    **options: Any,
) -> dict[str, int]:
    """Score the rows of tables, with a progress bar on a terminal.

    Parameters
    ----------
    paths : list of str
        Files, patterns, or ``-``.
    output : str or None
        Where to; standard output by default.
    kind : str
        Format of the input; by default from its ending.
    jobs : int
        Threads; -1 for one a core.
    address : str or None
        Of a Dask scheduler.
    **options : object
        Of ``batch.score_table``.

    Returns
    -------
    dict of str to int
        Counts, as ``batch.score_table`` returns them.

    Raises
    ------
    MisinfoError
        When texts stand between the tables, the format is unknown, or the output is one of them or
        not named like a table; and when both threads and a scheduler are asked for.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     source = pathlib.Path(folder) / "posts.csv"
    ...     _ = source.write_text("text\\nIt cures gout.\\n")
    ...     score_tables([str(source)], folder + "/out.csv", "", 1, None)["overstated"]
    1
    """
    from rich.progress import BarColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    from . import batch, mappers

    if address and jobs != 1:
        raise MisinfoError("--jobs is for threads here, --dask for a cluster: leave one out")
    sources = tables.expand(paths)
    kind = f".{kind.lower().lstrip('.')}" if kind else ""
    if kind and kind not in tables.ENDINGS:
        known = ", ".join(ending[1:] for ending in tables.ENDINGS)
        raise MisinfoError(f"--input-format takes {known}, not {kind[1:]!r}")
    if not kind and not all(source == "-" or tables.is_table(source) for source in sources):
        raise MisinfoError("tables and texts cannot be scored together: score them one by one")
    target = output or "-"
    if Path(target).suffix and not tables.is_table(target):
        raise MisinfoError(
            f"{target}: a table is written as {', '.join(tables.ENDINGS)} (also .gz, .zst)"
        )
    apart(output, sources)
    first = kind or tables.format_of(sources[0])
    out_kind = "" if tables.is_table(target) else (".csv" if first == ".parquet" else first)
    mapper: mappers.Mapper = map
    if address:
        mapper = mappers.dask(address)
        logging.getLogger("distributed.client").setLevel("CRITICAL")  # one line tells what is lost
    elif jobs != 1:
        mapper = mappers.threads(jobs)
    read: list[str] = []
    reasons: list[str] = []

    def note(item: Any) -> Any:
        rows, name = item[0].rows, item[1]
        if rows and name not in read:
            read.append(name)
            try:
                if options.get("text_column") and any(rows):
                    column(rows, name)
            except MisinfoError as error:  # of JSON lines: other tables have a header
                remark("note", f"in the first {len(rows):,} rows {error}; later rows may have it")
        return item

    def heed(chunk: Any) -> Any:
        if not reasons:  # a blank row needs none
            reasons.extend(error for error in chunk.errors if error not in ("", batch.NO_TEXT))
        return chunk

    console = Console(stderr=True)
    sizes = {s: os.path.getsize(s) for s in sources if os.path.isfile(s)}
    columns = ("{task.description}", BarColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    shown = console.is_terminal and console.file.isatty()  # FORCE_COLOR alone is for colours
    bar = Progress(*columns, console=console, disable=not shown)
    with stoppable(), bar as progress:
        task = progress.add_task("scoring", total=sum(sizes.values()) or None)
        done: dict[str, int] = {}

        def tell(source: str, position: int) -> None:
            done[source] = position
            progress.update(task, completed=sum(done.values()))

        counts = batch.score_table(
            sources,
            target,
            kinds=(kind, out_kind),
            mapper=lambda score, items: map(heed, mapper(score, map(note, items))),
            progress=tell,
            **options,
        )
    said = f"{plural(counts['rows'], 'row')}, {counts['overstated']:,} overstated, "
    said += f"{counts['errors']:,} could not be scored"
    if reasons:
        said += f" (such as: {clean(reasons[0])[:200]})"
    if counts["unread"]:
        said += f", {counts['unread']:,} {batch.UNREAD}"
    if counts["overflow"]:
        said += f", {counts['overflow']:,} with values for which no column fits"
        said += ": see error, or try .jsonl"
    if read and not options.get("text_column"):
        said += f"; the column of texts is taken to be {clean(read[0])!r}"
        if others := [repr(clean(name)) for name in read[1:]]:
            said += f", in other files {' or '.join(others[:5])}{' ...' * (len(others) > 5)}"
    say(said)
    return counts
