"""What is shown, what is set aside, and what fails."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import run

import misinfo
from misinfo import policy
from misinfo.config import Config
from misinfo.pipeline import VECTORISER, build_pipeline
from misinfo.records import Document, Ignore

TEXT = (
    "Our tea cures cancer, guaranteed.\n\nTake one tablet a day.\n\nDissolves kidney stones.\n\n"
    "Science has confirmed it again and again. No side effects at all.\n"
)
PROBABILITY = st.floats(0, 1)


def judge(model, text=TEXT, ignores=(), **rules):
    document = Document("a.txt", text, ignores=tuple(ignores))
    return policy.judge(document, model.score(text), policy.Policy(**rules), model)


@given(PROBABILITY, PROBABILITY)
def test_a_higher_severity_never_shows_more(one, other):
    model = misinfo.load()
    low, high = sorted([one, other])
    more, fewer = (judge(model, min_severity=limit) for limit in (low, high))
    assert set(fewer.score.findings) <= set(more.score.findings)
    assert all(finding.probability >= high for finding in fewer.score.findings)
    for found in (more, fewer):
        assert found.below + len(found.score.findings) == len(model.score(TEXT).findings)
        assert found.score.probability == model.score(TEXT).probability


@given(st.sets(st.integers(0, len(TEXT) - 1), max_size=3))
def test_setting_aside_changes_nothing_else(offsets):
    model = misinfo.load()
    plain = model.score(TEXT)
    found = judge(model, ignores=[Ignore(n, n + 1, 1) for n in offsets])
    aside = {one.finding.start for one in found.asides}
    kept = [finding for finding in plain.findings if finding.start not in aside]
    assert list(found.score.findings) == kept
    assert all(one.finding in plain.findings for one in found.asides)
    assert [s.text for s in found.score.sentences] == [s.text for s in plain.sentences]
    assert found.score.overstated == (found.score.probability >= found.score.threshold)
    if not aside:
        assert found.score == plain


def test_the_document_is_pooled_from_what_is_left(model):
    everything = judge(model, ignores=[Ignore(0, len(TEXT), 1)])
    plain = model.score(TEXT)
    left = [s.text for s in plain.sentences if not s.overstated]
    assert everything.score.probability == model.reader.pooled(left) < plain.probability
    assert model.reader.pooled([s.text for s in plain.sentences]) == plain.probability
    assert model.reader.pooled([]) == 0


@pytest.mark.parametrize("probability", [0.0, 0.89, 0.9, 0.949, 0.95, 1.0])
def test_levels(probability):
    expected = "error" if probability >= 0.95 else "warning" if probability >= 0.9 else "note"
    assert policy.level(probability) == expected


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ((), 0, ""),
        (("--fail",), 1, ": overstated, "),
        (("--fail-on", "cure"), 1, "line 1, column 1: cure (--fail-on)"),
        (("--fail-on", "testimonial, panacea"), 0, ""),
        (("--fail-on", "any"), 1, "(--fail-on)"),
        (("--fail-on", "cure", "--min-severity", "1"), 0, ""),
        (("--fail", "--min-severity", "1"), 0, ""),
        (("--fail-above", "error"), 1, "(--fail-above)"),
        (("--fail-above", "0"), 1, "(--fail-above)"),
        (("--fail-above", "1"), 0, ""),
        (("--fail-above", "0.1", "--min-severity", "1"), 0, ""),
        (("--fail-on", "cured"), 2, "unknown tag 'cured'; known are cure, certainty"),
        (("--fail-above", "2"), 2, "--fail-above takes note, warning, error or a probability"),
        (("--fail-above", "nan"), 2, "--fail-above takes"),
        (("--min-severity", "bad"), 2, "--min-severity takes"),
    ],
)
def test_what_fails(tmp_path, options, code, words):
    path = tmp_path / "a.txt"
    path.write_text(TEXT, encoding="utf-8")
    result = run("score", path, *options, "--no-config")
    assert (result.exit_code, words in result.stderr) == (code, True), result.stderr
    if code < 2:
        assert ("failed:" in result.stderr) == (code == 1)
        assert run("score", path, tmp_path / "none", *options, "--no-config").exit_code == 3


def test_findings_that_are_not_shown_are_counted(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(TEXT, encoding="utf-8")
    options = ("--min-severity", "1", "--no-config")
    said = run("score", path, *options).stdout
    assert re.search(r"OVERSTATED.* 0 of \d+ sentences flagged, [1-9]\d* below --min-sev", said)
    assert "below" not in run("score", path, "--no-config").stdout
    (plain,) = json.loads(run("score", path, *options, "-f", "json").stdout)
    assert f", {plain['below']} below --min-severity" in said
    page = run("score", path, *options, "-f", "html").stdout
    assert page.count(f"flagged, {plain['below']} more below the least severity") == 2


def test_a_sentence_below_the_threshold_can_fail_and_can_be_set_aside(model):
    document = Document("a.txt", "Tea cures gout.", ignores=(Ignore(0, 5, 1),))
    score = model.score(document.text, threshold=1.0)
    assert not score.findings
    rules = policy.Policy(fail_above=score.sentences[0].probability)
    found = policy.judge(replace(document, ignores=()), score, rules, model)
    assert len(list(policy.failures(found, rules))) == 1
    found = policy.judge(document, score, rules, model)
    assert (len(found.asides), list(policy.failures(found, rules))) == (1, [])


def test_a_document_scored_whole_loses_the_sentences_set_aside_alone():
    texts, labels = ["- It cures gout.", "1. Open daily."] * 9, [1, 0] * 9
    pipeline = build_pipeline({**VECTORISER, "word_min_df": 1, "char_min_df": 1}).fit(texts, labels)
    model = misinfo.Model.from_pipeline(pipeline)
    text = "- It cures gout.\n- It cures gout, they say.\n1. Open daily.\n"
    second = model.score(text).sentences[1]
    found = judge(model, text, ignores=[Ignore(second.start, second.end, 1)])
    assert len(found.asides) == 1
    left = text[: second.start] + text[second.end :]
    assert found.score.probability == pytest.approx(model.score(left).probability, abs=1e-12)
    everything = judge(model, text, ignores=[Ignore(0, len(text), 1)], fail_above=0.0)
    assert everything.score.probability == 0


def test_any_finding_fails_where_a_model_has_no_tags(tmp_path):
    texts, labels = ["It cures gout.", "Open daily."] * 9, [1, 0] * 9
    pipeline = build_pipeline({**VECTORISER, "word_min_df": 1, "char_min_df": 1}).fit(texts, labels)
    misinfo.Model.from_pipeline(pipeline, threshold=0.5).save(tmp_path / "m")
    (tmp_path / "a.md").write_text("It cures gout.", encoding="utf-8")
    options = ("score", tmp_path / "a.md", "--model", tmp_path / "m", "--fail-on")
    result = run(*options, "any", "-f", "github")
    assert (result.exit_code, "(--fail-on)" in result.stderr) == (1, True)
    assert "title=overstated (" in result.stdout
    result = run(*options, "cure")
    assert result.exit_code == 2
    assert "--fail-on: unknown tag 'cure'; known are any" in result.stderr
    for format in ("sarif", "html"):
        found = run("score", tmp_path / "a.md", "--model", tmp_path / "m", "-f", format).stdout
        assert "below the threshold" not in found
        assert (", : reason" in found, "overstated" in found) == (False, True)


def test_a_document_without_findings_left_does_not_fail(model):
    rules = policy.Policy(fail=True)
    assert list(policy.failures(judge(model, fail=True), rules))
    ignores = [Ignore(0, len(TEXT), 1)]
    assert not list(policy.failures(judge(model, ignores=ignores, fail=True), rules))


def test_options_for_texts_are_refused_for_tables(tmp_path):
    (tmp_path / "a.csv").write_text("text\nIt cures gout.\n", encoding="utf-8")
    result = run("score", tmp_path / "a.csv", "--fail-on", "cure")
    assert (result.exit_code, "--fail-on is for texts" in result.stderr) == (2, True)
    (tmp_path / "m.toml").write_text("fail-on = ['cure']", encoding="utf-8")
    assert run("score", tmp_path / "a.csv", "--config", tmp_path / "m.toml").exit_code == 0


@pytest.mark.parametrize(
    "options",
    [
        ["--text-column", "body"],
        ["--prefix", "x"],
        ["--skip-bad"],
        ["--jobs", "2"],
        ["--dask", "x"],
    ],
)
def test_options_for_tables_are_refused_for_texts(tmp_path, options):
    (tmp_path / "a.json").write_text('{"body": "It cures gout."}', encoding="utf-8")
    result = run("score", tmp_path / "a.json", *options)
    assert (result.exit_code, f"{options[0]} is for tables" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--fail", "failed: standard input: overstated, "),
        ("--fail-on=any", "failed: standard input, line "),
    ],
)
def test_what_fails_on_standard_input_says_so(option, said):
    assert said in run("score", "-", option, data=TEXT).stderr


def test_comments_count_in_markdown_files_only(tmp_path):
    text = "Our tea cures cancer, guaranteed. <!-- misinfo: ignore -->\n"
    for name, options, code in (
        ("a.md", (), 0),
        ("a.md", ("--no-comments",), 1),
        ("a.txt", (), 1),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert run("score", tmp_path / name, "--fail-on", "any", *options).exit_code == code
    assert run("score", "-", "--fail-on", "any", data=text).exit_code == 1


@pytest.mark.parametrize(
    ("name", "encoding"), [("a.html", "utf-8"), ("a.html", "utf-16"), ("a", "utf-8")]
)
@pytest.mark.parametrize("mark", ["misinfo:", "Misinfo :"])
def test_comments_count_in_every_page(tmp_path, name, mark, encoding):
    text = f"<!doctype html><!-- {mark} ignore --><p>Our tea cures cancer, guaranteed."
    (tmp_path / name).write_text(text, encoding=encoding)
    for options, code in (((), 0), (("--no-comments",), 1)):
        assert run("score", tmp_path / name, "--fail-on", "any", *options).exit_code == code


def test_a_comment_in_markdown_that_is_not_heeded_is_not_scored_either(tmp_path):
    text = (
        "Tea is a drink. <!-- misinfo: ignore - this tea cures cancer in a week, guaranteed -->\n"
    )
    for name, code in (("a.md", 0), ("a.txt", 1)):  # plain text shows it
        (tmp_path / name).write_text(text, encoding="utf-8")
        options = ("--fail-on", "any", "--no-comments")
        assert run("score", tmp_path / name, *options).exit_code == code


def test_paths_of_the_default_config_are_relative_to_the_working_directory():
    assert Config().fits("a/b.md", ["a/*"]) == "a/*"


@pytest.mark.parametrize("threshold", [None, 1.0])
def test_a_higher_threshold_makes_no_comment_useless(model, threshold):
    ignores = (Ignore(0, 5, 1), Ignore(TEXT.index("Take"), TEXT.index("Take") + 5, 3))
    document = Document("a.txt", TEXT, ignores=ignores)
    found = policy.judge(document, model.score(TEXT, threshold), policy.Policy(), model)
    assert found.notes == ("a.txt, line 3: this ignore covers no finding; remove it",)
