"""Tables: what goes in comes out, in order, whatever the format; nothing is dropped."""

import base64
import csv
import gzip
import io
import json
import os
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from decimal import Decimal
from math import inf, nan

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fsspec.registry import known_implementations
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import run

from misinfo import batch, formats, lines, parquet, tables
from misinfo.blocks import MAX_BYTES
from misinfo.errors import MisinfoError, ReadError

ENDINGS = [".csv", ".tsv", ".jsonl", ".parquet", ".csv.gz", ".jsonl.gz", ".csv.zst", ".jsonl.zst"]
cells = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
grids = st.lists(
    st.fixed_dictionaries({"id": cells, "body": cells, 'é,"x': cells}), min_size=1, max_size=9
)


def back(path):
    return [row for chunk in tables.read(str(path)) for row in chunk.rows]


def put(path, rows):
    with tables.written(str(path)) as write:
        write(tables.Chunk(rows, [""] * len(rows)))


@settings(max_examples=60)
@given(grids, st.sampled_from(ENDINGS))
def test_rows_come_back_as_they_were(tmp_path_factory, rows, ending):
    path = tmp_path_factory.mktemp("t") / f"x{ending}"
    put(path, rows)
    assert back(path) == rows


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_chunk_at_a_time(tmp_path, ending, monkeypatch):
    monkeypatch.setattr(formats, "CHUNK_ROWS", 3)
    rows = [{"id": str(n), "body": f"text {n}"} for n in range(10)]
    put(tmp_path / f"x{ending}", rows)
    chunks = list(tables.read(str(tmp_path / f"x{ending}")))
    assert [row for chunk in chunks for row in chunk.rows] == rows
    if "parquet" not in ending:
        assert [len(chunk.rows) for chunk in chunks] == [3, 3, 3, 1]


def test_bad_rows_are_kept_with_their_reason(tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("id,body\n1,a\n2\n3,b,c\n4,d,, \n5,e,,f\n", encoding="utf-8")
    [chunk] = tables.read(str(file))
    assert [row["id"] for row in chunk.rows] == ["1", "2", "3", "4", "5"]
    assert chunk.errors[:2] == ["", "1 field instead of 2"]
    assert chunk.errors[2] == '3 fields instead of 2; left over: ["c"]'
    assert (chunk.rows[3]["body"], chunk.errors[3]) == ("d", "")  # only blanks are left over
    assert chunk.errors[4] == '4 fields instead of 2; left over: ["", "f"]'
    file = tmp_path / "x.jsonl"
    file.write_bytes(b'\xef\xbb\xbf{"a": 1}\n{"a": \n\n[1]\n{"a": \xff}\n')
    [chunk] = tables.read(str(file))
    assert chunk.rows == [{"a": 1}, {}, {}, {}]
    assert [bool(error) for error in chunk.errors] == [False, True, True, True]
    assert '{"a":' in chunk.errors[1]
    assert chunk.errors[2].startswith("line 4: not an object")


def test_a_mark_on_a_blank_line_of_json_is_no_row(tmp_path):
    text = '\ufeff\n\ufeff{"text": "Tea."}\n\ufeff \r\n\ufeff'
    (tmp_path / "x.jsonl").write_text(text, encoding="utf-8", newline="")
    [chunk] = tables.read(str(tmp_path / "x.jsonl"))
    assert (chunk.rows, chunk.errors, chunk.lines) == ([{"text": "Tea."}], [""], [2])


OPEN = "a quotation mark is never closed: in CSV such marks are doubled"


def test_a_quotation_mark_that_is_never_closed_is_told(tmp_path):
    text = 'id,body\n1,"a\nb"\n2,5" nail\n3,"c\n4,d\n5,e\n'
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    [chunk] = tables.read(str(tmp_path / "x.csv"))
    assert chunk.errors == ["", "", f"lines 5 to 7: {OPEN}"]
    text = 'sep=,\n\nid,body,n\n1,a,b\n2,"c,d\n3,e,f\n'
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    [chunk] = tables.read(str(tmp_path / "x.csv"))
    assert chunk.errors == ["", f"lines 5 to 6: {OPEN}; 2 fields instead of 3"]


def test_a_damaged_packed_table_is_told(tmp_path):
    raw = bytearray(gzip.compress(b"body\n" + bytes(range(32, 127)) * 9))
    raw[12:22] = b"\xff" * 10
    (tmp_path / "x.csv.gz").write_bytes(raw)
    with pytest.raises(MisinfoError, match="cannot be read to its end"):
        list(tables.read(str(tmp_path / "x.csv.gz")))


@pytest.mark.parametrize(("ending", "mark"), [(".csv", ","), (".csv", ";"), (".tsv", "\t")])
def test_quotation_marks_that_swallow_rows_in_pairs_are_told(tmp_path, ending, mark):
    rows = [
        "id,text",
        "1,a",
        '2,"He said.',
        "3,b",
        '5,A 12" pipe.',
        '6,"c',
        '""d"" "',
        '7,5" e',
        "8,f",
        '"9" ,"g',
        'h" ',
    ]
    (tmp_path / f"x{ending}").write_text("\n".join(rows).replace(",", mark), encoding="utf-8")
    [chunk] = tables.read(str(tmp_path / f"x{ending}"))
    assert [row["id"] for row in chunk.rows] == ["1", "2", "6", "7", "8", "9 "]
    assert chunk.errors == ["", f"lines 3 to 5: {OPEN}", "", "", "", ""]
    assert chunk.rows[2]["text"] == 'c\n"d" '


@pytest.mark.parametrize(
    ("ending", "line", "reason"),
    [
        (".csv", '1,"He said \\"tea cures gout\\" to us"', "doubled"),
        (".csv", '3,"ends \\"here\\""', "doubled"),
        (".csv", '3,"\\"here\\" it ends"', "doubled"),
        (".csv", '3,"café \udce9 \\"here\\" it ends"', "doubled"),
        (".tsv", '1\t"Tea cures" he said to me', "in the middle"),
        (".tsv", '1\t"" Tea cures', "in the middle"),
        (".tsv", '1\t"Tea """cures""" gout"', "in the middle"),
        (".csv", '1,"Tea, "they" said"', "in the middle"),
        (".csv", '1,"Tea"" cures""" gout', "in the middle"),
    ],
)
def test_quotation_marks_that_are_none_of_csv_keep_their_line(tmp_path, ending, line, reason):
    text = f"id,body\n0,a\n{line}\n9,b\n"
    text = text.replace(",", "\t") if ending == ".tsv" else text
    (tmp_path / f"x{ending}").write_bytes(text.encode("utf-8", "surrogateescape"))
    [chunk] = tables.read(str(tmp_path / f"x{ending}"))
    assert [row["id"] for row in chunk.rows] == ["0", line[0], "9"]
    assert chunk.errors[::2] == ["", ""]
    assert chunk.errors[1].startswith("a quotation mark closes in the middle of a cell")
    assert ("such marks are doubled, not escaped" in chunk.errors[1]) == (reason == "doubled")
    assert chunk.errors[1].endswith("; the line: " + line.replace("\udce9", "\\xe9"))


def test_marks_that_are_escaped_over_lines_and_one_at_the_end_keep_their_lines(tmp_path):
    text = 'id,body\n1,"He said \\"tea\\"\nto us"\n2,b\n3,"c\n'
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    [chunk] = tables.read(str(tmp_path / "x.csv"))
    assert "not escaped with a backslash" in chunk.errors[0]
    assert '; the line: 1,"He said \\"tea\\"' in chunk.errors[0]
    assert chunk.errors[-1] == f'{OPEN}; the line: 3,"c'


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_marks_that_are_rightly_written_are_no_error(tmp_path, mark):
    rows = [
        ('"Tea ""cures"" gout"', 'Tea "cures" gout'),
        ('"""Tea"" cures, they say"', '"Tea" cures, they say'),
        ('"Tea ""cures"""', 'Tea "cures"'),
        ('""""', '"'),
        ('""', ""),
        ('"Tea"  ', "Tea  "),
        ('"Tea"\xa0', "Tea\xa0"),
        ('5" nail and "tea" there', '5" nail and "tea" there'),
        ('say \\"tea\\" here', 'say \\"tea\\" here'),
        ('"C:\\tea\\"', "C:\\tea\\"),
        ('"Tea\n""cures"" \ngout"', 'Tea\n"cures" \ngout'),
        (f'"Tea{mark}""gout"""', f'Tea{mark}"gout"'),
    ]
    text = "".join(f"1{mark}{cell}{mark}en\n" for cell, _ in rows)
    (tmp_path / "x.csv").write_text(f"id{mark}body{mark}lang\n{text}", encoding="utf-8")
    [chunk] = tables.read(str(tmp_path / "x.csv"))
    assert [row["body"] for row in chunk.rows] == [cell for _, cell in rows]
    assert not any(chunk.errors)


@settings(max_examples=60)
@given(grids, st.sampled_from([".csv", ".tsv"]))
def test_what_was_written_has_no_errors(tmp_path_factory, rows, ending):
    path = tmp_path_factory.mktemp("t") / f"x{ending}"
    put(path, rows)
    assert not any(error for chunk in tables.read(str(path)) for error in chunk.errors)


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_a_name_with_line_breaks_hides_no_separator(tmp_path, mark, monkeypatch):
    text = '"my\n\nid";body;lang\n1;Tea cures gout, fast;en\n'.replace(";", mark)
    text = text if mark != "," else text.replace("gout,", "gout")
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    [chunk] = tables.read(str(tmp_path / "x.csv"))
    assert list(chunk.names) == ["my\n\nid", "body", "lang"]
    assert (chunk.errors, chunk.lines) == ([""], [4])
    # a mark that is never closed is not followed to the end of a large file
    monkeypatch.setattr(lines, "LONGEST_HEADER", 50)
    taken = iter(f"{n},b\n" for n in range(1000))
    assert lines.heading('5" nail;body\n', taken) == (['5" nail;body\n'], ";")
    assert lines.heading('id;"nail;body\n', taken)[1] == ";"
    assert next(taken) == "9,b\n"


def test_bars_separate_unless_there_are_as_many_other_marks(tmp_path):
    (tmp_path / "x.csv").write_text("id|body\n1|Tea, and more\n", encoding="utf-8")
    assert back(tmp_path / "x.csv") == [{"id": "1", "body": "Tea, and more"}]
    (tmp_path / "x.csv").write_text("id|body\n1|Tea | gout\n2|Tea\n", encoding="utf-8")
    assert back(tmp_path / "x.csv")[1] == {"id": "2", "body": "Tea"}
    (tmp_path / "x.csv").write_text("a|b,body\n1,Tea\n", encoding="utf-8")
    assert back(tmp_path / "x.csv") == [{"a|b": "1", "body": "Tea"}]
    (tmp_path / "x.csv").write_text("text\nTea|gout\n", encoding="utf-8")
    assert back(tmp_path / "x.csv") == [{"text": "Tea|gout"}]
    (tmp_path / "x.csv").write_text("Is it so (yes|no)\nTea cures gout.\n", encoding="utf-8")
    assert back(tmp_path / "x.csv") == [{"Is it so (yes|no)": "Tea cures gout."}]
    (tmp_path / "x.csv").write_text("body,so (0|1|2)\nTea cures.,1\n", encoding="utf-8")
    assert back(tmp_path / "x.csv") == [{"body": "Tea cures.", "so (0|1|2)": "1"}]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Name, Vorname;Text\nHuber, Eva;Tea, they say, cures.\n", ["Name, Vorname", "Text"]),
        ("Name, Vorname;Text\nHuber, Eva;Tea cures gout.\n", ["Name, Vorname", "Text"]),
        ("id;text (en, de)\n1;Tea cures gout, and warts.\n", ["id", "text (en, de)"]),
        ("id;text (en, de)\n1;Tea, they say, cures gout.\n", ["id", "text (en, de)"]),
        ("id;a,b,c\n1;Tea cures gout.\n", ["id", "a,b,c"]),
        ("a,b;c\n1,5;Tea cures gout.\n", ["a,b", "c"]),
        ('id;on (yes, no);c\n1;"Tea;\ncures, gout";en\n', ["id", "on (yes, no)", "c"]),
        ("id;on (yes, no)\n", ["id", "on (yes, no)"]),
        ("id,on (yes; no)\n1,Tea; it cures gout.\n", ["id", "on (yes; no)"]),
        ("id,on (a;b;c)\n1,Tea cures gout.\n", ["id", "on (a;b;c)"]),
        ("id,text;note\n1,Tea; gout\n2,b\n", ["id", "text;note"]),
        ("text,rating (1;5)\nTea cures; wow,5\n", ["text", "rating (1;5)"]),
        ("id,c,on (a;b)\n1,Tea; it cures gout.,a\n", ["id", "c", "on (a;b)"]),
    ],
)
def test_other_marks_in_names_separate_nothing(tmp_path, text, names):
    for mark in (";", "\t"):
        (tmp_path / "x.csv").write_text(text.replace(";", mark), encoding="utf-8")
        [chunk] = tables.read(str(tmp_path / "x.csv"))
        assert list(chunk.names) == [name.replace(";", mark) for name in names]
        assert not any(chunk.errors)


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_what_calls_itself_csv(tmp_path, mark):
    (tmp_path / "x.csv").write_text(f"id{mark}body\n1{mark}a\n", encoding="utf-8")
    assert back(tmp_path / "x.csv") == [{"id": "1", "body": "a"}]
    (tmp_path / "x.csv").write_text(f'id{mark}"a,;|\t,;|\tb"{mark}c\n', encoding="utf-8")
    assert list(next(tables.read(str(tmp_path / "x.csv"))).names) == ["id", "a,;|\t,;|\tb", "c"]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_line_of_excel_names_the_separator(tmp_path, mark):
    (tmp_path / "x.csv").write_text(f"sep={mark}\nid{mark}body\n1{mark}a\n2\n", encoding="utf-8")
    [chunk] = tables.read(str(tmp_path / "x.csv"))
    assert chunk.rows == [{"id": "1", "body": "a"}, {"id": "2", "body": ""}]
    assert chunk.lines == [3, 4]


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".jsonl", ".csv.gz"])
@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8-sig", "cp1252"),
        ("utf-16", "utf-8"),
        ("utf-32", "utf-8"),
        ("cp1252", "cp1252"),
        ("utf-16-le", "utf-16-le"),
    ],
)
def test_encodings_are_named_or_marked(tmp_path, ending, encoding, said):
    rows = [{"id": "ä", "body": "Café ½"}]
    put(tmp_path / f"x{ending}", rows)
    file = tmp_path / f"x{ending}"
    packed = ending.endswith(".gz")
    text = (gzip.decompress(file.read_bytes()) if packed else file.read_bytes()).decode()
    raw = text.encode(encoding)
    file.write_bytes(gzip.compress(raw) if packed else raw)
    assert [row for chunk in tables.read(str(file), encoding=said) for row in chunk.rows] == rows


