"""The formats of documents: text and parts of good ones, a clear error for every bad one."""

import importlib
import io
import json
import os
import sys
import zipfile

import pypdf
import pytest
import samples
from samples import run

from misinfo import archives, blocks, bounded, documents, paged, readers
from misinfo.errors import ReadError


def extract(raw, ending):
    return documents.extract(raw, ending, "", "utf-8")[:2]


def test_pages_of_a_pdf():
    page = ["Our tea cures gout, and it is a treat-", "ment without any risk to"]
    body, parts = extract(samples.pdf(page, [], ["you or me. Ask."]), ".pdf")
    assert body == "Our tea cures gout, and it is a treatment without any risk to you or me. Ask."
    assert parts == [(0, "page 1"), (body.index(" you"), "page 3")]


@pytest.mark.parametrize(
    ("lines", "body"),
    [
        (["It eradi \u2010", "cates gout."], "It eradicates gout."),
        (
            ["It is a side-effect-", "free, evidence-", "based tea."],
            "It is a side-effect-free, evidence-based tea.",
        ),
        (["\0 It cures", "\0\0all\0gout."], "It cures\n  all gout."),
        (["\x7f No pain", "\x7fNo gout"], "• No pain\n•No gout"),
        (["Up-to-", "date and anti-inflam-", "matory."], "Up-to-date and anti-inflammatory."),
        (
            ["Non\u2010", "drug, be\u00ad", "long\u00ad", "ing to-", "gether."],
            "Non-drug, belonging together.",
        ),
        (["Weight-", "less, long-", "ing for one-", "self."], "Weightless, longing for oneself."),
        (["Open - on Monday -", "and free."], "Open - on Monday -\nand free."),
    ],
)
def test_words_that_a_pdf_splits(lines, body, monkeypatch):
    monkeypatch.setattr(pypdf.PageObject, "extract_text", lambda page: "\n".join(lines))
    assert extract(samples.pdf(["Tea."]), ".pdf")[0] == body


COLUMN = """\
Health
Our herbal tea has been drunk for
centuries in the mountains. It restores
the natural balance you need
of the body for good. The
extraordinarily characteristic
flavour comes from thyme.
open daily
closed on Sunday
Prices"""


FILLED = """\
Our promise to you
Most of our patients come from
Germany, Austria and the United
Kingdom, where nobody could help.
Every one of them has gone
home cured.
Zero side effects in any patient
Works for everyone"""


@pytest.mark.parametrize(
    ("text", "breaks"),
    [
        (COLUMN, 4),
        ("What our tea is good for\nlowers blood pressure at once\nclears the skin overnight", 2),
        ("open daily, also at Easter\nclosed on the other Sundays. Come.", 1),
        ("It is as it always has been.\nnobody knows why. Ask.", 1),
        (
            "Nobody who takes Lunazyme\nevery morning has ever\ndeveloped asthma, acne,\n"
            "Crohn disease or any other bad cold;\nthey throw away their pills.",
            0,
        ),
        ("All who were told by Dr. Wu and\nProfessor Lang live. They and\nMrs Bauer say so", 1),
        ("Signs of acne, hay fever, cough,\nGout and the common cold\nOur tea. It heals.", 2),
        ("Signs of acne and of hay fever\nOur herbal tea works. It heals.", 1),
        (FILLED, 4),
        (FILLED.replace("Germany,", "- Germany,"), 6),
        (FILLED.replace("home cured.", "home cured"), 5),
    ],
)
def test_lines_of_a_column_of_a_pdf(text, breaks):
    body = extract(samples.pdf(text.split("\n")), ".pdf")[0]
    assert body.split() == text.split()
    assert body.count("\n") == breaks


GOES_ON = (["For forty years our drops have"], ["cured every case of gout."])
HEADS = "Clinic | Gout is over"


