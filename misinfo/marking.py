"""Markup that any text can stand in: escaping, strengths, the frame of a page, notebooks."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from .errors import plural

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that steer a terminal or a browser, or that no file can hold."""
STRENGTHS = ("likely", "strong", "very strong")
"""Names of the bands between the threshold and 1, in thirds."""
NOTEBOOK = 20_000
"""How many characters of a text a notebook shows."""
CAREFUL = "How a careful writer puts such a claim"
INVENTED = "An invented example: its facts are not to be copied."
"""What is said of the pairs that are shown with a sentence."""
OPENING = (
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    '<meta name="generator" content="misinfo">\n'
)
"""How the pages begin that are made here, which marks them."""
WORD = 40
"""How many characters of a word a list of words shows."""
PUNCTUATION = ".,;:!?()[]\"'“”‘’"
"""What is not shown at the ends of such a word."""

_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_BANDS = (  # dotted, solid and double lines, so that the bands differ without colour, too
    "background:rgba(214,69,50,.12);border-bottom:2px dotted #d64532",
    "background:rgba(214,69,50,.22);border-bottom:2px solid #d64532",
    "background:rgba(214,69,50,.34);border-bottom:4px double #d64532",
)


def strength(probability: float, threshold: float) -> int:
    """Return how far a flagged sentence stands above the threshold.

    Parameters
    ----------
    probability : float
        From the threshold to 1.
    threshold : float
        From which a sentence is flagged.

    Returns
    -------
    int
        0, 1 or 2, an index of `STRENGTHS`: the third of the way from the threshold to 1.

    Examples
    --------
    >>> [strength(p, 0.7) for p in (0.7, 0.85, 1.0)]
    [0, 1, 2]
    """
    if threshold >= 1:
        return 2
    return min(2, max(0, int(3 * (probability - threshold) / (1 - threshold))))


def readable(text: str) -> str:
    """Return a text as a page can show it.

    Parameters
    ----------
    text : str
        Any string.

    Returns
    -------
    str
        Every kind of line end as a line feed; other control characters, marks that turn the
        direction of writing, and lone surrogates as U+FFFD.

    Examples
    --------
    >>> readable("one\\r\\ntwo\\x07")
    'one\\ntwo\\ufffd'
    """
    return CONTROL.sub("\ufffd", _LINE_END.sub("\n", text))


def escaped(text: str) -> str:
    """Return a text as markup that shows it, in an element or in a quoted attribute.

    Parameters
    ----------
    text : str
        Any string.

    Returns
    -------
    str
        `readable` text without a character that means something in HTML.

    Examples
    --------
    >>> escaped('<b title="x">')
    '&lt;b title=&quot;x&quot;&gt;'
    """
    return escape(readable(text))


