"""Figures of an evaluation, of a comparison, and what to label next."""

import json
import re
import sys
from dataclasses import replace
from functools import partial
from unittest.mock import Mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import run
from scipy.stats import binomtest
from sklearn import metrics as sk

import misinfo
from misinfo import capabilities, comparison, evaluation, metrics, plots, training
from misinfo.cards import model_card
from misinfo.errors import DataError, MisinfoError, ReadError
from misinfo.intervals import Estimate
from misinfo.labelled import Labelled, read_labelled
from misinfo.rows import Row

BAD = ["Our tea cures cancer, guaranteed.", "No side effects ever!", "Throw away your insulin."]
GOOD = ["Open on Monday.", "Ask your doctor first.", "There is no cure for it.", "Ships in 3 days."]


def data(n=10, unit="sentence"):
    texts = [(f"{text} {k}", text in BAD) for k in range(n) for text in (*BAD, *GOOD)]
    rows = [Row(text, bad, (), str(i), "") for i, (text, bad) in enumerate(texts)]
    columns = [{"kind": "even" if i % 2 == 0 else "odd"} for i in range(len(rows))]
    return Labelled(rows, (), unit, columns, [1.0] * len(rows))


def verdict(model, text, unit):
    if unit == "document":
        return model.score(text).overstated
    return model.predict_proba_sentences([text])[0, 1] >= model.sentence_threshold


@pytest.mark.parametrize("unit", ["sentence", "document"])
def test_figures_are_those_of_scikit_learn(unit):
    found, model = data(unit=unit), misinfo.load()
    report = evaluation.evaluate(model, found, by=["kind"], rounds=50)
    labels, values = report.labels, report.probabilities
    texts = [row.text for row in found.rows]
    score = model.predict_proba if unit == "document" else model.predict_proba_sentences
    np.testing.assert_array_equal(values, score(texts)[:, 1])
    assert report.figures["auc"].value == pytest.approx(sk.roc_auc_score(labels, values))
    flags = report.flags
    np.testing.assert_array_equal(flags, [verdict(model, text, unit) for text in texts])
    assert report.figures["f1"].value == pytest.approx(sk.f1_score(labels, flags))
    assert report.figures["recall"].value == pytest.approx(sk.recall_score(labels, flags))
    assert {name: n for name, (n, _) in report.slices.items()} == {
        "kind = even": 35,
        "kind = odd": 35,
    }
    assert all(e.low <= e.value <= e.high for e in report.figures.values() if e.value == e.value)
    for n, _, label in report.errors:
        assert flags[n] != label
        assert labels[n] == label
    for rate, threshold in report.thresholds.items():
        assert not np.mean(values[~labels] >= threshold) > rate


@pytest.mark.parametrize("n", [1, 5, 25])
def test_a_rate_is_shown_by_enough_measured_rows_alone(n):
    report = evaluation.evaluate(misinfo.load(), data(n), rounds=5)
    shown = {rate for rate, threshold in report.thresholds.items() if threshold == threshold}
    assert shown == {rate for rate in evaluation.RATES if rate * 4 * n >= 1}
    for name, rate in (("recall_at_1%", 0.01), ("recall_at_5%", 0.05)):
        assert (report.figures[name].value == report.figures[name].value) == (rate in shown)
    least = {1: "1,000, 100, 50, 20 or 10", 5: "1,000, 100 or 50", 25: "1,000"}[n]
    assert report.notes[-1].startswith(
        f"{4 * n} measured rows cannot show a false-positive rate of"
    )
    assert report.notes[-1].endswith(f": at least {least} are needed")
    twice = replace(data(n), rows=data(n).rows * 2)  # a row of the same group shows nothing more
    again = evaluation.evaluate(misinfo.load(), twice, rounds=5)
    assert {rate for rate, limit in again.thresholds.items() if limit == limit} == shown
    for name in evaluation.RECALL_AT:
        assert np.isnan(again.figures[name].value) == np.isnan(report.figures[name].value)
    assert again.notes[-1].startswith(f"{8 * n} measured rows in {4 * n} groups cannot show a f")
    assert again.notes[-1].endswith(f": at least {least} groups are needed")


@pytest.fixture(scope="module")
def whole():
    """A model of documents whose thresholds for sentences and documents differ."""
    model = training.train(labelled=data(12, "document"))
    limits = json.loads(json.dumps(model.settings["thresholds"]))
    limits["sentence"]["value"], limits["document"]["value"] = 0.99, 0.6
    return misinfo.Model(model.parts._replace(settings={**model.settings, "thresholds": limits}))


def test_a_model_of_documents_is_measured_on_documents_and_says_so(whole, capsys):
    from misinfo import tellers
    from misinfo.plots import report_page
    from misinfo.writers import Console

    found = data(12)
    report = evaluation.evaluate(whole, found, rounds=10)
    told = evaluation.evaluate(whole, data(12, "document"), rounds=10)
    assert report.threshold == told.threshold == 0.6
    assert (report.unit, report.to_dict()["unit"]) == ("document", "document")
    assert report.figures == told.figures
    assert told.notes == report.notes[1:]
    asked = evaluation.evaluate(misinfo.load(), found, rounds=10, unit="document")
    assert asked.unit == "document"
    assert (
        f"only where a sentence of it is: from {misinfo.load().sentence_threshold:.3f}"
        in (asked.notes[0])
    )
    tellers.evaluation(Console(width=200), report, whole, 0)
    assert "each row is judged as a document" in capsys.readouterr().out
    page = report_page(whole, report, found, files=["a & b.csv"])
    assert "The model scores texts whole: each row is judged as a document." in page
    for said in ("From a &amp; b.csv:", "each judged as a document", "misinfo 0.", "; page of 20"):
        assert said in page
    assert f"(AUC {report.figures['auc']})</figcaption>" in page
    assert evaluation.evaluate(whole, found, rounds=10, unit="sentence").threshold == 0.99
    both = comparison.compare(misinfo.load(), whole, found, rounds=10)
    assert both.notes == ["the new model judges each row as a document: it scores texts whole"]
    assert not comparison.compare(
        misinfo.load(), misinfo.load(), found, rounds=10, unit="document"
    ).notes
    tellers.comparison(Console(width=200), both, 0)
    assert both.notes[0] in capsys.readouterr().out
    assert not comparison.compare(misinfo.load(), whole, found, rounds=10, unit="sentence").notes
    with pytest.raises(MisinfoError, match="a row is one sentence or document, not 'page'"):
        evaluation.evaluate(misinfo.load(), replace(found, unit="page"))


