"""What the pages show runs: every command and every piece of Python, page by page.

A block runs unless the line above it is a comment ``<!-- not run: why -->``. A line of shell that
is meant to fail says so: ``# exits with 1``. What stands below a ``$`` line must be what is printed,
but for ``...``.
"""

import csv
import doctest
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from misinfo import config, machines, readers
from misinfo.claims import read_claims
from misinfo.cli import app

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]
RUN = {"sh", "console", "python"}
READ = {"json", "toml"}
SHOWN = {"html", "yaml", "text"}
FENCE = re.compile(r"(?:<!-- not run: (.+?) -->\n)?^( *)```([^\n]*)\n(.*?)^\2```$", re.M | re.S)
EXIT = re.compile(r"\s+# exits with (\d)$")
BAD = "Our drops cure cataracts in two weeks, guaranteed, with no side effects!"
SOBER = "Take one tablet a day with food. Ask your doctor about interactions."


class Block(NamedTuple):
    """A fenced block of a page."""

    place: str
    language: str
    text: str
    excuse: str | None


def blocks(page):
    text = page.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start(3)) + 1
        place = f"{page.relative_to(ROOT)}:{line}"
        yield Block(place, match[3].strip(), match[4], match[1])


def commands(block):
    """Split a block of shell into commands, each with its exit code and what it prints."""
    text = block.text.replace("\\\n", " ")
    if block.language == "sh":
        found = [(line, "") for line in text.splitlines() if line and not line.startswith("#")]
    else:
        found = [part.partition("\n")[::2] for part in re.split(r"^\$ ", text, flags=re.M)[1:]]
    for command, printed in found:
        code = EXIT.search(command)
        yield EXIT.sub("", command), int(code[1]) if code else 0, printed


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A folder with what the pages speak of, all of it made up or of this repository."""
    folder = tmp_path_factory.mktemp("world")
    (folder / ".git").mkdir()  # settings above it do not hold here
    for name in ("examples", "models"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "drafts").mkdir()
    (folder / "drafts/tea.md").write_text(f"# Tea\n\n{SOBER}\n\n{BAD}\n", encoding="utf-8")
    posts = [(1, BAD), (2, SOBER), (3, "This tea cures gout and cancer overnight.")]
    table(folder / "posts.csv", [("id", "body"), *posts])
    table(folder / "export-with-gaps.csv", [("id", "body"), *posts, (4, "")])
    claims = [claim for claim in read_claims(ROOT / "datasets/claims.csv") if claim.pair][:160]
    rows = [(c.text, c.label, c.pair, c.register) for c in claims]
    header = ("text", "label", "author", "source")
    table(folder / "labelled.csv", [header, *rows[:120]])
    table(folder / "held-out.csv", [header, *rows[120:]])
    return folder


def table(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


@pytest.fixture
def shell(world, tmp_path):
    """Run a command in that folder, with the command line that is under test.

    Without pipes and the like it runs in this process: scikit-learn is imported once, not often.
    """
    script = tmp_path / "misinfo"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m misinfo "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    added = {"COLUMNS": "80", "PYTHONIOENCODING": "utf-8"}

    def run(command):
        if command.startswith("misinfo ") and not set("|<>;&$`") & set(command):
            arguments = shlex.split(command, comments=True)[1:]
            result = CliRunner().invoke(app, arguments, env=added)
            return result.exit_code, result.output
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=world,
            env=os.environ | added | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
            text=True,
            encoding="utf-8",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        return done.returncode, done.stdout

    return run


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_shows_runs(page, world, shell, monkeypatch):
    monkeypatch.chdir(world)
    names = {"__name__": "page"}
    for block in blocks(page):
        assert block.language in RUN | READ | SHOWN, f"{block.place}: what language is it?"
        if block.excuse or block.language in SHOWN:
            continue
        if block.language == "json":
            json.loads(block.text)
        elif block.language == "toml":
            settings = world / f"settings-{page.stem}.toml"
            settings.write_text(block.text, encoding="utf-8")
            config.read(settings)
        elif block.language == "python":
            exec(compile(block.text, block.place, "exec"), names)
        else:
            for command, code, printed in commands(block):
                found, output = shell(command)
                said = f"{block.place}: {command}\n{output}"
                assert found == code, said
                if printed.strip():
                    same = doctest.OutputChecker().check_output(
                        printed.rstrip() + "\n", output.rstrip() + "\n", doctest.ELLIPSIS
                    )
                    assert same, said


def test_every_fence_is_found():
    for page in PAGES:
        fences = re.findall(r"^ *```", page.read_text(encoding="utf-8"), re.M)
        assert len(fences) == 2 * len(list(blocks(page))), page


def test_every_block_runs_or_is_excused():
    found = [block for page in PAGES for block in blocks(page)]
    assert sum(block.language in RUN and not block.excuse for block in found) > 20
    assert {block.language for block in found if block.excuse} <= RUN  # no idle excuses
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert text.count("<!-- not run:") == sum(bool(b.excuse) for b in blocks(page)), page


@pytest.fixture(scope="module")
def hooks():
    pytest.importorskip("mkdocs")
    spec = spec_from_file_location("hooks", ROOT / "docs/hooks.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def leaves(command, path=("misinfo",)):
    """Every command that can be called, with its path."""
    if not hasattr(command, "commands"):
        yield " ".join(path), command
        return
    for name in command.list_commands(None):
        yield from leaves(command.get_command(None, name), (*path, name))


def test_every_command_and_option_is_in_the_reference_with_help(hooks):
    import typer

    text = "\n\n".join(hooks.reference())
    found = dict(leaves(typer.main.get_command(app)))
    assert "misinfo score" in found
    parts = re.split(r"^#+ (misinfo .+)$", text, flags=re.M)
    entries = dict(zip(parts[1::2], parts[2::2], strict=True))
    for path, command in found.items():
        if command.hidden:
            continue
        assert (command.help or "").strip(), f"{path} has no help"
        said = entries[path].replace("`", "")
        assert command.help.split("\n")[0] in said
        for parameter in command.params:
            name = max(parameter.opts, key=len)
            if name.startswith("-") and not getattr(parameter, "hidden", False):
                assert parameter.help, f"{path} {name} has no help"
                assert name in said and parameter.help[:20] in said


def test_the_reference_goes_into_groups(hooks):
    import typer

    line, inner = typer.Typer(rich_markup_mode=None), typer.Typer(help="Data sets.")
    line.add_typer(inner, name="data")
    line.command(name="old", hidden=True)(lambda: None)

    @inner.command()
    def fetch(name: str, folder: str = typer.Option("here", help="Where | to.")) -> None:
        """Fetch one."""

    @inner.command("list")
    def listed() -> None:
        """List all."""

    parts = list(hooks.reference(line))
    titles = [part for part in parts if part.startswith("#")]
    assert titles == [
        "# Commands",
        "## misinfo data",
        "### misinfo data fetch",
        "### misinfo data list",
    ]
    assert {"Data sets.", "Fetch one.", "List all."} <= set(parts)
    assert any("--folder" in part and "Where \\| to. [default: here]" in part for part in parts)


def test_measured_pages_may_be_missing_and_no_others(hooks, monkeypatch, tmp_path):
    (tmp_path / "docs").mkdir()
    monkeypatch.setattr(hooks, "ROOT", tmp_path)
    nav = [{"A": "typo.md"}, {"B": [{"M": "model.md"}, {"S": "speed.md"}]}, {"C": ["peers.md"]}]
    assert hooks._there(nav) == [{"A": "typo.md"}]
    (tmp_path / "docs/speed.md").write_text("# Speed\n", encoding="utf-8")
    assert hooks._there(nav) == [{"A": "typo.md"}, {"B": [{"S": "speed.md"}]}]


@pytest.mark.parametrize(
    ("page", "link", "wanted"),
    [
        ("recipes/json.md", "[a](../reading.md#places)", "[a](../reading.md#places)"),
        ("recipes/json.md", "[a](../../datasets/CODEBOOK.md)", "[a](../codebook.md)"),
        ("codebook.md", "[a](README.md#files)", "[a](data-card.md#files)"),
        ("data-card.md", "[a](LICENSE)", "a"),
        ("changelog.md", "[a](docs/reading.md)", "[a](reading.md)"),
        ("limits.md", "[a](../README.md#x)", "[a](how-good-it-is.md#x)"),
        ("limits.md", "[a](../nowhere.md)", "[a](../nowhere.md)"),
        ("limits.md", "[a](https://example.org/x)", "[a](https://example.org/x)"),
        ("limits.md", "| `a\\|b` | c\\|d |", "| `a|b` | c\\|d |"),
    ],
)
def test_links_and_cells_fit_the_site(hooks, page, link, wanted):
    place = SimpleNamespace(file=SimpleNamespace(src_uri=page))
    assert hooks.on_page_markdown(link, place, None, None) == wanted


def test_the_site_has_the_measured_figures_of_the_readme(hooks):
    text = hooks.section((ROOT / "README.md").read_text(encoding="utf-8"), "How good it is")
    assert "<!-- /zero-shot -->" in text and "\n## " not in text
    assert hooks.section("## A\n\n1\n\n## B\n", "A") == "A\n\n1\n\n"


def test_the_start_page_says_what_is_taken_from_a_folder():
    text = (ROOT / "docs/index.md").read_text(encoding="utf-8")
    assert all(f"`{ending}`" in text for ending in readers.ENDINGS)


def test_the_limits_say_what_their_sources_say(model):
    text = " ".join((ROOT / "docs/limits.md").read_text(encoding="utf-8").split())
    recall = model.settings["metrics"]["all"]["recall"][0]
    assert f"about 1 in {1 / (1 - recall):.0f} overstated sentences is missed" in text
    share = float(re.search(r"\| 0\.90 \|.*?\|.*?\| ([\d.]+)%", text)[1])
    assert f"of the sentences from 0.90 up {share:.0f}% are overstated" in text


def test_the_columns_of_csv_are_told():
    text = (ROOT / "docs/recipes/ci.md").read_text(encoding="utf-8")
    rows = text.partition("| column of `--format csv` |")[2].partition("\n\n")[0].splitlines()[2:]
    told = [name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert told == machines.COLUMNS


def test_the_colours_of_the_site_can_be_read():
    colours = re.findall(r"#(\w{6});", (ROOT / "docs/site.css").read_text(encoding="utf-8"))
    assert colours
    for colour in colours:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (0, 2, 4)]
        r, g, b = (c / 12.92 if c <= 0.04 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        assert 1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05) >= 4.5, colour


def test_links_are_good_in_the_repository():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r"\]\((?![a-z]+:|#)([^)#\s]+)", text):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_picture_is_well_formed_and_asks_for_nothing():
    picture = (ROOT / "docs/terminal.svg").read_text(encoding="utf-8")
    assert ET.fromstring(picture).tag.endswith("svg")
    assert "OVERSTATED" in picture
    assert "url(http" not in picture.replace('"', "")
