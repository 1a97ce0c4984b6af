"""The command line: what is printed, and with which exit code."""

import io
import itertools
import json
import os
import pty
import re
import subprocess
import sys
import tomllib
from dataclasses import replace
from importlib.metadata import version

import pytest
from samples import run

import misinfo
from misinfo import tables
from misinfo.cards import model_card
from misinfo.cli import COMMANDS, app

BAD = "Our tea cures cancer, guaranteed, with no side effects!"
SOBER = "Take one tablet a day with food. Ask your doctor about interactions."


@pytest.fixture
def files(tmp_path):
    (tmp_path / "bad.txt").write_text(f"{SOBER}\n\n{BAD}\n", encoding="utf-8")
    (tmp_path / "sober.md").write_text(f"# Leaflet\n\n{SOBER}\n", encoding="utf-8")
    return tmp_path


def test_the_terminal_view(files):
    result = run("score", files / "bad.txt")
    assert result.exit_code == 0
    assert "OVERSTATED" in result.stdout
    assert "line 3" in result.stdout
    assert BAD in result.stdout
    assert SOBER.split(".")[0] not in result.stdout
    assert "\x1b" not in result.stdout  # plain when it is no terminal


def test_a_number_over_the_threshold_without_a_finding_is_explained(capsys):
    from misinfo.records import Document
    from misinfo.writers import Console, terminal

    score = misinfo.score("Open daily.", 0.0)
    sentence = replace(score.sentences[0], overstated=False, named=())
    leaning = replace(score, overstated=False, sentences=(sentence,))
    terminal(Console(width=80), Document("a.txt", "Open daily."), leaning, 5)
    assert "over the threshold, but no sentence to point at" in capsys.readouterr().out


def test_colours_on_a_terminal():
    from misinfo.records import Document
    from misinfo.writers import Console, terminal

    out = io.StringIO()
    console = Console(file=out, force_terminal=True, color_system="standard", width=60)
    document = Document("a\x1b[2Jb.txt", BAD, ((0, "Tea \x1b[2J"),))
    terminal(console, document, misinfo.score(BAD), 5)
    assert "\x1b[1;31m" in out.getvalue()
    assert "\x1b[2J" not in out.getvalue()


@pytest.mark.parametrize("width", [1, 10, 29])
def test_a_narrow_terminal_wraps_by_itself(width):
    from misinfo.records import Document
    from misinfo.writers import Console, explanation, terminal

    out = io.StringIO()
    console = Console(file=out, force_terminal=True, color_system=None, width=width)
    terminal(console, Document("a.txt", BAD), score := misinfo.score(BAD), 5)
    found = score.sentences[0].explanation
    explanation(console, found, 99, score.sentences[0].examples)
    assert out.getvalue().count(f"        {BAD}\n") == 2
    for shown in [*score.sentences[0].examples[0].careful.split(), *found.ngrams]:
        assert str(getattr(shown, "text", shown)) in out.getvalue()
    assert max(map(len, out.getvalue().split("\n"))) < 1000


ESC = ":100:\x1b[2J"


@pytest.mark.parametrize(
    "command",
    [
        "score mail.eml",
        f"score {ESC}.txt",
        f"evaluate rows.csv --by who{ESC}",
        f"compare model model rows.csv --by who{ESC}",
        f"check rows.csv --text-column text{ESC}",
        "evaluate suite --capabilities",
        "info --model model",
        "info --card --model model",
    ],
)
def test_nothing_that_strangers_wrote_steers_the_terminal(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mail.eml").write_text(
        "From: a@example.org\nSubject: Tea\nMIME-Version: 1.0\n"
        "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n\n"
        f"{BAD}\n--x\nContent-Type: application/pdf\n"
        f"Content-Disposition: attachment; filename*=utf-8''a%3A100%3A%1B%5B2J.pdf\n\nx\n--x--\n"
    )
    (tmp_path / f"{ESC}.txt").write_text(f"{BAD} {ESC}")
    lines = [f"{BAD if n % 2 else SOBER} {ESC},{n // 2 % 2},b{ESC}" for n in range(8)]
    (tmp_path / "rows.csv").write_text("\n".join([f"text{ESC},label,who{ESC}", *lines]))
    (tmp_path / "suite").mkdir()
    (tmp_path / "suite" / "blunt.tsv").write_text(
        f"label\ttags\ttext\noverstated\tcure\tOpen {ESC}\n"
    )
    (tmp_path / "suite" / "floors.json").write_text('{"blunt": 1}')
    parts = misinfo.load().parts
    settings = {**parts.settings, "name": f"mine{ESC}"}
    misinfo.Model(parts._replace(settings=settings, card=f"# {ESC}")).save("model")
    result = run(*command.split())
    assert "\x1b" not in result.output
    assert ":100:\ufffd[2J" in result.output


