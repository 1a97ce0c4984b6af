"""Comments that set findings aside: what they cover, and that nothing else changes."""

import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

import misinfo
from misinfo import ignoring, markdown, markup, policy
from misinfo.records import Document

BAD = "Our tea cures cancer, guaranteed."
WORSE = "Throw away your insulin, it works for everyone."
SOBER = "Take one tablet a day with food."
IGNORE = "<!-- misinfo: ignore -->"


def judged(text, model, name="a.md"):
    document = ignoring.markdown(Document(name, text))
    return policy.judge(document, model.score(document.text), policy.Policy(), model)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"<!-- misinfo: ignore -->\n{BAD}\n\n{WORSE}", [WORSE]),
        (f"<!-- misinfo: ignore -->\n\n\n{BAD}\n\n{WORSE}", [WORSE]),
        (f"<!-- misinfo: ignore -->\n- {BAD}\n- {WORSE}", [WORSE]),
        (f"- {WORSE}\n<!-- misinfo: ignore -->\n- {BAD}\n- {WORSE}", [WORSE, WORSE]),
        (f"<!-- misinfo: ignore -->\n 9. {BAD}\n10. {WORSE}", [WORSE]),
        (f"<!-- misinfo: ignore -->\n* Tea:\n  * {BAD}\n* {WORSE}", [WORSE]),
        (f"- Tea:\n  <!-- misinfo: ignore -->\n\t- {BAD}\n    - {WORSE}", [WORSE]),
        (f"<!-- misinfo: ignore -->\nTea:\n- {BAD}\n- {WORSE}", []),
        (f"{BAD} <!-- misinfo: ignore -->\n\n{WORSE}", [WORSE]),
        (f"<!-- misinfo: ignore --> {BAD}\n{WORSE}", [WORSE]),
        (f"{WORSE}\n\n<!--misinfo:IGNORE-->\n{BAD}", [WORSE]),
        (f"<!-- misinfo: off -->\n{BAD}\n\n{BAD}\n<!-- misinfo: on -->\n{WORSE}", [WORSE]),
        (f"<!-- misinfo: off -->\n{BAD}\n\n{WORSE}", []),
        (f"<!-- misinfo: ignore -->\n{BAD}\n\n<!-- misinfo: ignore -->\n{WORSE}", []),
        (f"```\n<!-- misinfo: off -->\n```\n{BAD}", [BAD]),
        (f"~~~html\n<!-- misinfo: off -->\n~~~~\n\n{BAD}", [BAD]),
        (f"````\n```\n<!-- misinfo: off -->\n````\n{BAD}", [BAD]),
        (f"- ```sh\n  npm i\n  ```\n\n<!-- misinfo: ignore -->\n{BAD}\n\n{WORSE}", [WORSE]),
        (f"```npm i``` installs.\n\n<!-- misinfo: ignore -->\n{BAD}\n\n{WORSE}", [WORSE]),
        (f"```\ncode\n```\n\n{BAD} <!-- misinfo: ignore -->\n{WORSE}", [WORSE]),
        (f"Write `<!-- misinfo: off -->` first.\n\n{BAD}", [BAD]),
        (f"    <!-- misinfo: off -->\n\n{BAD}", [BAD]),
        (f"Tea.\n\n\t<!-- misinfo: off -->\n\n{BAD}", [BAD]),
        (f"Tea.\n    <!-- misinfo: ignore -->\n\n{BAD}", []),  # the paragraph goes on
        (f"- Tea.\n\n    <!-- misinfo: ignore -->\n    {BAD}\n\n{WORSE}", [WORSE]),
        (f"<!-- other: ignore -->\n{BAD}", [BAD]),
        (f"<!-- misinfo: off\n{BAD}", [BAD]),
        (f"\\<!-- misinfo: off -->\n\n{BAD}", [BAD]),
        (f"\\\\<!-- misinfo: off -->\n\n{BAD}", []),
    ],
)
def test_what_a_comment_covers_in_markdown(text, shown, end, model):
    text = text.replace("\n", end)
    found = judged(text, model)
    texts = [finding.text for finding in found.score.findings]
    # what stands between fences, or is no whole comment, is text like any other: it may be flagged
    assert [one for one in texts if one in (BAD, WORSE)] == shown
    assert len(found.asides) == text.count(BAD) + text.count(WORSE) - len(shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Tea. <!-- gout --> Oil.", "Tea. Oil."),
        ("<!-- gout\n\ngout --> Oil.", "Oil."),
        ("<!-- misinfo: off - gout --> Oil.", "<!-- misinfo: off - gout --> Oil."),
        ("`<!-- gout -->` <!-- gout -->", "`<!-- gout -->`"),
        ("Tea.\n\n    <!-- gout -->\n\nOil.", "Tea. <!-- gout --> Oil."),
        ("`<!--` Tea. <!-- gout --> Oil.", "`<!--` Tea. Oil."),
        # What a reader sees is never blank.
        ("<!-- Tea.", "<!-- Tea."),
        ("<!--> Tea. <!-- -->", "<!--> Tea."),
        ("<!-- x --!> Tea. -->", "Tea. -->"),
        ("Tea <!-- cures\n\ngout --> now.", "Tea <!-- cures gout --> now."),
        ("Tea. --> Oil.", "Tea. --> Oil."),
        (r"\<!-- Tea. --> \\<!-- gout -->", r"\<!-- Tea. --> \\"),
    ],
)
def test_comments_of_markdown_that_a_reader_does_not_see(text, shown):
    found = ignoring.uncommented(text)
    assert found.split() == shown.split()
    assert (len(found), found.count("\n")) == (len(text), text.count("\n"))


