"""Training on a small corpus: reproducible, honest about its data, safe."""

import json

import numpy as np
import pytest

import misinfo
from misinfo import training
from misinfo.claims import OVERSTATED_TAGS, datasets, read_articles, read_claims, rows
from misinfo.errors import MisinfoError


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Every twelfth pair and document of the bundled data, as files."""
    folder = tmp_path_factory.mktemp("small")
    lines = (datasets() / "claims.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    claims = read_claims(datasets() / "claims.csv")
    assert len(lines) == len(claims) + 1
    pairs = sorted({claim.pair for claim in claims if claim.pair})[::5]
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
    fold = training.cross_validate(data).fold
    for group in {row.group for row in data}:
        assert len({fold[i] for i, row in enumerate(data) if row.group == group}) == 1


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


def test_too_little_data_is_said(small, tmp_path):
    lines = small[0].read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "few.csv").write_text("".join(lines[:9]), encoding="utf-8")
    with pytest.raises(MisinfoError, match="too few to train and to measure: label at least 10"):
        training.train([tmp_path / "few.csv"])


def test_calibration_on_rows_that_one_side_lacks():
    claims = read_claims(datasets() / "claims.csv")[:400]
    found = rows(claims, read_articles(datasets() / "articles.jsonl")[:4])
    data = [row for row in found if "panacea" not in row.tags]
    heads = training.fit(data, range(len(data)), training.TAGS)
    assert np.isfinite(heads.coef).all()
    assert (
        heads.log_odds(["one leaf for every illness"])[
            0, 1 + list(OVERSTATED_TAGS).index("panacea")
        ]
        < 0
    )