def test_encodings_that_do_not_fit_are_told(tmp_path):
    (tmp_path / "x.csv").write_bytes(b"caf\xe9\n1\n")
    with pytest.raises(
        ReadError, match=r"x.csv: is not UTF-8; convert it to UTF-8, or, with misinfo score,"
    ):
        back(tmp_path / "x.csv")
    for encoding in ("klingon", "hex"):
        with pytest.raises(ReadError, match=f"unknown encoding '{encoding}'"):
            list(tables.read(str(tmp_path / "x.csv"), encoding=encoding))


def test_blank_lines_and_blank_names_stop_no_table(tmp_path):
    (tmp_path / "x.csv").write_text("\n \n,id,body,\n1,a,x,\n,b\n", encoding="utf-8")
    [chunk] = tables.read(str(tmp_path / "x.csv"))
    assert chunk.rows[0] == {"column 1": "1", "id": "a", "body": "x", "column 4": ""}
    assert chunk.lines == [4, 5]
    assert chunk.errors == ["", "2 fields instead of 4"]
    (tmp_path / "x.csv").write_text(",,\nid,body,column 3, ,\n1,a,,,\n", encoding="utf-8")
    [chunk] = tables.read(str(tmp_path / "x.csv"))
    assert list(chunk.names) == ["id", "body", "column 3", "column 4", "column 5"]
    (tmp_path / "x.csv").write_text("body;;;\n;;;\nTea cures gout.;;;\nTea;;x;\n")
    [chunk] = tables.read(str(tmp_path / "x.csv"))
    assert [row["body"] for row in chunk.rows] == ["", "Tea cures gout.", "Tea"]
    (tmp_path / "x.csv").write_text("My posts,,\n,,\nid,body,n\n", encoding="utf-8")
    told = (
        r"x\.csv: line 3 seems to name the columns: delete what stands above it, or name them all"
    )
    with pytest.raises(ReadError, match=told):
        back(tmp_path / "x.csv")


@pytest.mark.parametrize("row", ["Tea cures cancer.,b,c", "Tea,5,en"])
def test_rows_of_texts_name_no_columns(tmp_path, row):
    (tmp_path / "x.csv").write_text(f"text,,\n,,\n{row}\nid,body,n\n", encoding="utf-8")
    [chunk] = tables.read(str(tmp_path / "x.csv"))
    assert list(chunk.names) == ["text", "column 2", "column 3"]
    assert [",".join(line.values()) for line in chunk.rows] == [",,", row, "id,body,n"]


