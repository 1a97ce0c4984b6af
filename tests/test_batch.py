"""Tables, frames and clusters say what the library says of each text."""

import contextlib
import functools
import importlib.metadata
import json
import operator
import os
import shutil
import signal
import subprocess
import sys
import time
import types
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import run

import misinfo
from misinfo import __main__, batch, cli_tables, formats, lines, mappers, reading, tables
from misinfo.errors import MisinfoError

ROOT = Path(__file__).parents[1]
TEXTS = [
    "Our drops cure cataracts in two weeks, guaranteed. No side effects. Open daily.",
    "Open on Monday.",
    "Throw away your insulin: this root ends diabetes for good!\nShips in 3 days.",
    "Ask your doctor before you stop a medicine. There is no cure for it.",
]
texts = st.lists(st.one_of(st.sampled_from(TEXTS), st.text(max_size=80)), max_size=12)


@settings(max_examples=60)
@given(texts)
def test_judging_is_scoring(found):
    for text, row in zip(found, batch.judge(misinfo.load(), found), strict=True):
        score = misinfo.score(text)
        assert row["probability"] == pytest.approx(score.probability, abs=1e-6)
        assert row["overstated"] == score.overstated
        assert set(filter(None, row["tags"].split(","))) == {
            t for f in score.findings for t in f.named
        }
        assert bool(row["warning"]) == bool(score.warnings)
        if score.sentences:
            worst = max(score.sentences, key=lambda sentence: sentence.probability)
            assert (
                text[row["worst_start"] : row["worst_end"]] == row["worst_sentence"] == worst.text
            )
        else:
            assert row["worst_sentence"] is None


@pytest.fixture
def table(tmp_path):
    rows = [{"id": n, "body": TEXTS[n % 4] if n % 7 else None} for n in range(100)]
    path = tmp_path / "posts.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_one_row_out_for_each_row_in(table, tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "CHUNK_ROWS", 8)
    outputs = []
    for number, mapper in enumerate([map, mappers.threads(2), mappers.threads(-1)]):
        target = tmp_path / f"{number}.jsonl"
        counts = batch.score_table([str(table)], str(target), mapper=mapper)
        assert counts["rows"] == 100
        assert counts["errors"] == 15
        outputs.append(target.read_bytes())
    assert outputs[0] == outputs[1] == outputs[2]
    rows = [json.loads(line) for line in outputs[0].splitlines()]
    assert [row["id"] for row in rows] == list(range(100))
    assert all((row["error"] == "no text") is (row["id"] % 7 == 0) for row in rows)


def test_the_command_and_its_exit_codes(table, tmp_path):
    out = tmp_path / "out.csv"
    result = run("score", table, "--text-column", "body", "-o", out)
    assert result.exit_code == 3
    assert "100 rows" in result.stderr
    assert "15 could not be scored" in result.stderr
    assert run("score", table, "-o", out, "--skip-bad").exit_code == 0
    assert run("score", table, "-o", out, "--skip-bad", "--fail").exit_code == 1
    assert len(pd.read_csv(out)) == 100
    result = run("score", table, "--text-column", "bdy")
    assert result.exit_code == 2
    assert "there are id, body; try --text-column body" in result.stderr
    assert run("score", out).exit_code == 2
    assert "--prefix misinfo_" in run("score", out).stderr
    assert run("score", out, "--prefix", "again_", "--skip-bad").exit_code == 0
    assert run("score", table, "README.md").exit_code == 2


@pytest.mark.parametrize("name", ["FORCE_COLOR", "TTY_COMPATIBLE"])
def test_no_bar_is_drawn_where_nobody_watches(table, tmp_path, monkeypatch, name):
    monkeypatch.setenv(name, "1")
    result = run("score", table, "-o", tmp_path / "out.csv")
    assert (result.stderr.count("\n"), "\x1b" in result.stderr) == (1, False)


