"""Small documents of every format, well-formed and hostile; and the command line, run in a test."""

import io
import zipfile
import zlib

from typer.testing import CliRunner

from misinfo.cli import app

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
CONTAINER = '<container><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>'


def run(*arguments, data=None):
    """Run a command within this process."""
    return CliRunner().invoke(app, list(map(str, arguments)), input=data)


def pdf(*pages, packed=False):
    """Return a PDF; each page is the lines on it."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * number) for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(pages)),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, lines in enumerate(pages):
        drawn = b" ".join(b"(%s) Tj T*" % line.encode() for line in lines)
        content = b"BT /F1 12 Tf 72 720 Td 14 TL " + drawn + b" ET"
        content = zlib.compress(content) if packed else content
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % (5 + 2 * number)
        )
        objects.append(
            b"<< /Length %d %s >>\nstream\n%s\nendstream"
            % (len(content), b"/Filter /FlateDecode" if packed else b"", content)
        )
    return pdf_of(objects)


def pdf_of(objects):
    """Return a PDF of objects, the first of them its catalog."""
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n"
        b"startxref\n%d\n%%%%EOF" % (len(objects) + 1, table, len(objects) + 1, len(out))
    )


def archive_of(members, stored=False):
    """Return a ZIP file of named members."""
    file = io.BytesIO()
    kind = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(file, "w", kind) as out:
        for name, data in members.items():
            out.writestr(name, data)
    return file.getvalue()


def docx(body, styles="", before="", **more):
    """Return a DOCX file."""
    members = {
        "word/document.xml": f'{before}<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>',
        "word/styles.xml": f'<w:styles xmlns:w="{WORD}">{styles}</w:styles>',
    }
    members |= {f"word/{name}.xml": f'<w:x xmlns:w="{WORD}">{x}</w:x>' for name, x in more.items()}
    return archive_of(members)


def paragraph(text, style=""):
    """Return a paragraph of a DOCX file."""
    named = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{named}<w:r><w:t>{text}</w:t></w:r></w:p>"


def epub(*chapters, **more):
    """Return an EPUB book whose files are listed in another order than they are read."""
    numbers = range(len(chapters))
    items = "".join(
        f'<item id="c{n}" href="c%20{n}.xhtml" media-type="application/xhtml+xml"/>'
        for n in reversed(numbers)
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in numbers)
    return archive_of(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": CONTAINER,
            "OPS/book.opf": f"<package><manifest>{items}</manifest><spine>{spine}</spine></package>",
            **{f"OPS/c {n}.xhtml": chapter for n, chapter in enumerate(chapters)},
            **{name.replace("__", "/"): data for name, data in more.items()},
        }
    )


def mail(*parts, subject="Tea", kind="alternative"):
    """Return a mail; each part is its content type and its body."""
    head = f"From: a@shop.example\nSubject: {subject}\nMIME-Version: 1.0\n"
    if len(parts) == 1:
        return f"{head}Content-Type: {parts[0][0]}\n\n{parts[0][1]}\n".encode()
    body = "".join(f"--{kind}\nContent-Type: {inner}\n\n{text}\n" for inner, text in parts)
    return f"{head}Content-Type: multipart/{kind}; boundary={kind}\n\n{body}--{kind}--\n".encode()


def rtf(text):
    """Return an RTF document."""
    return b"{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}\\f0 " + text.encode() + b"}"
