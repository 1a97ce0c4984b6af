"""Scores and explanations: invariants, and parity with scikit-learn."""

import copy
import gc
import json
import os
import pickle
import re
import shutil
import subprocess
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

import misinfo
from misinfo import cards, storage, writers
from misinfo.errors import ModelError, ReadError
from misinfo.marking import PUNCTUATION
from misinfo.pooling import mean_log_odds, pool
from misinfo.reading import STRANGE

PIECES = st.sampled_from(
    ["Our tea cures cancer.", "Guaranteed, with no side effects!", "Take one tablet with food.",
     "Ask your doctor about interactions.", "Throw away your insulin", "\n\n", "\n- ", " ", "Open daily.",
     "There is no cure for diabetes.", "c u r e s", "сure", "100 % natural", "🔥tea🔥cures🔥", "➀a①"]
)  # fmt: skip
TEXTS = st.one_of(
    st.lists(PIECES, max_size=12).map("".join), st.text(st.characters(), max_size=120)
)
MANY = settings(deadline=None)


@MANY
@given(TEXTS)
def test_offsets_order_and_ranges(text):
    score = misinfo.score(text)
    assert 0 <= score.probability <= 1
    assert 0 <= score.known <= 1
    end = 0
    for sentence in score.sentences:
        assert text[sentence.start : sentence.end] == sentence.text
        assert end <= sentence.start
        end = sentence.end
        assert sentence.overstated == (sentence.probability >= score.sentence_threshold)
        assert bool(sentence.named) == sentence.overstated
    worst = [finding.probability for finding in score.findings]
    assert worst == sorted(worst, reverse=True)
    assert len(score.findings) == sum(s.overstated for s in score.sentences)
    reached = score.probability >= score.threshold
    assert score.overstated == (reached and len(score.findings) > 0)  # a verdict is pointed at
    assert score.probability <= max([s.probability for s in score.sentences], default=0) + 1e-12


@MANY
@given(TEXTS, st.floats(0, 1), st.floats(0, 1))
def test_raising_the_threshold_never_flags_more(text, one, two):
    low, high = sorted((one, two))
    less, more = misinfo.score(text, high), misinfo.score(text, low)
    assert less.overstated <= more.overstated
    assert {f.start for f in less.findings} <= {f.start for f in more.findings}


@MANY
@given(st.lists(TEXTS, max_size=6))
def test_many_texts_keep_order_and_count(texts):
    model = misinfo.load()
    together = list(model.score_many(iter(texts)))
    assert [score.to_dict() for score in together] == [misinfo.score(t).to_dict() for t in texts]
    proba = model.predict_proba(texts)
    assert proba.shape == (len(texts), 2)
    assert np.allclose(proba.sum(axis=1), 1)
    assert np.allclose(proba[:, 1], [score.probability for score in together], atol=1e-12)


@MANY
@given(st.lists(PIECES, min_size=1, max_size=8).map(" ".join))
def test_a_sober_sentence_changes_no_other_verdict(text):
    before = misinfo.score(text + "\n\n")
    after = misinfo.score(text + "\n\nThe clinic is open from nine to five on weekdays.")
    assert after.sentences[:-1] == before.sentences


@MANY
@given(st.lists(PIECES, min_size=1, max_size=8).map(" ".join), st.integers(2, 5))
def test_length_alone_moves_nothing(text, times):
    once, often = (misinfo.score("\n\n".join([text] * n)) for n in (1, times))
    assert often.probability == pytest.approx(once.probability, abs=1e-9)


@MANY
@given(TEXTS)
def test_explanations_add_up(text):
    found = misinfo.load().explain(text)
    total = found.intercept + sum(term.weight for term in found.ngrams)
    assert total == pytest.approx(found.log_odds, abs=1e-9)
    spread = found.intercept + sum(term.weight for term in found.words)
    assert spread == pytest.approx(found.log_odds, abs=1e-9)
    assert 1 / (1 + np.exp(-found.log_odds)) == pytest.approx(found.probability)
    assert "".join(word.text for word in found.words) == "".join(found.text.split())
    assert len({(ngram.text, ngram.kind) for ngram in found.ngrams}) == len(found.ngrams)
    for term in found.weightiest + [t for s in misinfo.score(text).sentences for t in s.terms]:
        assert term.text.strip(PUNCTUATION) in ("", term.text)