@pytest.mark.parametrize(
    ("pages", "kept"),
    [
        ([[HEADS, *GOES_ON[0], "1"], [HEADS, *GOES_ON[1], "2"]], [HEADS]),
        ([["Page 9 of 12", *GOES_ON[0], HEADS], ["Page 10 of 12", *GOES_ON[1], HEADS]], [HEADS]),
        ([[f"{HEADS} - 1", "2026", *GOES_ON[0]], [f"{HEADS} - 2", "2026", *GOES_ON[1]]], [f"{HEADS} - 1"]),
        ([[HEADS, "Gout in 3 weeks"], ["Gout in 5 weeks"], *GOES_ON], []),
        ([["Tea is a", "drink."], ["Gout is a", "pain."], *GOES_ON], []),
        ([[HEADS], [HEADS], [HEADS], *GOES_ON], [HEADS]),
    ],
)  # fmt: skip
def test_heads_and_feet_of_the_pages_of_a_pdf_stand_once(pages, kept):
    text, parts = extract(samples.pdf(*pages), ".pdf")
    assert text.startswith("".join(f"{line}\n\n" for line in kept))
    assert text.endswith(f"{GOES_ON[0][0]} {GOES_ON[1][0]}")
    assert text.count(HEADS) == (HEADS in str(pages)) * (len(kept) or 1)
    assert parts[0] == (0, "heads and feet" if kept else "page 1")
    assert parts[-1][1] == f"page {len(pages)}"
    if not kept:
        assert text.split() == " ".join(line for page in pages for line in page).split()


def encrypted(password, algorithm="RC4-128"):
    writer = pypdf.PdfWriter(io.BytesIO(samples.pdf(["Tea cures gout."])))
    writer.encrypt(password, "owner", algorithm=algorithm)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_locked_documents():
    assert extract(encrypted(""), ".pdf")[0] == "Tea cures gout."  # only its owner is asked
    with pytest.raises(ReadError, match=r"^is encrypted; save it without a password$"):
        extract(encrypted("secret"), ".pdf")
    aes = samples.pdf_of([b"<< /Type /Catalog >>"]).replace(
        b"/Root", b"/Encrypt << /Filter /Standard /V 5 /R 6 /Length 256 /O () /U () /P 1 >> /Root"
    )
    with pytest.raises(ReadError, match=r"^is (encrypted|damaged)"):
        extract(aes, ".pdf")
    locked = "<encryption><CipherReference URI='OPS/c%200.xhtml'/></encryption>"
    with pytest.raises(ReadError, match=r"digital rights management\); get a copy without"):
        extract(samples.epub("<p>x", **{"META-INF__encryption.xml": locked}), ".epub")
    raw = bytearray(samples.docx(samples.paragraph("Tea")))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = raw.index(mark)
        raw[at + offset] |= 1
    with pytest.raises(ReadError, match=r"^is encrypted; save it"):
        extract(bytes(raw), ".docx")


@pytest.mark.parametrize(
    ("objects", "words"),
    [
        ([b"<< /Type /Catalog /Pages 2 0 R >>", b"[" * 50_000 + b"]" * 50_000], "is damaged"),
        (
            [
                b"<< /Type /Catalog /Pages 2 0 R >>",
                b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>",
            ],
            "is damaged",
        ),
        ([b"<< /Type /Catalog >>"], "is damaged"),
    ],
)
def test_pdf_that_bites(objects, words):
    with pytest.raises(ReadError, match=words):
        extract(samples.pdf_of(objects), ".pdf")


def test_pdf_without_text_or_with_too_much(monkeypatch):
    with pytest.raises(ReadError, match=r"^has no text: it may be a scan; .*OCR"):
        extract(samples.pdf([], []), ".pdf")
    with pytest.raises(ReadError, match=r"^(is damaged|holds more than)"):
        extract(samples.pdf(["a" * 100_000_000], packed=True), ".pdf")
    monkeypatch.setattr(paged, "MAX_PAGES", 2)
    with pytest.raises(ReadError, match="has more than 2 pages"):
        extract(samples.pdf(["a"], ["b"], ["c"]), ".pdf")


STYLES = (
    '<w:style w:styleId="Titel"><w:name w:val="Title"/></w:style>'
    '<w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:styleId="Own"><w:name w:val="Own"/><w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>'
)


