"""Scores as one self-contained page: an overview, then every document with its reasons."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from . import __version__
from .codebook import OVERSTATED_TAGS
from .errors import called, plural
from .explaining import WORD
from .marking import (
    CAREFUL,
    INVENTED,
    STRENGTHS,
    clipped,
    escaped,
    frame,
    imprint,
    meter,
    strength,
    unpointed,
)
from .policy import Aside, Counts, Judged
from .records import Document, Example, Score, Sentence, Term

DETAILED = 300
"""How many sentences of one document, the worst, have their words and an example."""
BLOCK = 4000
"""Characters after which a text is broken at the next line end: a browser lays out blocks fast."""
_STRONG = 1.0  # weight from which a word is set in bold


def page(
    judged: Iterable[Judged],
    *,
    title: str = "Overstated-cure language",
    floor: float = 0.0,
    problems: Sequence[str] = (),
    left: Sequence[str] = (),
) -> str:
    """Return documents and their scores as one HTML page.

    Parameters
    ----------
    judged : iterable of Judged
        In the order of the page.
    title : str, default "Overstated-cure language"
        Plain text.
    floor : float, default 0.0
        Probability below which a sentence was not flagged, whatever its threshold.
    problems : sequence of str
        What could not be read, and why; asked for when the documents are through.
    left : sequence of str
        What was left out, such as the files of other kinds of a folder; asked for then too.

    Returns
    -------
    str
        A page that asks for nothing from elsewhere. The text of each document stands whole in its
        element of class ``text``, with the replacements of ``marking.readable``.

    Examples
    --------
    >>> import misinfo
    >>> document = Document("tea.txt", "Open daily. Our tea cures cancer, guaranteed.")
    >>> page([Judged(document, misinfo.score(document.text))]).count('class="ref"')
    1
    """
    rows, articles, tags = [], [], Counter[str]()
    total = Counts()
    thresholds: set[tuple[float, float]] = set()
    models: list[str] = []
    for number, one in enumerate(judged, 1):
        document, score = one.document, one.score
        found = [sentence for sentence in score.sentences if sentence.overstated]
        counts = Counter(tag for sentence in found for tag in sentence.named)
        tags += counts
        total.add(one)
        models.append(score.model)
        thresholds.add((score.threshold, score.sentence_threshold))
        rows.append(_row(number, document, score, counts))
        articles.append(_article(number, one, found))
    unread = f"; {len(problems):,} could not be read" if problems else ""
    body = [
        '<a class="skip" href="#documents">Skip to the documents</a>',
        f'<header class="top"><p class="kicker">misinfo</p><h1>{escaped(title)}</h1>'
        f'<p class="lede">{total}{unread}.</p>'
        '<button type="button" id="theme" class="plain" hidden>Dark or light</button></header>',
        _guide(thresholds, floor),
        _overview(rows),
        _listed("unread", "Could not be read", problems),
        _listed("left", "Left out", left),
        _filters(tags, total.flagged),
        f'<main id="documents" tabindex="-1">{"".join(articles)}</main>',
        imprint(__version__, models),
    ]
    return frame(title, "\n".join(body), "page.js")


def _guide(thresholds: Iterable[tuple[float, float]], floor: float) -> str:
    limits = sorted(thresholds)
    documents = " or ".join(dict.fromkeys(f"{limit:.2f}" for limit, _ in limits)) or "the threshold"
    lowest = dict.fromkeys(f"{max(limit, floor):.2f}" for _, limit in limits)
    sentences = " or ".join(lowest) or "the threshold"
    ranges = _ranges(limits[0][1], floor) if limits else dict.fromkeys(range(len(STRENGTHS)), "")
    bands = "; ".join(
        f'<mark class="s{band}">{STRENGTHS[band]}</mark>{said}' for band, said in ranges.items()
    )
    return (
        '<section class="guide" aria-labelledby="guide"><h2 id="guide">How to read it</h2>'
        "<p><strong>It judges wording, not truth.</strong> A true claim in a seller’s voice is "
        "flagged, a false one in a sober voice is not. Nobody should be punished on its word "
        "alone.</p>"
        "<p>The number is a probability from 0 to 1: how likely it is that a careful health "
        f"editor would not let the wording stand. A sentence is flagged from {sentences}; a "
        f"document is called overstated from {documents}, if one of its sentences is flagged (a "
        "model that scores documents whole needs none). The model’s own threshold is set by how "
        "few sober documents reach it, so it can lie far under one half.</p>"
        "<p>Flagged sentences are underlined by strength, in thirds of the way from their "
        f"threshold to 1: {bands}. Words in bold tipped the "
        'scale most. <span class="live">Choose the number behind a sentence to see why.</span>'
        '<span class="still">The number behind a sentence leads to its note below the text.</span>'
        "</p></section>"
    )


def _ranges(threshold: float, floor: float) -> dict[int, str]:
    """Return from where each strength begins, but for those that nothing can have."""
    count = len(STRENGTHS)
    starts = [threshold + (1 - threshold) * band / count for band in range(count)]
    lows = [max(start, floor) for start in starts]
    ends = [*starts[1:], 2.0]
    return {band: f" from {lows[band]:.2f}" for band in range(count) if ends[band] > lows[band]}


def _overview(rows: Iterable[str]) -> str:
    names = ("Document", "Verdict", "Probability", "Flagged", "Most frequent kinds")
    heads = "".join(
        f'<th scope="col"{" class=n" if name == "Flagged" else ""}>{name}</th>' for name in names
    )
    return (
        '<section aria-labelledby="overview"><h2 id="overview">Overview</h2>'
        '<p class="small">In the order of what was read, as the texts below.'
        '<span class="live"> A heading sorts the table.</span></p>'
        '<div class="scroll" role="region" aria-label="Table of documents" tabindex="0">'
        f'<table class="sortable"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div></section>"
    )


def _listed(key: str, heading: str, told: Iterable[str]) -> str:
    lines = "".join(f"<li>{escaped(line)}</li>" for line in told)
    if not lines:
        return ""
    return (
        f'<section aria-labelledby="{key}"><h2 id="{key}">{heading}</h2>'
        f'<ul class="unread">{lines}</ul></section>'
    )


def _row(number: int, document: Document, score: Score, counts: Counter[str]) -> str:
    kinds = ", ".join(f"{_label(tag)}&nbsp;{count:,}" for tag, count in counts.most_common(3))
    return (
        f'<tr><th scope="row" data-sort="{number}"><a href="#d{number}">{_name(document)}</a></th>'
        f'<td data-sort="{int(score.overstated)}">{_verdict(score)}'
        f"{'<span class=small> see note</span>' if score.warnings else ''}</td>"
        f'<td data-sort="{score.probability}" class="bar"><span class="figure">'
        f"{score.probability:.2f}</span>{meter(score.probability)}</td>"
        f'<td class="n" data-sort="{len(score.findings)}">{len(score.findings):,}'
        f'<span class="of"> of {len(score.sentences):,}</span></td><td>{kinds or "–"}</td></tr>'
    )


def _filters(tags: Counter[str], flagged: int) -> str:
    if not flagged:
        return ""
    strengths = "".join(
        f'<label class="chip"><input type="radio" name="strength" value="{value}"'
        f"{' checked' if not value else ''}><span>{text}</span></label>"
        for value, text in enumerate(("all", "strong and above", "very strong"))
    )
    kinds = "".join(
        f'<label class="chip"><input type="checkbox" name="tag" value="{escaped(tag)}">'
        f'<span>{_label(tag)} <span class="of">{count:,}</span></span></label>'
        for tag, count in tags.most_common()
    )
    return (
        '<form class="filters" hidden aria-label="Filter the flagged sentences">'
        f"<fieldset><legend>Strength</legend>{strengths}</fieldset>"
        '<fieldset><legend>Documents</legend><label class="chip">'
        '<input type="checkbox" name="over"><span>overstated only</span></label></fieldset>'
        '<div class="steps"><output aria-live="polite"></output>'
        '<button type="button" data-step="-1">Previous</button>'
        '<button type="button" data-step="1">Next</button></div>'
        f'<fieldset class="wide"><legend>Kinds</legend>{kinds}</fieldset></form>'
    )


def _below(count: int) -> str:
    return f", {count:,} more below the least severity" if count else ""


def _article(number: int, judged: Judged, found: list[Sentence]) -> str:
    document, score, asides = judged.document, judged.score, judged.asides
    detailed = {id(sentence) for sentence in score.findings[:DETAILED]}
    notes = "".join(
        _note(f"d{number}n{n}", n, document, score, sentence, id(sentence) in detailed)
        for n, sentence in enumerate(found, 1)
    )
    marks = [
        (sentence, _mark(f"d{number}n{n}", n, score, sentence, id(sentence) in detailed))
        for n, sentence in enumerate(found, 1)
    ]
    marks += [(one.finding, _let(f"d{number}a{n}", one)) for n, one in enumerate(asides, 1)]
    marks.sort(key=lambda mark: mark[0].start)
    warnings = "".join(f'<p class="warning">Note: {escaped(text)}.</p>' for text in score.warnings)
    reason = unpointed(score)
    panel = (
        f'<aside class="reasons" aria-label="Reasons, document {number}">'
        '<p class="empty">Choose a numbered sentence to see why it is flagged.</p>'
        f'<ol class="notes">{notes}</ol></aside>' if notes else ""
    )  # fmt: skip
    return (
        f'<article class="document" id="d{number}" aria-labelledby="d{number}h"><header>'
        f'<h2 id="d{number}h">{_name(document)}</h2><p class="facts">{_verdict(score)} '
        f'<span class="figure">{score.probability:.2f}</span>{meter(score.probability)}'
        f"<span>threshold {score.threshold:.2f}; {len(found):,} of "
        f"{plural(len(score.sentences), 'sentence')} flagged{_below(judged.below)}"
        f"{f'; {reason}' if reason else ''}</span>"
        f'<a href="#overview">Back to the overview</a></p>{warnings}'
        f"{_asides(number, document, asides)}</header>"
        f'<div class="columns"><div class="text">'
        f"{''.join(_text(document.text, marks))}</div>{panel}</div>"
        "</article>\n"
    )


def _asides(number: int, document: Document, asides: Iterable[Aside]) -> str:
    """Return how many findings were let stand, by what and why, with links to them."""
    by = {"ignored": "a comment in the text", "allowed": "the settings"}
    links = defaultdict(list)
    for n, aside in enumerate(asides, 1):
        place = str(document.place(aside.finding.start)) or f"sentence {n}"
        link = f'<a href="#d{number}a{n}">{escaped(place)}</a>'
        links[aside.kind, aside.reason].append(link)
    return "".join(
        f'<p class="aside">{len(found):,} more set aside by {by[kind]}: '
        f"{escaped(reason) or 'no reason given'}. {'; '.join(found)}</p>"
        for (kind, reason), found in links.items()
    )


def _mark(key: str, n: int, score: Score, sentence: Sentence, detailed: bool) -> str:
    band = strength(sentence.probability, score.sentence_threshold)
    named = ", ".join(map(_spoken, sentence.named)) or "overstated"
    label = f"{n}, {STRENGTHS[band]}, {named}: reason"
    kinds = escaped(" ".join(sentence.named))
    *words, last = _words(sentence, detailed)
    return (
        f'<mark class="s{band}" data-n="{key}" data-s="{band}" data-t="{kinds}">'
        f"{''.join(words)}<span>{last}"
        f'<button type="button" class="ref" data-n="{n}" aria-expanded="false" '
        f'aria-controls="{key}" aria-describedby="{key}r" aria-label="{escaped(label)}">'
        "</button></span></mark>"
    )


def _let(key: str, aside: Aside) -> str:
    """Return a sentence that was let stand, with its number and why."""
    why = f"{aside.finding.probability:.2f}, {aside.kind}: {aside.reason or 'no reason given'}"
    text = escaped(aside.finding.text)
    return f'<span class="let" id="{key}" data-why="{escaped(why)}">{text}</span>'


def _text(text: str, marks: Iterable[tuple[Sentence, str]]) -> Iterator[str]:
    """Yield the whole text in blocks, each sentence that has a mark as that."""
    position, size = 0, 0
    yield "<div>"
    for sentence, mark in marks:
        for piece, full in _blocks(text[position : sentence.start], size):
            yield escaped(piece)
            size = 0 if full else size + len(piece)
            if full:
                yield "</div><div>"
        yield mark
        position, size = sentence.end, size + len(sentence.text)
    for piece, full in _blocks(text[position:], size):
        yield escaped(piece)
        if full:
            yield "</div><div>"
    yield "</div>"


def _blocks(text: str, size: int) -> Iterator[tuple[str, bool]]:
    """Yield pieces of a text, and whether a block ends with them: always at a line end."""
    position = 0
    while size + len(text) - position > BLOCK:
        end = text.find("\n", max(position, position + BLOCK - size)) + 1
        if not end:
            break
        yield text[position:end], True
        position, size = end, 0
    yield text[position:], False


def _words(sentence: Sentence, detailed: bool) -> list[str]:
    """Return a flagged sentence as pieces of markup, its last word by itself.

    The words that tipped the scale most are bold when its details are wanted.
    """
    pieces = re.findall(rf"{WORD.pattern}|\s+", sentence.text)
    words = sentence.explanation.words if detailed else ()
    if len(words) != sum(not piece.isspace() for piece in pieces):  # a disguise was undone
        return list(map(escaped, pieces))
    left = iter(words)
    return [
        f"<b>{escaped(piece)}</b>"
        if not piece.isspace() and next(left).weight >= _STRONG
        else escaped(piece)
        for piece in pieces
    ]


def _note(
    key: str, n: int, document: Document, score: Score, sentence: Sentence, detailed: bool
) -> str:
    band = strength(sentence.probability, score.sentence_threshold)
    place = str(document.place(sentence.start))
    kinds = "".join(
        f"<li><b>{_label(tag)}</b> {escaped(OVERSTATED_TAGS.get(tag, ''))}</li>"
        for tag in sentence.named
    )
    terms, examples = (sentence.terms, sentence.examples[:1]) if detailed else ((), ())
    return (
        f'<li id="{key}" value="{n}" tabindex="-1"><div id="{key}r"><p class="head">'
        f'<span class="figure">{sentence.probability:.2f}</span> {STRENGTHS[band]}'
        f"{f'<span class=place>{escaped(place)}</span>' if place else ''}</p>"
        f'<ul class="kinds">{kinds}</ul>{_terms(terms)}</div>'
        f"{''.join(map(_example, examples))}"
        '<button type="button" class="plain close">Close</button></li>'
    )


def _terms(terms: Iterable[Term]) -> str:
    found = "".join(
        f"<li>{escaped(clipped(term.text))} <b>{term.weight:+.1f}</b></li>" for term in terms
    )
    if not found:
        return ""
    return f'<p class="small">Words that tipped the scale</p><ul class="terms">{found}</ul>'


def _example(example: Example) -> str:
    return (
        f'<div class="instead"><p class="small">{CAREFUL}</p>'
        f"<p><span class=small>A claim like it:</span> <q>{escaped(example.claim)}</q></p>"
        f"<p><span class=small>Its careful twin:</span> <q>{escaped(example.careful)}</q></p>"
        f'<p class="why">{escaped(f"{INVENTED} {example.why}".strip())}</p></div>'
    )


def _verdict(score: Score) -> str:
    return (
        '<strong class="verdict over">Overstated</strong>'
        if score.overstated
        else '<span class="verdict">measured</span>'
    )


def _name(document: Document) -> str:
    return escaped(called(document.name))


def _spoken(tag: str) -> str:
    return tag.replace("_", " ")


def _label(tag: str) -> str:
    return escaped(_spoken(tag))