def test_many_files_and_standard_input(table, tmp_path):
    line = '{"body": "Our tea cures cancer, guaranteed!"}\n'
    result = run("score", "-", "--input-format", "jsonl", data=line)
    assert json.loads(result.stdout)["overstated"] is True
    result = run("score", "-", "--input-format", "foo", data=line)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: --input-format takes csv, tsv, jsonl, ")
    (tmp_path / "more.jsonl").write_text(line, encoding="utf-8")
    result = run("score", str(tmp_path / "*.jsonl"), "-o", tmp_path / "all.csv.gz", "--skip-bad")
    assert result.exit_code == 0
    assert len(pd.read_csv(tmp_path / "all.csv.gz")) == 101


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.9, 1.0])
def test_a_threshold_replaces_the_models(tmp_path, model, threshold):
    frame = pd.DataFrame({"text": TEXTS})
    frame.to_csv(tmp_path / "a.csv", index=False)
    run("score", tmp_path / "a.csv", "-o", tmp_path / "b.csv", "--threshold", str(threshold))
    spark = functools.partial(batch.score_batches, threshold=threshold)
    scored = [
        pd.read_csv(tmp_path / "b.csv", keep_default_na=False),
        batch.score_frame(frame, "text", threshold=threshold),
        *spark(iter([frame])),
    ]
    expected = list(model.score_many(TEXTS, threshold))
    for found in scored:
        assert found["overstated"].tolist() == [score.overstated for score in expected]
        for tags, score in zip(found["tags"], expected, strict=True):
            named = {tag for finding in score.findings for tag in finding.named}
            assert set(tags.split(",")) - {""} == named


def test_a_source_that_breaks_leaves_no_output(table, tmp_path):
    target = tmp_path / "out.jsonl"
    result = run("score", table, tmp_path / "nowhere.jsonl", "-o", target)
    assert result.exit_code == 3
    assert not target.exists()


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".parquet"])
def test_a_table_without_rows_keeps_its_header(tmp_path, ending):
    source, target = tmp_path / f"x{ending}", tmp_path / f"y{ending}"
    with tables.written(str(source)) as write:
        write(formats.Chunk([], [], columns=["id", "body"]))
    batch.score_table([str(source)], str(target))
    [chunk] = tables.read(str(target))
    assert list(chunk.names) == ["id", "body", *batch.COLUMNS, "error"]
    with pytest.raises(MisinfoError, match="try --text-column body"):
        batch.score_table([str(source)], str(target), "bdy")


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_json_lines_without_a_line_give_the_added_columns(tmp_path, ending):
    (tmp_path / "x.jsonl").touch()
    assert batch.score_table([str(tmp_path / "x.jsonl")], f"{tmp_path}/y{ending}")["rows"] == 0
    [chunk] = tables.read(f"{tmp_path}/y{ending}")
    assert list(chunk.names) == [*batch.COLUMNS, "error"]


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("rows", [9, 3])
def test_json_lines_may_have_their_text_late(tmp_path, monkeypatch, rows, jobs):
    monkeypatch.setattr(formats, "CHUNK_ROWS", 4)
    lines = ['{"id": 1}\n'] * rows + ['{"id": 2, "post": "Tea cures gout."}\n']
    (tmp_path / "x.jsonl").write_text("".join(lines))
    options = ("score", tmp_path / "x.jsonl", "--jobs", jobs, "-o", tmp_path / "y.jsonl")
    result = run(*options, "--text-column", "post", "--skip-bad")
    assert (result.exit_code, f"{rows} could not be scored" in result.stderr) == (0, True)
    errors = [row["error"] for chunk in tables.read(f"{tmp_path}/y.jsonl") for row in chunk.rows]
    assert errors == ["no text"] * rows + [""]
    (tmp_path / "y.jsonl").unlink()
    result = run(*options, "--text-column", "pots", "--skip-bad")
    assert (result.exit_code, "x.jsonl: no column 'pots'; there are id" in result.stderr) == (
        2,
        True,
    )
    assert not (tmp_path / "y.jsonl").exists()
    result = run(*options[:4], "--text-column", "pots")
    assert rows > 4 or not result.stdout  # a small table is refused before it is written