def test_top_limits_what_is_shown(files):
    (files / "many.txt").write_text("\n\n".join([BAD] * 4), encoding="utf-8")
    result = run("score", files / "many.txt", "--top", 1)
    assert result.stdout.count(BAD) == 1
    assert "and 3 more: --top 4" in result.stdout


@pytest.mark.parametrize("command", [("score", "-"), ("explain", "Tea.")])
@pytest.mark.parametrize("format", ["json", "jsonl"])
def test_top_is_refused_where_all_is_written(command, format):
    result = run(*command, "-f", format, "--top", 1, data="Tea.")
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"--top is for text, and {format} has all " in result.stderr


def test_fail_is_the_only_way_to_exit_one(files):
    assert run("score", files / "bad.txt").exit_code == 0
    assert run("score", files / "bad.txt", "--fail").exit_code == 1
    assert run("score", files / "sober.md", "--fail").exit_code == 0


def test_json_lines_and_json_are_what_the_library_says(files):
    lines = run("score", files, "--format", "jsonl").stdout.splitlines()
    whole = json.loads(run("score", files, "--format", "json").stdout)
    assert [json.loads(line) for line in lines] == whole
    assert [row["name"].split("/")[-1] for row in whole] == ["bad.txt", "sober.md"]
    score = misinfo.score((files / "bad.txt").read_text(encoding="utf-8")).to_dict()
    for key in ("findings", "sentences"):
        for said, sentence in zip(whole[0].pop(key), score.pop(key), strict=True):
            assert sentence.items() <= said.items()
            assert (said["line"], said["column"]) == (
                3 if sentence["start"] > 50 else 1,
                said["column"],
            )
    assert whole[0] == {
        "name": str(files / "bad.txt"),
        **score,
        "missing": None,
        "asides": [],
        "below": 0,
    }


def test_standard_input():
    result = run("score", "-", "--format", "jsonl", data=BAD)
    assert json.loads(result.stdout)["overstated"]


def test_a_text_in_place_of_a_file_is_told_where_to_go():
    result = run("score", "Our tea cures gout.")
    assert result.exit_code == 3
    assert "no such file; if it is the text itself, try 'misinfo explain'" in result.stderr
    assert "text itself" not in run("score", "no/such file.txt").stderr


def test_threshold_from_the_command_line(files):
    plain = json.loads(run("score", files / "bad.txt", "-f", "jsonl", "--threshold", "1").stdout)
    assert (plain["overstated"], plain["findings"]) == (False, [])
    assert run("score", files / "bad.txt", "--threshold", "2").exit_code == 2


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        (None, (), "no such file"),
        (b"\x00\x01\x02 binary", (), "is binary, not text (NUL bytes)"),
        (b"caf\xe9 cures gout", (), "is not utf-8 (byte 3); name its encoding with --encoding"),
    ],
)
def test_what_cannot_be_read_is_named_and_the_rest_is_scored(files, content, options, words):
    path = files / "x.txt"
    if content is not None:
        path.write_bytes(content)
    result = run("score", path, files / "bad.txt", "--fail", *options)
    assert result.exit_code == 3
    assert f"{path}: " in result.stderr
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    if not options:
        assert BAD in result.stdout


@pytest.mark.parametrize("content", ["", " \n\n ", "\ufeff"])
@pytest.mark.parametrize(
    ("name", "code"), [("x.txt", 0), ("x.md", 0), ("x.MARKDOWN", 0), ("x.html", 3), ("x", 3)]
)
def test_a_file_of_text_may_have_no_words_yet(files, name, code, content):
    (files / name).write_text(content, encoding="utf-8")
    result = run("score", files / name, files / "bad.txt", "--fail-on", "riskless", "-f", "jsonl")
    assert result.exit_code == (code or 1), result.output
    warnings = [json.loads(line)["warnings"] for line in result.stdout.splitlines()]
    assert warnings == [*[["there are no words in this text"]] * (not code), []]
    assert run("score", "-", data=content).exit_code == 3


