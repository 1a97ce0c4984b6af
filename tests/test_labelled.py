"""Any labelled table is read, what was guessed is said, and no row is lost in silence."""

import csv
import json
import random

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from misinfo import claims, codebook, labelled, rows, splitting, tables
from misinfo.cards import provenance
from misinfo.errors import DataError, MisinfoError
from misinfo.formats import Chunk
from misinfo.labelled import read_labelled
from misinfo.metrics import roc_auc
from misinfo.rows import Row


@pytest.fixture
def table(tmp_path):
    file = tmp_path / "mine.csv"
    rows = ["Tweet,Label,who,kind,w", "Tea cures gout,fake,a,cure,2", "Open daily,real,a,,1"]
    file.write_text(
        "\n".join([*rows, ",fake,b,,1", "No label,,b,,1", "x,fake,c,,heavy", "y"]) + "\n"
    )
    return file


def test_columns_labels_and_unit_are_guessed_and_said(table):
    found = read_labelled([table])
    assert [(row.text, row.overstated) for row in found.rows] == [
        ("Tea cures gout", True),
        ("Open daily", False),
        ("x", True),
    ]
    assert found.unit == "sentence"
    assert any("'Tweet'" in note and "'Label'" in note for note in found.notes)
    assert any("overstated means fake" in note for note in found.notes)
    assert any("--unit" in note for note in found.notes)


def test_every_bad_row_is_listed(table):
    problems = read_labelled([table], weight_column="w").problems
    assert [problem.split(": ", 1)[1] for problem in problems] == [
        "1 field instead of 5",
        "no text in column 'Tweet'",
        "no label in column 'Label'",
        "'heavy' is not a weight from 0 to 1,000,000",
    ]


def test_groups_tags_and_weights(table):
    found = read_labelled([table], group_column="who", tags_column="kind", weight_column="w")
    assert [row.group for row in found.rows] == ["a", "a"]
    assert found.rows[0].tags == ("cure",)
    assert found.tags == ("cure",)
    assert found.weights == [2.0, 1.0]
    assert found.columns[0]["who"] == "a"


def test_how_rows_were_read_is_kept(table):
    options = read_labelled([table], group_column="who ", weight_column="w").options
    assert options == {
        "text_column": "Tweet",
        "label_column": "Label",
        "positive": ["fake"],
        "group_column": "who",
        "weight_column": "w",
        "unit": "sentence",
    }
    assert read_labelled([table], **options).options == options


def test_labels_are_counted_where_rows_are_used(table):
    found = read_labelled([table], weight_column="w")
    assert found.notes[0] == (
        "texts in column 'Tweet', labels in column 'Label': fake (1), real (1)"
    )


def test_labels_of_rows_without_a_text_are_not_guessed_from(tmp_path):
    (tmp_path / "x.csv").write_text("text,label\nTea cures gout,1\nOpen daily,0\n ,fake\n")
    found = read_labelled([tmp_path / "x.csv"])
    assert found.meaning == "1, not 0"
    assert len(found.problems) == 1


@pytest.mark.parametrize(("pairs", "used"), [("ppqqr", True), ("pqpqq", False), ("ppppp", False)])
def test_pairs_of_any_table_are_groups_where_they_are_pairs(tmp_path, pairs, used):
    rows = [f"tea cures gout {n},{n % 2},{pair}" for n, pair in enumerate(pairs)]
    (tmp_path / "x.csv").write_text("\n".join(["text,label,Pair", *rows]))
    found = read_labelled([tmp_path / "x.csv"])
    assert [row.pair for row in found.rows] == (list(pairs) if used else [""] * 5)
    assert found.options.get("group_column") == ("Pair" if used else None)
    assert any("'Pair' is not used" in note for note in found.notes) is not used
    named = read_labelled([tmp_path / "x.csv"], group_column="text")
    assert [row.pair for row in named.rows] == (list(pairs) if used else [""] * 5)
    assert named.options["group_column"] == "text"


def test_columns_that_are_read_as_something_else_are_no_topics(tmp_path):
    (tmp_path / "x.csv").write_text("text,topic\na,fake\nb,real\n")
    assert {
        row.topic for row in read_labelled([tmp_path / "x.csv"], label_column="topic").rows
    } == {""}


