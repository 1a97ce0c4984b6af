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
        parts = [_counted(block, texts) for _, block in blocks]
        self.counts = sparse.hstack(parts, format="csr")
        self.block = np.repeat(np.arange(len(parts)), [part.shape[1] for part in parts])
        self.logs = 1 + np.log(np.arange(1, 1 + self.counts.data.max(initial=0)))

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
        sides = self.counts[learn], self.counts[judge]
        frequency = np.bincount(sides[0].indices, minlength=len(self.block))
        kept = np.flatnonzero(frequency >= np.asarray(least)[self.block])
        # as TfidfTransformer has it
        rarity = np.log((1 + sides[0].shape[0]) / (1 + frequency[kept])) + 1
        return tuple(self._weighed(_columns(side, kept), rarity, self.block[kept]) for side in sides)

    def _weighed(self, counts: Any, rarity: NDArray[np.float64], block: NDArray[np.intp]) -> Any:
        """Weigh the counts of some rows; each block of a row becomes as long as its weight."""
        data = self.logs[counts.data - 1]  # the sublinear term frequency
        data *= rarity[counts.indices]
        n_blocks = len(self.weights)
        first = np.arange(counts.shape[0], dtype=np.int32) * np.int32(n_blocks)
        part = np.repeat(first, np.diff(counts.indptr))
        part += block.astype(np.int32)[counts.indices]
        norms = np.sqrt(np.bincount(part, data**2, counts.shape[0] * n_blocks))
        norms[norms == 0] = 1
        data *= (np.tile(self.weights, counts.shape[0]) / norms)[part]
        return sparse.csr_matrix((data, counts.indices, counts.indptr), counts.shape)


def _counted(block: CountVectorizer, texts: Sequence[str]) -> Any:
    counts = CountVectorizer.fit_transform(block, texts)
    counts.data = counts.data.astype(np.int32)
    return counts


def _columns(rows: Any, kept: NDArray[np.intp]) -> Any:
    """Return some columns, in ascending order; several times as fast as indexing them."""
    if len(kept) == rows.shape[1]:
        return rows
    number = np.full(rows.shape[1], -1, dtype=rows.indices.dtype)
    number[kept] = np.arange(len(kept))
    columns = number[rows.indices]
    held = columns >= 0
    ends = np.concatenate([[0], np.cumsum(held)])[rows.indptr]
    return sparse.csr_matrix((rows.data[held], columns[held], ends), (rows.shape[0], len(kept)))
