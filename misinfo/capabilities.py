"""What a model can do: a suite of named capabilities, each with its pass rate."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from . import metrics
from .claims import lines_of
from .codebook import LABELS
from .errors import DataError, ReadError
from .metrics import Estimate
from .model import Model

FLOORS = "floors.json"


class Case(NamedTuple):
    """One row of a capability: a text, and what should be said of it."""

    text: str
    overstated: bool
    tags: tuple[str, ...]


class Capability(NamedTuple):
    """What a model makes of one capability.

    Parameters
    ----------
    name : str
        Of the capability.
    n : int
        How many cases.
    passed : Estimate
        Share of cases whose verdict at the threshold is right, with a Wilson interval.
    auc : float
        How well the cases are ranked; not a number when they all have one label.
    floor : float
        The lowest share that is accepted.
    failed : tuple of Case
        The cases with the wrong verdict.
    """

    name: str
    n: int
    passed: Estimate
    auc: float
    floor: float
    failed: tuple[Case, ...]

    @property
    def low(self) -> bool:
        """Whether a lower share passed than is accepted."""
        return self.passed.value < self.floor


def read_capabilities(folder: str | Path) -> dict[str, list[Case]]:
    """Read a suite: one tab-separated file for each capability.

    Parameters
    ----------
    folder : str or Path
        With ``*.tsv`` files of the columns ``label``, ``tags`` and ``text``.

    Returns
    -------
    dict
        Name of the capability to its cases.

    Raises
    ------
    ReadError
        When there is no such file, or one is not UTF-8.
    DataError
        With every problem and its line.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "speed.tsv"
    ...     _ = file.write_text("label\\ttags\\ttext\\noverstated\\tspeed\\tGone overnight.\\n")
    ...     read_capabilities(folder)
    {'speed': [Case(text='Gone overnight.', overstated=True, tags=('speed',))]}
    """
    files = sorted(Path(folder).glob("*.tsv"))
    if not files:
        raise ReadError(f"no capabilities in {folder}: it has no .tsv file")
    suite: dict[str, list[Case]] = {}
    problems: list[str] = []
    for file in files:
        cases, before = suite.setdefault(file.stem, []), len(problems)
        for line, text in enumerate(lines_of(file), 1):
            row = text.rstrip("\r\n").split("\t")
            if line == 1 and row == ["label", "tags", "text"]:
                continue
            tags = tuple(row[1].split(",")) if len(row) == 3 else ()
            if len(row) != 3 or row[0] not in LABELS or not set(tags) <= set(LABELS[row[0]]):
                problems.append(f"{file.name}:{line}: not a label, its tags and a text: {row}")
            else:
                cases.append(Case(row[2], row[0] == "overstated", tags))
        if not cases and len(problems) == before:
            problems.append(f"{file.name}: has no case")
    if problems:
        raise DataError(problems)
    return suite


def floors(folder: str | Path) -> dict[str, float]:
    """Read the lowest share that is accepted of each capability.

    Parameters
    ----------
    folder : str or Path
        Of the suite.

    Returns
    -------
    dict
        Empty when there is no ``floors.json``.

    Raises
    ------
    ReadError
        When the file is not JSON of names and shares.

    Examples
    --------
    >>> floors("nowhere")
    {}
    """
    file = Path(folder) / FLOORS
    if not file.is_file():
        return {}
    try:
        found = {name: float(share) for name, share in json.loads("".join(lines_of(file))).items()}
        if odd := [name for name, share in found.items() if not 0 <= share <= 1]:
            raise ValueError(f"{odd[0]} is not from 0 to 1")
        return found
    except (AttributeError, TypeError, ValueError, RecursionError) as error:
        raise ReadError(f'{file}: {error}; write names and shares, as {{"speed": 0.9}}') from error


def capabilities(
    model: Model, suite: Mapping[str, Sequence[Case]], lowest: Mapping[str, float]
) -> list[Capability]:
    """Let a model take a suite; each case is read as one sentence.

    Parameters
    ----------
    model : Model
        Any.
    suite : mapping
        As ``read_capabilities`` returns it.
    lowest : mapping
        As ``floors`` returns it; 0 for what it does not name.

    Returns
    -------
    list of Capability
        In the order of the suite.

    Raises
    ------
    ReadError
        When a floor is of no capability of the suite.

    Examples
    --------
    >>> import misinfo
    >>> suite = {"speed": [Case("Cancer cured overnight, guaranteed!", True, ("speed",))]}
    >>> capabilities(misinfo.load(), suite, {})[0].passed.value
    1.0
    """
    if lost := sorted(set(lowest) - set(suite)):
        raise ReadError(f"{FLOORS} names {', '.join(lost)}, and the suite has no such file")
    found = []
    for name, cases in suite.items():
        labels = np.array([case.overstated for case in cases])
        values = model.predict_proba_sentences([case.text for case in cases])[:, 1]
        right = (values >= model.sentence_threshold) == labels
        found.append(
            Capability(
                name,
                len(cases),
                metrics.wilson(int(right.sum()), len(cases)),
                metrics.roc_auc(labels, values),
                lowest.get(name, 0.0),
                tuple(case for case, fine in zip(cases, right, strict=True) if not fine),
            )
        )
    return found


def suite_figures(model: Model, suite: Mapping[str, Sequence[Case]]) -> dict[str, Estimate]:
    """Return the figures of a whole suite, with bootstrap intervals over cases.

    Parameters
    ----------
    model : Model
        Any.
    suite : mapping
        As ``read_capabilities`` returns it.

    Returns
    -------
    dict
        ``auc``, and ``recall`` and ``false_positive_rate`` at the threshold of the model; what
        needs a label that is missing is left out.

    Examples
    --------
    >>> import misinfo
    >>> suite = {"a": [Case("Cancer cured!", True, ()), Case("Open daily.", False, ())] * 9}
    >>> suite_figures(misinfo.load(), suite)["auc"].value
    1.0
    """
    cases = [case for part in suite.values() for case in part]
    labels = np.array([case.overstated for case in cases])
    values = model.predict_proba_sentences([case.text for case in cases])[:, 1]

    found = {}
    for name in ("auc", "recall", "false_positive_rate"):
        measure = metrics.MEASURES[name]
        if {*labels.tolist()}.issuperset(measure.sides):
            part = np.isin(labels, measure.sides)
            flags = values[part] >= model.sentence_threshold
            found[name] = measure.estimate(labels[part], values[part], flags)
    return found
