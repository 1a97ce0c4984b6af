"""From paths to documents: files, folders, patterns, addresses and standard input."""

from __future__ import annotations

import glob
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatch
from pathlib import PurePath
from typing import Any

from . import documents, ignoring, markdown, markup, tables
from .blocks import MAX_BYTES, Taken, no_binary
from .errors import ReadError, called, plural
from .marking import OPENING
from .records import Document

MARKDOWN = (".md", ".markdown")
PLAIN = (".txt", ".text", *MARKDOWN)
ENDINGS = (*PLAIN, *documents.FORMATS)
"""What is taken from a folder; a file that is named is read whatever its ending."""


def find(
    path: str | os.PathLike[str],
    exclude: Sequence[str] = (),
    note: Callable[[str], None] | None = None,
) -> Iterator[str]:
    """Return the files that a path stands for.

    Parameters
    ----------
    path : str or Path
        A file, a folder (searched through, linked folders too, hidden entries left out), a pattern
        such as ``pages/**/*.html``, an address, or ``-``.
    exclude : sequence of str
        Patterns of names, or of paths as they are given or within the folder, to be left out,
        the folder itself too; as for ``fnmatch``, so ``*`` crosses folders. Those of
        ``Config.fits`` are others.
    note : callable, optional
        Called with a line that says how many files of other kinds a folder has, with their endings.

    Yields
    ------
    str
        Paths in sorted order.

    Raises
    ------
    ReadError
        When a folder has no text at all, or a pattern fits nothing; after everything else, when a
        pattern fits a table, or a folder cannot be opened.

    Examples
    --------
    >>> list(find("-")), list(find("draft.md", exclude=["draft*"]))
    (['-'], [])
    """
    path = os.fspath(path)
    if path == "-" or _is_address(path):
        yield path
        return
    closed: list[OSError] = []
    told: list[str] = []
    if os.path.isdir(path):
        if _excluded(path, PurePath(path).name, exclude):
            return
        inside = list(_inside(path, exclude, closed))
        found = [file for file in inside if _ending(file) in ENDINGS]
        if note and found and len(found) < len(inside):
            note(f"{called(path)}: {_others(inside)}")
        if not found and not closed:
            if exclude and any(_ending(file) in ENDINGS for file in _inside(path, (), [])):
                return  # as a folder that is left out by its name
            rows = tables.pattern(path)
            raise ReadError(
                f"no text in the folder {called(path)}: it has no {', '.join(ENDINGS)} file"
                f"{f'; its tables are read as {rows!r}' if rows else ''}"
            )
    elif glob.has_magic(path) and not os.path.exists(path):
        found = list(filter(_to_read, glob.glob(path, recursive=True)))
        closed += _closed(path)
        if not found and not closed:
            raise ReadError(f"{called(path)}: no file fits this pattern")
        closed = [at for at in closed if not _excluded(at.filename, at.filename, exclude)]
        found = [file for file in found if not _excluded(file, file, exclude)]
        told = sorted(filter(tables.is_table, found))
        found = [file for file in found if not tables.is_table(file)]
    else:
        found = [path] if not _excluded(path, path, exclude) else []
    yield from sorted(found, key=PurePath)
    if told:
        raise ReadError(
            f"{called(path)}: fits the table {called(told[0])}, and tables and texts cannot be "
            "scored together; name tables by their ending, such as '*.csv', or leave them out with "
            "--exclude"
        )
    if closed:
        raise ReadError(f"{called(closed[0].filename)}: cannot be opened: {closed[0].strerror}")


def _inside(path: str, exclude: Sequence[str], closed: list[OSError]) -> Iterator[str]:
    def left_out(file: str) -> bool:
        return _excluded(file, os.path.relpath(file, path), exclude)

    def note(error: OSError) -> None:
        if not left_out(error.filename):
            closed.append(error)

    def kept(folder: str, names: Sequence[str]) -> list[str]:
        shown = (os.path.join(folder, name) for name in sorted(names) if not name.startswith("."))
        return [file for file in shown if not left_out(file)]

    seen: set[str] = set()  # links may lead in a circle
    for folder, folders, files in os.walk(path, onerror=note, followlinks=True):
        if (real := os.path.realpath(folder)) in seen:
            folders.clear()
            continue
        seen.add(real)
        yield from filter(_to_read, kept(folder, files))
        # what lies in the folder itself goes by its own name, not by that of a link
        folders[:] = map(os.path.basename, sorted(kept(folder, folders), key=os.path.islink))


def _closed(pattern: str) -> Iterator[OSError]:
    """Return why folders that a pattern looks into cannot be opened, which `glob` does not tell."""
    parts = PurePath(pattern).parts
    for n, part in enumerate(parts):
        if glob.has_magic(part):
            above = os.path.join(*parts[: n + (part == "**")], "") or "./"
            for folder in glob.glob(above, recursive=True):
                try:
                    os.scandir(os.path.normpath(folder)).close()
                except OSError as error:
                    yield error


