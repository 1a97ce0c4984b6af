"""Sentences and their offsets."""

import textwrap

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from misinfo import disguises, text
from misinfo.disguises import SKELETON, undisguise
from misinfo.text import MAX_SENTENCE, sentences, spans

PARTS = st.sampled_from(
    ["It cures gout", "see Dr. Ito", ". ", "! ", "? ", "\n", "\n\n", "\r\n", "- ", "1. ", "(a) ", "“", "”",
     "…", "。", "é", "😀", "\u200b", "\u2028", "\x85", "\ud800", "\x00", "\t", "a" * 60, " of\nthe ", "3.5 mg"]
)  # fmt: skip
TEXTS = st.one_of(
    st.text(st.characters(), max_size=200),
    st.lists(PARTS, max_size=40).map("".join),
)


@given(TEXTS)
def test_offsets_slice_back_to_visible_text(text):
    end = 0
    for start, stop in spans(text):
        assert end <= start < stop <= len(text)
        piece = text[start:stop]
        assert piece == piece.strip()
        assert any(map(str.isalnum, piece))
        assert len(piece) <= MAX_SENTENCE
        end = stop


@given(TEXTS)
def test_no_word_is_lost(text):
    found = "".join(text[start:end] for start, end in spans(text))
    left = [char for char in found if char.isalpha()]
    # List marks such as "a)" are the only letters that may stand outside a sentence.
    outside = sum(map(str.isalpha, text)) - len(left)
    marks = text.count(")") + text.count(".")
    assert outside <= marks


@pytest.mark.skipif(text._spans is None, reason="nothing is compiled")
@given(
    st.one_of(
        TEXTS,
        st.lists(st.sampled_from(["a ", "a-", "a", "%"]), max_size=9).map("".join),
        st.text(" .*_-%a1(\n\x1c\x1f’é😀\ud800", max_size=60),
        st.lists(
            st.sampled_from(
                [
                    "as long as wrapped prose would be in a mail of",
                    "As long as in a column",
                    "as long as in a column",
                    " to",
                    "end.",
                    "In a line of prose that is wrapped at some width, and",
                    "\nIn a line of prose that is wrapped at some width of",
                    "1",
                    "²",
                    "ⓒ🅲",
                    "> ",
                    "\r\n",
                    "\r",
                    "\u2028",
                    "\n",
                    "\n ",
                    "\t",
                    "1) ",
                    "(12. ",
                    "(iv) A",
                    "1.) It is (as ever). Me. ",
                    " * A",
                    " - B",
                    ": - c",
                    " me. A",
                    " Ms. A",
                    "(it is so.) A",
                    '(it is "so.") A',
                    "… a",
                    "-",
                    "- ",
                    "* a",
                    "B",
                    "c",
                    ".",
                    ",",
                    "Dr.",
                    "approx.",
                    "vitamin C.",
                    "_",
                    " ",
                    *"\"'()[]`“’»!?",
                    "[^1]",
                    "[^",
                ]
            ),
            max_size=30,
        ).map("".join),
        st.lists(  # of one width
            st.sampled_from(
                [
                    "Our tea is drunk by everybody who lives in old Rome",
                    "Zurich has it and so do all others who live near it",
                    "and all of them say so. Nobody has gout in this town",
                    "Dr. Wu has it. nobody else has. \t Zurich has it, too",
                    "> Our tea is drunk by everybody who lives in Rome. >",
                    "www.tea.example is where all of it is sold to others",
                    "https://tea.example has more of it, and so has Milan",
                    "> And it is over. ",
                    "Gout is over.",
                    "",
                ]
            ),
            max_size=9,
        ).map("\n".join),
    ),
    st.booleans(),
)
@example("a a a-%", False)
@example("(2) It cures gout. The pills are sold by mail and come in packs of\nthirty.", False)
@example(f'({"a " * 60}. A.) A.)"] 1. A! ). 1.). A.)\n) a', False)
@example("a" * 2043 + " a.a.a.a", False)
@example("a" * 2046 + "! %", False)
def test_compiled_loops_do_what_those_in_python_do(found, long):
    if long:  # over what is looked at together, and over the longest sentence
        found = (found + "so it goes on") * 200
    skeleton, hidden = text._spans.prepared(
        found, SKELETON, *text._WORDS, text._WRAPPED, text._COLUMN, text._BRACKET
    )
    compiled = in_place([found, "", found])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "_spans", None)
        patch.setattr(disguises, "_disguises", None)
        assert skeleton == text._unwrapped(text._skeleton(found))
        assert hidden == text._hidden(skeleton)
        assert in_place([found, "", found]) == compiled


