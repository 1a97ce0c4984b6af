"""Each check of the audit finds what it is for, and passes over what it is not."""

import json
import tracemalloc
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from samples import run

from misinfo import audit, splitting, templates, training
from misinfo.labelled import read_labelled
from misinfo.rows import Row


def row(text, overstated=False, **fields):
    number = str(row.__dict__.setdefault("count", 0))
    row.count += 1
    return Row(text, overstated, (), fields.pop("group", number), "", id=f"r{number}", **fields)


def found(data, name):
    return next(check for check in audit.audit(data) if check.name == name)


WORDS = np.array(
    "tea gout liver sleep rest water walk pain knee heart salt bread onion lung".split()
)


def noise(n, seed=0):
    random = np.random.default_rng(seed)
    return [" ".join(random.choice(WORDS, 9)) for _ in range(n)]


def test_texts_without_words_and_with_vowel_signs_are_told_apart():
    texts = ["🔥🔥🔥", "👍", "!!!", ":-)", "\u0995\u09bf", "\u0995\u09be", "Tea."]
    data = [Row(text, n % 2 > 0, (), str(n), "", id=str(n)) for n, text in enumerate(texts)]
    assert found(data, "exact duplicates").value == 0
    assert found([*data, replace(data[0], id="x")], "exact duplicates").value == 1


@pytest.mark.parametrize("order", [[0, 1, 1, 1], [1, 1, 1, 0], [1, 0, 0, 1]])
def test_conflicts_are_counted_by_texts(order):
    data = [
        Row("Tea cures gout.", bool(bad), (), "1", "", id=str(n)) for n, bad in enumerate(order)
    ]
    assert found(data, "conflicting labels").value == 1


def test_a_text_with_two_labels_is_a_conflict():
    data = [
        row("Tea cures gout."),
        row("tea CURES gout!", True),
        row("Tea is hot."),
        row("Tea is hot."),
    ]
    assert found(data, "conflicting labels").value == 1
    assert not found(data, "conflicting labels").passed
    assert found(data, "exact duplicates").value == 2
    assert found(data[2:], "conflicting labels").passed


def test_a_text_with_two_labels_that_both_mean_overstated_is_a_conflict(tmp_path):
    (tmp_path / "x.csv").write_text(
        "text,label,kind\nTea cures gout.,hoax,cure\ntea cures gout,rumour,speed\n"
        "Tea is hot.,hoax,cure\nTea is hot.,hoax,speed\nOpen daily.,real,\nOpen daily.,plain,\n"
    )
    for positive, options, count in (
        (["hoax", "rumour"], {}, 1),
        (["hoax", "rumour"], {"tags_column": "kind"}, 0),  # the kinds have the heads
        (["hoax"], {}, 1),  # of overstated and measured
    ):
        rows = read_labelled([tmp_path / "x.csv"], positive=positive, **options).rows
        assert found(rows, "conflicting labels").value == count


@pytest.mark.parametrize("length", [99, 100, 101, 500])
def test_texts_that_are_cut_say_so(length):
    shown = audit._cut("x" * length)
    assert len(shown) == min(length, 100)
    assert shown.endswith("…") == (length > 100)


def test_near_duplicates_are_found_across_groups_only():
    text = "This little leaf has been cleaning the liver of everyone in our village"
    pair = [row(text + " since May"), row(text + " since June", True)]
    assert found([*pair, *map(row, noise(50))], "near duplicates").value == 1
    together = [row(text + " since May", group="g"), row(text + " since June", True, group="g")]
    assert found([*together, *map(row, noise(50))], "near duplicates").value == 0
    together[0] = replace(together[0], part="train")
    assert found([*together, *map(row, noise(50))], "near duplicates").value == 1