@pytest.mark.parametrize(
    ("comment", "reason"),
    [
        ("ignore", ""),
        ("ignore - a quotation", "a quotation"),
        ("ignore — a\n  quotation", "a quotation"),
        ("ignore -- why: because", "why: because"),
        ("ignore: self-made", "self-made"),
    ],
)
def test_reasons(comment, reason, model):
    found = judged(f"<!-- misinfo: {comment} -->\n{BAD}", model)
    assert [(aside.kind, aside.reason) for aside in found.asides] == [("ignored", reason)]
    assert found.notes == ()


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (f"<!-- misinfo: ignore -->\n{SOBER}", "line 1: this ignore covers no finding; remove it"),
        ("Tea.\n<!-- misinfo: ignore -->", "line 2: this ignore covers no finding; remove it"),
        (f"<!-- misinfo: off -->\n{BAD}", "line 1: this off has no on"),
        (f"{SOBER}\n<!-- misinfo: on -->", "line 2: this on has no off"),
        (
            f"<!-- misinfo: off -->\n{BAD}\n<!-- misinfo: off -->\n<!-- misinfo: on -->",
            "line 3: this off stands within another one",
        ),
        (f"<!-- misinfo: ingore -->\n{BAD}", "line 1: unknown comment 'ingore'; write ignore, off"),
        (f"<!-- misinfo: ignore this -->\n{BAD}", "line 1: unknown comment 'ignore this'"),
        (f"<!-- misinfo: ignore-end -->\n{BAD}", "line 1: unknown comment 'ignore-end'"),
    ],
)
def test_comments_without_effect_are_told(text, note, model):
    notes = judged(text, model).notes
    assert len(notes) == 1
    assert notes[0].startswith(f"a.md, {note}")


def test_comments_are_not_scored_and_offsets_stay(model):
    text = f"{SOBER} <!-- misinfo: ignore - it cures cancer, guaranteed -->\n\n{BAD}"
    document = ignoring.markdown(Document("a.md", text))
    assert len(document.text) == len(text)
    found = model.score(document.text)
    assert [sentence.text for sentence in found.sentences] == [SOBER, BAD]
    assert all(text[s.start : s.end] == s.text for s in found.sentences)


PARAGRAPHS = st.lists(
    st.sampled_from([BAD, WORSE, SOBER, f"- {BAD}\n- {SOBER}"]), min_size=1, max_size=6
)


@given(PARAGRAPHS, st.data())
def test_ignoring_never_changes_other_findings(paragraphs, data):
    model = misinfo.load()
    n = data.draw(st.integers(0, len(paragraphs) - 1))
    plain = judged("\n\n".join(paragraphs), model)
    marked = [*paragraphs]
    marked[n] = "<!-- misinfo: ignore -->\n" + marked[n]
    found = judged("\n\n".join(marked), model)
    others = [
        (s.text, s.probability, s.named)
        for s in plain.score.sentences
        if s.overstated and not _within(plain, paragraphs, n, s)
    ]
    left = [(s.text, s.probability, s.named) for s in found.score.sentences if s.overstated]
    assert left == others
    assert len(found.asides) + len(left) == len(plain.score.findings)
    assert found.score.known == plain.score.known


