"""The settings of a project: ``.misinfo.toml``, or ``[tool.misinfo]`` in ``pyproject.toml``."""

from __future__ import annotations

import difflib
import glob
import posixpath
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from .errors import MisinfoError

OPTIONS = "threshold format top fail fail-above fail-on min-severity exclude model encoding".split()
"""Keys that give a default to the option of the same name."""
_GAP = r"[*_`]*\s+[*_`]*"  # between two words, some of which Markdown makes bold
_ALIKE = ("'\u2018\u2019\u02bc", '"\u201c\u201d\u201e', "-\u2010\u2011\u2012\u2013")


@dataclass(frozen=True)
class Allow:
    """A wording that somebody has looked at and lets stand.

    Parameters
    ----------
    pattern : re.Pattern of str
        What is allowed.
    reason : str
        Why.
    paths : tuple of str
        Patterns of the files where it is allowed; empty for all.
    """

    pattern: re.Pattern[str]
    reason: str
    paths: tuple[str, ...] = ()


@dataclass(frozen=True)
class Config:
    """What a settings file says.

    Parameters
    ----------
    path : Path or None
        The file; None where there is none.
    options : mapping of str to object
        Defaults of the command line, by the name of the option.
    ignore : tuple of str
        Patterns of the files whose findings are set aside.
    allow : tuple of Allow
        Wordings that are no findings.
    """

    path: Path | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    allow: tuple[Allow, ...] = ()

    def fits(self, name: str, patterns: Sequence[str]) -> str | None:
        """Return the first pattern that a file fits.

        Parameters
        ----------
        name : str
            The path of the file.
        patterns : sequence of str
            ``*`` and ``?`` stay within a folder, ``**`` crosses folders; without a slash a pattern
            is for the name of a file or of a folder above it. Relative to the settings file.

        Returns
        -------
        str or None
            None when it fits none.

        Examples
        --------
        >>> Config().fits("docs/old/tea.md", ["*.txt", "docs/**"])
        'docs/**'
        """
        if not patterns:
            return None
        root = self.path.parent if self.path else Path.cwd()
        place = Path(name).resolve()
        relative = place.relative_to(root) if place.is_relative_to(root) else PurePath(name)
        for pattern in patterns:
            whole = pattern if "/" in pattern.rstrip("/") else f"**/{pattern}"
            if re.fullmatch(_regex(whole.strip("/")) + "(?:/.*)?", relative.as_posix(), re.DOTALL):
                return pattern
        return None


def _regex(pattern: str) -> str:
    parts = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    return "".join(parts.get(piece, re.escape(piece)) for piece in pieces)


def find(start: Path | None = None) -> Config:
    """Return the settings that hold in a folder.

    Parameters
    ----------
    start : Path, optional
        The folder, by default the working one; those above it are searched up to the root of the
        repository.

    Returns
    -------
    Config
        The nearest file's; empty when there is none, and where the working folder was deleted.

    Raises
    ------
    MisinfoError
        When the file is damaged, or has a key that is not known.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / ".misinfo.toml").write_text("fail = true")
    ...     find(Path(folder)).options
    {'fail': True}
    """
    try:
        start = (start or Path.cwd()).resolve()
    except FileNotFoundError:
        return Config()
    for folder in (start, *start.parents):
        own, shared = folder / ".misinfo.toml", folder / "pyproject.toml"
        if own.is_file():
            return read(own)
        if shared.is_file() and (found := read(shared)).path:
            return found
        if (folder / ".git").exists():
            break
    return Config()


