"""Settings files: which one is found, what is in them, and what the command line makes of them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import run

from misinfo import config
from misinfo.errors import MisinfoError

BAD = "Our tea cures cancer, guaranteed, with no side effects!"


@pytest.fixture
def project(tmp_path, monkeypatch):
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    (folder / "docs").mkdir()
    (folder / "docs" / "bad.md").write_text(f"{BAD}\n", encoding="utf-8")
    monkeypatch.chdir(folder / "docs")
    return folder


def settings(folder, text, name=".misinfo.toml"):
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_the_nearest_file_is_found_up_to_the_root_of_the_repository(project):
    inner = project / "docs"
    settings(project.parent, "top = 9")
    assert config.find(inner) == config.Config()
    settings(project, "[tool.misinfo]\ntop = 1", "pyproject.toml")
    assert config.find(inner).options == {"top": 1}
    settings(project, "top = 2")
    assert config.find(inner).options == {"top": 2}
    settings(inner, "[tool.other]\nx = 1", "pyproject.toml")
    assert config.find(inner).options == {"top": 2}
    settings(inner, "top = 3")
    assert config.find(inner).options == {"top": 3}
    assert config.find(inner).path == inner / ".misinfo.toml"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fial = true", "unknown key 'fial'; did you mean 'fail'?"),
        ("fail_on = ['cure']", "unknown key 'fail_on'; did you mean 'fail-on'?"),
        ("qqq = 1", "unknown key 'qqq'; known are threshold"),
        ("= 1", "cannot be read"),
        pytest.param(f"ignore = {'[' * 20_000}{']' * 20_000}", "cannot be read", id="deep"),
        ("ignore = 'docs'", 'ignore must be a list of texts, such as ["..."]'),
        (r"ignore = ['old\a']", r"ignore: 'old\\a' has a backslash; write 'old/a'"),
        (r"exclude = ['old\*']", r"exclude: 'old\\*' has a backslash; write 'old/*'"),
        (
            r"allow = [{phrase = 'x', reason = 'y', paths = ['.\old']}]",
            r"paths: '.\\old' has a backslash; write './old'",
        ),
        ("exclude = [1]", "exclude must be a list of texts"),
        ("model = 3", "model must be a folder, such as"),
        ("model = true", "model must be a folder, such as"),
        ("fail-on = ['cure', 1]", "fail-on must be a list of texts"),
        ("allow = ['x']", "allow must be tables"),
        ("[[allow]]\nphrase = 'x'", "the [[allow]] of 'x' needs a reason"),
        ("[[allow]]\nphrase = 'x'\nreason = ' '", "needs a reason"),
        ("[[allow]]\nreason = 'x'", "either a phrase or a regex"),
        ("[[allow]]\nphrase = 'x'\nregex = 'x'\nreason = 'y'", "either a phrase or a regex"),
        ("[[allow]]\nphrase = ' '\nreason = 'x'", "must be text"),
        ("[[allow]]\nregex = '('\nreason = 'x'", "the regex '(' is not one"),
        ("[[allow]]\nphrase = 'x'\nreson = 'y'", "in [[allow]]; did you mean 'reason'?"),
    ],
)
def test_what_is_wrong_is_named_with_its_file(project, text, words):
    path = settings(project, text)
    with pytest.raises(MisinfoError) as caught:
        config.find(project)
    assert str(caught.value).startswith(f"{path}: ")
    assert words in str(caught.value)
    assert run("score", "bad.md").exit_code == 2
    assert run("score", "bad.md", "--no-config").exit_code == 0


@pytest.mark.parametrize("tool", ["5", "'misinfo'", "['misinfo']"])
def test_what_is_no_table_of_tools_has_no_settings(project, tool):
    settings(project, f"tool = {tool}", "pyproject.toml")
    assert config.find(project) == config.Config()
    path = settings(project, f"tool.misinfo = {tool}", "pyproject.toml")
    with pytest.raises(MisinfoError, match=f"^{path}: tool.misinfo must be a table$"):
        config.find(project)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("threshold = 'high'", ".misinfo.toml: threshold: "),
        ("threshold = 2.0", ".misinfo.toml: threshold: "),
        ("threshold = nan", ".misinfo.toml: threshold: nan is no number"),
        ("format = 'pdf'", ".misinfo.toml: format: "),
        ("top = -1", ".misinfo.toml: top: "),
        ("threshold = true", ".misinfo.toml: threshold: takes a value, not True"),
        ("fail = 'yes'", ".misinfo.toml: fail: takes true or false, not 'yes'"),
        ("model = 'nope'", ".misinfo.toml: model: no model in "),
        ("fail-on = ['cured']", "unknown tag 'cured'; known are cure, "),
        ("min-severity = 'high'", "takes note, warning, error or a probability"),
    ],
)
def test_a_value_is_checked_like_the_option(project, text, words):
    settings(project, text)
    result = run("score", "bad.md")
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.split())


def test_the_command_line_wins_over_the_file(project):
    settings(project, "fail = true\nformat = 'jsonl'\nthreshold = 1.0")
    result = run("score", "bad.md", "--no-fail")
    assert (result.exit_code, json.loads(result.stdout)["threshold"]) == (0, 1.0)
    result = run("score", "bad.md", "--threshold", "0.5", "--format", "json")
    assert (result.exit_code, json.loads(result.stdout)[0]["threshold"]) == (1, 0.5)
    assert run("score", "bad.md", "--no-config", "--format", "csv").stdout.startswith('"name"')


def test_a_file_that_is_named_is_used(project, tmp_path):
    named = settings(tmp_path, "format = 'jsonl'", "mine.toml")
    settings(project, "format = 'csv'")
    assert json.loads(run("score", "bad.md", "--config", named).stdout)["name"] == "bad.md"
    result = run("score", "bad.md", "--config", tmp_path / "none.toml")
    assert (result.exit_code, "No such file" in result.stderr) == (2, True)
    assert run("score", "bad.md", "--config", named, "--no-config").exit_code == 2
    assert run("score", "bad.md", "--no-config", "--config", named).exit_code == 2


@pytest.mark.parametrize("path", ["bad.txt", "-", "posts.csv"])
def test_a_working_folder_that_was_deleted_has_no_settings(tmp_path, monkeypatch, path):
    for name in ("bad.txt", "posts.csv"):
        (tmp_path / name).write_text(f'text\n"{BAD}"\n', encoding="utf-8")
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    result = run("score", path if path == "-" else tmp_path / path, data=BAD)
    assert (result.exit_code, BAD in result.stdout) == (0, True)


def test_an_allowed_phrase_is_no_finding_but_is_counted(project):
    settings(
        project, "fail-on = ['any']\n[[allow]]\nphrase = 'CURES  cancer'\nreason = 'an example'"
    )
    result = run("score", "bad.md")
    assert result.exit_code == 0
    assert "0 of 1 sentence flagged" in result.stdout
    head, shown = result.stdout.split("1 more allowed or ignored\n")
    assert "line 1, column 1  allowed: an example\n" in shown
    assert f"        {BAD}\n" in shown
    assert "allowed" not in head
    said = json.loads(run("score", "bad.md", "-f", "jsonl").stdout)
    assert [(aside["kind"], aside["reason"]) for aside in said["asides"]] == [
        ("allowed", "an example")
    ]


@pytest.mark.parametrize(
    ("entry", "allowed"),
    [
        ("phrase = 'cure'", False),  # only within a word
        ("phrase = 'effects!'", True),
        ("regex = 'cur(e|es) can'", True),
        ("regex = 'CURES'", False),
        ("regex = 'x*'", False),  # an empty match is none
        ("phrase = 'cures cancer'\npaths = ['docs/*.md']", True),
        ("phrase = 'cures cancer'\npaths = ['bad.md']", True),
        ("phrase = 'cures cancer'\npaths = ['*.txt']", False),
    ],
)
def test_what_a_phrase_covers(project, entry, allowed):
    settings(project, f"fail-on = ['any']\n[[allow]]\nreason = 'why'\n{entry}")
    assert run("score", "bad.md").exit_code == (0 if allowed else 1)


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("Nature's Cure", "nature\u2019s\ncure", True),
        ("Nature\u2019s Cure", "Nature's Cure", True),
        ('the "natural" way', "the \u201cnatural\u201d way", True),
        ("drug-free", "drug\u2011free", True),
        ("clinically proven", "clinically **proven**", True),
        ("clinically proven", "_clinically_ `proven`", True),
        ("clinically proven", "**clinically  \nproven**", True),
        ("clinically proven", "clinically * proven", False),
        ("clinically proven", "clinicallyproven", False),
        ("clinically proven", "non_clinically provenly", False),
        ("snake_case", "a snake_case b", True),
        ("a*b [x]", "a*b [X]", True),
    ],
)
def test_a_phrase_may_be_set_differently(phrase, text, found):
    pattern = config._phrase(phrase)
    assert bool(pattern.search(text)) is found


@given(st.text(st.sampled_from("aB1 '\u2019\"-\u2011*_`.\n["), min_size=1).filter(str.strip))
def test_any_phrase_covers_itself(phrase):
    assert config._phrase(phrase).fullmatch(phrase.strip())


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("archive/**", "archive/old/a.md", True),
        ("archive/**", "new/archive/a.md", False),
        ("archive", "new/archive/a.md", True),
        ("archive/", "archive/a.md", True),
        ("*.md", "a/b.md", True),
        ("a/*.md", "a/b/c.md", False),
        ("a/**/c.md", "a/c.md", True),
        ("a/**/c.md", "a/b/b/c.md", True),
        ("a?.md", "ab.md", True),
        ("a.md", "aXmd", False),
    ],
)
def test_patterns_of_paths(project, pattern, name, fits):
    settings(project, "")
    found = config.find(project)
    assert (found.fits(str(project / name), [pattern]) == pattern) is fits


@pytest.mark.parametrize(
    ("place", "path"), [("", "."), ("", "docs"), ("docs", "."), ("docs", "..")]
)
@pytest.mark.parametrize(
    ("exclude", "left"),
    [
        ("docs/old/*", ["bad.md", "new.md"]),
        ("./docs/old/", ["bad.md", "new.md"]),
        ("docs/*/*.md", ["bad.md"]),
        ("*old*", ["bad.md", "new.md"]),  # a name, wherever it stands
        ("new", ["bad.md", "old.md"]),
        ("project/docs/old/*", ["bad.md", "new.md", "old.md"]),
    ],
)
def test_paths_to_leave_out_start_at_the_settings_file(
    project, monkeypatch, place, path, exclude, left
):
    for name in ("old", "new"):
        (project / "docs" / name).mkdir()
        (project / "docs" / name / f"{name}.md").write_text(f"{BAD}\n", encoding="utf-8")
    settings(project, f"exclude = ['{exclude}']")
    monkeypatch.chdir(project / place)
    result = run("score", path, "-f", "jsonl")
    lines = map(json.loads, result.stdout.splitlines())
    assert sorted(line["name"].split("/")[-1] for line in lines) == left


@pytest.mark.parametrize("pattern", ["archive/**", "archive", "archive/*.md"])
@pytest.mark.parametrize("before", ["", "./", "/", "././", "{}/"])
@pytest.mark.parametrize(
    "key",
    ["ignore = ['{}']", "exclude = ['{}']", "allow = [{{regex='.',reason='x',paths=['{}']}}]"],
)
@pytest.mark.parametrize("path", ["..", "../archive", "../archive/a.md"])
def test_a_path_is_written_as_one_likes(project, key, before, pattern, path):
    (project / "archive").mkdir()
    (project / "archive" / "a.md").write_text(BAD, encoding="utf-8")
    settings(project, key.format(before.format(project) + pattern))
    result = run("score", path, "bad.md", "-f", "jsonl")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert [line["name"] for line in lines if line["findings"]] in (["bad.md"], ["../docs/bad.md"])


def test_findings_of_an_ignored_path_are_set_aside(project):
    settings(project, "fail-on = 'any'\nignore = ['docs/**']")
    result = run("score", "bad.md")
    assert (result.exit_code, "1 more allowed or ignored" in result.stdout) == (0, True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fail-on = []", "fail-on: names no tag"),
        ("fail-above = 'high'", "fail-above takes"),
        ("min-severity = 'high'", "min-severity takes"),
    ],
)
def test_levels_and_tags_are_told_by_where_they_stand(project, text, words):
    path = settings(project, text)
    option, value = text.split(" = ")
    said = " ".join(run("score", "bad.md").stderr.split())
    assert f"error: {path}: {words}" in said
    said = " ".join(run("score", "bad.md", f"--{option}", value.strip("[]'") or ",").stderr.split())
    assert f"error: --{words}" in said


def test_what_tables_cannot_do_is_told(project):
    (project / "docs" / "x.csv").write_text(f'text\n"{BAD}"\n', encoding="utf-8")
    keys = "fail-above, fail-on, min-severity, format, top, exclude, ignore, allow"
    values = (
        "fail-on = ['any']\nfail-above = 'note'\nmin-severity = 'note'\nformat = 'json'\ntop = 0"
    )
    lists = "ignore = ['old']\nexclude = ['old']\n[[allow]]\nphrase = 'x'\nreason = 'y'"
    for text, idle in ((f"{values}\n{lists}", keys), ("top = 1", "top")):
        path = settings(project, f"threshold = 0.5\n{text}")
        result = run("score", "x.csv")
        assert result.exit_code == 0
        said = f"note: {path}: for texts, not for tables: {idle}; filter the scored table instead"
        assert said in result.stderr
    settings(project, "threshold = 0.5\nignore = []")
    assert "note: " not in run("score", "x.csv").stderr
