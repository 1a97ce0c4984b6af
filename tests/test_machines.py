"""What other programs read: JSON with its schema, CSV, annotations, files."""

import csv
import errno
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from samples import run

import misinfo
from misinfo import machines, writers
from misinfo.errors import MisinfoError
from misinfo.policy import Policy, judge
from misinfo.records import Document, Ignore

BAD = "Our tea cures cancer, guaranteed, with no side effects!"
SCHEMA = json.loads(machines.schema())
ONLY = {"additionalProperties": False}  # of what is written today; later versions may add keys
PARTS = {name: part | ONLY for name, part in SCHEMA["$defs"].items()}
VALID = Draft202012Validator(SCHEMA | ONLY | {"$defs": PARTS})
TEXTS = st.lists(
    st.text(max_size=20) | st.sampled_from([BAD, "\n\n", "🍵", "\ud800", "=", "\t@"])
).map("".join)


def judged(text, name="a.txt", **more):
    document = Document(name, text, **more)
    return judge(document, misinfo.score(text), Policy(), misinfo.load())


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)
    assert run("schema").stdout == machines.schema()


def test_a_key_that_a_later_version_adds_fits_the_schema():
    line = json.loads(next(iter(machines.json_lines([judged("This tea cures gout.")]))))
    for part in (line, *line["sentences"]):
        assert VALID.is_valid(line)
        part["later"] = 1
        assert not VALID.is_valid(line)
        Draft202012Validator(SCHEMA).validate(line)
        del part["later"]


@given(TEXTS, st.booleans())
def test_every_text_fits_the_schema(text, extracted):
    one = judged(
        text, extracted=extracted, parts=((1, "page 1"),), ignores=(Ignore(0, 60, 1, "why"),)
    )
    (line,) = machines.json_lines([one])
    VALID.validate(json.loads(line))
    for sentence in json.loads(line)["sentences"]:
        assert sentence["part"] == ("page 1" if sentence["start"] else "")
        assert (sentence["line"] is None) == extracted
        if not extracted:
            column, start = sentence["column"] - 1, sentence["start"]
            assert text.split("\n")[sentence["line"] - 1][column : column + 1] == text[start]


@pytest.mark.parametrize(
    "path",
    [("name",), ("probability",), ("asides",), ("findings", 0, "level"), ("findings", 0, "terms", 0, "weight"),
     ("sentences", 1, "line"), ("sentences", 1, "named"), ("asides", 0, "reason"), ("asides", 0, "text")],
)  # fmt: skip
def test_a_renamed_key_does_not_fit(path):
    plain = machines.row(judged(f"{BAD}\n{BAD}", ignores=(Ignore(0, 1, 1),)))
    VALID.validate(plain)
    inner = plain
    for step in path[:-1]:
        inner = inner[step]
    inner[f"{path[-1]}s"] = inner.pop(path[-1])
    assert not VALID.is_valid(plain)


def test_the_command_writes_what_fits(tmp_path):
    (tmp_path / "a.md").write_text(
        f"# Tea\n\n{BAD} <!-- misinfo: ignore -->\n\n{BAD}\n", encoding="utf-8"
    )
    (line,) = run("score", tmp_path, "-f", "jsonl").stdout.splitlines()
    plain = json.loads(line)
    VALID.validate(plain)
    assert [(one["line"], one["level"]) for one in plain["findings"]] == [(5, "error")]
    assert [one["line"] for one in plain["asides"]] == [3]


@given(TEXTS, st.text(st.characters(exclude_characters="\0"), max_size=10))
@example("", "-")
def test_csv_is_read_back_and_runs_nothing(text, name):
    one = judged(text, name)
    rows = list(csv.reader("\n".join(machines.csv_lines([one])).splitlines(keepends=True)))
    assert rows[0] == machines.COLUMNS
    warning, said = "|".join(one.score.warnings), int(name == "-")  # standard input runs nothing
    assert all(row[-1] == warning for row in rows[1:])
    if warning and not one.score.findings:
        assert [row[1:-1] for row in rows[1:]] == [[""] * 9]
        assert not any(map(_runs, rows[1][said:]))
        return
    for row, finding in zip(rows[1:], one.score.findings, strict=True):
        found = dict(zip(rows[0], row, strict=True))
        assert found["text"] in (finding.text, f"'{finding.text}")
        assert text[int(found["start"]) : int(found["end"])] == finding.text
        assert float(found["probability"]) == pytest.approx(finding.probability, abs=1e-6)
        assert found["tags"].split("|") == list(finding.named)
        assert not any(map(_runs, row[said:]))


