"""Finding and reading: which files are taken, how each is read, and what is said of the others."""

import contextlib
import dataclasses
import gzip
import os
import subprocess
import sys
import tempfile
import tracemalloc
from pathlib import Path

import pytest
import samples
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from samples import run

from misinfo import blocks, bounded, readers, tables
from misinfo.errors import ReadError
from misinfo.records import Document

CLAIM = "Our tea cures cancer, guaranteed."
SAVED_PAGE = f"""From: <Saved by Blink>
Snapshot-Content-Location: https://shop.example/
Subject: Tea
MIME-Version: 1.0
Content-Type: multipart/related; type="text/html"; boundary="x"

--x
Content-Type: text/html

<p>{CLAIM}
--x
Content-Type: text/css

p {{ color: red }}
--x--
""".encode()
GOOD = {
    ".txt": CLAIM.encode(),
    ".md": f"# Tea\n\n{CLAIM}".encode(),
    ".html": f"<p>{CLAIM}".encode(),
    ".htm": f"<!DOCTYPE html><p>{CLAIM}".encode(),
    ".pdf": samples.pdf([CLAIM]),
    ".docx": samples.docx(samples.paragraph(CLAIM)),
    ".docm": samples.docx(samples.paragraph(CLAIM)),
    ".dotx": samples.docx(samples.paragraph(CLAIM)),
    ".eml": samples.mail(("text/plain", CLAIM)),
    ".mhtml": SAVED_PAGE,
    ".mht": SAVED_PAGE,
    ".rtf": samples.rtf(CLAIM),
    ".srt": f"1\n00:00:01,000 --> 00:00:02,000\n{CLAIM}\n".encode(),
    ".vtt": f"WEBVTT\n\n00:01.000 --> 00:02.000\n{CLAIM}\n".encode(),
    ".epub": samples.epub(f"<p>{CLAIM}</p>"),
}


@pytest.fixture
def folder(tmp_path):
    for ending, raw in GOOD.items():
        (tmp_path / f"a{ending}").write_bytes(raw)
    return tmp_path


def names(path, *exclude):
    return [os.path.basename(name) for name in readers.find(str(path), exclude)]


@pytest.mark.parametrize("ending", GOOD)
def test_every_format_is_read(folder, ending):
    found = readers.read(str(folder / f"a{ending}"))
    assert readers.read(folder / f"a{ending}") == found
    assert list(readers.find(folder / f"a{ending}")) == [found.name]
    assert CLAIM in found.text
    assert found.extracted == (ending not in readers.PLAIN)
    assert str(found.place(found.text.index(CLAIM)))


@pytest.mark.parametrize("ending", sorted(set(GOOD) - {".txt", ".md"}))
def test_without_an_ending_the_first_bytes_tell(folder, ending):
    name = folder / "page.php"
    name.write_bytes(GOOD[".htm" if ending == ".html" else ending])
    found = readers.read(str(name))
    assert found.extracted
    assert CLAIM in found.text


def test_json_is_no_text(folder):
    (folder / "posts.json").write_text(f'[{{"text": "{CLAIM}"}}]')
    with pytest.raises(ReadError, match=r"posts.json: is JSON, no text: save .* \(.jsonl\)"):
        readers.read(str(folder / "posts.json"))


@pytest.mark.parametrize(
    "raw",
    [
        f"From: Ann\n\nMIME-Version: {CLAIM}",
        f"From: Ann\nReceived: by post\n\n{CLAIM}",
        f"Subject: Tea\nMIME-Version: 1.0\n\n{CLAIM}",
    ],
)
def test_not_every_line_with_a_colon_is_of_a_mail(folder, raw):
    (folder / "note").write_bytes(raw.encode())
    assert readers.read(str(folder / "note")).text == raw
    long = GOOD[".eml"].replace(b"\nMIME", b"\nX-2: " + b"a, " * 2000 + b"\n b\nMIME")
    (folder / "long").write_bytes(long)
    assert readers.read(str(folder / "long")).extracted
    (folder / "note.txt").write_bytes(GOOD[".eml"])
    assert not readers.read(str(folder / "note.txt")).extracted


