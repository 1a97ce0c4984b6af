"""Whether one model is better than another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import metrics
from .evaluation import WHOLE, evaluate, few_groups, parts_by
from .intervals import FEW, Estimate
from .labelled import Labelled
from .model import Model
from .rows import Row

LEVEL, ENDS = 0.025, (1.25, 98.75)  # for 5% together of two tests, and 97.5% intervals


class Comparison(NamedTuple):
    """Two models on the same rows.

    Parameters
    ----------
    n : int
        Rows.
    old, new : dict
        Name of a figure to its estimate.
    differences : dict
        New minus old, with 97.5% intervals by paired bootstrap over groups: two tests are made, of
        ranking and of decisions, and of two equally good models 5% are to get a verdict at most.
    p_value : float
        Of McNemar's exact test: how often chance alone would flip verdicts so unevenly.
    fixed, broken : list of int
        Rows whose verdict became right, or wrong, the largest changes first.
    slices : dict
        Column and value to rows, fixed and broken.
    ranking : {"better", "worse", "cannot tell"}
        Better or worse when the interval of the difference in AUC leaves out zero, and rows of
        either label stand in ten groups or more: fewer vary too little for an interval.
    decisions : {"better", "worse", "mixed", "cannot tell"}
        Of the verdicts at the threshold: better or worse when the interval of the difference in F1
        leaves out zero, McNemar's test agrees, and there are as many groups. Else mixed when recall
        and false-positive rate both rise or both fall, with intervals that leave out zero: what is
        found is paid for.
    verdict : {"better", "worse", "mixed", "cannot tell"}
        On the whole: better or worse when one of both is and the other is not the opposite, and
        mixed when they are opposites, or when the ranking cannot tell and the decisions are mixed.
    notes : sequence of str
        What was decided about the rows, for people to check.
    rows : sequence of Row
        That both were measured on.
    """

    n: int
    old: dict[str, Estimate]
    new: dict[str, Estimate]
    differences: dict[str, Estimate]
    p_value: float
    fixed: list[int]
    broken: list[int]
    slices: dict[str, tuple[int, int, int]]
    ranking: str
    decisions: str
    verdict: str
    notes: Sequence[str] = ()
    rows: Sequence[Row] = ()

    def loses(self, tolerance: float) -> bool:
        """Say whether the new model is worse by more than is accepted.

        Parameters
        ----------
        tolerance : float
            Accepted loss of AUC, and of F1, each where its interval is below zero.

        Returns
        -------
        bool
            False unless the verdict is worse.

        Examples
        --------
        >>> lost = {"auc": Estimate(-0.02, -0.03, -0.01), "f1": Estimate(-0.1, -0.3, 0.1)}
        >>> found = Comparison(9, {}, {}, lost, 1.0, [], [], {}, "worse", "cannot tell", "worse")
        >>> found.loses(0.01), found.loses(0.05)
        (True, False)
        """
        lost = [self.differences[name] for name in ("auc", "f1")]
        return self.verdict == "worse" and any(
            _side(one) < 0 and one.value < -tolerance for one in lost
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as plain values.

        Returns
        -------
        dict
            Estimates as ``[value, low, high]``, flipped rows with place and text.

        Examples
        --------
        >>> row = Row("Tea cures gout.", True, (), "1", "", id="x.csv, line 2")
        >>> found = Comparison(1, {}, {}, {}, 1.0, [0], [], {}, "", "", "mixed", rows=[row])
        >>> found.to_dict()["fixed"]
        [{'place': 'x.csv, line 2', 'text': 'Tea cures gout.', 'overstated': True}]
        """
        found = self._asdict()
        rows = found.pop("rows")
        for name in ("fixed", "broken"):
            found[name] = [
                {
                    "place": rows[n].id or f"row {n + 1}",
                    "text": rows[n].text,
                    "overstated": rows[n].overstated,
                }
                for n in found[name]
            ]
        for name in ("old", "new", "differences"):
            found[name] = {key: list(value) for key, value in found[name].items()}
        return found