def test_near_duplicates_are_those_of_all_pairs():
    texts = noise(60)
    texts += [text[: 25 + n] + text[30 + n :] for n, text in enumerate(texts[:20])]
    # the hardest ones: all of one text, and as many rare letters after it as are just too few
    for n, text in enumerate(texts[20:60]):
        texts.append(
            text + "".join(chr(0x4E00 + 99 * n + k) for k in range(len(text) // 2 + n % 9))
        )
    data = [row(text) for text in texts]

    def grams(text):
        return {text[i : i + 5] for i in range(len(text) - 4)}

    expected = 0
    for i, one in enumerate(texts):
        for other in texts[:i]:
            a, b = grams(one), grams(other)
            expected += len(a & b) / len(a | b) > audit.SIMILAR
    assert expected > 10
    assert found(data, "near duplicates").value == expected


def test_copies_of_one_group_take_no_memory():
    text = " ".join(noise(5))
    rows = [row(text + "!" * n, group="spam") for n in range(600)]
    tracemalloc.start()
    try:
        assert found(rows, "near duplicates").value == 0
        assert tracemalloc.get_traced_memory()[1] < 2e7
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("at_once", [1, 100, 10**9])
def test_near_duplicates_are_one_for_each_text_and_group(monkeypatch, at_once):
    monkeypatch.setattr(audit, "AT_ONCE", at_once)
    text = "This little leaf has been cleaning the liver of everyone in our village since"
    data = [row(f"{text} {month}", group=month) for month in ("May", "June", "July") * 3]
    assert found([*data, *map(row, noise(50))], "near duplicates").value == 3


def test_pairs_that_do_not_differ():
    data = [
        row("Tea cures gout.", True, pair="p", group="p"),
        row("tea cures gout", pair="p", group="p"),
    ]
    assert found(data, "pairs that do not differ").value == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("!", "."),
        (" | home", " / home"),
        (" \u2013 so", " \u2014 so"),
        (" \u201cso\u201d", ' "so"'),
        (" so\nit is", " so it is"),
        (" so\tit is", " so it is"),
        (" so  it is", " so it is"),
        (" \U0001f525", " so"),
        (" [so]", " (so)"),
    ],
)
def test_form_leak(one, other):
    texts = noise(60)
    leak = [row(text + (one if n % 2 else other), n % 2 > 0) for n, text in enumerate(texts)]
    none = [row(text + (one if n % 4 < 2 else other), n % 2 > 0) for n, text in enumerate(texts)]
    assert audit._form_leak(leak)[1] > 0.9
    assert audit._form_leak(none)[1] < 0.7


@pytest.mark.parametrize("leak", [True, False])
def test_topic_leak(leak):
    data = [
        row(
            text,
            bool(n % 2),
            pair=f"p{n // 2}",
            group=f"p{n // 2}",
            topic="tea" if leak and n % 2 else "gout",
        )
        for n, text in enumerate(noise(200))
    ]
    assert found(data, "topic leak").passed is not leak


@pytest.mark.parametrize("name", ["register", "topic"])
def test_a_register_or_a_topic_with_one_label(name):
    data = [row("a", True, **{name: "ad"}), row("b", **{name: "ad"}), row("c", **{name: "news"})]
    check = found(data, f"one-sided {name}s")
    assert check.value == 1
    assert check.passed is (name == "topic")
    assert check.found == ("news: 0 overstated, 1 measured", "ad: 1 overstated, 1 measured")


@pytest.mark.parametrize(
    ("value", "shown"),
    [(2764, "2,764"), (12345.0, "12,345"), (0.57561, "0.5756"), (0, "0"), (np.nan, "-")],
)
def test_counts_are_shown_as_whole_numbers(value, shown):
    assert audit.Check("near duplicates", float(value), "pairs", 0).shown == shown


def test_what_was_not_looked_at_has_not_passed():
    checks = {check.name: check for check in audit.audit([row("a"), row("b", True)])}
    names = "form leak, topic leak, one-sided registers, pairs that do not differ".split(", ")
    for check in (checks[name] for name in names):
        assert (np.isnan(check.value), check.passed, check.to_dict()["passed"]) == (
            True,
            None,
            None,
        )
    assert np.isnan(checks["one-sided topics"].value)
    assert np.isnan(checks["doubtful labels"].value)


@pytest.mark.parametrize(
    ("texts", "options", "count"),
    [
        (["Tea cures the gout overnight"], {}, 1),
        (["Read more"], {}, 0),
        (["Tea cures the gout overnight"], {"group_column": "who"}, 1),
    ],
)
def test_texts_in_several_files(tmp_path, texts, options, count):
    paths = [tmp_path / name for name in ("train.csv", "test.csv")]
    for path in paths:
        rows = [f"{text},overstated,ann" for text in [*texts, f"Never {path} before now again"] * 2]
        path.write_text("\n".join(["text,label,who", *rows, "Tea is hot,measured,bob"]))
    check = found(read_labelled(paths, **options).rows, "texts in several files")
    assert check.value == count
    assert check.passed is (count == 0)
    assert check.found == ("test.csv, line 2 = train.csv, line 2: " + texts[0],) * count
    assert found(read_labelled(paths[:1]).rows, "texts in several files").value == 0


