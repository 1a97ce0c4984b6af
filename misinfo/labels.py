"""What counts as a label, and which of them mean overstated."""

from __future__ import annotations

import re
from ast import literal_eval
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from .errors import MisinfoError, ModelError

POSITIVE = ("overstated", "fake", "misinfo", "misinformation", "unreliable")
OPPOSITES = {"1": "0", "true": "false", "yes": "no"}
SHOWN = 12  # labels in an error
HEAVIEST = 1e6  # a row can weigh no more
TRUTH = {"verdict", "veracity", "rating", "truth"}  # where true is what claims are found to be
KINDS: dict[type, str] = {
    bool: "true or false",
    bytes: "bytes",
    dict: "an object",
    float: "a number",
    int: "a number",
    list: "a list",
}
MISSING = set(
    "#N/A|#N/A N/A|#NA|-1.#IND|-1.#QNAN|-NaN|-nan|1.#IND|1.#QNAN|<NA>|N/A|NA|NULL|NaN|None|n/a|nan"
    "|null".split("|")
)
"""What pandas reads as missing by default."""


def cell(value: Any) -> str:
    """Return a label or a group as text.

    Parameters
    ----------
    value : object
        Of a cell.

    Returns
    -------
    str
        Without white space around it, whole numbers without a fraction; empty when it is missing.

    Examples
    --------
    >>> [cell(value) for value in (" fake ", 1.0, 0, float("nan"), None)]
    ['fake', '1', '0', '', '']
    """
    if value is None or value != value:  # NaN
        return ""
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value) if whole else value).strip()


def label(value: Any) -> str:
    """Return what a cell says as a label or a group.

    Parameters
    ----------
    value : object
        Of a cell.

    Returns
    -------
    str
        As `cell` gives it; whole numbers that are written in text have no fraction either, and it
        is empty for what means that there is none.

    Examples
    --------
    >>> [label(value) for value in (" fake ", "1.0", 2.5, "NaN")]
    ['fake', '1', '2.5', '']
    """
    text = cell(value)
    return "" if text in MISSING else re.sub(r"^(-?\d+)\.0+$", r"\1", text)


def mark(value: Any) -> str:
    """Return what a value of the column of labels says.

    Parameters
    ----------
    value : object
        Of a cell.

    Returns
    -------
    str
        As `label` gives it; empty for lists and objects, which are not one label.

    Examples
    --------
    >>> [mark(value) for value in (" fake ", 1.0, ["fake"])]
    ['fake', '1', '']
    """
    return "" if isinstance(value, list | dict) else label(value)


def weight(value: Any) -> float | None:
    """Return how much a row counts.

    Parameters
    ----------
    value : object
        Of a cell.

    Returns
    -------
    float or None
        1 where it is missing; None where it is no number from 0 to `HEAVIEST`.

    Examples
    --------
    >>> [weight(value) for value in ("2.5", "", "heavy", -1)]
    [2.5, 1.0, None, None]
    """
    try:
        found = float(value if cell(value) else 1)
    except (TypeError, ValueError):
        return None
    return found if 0 <= found <= HEAVIEST else None