def test_intervals_need_a_round_and_thresholds_a_rate():
    model, found = misinfo.load(), data(3)
    assert comparison.compare(model, model, found, rounds=3).verdict == "cannot tell"
    assert evaluation.evaluate(model, found, by=["kind"], rounds=1).slices
    for measured in (evaluation.evaluate, partial(comparison.compare, model)):
        with pytest.raises(ValueError, match="at least one resample, not 0"):
            measured(model, found, rounds=0)
    with pytest.raises(ValueError, match=r"from 0 to 1, not 1\.5"):
        evaluation.evaluate(model, found, rates=[1.5])


def test_intervals_of_few_rows_have_a_width():
    found = evaluation.evaluate(misinfo.load(), data(2), by=["kind"], rounds=20)
    for figures in (found.figures, *(part for _, part in found.slices.values())):
        for name in ("auc", "recall", "false_positive_rate"):
            assert figures[name].high - figures[name].low > 0.1, name


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 4)), min_size=2, max_size=40).filter(
        lambda rows: len({label for label, _ in rows}) == 2
    )
)
def test_curves_agree_with_the_figures_whatever_the_order_of_ties(rows):
    labels, values = np.array([label for label, _ in rows]), np.array([n / 4 for _, n in rows])
    axes = Mock()
    plots.roc(axes, labels, values)
    x, y = axes.plot.call_args_list[0].args
    assert np.trapezoid(y, x) == pytest.approx(metrics.roc_auc(labels, values))
    axes = Mock()
    plots.precision_recall(axes, labels, values)
    x, y = axes.plot.call_args.args
    area = np.sum(np.diff(np.r_[0, x]) * y)
    assert area == pytest.approx(metrics.average_precision(labels, values))


def test_one_label_cannot_be_measured():
    found = data()
    rows = [row for row in found.rows if row.overstated]
    with pytest.raises(MisinfoError, match="all 30 rows have one label"):
        evaluation.evaluate(misinfo.load(), Labelled(rows, (), "sentence", [], []))


@pytest.mark.parametrize(("fixed", "broken"), [(0, 0), (3, 3), (1, 9), (12, 2), (0, 6)])
def test_mcnemar_is_the_binomial_test(fixed, broken):
    expected = binomtest(fixed, fixed + broken).pvalue if fixed + broken else 1.0
    assert comparison.mcnemar(fixed, broken) == pytest.approx(expected)


def worse(model):
    """Return a model whose sentences are scored the other way round."""
    parts = model.parts
    return misinfo.Model(parts._replace(coef=-parts.coef))


def test_a_worse_model_is_worse_and_a_better_one_better():
    old, new = misinfo.load(), worse(misinfo.load())
    result = comparison.compare(old, new, data(20), by=["kind"], rounds=100)
    assert (result.ranking, result.decisions, result.verdict) == ("worse", "worse", "worse")
    assert result.p_value < 0.01
    assert len(result.broken) > len(result.fixed)
    assert comparison.compare(new, old, data(20), rounds=100).verdict == "better"
    assert comparison.compare(old, old, data(3), rounds=20).verdict == "cannot tell"
    assert sum(broken for _, _, broken in result.slices.values()) == len(result.broken)


def giving(values, limit):
    """Return what is compared of a model that gives rows these probabilities."""
    both = np.column_stack([1 - values, values])
    return Mock(
        reader=Mock(whole=False),
        tags=(),
        sentence_threshold=limit,
        predict_proba_sentences=lambda _: both,
    )


@settings(max_examples=25)
@given(
    st.integers(0, 99),
    *[st.tuples(st.sampled_from([0.0, 0.3, 1.0, 2.0]), st.floats(0, 1)) for _ in range(2)],
)
def test_the_other_way_round_a_verdict_is_its_opposite(seed, one, other):
    random = np.random.default_rng(seed)
    labels = random.random(200) < 0.4
    rows = [Row("tea", bool(bad), (), str(n), "") for n, bad in enumerate(labels)]
    found, noise = Labelled(rows, (), "sentence", [], []), random.normal(size=200)
    one, other = (  # the same noise: the ranking differs by skill alone
        giving(1 / (1 + np.exp(-skill * (2 * labels - 1) - noise)), limit)
        for skill, limit in (one, other)
    )
    there, back = (
        comparison.compare(*side, found, rounds=20) for side in ((one, other), (other, one))
    )
    opposite = {"better": "worse", "worse": "better"}
    for name in ("ranking", "decisions", "verdict"):
        said = getattr(there, name)
        assert getattr(back, name) == opposite.get(said, said)
    for result in (there, back):
        assert result.loses(0) == (result.verdict == "worse")
        clear = result.p_value < comparison.LEVEL and len(result.broken) > len(result.fixed)
        if clear and result.differences["f1"].high < 0:
            assert result.decisions == "worse"
            assert result.verdict == ("mixed" if result.ranking == "better" else "worse")
            lost = -result.differences["f1"].high
            assert result.loses(lost) == (result.verdict == "worse")


def shifted(model, by):
    """Return a model of the same ranking whose threshold is elsewhere."""
    limits = json.loads(json.dumps(model.settings["thresholds"]))
    limits["sentence"]["value"] = limits["document"]["value"] = by
    return misinfo.Model(model.parts._replace(settings={**model.settings, "thresholds": limits}))


def test_a_ruined_threshold_is_worse_though_the_ranking_is_the_same():
    old = misinfo.load()
    result = comparison.compare(old, shifted(old, 0.999999), data(20), rounds=100)
    assert (result.ranking, result.decisions, result.verdict) == ("cannot tell", "worse", "worse")
    assert result.differences["auc"].value == 0
    loss = -result.differences["f1"].value
    assert result.loses(loss - 0.01)
    assert not result.loses(loss + 0.01)