def test_a_column_that_no_early_line_has_is_told_early(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "CHUNK_ROWS", 4)
    read, told = [], []
    monkeypatch.setattr(formats, "parsed", lambda *line: read.append(line) or lines.parsed(*line))
    monkeypatch.setattr(cli_tables, "remark", lambda kind, text: told.append((text, len(read))))
    post = '{"post": "Tea cures gout."}\n'
    (tmp_path / "x.jsonl").write_text(post * 40)
    options = ("score", tmp_path / "x.jsonl", "-o", tmp_path / "y.csv", "--text-column")
    assert run(*options, "pots").exit_code == 2
    [(text, lines_read)] = told
    assert text == (
        "in the first 4 rows no column 'pots'; there are post; try --text-column post; "
        "later rows may have it"
    )
    assert lines_read == 8
    run(*options, "post")
    (tmp_path / "x.jsonl").write_text("damaged\n" * 40 + post)
    run(*options, "post")
    (tmp_path / "x.jsonl").write_text(post * 3)
    run(*options, "pots")
    assert len(told) == 1


def test_probabilities_in_csv_have_no_exponent(tmp_path):
    scored = formats.Chunk([{"own": 6e-05, "p": 6e-05}], [""], kinds={"p": float})
    with tables.written(str(tmp_path / "x.csv")) as write:
        write(scored)
    assert (tmp_path / "x.csv").read_text(encoding="utf-8") == "own,p\n6e-05,0.000060\n"


def test_the_types_of_parquet_do_not_depend_on_the_rows(tmp_path):
    schemas = []
    for text in (None, TEXTS[0], TEXTS[1]):
        (tmp_path / "x.jsonl").write_text(json.dumps({"body": text}) + "\n", encoding="utf-8")
        batch.score_table([str(tmp_path / "x.jsonl")], str(tmp_path / "x.parquet"))
        schemas.append(pq.read_schema(tmp_path / "x.parquet"))
    assert schemas[0] == schemas[1] == schemas[2]


def test_the_types_of_parquet_do_not_depend_on_how_far_ahead_is_read(tmp_path):
    (tmp_path / "a.csv").write_text("body,id\nTea.,x\n", encoding="utf-8")
    pd.DataFrame({"body": ["Tea."], "id": [1]}).to_parquet(tmp_path / "b.parquet")
    sources = [str(tmp_path / "a.csv"), str(tmp_path / "b.parquet")]
    for mapper in (map, lambda score, items: map(score, list(items))):
        batch.score_table(sources, str(tmp_path / "c.parquet"), mapper=mapper)
        assert pq.read_table(tmp_path / "c.parquet")["id"].to_pylist() == ["x", "1"]


def test_what_is_not_a_text_is_told_from_a_missing_one(model):
    values = (3.5, 7, True, np.array([1, 2]), float("nan"), None, " ")
    rows = [{"t": value} for value in values]
    chunk = batch.score_chunk(tables.Chunk(rows, [""] * len(rows)), "t", model)
    wrong = [f"not a text: {kind}" for kind in ("float", "int", "bool", "ndarray")]
    assert [row["error"] for row in chunk.rows] == [*wrong, *["no text"] * 3]


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (['""', "null"], "2 could not be scored;"),
        (['""', "5", "true"], "3 could not be scored (such as: not a text: int);"),
        (['""', '"', "5"], "3 could not be scored (such as: line 2: not JSON: "),
    ],
)
def test_the_closing_line_has_a_reason(tmp_path, lines, told, jobs):
    text = "".join(f'{{"text": {line}}}\n' for line in [*lines, '"Tea cures gout."'])
    (tmp_path / "x.jsonl").write_text(text, encoding="utf-8")
    result = run("score", tmp_path / "x.jsonl", "--jobs", jobs, "-o", tmp_path / "y.jsonl")
    assert (result.exit_code, told in result.stderr) == (3, True)


