"""Which texts to label next: those whose labels would teach a model most."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from . import columns
from .errors import MisinfoError, needed
from .labels import cell, textless
from .model import Model
from .placing import numbered


class Unlabelled(NamedTuple):
    """The texts of a table that has no labels.

    Parameters
    ----------
    ids : list of str
        Of each text: what a column ``id`` says, else new-N after the number of its row.
    texts : list of str
        In the order of the table.
    left_out : list of str
        The rows that hold no text, each with its place and the reason.
    """

    ids: list[str]
    texts: list[str]
    left_out: list[str]


def read_unlabelled(path: Path, text_column: str | None = None) -> Unlabelled:
    """Read the texts of a table, and what they are called.

    Parameters
    ----------
    path : Path
        Of the table.
    text_column : str, optional
        The column of texts, guessed by default.

    Returns
    -------
    Unlabelled
        Every row as a text, or left out.

    Raises
    ------
    MisinfoError
        When no row can be read, or there is no such column.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "x.csv").write_text("text\\nTea\\n")
    ...     read_unlabelled(Path(folder) / "x.csv")
    Unlabelled(ids=['new-1'], texts=['Tea'], left_out=[])
    """
    rows = list(numbered(path, path.name))
    readable = [row for _, row, error in rows if not error]
    if not readable:
        why = "".join(f"; {place}: {error}" for place, _, error in rows[:1])
        raise MisinfoError(f"no rows in {path}{why}")
    name = (text_column or "").strip() or columns.text_column(readable)
    columns.column(readable, name)
    named = next((key for row in readable[:1] for key in row if key.lower() == "id"), "id")
    found = Unlabelled([], [], [])
    for number, (place, row, error) in enumerate(rows, 1):
        text = row.get(name)
        if not error and isinstance(text, str) and text.strip():
            found.ids.append(cell(row.get(named)) or f"new-{number}")
            found.texts.append(text)
        else:
            found.left_out.append(f"{place}: {error or textless(text, name)}")
    return found


def suggest(model: Model, texts: Sequence[str], n: int) -> list[int]:
    """Pick the texts whose labels would teach a model most.

    Parameters
    ----------
    model : Model
        Any.
    texts : sequence of str
        Unlabelled.
    n : int
        How many to pick.

    Returns
    -------
    list of int
        Numbers of texts: uncertain ones, and unlike each other.

    Raises
    ------
    MisinfoError
        When `n` is below 1.

    Notes
    -----
    Of the texts whose probability is nearest to one half, one after the other is taken that is most
    uncertain after what it shares with those taken before is subtracted (maximal marginal
    relevance, Carbonell and Goldstein 1998). A text that shares more than 0.9 of its weight with
    one of them is left out. The threshold does not matter: it is set for few false positives, and
    most texts near it are overstated.

    Examples
    --------
    >>> import misinfo
    >>> sorted(suggest(misinfo.load(), ["It may help gout.", "It may help gout.", "Cured!"], 3))
    [0, 2]
    """
    needed("sklearn")
    from sklearn.feature_extraction.text import TfidfVectorizer

    if n < 1:
        raise MisinfoError(f"{n} texts cannot be picked: ask for at least one")
    if not texts:
        return []
    values = model.predict_proba(texts)[:, 1].clip(1e-9, 1 - 1e-9)
    distance = np.abs(np.log(values / (1 - values)))
    near = np.argsort(distance, kind="stable")[: 20 * n]
    vectors = TfidfVectorizer(token_pattern=r"(?u)\b\w+\b|\S", sublinear_tf=True).fit_transform(
        [texts[i] for i in near.tolist()]
    )
    worth = 1 / (1 + distance[near])
    shared = np.zeros(len(near))
    picked: list[int] = []
    while len(picked) < n:
        gain = np.where(shared > 0.9, -np.inf, worth - 0.5 * shared)
        best = int(gain.argmax())
        if gain[best] == -np.inf:
            break
        picked.append(int(near[best]))
        shared = np.maximum(shared, (vectors @ vectors[best].T).toarray().ravel())
        shared[best] = 1.0
    return picked
