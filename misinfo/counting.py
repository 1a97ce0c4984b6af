"""N-grams of many rows, counted once for many fits on parts of the rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.pipeline import Pipeline

from .disguises import undisguise_all


class Counts:
    """The n-grams of all rows.

    Parameters
    ----------
    texts : sequence of str
        Of all rows.
    pipeline : sklearn.pipeline.Pipeline
        Unfitted, as ``build_pipeline`` makes it; n-grams that are too rare for it are left out.

    Examples
    --------
    >>> from misinfo.pipeline import VECTORISER, build_pipeline
    >>> pipeline = build_pipeline({**VECTORISER, "word_min_df": 1, "char_min_df": 1})
    >>> learn, judge = Counts(["to be", "to be", "or"], pipeline).features([0, 1], [2], (1, 1))
    >>> learn.shape[0], judge.nnz
    (2, 0)
    """

    def __init__(self, texts: Sequence[str], pipeline: Pipeline) -> None:
        texts = undisguise_all(texts)
        union = pipeline.named_steps["features"]
        blocks = union.transformer_list
        self.least = tuple(int(block.min_df) for _, block in blocks)
        self.weights = [(union.transformer_weights or {}).get(name, 1.0) for name, _ in blocks]
        self.blocks = [CountVectorizer.fit_transform(block, texts) for _, block in blocks]
        for block in self.blocks:
            block.data = 1 + np.log(block.data)  # the sublinear term frequency

    def features(self, learn: Sequence[int], judge: Sequence[int], least: Sequence[int]) -> Any:
        """Return the TF-IDF features of two parts of the rows, fitted on the first part.

        Parameters
        ----------
        learn, judge : sequence of int
            Numbers of rows.
        least : sequence of int
            For each block, in how many of the first rows an n-gram must stand; not fewer than the
            pipeline asked for.

        Returns
        -------
        tuple of sparse matrix
            What a pipeline with these limits gives when it is fitted on the first part.
        """
        parts = []
        for block, weight, fewest in zip(self.blocks, self.weights, least, strict=True):
            rows = block[learn]
            frequency = np.bincount(rows.indices, minlength=block.shape[1])
            kept = np.flatnonzero(frequency >= fewest)
            # as TfidfTransformer has it
            rarity = np.log((1 + rows.shape[0]) / (1 + frequency[kept])) + 1
            sides = rows[:, kept], block[judge][:, kept]
            parts.append([_weighed(side, rarity, weight) for side in sides])
        return tuple(sparse.hstack(side, format="csr") for side in zip(*parts, strict=True))


def _weighed(rows: Any, rarity: NDArray[np.float64], weight: float) -> Any:
    """Multiply term frequencies by rarity, in place, and make each row as long as `weight`."""
    rows.data *= rarity[rows.indices]
    filled = np.flatnonzero(np.diff(rows.indptr))
    norms = np.zeros(rows.shape[0])
    norms[filled] = np.sqrt(np.add.reduceat(rows.data**2, rows.indptr[filled]))
    norms[norms == 0] = 1
    rows.data *= np.repeat(weight / norms, np.diff(rows.indptr))
    return rows
