"""Scores for other programs: JSON, CSV, and annotations of GitHub."""

from __future__ import annotations

import csv
import io
import os
import unicodedata
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from .marking import asset, clipped
from .policy import Judged, level
from .records import Document, Sentence
from .writers import json_line

COLUMNS = "name part line column start end probability tags text terms warning".split()
_FORMULA = ("=", "+", "-", "@")


def schema() -> str:
    """Return the JSON Schema of what `json_lines` writes.

    Returns
    -------
    str
        Of draft 2020-12; it describes one line.

    Examples
    --------
    >>> import json
    >>> json.loads(schema())["$schema"]
    'https://json-schema.org/draft/2020-12/schema'
    """
    return asset("schema.json")


def row(judged: Judged) -> dict[str, Any]:
    """Return a document's score as plain values, with the place of each sentence.

    Parameters
    ----------
    judged : Judged
        The score, and what was set aside.

    Returns
    -------
    dict
        The keys of ``Score.to_dict``, ``name``, ``missing`` (what was not read, or None),
        ``asides`` (findings that were allowed or ignored, each with ``kind`` and ``reason``), and
        ``below``: how many do not reach the least severity that was asked for. A sentence also has
        ``part``, ``line`` and ``column`` (from 1; None in extracted text), and ``level`` (None when
        it is no finding).

    Examples
    --------
    >>> import misinfo
    >>> document = Document("a.txt", "Open daily.\\n\\nIt cures gout, guaranteed.")
    >>> found = row(Judged(document, misinfo.score(document.text)))["findings"][0]
    >>> found["line"], found["column"], found["level"]
    (3, 1, 'error')
    """
    document, score = judged.document, judged.score
    plain_score = score.to_dict()
    sentences = [_placed(document, sentence) for sentence in score.sentences]
    number = {sentence.start: n for n, sentence in enumerate(score.sentences)}
    plain_score["sentences"] = sentences
    plain_score["findings"] = [sentences[number[finding.start]] for finding in score.findings]
    asides = [
        {**_placed(document, aside.finding), "kind": aside.kind, "reason": aside.reason}
        for aside in judged.asides
    ]
    missing = document.missing or None
    more = {"missing": missing, "asides": asides, "below": judged.below}
    return {"name": document.name, **plain_score, **more}


def _placed(document: Document, sentence: Sentence) -> dict[str, Any]:
    place = document.place(sentence.start)
    known = level(sentence.probability) if sentence.overstated else None
    return {**sentence.to_dict(), **vars(place), "level": known}


def json_lines(judged: Iterable[Judged]) -> Iterator[str]:
    """Return each document as one line of JSON.

    Parameters
    ----------
    judged : iterable of Judged
        In order.

    Yields
    ------
    str
        What `row` returns.

    Examples
    --------
    >>> import misinfo
    >>> document = Document("a.txt", "Open daily.")
    >>> next(json_lines([Judged(document, misinfo.score(document.text))]))[:30]
    '{"name": "a.txt", "schema": 1,'
    """
    for one in judged:
        yield json_line(row(one))


def json_array(judged: Iterable[Judged]) -> Iterator[str]:
    """Return the documents as the lines of one JSON array.

    Parameters
    ----------
    judged : iterable of Judged
        In order.

    Yields
    ------
    str
        One document to a line.

    Examples
    --------
    >>> list(json_array([]))
    ['[', ']']
    """
    yield "["
    before = ""
    for line in json_lines(judged):
        if before:
            yield f"{before},"
        before = line
    yield from filter(None, [before])
    yield "]"


def csv_lines(judged: Iterable[Judged]) -> Iterator[str]:
    """Return one row of CSV for each finding, and one for a document without any but a warning.

    A cell that a spreadsheet would run as a formula, because the first visible character is an
    equals, plus, minus or at sign (full-width forms too), or because it begins with a tab or a line
    break, is given an apostrophe in front. All texts are in quotation marks.

    Parameters
    ----------
    judged : iterable of Judged
        In order.

    Yields
    ------
    str
        The header, then the findings of each document, worst first. Tags, terms and warnings are
        separated by ``|``.

    Examples
    --------
    >>> import misinfo
    >>> document = Document("=a.txt", "It cures gout.")
    >>> print(list(csv_lines([Judged(document, misinfo.score(document.text))]))[1])
    "'=a.txt","",1,1,0,14,0.9...,"cure","It cures gout.","cures...",""
    """
    yield _csv(COLUMNS)
    for one in judged:
        name = "-" if one.document.name == "-" else safe(one.document.name)
        warning = safe("|".join(one.score.warnings))
        if warning and not one.score.findings:
            yield _csv([name, *[""] * (len(COLUMNS) - 2), warning])
        for finding in one.score.findings:
            place = one.document.place(finding.start)
            terms = "|".join(f"{term.text} {term.weight:+.2f}" for term in finding.terms)
            yield _csv(
                [
                    name,
                    safe(place.part),
                    place.line,
                    place.column,
                    finding.start,
                    finding.end,
                    Decimal(f"{finding.probability:.6f}"),  # a float may be written as 6e-05
                    "|".join(finding.named),
                    safe(finding.text),
                    safe(terms),
                    warning,
                ]
            )


def _csv(cells: Iterable[object]) -> str:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="").writerow(cells)
    return out.getvalue()


