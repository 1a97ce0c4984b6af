"""A model as an ordinary scikit-learn pipeline, and back. Imports scikit-learn when called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .disguises import undisguise_all
from .engine import token_pattern
from .errors import MisinfoError, ModelError, needed
from .labels import default
from .storage import MOST_WORDS, Parts

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


def _several(classifier: Any) -> Any:
    """Return what `_classifier` makes of several classes: their regression, and the sides."""
    from sklearn.pipeline import Pipeline

    if not isinstance(classifier, Pipeline) or list(classifier.named_steps) != STEPS:
        return None, {"overstated": ["overstated"], "measured": []}
    regression = getattr(classifier.named_steps["classes"].func, "__self__", None)
    summed = classifier.named_steps["overstated"].kw_args["b"][:, 0] > 0
    names = getattr(regression, "classes_", np.array([]))
    return regression, {
        "overstated": names[summed].tolist(),
        "measured": names[~summed].tolist(),
    }


STEPS = ["classes", "overstated", "inside", "log_odds", "classifier"]
SHAPE = (
    "a fitted pipeline as misinfo.training.build_pipeline() makes it: the step 'undisguise', a "
    "FeatureUnion of one TfidfVectorizer of words and one of char_wb (one of them may be missing), "
    "and a LogisticRegression with two classes"
)
# What the engine reads is what a vectoriser does with these parameters.
_FIXED = {
    "binary": False,
    "decode_error": "strict",
    "input": "content",
    "norm": "l2",
    "preprocessor": None,
    "stop_words": None,
    "strip_accents": None,
    "sublinear_tf": True,
    "tokenizer": None,
    "use_idf": True,
}


class _Block(NamedTuple):
    """What a fitted vectoriser knows, and its weight in the union, which `coef` has in it."""

    terms: list[str]
    idf: Floats
    coef: Floats
    weight: float


def parts_of(pipeline: Any, positive: Any = None) -> Parts:
    """Return the parts of a model with the numbers of a fitted pipeline.

    Parameters
    ----------
    pipeline : sklearn.pipeline.Pipeline
        Of the shape that `build_pipeline` gives. A fitted search stands for its best pipeline.
    positive : object, optional
        The class that counts as overstated; by default 1 or True, or what a text's name says.

    Returns
    -------
    Parts
        In double precision; the settings hold ``n_words``, ``n_characters``, ``vectoriser`` and
        ``classes`` alone.

    Raises
    ------
    ModelError
        When the pipeline has another shape, saying what is supported.

    Examples
    --------
    >>> import misinfo
    >>> pipeline = fitted(misinfo.load().parts)
    >>> parts_of(pipeline).settings["vectoriser"]["word_range"]
    (1, 3)
    """
    needed("sklearn")
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import FeatureUnion, Pipeline

    pipeline = getattr(pipeline, "best_estimator_", pipeline)
    if not isinstance(pipeline, Pipeline):
        raise _unlike(f"this is {_named(pipeline)}")
    steps = [step for _, step in pipeline.steps]
    if len(steps) != 3:
        kinds = {
            "the first step 'undisguise'": any(
                getattr(step, "func", None) is undisguise_all for step in steps
            ),
            "a FeatureUnion": any(isinstance(step, FeatureUnion) for step in steps),
        }
        lacks = [kind for kind, there in kinds.items() if not there]
        types = ", ".join(type(step).__name__ for step in steps)
        what = f": it lacks {' and '.join(lacks)}" if lacks else ""
        raise _unlike(f"it has {len(steps)} steps ({types}), not 3{what}")
    first, union, classifier = steps
    if getattr(first, "func", None) is not undisguise_all:
        raise _unlike(f"its first step is {_named(first)}, not the one that undoes disguises")
    if not isinstance(union, FeatureUnion):
        raise _unlike(f"its second step is {_named(union)}")
    several, sides = _several(classifier)
    regression = classifier if several is None else several
    if not isinstance(regression, LogisticRegression):
        raise _unlike(f"its last step is {_named(classifier)}")
    if not hasattr(regression, "coef_"):
        raise _unlike("it is not fitted")
    weights, intercept = regression.coef_.T, regression.intercept_
    classes = classifier.classes_.tolist()
    if len(classes) != 2:
        raise _unlike(f"it has {len(classes)} classes")
    positive = default(classes) if positive is None else positive
    if positive not in classes:
        raise ModelError(f"no class {positive!r}; there are {classes[0]!r} and {classes[1]!r}")
    if several is not None and positive != classes[1]:
        raise ModelError(f"{positive!r} is made of several, and cannot be the positive class")
    shape = dict(VECTORISER)
    found: dict[str, _Block] = {}
    blocks = [item for item in union.transformer_list if not isinstance(item[1], str)]  # "drop"
    if len({bool(block.get_params().get("lowercase")) for _, block in blocks}) > 1:
        raise _unlike("lowercase is not the same in both blocks")
    start = 0
    for step, block in blocks:
        name, settings = _block_shape(block)
        if name in found:
            raise _unlike(f"it has two blocks of {name}")
        shape.update(settings)
        terms = block.get_feature_names_out().tolist()
        if any("\n" in term or "\r" in term for term in terms):
            raise _unlike("an n-gram holds the end of a line")
        weight = (union.transformer_weights or {}).get(step)
        weight = 1.0 if weight is None else float(weight)
        coef = weights[start : (start := start + len(terms))] * weight
        found[name] = _Block(terms, block.idf_, coef, weight)
    nothing = _Block([], np.empty(0), np.empty((0, weights.shape[1])), 1.0)
    words, characters = found.get("words", nothing), found.get("characters", nothing)
    sign = 1.0 if positive == classes[1] else -1.0
    ratio = characters.weight / (words.weight or 1.0)
    shape["char_weight"] = ratio if len(found) == 2 and ratio > 0 else 1.0
    return Parts(
        [*words.terms, *characters.terms],
        np.concatenate([words.idf, characters.idf]),
        sign * np.concatenate([words.coef, characters.coef]),
        sign * np.broadcast_to(intercept, weights.shape[1]).astype(np.float64),
        {
            "n_words": len(words.terms),
            "n_characters": len(characters.terms),
            "vectoriser": shape,
            "classes": sides,
        },
    )


def _block_shape(block: Any) -> tuple[str, dict[str, Any]]:
    """Return whether a vectoriser reads words or characters, and its settings as ours."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    if not isinstance(block, TfidfVectorizer):
        raise _unlike(f"it has a block {_named(block)}")
    params = block.get_params()
    if odd := [name for name, value in _FIXED.items() if params[name] != value]:
        raise _unlike(
            ", ".join(f"{name} is {params[name]!r}, not {_FIXED[name]!r}" for name in odd)
        )
    name = {"word": "words", "char_wb": "characters"}.get(str(params["analyzer"]))
    if name is None:
        raise _unlike(f"analyzer is {params['analyzer']!r}, not 'word' or 'char_wb'")
    key = "word" if name == "words" else "char"
    found = {f"{key}_range": params["ngram_range"], f"{key}_min_df": params["min_df"]}
    found["lowercase"] = bool(params["lowercase"])
    if name == "words":
        if params["ngram_range"][1] > MOST_WORDS:
            raise _unlike(f"its n-grams have more than {MOST_WORDS} words")
        tokens = {token_pattern(size): size for size in (1, 2)}
        if params["token_pattern"] not in tokens:
            raise _unlike(
                f"token_pattern is {params['token_pattern']!r}, not {' or '.join(tokens)}"
            )
        found["min_token"] = tokens[params["token_pattern"]]
    return name, found


def _named(thing: Any) -> str:
    return f"of type {type(thing).__name__}"


def _unlike(what: str) -> ModelError:
    return ModelError(f"this pipeline cannot become a model: {what}. Supported is {SHAPE}")
