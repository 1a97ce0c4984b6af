"""Labelled data of any shape: our own claims and articles, or any table of texts and labels."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress
from pathlib import Path
from typing import Any, NamedTuple

from . import columns, labels, pairing
from .checking import Checked, problems_of
from .claims import check_articles, check_claims, more_columns
from .codebook import MEASURED_TAGS, OVERSTATED_TAGS
from .errors import DataError, MisinfoError
from .labels import cell
from .placing import in_each, recorded
from .rows import Row, from_claims, normal, regrouped, unit_of

MAIN = "overstated"  # the head that kinds stand beside
LEARNED = "so the model was trained: other labels with --positive"
CLAIMS = {"id", "text", "label", "tags", "pair"}
ARTICLES = {"sentences", "text", "label"}


@dataclass(frozen=True)
class Labelled:
    """Rows to learn from or to measure on.

    Parameters
    ----------
    rows : list of Row
        Texts with their labels and groups; `tags` holds a row's own label or tags.
    tags : tuple of str
        The names of the heads beside the main one.
    unit : str
        What one row is: ``sentence`` or ``document``.
    columns : list of dict
        All cells of each row, for slices; of claims and articles all but the text, and ``kind``.
    weights : list of float
        How much each row counts beside the others.
    notes : list of str
        What was found and guessed, for people to check.
    problems : list of str
        Rows that could not be used, each with its place.
    meaning : str
        What the labels call overstated.
    options : dict
        What `read_labelled` took, guesses included; empty for claims and articles by the codebook.
    """

    rows: list[Row]
    tags: tuple[str, ...]
    unit: str
    columns: list[dict[str, Any]]
    weights: list[float]
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    meaning: str = "overstated by the codebook"
    options: dict[str, Any] = field(default_factory=dict)


def read_labelled(
    paths: Sequence[str | Path],
    *,
    text_column: str | None = None,
    label_column: str | None = None,
    positive: Sequence[str] = (),
    group_column: str | None = None,
    tags_column: str | None = None,
    weight_column: str | None = None,
    unit: str | None = None,
    learned: Mapping[str, Any] | None = None,
) -> Labelled:
    """Read labelled files: our own schema where it fits, else any table.

    Files of our own schema are read as any table too when columns, labels or documents are asked
    for; tags and pairs are then still those of the codebook where nothing else is named.

    Parameters
    ----------
    paths : sequence of str or Path
        CSV, TSV, JSON lines or Parquet; also ``.gz`` and ``.zst``.
    text_column, label_column : str, optional
        Guessed by name when they are not given.
    positive : sequence of str
        Labels that count as overstated. With several of them, each gets a head of its own.
    group_column : str, optional
        Rows with the same value are never on both sides of a split, and groups that share a text
        of five words or more are one. By default a column ``pair`` that holds pairs. Without one,
        and where it is blank, a row is alone with those of the same text, whatever its case and
        punctuation.
    tags_column : str, optional
        Kinds of the positive rows: a list, or separated by ``|`` or commas. Without it, a column
        ``tags`` is taken where all its values are tags of the codebook.
    weight_column : str, optional
        How much a row counts beside the others, from 0 to 1,000,000; 1 by default and where it is
        blank.
    unit : str, optional
        ``sentence`` or ``document``. Guessed when it is not given: documents are rows of many words
        on average, or of which more than a fifth hold several sentences.
    learned : mapping, optional
        The ``options`` that a model was trained with, for its positive labels where none is named.

    Returns
    -------
    Labelled
        With notes on what was guessed, and the rows that could not be used.

    Raises
    ------
    MisinfoError
        When there are no rows, no such column, no words or no weights to learn from, or when the
        positive label cannot be guessed.
    DataError
        When a file of our own schema breaks it.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "mine.csv"
    ...     _ = file.write_text("tweet,label\\nTea cures gout,fake\\nOpen daily,real\\n")
    ...     found = read_labelled([file])
    >>> [row.overstated for row in found.rows], found.unit
    ([True, False], 'sentence')
    """
    text_column, label_column, group_column, tags_column, weight_column = (
        name and name.strip()
        for name in (text_column, label_column, group_column, tags_column, weight_column)
    )
    chosen_labels = text_column or label_column or positive
    chosen_rows = group_column or tags_column or weight_column or unit == "document"
    if not (chosen_labels or chosen_rows) and (by_codebook := read_own(paths)):
        return by_codebook
    records, problems = recorded(paths)
    found = [row for _, row in records]
    codebook = not chosen_labels and all(_schema(Path(path)) for path in paths)
    try:
        text = text_column or columns.text_column(found)
        columns.column(found, text)
        label = label_column or columns.label_column(found)
        in_each(records, (text, label) if len(paths) > 1 else ())
        for name, option in (
            (label, "--label-column"),
            (group_column, "--group-column"),
            (tags_column, "--tags-column"),
            (weight_column, "--weight-column"),
        ):
            if name:
                columns.column(found, name, option=option)
        marks = [labels.mark(row.get(label)) for row in found]
        counts = Counter(filter(None, marks))
        if not counts:
            why = f"{records[0][0]}: {labels.unlabelled(found[0].get(label), label)}"
            raise MisinfoError(f"none of {len(found):,} rows has a label; {why}")
        worded = [isinstance(said := row.get(text), str) and said.strip() for row in found]
        counts = Counter(filter(None, compress(marks, worded))) or counts
        booleans = any(isinstance(row.get(label), bool) for row in found)
        taught = [] if positive else labels.learned([*counts], label, learned or {})
        if len(counts) > 1 and {*taught} == {*counts}:
            raise MisinfoError(
                f"the model was trained to call all labels there overstated: {', '.join(counts)}; "
                "add measured rows, or name other labels with --positive"
            )
        chosen = labels.positive(list(counts), positive or taught, label, booleans)
    except MisinfoError as error:
        why = f"; {problems[0]}" if problems else ""
        raise MisinfoError(f"{', '.join(map(str, paths))}: {error}{why}") from None
    taken = {text, label, tags_column, weight_column}
    own = {name: column for name, column in pairing.columns(found).items() if column not in taken}
    notes, pair = [], own.get("pair")
    if pair and not (codebook or pairing.paired(found, pair, [mark in chosen for mark in marks])):
        notes.append(
            f"column {own.pop('pair')!r} is not used: most of its values are not those of one "
            "overstated and one measured row"
        )
    elif pair and not group_column:
        group_column = pair
        notes.append(f"pairs in column {pair!r} are the groups: others with --group-column")
    if not tags_column and any("tags" in row for row in found):
        given = {tag for row in found for tag in labels.tags(row.get("tags"))}
        known = given and len(chosen) == 1 and given <= {*OVERSTATED_TAGS, *MEASURED_TAGS}
        if codebook or known:
            tags_column, codebook = "tags", True
            notes.append("tags of the codebook in column 'tags': other kinds with --tags-column")
    named = Columns(text, label, group_column, tags_column, weight_column)
    used, unused, more = _rows(records, marks, named, own, chosen, codebook)
    if not used:
        raise MisinfoError(f"none of {len(records)} rows can be used; {unused[0]}")
    rows, cells, weights = map(list, zip(*used, strict=True))
    _usable(rows, weights, text, weight_column)
    counts = Counter(dict.fromkeys(counts, 0))  # anew, of what is used
    counts.update(labels.mark(row.get(label)) for row in cells)
    notes = labels.notes(counts, chosen, text, label) + ([LEARNED] if taught else []) + notes
    kinds = tuple(chosen) if len(chosen) > 1 else ()
    if tags_column:
        kinds = tuple(sorted({tag for row in rows if row.overstated for tag in row.tags}))
    kinds = tuple(map(_kind, kinds))
    if _kind(MAIN) in kinds:
        notes.append(f"the kind {MAIN!r} is called {_kind(MAIN)!r}: the main head has its name")
    unit, noted = unit_of(rows, unit, codebook)
    notes += more + noted
    others = [name for name in counts if name not in chosen]
    meaning = f"{' or '.join(chosen)}, not {' or '.join(others)}"
    options = {f"{what}_column": name for what, name in named._asdict().items() if name}
    options |= {"positive": chosen, "unit": unit}
    return Labelled(rows, kinds, unit, cells, weights, notes, problems + unused, meaning, options)


class Columns(NamedTuple):
    """Where a table has what is read from it; None for what it does not have."""

    text: str
    label: str
    group: str | None
    tags: str | None
    weight: str | None


def _rows(
    records: Sequence[tuple[str, dict[str, Any]]],
    marks: Sequence[str],
    columns: Columns,
    own: Mapping[str, str],
    chosen: Sequence[str],
    codebook: bool,
) -> tuple[list[tuple[Row, dict[str, Any], float]], list[str], list[str]]:
    """Return usable rows with cells and weight, what is wrong with others, and notes."""
    used: list[tuple[Row, dict[str, Any], float]] = []
    problems, notes = [], []
    texts: list[str] = []
    first: dict[str, str] = {}  # text to its first row, where rows have no group
    alone = weightless = idle = 0
    for number, ((place, row), name) in enumerate(zip(records, marks, strict=True), 1):
        value, given = row.get(columns.text), row.get(columns.weight) if columns.weight else None
        weight = labels.weight(given)
        if not isinstance(value, str) or not value.strip():
            problems.append(f"{place}: {labels.textless(value, columns.text)}")
        elif not name:
            what = labels.unlabelled(row.get(columns.label), columns.label)
            problems.append(f"{place}: {what}")
        elif weight is None:
            problems.append(f"{place}: {given!r} is not a weight from 0 to {labels.HEAVIEST:,.0f}")
        else:
            bad = name in chosen
            head = name if bad and len(chosen) > 1 and not columns.tags else ""
            tags = labels.tags(row.get(columns.tags)) if columns.tags else (head,) * bool(head)
            if not bad:  # the codebook alone says how measured rows are worded
                told, tags = tags, tuple(t for t in tags if codebook and t in MEASURED_TAGS)
                idle += tags != told
            texts.append(normal(value))
            group = labels.label(row.get(columns.group)) if columns.group else ""
            if not group:
                alone += 1
                group = first.setdefault(texts[-1], f"row {number}")  # whatever the format
            more = {name: labels.label(row.get(column)) for name, column in own.items()}
            part = _part(place.rpartition(", ")[0], more.pop("split", ""))
            kinds = tuple(map(_kind, tags))
            read = Row(value, bad, kinds, group, "", id=place, part=part, label=head, **more)
            used.append((read, row, weight))
            weightless += not cell(given)
    if columns.weight and weightless:
        notes.append(
            f"{weightless:,} rows have no weight in column {columns.weight!r}: they weigh 1"
        )
    if zero := sum(not weight for _, _, weight in used):
        notes.append(f"{zero:,} rows weigh 0 and are left out")
    if idle:
        notes.append(f"{idle:,} measured rows have tags, which are not used")
    if columns.group and alone:
        notes.append(f"{alone:,} rows have no group in column {columns.group!r}: each is one alone")
    if repeated := alone - len(first):
        notes.append(f"{repeated:,} rows repeat the text of another: they are in its group")
    rows, n_joined = regrouped([row for row, _, _ in used], texts)
    notes += _joined(n_joined)
    used = [(row, own, weight) for row, (_, own, weight) in zip(rows, used, strict=True)]
    return used, problems, notes


def _part(file: str, split: str) -> str:
    return f"{file}, {split}" if split else file


def _joined(n: int) -> list[str]:
    both = "1 group shares" if n == 1 else f"{n:,} groups share"
    return [f"{both} a text with another: they are one group with it"] if n else []


def _usable(rows: Sequence[Row], weights: Sequence[float], text: str, weight: str | None) -> None:
    """Refuse rows from which nothing can be learned."""
    if not any(re.search(r"\w", row.text) for row in rows):
        raise MisinfoError(f"no text in column {text!r} has a word: is it the column of texts?")
    for bad, label in ((True, "overstated"), (False, "measured")):
        part = [n for row, n in zip(rows, weights, strict=True) if row.overstated is bad]
        if part and not any(part):
            raise MisinfoError(
                f"all {label} rows weigh 0 in column {weight!r}: nothing could be learned from them"
            )


def read_own(paths: Sequence[str | Path], strict: bool = True) -> Labelled | None:
    """Read claims and articles by the codebook.

    Parameters
    ----------
    paths : sequence of str or Path
        CSV files of claims, JSON lines of articles.
    strict : bool, default True
        Refuse files with problems; else leave out the rows that have one, and name them.

    Returns
    -------
    Labelled or None
        None when one of them is something else.

    Raises
    ------
    DataError
        With every problem of every file.
    ReadError
        When a file cannot be read.

    Examples
    --------
    >>> read_own(["nowhere.txt"]) is None
    True
    """
    claims: list[Row] = []
    articles: list[Row] = []
    more: list[dict[str, Any]] = []  # of claims: what the codebook has no column for
    topics: dict[str, str] = {}
    files: list[Checked[Any]] = []
    for path in map(Path, paths):
        if (kind := _schema(path)) == "claims":
            files.append(claimed := check_claims(path))
            cells = more_columns(path, claimed.places)
            parts = [_part(str(path), cell(row.get("split"))) for row in cells]
            read = from_claims(claimed.sound, (), str(path))
            claims += [replace(row, part=part) for row, part in zip(read, parts, strict=True)]
            more += cells
        elif kind == "articles":
            files.append(found := check_articles(path))
            topics |= {article.id: article.topic for article in found.sound}
            articles += from_claims((), found.sound, str(path))
        else:
            return None
    problems = problems_of(files)
    if problems and strict:
        raise DataError(problems)
    rows, n_joined = regrouped([*claims, *articles])
    names = ("id", "pair", "remedy", "register", "genre", "article")
    columns = [
        {
            **{name: getattr(row, name) for name in names},
            "topic": row.topic or topics.get(row.article, ""),
            "label": "overstated" if row.overstated else "measured",
            "tags": sys.intern("|".join(row.tags)),  # these recur: kept once
            "kind": "article" if row.article else "claim",
        }
        for row in rows
    ]
    for own, others in zip(columns, more, strict=False):
        own.update(others)
    notes = [f"{len(claims):,} claims and {len(topics):,} articles by the codebook"]
    notes += _joined(n_joined)
    return Labelled(
        rows, tuple(OVERSTATED_TAGS), "sentence", columns, [1.0] * len(rows), notes, problems
    )


def _schema(path: Path) -> str:
    """Return which schema of ours the first line of a file has; empty when it has none."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            if path.suffix == ".csv" and set(next(csv.reader(file), [])) >= CLAIMS:
                return "claims"
            if path.suffix == ".jsonl" and set(json.loads(file.readline())) >= ARTICLES:
                return "articles"
    except (OSError, ValueError, TypeError, RecursionError, csv.Error):
        pass  # whoever reads it as a table will say why
    return ""


def _kind(tag: str) -> str:
    return f"{tag} (kind)" if tag == MAIN else tag