@pytest.mark.parametrize("ending", [".html", ".docx", ".pdf", ".rtf", ".epub", ".txt", ".eml"])
@pytest.mark.parametrize("inside", [".pdf", ".docx", ".epub", ".rtf"])
def test_a_wrong_ending_is_told(folder, ending, inside):
    if ending == inside:
        return
    name = folder / f"x{ending}"
    name.write_bytes(GOOD[inside])
    with pytest.raises(ReadError, match=f"is an? {inside[1:].upper()}.*, not .*end in {inside}"):
        readers.read(str(name))


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (
            b"\xd0\xcf\x11\xe0" * 9,
            "an old Office file.*; save it as DOCX, CSV or PDF, without a password",
        ),
        (
            samples.archive_of({"xl/workbook.xml": "x"}),
            "an Excel workbook, .*; save each sheet as CSV",
        ),
        (samples.archive_of({"ppt/presentation.xml": "x"}), "a PowerPoint .*; save it as PDF"),
        *[
            (
                samples.archive_of(
                    {"a": f"application/vnd.oasis.opendocument.{kind}"}, stored=True
                ),
                f"an OpenDocument {kind}, not .*; save {instead}",
            )
            for kind, instead in (
                ("text", "it as DOCX"),
                ("spreadsheet", "each sheet as CSV"),
                ("presentation", "it as PDF"),
            )
        ],
        (
            b"\xd0\xcf\x11\xe0" + "__properties_version1.0".encode("utf-16-le"),
            "an Outlook mail, .*; save it as .eml",
        ),
        (samples.archive_of({"a.txt": "x"}), "a ZIP archive, not .*; unpack it first"),
        (gzip.compress(b"x", mtime=0), "a gzip archive, not .*; unpack it first"),
    ],
)
def test_what_is_no_text_at_all_is_named(tmp_path, raw, name):
    for ending in (".docx", ".html", ".txt", ".bin"):
        file = tmp_path / f"x{ending}"
        file.write_bytes(raw)
        with pytest.raises(ReadError, match=f"is {name}"):
            readers.read(str(file))


def test_a_text_about_html_is_a_text(tmp_path):
    for ending in (".md", ".txt"):
        file = tmp_path / f"x{ending}"
        file.write_text("<html> is a tag.", encoding="utf-8")
        assert readers.read(str(file)).text == "<html> is a tag."


def test_markdown_keeps_its_lines(folder):
    found = readers.read(str(folder / "a.md"))
    assert str(found.place(found.text.index(CLAIM))) == "Tea, line 3, column 1"


def test_a_folder_gives_every_format_in_order_and_nothing_hidden(folder):
    (folder / ".git").mkdir()
    (folder / ".git" / "x.txt").write_text("x", encoding="utf-8")
    (folder / ".hidden.txt").write_text("x", encoding="utf-8")
    (folder / "sub" / "deep").mkdir(parents=True)
    (folder / "sub" / "deep" / "B.HTML").write_text("x", encoding="utf-8")
    (folder / "picture.png").write_bytes(b"x")
    assert names(folder) == [*sorted(f"a{ending}" for ending in GOOD), "B.HTML"]


def test_what_a_folder_has_of_other_kinds_is_noted(folder):
    said = []
    assert len([*readers.find(str(folder), note=said.append)]) == len(GOOD)
    assert said == []
    for name in ("readme", "posts.csv", "old.csv", "A.XLSX", ".hidden.odt"):
        (folder / name).write_bytes(b"x")
    list(readers.find(str(folder), note=said.append))
    list(readers.find(str(folder), ["*.csv", "readme"], said.append))
    assert said == [
        f"{folder}: 4 files of other kinds left out (.csv, no ending, .xlsx)",
        f"{folder}: 1 file of another kind left out (.xlsx)",
    ]
    page = run("score", folder, "-f", "html").stdout
    assert f"<li>{said[0]}</li>" in page


@pytest.mark.parametrize(
    ("path", "exclude", "left"),
    [
        ("", ("*.txt",), ["b.html", "c.html"]),
        ("", ("drafts",), ["a.txt", "b.html"]),
        ("", ("drafts/",), ["a.txt", "b.html"]),
        ("", ("drafts/*",), ["a.txt", "b.html"]),
        ("", ("**/c.*", "a.txt"), ["b.html"]),
        ("", ("site",), []),
        ("", ("test_*",), ["a.txt", "b.html", "c.html"]),  # what is above it does not count
        ("**/*.html", (), ["b.html", "c.html"]),
        ("**/*.html", ("c*",), ["b.html"]),
        ("[ab].*", (), ["a.txt", "b.html"]),
        ("a.txt", ("*.txt",), []),
    ],
)
def test_patterns(tmp_path, path, exclude, left):
    site = tmp_path / "site"
    (site / "drafts").mkdir(parents=True)
    for name in ("a.txt", "b.html", "drafts/c.html"):
        (site / name).write_text("x", encoding="utf-8")
    assert names(site / path, *exclude) == left


