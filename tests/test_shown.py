"""Tags and references of HTML in plain text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_text import TEXTS, in_place

import misinfo
from misinfo import disguises, shown, text
from misinfo.disguises import undisguise
from misinfo.text import sentences, spans

CLAIMS = st.lists(
    st.sampled_from(["It cures gout.", "Ask Ann!", "No side effects", "Better sleep, it's so"]),
    min_size=1,
    max_size=6,
)
WITHIN = ["<b>", "</B>", "<a href='/x?a=1&amp;b' rel=nofollow data-x>", "<span\nclass=\"a b\">", "<img src=a.png/>", "<o:p>", "<wbr />"]  # fmt: skip
APART = ["<p>", "</p>\n", "<li class='a'>", "<BR/>", "<td nowrap>", "<!-- wp:list {\"a\":{\"b\":1}} -->", "<!-- /wp:list -->", "<!--more-->", "<!---->", "<!--[if mso]><p><![endif]-->", "<script>", "&lt;/p&gt;&lt;p&gt;", "<h2 style=\"color:red\">"]  # fmt: skip
BROKEN = ["<", "</", ">", "<!--", "-->", "<a href=\"", "&", "&amp", ";", "&bogus;", "&lt;", "&#8217;", "&nbsp;", "&Eacute;", "b>", " ", "It cures. ", "é", "\n", "**", "%", "<script>", "</script>"]  # fmt: skip
MARKED = st.lists(st.sampled_from([*WITHIN, *APART, *BROKEN]), max_size=30).map("".join)


@given(st.data(), TEXTS.map(lambda found: found.replace("<", "").replace("&", "")))
def test_what_only_looks_different_is_read_as_without_it(data, plain):
    marked = ""
    for char in plain:
        marked += char + data.draw(st.sampled_from(["", "", "", *WITHIN]))
    assert sentences(marked) == sentences(plain)
    assert not any(marked[a:b].endswith(tag) for a, b in spans(marked) for tag in WITHIN)


@given(CLAIMS, st.data())
def test_what_has_lines_of_its_own_ends_a_sentence(claims, data):
    marks = st.lists(st.sampled_from(APART), min_size=1, max_size=3).map("".join)
    marked = "".join(f"{data.draw(marks)}{claim}" for claim in claims) + data.draw(marks)
    assert [marked[a:b] for a, b in spans(marked)] == claims
    assert misinfo.score(marked).probability == misinfo.score("\n\n".join(claims)).probability


@given(MARKED)
def test_markup_is_found_by_its_first_letter_as_by_searching(marked):
    found = [match.span() for match in shown._matches(shown._MARKUP, marked)]
    assert found == [match.span() for match in shown._MARKUP.finditer(marked)]


@given(MARKED)
def test_sentences_of_broken_html_are_read_where_they_stand(marked):
    end = 0
    for (start, stop), said in zip(spans(marked), sentences(marked), strict=True):
        assert end <= start < stop <= len(marked)
        assert marked[start:stop].strip() == marked[start:stop]
        assert said == undisguise(marked[start:stop])
        assert any(map(str.isalnum, said))
        end = stop


@pytest.mark.skipif(text._spans is None, reason="nothing is compiled")
@given(MARKED)
def test_html_is_read_in_c_as_in_python(marked):
    compiled = in_place([marked, "", marked])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "_spans", None)
        patch.setattr(disguises, "_disguises", None)
        assert in_place([marked, "", marked]) == compiled


@pytest.mark.parametrize(
    ("marked", "read"),
    [
        (
            "It cu<!-- x -->res go<Span></Span>ut in <Font size=2>two</Font> days",
            "It cures gout in two days",
        ),
        ("Vitamins &amp; minerals&nbsp;&mdash; it&rsquo;s&#x21;", "Vitamins & minerals - it's!"),
        ("&amp;lt;b&amp;gt; in A&E, Q&A; &bogus; &notit;", "<b> in A&E, Q&A; &bogus; &notit;"),
    ],
)
def test_references_are_read_as_what_they_stand_for(marked, read):
    assert undisguise(marked) == read


@pytest.mark.parametrize(
    "plain",
    [
        "a <b and c> d",
        "if a<b, c>d",
        "p<0.05 & <5 mg",
        "<tea@gout.example>",
        "<dose>",
        "<!-- open",
        "List<Section> and Map<Label>",
    ],
)
def test_what_is_no_tag_stays(plain):
    assert undisguise(plain) == plain


@given(
    CLAIMS,
    st.sampled_from([("<!-- {} -->"), "<script>{}</script>", "&lt;!-- {} --&gt;", "<!-- a\n{}"]),
)
def test_no_sentence_hides_in_a_comment_or_a_script(claims, around):
    read = " ".join(sentences(around.format("\n\n".join(claims))))
    assert all(claim in read for claim in claims)


@pytest.mark.parametrize("part", ["<", "<!--", '<a b="', "<p ", "<script>", "&amp;", "<<b>b>"])
def test_markup_that_is_never_closed_takes_no_longer(part):
    assert undisguise(part * 200_000 + "<p>It cures gout.").endswith("\n\nIt cures gout.")
