"""``misinfo score`` of texts: documents in, what a format shows of their scores out."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from dataclasses import replace as changed
from enum import StrEnum
from pathlib import Path

import typer

from . import __version__, ignoring, machines, policy, readers, writers
from .cli_options import apart, complain, in_utf8, remark
from .columns import tabular
from .errors import ReadError, called
from .model import Model
from .records import Document
from .writers import Console


class Format(StrEnum):
    """How scores are written."""

    text = "text"
    json = "json"
    jsonl = "jsonl"
    csv = "csv"
    sarif = "sarif"
    github = "github"
    html = "html"


@dataclass
class Run:
    """One call of the command: what was met on the way decides the exit code."""

    model: Model
    rules: policy.Policy
    threshold: float | None
    comments: bool
    decoding: tuple[str, str]
    exclude: Sequence[str]
    output: Path | None
    problems: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    asides: int = 0

    def documents(self, paths: list[str]) -> Iterator[Document]:
        seen: set[str] = set()
        own = self.output and os.path.realpath(self.output)
        for path in paths:
            try:
                for name in readers.find(path, self.exclude, self._left):
                    place = name if name == "-" or "://" in name else os.path.realpath(name)
                    if place in seen:
                        continue
                    if own and os.path.realpath(name) == own and os.path.isdir(path):
                        continue  # an earlier report in the folder that is read
                    if name != path and self.comments and readers.is_report(name):
                        told = "is a report of misinfo and is left out; name it to score it"
                        remark("note", f"{called(name)}: {told}")
                        continue
                    seen.add(place)
                    apart(self.output, [name])
                    try:
                        document = readers.read(name, *self.decoding)
                    except ReadError as error:
                        self._unread(error)
                        continue
                    if name == "-" and (kind := tabular(document.text)):
                        told = "seems to be a table, and is scored as a text; try --input-format"
                        remark("note", f"{called(name)}: {told} {kind}")
                    yield self._with_comments(document)
            except ReadError as error:
                self._unread(error)
        if not seen and not self.problems:
            remark("note", "nothing is scored: no file is left")

    def _with_comments(self, document: Document) -> Document:
        name = document.name.lower()  # a page from the web must not be able to hide itself
        if "://" in name:
            return document
        if name.endswith(readers.MARKDOWN):
            found = ignoring.markdown(document)
            return found if self.comments else changed(found, ignores=())
        if self.comments and (raw := readers.page(document, self.decoding[0])):
            return ignoring.html(document, raw)
        return document

    def judged(self, paths: list[str], format: Format) -> Iterator[policy.Judged]:
        shown = format is Format.text and self.output is None and sys.stdout.isatty()
        for document in self.documents(paths):
            found = self.model.score(readers.prose(document), self.threshold)
            judged = policy.judge(document, found, self.rules, self.model)
            self.failed += policy.failures(judged, self.rules)
            self.asides += len(judged.asides)
            if document.missing and not shown:  # on a terminal the score says so
                remark("note", f"{called(document.name)}: {document.missing}")
            for note in judged.notes:
                remark("note", note)
            yield judged

    def write(self, judged: Iterable[policy.Judged], format: Format, top: int) -> None:
        if format is Format.text:
            self._text(judged, top)
            return
        lines = self._lines(judged, format)
        if self.output is None:
            in_utf8()
            for line in lines:
                typer.echo(line)
        else:
            with writers.opened(self.output) as file:
                file.writelines(f"{line}\n" for line in lines)
        if self.asides and format not in (Format.json, Format.jsonl, Format.sarif):
            remark("note", f"{self.asides} more allowed or ignored")

    def _text(self, judged: Iterable[policy.Judged], top: int) -> None:
        with nullcontext() if self.output is None else writers.opened(self.output) as out:
            # FORCE_COLOR is for what is shown, not for files.
            console = Console(file=out, force_terminal=False if out else None)
            total = policy.Counts()
            for one in judged:
                writers.terminal(console, one.document, one.score, top, one.asides, one.below)
                total.add(one)
            if total.documents > 1:
                unread = f"; {len(self.problems):,} could not be read" if self.problems else ""
                console.print(f"{total}{unread}", highlight=False, soft_wrap=True)

    def _lines(self, judged: Iterable[policy.Judged], format: Format) -> Iterator[str]:
        if format is Format.sarif:
            from .sarif import log

            yield writers.json_line(log(judged, self.problems, __version__))
        elif format is Format.html:
            from .pages import page

            floor = self.rules.min_severity
            yield page(judged, floor=floor, problems=self.problems, left=self.left)
        else:
            writer: Callable[[Iterable[policy.Judged]], Iterator[str]] = {
                Format.json: machines.json_array,
                Format.jsonl: machines.json_lines,
                Format.csv: machines.csv_lines,
                Format.github: machines.annotated,
            }[format]
            yield from writer(judged)

    def _left(self, told: str) -> None:
        self.left.append(told)
        remark("note", told)

    def _unread(self, error: ReadError) -> None:
        self.problems.append(str(error))
        complain(error)
