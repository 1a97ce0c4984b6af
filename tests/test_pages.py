"""The page and the notebook fragment: they hold any text whole, and nothing of it acts."""

import base64
import hashlib
import re
from dataclasses import replace
from html import escape
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import misinfo
from misinfo import marking, pages
from misinfo.config import Allow, Config
from misinfo.policy import Judged, Policy, judge
from misinfo.records import Document, Ignore

HOSTILE = (
    "<script>document.title = 'run'</script><img src=x onerror=\"document.title = 'run'\">\n\n"
    "</style></div></article><style>body { display: none }</style> Cures cancer, guaranteed!\n\n"
    "<!-- This tea cures diabetes overnight, with no side effects. --> ]]> <![CDATA[\n\n"
    '<a href="javascript:document.title=1" style="color: red">Our drops cure gout for good.</a>\n\n'
    "<svg onload=document.title=1><iframe src=https://example.org></iframe><base href=//e.org>\n\n"
    "Our tea cures cancer\x00 and\x07 gout\u202e for\ud800 good, &amp; &lt;b&gt; guaranteed.\r\n"
)
PIECES = st.sampled_from(
    ["Our tea cures cancer, guaranteed.", "No side effects!", "Open daily.", "\r\n", "\n\n", "- ",
     "</div>", "<b>", "&amp;", '"', "\x00", "\x85", "\ud800", "\u202e", "c u r e s", "🔥tea🔥cures🔥", HOSTILE]
)  # fmt: skip
TEXTS = st.lists(st.text(st.characters(exclude_categories=()), max_size=20) | PIECES).map("".join)


class Reader(HTMLParser):
    """Collects the text of each element of class ``text``, and every tag with its attributes."""

    def __init__(self, markup):
        super().__init__(convert_charrefs=True)
        self.texts, self.tags, self.data, self._depth = [], [], [], 0
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag == "div" and (self._depth or dict(attributes).get("class") == "text"):
            if not self._depth:
                self.texts.append("")
            self._depth += 1

    def handle_endtag(self, tag):
        if tag == "div" and self._depth:
            self._depth -= 1

    def handle_data(self, data):
        self.data.append(data)
        if self._depth:
            self.texts[-1] += data

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")


def shown(*texts, threshold=None, ignores=(), **options):
    model = misinfo.load()
    judged = []
    for n, text in enumerate(texts):
        document = Document(f"{n}.txt", text, ignores=tuple(ignores))
        judged.append(judge(document, model.score(text, threshold), Policy(), model))
    return pages.page(judged, **options)


@settings(max_examples=60)
@given(
    text=TEXTS,
    block=st.sampled_from([1, 30, pages.BLOCK]),
    threshold=st.sampled_from([0, 0.5]),
    ignored=st.integers(0, 200),
)
def test_the_page_holds_every_text_whole(text, block, threshold, ignored):
    ignores = [Ignore(0, ignored, 1, "why not")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "BLOCK", block)
        page = shown(text, "Open daily.", threshold=threshold, ignores=ignores)
    assert Reader(page).texts == [marking.readable(text), "Open daily."]
    assert page.encode()  # whatever the text, a file can hold it


@given(text=TEXTS)
def test_readable_text_keeps_all_but_controls(text):
    found = marking.readable(text)
    assert marking.readable(found) == found
    assert not marking.CONTROL.search(found)
    letters = [c for c in text if c.isalnum() or c in " <>&\"'-"]
    assert [c for c in found if c.isalnum() or c in " <>&\"'-"] == letters


def test_line_ends_of_every_kind_are_one():
    assert marking.readable("a\r\nb\rc\n\x0c\u2028d\x85\t\x1b") == "a\nb\nc\n\n\nd\n\t\ufffd"


def test_markup_in_texts_names_tags_and_titles_stays_text():
    model = misinfo.load()
    document = Document(HOSTILE, HOSTILE, parts=((0, HOSTILE),))
    page = pages.page([Judged(document, model.score(HOSTILE, 0.1))], title=HOSTILE)
    reader = Reader(page)
    plain = Reader(shown("Our tea cures cancer, guaranteed."))
    assert {tag for tag, _ in reader.tags} <= {tag for tag, _ in plain.tags} | {"b"}
    assert sum(tag == "script" for tag, _ in reader.tags) == 1
    attributes = {name for _, found in reader.tags for name in found}
    assert not {name for name in attributes if name.startswith("on")} | attributes & {
        "style",
        "src",
    }
    assert all(a["href"].startswith("#") for tag, a in reader.tags if tag == "a")