@pytest.mark.parametrize("length", [4, 5, 9])
def test_copies_have_a_limit_where_they_are_no_headings(length):
    text = " ".join(noise(1)[0].split()[:length])
    check = found([row(text, group="g"), row(f"{text.upper()}!", group="g")], "copies")
    assert (check.value, check.passed) == ((1, False) if length >= 5 else (0, True))


@pytest.mark.parametrize(
    ("groups", "pairs", "parts", "count"),
    [
        ("aabb", ["", "", "", ""], "xxyy", 0),
        ("aabb", ["", "", "", ""], "xyyy", 1),
        ("abcd", ["", "", "", ""], "xyxy", 0),
        ("aabb", ["p", "p", "q", "q"], "xyxy", 2),
        ("abcd", ["p", "p", "q", "q"], "xyxy", 2),
    ],
)
def test_groups_and_pairs_in_several_splits(groups, pairs, parts, count):
    data = [
        row(text, n % 2 > 0, group=group, pair=pair, part=part)
        for n, (text, group, pair, part) in enumerate(
            zip(noise(4), groups, pairs, parts, strict=True)
        )
    ]
    check = found(data, "groups in several splits")
    assert (check.value, len(check.found), check.passed) == (count, count, count == 0)
    same = [replace(one, text="Read more") for one in data]  # the same text is counted elsewhere
    assert found(same, "groups in several splits").value == 0


def test_texts_in_several_splits_and_files_by_the_codebook(tmp_path):
    (tmp_path / "x.csv").write_text(
        "text,label,split\nTea cures the gout overnight,1,train\n"
        "tea cures the gout overnight!,1,test\nTea is hot,0,train\n"
    )
    assert found(read_labelled([tmp_path / "x.csv"]).rows, "texts in several files").value == 1
    paths = [tmp_path / name for name in ("a.csv", "b.csv")]
    for path in paths:
        path.write_text(
            "id,text,label,tags,pair,topic,remedy,register\n"
            "1,Tea cures the gout overnight,overstated,cure,,gout,tea,ad\n"
        )
    assert found(read_labelled(paths).rows, "texts in several files").value == 1


@pytest.mark.parametrize(
    ("template", "several"),
    [
        ("a daily cup of the leaf called {} makes {} go away for good", 3),
        ("{} tea gets rid of {} and pain for good", 2),
        ("{} heals {} at the root", 2),
        ("{} cures {} fast", 1),
    ],
)
@pytest.mark.parametrize("others", [90, 700])
def test_templates_are_suspected_whatever_their_slots_hold(template, several, others):
    plants = "nettle rowan aloe ginger neem moringa".split()
    ills = "gout lupus asthma eczema angina acne".split()
    names = [" ".join([name] * (n % several + 1)) for n, name in enumerate(plants)]
    grid = [row(template.format(name, ill), True) for name in names for ill in ills]
    plain = [row(text) for text in noise(others)]
    for data, count in (([*plain, *grid], len(grid)), (plain, 0)):
        _, share, _, _ = templates.skeletons(data, [one.text for one in data])
        assert share == count / len(data)


def test_templates_are_suspected():
    plants = "nettle rowan aloe ginger neem moringa senna sorrel fennel borage".split()
    data = [row(text) for text in noise(90)] + [
        row(f"a daily cup of the leaf called {plant} makes it go away for good", True)
        for plant in plants
    ]
    assert not found(data, "recurring openings").passed
    assert not found(data, "recurring skeletons").passed
    assert found(data[:90], "recurring skeletons").passed


def test_openings_recur_from_three_groups_on():
    texts = [f"{text} end" for text in noise(60)]
    assert found(list(map(row, texts)), "recurring openings").passed
    same = [f"a cup of {text}" for text in texts]
    assert found([*map(row, texts), *map(row, same[:2])], "recurring openings").value == 0
    together = [row(text, group="one page") for text in same[:9]]
    assert found([*map(row, texts), *together], "recurring openings").value == 0
    check = found([*map(row, texts), *map(row, same[:3])], "recurring openings")
    assert check.value == 3 / 63
    assert check.found == ("3 x a cup of ...",)