@pytest.mark.parametrize("probability", [1.0, 0.5, 6e-05, 0.0])
def test_probabilities_in_csv_have_no_exponent(probability):
    one = judged(BAD)
    finding = replace(one.score.findings[0], probability=probability)
    one = replace(one, score=replace(one.score, sentences=(finding,)))
    assert f',{probability:.6f},"' in list(machines.csv_lines([one]))[1]


@given(st.text(st.sampled_from("=+-@＝＋－＠ \t\r\n\u200b\ufeff\u00a0'a1|"), max_size=6))
def test_no_cell_is_a_formula(cell):
    safe = machines.safe(cell)
    assert not _runs(safe)
    assert safe == (f"'{cell}" if _runs(cell) else cell)


def _runs(cell):
    """What a spreadsheet may run: said in another way than the code does."""
    if re.match(r"[\t\r\n]", cell):
        return True
    shown = re.sub(r"[\s\u200b\ufeff\u00a0\x00-\x1f]", "", unicodedata.normalize("NFKC", cell))
    return shown.startswith(("=", "+", "-", "@"))


@given(st.text(st.sampled_from("%\r\n:,0123ABD a=")), st.booleans())
def test_the_escapes_of_github_are_undone_as_its_runner_does(text, in_property):
    escaped = machines.github_escaped(text, in_property)
    assert not re.search("[\r\n]", escaped)
    if in_property:
        assert not re.search("[:,]", escaped)
    codes = {"%0D": "\r", "%0A": "\n", "%25": "%"}
    if in_property:
        codes |= {"%3A": ":", "%2C": ","}
    assert re.sub("%[0-9A-F]{2}", lambda code: codes[code[0]], escaped) == text


@given(TEXTS, st.sampled_from(["a,b:c%.md", "-", "docs/a\nb.md"]))
def test_each_finding_is_one_annotation(text, name):
    one = judged(text, name)
    lines = list(machines.annotated([one]))
    for warning in one.score.warnings:
        message = re.fullmatch("::warning file=[^,:]*::(.*)", lines.pop(0))[1]
        assert message == machines.github_escaped(warning)
    for line, finding in zip(lines, one.score.findings, strict=True):
        kind, properties, message = re.fullmatch(
            "::(notice|warning|error) ([^:]*)::(.*)", line
        ).groups()
        said = dict(part.split("=", 1) for part in properties.split(","))
        assert said["title"].startswith(finding.named[0])
        assert message.startswith(machines.github_escaped(finding.text))
        assert ("col" in said) == ("\n" not in finding.text)
        assert kind != "notice" or finding.probability < 0.9


def test_annotations_of_extracted_text_have_no_lines():
    (line,) = machines.annotated([judged(BAD, "a.pdf", extracted=True, parts=((0, "page 3"),))])
    assert line.startswith("::error file=a.pdf,title=")
    assert "%0Apage 3, words: " in line


@pytest.mark.parametrize("format", ["github", "sarif"])
def test_words_of_annotations_stand_without_quotation_marks(format):
    data = 'Our "tea" cures "cancer", guaranteed.'
    words = re.search(r"words: ([^)\n]*)", run("score", "-", "-f", format, data=data).stdout)[1]
    assert "tea" in words.split(", ")


@pytest.mark.parametrize("name", ["json", "jsonl", "csv", "sarif", "txt"])
def test_a_file_is_whole_and_its_name_says_the_format(tmp_path, name):
    (tmp_path / "a.md").write_text(BAD, encoding="utf-8")
    out = tmp_path / "new" / f"out.{name}"
    result = run("score", tmp_path / "a.md", "-o", out)
    assert (result.exit_code, result.stdout) == (0, "")
    assert [path.name for path in out.parent.iterdir()] == [out.name]
    wanted = run("score", tmp_path / "a.md", "-f", "text" if name == "txt" else name).stdout
    assert out.read_text(encoding="utf-8").split() == wanted.split()
    assert run("score", tmp_path / "a.md", "-o", out, "-f", "github").exit_code == 0
    assert out.read_text(encoding="utf-8").startswith("::error")


