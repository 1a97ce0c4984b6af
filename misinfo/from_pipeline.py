"""A fitted scikit-learn pipeline as the parts of a model. Imports scikit-learn when called."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .disguises import undisguise_all
from .engine import token_pattern
from .errors import ModelError, needed
from .labels import default
from .parts import MOST_WORDS, Parts
from .pipeline import STEPS, VECTORISER, Floats

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
    >>> pipeline = misinfo.load().to_pipeline()
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


def _several(classifier: Any) -> Any:
    """Return what `pipeline.fitted` makes of several classes: their regression, and the sides."""
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