def in_place(texts):
    bounds, lengths = text.bounds(texts)
    said, places, sizes = disguises.in_place(texts, bounds, lengths)
    return bounds.tolist(), lengths.tolist(), said, places.tolist(), sizes


@given(TEXTS)
def test_what_is_read_in_place_is_what_the_sentences_say(found):
    _, _, said, places, sizes = in_place([found])
    owners = [part for part, size in zip(said, sizes, strict=True) for _ in range(size)]
    read = [part[a:b] for part, (a, b) in zip(owners, places, strict=True)]
    assert read == sentences(found)


@pytest.mark.skipif(text._spans is None, reason="nothing is compiled")
@given(TEXTS, st.lists(st.text("ab. \n", max_size=5)))
def test_any_pieces_are_made_whole(found, pieces):
    skeleton, hidden = text._spans.prepared(
        found, SKELETON, *text._WORDS, text._WRAPPED, text._COLUMN, text._BRACKET
    )
    expected = text._find(found, skeleton, hidden, text._whole(hidden, pieces))
    bounds = text._spans.Bounds()
    number = text._spans.find(bounds, found, skeleton, hidden, pieces, MAX_SENTENCE)
    assert number == len(expected)
    assert bounds.array().tolist() == list(map(list, expected))


@pytest.mark.skipif(text._spans is None, reason="nothing is compiled")
def test_the_compiled_loops_refuse_what_does_not_fit():
    for skeleton, hidden in [("abc", "ab’"), ("ab’", "abc"), ("ab", "abc"), ("abc", "ab")]:
        with pytest.raises(ValueError, match="skeleton"):
            text._spans.find(text._spans.Bounds(), "abc", skeleton, hidden, ["abc"], MAX_SENTENCE)
    with pytest.raises(ValueError, match="pieces"):
        text._spans.find(text._spans.Bounds(), "abc", "abc", "abc", ["ab’"], MAX_SENTENCE)
    with pytest.raises(ValueError, match="no such part"):
        disguises._disguises.odd("abc", np.array([[1, 4]]), 0, 1)
    with pytest.raises(ValueError, match="sentences"):
        disguises._disguises.odd("abc", np.array([[1, 2]]), 0, 2)
    with pytest.raises(ValueError, match="ASCII"):
        disguises._disguises.suspicious("abç")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dr. Smith takes 3.5 mg. It works.", ["Dr. Smith takes 3.5 mg.", "It works."]),
        (
            "Benefits\n- no more pain\n* no pills\n• sleep",
            ["Benefits", "no more pain", "no pills", "sleep"],
        ),
        ("1. Rest.\n2) Drink tea", ["Rest.", "Drink tea"]),
        ("# Title\n> quoted words", ["Title", "quoted words"]),
        (
            "This line of prose is wrapped at a width that\nmail programs use. Next one.",
            ["This line of prose is wrapped at a width that\nmail programs use.", "Next one."],
        ),
        ("Better sleep\nless pain", ["Better sleep", "less pain"]),
        (
            "There is no evidence that this tea\ncures diabetes. So take your\ntablets.",
            [
                "There is no evidence that this tea\ncures diabetes.",
                "So take your\ntablets.",
            ],
        ),
        (
            "what our customers tell us\nthey sleep better at night",
            ["what our customers tell us", "they sleep better at night"],
        ),
        (
            "Our customers, all of them,\nSleep at night\nand rest",
            ["Our customers, all of them,", "Sleep at night", "and rest"],
        ),
        (
            "> No study has shown so far, in any country, that it\n>cures gout.\n>> Which one, to\nask?",
            [
                "No study has shown so far, in any country, that it\n>cures gout.",
                "Which one, to",
                "ask?",
            ],
        ),
        (
            "It may help a headache.¹ It works at once.1,12 Ask in 2.5 Days about no.1 Tea.",
            [
                "It may help a headache.¹",
                "It works at once.1,12",
                "Ask in 2.5 Days about no.1 Tea.",
            ],
        ),
        (
            "It cures gout.[^1] It never “fails.”[^a-b][^2]\n[^1]: So they [say][^3] here.[2][3] Ask [^1].",
            [
                "It cures gout.[^1]",
                "It never “fails.”[^a-b][^2]",
                "[^1]: So they [say][^3] here.[2][3]",
                "Ask [^1].",
            ],
        ),
        ("It has 50 m². Then 3 kg/m²! Go", ["It has 50 m².", "Then 3 kg/m²!", "Go"]),
        (
            "Turmeric cured my cancer\nplease see a real doctor instead.",
            ["Turmeric cured my cancer", "please see a real doctor instead."],
        ),
        (
            "Ann: this tea cures my cancer\nbob: there is no evidence",
            ["Ann: this tea cures my cancer", "bob: there is no evidence"],
        ),
        ("ⓒⓤⓡⓔⓢ gout\n① rest", ["ⓒⓤⓡⓔⓢ gout", "rest"]),
        ("Is it true? Yes! “It is.” He left.", ["Is it true?", "Yes!", "“It is.”", "He left."]),
        (
            "“It came in a box. It cured my gout!” says Ann. “Did it?” Bob asks. (I paid. Twice.)",
            [
                "“It came in a box.",
                "It cured my gout!” says Ann.",
                "“Did it?”",
                "Bob asks.",
                "(I paid. Twice.)",
            ],
        ),
        *(
            (line, [line])
            for line in (
                '"It works!", he said.',
                '"Who am I?" she asked.',
                '"Is it safe?" — they asked.',
                '_"It works!"_ he said.',
                "I like it (no, really!).",
                "Read [Does tea cure gout?](https://x.com/a) today.",
                "See [the guide](../reading.md) and `typing.Union`, in (docs/FTL.TXT).",
                "Prof. (Dr.) Sharma sells it (incl. VAT, J. Clin. Med. 2019).[1]",
            )
        ),
        ('**"It works."** Then it heals.', ['**"It works."**', "Then it heals."]),
        (f"({'so ' * 40}. It heals.", [f"({'so ' * 40}.", "It heals."]),
        (
            f"(It {'so ' * 40} heals. It works.) I [{'so ' * 40} sell. “Buy!”]). 1. It heals.",
            [
                f"(It {'so ' * 40} heals.",
                "It works.)",
                f"I [{'so ' * 40} sell.",
                "“Buy!”]).",
                "It heals.",
            ],
        ),
        ('A 12" pillow. It heals. A 16" one.', ['A 12" pillow.', "It heals.", 'A 16" one.']),
        ("(Dr. Who) wrote in the (U.S.) Then.", ["(Dr. Who) wrote in the (U.S.) Then."]),
        ("(a) Shake it. It heals.", ["Shake it.", "It heals."]),
        (
            "It works in approx. 40 days, see Figs. 2 to 5 of it. Take vitamin C. Results vary.",
            [
                "It works in approx. 40 days, see Figs. 2 to 5 of it.",
                "Take vitamin C.",
                "Results vary.",
            ],
        ),
        (
            "1) it keeps the leaves fresh for a whole year or longer, and\n2) it cures gout, or\n"
            "a) it is free.",
            [
                "it keeps the leaves fresh for a whole year or longer, and",
                "it cures gout, or",
                "it is free.",
            ],
        ),
        (
            "*There is no evidence at all that our tea\ncures cancer*. They have warned all the\ncustomers.",
            [
                "*There is no evidence at all that our tea\ncures cancer*.",
                "They have warned all the\ncustomers.",
            ],
        ),
        (
            "Our tea • made in Leeds • cures gout • costs 3 pounds",
            ["Our tea", "made in Leeds", "cures gout", "costs 3 pounds"],
        ),
        ("We sell: - tea - balm that heals", ["We sell:", "tea", "balm that heals"]),
        ("We sell tea - the best - and balm.", ["We sell tea - the best - and balm."]),
        ("Tea - One - Two - Three", ["Tea", "One", "Two", "Three"]),
        ("It cured me. Ask Ms. Brown. It did.", ["It cured me.", "Ask Ms. Brown.", "It did."]),
        ("(See our leaflet first.) Tea heals.", ["(See our leaflet first.)", "Tea heals."]),
        ("It … cures gout. So… It heals.", ["It … cures gout.", "So…", "It heals."]),
        ("*** --- ***\n\n…", []),
        ("", []),
    ],
)
def test_boundaries(text, expected):
    assert [text[start:end] for start, end in spans(text)] == expected


