"""Joined rows: what they are, and that training learns from them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse.linalg import norm

import misinfo
from misinfo import fitting, joining, splitting
from misinfo.cards import model_card
from misinfo.joining import EVERY, NEIGHBOURS, WEIGHT, Learned, n_joined, with_joined
from misinfo.rows import Row

LARGE = [Row("tea", False, (), "a", "", "a")] * 50_001


@given(st.lists(st.booleans(), max_size=30), st.integers(0, 2**32 - 1))
def test_joined_rows_come_after_the_others_and_are_what_their_rows_are(labels, seed):
    random, labels = np.random.default_rng(seed), np.array(labels, dtype=bool)
    features = sparse.random(len(labels), 9, 0.4, "csr", np.float32, random)
    kinds = [~labels & (np.arange(len(labels)) % 2 == n) for n in range(2)]
    reasons = labels[:, None] & (random.random((len(labels), 3)) > 0.5)
    counts = random.random(len(labels))
    rows = Learned(features, labels, kinds, reasons, counts)
    assert with_joined(rows, LARGE[1:]) is rows
    more = with_joined(rows, LARGE)
    n = len(labels)
    assert more.features.dtype == np.float32
    assert (more.features[:n] != features).nnz == 0
    for old, new in (
        (labels, more.labels),
        (counts, more.counts),
        *zip(kinds, more.against, strict=True),
    ):
        assert (new[:n] == old).all()
    assert len(more.labels) == n + len(range(0, n - NEIGHBOURS + 1, EVERY))
    for number, place in enumerate(range(n, len(more.labels))):
        first = EVERY * number
        part = slice(first, first + NEIGHBOURS)
        assert more.labels[place] == labels[part].any()
        assert (more.reasons[place] == reasons[part].any(axis=0)).all()
        assert more.counts[place] == pytest.approx(WEIGHT * counts[part].mean())
        assert [k[place] for k in more.against] == [k[first] & ~labels[part].any() for k in kinds]
        whole = features[part].sum(axis=0)
        length, one = np.linalg.norm(whole), norm(features[first])
        wanted = whole * (one / length) if length else whole
        np.testing.assert_allclose(more.features[place].toarray(), wanted, rtol=1e-5)


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("many", [True, False])
def test_only_large_data_with_documents_are_learned_from_joined(monkeypatch, many, whole):
    data = [
        Row(f"cure {n % 7} now", n % 2 > 0, (), str(n // 3), "", str(n // 3) * whole)
        for n in range(60)
    ]

    def both():
        [part] = fitting.held_out_log_odds(
            data, [(range(40), range(40, 60))], (), None, [fitting.DEFAULT]
        )
        return fitting.fit(data, range(60)).coef, part

    monkeypatch.setattr(fitting, "MANY", 59 if many else 60)
    alone = both()
    monkeypatch.setattr(joining, "MANY", 59 if many else 60)
    assert n_joined(data) == 15 * (many and whole)
    for one, other in zip(alone, both(), strict=True):
        assert (one != other).any() == (many and whole)


def test_the_card_tells_of_joined_rows_and_folds_as_they_are():
    settings = misinfo.load().settings
    assert settings["training"]["settings"]["joined"] > 90_000
    card = model_card(settings)
    assert card == misinfo.load().parts.card
    assert f"rows more that are three neighbours in one, at a weight of {WEIGHT}" in card
    assert "five-fold cross-validation" in card
    assert (NEIGHBOURS, splitting.FOLDS) == (3, 5)
    assert "where a sentence of it is flagged" in card