def _within(judged, paragraphs, n, sentence):
    start = len("\n\n".join(paragraphs[:n])) + (2 if n else 0)
    return start <= sentence.start < start + len(paragraphs[n])


LINES = (
    "", " ", "Tea.", "- tea", "  1. tea", "\t* tea", "# Tea", "```", "````", "~~~", "`a`", "```a```", "> q",
    "<!-- misinfo: ignore -->", "Gout. <!-- misinfo: ignore -->", "<!-- misinfo: off -->",
    "<!-- misinfo: on -->", "`<!-- misinfo: off -->`", "<!-- misinfo:\nignore -->",
)  # fmt: skip


@given(st.lists(st.sampled_from(LINES), max_size=12).map("\n".join))
def test_line_ends_change_nothing(text):
    def covered(text):
        ignores = ignoring.markdown(Document("a.md", text)).ignores
        return [(i.line, text[i.start : i.end].split(), i.problem) for i in ignores]

    assert covered(text.replace("\n", "\r\n")) == covered(text)
    assert [part for _, part in markdown.headings(text.replace("\n", "\r\n"))] == [
        part for _, part in markdown.headings(text)
    ]


@given(st.lists(st.sampled_from(LINES), max_size=12).map("\n".join))
def test_a_comment_on_a_line_of_its_own_covers_a_block_and_of_a_list_one_item(text):
    document = ignoring.markdown(Document("a.md", f"{text}\n\n{IGNORE}\n{text}"))
    line = text.count("\n") + 3
    *_, below = document.text.split("\n", line)
    [ignore] = [one for one in document.ignores if one.line == line and not one.problem] or [None]
    if ignore is not None:  # else it stands in code
        block, deep = [], None
        for one in below.split("\n"):
            mark = re.match(r"\s*(?=(-|\*|1\.) )", one)
            depth = len(mark[0].expandtabs(4)) if mark else 99
            if block and (not one.strip() or (deep is not None and depth <= deep)):
                break
            if one.strip():
                deep = depth if mark and not block else deep
                block.append(one)
        assert document.text[ignore.start : ignore.end] == "\n".join(block).lstrip()


@given(st.text("<>!-` \n~misinfo:gnreof", max_size=80))
def test_any_text_keeps_its_length_and_lines(text):
    document = ignoring.markdown(Document("a.md", f"{text}<!-- misinfo: off -->{text}"))
    assert len(document.text) == 2 * len(text) + 21
    assert document.lines == Document("a.md", f"{text}<!-- misinfo: off -->{text}").lines
    for ignore in document.ignores:
        assert 0 <= ignore.start <= ignore.end <= len(document.text)
    ignoring.html(Document("a.html", text), f"<p>{text}<!-- misinfo: off --><p>{text}")


@pytest.mark.parametrize(
    ("raw", "text", "covered"),
    [
        (f"<!-- misinfo: ignore --><p>{BAD}</p><p>{WORSE}</p>", f"{BAD}\n{WORSE}", [BAD]),
        (f"<p>{BAD}</p> <!-- misinfo: ignore --> <p>{WORSE}</p>", f"{BAD}\n{WORSE}", [WORSE]),
        (f"<p>{BAD} <!-- misinfo: ignore --></p><p>{WORSE}</p>", f"{BAD}\n{WORSE}", [BAD]),
        (f"<p>{SOBER}<br>{BAD} <!-- misinfo: ignore -->", f"{SOBER}\n{BAD}", [f"{SOBER}\n{BAD}"]),
        (
            f"<!-- misinfo: ignore --><ul><li>{BAD}<li>{BAD}</ul><p>{WORSE}",
            f"- {BAD}\n- {BAD}\n{WORSE}",
            [BAD, BAD],
        ),
        (
            f"<!-- misinfo: off --><div><p>{BAD}</div><!-- misinfo: on --><p>{WORSE}",
            f"{BAD}\n{WORSE}",
            [BAD],
        ),
        (f"<p>{BAD}<p><!-- misinfo: ignore -->{BAD}<p>{WORSE}", f"{BAD}\n{BAD}\n{WORSE}", [BAD]),
        (
            "<!-- misinfo: ignore --><p>Tea <b>cures</b>\n gout&amp;acne.",
            "Tea cures gout&acne.",
            ["Tea cures gout&acne."],
        ),
        (f"<!-- misinfo: ignore --><p>{BAD} <a>Buy!</a></p>", BAD, [BAD]),  # the link was dropped
        (f"<script><!-- misinfo: off --></script><p>{BAD}", BAD, []),
        (
            f"<!-- misinfo: ignore --><p>{SOBER}</p><p>{BAD}",
            BAD,
            [],
        ),  # the covered text was dropped
    ],
)
def test_what_a_comment_covers_in_html(raw, text, covered):
    page = ignoring.html(Document("a.html", text, extracted=True), raw)
    found = [text[ignore.start : ignore.end] for ignore in page.ignores if ignore.end]
    assert found == covered
    assert page.text == text