def test_a_path_and_a_lone_source_are_taken(tmp_path):
    source = tmp_path / "a.csv"
    source.write_text("text\nOur tea cures cancer.\n", encoding="utf-8")
    for sources in (source, str(source), [source], (str(source),)):
        target, read = tmp_path / "b.csv", set()
        counts = batch.score_table(sources, target, progress=lambda name, _, r=read: r.add(name))
        assert (counts["rows"], counts["overstated"], read) == (1, 1, {str(source)})


def test_what_is_no_frame_is_told():
    table = pa.table({"text": TEXTS})
    for wrong, words in (
        (pd.Series(TEXTS), "<class 'pandas.*Series'>$"),
        (TEXTS, "<class 'list'>$"),
        (table, r"<class 'pyarrow.*Table'>; try frame\.to_pandas\(\)$"),
    ):
        with pytest.raises(TypeError, match=f"must be a pandas.DataFrame, not {words}"):
            batch.score_frame(wrong, "text")
    assert len(batch.score_frame(table.to_pandas(), "text")) == len(TEXTS)


def test_a_name_that_two_columns_of_a_frame_have_is_refused():
    frame = pd.DataFrame([["a b", "c d"]], columns=["t", "t"])
    with pytest.raises(MisinfoError, match="several columns are named 't'"):
        batch.score_frame(frame, "t")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_leaves_no_output(tmp_path, number):
    # a job in the background ignores it, and would hand that on
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    source, target = tmp_path / "big.jsonl", tmp_path / "out.jsonl"
    os.mkfifo(source)
    command = [sys.executable, "-m", "misinfo", "score", str(source), "-o", str(target)]
    with (
        contextlib.suppress(BrokenPipeError),  # it may be gone before the last line
        subprocess.Popen(command, stderr=subprocess.PIPE) as process,
        source.open("w") as pipe,
    ):
        line = json.dumps({"body": "Our tea cures cancer. " * 50}) + "\n"
        pipe.write(line * 3000)
        pipe.flush()
        while not list(tmp_path.glob(".*/new")):  # it has begun to write
            time.sleep(0.01)
        process.send_signal(number)
        pipe.write(line)
    assert process.returncode != 0
    assert [file.name for file in tmp_path.iterdir()] == ["big.jsonl"]


@pytest.mark.parametrize(
    ("stop", "code"),
    [(KeyboardInterrupt(), 130), (SystemExit(130), 130), (SystemExit(3), 3), (KeyError("x"), 70)],
)
def test_a_second_interrupt_is_ignored_while_threads_end(monkeypatch, capsys, stop, code):
    def stopped(**options):
        raise stop

    monkeypatch.setattr("misinfo.cli.app", stopped)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(SystemExit) as end:
            __main__.main()
    finally:
        after = signal.signal(signal.SIGINT, before)
    assert end.value.code == code
    assert after == (signal.SIG_IGN if code == 130 else signal.default_int_handler)
    assert ("Traceback" in capsys.readouterr().err) == (code == 70)


@pytest.mark.parametrize("name", batch.KINDS)
def test_no_column_is_written_over(tmp_path, monkeypatch, name):
    frame = pd.DataFrame({"body": TEXTS[:1], name: ["mine"]})
    with pytest.raises(MisinfoError, match=f'the columns {name} already; try prefix="misinfo_"$'):
        batch.score_frame(frame, "body")
    [scored] = batch.score_batches([frame], "body", prefix="misinfo_")
    assert scored[name].tolist() == ["mine"]
    assert scored["misinfo_error"].tolist() == [""]
    monkeypatch.setattr(formats, "CHUNK_ROWS", 1)  # the first rows may not have it
    lines = "".join(json.dumps(row) + "\n" for row in [{"body": ""}, {"body": "", name: "mine"}])
    (tmp_path / "x.jsonl").write_text(lines, encoding="utf-8")
    for mapper in (map, mappers.threads(2)):
        with pytest.raises(MisinfoError, match=f"x.jsonl has the columns {name} already"):
            batch.score_table([str(tmp_path / "x.jsonl")], f"{tmp_path}/y.jsonl", mapper=mapper)
    assert [file.name for file in tmp_path.iterdir()] == ["x.jsonl"]


