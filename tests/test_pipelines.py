"""Models and scikit-learn pipelines, both ways, with the same numbers."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import run
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import LinearSVC

import misinfo
from misinfo.errors import MisinfoError, ModelError
from misinfo.fitting import Recipe
from misinfo.pipeline import VECTORISER
from misinfo.training import build_pipeline

SMALL = {**VECTORISER, "word_min_df": 1, "char_min_df": 2}
TEXTS = [
    *(f"Our {herb} tea cures gout in {n} days!" for n, herb in enumerate("abcdefgh")),
    *(f"Clinic {n} opens at {n}; ask about {herb}." for n, herb in enumerate("abcdefgh")),
]
LABELS = ["fake"] * 8 + ["real"] * 8
HARD = [
    "",
    " ",
    "c u r e s gout\u200b",
    "Çures ＧＯＵＴ 100 %",
    "tea\ntea tea",
    "TEA. Cures? a-b",
    "ΣΑΣ İ ß",
]


@pytest.fixture(scope="module", params=[(0.0, True), (0.5, True), (0.0, False)])
def fitted(request):
    smoothing, lowercase = request.param
    shape = {**SMALL, "lowercase": lowercase}
    return build_pipeline(shape, smoothing=smoothing).fit(TEXTS, LABELS)


def same(model, pipeline, texts):
    column = 0 if "fake" in pipeline.classes_ else 1
    expected = pipeline.predict_proba(texts)[:, column]
    for found in (model.predict_proba_sentences(texts), model.predict_proba(texts)):
        # Text without words has no sentence, and is never overstated. A raised number points to a
        # note: none begins with it.
        notes = [any(c.isdigit() and not c.isdecimal() for c in text) for text in texts]
        words = [
            any(map(str.isalnum, text)) and not note
            for text, note in zip(texts, notes, strict=True)
        ]
        np.testing.assert_allclose(found[words, 1], expected[words], atol=1e-9)


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ("It cures gout.", "several texts, not one string: put it into a list"),
        ({"text": "Tea"}, "several texts, not a dict"),
        (["Tea", None], "a text must be a string, not NoneType"),
        (np.array(["Tea", float("nan")], object), "a text must be a string, not float"),
    ],
)
def test_what_is_no_list_of_texts_is_refused_by_a_pipeline_too(fitted, texts, told):
    for judge in (fitted.predict, misinfo.load().predict_proba):
        with pytest.raises(TypeError, match=told):
            judge(texts)


def test_a_pipeline_becomes_a_model_and_a_pipeline_again(fitted, tmp_path):
    model = misinfo.Model.from_pipeline(fitted, name="tea", positive="fake", threshold=0.4)
    same(model, fitted, TEXTS + HARD)
    np.testing.assert_allclose(
        model.to_pipeline().predict_proba(TEXTS)[:, 1], fitted.predict_proba(TEXTS)[:, 0], atol=1e-9
    )
    model.save(tmp_path / "tea")
    loaded = misinfo.load(tmp_path / "tea")
    same(loaded, fitted, TEXTS + HARD)
    assert loaded.score(TEXTS[0]).overstated
    assert loaded.threshold == 0.4
    assert "not known" in loaded.parts.card
    assert "unknown" in run("info", "-m", tmp_path / "tea").stdout
    again = misinfo.Model.from_pipeline(loaded.to_pipeline())
    same(again, loaded.to_pipeline(), TEXTS + HARD)


@settings(max_examples=60)
@given(texts=st.lists(st.text() | st.sampled_from(TEXTS + HARD), min_size=1, max_size=5))
def test_any_text_has_the_same_number(fitted, texts):
    same(misinfo.Model.from_pipeline(fitted), fitted, texts)


def test_the_bundled_model_goes_both_ways(model, pipeline):
    same(misinfo.Model.from_pipeline(pipeline), pipeline, TEXTS + HARD)


def test_a_fitted_pipeline_is_shown_without_its_vocabulary(model, pipeline):
    assert len(repr(pipeline)) < 5_000
    names = pipeline[:-1].get_feature_names_out()
    assert len(names) == len(model.parts.vocabulary)
    with pytest.raises(NotFittedError):
        clone(pipeline).predict(TEXTS)


def test_a_search_over_the_pipeline_is_taken(tmp_path):
    grid = {"classifier__C": [1, 8], "features__words__ngram_range": [(1, 1), (1, 2)]}
    search = GridSearchCV(build_pipeline(SMALL), grid, cv=2).fit(TEXTS, LABELS)
    for found in (search, search.best_estimator_):
        model = misinfo.Model.from_pipeline(found)
        same(model, search.best_estimator_, TEXTS + HARD)
        assert model.explain(TEXTS[0]).ngrams


def test_one_block_is_enough():
    for keep in ("words", "characters"):
        pipeline = build_pipeline(SMALL)
        union = pipeline.named_steps["features"]
        union.transformer_list = [item for item in union.transformer_list if item[0] == keep]
        union.transformer_weights = {keep: 3.0}
        pipeline.fit(TEXTS, LABELS)
        same(misinfo.Model.from_pipeline(pipeline), pipeline, TEXTS + HARD)


def test_a_block_may_be_dropped():
    pipeline = changed(features__characters="drop", features__transformer_weights=None)
    pipeline.fit(TEXTS, LABELS)
    same(misinfo.Model.from_pipeline(pipeline), pipeline, TEXTS + HARD)


@pytest.mark.parametrize(
    ("dropped", "said"),
    [
        ("characters", "TF-IDF over word n-grams 1 to 3, {n} of them; one"),
        ("words", "TF-IDF over character n-grams 4 within words; one"),
    ],
)
def test_a_card_describes_no_block_that_is_not_there(dropped, said):
    options = {f"features__{dropped}": "drop", "features__transformer_weights": None}
    pipeline = changed(**options).fit(TEXTS, LABELS)
    model = misinfo.Model.from_pipeline(pipeline)
    assert said.format(n=f"{len(model.parts.vocabulary):,}") in model.parts.card
    assert f"{dropped[:-1]} n-gram" not in model.parts.card


@pytest.mark.parametrize(
    ("weights", "ratio"),
    [
        (None, 1.0),
        ({"characters": 0.3}, 0.3),
        ({"words": 2.0, "characters": None}, 0.5),
        ({"words": 0.0}, 1.0),
    ],
)
def test_weights_of_the_blocks_go_both_ways(weights, ratio):
    pipeline = changed(features__transformer_weights=weights).fit(TEXTS, LABELS)
    model = misinfo.Model.from_pipeline(pipeline)
    same(model, pipeline, TEXTS + HARD)
    assert model.settings["vectoriser"]["char_weight"] == pytest.approx(ratio)
    again = model.to_pipeline()
    same(model, again, TEXTS + HARD)
    kept = again.named_steps["features"].transformer_weights or {"characters": 1.0}
    assert kept["characters"] == pytest.approx(ratio)


def test_arrays_of_strings_are_texts():
    pipeline = build_pipeline(SMALL).fit(np.array(TEXTS), LABELS)
    same(misinfo.Model.from_pipeline(pipeline), pipeline, np.array(TEXTS))


def changed(**params):
    return build_pipeline(SMALL).set_params(**params)


@pytest.mark.parametrize(
    ("pipeline", "what"),
    [
        (build_pipeline(SMALL), "it is not fitted"),
        (
            make_pipeline(TfidfVectorizer(), LogisticRegression()),
            r"it has 2 steps \(TfidfVectorizer, LogisticRegression\), not 3: it lacks the first "
            "step 'undisguise' and a FeatureUnion",
        ),
        (
            Pipeline(build_pipeline(SMALL).steps[1:]),
            r"\(FeatureUnion, LogisticRegression\), not 3: it lacks the first step 'undisguise'\.",
        ),
        (LogisticRegression(), "type LogisticRegression"),
        (changed(features__words__lowercase=False), "lowercase is not the same"),
        (changed(features__words__stop_words=["tea"]), "stop_words"),
        (changed(features__characters__analyzer="char"), "analyzer is 'char'"),
        (changed(features__words__token_pattern=r"\S+"), "token_pattern"),
        (changed(classifier=LinearSVC()), "type LinearSVC"),
        (changed(features__words__ngram_range=(1, 17)), "more than 16 words"),
        (changed(features__words__vocabulary=["tea", "gout\n"]), "holds the end of a line"),
        (changed(features__words__vocabulary=["tea", "gout\r"]), "holds the end of a line"),
    ],
)
def test_another_shape_is_refused_with_what_is_supported(pipeline, what):
    if "not fitted" not in what:
        with np.errstate(all="ignore"):
            X = TEXTS if hasattr(pipeline, "steps") else np.arange(16)[:, None]  # noqa: N806
            pipeline.fit(X, LABELS)
    with pytest.raises(ModelError, match=what) as error:
        misinfo.Model.from_pipeline(pipeline)
    assert "build_pipeline" in str(error.value)


@pytest.mark.parametrize("rows", [40, 3_000, 100_000])
def test_a_pipeline_for_so_many_rows_is_the_one_that_the_trainer_fits(rows):
    blocks = build_pipeline(rows=rows).named_steps["features"].transformer_list
    least = tuple(block.min_df for _, block in blocks)
    assert least == Recipe().fitting(rows).least
    assert (least == Recipe().least) == (rows > 6_000)


def test_settings_that_lack_something_are_told():
    with pytest.raises(MisinfoError, match=r"lack char_min_df, .*, word_min_df: take"):
        build_pipeline({"word_range": (1, 2)})


def test_three_classes_and_a_class_that_is_not_there():
    pipeline = build_pipeline(SMALL).set_params(classifier=LogisticRegression())
    pipeline.fit(TEXTS, [*LABELS[:-2], "other", "other"])
    with pytest.raises(ModelError, match="it has 3 classes"):
        misinfo.Model.from_pipeline(pipeline)
    pipeline.fit(TEXTS, LABELS)
    with pytest.raises(ModelError, match="no class 'x'; there are 'fake' and 'real'"):
        misinfo.Model.from_pipeline(pipeline, positive="x")
    with pytest.raises(ValueError, match="from 0 to 1"):
        misinfo.Model.from_pipeline(pipeline, threshold=3)


@pytest.mark.parametrize(
    ("classes", "overstated"),
    [
        (("fake", "real"), "fake"),
        (("genuine", "misinformation"), "misinformation"),
        (("0", "1"), "1"),
        ((0, 1), 1),
        ((-1, 1), 1),
        ((False, True), True),
        (("false", "true"), None),
        (("bad", "good"), None),
        (("fake", "unreliable"), None),
    ],
)
def test_the_class_that_means_overstated_is_plain_or_asked_for(classes, overstated):
    labels = [classes[n % 2] for n in range(len(TEXTS))]
    pipeline = build_pipeline(SMALL).fit(TEXTS, labels)
    if overstated is None:
        with pytest.raises(ModelError, match=f"There are {', '.join(classes)}: .* positive=$"):
            misinfo.Model.from_pipeline(pipeline)
    else:
        found = misinfo.Model.from_pipeline(pipeline).predict_proba(TEXTS)
        named = misinfo.Model.from_pipeline(pipeline, positive=overstated).predict_proba(TEXTS)
        assert (found == named).all()


def test_an_exported_pipeline_loads_without_misinfo(tmp_path):
    pipeline = build_pipeline(SMALL, smoothing=0.5).fit(TEXTS, LABELS)
    misinfo.Model.from_pipeline(pipeline).save(tmp_path / "tea")
    result = run("export", tmp_path / "tea", "--format", "joblib", "-o", tmp_path / "x.joblib")
    assert result.exit_code == 0, result.stderr
    code = (
        "import sys; sys.modules['misinfo'] = None\n"
        f"import joblib; p = joblib.load({str(tmp_path / 'x.joblib')!r})\n"
        f"print(*p.predict_proba({TEXTS!r})[:, 1])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    np.testing.assert_allclose(
        np.array(printed.split(), dtype=float), pipeline.predict_proba(TEXTS)[:, 0], atol=1e-9
    )