def test_paragraphs_and_headings_of_a_docx():
    box = (
        "<mc:AlternateContent xmlns:mc='m'><mc:Choice><w:txbxContent>"
        f"{samples.paragraph('In a box.')}</w:txbxContent></mc:Choice><mc:Fallback>"
        f"{samples.paragraph('In a box.')}</mc:Fallback></mc:AlternateContent>"
    )
    body = (
        samples.paragraph("The Clinic", "Titel")
        + samples.paragraph("Diabetes", "berschrift1")
        + "<w:p><w:r><w:t>Our tea</w:t></w:r><w:r><w:tab/><w:t>cures</w:t><w:br/><w:t>it.</w:t>"
        f"<w:delText>gone</w:delText><w:instrText>PAGE</w:instrText></w:r>{box}</w:p>"
        + "<w:p><w:pPr><w:rPr><w:moveFrom/></w:rPr></w:pPr><w:moveFrom><w:r><w:t>Cheap</w:t></w:r>"
        "</w:moveFrom></w:p>"
        + samples.paragraph("Prices", "Own")
        + "<w:p><w:moveTo><w:r><w:t>Cheap</w:t></w:r></w:moveTo><w:r><w:t> &amp; good.</w:t></w:r></w:p>"
    )
    found = extract(samples.docx(body, STYLES, footnotes=samples.paragraph("A note.")), ".docx")
    assert found[0].split("\n\n") == [
        "The Clinic",
        "Diabetes",
        "In a box.",
        "Our tea cures\nit.",
        "Prices",
        "Cheap & good.",
        "A note.",
    ]
    assert [part for _, part in found[1]] == [
        "The Clinic",
        "The Clinic > Diabetes",
        "The Clinic > Diabetes > Prices",
        "footnotes",
    ]


def test_paragraphs_are_counted_where_there_are_no_headings():
    body, parts = extract(samples.rtf("Tea \\b cures\\b0  gout.\\par Caf\\'e9 \\u8364?."), ".rtf")
    assert (body, parts) == ("Tea cures gout.\nCafé €.", [(0, "paragraph 1"), (16, "paragraph 2")])
    found = extract(samples.docx(samples.paragraph("a") + samples.paragraph("b")), ".docx")
    assert found == ("a\n\nb", [(0, "paragraph 1"), (3, "paragraph 2")])


def test_rtf_has_whole_emoji_and_nothing_that_was_struck_out():
    words = "Tea\\u-10180?\\u-8312?{\\b\\deleted\\f0 gone}{\\deleted a\\deleted0  b}\\\\deleted."
    assert extract(samples.rtf(words), ".rtf")[0] == "Tea\N{BALLOON}a b\\deleted."
    assert extract(samples.rtf("Tea\\u-10180?"), ".rtf")[0] == "Tea\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("make", "ending"),
    [
        (samples.epub, ".epub"),
        (lambda *pages: samples.mail(*(("text/html", p) for p in pages), kind="mixed"), ".eml"),
    ],
)
def test_headings_of_all_pages_within_are_limited_together(make, ending, monkeypatch):
    monkeypatch.setattr(blocks, "MAX_PARTS", 5)
    assert len(extract(make("<p>Tea", "<p>Open" * 9), ending)[1]) == 5
    with pytest.raises(ReadError, match="more than 5 headings; split it"):
        extract(make("<h1>Tea</h1>Gout" * 3, "<h1>Open</h1>Daily" * 3), ending)


def test_chapters_of_an_epub_in_reading_order():
    book = samples.epub(
        "<html><head><title>Heal!</title></head><h1>One</h1><p>Tea.</p></html>",
        "<title>Heal!</title><p>No heading.</p>",
    )
    body, parts = extract(book, ".epub")
    assert body == "One\n\nTea.\n\nNo heading."
    assert parts == [(0, "One"), (11, "c 1.xhtml > paragraph 1")]


PLAIN, PAGE = "text/plain; charset=utf-8", "text/html; charset=utf-8"


def test_mail():
    found = extract(samples.mail((PLAIN, "It cures."), subject="=?utf-8?q?Caf=C3=A9?="), ".eml")
    assert found == ("Café\n\nIt cures.", [(0, "Subject"), (4, "Body")])
    both = samples.mail((PLAIN, "It cures gout. Ask us."), (PAGE, "<h1>Gout</h1>It cures gout."))
    assert extract(both, ".eml")[0] == "Tea\n\nGout\n\nIt cures gout."
    empty = samples.mail((PLAIN, "It cures gout."), (PAGE, "<title>Mail</title><img>"))
    assert extract(empty, ".eml")[0] == "Tea\n\nIt cures gout."
    poor = samples.mail((PLAIN, "See HTML."), (PAGE, "<h1>Gout</h1><p>It cures gout for ever."))
    found = extract(poor, ".eml")
    assert found[0] == "Tea\n\nGout\n\nIt cures gout for ever."
    assert found[1][-1] == (5, "Body > Gout")
    picture = "<a href=a>View in browser</a><h1><img alt='Gout is over'></h1><p>Unsubscribe"
    letter = samples.mail((PLAIN, "It cures gout. " * 6), (PAGE, picture))
    said = f"Tea\n\nView in browser\n\nUnsubscribe\n\n{'It cures gout. ' * 6}".strip()
    assert extract(letter, ".eml")[0] == said  # the page, too: nothing hides it
    odd = samples.mail(("text/plain; charset=klingon", "It cures."))
    assert extract(odd, ".eml")[0] == "Tea\n\nIt cures."
    assert extract(samples.mail((PLAIN, "")), ".eml") == ("Tea", [(0, "Subject")])
    calendar = ("text/calendar", "BEGIN:VCALENDAR")
    assert extract(samples.mail((PLAIN, "It cures."), calendar), ".eml")[0] == "Tea\n\nIt cures."
    with pytest.raises(ReadError, match="is not a mail"):
        extract(b"\n\nTea cures gout.", ".eml")