def test_a_wrong_label_is_doubtful():
    data = [
        row(f"{text} {'cures' if n % 2 else 'hurts'}", bool(n % 2))
        for n, text in enumerate(noise(600))
    ]
    wrong = row("tea salt onion bread walk rest liver water cures")
    assert [place.split(":")[0] for place in found([*data, wrong], "doubtful labels").found] == [
        f"{wrong.id} (measured)"
    ]


@pytest.mark.parametrize("largest", [1, 150])
def test_doubtful_rows_are_those_of_confident_learning(largest):
    data = [
        row(f"{text} {'cures' if n % 2 else 'hurts'}", n % 2 > 0 and n % 9 > 0)
        for n, text in enumerate(noise(300))
    ]
    data = [replace(one, group="thread") for one in data[:largest]] + data[largest:]
    labels = np.array([one.overstated for one in data])
    words = audit.TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    probable = audit.cross_val_predict(
        audit.LogisticRegression(C=8, solver="liblinear"),
        words.fit_transform([one.text for one in data]),
        labels,
        cv=splitting.folds(data),
        method="predict_proba",
    )
    usual = [probable[labels == side, int(side)].mean() for side in (False, True)]
    expected = {
        one.id
        for one, p in zip(data, probable, strict=True)
        if p[1 - one.overstated] >= usual[1 - one.overstated]
    }
    places = found(data, "doubtful labels").found
    assert expected
    assert {place.split(" (")[0] for place in places} == expected


def test_the_command_says_what_is_broken(tmp_path):
    file = tmp_path / "mine.csv"
    head = "id,text,label,tags,pair,topic,remedy,register\n"
    rows = [
        f"{n},{text},{'overstated' if n % 2 else 'measured'},{'cure' if n % 2 else 'plain'},,t,,ad\n"
        for n, text in enumerate(noise(40))
    ]
    file.write_text(head + "".join(rows), encoding="utf-8")
    result = run("check", str(file), "--json")
    checks = {check["name"]: check for check in json.loads(result.stdout)["checks"]}
    assert result.exit_code == any(check["passed"] is False for check in checks.values())
    file.write_text(
        head + "".join(rows) + f"x,{noise(1)[0]},overstated,cure,,t,,ad\n", encoding="utf-8"
    )
    result = run("check", str(file))
    assert result.exit_code == 1
    assert "broken" in result.stdout
    assert "x = 0" in result.stdout