def test_other_encodings_and_accepted_losses(files):
    path = files / "x.txt"
    path.write_bytes("Café tea cures gout. ½".encode("cp1252"))
    assert run("score", path, "--encoding", "cp1252").exit_code == 0
    replaced = run("score", path, "--replace", "-f", "jsonl")
    assert "\ufffd" in json.loads(replaced.stdout)["sentences"][0]["text"]
    for encoding in ("utf-8-sig", "utf-16"):
        path.write_bytes(BAD.encode(encoding))
        assert json.loads(run("score", path, "-f", "jsonl").stdout)["sentences"][0]["text"] == BAD


def test_a_folder_without_text(tmp_path):
    result = run("score", tmp_path)
    assert result.exit_code == 3
    assert f"no text in the folder {tmp_path}" in result.stderr


def test_hard_text_has_a_defined_outcome(files):
    path = files / "hard.txt"
    for text in (
        "!!! ???",
        "\n" * 5000 + "Tea.",
        "x" * 2_000_000,
        "a\x00b cures gout, as all of us have said. " * 4000,
    ):
        path.write_bytes(b" " * 9000 + text.encode())
        result = run("score", path)
        assert result.exit_code == 0, result.output
        assert result.exception is None


def test_explain(tmp_path):
    result = run("explain", BAD)
    assert result.exit_code == 0
    assert "log-odds" in result.stdout
    plain = json.loads(run("explain", BAD, "--format", "json").stdout)
    examples = plain.pop("examples")
    limit = misinfo.load().sentence_threshold
    assert (plain.pop("overstated"), plain.pop("threshold"), plain.pop("warnings")) == (
        True,
        limit,
        [],
    )
    assert all(
        set(example) == {"claim", "careful", "similarity", "tag", "why"} for example in examples
    )
    assert plain == misinfo.load().explain(BAD).to_dict()
    assert run("explain", "lone \udcff surrogate cures").exit_code == 0
    for example in examples:
        assert result.stdout.count(example["why"]) == 1
    assert len(examples) == 2
    assert result.stdout.count("How a careful writer puts such a claim") == 1
    assert result.stdout.count("its facts are not to be copied") == 1
    file = tmp_path / "a.txt"
    assert not run("explain", file).stderr
    file.write_text(BAD, encoding="utf-8")
    assert f"try misinfo score {file}" in run("explain", file).stderr


def test_the_page_tells_what_is_not_in_it(files):
    (files / "empty.html").touch()
    (files / "quote.md").write_text(
        f"<!-- misinfo: ignore - why not -->\n{BAD}\n", encoding="utf-8"
    )
    result = run("score", files, "-o", files / "page.html")
    assert result.exit_code == 3
    page = (files / "page.html").read_text(encoding="utf-8")
    assert "empty.html: is empty" in page
    assert "1 more set aside by a comment in the text: why not." in page
    assert json.loads(run("score", files / "bad.txt", "-f", "jsonl").stdout)["model"] in page


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        (BAD, "flagged: 1.00, with a threshold of"),
        ("Take one tablet a day with food.", "not flagged: 0.0"),
        ("Diese Tropfen heilen jeden Krebs", "note: few known n-grams (48%, fewer than 60%): "),
        ("", "note: there are no words"),
    ],
)
def test_explain_gives_the_verdict_and_the_warnings(sentence, words):
    assert any(line.startswith(words) for line in run("explain", sentence).stdout.splitlines())


def test_explain_reads_a_sentence_from_standard_input():
    assert run("explain", "-", data=f" {BAD}\n").stdout == run("explain", BAD).stdout
    assert "standard input: is empty" in run("explain", "-", data="\n").stderr
    told = run("explain", "-", data=f"\0{BAD}").stderr
    assert told == "note: standard input: 1 NUL byte not read: the text may be damaged\n"


def test_an_explanation_in_a_file_is_whole_however_narrow_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    result = run("explain", "Our drops cure cataracts.", "--top", 100)
    for term in misinfo.load().explain("Our drops cure cataracts.").ngrams:
        assert re.search(rf"{re.escape(repr(term.text))} +{term.kind} ", result.stdout)