def test_rows_of_weight_zero_are_told(tmp_path):
    rows = [f"tea {n},{n % 2},{n // 2}" for n in range(8)]
    (tmp_path / "x.csv").write_text("\n".join(["text,label,w", *rows]))
    found = read_labelled([tmp_path / "x.csv"], weight_column="w")
    assert "2 rows weigh 0 and are left out" in found.notes
    assert not any("weigh" in note for note in read_labelled([tmp_path / "x.csv"]).notes)


def test_tags_of_measured_rows_that_are_not_used_are_told(tmp_path):
    rows = ["a,fake,ours", "b,real,negated", "c,real,ours", "d,real,", "e,real,theirs|negated"]
    (tmp_path / "x.csv").write_text("\n".join(["text,label,kind", *rows]))
    notes = read_labelled([tmp_path / "x.csv"], tags_column="kind").notes
    assert "3 measured rows have tags, which are not used" in notes
    assert not any("not used" in note for note in read_labelled([tmp_path / "x.csv"]).notes)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (5, "column 'text' holds a number, no text"),
        (True, "column 'text' holds true or false, no text"),
        (["Tea"], "column 'text' holds a list, no text"),
        (float("nan"), "no text in column 'text'"),
        (" ", "no text in column 'text'"),
        (None, "no text in column 'text'"),
    ],
)
def test_a_text_that_is_something_else_is_called_what_it_is(tmp_path, text, what):
    rows = [{"text": "Tea is hot", "label": label} for label in ("fake", "real")]
    rows.append({"text": text, "label": "fake"})
    found = read_labelled([written(tmp_path / "x.jsonl", rows)], text_column="text")
    assert found.problems == [f"x.jsonl, line 3: {what}"]


def test_bytes_are_no_text(tmp_path):
    table = pa.table({"text": [b"Tea", b"Milk"], "label": ["fake", "real"]})
    pq.write_table(table, tmp_path / "x.parquet")
    with pytest.raises(
        MisinfoError, match=r"x\.parquet, row 1: column 'text' holds bytes, no text"
    ):
        read_labelled([tmp_path / "x.parquet"], text_column="text")


def test_several_positive_labels_have_a_head_each(tmp_path):
    file = tmp_path / "x.jsonl"
    labels = ["false", "misleading", "true", "true"]
    file.write_text(
        "".join(json.dumps({"text": f"t{n}", "label": x}) + "\n" for n, x in enumerate(labels))
    )
    found = read_labelled([file], positive=["false", "misleading"])
    assert found.tags == ("false", "misleading")
    assert [row.tags for row in found.rows] == [("false",), ("misleading",), (), ()]


