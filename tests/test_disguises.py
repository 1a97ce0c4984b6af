"""Disguises undone."""

import pytest
from hypothesis import given
from test_text import TEXTS

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
    ],
)  # fmt: skip
def test_disguises_are_undone(disguised):
    assert undisguise(disguised) == "This cures cancer"


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