def test_a_name_that_is_made_up_is_no_other_columns(tmp_path):
    (tmp_path / "x.csv").write_text("column 4,text,,\n1,Tea.,b,c\n", encoding="utf-8")
    [chunk] = tables.read(str(tmp_path / "x.csv"))
    assert chunk.rows == [{"column 4": "1", "text": "Tea.", "column 3": "b", "column 4_": "c"}]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_blank_line_of_a_single_column_is_an_empty_value(tmp_path, end):
    text = '\n"my\nposts"\n\nTea\n""\n \n\nGout'.replace("\n", end)
    for last, more in ((end, []), ("", []), (end + end, [""])):
        (tmp_path / "x.csv").write_text(text + last, encoding="utf-8", newline="")
        [chunk] = tables.read(str(tmp_path / "x.csv"))
        values = ["", "Tea", "", " ", "", "Gout", *more]
        assert chunk.rows == [{f"my{end}posts": value} for value in values]
        assert chunk.lines == list(range(4, 10 + len(more)))
        assert not any(chunk.errors)
    text = "id,body\n\n \n1,Tea\n  \n\n \t\n\n ".replace("\n", end)
    (tmp_path / "x.csv").write_text(text, encoding="utf-8", newline="")
    [chunk] = tables.read(str(tmp_path / "x.csv"))
    assert (chunk.rows, chunk.errors) == ([{"id": "1", "body": "Tea"}], [""])


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
@pytest.mark.parametrize("ending", [".csv", ".jsonl"])
def test_tables_of_other_encodings_and_packed_ones_are_refused(tmp_path, ending, encoding):
    put(tmp_path / f"x{ending}", [{"body": "Tea"}])
    raw = (tmp_path / f"x{ending}").read_bytes()
    (tmp_path / f"x{ending}").write_bytes(raw.decode().encode(encoding))
    with pytest.raises(ReadError, match="is binary, or UTF-16: name its encoding"):
        back(tmp_path / f"x{ending}")
    rows = [
        row
        for chunk in tables.read(str(tmp_path / f"x{ending}"), encoding=encoding)
        for row in chunk.rows
    ]
    assert rows == [{"body": "Tea"}]
    for text in ("", "é" * 99):  # the first bytes may end within a letter
        (tmp_path / f"x{ending}").write_bytes(raw.replace(b"body", f"{text}body".encode()))
        with pytest.raises(ReadError, match=f"is not {encoding.upper()} but UTF-8"):
            next(tables.read(str(tmp_path / f"x{ending}"), encoding=encoding))
    (tmp_path / f"x{ending}").write_bytes(gzip.compress(raw))
    with pytest.raises(ReadError, match=r"is packed: let its name end in \.gz"):
        back(tmp_path / f"x{ending}")
    (tmp_path / f"x{ending}").write_bytes(pa.compress(raw, "zstd", asbytes=True))
    with pytest.raises(ReadError, match=r"is packed: let its name end in \.zst"):
        back(tmp_path / f"x{ending}")


@pytest.mark.parametrize("nul", ["\0\n", "\0\0\n", " \0x\n"])
def test_letters_without_a_value_at_the_beginning_are_a_row_as_elsewhere(tmp_path, nul):
    line = '{"text": "Tea cures cancer."}\n'
    (tmp_path / "x.jsonl").write_text(nul + line + nul, encoding="utf-8")
    [chunk] = tables.read(str(tmp_path / "x.jsonl"))
    assert chunk.rows == [{}, {"text": "Tea cures cancer."}, {}]
    assert [error[:16] for error in chunk.errors] == ["line 1: not JSON", "", "line 3: not JSON"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("text", ["a\n", "№,текст\n1,Чай лечит рак.\n", "id,body\n" * 99])
def test_what_has_no_mark_and_is_not_utf_8_is_refused(tmp_path, text, encoding):
    (tmp_path / "x.csv").write_text(text, encoding=encoding)
    with pytest.raises(ReadError, match="is binary, or UTF-16: name its encoding"):
        back(tmp_path / "x.csv")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
@given(text=st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=40))
def test_wide_letters_without_a_zero_byte_are_read(encoding, text):
    [chunk] = formats.READERS[".csv"](
        io.BytesIO(f"{text}\n{text}\n".encode(encoding)), "x.csv", ".csv", lambda: None, encoding
    )
    assert chunk.rows == [{text: text}]


def test_a_line_of_json_in_another_encoding_drops_no_other(tmp_path):
    (tmp_path / "x.jsonl").write_bytes(b'{"a": "caf\xe9"}\n{"a": "\x81"}\n{"a": "Tea"}\n')
    [chunk] = tables.read(str(tmp_path / "x.jsonl"), encoding="cp1252")
    assert chunk.rows == [{"a": "café"}, {"a": "\\x81"}, {"a": "Tea"}]
    assert chunk.errors[1].startswith("line 2: is not CP1252; convert it to UTF-8")
    raw = b'{"id": 1, "a": "caf\xe9"}\n{"id": 2, "a": "caf\xe9}\n{"id": 3, "a": "\xed\xa0\x80"}\n'
    (tmp_path / "x.jsonl").write_bytes(raw)
    [chunk] = tables.read(str(tmp_path / "x.jsonl"))
    assert chunk.rows == [{"id": 1, "a": "caf\\xe9"}, {}, {"id": 3, "a": "\ud800"}]
    assert chunk.errors[0].startswith("line 1: is not UTF-8; convert it")
    assert chunk.errors[0].endswith("name its encoding: --encoding cp1252")
    assert "line 2: is not UTF-8" in chunk.errors[1]
    assert "; line 2: not JSON: Invalid control" in chunk.errors[1]
    assert chunk.errors[1].endswith('; the line: {"id": 2, "a": "caf\\xe9}')
    assert chunk.errors[2] == ""


@pytest.mark.parametrize("mark", [",", "\t"])
def test_a_row_in_another_encoding_drops_no_other(tmp_path, mark):
    raw = b'id,body\n1,caf\xc3\xa9\n2,caf\xe9\n3,"\xe9\nb",x\n4,Tea\n'
    (tmp_path / "x.csv").write_bytes(raw.replace(b",", mark.encode()))
    [chunk] = tables.read(str(tmp_path / "x.csv"))
    assert [row["body"] for row in chunk.rows] == ["café", "caf\\xe9", "\\xe9\nb", "Tea"]
    assert [error[:12] for error in chunk.errors] == ["", "is not UTF-8", "lines 4 to 5", ""]
    assert ": 3 fields instead of 2; " in chunk.errors[2]
    assert "is not UTF-8; convert" in chunk.errors[2]


def test_columns_of_parquet_have_names_of_their_own(tmp_path):
    pq.write_table(pa.table([pa.array(["a"])] * 2, names=["b", "b"]), tmp_path / "x.parquet")
    with pytest.raises(ReadError, match="same name: 'b'"):
        back(tmp_path / "x.parquet")


def test_parquet_keeps_its_types(tmp_path):
    schema = pa.schema(
        [
            ("n", pa.int16()),
            ("when", pa.timestamp("ms")),
            ("time", pa.time64("ns")),
            ("raw", pa.binary()),
            ("kind", pa.dictionary(pa.int32(), pa.string())),
            ("body", pa.string()),
        ]
    )
    values = {
        "n": [1, None],
        "when": [0, 1],
        "time": pa.array([123_456_789_123, None]).cast(pa.time64("ns")),
        "raw": [b"\xff\0", None],
        "kind": pa.array(["a", "a"]).dictionary_encode(),
        "body": ["a", None],
    }
    pq.write_table(pa.table(values, schema), tmp_path / "x.parquet")
    batch.score_table([str(tmp_path / "x.parquet")], str(tmp_path / "y.parquet"), "body")
    columns = schema.names
    found = pq.read_table(tmp_path / "y.parquet").select(columns)
    assert found.equals(pq.read_table(tmp_path / "x.parquet"))