@pytest.mark.parametrize(
    ("content", "options", "what"),
    [
        (
            "text,label\n" + "".join(f"a,{n}\n" for n in range(60)),
            {},
            "There are 0, .* 11 and 48 more: say with --positive",
        ),
        (
            "text,label,w\na,x,heavy\nb,z,heavy\n",
            {"positive": ["x"], "weight_column": "w"},
            "none of 2 rows can be used; x.csv, line 2: 'heavy' is not a weight",
        ),
        ("text,label\na\nb,z\n", {}, "all rows are z: two .*; x.csv, line 2: 1 field instead of 2"),
        ("text,label\na,x\nb,z\n", {}, "which labels mean overstated.*x, z.*--positive"),
        ("text,label\na,x\n", {"positive": ["q"]}, "no row has the label q; there are x"),
        ("text,label\na,1\nb,1\n", {}, r"x\.csv: all rows are 1: two classes"),
        (
            "text,label\na,1\nb,0\n",
            {"positive": ["1", "0"]},
            "every label was named positive: 1, 0; leave one out of --positive$",
        ),
        (
            "text,label\na,fake\nb,rumour\n",
            {"learned": {"positive": ["fake", "rumour", "hoax"]}},
            "x.csv: the model was trained to call all labels there overstated: fake, rumour; add me",
        ),
        ("text,label\na,0\nb,1\nc,2\n", {}, "There are 0, 1, 2: say with --positive"),
        ("text,label\na,true\nb,mixed\n", {}, "There are true, mixed: say with --positive"),
        ("text,label\na,fake\nb,real\nc,1\nd,0\n", {}, "There are fake, real, 1, 0: say with"),
        ("text,label\na,fake\nb,real\nc,true\n", {}, "There are fake, real, true: say with"),
        ("claim,label\na,true\nb,false\n", {}, "There are true, false: say with --positive"),
        ("text,verdict\na,true\nb,false\n", {}, "There are true, false: say with --positive"),
        ("text,Truth rating\na,1\nb,0\n", {"label_column": "Truth rating"}, "with --positive"),
        ("text,label\na,None\nb,1\n", {"positive": ["None"]}, "no row has the label None"),
        ("text,mark\na,1\n", {}, r"x\.csv: no column is named like a label; there are text, mark"),
        (
            "text,label\na,1\n",
            {"text_column": "txt"},
            r"x\.csv: no column 'txt'.*--text-column text",
        ),
        (
            "text,label\na,1\nb,0\n",
            {"group_column": "g"},
            r"x\.csv: no column 'g'; there are text, label$",
        ),
        ("text,label\na,1\nb,0\n", {"weight_column": "lable"}, "try --weight-column label$"),
        ("text,label\n", {}, r"no rows in .*x\.csv$"),
        ("text,label\na\n", {}, r"no rows in .*x\.csv; x\.csv, line 2: 1 field"),
        ("text,label\n?!,1\n...,0\n", {}, "no text in column 'text' has a word"),
        ("text,label,w\na,1,0\nb,0,2\n", {"weight_column": "w"}, "all overstated rows weigh 0"),
        ("text,label,w\na,1,2\nb,0,0\n", {"weight_column": "w"}, "all measured rows weigh 0"),
    ],
)
def test_what_cannot_be_guessed_is_asked_for(tmp_path, content, options, what):
    (tmp_path / "x.csv").write_text(content)
    with pytest.raises(MisinfoError, match=what):
        read_labelled([tmp_path / "x.csv"], **options)


def test_long_rows_are_documents(tmp_path):
    (tmp_path / "x.csv").write_text(f"text,label\n{'word ' * 90},1\n{'word ' * 90},0\n")
    assert read_labelled([tmp_path / "x.csv"]).unit == "document"
    assert read_labelled([tmp_path / "x.csv"], unit="sentence").unit == "sentence"


@pytest.mark.parametrize(("several", "unit"), [(0, "sentence"), (20, "sentence"), (21, "document")])
def test_rows_of_several_sentences_are_documents(tmp_path, several, unit):
    more = [" It works within a week." * (n < several) for n in range(100)]
    lines = [f"Tea number {n} cures gout.{text},{n % 2}" for n, text in enumerate(more)]
    (tmp_path / "x.csv").write_text("\n".join(["text,label", *lines]))
    found = read_labelled([tmp_path / "x.csv"])
    assert found.unit == unit
    told = read_labelled([tmp_path / "x.csv"], unit="sentence")
    said = f"{several}% of the rows hold several sentences"
    for notes in (found.notes, told.notes):
        assert any(said in note for note in notes) == (unit == "document")


def test_our_own_schema_is_known(tmp_path):
    folder = claims.datasets()
    found = read_labelled([folder / "claims.csv", folder / "articles.jsonl"])
    assert found.tags == tuple(codebook.OVERSTATED_TAGS)
    assert len(found.rows) == len(found.columns) == len(found.weights)
    head = "id,text,label,tags,pair,topic,remedy,register\n"
    (tmp_path / "x.csv").write_text(head + "1,,good,cure,,t,,ad\n")
    with pytest.raises(DataError, match=r"x\.csv:2"):
        read_labelled([tmp_path / "x.csv"])
    assert labelled.read_own([tmp_path / "nowhere.csv"]) is None


def test_a_bad_row_is_named_by_its_line(tmp_path):
    head, long = "text,label", '"two\nlines",1\n\n'
    (tmp_path / "x.csv").write_text(f"{head}\n{long},1\nopen daily,0\nshort\n")
    assert [problem[:14] for problem in read_labelled([tmp_path / "x.csv"]).problems] == [
        "x.csv, line 7:",
        "x.csv, line 5:",
    ]
    (tmp_path / "x.jsonl").write_text(
        '{"text": "a", "label": 1}\n\n{"text": "b", "label": 0}\n{bad\n'
    )
    (problem,) = read_labelled([tmp_path / "x.jsonl"]).problems
    assert problem.startswith("x.jsonl, line 4: not JSON")


