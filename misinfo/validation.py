"""What held-out log-odds show: thresholds with their promises, and figures with intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import metrics
from .errors import MisinfoError
from .pooling import highest, logistic
from .rows import Row

Floats = NDArray[np.float64]
FALSE_POSITIVE_RATES = {"sentence": 0.01, "document": 0.05}
"""What the thresholds promise on sober text: a document has many sentences to be wrong about."""
TOGETHER = 1 / 6  # of all rows: how many at most are left out at the same time as a genre


def targets(
    data: Sequence[Row], names: Sequence[str]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the labels, shape (n,), and the named tags, shape (n, n_tags)."""
    labels = np.array([row.overstated for row in data])
    tags = np.array([[tag in row.tags for tag in names] for row in data], dtype=bool)
    return labels, tags.reshape(len(data), len(names))


def with_weight(
    data: Sequence[Row], weights: Sequence[float] | None = None
) -> tuple[list[Row], list[float]]:
    """Return the rows that count, and how much beside the others: those of weight 0 are left out.

    Parameters
    ----------
    data : sequence of Row
        All rows.
    weights : sequence of float, optional
        Of each row, relative to the others; without any, each counts once.

    Returns
    -------
    rows : list of Row
        In order.
    weights : list of float
        Of these rows, 1 on average: the regularisation is set for such.

    Raises
    ------
    MisinfoError
        When there are not as many weights as rows.

    Examples
    --------
    >>> rows = [Row("tea", False, (), "1", ""), Row("cure", True, (), "2", "")]
    >>> with_weight(rows, [1, 3])[1], [row.text for row in with_weight(rows, [0, 3])[0]]
    ([0.5, 1.5], ['cure'])
    """
    given = [1.0] * len(data) if weights is None or not len(weights) else list(weights)
    if len(given) != len(data):
        raise MisinfoError(f"{len(data)} rows have {len(given)} weights: give each row one")
    kept = [number for number, weight in enumerate(given) if weight]
    mean = sum(given[number] for number in kept) / max(1, len(kept))
    return [data[number] for number in kept], [given[number] / mean for number in kept]


class Documents(NamedTuple):
    """Documents and, as documents of one sentence, claims: where each one's rows begin."""

    rows: NDArray[np.intp]  # numbers of rows, document after document
    lengths: NDArray[np.int64]
    overstated: NDArray[np.bool_]
    article: NDArray[np.bool_]

    @property
    def starts(self) -> NDArray[np.int64]:
        """The place in `rows` of each one's first."""
        return np.cumsum(self.lengths) - self.lengths


def documents(data: Sequence[Row]) -> Documents:
    """Gather the rows of each document; a claim is a document of one sentence."""
    members: dict[str, list[int]] = {}
    for number, row in enumerate(data):
        members.setdefault(row.article or f"claim {number}", []).append(number)
    parts = list(members.values())
    return Documents(
        np.concatenate(parts),
        np.array([len(part) for part in parts]),
        np.array([any(data[i].overstated for i in part) for part in parts]),
        np.array([bool(data[part[0]].article) for part in parts]),
    )


def sober(data: Sequence[Row]) -> NDArray[np.bool_]:
    """Say which rows are sentences of sober documents, what is not about health left out."""
    bad = {row.article for row in data if row.overstated}
    return np.array(
        [
            bool(row.article) and row.article not in bad and "offtopic" not in row.tags
            for row in data
        ],
        dtype=bool,
    )


class HeldOut(NamedTuple):
    """What models that never saw some rows say of them, calibrated."""

    data: Sequence[Row]
    labels: NDArray[np.bool_]
    tags: NDArray[np.bool_]
    names: Sequence[str]  # of the tags
    log_odds: Floats  # of overstated, then of each tag
    documents: Documents
    pooled: Floats  # log-odds of each document
    whole: bool  # whether rows are scored whole, and nothing is pooled


