"""Markdown: its headings, its code and its front matter."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


@given(st.text(st.sampled_from("---\n\ra:=\"' +"), max_size=60).map("---\na".__add__))
def test_only_marks_of_front_matter_give_way(source):
    shown = markdown.unkeyed(source)
    assert len(shown) == len(source)
    pairs = [(old, new) for old, new in zip(source, shown, strict=True) if old != new]
    assert all(new in " -" and old not in "\r\n" for old, new in pairs)
