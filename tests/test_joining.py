"""Joined rows: what they are, and that training learns from them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse.linalg import norm

from misinfo import fitting, joining
from misinfo.joining import EVERY, TOGETHER, WEIGHT, Learned, joined
from misinfo.rows import Row


@given(st.lists(st.booleans(), max_size=30), st.integers(0, 2**32 - 1))
def test_joined_rows_come_after_the_others_and_are_what_their_rows_are(labels, seed):
    random, labels = np.random.default_rng(seed), np.array(labels, dtype=bool)
    features = sparse.random(len(labels), 9, 0.4, "csr", np.float32, random)
    kinds = [~labels & (np.arange(len(labels)) % 2 == n) for n in range(2)]
    reasons = labels[:, None] & (random.random((len(labels), 3)) > 0.5)
    counts = random.random(len(labels))
    rows = Learned(features, labels, kinds, reasons, counts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(joining, "MANY", 0)
        more = joined(rows)
    n = len(labels)
    assert more.features.dtype == np.float32
    assert (more.features[:n] != features).nnz == 0
    for old, new in (
        (labels, more.labels),
        (counts, more.counts),
        *zip(kinds, more.against, strict=True),
    ):
        assert (new[:n] == old).all()
    assert len(more.labels) == n + len(range(0, n - TOGETHER + 1, EVERY))
    for number, place in enumerate(range(n, len(more.labels))):
        first = EVERY * number
        part = slice(first, first + TOGETHER)
        assert more.labels[place] == labels[part].any()
        assert (more.reasons[place] == reasons[part].any(axis=0)).all()
        assert more.counts[place] == pytest.approx(WEIGHT * counts[part].mean())
        assert [k[place] for k in more.against] == [k[first] & ~labels[part].any() for k in kinds]
        whole = features[part].sum(axis=0)
        length, one = np.linalg.norm(whole), norm(features[first])
        wanted = whole * (one / length) if length else whole
        np.testing.assert_allclose(more.features[place].toarray(), wanted, rtol=1e-5)


@pytest.mark.parametrize("many", [True, False])
def test_only_models_of_many_rows_learn_from_joined_rows(monkeypatch, many):
    data = [Row(f"cure {n % 7} now", n % 2 > 0, (), str(n), "") for n in range(60)]
    alone = fitting.fit(data, range(60))
    monkeypatch.setattr(joining, "MANY", 59 if many else 60)
    assert joining.more(60) == 15 * many
    assert (fitting.fit(data, range(60)).coef != alone.coef).any() == many
