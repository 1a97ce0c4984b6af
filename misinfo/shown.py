"""Text as a browser shows it: no tags of HTML, and letters for its references."""

from __future__ import annotations

import re
from collections.abc import Iterator
from heapq import merge
from html import unescape

import numpy as np
from numpy.typing import NDArray

BLOCKS = frozenset(
    "address article aside blockquote body button caption center dd details dialog div dl dt "
    "fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html label legend li "
    "listing main marquee menu nav ol p pre section summary table tbody td tfoot th thead title tr "
    "ul xmp".split()
)
INLINE = frozenset(
    "a abbr area b base bdi bdo br cite code col data del dfn em embed font i img input ins kbd "
    "label link mark meta param q s samp small source span strike strong sub sup time track tt u "
    "var wbr".split()
)
_APART = BLOCKS.union(
    "audio br canvas col colgroup head hgroup iframe noscript object optgroup option script select "
    "style svg template textarea video".split()
)
_WITHIN = INLINE.union("acronym big nobr o:p picture rp rt ruby".split()) - _APART
# No word alone is an attribute: "a <b and c> d" is no tag.
_ATTRIBUTES = r"""(?:\s++(?:
    [\w:@.-]++\s*+=\s*+(?:"[^"<]*+"|'[^'<]*+'|[^\s"'<>]++)
    |(?:(?:aria|data)-[\w-]++|allowfullscreen|async|autofocus|autoplay|checked|controls|default|defer
       |disabled|hidden|inert|itemscope|loop|multiple|muted|nowrap|noshade|open|readonly|required
       |reversed|selected)(?=[\s/>])
))*\s*+"""


def _names(names: frozenset[str]) -> str:
    """Match names in small letters or capitals: ``List<Section>`` has no tag."""
    return "|".join(name for one in sorted(names) for name in (one, one.upper()))


