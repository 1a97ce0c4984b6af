"""SARIF: valid by the official schema for any text, and its regions slice back to the findings."""

import json
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator
from samples import run

import misinfo
from misinfo import machines, sarif
from misinfo.codebook import OVERSTATED_TAGS
from misinfo.policy import Policy, judge
from misinfo.records import Document, Ignore

BAD = "Our tea cures cancer, guaranteed, with no side effects!"
OFFICIAL = Path(__file__).parent / "schemas" / "sarif-2.1.0.json"
VALID = Draft4Validator(
    json.loads(OFFICIAL.read_text(encoding="utf-8")), format_checker=Draft4Validator.FORMAT_CHECKER
)
TEXTS = st.lists(
    st.text(max_size=10) | st.sampled_from([BAD, f"🍵 {BAD}", "\n", "\r\n", "🍵𝒶", "{0}[a](1)"])
).map("".join)


def log(text, name="a.md", problems=(), **more):
    document = Document(name, text, **more)
    one = judge(document, misinfo.score(text), Policy(), misinfo.load())
    found = sarif.log([one], problems, "1.0")
    return one, json.loads(json.dumps(found))


@given(TEXTS, st.booleans())
def test_any_text_gives_a_valid_log(text, extracted):
    parts = ((0, "page 1"),) if extracted else ()
    one, found = log(text, extracted=extracted, parts=parts, ignores=(Ignore(0, 40, 1, "why"),))
    VALID.validate(found)
    (run,) = found["runs"]
    assert len(run["results"]) == len(one.score.findings) + len(one.asides)
    assert sum("suppressions" in result for result in run["results"]) == len(one.asides)
    prints = [json.dumps(result["partialFingerprints"]) for result in run["results"]]
    assert len(set(prints)) == len(prints)
    for result in run["results"]:
        rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert rule["id"] == result["ruleId"] == result["properties"]["tags"][0]
        assert ("logicalLocations" in result["locations"][0]) == extracted
        region = result["locations"][0]["physicalLocation"]["region"]
        assert (region == {"startLine": 1}) == extracted


@given(TEXTS)
def test_regions_slice_back_to_the_findings(text):
    one, found = log(text)
    findings = sorted(one.score.findings, key=lambda finding: finding.start)
    assert found["runs"][0]["columnKind"] == "utf16CodeUnits"
    for result, finding in zip(found["runs"][0]["results"], findings, strict=True):
        region = result["locations"][0]["physicalLocation"]["region"]
        assert region["snippet"]["text"] == finding.text
        assert _slice(text, region) == finding.text


def _slice(text, region):
    lines = [line.encode("utf-16-le", "surrogatepass") for line in text.split("\n")]
    first, last = region["startLine"] - 1, region["endLine"] - 1
    lines[last] = lines[last][: 2 * (region["endColumn"] - 1)]
    lines[first] = lines[first][2 * (region["startColumn"] - 1) :]
    return "\n".join(line.decode("utf-16-le", "surrogatepass") for line in lines[first : last + 1])


def test_a_key_that_is_not_of_the_standard_is_caught():
    _, found = log(BAD)
    found["runs"][0]["results"][0]["massage"] = found["runs"][0]["results"][0].pop("message")
    assert not VALID.is_valid(found)


def test_the_rules_are_the_tags_with_their_meanings():
    rules = log("")[1]["runs"][0]["tool"]["driver"]["rules"]
    assert {rule["id"]: rule["help"]["text"] for rule in rules}.keys() == OVERSTATED_TAGS.keys()
    assert all(OVERSTATED_TAGS[rule["id"]] in rule["help"]["text"] for rule in rules)


def test_a_fingerprint_follows_its_sentence():
    def prints(text):
        return [result["partialFingerprints"] for result in log(text)[1]["runs"][0]["results"]]

    assert prints(BAD) == prints(f"Open daily.\n\n{BAD}")
    assert prints(f"{BAD}\n\n{BAD}")[0] == prints(BAD)[0]


