"""A model as an ordinary scikit-learn pipeline, and back. Imports scikit-learn when called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .engine import token_pattern
from .storage import Parts
from .text import undisguise_all

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

VECTORISER: Mapping[str, Any] = {
    "word_range": (1, 3),
    "char_range": (2, 5),
    "min_token": 1,
    "word_min_df": 3,
    "char_min_df": 6,
}
"""The settings of the bundled model; ``docs/model.md`` shows what others give."""


def unfitted(vectoriser: Mapping[str, Any], c: float = 4.0) -> Pipeline:
    """Return the pipeline that the trainer fits.

    Parameters
    ----------
    vectoriser : mapping
        Keys as in `VECTORISER`.
    c : float, default 4.0
        Inverse strength of the L2 regularisation.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Steps ``undisguise``, ``features`` (word and character TF-IDF side by side) and
        ``classifier`` (a logistic regression).

    Examples
    --------
    >>> list(unfitted(VECTORISER).named_steps)
    ['undisguise', 'features', 'classifier']
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import FeatureUnion, Pipeline
    from sklearn.preprocessing import FunctionTransformer

    return Pipeline(
        [
            ("undisguise", FunctionTransformer(undisguise_all)),
            ("features", FeatureUnion(list(_blocks(vectoriser).items()))),
            ("classifier", LogisticRegression(C=c, solver="liblinear", random_state=0)),
        ]
    )


def _blocks(vectoriser: Mapping[str, Any]) -> dict[str, Any]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = TfidfVectorizer(
        ngram_range=tuple(vectoriser["word_range"]),
        token_pattern=token_pattern(vectoriser["min_token"]),
        min_df=vectoriser["word_min_df"],
        sublinear_tf=True,
    )
    characters = TfidfVectorizer(
        analyzer="char_wb",
        ngram_range=tuple(vectoriser["char_range"]),
        min_df=vectoriser["char_min_df"],
        sublinear_tf=True,
    )
    return {"words": words, "characters": characters}


def fitted(parts: Parts) -> Pipeline:
    """Return a fitted pipeline with the sentence numbers of a model.

    Parameters
    ----------
    parts : Parts
        Of any model.

    Returns
    -------
    sklearn.pipeline.Pipeline
        ``predict_proba`` gives what ``Model.predict_proba_sentences`` gives.

    Examples
    --------
    >>> import misinfo
    >>> fitted(misinfo.load().parts).predict_proba(["Open on Monday."]).shape
    (1, 2)
    """
    n_words = parts.settings["n_words"]
    pipeline = unfitted(parts.settings["vectoriser"])
    slices = {"words": slice(0, n_words), "characters": slice(n_words, None)}
    union = pipeline.named_steps["features"]
    union.transformer_list = [
        (name, block) for name, block in union.transformer_list if parts.vocabulary[slices[name]]
    ]
    for name, block in union.transformer_list:
        terms = parts.vocabulary[slices[name]]
        block.set_params(vocabulary={term: index for index, term in enumerate(terms)})
        block.idf_ = parts.idf[slices[name]].astype(np.float64)
    classifier = pipeline.named_steps["classifier"]
    classifier.classes_ = np.array([0, 1])
    classifier.coef_ = parts.coef[:, :1].T.astype(np.float64)
    classifier.intercept_ = parts.intercept[:1].copy()
    classifier.n_features_in_ = len(parts.vocabulary)
    classifier.n_iter_ = np.array([0])
    return pipeline
