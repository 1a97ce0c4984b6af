"""Train a model: fit, calibrate, set thresholds and measure, with `fitting` and `mixing`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .errors import MisinfoError, needed, plural

if needed("sklearn"):
    from scipy.linalg import block_diag
    from sklearn.linear_model import LogisticRegression

from .cards import model_card, provenance
from .codebook import OVERSTATED_TAGS
from .contrasts import probabilities
from .counting import Counts
from .fitting import Heads, Recipe, fit, held_out_log_odds, learning_curve, out_of_fold
from .joining import n_joined
from .labelled import Labelled, read_own
from .mixing import Classes, classes, fit_mixing, fit_tags, mixed, rescaled
from .model import Model
from .parts import Parts
from .pipeline import build_pipeline
from .pooling import gathered, highest
from .rows import HEADING, Row, normal, regrouped
from .searching import Search, record
from .searching import search as find_recipe
from .splitting import FOLDS, GROUPS, folds
from .storage import bundled
from .validation import (
    Documents,
    HeldOut,
    by_genre,
    documents,
    genres_together,
    jsonable,
    measure,
    targets,
    thresholds,
    with_weight,
)

Floats = NDArray[np.float64]
Progress = Callable[[int, int, str], None]

KNOWN_FLOOR = 0.6
POOLING = 10.0  # inverse strength of its regularisation: sentences decide, not what surrounds them
TAGS = tuple(OVERSTATED_TAGS)
__all__ = ["build_pipeline", "default_data", "learning_curve", "read", "train", "with_default"]


def default_data() -> list[Path]:
    """Return the files that the bundled model is trained on.

    Returns
    -------
    list of Path
        The claims and the articles.

    Examples
    --------
    >>> [path.name for path in default_data()]
    ['claims.csv', 'articles.jsonl']
    """
    return [bundled("datasets") / name for name in ("claims.csv", "articles.jsonl")]


def read(paths: Sequence[Path]) -> list[Row]:
    """Read labelled files into rows for training.

    Parameters
    ----------
    paths : sequence of Path
        Claims as ``.csv``, articles as ``.jsonl``.

    Returns
    -------
    list of Row
        Claims first, then the sentences of the articles.

    Raises
    ------
    DataError
        With every problem of every file.
    MisinfoError
        For files of any other kind.

    Examples
    --------
    >>> len(read(default_data())) > 20_000
    True
    """
    found = read_own(paths)
    if found is None:
        names = ", ".join(map(str, paths))
        raise MisinfoError(f"{names}: not all claims (.csv) or articles (.jsonl) by the codebook")
    return found.rows


def with_default(labelled: Labelled) -> Labelled:
    """Add the bundled claims and articles to rows of another kind.

    Parameters
    ----------
    labelled : Labelled
        Sentences.

    Returns
    -------
    Labelled
        With the bundled rows after them, and the bundled tags. Groups that share a text are one.

    Raises
    ------
    MisinfoError
        When the rows are documents.
    """
    if labelled.unit != "sentence":
        raise MisinfoError("the bundled claims are sentences: they do not go with documents")
    more = read(default_data())
    rows = [*labelled.rows, *more]
    texts = [normal(row.text) for row in rows]
    shared = {*texts[: len(labelled.rows)]} & {*texts[len(labelled.rows) :]}
    many = sum(len(text.split()) >= HEADING for text in shared)
    notes = [f"{many:,} texts are among those: they are in one group with them"] if many else []
    return replace(
        labelled,
        rows=regrouped(rows, texts)[0],
        tags=(*labelled.tags, *(tag for tag in TAGS if tag not in labelled.tags)),
        columns=[*labelled.columns, *({} for _ in more)],
        weights=[*(labelled.weights or [1.0] * len(labelled.rows)), *([1.0] * len(more))],
        notes=[*labelled.notes, f"and {len(more):,} bundled rows", *notes],
    )


def train(
    paths: Sequence[Path] | None = None,
    *,
    labelled: Labelled | None = None,
    name: str | None = None,
    search: bool = False,
    progress: Progress | None = None,
) -> Model:
    """Train a model on labelled files: fit, calibrate, set thresholds, measure.

    Parameters
    ----------
    paths : sequence of Path, optional
        Claims (``.csv``) and articles (``.jsonl``) by the codebook; the bundled ones by default.
        When `labelled` is given, what the card names as its sources; none by default.
    labelled : Labelled, optional
        Rows of any other kind, as ``read_labelled`` returns them. Those of weight 0 are left out.
    name : str, optional
        What the model calls itself: ``overstated-cure`` by default where the bundled claims are
        among the files, else ``own``.
    search : bool, default False
        Choose the recipe by ``searching.search``, within each fold anew, so that the figures of the
        ranking are those of the whole procedure and not of the luckiest recipe. Calibration and
        thresholds, and what is measured of them, are those of the recipe that was chosen.
    progress : callable, optional
        Called with steps done, steps in all, and what comes next.

    Returns
    -------
    Model
        Not yet saved. The same files and versions give the same bytes when saved.

    Raises
    ------
    DataError
        With every problem of every file.
    MisinfoError
        When one of the labels has too few groups for cross-validation.

    Notes
    -----
    Heads are fitted on the same features: overstated against all measured rows, against each kind
    of them, and overstated with each tag against measured (Begg and Gray 1984 fit a multinomial
    regression so, class by class). `fit_mixing` makes calibrated scores of classes of these, out of
    fold; the log-odds of tags are fitted on the scores, and judged as fits on the other folds give
    them. Both are folded into the weights. Leaving a genre out uses the same mixing. Thresholds and
    figures count every row once.
    """
    paths = list(map(Path, default_data() if paths is None and labelled is None else paths or ()))
    if labelled is None:
        labelled = Labelled(read(paths), TAGS, "sentence", [], [])
    bundled = not set(default_data()).isdisjoint(path.resolve() for path in paths)
    names, (data, weights) = labelled.tags, with_weight(labelled.rows, labelled.weights)
    weightless = len(labelled.rows) - len(data)
    enough(data)
    sources, genres = provenance(paths, data), genres_together(data)
    steps, n_steps = count(), FOLDS + len(genres) + 2 + search * (FOLDS + 2)
    searches: list[Search] = []

    def tell(what: str) -> None:
        if progress is not None:
            progress(next(steps), n_steps, what)

    def recipe(learn: Sequence[int]) -> Recipe:
        if not search:
            return Recipe()
        tell(f"searching for a recipe in {len(learn):,} rows")
        searches.append(find_recipe(data, learn, weights))
        return searches[-1].chosen

    counted: dict[str, Counts] = {}
    splits = folds(data)
    recipes = [recipe(learn.tolist()) for learn, _ in splits]
    chosen = recipe(range(len(data)))

    def whole() -> Heads:
        return fit(data, range(len(data)), names, weights, chosen, counted)

    found = held_out_log_odds(data, splits, names, weights, [chosen] * FOLDS, counted, last=whole)
    parts = []
    for number in range(FOLDS):
        tell(f"cross-validation, fold {number + 1} of {FOLDS}")
        parts.append(next(found))
    tell("fitting on all rows")
    out, heads = out_of_fold(splits, parts), next(found)
    ranked = None
    if search:
        tell("cross-validation, each fold with its own recipe")
        own = held_out_log_odds(data, splits, names, weights, recipes, counted)
        ranked = out_of_fold(splits, rescaled(list(own), parts)).log_odds
    tell("measuring")
    labels, tags = targets(data, names)
    known, counts, units = classes(data, names), np.array(weights), documents(data)
    calibration = _calibrated(*out, labels, tags, known, counts)
    log_odds, shares = calibration.of(*out)
    evidence = gathered(log_odds[units.rows, 0], shares[units.rows], units.lengths)
    pooling, pooled = _fit_pooling(units, evidence, out.fold, counts)
    pooled = np.minimum(pooled, highest(log_odds[units.rows, 0], units.lengths))
    alone = labelled.unit == "document"
    if alone:  # a row is scored whole, nothing is pooled
        pooled = log_odds[units.rows, 0]
    held = HeldOut(data, labels, tags, names, log_odds, units, pooled, alone)
    limits = thresholds(held)
    figures = measure(held, limits, None if ranked is None else calibration.of(ranked, out.fold)[0])
    del parts, out, ranked, log_odds, shares, held  # these need much room
    claims = np.array(["" if row.article else row.genre for row in data])
    left_out = [np.isin(claims, together) for together in genres]
    splits = [(np.flatnonzero(~part), np.flatnonzero(part)) for part in left_out]
    found = held_out_log_odds(data, splits, names, weights, [chosen] * len(genres), counted)
    areas: dict[str, Any] = {}
    for together, (_, rows) in zip(genres, splits, strict=True):
        tell(f"leaving out {together[0] if len(together) == 1 else f'{len(together)} genres'}")
        areas |= by_genre(data, rows, calibration.of(next(found))[0][:, 0])
    figures["leave_one_genre_out"] = dict(sorted(areas.items()))
    settings = {
        "name": name or ("overstated-cure" if bundled else "own"),
        "heads": ["overstated", *names],
        "classes": {"overstated": known.overstated, "measured": known.measured},
        "unit": labelled.unit,
        "vectoriser": {k: jsonable(v) for k, v in chosen.fitting(len(data)).vectoriser.items()},
        "pooling": pooling,
        "thresholds": limits,
        "known_floor": KNOWN_FLOOR if bundled else 0.0,  # measured on English text
        "n_words": len(heads.words),
        "training": {
            **sources,
            "settings": {"C": chosen.c, "folds": FOLDS, "joined": n_joined(data)},
            "bundled": bundled,
            "labels": labelled.meaning,
            **({"options": labelled.options} if labelled.options else {}),
            **({"left_out": weightless} if weightless else {}),
            **({"search": record(searches)} if searches else {}),
        },
        "metrics": figures,
    }
    tell("done")
    return _packed(heads, calibration, settings)


class _Calibration(NamedTuple):
    """How the log-odds of heads become those that a model gives."""

    known: Classes
    mixing: Floats  # of the heads: into scores of the classes, and of tags if these tell none
    why: Floats  # of the scores: into log-odds of the tags
    elsewhere: list[Floats]  # the same for the rows of each fold, fitted on those of the others

    def of(self, heads: Floats, fold: NDArray[np.intp] | None = None) -> tuple[Floats, Floats]:
        """Return log-odds, of overstated and of each tag, and the probability of each class.

        Rows of a `fold` get those of tags that were fitted elsewhere: on few rows, what was fitted
        on them finds order in noise.
        """
        above, below = len(self.known.overstated), len(self.known.measured)
        scores = mixed(heads, self.mixing)
        main, shares = probabilities(scores[:, : above + below], above)
        tags = mixed(scores, self.why)
        for number, why in enumerate(self.elsewhere if fold is not None else ()):
            tags[fold == number] = mixed(scores[fold == number], why)
        return np.column_stack([main, tags]), shares


def _calibrated(
    heads: Floats,
    fold: NDArray[np.intp],
    labels: NDArray[np.bool_],
    tags: NDArray[np.bool_],
    known: Classes,
    weights: Floats,
) -> _Calibration:
    """Fit the calibration on the log-odds of heads out of fold."""
    mixing = fit_mixing(heads, labels, known, weights)
    if len(known.overstated) == 1:  # the classes tell no tags: their heads stand beside them
        beside = np.eye(tags.shape[1])
        offsets = np.append(mixing[-1], np.zeros(len(beside)))
        mixing = np.vstack([block_diag(mixing[:-1], beside), offsets])
    scores = mixed(heads, mixing)
    parts = [labels, *(labels & (fold != number) for number in range(FOLDS))]
    why, *elsewhere = (fit_tags(scores[part], tags[part], weights[part]) for part in parts)
    return _Calibration(known, mixing, why, elsewhere)


def _packed(heads: Heads, calibration: _Calibration, settings: dict[str, Any]) -> Model:
    """Fold the mixing into the weights, and round them to what a model holds."""
    mixing, why = calibration.mixing, calibration.why
    ngrams = [*heads.words, *heads.characters]
    # frequent ones first, as the engine lays them out, so that loading need not move them about
    order = np.lexsort((heads.idf, np.arange(len(ngrams)) >= len(heads.words)))
    coef = heads.coef[order] @ mixing[:-1]
    # whole numbers up to 127 are fine enough: what each rounds away is random
    scale = np.maximum(np.abs(coef).max(axis=0, initial=0) / 127, 1e-9).astype(np.float32)
    return Model(
        Parts(
            [ngrams[index] for index in order.tolist()],
            # half precision rounds by one part in two thousand at most
            heads.idf[order].astype(np.float16),
            np.rint(coef / scale).clip(-127, 127).astype(np.int8),
            mixed(heads.intercept[None, :], mixing)[0],
            settings,
            model_card(settings),
            scale,
            why,
        )
    )


def enough(data: Sequence[Row]) -> None:
    """Refuse rows that are too few to train and to measure.

    Parameters
    ----------
    data : sequence of Row
        All rows.

    Raises
    ------
    MisinfoError
        With the label that lacks independent rows.

    Examples
    --------
    >>> enough([Row("tea", n % 2 > 0, (), str(n), "") for n in range(20)])
    """
    for overstated, label in ((True, "overstated"), (False, "measured")):
        rows = [row for row in data if row.overstated is overstated]
        groups = {row.group for row in rows}
        if len(groups) < GROUPS:
            within = f" in {plural(len(groups), 'group')}" if len(groups) < len(rows) else ""
            raise MisinfoError(
                f"{len(rows):,} {label} rows{within} are too few to train and to measure: label "
                f"{within and 'rows of '}at least {GROUPS}{within and ' groups'}"
            )


def _fit_pooling(
    documents: Documents, evidence: Floats, fold: NDArray[np.intp], weights: Floats
) -> tuple[dict[str, Any], Floats]:
    """Return the pooling, and each document's pooled log-odds out of fold."""
    folds = fold[documents.rows[documents.starts]]
    counts = np.add.reduceat(weights[documents.rows], documents.starts) / documents.lengths
    rare = min(np.sum(documents.article & (documents.overstated == side)) for side in (0, 1))
    whole = documents.article if rare >= GROUPS else np.ones(len(evidence), dtype=bool)

    def line(part: NDArray[np.bool_]) -> Any:
        part = part & whole
        regression = LogisticRegression(C=POOLING, solver="newton-cholesky")
        return regression.fit(evidence[part], documents.overstated[part], counts[part])

    pooled = np.zeros(len(evidence))
    for number in range(FOLDS):
        judge = folds == number
        pooled[judge] = line(~judge).decision_function(evidence[judge])
    final = line(whole)
    return {"weights": final.coef_[0].tolist(), "intercept": float(final.intercept_[0])}, pooled