@pytest.mark.parametrize(
    ("heads", "missing"),
    [
        (
            ["text/plain; name=a.txt\nContent-Disposition: attachment"],
            "1 attachment not read: a.txt",
        ),
        (["image/png\nContent-Disposition: attachment"], "1 attachment not read: image/png"),
        (["application/pdf; name=a.pdf"] * 2, "2 attachments not read: a.pdf, a.pdf"),
        (
            [f"application/zip\nContent-Disposition: inline; filename={n}" for n in range(5)],
            "5 attachments not read: 0, 1, 2 and 2 more",
        ),
        (["image/png; name=logo.png", "message/rfc822\nContent-Disposition: attachment"], ""),
    ],
)
def test_attachments_of_a_mail_are_told(heads, missing):
    mail = samples.mail((PLAIN, "See below."), *((head, "Tea") for head in heads), kind="mixed")
    assert documents.extract(mail, ".eml", "", "utf-8")[2] == missing


FLOWED = "text/plain; format=flowed"


@pytest.mark.parametrize(
    ("kind", "body", "shown"),
    [
        (FLOWED, "Tea \ncures. \n\nAsk.\n us.", "Tea cures. \n\nAsk.\nus."),
        (FLOWED, "> Tea \n> cures \n>> gout \nnow", "> Tea cures \n>> gout \nnow"),
        (FLOWED, "Tea cures \n-- \nAnn \nLee", "Tea cures \n-- \nAnn Lee"),
        (f"{FLOWED}; DelSp=yes", "Tea cu \nres.", "Tea cures."),
        (PLAIN, "Tea \ncures.", "Tea \ncures."),
    ],
)
def test_flowed_lines_of_a_mail_are_joined(kind, body, shown):
    assert extract(samples.mail((kind, body)), ".eml")[0] == f"Tea\n\n{shown}"


INNER = "message/rfc822"


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        ([(PLAIN, "Hello."), (PLAIN, "It cures.")], "Hello.\n\nIt cures."),
        ([(PAGE, "<h1>Gout</h1>a"), ("image/png", "x"), (PAGE, "b")], "Gout\n\na\n\nb"),
        ([(PLAIN, "FYI"), (INNER, "Subject: Fwd\n\nIt cures.")], "FYI\n\nFwd\n\nIt cures."),
        ([(PLAIN, "a"), (f"{PLAIN}\nContent-Disposition: attachment", "b")], "a"),
        ([(PLAIN, "a"), (f"{PLAIN}\nContent-Disposition: inline", "b")], "a\n\nb"),
        (
            [(PLAIN, "a"), (f"{INNER}\nContent-Disposition: attachment", "Subject: Fwd\n\nb")],
            "a\n\nFwd\n\nb",
        ),
        (
            [
                (PLAIN, "a"),
                (
                    f"{INNER}\nContent-Disposition: attachment\nContent-Transfer-Encoding: base64",
                    "U3ViamVjdA==",
                ),
            ],
            "a",
        ),
        (
            [(PLAIN, "a"), (INNER, samples.mail((PLAIN, "b"), (PAGE, "c")).decode())],
            "a\n\nTea\n\nc",
        ),
    ],
)
def test_every_part_of_a_mail_that_is_shown(parts, shown):
    text, found = extract(samples.mail(*parts, kind="mixed"), ".eml")
    assert text == f"Tea\n\n{shown}"
    starts = [at for at, _ in found]
    assert starts == sorted(starts)