def test_an_explanation_names_the_words_that_a_score_names():
    sentence = "Effectively regenerates worn cartilage."
    [line] = re.findall("words that weigh most: (.*)", run("explain", sentence).stdout)
    terms = misinfo.score(sentence).sentences[0].terms
    assert line == ", ".join(f"{term.text.strip('.')} {term.weight:+.1f}" for term in terms)


def test_what_is_missing_is_told_once_on_a_terminal(files):
    (files / "x.txt").write_bytes(b"Our tea.\0 Open daily.")
    command = [sys.executable, "-m", "misinfo", "score", files / "x.txt"]
    main, terminal = pty.openpty()
    subprocess.run(command, stdout=terminal, stderr=terminal, check=True)
    assert os.read(main, 10_000).count(b"1 NUL byte not read") == 1
    done = subprocess.run(command, capture_output=True, check=True)
    assert b"1 NUL byte not read" in done.stdout and b"1 NUL byte not read" in done.stderr


@pytest.mark.parametrize("columns", ["0", ""])
@pytest.mark.parametrize(
    "command", ["score bad.txt", "score nosuch", "score bad.txt -o /dev/stderr"]
)
def test_a_width_of_nothing_is_none_that_is_known(files, columns, command):
    script = f"{sys.executable} -m misinfo {command}"
    said = [
        piped(f"cd {files}; {how} {script}") for how in ("unset COLUMNS;", f"COLUMNS={columns}")
    ]
    assert len({(done.returncode, done.stdout, done.stderr) for done in said}) == 1
    assert said[1].stdout + said[1].stderr


def test_info_names_engine_and_model():
    result = run("info")
    assert result.exit_code == 0
    assert misinfo.load().engine.name in result.stdout
    assert "overstated-cure" in result.stdout
    assert f" sentencex {version('sentencex')}\n" in result.stdout
    for unit, rate in (("document", "5%"), ("sentence", "1%")):
        share = misinfo.load().settings["thresholds"][unit]["measured"][0]
        [line] = [line for line in result.stdout.splitlines() if line.startswith(unit)]
        assert f"(set so that at most {rate} of sober {unit}s on health " in line
        assert line.endswith(f"; measured: {share:.2%})")
    for shown in (result.stdout, model_card(misinfo.load().settings)):
        assert "fewer than 60%" in shown
    assert run("info", "--card").stdout.startswith("# overstated-cure")


@pytest.mark.parametrize("module", ["text._spans", "disguises._disguises"])
def test_info_says_what_is_not_compiled(module, monkeypatch):
    monkeypatch.setattr(f"misinfo.{module}", None)
    compiled = misinfo.load().engine.name == "compiled"
    assert ("compiled in part, " in run("info").stdout) == compiled


def test_a_model_that_is_not_there(files, tmp_path):
    for arguments in (("info",), ("explain", "Tea."), ("score", files / "bad.txt")):
        result = run(*arguments, "--model", tmp_path / "none")
        assert result.exit_code == 2
        assert "there is no model.json" in result.stderr


def test_too_little_memory_is_no_finding(monkeypatch):
    def load(_):
        raise MemoryError

    monkeypatch.setattr("misinfo.cli_model.load", load)
    result = run("explain", "Tea.")
    assert (result.exit_code, result.stderr) == (
        3,
        "error: the memory is too small for this: split what is read\n",
    )


def test_training_never_overwrites_unasked(tmp_path):
    result = run("train", "--output", tmp_path)
    assert result.exit_code == 2
    assert "exists already" in result.stderr


def test_labels_that_were_typed_are_never_overwritten_unasked(tmp_path):
    posts, output = tmp_path / "posts.csv", tmp_path / "to-label.csv"
    posts.write_text("body\nTea cures gout.\n", encoding="utf-8")
    output.write_text("labelled by hand", encoding="utf-8")
    result = run("suggest", posts, "-o", output)
    assert result.exit_code == 2
    assert "exists already: name another with -o, or add --force" in result.stderr
    assert output.read_text(encoding="utf-8") == "labelled by hand"
    assert run("suggest", posts, "-o", output, "--force").exit_code == 0
    assert "Tea cures gout." in output.read_text(encoding="utf-8")
    assert run("suggest", posts, "-o", "/dev/null").exit_code == 0