@pytest.mark.parametrize("higher", [True, False])
def test_another_threshold_alone_is_neither_better_nor_worse(higher, capsys):
    from misinfo import tellers
    from misinfo.writers import Console

    found, model = data(40), misinfo.load()
    swapped = [  # some measured rows that any threshold flags late, and overstated ones too
        replace(row, overstated=not row.overstated) if n % 5 == 0 else row
        for n, row in enumerate(found.rows)
    ]
    found = replace(found, rows=swapped)
    values = model.predict_proba_sentences([row.text for row in swapped])[:, 1]
    low, high = (shifted(model, float(np.quantile(values, q))) for q in (0.1, 0.8))
    models = (low, high) if higher else (high, low)
    result = comparison.compare(*models, found, rounds=100)
    assert result.differences["auc"].value == result.differences["calibration_error"].value == 0
    for name in ("recall", "false_positive_rate"):
        change = result.differences[name]
        assert change.value == pytest.approx(result.new[name].value - result.old[name].value)
        assert change.high < 0 if higher else change.low > 0
    assert (result.ranking, result.decisions, result.verdict) == ("cannot tell", "mixed", "mixed")
    assert not result.loses(0)
    tellers.comparison(Console(width=200), result, 0)
    less, fewer = ("less", "fewer") if higher else ("more", "more")
    told = " ".join(capsys.readouterr().out.split())
    assert f"finds {less} (recall {result.old['recall'].value:.2f} -> " in told
    assert f"flags {fewer} measured rows (" in told


def test_a_better_ranking_does_not_hide_worse_verdicts(capsys):
    from misinfo import tellers
    from misinfo.writers import Console

    found = data(20)
    rows = [row for n, row in enumerate(found.rows) if row.overstated or n < 40]
    found = replace(found, rows=rows, columns=found.columns[: len(rows)])
    all_flagged, none_flagged = shifted(worse(misinfo.load()), 0.0), shifted(misinfo.load(), 1.0)
    result = comparison.compare(all_flagged, none_flagged, found, rounds=100)
    assert (result.ranking, result.decisions, result.verdict) == ("better", "worse", "mixed")
    assert not result.loses(0)
    tellers.comparison(Console(width=200), result, 0)
    told = capsys.readouterr().out
    assert "On these 82 rows the new model's ranking is better, and its verdicts at the thr" in told


@pytest.mark.parametrize("groups", [1, 2, 9, 10, 120])
@pytest.mark.parametrize("one_sided", [False, True])
def test_few_groups_give_no_verdict(groups, one_sided, capsys):
    from misinfo import tellers
    from misinfo.writers import Console

    found = data(20)
    rows = [
        replace(row, group=str(n % groups if row.overstated or not one_sided else n))
        for n, row in enumerate(found.rows)
    ]
    found = replace(found, rows=rows)
    result = comparison.compare(misinfo.load(), worse(misinfo.load()), found, rounds=100)
    few = groups < 10
    assert result.verdict == ("cannot tell" if few else "worse")
    assert not (few and result.loses(0))
    said = f"rows stand in {groups} group{'s' * (groups > 1)}, too few for a verdict"
    assert [said in note for note in result.notes] == [True] * few
    measured = evaluation.evaluate(misinfo.load(), found, rounds=10)
    notes = measured.notes
    assert sum("intervals may be far too narrow" in note for note in notes) == few
    assert measured.to_dict()["notes"] == notes
    tellers.comparison(Console(width=200), result, 0)
    assert ("or there are too few groups" in capsys.readouterr().out) == few


def test_compare_on_the_command_line(tmp_path):
    old, new, file = tmp_path / "old", tmp_path / "new", tmp_path / "x.jsonl"
    misinfo.load().save(old)
    worse(misinfo.load()).save(new)
    file.write_text(
        "".join(
            json.dumps({"text": r.text, "label": int(r.overstated)}) + "\n" for r in data().rows
        )
    )
    result = run("compare", old, new, file)
    assert result.exit_code == 1, result.stderr
    assert "The new model is worse on these 70 rows." in result.stdout
    assert run("compare", old, new, file, "--tolerance", "1").exit_code == 0
    assert run("compare", new, old, file).exit_code == 0
    file.write_text(file.read_text() + "{broken\n")
    result = run("compare", old, old, file, "--json")
    assert json.loads(result.stdout)["verdict"] == "cannot tell"
    assert result.exit_code == 3
    assert run("compare", old, new, file).exit_code == 3  # though the new one is worse


def test_evaluate_on_the_command_line(tmp_path):
    file = tmp_path / "x.csv"
    lines = [
        f'"{r.text}",{"fake" if r.overstated else "real"},{n % 2}'
        for n, r in enumerate(data().rows)
    ]
    file.write_text("\n".join(["text,label,part", *lines]) + "\n")
    report = tmp_path / "report.html"
    result = run("evaluate", file, "--by", "part", "--report", report)
    assert result.exit_code == 0, result.stderr
    assert "auc" in result.stdout
    assert "part = 1 (35 rows)" in result.stdout
    page = report.read_text(encoding="utf-8")
    assert page.count("<svg") == 4
    assert "<script" not in page
    assert "://" not in page.replace("http://www.w3.org", "")  # the names of SVG and XLink
    assert "style=" not in page  # the page's policy forbids it
    assert json.loads(run("evaluate", file, "--json").stdout)["n"] == 70
    assert run("evaluate").exit_code == 2
    assert run("evaluate", file, "--by", "nothing").exit_code == 2
    file.write_text(file.read_text() + "too,many,fields,here\n")
    result = run("evaluate", file)
    assert result.exit_code == 3
    assert "line 72" in result.stderr
    assert json.loads(run("evaluate", file, "--json").stdout)["unusable"] == 1


def test_an_error_is_named_by_its_place_and_unusable_rows_are_counted(tmp_path):
    file, page = tmp_path / "x.csv", tmp_path / "r.html"
    lines = ["too,many,fields", "Our tea cures cancer guaranteed.,real", "Open on Monday.,fake"]
    file.write_text("\n".join(["text,label", "", *lines]) + "\n")
    result = run("evaluate", file, "--report", page)
    assert "measured, x.csv, line 4" in result.stdout
    assert "overstated, x.csv, line 5" in result.stdout
    assert "1 more rows could not be used." in page.read_text(encoding="utf-8")
    assert "x.csv, line 4" in page.read_text(encoding="utf-8")
    found = json.loads(run("evaluate", file, "--json").stdout)
    errors = {error["place"]: error for error in found["errors"]}
    assert set(errors) == {"x.csv, line 4", "x.csv, line 5"}
    assert errors["x.csv, line 5"]["text"] == "Open on Monday."
    assert {term["text"] for term in errors["x.csv, line 5"]["terms"]} == {"Open", "on", "Monday"}