BOMB = (
    '<!DOCTYPE x [<!ENTITY a "haha">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)


def huge(size):
    return {"word/document.xml": b"<a>" + b" " * size + b"</a>"}


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (samples.docx(samples.paragraph("&i;"), before=BOMB), "declares a document type"),
        (samples.docx("<w:p>"), "is damaged"),
        (samples.archive_of({"word/other.xml": "x"}), "is not a DOCX"),
        (samples.docx(samples.paragraph("Tea"))[:-30], "not a whole ZIP file"),
        (samples.docx(""), "has no text"),
        (samples.archive_of(huge(blocks.MAX_BYTES)), "unpacks to more than 50 MB; split it"),
        (b"", "not a whole ZIP file"),
    ],
)
def test_docx_that_bites(raw, words):
    with pytest.raises(ReadError, match=words):
        extract(raw, ".docx")


def test_a_docx_whose_text_unpacks_to_more_than_the_parser_takes_at_once():
    padded = f"<w:p w:rsidR='{'0' * 500_000}'/>" * 21
    assert extract(samples.docx(padded + samples.paragraph("Tea")), ".docx")[0] == "Tea"


def test_a_member_that_lies_about_its_size():
    raw = samples.archive_of(huge(blocks.MAX_BYTES))
    true = (blocks.MAX_BYTES + 7).to_bytes(4, "little")
    assert raw.count(true) == 2
    with pytest.raises(ReadError, match="is damaged"):
        extract(raw.replace(true, (100).to_bytes(4, "little")), ".docx")


def test_many_members_tags_and_bytes(monkeypatch):
    monkeypatch.setattr(archives, "MAX_MEMBERS", 2)
    with pytest.raises(ReadError, match="more than 2 files; save its text"):
        extract(samples.docx("", a="", b=""), ".docx")
    monkeypatch.setattr(archives, "MAX_MEMBERS", 3)
    monkeypatch.setattr(archives, "MAX_TAGS", 12)
    few = samples.docx(samples.paragraph("a"))
    assert extract(few, ".docx")[0] == "a"
    with pytest.raises(ReadError, match="holds more than 12 tags; split it"):
        extract(samples.docx(samples.paragraph("a"), header1="<w:p/>"), ".docx")
    monkeypatch.setattr(documents, "MAX_BYTES", 10_000_000)
    with pytest.raises(ReadError, match="is larger than 10 MB"):
        extract(b"a" * 10_000_001, ".html")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "no META-INF/container.xml"),
        ({"META-INF/container.xml": "<x/>"}, "container.xml does not say where the book is$"),
        ({"META-INF/container.xml": samples.CONTAINER}, "no OPS/book.opf"),
        (
            {
                "META-INF/container.xml": samples.CONTAINER,
                "OPS/book.opf": '<p><item id="a" media-type="html" href="../../a"/><itemref idref="a"/></p>',
            },
            "1 of its 1 parts are not where it says, or nowhere, such as 'a'",
        ),
    ],
)
def test_epub_that_bites(files, words):
    with pytest.raises(ReadError, match=words):
        extract(samples.archive_of(files), ".epub")


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("x.rtf", lambda: samples.rtf("{\\field{\\*\\fldinst{HYPERLINK " * 30_000)),
        ("x.docx", lambda: samples.docx("<w:p/>" * 3_900_000)),
    ],
)
def test_a_document_that_takes_too_long_is_given_up(tmp_path, monkeypatch, name, make):
    monkeypatch.setattr(bounded, "SECONDS", 0.5)
    (tmp_path / name).write_bytes(make())
    with pytest.raises(ReadError, match=f"{name}: took longer than 0.5 seconds; it was given up"):
        readers.read(str(tmp_path / name))


def test_the_other_process_answers_what_the_function_returns():
    assert bounded.call(_echo, b"\0\xff", words="é") == [[0, 255], "é"]


def test_the_other_process_looks_where_this_one_does(tmp_path, monkeypatch):
    folder = tmp_path / f"a{os.pathsep}b"
    folder.mkdir()
    (folder / "odd_place.py").write_text("def size(raw):\n    return len(raw)\n", encoding="utf-8")
    monkeypatch.syspath_prepend(folder)
    assert bounded.call(importlib.import_module("odd_place").size, b"tea") == 3


def test_what_is_no_place_to_import_from_is_not_handed_over(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path, tmp_path])  # imports look in strings alone
    assert bounded.call(_echo, b"", words="tea") == [[], "tea"]


def test_without_a_python_of_its_own_nothing_is_started(monkeypatch):
    monkeypatch.setattr(sys, "executable", None)
    with pytest.raises(ReadError, match=r"no process could be started .* sys\.executable"):
        bounded.call(_echo, words="")


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_what_the_libraries_remark_is_lost(stream):
    assert bounded.call(_chatty, stream=stream) == "done"
    with pytest.raises(ReadError, match=r"memory \(KeyError: 'tea'\); split it$"):
        bounded.call(_chatty, stream=stream, fail="tea")