def safe(cell: str) -> str:
    """Return a text that no spreadsheet runs as a formula.

    Parameters
    ----------
    cell : str
        Any text.

    Returns
    -------
    str
        With an apostrophe in front where it is needed.

    Examples
    --------
    >>> safe("=1+1"), safe("  ＝1"), safe("1 = 1")
    ("'=1+1", "'  ＝1", '1 = 1')
    """
    visible = next((char for char in cell if _visible(char)), "")
    if cell[:1] in ("\t", "\r", "\n") or unicodedata.normalize("NFKC", visible)[:1] in _FORMULA:
        return f"'{cell}"
    return cell


def _visible(char: str) -> bool:
    return not (char.isspace() or unicodedata.category(char) in ("Cc", "Cf", "Mn", "Me"))


def annotated(judged: Iterable[Judged]) -> Iterator[str]:
    """Return the commands that annotate files in GitHub Actions.

    Parameters
    ----------
    judged : iterable of Judged
        In order.

    Yields
    ------
    str
        One workflow command for each finding: a notice, a warning or an error. Columns count
        UTF-16 code units; they are left out where a finding goes over several lines. And a warning
        for what stands between the reader and the score of a document.

    Examples
    --------
    >>> import misinfo
    >>> document = Document("a.md", "It cures gout.")
    >>> print(*annotated([Judged(document, misinfo.score(document.text))]))
    ::error file=a.md,line=1,endLine=1,col=1,endColumn=15,title=cure (...)::It cures gout...
    """
    for one in judged:
        name = relative(one.document.name) or whole(one.document.name)
        for warning in one.score.warnings:
            yield f"::warning file={github_escaped(name, True)}::{github_escaped(warning)}"
        for finding in one.score.findings:
            kind = level(finding.probability).replace("note", "notice")
            properties: dict[str, object] = {"file": name}
            if found := region(one.document, finding):
                properties |= {"line": found["startLine"], "endLine": found["endLine"]}
                if found["startLine"] == found["endLine"]:
                    properties |= {"col": found["startColumn"], "endColumn": found["endColumn"]}
            named = ", ".join(finding.named) or "overstated"
            properties["title"] = f"{named} ({finding.probability:.2f})"
            said = ",".join(f"{k}={github_escaped(str(v), True)}" for k, v in properties.items())
            words = ", ".join(clipped(term.text) for term in finding.terms[:5])
            part = one.document.place(finding.start).part
            message = f"{finding.text}\n{', '.join(filter(None, (part, f'words: {words}')))}"
            yield f"::{kind} {said}::{github_escaped(message)}"


def github_escaped(text: str, in_property: bool = False) -> str:
    """Return text that cannot end a workflow command, or one of its properties.

    Parameters
    ----------
    text : str
        Any text.
    in_property : bool, default False
        Colons and commas end properties.

    Returns
    -------
    str
        With percent signs and line breaks as ``%25``, ``%0D`` and ``%0A``.

    Examples
    --------
    >>> github_escaped("100%, sure"), github_escaped("100%, sure", True)
    ('100%25, sure', '100%25%2C sure')
    """
    codes: dict[str, str | int | None] = {"%": "%25", "\r": "%0D", "\n": "%0A"}
    if in_property:
        codes |= {":": "%3A", ",": "%2C"}
    return text.translate(str.maketrans(codes))


def relative(name: str) -> str | None:
    """Return a path as a code host names it.

    Parameters
    ----------
    name : str
        Of a document.

    Returns
    -------
    str or None
        With forward slashes, relative to ``GITHUB_WORKSPACE`` where the working directory is in it,
        else to the root of the repository, else to the working directory; None for what is no file
        below.

    Examples
    --------
    >>> relative("docs/../tea.md"), relative("https://example.org")
    ('tea.md', None)
    """
    if name == "-" or "://" in name:
        return None
    root, path = _root(), Path(name).resolve()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else None


def _root() -> Path:
    here, workspace = Path.cwd(), os.environ.get("GITHUB_WORKSPACE")
    if workspace and here.is_relative_to(above := Path(workspace).resolve()):
        return above
    return next((at for at in (here, *here.parents) if (at / ".git").exists()), here)


def whole(name: str) -> str:
    """Return the path of a document from the root of the file system.

    Parameters
    ----------
    name : str
        Of a document.

    Returns
    -------
    str
        With forward slashes; an address and ``-`` as they are.

    Examples
    --------
    >>> whole("/docs/../tea.md")[-7:], whole("https://example.org")
    ('/tea.md', 'https://example.org')
    """
    return name if name == "-" or "://" in name else Path(name).resolve().as_posix()


def region(document: Document, sentence: Sentence) -> dict[str, int] | None:
    """Return where a sentence stands in its file, as SARIF counts.

    Parameters
    ----------
    document : Document
        That holds the sentence.
    sentence : Sentence
        Of the document.

    Returns
    -------
    dict or None
        ``startLine``, ``startColumn``, ``endLine`` and ``endColumn``, from 1, in UTF-16 code
        units; the end is behind the last character. None in extracted text.

    Examples
    --------
    >>> import misinfo
    >>> sentence = misinfo.score("🍵🍵 Tea cures gout.").sentences[0]
    >>> region(Document("a", "🍵🍵 Tea cures gout."), sentence)
    {'startLine': 1, 'startColumn': 6, 'endLine': 1, 'endColumn': 21}
    """
    if document.extracted:
        return None
    found = {}
    for side, offset in (("start", sentence.start), ("end", sentence.end)):
        line = document.place(offset).line or 1
        before = document.text[document.lines[line - 1] : offset]
        found[f"{side}Line"] = line
        found[f"{side}Column"] = len(before.encode("utf-16-le", "surrogatepass")) // 2 + 1
    return found