def test_the_policy_allows_this_style_and_this_script_alone():
    page = shown("Our tea cures cancer.")
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy.startswith("default-src 'none';")
    for kind in ("style", "script"):
        (content,) = re.findall(f"<{kind}>(.*?)</{kind}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy


def test_ids_are_unique_and_references_lead_somewhere():
    ignores = [Ignore(100, 200, 1, '<a href="#none">')]
    tags = Reader(shown(HOSTILE, HOSTILE, threshold=0.2, ignores=ignores)).tags
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in tags:
        for name in ("aria-controls", "aria-describedby", "aria-labelledby"):
            assert attributes.get(name, ids[0]) in ids
        if (attributes.get("href") or "").startswith("#"):
            assert attributes["href"][1:] in ids


def test_every_finding_has_its_reason_and_nothing_else_has_one():
    model = misinfo.load()
    text = "Open daily.\nOur tea cures cancer, guaranteed.\nIt never fails and has no side effects!"
    score = model.score(text)
    page = pages.page([Judged(Document("a.txt", text), score)])
    assert page.count("<mark class=") == len(score.findings) + len(marking.STRENGTHS)
    for finding in score.findings:
        assert f"{finding.probability:.2f}" in page
        assert str(Document("", text).place(finding.start)) in page
        for term in finding.terms[:3]:
            assert f"<b>{term.weight:+.1f}</b>" in page
    assert "Open daily" not in page.split("<ol")[1].split("</ol>")[0]
    assert f"{score.threshold:.2f}" in page
    assert "judges wording, not truth" in page


def test_a_long_document_is_explained_where_it_is_worst(monkeypatch):
    monkeypatch.setattr(pages, "DETAILED", 1)
    text = "\n".join(["Our tea cures cancer, guaranteed."] * 5)
    page = shown(text, threshold=0)
    assert page.count('class="notes"') == 1
    assert page.count("Words that tipped the scale") == 1
    assert page.count('class="ref"') == 5


def test_nothing_scored_and_nothing_flagged_are_pages_too():
    assert "0 documents" in pages.page([])
    assert "<form" not in shown("Open daily.")
    assert Reader(shown("")).texts == [""]


def test_strength_rises_with_probability():
    bands = [marking.strength(p / 100, 0.4) for p in (40, 59, 61, 79, 81, 100)]
    assert bands == [0, 0, 1, 1, 2, 2]
    assert marking.strength(1.0, 1.0) == 2


@settings(max_examples=30)
@given(text=TEXTS)
def test_a_notebook_shows_the_score(text):
    score = misinfo.load().score(text, 0.5)
    reader = Reader(score._repr_html_())
    assert {tag for tag, _ in reader.tags} <= {"div", "p", "strong", "em", "mark", "sub", "br"}
    assert sum(tag == "mark" for tag, _ in reader.tags) == len(score.findings)
    assert all(name in ("style", "title") for _, found in reader.tags for name in found)
    for finding in score.findings:
        assert re.sub("\n+", "", marking.readable(finding.text)) in "".join(reader.data)


def test_a_notebook_counts_one_sentence_as_one():
    assert "0 of 1 sentence flagged" in misinfo.score("Open daily.")._repr_html_()
    assert "0 of 0 sentences flagged" in misinfo.score("")._repr_html_()


def test_a_notebook_shows_the_beginning_of_a_long_text():
    text = "Our tea cures cancer, guaranteed.\n" * 1500
    fragment = misinfo.score(text)._repr_html_()
    assert fragment.count("<mark") < 1500
    assert "more flagged" in fragment
    assert len(fragment) < 40 * marking.NOTEBOOK


def test_the_page_says_which_verdicts_need_no_flagged_sentence():
    assert "a model that scores documents whole needs none" in shown("Tea.")


def test_the_lowest_severity_is_what_sentences_are_flagged_from():
    assert "A sentence is flagged from 0.97" in shown("Tea.", threshold=0.8, floor=0.97)
    assert "A sentence is flagged from 0.80" in shown("Tea.", threshold=0.8, floor=0.5)


@pytest.mark.parametrize(
    ("threshold", "floor", "bands"),
    [
        (0.8, 0.0, {"likely": "0.80", "strong": "0.87", "very strong": "0.93"}),
        (0.8, 0.9, {"strong": "0.90", "very strong": "0.93"}),
        (0.8, 0.97, {"very strong": "0.97"}),
        (1.0, 0.0, {"very strong": "1.00"}),
    ],
)
def test_the_legend_has_the_strengths_that_a_sentence_can_have(threshold, floor, bands):
    guide = shown("Tea.", threshold=threshold, floor=floor).split('class="guide"')[1]
    assert dict(re.findall(r'<mark class="s.">([a-z ]+)</mark> from (\d\.\d\d)', guide)) == bands


def test_the_page_says_what_made_it_and_what_is_not_in_it():
    model = misinfo.load()
    text = "Our drops cure gout. Our tea cures cancer. Our herbs cure asthma."
    document = Document("a.txt", text, ignores=(Ignore(0, 20, 1, "<quote>"),))
    rules = Policy(Config(allow=(Allow(re.compile("Our (tea|herbs)"), "a saying"),)))
    judged = judge(document, model.score(text), rules, model)
    page = pages.page([judged], problems=["<b>.txt: is empty"])
    said = "".join(Reader(page.split("<body>")[1].split("<script>")[0]).data)
    for line in (
        "3 more set aside; 1 could not be read",
        "1 more set aside by a comment in the text: <quote>. line 1, column 1",
        "2 more set aside by the settings: a saying. line 1, column 22; line 1, column 44",
        "Could not be read",
        "<b>.txt: is empty",
    ):
        assert line in said
    marked = re.findall(r'<span class="let" id="(.*?)" data-why="(.*?)">(.*?)</span>', page)
    assert marked == [
        (f"d1a{n}", f"{one.finding.probability:.2f}, {escape(why)}", one.finding.text)
        for n, (one, why) in enumerate(
            zip(judged.asides, ["ignored: <quote>", *["allowed: a saying"] * 2], strict=True), 1
        )
    ]
    assert re.findall('href="#(d1a.*?)"', page) == [key for key, *_ in marked]
    assert f"misinfo {misinfo.__version__}, model {judged.score.model}; page of 20" in said
    assert model.settings["training"]["date"] in judged.score.model
    assert "Could not be read" not in shown("Tea.")
    assert "set aside" not in shown("Tea.")


def test_the_overview_names_what_the_model_cannot_judge():
    german = "Diese Tropfen heilen jeden Krebs in zwei Wochen, ganz ohne Nebenwirkungen."
    rows = re.findall("<tr><th scope=.row.*?</tr>", shown(german, "", "Open daily."))
    assert ["see note" in row for row in rows] == [True, True, False]


def test_a_document_over_the_threshold_without_a_finding_says_so():
    model = misinfo.load()
    score = model.score("Open daily.", 0.0)
    leaning = replace(
        score, overstated=False, sentences=(replace(score.sentences[0], overstated=False),)
    )
    assert marking.unpointed(leaning) in pages.page([Judged(Document("a", "Open daily."), leaning)])
    assert marking.unpointed(leaning).startswith("over the threshold")
    assert not marking.unpointed(score)
    assert not marking.unpointed(model.score("Open daily.", 0.99))


@given(word=st.text(min_size=1, max_size=3 * marking.WORD))
def test_a_word_in_a_list_is_short_and_never_empty(word):
    found = marking.clipped(word)
    assert 0 < len(found) <= marking.WORD
    assert found.removesuffix("…") in word


def test_no_word_is_listed_with_a_weight_of_zero():
    sentences = misinfo.score(f"{HOSTILE}\n\n✨ Doctors hate this one secret ✨ 🇬🇧").sentences
    weights = [f"{term.weight:.1f}" for sentence in sentences for term in sentence.terms]
    assert weights
    assert not {"0.0", "-0.0"} & set(weights)