@pytest.mark.parametrize("ending", ["tsv", "jsonl", "parquet", "csv.gz"])
def test_every_kind_of_table_gives_the_same_rows(tmp_path, ending):
    rows = [{"tweet": 'Tea, "cures" gout', "label": "fake"}, {"tweet": "Öpen", "label": "real"}]
    found = read_labelled([written(tmp_path / f"x.{ending}", rows)])
    assert [(r.text, r.overstated, r.group) for r in found.rows] == [
        ('Tea, "cures" gout', True, "row 1"),
        ("Öpen", False, "row 2"),
    ]
    assert found.meaning == "fake, not real"


def written(path, rows):
    """Write JSON lines, or Parquet, by the ending."""
    with tables.written(str(path)) as write:
        write(Chunk(rows, [""] * len(rows)))
    return path


@pytest.mark.parametrize("blank", [" ", "\t\n", float("nan"), None])
@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_blank_labels_are_missing_and_space_around_them_is_none(tmp_path, blank, ending):
    marks = ["fake", " fake ", "real", "real\n", "fake", "real"]
    rows = [{"text": f"t{n}", "label": mark} for n, mark in enumerate(marks)]
    if isinstance(blank, float):  # Parquet has one type in a column
        rows = [{**row, "label": float("fake" in row["label"])} for row in rows]
    found = read_labelled(
        [written(tmp_path / f"x.{ending}", [*rows, {"text": "b", "label": blank}])]
    )
    assert [row.overstated for row in found.rows] == [True, True, False, False, True, False]
    (problem,) = found.problems
    assert problem.endswith(
        f"{'line' if ending == 'jsonl' else 'row'} 7: no label in column 'label'"
    )


@pytest.mark.parametrize("mark", [["fake"], [], {"is": "fake"}])
def test_a_list_is_no_label(tmp_path, mark):
    rows = [{"text": "Tea is hot", "label": label} for label in ("fake", "real", mark)]
    found = read_labelled([written(tmp_path / "x.jsonl", rows)])
    assert [row.overstated for row in found.rows] == [True, False]
    kind = "a list" if isinstance(mark, list) else "an object"
    what = f"{kind} in column 'label' is not one label"
    assert found.problems == [f"x.jsonl, line 3: {what}"]
    with pytest.raises(
        MisinfoError, match=f"x.jsonl: none of 1 rows has a label; x.jsonl, line 1: {what}"
    ):
        read_labelled([written(tmp_path / "x.jsonl", rows[2:])])


@pytest.mark.parametrize("named", ["true", "True", "TRUE"])
def test_truth_in_json_has_any_case(tmp_path, named):
    rows = [{"text": f"t{n}", "label": n > 1} for n in range(4)]
    found = read_labelled([written(tmp_path / "x.jsonl", rows)], positive=[named])
    assert [row.overstated for row in found.rows] == [False, False, True, True]


def test_true_is_guessed_where_its_column_or_its_type_says_what_it_means(tmp_path):
    (tmp_path / "x.csv").write_text("text,is_fake\na,True\nb,False\n")
    words = read_labelled([tmp_path / "x.csv"], label_column="is_fake")
    rows = [{"text": "a", "label": True}, {"text": "b", "label": False}]
    for found in (
        words,
        *(read_labelled([written(tmp_path / f"x.{e}", rows)]) for e in ("jsonl", "parquet")),
    ):
        assert [row.overstated for row in found.rows] == [True, False]


@pytest.mark.parametrize(
    ("positive", "left"),
    [([], "rumour and real"), (["fake"], "rumour and real"), (["fake", "rumour"], "")],
)
def test_labels_that_count_as_measured_unasked_are_told(tmp_path, positive, left):
    (tmp_path / "x.csv").write_text("text,label\na,fake\nb,rumour\nc,real\n")
    notes = read_labelled([tmp_path / "x.csv"], positive=positive).notes
    found = [note for note in notes if "count as measured" in note]
    assert found == [f"{left} count as measured: name more with --positive"] * bool(left)