@cache
def asset(name: str) -> str:
    """Return a file of this package, such as a style sheet or a script.

    Parameters
    ----------
    name : str
        Its name.

    Returns
    -------
    str
        What stands in it.

    Examples
    --------
    >>> "color-scheme" in asset("page.css")
    True
    """
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def frame(title: str, body: str, script: str = "") -> str:
    """Return a whole page that fetches nothing and runs nothing but its own script.

    Parameters
    ----------
    title : str
        Plain text.
    body : str
        Markup without style attributes, which the page's policy forbids.
    script : str, default ""
        File name of a script of this package.

    Returns
    -------
    str
        HTML with the style sheet ``page.css``.

    Examples
    --------
    >>> frame("Tea & more", "<h1>Tea</h1>").count("Tea &amp; more")
    1
    """
    style, code = asset("page.css"), asset(script) if script else ""
    policy = f"default-src 'none'; style-src {_digest(style)}; base-uri 'none'; form-action 'none'"
    if code:
        policy += f"; script-src {_digest(code)}"
    return (
        f'{OPENING}<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escaped(title)}</title>\n<style>{style}</style>\n</head>\n"
        f"<body>\n{body}\n{f'<script>{code}</script>' if code else ''}\n</body>\n</html>\n"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def imprint(version: str, models: Iterable[str]) -> str:
    """Return the foot of a page that is kept: what made it, and when.

    Parameters
    ----------
    version : str
        Of misinfo.
    models : iterable of str
        What the scores say of theirs.

    Returns
    -------
    str
        Markup.

    Examples
    --------
    >>> imprint("0.1.0", ["mine of 2026-01-31"])[:63]
    '<footer class="made">misinfo 0.1.0, model mine of 2026-01-31; p'
    """
    names = " and ".join(dict.fromkeys(filter(None, models)))
    by = f", model {escaped(names)}" if names else ""
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    return f'<footer class="made">misinfo {version}{by}; page of {day}.</footer>'


def unpointed(score: Any) -> str:
    """Say why a document over the threshold is measured all the same.

    Parameters
    ----------
    score : Score
        Of the document.

    Returns
    -------
    str
        Empty for the others.

    Examples
    --------
    >>> import misinfo
    >>> unpointed(misinfo.score("This tea cures cancer."))
    ''
    """
    over = score.sentences and score.probability >= score.threshold
    if not over or score.overstated:
        return ""
    return "over the threshold, but no sentence to point at"


def bare(word: str) -> str:
    """Return a word without punctuation at its ends.

    Parameters
    ----------
    word : str
        With what stands around it up to white space.

    Returns
    -------
    str
        The same where there is nothing else.

    Examples
    --------
    >>> bare("(cured!)"), bare("!!")
    ('cured', '!!')
    """
    return word.strip(PUNCTUATION) or word


def clipped(word: str) -> str:
    """Return a word as a list of words shows it.

    Parameters
    ----------
    word : str
        With what stands around it up to white space.

    Returns
    -------
    str
        Without punctuation at its ends, unless there is nothing else, and at most 40 characters.

    Examples
    --------
    >>> clipped("(cured!)"), clipped("!!"), len(clipped("x" * 99))
    ('cured', '!!', 40)
    """
    word = bare(word)
    return word if len(word) <= WORD else f"{word[: WORD - 1]}…"


def meter(probability: float) -> str:
    """Return a probability as a bar; the number has to stand beside it.

    Parameters
    ----------
    probability : float
        From 0 to 1.

    Returns
    -------
    str
        Markup that a screen reader passes over.

    Examples
    --------
    >>> 'width="25.0"' in meter(0.25)
    True
    """
    return (
        '<svg class="meter" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" width="100" height="8"/>'
        f'<rect class="fill" width="{100 * probability:.1f}" height="8"/></svg>'
    )


def notebook(score: Any) -> str:
    """Return a score as a fragment that stands in a notebook.

    Parameters
    ----------
    score : Score
        With the text that was scored.

    Returns
    -------
    str
        Without style sheet or script; it keeps its meaning where its inline styles are dropped.

    Examples
    --------
    >>> import misinfo
    >>> notebook(misinfo.score("This tea cures cancer."))[-18:]
    '</sub></div></div>'
    """
    text, parts, position = score._text, [], 0
    flagged = [sentence for sentence in score.sentences if sentence.overstated]
    shown = [sentence for sentence in flagged if sentence.start < NOTEBOOK]
    for sentence in shown:
        band = strength(sentence.probability, score.sentence_threshold)
        reason = ", ".join(f"{clipped(term.text)} {term.weight:+.1f}" for term in sentence.terms)
        tags = f"{sentence.probability:.2f} {', '.join(sentence.named)}"
        parts.append(
            f"{escaped(text[position : sentence.start])}"
            f'<mark style="color:inherit;{_BANDS[band]}" title="{escaped(reason)}">'
            f'{escaped(sentence.text)}</mark> <sub style="opacity:.8">[{escaped(tags)}]</sub>'
        )
        position = sentence.end
    stop = max(position, NOTEBOOK)
    body = "".join(parts) + escaped(text[position:stop])
    body = re.sub("\n{3,}", "\n\n", body).replace("\n", "<br>")
    if len(text) > stop:
        left = len(flagged) - len(shown)
        body += f"<br><em>and {len(text) - stop:,} more characters, {left:,} more flagged</em>"
    verdict = "OVERSTATED" if score.overstated else "measured"
    warnings = "".join(f"<p><em>note: {escaped(note)}</em></p>" for note in score.warnings)
    return (
        f'<div style="max-width:46em;text-align:left"><p><strong>{verdict} '
        f"{score.probability:.2f}</strong> (threshold {score.threshold:.2f}), "
        f"{len(flagged):,} of {plural(len(score.sentences), 'sentence')} flagged</p>{warnings}"
        f'<div style="line-height:1.6;max-height:36em;overflow:auto">{body}</div></div>'
    )
