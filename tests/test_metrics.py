"""Measures against scikit-learn and against their own definitions."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as reference

from misinfo import metrics

ROWS = st.lists(st.tuples(st.booleans(), st.integers(0, 8)), min_size=2, max_size=60).filter(
    lambda rows: len({label for label, _ in rows}) == 2
)


@given(ROWS)
def test_ranking_measures_equal_scikit_learn(rows):
    labels, scores = map(list, zip(*rows, strict=True))
    assert metrics.roc_auc(labels, scores) == pytest.approx(reference.roc_auc_score(labels, scores))
    assert metrics.average_precision(labels, scores) == pytest.approx(
        reference.average_precision_score(labels, scores)
    )
    flags = np.array(scores) > 4
    assert metrics.f1(labels, flags) == pytest.approx(
        reference.f1_score(labels, flags, zero_division=0)
    )


@given(st.lists(st.integers(0, 20), min_size=1, max_size=80), st.floats(0, 1))
def test_threshold_keeps_its_promise_and_is_the_lowest(scores, rate):
    scores = np.array(scores, dtype=float)
    threshold = metrics.threshold_at_fpr(scores, rate)
    assert np.mean(scores >= threshold) <= rate + 1e-9
    lower = scores[scores < threshold]
    if len(lower):
        assert np.mean(scores >= lower.max()) > rate - 1e-9


def test_no_negatives_no_threshold():
    with pytest.raises(ValueError, match="at least one negative"):
        metrics.threshold_at_fpr([], 0.01)


def test_one_class_has_no_ranking():
    assert np.isnan(metrics.roc_auc([True], [0.1]))
    assert np.isnan(metrics.recall_at_fpr([True], [0.1], 0.01))


@given(st.integers(0, 50), st.integers(0, 50))
def test_wilson_interval_holds_the_share(hits, misses):
    found = metrics.wilson(hits, hits + misses)
    assert 0 <= found.low <= found.high <= 1
    if hits + misses:
        assert found.low - 1e-12 <= found.value <= found.high + 1e-12


def test_calibration_error_of_the_right_and_the_wrong():
    random = np.random.default_rng(0)
    p = random.random(20_000)
    labels = random.random(20_000) < p
    assert metrics.calibration_error(labels, p) < 0.02
    assert metrics.calibration_error(labels, 1 - p) > 0.3


def test_bootstrap_by_groups_is_wider_than_by_rows():
    groups = np.repeat(np.arange(20), 50)
    values = np.random.default_rng(0).normal(size=20)[groups]
    by_rows = metrics.bootstrap(lambda x: float(x.mean()), values)
    by_groups = metrics.bootstrap(lambda x: float(x.mean()), values, groups=groups)
    assert by_groups.high - by_groups.low > 3 * (by_rows.high - by_rows.low)
    assert by_groups == metrics.bootstrap(lambda x: float(x.mean()), values, groups=groups)


def test_groups_are_drawn_whole_and_as_often_as_they_come():
    groups = np.array(list("abcab"))
    seen = []

    def remember(rows):
        seen.append(np.bincount(rows, minlength=5).tolist())
        return 0.0

    metrics.bootstrap(remember, np.arange(5), groups=groups, rounds=50)
    assert all(a == again and b == more for a, b, _, again, more in seen)
    assert all(sum(times[:3]) == 3 for times in seen)
    assert any(0 in times for times in seen)


def test_an_interval_without_width_becomes_wilsons_over_the_groups_of_the_smallest_class():
    labels = np.arange(60) < 24
    groups = np.arange(60) // 3  # 8 of positives, 12 of negatives
    scores = labels + np.arange(60) / 1000

    def interval(measure, scores, *classes):
        return metrics.bootstrap(
            measure, labels, scores, groups=groups, rounds=100, classes=classes
        )

    def recall(y, p):
        return float(np.mean(p[y] > 0.5))

    def alarms(y, p):
        return float(np.mean(p[~y] > 0.5))

    both = labels, ~labels
    for found, expected in (
        (interval(recall, scores, labels), metrics.wilson(8, 8)),
        (interval(recall, 0 * scores, labels), metrics.wilson(0, 8)),
        (interval(alarms, scores, ~labels), metrics.wilson(0, 12)),
        (interval(metrics.roc_auc, scores, *both), metrics.wilson(8, 8)),
        (interval(metrics.roc_auc, 0 * scores, *both), metrics.wilson(4, 8)),
        (interval(metrics.average_precision, scores, *both), metrics.wilson(8, 8)),
    ):
        assert found == pytest.approx(expected, abs=1e-9)
        assert found.low <= found.value <= found.high
    noisy = np.random.default_rng(0).random(60)
    assert interval(metrics.roc_auc, noisy, *both) == interval(metrics.roc_auc, noisy)
    assert interval(recall, scores) == (1, 1, 1)  # nobody said what it looks at


@pytest.mark.parametrize("rate", [-0.5, 1.5, float("nan")])
def test_a_rate_is_from_0_to_1(rate):
    with pytest.raises(ValueError, match="a false-positive rate is from 0 to 1"):
        metrics.threshold_at_fpr([0.1], rate)


def test_an_interval_needs_a_resample():
    with pytest.raises(ValueError, match="at least one resample, not 0"):
        metrics.bootstrap(np.mean, np.arange(3), rounds=0)


@given(st.floats(0, 1))
def test_a_shown_threshold_is_no_lower(threshold):
    assert threshold <= float(metrics.rounded_up(threshold)) <= threshold + 0.0002


def test_the_calibration_error_of_few_rows_has_few_bins():
    random = np.random.default_rng(0)
    for n, bins in ((20, 5), (199, 5), (700, 7), (1499, 14), (1500, 15), (4000, 15)):
        p = random.random(n)
        labels = random.random(n) < p
        found = metrics.calibration_error(labels, p)
        assert found == metrics.calibration_error(labels, p, bins=bins)


def test_the_interval_of_a_calibration_error_is_seldom_above_it():
    random, above = np.random.default_rng(1), 0
    for _ in range(60):
        p = np.sort(random.beta(2, 3, 1000))
        columns = random.random(1000) < p, p + 0.02
        found = metrics.bootstrap(metrics.calibration_error, *columns, rounds=80, recentre=True)
        above += found.low > 0.02
    assert above <= 4  # 1.5 are promised


def test_few_rows_do_not_hide_that_all_promises_are_broken():
    assert metrics.calibration_error([1, 0] * 99, [0.0, 1.0] * 99) > 0.7


MEASURES = [
    metrics.roc_auc,
    metrics.average_precision,
    metrics.calibration_error,
    metrics.f1,
    lambda labels, scores: metrics.recall_at_fpr(labels, scores, 0.5),
]


@pytest.mark.parametrize("measure", MEASURES)
def test_columns_must_fit_and_hold_what_they_say(measure):
    assert measure([True, False], [1, 0]) == measure([1, 0], [1.0, 0.0])
    for labels, scores in (([True, False], [1]), ([True], [1, 0]), ([[True, False]], [[1, 0]])):
        with pytest.raises(ValueError, match="one column each"):
            measure(labels, scores)
    for labels in (["1", "0"], ["fake", "real"], [float("nan"), 1], [2, 0], [None, True]):
        if measure is not metrics.calibration_error or set(labels) & {"fake", None}:
            with pytest.raises((ValueError, TypeError)):
                measure(labels, [1, 0])
    with pytest.raises(ValueError, match=r"must be a number|must be true or false"):
        measure([True, False], [float("nan"), 0])


def test_nothing_has_no_measure():
    for measure in MEASURES:
        assert np.isnan(measure([], [])) or measure is metrics.f1


@given(ROWS, st.sampled_from([0, 0.1, 0.25, 0.5, 0.9, 1]))
def test_recall_is_the_best_that_any_threshold_of_the_rate_gives(rows, rate):
    labels, scores = map(np.array, zip(*rows, strict=True))
    limits = [limit for limit in range(10) if np.mean(scores[~labels] >= limit) <= rate]
    best = max(np.mean(scores[labels] >= limit) for limit in limits)
    assert metrics.recall_at_fpr(labels, scores, rate) == best


@given(st.integers(20, 300), st.integers(1, 3))
def test_more_hits_never_lower_the_ends_of_a_rare_share(groups, size):
    everything = np.ones(groups * size, dtype=bool)
    names = np.arange(groups).repeat(size)
    found = [
        metrics.bootstrap(
            lambda x: float(x.mean()),
            np.arange(groups * size) < hits,
            groups=names,
            rounds=50,
            classes=[everything],
        )
        for hits in range(4)
    ]
    assert all(one.low <= more.low and one.high < more.high for one, more in pairwise(found))


@pytest.mark.parametrize("measure", [metrics.average_precision, metrics.f1, metrics.roc_auc])
def test_resamples_of_one_label_are_left_out(measure):
    labels, scores, seen = np.arange(6) < 1, np.arange(6) % 2, []

    def remember(labels, scores):
        seen.append(labels.tolist())
        return measure(labels, scores)

    metrics.bootstrap(remember, labels, scores, rounds=50, classes=[labels, ~labels])
    assert len(seen) > 20
    assert all(len(set(drawn)) == 2 for drawn in seen)


@given(ROWS, st.randoms(use_true_random=False))
def test_calibration_error_does_not_depend_on_the_order_of_rows(rows, random):
    def error(pairs):
        labels, scores = map(np.array, zip(*pairs, strict=True))
        return metrics.calibration_error(labels, scores / 8, bins=5)

    mixed = random.sample(rows, len(rows))
    for other in (mixed, sorted(rows), sorted(rows, reverse=True)):
        assert error(other) == pytest.approx(error(rows), abs=1e-12)


def test_the_interval_of_a_calibration_error_holds_it():
    random = np.random.default_rng(0)
    for n in (30, 100, 400):
        p = random.random(n)
        columns = (random.random(n) < p, p)
        found = metrics.bootstrap(metrics.calibration_error, *columns, rounds=200, recentre=True)
        raw = metrics.bootstrap(metrics.calibration_error, *columns, rounds=200)
        assert 0 <= found.low <= found.value <= found.high
        assert found.value == raw.value
        assert found.high < raw.high


@pytest.mark.parametrize("grouped", [False, True])
def test_the_interval_of_a_calibration_error_seldom_excludes_one_of_zero(grouped):
    random, held = np.random.default_rng(0), 0
    for _ in range(40):
        p = random.random(400)
        drawn = random.random(100).repeat(4) if grouped else random.random(400)  # alike in a group
        groups = np.arange(100).repeat(4) if grouped else None
        p = p[:100].repeat(4) if grouped else p
        found = metrics.bootstrap(
            metrics.calibration_error, drawn < p, p, groups=groups, rounds=100, recentre=True
        )
        held += found.low == 0
    assert held >= 33  # of 38 that are expected
    found = metrics.bootstrap(metrics.calibration_error, drawn < p, 1 - p, rounds=50, recentre=True)
    assert found.low > 0.1