@pytest.mark.parametrize("place", ["file/mine", "file/new/mine", "/proc/nope/mine"])
def test_a_folder_that_cannot_be_written_is_told_before_training(tmp_path, monkeypatch, place):
    (tmp_path / "file").write_text("a file", encoding="utf-8")
    (tmp_path / "x.csv").write_text("text,label\nTea.,fake\n", encoding="utf-8")
    monkeypatch.setattr("misinfo.training.train", None)
    result = run("train", tmp_path / "x.csv", "-o", tmp_path / place)
    assert result.exit_code == 2
    assert f"{tmp_path / place}: cannot be written: " in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "x.csv"]


@pytest.mark.parametrize("name", ["posts.csv", "posts.jsonl.gz"])
def test_a_model_of_own_data_is_called_after_its_first_file(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    for arguments, model in ((), "overstated-cure"), ((name, "other.csv"), "posts"):
        (tmp_path / "models" / model).mkdir(parents=True)
        result = run("train", *arguments)
        said = f"models/{model} exists already: name another with -o, or add --force"
        assert (result.exit_code, said in result.stderr) == (2, True)


def test_training_reports_every_bad_row(tmp_path):
    header = "id,text,label,tags,pair,topic,remedy,register\n"
    (tmp_path / "mine.csv").write_text(header + "1,Tea,good,cure,,,,ad\n", encoding="utf-8")
    result = run("train", tmp_path / "mine.csv", "-o", tmp_path / "model")
    assert result.exit_code == 3
    assert "mine.csv:2: unknown label" in result.stderr
    assert not (tmp_path / "model").exists()
    assert run("train", tmp_path / "mine.txt", "-o", tmp_path / "model").exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("score",),
        ("nonsense",),
        ("score", "--nonsense", "x"),
        ("evaluate", "claims.csv", "--unit", "page"),
        ("export", "--format", "onnx"),
        ("score", "x.txt", "--threshold", "nan"),
        ("evaluate", "x.csv", "--rate", "0.1", "--rate", "NaN"),
        ("compare", "old", "new", "x.csv", "--tolerance", "nan"),
    ],
)
def test_wrong_use(arguments):
    result = run(*arguments)
    assert (result.exit_code, "no number" in result.stderr) == (2, "nan" in str(arguments).lower())


@pytest.mark.parametrize(
    ("command", "option"),
    [
        *itertools.product(
            ("score bad.txt", "score x.csv"),
            ("-o", "--text-column", "--dask", "--model", "--config", "--exclude"),
        ),
        ("suggest x.csv", "-o"),
        ("train x.csv", "-o"),
        ("export", "-o"),
        ("evaluate x.csv", "--report"),
        ("evaluate x.csv", "--by"),
    ],
)
def test_an_empty_option_is_refused(files, monkeypatch, command, option):
    monkeypatch.chdir(files)
    (files / "x.csv").write_text("text\nTea.\n", encoding="utf-8")
    before = sorted(files.iterdir())
    result = run(*command.split(), option, "")
    assert (result.exit_code, result.stdout) == (2, "")
    assert re.fullmatch(
        r"error: --[\w-]+ is empty: give it a value, or leave it out\n", result.stderr
    )
    assert sorted(files.iterdir()) == before


def test_what_is_empty_by_default_may_be_given_so(files):
    assert run("score", files / "bad.txt", "--input-format", "").exit_code == 0
    assert run("explain", "").exit_code == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_stands_in_the_readme(command, request):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) > 5
    readme = (request.config.rootpath / "README.md").read_text(encoding="utf-8")
    assert f"misinfo {command}" in readme


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_whole_and_names_arguments_once(command):
    usage, _, rest = run(command, "--help").stdout.partition("\n\n")
    assert "[[" not in usage
    assert "sentence" not in usage
    assert "--unit <str>" not in rest
    assert "......" not in usage
    for name in ("PATH", "DATA", *["FILE"] * (command != "suggest")):  # may be given several times
        assert usage.count(name) == usage.count(f"{name}...")
    [line] = re.findall(rf"^  {command} .*", run("--help").stdout, re.M)
    assert line.endswith(".") and not line.endswith("...")


def test_help_says_what_may_be_given_and_how_it_ends():
    said = {name: " ".join(run(*name.split(), "--help").stdout.split()) for name in ("", *COMMANDS)}
    assert "check finds a broken limit or a row that cannot be used" in said[""]
    for command in ("train", "evaluate", "compare", "suggest"):
        assert re.search(r"(?i)(exit |exit code |, )3 when rows could not be used", said[command])
        assert re.search(rf"3 some [^;]*\b{command}\b", said[""])
    [kinds] = re.findall(r"Tables: ([^:]*), for standard input", said["score"])
    assert set(re.split(", | or ", kinds)) == {ending[1:] for ending in tables.ENDINGS}
    assert "by default as --output is named, or text." in said["score"]
    assert "[default: text]" not in said["score"]
    assert "misinfo info lists" in said["score"]
    assert "of the checkout" in said["evaluate"]