@pytest.mark.parametrize(
    ("exclude", "left"),
    [
        ("site/drafts", ["a.txt"]),
        ("./site/drafts/", ["a.txt"]),
        ("drafts/deep", ["a.txt"]),  # within the folder
        ("site", []),
        ("./site/", []),
        ("drafts/other", ["a.txt", "c.html"]),
    ],
)
def test_a_folder_is_left_out_by_its_path(tmp_path, monkeypatch, exclude, left):
    monkeypatch.chdir(tmp_path)
    os.makedirs("site/drafts/deep")
    for name in ("a.txt", "drafts/deep/c.html"):
        (tmp_path / "site" / name).write_text("x", encoding="utf-8")
    assert names("site", exclude) == left
    if exclude.startswith(("site/", "./site/")):
        assert names("site/**/*.*", exclude) == left


@pytest.mark.parametrize("path", [".", "./", "../site"])
def test_the_folder_where_one_is_has_no_name_to_leave_out(tmp_path, monkeypatch, path):
    (tmp_path / "site").mkdir()
    monkeypatch.chdir(tmp_path / "site")
    (tmp_path / "site" / "a.txt").write_text("x", encoding="utf-8")
    assert names(path, ".?", "other") == ["a.txt"]


def test_a_pattern_scores_no_table_as_a_text(tmp_path):
    for name in ("a.txt", "b.csv"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    found = readers.find(str(tmp_path / "*"))
    assert next(found) == str(tmp_path / "a.txt")
    with pytest.raises(ReadError, match=r"fits the table .*b.csv"):
        next(found)
    assert names(tmp_path / "*", "*.csv") == ["a.txt"]


@pytest.mark.parametrize(
    ("raw", "line"), [(b"Tea.\r\rGout.", 3), (b"Tea.\r\n\r\nGout.", 3), (b"Tea\r.\n\rGout.", 2)]
)
def test_lines_of_any_system(tmp_path, raw, line):
    file = tmp_path / "a.txt"
    file.write_bytes(raw)
    found = readers.read(str(file))
    assert found.place(found.text.index("Gout")).line == line
    assert len(found.text) == len(raw)


def test_a_name_with_brackets_is_a_name(tmp_path):
    file = tmp_path / "a[1].txt"
    file.write_text("x", encoding="utf-8")
    assert names(file) == ["a[1].txt"]


@pytest.mark.parametrize(
    "name",
    ["posts.csv", "a.b.JSONL.gz", "x.parquet", "y=1/m=2/x.parquet", "posts.parquet/part-0.parquet"],
)
def test_a_folder_of_tables_is_told_the_pattern_that_reads_them(tmp_path, name):
    folder = tmp_path / "in [1]"
    (folder / name).parent.mkdir(parents=True)
    (folder / name).write_bytes(b"")
    (folder / name).with_name("_SUCCESS").write_bytes(b"")
    (folder / "z.bin").write_bytes(b"")
    for find in (names, lambda path: tables.expand([str(path)])):
        with pytest.raises(ReadError) as told:
            find(folder)
        shown = str(told.value).rpartition(" as ")[2].strip("'")
        assert tables.expand([shown]) == [str(folder / name)]


def test_what_is_found_nowhere_is_told(tmp_path):
    for path, words in ((tmp_path, "no text in the folder"), (tmp_path / "*.html", "no file fits")):
        with pytest.raises(ReadError, match=words):
            names(path)
    (tmp_path / "a.txt").write_text("x", encoding="utf-8")
    assert names(tmp_path, "*.txt") == []
    (tmp_path / "a.txt").rename(tmp_path / "a.bin")
    with pytest.raises(ReadError, match="no text in the folder"):
        names(tmp_path, "*.txt")


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1),
    st.sampled_from(["cp1252", "latin-1", "cp1251", "mac_roman"]),
    st.sampled_from([("txt", ""), ("md", ""), ("html", "<p>"), ("eml", "Subject: Tea\n\n")]),
)
@example("It’s a cure.", "cp1252", ("txt", ""))
def test_a_named_encoding_of_other_files_does_not_garble_utf_8(text, encoding, kind):
    ending, before = kind
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"x.{ending}")
        file.write_text(f"{before}Tea, {text}", encoding="utf-8")
        wanted = readers.read(str(file))
        assert readers.read(str(file), encoding) == wanted
        file.write_text(f"{before}Café, it’s", encoding="cp1252")
        assert readers.read(str(file), "cp1252").text.endswith("Café, it’s")


