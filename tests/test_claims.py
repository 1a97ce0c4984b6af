"""The schema of claims and articles: every problem at once, each with its line."""

import csv
import json

import pytest

from misinfo import claims
from misinfo.codebook import MEASURED_TAGS, OVERSTATED_TAGS
from misinfo.errors import DataError, ReadError
from misinfo.rows import from_claims

GOOD = {
    "id": "A1", "text": "Tea cures gout.", "label": "overstated", "tags": "cure", "pair": "",
    "topic": "gout", "remedy": "tea", "register": "ad", "genre": "shops",
}  # fmt: skip


def write(path, rows, columns=claims.COLUMNS):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def article(**changes):
    return {
        "id": "D1", "title": "T", "genre": "page", "topic": "gout", "label": "overstated", "pair": "",
        "text": "Tea cures gout. Open daily.",
        "sentences": [
            {"text": "Tea cures gout.", "label": "overstated", "tags": ["cure"]},
            {"text": "Open daily.", "label": "measured", "tags": ["plain"]},
        ],
    } | changes  # fmt: skip


TAGGED = {"text": "Tea cures gout.", "label": "overstated", "tags": "cure"}


def problems(reader, path):
    with pytest.raises(DataError) as caught:
        reader(path)
    assert str(caught.value).startswith(f"{len(caught.value.problems)} problem")
    return caught.value.problems


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        ({"text": "  "}, 2, "empty text"),
        ({"label": "false"}, 2, "unknown label 'false', not one of overstated, measured"),
        ({"tags": "cure|magic"}, 2, "unknown tag 'magic' for overstated"),
        ({"tags": "plain"}, 2, "unknown tag 'plain' for overstated"),
        ({"tags": ""}, 2, "no tag"),
        ({"register": "poem"}, 2, "unknown register 'poem'"),
        ({"id": ""}, 2, "empty id"),
        ({"pair": "P1"}, 2, "pair 'P1' is overstated, not one overstated and one measured"),
    ],
)
def test_a_bad_row_is_named_with_its_line(tmp_path, change, line, words):
    path = write(tmp_path / "mine.csv", [GOOD | change])
    (problem,) = problems(claims.read_claims, path)
    assert problem.startswith(f"mine.csv:{line}: {words}")


def test_all_problems_come_in_one_error(tmp_path):
    rows = [GOOD, GOOD | {"text": ""}, GOOD | {"id": "A2", "label": "maybe"}]
    path = write(tmp_path / "mine.csv", rows)
    found = problems(claims.read_claims, path)
    assert [problem.split(": ")[0] for problem in found] == [
        "mine.csv:3", "mine.csv:4", "mine.csv:2", "mine.csv:3",
    ]  # fmt: skip


def test_lines_count_through_quoted_line_breaks(tmp_path):
    rows = [GOOD | {"text": "two\nlines"}, GOOD | {"id": "A2", "label": "x"}]
    path = write(tmp_path / "mine.csv", rows)
    assert problems(claims.read_claims, path)[0].startswith("mine.csv:4: unknown label")


def test_missing_columns_and_wrong_field_counts(tmp_path):
    path = write(tmp_path / "a.csv", [GOOD], ["id", "text"])
    assert problems(claims.read_claims, path) == (
        "a.csv:1: missing columns label, tags, pair, topic, remedy, register; there are id, text (any other table is read with a --label-column)",
    )
    path.write_text(",".join(claims.COLUMNS) + "\nA1,too,few\n", encoding="utf-8")
    assert problems(claims.read_claims, path) == ("a.csv:2: 3 fields instead of 9",)
    path.write_text(",".join(claims.COLUMNS) + ",id\n", encoding="utf-8")
    assert problems(claims.read_claims, path) == ("a.csv:1: repeated columns id",)


def test_two_equal_labels_are_no_pair(tmp_path):
    rows = [GOOD | {"pair": "P"}, GOOD | {"id": "A2", "pair": "P"}]
    path = write(tmp_path / "a.csv", rows)
    assert "pair 'P' is overstated and overstated" in problems(claims.read_claims, path)[0]
    both = "".join(json.dumps(article(id=name, pair="P")) + "\n" for name in "ab")
    path.write_text(both, encoding="utf-8")
    assert problems(claims.read_articles, path) == (
        "a.csv:1: pair 'P' is overstated and overstated, "
        "not one overstated and one measured article",
    )