def compare(
    old: Model,
    new: Model,
    data: Labelled,
    *,
    by: Sequence[str] = (),
    rounds: int = 1000,
    unit: str | None = None,
) -> Comparison:
    """Compare two models on rows that neither should have learned from.

    Parameters
    ----------
    old, new : Model
        Each judged at its own threshold.
    data : Labelled
        Rows of both labels.
    by : sequence of str
        Columns to slice by.
    rounds : int, default 1000
        Of the bootstrap of the differences, at least 1; the figures of each model get a fifth.
    unit : str, optional
        What a row is judged as, as in ``evaluation.evaluate``: by default each model judges rows as
        what it was trained on.

    Returns
    -------
    Comparison
        With a verdict in plain words.

    Raises
    ------
    MisinfoError
        When there is one label only, or when there is no such column or unit.
    ValueError
        Without a round.

    Notes
    -----
    McNemar (1947), the exact binomial form.

    Examples
    --------
    >>> import misinfo
    >>> from misinfo.rows import Row
    >>> rows = [Row("Cancer cured!", True, (), "1", ""), Row("Open daily.", False, (), "2", "")]
    >>> same = misinfo.load()
    >>> compare(same, same, Labelled(rows * 9, (), "sentence", [], []), rounds=20).verdict
    'cannot tell'
    """
    some = min(rounds, max(rounds // 5, 1))
    one, other = (evaluate(model, data, rounds=some, unit=unit) for model in (old, new))
    labels = one.labels
    groups = np.array([row.group for row in data.rows])
    few = few_groups(labels, groups)

    def both(measure: Callable[..., float]) -> Estimate:
        def difference(y: NDArray[np.bool_], *sides: Any) -> float:
            if y.all() or not y.any():
                return float("nan")
            return float(measure(y, *sides[2:]) - measure(y, *sides[:2]))

        # No `classes`: a difference is not a share, and Wilson's interval is none of it.
        sides = one.probabilities, one.flags, other.probabilities, other.flags
        return metrics.bootstrap(
            difference, labels, *sides, groups=groups, rounds=rounds, ends=ENDS
        )

    differences = {name: both(measure.of) for name, measure in metrics.MEASURES.items()}
    right, now = one.flags == labels, other.flags == labels
    change = np.abs(other.probabilities - one.probabilities)
    order = np.argsort(-change, kind="stable").tolist()
    fixed = [n for n in order if now[n] and not right[n]]
    broken = [n for n in order if right[n] and not now[n]]
    slices = {
        name: (len(part), len(set(fixed).intersection(part)), len(set(broken).intersection(part)))
        for name, part in parts_by(data, by).items()
    }
    p_value = mcnemar(len(fixed), len(broken))
    tested = np.sign(len(fixed) - len(broken)) if p_value < LEVEL else 0
    ranking, decisions = _side(differences["auc"]), _side(differences["f1"])
    if decisions != tested:
        decisions = 0
    found, flagged = _side(differences["recall"]), _side(differences["false_positive_rate"])
    traded = decisions == 0 and found == flagged != 0
    if few:
        ranking, decisions, traded = 0, 0, False
    opposed = {ranking, decisions} == {-1, 1}
    mixed = opposed or (traded and ranking == 0)
    return Comparison(
        n=len(labels),
        old=one.figures,
        new=other.figures,
        differences=differences,
        p_value=p_value,
        fixed=fixed,
        broken=broken,
        slices=slices,
        ranking=_SAID[ranking],
        decisions="mixed" if traded else _SAID[decisions],
        verdict="mixed" if mixed else _SAID[ranking or decisions],
        notes=[
            f"the {name} model judges each row as a document: it scores texts whole"
            for name, side in (("old", one), ("new", other))
            if WHOLE in side.notes
        ]
        + [f"{few}, too few for a verdict: at least {FEW} of either label are needed"] * bool(few),
        rows=data.rows,
    )


_SAID = {1: "better", 0: "cannot tell", -1: "worse"}


def _side(difference: Estimate) -> int:
    """Return on which side of zero an interval lies; 0 when it holds zero."""
    return int(difference.low > 0) - int(difference.high < 0)


def mcnemar(fixed: int, broken: int) -> float:
    """Return the two-sided p-value of McNemar's exact test.

    Parameters
    ----------
    fixed, broken : int
        How many verdicts flipped to right, and how many to wrong.

    Returns
    -------
    float
        1 when as many flipped one way as the other.

    Examples
    --------
    >>> mcnemar(1, 9)
    0.021484375
    """
    n = fixed + broken
    term = tail = 1  # binomial coefficients, each made of the one before it
    for k in range(min(fixed, broken)):
        term = term * (n - k) // (k + 1)
        tail += term
    return min(1.0, float(2 * tail / 2**n))