def _to_read(path: str) -> bool:
    """Say whether it is a file, or nothing that can be looked at: who reads it is told why."""
    return os.path.isfile(path) or not os.path.exists(path)


def _others(files: Sequence[str]) -> str:
    kinds = Counter(kind for file in files if (kind := _ending(file)) not in ENDINGS)
    many = f"{n:,} files of other kinds" if (n := kinds.total()) > 1 else "1 file of another kind"
    shown = [kind or "no ending" for kind in sorted(kinds, key=lambda kind: (-kinds[kind], kind))]
    more = ", ..." if len(shown) > 8 else ""
    return f"{many} left out ({', '.join(shown[:8])}{more})"


def _excluded(file: str, within: str, exclude: Sequence[str]) -> bool:
    inner, outer = PurePath(within), PurePath(file)
    depth = len(inner.parts)  # what is above the folder does not count
    paths = ((base, *base.parents)[:depth] for base in (inner, outer))
    names = {*inner.parts, *(path.as_posix() for level in paths for path in level)}
    plain = [pattern.rstrip("/").removeprefix("./").removeprefix("**/") for pattern in exclude]
    if any(fnmatch(name, pattern) for pattern in plain for name in names):
        return True
    whole = [pattern for pattern in plain if os.path.isabs(pattern)]
    places = {os.path.abspath(file), os.path.realpath(file)} if whole else ()
    above = {path.as_posix() for place in map(PurePath, places) for path in (place, *place.parents)}
    return any(fnmatch(name, pattern) for pattern in whole for name in above)


def _is_address(name: str) -> bool:
    return name[:8].lower().startswith(("http://", "https://"))


def _ending(name: str) -> str:
    return PurePath(name).suffix.lower()


def read(name: str | os.PathLike[str], encoding: str = "utf-8", errors: str = "strict") -> Document:
    """Read one file, address or standard input as text.

    Parameters
    ----------
    name : str or Path
        A file, an address with http or https, or ``-`` for standard input. The format is told by
        the ending or the content type, else by the first bytes.
    encoding : str, default "utf-8"
        Of plain text, and of documents that name none. A byte-order mark wins over it, and so does
        UTF-8 over an encoding of one byte to a character, where it fits and not all is ASCII.
    errors : {"strict", "replace"}
        Whether bytes of plain text that do not fit the encoding are an error or are replaced.

    Returns
    -------
    Document
        Named by its path. Comments of Markdown are blank, but for those that set findings aside,
        and so are the keys of its front matter.

    Raises
    ------
    ReadError
        When it is missing, unreadable, binary, empty (but for a file that ends as text does),
        damaged, encrypted, too large, not what its ending says, or not in this encoding, or when
        the library for its format is missing.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "page.html"
    ...     _ = file.write_text("<h1>Clinic</h1><p>Our tea cures gout.", encoding="utf-8")
    ...     document = read(str(file))
    >>> document.text, str(document.place(8))
    ('Clinic\\n\\nOur tea cures gout.', 'Clinic')
    """
    name = os.fspath(name)
    try:
        if _is_address(name):
            from . import web

            answer = web.fetch(name)
            raw, ending, charset = answer.raw, answer.ending, answer.charset
        else:
            raw, ending, charset = _bytes(name), _ending(name), ""
        blank = ending in PLAIN and not _is_address(name)  # a file of text may have no words yet
        if raw.strip() or not blank:
            ending = _format(raw, ending)
        if ending in documents.FORMATS:
            text, found, missing = _extracted(raw, ending, charset, encoding)
            parts = tuple((at, part) for at, part in found)
            return Document(name, text, parts, extracted=True, missing=missing)
        encoding = markup.likely(raw, encoding)
        try:
            text = _decoded(raw, charset or encoding, errors)
        except ReadError:
            if not charset:
                raise
            text = _decoded(raw, encoding, errors)  # the server was wrong
        if not (text.strip() or blank):
            raise ReadError("is empty")
        nul = text.count("\0")
        missing = f"{plural(nul, 'NUL byte')} not read: the text may be damaged" if nul else ""
        if ending not in MARKDOWN:
            return Document(name, text, missing=missing)
        text = ignoring.uncommented(text)
        parts = tuple(markdown.headings(text))
        return Document(name, markdown.unkeyed(text), parts, missing=missing)
    except ReadError as error:
        raise ReadError(f"{called(name)}: {error}") from error.__cause__