def test_one_row_is_one_row(tmp_path):
    (tmp_path / "x.csv").write_text("body\nTea.\n", encoding="utf-8")
    assert "1 row, 0 overstated" in run("score", tmp_path / "x.csv").stderr
    (tmp_path / "y.csv").write_text("body,id\nTea.,1\n,2\n", encoding="utf-8")
    result = run("suggest", tmp_path / "y.csv", "--text-column", "body")
    assert "1 row was left out" in result.stderr


def test_a_command_that_is_not_there_is_guessed():
    assert "Did you mean 'evaluate'?" in run("evalate").stderr


def test_a_command_loads_no_other():
    code = (
        "import sys\nfrom misinfo.cli import app\n"
        "app(['schema'], standalone_mode=False)\n"
        "print(*sorted(name for name in sys.modules if name.startswith('misinfo.cli_')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].split() == ["misinfo.cli_model", "misinfo.cli_options"]


def test_version():
    assert run("--version").stdout.strip() == f"misinfo {misinfo.__version__}"


def test_scoring_a_file_loads_nothing_heavy(files):
    code = (
        "import sys\nfrom misinfo.cli import app\n"
        f"app(['score', {str(files / 'bad.txt')!r}], standalone_mode=False)\n"
        "heavy = {'sklearn', 'scipy', 'pandas', 'matplotlib', 'joblib', 'pyarrow', 'pydantic'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "OVERSTATED" in done.stdout


@pytest.mark.parametrize("module", ["typer", "rich.console", "numpy", "misinfo.model"])
def test_who_interrupts_what_is_loaded_sees_no_traceback(request, files, module):
    project = tomllib.loads((request.config.rootpath / "pyproject.toml").read_text("utf-8"))
    code = (
        "import sys\nfrom importlib.metadata import EntryPoint\n"
        "class Stop:\n    def find_spec(name, *_):\n"
        f"        if name == {module!r}:\n            raise KeyboardInterrupt\n"
        f"sys.meta_path.insert(0, Stop)\nsys.argv = ['misinfo', 'score', {str(files / 'bad.txt')!r}]\n"
        f"EntryPoint('misinfo', {project['project']['scripts']['misinfo']!r}, '').load()()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_a_closed_pipe_is_no_traceback(files):
    script = f"{sys.executable} -m misinfo score {files} -f jsonl | head -c 5"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr


def piped(script, encoding=None):
    command = ["bash", "-o", "pipefail", "-c", script]
    return subprocess.run(command, capture_output=True, text=True, encoding=encoding, check=False)


@pytest.mark.parametrize(
    "command", ["score bad.txt", "score bad.txt -f jsonl", "score x.csv", "info", "explain Tea"]
)
def test_standard_output_that_ends_early_or_is_full(files, command):
    (files / "x.csv").write_text("text\nTea.\n", encoding="utf-8")
    (files / "full").symlink_to("/dev/full")
    command = re.sub(r"(\w+\.)", rf"{files}/\1", command)
    script = f"{sys.executable} -m misinfo {command}"
    done = piped(f"{script} | true")
    assert done.returncode in (0, 141)
    assert "rror" not in done.stderr
    done = piped(f"{script} > {files}/full")
    assert done.returncode == 2
    assert re.fullmatch(r"error: standard output: No space left on device\n", done.stderr)


@pytest.mark.parametrize("command", ["--version", "--help", "score --help"])
def test_what_is_told_at_once_fails_as_other_output_does(command):
    done = piped(f"{sys.executable} -m misinfo {command} >/dev/full")
    assert done.returncode == 2
    assert re.fullmatch(r"error: standard output: No space left on device\n", done.stderr)
    done = piped(f"{{ sleep 1; {sys.executable} -m misinfo {command}; }} | true")
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("score nosuch", 3),
        ("score nosuch bad.txt --fail", 3),
        ("score bad.txt --model nosuch", 2),
        ("score --nosuch", 2),
    ],
)
def test_who_cannot_be_told_gets_the_exit_code(files, command, code):
    command = command.replace("bad.txt", str(files / "bad.txt"))
    done = piped(f"{sys.executable} -m misinfo {command} 2>/dev/full")
    assert done.returncode == code


@pytest.mark.parametrize("format", ["jsonl", "csv", "html", "github", "sarif"])
def test_programs_get_utf_8_whatever_the_terminal_is(files, format, monkeypatch):
    (files / "x.txt").write_text("Our tea 🍵 cures gout — 5 µg.", encoding="utf-8")
    out = io.TextIOWrapper(io.BytesIO(), "cp1252")
    monkeypatch.setattr(sys, "stdout", out)
    app(["score", str(files / "x.txt"), "-f", format], standalone_mode=False)
    assert "🍵" in out.buffer.getvalue().decode()


@pytest.mark.parametrize("command", ["score bad.txt", "explain 'It cures cancer.'"])
@pytest.mark.parametrize(("encoding", "bar"), [("cp1252", "####"), ("cp437", "████")])
def test_a_bar_is_of_signs_that_the_stream_has(files, command, encoding, bar):
    added = f"PYTHONIOENCODING={encoding}:backslashreplace"
    done = piped(f"cd {files}; {added} {sys.executable} -m misinfo {command}", encoding=encoding)
    assert bar in done.stdout
    assert "\\u" not in done.stdout


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        ("score - <&-", 3, "standard input: is closed"),
        ("explain - <&-", 3, "standard input: is closed"),
        ("score - --input-format csv <&-", 3, "standard input: is closed"),
        ("score bad.txt >&-", 2, "standard output is closed"),
        ("score x.csv >&-", 2, "standard output is closed"),
        ("score bad.txt -o out.txt >&-", 0, ""),
        ("score x.csv --encoding undefined", 2, "unknown encoding 'undefined'"),
        ("score bad.txt sober.md --encoding klingon", 2, "unknown encoding 'klingon'"),
        ("score bad.txt --encoding ''", 2, "--encoding is empty: give it a value"),
        ("score bad.txt --config x.toml", 2, "x.toml: encoding: unknown encoding 'klingon'"),
    ],
)
def test_streams_and_encodings_that_are_none_are_told(files, command, code, words):
    (files / "x.csv").write_text("text\nTea.\n", encoding="utf-8")
    (files / "x.toml").write_text('encoding = "klingon"\n', encoding="utf-8")
    done = piped(f"cd {files}; {sys.executable} -m misinfo {command}")
    assert done.returncode == code
    assert words in done.stderr
    assert done.stderr.count("unknown") <= 1
    assert "Traceback" not in done.stderr


