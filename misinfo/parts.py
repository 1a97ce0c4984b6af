"""What a model is made of, wherever it comes from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from .lazy import cached_property

MOST_WORDS = 16
"""Most words of an n-gram: the compiled engine refuses more, so every reader does."""


class Vocabulary(Sequence[str]):
    """The lines of a text, made into strings when one of them is asked for.

    Parameters
    ----------
    text : str
        With a line feed after each line.

    Examples
    --------
    >>> len(Vocabulary("tea\\ngout\\n")), list(Vocabulary("tea\\ngout\\n"))
    (2, ['tea', 'gout'])
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._length = text.count("\n")

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        return self._lines[index]

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.split("\n")[:-1]


class Parts(NamedTuple):
    """Everything that a model is made of.

    Parameters
    ----------
    vocabulary : sequence of str
        Word n-grams first, then character n-grams.
    idf : ndarray of float16, float32 or float64, shape (n_features,)
        Inverse document frequencies.
    coef : ndarray of float16, float32, float64 or int8, shape (n_features, n_columns)
        Weights, calibration included: a column for the score of each class, and others that the
        tags are made of.
    intercept : ndarray of float64, shape (n_columns,)
        Intercepts, calibration included.
    settings : mapping
        What ``model.json`` holds: heads, vectoriser, pooling, thresholds, training, metrics.
    card : str
        The model card, Markdown.
    scale : ndarray of float32, shape (n_columns,), optional
        What each column of whole numbers is multiplied by.
    tags : ndarray of float64, shape (n_columns + 1, n_tags), optional
        How the columns make the log-odds of each tag; the last row is added.
    """

    vocabulary: Sequence[str]
    idf: NDArray[np.floating[Any]]
    coef: NDArray[Any]
    intercept: NDArray[np.float64]
    settings: Mapping[str, Any]
    card: str = ""
    scale: NDArray[np.float32] | None = None
    tags: NDArray[np.float64] | None = None

    @property
    def weights(self) -> NDArray[np.floating[Any]]:
        """The weights as floating-point numbers, shape (n_features, n_columns)."""
        return self.coef if self.scale is None else self.coef * self.scale.astype(np.float64)

    @property
    def sides(self) -> tuple[int, int]:
        """How many classes are overstated, and how many measured."""
        named = self.settings.get("classes", {"overstated": ["overstated"], "measured": []})
        return len(named["overstated"]), len(named["measured"])

    @property
    def stamp(self) -> str:
        """What tells one training from another: the hash of the settings and the intercepts."""
        said = json.dumps(dict(self.settings)).encode() + self.intercept.tobytes()
        return hashlib.sha256(said).hexdigest()