def thresholds(held: HeldOut) -> dict[str, Any]:
    """Set thresholds on sober text about health, and say how well the promised rate holds."""
    data, labels, documents = held.data, held.labels, held.documents
    quiet_rows = sober(data)
    if not quiet_rows.any():  # claims alone: every measured claim is its own sober document
        quiet_rows = ~labels
    groups = np.array([row.group for row in data])
    quiet = documents.article & ~documents.overstated
    elsewhere = np.array(["offtopic" in row.tags for row in data])
    shares = np.add.reduceat(elsewhere[documents.rows], documents.starts) / documents.lengths
    health, odd = quiet & (shares <= 0.5), quiet & (shares > 0.5)
    odd_rows = documents.rows[np.repeat(quiet, documents.lengths)]
    odd_rows = odd_rows[elsewhere[odd_rows]]
    quiet = health if health.any() else quiet if quiet.any() else ~documents.overstated
    found: dict[str, Any] = {}

    def promise(
        unit: str, values: Floats, bad_values: Floats, other: Floats, together: Any
    ) -> None:
        probabilities = logistic(values)
        wanted = FALSE_POSITIVE_RATES[unit]
        value = metrics.threshold_at_fpr(probabilities, wanted)
        if value > 1:
            raise MisinfoError(
                f"more than {wanted:.0%} of the measured {unit}s have the highest probability that "
                "there is, 1: no threshold flags so few; look at their labels with 'misinfo check'"
            )
        # Where the labels are easily told apart, the rate alone would flag what is likely sober.
        above = logistic(bad_values)
        value = max(value, min([0.5, *above[above >= value].tolist()]))
        rate = metrics.bootstrap(
            lambda p: float(np.mean(p >= value)),
            probabilities,
            groups=together,
            classes=[np.ones(len(probabilities), dtype=bool)],
        )
        found[unit] = {
            "value": value,
            "false_positive_rate": wanted,
            "measured": jsonable(rate),
            "n": len(probabilities),
        }
        if health.any() and len(other):  # what is not about health is not promised, but said
            rate = metrics.wilson(int(np.sum(logistic(other) >= value)), len(other))
            found[unit]["elsewhere"] = {"measured": jsonable(rate), "n": len(other)}

    main = held.log_odds[:, 0]
    promise("sentence", main[quiet_rows], main[labels], main[odd_rows], groups[quiet_rows])
    pooled = pointed(held, found["sentence"]["value"])
    together = groups[documents.rows[documents.starts]][quiet]
    promise("document", pooled[quiet], pooled[documents.overstated], pooled[odd], together)
    if not held.whole and not documents.article.any():  # what one sentence shows is no measurement
        del found["document"]["measured"], found["document"]["n"]
    found["tags"] = {
        tag: _best_f1(held.tags[labels, number], logistic(held.log_odds[labels, number + 1]))
        for number, tag in enumerate(held.names)
    }
    return found


def pointed(held: HeldOut, limit: float) -> Floats:
    """Return the log-odds of documents; none where no sentence reaches the threshold.

    Without a sentence that can be pointed at, no document is called overstated, but for one that is
    scored whole.
    """
    if held.whole:
        return held.pooled
    sentences = logistic(held.log_odds[held.documents.rows, 0])
    reached = highest(sentences, held.documents.lengths)
    return np.where(reached >= limit, held.pooled, -np.inf)


def _best_f1(target: NDArray[np.bool_], probabilities: Floats) -> float:
    """Return the threshold of the best F1, of equals the one nearest 0.5."""
    grid = sorted(np.linspace(0.1, 0.9, 81), key=lambda p: abs(p - 0.5))
    return round(float(max(grid, key=lambda p: metrics.f1(target, probabilities >= p))), 2)


RANKING = ("auc", "average_precision")
MEASURED = (*RANKING, "recall", "false_positive_rate", "calibration_error")


