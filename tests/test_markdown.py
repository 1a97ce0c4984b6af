"""Markdown: its headings, its code, its paragraphs and its front matter."""

import json
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from samples import run

from misinfo import markdown, readers
from misinfo.text import spans

MARKDOWN = """Hello

# Clinic of *Light* ##
Text
```
# code
```
[Gout](https://a.example)
---
It heals.

- item
---
#hashtag
## [Lupus](b) `x`
"""


def test_comments_are_no_part_of_a_heading():
    assert markdown.headings("# Gout <!-- misinfo: ignore - why -->\n") == [(0, "Gout")]


def test_headings_of_markdown():
    found = markdown.headings(MARKDOWN)
    assert [part for _, part in found] == [
        "Clinic of Light",
        "Clinic of Light > Gout",
        "Clinic of Light > Lupus x",
    ]
    assert [MARKDOWN[at:].split("\n")[0] for at, _ in found] == [
        "# Clinic of *Light* ##",
        "[Gout](https://a.example)",
        "## [Lupus](b) `x`",
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "source",
    [
        "```npm i``` installs it.\n# Tea",
        "````\n```\n# code\n````\n# Tea",
        "~~~ a`b\n# code\n```\n~~~~\n# Tea",
        "```\n# code\n``` # code\n```\n# Tea",
        "- ```sh\n  code\n  ```\n# Tea",
        "1. one\n\n    ~~~\n# code\n    ~~~\n# Tea ##",
        "---\ntitle: x\n# no heading\ntags: [a, b]\n---\nTea\n---",
        "+++\n# no heading\n+++\n\nTea\n===\n```\n# never closed",
        "---\n\nTea\n---",  # a rule, no front matter
    ],
)
def test_code_and_front_matter_hold_no_headings(source, end):
    source = source.replace("\n", end)
    assert markdown.headings(source) == [(source.index("Tea") - 2 * ("# Tea" in source), "Tea")]


def test_of_a_long_heading_only_the_start_is_searched(monkeypatch):
    sizes = []
    monkeypatch.setattr(
        markdown, "_MARKUP", SimpleNamespace(sub=lambda _, text: sizes.append(len(text)) or text)
    )
    for line in ("# " + "[" * 300_000, "[" * 300_000 + "\n---"):
        markdown.headings(line)
    assert sizes == [300, 300]


@given(st.text(st.sampled_from("#=-` \na[]()*~>\r\u2028"), max_size=80))
def test_any_markdown_has_ascending_parts_within_it(source):
    starts = [at for at, _ in markdown.headings(source)]
    assert starts == sorted(starts)
    assert all(0 <= at < len(source) for at in starts)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("promise", ["Reverse arthritis naturally", "Don't wait: gout is over"])
@pytest.mark.parametrize(
    "front",
    [
        "---\ntitle: {}\nlayout: post\n---",
        "---\nlayout: post\ntitle: '{}'\n---",
        '---\ndate: 2026-01-01\ntitle: "{}" \n...',
        "---\ndescription: >-\n  {}\n---",
        '---\nfaq:\n  - q: "{}"\n    a: b\n---',
        '+++\ntitle="{}"\ntags = ["a", "b"]\n+++',
    ],
)
def test_values_of_front_matter_are_sentences_of_their_own(tmp_path, front, promise, end):
    source = f"{front.format(promise)}\nTea: it is a drink.\n".replace("\n", end)
    (tmp_path / "a.md").write_bytes(source.encode())
    shown = readers.read(str(tmp_path / "a.md")).text
    found = [shown[start:stop] for start, stop in spans(shown)]
    assert promise in found
    assert found[-1] == "Tea: it is a drink."
    assert shown.index(promise) == source.index(promise)


@pytest.mark.parametrize("key", ["slug", "permalink", "image", "Date", "layout", "keywords"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_settings_that_no_page_shows_are_not_scored(key, end):
    source = f"---\n{key}: /cures-gout-for-good/\ntitle: Tea\n---\nIt is a drink.\n".replace(
        "\n", end
    )
    shown = markdown.unkeyed(source)
    assert "gout" not in shown and "Tea" in shown
    assert [len(line) for line in shown.split(end)] == [len(line) for line in source.split(end)]


@given(st.text(st.sampled_from("---\n\ra:=\"' +"), max_size=60).map("---\na".__add__))
def test_only_marks_of_front_matter_give_way(source):
    shown = markdown.unkeyed(source)
    assert len(shown) == len(source)
    pairs = [(old, new) for old, new in zip(source, shown, strict=True) if old != new]
    assert all(new in " -" and old not in "\r\n" for old, new in pairs)


PROSE = (
    'Our clinic in Zurich, founded in 2005, cures "arthritis" (and gout) for good, as *Nature* '
    "`wrote`. Ask [us](b) about <b>it</b>: Dr. Smith of the Himalayas says that drops never fail."
)


@given(st.lists(st.booleans(), min_size=40, max_size=40), st.sampled_from(["", "- ", "> ", "1. "]))
def test_a_line_break_within_a_paragraph_ends_no_sentence(breaks, mark):
    below = mark if mark == "> " else " " * len(mark)
    words = iter(PROSE.split(" "))
    source = mark + next(words)
    for word, ends in zip(words, breaks, strict=False):
        source += (f"\n{below}" if ends else " ") + word
    shown = markdown.flowing(f"# Tea\n{source}\n\n- gout\n")
    found = [" ".join(shown[start:end].split()) for start, end in spans(shown)]
    assert found == ["Tea", *(PROSE[start:end] for start, end in spans(PROSE)), "gout"]


LINES = """Tea||cures|in *one* night|  cures|§    cures|- Tea|-|* gout|1. Zurich|1) Tea|> Tea|>> Tea|>
# Tea|#tea|===|---|***|```|~~~|<b>Tea</b>|<!-- Tea -->|[a]: b|[b](c)|![a](b)|a ¦ b|-¦-|¦ Tea
Tea\\|Tea  |: Tea|!!! note|{% tea %}"""


@given(st.lists(st.sampled_from(LINES.replace("\n", "|").split("|")), max_size=9))
def test_only_line_breaks_within_paragraphs_of_markdown_are_none(lines):
    source = "\n".join(lines).replace("¦", "|").replace("§", "\n")
    shown = markdown.flowing(source)
    assert len(shown) == len(source)
    soft = set()
    for token in MarkdownIt().parse(source):
        if token.type == "inline":
            soft.update(range(token.map[0], token.map[1] - 1))
    place = 0
    for number, line in enumerate(source.split("\n")[:-1]):
        place += len(line) + 1
        assert shown[place - 1] == "\n" or number in soft


def test_lines_of_a_file_stay_where_findings_and_comments_look_for_them(tmp_path):
    source = (
        "Open daily in\nJune.\n\nThis tea\ncures cancer in\nZurich, guaranteed.\n\n"
        "Our drops cure gout\nforever. <!-- misinfo: ignore - said -->\nAsk.\n"
    )
    (tmp_path / "a.md").write_text(source, encoding="utf-8")
    ran = run("score", "--no-config", tmp_path / "a.md", "-f", "json")
    [score] = json.loads(ran.stdout)
    assert [(found["text"], found["line"]) for found in score["findings"]] == [
        ("This tea cures cancer in Zurich, guaranteed.", 4)
    ]
    assert [found["reason"] for found in score["asides"]] == ["said"]