def read(path: Path) -> Config:
    """Read one settings file.

    Parameters
    ----------
    path : Path
        Settings stand at the top of the file, or under ``[tool.misinfo]`` in a ``pyproject.toml``.

    Returns
    -------
    Config
        Without a path when a ``pyproject.toml`` has no such table.

    Raises
    ------
    MisinfoError
        When the file is missing or damaged, or has a key that is not known.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "pyproject.toml"
    ...     _ = file.write_text('[tool.misinfo]\\nignore = ["archive/**"]')
    ...     read(file).ignore
    ('archive/**',)
    """
    try:
        with path.open("rb") as file:
            table = tomllib.load(file)
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise MisinfoError(
            f"{path}: cannot be read: {reason}; --no-config goes on without it"
        ) from error
    if path.name == "pyproject.toml":
        tool = table.get("tool", {})
        if not isinstance(tool, dict) or "misinfo" not in tool:
            return Config()
        table = tool["misinfo"]
    path = path.resolve()
    if not isinstance(table, dict):
        raise MisinfoError(f"{path}: tool.misinfo must be a table")
    _known(path, table, (*OPTIONS, "ignore", "allow"))
    options = {key.replace("-", "_"): table[key] for key in OPTIONS if key in table}
    ignore = _paths(path, "ignore", table.get("ignore", []))
    if isinstance(fail_on := options.get("fail_on"), list):
        options["fail_on"] = ",".join(_strings(path, "fail-on", fail_on))
    if "exclude" in options:
        exclude = _paths(path, "exclude", table["exclude"])
        root = glob.escape(path.parent.as_posix())
        places = (one.lstrip("/") for one in exclude if "/" in one.rstrip("/").removeprefix("**/"))
        from_here = (posixpath.normpath(posixpath.join(root, place)) for place in places)
        options["exclude"] = [*exclude, *from_here]
    if "model" in options:
        if not isinstance(model := options["model"], str):
            raise MisinfoError(
                f'{path}: model must be a folder, such as "models/mine", not {model!r}'
            )
        options["model"] = str(path.parent / model)
    entries = table.get("allow", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise MisinfoError(f"{path}: allow must be tables, each under the heading [[allow]]")
    return Config(
        path,
        options,
        ignore,
        tuple(_allow(path, entry) for entry in entries),
    )


def _allow(path: Path, entry: Mapping[str, Any]) -> Allow:
    _known(path, entry, ("phrase", "regex", "reason", "paths"), " in [[allow]]")
    kinds = [key for key in ("phrase", "regex") if key in entry]
    if len(kinds) != 1:
        raise MisinfoError(f"{path}: every [[allow]] needs either a phrase or a regex")
    kind = kinds[0]
    wording, reason = entry[kind], entry.get("reason")
    if not isinstance(wording, str) or not wording.strip():
        raise MisinfoError(f"{path}: the {kind} of an [[allow]] must be text, not {wording!r}")
    if not isinstance(reason, str) or not reason.strip():
        raise MisinfoError(f'{path}: the [[allow]] of {wording!r} needs a reason = "..."')
    try:
        pattern = re.compile(wording) if kind == "regex" else _phrase(wording)
    except re.error as error:
        raise MisinfoError(f"{path}: the regex {wording!r} is not one: {error}") from error
    return Allow(pattern, " ".join(reason.split()), _paths(path, "paths", entry.get("paths", [])))


def _phrase(words: str) -> re.Pattern[str]:
    """A phrase may be set and capitalised differently, but never ends within a word."""
    inner = _GAP.join("".join(map(_alike, word)) for word in words.split())
    letter = r"[^\W_]"
    begin, end = rf"(?:(?<!{letter})|(?!{letter}))", rf"(?:(?!{letter})|(?<!{letter}))"
    return re.compile(f"{begin}{inner}{end}", re.IGNORECASE)


def _alike(char: str) -> str:
    return next((f"[{re.escape(kinds)}]" for kinds in _ALIKE if char in kinds), re.escape(char))


def _strings(path: Path, key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise MisinfoError(f'{path}: {key} must be a list of texts, such as ["..."], not {value!r}')
    return tuple(value)


def _paths(path: Path, key: str, value: object) -> tuple[str, ...]:
    """Return patterns of files; what begins with the folder of the settings begins with a slash."""
    patterns = _strings(path, key, value)
    for one in patterns:
        if "\\" in one:
            instead = one.replace("\\", "/")
            raise MisinfoError(f"{path}: {key}: {one!r} has a backslash; write {instead!r}")
    here = rf"(?:{re.escape(path.parent.as_posix())}/|(?:\./)+)"
    return tuple(re.sub(f"^{here}", "/", one) for one in patterns)


def _known(path: Path, table: Mapping[str, Any], known: Sequence[str], where: str = "") -> None:
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key.replace("_", "-"), known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
            raise MisinfoError(f"{path}: unknown key {key!r}{where}; {hint}")