WRAPPED = (
    "For forty years our family has brewed a tea from the leaves of the high Himalayas that Doctor "
    'Brown of London praised, and it does so without a single side effect, as "Nature" and the New '
    "York Times wrote. Nobody who took our remedy has ever needed an MRI or an operation again."
)


@pytest.mark.parametrize("width", range(56, 100))
@pytest.mark.parametrize("mark", ["", "> "])
def test_wrapped_prose_has_the_sentences_that_it_had(width, mark):
    lines = textwrap.wrap(WRAPPED, width, break_on_hyphens=False)
    shown = "".join(f"{mark}{line}\n" for line in ["Our tea", "", *lines])
    found = [" ".join(shown[a:b].replace("\n> ", " ").split()) for a, b in spans(shown)]
    assert found == ["Our tea", *(WRAPPED[a:b] for a, b in spans(WRAPPED))]


@pytest.mark.parametrize(
    "lines",
    [
        ["It is sold by mail to all who live in the land", "Arthritis is over, guaranteed, and so is gout."],
        ["Our tea is sold by mail to all who live in the land of", "- Zurich, where nobody has ever had gout or cancer", "- Vienna, where it is drunk by everybody for gout."],
        ["Gout is over in three weeks, all our patients say", "Cancer is over as well", "Diabetes is a thing of the past, as our doctors say."],
        ["https://clinic.example/a-tea-that-is-sold-by-mail", "Our tea is drunk by everybody in the old town of", "Zurich, where nobody has ever had gout or cancer."],
        ["Registered office: 12 Harbour Street, Galway, opposite the quay", "This herbal tea cures type 2 diabetes in people of all ages", "Shipping inside the country costs 4 euros and takes four days."],
        ["https://clinic.example/a-tea is the shop for our teas", "Our tea is drunk by everybody in the whole old town", "and nobody there has had gout or cancer for years."],
        ["Our clinic is open on Monday and also on Tuesday", "Dr. Brown is in our own house on Wednesday alone", "Nobody has to wait longer than two weeks."],
        ["Most of our patients come to us from Zurich", "Nobody has ever heard of any side effect", "Everyone goes home without any pain."],
    ],
)  # fmt: skip
def test_lists_of_lines_stay_apart(lines):
    assert spans("\n".join(lines))[0] == (0, len(lines[0]))
    assert len(spans("\n".join(lines))) == len(lines) - ("//" in lines[0])


