"""Disguises undone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_text import TEXTS

import misinfo
from misinfo import disguises
from misinfo.disguises import undisguise
from misinfo.text import sentences, spans


@pytest.mark.skipif(disguises._disguises is None, reason="nothing is compiled")
@given(TEXTS)
def test_letters_are_replaced_in_c_as_in_python(found):
    compiled = disguises.translated(found, disguises.SKELETON)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disguises, "_disguises", None)
        assert disguises.translated(found, disguises.SKELETON) == compiled


@pytest.mark.parametrize(
    "disguised",
    [
        "This c u r e s cancer", "This c.u.r.e.s cancer", "This cu\u200bres can\u00adcer",
        "This сurеs cаncer", "This 𝐜𝐮𝐫𝐞𝐬 cancer", "This ｃｕｒｅｓ cancer", "This c-u-r-e-s cancer",
        "This с u r е s cancer", "This c·u·r·e·s cancer", "This c\u0336u\u0336res cancer",
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
    ],
)
def test_honest_text_keeps_its_letters(text):
    assert undisguise(text) == text


@given(TEXTS)
def test_plain_ascii_is_left_alone_and_the_rest_settles(text):
    once = undisguise(text)
    if (
        text.isascii()
        and " " not in text
        and "." not in text
        and "-" not in text
        and "*" not in text
    ):
        assert once == text or "_" in text
    assert len(sentences(text)) == len(spans(text))
