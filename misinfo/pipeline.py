"""A model as an ordinary scikit-learn pipeline. Imports scikit-learn when called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .disguises import undisguise_all
from .engine import token_pattern
from .errors import MisinfoError, needed
from .parts import Parts

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

Floats = NDArray[np.float64]

VECTORISER: Mapping[str, Any] = {
    "word_range": (1, 3),
    "char_range": (4, 4),
    "min_token": 1,
    "word_min_df": 6,
    "char_min_df": 12,
    "lowercase": True,
    "char_weight": 0.5,  # how much a character n-gram counts beside a word n-gram
}
"""The settings of the bundled model; ``docs/model.md`` shows what others give."""
C = 12.0
"""How weakly the bundled model is regularised."""
STEPS = ["classes", "overstated", "inside", "log_odds", "classifier"]
"""What a classifier of several classes is made of."""


def build_pipeline(
    vectoriser: Mapping[str, Any] | None = None,
    c: float = C,
    smoothing: float = 0.0,
    rows: int | None = None,
) -> Pipeline:
    """Return the unfitted pipeline that the trainer fits, for scikit-learn's own tools.

    Parameters
    ----------
    vectoriser : mapping, optional
        Keys as in ``misinfo.pipeline.VECTORISER``, which is the default.
    c : float, default 12.0
        Inverse strength of the L2 regularisation.
    smoothing : float, default 0.0
        Above zero, features are weighted by their log-count ratio: `ratio.LogRatioRegression`.
    rows : int, optional
        That it is for: of few, n-grams need stand in fewer, as the trainer has it.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Steps ``undisguise``, ``features`` (word and character TF-IDF side by side) and
        ``classifier`` (a logistic regression). Once fitted, ``Model.from_pipeline`` takes it.

    Raises
    ------
    MisinfoError
        When the settings of the vectoriser are not all there, or scikit-learn is not installed.

    Examples
    --------
    >>> pipeline = build_pipeline()
    >>> list(pipeline.named_steps)
    ['undisguise', 'features', 'classifier']
    >>> _ = pipeline.set_params(features__words__ngram_range=(1, 2), classifier__C=1.0)

    Who takes one of the two blocks away sets ``features__transformer_weights`` to None too.
    """
    vectoriser = VECTORISER if vectoriser is None else vectoriser
    if missing := VECTORISER.keys() - vectoriser.keys() - {"lowercase", "char_weight"}:
        raise MisinfoError(
            f"settings of the vectoriser lack {', '.join(sorted(missing))}: take "
            "{**misinfo.pipeline.VECTORISER, ...}"
        )
    needed("sklearn")
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import FeatureUnion, Pipeline
    from sklearn.preprocessing import FunctionTransformer

    from .ratio import build_classifier

    vectoriser = vectoriser if rows is None else for_rows(vectoriser, rows)
    shared = {"sublinear_tf": True, "lowercase": vectoriser.get("lowercase", True)}
    words = TfidfVectorizer(
        ngram_range=tuple(vectoriser["word_range"]),
        token_pattern=token_pattern(vectoriser["min_token"]),
        min_df=vectoriser["word_min_df"],
        **shared,
    )
    characters = TfidfVectorizer(
        analyzer="char_wb",
        ngram_range=tuple(vectoriser["char_range"]),
        min_df=vectoriser["char_min_df"],
        **shared,
    )
    weight = vectoriser.get("char_weight", 1.0)
    features = FeatureUnion(
        [("words", words), ("characters", characters)],
        transformer_weights={"characters": weight} if weight != 1 else None,
    )
    return Pipeline(
        [
            ("undisguise", FunctionTransformer(undisguise_all, feature_names_out="one-to-one")),
            ("features", features),
            ("classifier", build_classifier(c, smoothing)),
        ]
    )


def for_rows(vectoriser: Mapping[str, Any], rows: int) -> dict[str, Any]:
    """Return the settings for so many rows: few of them cannot ask for frequent n-grams."""
    most = {"word_min_df": max(1, rows // 1000), "char_min_df": max(2, rows // 500)}
    return {**vectoriser, **{key: min(vectoriser[key], n) for key, n in most.items()}}


def fitted(parts: Parts) -> Pipeline:
    """Return a fitted pipeline with the sentence numbers of a model.

    Parameters
    ----------
    parts : Parts
        Of any model.

    Returns
    -------
    sklearn.pipeline.Pipeline
        ``predict_proba`` gives what ``Model.predict_proba_sentences`` gives. It has no heads of
        tags or of labels: it says overstated or measured alone.

    Examples
    --------
    >>> import misinfo
    >>> fitted(misinfo.load().parts).predict_proba(["Open on Monday."]).shape
    (1, 2)
    """
    n_words = parts.settings["n_words"]
    pipeline = build_pipeline(parts.settings["vectoriser"])
    slices = {"words": slice(0, n_words), "characters": slice(n_words, None)}
    union = pipeline.named_steps["features"]
    union.transformer_list = [
        (name, block) for name, block in union.transformer_list if parts.vocabulary[slices[name]]
    ]
    for name, block in union.transformer_list:
        terms = parts.vocabulary[slices[name]]
        known(block, terms, parts.idf[slices[name]].astype(np.float64))
    n = sum(parts.sides)
    weights, intercept = parts.weights[:, :n].astype(np.float64), parts.intercept[:n].copy()
    if len(union.transformer_list) < 2:
        union.transformer_weights = None
    elif union.transformer_weights:  # the parts have them in their coefficients
        weights[n_words:] /= union.transformer_weights["characters"]
    classifier = _classifier(weights, intercept, parts.settings.get("classes"))
    pipeline.steps[-1] = ("classifier", classifier)
    return pipeline


def known(block: Any, terms: Sequence[str], idf: Floats) -> None:
    """Make an unfitted vectoriser a fitted one.

    Parameters
    ----------
    block : sklearn.feature_extraction.text.TfidfVectorizer
        Its parameters stay as they are: a vocabulary among them is shown, and outlives ``clone``.
    terms : sequence of str
        Its n-grams, in the order of its columns.
    idf : ndarray of float64, shape (n_terms,)
        How rare each is.
    """
    block.idf_ = idf
    block.vocabulary_ = {term: index for index, term in enumerate(terms)}
    block.fixed_vocabulary_ = False


def _regression(weights: Floats, intercept: Floats, classes: Sequence[Any] = (0, 1)) -> Any:
    """Return a fitted logistic regression: one column of weights for two classes, or one each."""
    from .ratio import build_classifier

    found = build_classifier(C)
    found.coef_, found.intercept_ = np.ascontiguousarray(weights.T), intercept
    found.classes_, found.n_features_in_ = np.array(classes), len(weights)
    found.n_iter_ = np.array([0])
    return found


def _classifier(weights: Floats, intercept: Floats, sides: Any) -> Any:
    """Return what gives the probabilities of measured and overstated from the features.

    Several classes are a logistic regression; the probabilities of those that are overstated are
    summed up. All steps are scikit-learn's, NumPy's and SciPy's own, so that it loads where misinfo
    is not installed.
    """
    if weights.shape[1] == 1:
        return _regression(weights, intercept)
    from scipy.special import logit
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import FunctionTransformer

    names = [*sides["overstated"], *sides["measured"]]
    summed = (np.arange(len(names)) < len(sides["overstated"])).astype(np.float64)[:, None]
    end = np.finfo(np.float64).eps / 2  # a probability may round to one, its log-odds are finite
    steps = [
        FunctionTransformer(_regression(weights, intercept, names).predict_proba),
        FunctionTransformer(np.tensordot, kw_args={"b": summed, "axes": 1}),
        FunctionTransformer(np.clip, kw_args={"a_min": end, "a_max": 1 - end}),
        FunctionTransformer(logit),
        _regression(np.ones((1, 1)), np.zeros(1)),
    ]
    return Pipeline(list(zip(STEPS, steps, strict=True)))