@pytest.mark.parametrize("glue", ["🔥", " 🔥 ", "❤\ufe0f", "👉🏽"])
def test_words_that_emoji_glue_are_named_one_by_one(model, glue):
    text = f"{glue}This{glue}tea{glue}cures{glue}cancer{glue}"
    [sentence] = model.score(text).sentences
    named = [term.text for term in sentence.terms]
    assert sorted(word for word in named if word.isalpha()) == ["This", "cancer", "cures", "tea"]
    assert all(word.isalpha() or word in glue for word in named)
    assert writers.highlighted(sentence).plain == sentence.text


@MANY
@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_parity_with_the_scikit_learn_pipeline(model, pipeline, texts):
    ours, theirs = model.predict_proba_sentences(texts), pipeline.predict_proba(texts)
    assert np.abs(ours - theirs).max() < 1e-9


def test_parity_on_every_bundled_claim(model, pipeline):
    from misinfo.claims import datasets, read_claims

    texts = [claim.text for claim in read_claims(datasets() / "claims.csv")][::7]
    assert np.abs(model.predict_proba_sentences(texts) - pipeline.predict_proba(texts)).max() < 1e-9


def test_a_sentence_scores_the_same_alone_and_explained(model):
    text = "Our drops cure cataracts in two weeks."
    alone = model.predict_proba_sentences([text])[0, 1]
    assert model.score(text).sentences[0].probability == pytest.approx(alone)
    assert model.explain(text).probability == pytest.approx(alone)
    assert dict(model.explain(text).tags) == pytest.approx(
        dict(model.score(text).sentences[0].tags)
    )


@pytest.mark.parametrize("text", ["", " \n\t", "!!! ... ---", "\n" * 5000, "\u200b"])
def test_no_words_no_verdict(model, text):
    score = model.score(text)
    assert (score.probability, score.overstated, score.sentences) == (0.0, False, ())
    assert score.warnings == ("there are no words in this text",)
    assert model.predict_proba([text]).tolist() == [[1.0, 0.0]]


@pytest.mark.parametrize(
    "text",
    [
        "Dieses Pulver heilt jede Krankheit, garantiert und ganz ohne Nebenwirkungen.",
        "Este té elimina la diabetes para siempre y no tiene efectos secundarios.",
        "Этот чай навсегда излечивает диабет без побочных эффектов.",
        "这种茶可以永远治愈糖尿病，没有副作用。",
        "Efficacy was 100 % (12/12).",
        "thx doc 🙏❤️",
    ],
)
def test_what_is_strange_to_the_model_is_scored_with_a_warning_that_does_not_say_why(model, text):
    score = model.score(text)
    assert score.known < model.settings["known_floor"]
    assert score.warnings == (
        f"{STRANGE} ({int(100 * score.known)}%, fewer than 60%): the text may not be English, not be "
        "prose, or be disguised; read it, and do not rely on the number",
    )


def test_english_has_no_warning(model):
    for text in ("Take one tablet a day with food.", "Our tea cures cancer, guaranteed!"):
        assert model.score(text).warnings == ()


@pytest.mark.parametrize("wrong", [None, 3, b"bytes", ["list"]])
def test_texts_must_be_strings(model, wrong):
    for call in (model.score, model.explain):
        with pytest.raises(TypeError, match="a text must be a string, not "):
            call(wrong)


def test_one_string_is_not_several_texts(model):
    with pytest.raises(TypeError, match="put it into a list"):
        model.predict_proba("one text")


@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan")])
def test_thresholds_are_probabilities(model, wrong):
    with pytest.raises(ValueError, match="from 0 to 1"):
        model.score("Tea.", wrong)


@pytest.mark.parametrize("wrong", ["0.5", True, [0.5]])
def test_thresholds_are_numbers(model, wrong):
    with pytest.raises(TypeError, match=f"from 0 to 1, not {type(wrong).__name__}"):
        model.score("Tea.", wrong)


