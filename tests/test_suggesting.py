"""What to label next: uncertain texts, unlike each other, and rows that keep their names."""

import json

import pytest

import misinfo
from misinfo import suggesting
from misinfo.errors import MisinfoError
from tests.test_cli import run
from tests.test_evaluation import BAD, GOOD, shifted


def test_suggestions_are_uncertain_and_unlike():
    texts = [*BAD, *GOOD, *GOOD, *(f"It may ease gout in group {n}." for n in range(40))]
    picked = suggesting.suggest(misinfo.load(), texts, 10)
    assert len(picked) == len(set(picked)) == 10
    assert len({texts[n] for n in picked}) == 10
    assert len(suggesting.suggest(misinfo.load(), ["same text"] * 50, 10)) == 1
    assert suggesting.suggest(misinfo.load(), [], 3) == []
    for limit in (0.01, 0.99):  # most texts near a threshold are overstated: it says nothing
        assert suggesting.suggest(shifted(misinfo.load(), limit), texts, 10) == picked
    with pytest.raises(MisinfoError, match="at least one"):
        suggesting.suggest(misinfo.load(), texts, 0)


def test_suggest_writes_a_file_for_labelling(tmp_path, monkeypatch):
    lines = [f'{n},"{text}"' for n, text in enumerate([*BAD, *GOOD])]
    (tmp_path / "x.csv").write_text("\n".join(["n,post", *lines]) + "\n")
    out = tmp_path / "label.csv"
    assert run("suggest", tmp_path / "x.csv", "-n", "3", "-o", out).exit_code == 0
    lines = out.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "id,text,label,tags,guess,probability"
    assert len(lines) == 4
    (tmp_path / "y.csv").write_text("post\n" + "It may help gout.\n" * 5)
    result = run("suggest", tmp_path / "y.csv", "-n", "3", "-o", out, "--force")
    assert result.exit_code == 0
    assert "1 picked of 5 texts: the other uncertain ones are too much like these" in result.stderr
    monkeypatch.setattr(suggesting, "suggest", None)  # nothing is scored in vain
    result = run("suggest", tmp_path / "y.csv", "-o", tmp_path / "label.xlsx")
    assert result.exit_code == 2
    assert "name the output .csv" in result.stderr


def test_suggest_says_what_it_leaves_out_and_names_rows_by_the_file(tmp_path):
    table, out = tmp_path / "x.csv", tmp_path / "label.jsonl"
    for header, ids in (("n,post", ["new-1", "new-4"]), ("id,post", ["7", "new-4"])):
        table.write_text(f"{header}\n7,Open on Monday.\n1,\n\n1,a,b\n,It may help gout.\n")
        result = run("suggest", table, "-o", out, "--force")
        assert result.exit_code == 3
        what = "x.csv, line 3: no text in column 'post'; x.csv, line 5: 3 fields instead of 2"
        assert f"2 rows were left out: {what}" in result.stderr
        found = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
        assert sorted(row["id"] for row in found) == ids
    table = tmp_path / "x.jsonl"
    table.write_text('{"post": "Tea."}\n' + '{"post": 5}\n' * 7)
    said = run("suggest", table, "--text-column", "post").stderr
    assert "7 rows were left out: x.jsonl, line 2: column 'post' holds a number, no text;" in said
    assert said.rstrip().endswith(
        "x.jsonl, line 6: column 'post' holds a number, no text; and 2 more"
    )
    table = tmp_path / "x.csv"
    table.write_text("ID,post\n7,It may help gout.\n")
    assert run("suggest", table).stdout.splitlines()[1].startswith("7,")
    table.write_text("id,post\n")
    assert "no rows in" in run("suggest", table).stderr