@pytest.mark.parametrize(
    "index",
    [
        pd.Index([5, 7], name="post"),
        pd.Index([5, 7]),
        pd.MultiIndex.from_tuples([(1, "x"), (2, "y")], names=["a", None]),
        pd.RangeIndex(4, 8, 2, name="n"),
    ],
)
@pytest.mark.parametrize("columns", [["body", "id"], [1, 2], [("a", "b"), ("a", "c")]])
def test_a_frame_comes_back_with_its_index(tmp_path, index, columns):
    frame = pd.DataFrame([["Tea.", 1], ["Tea cures gout.", 2]], index, columns)
    if isinstance(columns[0], tuple):
        frame.columns = pd.MultiIndex.from_tuples(columns)
    frame.to_parquet(tmp_path / "x.parquet")
    text = str(columns[0])
    batch.score_table([str(tmp_path / "x.parquet")], str(tmp_path / "y.parquet"), text)
    found = pd.read_parquet(tmp_path / "y.parquet")
    assert list(found) == [*map(str, columns), *batch.COLUMNS, "error"]
    pd.testing.assert_index_equal(found.index, index)
    assert found[text].tolist() == ["Tea.", "Tea cures gout."]
    batch.score_table([str(tmp_path / "x.parquet")] * 2, str(tmp_path / "y.parquet"), text)
    found = pd.read_parquet(tmp_path / "y.parquet")
    twice = pd.RangeIndex(4) if isinstance(index, pd.RangeIndex) else index.append(index)
    pd.testing.assert_index_equal(found.index, twice)


def test_damaged_words_of_pandas_stop_no_table(tmp_path):
    table = pa.table({"body": ["Tea cures gout."]}).replace_schema_metadata({"pandas": "["})
    pq.write_table(table, tmp_path / "x.parquet")
    batch.score_table([str(tmp_path / "x.parquet")], str(tmp_path / "y.parquet"))
    assert pq.read_table(tmp_path / "y.parquet")["overstated"].to_pylist() == [True]


TIMES = {
    "flat": (pa.time64("ns"), 1, "00:00:00.000000001"),
    "list": (pa.large_list(pa.time64("ns")), [1, None], ["00:00:00.000000001", None]),
    "struct": (
        pa.struct([("t", pa.list_(pa.time64("ns"))), ("n", pa.int64())]),
        {"t": [1], "n": 2},
        {"t": ["00:00:00.000000001"], "n": 2},
    ),
    "map": (
        pa.map_(pa.string(), pa.time64("ns")),
        [("a", 1)],
        [["a", "00:00:00.000000001"]],
    ),
}


@pytest.mark.parametrize(("kind", "value", "shown"), TIMES.values(), ids=TIMES)
def test_a_time_of_day_keeps_its_nanoseconds(tmp_path, kind, value, shown):
    table = pa.table({"body": ["Tea cures gout.", "Tea."], "t": pa.array([value, None], kind)})
    pq.write_table(table, tmp_path / "x.parquet")
    for ending in (".jsonl", ".csv", ".parquet"):
        batch.score_table([str(tmp_path / "x.parquet")], f"{tmp_path}/y{ending}", "body")
    assert [row["t"] for row in back(tmp_path / "y.jsonl")] == [shown, None]
    cells = [row["t"] for row in back(tmp_path / "y.csv")]
    assert cells == [shown if isinstance(shown, str) else json.dumps(shown), ""]
    assert pq.read_table(tmp_path / "y.parquet")["t"].equals(table["t"])


FAR = 1 << 62
FIRST = "1970-01-01 00:00:00.000001"
PARTS = pa.struct([("t", pa.timestamp("us")), ("n", pa.int64())])


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        (pa.array([1, FAR], pa.timestamp("us")), [FIRST, str(FAR)]),
        (
            pa.array([1, FAR], pa.timestamp("us", "Europe/Berlin")),
            ["1970-01-01 01:00:00.000001+01:00", str(FAR)],
        ),
        (pa.array([1, FAR], pa.duration("s")), ["0:00:01", str(FAR)]),
        (pa.array([1, 2**31 - 1], pa.date32()), ["1970-01-02", str(2**31 - 1)]),
        (pa.array([[1, FAR], [1]], pa.list_(pa.timestamp("us"))), [[FIRST, str(FAR)], [FIRST]]),
        (pa.array([[1], [FAR]], pa.list_(pa.timestamp("us"), 1)), [[FIRST], [str(FAR)]]),
        (
            pa.array([{"t": FAR, "n": 1}, {"t": 1, "n": 2}], PARTS),
            [{"t": str(FAR), "n": 1}, {"t": FIRST, "n": 2}],
        ),
        (
            pa.array([[("a", [FAR])], [("b", [1])]], pa.map_("string", pa.list_(PARTS[0].type))),
            [[["a", [str(FAR)]]], [["b", [FIRST]]]],
        ),
        (
            pa.StructArray.from_arrays([[1, 2], [3, 4]], ["a", "a"]),
            [[["a", 1], ["a", 3]], [["a", 2], ["a", 4]]],
        ),
        (pa.array([1], pa.timestamp("us", "Mars/Phobos")), [f"{FIRST}+00:00"]),
        (pa.array([1], pa.timestamp("ns", "Mars/Phobos")), ["1970-01-01 00:00:00.000000001+00:00"]),
        (pa.array([[1]], pa.large_list(pa.timestamp("us", "Mars/Phobos"))), [[f"{FIRST}+00:00"]]),
    ],
)
def test_only_what_python_has_no_value_for_is_spelled_otherwise(tmp_path, values, shown):
    values = pa.concat_arrays([values, pa.nulls(1, values.type)])
    table = pa.table({"body": ["Tea cures gout."] * len(values), "t": values})
    pq.write_table(table, tmp_path / "x.parquet")
    try:
        pq.read_table(tmp_path / "x.parquet")
    except pa.ArrowInvalid:
        pytest.skip("this version of pyarrow cannot read the lists of a fixed size that it wrote")
    for target in ("y.parquet", "y.jsonl", "y.csv"):
        result = run("score", tmp_path / "x.parquet", "-o", tmp_path / target)
        assert result.exit_code == 0
    assert pq.read_table(tmp_path / "y.parquet")["t"].equals(table["t"])
    found = [row["t"] for row in back(tmp_path / "y.jsonl")]
    assert found == [*shown, None]
    cells = [row["t"] for row in back(tmp_path / "y.csv")]
    assert cells == [*(one if isinstance(one, str) else json.dumps(one) for one in shown), ""]


def test_a_text_that_is_none_is_told(tmp_path):
    values = pa.array([b"caf\xe9"]).view(pa.string())
    pq.write_table(pa.table({"body": ["Tea cures gout."], "t": values}), tmp_path / "x.parquet")
    result = run("score", tmp_path / "x.parquet", "-o", tmp_path / "y.jsonl")
    assert result.exit_code == 3
    assert "is not UTF-8" in " ".join(result.stderr.split())


def test_a_later_file_may_have_no_value_where_the_first_always_has(tmp_path):
    field = pa.field("id", pa.int64(), nullable=False)
    first = pa.table([[1], ["x y"]], schema=pa.schema([field, ("body", pa.string())]))
    pq.write_table(first, tmp_path / "a.parquet")
    pq.write_table(pa.table({"id": [None, 2], "body": ["y z"] * 2}), tmp_path / "b.parquet")
    target = tmp_path / "c.parquet"
    result = run("score", tmp_path / "a.parquet", tmp_path / "b.parquet", "-o", target)
    assert result.exit_code == 0
    assert pq.read_table(target)["id"].to_pylist() == [1, None, 2]


def test_a_column_without_a_value_in_the_first_file_is_of_no_kind(tmp_path):
    for name, note in (("a", [None, None]), ("b", ["x", None]), ("c", [1, 2])):
        pq.write_table(pa.table({"body": ["x y", "z"], "note": note}), tmp_path / f"{name}.parquet")
    sources = [str(tmp_path / f"{name}.parquet") for name in "abc"]
    batch.score_table(sources, str(tmp_path / "d.parquet"), "body")
    assert pq.read_table(tmp_path / "d.parquet")["note"].to_pylist() == [
        *[None, None, "x", None],
        *["1", "2"],
    ]


LATER = {
    "a key": (pa.array([{"a": 1}]), pa.array([{"a": 1, "b": 2}])),
    "a time": (pa.array([date(2026, 1, 2)]), pa.array([datetime(2026, 1, 2, 3)])),
    "a part": (pa.array([[1]]), pa.array([[1.7]])),
    "milliseconds": (pa.array([5], pa.duration("s")), pa.array([5001], pa.duration("ms"))),
    "digits": (pa.array([0.5], pa.float32()), pa.array([0.1])),
    "nanoseconds": (pa.array([5], pa.timestamp("ms")), pa.array([5], pa.timestamp("ns"))),
    "its clock": (pa.array([5], pa.timestamp("ms")), pa.array([5], pa.timestamp("ms", "UTC"))),
    "no clock": (pa.array([5], pa.timestamp("ms", "UTC")), pa.array([5], pa.timestamp("ms"))),
    "time of day": (pa.array([5], pa.time64("us")), pa.array([5], pa.time64("ns"))),
    "within": (
        pa.array([[{"t": 5}]], pa.list_(pa.struct([("t", pa.time64("us"))]))),
        pa.array([[{"t": 5}]], pa.list_(pa.struct([("t", pa.time64("ns"))]))),
    ),
    "cents": (pa.array([1]), pa.array([Decimal("1.50")])),
    "a number": (pa.array([1.5]), pa.array([True])),
    "numbers": (pa.array([[1.5]]), pa.array([[True]])),
    "letters": (pa.array([["a"]]), pa.array(["ab"])),
}