def test_of_two_equal_texts_the_covered_one_is_found():
    raw = f"<p>{BAD}<p><!-- misinfo: ignore -->{BAD}"
    page = ignoring.html(Document("a.html", f"{BAD}\n{BAD}", extracted=True), raw)
    assert [ignore.start for ignore in page.ignores] == [len(BAD) + 1]


def test_html_comments_without_effect_are_told(model):
    raw = (
        f"<!-- misinfo: ignore --><p>{SOBER}\n<!-- misinfo: onn -->\n<p>{BAD}<!-- misinfo: off -->"
    )
    document = ignoring.html(Document("a.html", f"{SOBER}\n{BAD}", extracted=True), raw)
    found = policy.judge(document, model.score(document.text), policy.Policy(), model)
    assert [note.split(":")[0] for note in found.notes] == [
        "a.html, line 2",
        "a.html, line 3",
        "a.html, line 1",
    ]
    assert len(found.score.findings) == 1


@pytest.mark.parametrize(
    ("raw", "covered"),
    [
        (f"<!-- MISINFO: Ignore --><DIV><P>{BAD}</DIV><P>{WORSE}", [BAD]),
        (f"{IGNORE}<!DOCTYPE html><p>{BAD}<p>{WORSE}", [BAD]),
        (f"<html>{IGNORE}<body><p>{BAD}<p>{WORSE}", [BAD, WORSE]),
        (f"<body>{IGNORE}{BAD}<p>{WORSE}", [BAD]),
        (f"<table>{IGNORE}<tr><td>{BAD}<td>Tea.<tr><td>{WORSE}</table>", [BAD, "Tea."]),
        (f"<ul>{IGNORE}<li><p>{BAD}<ul><li>Tea.</ul><li><p>{WORSE}</ul>", [BAD, "Tea."]),
        (f"<dl><dt>Tea{IGNORE}<dd>{BAD}{IGNORE}<dt>Oil<dd>{WORSE}</dl>", ["Tea", BAD]),
        (f"<p>Tea.<br/>{BAD} {IGNORE}</p><p>{WORSE}", [f"Tea.\n{BAD}"]),
        (f"<div>{WORSE}<hr/>{IGNORE}{BAD}</div>", [BAD]),
        (f"<p>Tea. <big>Oil.</big> {BAD} {IGNORE}</p><p>{WORSE}", [f"Tea. Oil. {BAD}"]),
        (f"{IGNORE}<my-card><p>{BAD}</p><p>Tea.</p></my-card><p>{WORSE}", [BAD, "Tea."]),
        (f"<nav>{BAD}</nav>{IGNORE}<p>{BAD}</p><p>{BAD}", [BAD]),
        (f"<!--[if IE]>{IGNORE}<![endif]--><p>{BAD}", []),
        (f"<![if !IE]>{IGNORE}<p>{BAD}</p><![endif]><p>{WORSE}", [BAD]),
        (f"<![CDATA[ a ]]>{IGNORE}<p>{BAD}<p>{WORSE}", [BAD]),
        (f"{IGNORE}<p>{BAD}<sup>1, 2</sup></p><p>{WORSE}", [f"{BAD}¹ ²"]),
        (f"<![any thing]>{IGNORE}<p>{BAD}<p>{WORSE}", [BAD]),
        (f"<p><b>Tea {IGNORE}<i>cures</b> gout.</p><p>{WORSE}", ["Tea cures gout."]),
        (f"{IGNORE}<div>Tea.{IGNORE}<p>{BAD}</p></div><p>{WORSE}", ["Tea.", BAD]),
        (f"<!-- misinfo: off --><p>{BAD}<!-- misinfo: on --><br>{WORSE}", [BAD]),
        (f"<div><p>{SOBER}</p>{IGNORE}</div><p>{WORSE}", []),
        (f"<ul><li>{IGNORE}</li><li>{WORSE}</li></ul>", []),
        (f"<figure>{IGNORE}<img></figure><section><p>{BAD}</p><p>{WORSE}</p></section>", []),
        (f"{IGNORE}<img><section><p>{BAD}</p></section>", []),
        (f"{IGNORE}<video></video><p>{BAD}</p>", []),
        (f"<p>{BAD} <b>{IGNORE}</b> Tea.</p><p>{WORSE}", [f"{BAD} Tea."]),
        (f"<p>{IGNORE}<a><img></a> {BAD}</p><p>{WORSE}", [BAD]),
        (f"<head>{IGNORE}</head><body><p>{BAD}", []),
        (f"<meta charset=utf-8>{IGNORE}<p>{BAD}<p>{WORSE}", [BAD]),
        (f"<!-- misinfo: ignore {' ' * 1000} - why --><p>{BAD}", []),  # no whole comment
    ],
)
def test_what_a_comment_covers_in_odd_pages(raw, covered):
    assert _covered(raw) == covered


