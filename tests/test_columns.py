"""Which column holds the texts: guessed, and named where another was asked for."""

import pytest

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