@pytest.mark.parametrize(("first", "later"), LATER.values(), ids=LATER)
def test_no_value_of_a_later_file_is_cut_off(tmp_path, first, later):
    for name, column in (("a", first), ("b", later)):
        pq.write_table(pa.table({"body": ["x y"], "v": column}), tmp_path / f"{name}.parquet")
    target = tmp_path / "c.parquet"
    result = run("score", tmp_path / "a.parquet", tmp_path / "b.parquet", "-o", target)
    assert (result.exit_code, "2 rows" in result.stderr) == (0, True)
    found = pq.read_table(target)
    assert found["v"].combine_chunks().equals(pa.concat_arrays([first, pa.nulls(1, first.type)]))
    assert found["error"][1].as_py().startswith('not of the type of its column: {"v": ')


@pytest.mark.parametrize(
    ("first", "later"),
    [
        (pa.array([{"a": 1.5, "b": [1]}]), pa.array([{"b": [2.0], "a": nan, "c": None}, None])),
        (pa.array([5], pa.timestamp("ms")), pa.array([5000, None], pa.timestamp("us"))),
        (pa.array([5], pa.timestamp("ns")), pa.array([5, None], pa.timestamp("s"))),
        (
            pa.array([5], pa.timestamp("us", "UTC")),
            pa.array([1761438600, None], pa.timestamp("s", "Europe/Berlin")),  # clocks go back
        ),
        (pa.array([5], pa.date32()), pa.array([0, 86_400], pa.timestamp("s"))),
        (pa.array([5], pa.time64("us")), pa.array([5000, None], pa.time64("ns"))),
        (pa.array([0.5], pa.float32()), pa.array([0.25, nan, -inf])),
        (pa.array([0.5]), pa.array([0.1, nan, None], pa.float32())),
        (pa.array([1], pa.int64()), pa.array([Decimal("2.00"), None])),
        (pa.array([Decimal("2.00")]), pa.array([1, None])),
        (pa.array([b"a"]), pa.array(["é", None])),
        (pa.array(["a"], pa.large_string()), pa.array(["é", None])),
        (pa.array([b"a"], pa.large_binary()), pa.array(["é", None])),
        (pa.array([b"a"], pa.binary_view()), pa.array(["é", None])),
        (pa.array([b"ab"], pa.binary(2)), pa.array(["é", None])),
        (pa.array(["a"]).dictionary_encode(), pa.array(["é", None])),
        (pa.array([[("a", 1)]], pa.map_("string", "int64")), pa.array([{"a": 1}, {"a": 2}])),
    ],
)
def test_values_of_a_later_file_that_fit_are_kept(tmp_path, first, later):
    for name, column in (("a", first), ("b", later)):
        table = pa.table({"body": ["x y"] * len(column), "v": column})
        pq.write_table(table, tmp_path / f"{name}.parquet")
    sources = [str(tmp_path / f"{name}.parquet") for name in "ab"]
    target = tmp_path / "c.parquet"
    assert batch.score_table(sources, str(target), "body")["rows"] == 1 + len(later)
    found = pq.read_table(target)["v"]
    assert found.type == first.type
    assert len(found) - found.null_count == 1 + len(later) - later.null_count


@pytest.mark.parametrize(
    ("first", "value"),
    [
        (pa.array([{"a": 1}]), {"a": 1, "b": 2}),
        (pa.array([{"a": "x"}]), {"a": "\ud800"}),
        (pa.array([5], pa.timestamp("ms")), 5),
        (pa.array([0.5], pa.float32()), 0.1),
    ],
)
def test_no_value_of_another_format_is_cut_off(tmp_path, first, value):
    pq.write_table(pa.table({"body": ["x y"], "v": first}), tmp_path / "a.parquet")
    (tmp_path / "b.jsonl").write_text(json.dumps({"body": "x y", "v": value}) + "\n")
    sources = [str(tmp_path / "a.parquet"), str(tmp_path / "b.jsonl")]
    assert batch.score_table(sources, str(tmp_path / "c.parquet"), "body")["overflow"] == 1
    found = pq.read_table(tmp_path / "c.parquet")
    assert found["v"].combine_chunks().equals(pa.concat_arrays([first, pa.nulls(1, first.type)]))
    told = json.dumps({"v": value}, ensure_ascii=False).replace("\ud800", "\\ud800")
    assert found["error"][1].as_py() == f"not of the type of its column: {told}"


def test_a_part_that_no_value_of_the_first_file_may_lack_is_told(tmp_path):
    for name, value in (("a", 1), ("b", None)):
        kind = pa.struct([pa.field("k", pa.int64(), nullable=value is None)])
        table = pa.table({"body": ["x y"], "v": pa.array([{"k": value}], kind)})
        pq.write_table(table, tmp_path / f"{name}.parquet")
    sources = [str(tmp_path / f"{name}.parquet") for name in "ab"]
    with pytest.raises(MisinfoError, match=r"'k' is declared non-nullable .* ends in .jsonl"):
        batch.score_table(sources, str(tmp_path / "c.parquet"), "body")
    assert not (tmp_path / "c.parquet").exists()


@pytest.mark.parametrize("first", [1, 1.5])
@pytest.mark.parametrize("rows", [1, 2])
def test_true_is_no_number_in_parquet(tmp_path, first, rows):
    with tables.written(str(tmp_path / "x.parquet")) as write:
        write(tables.Chunk([{"n": first, "error": ""}], [""]))
        write(tables.Chunk([{"n": 2}, {"n": True}][-rows:], [""] * rows))
    found = back(tmp_path / "x.parquet")
    assert [row["n"] for row in found] == [first, *[2, None][-rows:]]
    assert found[-1]["error"] == 'not of the type of its column: {"n": true}'


numbers = st.none() | st.booleans() | st.integers(-(1 << 64), 1 << 64) | st.floats()
nests = st.recursive(numbers | st.text(max_size=3), lambda x: st.lists(x, max_size=2))


@given(st.lists(nests, min_size=1, max_size=4), st.data())
def test_a_value_comes_back_as_it_was_or_not_at_all(values, data):
    kinds = [pa.float32(), pa.int8(), pa.list_(pa.int64()), pa.list_(pa.list_(pa.float64()))]
    kind = data.draw(st.sampled_from([pa.int64(), pa.float64(), pa.bool_(), *kinds]))
    made, unfit = parquet.filled(values, kind)
    found = made.to_pylist()

    def bare(value):
        if isinstance(value, list):
            return [bare(part) for part in value]
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return "nan" if value != value else (number, value)

    assert bare(found) == bare([None if n in unfit else one for n, one in enumerate(values)])
    assert all(parquet.filled([values[n]], kind)[1] for n in unfit)


def test_small_chunks_make_no_small_groups_of_parquet(tmp_path, monkeypatch):
    def groups(rows, size):
        with tables.written(str(tmp_path / "x.parquet")) as write:
            for start in range(0, rows, 10):
                chunk = [{"id": n, "body": "x" * size} for n in range(start, start + 10)]
                write(tables.Chunk(chunk, [""] * 10))
        assert [row["id"] for row in back(tmp_path / "x.parquet")] == list(range(rows))
        found = pq.ParquetFile(tmp_path / "x.parquet").metadata
        return [found.row_group(n).num_rows for n in range(found.num_row_groups)]

    assert groups(1000, 1) == [1000]
    monkeypatch.setattr(parquet, "GROUP_ROWS", 400)
    assert groups(1000, 1) == [400, 400, 200]
    monkeypatch.setattr(parquet, "GROUP_SIZE", 50_000)
    assert max(groups(200, 1000)) <= 60


def test_dictionaries_of_two_files_come_back(tmp_path):
    kinds = {name: [f"{name}{n}" for n in range(100)] for name in "ab"}
    for name, column in kinds.items():
        kind = pa.dictionary(pa.int8(), pa.string())  # with room for one of the two
        table = pa.table({"body": ["x y"] * 100, "v": pa.array(column, kind)})
        pq.write_table(table, tmp_path / f"{name}.parquet")
    sources = [str(tmp_path / f"{name}.parquet") for name in kinds]
    batch.score_table(sources, str(tmp_path / "c.parquet"), "body")
    assert pq.read_table(tmp_path / "c.parquet")["v"].to_pylist() == [*kinds["a"], *kinds["b"]]


