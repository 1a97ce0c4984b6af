"""Commands for public data: list, show, fetch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from . import public
from .cli_options import say
from .writers import Console

Name = Annotated[str, typer.Argument(metavar="NAME", help="As `misinfo data list` shows it.")]

data = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Public labelled sets by name: list, show, fetch.",
)


@data.command("list")
def list_() -> None:
    """List the public sets that are known."""
    table = Table("name", "rows", "files", "licence", "what it is", box=None, header_style="dim")
    for found in public.registry().values():
        files = str(len(found.files)) if found.files else "-"
        table.add_row(found.name, f"{found.rows:,}", files, found.licence, found.title)
    Console().print(table)


@data.command()
def show(name: Name) -> None:
    """Show what a set is, and whose it is.

    And what others reached on it, and where its files lie.
    """
    found = public.named(name)
    console = Console()
    console.print(Text(found.title, style="bold"), soft_wrap=True)
    for title, value in (
        ("rows", f"{found.rows:,}"),
        ("labels", found.labels),
        ("licence", found.licence),
        ("citation", found.citation),
        ("home", found.home),
        ("beware", found.warning),
        *(("published", result) for result in found.results),
        *(("file", f"{file.url}\n{'':<11}sha256 {file.sha256}") for file in found.files),
        ("unchecked", found.page),
    ):
        if value:
            console.print(Text(f"{title:<11}{value}"), soft_wrap=True)
    if found.files:
        console.print(f"\nfetch it with: misinfo data fetch {name}", soft_wrap=True, markup=False)
    else:
        console.print("\nNobody compared the bytes of its files: get it at its home.")


@data.command()
def fetch(
    name: Name,
    source: Annotated[
        Path | None,
        typer.Option("--from", help="A folder that has the files already; nothing is downloaded."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Where to keep them; by default a cache folder."),
    ] = None,
) -> None:
    """Fetch the files of a set, and check them byte for byte.

    A file that was changed or cut short is refused, and nothing of it is kept.
    """
    found = public.named(name)
    paths = public.fetch(found, public.cache() if output is None else output, source)
    for path in paths:
        typer.echo(path)
    say(f"whole. Licence: {found.licence}. Cite: {found.citation}")
    say(f"next: {found.command(paths[0].parent)}")