@pytest.mark.parametrize("name", [("error", "x"), ("probability", "x"), ("error", "")])
def test_no_column_of_several_levels_is_written_over(name):
    frame = pd.DataFrame({name: [1], ("a", "text"): TEXTS[:1]})
    with pytest.raises(MisinfoError, match=f"the frame has the columns {name[0]} already"):
        batch.score_frame(frame, ("a", "text"))
    scored = batch.score_frame(frame, ("a", "text"), prefix="misinfo_")
    pd.testing.assert_frame_equal(scored[list(frame)], frame)
    assert scored["misinfo_overstated"].tolist() == [True]
    assert batch.score_frame(frame[[("a", "text")]], ("a", "text"))["error"].tolist() == [""]


def test_tables_of_other_columns_lose_nothing_and_are_counted(tmp_path):
    (tmp_path / "a.csv").write_text("id,body\n1,Tea.\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("body,lang\nIt cures gout.,en\n,de\n", encoding="utf-8")
    (tmp_path / "c.csv").write_text("id,post\n1,Tea.\n", encoding="utf-8")
    result = run("score", tmp_path / "a.csv", tmp_path / "b.csv", "-o", tmp_path / "out.csv")
    assert "3 rows, 1 overstated, 1 could not be scored, 2 with values for which" in result.stderr
    errors = pd.read_csv(tmp_path / "out.csv")["error"].tolist()[1:]
    assert errors == [
        'not in the header: {"lang": "en"}',
        'no text; not in the header: {"lang": "de"}',
    ]
    result = run("score", tmp_path / "a.csv", tmp_path / "c.csv", "--text-column", "body")
    assert f"{tmp_path / 'c.csv'}: no column 'body'" in result.stderr


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
@pytest.mark.parametrize("jobs", [1, 2])
def test_the_column_of_texts_is_guessed_in_tables_without_that_of_the_first(tmp_path, ending, jobs):
    rows = [{"id": "1", "body": TEXTS[0]}, {"text": TEXTS[2], "id": "x"}, {"post": TEXTS[3]}]
    files = [tmp_path / f"{n}{ending}" for n in range(3)]
    for file, row in zip(files, rows, strict=True):
        with tables.written(str(file)) as write:
            write(formats.Chunk([row], [""]))
    result = run("score", *files, "-o", tmp_path / "out.jsonl", "--jobs", jobs)
    assert "to be 'body', in other files 'text' or 'post'\n" in result.stderr
    alone = [run("score", file, "-o", f"{file}.jsonl").exit_code for file in files]
    assert alone == [0, 0, 0]
    together = (tmp_path / "out.jsonl").read_text(encoding="utf-8")
    assert together == "".join(Path(f"{file}.jsonl").read_text("utf-8") for file in files)


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
def test_tables_that_have_the_column_of_the_first_are_scored_by_it(tmp_path, ending):
    one, two = {"text": TEXTS[0], "note": "sent by mail"}, {"text": "Cured!", "note": "sent today"}
    rows = [one, two, {"text": "Cured!", "post": TEXTS[0]}, {"b": "1"}]
    files = [tmp_path / f"{n}{ending}" for n in range(4)]
    for file, row in zip(files, rows, strict=True):
        with tables.written(str(file)) as write:
            write(formats.Chunk([row], [""]))
    for name, options in (("guessed", ()), ("named", ("--text-column", "text"))):
        assert run("score", *files[:3], "-o", tmp_path / f"{name}.jsonl", *options).exit_code == 0
    assert (tmp_path / "guessed.jsonl").read_text() == (tmp_path / "named.jsonl").read_text()
    result = run("score", *files, "-o", tmp_path / "out.jsonl")
    assert (result.exit_code, "no column 'text'; there are b" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    "options",
    ["--format=sarif", "--top=1", "--exclude=x", "--replace", "--no-comments", "--fail-on=any"],
)
def test_options_of_texts_are_refused_for_tables(table, tmp_path, options):
    result = run("score", table, options, "-o", tmp_path / "out.csv")
    assert (result.exit_code, "is for texts, not for tables" in result.stderr) == (2, True)
    assert not (tmp_path / "out.csv").exists()


def test_threads_and_a_cluster_are_not_asked_for_together(table):
    result = run("score", table, "--jobs", 2, "--dask", "tcp://127.0.0.1:1")
    assert (result.exit_code, "--dask for a cluster: leave one" in result.stderr) == (2, True)


def test_a_table_is_written_as_a_table(table, tmp_path):
    for name in ("out.json", "out.xlsx", "out.csv.bz2"):
        result = run("score", table, "-o", tmp_path / name)
        assert (result.exit_code, "a table is written as .csv, .tsv" in result.stderr) == (2, True)
    assert run("score", table, "-o", tmp_path / "out").exit_code == 3
    assert {file.name for file in tmp_path.iterdir()} == {"posts.jsonl", "out"}


@pytest.mark.parametrize("name", ["out.parquet", "out.csv.gz", "out.tsv"])
@pytest.mark.parametrize("folder", [".", "month"])
def test_a_folder_of_tables_that_shall_be_one_is_told_its_pattern(tmp_path, folder, name):
    (tmp_path / "d" / folder).mkdir(parents=True)
    (tmp_path / "d" / folder / "a.csv").write_text("text\nTea cures gout.\n", encoding="utf-8")
    result = run("score", tmp_path / "d", "-o", tmp_path / name)
    assert result.exit_code == 2
    start, _, shown = result.stderr.partition(" its tables are read as ")
    assert start == f"error: {tmp_path / 'd'}:"
    assert run("score", shown.split("'")[1], "-o", tmp_path / name).exit_code == 0
    (tmp_path / "d" / folder / "a.csv").unlink()
    result = run("score", tmp_path / "d", "-o", tmp_path / name)
    assert result.stderr.startswith(f"error: {tmp_path / name}: its ending says no format; try ")


def test_the_encoding_of_tables(tmp_path):
    (tmp_path / "x.csv").write_bytes("body\nCafé tea cures gout.\n".encode("cp1252"))
    assert "--encoding cp1252" in run("score", tmp_path / "x.csv").stderr
    result = run("score", tmp_path / "x.csv", "--encoding", "cp1252")
    assert "Café tea" in result.stdout


def test_frames_keep_index_and_columns():
    frame = pd.DataFrame({"n": [1, 2, 3], "body": [TEXTS[0], None, np.nan]}, index=[7, 5, 7])
    scored = batch.score_frame(frame, "body")
    pd.testing.assert_frame_equal(scored[["n", "body"]], frame)
    assert scored["overstated"].tolist() == [True, pd.NA, pd.NA]
    assert scored["error"].tolist() == ["", "no text", "no text"]
    assert scored.dtypes.equals(batch.score_frame(frame[1:], "body").dtypes)
    with pytest.raises(MisinfoError, match="there are n, body"):
        batch.score_frame(frame, "text")
    for name in ("1", 2, None):
        with pytest.raises(MisinfoError, match=rf"no column {name!r}; there are 1 \(int\), body$"):
            batch.score_frame(frame.rename(columns={"n": 1}), name)


@pytest.mark.parametrize("jobs", [1, 3, 8])
def test_threads_stay_two_items_ahead(jobs):
    drawn = []
    items = (drawn.append(n) or n for n in range(100))
    for taken, found in enumerate(mappers.threads(jobs)(abs, items)):
        assert found == taken
        assert len(drawn) <= taken + jobs + 2


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_rows_that_the_model_cannot_judge_are_counted(tmp_path, ending):
    german = "Diese Tropfen heilen jeden Krebs in zwei Wochen, ganz ohne Nebenwirkungen."
    found = [german, TEXTS[0], "!!! \N{TEACUP WITHOUT HANDLE}", None, *TEXTS]
    assert [bool(misinfo.score(text).warnings) for text in found if text] == [1, 0, 1, 0, 0, 0, 0]
    with tables.written(str(tmp_path / f"x{ending}")) as write:
        write(formats.Chunk([{"id": "x", "body": text} for text in found], [""] * 8))
    result = run("score", tmp_path / f"x{ending}", "-o", tmp_path / "y.csv")
    told = f"1 could not be scored, 2 that the model cannot judge ({reading.STRANGE}, or no words)"
    assert told in result.stderr
    assert batch.judge(misinfo.load(), ["!"] * 3)[2]["warning"]


def test_thresholds_are_from_0_to_1():
    with pytest.raises(ValueError, match="threshold"):
        batch.judge(misinfo.load(), ["Our tea cures cancer."], 5.0)


def test_the_column_of_warnings_says_which_rows_the_model_cannot_judge():
    found = ["Diese Tropfen heilen jeden Krebs.", TEXTS[0], "!!!", TEXTS[3]]
    with pytest.warns(UserWarning, match="of 4 rows, 2 that the model cannot judge"):
        scored = batch.score_frame(pd.DataFrame({"body": found}), "body")
    assert scored["warning"].tolist() == [reading.STRANGE, "", reading.NO_WORDS, ""]
    recipe = (ROOT / "docs/recipes/moderation.md").read_text(encoding="utf-8")
    assert f"`{reading.NO_WORDS}`, or `{reading.STRANGE}`" in recipe


def test_a_frame_with_half_an_emoji():
    text = "Our drops cure cataracts \ud83d"
    frame = pd.DataFrame({"text": pd.Series(["Open daily.", text], dtype=object)})
    scored = batch.score_frame(frame, "text")
    assert scored["worst_sentence"][1] == "Our drops cure cataracts \\ud83d"
    assert scored["text"][1] == text


@pytest.mark.parametrize("given", [None, "model", "path"])
def test_batches_are_lazy(given, model):
    frames = iter([pd.DataFrame({"text": TEXTS}), pd.DataFrame({"text": TEXTS[:1]})])
    scored = batch.score_batches(frames, model={"model": model, "path": model.path}.get(given))
    assert len(next(scored)) == 4
    assert len(next(frames)) == 1


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as found:
        yield found


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_gives_the_same_bytes(table, tmp_path, cluster, monkeypatch):
    monkeypatch.setattr(formats, "CHUNK_ROWS", 8)
    shutil.copytree(misinfo.load().path, tmp_path / "mine")
    monkeypatch.chdir(tmp_path)  # the workers are elsewhere
    options = ("score", table, "--model", "mine", "-o")
    run(*options, tmp_path / "one.jsonl")
    result = run(*options, tmp_path / "many.jsonl", "--dask", cluster.scheduler_address)
    assert result.exit_code == 3, result.stderr
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "many.jsonl").read_bytes()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("cells", ["[%s]", '{"x": %s}'])
def test_a_row_too_deep_for_a_cluster_has_its_reason(tmp_path, cluster, cells):
    deep, most = [], formats.DEEPEST
    for depth in (most - 1, most, 900):
        cell = '"[[\\"{{"'
        for _ in range(depth):
            cell = cells % cell
        deep.append(f'{{"text": "Our tea cures cancer, guaranteed.", "x": {cell}}}\n')
    flat = '{"text": "%s"}\n' % ("[[{" * most)
    (tmp_path / "x.jsonl").write_text("".join([*deep, flat]), encoding="utf-8")
    args = [str(tmp_path / "x.jsonl")], str(tmp_path / "out.jsonl"), "text"
    counts = batch.score_table(*args, mapper=mappers.dask(cluster.scheduler_address))
    assert (counts["rows"], counts["overstated"]) == (4, 1)
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").open(encoding="utf-8")]
    reason = f": more than {most} lists and objects in one another; the line: "
    assert [row["error"] for row in rows] == [
        "",
        f"line 2{reason}{deep[1].strip()}",
        f"line 3{reason}{deep[2].strip()}",
        "",
    ]


