"""Public data: a file is whole and the one that the registry names, or it is not there."""

import hashlib
import re
import shlex
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from samples import run

from misinfo import public
from misinfo.errors import MisinfoError, ReadError
from misinfo.public import PublicFile, PublicSet, fetch, named, registry

BYTES = b"text,label\nTea cures gout,1\nOpen daily,0\n"
SHA = hashlib.sha256(BYTES).hexdigest()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def served(tmp_path):
    """Return a folder that a local server serves, and the server's address."""
    folder = tmp_path / "served"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def one(url, sha=SHA):
    return PublicSet(
        "one", "", "", "", "", "home", 2, (), files=(PublicFile("mine.csv", url, sha),)
    )


def test_a_whole_file_is_kept_and_not_fetched_again(served, tmp_path):
    folder, address = served
    (folder / "mine.csv").write_bytes(BYTES)
    entry = one(f"{address}/mine.csv")
    paths = fetch(entry, tmp_path / "kept")
    assert [path.read_bytes() for path in paths] == [BYTES]
    (folder / "mine.csv").unlink()
    assert fetch(entry, tmp_path / "kept") == paths
    paths[0].write_bytes(BYTES[:9])  # damaged on the disk: had again, or said
    with pytest.raises(ReadError, match=r"cannot be fetched \(404.*--from FOLDER"):
        fetch(entry, tmp_path / "kept")


@pytest.mark.parametrize("content", [BYTES[:-1], BYTES + b"\n", b"", BYTES.replace(b"1", b"0")])
@pytest.mark.parametrize("way", ["download", "from"])
def test_a_changed_or_truncated_file_is_refused_and_nothing_is_left(served, tmp_path, content, way):
    folder, address = served
    (folder / "mine.csv").write_bytes(content)
    source = folder if way == "from" else None
    said = rf"mine\.csv: is not the file of the registry: its {len(content)} bytes have sha256"
    with pytest.raises(ReadError, match=said):
        fetch(one(f"{address}/mine.csv"), tmp_path / "kept", source)
    assert list((tmp_path / "kept").iterdir()) == []


def test_no_network_is_said_with_the_address_and_the_way_out(tmp_path):
    with pytest.raises(ReadError, match=r"http://127\.0\.0\.1:9/x\.csv: cannot be.*--from FOLDER"):
        fetch(one("http://127.0.0.1:9/x.csv"), tmp_path / "kept")
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_file_at_hand_is_found_in_a_folder_of_the_folder(tmp_path):
    (tmp_path / "have/inside").mkdir(parents=True)
    (tmp_path / "have/inside/mine.csv").write_bytes(BYTES)
    paths = fetch(one("http://127.0.0.1:9/x.csv"), tmp_path / "kept", tmp_path / "have")
    assert paths[0].read_bytes() == BYTES
    with pytest.raises(ReadError, match=r"no file mine\.csv in it"):
        fetch(one("http://127.0.0.1:9/x.csv"), tmp_path / "other", tmp_path)


def test_a_file_where_a_folder_should_be_is_told(served, tmp_path):
    (tmp_path / "kept").touch()
    with pytest.raises(MisinfoError, match="kept is no folder: name one with --output"):
        fetch(one(f"{served[1]}/mine.csv"), tmp_path / "kept")


def test_what_nobody_compared_is_not_fetched(tmp_path):
    for entry in registry().values():
        if not entry.files:
            with pytest.raises(MisinfoError, match="nobody compared the bytes"):
                fetch(entry, tmp_path)


def test_the_registry_is_complete():
    for entry in registry().values():
        assert entry.licence and entry.citation and entry.labels and entry.title, entry.name
        assert entry.rows > 0
        for file in entry.files:
            assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
            assert re.search(r"/[0-9a-f]{40}/", file.url), "pinned to a commit"
            assert file.url.endswith(file.name)
            assert entry.text and entry.label and entry.positive
    with pytest.raises(MisinfoError, match="no public set 'x'; there are constraint"):
        named("x")


def test_the_public_files_are_the_registered_ones(request, tmp_path):
    source = request.config.rootpath.parent / "shared/data"
    if not source.is_dir():
        pytest.skip("no public data beside the repository")
    for entry in registry().values():
        if entry.files:
            assert all(path.is_file() for path in fetch(entry, tmp_path, source))


def test_on_the_command_line(tmp_path, monkeypatch):
    file = tmp_path / "registry.toml"
    file.write_text(
        '[tea]\ntitle = "Tea"\nrows = 2\nlabels = "1, 0"\nlicence = "CC0"\ncitation = "Us"\n'
        'home = "here"\nresults = ["AUC 0.9"]\ntext = "text"\nlabel = "label"\npositive = ["1"]\n'
        f'[[tea.files]]\nname = "mine.csv"\nurl = "http://127.0.0.1:9/m"\nsha256 = "{SHA}"\n'
    )
    monkeypatch.setattr(public, "REGISTRY", file)
    assert "tea" in run("data", "list").stdout
    shown = run("data", "show", "tea").stdout
    assert "AUC 0.9" in shown
    assert SHA in shown
    result = run("data", "fetch", "tea", "-o", tmp_path / "kept")
    assert result.exit_code == 3
    assert "http://127.0.0.1:9/m" in result.stderr
    (tmp_path / "mine.csv").write_bytes(BYTES)
    monkeypatch.setenv("MISINFO_DATA", str(tmp_path / "cache"))
    result = run("data", "fetch", "tea", "--from", tmp_path)
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "cache/tea/mine.csv").read_bytes() == BYTES
    assert "misinfo train" in result.stderr
    result = run("data", "fetch", "tea", "--from", tmp_path / "none")
    assert result.exit_code == 2
    assert "none is no folder" in result.stderr
    assert run("data", "show", "nothing").exit_code == 2


def test_the_next_command_can_be_pasted():
    command = public.registry()["constraint"].command(Path("my dl"))
    assert shlex.split(command)[2] == str(Path("my dl") / "Constraint_Train.csv")