def test_whole_numbers_are_labels_without_a_fraction(tmp_path):
    rows = [{"text": f"t{n}", "label": float(n % 2)} for n in range(4)]
    found = read_labelled([written(tmp_path / "x.parquet", rows)], positive=["1"])
    assert found.meaning == "1, not 0"


def test_labels_that_differ_in_case_are_told(tmp_path):
    (tmp_path / "x.csv").write_text("text,label\na,fake\nb,Fake\nc,real\n")
    notes = read_labelled([tmp_path / "x.csv"], positive=["fake"]).notes
    assert any("differ only in case" in note and "'Fake', 'fake'" in note for note in notes)
    (tmp_path / "x.csv").write_text("text,label\na,fake\nc,real\n")
    assert not any("case" in note for note in read_labelled([tmp_path / "x.csv"]).notes)


def test_rows_without_a_group_are_alone_and_counted(tmp_path):
    groups = [{"who": "a"}, {"who": "a"}, {}, {"who": ""}, {"who": " "}, {"who": None}]
    rows = [{"text": f"t{n}", "label": n % 2, **row} for n, row in enumerate(groups)]
    (tmp_path / "x.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = read_labelled([tmp_path / "x.jsonl"], group_column="who")
    assert [row.group for row in found.rows[:2]] == ["a", "a"]
    assert len({row.group for row in found.rows}) == 5
    assert any(note.startswith("4 rows have no group in column 'who'") for note in found.notes)


def test_the_same_text_is_one_group_unless_groups_are_named(tmp_path):
    texts = ["Tea cures gout", "Open daily", "tea  CURES gout ", "Tea cures gout", "Tea"]
    lines = [f"{text},{n % 2},{n}" for n, text in enumerate(texts)]
    (tmp_path / "x.csv").write_text("\n".join(["text,label,who", *lines]))
    found = read_labelled([tmp_path / "x.csv"])
    groups = [row.group for row in found.rows]
    assert groups[0] == groups[2] == groups[3]
    assert len(set(groups)) == 3
    assert any(note.startswith("2 rows repeat the text") for note in found.notes)
    named = read_labelled([tmp_path / "x.csv"], group_column="who")
    assert [row.group for row in named.rows] == list("01234")
    assert not any("repeat" in note for note in named.notes)


def test_labels_by_chance_cannot_be_learned_from_texts_in_other_marks(tmp_path):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict

    draw = random.Random(0)
    texts = [
        " ".join("".join(draw.choices("abcdefghij", k=4)) for _ in range(6)) for _ in range(80)
    ]
    lines = [
        f"{text},{label}"
        for name in texts
        for label in [draw.randrange(2)]
        for text in (f"{name}.", f"{name.title()}!", f"“{name}”", name.replace("e", "\u0435", 1))
    ]
    (tmp_path / "x.csv").write_text("\n".join(["text,label", *lines]), encoding="utf-8")
    found = read_labelled([tmp_path / "x.csv"]).rows
    features = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4))
    features = features.fit_transform(row.text for row in found)
    labels = np.array([row.overstated for row in found])
    scores = cross_val_predict(
        LogisticRegression(),
        features,
        labels,
        cv=splitting.folds(found),
        method="decision_function",
    )
    assert 0.25 < roc_auc(labels, scores) < 0.75


@pytest.mark.parametrize(
    "text", ["?!", "…", "😀😀", "😡 😡 😡 😡 😡", "https://tea.example/?a", "กิน", "กัน"]
)
def test_texts_without_a_latin_word_are_the_same_only_as_themselves(text):
    others = ["", "!", "...", "😀", "😀 😡 😡 😡 😡", "https://tea.example/?b", "กน", "a"]
    assert rows.normal(f" {text}") == rows.normal(text)
    assert rows.normal(text) not in map(rows.normal, others)


@pytest.mark.parametrize("weight", ["inf", "nan", "1e308", "-1", "1000001"])
def test_weights_are_numbers_that_can_be_added(tmp_path, weight):
    (tmp_path / "x.csv").write_text(f"text,label,w\na,1,1000000\nb,0,0.5\nc,0,{weight}\n")
    found = read_labelled([tmp_path / "x.csv"], weight_column="w")
    assert found.weights == [1e6, 0.5]
    assert found.problems == [f"x.csv, line 4: {weight!r} is not a weight from 0 to 1,000,000"]


