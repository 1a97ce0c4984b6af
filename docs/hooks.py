"""What mkdocs is told beyond its pages: those that live elsewhere, and the commands."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import griffe
import typer
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from misinfo.cli import app

ROOT = Path(__file__).resolve().parent.parent
ELSEWHERE = {
    "codebook.md": "datasets/CODEBOOK.md",
    "data-card.md": "datasets/README.md",
    "model-card.md": "models/overstated-cure/README.md",
    "changelog.md": "CHANGELOG.md",
    "how-good-it-is.md": "README.md",
}
"""Pages with one source, outside ``docs``; of the README one section."""
MEASURED = ("model.md", "peers.md", "speed.md", "published.md")
"""Pages that a benchmark writes; the navigation goes without those that are not there."""
griffe.stdlib_decorators["misinfo.lazy.cached_property"] = {"cached", "property"}
_OPTION = re.compile(r"(?<![\w`-])(--[a-z][a-z-]*)")
_LIST = re.compile(r"list\[(\w+)\]")
_ROW = re.compile(r"^\|.*$", re.MULTILINE)
_CODE = re.compile(r"`[^`]+`")
_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?![a-z]+:|#)([^)\s#]+)(#[^)\s]*)?\)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Leave measured pages that are not there out of the navigation."""
    config.nav = _there(config.nav or [])
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that live elsewhere, and the reference of the commands."""
    for page, source in ELSEWHERE.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        if source == "README.md":
            text = f"# {section(text, 'How good it is')}"
        files.append(File.generated(config, page, content=text))
    files.append(File.generated(config, "cli.md", content="\n\n".join(reference())))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let links that are good in the repository be good on the site."""
    markdown = _LINK.sub(lambda link: _linked(link, page.file.src_uri), markdown)
    # Code hosts want a bar in a cell escaped even in code, and mkdocs shows the escape.
    return _ROW.sub(lambda row: _CODE.sub(_bars, row[0]), markdown)


def section(text: str, title: str) -> str:
    """Return the part of a page under a heading of the second level, its title first."""
    [found] = re.findall(rf"^## ({re.escape(title)}\n.*?)(?=^## |\Z)", text, re.M | re.S)
    return str(found)


def reference(line: typer.Typer = app) -> Iterator[str]:
    """Yield the reference of a command line, part by part, from the commands themselves."""
    yield "# Commands"
    yield "Written by the commands themselves: what `misinfo COMMAND --help` says."
    root: Any = typer.main.get_command(line)
    yield from _group(root, root.make_context("misinfo", ["--help"], resilient_parsing=True))


def _group(command: Any, context: Any) -> Iterator[str]:
    level = "#" * (len(context.command_path.split()) + 1)
    yield from _described(command, context)
    for name in command.list_commands(context):
        inner = command.get_command(context, name)
        if inner.hidden:
            continue
        below = context.__class__(inner, info_name=name, parent=context)
        yield f"{level} {below.command_path}"
        yield from (_group if hasattr(inner, "commands") else _described)(inner, below)


def _described(command: Any, context: Any) -> Iterator[str]:
    usage = " ".join(command.get_usage(context).split()).removeprefix("Usage: ")
    yield f"```text\n{usage}\n```"
    yield _OPTION.sub(r"`\1`", (command.help or "").strip())
    records = [
        record
        for parameter in command.get_params(context)
        if (record := parameter.get_help_record(context)) and "--help" not in record[0]
    ]
    if records:
        rows = [f"| `{_form(name)}` | {_prose(said)} |" for name, said in records]
        yield "\n".join(["| option | what it does |", "| --- | --- |", *rows])


def _form(name: str) -> str:
    """Return the form of an option for a cell, with places where the line may be broken."""
    return " ".join(_LIST.sub(r"\1", name).replace("|", " \\| ").split())


def _prose(text: str) -> str:
    return _OPTION.sub(r"`\1`", " ".join(text.replace("|", "\\|").split()))


def _bars(code: re.Match[str]) -> str:
    return code[0].replace("\\|", "|")


def _there(entry: Any) -> Any:
    if isinstance(entry, list):
        return [kept for one in entry if (kept := _there(one))]
    if isinstance(entry, dict):
        return {name: kept for name, one in entry.items() if (kept := _there(one))}
    return None if entry in MEASURED and not (ROOT / "docs" / entry).exists() else entry


def _linked(link: re.Match[str], page: str) -> str:
    here = ELSEWHERE.get(page, f"docs/{page}")
    target = posixpath.normpath(posixpath.join(posixpath.dirname(here), link[2]))
    pages = {source: name for name, source in ELSEWHERE.items()}
    found = pages.get(target)
    if found is None and target.startswith("docs/"):
        found = target.removeprefix("docs/")
    if found is None:  # the site has no such file, so it is named and not linked
        return link[1] if (ROOT / target).exists() else link[0]
    return f"[{link[1]}]({posixpath.relpath(found, posixpath.dirname(page) or '.')}{link[3] or ''})"