def measure(
    held: HeldOut, thresholds: dict[str, Any], ranked: Floats | None = None
) -> dict[str, Any]:
    """Return out-of-fold figures, with 95% intervals over groups; None where a label is missing.

    Where `ranked` is given, ranking is measured on these log-odds, and verdicts and calibration as
    ever.
    """
    labels, tags = held.labels, held.tags
    groups = np.array([row.group for row in held.data])
    article = np.array([bool(row.article) for row in held.data])
    probabilities = logistic(held.log_odds)
    ranking = probabilities if ranked is None else logistic(ranked)
    limit = thresholds["document" if held.whole else "sentence"]["value"]

    def estimate(name: str, part: NDArray[np.bool_], truth: Any, head: int = 0) -> Any:
        found = (ranking if name in RANKING else probabilities)[:, head]
        order = np.flatnonzero(part)
        order = order[np.argsort(found[order], kind="stable")]  # so that draws are soon sorted
        columns = truth[order], found[order], found[order] >= limit
        measured = metrics.MEASURES[name]
        return jsonable(measured.estimate(*columns, groups=groups[order], rounds=200))

    figures: dict[str, Any] = {}
    for name, part in (("all", article | True), ("claims", ~article), ("articles", article)):
        if not part.any():
            continue
        figures[name] = {"n": int(part.sum()), "overstated": int(labels[part].sum())}
        figures[name] |= {key: estimate(key, part, labels) for key in MEASURED}
    figures["tags"] = {
        tag: {
            "n": int(tags[:, number].sum()),
            "average_precision": estimate("average_precision", labels, tags[:, number], number + 1)
            if not tags[labels, number].all()
            else None,  # no order could be another
        }
        for number, tag in enumerate(held.names)
        if tags[:, number].any()
    }
    if article.any():
        figures["documents"] = _of_articles(held, thresholds)
    return figures


def _of_articles(held: HeldOut, thresholds: dict[str, Any]) -> dict[str, Any]:
    """Return the figures of whole articles."""
    documents, pooled, article = held.documents, held.pooled, held.documents.article
    quiet = article & ~documents.overstated
    bad, probabilities = documents.overstated[article], logistic(pooled[article])
    told = pointed(held, thresholds["sentence"]["value"])
    verdicts = logistic(told[article]) >= thresholds["document"]["value"]
    return {
        "n": int(article.sum()),
        "overstated": int(bad.sum()),
        "auc": jsonable(
            metrics.bootstrap(metrics.roc_auc, bad, probabilities, rounds=200, classes=[bad, ~bad])
        ),
        "recall": jsonable(metrics.wilson(int(verdicts[bad].sum()), int(bad.sum()))),
        "calibration_error": metrics.calibration_error(bad, probabilities),
        "length_correlation_sober": _correlation(np.log(documents.lengths[quiet]), pooled[quiet]),
    }


def _correlation(one: Floats, other: Floats) -> float | None:
    """Return how two columns go together; None where one of them does not vary."""
    alike = min(len(np.unique(one)), len(np.unique(other))) < 2
    return None if alike else float(np.corrcoef(one, other)[0, 1])


def by_genre(
    data: Sequence[Row], judged: NDArray[np.intp], log_odds: Floats
) -> dict[str, dict[str, Any]]:
    """Return how well the rows of each genre were ranked by models that knew none of them."""
    members: dict[str, list[int]] = {}
    for place, number in enumerate(judged.tolist()):
        members.setdefault(data[number].genre, []).append(place)
    figures = {}
    for genre, places in members.items():
        rows = [data[judged[place]] for place in places]
        labels = np.array([row.overstated for row in rows])
        area = metrics.bootstrap(
            metrics.roc_auc,
            labels,
            log_odds[places],
            groups=[row.group for row in rows],
            rounds=200,
            classes=[labels, ~labels],
        )
        figures[genre] = {"n": len(rows), "overstated": int(labels.sum()), "auc": jsonable(area)}
    return figures


def genres_together(data: Sequence[Row]) -> list[list[str]]:
    """Return which genres of claims are left out at the same time.

    Parameters
    ----------
    data : sequence of Row
        All rows.

    Returns
    -------
    list of list of str
        Each genre once. Small ones go together, so that what is learned from hardly shrinks.

    Examples
    --------
    >>> rows = [Row("tea", False, (), str(n), f"genre {n % 3}") for n in range(300)]
    >>> genres_together(rows[:9] + rows)
    [['genre 0'], ['genre 1'], ['genre 2']]
    """
    sizes = Counter(row.genre for row in data if not row.article and row.genre)
    together: list[list[str]] = []
    rows = 0
    for genre, size in sorted(sizes.items(), key=lambda item: (item[1], item[0])):
        rows += size
        if not together or rows > TOGETHER * len(data):
            together.append([])
            rows = size
        together[-1].append(genre)
    return together


def jsonable(value: Any) -> Any:
    """Return tuples as lists and round figures, for JSON; None for an estimate of nothing."""
    if isinstance(value, tuple):
        return None if value[0] != value[0] else [jsonable(item) for item in value]
    return round(float(value), 4) if isinstance(value, float) else value