def test_a_name_that_parquet_cannot_hold_is_refused(tmp_path):
    (tmp_path / "x.jsonl").write_text('{"body": "Tea cures gout.", "k\\ud83d": 1}\n')
    result = run("score", tmp_path / "x.jsonl", "-o", tmp_path / "x.parquet")
    assert result.exit_code == 2
    assert "half a character" in " ".join(result.stderr.split())
    assert run("score", tmp_path / "x.jsonl", "-o", tmp_path / "y.jsonl").exit_code == 0


def test_parquet_is_read_in_pieces_of_about_one_size(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "CHUNK_SIZE", 10_000)
    rows = [{"body": str(n) * 1000} for n in range(10)] * 9
    put(tmp_path / "x.parquet", rows)
    chunks = list(tables.read(str(tmp_path / "x.parquet")))
    assert [row for chunk in chunks for row in chunk.rows] == rows
    assert 5 <= max(len(chunk.rows) for chunk in chunks) <= 10


def test_empty_cells_count_too(tmp_path):
    (tmp_path / "x.csv").write_text("id,body" + "," * 1998 + "\n" + ("," * 1999 + "\n") * 200)
    assert len(next(tables.read(str(tmp_path / "x.csv"))).rows) < 20


@pytest.fixture
def large(tmp_path):
    bodies = [os.urandom(1000).hex() for _ in range(6000)]
    table = pa.table({"body": bodies})
    pq.write_table(table, tmp_path / "x.parquet", compression=None, use_dictionary=False)
    return tmp_path / "x.parquet"  # 12 megabytes in one group of rows


def test_no_more_of_parquet_is_read_at_once_than_is_needed(large):
    sizes = []

    class File(io.FileIO):
        def read(self, size=-1):
            sizes.append(size)
            return super().read(size)

    with File(large) as file:
        chunks = formats.READERS[".parquet"](file, "x", ".parquet", lambda: None, "utf-8")
        assert sum(len(chunk.rows) for chunk in chunks) == 6000
    assert max(sizes) < 2 << 20 < 12_000_000 < sum(sizes)


@pytest.mark.parametrize("ending", [".gz", ".zst"])
def test_packed_parquet_is_unpacked_once_and_not_into_memory(large, ending, monkeypatch):
    raw = large.read_bytes()
    packed = gzip.compress(raw) if ending == ".gz" else pa.compress(raw, "zstd", asbytes=True)
    large.with_suffix(f".parquet{ending}").write_bytes(packed)
    del raw, packed
    monkeypatch.setattr(gzip.GzipFile, "seek", None)
    tracemalloc.start()
    try:
        chunks = tables.read(f"{large}{ending}")
        assert sum(len(chunk.rows) for chunk in chunks) == 6000
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("room", [0, 5000])
def test_that_there_is_no_room_to_unpack_parquet_is_told(tmp_path, monkeypatch, room):
    resource = pytest.importorskip("resource")
    file = tmp_path / "x.parquet.gz"
    pq.write_table(pa.table({"text": [str(n) for n in range(9999)]}), tmp_path / "x.parquet")
    file.write_bytes(gzip.compress((tmp_path / "x.parquet").read_bytes()))
    if not room:
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room or soft, hard))
    try:
        with pytest.raises(MisinfoError, match=r"x\.parquet\.gz: cannot be copied .*set TMPDIR"):
            list(tables.read(str(file)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
def test_numbers_beyond_what_is_computed_with_stay_as_they_are_written(tmp_path, ending):
    line = '{"text": "Tea.", "n": 1e400, "of": [-2.5E+999, 1.5e300], "i": -Infinity, "x": NaN}\n'
    (tmp_path / "x.jsonl").write_text(line, encoding="utf-8")
    [row] = back(tmp_path / "x.jsonl")
    assert (row["n"], row["of"], row["i"]) == ("1e400", ["-2.5E+999", 1.5e300], -inf)
    batch.score_table([str(tmp_path / "x.jsonl")], f"{tmp_path}/y{ending}")
    [row] = back(tmp_path / f"y{ending}")
    assert (row["n"], row["error"]) == ("1e400", "")
    assert str(row["i"]).lower().startswith("-inf")


def test_a_key_that_is_repeated_is_told_with_its_line(tmp_path):
    lines = ['{"id": 1, "text": "Tea.", "id": 2}', '{"a": [{"b": 1, "b": 1e999}]}', '{"id": 3}']
    (tmp_path / "x.jsonl").write_text("\ufeff" + "\n\ufeff".join(lines), encoding="utf-8")
    [chunk] = tables.read(str(tmp_path / "x.jsonl"))
    assert chunk.rows == [{"id": 2, "text": "Tea."}, {"a": [{"b": "1e999"}]}, {"id": 3}]
    assert chunk.errors == [
        f"line 1: repeats the key 'id'; the line: {lines[0]}",
        f"line 2: repeats the key 'b'; the line: {lines[1]}",
        "",
    ]


@pytest.mark.parametrize("text", ["a", "\ud800"])
def test_what_json_has_no_word_for_is_null_or_text(tmp_path, text):
    nan, infinity = float("nan"), float("inf")
    put(tmp_path / "x.jsonl", [{"a": nan, "b": [infinity, 1.5], "c": text}, {"a": -infinity}])
    lines = (tmp_path / "x.jsonl").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line, parse_constant=pytest.fail) for line in lines]
    assert found == [{"a": None, "b": ["Infinity", 1.5], "c": text}, {"a": "-Infinity"}]


@pytest.mark.parametrize("ending", [".csv", ".jsonl.gz", ".parquet"])
def test_an_interrupt_leaves_the_old_file_whole(tmp_path, ending):
    path = tmp_path / f"x{ending}"
    put(path, [{"id": "old"}])
    before = path.read_bytes()
    with pytest.raises(KeyboardInterrupt), tables.written(str(path)) as write:
        write(tables.Chunk([{"id": "new"}], [""]))
        raise KeyboardInterrupt
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_what_has_no_column_goes_into_the_error(tmp_path):
    with tables.written(str(tmp_path / "x.csv")) as write:
        write(tables.Chunk([{"a": 1, "error": ""}], [""]))
        write(tables.Chunk([{"a": 2, "b": 3, "c": None, "error": "bad"}], ["bad"]))
    assert back(tmp_path / "x.csv")[1] == {"a": "2", "error": 'bad; not in the header: {"b": 3}'}


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
@pytest.mark.parametrize("value", [None, "", 0, False])
def test_only_values_are_lost(tmp_path, ending, value):
    rows = [{"a": "1", "error": ""}, {"a": "2", "b": value, "error": ""}]
    with tables.written(str(tmp_path / f"x{ending}")) as write:
        over = [write(formats.Chunk([row], [""])) for row in rows]
    lost = value not in (None, "")
    assert over == [0, lost]
    assert bool(back(tmp_path / f"x{ending}")[1]["error"]) == lost


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
@pytest.mark.parametrize(
    "first", [{"parse_error": "p", "error": ""}, {"error": "", "my_error": "p"}]
)
def test_it_is_the_added_error_that_tells_it(tmp_path, ending, first):
    with tables.written(str(tmp_path / f"x{ending}")) as write:
        assert write(formats.Chunk([first], [""], kinds={"error": str})) == 0
        assert write(formats.Chunk([first | {"b": 3}], [""], kinds={"error": str})) == 1
    assert back(tmp_path / f"x{ending}")[1] == first | {"error": 'not in the header: {"b": 3}'}


@pytest.mark.parametrize("ending", [".jsonl", ".parquet"])
def test_a_value_that_does_not_fit_its_column_goes_into_the_error(tmp_path, monkeypatch, ending):
    monkeypatch.setattr(formats, "CHUNK_ROWS", 2)
    first = {"id": 1, "n": 0.5, "on": True, "note": "a", "text": "Tea cures gout."}
    wrong = [{"id": "x"}, {"id": 1.5, "on": 1}, {"id": 1 << 70}, {"n": True}, {"on": "\ud800"}]
    right = [{"id": 2.0, "n": 3, "note": 4}, {"id": None, "note": [5]}]
    put(tmp_path / f"a{ending}", [first, first])
    later = [*(first | part for part in [*wrong, *right]), {"text": "", "id": ""}]
    put(tmp_path / "b.jsonl", later)
    options = (tmp_path / f"a{ending}", tmp_path / "b.jsonl", "-o", tmp_path / "y.parquet")
    result = run("score", *options, "--skip-bad")
    assert result.exit_code == 0
    told = "1 could not be scored, 6 with values for which no column fits: see error, or try .jsonl"
    assert told in result.stderr
    rows = back(tmp_path / "y.parquet")[2:]
    for row, part in zip(rows, wrong, strict=False):
        expected = {name: value for name, value in first.items() if name not in part}
        assert row | expected | dict.fromkeys(part) == row
        part = json.dumps(part, ensure_ascii=False).replace("\ud800", "\\ud800")
        assert row["error"] == f"not of the type of its column: {part}"
    assert rows[-1]["error"] == 'no text; not of the type of its column: {"id": ""}'
    found = [[row[name] for name in ("id", "n", "note", "error")] for row in rows[5:7]]
    assert found == [[2, 3.0, "4", ""], [None, 0.5, "[5]", ""]]


