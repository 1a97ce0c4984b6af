"""Subtitles: the text of their cues, and the times at which they are spoken."""

from __future__ import annotations

import re
from html import unescape

from . import markup
from .blocks import Blocks, Taken
from .errors import ReadError

# What stands before the words of a cue; a number before it names the cue.
_TIMES = re.compile(
    r"(?:^[ \t]*\d+[ \t]*\n)?^[ \t]*((?:\d+:)?\d\d:\d\d)[.,]\d+[ \t]*-->.*\n?", re.M
)
_OF_A_CUE = re.compile(r"<(?=[/A-Za-z\d])[^<>]*>|\{\\[^{}]*\}")
_VOICE = re.compile(r"<v(?:\.[\w.]+)?\s+([^<>]*)>")
_SPEAKER = re.compile(r"[-\u2013\u2014\[(\u266a\u00bb]|>>|[A-Z][\w .]{0,20}:")
_TURN = re.compile(r"(?<=[^\s>])[ \t]*(?=>>)")  # where somebody else speaks within a line
_SOUND = re.compile(r"\[.*\]|\(.*\)|.*\u266a")  # no words of a speaker
_ENDED = re.compile(r"[.!?\u2026\u3002\uff01\uff1f][\"'\u2019\u201d)\]]*$")


def subtitles(raw: bytes, charset: str = "", encoding: str = "utf-8") -> Taken:
    """Take the text out of subtitles: sentences that go on in the next cue are put together.

    Parameters
    ----------
    raw : bytes
        The file, SubRip or WebVTT.
    charset, encoding : str
        As `markup.decoded` takes them.

    Returns
    -------
    tuple of str, list and str
        The text, the times at which its cues begin, and nothing: a file that opens misses none.

    Raises
    ------
    ReadError
        When it has no times.

    Examples
    --------
    >>> subtitles(b"00:01.0 --> 00:02.0\\nTea cures\\n\\n00:02.0 --> 00:03.0\\ngout.")[0]
    'Tea cures gout.'
    """
    text = "\n".join(markup.decoded(raw, charset, encoding).splitlines())
    if text.startswith("WEBVTT"):  # of its other blocks, and of names of cues, nothing is shown
        cues = re.split(r"\n(?:[ \t]*\n)+", text)
        text = "\n\n".join(cue[at.start() :] for cue in cues if (at := _TIMES.search(cue)))
    _, *found = _TIMES.split(text)
    if not found:
        raise ReadError("is no subtitles: it has no times")
    blocks, last, voice = Blocks(), "", ""
    cues = [_OF_A_CUE.sub("", said) for said in found[1::2]]
    # what writes no full stops, as machines do not, has no sentences to put together
    prose = 10 * sum(bool(_ENDED.search(cue.strip())) for cue in cues) >= len(cues)
    for time, said, cue in zip(found[::2], found[1::2], cues, strict=True):
        before, named = voice, _VOICE.search(said)
        voice = named[1] if named else voice
        ended = not prose or voice != before or _ENDED.search(last) or _SOUND.fullmatch(last)
        lines = map(str.strip, _TURN.sub("\n", unescape(cue)).splitlines())
        shown = [line for line in lines if line not in ("", last)]  # some cues repeat one of before
        if shown:
            blocks.part(time)
        for line in shown:
            blocks.between = "\n\n" if ended or _SPEAKER.match(line) else " "
            blocks.add(line)
            ended, last = _SOUND.fullmatch(line), line
    return blocks.finish()