@pytest.mark.parametrize(
    ("plain", "words"),
    [
        (article(label="measured"), "document labelled 'measured', but its sentences make it"),
        (article(text="Tea cures gout."), "sentence 2 is not in its document"),
        (
            article(text="Open daily. Tea cures gout."),
            "sentence 2 is not in its document, in order",
        ),
        (article(sentences=[]), "no sentences"),
        (article(sentences=[{"text": "Tea cures gout."}]), "sentence 1: missing key 'label'"),
        (["not an article"], "no object with the keys id, title,"),
        (article(text=3), "'text' is no string: 3"),
        (article(id=["x"]), "'id' is no string: ['x']"),
        (article(pair=1), "'pair' is no string: 1"),
        (article(sentences=[None]), "sentence 1: no object with the keys text, label, tags: None"),
        (article(sentences=[TAGGED]), "sentence 1: 'tags' is no list: 'cure'"),
    ],
)
def test_a_bad_article_is_named_with_its_line(tmp_path, plain, words):
    path = tmp_path / "a.jsonl"
    path.write_text(
        json.dumps(article(id="D0")) + "\n" + json.dumps(plain) + "\n", encoding="utf-8"
    )
    found = problems(claims.read_articles, path)
    assert found[0].startswith("a.jsonl:2: ")
    assert words in " ".join(found)


def test_broken_json_does_not_hide_the_other_lines(tmp_path):
    path = tmp_path / "a.jsonl"
    broken = "{\n" + "[" * 100_000 + "\n"
    path.write_text(broken + json.dumps(article(label="x")) + "\n", encoding="utf-8")
    found = problems(claims.read_articles, path)
    assert found[0].startswith("a.jsonl:1: not JSON")
    assert found[1].startswith("a.jsonl:2: not JSON: maximum recursion depth")
    assert found[2].startswith("a.jsonl:3: ")


def test_files_that_are_no_text(tmp_path):
    with pytest.raises(ReadError, match="cannot read"):
        claims.read_claims(tmp_path / "none.csv")
    (tmp_path / "x.csv").write_bytes(b"id,text\n\xff\xfe")
    with pytest.raises(ReadError, match="not UTF-8"):
        claims.read_claims(tmp_path / "x.csv")


def test_pairs_are_those_of_the_claims(tmp_path):
    measured = {"label": "measured", "tags": "negated"}
    rows = [GOOD, GOOD | {"id": "A2", "pair": "P"}, GOOD | measured | {"id": "A3", "pair": "P"}]
    path = write(tmp_path / "mine.csv", rows)
    found = claims.read_claims(path)
    assert claims.read_pairs(path) == [(found[1], found[2])]


def test_rows_keep_pairs_and_documents_together(tmp_path):
    one = claims.Claim("A1", "x", "overstated", ("cure",), pair="P")
    two = claims.Claim("A2", "y", "measured", ("plain",), pair="P")
    path = tmp_path / "a.jsonl"
    plain = article()["sentences"][1:]
    twin = article(id="D2", label="measured", pair="P", sentences=plain)
    both = f"{json.dumps(article(pair='P'))}\n{json.dumps(twin)}\n"
    path.write_text(both, encoding="utf-8")
    found = from_claims([one, two], claims.read_articles(path))
    assert [row.group for row in found] == ["claim P"] * 2 + ["article P"] * 3
    assert [row.overstated for row in found] == [True, False, True, False, False]


def test_the_bundled_data_is_valid_and_on_both_sides():
    rows = from_claims(
        claims.read_claims(claims.datasets() / "claims.csv"),
        claims.read_articles(claims.datasets() / "articles.jsonl"),
    )
    assert {row.overstated for row in rows} == {True, False}
    used = {tag for row in rows for tag in row.tags}
    assert used == set(OVERSTATED_TAGS) | set(MEASURED_TAGS)
