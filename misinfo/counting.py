"""N-grams of many rows, counted once for many fits on parts of the rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import needed

if needed("sklearn"):
    from scipy import sparse
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.pipeline import FeatureUnion, Pipeline

from .disguises import undisguise_all
from .pipeline import known

PART = 10_000  # rows that are weighed together: few take little room


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
    >>> features = Counts(["to be", "to be", "or"], pipeline).fitted([0, 1], (1, 1))
    >>> features([0, 1]).shape[0], features([2]).nnz
    (2, 0)
    """

    def __init__(self, texts: Sequence[str], pipeline: Pipeline) -> None:
        texts = undisguise_all(texts)
        union = pipeline.named_steps["features"]
        blocks = union.transformer_list
        self.least = tuple(int(block.min_df) for _, block in blocks)
        self.weights = [(union.transformer_weights or {}).get(name, 1.0) for name, _ in blocks]
        parts, self.names = [], []
        for _, block in blocks:
            part = CountVectorizer.fit_transform(block, texts)
            names = block.get_feature_names_out()
            # frequent n-grams first, so that what solvers read often lies together
            order = np.argsort(-np.bincount(part.indices, minlength=len(names)), kind="stable")
            place = np.empty(len(order), dtype=part.indices.dtype)
            place[order] = np.arange(len(order))
            part.indices = place[part.indices]
            parts.append(part)
            # one string: these few would hold on to the memory of all n-grams, of which they are
            self.names.append("\n".join(names[order]))
            del block.vocabulary_, names
        most = int(max(part.data.max(initial=0) for part in parts))
        for part in parts:
            part.data = part.data.astype(np.min_scalar_type(most))  # bytes, as a rule
        self.counts = sparse.hstack(parts, format="csr")
        self.block = np.repeat(np.arange(len(parts)), [part.shape[1] for part in parts])
        # each block's n-grams lie together in a row: how many they are
        self.sizes = np.column_stack([np.diff(part.indptr) for part in parts])
        self.logs = (1 + np.log(np.arange(1, 1 + most))).astype(np.float32)

    def fitted(self, learn: Sequence[int], least: Sequence[int]) -> Callable[[Sequence[int]], Any]:
        """Fit the TF-IDF features on some rows.

        Parameters
        ----------
        learn : sequence of int
            Numbers of rows.
        least : sequence of int
            For each block, in how many of these rows an n-gram must stand; not fewer than the
            pipeline asked for.

        Returns
        -------
        callable
            Called with numbers of rows it returns their features, a sparse matrix of float32 and
            otherwise what a pipeline with these limits gives that was fitted on the same rows, but
            for the order of the n-grams: that of `hand_on`.
        """
        kept, rarity = self._known(learn, least)
        return partial(self._weighed, kept, rarity.astype(np.float32))

    def hand_on(self, union: FeatureUnion, learn: Sequence[int], least: Sequence[int]) -> None:
        """Give the vectorisers of a pipeline the vocabulary and the rarity that they would fit.

        Parameters
        ----------
        union : sklearn.pipeline.FeatureUnion
            Of a pipeline that counts the same n-grams.
        learn, least : sequence of int
            As in `fitted`.
        """
        kept, rarity = self._known(learn, least)
        ends = np.searchsorted(self.block, np.arange(1, len(self.names)))
        parts = zip(self.names, np.split(kept, ends), np.split(rarity, ends), strict=True)
        for (_, block), (names, held, rare) in zip(union.transformer_list, parts, strict=True):
            known(block, list(compress(names.split("\n"), held)), rare[held])

    def _known(
        self, learn: Sequence[int], least: Sequence[int]
    ) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Return which n-grams some rows have often enough, and how rare each is."""
        frequency = np.bincount(self.counts[learn].indices, minlength=len(self.block))
        # as TfidfTransformer has it
        rarity = np.log((1 + len(learn)) / (1 + frequency)) + 1
        return frequency >= np.asarray(least)[self.block], rarity

    def _weighed(
        self, kept: NDArray[np.bool_], rarity: NDArray[np.float32], index: Sequence[int]
    ) -> Any:
        """Weigh some columns of rows; each block of a row becomes as long as its weight."""
        numbers = np.asarray(index, dtype=np.intp)
        column = np.cumsum(kept, dtype=np.int32) - 1
        room = int(self.sizes[numbers].sum())  # some of it is never touched, and so never taken
        data, indices = np.empty(room, np.float32), np.empty(room, np.int32)
        ends = np.zeros(len(numbers) + 1, dtype=np.int64)
        row = used = 0
        for part in np.array_split(numbers, 1 + len(numbers) // PART):
            rows = self.counts[part]
            held = kept[rows.indices]
            starts = np.append(0, np.cumsum(self.sizes[part]))  # of each block of each row
            starts = np.append(0, np.cumsum(held))[starts]
            found, end = rows.indices[held], used + starts[-1]
            values = data[used:end]
            values[:] = self.logs[rows.data[held] - 1]  # the sublinear term frequency
            values *= rarity[found]
            lengths = np.diff(starts)
            norms = np.ones(len(lengths), dtype=np.float32)
            filled = np.flatnonzero(lengths)
            norms[filled] = np.sqrt(np.add.reduceat(values**2, starts[filled]))
            weights = np.tile(self.weights, len(part)).astype(np.float32)
            values *= np.repeat(weights / norms, lengths)
            indices[used:end] = column[found]
            ends[row : row + len(part)] = used + starts[: -1 : len(self.weights)]
            row, used = row + len(part), end
        ends[-1] = used
        shape = (len(numbers), int(kept.sum()))
        return sparse.csr_matrix((data[:used], indices[:used], ends), shape)