def test_a_threshold_of_numpy_becomes_plain(model):
    assert type(model.score("Tea.", np.float32(0.5)).to_dict()["threshold"]) is float


def test_many_is_lazy(model):
    def endless():
        while True:
            yield "Our tea cures cancer."

    scores = model.score_many(endless())
    assert next(scores).to_dict() == next(scores).to_dict()


def test_texts_before_an_error_are_scored(model):
    def breaking():
        yield from ["Our tea cures cancer."] * 3
        raise ZeroDivisionError

    scores = model.score_many(breaking())
    assert [next(scores).overstated for _ in range(3)] == [True] * 3
    with pytest.raises(ZeroDivisionError):
        next(scores)


def test_no_texts_no_rows(model):
    assert model.predict_proba([]).shape == (0, 2)
    assert model.predict_proba_sentences([]).shape == (0, 2)
    assert list(model.score_many([])) == []


def test_threads_agree(model):
    texts = [f"Remedy {n} cures illness {n % 7} in {n} days." for n in range(200)]
    alone = [model.score(text).probability for text in texts]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda text: model.score(text).probability, texts)) == alone


def test_dictionaries_are_plain_and_stable(model):
    plain = model.score("Our tea cures cancer, guaranteed. Open daily.").to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert list(plain) == [
        "schema", "model", "probability", "overstated", "threshold", "sentence_threshold", "known",
        "warnings", "findings", "sentences",
    ]  # fmt: skip
    assert list(plain["sentences"][0]) == [
        "text", "start", "end", "probability", "overstated", "tags", "named", "terms",
    ]  # fmt: skip


def test_models_and_scores_can_be_pickled(model):
    score = pickle.loads(pickle.dumps(model.score("Our tea cures cancer.")))
    assert score.sentences[0].terms
    nameless = misinfo.Model(model.parts)
    assert pickle.loads(pickle.dumps(nameless)).score("Tea.").probability >= 0


LOG_ODDS = st.lists(st.floats(-20, 20), min_size=1, max_size=25)


@given(st.lists(LOG_ODDS | st.just([]), min_size=1, max_size=5))
def test_the_pooled_mean_by_definition(documents):
    found = mean_log_odds(np.concatenate([*documents, []]), np.array([len(d) for d in documents]))
    for part, mean in zip(documents, found, strict=True):
        odds = np.mean(np.exp(part) ** 0.5) ** 2 if part else 1.0
        assert np.isclose(mean, np.log(odds))


@given(LOG_ODDS, st.integers(2, 4))
def test_length_alone_moves_no_verdict(document, times):
    again = mean_log_odds(np.array(document * times), np.array([len(document) * times]))
    assert np.allclose(again, mean_log_odds(np.array(document), np.array([len(document)])))


@given(LOG_ODDS, st.integers(0, 24), st.floats(0.1, 5))
def test_a_worse_sentence_makes_a_worse_document(document, which, more):
    worse = list(document)
    worse[which % len(document)] += more
    length = np.array([len(document)])
    assert mean_log_odds(np.array(worse), length) > mean_log_odds(np.array(document), length)


SENTENCE = st.tuples(st.floats(-20, 20), st.floats(0, 1), st.floats(0, 1))


@given(st.lists(st.lists(SENTENCE, max_size=9), min_size=2, max_size=9), st.integers(2, 3))
def test_pooling_of_one_does_not_depend_on_the_others_nor_on_repetition(documents, times):
    pooling = {"weights": [0.7, 3.0, -2.0], "intercept": -0.2}

    def pooled(documents):
        rows = np.array([row for part in documents for row in part]).reshape(-1, 3)
        lengths = np.array([len(part) for part in documents])
        return pool(rows[:, 0], rows[:, 1:], lengths, pooling)

    together = pooled(documents)
    assert together.tolist() == [pooled([part])[0] for part in documents]
    np.testing.assert_allclose(pooled([part * times for part in documents]), together)
    assert all((value > 0) == bool(part) for value, part in zip(together, documents, strict=True))