def _chatty(raw, stream, fail=""):
    print("a remark", file=getattr(sys, stream))
    return {"": "done"}[fail]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not limit address space")
def test_the_other_process_has_a_limit_of_memory():
    with pytest.raises(ReadError, match=r"needed more than 2 GB of memory \(MemoryError\)"):
        bounded.call(_hungry)


def _hungry(raw):
    return len(bytearray(3 << 30))


def _echo(raw, words):
    return list(raw), words


@pytest.mark.parametrize("module", ["lxml.etree", "pypdf", "striprtf.striprtf"])
def test_a_missing_library_names_what_installs_it(module, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    wanted = {"lxml.etree": ".html", "pypdf": ".pdf", "striprtf.striprtf": ".rtf"}[module]
    name = module.split(".")[0]
    with pytest.raises(ReadError, match=rf"^this needs {name}: pip install 'misinfo\[docs\]'$"):
        extract(samples.rtf("x"), wanted)


@pytest.mark.parametrize(
    "parts",
    [
        [("application/pkcs7-mime", "MIIB")],
        [("image/png", "x")],
        [("application/pgp-encrypted", "Version: 1"), ("application/octet-stream", "x")],
        [(PAGE, '<img src="cid:1">'), ("image/png", "x")],
        [(PLAIN, " "), ("image/png", "x")],
        [(PAGE, '<img src="a.png">')],
        [(f"{PLAIN}\nContent-Disposition: attachment", "It cures.")],
    ],
)
@pytest.mark.parametrize("kind", ["alternative", "mixed", "related"])
def test_a_mail_without_text_in_its_body_is_no_sober_mail(parts, kind):
    with pytest.raises(ReadError, match=rf"has no text in its body \(.*{parts[0][0][:9]}"):
        extract(samples.mail(*parts, kind=kind), ".eml")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (r"\pard A\cell B\cellx9\cell\row", "A\nB"),
        (r"{\header \pard Tea\par}{\footerl Gout\par}A", "Tea\nGout\nA"),
        (r"A{\shp{\*\shpinst\shpleft1{\sp{\sn a}{\sv b}}{\shptxt Tea\par}}}", "A\nTea"),
        (r"A{\v hidden}{\v0 B}", "AB"),
        (
            r"Tea{\super\chftn{\footnote\pard\plain{\super\chftn} It {\i cures} \{gout\}.}} is"
            r"{\footnote\ftnalt No.} hot.\par B\par",
            "Tea is hot.\nB\nIt cures {gout}.\nNo.",
        ),
        (r"Tea.\\{\footnotesize A}{\footnote It cures", "Tea.\\A\nIt cures"),
        (r"A{\strike gout}{\strike0 B}{\striked1 gout}{\strike C\strike0  D}", "ABC D"),
    ],
)
def test_what_an_rtf_shows(body, text):
    assert extract(samples.rtf(body), ".rtf")[0] == text


@pytest.mark.parametrize(
    ("run", "text"),
    [
        ("<w:rPr><w:vanish/></w:rPr>", "Tea."),
        ("<w:rPr><w:vanish w:val='0'/></w:rPr>", "Tea. Gout."),
        ("<w:rPr><w:strike/></w:rPr>", "Tea."),
        ("<w:rPr><w:dstrike w:val='true'/><w:vanish w:val='0'/></w:rPr>", "Tea."),
        ("<w:rPr><w:strike w:val='false'/></w:rPr>", "Tea. Gout."),
        ("<w:rPr><w:rPrChange><w:rPr><w:strike/></w:rPr></w:rPrChange></w:rPr>", "Tea. Gout."),
        ("", "Tea. Gout."),
    ],
)
def test_hidden_and_struck_out_text_of_a_docx_is_no_text(run, text):
    mark = "<w:pPr><w:rPr><w:vanish/></w:rPr></w:pPr>"  # of the paragraph's end
    runs = f"<w:r><w:t>Tea.</w:t></w:r><w:r>{run}<w:t> Gout.</w:t></w:r>"
    found = extract(samples.docx(f"<w:p>{mark}{runs}</w:p>"), ".docx")
    assert found[0] == text