@pytest.mark.parametrize(("kind", "name"), [("inSource", "a.md"), ("external", "b.md")])
def test_what_was_set_aside_has_a_suppression_with_its_reason(tmp_path, monkeypatch, kind, name):
    monkeypatch.chdir(tmp_path)
    comment = "<!-- misinfo: ignore - a quotation -->"
    (tmp_path / "a.md").write_text(f"{comment}\n{BAD}", encoding="utf-8")
    (tmp_path / "b.md").write_text(BAD, encoding="utf-8")
    (tmp_path / ".misinfo.toml").write_text(
        "[[allow]]\nphrase = 'cures cancer'\npaths = ['b.md']\nreason = 'a quotation'",
        encoding="utf-8",
    )
    found = json.loads(run("score", name, "-f", "sarif").stdout)
    VALID.validate(found)
    (result,) = found["runs"][0]["results"]
    assert result["suppressions"] == [{"kind": kind, "justification": "a quotation"}]


@given(
    st.lists(
        st.text(
            st.characters(exclude_characters="\0/", exclude_categories=["Cs"]),
            min_size=1,
            max_size=8,
        )
    )
)
def test_paths_are_percent_encoded_and_decode_to_themselves(parts):
    name = "/".join(["docs", *parts])
    if {".", ".."} & set(parts):
        return
    address = sarif.uri(name)
    assert unquote(address) == name
    assert address.isascii()
    assert not set(address) & set(' \\"<>^`{|}:?#')


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("!", "{0}.md", "{{0}}.md"),
        ("Diese Tropfen heilen jeden Krebs in zwei Wochen.", "-", "standard input"),
    ],
)
def test_what_the_model_cannot_read_is_a_notification(text, name, said):
    one, found = log(text, name)
    VALID.validate(found)
    (invocation,) = found["runs"][0]["invocations"]
    assert invocation["executionSuccessful"]
    assert invocation["toolExecutionNotifications"] == [
        {"level": "warning", "message": {"text": f"{said}: {one.score.warnings[0]}"}}
    ]


@pytest.mark.parametrize(
    ("root", "workspace", "wanted"),
    [
        (None, None, "a.md"),
        ("repository", None, "docs/a.md"),
        ("repository/docs", None, "a.md"),
        (None, "repository", "docs/a.md"),
        ("repository/docs", ".", "repository/docs/a.md"),
        ("repository", "elsewhere", "docs/a.md"),
    ],
)
def test_files_are_named_from_the_root_of_the_repository(
    tmp_path, monkeypatch, root, workspace, wanted
):
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    here = tmp_path / "repository" / "docs"
    here.mkdir(parents=True)
    monkeypatch.chdir(here)
    if root:
        (tmp_path / root / ".git").mkdir()
    if workspace:
        monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / workspace))
    for name in ("a.md", "../docs/a.md", str(here / "a.md")):
        assert sarif.uri(name) == wanted
        one = judge(Document(name, BAD), misinfo.score(BAD), Policy(), misinfo.load())
        assert next(machines.annotated([one])).startswith(f"::error file={wanted},line=1,")
    outside = sarif.uri("../../../a.md")
    assert outside == f"file://{tmp_path.parent.as_posix()}/a.md"
    one = judge(Document("../../../a.md", "!"), misinfo.score("!"), Policy(), misinfo.load())
    assert "../" not in next(machines.annotated([one]))


def test_a_file_elsewhere_has_a_whole_address(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert sarif.uri(str(tmp_path / "a b" / ".." / "é.md")) == "%C3%A9.md"
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(tmp_path / "inner")
    assert sarif.uri("../a.md") == f"file://{tmp_path.as_posix()}/a.md"


def test_what_could_not_be_read_makes_the_run_one_that_failed(tmp_path):
    (tmp_path / "a.md").write_text(BAD, encoding="utf-8")
    arguments = ["score", str(tmp_path / "a.md"), str(tmp_path / "none.md"), "-f", "sarif"]
    result = run(*arguments)
    found = json.loads(result.stdout)
    VALID.validate(found)
    (invocation,) = found["runs"][0]["invocations"]
    assert (result.exit_code, invocation["executionSuccessful"]) == (3, False)
    assert "none.md: no such file" in invocation["toolExecutionNotifications"][0]["message"]["text"]
    assert len(found["runs"][0]["results"]) == 1