def test_a_document_is_judged_by_its_odds_and_by_the_classes_of_its_sentences(model):
    text = "Our tea cures gout for good. Ask your doctor first. It may not help everybody."
    log_odds, classes, _ = model.engine.classify([s.text for s in model.score(text).sentences])
    odds = 2 * np.log(np.mean(np.exp(log_odds / 2)))
    weights = model.settings["pooling"]["weights"]
    assert len(weights) == 1 + classes.shape[1]
    value = model.settings["pooling"]["intercept"] + [odds, *classes.mean(axis=0)] @ np.array(
        weights
    )
    found = model.score(text).probability
    assert np.log(found / (1 - found)) == pytest.approx(min(value, log_odds.max()))
    names = [name for side in model.settings["classes"].values() for name in side]
    weight = dict(zip(names, weights[1:], strict=True))
    assert weight["hedged"] < 0 < weight["cure"]


GOLDEN = Path(__file__).parent / "golden.json"


def test_golden_scores(model):
    """Thirty sentences keep their numbers; a new model writes new ones with tests/golden.py."""
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert len(golden) == 30
    found = model.predict_proba_sentences(list(golden))[:, 1]
    assert dict(zip(golden, found, strict=True)) == pytest.approx(golden, abs=2e-6)


@pytest.fixture
def folder(model, tmp_path):
    model.save(tmp_path / "model")
    return tmp_path / "model"


def test_saving_twice_gives_the_same_bytes(model, folder, tmp_path):
    misinfo.load(folder).save(tmp_path / "again")
    for file in folder.iterdir():
        assert file.read_bytes() == (tmp_path / "again" / file.name).read_bytes()
    assert sorted(file.name for file in folder.iterdir()) == [
        "README.md", "model.json", "vocabulary.txt", "weights.safetensors",
    ]  # fmt: skip
    assert sum(file.stat().st_size for file in folder.iterdir()) < 8_000_000


def test_a_saved_folder_replaces_the_old_one(model, folder):
    (folder / "README.md").write_text("old", encoding="utf-8")
    model.save(folder)
    assert (folder / "README.md").read_text(encoding="utf-8") == model.parts.card
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


def test_a_model_that_is_replaced_while_it_is_read_is_read_whole(model, folder, monkeypatch):
    parts, read, twins = model.parts, storage.load_file, []
    other = parts._replace(intercept=parts.intercept + 1, card="other")

    def late(path):  # after the settings and the vocabulary, before the card
        arrays = read(path)
        if len(twins) < 2 and path.parent == folder:
            twins.append(shutil.move(folder, f"{folder}-{len(twins)}"))
            storage.write_folder(folder, (other, parts)[len(twins) - 1])
        return arrays

    monkeypatch.setattr(storage, "load_file", late)
    found = storage.read_folder(folder)
    assert len(twins) == 2
    assert (found.card, found.intercept.tobytes()) == (parts.card, parts.intercept.tobytes())


