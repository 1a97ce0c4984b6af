"""Fit the vocabulary and the heads, and let models judge rows that they never saw."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from threading import Lock
from typing import Any, NamedTuple, TypeGuard

import numpy as np
from numpy.typing import NDArray

from .errors import needed

if needed("sklearn"):
    from joblib import Parallel, cpu_count, delayed

from . import metrics
from .cards import orders
from .contrasts import total
from .counting import Counts
from .joining import MANY, Learned, with_joined
from .mixing import classes, mixed
from .pipeline import VECTORISER, C, build_pipeline, for_rows
from .ratio import build_classifier
from .rows import Row
from .splitting import FOLDS, folds
from .validation import targets, with_weight

Floats = NDArray[np.float64]


class Recipe(NamedTuple):
    """What may be chosen about a model before it is fitted.

    Parameters
    ----------
    vectoriser : mapping
        Keys as in ``pipeline.VECTORISER``.
    c : float
        Inverse strength of the L2 regularisation.
    smoothing : float
        Above zero, features are weighted by their log-count ratio.
    """

    vectoriser: Mapping[str, Any] = VECTORISER
    c: float = C
    smoothing: float = 0.0

    def pipeline(self) -> Any:
        """Return the unfitted pipeline."""
        return build_pipeline(**self._asdict())

    def fitting(self, rows: int) -> Recipe:
        """Return the recipe for so many rows: few of them cannot ask for frequent n-grams."""
        return self._replace(vectoriser=for_rows(self.vectoriser, rows))

    @property
    def counted(self) -> str:
        """What is counted, however rare it may be."""
        return repr(
            sorted((key, n) for key, n in self.vectoriser.items() if not key.endswith("min_df"))
        )

    @property
    def least(self) -> tuple[int, int]:
        """In how many rows a word n-gram and a character n-gram must stand."""
        return self.vectoriser["word_min_df"], self.vectoriser["char_min_df"]

    def __str__(self) -> str:
        shape = self.vectoriser
        words, characters = orders(shape["word_range"]), orders(shape["char_range"])
        frequent = f"in {shape['word_min_df']} and {shape['char_min_df']} rows or more"
        case = "" if shape.get("lowercase", True) else ", capitals kept"
        ratio = f", log-count ratios smoothed by {self.smoothing:g}" if self.smoothing else ""
        weight = shape.get("char_weight", 1.0)
        less = f", characters weigh {weight:g}" if weight != 1 else ""
        ngrams = f"words {words}, characters {characters}, {frequent}"
        return f"{ngrams}, C {self.c:g}{less}{case}{ratio}"


DEFAULT = Recipe()


class Heads(NamedTuple):
    """A fitted vocabulary with the weights of every head, in the order of `fit`."""

    words: list[str]
    characters: list[str]
    idf: Floats
    coef: Floats
    intercept: Floats
    transform: Callable[[Sequence[str]], Any]

    def log_odds(self, texts: Sequence[str]) -> Floats:
        """Return the log-odds of every head, shape (n_texts, n_heads)."""
        return np.asarray(self.transform(texts) @ self.coef + self.intercept)


class OutOfFold(NamedTuple):
    """What models that never saw a row say of it, in the order of `held_out_log_odds`."""

    log_odds: Floats
    fold: NDArray[np.intp]


def fit(
    data: Sequence[Row],
    index: Sequence[int],
    tags: Sequence[str] = (),
    weights: Sequence[float] | None = None,
    recipe: Recipe = DEFAULT,
    counted: Mapping[str, Counts] | None = None,
) -> Heads:
    """Fit the vocabulary and the heads on some rows.

    Parameters
    ----------
    data : sequence of Row
        All rows.
    index : sequence of int
        Which of them to learn from.
    tags : sequence of str
        A head for each beside the main one.
    weights : sequence of float, optional
        How much each of all rows counts.
    recipe : Recipe
        The bundled model's by default.
    counted : mapping, optional
        What `held_out_log_odds` kept of the same rows.

    Returns
    -------
    Heads
        Uncalibrated, in the order of `held_out_log_odds`.
    """
    recipe = recipe.fitting(len(index))
    pipeline = recipe.pipeline()
    union = pipeline.named_steps["features"]
    kept = (counted or {}).get(recipe.counted)
    if _serves(kept, recipe.least):
        matrix = kept.fitted(index, recipe.least)(index)
        kept.hand_on(union, index, recipe.least)
    else:  # in single precision as in cross-validation: half the memory
        matrix = pipeline[:-1].fit_transform([data[i].text for i in index]).astype(np.float32)
    learned = Learned(matrix, *_sides(data, tags, weights)(np.asarray(index)))
    del matrix
    learned = with_joined(learned, data)
    coef, intercept = _columns(_heads(learned, recipe, len(data) > MANY))
    words, characters = (block for _, block in union.transformer_list)
    if union.transformer_weights:
        coef[len(words.vocabulary_) :] *= union.transformer_weights["characters"]
        union.transformer_weights = None
    return Heads(
        words.get_feature_names_out().tolist(),
        characters.get_feature_names_out().tolist(),
        np.concatenate([words.idf_, characters.idf_]),
        coef,
        intercept,
        pipeline[:-1].transform,
    )


def _serves(counts: Counts | None, least: Sequence[int]) -> TypeGuard[Counts]:
    """Say whether n-grams were counted that stand in so few rows, of each block."""
    return counts is not None and all(a <= b for a, b in zip(counts.least, least, strict=True))


def _sides(
    data: Sequence[Row], tags: Sequence[str], weights: Sequence[float] | None
) -> Callable[[NDArray[np.intp]], tuple[Any, ...]]:
    """Return what gives all that `Learned` holds of some rows but their features."""
    labels, reasons = targets(data, tags)
    known = classes(data, tags)
    counts = np.ones(len(data)) if weights is None else np.asarray(weights, dtype=np.float64)
    return lambda rows: (labels[rows], known.against(rows), reasons[rows], counts[rows])


def _heads(rows: Learned, recipe: Recipe, many: bool) -> Iterator[tuple[Floats, float]]:
    """Fit the heads on some rows: yield the coefficients and the intercept."""
    matrix, labels, against, reasons, counts = rows
    heads: list[tuple[Any, NDArray[np.bool_], float]] = [(slice(None), labels, recipe.c)]
    for kind in against:  # these see fewer rows, and earn less shrinking
        part = np.flatnonzero(labels | kind)
        heads.append((part, labels[part], 2 * recipe.c))
    measured = np.flatnonzero(~labels)
    for number, reason in enumerate(reasons.T):  # of many measured rows every other one will do
        some = measured[number % 2 :: 2] if many else measured
        part = np.union1d(np.flatnonzero(labels & reason), some)
        heads.append((part, reason[part] & labels[part], (2 if many else 1) * recipe.c))
    for head, (part, target, c) in enumerate(heads):
        if target.any() and not target.all():
            line = build_classifier(c, recipe.smoothing)
            line.fit(matrix[part] if head else matrix, target, counts[part])
            yield line.coef_[0], line.intercept_[0]
        else:
            yield np.zeros(matrix.shape[1]), 10.0 if target.any() else -10.0


def _columns(heads: Iterable[tuple[Floats, float]]) -> tuple[Floats, Floats]:
    """Return the coefficients of heads, a column for each, and their intercepts."""
    coef, intercept = zip(*heads, strict=True)
    return np.column_stack(coef).astype(np.float64), np.array(intercept, dtype=np.float64)


def out_of_fold(splits: Sequence[tuple[Any, Any]], parts: Sequence[Floats]) -> OutOfFold:
    """Return what was judged fold by fold in the order of the rows."""
    order = np.concatenate([judge for _, judge in splits])
    log_odds, fold = np.empty((len(order), parts[0].shape[1])), np.empty_like(order)
    log_odds[order] = np.concatenate(parts)
    fold[order] = np.repeat(np.arange(len(splits)), [len(judge) for _, judge in splits])
    return OutOfFold(log_odds, fold)


def cross_validate(
    data: Sequence[Row], tags: Sequence[str] = (), recipe: Recipe = DEFAULT
) -> OutOfFold:
    """Let each row be judged by a model that saw neither it nor any row of its group.

    Parameters
    ----------
    data : sequence of Row
        All rows.
    tags : sequence of str
        A head for each beside the main one.
    recipe : Recipe
        The bundled model's by default.

    Returns
    -------
    OutOfFold
        ``log_odds`` as `held_out_log_odds` orders them, uncalibrated, and the fold of each row.
    """
    splits = folds(data)
    return out_of_fold(splits, list(held_out_log_odds(data, splits, tags, None, [recipe] * FOLDS)))


def held_out_log_odds(
    data: Sequence[Row],
    splits: Sequence[tuple[Any, Any]],
    tags: Sequence[str],
    weights: Sequence[float] | None,
    recipes: Sequence[Recipe],
    counted: dict[str, Counts] | None = None,
    last: Callable[[], Any] | None = None,
) -> Iterator[Any]:
    """Let some rows be judged by a model that learned from others, split by split.

    Parameters
    ----------
    data : sequence of Row
        All rows.
    splits : sequence of tuple of sequence of int
        Numbers of the rows that are learned from, and of those that are judged.
    tags : sequence of str
        A head for each beside the main one.
    weights : sequence of float, optional
        How much each row counts.
    recipes : sequence of Recipe
        One for each split.
    counted : dict, optional
        Keeps the n-grams of all rows for another call with the same rows.
    last : callable, optional
        What else there is to do beside the last split.

    Yields
    ------
    ndarray of float64, shape (n_rows, n_heads); at the end what `last` returns
        Log-odds of the rows that are judged: first of overstated rather than measured; then, where
        there are several measured `classes`, rather than each of them; then of overstated with each
        tag rather than measured.

    Examples
    --------
    >>> rows = [Row(f"cure {n} now", n % 2 > 0, (), str(n), "") for n in range(8)]
    >>> [part.shape for part in held_out_log_odds(rows, [([0, 1, 2, 3], [4])], (), None, [DEFAULT])]
    [(1, 1)]
    """
    recipes = [
        recipe.fitting(len(learn)) for recipe, (learn, _) in zip(recipes, splits, strict=True)
    ]
    texts = [row.text for row in data]
    kept: dict[str, Counts] = {} if counted is None else counted
    for what in dict.fromkeys(recipe.counted for recipe in recipes):
        alike = [recipe for recipe in recipes if recipe.counted == what]
        words, characters = (min(limits) for limits in zip(*(r.least for r in alike), strict=True))
        if not _serves(kept.get(what), (words, characters)):
            rarest = {"word_min_df": words, "char_min_df": characters}
            shape = {**alike[0].vectoriser, **rarest}
            kept[what] = Counts(texts, alike[0]._replace(vectoriser=shape).pipeline())

    sides = _sides(data, tags, weights)

    def one(learn: Any, judge: Any, recipe: Recipe) -> Floats:
        features = kept[recipe.counted].fitted(learn, recipe.least)
        with making:  # that, and the first head, take the most room: one at a time
            learned = with_joined(Learned(features(learn), *sides(learn)), data)
            heads = _heads(learned, recipe, len(data) > MANY)
            first = next(heads)
        coef, intercept = _columns([first, *heads])
        return np.asarray(features(judge) @ coef + intercept)

    making = Lock()
    tasks = [
        delayed(one)(np.asarray(learn), np.asarray(judge), recipe)
        for (learn, judge), recipe in zip(splits, recipes, strict=True)
    ]
    if last is not None:
        tasks.append(delayed(last)())
    # scipy and numpy let go of the lock; more than two need more memory than promised
    jobs = min(2, cpu_count()) if len(data) > 5000 else 1
    yield from Parallel(jobs, prefer="threads", return_as="generator")(tasks)


def learning_curve(
    data: Sequence[Row],
    weights: Sequence[float] | None = None,
    shares: Sequence[float] = (0.125, 0.25, 0.5, 1.0),
) -> list[tuple[int, metrics.Estimate, metrics.Estimate]]:
    """Say what fewer rows would have given, and so what more rows may give.

    Parameters
    ----------
    data : sequence of Row
        All rows.
    weights : sequence of float, optional
        How much each row counts; those of weight 0 are left out.
    shares : sequence of float
        Of the groups that each fold learns from.

    Returns
    -------
    list of tuple
        Rows learned from, AUC and average precision, out of fold in five grouped folds.

    Raises
    ------
    MisinfoError
        When there are fewer groups than folds.

    Examples
    --------
    >>> rows = [Row(f"cure {n} now", n % 2 > 0, (), str(n), "") for n in range(60)]
    >>> [n for n, _, _ in learning_curve(rows, shares=(0.5, 1.0))]
    [24, 48]
    """
    data, weights = with_weight(data, weights)
    labels = np.array([row.overstated for row in data])
    groups = np.array([row.group for row in data])
    random = np.random.default_rng(0)
    splits = [
        (learn, judge, random.permutation(np.unique(groups[learn]))) for learn, judge in folds(data)
    ]
    found, mixing = [], classes(data).start()
    for share in shares:
        log_odds, known = np.zeros(len(data)), np.zeros(len(data), dtype=bool)
        parts = []
        for learn, judge, order in splits:
            some = learn[np.isin(groups[learn], order[: round(share * len(order))])]
            if labels[some].any() and not labels[some].all():  # else one label is missing
                parts.append((some, judge))
        heads = held_out_log_odds(data, parts, (), weights, [DEFAULT] * len(parts))
        for (_, judge), part in zip(parts, heads, strict=True):
            log_odds[judge], known[judge] = total(mixed(part, mixing)), True
        if labels[known].any() and not labels[known].all():
            columns = (labels[known], log_odds[known])
            more: Any = {"groups": groups[known], "classes": [columns[0], ~columns[0]]}
            area, precision = (
                metrics.bootstrap(measure, *columns, rounds=200, **more)
                for measure in (metrics.roc_auc, metrics.average_precision)
            )
            size = round(np.mean([len(learn) for learn, _ in parts]))
            found.append((size, area, precision))
    return found