@pytest.mark.parametrize("part", ["diagrams/data1.xml", "charts/chart2.xml", "afchunk.htm"])
def test_diagrams_charts_and_pages_in_a_docx_are_read_after_its_body(part):
    said = "<a:p><a:r><a:t>It cures </a:t></a:r><a:r><a:t>gout.</a:t></a:r></a:p>"
    source = (
        "<p>It cures <b>gout.</b>" if part.endswith("htm") else f"<a:x xmlns:a='a'>{said}</a:x>"
    )
    body = f"<w:document xmlns:w='{samples.WORD}'>{samples.paragraph('Tea.')}</w:document>"
    found = extract(
        samples.archive_of({f"word/{part}": source, "word/document.xml": body}), ".docx"
    )
    name = {"diagrams/data1.xml": "diagram", "charts/chart2.xml": "chart"}.get(part, part)
    assert found == ("Tea.\n\nIt cures gout.", [(0, "top"), (4, name)])


@pytest.mark.parametrize("algorithm", ["AES-128", "AES-256"])
def test_a_pdf_that_only_its_owner_may_copy_is_read(algorithm):
    pytest.importorskip("cryptography")
    assert extract(encrypted("", algorithm), ".pdf")[0] == "Tea cures gout."
    with pytest.raises(ReadError, match=r"^is encrypted; save it without a password$"):
        extract(encrypted("secret", algorithm), ".pdf")


@pytest.mark.parametrize("where", ["PdfReader", "PageObject.extract_text"])
def test_what_a_pdf_in_aes_needs_is_told(monkeypatch, where):
    def lacking(*_):
        raise pypdf.errors.DependencyError("cryptography>=3.1 is required for AES algorithm")

    monkeypatch.setattr(f"pypdf.{where}", lacking)
    with pytest.raises(ReadError, match=r"^is encrypted .* pip install 'misinfo\[docs\]'$"):
        extract(samples.pdf(["Tea"]), ".pdf")


def test_parts_of_a_book_that_cannot_be_found_are_told():
    book = samples.epub("<p>Tea</p>", "<p>Gout</p>")
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}

    def changed(old, new):
        package = members["OPS/book.opf"].decode()
        assert old in package
        return samples.archive_of({**members, "OPS/book.opf": package.replace(old, new)})

    assert extract(changed('idref="c1"', 'idref="C1"'), ".epub")[0] == "Tea"
    assert extract(changed("c%201.xhtml", "c%202.xhtml"), ".epub")[0] == "Tea"
    with pytest.raises(ReadError, match="2 of its 2 parts are not where it says, or nowhere"):
        extract(changed('idref="c', 'idref="C'), ".epub")
    kind = "application/xhtml+xml"
    for other, text in (
        ("application/xml", "Tea\n\nGout"),
        ("application/x-dtbook+xml", "Tea\n\nGout"),
        ("image/svg+xml", "Tea"),
    ):
        found = extract(
            changed(f'c%201.xhtml" media-type="{kind}', f'c%201.xhtml" media-type="{other}'),
            ".epub",
        )
        assert found[0] == text


def test_a_pdf_of_more_scans_than_text_is_told():
    pages = [["Our tea."], [], []]
    assert extract(samples.pdf(*pages), ".pdf")[0] == "Our tea."
    scan = samples.pdf(*pages).replace(b"/Font", b"/XObject << >> /Font")
    with pytest.raises(ReadError, match="has 2 of 3 pages without text: they may be scans"):
        extract(scan, ".pdf")


@pytest.mark.parametrize(
    ("format", "times"),
    [("text", 1), ("json", 2), ("jsonl", 2), ("csv", 1), ("sarif", 1), ("github", 1), ("html", 1)],
)
def test_what_is_missing_from_a_document_is_noted(tmp_path, format, times):
    scan = samples.pdf(["Our tea."], []).replace(b"/Font", b"/XObject << >> /Font")
    (tmp_path / "a.pdf").write_bytes(scan)
    book = samples.epub("<p>Tea</p>", "<p>Gout</p>")
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["OPS/book.opf"] = members["OPS/book.opf"].replace(b'idref="c1"', b'idref="C1"')
    (tmp_path / "b.epub").write_bytes(samples.archive_of(members))
    (tmp_path / "c.epub").write_bytes(book)
    result = run("score", tmp_path, "-f", format)
    assert result.exit_code == 0
    assert result.stdout.count("1 of 2 pages without text") == times
    assert result.stdout.count("1 of its 2 parts") == times
    if format == "json":
        assert [one["missing"] is None for one in json.loads(result.stdout)] == [False, False, True]
    assert result.stderr.splitlines() == [
        f"note: {tmp_path / 'a.pdf'}: has 1 of 2 pages without text: they may be scans; recognise "
        "their text first (OCR)",
        f"note: {tmp_path / 'b.epub'}: 1 of its 2 parts are not where it says, or nowhere, such as 'C1'",
    ]