def test_slices_of_one_label_and_late_columns_are_measured(tmp_path):
    found = data(150)
    for n, (row, columns) in enumerate(zip(found.rows, found.columns, strict=True)):
        columns.clear()
        if n > 1000:
            columns["late"] = "both" if row.overstated or n % 2 else "only good"
    report = evaluation.evaluate(misinfo.load(), found, by=["late"], rounds=10)
    assert sum(n for n, _ in report.slices.values()) == len(found.rows)
    assert list(report.slices["late = only good"][1]) == ["false_positive_rate"]
    assert "auc" in report.slices["late = both"][1]
    with pytest.raises(MisinfoError, match="no column 'lat'; there are late; try --by late"):
        evaluation.evaluate(misinfo.load(), found, by=["lat"], rounds=10)
    with pytest.raises(MisinfoError, match="try --by late"):
        comparison.compare(misinfo.load(), misinfo.load(), found, by=["lat"], rounds=10)


@pytest.mark.parametrize(
    "options", [("--by", "x"), ("--report", "r.html"), ("--rate", "0.1"), ("--learning-curve",)]
)
def test_the_suite_takes_no_other_options(tmp_path, options):
    (tmp_path / "blunt.tsv").write_text("label\ttags\ttext\noverstated\tcure\tIt cures cancer.\n")
    result = run("evaluate", tmp_path, "--capabilities", *options)
    assert result.exit_code == 2
    assert f"leave out {options[0]}: " in result.stderr
    result = run("evaluate", tmp_path, tmp_path, "--capabilities", "--top", "1")
    assert "takes one folder" in result.stderr


def test_no_input_is_written_over(tmp_path):
    table = table_of(tmp_path / "x.csv", data(2).rows)
    before, link, twin = table.read_bytes(), tmp_path / "l.csv", tmp_path / "h.csv"
    link.symlink_to(table)
    twin.hardlink_to(table)
    misinfo.load().save(tmp_path / "m")
    page = tmp_path / "page.html"
    page.write_text(BAD[0])
    for arguments in (
        ("evaluate", table, "--report", table),
        ("evaluate", table, table, "--report", twin),
        ("suggest", table, "-o", link),
        ("suggest", link, "-o", table),
        ("score", table, "-o", tmp_path / "." / "x.csv"),
        ("score", tmp_path / "*.html", "-o", page),
        ("export", tmp_path / "m", "--force", "-o", tmp_path / "m/model.json"),
    ):
        result = run(*arguments)
        assert result.exit_code == 2, arguments
        assert "is read here and would be written over" in result.stderr
    assert table.read_bytes() == before
    assert page.read_text() == BAD[0]
    assert misinfo.load(tmp_path / "m").tags
    assert run("suggest", table, "-o", tmp_path / "y.csv").exit_code == 0


def test_a_report_that_cannot_be_made_is_refused_before_measuring(tmp_path, monkeypatch):
    table = table_of(tmp_path / "x.csv", data(2).rows)
    monkeypatch.setattr(evaluation, "evaluate", None)
    result = run("evaluate", table, "--report", "-")
    assert (result.exit_code, "into a file" in result.stderr) == (2, True)
    monkeypatch.delitem(sys.modules, "misinfo.plots")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = run("evaluate", table, "--report", tmp_path / "r.html")
    assert (result.exit_code, "pip install 'misinfo[report]'" in result.stderr) == (2, True)


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_an_export_is_no_folder(tmp_path, force):
    result = run("export", "-o", tmp_path, *force)
    assert result.exit_code == 2
    assert f"{tmp_path} is a folder: name a file" in " ".join(result.stderr.split())


