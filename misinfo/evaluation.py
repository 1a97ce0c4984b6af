"""How good a model is on labelled data: figures with intervals, slices, worst errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import metrics
from .columns import column
from .disguises import undisguise_all
from .errors import MisinfoError, plural
from .intervals import FEW, Estimate
from .labelled import Labelled
from .labels import cell
from .model import Model
from .reading import chunks
from .records import Explainer
from .rows import UNITS


class Report(NamedTuple):
    """What a model makes of labelled rows.

    Parameters
    ----------
    n, positives : int
        Rows, and how many of them are overstated.
    threshold : float
        The probability from which a row is flagged.
    figures : dict
        Name to estimate, each with a 95% interval by bootstrap over groups.
    slices : dict
        Column and value to rows and figures; of rows with one label the one that can be measured,
        recall or the false-positive rate.
    errors : list of tuple
        Row number, probability and label of the worst errors, the worst first.
    thresholds : dict
        Wanted false-positive rate to the threshold that gives it on these rows; NaN where the
        groups of the measured ones are too few to show it.
    labels, probabilities, flags : ndarray, shape (n,)
        Of the rows, in order; `flags` says which are called overstated.
    places : sequence of str
        Where each row stands: its line or row in a table, or its id by the codebook.
    unusable : int
        How many rows could not be used.
    unit : str
        What each row was judged as: ``sentence`` or ``document``.
    notes : sequence of str
        What was decided about the rows, for people to check.
    texts : sequence of str
        Of the rows.
    tags : sequence of tuple
        Name of a head, how many overstated rows have it, and its average precision among them.
    """

    n: int
    positives: int
    threshold: float
    figures: dict[str, Estimate]
    slices: dict[str, tuple[int, dict[str, Estimate]]]
    errors: list[tuple[int, float, bool]]
    thresholds: dict[float, float]
    labels: NDArray[np.bool_]
    probabilities: NDArray[np.float64]
    flags: NDArray[np.bool_]
    places: Sequence[str] = ()
    unusable: int = 0
    unit: str = "sentence"
    notes: Sequence[str] = ()
    texts: Sequence[str] = ()
    tags: Sequence[tuple[str, int, Estimate]] = ()

    def place(self, n: int) -> str:
        """Return where a row stands, else its number."""
        return (self.places[n] if self.places else "") or f"row {n + 1}"

    def to_dict(self, model: Explainer | None = None) -> dict[str, Any]:
        """Return the report as plain values.

        Parameters
        ----------
        model : Model, optional
            Says why the errors have their numbers.

        Returns
        -------
        dict
            Estimates as ``[value, low, high]``; errors with their texts, and with a model with the
            five words that weigh most, as ``terms``.

        Examples
        --------
        >>> empty = np.empty(0)
        >>> Report(0, 0, 0.5, {}, {}, [], {}, empty > 0, empty, empty > 0).to_dict()["n"]
        0
        """
        return {
            "n": self.n,
            "positives": self.positives,
            "unusable": self.unusable,
            "unit": self.unit,
            "notes": list(self.notes),
            "threshold": self.threshold,
            "figures": {name: list(value) for name, value in self.figures.items()},
            "slices": {
                name: {"n": n, **{key: list(value) for key, value in figures.items()}}
                for name, (n, figures) in self.slices.items()
            },
            "tags": {tag: {"n": n, "average_precision": [*ap]} for tag, n, ap in self.tags},
            "thresholds": {str(rate): value for rate, value in self.thresholds.items()},
            "errors": [
                {"row": n, "place": self.place(n), "probability": p, "overstated": label}
                | self._shown(n, model)
                for n, p, label in self.errors
            ],
        }

    def _shown(self, n: int, model: Explainer | None) -> dict[str, Any]:
        if not self.texts:
            return {}
        text = self.texts[n]
        terms = model.explain(text).weightiest if model else None
        return {"text": text} | ({} if terms is None else {"terms": [t.to_dict() for t in terms]})


def predictions(
    model: Model, data: Labelled
) -> tuple[NDArray[np.float64], NDArray[np.bool_], float]:
    """Judge rows as what they are, sentences or documents.

    Parameters
    ----------
    model : Model
        Any.
    data : Labelled
        Sentences or documents.

    Returns
    -------
    probabilities : ndarray of float64, shape (n,)
        Of each row.
    flags : ndarray of bool, shape (n,)
        Which rows are called overstated.
    threshold : float
        That of sentences or of documents.

    Examples
    --------
    >>> import misinfo
    >>> from misinfo.rows import Row
    >>> row = Row("Our tea cures cancer.", True, (), "1", "")
    >>> values, flags, _ = predictions(misinfo.load(), Labelled([row], (), "sentence", [], []))
    >>> values.shape, flags.tolist()
    ((1,), [True])
    """
    texts = [row.text for row in data.rows]
    if data.unit != "document":
        values = model.predict_proba_sentences(texts)[:, 1]
        return values, values >= model.sentence_threshold, model.sentence_threshold
    parts = [
        (reading.pooled, reading.overstated(*model.reader.limits()))
        for reading in map(model.reader.read, chunks(texts))
    ]
    pooled, flags = zip(*parts, strict=True)
    return np.concatenate(pooled), np.concatenate(flags), model.threshold


RATES = (0.001, 0.01, 0.02, 0.05, 0.1)
RECALL_AT = {"recall_at_1%": 0.01, "recall_at_5%": 0.05}


def evaluate(
    model: Model,
    data: Labelled,
    *,
    by: Sequence[str] = (),
    rates: Sequence[float] = RATES,
    rounds: int = 1000,
    unit: str | None = None,
) -> Report:
    """Measure a model on labelled rows, each of which counts once whatever it weighs.

    Parameters
    ----------
    model : Model
        Any.
    data : Labelled
        Rows of both labels.
    by : sequence of str
        Columns to slice by.
    rates : sequence of float
        False-positive rates to find the thresholds for.
    rounds : int, default 1000
        Of the bootstrap, at least 1.
    unit : str, optional
        What a row is judged as, ``sentence`` or ``document``; by default a document where the model
        was trained on documents, else what `data` says.

    Returns
    -------
    Report
        AUC, average precision, F1, recall and false-positive rate at the threshold, recall at 1%
        and at 5% false positives, and calibration error. What is said of a rate is NaN where the
        groups of the measured rows are too few to show it, as a note says.

    Raises
    ------
    MisinfoError
        When there is one label only, or when there is no such column or unit.
    ValueError
        For a rate that is not from 0 to 1, or without a round.

    Examples
    --------
    >>> import misinfo
    >>> from misinfo.rows import Row
    >>> rows = [Row("Cancer cured!", True, (), "1", ""), Row("Open daily.", False, (), "2", "")]
    >>> data = Labelled(rows * 9, (), "sentence", [], [])
    >>> evaluate(misinfo.load(), data, rounds=20).figures["auc"].value
    1.0
    """
    labels = np.array([row.overstated for row in data.rows])
    if labels.all() or not labels.any():
        raise MisinfoError(f"all {len(labels)} rows have one label: two are needed to measure")
    groups = np.array([row.group for row in data.rows])
    notes = [WHOLE] if not unit and model.reader.whole and data.unit == "sentence" else []
    unit = unit or ("document" if model.reader.whole else data.unit)
    if unit not in UNITS:
        raise MisinfoError(f"a row is one {' or '.join(UNITS)}, not {unit!r}")
    if unit == "document" and not model.reader.whole:
        notes.append(POINTED.format(model.sentence_threshold))
    if note := few_groups(labels, groups):
        notes.append(f"{note}: the intervals may be far too narrow")
    sober = len(np.unique(groups[~labels]))
    if few := sorted(r for r in {*rates, *RECALL_AT.values()} if not _measurable(r, sober)):
        notes.append(_too_few(int(np.sum(~labels)), sober, few))
    values, flags, threshold = predictions(model, replace(data, unit=unit))
    slices = {}
    for name, part in parts_by(data, by).items():
        columns = labels[part], values[part], flags[part], groups[part]
        slices[name] = (len(part), _figures(*columns, max(rounds // 5, 1)))
    loss = np.where(labels, 1 - values, values)
    wrong = flags != labels
    worst = [n for n in np.argsort(-loss).tolist() if wrong[n]]
    return Report(
        n=len(labels),
        positives=int(labels.sum()),
        threshold=threshold,
        figures=_figures(labels, values, flags, groups, rounds),
        slices=slices,
        errors=[(n, float(values[n]), bool(labels[n])) for n in worst],
        thresholds={
            rate: metrics.threshold_at_fpr(values[~labels], rate)
            if _measurable(rate, sober)
            else np.nan
            for rate in rates
        },
        labels=labels,
        probabilities=values,
        flags=flags,
        places=[row.id for row in data.rows],
        unusable=len(data.problems),
        unit=unit,
        notes=notes,
        texts=[row.text for row in data.rows],
        tags=_of_tags(model, replace(data, unit=unit), max(rounds // 5, 1)),
    )


def _of_tags(model: Model, data: Labelled, rounds: int) -> list[tuple[str, int, Estimate]]:
    """Return how well heads rank overstated rows, as the card has it of rows out of fold."""
    if not model.tags or (data.unit == "document" and not model.reader.whole):
        return []  # there are none, or they are those of sentences
    rows, ap = [row for row in data.rows if row.overstated], metrics.MEASURES["average_precision"]
    heads = model.engine.read(undisguise_all([row.text for row in rows]))[0][:, 1:].T
    groups = np.unique([row.group for row in rows], return_inverse=True)[1]
    has = [np.array([tag in row.tags for row in rows]) for tag in model.tags]
    orders = np.argsort(-heads, kind="stable")  # resamples of rows in order are ranked sooner
    return [
        (tag, int(y.sum()), ap.estimate(y[o], p[o], y[o], groups=groups[o], rounds=rounds))
        for tag, y, p, o in zip(model.tags, has, heads, orders, strict=True)
        if 0 < y.mean() < 1  # else no order could be another
    ]


def _measurable(rate: float, sober: int) -> bool:
    """Say whether measured rows of so many groups can show a false-positive rate."""
    return not sober < metrics.least_negatives(rate)


def _too_few(rows: int, groups: int, rates: Sequence[float]) -> str:
    """Say which rates so few measured rows, or groups of them, cannot show, and how many can."""
    shares = [f"{100 * rate:g}%" for rate in rates]
    least = [f"{metrics.least_negatives(rate):,.0f}" for rate in rates]
    which, many = (
        " or ".join(filter(None, (", ".join(words[:-1]), words[-1]))) for words in (shares, least)
    )
    among = "" if groups == rows else f" in {plural(groups, 'group')}"
    return (
        f"{plural(rows, 'measured row')}{among} cannot show a false-positive rate of {which}: at "
        f"least {many}{' groups' if among else ''} are needed"
    )


WHOLE = "the model scores texts whole: each row is judged as a document"
POINTED = "a document is flagged only where a sentence of it is: from {:.3f} up"


def few_groups(labels: NDArray[np.bool_], groups: NDArray[Any]) -> str:
    """Say where rows of a label stand in too few groups for the bootstrap.

    Parameters
    ----------
    labels : ndarray of bool, shape (n,)
        Of the rows.
    groups : ndarray, shape (n,)
        Of the rows.

    Returns
    -------
    str
        Empty where there are ten groups with rows of either label: resamples of fewer vary too
        little (Cameron, Gelbach and Miller 2008).

    Examples
    --------
    >>> few_groups(np.arange(20) > 1, np.arange(20))
    'the measured rows stand in 2 groups'
    >>> few_groups(np.arange(20) > 9, np.arange(20))
    ''
    """
    n, label = min(
        (len(np.unique(groups[labels == side])), name)
        for side, name in ((True, "overstated"), (False, "measured"))
    )
    return f"the {label} rows stand in {plural(n, 'group')}" if n < FEW else ""


def parts_by(data: Labelled, names: Sequence[str]) -> dict[str, list[int]]:
    """Return the numbers of the rows for each value of some columns.

    Parameters
    ----------
    data : Labelled
        Rows with their columns.
    names : sequence of str
        The columns.

    Returns
    -------
    dict
        Column and value, in order, to the rows; those without a value are under ``(empty)``.

    Raises
    ------
    MisinfoError
        When no row has such a column.

    Examples
    --------
    >>> columns = [{"site": "b"}, {"site": "a"}, {}, {"site": "b"}]
    >>> parts_by(Labelled([], (), "sentence", columns, []), ["site"])
    {'site = (empty)': [2], 'site = a': [1], 'site = b': [0, 3]}
    """
    found: dict[str, list[int]] = {}
    for name in names:
        column(data.columns, name, option="--by")
        parts: dict[str, list[int]] = {}
        for n, row in enumerate(data.columns):
            parts.setdefault(cell(row.get(name)), []).append(n)
        for value in sorted(parts):
            found[f"{name} = {value or '(empty)'}"] = parts[value]
    return found


def _recall_at(rate: float, sober: int) -> metrics.Measure:
    if not _measurable(rate, sober):
        return metrics.Measure(lambda y, p, flags: np.nan)
    return metrics.Measure(lambda y, p, flags: metrics.recall_at_fpr(y, p, rate))


def _figures(
    labels: NDArray[np.bool_],
    values: NDArray[np.float64],
    flags: NDArray[np.bool_],
    groups: NDArray[Any],
    rounds: int,
) -> dict[str, Estimate]:
    sober = len(np.unique(groups[~labels]))
    measures = metrics.MEASURES | {n: _recall_at(rate, sober) for n, rate in RECALL_AT.items()}
    measures["calibration_error"] = measures.pop("calibration_error")  # the last to be shown
    return {
        name: measure.estimate(labels, values, flags, groups=groups, rounds=rounds)
        for name, measure in measures.items()
        if {*labels.tolist()}.issuperset(measure.sides)
    }
