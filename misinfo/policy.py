"""What becomes of findings: shown, set aside, or a reason to fail."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from .config import Config
from .errors import MisinfoError, called, plural
from .model import Model
from .records import Document, Ignore, Score, Sentence

LEVELS = {"note": 0.0, "warning": 0.9, "error": 0.95}
"""How severe a finding is: the probability from which it has each level."""
ANY = "any"


@dataclass(frozen=True)
class Aside:
    """A finding that somebody decided to let stand.

    Parameters
    ----------
    finding : Sentence
        As the model flagged it.
    kind : str
        ``allowed`` by a wording or a path in the settings, or ``ignored`` by a comment.
    reason : str
        Why, as given there.
    """

    finding: Sentence
    kind: str
    reason: str


@dataclass(frozen=True)
class Judged:
    """A document, what the model says of it, and what was set aside.

    Parameters
    ----------
    document : Document
        What was scored.
    score : Score
        Without the sentences set aside: they are no findings, and the document's probability is
        pooled from the others. What the document is missing is one of its warnings.
    asides : tuple of Aside
        In reading order.
    below : int
        How many findings do not reach the lowest severity.
    notes : tuple of str
        What is wrong with the comments of the document, such as one that covers nothing.
    """

    document: Document
    score: Score
    asides: tuple[Aside, ...] = ()
    below: int = 0
    notes: tuple[str, ...] = ()


@dataclass
class Counts:
    """What was found in all documents together.

    Parameters
    ----------
    documents, overstated, flagged, below, asides : int
        Documents, those that are overstated, and findings: shown, below the lowest severity, and
        set aside.
    """

    documents: int = 0
    overstated: int = 0
    flagged: int = 0
    below: int = 0
    asides: int = 0

    def add(self, judged: Judged) -> None:
        """Count one document.

        Parameters
        ----------
        judged : Judged
            With its findings.

        Examples
        --------
        >>> import misinfo
        >>> counts = Counts()
        >>> counts.add(Judged(Document("a.txt", "Tea."), misinfo.score("Tea.")))
        >>> str(counts)
        '1 document, 0 overstated; 0 sentences flagged'
        """
        self.documents += 1
        self.overstated += judged.score.overstated
        self.flagged += len(judged.score.findings)
        self.below += judged.below
        self.asides += len(judged.asides)

    def __str__(self) -> str:
        below = f", {self.below:,} more below the least severity" if self.below else ""
        asides = f", {self.asides:,} more set aside" if self.asides else ""
        return (
            f"{plural(self.documents, 'document')}, {self.overstated:,} overstated; "
            f"{plural(self.flagged, 'sentence')} flagged{below}{asides}"
        )


@dataclass(frozen=True)
class Policy:
    """What counts, and what fails.

    Parameters
    ----------
    config : Config
        Its allowed wordings and ignored paths.
    fail : bool
        Whether an overstated document fails.
    fail_above : float or None
        Probability from which a sentence fails.
    fail_on : frozenset of str
        Tags whose findings fail; ``any`` stands for all.
    min_severity : float
        Probability below which a finding is none.
    """

    config: Config = field(default_factory=Config)
    fail: bool = False
    fail_above: float | None = None
    fail_on: frozenset[str] = frozenset()
    min_severity: float = 0.0


def level(probability: float) -> str:
    """Return how severe a finding is.

    Parameters
    ----------
    probability : float
        Of the sentence.

    Returns
    -------
    str
        ``note``, ``warning`` or ``error``.

    Examples
    --------
    >>> level(0.85), level(0.99)
    ('note', 'error')
    """
    return next(name for name, floor in reversed(LEVELS.items()) if probability >= floor)


def severity(said: str | None, option: str) -> float | None:
    """Return the probability that a level stands for.

    Parameters
    ----------
    said : str or None
        A level, or a probability.
    option : str
        Where it was said, for the error.

    Returns
    -------
    float or None
        None for None.

    Raises
    ------
    MisinfoError
        When it is neither.

    Examples
    --------
    >>> severity("error", "--min-severity"), severity("0.5", "--min-severity")
    (0.95, 0.5)
    """
    if said is None:
        return None
    if said in LEVELS:
        return LEVELS[said]
    try:
        value = float(said)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise MisinfoError(
            f"{option} takes {', '.join(LEVELS)} or a probability from 0 to 1, not {said!r}"
        )
    return value


def tags(said: str | None, option: str) -> frozenset[str]:
    """Return the tags of a list.

    Parameters
    ----------
    said : str or None
        Separated by commas.
    option : str
        Where it was said, for the error.

    Returns
    -------
    frozenset of str
        Empty for None.

    Raises
    ------
    MisinfoError
        When it names none.

    Examples
    --------
    >>> sorted(tags("cure, riskless", "--fail-on"))
    ['cure', 'riskless']
    """
    found = frozenset(tag.strip() for tag in (said or "").split(",") if tag.strip())
    if said is not None and not found:
        raise MisinfoError(f"{option}: names no tag; try {ANY}")
    return found


def judge(document: Document, score: Score, policy: Policy, model: Model) -> Judged:
    """Set aside what comments and settings let stand, and what is below the lowest severity.

    Parameters
    ----------
    document : Document
        What was scored.
    score : Score
        What the model says of it.
    policy : Policy
        What counts.
    model : Model
        Pools the sentences that are left.

    Returns
    -------
    Judged
        Whose findings are a part of the score's, unchanged.

    Examples
    --------
    >>> import misinfo
    >>> document = Document("a.txt", "Our tea cures cancer, guaranteed. It tastes of mint.")
    >>> model = misinfo.load()
    >>> judged = judge(document, model.score(document.text), Policy(min_severity=1.0), model)
    >>> judged.below, judged.score.findings
    (1, ())
    """
    limit = min(score.sentence_threshold, 1.0 if policy.fail_above is None else policy.fail_above)
    matters = [n for n, sentence in enumerate(score.sentences) if sentence.probability >= limit]
    sentences = list(score.sentences)
    usual = min(limit, model.sentence_threshold)  # a higher one makes no comment useless
    worth = {n for n, sentence in enumerate(score.sentences) if sentence.probability >= usual}
    covered = _covered(document, sentences, policy.config) if worth else {}
    used = {line for n, covers in covered.items() if n in worth for *_, line in covers}
    asides: dict[int, Aside] = {}
    below = 0
    for n in matters:
        sentence, covers = sentences[n], covered.get(n, [])
        if covers:
            asides[n] = Aside(sentence, *covers[0][:2])
        elif sentence.overstated and sentence.probability < policy.min_severity:
            below += 1
        else:
            continue
        sentences[n] = replace(sentence, overstated=False, named=())
    if asides:
        left = [sentence for n, sentence in enumerate(score.sentences) if n not in asides]
        parts = [sentence.text for sentence in left]
        if model.reader.whole and left:  # with list marks, and what else no sentence holds
            ends = [0, *(sentences[n].end for n in asides)]
            starts = [*(sentences[n].start for n in asides), None]
            parts = [document.text[a:b] for a, b in zip(ends, starts, strict=True)]
        probability = model.reader.pooled(parts)
        pointed = model.reader.whole or any(sentence.overstated for sentence in left)
        overstated = pointed and probability >= score.threshold
        score = replace(score, probability=probability, overstated=overstated)
    unread = (document.missing,) if document.missing else ()
    score = replace(score, sentences=tuple(sentences), warnings=(*score.warnings, *unread))
    notes = tuple(_notes(document, used))
    return Judged(document, score, tuple(asides.values()), below, notes)


def _covered(
    document: Document, sentences: Sequence[Sentence], config: Config
) -> Mapping[int, list[tuple[str, str, int]]]:
    """Return what covers each sentence: how, why, and the line of the comment or 0."""
    spans = [
        (ignore.start, ignore.end, ("ignored", ignore.reason, ignore.line))
        for ignore in document.ignores
        if not ignore.problem
    ]
    if pattern := config.fits(document.name, config.ignore):
        spans.append((0, len(document.text), ("allowed", f"the path fits {pattern!r}", 0)))
    for allow in config.allow:
        if not allow.paths or config.fits(document.name, allow.paths):
            found = allow.pattern.finditer(document.text)
            why = ("allowed", allow.reason, 0)
            spans += [(*match.span(), why) for match in found if match[0]]
    covered = defaultdict(list)
    for start, end, cover in spans:
        first = bisect_right(sentences, start, key=lambda sentence: sentence.end)
        last = bisect_left(sentences, end, key=lambda sentence: sentence.start)
        for n in range(first, last):
            covered[n].append(cover)
    return covered


def _notes(document: Document, used: Set[int]) -> Iterator[str]:
    told: set[Ignore] = set()
    for ignore in document.ignores:
        where = f"{called(document.name)}, line {ignore.line}"
        once = replace(ignore, start=0, end=0)
        if once in told:
            continue
        told.add(once)
        if ignore.problem:
            yield f"{where}: {ignore.problem}"
        elif ignore.line not in used:
            yield f"{where}: this ignore covers no finding; remove it"


def failures(judged: Judged, policy: Policy) -> Iterator[str]:
    """Say why a document fails.

    Parameters
    ----------
    judged : Judged
        The document with what is left of its findings.
    policy : Policy
        What fails.

    Yields
    ------
    str
        One for each option that is met, with the place of the worst sentence.

    Examples
    --------
    >>> import misinfo
    >>> document = Document("a.txt", "Our tea cures cancer.")
    >>> policy = Policy(fail_on=frozenset({"cure"}))
    >>> judged = judge(document, misinfo.score(document.text), policy, misinfo.load())
    >>> list(failures(judged, policy))
    ['a.txt, line 1, column 1: cure (--fail-on)']
    """
    score = judged.score
    if policy.fail and score.overstated and (score.findings or not (judged.asides or judged.below)):
        yield f"{called(judged.document.name)}: overstated, {score.probability:.2f} (--fail)"
    for finding in score.findings:
        met = [tag for tag in finding.named if policy.fail_on & {tag, ANY}]
        if met or ANY in policy.fail_on:
            what = ", ".join(met) or f"{finding.probability:.2f}"  # a model may have no tags
            yield f"{_where(judged, finding)}: {what} (--fail-on)"
            break
    if policy.fail_above is not None:
        kept = {aside.finding.start for aside in judged.asides}
        limit = max(policy.fail_above, policy.min_severity)
        left = [s for s in score.sentences if s.start not in kept and s.probability >= limit]
        if left:
            worst = max(left, key=lambda sentence: sentence.probability)
            yield f"{_where(judged, worst)}: {worst.probability:.2f} (--fail-above)"


def _where(judged: Judged, sentence: Sentence) -> str:
    place = judged.document.place(sentence.start)
    return ", ".join(filter(None, (called(judged.document.name), str(place))))