def test_json_holds_as_many_errors_as_are_asked_for(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    misinfo.load().save(old)
    worse(misinfo.load()).save(new)
    file = table_of(tmp_path / "x.csv", data(2).rows)
    for command, names in (
        (("evaluate", file, "-m", new), ["errors"]),
        (("compare", old, new, file), ["broken"]),
    ):
        all_of_them = json.loads(run(*command, "--json").stdout)
        two = json.loads(run(*command, "--json", "--top", "2").stdout)
        for name in names:
            assert len(all_of_them[name]) > 2
            assert two[name] == all_of_them[name][:2]
    first = two["broken"][0]
    line = int(first["place"].removeprefix("x.csv, line "))
    assert first["text"] in file.read_text().splitlines()[line - 1]
    checks = json.loads(run("check", file, "--json", "--top", "0").stdout)["checks"]
    assert not any(check["found"] for check in checks)


def test_the_suite_is_asked_for_where_there_is_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run("evaluate", "--capabilities")
    assert result.exit_code == 2
    assert "lies in tests/capabilities of a checkout" in result.stderr


def test_labels_are_told_as_they_are(tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("text,label\nTea cures gout.,[/INST]\nOpen daily.,[red]1\n")
    result = run("evaluate", file, "--positive", "[/INST]")
    assert result.exit_code == 0, result.stderr
    assert "overstated means [/INST]" in result.stderr
    assert "[red]1 (1)" in result.stderr


def test_a_report_escapes_what_it_quotes(tmp_path):
    file = tmp_path / "x.jsonl"
    rows = [{"text": "<script>alert(1)</script> cures cancer", "label": n % 2} for n in range(20)]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    run("evaluate", file, "--report", tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_suite_is_read_and_its_floors_hold(tmp_path):
    (tmp_path / "blunt.tsv").write_text('label\ttags\ttext\noverstated\tcure\tIt "cures" cancer.\n')
    suite = capabilities.read_capabilities(tmp_path)
    assert suite["blunt"][0].text == 'It "cures" cancer.'
    [recall] = capabilities.suite_figures(misinfo.load(), suite).values()
    assert (recall.low, recall.high) in ((0.0, metrics.wilson(0, 1).high), metrics.wilson(1, 1)[1:])
    assert run("evaluate", tmp_path, "--capabilities").exit_code == 0
    (tmp_path / "hard.tsv").write_text(
        "label\ttags\ttext\nmeasured\tplain\tOur tea cures cancer, guaranteed.\n"
    )
    (tmp_path / "floors.json").write_text('{"hard": 0.5}')
    result = run("evaluate", tmp_path, "--capabilities")
    assert result.exit_code == 1
    assert "under the floor: hard" in result.stderr
    (tmp_path / "bad.tsv").write_text("good\tcure\tx\nmeasured\tcure\tx\nmeasured\n")
    (tmp_path / "empty.tsv").write_text("label\ttags\ttext\n")
    with pytest.raises(DataError, match=r"bad.tsv:1(?s:.*)bad.tsv:2(?s:.*)bad.tsv:3") as caught:
        capabilities.read_capabilities(tmp_path)
    assert caught.value.problems[3:] == ("empty.tsv: has no case",)
    with pytest.raises(ReadError, match=r"no .tsv file"):
        capabilities.read_capabilities(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("floors.json", b'{"blunt": 0.5', "write names and shares"),
        ("floors.json", b'["blunt"]', "write names and shares"),
        ("floors.json", b'{"blunt": null}', "write names and shares"),
        ("floors.json", b'{"bl\xfcnt": 0.5}', "is not UTF-8"),
        ("floors.json", b'{"blunt": 99}', "blunt is not from 0 to 1"),
        ("floors.json", b'{"blint": 0.5}', "names blint, and the suite has no such file"),
        ("soft.tsv", b"label\ttags\ttext\n", "soft.tsv: has no case"),
        ("soft.tsv", b"overstated\tcure\tIt cures a caf\xe9.\n", "is not UTF-8"),
        ("soft.tsv", b"overstated\tno tag\t" + b"x" * 200_000, "soft.tsv:1: "),
    ],
)
def test_a_damaged_suite_is_unreadable_and_not_under_its_floor(tmp_path, name, content, message):
    (tmp_path / "blunt.tsv").write_text("overstated\tcure\tIt cures cancer.\n")
    (tmp_path / name).write_bytes(content)
    result = run("evaluate", tmp_path, "--capabilities")
    assert result.exit_code == 3
    assert name in result.stderr
    assert message in result.stderr


def test_our_own_suite_is_above_its_floors(request):
    folder = request.config.rootpath / "tests/capabilities"
    suite, lowest = capabilities.read_capabilities(folder), capabilities.floors(folder)
    assert len(suite) >= 36
    assert all(len(cases) >= 16 for cases in suite.values())
    assert set(lowest) == set(suite)
    for found in capabilities.capabilities(misinfo.load(), suite, lowest):
        assert found.passed.value >= found.floor, found


def test_what_is_for_measuring_is_not_in_the_claims(request):
    from misinfo import audit

    root = request.config.rootpath
    suite = capabilities.read_capabilities(root / "tests/capabilities")
    apart = [
        Row(case.text, case.overstated, (), f"suite {n}", "", id=f"suite {n}")
        for n, case in enumerate(case for cases in suite.values() for case in cases)
    ]
    apart += training.read([root / "benchmarks/hard_claims.csv"])
    rows = [*apart, *training.read(training.default_data())]
    texts, names = [audit.normal(row.text) for row in rows], {row.id for row in apart}
    near = [place.split(" (")[0] for place in audit._near(rows, texts, len(apart))]
    assert [place for place in near if len(names.intersection(place.split(" ~ "))) == 1] == []
    assert set(texts[: len(apart)]).isdisjoint(texts[len(apart) :])  # however short


def test_export_loads_without_misinfo(tmp_path):
    import subprocess

    assert run("export", "-o", tmp_path / "model.joblib").exit_code == 0
    code = (
        "import sys; sys.modules['misinfo'] = None\n"
        f"import joblib; p = joblib.load({str(tmp_path / 'model.joblib')!r})\n"
        "print(p.predict_proba(['Our tea cures cancer, guaranteed.'])[0, 1])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    expected = misinfo.load().predict_proba_sentences(["Our tea cures cancer, guaranteed."])[0, 1]
    assert float(printed.stdout) == pytest.approx(expected, abs=1e-9)
    assert run("export", "--format", "pickle").exit_code == 2


def test_an_export_says_which_heads_it_leaves_out(tmp_path):
    model = misinfo.load()
    result = run("export", "-o", tmp_path / "model.joblib")
    assert f"without the heads {', '.join(model.tags)}" in result.stderr
    plain = misinfo.Model.from_pipeline(model.to_pipeline())
    plain.save(tmp_path / "plain")
    result = run("export", tmp_path / "plain", "-o", tmp_path / "plain.joblib")
    assert (result.exit_code, result.stderr) == (0, "")


@pytest.mark.parametrize("limit", [0.123456, 0.5])
def test_an_export_says_from_where_misinfo_flags(tmp_path, limit):
    shifted(misinfo.load(), limit).save(tmp_path / "model")
    result = run("export", tmp_path / "model", "-o", tmp_path / "model.joblib")
    assert ("cuts at 0.5, misinfo flags from 0.1235" in result.stderr) == (limit != 0.5)


@pytest.mark.parametrize(("command", "option"), [("evaluate", "--report"), ("score", "--output")])
def test_that_a_file_is_replaced_is_said(command, option):
    said = " ".join(run(command, "--help").stdout.replace("│", " ").split())
    assert "file that exists is replaced" in said[said.index(option) :][:300]


def test_training_on_a_table(tmp_path):
    file, out = tmp_path / "mine.csv", tmp_path / "model"
    lines = [f'"{r.text}",{"fake" if r.overstated else "real"}' for r in data(12).rows]
    file.write_text("\n".join(["post,label", *lines, "x,y,z"]) + "\n")
    result = run("train", file, "-o", out, "--dry-run")
    assert result.exit_code == 3, result.stderr
    assert "overstated means fake" in result.stderr
    assert not out.exists()
    searching = run("train", file, "-o", out, "--dry-run", "--search").stderr
    assert searching == result.stderr[:-1] + ", after a search for the recipe\n"
    result = run("train", file, "-o", out)
    assert result.exit_code == 3, result.stderr
    assert "line 86" in result.stderr
    assert "warning" not in result.stderr
    model = misinfo.load(out)
    assert model.settings["training"]["rows"] == 84
    assert model.predict_proba_sentences(["Our tea cures cancer, guaranteed. 99"])[0, 1] > 0.5
    assert run("train", file, "-o", out).exit_code == 2
    assert "--force" in run("train", file, "-o", out).stderr


def test_a_model_that_knows_nothing_is_no_plain_success(tmp_path):
    lines = [
        f"{word} tea{n} milk{n},{(n + k) % 2}" for n in range(40) for k, word in enumerate("xy")
    ]
    (tmp_path / "twins.csv").write_text("\n".join(["text,label", *lines]) + "\n")
    result = run("train", tmp_path / "twins.csv", "-o", tmp_path / "m")
    assert result.exit_code == 0
    settings = misinfo.load(tmp_path / "m").settings
    auc, recall = (settings["metrics"]["all"][name] for name in ("auc", "recall"))
    assert (auc[2] < 0.5, recall[0]) == (True, 0)
    last = result.stderr.splitlines()[-1]
    assert last.startswith("warning: out of fold the model is not shown to rank better than chance")
    assert "and flags none of the overstated rows" in last and "--group-column" in last


@pytest.mark.parametrize("named", [True, False])
def test_what_a_model_was_trained_with_is_kept_and_told(tmp_path, named):
    lines = [f'"{r.text}",{int(r.overstated)},{n // 2},2' for n, r in enumerate(data(12).rows)]
    (tmp_path / "x.csv").write_text("\n".join(["post,label,who's,w", *lines]) + "\n")
    options = {"group_column": "who's", "weight_column": "w"} if named else {}
    found = read_labelled([tmp_path / "x.csv"], **options)
    model = training.train([tmp_path / "x.csv"], labelled=found)
    assert model.settings["training"]["options"] == found.options
    assert found.options.get("group_column") == options.get("group_column")
    card = model.parts.card
    assert card == model_card(model.settings)
    assert ('in which rows of one group (column "who\'s") are always on' in card) == named
    assert ("in which rows of the same text are always on" in card) != named
    assert ("Rows count as much as column 'w' says. Trained on" in card) == named
    assert ("All rows count the same. Trained on" in card) != named


def test_a_card_without_options_says_of_groups_what_is_known(model):
    settings = {**model.settings, "training": {**model.settings["training"], "bundled": False}}
    assert "in which rows of one group are always on" in model_card(settings)
    both = {**model.settings["training"], "options": {"label_column": "is", "group_column": "who"}}
    said = "in which rows of one group (column 'who'), a pair of claims, or all sentences of a doc"
    assert said in model_card({**model.settings, "training": both})


@pytest.mark.parametrize("names", [("fake", "rumour", "real"), ("1", "2", "0")])
def test_labels_mean_what_they_meant_in_training(tmp_path, names):
    file, other, out = tmp_path / "x.csv", tmp_path / "y.csv", tmp_path / "model"
    fake, rumour, real = names
    lines = [
        f"{row.text}|{(rumour if 'insulin' in row.text else fake) if row.overstated else real}"
        for row in data(12).rows
    ]
    file.write_text("\n".join(["text|label", *lines]).replace(",", " ").replace("|", ",") + "\n")
    named = ("--positive", fake, "--positive", rumour)
    assert run("train", file, "-o", out, *named).exit_code == 0
    result = run("evaluate", file, "--model", out, "--json")
    assert f"overstated means {fake} or {rumour}\nso the model was trained" in result.stderr
    said = run("evaluate", file, "--model", out, "--json", *named)
    assert "so the model was trained" not in said.stderr
    assert result.stdout == said.stdout
    found = json.loads(said.stdout)
    assert found["positives"] == 36
    assert {tag: figure["n"] for tag, figure in found["tags"].items()} == {fake: 24, rumour: 12}
    told = " ".join(
        run("evaluate", file, "--model", out, "--report", tmp_path / "x.html").stdout.split()
    )
    page = (tmp_path / "x.html").read_text(encoding="utf-8")
    for tag, figure in found["tags"].items():
        value = Estimate(*figure["average_precision"])
        assert f"{tag} ({figure['n']} rows): {value}" in told
        assert f'{tag}</th><td class="n">{figure["n"]}</td><td class="n">{value}</td>' in page
    assert json.loads(run("compare", out, out, file, "--json").stdout)["n"] == 84
    other.write_text(file.read_text().replace("text,label", "text,class"))
    result = run("evaluate", other, "--model", out)  # numbers may mean something else there
    assert ("so the model was trained" in result.stderr) == (fake == "fake")
    assert (result.exit_code == 0) == (fake == "fake")
    two = tmp_path / "two"
    assert run("train", file, "-o", two, "--positive", fake).exit_code == 0
    result = run("compare", two, out, file)
    assert f"NEW learned to call {fake} or {rumour} overstated, and is measured on {fake}\n" in (
        result.stderr
    )
    assert f"overstated means {fake}\n" in result.stderr
    for old in (out, misinfo.load().path):  # the bundled one was trained by the codebook
        said = run("compare", old, out, file).stderr
        assert f"overstated means {fake} or {rumour}\n" in said and "NEW learned" not in said


def test_documents_are_scored_whole(tmp_path):
    file, out = tmp_path / "mine.csv", tmp_path / "model"
    lines = [f'"{r.text} {r.text}",{int(r.overstated)}' for r in data(12).rows]
    file.write_text("\n".join(["post,label", *lines]) + "\n")
    assert run("train", file, "-o", out, "--unit", "document").exit_code == 0
    model = misinfo.load(out)
    texts = ["Our tea cures cancer. No side effects ever!", "Open on Monday. Ships in 3 days."]
    np.testing.assert_allclose(model.predict_proba(texts), model.predict_proba_sentences(texts))
    assert [len(score.sentences) for score in model.score_many(texts)] == [2, 2]
    result = run("train", file, "-o", out, "--unit", "document", "--with-default", "--force")
    assert result.exit_code == 2


def table_of(path, rows):
    lines = [f'"{r.text}",{"fake" if r.overstated else "real"}' for r in rows]
    path.write_text("\n".join(["post,label", *lines]) + "\n")
    return path


def test_the_report_shows_texts_as_they_are_and_says_what_it_is_of():
    from misinfo.plots import report_page

    text = (
        "Our tea cures cancer, see https://tea.example/a **now**  " + "and so on " * 300 + "<end>"
    )
    rows = [Row(text, False, (), "1", ""), Row("Open.", True, (), "2", "")] * 20
    found = Labelled(rows, (), "sentence", [{}] * 40, [], meaning="fake & bad, not real")
    report = evaluation.evaluate(misinfo.load(), found, rounds=10)
    page = report_page(misinfo.load(), report, found)
    assert "se</mark>e" not in page  # no part of another word
    shown = re.sub("<[^>]*>", "", page)
    assert "cancer, see https://tea.example/a **now**  and" in shown
    assert "&lt;end&gt;" in shown
    assert '<mark class="plus">cures</mark>' in page
    assert "20 overstated (fake &amp; bad, not real); flagged" in page
    assert f"Worst errors, 30 of {len(report.errors)}" in page


def test_the_threshold_for_a_wanted_rate(tmp_path):
    file = table_of(tmp_path / "x.csv", data(20).rows)
    options = ("--json", "--unit", "sentence", "--rate", "0.3", "--rate", "0")
    found = json.loads(run("evaluate", file, *options).stdout)
    assert set(found["thresholds"]) == {"0.3", "0.0"}
    values = misinfo.load().predict_proba_sentences([r.text for r in data(20).rows])[:, 1]
    sober = values[[not r.overstated for r in data(20).rows]]
    for rate, threshold in found["thresholds"].items():
        assert np.mean(sober >= threshold) <= float(rate)


def test_shown_rates_and_thresholds_keep_their_promise(tmp_path):
    file, page = table_of(tmp_path / "x.csv", data(20).rows), tmp_path / "r.html"
    rates = ("0.00001", "0.013", "0.07", "0.3")
    options = [part for rate in rates for part in ("--rate", rate)]
    shown = run("evaluate", file, "--report", page, *options).stdout
    assert "threshold for a false-positive rate, on 80 measured rows, of" in shown
    exact = json.loads(run("evaluate", file, "--json", *options).stdout)["thresholds"]
    for name, threshold in zip(("0.001", "1.3", "7", "30"), exact.values(), strict=True):
        (line,) = (line for line in shown.splitlines() if line.startswith(f"  {name}%: "))
        if name == "0.001":
            assert (threshold, line.split()[-1]) == (None, "-")
        else:
            assert threshold <= float(line.split()[-1]) <= threshold + 0.0002
        cells = f'{name}%</th><td class="n">{line.split()[-1]}</td>'
        assert cells in page.read_text(encoding="utf-8")


def test_a_learning_curve_of_too_few_groups_is_no_finding(tmp_path):
    rows = [f"{row.text},{int(row.overstated)},{n % 3}" for n, row in enumerate(data(3).rows)]
    file = tmp_path / "x.csv"
    file.write_text("\n".join(["text,label,site", *(row.replace(", g", " g") for row in rows)]))
    result = run("evaluate", file, "--group-column", "site", "--learning-curve")
    assert result.exit_code == 2
    assert "rows of 3 groups cannot be split into 5 folds" in result.stderr


def test_a_learning_curve_on_request(tmp_path):
    file = table_of(tmp_path / "x.csv", data(12).rows)
    result = run("evaluate", file, "--learning-curve")
    assert "The last doubling of the rows" in result.stdout
    assert "learning_curve" in json.loads(
        run("evaluate", file, "--json", "--learning-curve").stdout
    )
    assert "learning_curve" not in json.loads(run("evaluate", file, "--json").stdout)
    page = tmp_path / "report.html"
    run("evaluate", file, "--learning-curve", "--report", page)
    assert page.read_text(encoding="utf-8").count("<svg") == 5


@pytest.mark.parametrize("model", [True, False])
def test_a_folder_of_other_things_is_refused_before_training(tmp_path, monkeypatch, model):
    monkeypatch.setattr(training, "train", None)
    out = tmp_path / "out"
    if model:
        misinfo.load().save(out)
    out.mkdir(exist_ok=True)
    (out / "mine.txt").write_text("mine")
    file = table_of(tmp_path / "x.csv", data(12).rows)
    result = run("train", file, "-o", out, "--force")
    assert result.exit_code == 2
    assert ("mine.txt" if model else "is no model") in result.stderr
    assert (out / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize(("force", "more"), [((), ()), (("--force",), ("mine.txt",))])
def test_what_appears_during_training_is_left_alone(tmp_path, monkeypatch, force, more):
    out, model = tmp_path / "out", misinfo.load()

    def trained(*_, **__):
        for place in (out, tmp_path / "out-2"):
            model.save(place)
            for name in more:
                (place / name).write_text("mine")
        return misinfo.Model(model.parts._replace(card="the new one"))

    monkeypatch.setattr(training, "train", trained)
    result = run("train", table_of(tmp_path / "x.csv", data(12).rows), "-o", out, *force)
    assert result.exit_code == 2
    assert f"the new model is in {tmp_path / 'out-3'}" in result.stderr
    assert "wrote" not in result.stdout
    cards = {path.parent.name: path.read_text() for path in tmp_path.glob("*/README.md")}
    assert {name for name in cards if cards[name] == "the new one"} == {"out-3"}
    assert set(cards) == {"out", "out-2", "out-3"}


def test_a_model_is_replaced_by_saving_unless_that_is_not_wanted(tmp_path):
    model = misinfo.load()
    model.save(tmp_path / "m", replace=False)
    with pytest.raises(MisinfoError, match="m exists already and is left alone"):
        misinfo.Model(model.parts._replace(card="another")).save(tmp_path / "m", replace=False)
    assert (tmp_path / "m" / "README.md").read_text(encoding="utf-8") == model.parts.card
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_rows_of_weight_zero_are_as_if_they_were_not_there(tmp_path):
    rows = [f"Tea number {n} cures gout,{n % 2},1,{'quick' * (n % 6 == 1)}" for n in range(30)]
    idle = [f"Tea number {n} cures gout,{1 - n % 2},0,quick" for n in range(30)]
    said = []
    for lines in (rows, rows + idle):
        (tmp_path / "x.csv").write_text("\n".join(["text,label,w,kinds", *lines]))
        named = ("--weight-column", "w", "--tags-column", "kinds", "--dry-run")
        result = run("train", tmp_path / "x.csv", "-o", tmp_path / "m", *named)
        assert result.exit_code == 0, result.stderr
        said.append(result.stderr[result.stderr.index("looking for") :])
    assert said[0] == said[1]
    assert "note: only 5 rows have quick" in said[0]
    assert "30 rows, 15 of them overstated" in said[0]


@pytest.mark.parametrize("what", ["weight", "word"])
def test_rows_that_teach_nothing_do_not_count(tmp_path, what):
    lines = []
    for n, row in enumerate(data(12).rows):
        empty = row.overstated and n > 20
        text = "?!" if empty and what == "word" else row.text.replace(",", "")
        lines.append(f"{text} {'!' * n},{int(row.overstated)},{int(not empty)}")
    (tmp_path / "x.csv").write_text("\n".join(["text,label,w", *lines]) + "\n")
    weights = ("--weight-column", "w") if what == "weight" else ()
    result = run("train", tmp_path / "x.csv", "-o", tmp_path / "m", "--dry-run", *weights)
    assert result.exit_code == 2
    assert "9 overstated rows are too few" in result.stderr


def test_measuring_on_what_was_learned_is_said(tmp_path):
    file, out = table_of(tmp_path / "x.csv", data(12).rows), tmp_path / "model"
    assert run("train", file, "-o", out).exit_code == 0
    assert "was trained on" in run("evaluate", file, "-m", out).stderr
    assert "was trained on" in run("compare", out, out, file).stderr
    other = table_of(tmp_path / "y.csv", data(13).rows)
    assert "was trained on" not in run("evaluate", other, "-m", out).stderr


@pytest.mark.parametrize(("share", "said"), [(3, True), (6, False)])
def test_a_group_of_many_rows_is_told_before_training(tmp_path, share, said):
    lines = ["text,label,author"]
    for n, row in enumerate(data(60).rows):
        lines.append(f'"{row.text}",{int(row.overstated)},{"" if n % share else "one"}')
    file = tmp_path / "x.csv"
    file.write_text("\n".join(lines) + "\n")
    grouped = ("--group-column", "author")
    result = run("train", file, "-o", tmp_path / "m", "--dry-run", *grouped)
    assert result.exit_code == 0, result.stderr
    assert ("one group holds 140 of 420 rows" in result.stderr) is said


def test_a_dry_run_says_what_training_would_refuse(tmp_path):
    few = [r for r in data(12).rows if r.overstated][:5] + [
        r for r in data(12).rows if not r.overstated
    ]
    file = table_of(tmp_path / "x.csv", few)
    result = run("train", file, "-o", tmp_path / "m", "--dry-run")
    assert result.exit_code == 2
    assert "5 overstated rows are too few to train and to measure: label at least 10" in (
        result.stderr
    )
    both = [replace(row, group=str(n // 60)) for n, row in enumerate(data(40).rows)]
    with pytest.raises(MisinfoError, match=r"in [45] groups are too few .* of at least 10 groups"):
        training.enough(both)
    rows = data(12).rows
    twice = [*rows, replace(rows[0], overstated=not rows[0].overstated)]
    result = run("train", table_of(tmp_path / "y.csv", twice), "-o", tmp_path / "m", "--dry-run")
    assert result.exit_code == 0
    assert "conflicting labels: 1" in result.stderr
    assert "y.csv, line 86" in result.stderr
    assert "nothing written" in result.stderr
    assert not (tmp_path / "m").exists()


def test_an_export_does_not_overwrite(tmp_path):
    file = tmp_path / "x.joblib"
    file.write_text("mine")
    assert run("export", "-o", file).exit_code == 2
    assert file.read_text() == "mine"
    link = tmp_path / "link"
    link.symlink_to(file)
    assert run("export", "-o", link, "--force").exit_code == 0
    assert link.is_symlink()
    assert file.read_bytes() != b"mine"
    result = run("export", "-o", file / "y.joblib")
    assert result.exit_code == 2
    assert f"{file / 'y.joblib'}: cannot be written" in result.stderr


def test_beside_the_bundled_rows_only_ones_own_are_audited(tmp_path, monkeypatch):
    claims = tmp_path / "claims.csv"
    bundled = [f"{n},Tea number {n} cures gout,overstated,cure,,gout,tea,ad" for n in range(30)]
    head = "id,text,label,tags,pair,topic,remedy,register"
    claims.write_text("\n".join([head, *bundled]) + "\n")
    monkeypatch.setattr(training, "default_data", lambda: [claims])
    rows = [Row(f"Open from {n} on Mondays", n % 2 > 0, (), "", "") for n in range(50)]
    file = table_of(tmp_path / "x.csv", [*rows, Row("tea number 7 cures gout", False, (), "", "")])
    result = run("train", file, "-o", tmp_path / "m", "--dry-run", "--with-default")
    assert result.exit_code == 0, result.stderr
    twice = run("train", claims, "-o", tmp_path / "m", "--dry-run", "--with-default")
    assert (twice.exit_code, "leave out --with-default" in twice.stderr) == (2, True)
    lines = result.stderr.splitlines()
    assert lines[0] == "reading the bundled claims and articles"
    assert "looking for duplicates, conflicts and leaks in 51 rows" in lines
    assert any("1 texts are among those: they are in one group with them" in one for one in lines)
    found = training.with_default(read_labelled([file], label_column="label"))
    alike = [row.group for row in found.rows if row.text.lower() == "tea number 7 cures gout"]
    assert (len(alike), len(set(alike))) == (2, 1)
    assert len({row.group for row in found.rows}) == len(found.rows) - 1
    place = lines.index("note: 1 texts have the other label in the bundled rows")
    assert lines[place + 1] == "  7 = x.csv, line 52: Tea number 7 cures gout"
    assert not any("one-sided" in line or "recurring openings: 0.37" in line for line in lines)