def test_a_mailbox_of_several_mails_is_told():
    mark = b"From a@shop.example Mon Jan  1 10:00:00 2024\n"
    one = mark + samples.mail((PLAIN, "From now on it cures."))
    assert extract(one, ".eml")[0] == "Tea\n\nFrom now on it cures."
    assert documents.sniff(one) == (".eml", "")
    with pytest.raises(ReadError, match="is a mailbox of several mails"):
        extract(one + b"\n" + one, ".eml")


def test_a_mail_whose_parts_cannot_be_told_apart_is_read_as_it_is():
    raw = samples.mail((PLAIN, "It cures."), (PAGE, "<p>gout")).replace(b"boundary=", b"boundary=x")
    assert "It cures." in extract(raw, ".eml")[0]
    raw = b"Subject: Tea\nContent-Type: multipart/mixed\n\nIt cures.\n"
    assert extract(raw, ".eml")[0] == "Tea\n\nIt cures."


def test_any_text_of_a_mail_is_read():
    raw = b"Subject: Hi\r\nContent-Type: text/markdown\r\n\r\nOur tea cures gout.\r\n"
    assert extract(raw, ".eml")[0] == "Hi\n\nOur tea cures gout."


SRT = """1\r
00:00:01,000 --> 00:00:02,500\r
<i>This root completely</i>\r
cures\r
\r
2\r
00:00:03,000 --> 00:00:04,000\r
{\\an8}gout &amp; more.\r
\r
3\r
00:01:00,000 --> 00:01:01,000\r
- Ask us!\r
"""
VTT = """WEBVTT Kind: captions

NOTE
Not shown --

STYLE
::cue { color: red }

intro
00:01.000 --> 00:02.500 align:start
<v Ann>This root <00:02.000><c>completely</c>

00:02.500 --> 00:02.600
This root completely

00:03.000 --> 00:04.000
This root completely
cures

01:00:00.000 --> 01:00:01.000
gout &amp; more.

01:01:00.000 --> 01:01:01.000
- Ask us!
"""


@pytest.mark.parametrize(
    ("raw", "ending", "times"),
    [
        (SRT, ".srt", ["00:00:01", "00:00:03", "00:01:00"]),
        (VTT, ".vtt", ["00:01", "00:03", "01:00:00", "01:01:00"]),
    ],
)
def test_subtitles_are_the_text_of_their_cues(raw, ending, times):
    text, parts = extract(raw.encode(), ending)
    assert text == "This root completely cures gout & more.\n\n- Ask us!"
    assert [name for _, name in parts] == times
    with pytest.raises(ReadError, match="is no subtitles: it has no times"):
        extract(b"Tea.", ending)


def cues(*said):
    times = (f"00:00:{n:02},000 --> 00:00:{n + 1:02},000" for n in range(99))
    return "\n\n".join(f"{time}\n{cue}" for time, cue in zip(times, said, strict=False)).encode()


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (["Sugar < 7, it", "cures > 9."], "Sugar < 7, it cures > 9."),
        (["this tea cures", "no doctor"], "this tea cures\n\nno doctor"),
        (["<v Ann>Tea", "<v Ann>cures", "<v.x Bob>nothing."], "Tea cures\n\nnothing."),
        (["Tea", "[laughs]", "BOB: no."], "Tea\n\n[laughs]\n\nBOB: no."),
        (["[MUSIC]", "It cures", "gout."], "[MUSIC]\n\nIt cures gout."),
        (
            [">> Does it", "help -- >> It cures.", ">>> Next."],
            ">> Does it help --\n\n>> It cures.\n\n>>> Next.",
        ),
        (["(applause)\nIt cures", "gout."], "(applause)\n\nIt cures gout."),
        (
            ["\u266a Oh honey,", "honey \u266a", "It cures."],
            "\u266a Oh honey, honey \u266a\n\nIt cures.",
        ),
    ],
)
def test_cues_of_one_sentence_are_joined_and_others_are_not(said, shown):
    text, parts = extract(cues(*said), ".srt")
    assert text == shown
    assert len(parts) == len(said)