def test_a_report_is_never_an_input_of_its_own_run(files):
    text = files / "bad.txt"
    before = text.read_bytes()
    (files / "link.txt").symlink_to(text)
    for output in (text, files / "link.txt"):
        result = run("score", text, "-o", output)
        assert (result.exit_code, "would be written over" in result.stderr) == (2, True)
    assert text.read_bytes() == before
    (files / "link.txt").unlink()
    report = files / "report.html"
    for _ in range(2):
        assert run("score", files, "-o", report).exit_code == 0
        page = report.read_text(encoding="utf-8")
        assert "sober.md" in page
        assert "report.html" not in page
    # what another run wrote is left out too, unless it is named, or could be a stranger's
    others = files / "*.html"
    assert "report.html: is a report" in run("score", files).stderr
    assert run("score", files).stdout.count("report.html") == 0
    assert "nothing is scored" in run("score", others).stderr
    assert "report.html" in run("score", report).stdout
    assert "report.html" in run("score", "--no-comments", others).stdout
    page = report.read_text("utf-8")  # what only speaks of us is no report
    (files / "other.html").write_text(page.replace("<html", "<!-- a --><html"), encoding="utf-8")
    assert "other.html" in run("score", others).stdout


def test_files_hold_no_colours(files, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    run("score", files / "bad.txt", "-o", files / "out.txt")
    assert BAD in (files / "out.txt").read_text(encoding="utf-8")
    assert "\x1b" not in (files / "out.txt").read_text(encoding="utf-8")


def test_the_column_that_was_guessed_is_told(files):
    (files / "x.csv").write_text("id,[red]text\n1,Tea is a drink.\n", encoding="utf-8")
    said = "the column of texts is taken to be '[red]text'"
    assert said in run("score", files / "x.csv").stderr
    assert said not in run("score", files / "x.csv", "--text-column", "[red]text").stderr


def test_errors_cannot_steer_the_terminal(capsys):
    from misinfo.cli_options import complain

    complain("2 problems:\na.csv:1: \x1b[2Jx\x9b1m\nb.csv:2: [red]")
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["error: 2 problems:", "a.csv:1: \ufffd[2Jx\ufffd1m", "b.csv:2: [red]"]


def test_a_line_break_in_a_name_forges_no_line(tmp_path):
    for name, raw in (("x\nb.txt", b"Tea."), ("x\nc.txt", b"\0\0")):
        (tmp_path / name).write_bytes(raw)
    (tmp_path / "x\nd").mkdir()
    options = ("--fail-above", "0", "--fail-on", "cure")
    result = run("score", tmp_path, tmp_path / "x\nd", tmp_path / "x\n*.md", *options)
    lines = (result.stdout + result.stderr).splitlines()
    assert sum("x\ufffd" in line for line in lines) == 5
    assert not [line for line in lines if re.match("[bcd*]", line)]


def test_a_file_is_scored_once_however_it_is_named(files, monkeypatch):
    monkeypatch.chdir(files)
    result = run("score", "bad.txt", "./bad.txt", ".", files / "bad.txt", "-f", "jsonl")
    names = [json.loads(line)["name"] for line in result.stdout.splitlines()]
    assert names == ["bad.txt", "./sober.md"]


def test_what_a_folder_leaves_out_is_told(files):
    (files / "posts.csv").write_text("body\nTea.\n", encoding="utf-8")
    result = run("score", files, "-f", "jsonl")
    assert "1 file of another kind left out (.csv)" in result.stderr
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["bad.txt"], None),
        (["sober.md"], None),
        (["bad.txt", "sober.md"], "2 documents, 1 overstated; 1 sentence flagged"),
        (
            ["bad.txt", "sober.md", "none.txt"],
            "2 documents, 1 overstated; 1 sentence flagged; 1 could not be read",
        ),
        (
            ["bad.txt", "sober.md", "aside.md"],
            "3 documents, 1 overstated; 1 sentence flagged, 1 more set aside",
        ),
    ],
)
def test_several_documents_have_a_total_as_their_page_has(files, monkeypatch, names, told):
    monkeypatch.chdir(files)
    (files / "aside.md").write_text(f"{BAD} <!-- misinfo: ignore -->", encoding="utf-8")
    last = run("score", *names).stdout.rstrip().splitlines()[-1]
    assert (last == told) if told else ("document" not in last)
    run("score", *names, "-o", "all.txt")
    assert (files / "all.txt").read_text(encoding="utf-8").rstrip().endswith(last)
    page = run("score", *names, "-f", "html").stdout
    assert f'<p class="lede">{told or "1 document, "}' in page