def test_a_file_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "a.md").write_text(BAD, encoding="utf-8")
    result = run("score", tmp_path / "a.md", "-o", tmp_path / "a.md" / "out.json")
    assert (result.exit_code, "cannot be written" in result.stderr) == (2, True)
    assert (tmp_path / "a.md").read_text(encoding="utf-8") == BAD


def test_what_could_not_be_read_is_missing_in_the_file_and_told(tmp_path):
    (tmp_path / "a.md").write_text(BAD, encoding="utf-8")
    result = run("score", tmp_path / "a.md", tmp_path / "b.md", "-o", tmp_path / "out.json")
    assert (result.exit_code, "b.md: no such file" in result.stderr) == (3, True)
    assert len(json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))) == 1


@pytest.mark.parametrize("name", ["csv", "github"])
def test_what_was_set_aside_is_told_where_the_format_cannot(tmp_path, name):
    (tmp_path / "a.md").write_text(f"{BAD} <!-- misinfo: ignore -->", encoding="utf-8")
    assert "1 more allowed or ignored" in run("score", tmp_path / "a.md", "-f", name).stderr


@pytest.mark.parametrize("source", ["a.md", "a.csv"])
def test_what_is_no_file_stays_what_it_is(tmp_path, source):
    (tmp_path / "a.md").write_text(BAD, encoding="utf-8")
    (tmp_path / "a.csv").write_text(f'text\n"{BAD}"\n', encoding="utf-8")
    kept = {"pipe": tmp_path / "pipe", "link": tmp_path / "link", "full": tmp_path / "full"}
    os.mkfifo(kept["pipe"])
    kept["link"].symlink_to(tmp_path / "new" / "target")
    kept["full"].symlink_to("/dev/full")
    read = []
    reader = threading.Thread(target=lambda: read.append(kept["pipe"].read_text("utf-8")))
    reader.daemon = True
    reader.start()
    for path in (kept["pipe"], kept["link"]):
        assert run("score", tmp_path / source, "-o", path).exit_code == 0
    reader.join(10)
    assert read == [(tmp_path / "new" / "target").read_text(encoding="utf-8")]
    assert BAD in read[0]
    result = run("score", tmp_path / source, "-o", kept["full"])
    assert (result.exit_code, "full: cannot be written: No space" in result.stderr) == (2, True)
    assert kept["pipe"].is_fifo()
    assert kept["link"].is_symlink()
    assert kept["full"].is_char_device()
    assert {path.name for path in tmp_path.iterdir()} == {"a.md", "a.csv", "new", *kept}


@pytest.mark.parametrize("mode", [0o600, 0o640])
def test_what_is_replaced_keeps_its_permissions_and_its_owner(tmp_path, mode):
    (tmp_path / "a.md").write_text(BAD, encoding="utf-8")
    report = tmp_path / "report.html"
    report.touch()
    report.chmod(mode)
    owner = (1234, 5678) if os.geteuid() == 0 else (os.geteuid(), os.getgroups()[-1])
    os.chown(report, *owner)
    assert run("score", tmp_path / "a.md", "-o", report).exit_code == 0
    found = report.stat()
    assert (found.st_mode & 0o777, found.st_size > 0) == (mode, True)
    assert (found.st_uid, found.st_gid) == owner


@pytest.mark.parametrize("source", ["a.md", "a.csv"])
def test_what_cannot_be_written_is_one_line(tmp_path, source):
    (tmp_path / "a.md").write_text(BAD, encoding="utf-8")
    (tmp_path / "a.csv").write_text("text\nTea.\n", encoding="utf-8")
    for target in (tmp_path, tmp_path / "a.md" / "out.csv"):
        result = run("score", tmp_path / source, "-o", target)
        assert (result.exit_code, "cannot be written: " in result.stderr) == (2, True)