def test_what_has_no_column_and_what_does_not_fit_are_told_together(tmp_path):
    with tables.written(str(tmp_path / "x.parquet")) as write:
        assert write(tables.Chunk([{"id": 1, "error": ""}], [""])) == 0
        assert write(tables.Chunk([{"id": "x", "b": 3, "error": "bad"}], ["bad"])) == 1
    assert back(tmp_path / "x.parquet")[1] == {
        "id": None,
        "error": 'bad; not in the header: {"b": 3}; not of the type of its column: {"id": "x"}',
    }


def test_values_of_mixed_types(tmp_path):
    rows = [{"a": 1, "b": True, "c": [1, "é"], "d": 1.5}, {"a": 2, "b": None, "c": None, "d": 2}]
    put(tmp_path / "x.jsonl", rows)
    assert back(tmp_path / "x.jsonl") == rows
    put(tmp_path / "x.parquet", rows)
    assert back(tmp_path / "x.parquet")[0] == {"a": 1, "b": True, "c": '[1, "é"]', "d": 1.5}
    put(tmp_path / "x.csv", rows)
    assert back(tmp_path / "x.csv")[0] == {"a": "1", "b": "true", "c": '[1, "é"]', "d": "1.5"}


@pytest.mark.parametrize("other", [1, None, 1.5])
def test_a_number_that_parquet_has_no_kind_for_is_written_as_text(tmp_path, other):
    put(tmp_path / "x.parquet", [{"n": 1 << 63}, {"n": other}])
    assert back(tmp_path / "x.parquet") == [{"n": str(1 << 63)}, {"n": other and str(other)}]


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), pa.binary(3)])
def test_binary_values_are_written_as_base64(tmp_path, kind):
    raw = [b"\xff\0a", b"Tea"]
    rows = [{"raw": raw[0], "of": [{"raw": raw[0]}]}, {"raw": raw[1], "of": None}]
    parts = pa.list_(pa.struct([("raw", kind)]))
    schema = pa.schema([("body", pa.string()), ("raw", kind), ("of", parts)])
    table = pa.Table.from_pylist([row | {"body": "Tea."} for row in rows], schema)
    pq.write_table(table, tmp_path / "x.parquet")
    for ending in (".csv", ".jsonl"):
        batch.score_table([str(tmp_path / "x.parquet")], f"{tmp_path}/y{ending}", "body")
        first, second = back(f"{tmp_path}/y{ending}")
        assert [base64.b64decode(row["raw"]) for row in (first, second)] == raw
        of = json.loads(first["of"]) if isinstance(first["of"], str) else first["of"]
        assert base64.b64decode(of[0]["raw"]) == raw[0]


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), pa.binary_view()])
@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
def test_binary_texts_are_scored_as_texts(tmp_path, kind, ending):
    texts = ["Tea cures gout – guaranteed.", "Open daily.", ""]
    for name, of in (("binary", kind), ("plain", pa.string())):
        values = pa.array([*(text.encode() for text in texts), None], pa.binary())
        pq.write_table(pa.table({"body": values.cast(of)}), tmp_path / f"{name}.parquet")
        batch.score_table(tmp_path / f"{name}.parquet", f"{tmp_path}/{name}{ending}")
    binary, plain = (back(f"{tmp_path}/{name}{ending}") for name in ("binary", "plain"))
    if ending == ".parquet":
        assert [row["body"] for row in binary] == values.to_pylist()
        binary = [row | {"body": old["body"]} for row, old in zip(binary, plain, strict=True)]
    assert binary == plain
    assert [row["error"] for row in binary] == ["", "", "no text", "no text"]
    wrong = batch.score_chunk(tables.Chunk([{"body": b"\xff"}], [""]), "body")
    assert wrong.errors == ["not a text: bytes"]


def test_binary_values_without_a_column_of_their_own_are_base64_too(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"body": "Tea.", "raw": "x"}\n')
    table = pa.table({"body": ["Tea."], "raw": [b"\xff"], "more": [b"\xff"]})
    pq.write_table(table, tmp_path / "b.parquet")
    sources = [str(tmp_path / name) for name in ("a.jsonl", "b.parquet")]
    for ending in (".csv", ".parquet"):
        batch.score_table(sources, f"{tmp_path}/c{ending}")
        row = back(f"{tmp_path}/c{ending}")[1]
        assert (row["raw"], row["error"]) == ("/w==", 'not in the header: {"more": "/w=="}')


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
def test_later_values_of_a_column_of_texts_are_written_as_texts(tmp_path, kind):
    table = pa.table({"body": pa.array(["Tea cures gout."], kind), "v": pa.array(["a"], kind)})
    pq.write_table(table, tmp_path / "a.parquet")
    later = [1, True, 1.5, [1, "é"], "x\ud800", None]
    rows = [json.dumps({"body": "x\ud800", "v": value}) + "\n" for value in later]
    (tmp_path / "b.jsonl").write_text("".join(rows))
    sources = [str(tmp_path / name) for name in ("a.parquet", "b.jsonl")]
    batch.score_table(sources, str(tmp_path / "c.parquet"), "body")
    found = pq.read_table(tmp_path / "c.parquet")
    assert found.schema.field("v").type == kind
    assert found["overstated"][0].as_py() is True
    assert found["v"].to_pylist() == ["a", "1", "true", "1.5", '[1, "é"]', "x\\ud800", None]


def test_lone_surrogates_are_written(tmp_path):
    for ending in (".csv", ".jsonl", ".parquet"):
        put(tmp_path / f"x{ending}", [{"a": "x\ud800"}])
        assert back(tmp_path / f"x{ending}")[0]["a"] in ("x\ud800", "x\\ud800")


def test_a_lone_surrogate_changes_no_other_letter(tmp_path):
    put(tmp_path / "x.jsonl", [{"a": "é"}, {"a": "é\\\ud800"}])
    raw = (tmp_path / "x.jsonl").read_bytes()
    assert raw == '{"a": "é"}\n{"a": "é\\\\\\ud800"}\n'.encode()
    assert back(tmp_path / "x.jsonl") == [{"a": "é"}, {"a": "é\\\ud800"}]


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("x.csv", b"", "is empty"),
        ("x.csv", b"a,a\n1,2\n", "same name: 'a'"),
        ("x.csv", b"a,b\xff\n1,2\n", "not UTF-8"),
        ("x.parquet", b"nothing", "not a Parquet"),
        ("x.csv.gz", b"nothing", "cannot be read"),
        ("x.jsonl.gz", gzip.compress(b'{"a": 1}\n' * 9999)[:-20], "cannot be read to its end"),
        ("x.jsonl.zst", b"nothing", "cannot be read"),
    ],
)
def test_damaged_files_are_named(tmp_path, name, content, what):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ReadError, match=what):
        list(tables.read(str(tmp_path / name)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("x.csv", "text\n" + "a" * 1001, "a line of more than 1,000 characters"),
        ("x.csv", "a" * 1001, "a line of more than 1,000 characters"),
        ("x.csv", "sep=;\n" + "a" * 1001, "a line of more than 1,000 characters"),
        ("x.tsv.gz", 'text\nTea.\n"Gout.' + "\n" * 1001, "a row of more than 1,000 .*'\"Gout."),
        ("x.jsonl.gz", '{"text": "' + "a" * 1001, "a line of more than 1,000 characters"),
    ],
)
def test_no_line_and_no_row_is_longer_than_fits(tmp_path, monkeypatch, name, text, words, encoding):
    monkeypatch.setattr(lines, "MAX_BYTES", 1000)
    raw = text.encode(encoding)
    (tmp_path / name).write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    with pytest.raises(ReadError, match=f"{name}: has {words}"):
        back(tmp_path / name)


