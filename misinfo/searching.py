"""A small search for the recipe that suits some rows, by cross-validation within them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from sklearn.model_selection import GroupKFold

from . import metrics
from .claims import Row
from .fitting import Recipe
from .pipeline import VECTORISER, build_pipeline

FOLDS = 3
GRID: dict[str, tuple[Any, ...]] = {
    "word_range": ((1, 2), (1, 3)),
    "char_range": ((2, 5), (3, 5)),
    "c": (1.0, 4.0, 16.0),
}
"""What ``misinfo train --search`` tries: every combination."""


class Search(NamedTuple):
    """What was tried, and what was chosen.

    Parameters
    ----------
    tried : list of tuple
        Recipe and its average precision out of fold, in the order of the grid.
    chosen : Recipe
        The best one; of equals the one tried first.
    """

    tried: list[tuple[Recipe, float]]
    chosen: Recipe


def search(
    data: Sequence[Row],
    index: Sequence[int],
    weights: Sequence[float] | None = None,
    grid: dict[str, tuple[Any, ...]] = GRID,
) -> Search:
    """Choose the recipe with the best average precision out of fold.

    Parameters
    ----------
    data : sequence of Row
        All rows.
    index : sequence of int
        Which of them may be looked at.
    weights : sequence of float, optional
        How much each of all rows counts when a model is fitted.
    grid : dict
        Values of ``c`` and of any keys of ``pipeline.VECTORISER``.

    Returns
    -------
    Search
        Groups are never on both sides of a fold.

    Examples
    --------
    >>> rows = [Row(f"cure {n} now", n % 2 > 0, (), str(n), "") for n in range(60)]
    >>> grid = {"char_range": ((2, 3),), "c": (1.0, 4.0)}
    >>> [recipe.c for recipe, _ in search(rows, range(60), grid=grid).tried]
    [1.0, 4.0]
    """
    texts = [data[i].text for i in index]
    labels = np.array([data[i].overstated for i in index])
    groups = [data[i].group for i in index]
    counts = np.ones(len(texts)) if weights is None else np.array([weights[i] for i in index])
    splits = list(GroupKFold(FOLDS, shuffle=True, random_state=1).split(groups, groups=groups))
    names = [name for name in grid if name != "c"]
    strengths = grid.get("c", (Recipe().c,))
    tried: list[tuple[Recipe, float]] = []
    for values in product(*(grid[name] for name in names)):
        shape = {**VECTORISER, **dict(zip(names, values, strict=True))}
        log_odds = np.zeros((len(texts), len(strengths)))
        for learn, judge in splits:
            if labels[learn].all() or not labels[learn].any():
                continue  # a fold without one of the labels says nothing
            pipeline = build_pipeline(shape)
            known = pipeline[:-1].fit_transform([texts[i] for i in learn])
            new = pipeline[:-1].transform([texts[i] for i in judge])
            for number, c in enumerate(strengths):
                line = pipeline[-1].set_params(C=c).fit(known, labels[learn], counts[learn])
                log_odds[judge, number] = line.decision_function(new)
        tried += [
            (Recipe(shape, c), metrics.average_precision(labels, log_odds[:, number]))
            for number, c in enumerate(strengths)
        ]
    return Search(tried, max(tried, key=lambda pair: pair[1])[0])


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
    'words 1 to 3, characters 2 to 5, in 3 and 6 rows or more, C 4'
    """
    *inner, last = searches
    return {
        "objective": f"average precision out of fold, {FOLDS} grouped folds",
        "chosen": str(last.chosen),
        "chosen_in_each_fold": [str(found.chosen) for found in inner],
        "tried": {str(recipe): round(value, 4) for recipe, value in last.tried},
    }