def prose(document: Document) -> str:
    """Return the text of a document as it is scored.

    Parameters
    ----------
    document : Document
        As `read` returned it.

    Returns
    -------
    str
        As long as its text; in Markdown, line breaks within paragraphs are spaces.

    Examples
    --------
    >>> prose(Document("a.md", "Our tea\\ncures gout."))
    'Our tea cures gout.'
    """
    markdowns = _ending(document.name) in MARKDOWN
    return markdown.flowing(document.text) if markdowns else document.text


def page(document: Document, encoding: str = "utf-8") -> str:
    """Return the source of the web page that a document was taken out of.

    Parameters
    ----------
    document : Document
        As `read` returned it.
    encoding : str, default "utf-8"
        Of pages that name none.

    Returns
    -------
    str
        Empty for other formats, and for what is no file.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "page.html"
    ...     _ = file.write_text("<p>Tea.", encoding="utf-8")
    ...     page(read(str(file)))
    '<p>Tea.'
    """
    name, kind = document.name, _kind(document.name)
    if not document.extracted or name == "-" or not os.path.isfile(name):
        return ""
    if kind not in ("HTML", ""):
        return ""
    raw = _bytes(name)
    if not kind and documents.sniff(raw)[0] != ".html":
        return ""
    return markup.decoded(raw, encoding=encoding)


def is_report(name: str) -> bool:
    """Say whether a file is a page that was made here, of scores or of an evaluation.

    Parameters
    ----------
    name : str
        A path.

    Returns
    -------
    bool
        False for what has not the ending of a page, or cannot be opened.

    Examples
    --------
    >>> is_report("report.html")
    False
    """
    if _kind(name) != "HTML":
        return False
    try:
        with open(name, "rb") as file:
            return file.read(len(OPENING)) == OPENING.encode()
    except OSError:
        return False


def _kind(name: str) -> str:
    """Return which format the ending of a file tells; empty for plain text, and for others."""
    known = documents.FORMATS.get(_ending(name))
    return known.name if known else ""


def _bytes(path: str) -> bytes:
    try:
        if path == "-":
            if not sys.stdin:
                raise ReadError("is closed")
            return sys.stdin.buffer.read()
        with open(path, "rb") as file:
            # One byte more shows that it is too large.
            return file.read(MAX_BYTES + 1 if _ending(path) in documents.FORMATS else -1)
    except FileNotFoundError:
        more = ": of addresses, texts are read from http(s) alone" if "://" in path else ""
        if " " in path.strip() and not os.path.dirname(path):
            more = "; if it is the text itself, try 'misinfo explain', or pipe it to 'score -'"
        raise ReadError(f"no such file{more}") from None
    except (OSError, ValueError) as error:
        raise ReadError(f"cannot be read: {error}") from error


def _format(raw: bytes, ending: str) -> str:
    """Return the ending that tells how to read it; the first bytes must not speak against it."""
    if not raw.strip():
        raise ReadError("is empty")
    if ending == ".json":
        raise ReadError("is JSON, no text: save a list as JSON lines (.jsonl), an object in each")
    fitting, shown = documents.sniff(raw)
    known = documents.FORMATS.get(ending)
    if known is None and ending not in PLAIN and fitting:
        return fitting
    fits = documents.FORMATS.get(fitting)
    # A text may be about HTML, and a Markdown file may begin with it.
    if not shown or (fits and fits == known) or (not known and fitting == ".html"):
        return ending
    instead = f"; {documents.INSTEAD[shown]}" if shown in documents.INSTEAD else ""
    advice = f"; if so, let its name end in {fitting}" if fitting else instead
    raise ReadError(f"is {shown}, not {known.name if known else 'text'}{advice}")


def _extracted(raw: bytes, ending: str, charset: str, encoding: str) -> Taken:
    options: dict[str, Any] = {"ending": ending, "charset": charset, "encoding": encoding}
    if len(raw) > documents.FORMATS[ending].at_once:
        from . import bounded

        text, parts, missing = bounded.call(documents.extract, raw, bounded.SECONDS, **options)
        return text, parts, missing
    return documents.extract(raw, **options)


def _decoded(raw: bytes, encoding: str, errors: str) -> str:
    marked = next((name for mark, name in markup.MARKS if raw.startswith(mark)), "")
    if not marked:
        no_binary(raw, encoding)
    try:
        text = raw.decode(marked or encoding, errors)
    except LookupError:
        raise ReadError(f"unknown encoding {encoding!r}; try --encoding utf-8") from None
    except UnicodeError as error:
        where = f" (byte {error.start})" if isinstance(error, UnicodeDecodeError) else ""
        raise ReadError(
            f"is not {marked or encoding}{where}; name its encoding with --encoding "
            "(such as cp1252), or accept losses with --replace"
        ) from error
    return text if "\n" in text else text.replace("\r", "\n")  # lines of old Macs
