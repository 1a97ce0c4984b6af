"""Say it instead: the example fits the sentence, comes from the corpus, and says why."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from misinfo import twins
from misinfo.claims import OVERSTATED_TAGS, Claim, datasets, read_claims
from misinfo.explaining import undisguise
from tests.test_cli import run


@pytest.fixture(scope="module")
def index(model):
    return twins.Twins(model.parts)


def claim(text, tags, pair, careful="It was not tested.", label="negated"):
    return [
        Claim(f"{pair}1", text, "overstated", tags, pair),
        Claim(f"{pair}2", careful, "measured", (label,), pair),
    ]


def test_every_paired_claim_finds_itself(index):
    for overstated, measured in index.pairs[::40]:
        best = index.examples(overstated.text, overstated.tags)[0]
        assert best.similarity == pytest.approx(1) or best.claim != overstated.text
        assert (best.claim, best.careful) == (overstated.text, measured.text)


def test_examples_are_pairs_of_the_corpus(index):
    pairs = {}
    for row in read_claims(datasets() / "claims.csv"):
        pairs.setdefault(row.pair, {})[row.label] = row
    known = {(p["overstated"].text, p["measured"].text) for key, p in pairs.items() if key}
    for text in ("Garlic cures gout overnight.", "No side effects at all.", "Doctors hide it."):
        found = index.examples(text)
        assert len(found) <= twins.MOST
        assert {(e.claim, e.careful) for e in found} <= known
        similarities = [e.similarity for e in found]
        assert similarities == sorted(similarities, reverse=True)
        assert all(twins.FLOOR <= s <= 1 + 1e-9 for s in similarities)
        assert all(e.why.endswith(".") and OVERSTATED_TAGS[e.tag] in e.why for e in found)


def test_the_vectors_are_those_of_the_engine(model):
    """With no n-gram left out they are the engine's TF-IDF values, at length 1."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(twins, "COMMON", 0.0)
        index = twins.Twins(model.parts, claim("Tea cures gout.", ("cure",), "A"))
    for text in ("Tea cures gout, gout, gout.", "It never fails: 9 of 10!", "ĐŠ a"):
        _, indices, values = index._vectors([text])
        expected = model.engine._values(undisguise(text))
        assert indices.tolist() == expected[0].tolist()
        length = (expected[1] @ expected[1]) ** 0.5
        assert values.tolist() == pytest.approx((expected[1] / length).tolist())


@settings(max_examples=40, deadline=None)
@given(text=st.text(st.characters(exclude_categories=())))
def test_any_text_may_be_asked(index, text):
    for example in index.examples(text, ("cure", "no such tag")):
        assert twins.FLOOR <= example.similarity <= 1 + 1e-9


def test_a_claim_of_the_same_kind_goes_first(model):
    rows = claim("Garlic stops gout overnight in everyone", ("speed",), "A")
    rows += claim("Garlic stops gout overnight for anyone", ("natural",), "B")
    index = twins.Twins(model.parts, rows)
    for tag in ("speed", "natural"):
        assert index.examples("Garlic stops gout overnight", (tag,))[0].tag == tag


@pytest.mark.parametrize("label", ["offtopic", "debunk"])
def test_a_twin_that_speaks_of_something_else_is_no_example(model, label):
    rows = claim("Garlic cures gout.", ("cure",), "A", "Smoke cures ham.", label)
    assert twins.Twins(model.parts, rows).examples("Garlic cures gout.") == ()
    assert twins.Twins(model.parts, []).examples("Garlic cures gout.") == ()


def test_each_tag_names_its_guidance():
    assert set(twins.GUIDANCE) == set(OVERSTATED_TAGS)
    assert all(source.startswith(("FDA, ", "FTC, ")) for _, source in twins.GUIDANCE.values())
    assert twins.why("mine") == ""


@pytest.fixture(scope="module")
def flagged(index, model):
    """A pair of the corpus whose overstated claim the model flags."""
    texts = [overstated.text for overstated, _ in index.pairs[:50]]
    return index.pairs[model.predict_proba_sentences(texts)[:, 1].argmax()]


def test_findings_have_examples_and_bulk_output_does_not(model, flagged):
    overstated, measured = flagged
    (sentence,) = model.score(f"Open daily.\n\n{overstated.text}").findings[:1]
    assert measured.text in {example.careful for example in sentence.examples}
    assert "examples" not in sentence.to_dict()


def test_explain_says_it_instead(model, flagged):
    overstated, measured = flagged
    said = run("explain", overstated.text).stdout
    assert measured.text in " ".join(said.split())
    plain = json.loads(run("explain", overstated.text, "--format", "json").stdout)
    assert plain["examples"][0]["careful"] == measured.text
    assert set(plain["examples"][0]) == {"claim", "careful", "similarity", "tag", "why"}
    assert json.loads(run("explain", "Open daily.", "-f", "json").stdout)["examples"] == []
    with pytest.raises(TypeError, match="must be a string"):
        model.examples(None)