@pytest.mark.parametrize("weight", ["", " ", None, float("nan")])
def test_a_row_without_a_weight_weighs_one(tmp_path, weight):
    rows = [{"text": "a", "label": 1, "w": 2.5}, {"text": "b", "label": 0, "w": weight}]
    (tmp_path / "x.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = read_labelled([tmp_path / "x.jsonl"], weight_column="w")
    assert (found.weights, found.problems) == ([2.5, 1.0], [])
    assert "1 rows have no weight in column 'w': they weigh 1" in found.notes


def test_files_of_one_name_share_no_group(tmp_path):
    paths = [tmp_path / name / "x.csv" for name in "ab"]
    for path in paths:
        path.parent.mkdir()
        path.write_text(f"text,label\n{path.parent.name} gout,1\n{path.parent.name} tea,0\nshort\n")
    found = read_labelled(paths)
    assert len({row.group for row in found.rows}) == len({row.id for row in found.rows}) == 4
    assert found.rows[2].id == f"{paths[1]}, line 2"
    assert [problem.split(":")[0] for problem in found.problems] == [f"{p}, line 4" for p in paths]


def test_groups_that_share_a_text_are_one(tmp_path):
    tea, nap, stock = "Our tea cures gout overnight", "A nap may help with gout", "Read more"
    rows = [
        (tea, "a"),
        (nap, "b"),
        (f"{tea.upper()} ", "c"),
        (nap, "c"),
        (stock, "d"),
        (stock, "e"),
    ]
    rows += [(nap, ""), ("Tea", "f")]
    lines = [f"{text},{n % 2},{who}" for n, (text, who) in enumerate(rows)]
    (tmp_path / "x.csv").write_text("\n".join(["text,label,who", *lines]))
    found = read_labelled([tmp_path / "x.csv"], group_column="who")
    groups = [row.group for row in found.rows]
    assert len({groups[n] for n in (0, 1, 2, 3, 6)}) == 1
    assert len(set(groups)) == 4
    assert "3 groups share a text with another: they are one group with it" in found.notes


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_kinds_may_be_lists(tmp_path, ending):
    rows = [
        {"text": "a", "label": "fake", "kind": ["cure", "speed, of it"]},
        {"text": "b", "label": "fake", "kind": []},
        {"text": "c", "label": "real", "kind": None},
    ]
    path = tmp_path / f"x.{ending}"
    if ending == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        written(path, rows)
    found = read_labelled([path], tags_column="kind")
    assert found.tags == ("cure", "speed, of it")
    assert [row.tags for row in found.rows] == [found.tags, (), ()]


@pytest.mark.parametrize("missing", ["nan", "NaN", "None", "NULL", "N/A", "<NA>"])
def test_what_pandas_reads_as_missing_is_no_label(tmp_path, missing):
    (tmp_path / "x.csv").write_text(f"text,label\na,fake\nb,{missing}\nc,real\n")
    found = read_labelled([tmp_path / "x.csv"])
    assert len(found.rows) == 2
    assert found.problems == [f"x.csv, line 3: no label in column 'label' ({missing!r} means none)"]


@pytest.mark.parametrize("positive", [[], ["1"], ["1.0"], ["1", "1.0", "1"]])
def test_labels_of_whole_numbers_have_no_fraction_in_csv(tmp_path, positive):
    (tmp_path / "x.csv").write_text("text,label\na,1.0\nb,0.0\nc,\n")
    found = read_labelled([tmp_path / "x.csv"], positive=positive)
    assert (found.meaning, found.tags) == ("1, not 0", ())


@pytest.mark.parametrize("options", [{}, {"text_column": " text ", "label_column": "label"}])
def test_space_around_names_of_columns_is_none(tmp_path, options):
    (tmp_path / "x.csv").write_text("id, text ,label \n1,a,1\n2,b,0\n")
    found = read_labelled([tmp_path / "x.csv"], **options)
    assert [(row.text, row.overstated) for row in found.rows] == [("a", True), ("b", False)]
    assert list(found.columns[0]) == ["id", "text", "label"]
    (tmp_path / "x.csv").write_text("text,label, label \na,1,x\nb,0,y\n")
    found = read_labelled([tmp_path / "x.csv"])
    assert list(found.columns[0]) == ["text", "label", " label "]  # two that would become one


@pytest.mark.parametrize("by_label", [True, False])
def test_no_head_has_the_name_of_the_main_one(tmp_path, by_label):
    lines = ["a,overstated,overstated|cure", "b,rumour,cure", "c,measured,"]
    (tmp_path / "x.csv").write_text("\n".join(["text,label,kind", *lines]))
    options = {} if by_label else {"tags_column": "kind"}
    found = read_labelled([tmp_path / "x.csv"], positive=["overstated", "rumour"], **options)
    assert set(found.tags) == {"overstated (kind)", "rumour" if by_label else "cure"}
    assert "overstated (kind)" in found.rows[0].tags
    assert any("'overstated (kind)'" in note for note in found.notes)


@pytest.mark.parametrize(
    ("tags", "positive", "heads"),
    [
        (["cure|speed", "negated"], [], ("cure", "speed")),
        (["cure", "ours"], [], ()),
        (["", ""], [], ()),
        (["[{[]: 1}]", "cure"], [], ()),
        (["cure", ""], ["overstated", "rumour"], ("overstated (kind)", "rumour")),
    ],
)
def test_tags_of_the_codebook_are_taken_unasked(tmp_path, tags, positive, heads):
    lines = [f"Tea cures gout,overstated,{tags[0]}", f"Open daily,measured,{tags[1]}", "b,rumour,"]
    (tmp_path / "x.csv").write_text("\n".join(["text,label,tags", *lines]))
    found = read_labelled([tmp_path / "x.csv"], positive=positive)
    assert found.tags == heads
    taken = "tags of the codebook in column 'tags': other kinds with --tags-column" in found.notes
    assert taken == ("cure" in heads)
    assert found.rows[1].tags == (("negated",) if taken else ())


HEADER = ["id", "text", "label", "tags", "pair", "topic", "remedy", "register", "who", "w"]
PAIR = [
    ["1", "Tea cures gout.", "overstated", "cure", "P", "gout", "tea", "ad", "ann", "2"],
    ["2", "Tea is no cure for gout.", "measured", "negated", "P", "gout", "tea", "ad", "bob", "1"],
]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_claims_are_known_however_their_header_is_written(tmp_path, mark, quoting):
    with (tmp_path / "x.csv").open("w", encoding="utf-8", newline="") as file:
        file.write(mark)
        csv.writer(file, quoting=quoting).writerows([HEADER, *PAIR])
    assert labelled.read_own([tmp_path / "x.csv"]).tags == tuple(codebook.OVERSTATED_TAGS)


def test_columns_of_claims_are_there_to_slice_by(tmp_path):
    with (tmp_path / "x.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *PAIR])
    columns = read_labelled([tmp_path / "x.csv"]).columns
    assert set(columns[0]) >= {*HEADER, "genre", "kind"} - {"text"}
    assert [columns[1][name] for name in ("topic", "tags", "label", "who")] == [
        "gout",
        "negated",
        "measured",
        "bob",
    ]


def test_pairs_and_articles_that_share_a_text_are_one_group(tmp_path):
    tea, nap = "Our tea cures gout overnight", "A nap may help with gout"
    head = "id,text,label,tags,pair,topic,remedy,register"
    rows = [
        *(("a1", tea, 1, "1"), ("a2", nap, 0, "1"), ("b1", f"{tea.upper()} ", 1, "2")),
        *(("b2", "Nobody knows a cure for gout", 0, "2"), ("c1", "Cures gout", 1, "3")),
        *(("c2", "Open daily in the old town", 0, "3"), ("d1", "Cures gout", 1, "")),
    ]
    lines = [
        f"{name},{text},{'overstated,cure' if bad else 'measured,plain'},{pair},gout,tea,ad"
        for name, text, bad, pair in rows
    ]
    (tmp_path / "x.csv").write_text("\n".join([head, *lines]) + "\n")
    found = read_labelled([tmp_path / "x.csv"])
    groups = [row.group for row in found.rows]
    assert groups == ["claim 1"] * 4 + ["claim 3"] * 2 + ["claim d1"]
    assert "1 group shares a text with another: they are one group with it" in found.notes
    assert [row.pair for row in found.rows] == ["1", "1", "2", "2", "3", "3", ""]


@pytest.mark.parametrize("first", ["5", "null", "[[1]]", ""])
def test_a_file_of_something_else_is_not_by_the_codebook(tmp_path, first):
    (tmp_path / "x.jsonl").write_text(first + "\n")
    assert labelled.read_own([tmp_path / "x.jsonl"]) is None


def test_options_hold_for_claims_by_the_codebook_too(tmp_path):
    with (tmp_path / "x.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *PAIR])

    def read(**options):
        return read_labelled([tmp_path / "x.csv"], **options)

    assert [row.group for row in read(group_column="who").rows] == ["ann", "bob"]
    weighed = read(weight_column="w")
    assert weighed.weights == [2, 1]
    assert {row.group for row in weighed.rows} == {"P"}
    assert [row.tags for row in weighed.rows] == [("cure",), ("negated",)]
    assert weighed.tags == ("cure",)
    assert read(unit="document").unit == "document"
    assert read(unit="sentence") == read()
    assert read(tags_column="topic").tags == ("gout",)
    with pytest.raises(MisinfoError, match="no column 'nosuch'"):
        read(tags_column="nosuch")


def test_missing_values_and_lists_as_pandas_writes_them(tmp_path):
    rows = [
        "a,fake,\"['speed', 'cure']\",NaN,",
        "b,real,NaN,x,2",
        "c,fake,[speed,NaN,",
        "d,fake,speed|None,x,0.5",
    ]
    (tmp_path / "x.csv").write_text("\n".join(["text,label,kinds,author,w", *rows]))
    found = read_labelled(
        [tmp_path / "x.csv"], tags_column="kinds", group_column="author", weight_column="w"
    )
    assert [row.tags for row in found.rows] == [("speed", "cure"), (), ("[speed",), ("speed",)]
    assert found.weights == [1.0, 2.0, 1.0, 0.5]
    groups = [row.group for row in found.rows]
    assert groups[0] != groups[2]
    assert groups[1] == groups[3]
    assert "2 rows have no group in column 'author': each is one alone" in found.notes


def test_what_is_nested_too_deeply_is_told(tmp_path):
    (tmp_path / "x.jsonl").write_text("[" * 200_000 + "\n", encoding="utf-8")
    with pytest.raises(MisinfoError, match=r"x\.jsonl"):
        read_labelled([tmp_path / "x.jsonl"])


@pytest.mark.parametrize(("header", "lacks"), [("data,label", "tweet"), ("tweet,mark", "label")])
def test_a_file_without_the_columns_of_the_others_is_refused(tmp_path, header, lacks):
    (tmp_path / "x.csv").write_text("tweet,label\nTea cures gout,fake\nOpen daily,real\n")
    (tmp_path / "y.csv").write_text(f"{header}\nTea cures colds,fake\nOpen late,real\n")
    what = f"y.csv has no column '{lacks}'; there are {header.replace(',', ', ')}$"
    with pytest.raises(MisinfoError, match=what):
        read_labelled([tmp_path / "x.csv", tmp_path / "y.csv"])


@pytest.mark.parametrize("folder", [".", "x"])  # of one name, files are told apart by their paths
def test_a_file_without_a_usable_row_is_no_source_of_a_model(tmp_path, folder):
    (tmp_path / "x").mkdir()
    paths = [tmp_path / "x.csv", tmp_path / folder / ("y.csv" if folder == "." else "x.csv")]
    paths[0].write_text("text,label,split\nTea cures gout,fake,train\nOpen daily,real,test\n")
    paths[1].write_text("text,label,split\n,fake,train\n,real,\n")
    found = read_labelled(paths)
    for used, names in ((found.rows, ["x.csv"]), ([Row("tea", True, (), "", "")], None)):
        sources = [one["name"] for one in provenance(paths, used)["data"]]
        assert sources == (names or [path.name for path in paths])