@pytest.mark.parametrize("source", ["a.md", "a.csv"])
@pytest.mark.parametrize("name", ["out.csv", "out.txt", "new/out.csv"])
def test_what_may_not_be_written_is_told_before_scoring(tmp_path, monkeypatch, source, name):
    (tmp_path / "a.md").write_text(BAD, encoding="utf-8")
    (tmp_path / "a.csv").write_text("text\nTea.\n", encoding="utf-8")
    monkeypatch.setattr("misinfo.reading.Reader.read", None)
    monkeypatch.setattr("os.access", lambda path, mode: path != tmp_path)
    output = tmp_path / (name if source == "a.md" else name.replace("txt", "jsonl"))
    result = run("score", tmp_path / source, "-o", output)
    told = f"{output}: cannot be written: nothing may be written in {tmp_path}; name another"
    assert (result.exit_code, told in result.stderr) == (2, True)
    if output.parent == tmp_path:
        output.write_text("precious", encoding="utf-8")
        output.chmod(0o444)
        result = run("score", tmp_path / source, "-o", output)
        told = f"{output}: is write-protected and left alone; name another file"
        assert (result.exit_code, told in result.stderr) == (2, True)
        assert output.read_text(encoding="utf-8") == "precious"


@pytest.mark.parametrize(
    ("number", "refused"),
    [
        (errno.EBUSY, ["pathlib.Path.replace"]),  # a file that is mounted by itself
        (errno.EACCES, ["pathlib.Path.replace", "tempfile.mkdtemp"]),  # in a folder of others
        (errno.EROFS, ["pathlib.Path.replace", "tempfile.mkdtemp"]),
    ],
)
def test_a_file_that_cannot_be_replaced_is_written_over(tmp_path, monkeypatch, number, refused):
    def refuse(*args):
        at = Path(args[-1] or "/")
        if tmp_path in (at, at.parent):
            raise OSError(number, os.strerror(number))
        return make(*args)

    make, target = tempfile.mkdtemp, tmp_path / "out.txt"
    (tmp_path / "link").symlink_to(target)
    target.write_text("old and longer", encoding="utf-8")
    before = target.stat().st_ino
    for name in refused:
        monkeypatch.setattr(name, refuse)
    with pytest.raises(KeyError), writers.opened(tmp_path / "link") as file:
        file.write("half")
        raise KeyError
    assert target.read_text(encoding="utf-8") == "old and longer"
    with writers.opened(tmp_path / "link") as file:
        file.write("new")
    assert (target.read_text(encoding="utf-8"), target.stat().st_ino) == ("new", before)
    assert {path.name for path in tmp_path.iterdir()} == {"link", "out.txt"}
    target.unlink()
    with pytest.raises(MisinfoError, match="cannot be written"), writers.opened(target):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["link"]


def test_only_failures_of_the_file_itself_are_told_by_its_name(tmp_path):
    with pytest.raises(FileNotFoundError), writers.opened(tmp_path / "out.txt"):
        (tmp_path / "input").read_bytes()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["out.pdf", "out.csv.gz", "out.xml"])
def test_an_ending_that_says_no_format_is_refused(tmp_path, name):
    (tmp_path / "a.md").write_text(BAD, encoding="utf-8")
    result = run("score", tmp_path / "a.md", "-o", tmp_path / name)
    assert (result.exit_code, "try .json, .jsonl, .csv" in result.stderr) == (2, True)
    assert not (tmp_path / name).exists()
    assert run("score", tmp_path / "a.md", "-o", tmp_path / name, "-f", "json").exit_code == 0
    assert run("score", tmp_path / "a.md", "-o", tmp_path / "out").exit_code == 0


def test_a_request_to_terminate_leaves_nothing_behind(tmp_path):
    source = tmp_path / "pipe"
    os.mkfifo(source)
    command = [sys.executable, "-m", "misinfo", "score", str(source), "-o", f"{tmp_path}/out.json"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process, source.open("w"):
        while not list(tmp_path.glob(".*/new")):  # it has begun to write
            time.sleep(0.01)
        process.terminate()
    assert process.returncode == 128 + signal.SIGTERM
    assert list(tmp_path.iterdir()) == [source]


def test_the_name_of_standard_input_is_no_formula():
    *_, line = machines.csv_lines([judged(BAD, "-")])
    assert line.startswith('"-",')