def test_that_nothing_is_scored_is_told(files):
    result = run("score", files / "bad.txt", "--exclude", "bad*")
    assert (result.exit_code, "nothing is scored" in result.stderr) == (0, True)
    assert "nothing is scored" not in run("score", files, "--exclude", "bad*").stderr


def test_one_file_is_scored_once_whatever_leads_to_it(tmp_path):
    (tmp_path / "a.txt").write_text(BAD, encoding="utf-8")
    (tmp_path / "b.txt").symlink_to("a.txt")
    (tmp_path / "loop").symlink_to(".")
    for paths in ([tmp_path / "**" / "*.txt"], [tmp_path, tmp_path / "loop" / "a.txt"]):
        found = run("score", *paths, "--format", "jsonl").stdout.splitlines()
        assert len(found) == 1


def test_a_dry_run_tells_of_bad_rows_and_of_what_is_there(tmp_path, request):
    rows = [f'{{"text": "Tea {n} for gout", "label": "{"ab"[n % 2]}"}}' for n in range(40)]
    (tmp_path / "x.jsonl").write_text("\n".join([*rows, "nonsense"]), encoding="utf-8")
    model = request.config.rootpath / "models" / "overstated-cure"
    command = ("train", tmp_path / "x.jsonl", "--positive", "a", "--dry-run", "-o", model)
    result = run(*command)
    assert result.exit_code == 3
    assert "(it exists: with --force)" in " ".join(result.stderr.split())
    assert "it exists" not in run(*command, "--force").stderr