@given(
    st.lists(
        st.sampled_from(
            [
                "This line is as long as wrapped prose is, so it",
                "and",
                "Tea",
                "gout.",
                "\n",
                "- ",
                " ",
            ]
        ),
        max_size=30,
    ).map("".join)
)
def test_line_ends_of_windows_change_nothing(text):
    other = text.replace("\n", "\r\n")
    found = [other[start:end].replace("\r\n", "\n") for start, end in spans(other)]
    assert found == [text[start:end] for start, end in spans(text)]


@given(
    st.lists(st.sampled_from(["It cures gout.", "Ask Ann!", "Is it so?"]), min_size=1, max_size=9),
    st.data(),
    st.sampled_from(["“”", '""', "‘’"]),
)
def test_quotation_marks_glue_no_sentences(sentences_, data, marks):
    first = data.draw(st.integers(0, len(sentences_) - 1))
    last = data.draw(st.integers(first, len(sentences_) - 1))
    quoted = list(sentences_)
    quoted[first] = marks[0] + quoted[first]
    quoted[last] += marks[1]
    assert sentences(" ".join(quoted)) == [undisguise(part) for part in quoted]


@given(
    st.lists(st.sampled_from(["It cures gout.", "Ask Ann!", "Is it so?"]), min_size=1, max_size=9),
    st.data(),
    st.sampled_from(["1)", "(12)", "a)", "(B)"]),
)
def test_numbers_within_a_line_glue_no_sentences(sentences_, data, mark):
    marked = [data.draw(st.sampled_from(["", f"{mark} "])) + part for part in sentences_]
    assert sentences(" ".join(marked)) == sentences_


def test_a_line_without_an_end_is_cut_at_white_space():
    text = "word " * 1000
    pieces = [text[start:end] for start, end in spans(text)]
    assert len(pieces) > 5
    assert set(" ".join(pieces).split()) == {"word"}


def test_fifty_megabytes_in_one_line():
    assert len(spans("x" * 50_000_000)) == 50_000_000 // MAX_SENTENCE


def test_thousands_of_blank_lines():
    assert spans("\n" * 100_000 + "Tea." + "\r\n" * 100_000) == [(100_000, 100_004)]


@given(st.text("ab'.! (x\n\u201c", max_size=40))
def test_nothing_is_left_of_what_the_segmenter_would_look_for_the_end_of(value):
    hidden = text._hidden(
        text._unwrapped(text._skeleton(value.replace("a", "`").replace("b", "<!--")))
    )
    assert not {'"', "`"} & set(hidden)
    assert "<!--" not in hidden


def test_stops_within_code_end_no_sentence():
    said = "Call `tea.Cures()! Now.` first. Then ```\nwait.\n``` and go."
    assert sentences(said)[0] == "Call `tea.Cures()! Now.` first."
