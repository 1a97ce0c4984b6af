"""Disguises undone."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from test_text import TEXTS

import misinfo
from misinfo import disguises
from misinfo.disguises import undisguise
from misinfo.text import sentences, spans


@pytest.mark.skipif(disguises._disguises is None, reason="nothing is compiled")
@given(TEXTS | st.text("aaab A#%/./* \t\x01_'\n", max_size=60))
@example("tea " * 507 + "t. t. t. t. tea" * 3)
@example("tea " * 510 + "t / e / a / s")
def test_letters_are_replaced_in_c_as_in_python(found):
    compiled = disguises.translated(found, disguises.SKELETON), disguises._plain(found)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disguises, "_disguises", None)
        plain = disguises.translated(found, disguises.SKELETON), disguises._plain(found)
        assert plain == compiled


@pytest.mark.parametrize(
    "disguised",
    [
        "This c u r e s cancer", "This c.u.r.e.s cancer", "This cu\u200bres can\u00adcer",
        "This сurеs cаncer", "This 𝐜𝐮𝐫𝐞𝐬 cancer", "This ｃｕｒｅｓ cancer", "This c-u-r-e-s cancer",
        "This с u r е s cancer", "This c·u·r·e·s cancer", "This c\u0336u\u0336res cancer",
        "This c. u. r. e. s cancer", "This c  u  r  e  s c  a  n  c  e  r", "This c\tu\tr\te\ts cancer",
        "This c * u * r * e * s cancer", "This c/u/r/e/s cancer", "This c🔥u🔥r🔥e🔥s c|a|n|c|e|r",
        "This c\u0332u\u0332r\u0332e\u0332s\u0332 \u0332cancer", "This c\u0338ures ca\u20ddncer", "This cu\u0301\u0316r\u0301\u0316es cancer",
        "This cu\x01res can\x7fcer", "This cu\ufff9res can\U000e0101cer", "This\u2800cures cancer",
        "This сυrєs cаոcеr", "\u202erecnac seruc sihT\u202c", "This \u202eseruc\u202c cancer",
        "This ᴄᴜʀᴇꜱ ᴄᴀɴᴄᴇʀ", "This **cures** __cancer__", "This cures cancerhttps://t.co/AbC123?d=7&e", "This cures cancerHTTP://A.B",
    ],
)  # fmt: skip
def test_disguises_are_undone(disguised):
    assert undisguise(disguised) == "This cures cancer"


@pytest.mark.parametrize("framed", ["🅲🆄🆁🅴🆂", "🅒🅤🅡🅔🅢", "🄲🅄🅁🄴🅂", "ⒸⓊⓇⒺⓈ"])
def test_framed_letters_are_letters_wherever_they_stand(framed):
    assert sentences(f"{framed} cancer") == ["CURES cancer"]


@pytest.mark.parametrize(
    ("marked", "read"),
    [
        ("[It cures gout](https://tea.example/a_(b)?c=d), www.tea.example", "[It cures gout], "),
        (
            'See ![tea](/tea.png "Our tea") (https://tea.example) or <http://tea.example/>.',
            "See ![tea] () or <>.",
        ),
    ],
)
def test_addresses_are_no_words(marked, read):
    assert undisguise(marked) == read


ADDRESS = st.from_regex(
    r"https?://[a-z]{1,9}(\.[a-z]{1,9}){0,2}(/[A-Za-z0-9?=&_.-]{0,30})?", fullmatch=True
)


@given(address=ADDRESS)
def test_an_address_changes_no_verdict(address):
    claim = "Our drops cure cataracts in two weeks"
    plain = misinfo.load().predict_proba_sentences([claim])
    for posted in (f"{claim} {address}", f"{address} {claim}", f"[{claim}]({address})"):
        assert abs(misinfo.load().predict_proba_sentences([posted]) - plain).max() < 0.05


@pytest.mark.parametrize(
    "text",
    [
        "U.S. and e.g. this",
        "vitamin B 12 a day",
        "α-linolenic acid, β cells",
        "Привет, мир",
        "naïve café",
        "Thuốc được uống",
        "Ask J. R. R. Tolkien",
        "Pick A / B / C / D / E",
        "| a | b | c | d |",
        "Y | N | N | Y | Y",
        "x = y = z",
        "A, B, C, D",
        "#WorldMentalHealthDay and #cured",
    ],
)
def test_honest_text_keeps_its_letters(text):
    assert undisguise(text) == text
    assert undisguise(unicodedata.normalize("NFD", text)) == text


@given(
    st.lists(st.sampled_from(["It cures gout.", "Ask Ann!", "Better sleep"]), min_size=1),
    st.text("\u200b\u2060\u00ad\u0332\u0338\ufe0f", min_size=3, max_size=300),
)
def test_what_no_reader_sees_fills_no_sentence(claims, padding):
    padded = " ".join(padding.join(claim) for claim in claims)
    assert sentences(padded) == sentences(" ".join(claims))


def test_a_hashtag_of_a_sentence_is_read_as_one():
    assert undisguise("#ThisTeaCuresCancerIn2Weeks") == "#This Tea Cures Cancer In 2 Weeks"


@given(TEXTS)
def test_plain_ascii_is_left_alone_and_the_rest_settles(text):
    once = undisguise(text)
    if text.isascii() and text.isprintable() and re.search(r"[^\w,;]|_", text) is None:
        assert once == text
    assert len(sentences(text)) == len(spans(text))