MAIL = b"Subject: Tea\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\n%b\n--x\n%b"
ATTACHED = b"Content-Type: image/png\nContent-Transfer-Encoding: binary\n\n\0\1\n--x--\n"


@pytest.mark.parametrize(
    ("ending", "raw", "encoding", "text"),
    [
        (".html", f"<p>{CLAIM}".encode("utf-16-le"), "UTF-16LE", CLAIM),
        (".html", f"<p>{CLAIM}".encode("utf-32-be"), "utf_32_be", CLAIM),
        (".html", f"<p>{CLAIM}".encode("utf-16-le") + b"\n", "utf-16-le", f"{CLAIM}\ufffd"),
        (".html", b"<meta charset=utf-8><p>Tea\0\0\0", "cp1252", "Tea\ufffd\ufffd\ufffd"),
        (".html", b"<meta charset=utf-16><p>Tea\0\0\0", "cp1252", "Tea\ufffd\ufffd\ufffd"),
        (".html", bytes(range(256)), "utf-8", None),
        (".eml", MAIL % (CLAIM.encode("utf-16-be"), b""), "utf-16-be", f"Tea\n\n{CLAIM}"),
        (".eml", MAIL % (b"\xff\0\1", ATTACHED), "utf-8", None),
    ],
)
def test_pages_and_mails_of_nul_bytes_need_an_encoding(tmp_path, ending, raw, encoding, text):
    file = tmp_path / f"x{ending}"
    file.write_bytes(raw)
    with pytest.raises(
        ReadError, match=r"x\.\w+: is binary, not text \(NUL bytes\); if it is text"
    ):
        readers.read(str(file))
    if text:
        assert readers.read(str(file), encoding).text == text


@given(st.integers(0, 20_000), st.sampled_from([".txt", ".md"]))
def test_a_stray_nul_byte_is_told_wherever_it_stands(tmp_path_factory, place, ending):
    file = tmp_path_factory.mktemp("nul") / f"x{ending}"
    text = (f"{CLAIM}\n" * 1000)[:20_000]
    text = f"{text[:place]}\0{text[place:]}"
    file.write_text(text, encoding="utf-8", newline="\n")
    document = readers.read(str(file))
    assert (document.text, document.missing[:19]) == (text, "1 NUL byte not read")


PIECES = [
    b"Our tea cures gout. " * 2,
    "é".encode(),
    "茶".encode(),
    b"\0",
    b"\1\n",
    b"\xe8\x8c",
    b"\xff",
]