@pytest.mark.filterwarnings("ignore")
def test_a_worker_that_dies_loses_nothing(table, tmp_path, cluster):
    def deadly(item):
        if item == 3 and not os.path.exists(tmp_path / "died"):
            (tmp_path / "died").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return item * 2

    mapper = mappers.dask(cluster.scheduler_address, ahead=4)
    assert list(mapper(deadly, range(12))) == [n * 2 for n in range(12)]
    assert (tmp_path / "died").exists()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("there", ["1.0.14", "missing"])
def test_workers_with_other_versions_are_refused(cluster, monkeypatch, there):
    client = os.getpid()

    def version(name):
        if os.getpid() == client or name != "sentencex":
            return "1.0.30"
        if there == "missing":
            raise importlib.metadata.PackageNotFoundError(name)
        return there

    monkeypatch.setattr(mappers, "version", version)
    told = f"sentencex is 1.0.30 here, and {there} on the Dask worker tcp://"
    with pytest.raises(MisinfoError, match=told):
        list(mappers.dask(cluster.scheduler_address)(abs, [1]))


@pytest.mark.filterwarnings("ignore")
def test_dask_partitions(cluster):
    dataframe = pytest.importorskip("dask.dataframe")
    distributed = pytest.importorskip("distributed")
    frame = pd.DataFrame({"body": TEXTS * 5})
    meta = batch.score_frame(frame[:0], "body")
    with distributed.Client(cluster):
        parts = dataframe.from_pandas(frame, npartitions=3)
        scored = parts.map_partitions(batch.score_frame, "body", meta=meta).compute()
    expected = batch.score_frame(frame, "body")
    assert scored["probability"].tolist() == expected["probability"].tolist()