def tags(value: Any) -> tuple[str, ...]:
    """Return the kinds that a cell holds.

    Parameters
    ----------
    value : object
        A list, one as pandas writes it, or text with ``|`` or commas between.

    Returns
    -------
    tuple of str
        Without those that are missing.

    Examples
    --------
    >>> tags("cure|speed"), tags("['cure']")
    (('cure', 'speed'), ('cure',))
    """
    text = cell(value)
    if isinstance(value, str) and text[:1] + text[-1:] == "[]":
        with suppress(ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            value = literal_eval(text)
    found = value if isinstance(value, list | tuple) else text.replace("|", ",").split(",")
    return tuple(filter(None, map(label, found)))


def positive(
    labels: Sequence[str], chosen: Sequence[str], column: str, booleans: bool = False
) -> list[str]:
    """Return the labels that mean overstated.

    Parameters
    ----------
    labels : sequence of str
        That there are.
    chosen : sequence of str
        Those that were named, in any case where that tells them apart; without any, they are
        guessed.
    column : str
        Where the labels are. In one of verdicts, ``true`` is no label of overstated text.
    booleans : bool, default False
        Whether they are no words. The word ``true`` is guessed in a column such as ``fake`` alone:
        elsewhere it may be what a claim was found to be.

    Returns
    -------
    list of str
        Each once.

    Raises
    ------
    MisinfoError
        When a label is unknown, when nothing can be guessed, or when no label is left for the rest.

    Examples
    --------
    >>> positive(["0", "1"], [], "label")
    ['1']
    """
    chosen = _spelt(chosen, labels)
    if missing := [name for name in chosen if name not in labels]:
        raise MisinfoError(
            f"no row has the label {', '.join(missing)}; there are {_listed(labels)}"
        )
    found = list(dict.fromkeys(chosen))
    if len(labels) == 1:
        raise MisinfoError(f"all rows are {labels[0]}: two classes are needed")
    if labels and set(found) == set(labels):
        raise MisinfoError(
            f"every label was named positive: {_listed(labels)}; leave one out of --positive"
        )
    if not found:
        found = _guessed(labels, column, booleans)
        if len(found) != 1:
            raise MisinfoError(
                f"which labels mean overstated? There are {_listed(labels)}: say with --positive"
            )
    return found


def learned(labels: Sequence[str], column: str, options: Mapping[str, Any]) -> list[str]:
    """Return the labels that a model was trained to call overstated.

    Parameters
    ----------
    labels : sequence of str
        That there are.
    column : str
        Where they are.
    options : mapping
        What the model was trained with: ``positive`` and ``label_column``.

    Returns
    -------
    list of str
        Those of them that there are. Labels that say nothing by themselves, such as ``true`` and
        ``1``, are the same in a column of the same name alone.

    Examples
    --------
    >>> options = {"positive": ["fake", "rumour"], "label_column": "is"}
    >>> learned(["real", "rumour"], "label", options)
    ['rumour']
    >>> learned(["0", "1", "2"], "label", options | {"positive": ["1", "2"]})
    []
    """
    names = options.get("positive", ())
    same = column.casefold() == options.get("label_column", "").casefold()
    if not same and not {*OPPOSITES, *OPPOSITES.values()}.isdisjoint(map(str.lower, names)):
        return []
    return [name for name in _spelt(names, labels) if name in labels]


def _spelt(names: Sequence[str], labels: Sequence[str]) -> list[str]:
    """Return names of labels as the table spells them, in any case where that tells them apart."""
    folded = Counter(name.casefold() for name in labels)
    one = {name.casefold(): name for name in labels if folded[name.casefold()] == 1}
    names = [label(name) or name for name in names]
    return [name if name in labels else one.get(name.casefold(), name) for name in names]


def default(classes: Sequence[Any]) -> Any:
    """Return which of two classes of a classifier means overstated, where nobody named one.

    Parameters
    ----------
    classes : sequence
        As the classifier has them: sorted.

    Returns
    -------
    object
        Of texts the one that can be guessed, of numbers and booleans the second.

    Raises
    ------
    ModelError
        When neither text, or either of them, may mean overstated.

    Examples
    --------
    >>> default(["fake", "real"]), default([0, 1])
    ('fake', 1)
    """
    if not all(isinstance(name, str) for name in classes):
        return classes[1]
    found = _guessed(classes, "")
    if len(found) != 1:
        raise ModelError(
            f"which class means overstated? There are {_listed(classes)}: say with positive="
        )
    return found[0]


def _guessed(labels: Sequence[str], column: str, booleans: bool = False) -> list[str]:
    """Return the labels that may mean overstated, as far as names tell."""
    lower = {name.lower() for name in labels}
    if len(labels) > 2:  # `1` beside `fake` may be another file's word for the same
        return [name for name in labels if name.lower() in POSITIVE and lower.isdisjoint(OPPOSITES)]
    words = set(re.split(r"[\W_]+", column.lower()))
    told = booleans or "true" not in lower or not words.isdisjoint(POSITIVE)
    plain = told and words.isdisjoint(TRUTH)
    return [
        name
        for name in labels
        if (low := name.lower()) in POSITIVE or (plain and OPPOSITES.get(low) in lower)
    ]


def notes(counts: Counter[str], found: Sequence[str], text: str, column: str) -> list[str]:
    """Return what to say of the labels, for people to check.

    Parameters
    ----------
    counts : Counter of str
        Labels, and how many rows have each.
    found : sequence of str
        Those that mean overstated, as `positive` returns them.
    text, column : str
        Where the texts and the labels are.

    Returns
    -------
    list of str
        What was taken for what, and what may be wrong with it.

    Examples
    --------
    >>> notes(Counter(fake=2, real=3, rumour=1), ["fake"], "tweet", "is")[-1]
    'real and rumour count as measured: name more with --positive'
    """
    said = [
        f"texts in column {text!r}, labels in column {column!r}: "
        + ", ".join(f"{name} ({count:,})" for name, count in counts.most_common()),
        f"overstated means {' or '.join(found)}",
    ]
    others = [name for name in counts if name not in found]
    if len(others) > 1:
        said.append(f"{_listed(others, ' and ')} count as measured: name more with --positive")
    folded = Counter(name.casefold() for name in counts)
    if alike := sorted(name for name in counts if folded[name.casefold()] > 1):
        said.append(
            f"labels that differ only in case count as different: {', '.join(map(repr, alike))}"
        )
    return said


def unlabelled(value: Any, column: str) -> str:
    """Say why a cell is no label.

    Parameters
    ----------
    value : object
        Of the cell.
    column : str
        Where it is.

    Returns
    -------
    str
        What it is.

    Examples
    --------
    >>> unlabelled(["fake"], "is"), unlabelled("NaN", "is")
    ("a list in column 'is' is not one label", "no label in column 'is' ('NaN' means none)")
    """
    if isinstance(value, list | dict):
        return f"{KINDS[type(value)]} in column {column!r} is not one label"
    means = f" ({cell(value)!r} means none)" if cell(value) else ""
    return f"no label in column {column!r}{means}"


def textless(value: Any, column: str) -> str:
    """Say why a cell is no text.

    Parameters
    ----------
    value : object
        Of the cell.
    column : str
        Where it is.

    Returns
    -------
    str
        What it is.

    Examples
    --------
    >>> textless(5, "tweet"), textless(" ", "tweet")
    ("column 'tweet' holds a number, no text", "no text in column 'tweet'")
    """
    if isinstance(value, str) or not cell(value):
        return f"no text in column {column!r}"
    kind = KINDS.get(type(value), f"a {type(value).__name__}")
    return f"column {column!r} holds {kind}, no text"


def _listed(labels: Sequence[str], mark: str = ", ") -> str:
    """Return labels for people; of hundreds, as of a column of texts, the first ones will do."""
    more = f" and {len(labels) - SHOWN:,} more" if len(labels) > SHOWN else ""
    return mark.join(labels[:SHOWN]) + more