def test_an_interrupted_save_leaves_the_old_model_whole(model, folder, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("misinfo.storage.save_file", stop)
    with pytest.raises(KeyboardInterrupt):
        model.save(folder)
    assert [path.name for path in folder.parent.iterdir()] == ["model"]
    assert misinfo.load(folder).score("Tea.").probability >= 0


def forge(folder, name, change):
    settings = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    change(settings)
    (folder / "model.json").write_text(json.dumps(settings), encoding="utf-8")


def reweigh(folder, change):
    arrays = load_file(folder / "weights.safetensors")
    change(arrays)
    save_file(arrays, folder / "weights.safetensors")


def returns(folder):
    lines = (folder / "vocabulary.txt").read_bytes()
    (folder / "vocabulary.txt").write_bytes(lines.replace(b"\n", b"\r\n"))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (
            lambda f: (f / "model.json").unlink(),
            "there is no model.json; write one with 'misinfo train -o",
        ),
        (lambda f: (f / "model.json").write_text("{"), "is damaged"),
        (lambda f: (f / "model.json").write_text("[]"), "is damaged"),
        (lambda f: (f / "model.json").write_text("[" * 200_000), "is damaged (RecursionError"),
        (lambda f: (f / "vocabulary.txt").unlink(), "is damaged"),
        (returns, "carriage returns"),
        (lambda f: (f / "vocabulary.txt").write_text("a\n"), "do not fit vocabulary"),
        (lambda f: (f / "weights.safetensors").write_bytes(b"x" * 40), "is damaged"),
        (lambda f: forge(f, "", lambda s: s.update(format=99)), "pip install --upgrade misinfo"),
        (lambda f: forge(f, "", lambda s: s.pop("vectoriser")), "damaged"),
        (lambda f: forge(f, "", lambda s: s["pooling"].pop("weights")), "damaged"),
        (lambda f: forge(f, "", lambda s: s.pop("thresholds")), "damaged"),
        (lambda f: forge(f, "", lambda s: s.pop("known_floor")), "damaged"),
        (lambda f: forge(f, "", lambda s: s["vectoriser"].update(min_token=2**40)), "damaged"),
        (lambda f: forge(f, "", lambda s: s["vectoriser"].update(word_range=[3, 1])), "of 3 to 1"),
        (lambda f: forge(f, "", lambda s: s.pop("name")), "damaged"),
        (lambda f: forge(f, "", lambda s: s.update(name=7)), "its name is no text"),
        (lambda f: forge(f, "", lambda s: s.update(training="zzz")), "damaged"),
        (lambda f: forge(f, "", lambda s: s.update(known_floor=None)), "damaged"),
        (lambda f: forge(f, "", lambda s: s["pooling"].update(intercept=None)), "damaged"),
        (lambda f: forge(f, "", lambda s: s["pooling"].update(intercept=np.inf)), "not finite"),
        (lambda f: forge(f, "", lambda s: s["thresholds"]["tags"].pop("speed")), "damaged"),
        (lambda f: forge(f, "", lambda s: s["heads"].__setitem__(1, 7)), "no different names"),
        (lambda f: forge(f, "", lambda s: s["heads"].__setitem__(1, "speed")), "no different"),
        (lambda f: forge(f, "", lambda s: s.update(unit=7)), "a row is no 7"),
        (
            lambda f: forge(f, "", lambda s: s["thresholds"]["document"].update(value=7)),
            "not from 0 to 1",
        ),
        (
            lambda f: forge(f, "", lambda s: s["thresholds"]["sentence"].update(value=np.nan)),
            "not from 0 to 1",
        ),
        (lambda f: forge(f, "", lambda s: s["pooling"]["weights"].pop()), "20 weights of pooling"),
        (
            lambda f: forge(f, "", lambda s: s["classes"]["overstated"].clear()),
            "classes do not fit",
        ),
        (lambda f: forge(f, "", lambda s: s["classes"]["measured"].append("x")), "do not fit 20"),
        (lambda f: forge(f, "", lambda s: s["heads"].pop()), "11 tags do not fit"),
        (lambda f: reweigh(f, lambda a: a.pop("tags")), "12 tags do not fit"),
        (lambda f: reweigh(f, lambda a: a.pop("scale")), "whole numbers need a scale"),
        (lambda f: reweigh(f, lambda a: a.update(scale=a["scale"][:1])), "scales (1,) do not fit"),
        (lambda f: reweigh(f, lambda a: a.update(scale=a["scale"] * np.nan)), "not finite"),
    ],
)
def test_a_damaged_folder_is_a_clear_error(folder, damage, words):
    damage(folder)
    with pytest.raises(ModelError, match=r"model|settings") as caught:
        misinfo.load(folder)
    assert words in str(caught.value)
    assert str(folder) in str(caught.value)


def test_no_engine_takes_ngrams_of_very_many_words(folder, monkeypatch):
    monkeypatch.setenv("MISINFO_ENGINE", "python")
    forge(folder, "", lambda s: s["vectoriser"].update(word_range=[1, 17]))
    with pytest.raises(ModelError, match="at most 16 words"):
        misinfo.load(folder)