# Names in other letters only where such a tag is closed next, or where it closes one. Of comments
# only those that editors put between blocks, or who hides a word within it: a plain text shows all
# of them, and what a page hides its parser has taken out, so that a sentence could hide in others.
# It begins with one of two letters: ``_matches`` looks for these.
_MARKUP = re.compile(
    rf"""<(?:
        (?P<within>/?(?-i:{_names(_WITHIN)})(?![\w:-]){_ATTRIBUTES}/?>
            |(?P<name>{"|".join(sorted(_WITHIN))})(?![\w:-]){_ATTRIBUTES}>(?=[^<]*+</(?P=name)\s*+>)
            |/(?:{"|".join(sorted(_WITHIN))})\s*+>)
        |(?P<comment>!--(?:-?>|\s*+/?(?:[\w:.]|-(?!-))*+(?:\s++\{{"[^<>]*\}})?\s*+/?-->))
        |!(?:--\[if|doctype|\[(?:end)?if)\b[^<>]*+>
        |/?(?-i:{_names(_APART)})(?![\w:-]){_ATTRIBUTES}/?>)
    |&(?P<reference>\#\d{{1,7}};|\#x[0-9a-f]{{1,6}};|[a-z][a-z0-9]{{1,31}};)""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)

INVISIBLE = (
    "\0-\x08\x0e-\x1b\x7f\u00ad\u0336\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a"
)
"""Ranges of characters that no reader sees, but for those of flags of regions."""
STROKES = "\u0300-\u036f\u0483-\u0489\u20d0-\u20e2\u20e4-\u20f0"
"""Ranges of marks that stand over, under and through letters; a key around a digit is none."""
# Emoji are joined by two of these at most. Written so that it is searched for fast.
_UNSEEN = INVISIBLE + STROKES
_PADDING = re.compile(f"(?P<within>[{_UNSEEN}][{_UNSEEN}]{{2,}})")

Cuts = list[tuple[int, int, int]]
"""Where what was put for markup starts and ends in the new text, and where it ended in the old."""


def shown(text: str) -> str:
    """Return what a browser shows of a text in which there may be HTML.

    Tags go, and the comments of editors, such as ``<!-- wp:list -->``; those that have lines of
    their own, as comments do but within a word, leave a blank line. What only looks like a tag
    stays, and so does what is no character reference, and a comment that says something. Runs of
    invisible characters go too, and of marks on a letter.

    Parameters
    ----------
    text : str
        Any string.

    Returns
    -------
    str
        The same object, if there is no markup in it.

    Examples
    --------
    >>> shown("Salt &amp; <b class='x'>tea</b>, where a <b and c> d &c;")
    'Salt & tea, where a <b and c> d &c;'
    """
    return cut(text)[0]


def cut(text: str) -> tuple[str, list[Cuts]]:
    """Return what a browser shows of a text, and what ``restored`` needs.

    Parameters
    ----------
    text : str
        Any string.

    Returns
    -------
    str
        As ``shown`` returns it.
    list of Cuts
        Empty when there is no markup in it.

    Examples
    --------
    >>> cut("<p>Tea")
    ('\\n\\nTea', [[(0, 2, 3)]])
    """
    steps: list[Cuts] = []
    for markup in (_PADDING, _MARKUP, _MARKUP):  # in feeds, references spell out tags
        if text.isascii() if markup is _PADDING else "<" not in text and "&" not in text:
            continue
        pieces, cuts, size, done = [], [], 0, 0
        for found in _matches(markup, text):
            start, end = found.span()
            said = _said(found)
            if said is None:
                continue
            pieces += [text[done:start], said]
            size += start - done
            cuts.append((size, size + len(said), end))
            size, done = size + len(said), end
        if cuts:
            steps.append(cuts)
            text = "".join([*pieces, text[done:]])
        elif markup is _MARKUP:
            break
    return text, steps


def _matches(markup: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Yield what ``finditer`` does; single letters are found ten times as fast as patterns."""
    if markup is _PADDING:
        yield from markup.finditer(text)
        return
    done = 0
    begins = (re.finditer(letter, text) for letter in "<&")
    for begin in merge(*begins, key=re.Match.start):
        if begin.start() >= done and (found := markup.match(text, begin.start())):
            done = found.end()
            yield found


def _said(found: re.Match[str]) -> str | None:
    """Return what stands for markup; None for what is no reference to one character."""
    if found.lastgroup == "within":
        return ""
    if found.lastgroup == "reference":
        said = unescape(found[0])
        return said if len(said) < 2 else None
    text, (start, end) = found.string, found.span()
    within = found.lastgroup == "comment" and text[start - 1 : start] + text[end : end + 1]
    return "" if within and re.fullmatch("[a-z]{2}", within) else "\n\n"


def restored(bounds: NDArray[np.int64], steps: list[Cuts]) -> NDArray[np.int64]:
    """Return where pieces of what is shown stand in the text itself.

    Parameters
    ----------
    bounds : ndarray of int64, shape (n, 2)
        Where they start and end in what is shown; none is empty.
    steps : list of Cuts
        What ``cut`` returned.

    Returns
    -------
    ndarray of int64, shape (n, 2)
        The same pieces, without the markup around them.

    Examples
    --------
    >>> text = "<b>Tea &amp;</b> salt"
    >>> said, steps = cut(text)
    >>> [(start, end)] = restored(np.array([[0, 5]]), steps).tolist()
    >>> said[:5], text[start:end]
    ('Tea &', 'Tea &amp;')
    """
    for cuts in reversed(steps):
        starts, ends, old = np.array(cuts, dtype=np.int64).T
        shifts = np.concatenate([[0], old - ends])
        first, last = bounds.T
        bounds = np.column_stack(
            [
                first + shifts[np.searchsorted(ends, first, "right")],
                last + shifts[np.searchsorted(starts, last, "left")],
            ]
        )
    return bounds
