"""Which column holds the texts: guessed, and named where another was asked for."""

import pytest
from samples import run

from misinfo import columns
from misinfo.errors import MisinfoError


def test_a_wrong_column_names_the_right_ones():
    rows = [{"id": "1", "remark": "x", "essay": "a long text"}]
    with pytest.raises(
        MisinfoError, match="no column 'esay'; there are id, remark, essay; try --text-column essay"
    ):
        columns.column(rows, "esay")
    with pytest.raises(MisinfoError, match="try --text-column essay"):
        columns.column(rows, "zzz")
    assert columns.text_column([{"Tweet": "", "long": "a long text"}]) == "Tweet"
    assert columns.text_column([]) == ""
    assert columns.text_column([{" Text ": "", "long": "a long text"}]) == " Text "


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ({"post": "https://x.example/1", "body": "a text"}, "body"),
        ({"post": "https://x.example/1", "caption": "a text"}, "caption"),
        ({"text": "Tea.", "url": "https://x.example/1"}, "text"),
        ({"comment": 3, "message": "a text", "caption": "a longer text"}, "message"),
    ],
)
def test_single_words_are_no_texts_where_others_are(row, column):
    assert columns.text_column([row, {}]) == column


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("id,text\n1,Our tea cures gout.\n", "csv"),
        ('\nid;Body\n1;"Our tea\n\ncures gout, too."\n2;Tea\n', "csv"),
        ("id\ttext\n1\tOur tea, which cures gout.", "tsv"),
        ('{"text": "Our tea cures gout."}\n\n', "jsonl"),
        ('{"text": "Our tea"}\n{"text": "cures gout."}\n{"te', "jsonl"),
        ("text\nOur tea cures gout.\n", ""),
        ("Text, message and comment\nOur tea cures gout.\n", ""),
        ("Our tea, our body\nIt cures gout, guaranteed.\n", ""),
        ("Message, text\nIt cures gout, arthritis, and all.\n", ""),
        ("{tea}\n", ""),
        ('["tea"]\n', ""),
        ("id,text\n", ""),
        ("", ""),
    ],
)
def test_a_table_that_nobody_named_is_known_by_its_first_lines(text, kind):
    assert columns.tabular(text) == kind
    said = run("score", "-", data=text).stderr
    assert (f"seems to be a table, and is scored as a text; try --input-format {kind}" in said) == (
        kind != ""
    )
    assert "seems" not in run("score", "-", "--input-format", kind or "csv", data=text).stderr
