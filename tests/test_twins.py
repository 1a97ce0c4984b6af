"""Say it instead: the example fits the sentence, comes from the corpus, and says why."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import run

from misinfo import twins
from misinfo.claims import Claim, datasets, read_claims
from misinfo.codebook import OVERSTATED_TAGS, why


@pytest.fixture(scope="module")
def index(model):
    return twins.Twins(model.engine)


def pair(text, tags, name, careful="Garlic was not tested.", label="negated"):
    return (
        Claim(f"{name}1", text, "overstated", tags, name),
        Claim(f"{name}2", careful, "measured", (label,), name),
    )


def test_every_paired_claim_finds_itself(index):
    shown = [pair for n, pair in enumerate(index.pairs) if n % 40 == 0 and index._fit(n)]
    assert len(shown) > 400
    for overstated, measured in shown:
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


def test_the_shortlist_holds_the_likest_claim(index):
    """Against every fifth claim that can be shown, compared in full."""
    numbers = [n for n in range(0, len(index.pairs), 5) if index._fit(n)]
    claims = [index._vector(index.pairs[n][0].text) for n in numbers]
    for text in ("Garlic cures gout overnight.", "Doctors hide this from you", "No side effects."):
        query = dict(zip(*index._vector(text), strict=True))
        nearest = max(
            sum(query.get(ngram, 0) * value for ngram, value in zip(*claim, strict=True))
            for claim in claims
        )
        found = [example.similarity for example in index.examples(text)]
        assert max(found, default=twins.FLOOR) * twins.SAME >= nearest - 1e-9


@pytest.mark.parametrize("tag", OVERSTATED_TAGS)
def test_the_reason_is_that_of_a_kind_which_both_have(index, tag):
    owners = {overstated.text: overstated.tags for overstated, _ in index.pairs}
    for text in ("Garlic cures gout overnight.", "No side effects at all.", "Doctors hide it."):
        for example in index.examples(text, (tag,)):
            assert example.tag == (tag if tag in owners[example.claim] else "")
            assert example.why == why(example.tag)
            assert not example.tag or OVERSTATED_TAGS[tag] in example.why


@settings(max_examples=40)
@given(text=st.text(st.characters(exclude_categories=())))
def test_any_text_may_be_asked(index, text):
    for example in index.examples(text, ("cure", "no such tag")):
        assert twins.FLOOR <= example.similarity <= 1 + 1e-9


def test_a_claim_of_the_same_kind_goes_first(model):
    pairs = [
        pair("Garlic stops gout overnight in everyone", ("speed",), "A", "Not in everyone."),
        pair("Garlic stops gout overnight for anyone", ("natural",), "B", "Not for anyone."),
    ]
    index = twins.Twins(model.engine, pairs)
    for tag in ("speed", "natural"):
        assert index.examples("Garlic stops gout overnight", (tag,))[0].tag == tag


def test_a_claim_of_the_same_illness_goes_before_one_in_the_same_phrases(model):
    texts = {"piles": "Say goodbye to your piles in a week", "gout": "Goodbye in a week, my gout"}
    pairs = []
    for topic, text in texts.items():
        claim, twin = pair(text, ("cure",), topic, f"It does not end {topic}.")
        pairs.append((replace(claim, topic=topic), twin))
    found = twins.Twins(model.engine, pairs).examples("Say goodbye to your gout in a week")
    assert found[0].claim == texts["gout"]
    assert found[0].similarity < found[1].similarity


@pytest.mark.parametrize(
    ("careful", "register", "shown"),
    [
        ("Garlic was not tested in gout.", "ad", True),
        ("GARLIC 300 mg was not tested.", "ad", True),
        ("It was not tested in the arthropathy.", "ad", True),  # its topic, rare as the word is
        ("Garlic was not tested in gout.", "translated", False),
        ("Garlic was not tested in gout.", "transcript", False),
        ("Garlic was not testted in gout.", "ad", False),
        ("Garlic wont help in gout.", "ad", False),
        ("It was not tested.", "ad", False),
        ("It was not tested in the patients.", "ad", False),
    ],
)
def test_an_example_is_spelt_right_and_about_the_same_matter(model, careful, register, shown):
    text = "Garlic cures gout in the patients."
    claim = Claim("1", text, "overstated", ("cure",), "A", topic="arthropathy")
    usual = "It was not tested in the patients, and it does not help in them, said the patients."
    twin = Claim("2", careful, "measured", ("hedged",), "A", "arthropathy", register=register)
    more = [pair(usual, ("cure",), f"B{n}", usual, "plain") for n in range(20_000)]
    more += [pair("Tea", ("cure",), f"C{n}", "Garlic, gout, mg", "plain") for n in range(90)]
    found = twins.Twins(model.engine, [(claim, twin), *more]).examples(text)
    assert [example.careful for example in found] == [careful] * shown


@pytest.mark.parametrize("label", ["offtopic", "debunk", "plain", "wellness"])
def test_a_twin_that_speaks_of_something_else_is_no_example(model, label):
    pairs = [pair("Garlic cures gout.", ("cure",), "A", "Smoke cures ham.", label)]
    assert twins.Twins(model.engine, pairs).examples("Garlic cures gout.") == ()
    assert twins.Twins(model.engine, []).examples("Garlic cures gout.") == ()


@pytest.fixture(scope="module")
def flagged(index, model):
    """A pair of the corpus whose overstated claim the model flags."""
    pairs = [pair for n, pair in enumerate(index.pairs[:100]) if index._fit(n)]
    texts = [overstated.text for overstated, _ in pairs]
    return pairs[model.predict_proba_sentences(texts)[:, 1].argmax()]


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