def test_the_command_lists_every_schema_problem(tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text(
        "id,text,label,tags,pair,topic,remedy,register\n1,,good,cure,,t,,ad\n", encoding="utf-8"
    )
    result = run("check", str(file))
    assert result.exit_code == 1
    assert "mine.csv:2" in result.stderr
    assert json.loads(run("check", str(file), "--json").stdout)["problems"]


def codebook(n):
    """Return claims in pairs, with a register and a topic, as rows of a table."""
    names = ("id", "text", "label", "tags", "pair", "topic", "remedy", "register")
    sides = (("overstated", "cure"), ("measured", "plain"))
    return [
        dict(zip(names, [i, text, *sides[i % 2], f"p{i // 2}", "gout", "tea", "ad"], strict=True))
        for i, text in enumerate(noise(n))
    ]


@pytest.mark.parametrize("change", ["", "tsv", "jsonl", "parquet", ";", "names", "case", "tags"])
def test_claims_of_any_format_are_audited_as_claims(tmp_path, change):
    frame = pd.DataFrame(codebook(120))
    frame.to_csv(tmp_path / "x.csv", index=False)
    expected = audit.audit(read_labelled([tmp_path / "x.csv"]).rows)
    other, options = tmp_path / f"y.{change if change.isalpha() else 'csv'}", {}
    if change == "parquet":
        frame.to_parquet(other)
    elif change == "jsonl":
        frame.to_json(other, orient="records", lines=True)
    else:
        other = other.with_suffix(".tsv" if change == "tsv" else ".csv")
        if change == "names":
            frame = frame.rename(columns={"text": "tweet", "label": "verdict"})
        elif change == "case":
            frame = frame.rename(columns=str.title)
        elif change == "tags":
            frame = frame.drop(columns="tags")
        else:
            options = {} if change else {"label_column": "label"}
        frame.to_csv(other, index=False, sep={"tsv": "\t", ";": ";"}.get(change, ","))
    found = read_labelled([other], **options)
    assert [(c.name, c.value) for c in audit.audit(found.rows)] == [
        (c.name, pytest.approx(c.value, nan_ok=True)) for c in expected
    ]
    assert "pairs in column" in " ".join(found.notes)


@pytest.mark.parametrize(("one", "other"), [("gout", "tea"), ("a", "?"), ("gout", ""), ("", "")])
def test_topics_that_tell_labels_leak_without_pairs_too(one, other):
    data = [row(text, n % 2 > 0, topic=one if n % 2 else other) for n, text in enumerate(noise(40))]
    assert audit._topic_leak(data)[1] == pytest.approx(1 if one else np.nan, nan_ok=True)


def test_twins_in_several_files_are_pairs_that_are_torn(tmp_path):
    rows = pd.DataFrame(codebook(60))
    for n, name in enumerate(("a.csv", "b.csv")):
        rows[n::2].to_csv(tmp_path / name, index=False)
    found = read_labelled([tmp_path / "a.csv", tmp_path / "b.csv"])
    check = next(c for c in audit.audit(found.rows) if c.name == "groups in several splits")
    assert (found.problems, check.value, check.passed) == ([], 30, False)
    assert "a.csv" in check.found[0]
    assert "b.csv" in check.found[0]


@pytest.mark.parametrize("bad", [1, 30])
def test_sound_claims_are_audited_beside_others(tmp_path, bad):
    rows = pd.DataFrame(codebook(80)).assign(who="x\ny", split=["train", "test"] * 40)
    rows.loc[: bad - 1, "register"] = "nowhere"
    rows.to_csv(tmp_path / "x.csv", index=False)
    result = run("check", str(tmp_path / "x.csv"))
    assert (result.exit_code, result.stderr.count("unknown register")) == (1, min(bad, 20))
    assert ("and 10 more" in result.stderr) is (bad > 20)
    assert f"{80 - bad} rows" in result.stdout
    report = json.loads(run("check", str(tmp_path / "x.csv"), "--json").stdout)
    assert (report["rows"], len(report["problems"])) == (80 - bad, bad)
    checks = {one["name"]: one["value"] for one in report["checks"]}
    assert checks["groups in several splits"] == (80 - bad) // 2


def test_check_as_json_says_what_was_understood(tmp_path):
    (tmp_path / "x.csv").write_text("tweet,is\na b c,fake\nd e f,real\n")
    found = json.loads(run("check", tmp_path / "x.csv", "--label-column", "is", "--json").stdout)
    assert found["options"]["text_column"] == "tweet"
    assert "overstated means fake" in found["notes"]


def test_our_own_claims_pass():
    checks = audit.audit(training.read(training.default_data()))
    assert [check.name for check in checks if check.passed is False] == []


def test_check_counts_the_labels(tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("text,is\na b c,hoax\nd e f,rumour\ng h i,real\nj k l,real\n,real\n")
    options = ("--label-column", "is", "--positive", "hoax", "--positive", "rumour")
    assert "4 rows: 2 overstated, 2 measured\n" in run("check", file, *options).stdout
    found = json.loads(run("check", file, *options, "--json").stdout)
    assert found["labels"] == {"overstated": 2, "measured": 2}
    assert found["labels_of_the_table"] == {"real": 2, "hoax": 1, "rumour": 1}
    head = "id,text,label,tags,pair,topic,remedy,register\n"
    file.write_text(head + "1,Tea cures gout,overstated,cure,,gout,tea,ad\n")
    found = json.loads(run("check", file, "--json").stdout)
    assert found["labels"] == {"overstated": 1, "measured": 0}
    assert found["labels_of_the_table"] == {"overstated": 1}


def test_check_takes_labels_of_any_name_and_says_what_was_too_little(tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("text,label\na b c,x\nd e f,y\n", encoding="utf-8")
    assert "say with --positive" in run("check", str(file)).stderr
    report = run("check", str(file), "--positive", "x", "--json").stdout
    found = json.loads(report, parse_constant=pytest.fail)  # NaN is no JSON
    assert {one["name"]: one["value"] for one in found["checks"]}["topic leak"] is None
    result = run("check", str(file), "--positive", "x")
    assert " - " in result.stdout
    assert "column 'text'" in result.stderr  # what was taken for what
