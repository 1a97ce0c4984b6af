"""Addresses: what a server may send, and how long it may take."""

import gzip
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from misinfo import readers, web
from misinfo.errors import ReadError

PAGE = "<h1>Café</h1><p>It cures gout."

ELSEWHERE = {"/file": "file:///etc/passwd", "/ftp": "ftp://127.0.0.1/x", "/loop": "/loop"}

ENDLESS = {"/drip": b"a", "/endless": b"a" * 100_000}


class Handler(BaseHTTPRequestHandler):
    answers = {  # noqa: RUF012 - set once
        "/page": ({"Content-Type": "text/html; charset=iso-8859-1"}, PAGE.encode("latin-1")),
        "/meta": ({"Content-Type": "text/html"}, b"<meta charset=utf-8>" + PAGE.encode()),
        "/a.html": ({"Content-Type": "application/octet-stream"}, PAGE.encode()),
        "/untyped": ({}, b"<!doctype html>" + PAGE.encode()),
        "/plain": ({"Content-Type": "text/plain; charset=cp1252"}, "Café".encode("cp1252")),
        "/notes.md": ({"Content-Type": "text/plain"}, b"# Tea\n\nIt cures."),
        "/packed": (
            {"Content-Type": "text/html", "Content-Encoding": "gzip"},
            gzip.compress(PAGE.encode()),
        ),
        "/unasked": (
            {"Content-Type": "text/html", "Content-Encoding": "GZIP"},
            gzip.compress(PAGE[:20].encode()) + gzip.compress(PAGE[20:].encode()) + bytes(9),
        ),
        "/x-gzip": (
            {"Content-Type": "text/html", "Content-Encoding": " x-gzip"},
            gzip.compress(PAGE.encode()),
        ),
        "/as-it-is": (
            {"Content-Type": "text/html", "Content-Encoding": "identity"},
            PAGE.encode(),
        ),
        "/utf-8": ({"Content-Type": "text/html", "Content-Encoding": "utf-8"}, PAGE.encode()),
        "/br": ({"Content-Type": "text/html", "Content-Encoding": "br"}, b"\x0b\x02\x80Tea\x03"),
        "/short": ({"Content-Type": "text/html", "Content-Length": "5000"}, PAGE.encode()),
        "/none": ({"Content-Type": "text/html", "Content-Length": "5000"}, b""),
        "/cut": (
            {"Content-Type": "text/html", "Content-Encoding": "gzip"},
            gzip.compress(PAGE.encode())[:-9],
        ),
        "/bombs": (
            {"Content-Type": "text/html", "Content-Encoding": "gzip"},
            gzip.compress(b" " * 600_000) * 2,
        ),
        "/bomb": (
            {"Content-Type": "text/html", "Content-Encoding": "gzip"},
            gzip.compress(b" " * 3_000_000),
        ),
        "/picture": ({"Content-Type": "image/png"}, b"\x89PNG"),
        "/table": ({"Content-Type": "text/csv"}, b"text\nIt cures."),
        "/liar": ({"Content-Type": "text/html"}, b"%PDF-1.7"),
        "/empty": ({"Content-Type": "text/html"}, b""),
        "/caf%C3%A9": ({"Content-Type": "text/plain"}, b"Tea."),
        "/unknown": ({"Content-Type": "text/plain; charset=utf8mb4"}, "Café".encode()),
        "/wrong": ({"Content-Type": "text/plain; charset=us-ascii"}, "Café".encode()),
        "/odd": ({"Content-Type": "text/plain", "Content-Length": "many"}, b"Tea."),
    }

    def do_GET(self):
        if self.path in self.answers:
            headers, body = self.answers[self.path]
            self.send_response(200)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        elif self.path.startswith("/moved"):
            self.send_response(302)
            left = int(self.path.removeprefix("/moved"))
            self.send_header("Location", f"/moved{left - 1}" if left else "/page")
            self.end_headers()
        elif self.path in ELSEWHERE:
            self.send_response(302)
            self.send_header("Location", ELSEWHERE[self.path])
            self.end_headers()
        elif self.path in ENDLESS:
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(ENDLESS[self.path])
                    time.sleep(0.01)
            except OSError:
                pass
        else:
            self.send_error(404)

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def direct(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")


@pytest.mark.parametrize(
    "path",
    "/page /meta /a.html /untyped /packed /unasked /x-gzip /as-it-is /utf-8 /moved3".split(),
)
def test_pages(server, path):
    found = readers.read(server + path)
    assert found.name == server + path
    assert found.text == "Café\n\nIt cures gout."
    assert str(found.place(7)) == "Café"
    assert found.extracted


def test_plain_text(server):
    for path in ("plain", "unknown", "wrong"):
        assert readers.read(f"{server}/{path}").text == "Café"
    found = readers.read(f"{server}/notes.md")
    assert str(found.place(8)) == "Tea, line 3, column 2"
    assert readers.read(f"{server}/café#part").text == "Tea."
    assert list(readers.find(f"{server}/page?x=*")) == [f"{server}/page?x=*"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/nowhere", "its server answers 404 Not Found"),
        ("/picture", "not text or a document; name a page, or a file of .docx, .eml"),
        ("/table", "is a table: download it"),
        ("/br", "is packed as 'br', which is not read; save the page, and score the file"),
        ("/liar", "is a PDF, not HTML"),
        ("/empty", "is empty"),
        ("/moved9", "sends on more than 5 times"),
        ("/loop", "sends on more than 5 times"),
        ("/file", "'file:///etc/passwd' is not allowed"),
        ("/ftp", "sends on to ftp://127.0.0.1/x, which is no web address"),
        ("/odd", "cannot be fetched: ValueError"),
        ("/short", "was cut short on the way"),
        ("/none", "was cut short on the way"),
        ("/cut", "was cut short on the way"),
    ],
)
def test_what_cannot_be_read_is_told(server, path, words):
    with pytest.raises(ReadError) as error:
        readers.read(server + path)
    assert str(error.value).startswith(f"{server}{path}: ")
    assert words in str(error.value)


@pytest.mark.parametrize("path", ["/endless", "/bomb", "/bombs"])
def test_too_much(server, path):
    with pytest.raises(ReadError, match="is larger than 1 MB; save its text"):
        web.fetch(server + path, size=1_000_000)


def test_letters_of_other_scripts_in_addresses():
    assert web.encoded("http://bücher.example:80/é?q=ü%20&x#y") == (
        "http://xn--bcher-kva.example:80/%C3%A9?q=%C3%BC%20&x"
    )


def test_a_server_that_never_ends_is_given_up(server):
    with pytest.raises(ReadError, match="took longer than 2 seconds"):
        web.fetch(f"{server}/drip", seconds=2)


@pytest.mark.parametrize(
    "address", ["http://", "http://a b/", "http://[x/", "http://127.0.0.1:1/", "https://x:y/"]
)
def test_addresses_that_are_none(address):
    with pytest.raises(ReadError, match="cannot be"):
        readers.read(address)