@pytest.mark.parametrize("n_words", [-1, 10**6, "7"])
def test_no_engine_takes_words_that_are_no_ngrams(folder, monkeypatch, n_words):
    monkeypatch.setenv("MISINFO_ENGINE", "python")
    forge(folder, "", lambda s: s.update(n_words=n_words))
    with pytest.raises(ModelError, match=f"{n_words} of .* n-grams cannot be words"):
        misinfo.load(folder)


def test_an_archive_is_no_place_to_run_from(tmp_path, monkeypatch):
    (tmp_path / "m.zip").touch()
    monkeypatch.setattr(storage, "__file__", str(tmp_path / "m.zip" / "misinfo" / "storage.py"))
    with pytest.raises(ReadError, match=r"from an archive .*m\.zip"):
        storage.bundled("models")


def test_a_folder_has_line_feeds_on_every_system(model, tmp_path, monkeypatch):
    def as_on_windows(path, text, encoding, newline="\r\n"):
        path.write_bytes(text.replace("\n", newline).encode(encoding))

    monkeypatch.setattr(Path, "write_text", as_on_windows)
    model.save(tmp_path / "model")
    for name in ("model.json", "README.md"):
        assert b"\r" not in (tmp_path / "model" / name).read_bytes()


@pytest.mark.parametrize("spoiled", ["threshold", "weights", "vocabulary"])
def test_a_model_that_could_not_be_loaded_is_not_saved(folder, spoiled):
    parts = misinfo.load(folder).parts
    limits = copy.deepcopy(parts.settings["thresholds"])
    limits["sentence"]["value"] = float(np.nextafter(1, 2))
    changes = {
        "threshold": {"settings": {**parts.settings, "thresholds": limits}},
        "weights": {"intercept": np.full_like(parts.intercept, np.nan)},
        "vocabulary": {"vocabulary": ["tea", "gout"]},
    }
    parts = parts._replace(**changes[spoiled])
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    with pytest.raises(ModelError, match=r"is not written: nobody could load it: .*(not f|from 0)"):
        storage.write_folder(folder, parts)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_loading_is_cached_until_the_folder_changes(folder):
    first = misinfo.load(folder)
    assert misinfo.load(str(folder)) is first
    forge(folder, "", lambda s: s.update(name="other"))
    assert misinfo.load(folder).settings["name"] == "other"
    assert misinfo.load(folder) is misinfo.load(folder)


@pytest.mark.parametrize("within", [False, True])
def test_a_model_that_is_replaced_by_one_of_the_same_time_is_loaded_anew(folder, within):
    forge(folder, "", lambda s: s.update(name="first"))
    misinfo.load(folder)
    kept = folder if within else folder.with_name("kept")
    paths = (folder, folder / "model.json")
    times = [(path, path.stat().st_atime_ns, path.stat().st_mtime_ns) for path in paths]
    if not within:
        shutil.copytree(folder, kept)
        shutil.rmtree(folder)
    forge(kept, "", lambda s: s.update(name="other"))
    if not within:
        kept.rename(folder)
    for path, *both in times:
        os.utime(path, ns=tuple(both))
    assert misinfo.load(folder).settings["name"] == "other"


def test_what_was_replaced_is_kept_no_longer_and_of_folders_the_last(folder, tmp_path):
    loaded = []
    for name in ("one", "two", "three"):
        forge(folder, "", lambda s, name=name: s.update(name=name))
        loaded.append(weakref.ref(misinfo.load(folder)))
    gc.collect()
    assert [model() is None for model in loaded] == [True, True, False]
    for number in range(9):
        shutil.copytree(folder, tmp_path / f"{number}")
        loaded.append(weakref.ref(misinfo.load(tmp_path / f"{number}")))
        assert misinfo.load(folder) is loaded[2]()
    gc.collect()
    assert 1 < sum(model() is not None for model in loaded) <= 8


def test_strings_of_another_class_are_read_as_strings():
    model = misinfo.load()
    text = "It cures gout for good. Open daily."
    assert model.score(np.str_(text)) == model.score(text)
    assert (model.predict_proba(np.array([text])) == model.predict_proba([text])).all()


