"""Any labelled table is read, what was guessed is said, and no row is lost in silence."""

import json

import pytest

from misinfo import claims, labelled, tables
from misinfo.errors import DataError, MisinfoError
from misinfo.formats import Chunk
from misinfo.labelled import read_labelled


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
        "'heavy' is not a weight",
    ]


def test_groups_tags_and_weights(table):
    found = read_labelled([table], group_column="who", tags_column="kind", weight_column="w")
    assert [row.group for row in found.rows] == ["a", "a"]
    assert found.rows[0].tags == ("cure",)
    assert found.tags == ("cure",)
    assert found.weights == [2.0, 1.0]
    assert found.columns[0]["who"] == "a"


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
        ("text,label\na,x\nb,z\n", {}, "which labels mean overstated.*x, z.*--positive"),
        ("text,label\na,x\n", {"positive": ["q"]}, "no row has the label q; there are x"),
        ("text,label\na,1\nb,1\n", {}, "all rows are 1: two classes"),
        ("text,mark\na,1\n", {}, "no column is named like a label; there are text, mark"),
        ("text,label\na,1\n", {"text_column": "txt"}, "no column 'txt'.*--text-column text"),
        ("text,label\na,1\n", {"group_column": "g"}, "no column 'g'"),
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


def test_our_own_schema_is_known(tmp_path):
    folder = claims.datasets()
    found = read_labelled([folder / "claims.csv", folder / "articles.jsonl"])
    assert found.tags == tuple(claims.OVERSTATED_TAGS)
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
    with tables.written(str(tmp_path / f"x.{ending}")) as write:
        rows = [{"tweet": 'Tea, "cures" gout', "label": "fake"}, {"tweet": "Öpen", "label": "real"}]
        write(Chunk(rows, ["", ""]))
    found = read_labelled([tmp_path / f"x.{ending}"])
    assert [(r.text, r.overstated) for r in found.rows] == [
        ('Tea, "cures" gout', True),
        ("Öpen", False),
    ]
    assert found.meaning == "fake, not real"
