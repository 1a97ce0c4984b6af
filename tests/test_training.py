"""Training on a small corpus: reproducible, honest about its data, safe."""

import hashlib
import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

import misinfo
from misinfo import fitting, mixing, searching, splitting, training, validation
from misinfo.claims import datasets, read_articles, read_claims
from misinfo.codebook import OVERSTATED_TAGS
from misinfo.counting import Counts
from misinfo.errors import MisinfoError, ModelError
from misinfo.fitting import Recipe, fit, held_out_log_odds
from misinfo.labelled import Labelled
from misinfo.metrics import average_precision, roc_auc
from misinfo.ratio import LogRatioRegression
from misinfo.rows import Row, from_claims
from misinfo.validation import by_genre


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A small part of the pairs and documents of the bundled data, as files."""
    folder = tmp_path_factory.mktemp("small")
    lines = (datasets() / "claims.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    claims = read_claims(datasets() / "claims.csv")
    assert len(lines) == len(claims) + 1
    pairs = sorted({claim.pair for claim in claims if claim.pair})[::20]
    taken = [line for line, claim in zip(lines[1:], claims, strict=True) if claim.pair in pairs]
    (folder / "claims.csv").write_text(lines[0] + "".join(taken), encoding="utf-8")
    articles = (datasets() / "articles.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "articles.jsonl").write_text("".join(articles[::12]), encoding="utf-8")
    return [folder / "claims.csv", folder / "articles.jsonl"]


@pytest.fixture(scope="module")
def trained(small):
    steps = []
    model = training.train(small, name="small", progress=lambda *step: steps.append(step))
    return model, steps


def test_the_same_data_gives_the_same_bytes(small, trained, tmp_path):
    trained[0].save(tmp_path / "one")
    training.train(small, name="small").save(tmp_path / "two")
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes(), file.name


def test_progress_is_told_from_start_to_end(trained):
    done = [step[0] for step in trained[1]]
    assert done == list(range(len(done)))
    assert trained[1][-1][0] == trained[1][-1][1]


@given(sizes=st.lists(st.integers(1, 60), max_size=12), articles=st.integers(0, 900))
def test_only_small_genres_are_left_out_together(sizes, articles):
    sizes = {f"genre {number}": size for number, size in enumerate(sizes)}
    rows = [Row("tea", False, (), "g", genre) for genre, n in sizes.items() for _ in range(n)]
    rows += [Row("tea", False, (), "g", "sober documents", article="D")] * articles
    together = training.genres_together(rows)
    assert sorted(genre for genres in together for genre in genres) == sorted(sizes)
    for genres in together:
        assert len(genres) == 1 or sum(map(sizes.get, genres)) <= validation.TOGETHER * len(rows)
    # no two neighbours could have been one
    for first, second in pairwise(together):
        assert sum(map(sizes.get, [*first, second[0]])) > validation.TOGETHER * len(rows)


def test_a_trained_model_scores_explains_and_says_what_it_is(trained, tmp_path):
    model, _ = trained
    model.save(tmp_path / "mine")
    loaded = misinfo.load(tmp_path / "mine")
    texts = ["Our tea cures cancer, guaranteed.", "Take one tablet with food."]
    found = loaded.predict_proba_sentences(texts)[:, 1]
    assert found[0] > found[1]
    assert np.allclose(found, loaded.to_pipeline().predict_proba(texts)[:, 1], atol=1e-9)
    settings = json.loads((tmp_path / "mine/model.json").read_text(encoding="utf-8"))
    assert {data["name"] for data in settings["training"]["data"]} == {
        "claims.csv",
        "articles.jsonl",
    }
    assert all(len(data["sha256"]) == 64 for data in settings["training"]["data"])
    assert set(settings["metrics"]) >= {"all", "claims", "articles", "documents", "tags"}
    card = (tmp_path / "mine/README.md").read_text(encoding="utf-8")
    assert f"{settings['metrics']['all']['auc'][0]:.3f}" in card


def test_groups_are_never_split(small):
    data = training.read(small)
    fold = fitting.cross_validate(data).fold
    for group in {row.group for row in data}:
        assert len({fold[i] for i, row in enumerate(data) if row.group == group}) == 1


@given(st.lists(st.tuples(st.integers(1, 60), st.floats(0, 1)), min_size=5, max_size=60))
def test_folds_take_each_row_once_and_whole_groups_whatever_their_sizes(groups):
    rows = [
        Row("tea", n < size * share, (), str(number), "")
        for number, (size, share) in enumerate(groups)
        for n in range(size)
    ]
    found = splitting.folds(rows)
    assert sorted(np.concatenate([judge for _, judge in found]).tolist()) == list(range(len(rows)))
    for learn, judge in found:
        assert len(judge)
        assert len(learn) + len(judge) == len(rows)
        assert not {rows[i].group for i in learn} & {rows[i].group for i in judge}


@pytest.mark.parametrize("sizes", [[60], [60, 50, 40], [60, 30]])
def test_folds_hold_as_many_rows_of_either_label_as_the_others(sizes):
    groups = [str(n) for n, size in enumerate(sizes) for _ in range(size)]
    groups += [f"alone {n}" for n in range(300 - len(groups))]
    rows = [Row("tea", n % 3 == 0, (), group, "") for n, group in enumerate(groups)]
    for _, judge in splitting.folds(rows):
        assert len(judge) == pytest.approx(60, abs=2)
        assert sum(rows[i].overstated for i in judge) == pytest.approx(20, abs=2)


def test_folds_of_even_groups_are_those_of_scikit_learn():
    data = noisy()
    splitter = GroupKFold(splitting.FOLDS, shuffle=True, random_state=0)
    expected = splitter.split(data, groups=[row.group for row in data])
    for one, other in zip(splitting.folds(data), expected, strict=True):
        assert [part.tolist() for part in one] == [part.tolist() for part in other]


def test_out_of_fold_thresholds_hold_their_rate(trained):
    limit = trained[0].settings["thresholds"]["sentence"]
    assert limit["measured"][0] <= limit["false_positive_rate"] + 1e-9
    assert limit["measured"][1] <= limit["measured"][0] <= limit["measured"][2]


def test_the_bundled_model_was_trained_on_the_bundled_data(model):
    import hashlib

    for data in model.settings["training"]["data"]:
        raw = (datasets() / data["name"]).read_bytes()
        assert hashlib.sha256(raw).hexdigest() == data["sha256"], "train anew: python train.py"
    assert model.tags == tuple(OVERSTATED_TAGS)


def test_claims_alone_are_enough(small, tmp_path):
    model = training.train(small[:1], name="claims")
    assert 0 < model.threshold < 1
    assert "articles" not in model.settings["metrics"]
    limits = model.settings["thresholds"]
    assert "measured" in limits["sentence"]
    assert "measured" not in limits["document"]  # no row has several sentences
    assert "was not measured, each row being one sentence" in model.parts.card


def test_too_little_data_is_said(small, tmp_path):
    lines = small[0].read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "few.csv").write_text("".join(lines[:9]), encoding="utf-8")
    with pytest.raises(MisinfoError, match="too few to train and to measure: label at least 10"):
        training.train([tmp_path / "few.csv"])


def test_calibration_on_rows_that_one_side_lacks():
    claims = read_claims(datasets() / "claims.csv")[:400]
    found = from_claims(claims, read_articles(datasets() / "articles.jsonl")[:4])
    data = [row for row in found if "panacea" not in row.tags]
    heads = fit(data, range(len(data)), training.TAGS)
    assert np.isfinite(heads.coef).all()
    assert (
        heads.log_odds(["one leaf for every illness"])[
            0, 1 + list(OVERSTATED_TAGS).index("panacea")
        ]
        < 0
    )


def noisy(n=160):
    """Return rows that a model can tell apart, though not always."""
    texts = {
        True: ("cures", "ends", "banishes"),
        False: ("may ease", "is studied in", "is no cure for"),
    }
    rows = []
    for i in range(n):
        bad = i % 2 == 0
        verb = texts[bad if i % 10 else not bad][i % 3]
        rows.append(Row(f"tea {i % 13} {verb} gout {i % 7}", bad, (), f"group {i % 40}", ""))
    return rows


STAGES = [
    [{"char_range": (2, 3)}, {"char_range": (3, 4)}],
    [{"c": 1.0}, {"c": 16.0, "smoothing": 0.1}],
]


def test_a_search_tries_every_stage_and_keeps_the_best():
    data = noisy()
    found = searching.search(data, range(len(data)), stages=STAGES)
    assert len(found.tried) == 4
    values = {str(recipe): value for recipe, value in found.tried}
    assert values[str(found.chosen)] == max(values.values())
    best = max(found.tried[:2], key=lambda pair: pair[1])[0]
    assert all(recipe.vectoriser == best.vectoriser for recipe, _ in found.tried[2:])
    assert searching.search(data, range(len(data)), stages=STAGES) == found


def test_a_search_looks_at_its_rows_alone():
    data = noisy()
    twisted = [
        row if n < 100 else replace(row, text="x", overstated=True) for n, row in enumerate(data)
    ]
    assert searching.search(data, range(100), stages=STAGES) == searching.search(
        twisted, range(100), stages=STAGES
    )


def test_training_with_a_search_is_nested_and_says_so(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(
        training,
        "find_recipe",
        lambda data, index, weights: (
            seen.append(len(index)) or searching.search(data, index, weights, STAGES)
        ),
    )
    file = tmp_path / "mine.csv"
    file.write_text("made up")
    data = Labelled(noisy(), (), "sentence", [], [1.0] * 160, meaning="bad, not good")
    model = training.train([file], labelled=data, name="mine", search=True)
    assert len(seen) == 6
    assert all(n < 160 for n in seen[:5])  # each fold searches in what it learns from
    assert seen[5] == 160
    record = model.settings["training"]["search"]
    assert record["chosen"] in record["tried"]
    assert len(record["tried"]) == 4
    assert len(record["chosen_in_each_fold"]) == 5
    assert "flatter the winner" in model.parts.card
    assert record["chosen"] in model.parts.card
    assert "bad, not good" in model.parts.card
    assert "few authors" not in model.parts.card  # that is said of the bundled data alone


def test_what_folds_choose_moves_the_figures_of_the_ranking_alone(monkeypatch):
    chosen, others = Recipe(c=4.0), [Recipe(c=c) for c in (0.01, 0.1, 1.0, 100.0, 1000.0)]
    models = []
    for recipes in ([chosen] * 5, others):
        queue = iter([*recipes, chosen])
        monkeypatch.setattr(
            training, "find_recipe", lambda *_, queue=queue: searching.Search([], next(queue))
        )
        data = Labelled(noisy(), (), "sentence", [], [])
        models.append(training.train(labelled=data, search=True))
    one, other = (model.settings for model in models)
    assert one["thresholds"] == other["thresholds"]
    assert one["pooling"] == other["pooling"]
    texts = [row.text for row in noisy()]
    assert (models[0].predict_proba(texts) == models[1].predict_proba(texts)).all()
    moved = {
        key for key, was in one["metrics"]["all"].items() if was != other["metrics"]["all"][key]
    }
    assert moved == {"auc", "average_precision"}
    assert "may flatter it a little" in models[1].parts.card


@pytest.mark.parametrize("epoch", ["99999999999999999999", "1e9", "-99999999999999", "", "today"])
def test_a_date_that_is_none_is_told(monkeypatch, epoch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    with pytest.raises(MisinfoError, match=r"SOURCE_DATE_EPOCH is .* no date"):
        training.train(labelled=Labelled(noisy(), (), "sentence", [], []))


def test_a_kind_of_all_rows_has_no_figure():
    rows = [replace(row, tags=("all", *["some"] * (n % 4 == 0))) for n, row in enumerate(noisy())]
    model = training.train(labelled=Labelled(rows, ("all", "some"), "sentence", [], []))
    figures = model.settings["metrics"]["tags"]
    assert (figures["all"]["average_precision"], figures["all"]["n"]) == (None, 160)
    assert figures["some"]["average_precision"] is not None
    assert "| `all` | 160 | unknown (no row is without it) |" in model.parts.card


@pytest.mark.parametrize("search", [False, True])
def test_tags_by_chance_are_told_no_better_than_by_chance(search, monkeypatch):
    monkeypatch.setattr(training, "find_recipe", lambda *_: searching.Search([], Recipe()))
    random, names = np.random.default_rng(0), tuple("abcdefghij")
    rows = [
        replace(row, tags=tuple(name for name in names if row.overstated and random.random() < 0.3))
        for row in noisy()
    ]
    model = training.train(labelled=Labelled(rows, names, "sentence", [], []), search=search)
    figures = model.settings["metrics"]["tags"].values()
    precision = np.mean([figure["average_precision"][0] for figure in figures])
    assert precision == pytest.approx(np.mean([figure["n"] for figure in figures]) / 80, abs=0.07)


def test_of_equal_thresholds_of_a_tag_the_one_nearest_a_half_is_taken():
    rows = []
    for n, row in enumerate(noisy()):
        tag = "home" if n % 4 else "once"
        rows.append(replace(row, text=f"{row.text} at {tag}", tags=(tag,)))
    model = training.train(labelled=Labelled(rows, ("home", "once"), "sentence", [], []))
    assert model.settings["thresholds"]["tags"] == {"home": 0.5, "once": 0.5}


@pytest.mark.parametrize("unit", ["sentence", "document"])
def test_no_threshold_is_set_that_no_model_could_have(unit):
    n = 40
    labels = np.arange(n) < n // 2
    data = [Row(f"tea {i}", bool(bad), (), str(i), "") for i, bad in enumerate(labels)]
    high, low = np.full(n, 50.0), np.linspace(-1, 1, n)  # logistic(50) is 1
    main, pooled = (high, low) if unit == "sentence" else (low, high)
    none = np.zeros((n, 0), dtype=bool)
    held = validation.HeldOut(
        data, labels, none, (), main[:, None], validation.documents(data), pooled, True
    )
    with pytest.raises(MisinfoError, match=f"of the measured {unit}s have the highest prob"):
        validation.thresholds(held)


def test_weighting_by_ratios_is_folded_into_the_weights():
    data = noisy()
    recipe = Recipe(c=2.0, smoothing=0.3)
    heads = fit(data, range(len(data)), recipe=recipe)
    pipeline = (
        recipe.fitting(len(data))
        .pipeline()
        .fit([r.text for r in data], [r.overstated for r in data])
    )
    texts = ["tea 3 cures gout 1", "nothing known"]
    np.testing.assert_allclose(
        heads.log_odds(texts)[:, 0], pipeline.decision_function(texts), atol=1e-6
    )
    plain = fit(data, range(len(data)), recipe=Recipe(c=2.0)).log_odds(texts)
    assert not np.allclose(plain, heads.log_odds(texts))


def test_ratios_are_those_of_the_paper():
    random = np.random.default_rng(0)
    matrix, labels = random.random((40, 6)), np.arange(40) % 2
    matrix[labels == 1, 0] += 3
    high, low = (matrix[labels == n].sum(axis=0) + 0.5 for n in (1, 0))
    ratio = np.log((high / high.sum()) / (low / low.sum()))
    plain = LogisticRegression(C=2.0, solver="liblinear", random_state=0)
    expected = plain.fit(matrix * ratio, labels).decision_function(matrix * ratio)
    found = LogRatioRegression(0.5, 2.0).fit(matrix, labels).decision_function(matrix)
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_where_labels_are_told_apart_the_threshold_does_not_fall_to_nothing(tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text("made up")
    rows = [
        Row(
            f"tea number {n} {'cures' if n % 2 else 'is drunk with'} milk",
            n % 2 > 0,
            (),
            str(n),
            "",
        )
        for n in range(120)
    ]
    model = training.train([file], labelled=Labelled(rows, (), "sentence", [], [1.0] * 120))
    for name in ("auc", "recall", "false_positive_rate"):  # few rows cannot be so sure
        value, low, high = model.settings["metrics"]["all"][name]
        assert low <= value <= high
        assert high - low > 0.03
    _, low, high = model.settings["thresholds"]["sentence"]["measured"]
    assert high - low > 0.03
    assert "which was set on the same rows" in model.parts.card
    assert model.sentence_threshold >= 0.5
    assert model.threshold >= 0.5
    assert not model.score("Open on Monday.").warnings  # nobody knows which share is usual


@pytest.mark.parametrize(("claims", "documents"), [([0], [0, 1]), ([1], [0]), ([0], [1])])
def test_figures_without_one_of_the_labels_are_none(claims, documents):
    rows = [
        Row(f"tea {'cures' if label else 'is'} {n}", label > 0, (), f"{n}", f"genre {n % 2}")
        for n in range(40)
        for label in [claims[n % len(claims)]]
    ] + [
        Row(
            f"root {['has', 'ends'][label * part > 0]} {n}",
            label * part > 0,
            (),
            f"d{n}",
            "",
            f"{n}",
        )
        for n in range(40)
        for label in [documents[n % len(documents)]]
        for part in range(3)
    ]
    model = training.train(labelled=Labelled(rows, (), "sentence", [], []))
    figures = json.loads(json.dumps(model.settings["metrics"]), parse_constant=pytest.fail)
    assert figures["claims"]["auc"] is None
    assert (figures["claims"]["recall"] is None) == (claims == [0])
    assert (figures["claims"]["false_positive_rate"] is None) == (claims == [1])
    assert {genre["auc"] for genre in figures["leave_one_genre_out"].values()} == {None}
    assert (figures["documents"]["auc"] is None) == (len(documents) == 1)
    assert (figures["documents"]["recall"] is None) == (documents == [0])
    assert figures["documents"]["length_correlation_sober"] is None  # all are of one length
    card = model.parts.card
    assert "| genre 0 | 20 |" in card
    assert "| unknown (a label is missing) |" in card
    assert ("AUC unknown (a label is missing), recall" in card) == (len(documents) == 1)
    assert "between length and score is unknown: they are too few, or too alike." in card


def same_bytes(one, two, folder):
    for name, model in (("one", one), ("two", two)):
        model.save(folder / name)
    return all(
        file.read_bytes() == (folder / "two" / file.name).read_bytes()
        for file in (folder / "one").iterdir()
    )


def test_weights_of_one_change_nothing(tmp_path):
    models = [
        training.train(labelled=Labelled(noisy(), (), "sentence", [], weights))
        for weights in ([], [1.0] * 160)
    ]
    assert same_bytes(*models, tmp_path)
    tenths, even = ([n / 1024] * 160 for n in (1, 1024))
    models = [
        training.train(labelled=Labelled(noisy(), (), "sentence", [], weights))
        for weights in (tenths, even)
    ]
    assert same_bytes(*models, tmp_path)  # weights are relative
    with pytest.raises(MisinfoError, match="160 rows have 3 weights"):
        training.train(labelled=Labelled(noisy(), (), "sentence", [], [1.0] * 3))


def test_rows_of_weight_zero_are_left_out(tmp_path):
    good = noisy()
    bad = [replace(row, overstated=not row.overstated) for row in good[:50]]
    rows, weights = [*bad, *good], [0.0] * 50 + [1.0] * 160
    model = training.train(labelled=Labelled(rows, (), "sentence", [], weights))
    assert "Rows of weight 0 that were left out: 50." in model.parts.card
    assert model.settings["training"].pop("left_out") == 50
    plain = training.train(labelled=Labelled(good, (), "sentence", [], []))
    assert plain.settings["name"] == "own"
    assert "weight" not in plain.parts.card.split("learned from")[1].split("\n\n")[1]
    model = misinfo.Model(model.parts._replace(card=plain.parts.card))
    assert same_bytes(model, plain, tmp_path)
    curve = training.learning_curve(rows, weights, shares=(1.0,))
    assert curve == training.learning_curve(good, shares=(1.0,))


@pytest.mark.parametrize("unit", ["sentence", "document"])
def test_probabilities_are_those_of_the_weighted_rows(unit):
    data = noisy()
    weights = [9.0 if row.overstated else 1.0 for row in data]
    texts = [row.text for row in data]
    base = {}
    for counts in ([], weights):
        model = training.train(labelled=Labelled(data, (), unit, [], counts))
        found = model.predict_proba(texts)[:, 1]
        base[len(counts)] = np.average(found, weights=counts or None)
    assert base[0] == pytest.approx(0.5, abs=0.1)
    assert base[160] == pytest.approx(0.9, abs=0.06)


def test_a_model_of_other_rows_does_not_claim_to_be_the_bundled_one(tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text("made up")
    labelled = Labelled(noisy(), (), "sentence", [], [], meaning="fake, not real")
    for paths, sources in ((None, []), ([], []), ([str(file)], ["mine.csv"])):
        model = training.train(paths, labelled=labelled)
        assert [source["name"] for source in model.settings["training"]["data"]] == sources
        assert not model.settings["training"]["bundled"]
        assert model.settings["known_floor"] == 0
        assert "what its labels call overstated: fake" in model.parts.card
        assert ("sha256" in model.parts.card) == bool(sources)


def test_the_files_are_those_that_were_read_whatever_becomes_of_them(tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text("made up")
    labelled = Labelled(noisy(), (), "sentence", [], [], meaning="fake, not real")
    model = training.train([file], labelled=labelled, progress=lambda *_: file.unlink(True))
    [source] = model.settings["training"]["data"]
    assert source == {"name": "mine.csv", "sha256": hashlib.sha256(b"made up").hexdigest()}


def test_the_recipes_that_a_search_judges_are_those_that_are_fitted():
    data = noisy()
    found = searching.search(data, range(len(data)))
    recipes = [recipe for recipe, _ in found.tried]
    assert recipes == [recipe.fitting(len(data)) for recipe in recipes]
    assert len(set(map(str, recipes))) == len(recipes)
    assert found.chosen in recipes
    labels = np.array([row.overstated for row in data])
    splits = [
        (learn, judge)
        for learn, judge in GroupKFold(searching.INNER_FOLDS, shuffle=True, random_state=1).split(
            data, groups=[row.group for row in data]
        )
    ]
    for recipe, value in found.tried[::3]:
        scores = np.zeros(len(data))
        for learn, judge in splits:
            heads = fit(data, learn, recipe=recipe)
            scores[judge] = heads.log_odds([data[i].text for i in judge])[:, 0]
        assert value == pytest.approx(average_precision(labels, scores), abs=1e-6)


def test_a_search_in_few_rows_of_unlike_words_finds_a_recipe():
    words = [f"{a}{b}" * 3 for a in "abcdefghij" for b in "klmnopqrst"]
    texts = [" ".join([*words[n::24], *["alike"] * (n >= 18)]) for n in range(24)]
    rows = [Row(text, n % 2 > 0, (), str(n), "") for n, text in enumerate(texts)]
    assert searching.search(rows, range(18)).chosen


def test_a_learning_curve_needs_a_group_for_each_fold():
    data = [replace(row, group=f"{n % 4}") for n, row in enumerate(noisy())]
    with pytest.raises(MisinfoError, match="rows of 4 groups cannot be split into 5 folds"):
        training.learning_curve(data)
    data = [replace(row, group=f"{n % 5}") for n, row in enumerate(noisy())]
    assert training.learning_curve(data)[-1][0] == 128


def test_a_learning_curve_ends_at_all_rows():
    curve = training.learning_curve(noisy(), shares=(0.25, 1.0))
    assert [n for n, _, _ in curve] == [32, 128]
    out = fitting.cross_validate(noisy()).log_odds[:, 0]
    assert curve[-1][1].value == pytest.approx(
        roc_auc([row.overstated for row in noisy()], out), abs=1e-12
    )


@pytest.mark.parametrize(("step", "moved"), [(1, False), (1, True), (2, False)])
def test_an_interrupted_training_leaves_the_old_model_whole(tmp_path, monkeypatch, step, moved):
    model, folder = misinfo.load(), tmp_path / "mine"
    model = misinfo.Model(model.parts._replace(card="another"))
    misinfo.load().save(folder)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    calls, rename = [], Path.rename

    def interrupted(self, target):
        calls.append(self)
        if len(calls) == step:
            if moved:
                rename(self, target)
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        model.save(folder)
    monkeypatch.undo()
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_folder_that_is_no_model_is_left_alone(trained, tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters/dear.txt").write_text("Dear Ann")
    for place in (tmp_path / "letters", tmp_path / "letters/dear.txt"):
        with pytest.raises(ModelError, match="is no model: it is left alone"):
            trained[0].save(place)
    assert (tmp_path / "letters/dear.txt").read_text() == "Dear Ann"
    misinfo.load().save(tmp_path / "model")
    (tmp_path / "model/notes").mkdir()
    (tmp_path / "model/.todo").write_text("more rows")
    with pytest.raises(ModelError, match=r"holds more than a model \(\.todo, notes\)"):
        trained[0].save(tmp_path / "model")
    assert (tmp_path / "model/.todo").exists()
    (tmp_path / "empty").mkdir()
    trained[0].save(tmp_path / "empty")
    assert misinfo.load(tmp_path / "empty").settings["name"] == "small"


def test_genres_are_measured_one_by_one():
    rows = [Row(str(n), n % 2 > 0, (), str(n), "good" if n < 40 else "bad") for n in range(80)]
    judged = np.arange(10, 80)
    log_odds = np.array([(1 if rows[n].genre == "good" else -1) * (n % 2) for n in judged], float)
    found = by_genre(rows, judged, log_odds)
    assert {
        genre: (part["n"], part["overstated"], part["auc"][0]) for genre, part in found.items()
    } == {
        "good": (30, 15, 1.0),
        "bad": (40, 20, 0.0),
    }


def test_counts_that_are_shared_give_the_features_of_a_fit_from_scratch(small):
    texts = [row.text for row in training.read(small)]
    learn, judge = range(0, len(texts), 2), range(1, len(texts), 2)
    for shape in ({}, {"char_range": (3, 3), "word_range": (2, 2)}):
        recipe = Recipe({**Recipe().vectoriser, **shape}).fitting(len(learn))
        counts = Counts(texts, recipe.pipeline())
        features = counts.fitted(list(learn), recipe.least)
        handed, scratch = recipe.pipeline()[:-1], recipe.pipeline()[:-1]
        counts.hand_on(handed.named_steps["features"], list(learn), recipe.least)
        scratch.fit([texts[i] for i in learn])
        ours, theirs = (
            pipeline.named_steps["features"].get_feature_names_out().tolist()
            for pipeline in (handed, scratch)
        )
        assert sorted(ours) == sorted(theirs)
        places = {name: place for place, name in enumerate(theirs)}
        order = [places[name] for name in ours]
        for part in (learn, judge):
            expected = scratch.transform([texts[i] for i in part])[:, order]
            assert abs(features(list(part)) - expected).max() < 1e-6
            assert abs(handed.transform([texts[i] for i in part]) - expected).max() < 1e-12


def test_folds_of_several_recipes_are_judged_as_if_each_were_alone(small):
    data = training.read(small)[:1600]
    splits = [(list(range(0, 1500)), [1550]), (list(range(0, 1499)), [1551])]
    rare = Recipe({**Recipe().vectoriser, "word_min_df": 1, "char_min_df": 2})
    for recipes in ([Recipe(), Recipe()], [Recipe(), rare]):
        together = list(held_out_log_odds(data, splits, (), None, recipes))
        counted = {}
        for split, recipe, found in zip(splits, recipes, together, strict=True):
            (alone,) = held_out_log_odds(data, [split], (), None, [recipe])
            (kept,) = held_out_log_odds(data, [split], (), None, [recipe], counted)
            assert found == pytest.approx(alone, abs=0.01)
            assert kept == pytest.approx(alone, abs=0.01)


def test_a_fold_is_judged_by_what_a_fit_on_its_rows_gives(small):
    data = training.read(small)[:1600]
    learn, judge = list(range(0, 1500)), [1550, 1560]
    ratios = Recipe(smoothing=0.1)
    rare = Recipe({**Recipe().vectoriser, "word_min_df": 1, "char_min_df": 2})
    splits = [(learn, judge)] * 2
    *_, shared = held_out_log_odds(data, splits, (), None, [rare, ratios])
    alone = fit(data, learn, recipe=ratios).log_odds([data[i].text for i in judge])
    assert shared == pytest.approx(alone, abs=0.01)


def test_a_kind_that_is_left_out_whole_keeps_its_place(monkeypatch):
    monkeypatch.setattr(mixing, "CLASS", 5)
    data = [
        Row(f"{text} {n}", tag in training.TAGS, (tag,), f"{n}", "")
        for n in range(8)
        for text, tag in (("tea cures", "cure"), ("no cure", "negated"), ("off", "offtopic"))
    ]
    learn = [n for n, row in enumerate(data) if row.tags != ("offtopic",)]
    (found,) = held_out_log_odds(data, [(learn, [0, 1, 2])], ("cure",), None, [Recipe()])
    assert found.shape == (3, 1 + 2 + 1)
    assert (found[:, 2] == 10).all()  # nothing stands against what is overstated