def test_threads_that_load_at_once_share_one_model(folder):
    with ThreadPoolExecutor(8) as pool:
        assert len({id(model) for model in pool.map(misinfo.load, [folder] * 8)}) == 1


@pytest.mark.parametrize("same", [True, False])
def test_a_pickled_model_is_the_same_or_none(model, folder, same):
    own = misinfo.load(folder)
    raw = pickle.dumps(own)
    before = (folder / "model.json").read_bytes()
    forge(folder, "", lambda s: s["thresholds"]["document"].update(value=0.5))
    if same:  # written anew, with the same content
        (folder / "model.json").write_bytes(before)
        assert pickle.loads(raw).threshold == own.threshold
    else:
        with pytest.raises(ModelError, match=r"model holds another model than the one"):
            pickle.loads(raw)


def test_copies_need_no_folder(folder):
    own = misinfo.load(folder)
    score = own.score("Our tea cures cancer.")
    shutil.rmtree(folder)
    assert copy.copy(own) is copy.deepcopy(own) is own
    assert copy.deepcopy(score) == score


def test_records_can_be_hashed(model):
    score, explanation = (
        model.score("Our tea cures cancer."),
        model.explain("Our tea cures cancer."),
    )
    assert len({score, explanation, *score.sentences, *explanation.words}) > 2


def test_the_bundled_model_is_pickled_without_its_place(model):
    assert str(model.path.parent).encode() not in pickle.dumps(model)
    assert pickle.loads(pickle.dumps(model)) is misinfo.load()


SPLITTING = "    with reading._SPLITTING.lock: wait()\n"
REASONS = "    replace(score.sentences[0], _explainer=SimpleNamespace(explain=wait)).terms\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
@pytest.mark.parametrize("work", [SPLITTING, REASONS])
def test_a_process_that_was_forked_while_another_thread_worked_scores(work):
    code = (
        "import os, signal, threading, misinfo\nfrom dataclasses import replace\n"
        "from types import SimpleNamespace\nfrom misinfo import reading\n"
        "score = misinfo.load().score('It cures gout.')\n"
        "held, done = threading.Event(), threading.Event()\n"
        "def wait(text=''):\n"
        "    held.set(); done.wait(); return misinfo.load().explain(text)\n"
        f"def work():\n{work}"
        "thread = threading.Thread(target=work); thread.start(); held.wait()\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    signal.alarm(20); misinfo.score('It cures gout.').findings[0].terms; os._exit(7)\n"
        "code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])\n"
        "done.set(); thread.join(); assert code == 7\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=60)


def test_labels_do_not_break_the_tables_of_a_card(model):
    settings = json.loads(json.dumps(model.settings))
    settings["training"] |= {"bundled": False, "labels": "a\n# b, not c"}
    tags, limits = settings["metrics"]["tags"], settings["thresholds"]["tags"]
    name = next(iter(tags))
    tags["x|y\nz"], limits["x|y\nz"] = tags[name], limits[name]
    card = cards.model_card(settings)
    assert "overstated: a # b, not c." in card
    (line,) = [line for line in card.splitlines() if "y z" in line]
    assert line.startswith("| `x\\|y z` | ")


def test_large_numbers_of_a_card_have_separators(model):
    assert not re.search(r"(n = |, |\| )\d{4}", cards.model_card(model.settings))


def test_a_score_is_shown_in_one_line():
    text = "Our drops cure cataracts, guaranteed.\n\nTake one tablet a day with food."
    assert repr(misinfo.score(text)) == "Score(1.00, overstated, 1 of 2 flagged)"
    assert repr(misinfo.score("")) == "Score(0.00, measured, 0 of 0 flagged)"


def test_names_of_columns_are_no_texts(model):
    frame = pytest.importorskip("pandas").DataFrame({"Our tea cures gout.": ["Open daily."]})
    for many in (frame, frame.to_dict("list")):
        for score in (model.predict_proba, model.predict_proba_sentences, model.score_many):
            with pytest.raises(TypeError, match="pass a list, or one column"):
                list(score(many))
    assert list(model.score_many(frame["Our tea cures gout."]))