@given(st.lists(st.sampled_from([*PIECES, "\ufffd".encode()]), max_size=20), st.integers(1, 5))
def test_a_binary_file_is_one_of_which_more_than_one_in_twenty_is_strange(pieces, size):
    raw = b"".join(pieces)
    text = raw.decode("utf-8", "replace")
    strange = sum(map(text.count, "\0\1\ufffd"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_PIECE", size)
        refused = "\0" in text and 20 * (strange - 1) > len(text) - 1
        with pytest.raises(ReadError) if refused else contextlib.nullcontext():
            blocks.no_binary(raw, "utf-8")


@pytest.mark.parametrize("raw", [b"\0\xff", b"\0" + b"\xff" * 999])
def test_a_binary_file_is_refused_in_little_memory(raw):
    raw *= 10_000_000 // len(raw)
    tracemalloc.start()
    try:
        with pytest.raises(ReadError, match="is binary"):
            blocks.no_binary(raw, "utf-8")
        assert tracemalloc.get_traced_memory()[1] < 2 * len(raw)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("errors", ["strict", "replace"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
@pytest.mark.parametrize(
    "text", [CLAIM, "Этот чай лечит рак.", "这种茶可以治愈\n糖尿病。", "यह चाय कैंसर ठीक करती है।"]
)
def test_wide_text_without_a_mark_is_no_utf_8(tmp_path, text, encoding, errors):
    (tmp_path / "x.txt").write_bytes(b"".join([text.encode(encoding)] * 500))
    with pytest.raises(ReadError, match="if it is text, it is not in utf-8"):
        readers.read(str(tmp_path / "x.txt"), errors=errors)
    assert readers.read(str(tmp_path / "x.txt"), encoding).text.startswith(text)


def test_nul_bytes_of_attachments_and_encodings_of_other_files_do_no_harm(tmp_path):
    (tmp_path / "x.eml").write_bytes(MAIL % (CLAIM.encode(), ATTACHED))
    (tmp_path / "x.html").write_text(f"<p>{CLAIM}", encoding="utf-8")
    for encoding in ("utf-8", "utf-16"):
        assert readers.read(str(tmp_path / "x.eml"), encoding).text == f"Tea\n\n{CLAIM}"
        assert readers.read(str(tmp_path / "x.html"), encoding).text == CLAIM


def test_a_closed_folder_is_told_after_the_others_were_read(folder, monkeypatch):
    walk = os.walk

    def closed(path, onerror, **options):
        onerror(PermissionError(13, "Permission denied", "secret"))
        return walk(path, **options)

    monkeypatch.setattr(os, "walk", closed)
    found = readers.find(str(folder))
    assert len([next(found) for _ in GOOD]) == len(GOOD)
    with pytest.raises(ReadError, match="secret: cannot be opened: Permission denied"):
        next(found)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("", True),
        ("**/*.txt", True),
        ("**", True),
        ("*/*.txt", True),
        ("su?/a.txt", False),  # nobody opens it for that
        ("*.txt", False),
        ("sub/*.txt", True),
        ("[s]ub/*.txt", True),
    ],
)
def test_a_folder_that_cannot_be_opened_is_told(tmp_path, monkeypatch, path, told):
    scan = os.scandir
    (tmp_path / "sub").mkdir()
    for name in ("a.txt", "sub/a.txt"):
        (tmp_path / name).write_text("x", encoding="utf-8")

    def closed(folder):
        if os.path.basename(os.path.normpath(folder)) == "sub":
            raise PermissionError(13, "Permission denied", folder)
        return scan(folder)

    monkeypatch.setattr(os, "scandir", closed)
    if told:
        with pytest.raises(ReadError, match="sub: cannot be opened: Permission denied"):
            names(tmp_path / path)
        if path:
            assert names(tmp_path / path, "sub", "a.txt") == []
        else:
            assert names(tmp_path, "sub") == ["a.txt"]
    else:
        assert names(tmp_path / path) == ["a.txt"]


@pytest.mark.parametrize("path", ["", "*.txt", "**/*.txt"])
def test_a_link_that_leads_nowhere_is_told(tmp_path, path):
    (tmp_path / "a.txt").write_text("x", encoding="utf-8")
    (tmp_path / "b.txt").symlink_to("nowhere.txt")
    (tmp_path / "b.xyz").symlink_to("nowhere.xyz")
    (tmp_path / "c.txt").mkdir()
    assert names(tmp_path / path) == ["a.txt", "b.txt"]


@pytest.mark.parametrize(
    ("links", "exclude", "left"),
    [
        ({"site/more": "other"}, [], ["a.txt", "more/c.txt", "sub/b.txt"]),
        ({"site/more": "other", "other/back": "site"}, [], ["a.txt", "more/c.txt", "sub/b.txt"]),
        ({"site/more": "other"}, ["more"], ["a.txt", "sub/b.txt"]),
        ({"site/.more": "other"}, [], ["a.txt", "sub/b.txt"]),
        ({"site/again": "site/sub", "site/self": "site"}, [], ["a.txt", "sub/b.txt"]),
        ({"site/d1": "other", "site/d0": "site/sub"}, ["sub"], ["a.txt", "d0/b.txt", "d1/c.txt"]),
    ],
)
def test_linked_folders_are_searched_once(tmp_path, links, exclude, left):
    for name in ("site/a.txt", "site/sub/b.txt", "other/c.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")
    for link, target in links.items():
        (tmp_path / link).symlink_to(tmp_path / target)
    found = readers.find(tmp_path / "site", exclude)
    assert list(found) == [str(tmp_path / "site" / name) for name in left]


def test_a_large_file_of_a_plain_ending_is_read_and_others_are_not(tmp_path, monkeypatch):
    monkeypatch.setattr(readers, "MAX_BYTES", 10_000)
    monkeypatch.setattr(readers.documents, "MAX_BYTES", 10_000)
    for ending in (".txt", ".html"):
        (tmp_path / f"x{ending}").write_text("tea " * 5_000, encoding="utf-8")
    assert len(readers.read(str(tmp_path / "x.txt")).text) == 20_000
    with pytest.raises(ReadError, match=r"x.html: is larger than"):
        readers.read(str(tmp_path / "x.html"))


@pytest.mark.parametrize("ending", [".html", ".pdf", ".docx", ".eml", ".rtf", ".epub"])
def test_what_may_take_long_is_read_in_another_process_with_the_same_result(
    folder, ending, monkeypatch
):
    file, kind = folder / f"a{ending}", readers.documents.FORMATS[ending]
    calls = []
    call = bounded.call
    monkeypatch.setattr(bounded, "call", lambda *a, **k: (calls.append(a), call(*a, **k))[1])
    found = {}
    for limit in (len(GOOD[ending]), len(GOOD[ending]) - 1):
        limited = dataclasses.replace(kind, at_once=limit)
        monkeypatch.setitem(readers.documents.FORMATS, ending, limited)
        found[len(calls)] = readers.read(str(file))
    assert found[0] == found[1]


def test_what_can_take_long_when_small_is_never_read_at_once():
    limits = {ending: kind.at_once for ending, kind in readers.documents.FORMATS.items()}
    assert limits[".pdf"] == limits[".rtf"] == limits[".epub"] == 0
    assert limits[".eml"] <= 30_000  # the parser of mails takes the square of their parts


def test_the_command_line_scores_what_it_can(folder):
    (folder / "bad.docx").write_bytes(b"\x89PNG")
    options = ["score", str(folder), "--exclude", "*.eml", "--exclude", "a.md", "-f", "jsonl"]
    result = run(*options)
    assert result.exit_code == 3
    assert len(result.stdout.splitlines()) == len(GOOD) - 2
    assert "bad.docx: is a PNG picture, not DOCX" in result.stderr


def test_standard_input_of_any_kind():
    result = run("score", "-", data=GOOD[".htm"])
    assert CLAIM in result.stdout
    assert "<p>" not in result.stdout


def test_plain_text_loads_no_library_of_documents(folder):
    code = (
        "import sys\nfrom misinfo import readers\nreaders.read(sys.argv[1])\n"
        "heavy = {'lxml', 'pypdf', 'striprtf', 'email', 'urllib.request', 'subprocess', 'zipfile'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code, folder / "a.md"], check=True)


@pytest.mark.parametrize("ending", [*GOOD, ".unknown"])
@given(data=st.data())
@settings(
    deadline=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_bytes_give_a_document_or_a_read_error(folder, monkeypatch, ending, data):
    # In this process: every call of its own would take the time of a start.
    monkeypatch.setitem(
        readers.documents.FORMATS,
        ending,
        readers.documents.Format("x", readers.documents.FORMATS[ending].take)
        if ending in readers.documents.FORMATS
        else readers.documents.FORMATS[".html"],
    )
    good = GOOD.get(ending, b"x")
    raw = data.draw(
        st.one_of(
            st.binary(max_size=200),
            st.binary(max_size=60).map(lambda more: good[: len(good) // 2] + more),
            st.tuples(st.integers(0, len(good) - 1), st.binary(min_size=1, max_size=9)).map(
                lambda change: good[: change[0]] + change[1] + good[change[0] + len(change[1]) :]
            ),
        )
    )
    file = folder / f"x{ending}"
    file.write_bytes(raw)
    try:
        found = readers.read(str(file))
    except ReadError as error:
        assert str(error).startswith(f"{file}: ")
        return
    assert isinstance(found, Document)
    starts = [at for at, _ in found.parts]
    assert starts == sorted(starts)
    assert all(0 <= at < len(found.text) for at in starts)
