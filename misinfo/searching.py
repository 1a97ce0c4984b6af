"""A small search for the recipe that suits some rows, by cross-validation within them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from . import metrics
from .counting import Counts
from .fitting import Recipe, held_out_log_odds
from .pipeline import VECTORISER
from .rows import Row
from .splitting import folds

INNER_FOLDS = 3
Change = Mapping[str, Any]
STAGES: tuple[tuple[Change, ...], ...] = (
    tuple(
        {"word_range": words, "char_range": characters}
        for words in ((1, 2), (1, 3))
        for characters in ((4, 4), (2, 5))
    ),
    ({"char_weight": 0.5}, {"char_weight": 1.0}),
    ({"lowercase": True}, {"lowercase": False}),
    (
        {key: VECTORISER[key] for key in ("word_min_df", "char_min_df")},
        {"word_min_df": 1, "char_min_df": 2},
    ),
    tuple({"c": c, "smoothing": smoothing} for c in (2.0, 8.0, 32.0) for smoothing in (0.0, 0.1)),
)
"""What ``misinfo train --search`` tries: each stage changes the best recipe of the stage before."""


class Search(NamedTuple):
    """What was tried, and what was chosen.

    Parameters
    ----------
    tried : list of tuple
        Recipe, as it is fitted on so many rows, and its objective out of fold, in the order in
        which they were tried.
    chosen : Recipe
        The best one; of equals the one tried first.
    """

    tried: list[tuple[Recipe, float]]
    chosen: Recipe


def search(
    data: Sequence[Row],
    index: Sequence[int],
    weights: Sequence[float] | None = None,
    stages: Sequence[Sequence[Change]] = STAGES,
    objective: Callable[[Any, Any], float] = metrics.average_precision,
) -> Search:
    """Choose the recipe that does best out of fold.

    Parameters
    ----------
    data : sequence of Row
        All rows.
    index : sequence of int
        Which of them may be looked at.
    weights : sequence of float, optional
        How much each of all rows counts when a model is fitted.
    stages : sequence of sequence of mapping
        Values of ``c``, ``smoothing`` and of keys of ``pipeline.VECTORISER``.
    objective : callable
        Takes labels and log-odds; higher is better.

    Returns
    -------
    Search
        Groups are never on both sides of a fold.

    Examples
    --------
    >>> rows = [Row(f"cure {n} now", n % 2 > 0, (), str(n), "") for n in range(60)]
    >>> found = search(rows, range(60), stages=[[{"c": 1.0}, {"c": 4.0}]])
    >>> [recipe.c for recipe, _ in found.tried]
    [1.0, 4.0]
    """
    rows = [replace(row, tags=()) for row in data]  # so that there is one head alone
    numbers = np.asarray(index)
    labels = np.array([rows[i].overstated for i in index])
    splits = folds([rows[i] for i in index], INNER_FOLDS, seed=1)
    splits = [(a, b) for a, b in splits if labels[a].any() and not labels[a].all()]
    order = np.concatenate([judge for _, judge in splits])
    splits = [(numbers[learn], numbers[judge]) for learn, judge in splits]

    def values(recipes: Sequence[Recipe]) -> list[float]:
        """Return the objective of recipes that share a vectoriser."""
        counted: dict[str, Counts] = {}
        found = []
        for recipe in recipes:
            parts = held_out_log_odds(rows, splits, (), weights, [recipe] * len(splits), counted)
            log_odds = np.concatenate([part[:, 0] for part in parts])
            found.append(objective(labels[order], log_odds))
        return found

    tried: list[tuple[Recipe, float]] = []
    best = Recipe().fitting(len(numbers))
    for stage in stages:
        new: list[Recipe] = []  # few rows make some recipes equal
        for change in stage:
            recipe = _changed(best, change).fitting(len(numbers))
            if recipe not in [*new, *(old for old, _ in tried)]:
                new.append(recipe)
        for _, alike in groupby(new, key=lambda recipe: recipe.vectoriser):
            recipes = list(alike)
            tried += zip(recipes, values(recipes), strict=True)
        best = max(tried, key=lambda pair: pair[1])[0]
    return Search(tried, best)


def _changed(recipe: Recipe, change: Change) -> Recipe:
    own = {name: value for name, value in change.items() if name in Recipe._fields}
    shape = {name: value for name, value in change.items() if name not in own}
    return recipe._replace(**own, vectoriser={**recipe.vectoriser, **shape})


def record(searches: Sequence[Search]) -> dict[str, Any]:
    """Return what ``model.json`` keeps of the searches of a training.

    Parameters
    ----------
    searches : sequence of Search
        Those within the folds first, the one in all rows last.

    Returns
    -------
    dict
        Plain values.

    Examples
    --------
    >>> record([Search([(Recipe(), 0.9)], Recipe())])["chosen"]
    'words 1 to 3, characters 4, in 6 and 12 rows or more, C 12, characters weigh 0.5'
    """
    *inner, last = searches
    return {
        "objective": f"average precision out of fold, {INNER_FOLDS} grouped folds",
        "chosen": str(last.chosen),
        "chosen_in_each_fold": [str(found.chosen) for found in inner],
        "tried": {str(recipe): round(value, 4) for recipe, value in last.tried},
    }