def _covered(raw):
    text, parts, _ = markup.html(raw.encode())
    page = ignoring.html(Document("a.html", text, tuple(parts), extracted=True), raw)
    return [page.text[ignore.start : ignore.end] for ignore in page.ignores if ignore.end]


TREES = st.recursive(
    st.tuples(st.booleans(), st.sampled_from(["p", "H2", "pre"]), st.none()),
    lambda trees: st.tuples(
        st.booleans(),
        st.sampled_from(["div", "SECTION", "ul", "table", "blockquote", "aside"]),
        st.lists(trees, max_size=4),
    ),
)


@given(st.lists(TREES, max_size=4))
def test_an_element_is_covered_where_it_or_one_around_it_has_a_comment(trees):
    words = {True: [], False: []}

    def written(tree, covered):
        marked, tag, inner = tree
        covered = covered or marked
        if inner is None:
            words[covered].append(f"{'Tea' if covered else 'Oil'} {len(words[covered])} cures.")
            inside = words[covered][-1].replace("cures", "<b>cures</b>")
        else:
            inside = "".join(written(one, covered) for one in inner)
            inside = f"<li>{inside}" if tag == "ul" else inside
            inside = f"<tr><td>{inside}" if tag == "table" else inside
        return f"{IGNORE if marked else ''}<{tag}>{inside}</{tag}>\n"

    page = "".join(written(tree, False) for tree in trees)
    assert _covered(page) == words[True]


@given(st.lists(TREES, max_size=2), st.lists(TREES, min_size=1, max_size=2))
def test_a_comment_covers_nothing_outside_the_element_that_holds_it(inside, below):
    def written(trees):
        return "".join(
            f"<{tag}>{'Oil cures.' if inner is None else written(inner)}</{tag}>"
            for _, tag, inner in trees
        )

    kept = f"<main>{written(inside)}{IGNORE}<img></main>"
    assert _covered(f"{kept}{written(below)}") == []


@pytest.mark.parametrize(
    ("before", "each"),
    [
        (IGNORE, "<b>x "),
        (IGNORE, "<p>Tea.</p>"),
        (f"{IGNORE}<div>", "<p>Tea.</p>"),
        ("<!-- misinfo: off -->", "<p>It cures gout.</p>"),
        ("<!-- misinfo: off -->", "<nav>It cures gout.</nav>"),
        ("", f"{IGNORE}<div>x "),
        ("", f"{IGNORE}<p>It cures gout."),
        ("<p>", f"{IGNORE} x "),
    ],
)
def test_a_page_twice_as_long_is_twice_the_work(before, each):
    def work(size):
        raw, calls = before + each * size, []
        document = Document("a.html", "It cures gout.\n" * size, extracted=True)
        profile = sys.getprofile()
        sys.setprofile(lambda *_: calls.append(1))
        try:
            ignoring.html(document, raw)
        finally:
            sys.setprofile(profile)
        return len(calls)

    assert work(400) - work(200) < 1.2 * (work(200) - work(0)) + 200


@given(st.text("`a\n", max_size=40))
def test_code_stands_between_runs_of_as_many_backticks_on_one_line(text):
    pattern = r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)"
    assert ignoring._codes(text) == [found.span() for found in re.finditer(pattern, text)]
