"""The main head: which classes it is made of, and how the fitted heads are mixed into them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import misinfo
from misinfo import mixing, training
from misinfo.contrasts import total
from misinfo.errors import ModelError
from misinfo.labelled import Labelled
from misinfo.mixing import Classes, classes, fit_mixing, fit_tags, mixed
from misinfo.rows import Row


def row(text, tags, n=0, group=""):
    overstated = tags[0] in training.TAGS
    return Row(text, overstated, tags, group or f"{text} {n}", "")


def test_a_measured_row_is_of_the_first_of_its_tags_that_the_codebook_names(monkeypatch):
    monkeypatch.setattr(mixing, "CLASS", 2)
    data = [
        *(row("no cure", ("hedged", "negated"), n) for n in range(2)),
        *(row("open daily", ("plain",), n) for n in range(3)),
        row("may help", ("hedged",)),
        row("cures", ("cure",)),
        row("odd", ("unheard of",)),
    ]
    found = classes(data, ["cure", "speed"])
    assert found.measured == ["negated", "plain"]  # too few are hedged: they go with the plain ones
    assert found.kind.tolist() == [0, 0, 1, 1, 1, 1, -1, 1]
    assert found.overstated == ["overstated"]
    assert found.n_heads == 3
    assert found.start().shape == (4, 3)


def test_reasons_with_enough_rows_are_classes_too(monkeypatch):
    monkeypatch.setattr(mixing, "CLASS", 2)
    data = [
        row(text, tags, n)
        for n in range(2)
        for text, tags in (
            ("cures in days", ("cure", "speed")),
            ("no cure", ("negated",)),
            ("open daily", ("plain",)),
        )
    ]
    found = classes([*data, row("wonder", ("miracle",))], ["miracle", "cure", "speed"])
    assert found.overstated == ["cure", "speed"]
    assert found.n_heads == 1 + 2 + 3
    assert found.start().shape == (7, 4)


def test_of_very_many_reasons_the_most_frequent_are_classes(monkeypatch):
    monkeypatch.setattr(mixing, "CLASS", 2)
    monkeypatch.setattr(training, "TAGS", tuple(f"reason {n}" for n in range(30)))
    data = [row(tag, (tag,), n) for n in range(3) for tag in training.TAGS]
    data += [row("once more", (training.TAGS[-1],)), row("reason 0", (training.TAGS[0],))]
    data += [row(tag, (tag,), n) for n in range(2) for tag in ("negated", "plain")]
    found = classes(data, training.TAGS)
    assert len(found.overstated) == mixing.MOST
    assert {training.TAGS[0], training.TAGS[-1]} <= set(found.overstated)
    assert len(found.overstated) + 8 <= 32


def test_tags_that_tell_nothing_make_it_binary(monkeypatch):
    monkeypatch.setattr(mixing, "CLASS", 2)
    data = [row("tea", ("plain",), n) for n in range(9)] + [row("cures", ("cure",))]
    found = classes(data, ["cure"])
    assert (found.overstated, found.measured) == (["overstated"], [])
    assert found.kind.tolist() == [0] * 9 + [-1]
    assert found.n_heads == 1


def some(n_measured, n_overstated):
    measured = [f"m{n}" for n in range(n_measured)]
    tags = tuple(f"o{n}" for n in range(n_overstated)) if n_overstated > 1 else ()
    return Classes(list(tags) or ["overstated"], measured, np.zeros(0, dtype=np.intp), tags)


def loss(heads, labels, mixing_, n_overstated):
    log_odds = total(mixed(heads, mixing_), n_overstated)
    return np.mean(np.logaddexp(0, np.where(labels, -log_odds, log_odds)))


@given(st.sampled_from([(0, 1), (2, 1), (3, 1), (2, 2), (4, 3)]), st.integers(0, 2**32 - 1))
def test_a_fitted_mixing_is_no_worse_than_none(shape, seed):
    found, random = some(*shape), np.random.default_rng(seed)
    labels = random.random(60) < 0.4
    heads = random.normal(size=(60, found.n_heads + 1)) + 2 * labels[:, None]
    fitted = fit_mixing(heads, labels, found)
    assert fitted.shape == found.start().shape
    start = loss(heads, labels, found.start(), shape[1])
    assert loss(heads, labels, fitted, shape[1]) <= start + 1e-9


def test_one_head_is_calibrated_and_never_turned_round():
    random, found = np.random.default_rng(0), some(0, 1)
    labels = random.random(5000) < 0.3
    log_odds = np.log(0.3 / 0.7) + 2 * random.normal(size=5000)
    truth = random.random(5000) < 1 / (1 + np.exp(-log_odds))
    assert fit_mixing(3 * log_odds[:, None] - 1, truth, found).ravel() == pytest.approx(
        [1 / 3, 1 / 3], abs=0.05
    )
    assert fit_mixing(np.where(labels, -1.0, 1.0)[:, None], labels, found)[0, 0] > 0


def test_the_last_bits_of_heads_do_not_decide_how_they_are_mixed():
    random, found = np.random.default_rng(0), some(6, 8)
    labels = random.random(4000) < 0.4
    shared = random.normal(size=(4000, 1)) + 2 * labels[:, None]  # heads say much the same
    heads = 3 * shared + random.normal(size=(4000, found.n_heads)) * random.random(found.n_heads)
    bits = 1e-7 * random.normal(size=heads.shape)
    scores = [total(mixed(heads, fit_mixing(h, labels, found)), 8) for h in (heads, heads + bits)]
    assert np.abs(scores[0] - scores[1]).max() < 0.005


@pytest.mark.parametrize("shape", [(0, 1), (2, 1), (2, 2)])
def test_a_row_of_weight_three_is_three_rows(shape):
    found, random = some(*shape), np.random.default_rng(0)
    labels = random.random(60) < 0.4
    heads = random.normal(size=(60, found.n_heads)) + 2 * labels[:, None]
    often = random.integers(1, 4, 60)
    many = fit_mixing(np.repeat(heads, often, axis=0), np.repeat(labels, often), found)
    assert fit_mixing(heads, labels, found, often) == pytest.approx(many, abs=0.02)
    assert (fit_mixing(heads, labels, found, [4] * 60) == fit_mixing(heads, labels, found)).all()
    tags = labels[:, None]
    many = fit_tags(np.repeat(heads, often, axis=0), np.repeat(tags, often, axis=0))
    found = mixed(heads, fit_tags(heads, tags, often))
    assert found == pytest.approx(mixed(heads, many), abs=0.2)


def test_tags_are_told_from_the_scores():
    random = np.random.default_rng(0)
    scores = random.normal(size=(4000, 3)) * [1.0, 10.0, 0.1]
    log_odds = 2 * scores[:, 0] - 0.3 * scores[:, 1] + 1
    tags = np.column_stack([random.random(4000) < 1 / (1 + np.exp(-log_odds)), np.zeros(4000) > 0])
    found = mixed(scores, fit_tags(scores, tags))
    assert np.corrcoef(found[:, 0], log_odds)[0, 1] > 0.99
    assert (found[:, 1] == -10).all()


@pytest.fixture(scope="module")
def model():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mixing, "CLASS", 20)
        things = ["gout", "warts", "acne", "colic", "piles", "cramp", "croup", "styes", "corns"]
        data = [
            made
            for n, thing in enumerate(things * 5)
            for made in (
                row(f"tea cures {thing} {n}", ("cure",), n, f"g{n}"),
                row(f"tea is guaranteed for {thing} {n}", ("certainty",), n, f"g{n}"),
                row(f"tea cures no {thing} {n}", ("negated",), n, f"g{n}"),
                row(f"they claim that tea cures {thing} {n}", ("debunk",), n, f"g{n}"),
                row(f"{thing} is common {n}", ("plain",), n, f"g{n}"),
            )
        ]
        labelled = Labelled(data, training.TAGS, "sentence", [], [1.0] * len(data))
        return training.train([], labelled=labelled)


TEXTS = ["tea cures gout", "no", "", "they claim that tea cures gout", "gout is common", "x" * 9]


def test_a_model_of_several_kinds_goes_to_scikit_learn_and_back(model):
    assert model.settings["classes"] == {
        "overstated": ["cure", "certainty"],
        "measured": ["negated", "debunk", "plain"],
    }
    ours = model.predict_proba_sentences(TEXTS)
    pipeline = model.to_pipeline()
    assert list(pipeline.named_steps) == ["undisguise", "features", "classifier"]
    np.testing.assert_allclose(pipeline.predict_proba(TEXTS), ours, rtol=0, atol=1e-9)
    again = misinfo.Model.from_pipeline(pipeline)
    np.testing.assert_allclose(again.predict_proba_sentences(TEXTS), ours, rtol=0, atol=1e-9)
    assert again.settings["classes"] == model.settings["classes"]
    with pytest.raises(ModelError, match="made of several"):
        misinfo.Model.from_pipeline(pipeline, positive=0)


def test_what_is_certain_stays_a_number(model):
    sure = misinfo.Model(
        model.parts._replace(intercept=model.parts.intercept + 500.0 * np.eye(5)[0])
    )
    assert sure.to_pipeline().predict_proba(TEXTS)[:, 1] == pytest.approx(1)
    never = misinfo.Model(
        model.parts._replace(intercept=model.parts.intercept + 500.0 * np.eye(5)[2])
    )
    assert never.to_pipeline().predict_proba(TEXTS)[:, 1] == pytest.approx(0)


def test_a_model_of_several_kinds_is_saved_to_the_bit(model, tmp_path):
    model.save(tmp_path / "kinds")
    again = misinfo.load(tmp_path / "kinds")
    assert (again.predict_proba_sentences(TEXTS) == model.predict_proba_sentences(TEXTS)).all()
    assert again.parts.coef.dtype == np.int8
    assert model.score(TEXTS[0]).probability > model.score(TEXTS[3]).probability
    assert model.score("tea is guaranteed for gout").findings[0].named == ("certainty",)
    assert again.score(TEXTS[0]).findings[0].tags == model.score(TEXTS[0]).findings[0].tags


def test_weights_are_rounded_by_less_than_one_part_in_two_hundred(model):
    largest = np.abs(model.parts.weights).max(axis=0)
    assert (model.parts.scale <= np.maximum(largest / 127, 1e-9) * 1.001).all()
    assert np.abs(model.parts.coef).max() == 127