@pytest.mark.parametrize("between", [" ", "\n"])
def test_long_fields_are_read(tmp_path, between):
    before = csv.field_size_limit(131_072)  # Python's own
    rows = [
        {"id": str(n), "text": between.join(["tea"] * size)}
        for n, size in enumerate([1, 50_000, 2])
    ]
    put(tmp_path / "x.csv", rows)
    try:
        [chunk] = tables.read(str(tmp_path / "x.csv"))
    finally:
        csv.field_size_limit(before)
    assert (chunk.rows, chunk.errors) == (rows, [""] * 3)


def test_a_limit_of_the_process_above_ours_stays():
    before = csv.field_size_limit(MAX_BYTES + 1)
    lines.raise_field_limit()
    assert csv.field_size_limit(before) == MAX_BYTES + 1


def test_a_slow_source_holds_up_no_other_table(tmp_path):
    put(tmp_path / "quick.csv", [{"text": "tea"}])
    waits, goes_on = threading.Event(), threading.Event()

    class Slow(io.BytesIO):
        def read1(self, size=-1):
            if not (found := super().read1(size)):
                waits.set()
                goes_on.wait()
            return found

        def peek(self, size):
            return self.getvalue()

    with ThreadPoolExecutor(2) as pool:
        source = Slow(b"text\ntea\n")
        pool.submit(list, formats.READERS[".csv"](source, "slow.csv", ".csv", int, "utf-8"))
        waits.wait()
        try:
            assert pool.submit(back, tmp_path / "quick.csv").result(20) == [{"text": "tea"}]
        finally:
            goes_on.set()


def test_missing_files_and_unknown_formats(tmp_path):
    with pytest.raises(ReadError, match="no such file"):
        list(tables.read("nowhere.csv"))
    with pytest.raises(MisinfoError, match="not a table"):
        list(tables.read("page.txt"))
    (tmp_path / "posts.parquet").mkdir()
    with pytest.raises(ReadError, match=r"is a folder: name .*posts\.parquet/\*\.parquet"):
        tables.expand([str(tmp_path / "posts.parquet")])
    with pytest.raises(ReadError, match=r"posts\.parquet: cannot be read: Is a directory$"):
        list(tables.read(str(tmp_path / "posts.parquet")))
    with pytest.raises(ReadError, match="no file fits"):
        tables.expand(["nowhere/*.csv"])
    with pytest.raises(MisinfoError, match="unknown format"), tables.written("x.txt"):
        pass


@pytest.mark.parametrize(
    "address",
    ["lacking://host/posts.csv", "lacking://host/*.csv", "odd://x.csv", "https://host/x.csv"],
)
def test_an_address_that_needs_a_library_is_wrong_use(address, monkeypatch):
    for name in ("lacking", "https"):
        lacking = {"class": "no_such_library.FileSystem", "err": "it needs a library"}
        monkeypatch.setitem(known_implementations, name, lacking)
    result = run("score", address)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"error: {address}: fsspec cannot open tables there: " in result.stderr
    web = address.startswith("http")
    assert result.stderr.endswith("; pip install 'fsspec[http]'\n") == web


@pytest.mark.parametrize(
    "pack",
    [
        gzip.compress,
        lambda raw: pa.compress(raw, "zstd", asbytes=True),
        # as several threads write it: first a frame that is skipped
        lambda raw: b"P*M\x18\x04\0\0\0size" + pa.compress(raw, "zstd", asbytes=True),
        lambda raw: b"_*M\x18\0\0\0\0" + pa.compress(raw, "zstd", asbytes=True),
    ],
)
@pytest.mark.parametrize("ending", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_what_is_packed_on_standard_input_is_unpacked(tmp_path, monkeypatch, pack, ending):
    rows = [{"id": "1", "body": "Tea cures gout."}]
    put(tmp_path / f"x{ending}", rows)
    raw = io.BytesIO(pack((tmp_path / f"x{ending}").read_bytes()))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(raw)))
    assert [row for chunk in tables.read("-", ending) for row in chunk.rows] == rows


@pytest.mark.parametrize("kind", [str, "file://{}".format])
def test_a_file_that_is_named_twice_is_read_once(tmp_path, kind):
    names = [tmp_path / "b.csv", tmp_path / "a.csv"]
    for name in names:
        name.write_text("x\n", encoding="utf-8")
    found = tables.expand([kind(names[0]), kind(tmp_path / "*.csv"), "-", "-"])
    assert found == [*map(kind, names), "-"]


@pytest.mark.parametrize("ending", [".csv", ".json"])
def test_an_address_is_no_place_to_write_to(tmp_path, monkeypatch, ending):
    monkeypatch.chdir(tmp_path)
    source = tmp_path / ("x.csv" if ending == ".csv" else "x.txt")
    source.write_text("text\nTea cures gout.\n")
    result = run("score", source, "-o", f"s3://bucket/out{ending}")
    told = f"s3://bucket/out{ending} is an address, and only files are written: name a file here"
    assert (result.exit_code, result.stdout, told in result.stderr) == (2, "", True)
    with pytest.raises(MisinfoError, match="is an address"), tables.written("s3://bucket/out.csv"):
        pass
    assert "is an address" in run("train", source, "-o", "s3://bucket/m").stderr
    assert list(tmp_path.iterdir()) == [source]


def test_no_table_is_written_over_what_an_address_reads(tmp_path):
    put(tmp_path / "x.csv", [{"text": "Tea cures gout."}])
    result = run("score", f"file://{tmp_path}/x.csv", "-o", tmp_path / "x.csv")
    assert (result.exit_code, "would be written over" in result.stderr) == (2, True)


def test_a_name_that_is_too_long_cannot_be_read(tmp_path):
    assert run("score", "x" * 300 + ".csv", "-o", tmp_path / "out.csv").exit_code == 3


def test_the_name_of_a_format_has_any_case():
    assert run("score", "-", "--input-format", "CSV", data="text\nTea\n").exit_code == 0


def test_a_run_that_fails_leaves_no_new_folders(tmp_path):
    (tmp_path / "old").mkdir()
    for folder in ("new/er", "old"):
        with pytest.raises(KeyboardInterrupt), tables.written(f"{tmp_path}/{folder}/x.csv"):
            raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == ["old"]


def test_patterns_are_sorted(tmp_path):
    for name in "bca":
        (tmp_path / f"{name}.csv").write_text("x\n", encoding="utf-8")
    assert [path[-5] for path in tables.expand([str(tmp_path / "*.csv")])] == ["a", "b", "c"]


def test_csv_output_is_read_by_others(tmp_path):
    put(tmp_path / "x.csv", [{"a": 'say "hi",\nthere', "b": None}])
    with (tmp_path / "x.csv").open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [["a", "b"], ['say "hi",\nthere', ""]]
    put(tmp_path / "x.jsonl", [{"a": "é"}])
    assert json.loads((tmp_path / "x.jsonl").read_text(encoding="utf-8")) == {"a": "é"}


def test_times_in_an_unknown_zone_fit_a_column_of_another(tmp_path):
    for name, zone in (("a", "Nowhere/A"), ("b", "UTC")):
        times = pa.array([1001, 2002], pa.timestamp("us", zone))
        table = pa.table({"v": times, "text": ["Tea.", "Tea."]})
        pq.write_table(table, tmp_path / f"{name}.parquet")
    out = tmp_path / "out.parquet"
    batch.score_table([str(tmp_path / "a.parquet"), str(tmp_path / "b.parquet")], str(out), "text")
    assert pq.read_table(out)["v"].cast("int64").to_pylist() == [1001, 2002] * 2


def test_more_categories_than_a_column_has_room_for_are_one_line_of_error(tmp_path):
    frame = pd.DataFrame({"text": ["Tea."] * 3, "site": pd.Categorical(["a", "b", "a"])})
    frame.to_parquet(tmp_path / "a.parquet")
    lines = [json.dumps({"text": "Tea.", "site": f"s{n}"}) for n in range(300)]
    more = tmp_path / "b.jsonl"
    more.write_text("\n".join([*lines, '{"text": "Tea.", "site": 5}']), encoding="utf-8")
    result = run("score", tmp_path / "a.parquet", more, "-o", tmp_path / "out.parquet")
    assert result.exit_code == 2
    assert "Parquet cannot hold these rows: " in result.stderr
    assert not (tmp_path / "out.parquet").exists()


def test_a_deep_line_that_repeats_a_key_is_told_once(tmp_path):
    deep = "[" * (formats.DEEPEST + 1) + "]" * (formats.DEEPEST + 1)
    (tmp_path / "x.jsonl").write_text(f'{{"text": "a", "text": "b", "a": {deep}}}\n', "utf-8")
    [chunk] = tables.read(str(tmp_path / "x.jsonl"))
    assert chunk.rows == [{}]
    assert chunk.errors[0].count(deep) == 1