def test_no_scheduler_is_a_clear_error(monkeypatch):
    class Client:
        def __init__(self, *arguments, **keywords):
            raise TimeoutError("nobody")

    monkeypatch.setattr("distributed.Client", Client)
    with pytest.raises(MisinfoError, match="no Dask scheduler answers at tcp://x"):
        list(mappers.dask("tcp://x")(abs, [1]))


@pytest.mark.parametrize("name", ["CancelledError", "KilledWorker", "client.ClosedClientError"])
def test_a_scheduler_that_is_lost_is_a_clear_error(monkeypatch, name):
    import distributed

    class Client(contextlib.nullcontext):
        def run(self, *arguments, **keywords):
            return {"tcp://y": OSError("lost")}

        def submit(self, *arguments, **keywords):
            worker = types.SimpleNamespace(address="tcp://y")
            values = ("tea", worker, 3) if name == "KilledWorker" else ("lost\nagain",)
            raise operator.attrgetter(name)(distributed)(*values)

    monkeypatch.setattr("distributed.Client", lambda *arguments, **keywords: Client())
    with pytest.raises(
        MisinfoError, match=r"the Dask scheduler at tcp://x or its workers .*anew: .+$"
    ):
        list(mappers.dask("tcp://x")(abs, [1]))


def test_no_threads_are_a_clear_error():
    with pytest.raises(MisinfoError, match="try --jobs -1"):
        mappers.threads(0)


def test_a_number_of_threads_needs_no_count_of_cores(monkeypatch):
    monkeypatch.setitem(sys.modules, "joblib", None)
    assert list(mappers.threads(2)(abs, [-1, 2])) == [1, 2]
    with pytest.raises(MisinfoError, match="joblib"):
        mappers.threads(-1)


def test_the_partial_that_spark_takes():
    scorer = functools.partial(batch.score_batches, text_column="post")
    [frame] = scorer(iter([pd.DataFrame({"post": TEXTS})]))
    assert len(frame) == 4
